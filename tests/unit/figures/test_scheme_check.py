"""What is said about a choice of sets while it is made."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from station_app.domain.calc.coefficients import Coefficient
from station_app.domain.calc.explanation import UNVERIFIED_MARKS
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures.scheme import proposed_scheme
from station_app.services.figures.scheme_check import doubts_of, is_doubtful, scheme_problems
from station_app.storage.reference import install_code_lists
from station_app.storage.standards import load_standards

install_code_lists()
KIND = record_type("calculation_scheme")


def scheme(**values: Any) -> Any:
    return dataclasses.replace(proposed_scheme(load_standards(), 2026, "152522"), **values)


def found(**values: Any) -> list[tuple[str, str | None]]:
    return [(p.code, p.field) for p in scheme_problems(scheme(**values), load_standards())]


def test_the_proposal_is_sound() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"young_set": "db63t2298-2024@1"}, [("CALC-009", "young_set")]),
        ({"adult_set": "gansu-1990s@1", "young_set": None}, [("CALC-009", "sheep_unit")]),
        ({"adult_set": "nyt635-2002@1"}, [("CALC-009", "sheep_unit")]),
        ({"adult_set": "nyt635-2002@1", "sheep_unit": "NYT635-2002"}, []),
        ({"sheep_unit": "no-such"}, [("CALC-004", "sheep_unit"), ("CALC-009", "sheep_unit")]),
        ({"utilization_set": "xilingol-study"}, [("CALC-007", "utilization_set")]),
        ({"penalty_set": None, "regrowth_set": None}, []),
    ],
)
def test_sets_exist_and_go_together(values: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert found(**values) == expected


def test_a_sentence_names_both_standards() -> None:
    (wrong,) = scheme_problems(scheme(young_set="db63t2298-2024@1"), load_standards())
    assert "NY/T 635-2015" in wrong.text.zh and "DB63/T 2298-2024" in wrong.text.zh and "羊单位" in wrong.text.zh


def test_doubts_name_the_set_the_marks_and_the_first_rows() -> None:
    doubts = doubts_of(KIND, scheme(), load_standards())
    assert doubts[0].field == "utilization_set" and len(doubts[0].rows) == 80
    assert {d.field for d in doubts} >= {"utilization_set", "young_set", "degraded_set", "root_ratio_set"}
    verified = dataclasses.replace(doubts[0].rows[0], verified_by="示例员")
    assert not is_doubtful(verified) and is_doubtful(doubts[0].rows[0])


@pytest.mark.parametrize("mark", sorted(UNVERIFIED_MARKS | {"A", "B", "P", "A-part"}))
def test_a_row_without_number_and_without_mark_is_no_doubt(mark: str) -> None:
    row = Coefficient(("x",), Text("甲", "a"), None, mark=mark, words={"region": "temperate"})
    assert is_doubtful(row) is (mark in ("C", "C-low"))
