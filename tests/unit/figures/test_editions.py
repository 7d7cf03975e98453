"""An edition is planned, looked at, saved; then it travels down to the stations."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from package_helpers import introduce, make_county, make_station

from station_app.domain.calc.coefficients import CoefficientSet, Standards
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange.package.build import build_package
from station_app.exchange.package.receipts import apply_receipt
from station_app.services.entry import Entry
from station_app.services.figures.editions import newest_of, next_edition, plan_edition, save_edition, verified
from station_app.services.figures.standards import standards_of
from station_app.storage.reader import Query, State
from station_app.storage.reference import install_code_lists
from station_app.storage.standards import load_standards
from station_app.storage.workspace import Workspace

install_code_lists()
TODAY = date(2026, 3, 1)
FACTS: dict[str, Any] = {"made_by": "示例县员", "made_on": TODAY, "reason": "对照原表核实", "effective_on": TODAY}
RATES = load_standards().choose("utilization", "xilingol-study@1", Text("利用率", "rate"))


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Workspace]:
    workspace = make_county(tmp_path / "县")
    yield workspace
    workspace.close()


def other(edition: str = "2", value: str = "51.4", **more: Any) -> CoefficientSet:
    row = dataclasses.replace(
        RATES.rows[0], value=Decimal(value), low=None, high=None, mark="A", clause="表 3", source="示例原文",
        verified_by="示例县员", verified_on=TODAY,
    )  # fmt: skip
    return dataclasses.replace(RATES, edition=edition, rows=(row, *RATES.rows[1:]), **more)


def refused(code: str, act: Any) -> str:
    with pytest.raises(UserError) as held:
        act()
    assert held.value.code == code
    return held.value.text.zh


def test_a_plan_shows_what_changes_and_saves_only_that(county: Workspace) -> None:
    plan = plan_edition(standards_of(county.read), other(), **FACTS)
    assert plan.base == RATES and [d.key for d in plan.changes] == [RATES.rows[0].key]
    assert plan.record.based_on == RATES.reference and len(plan.record.lines) == 1
    save_edition(Entry(county), county.read, plan.record)
    made = standards_of(county.read).choose("utilization", "xilingol-study@2", Text("利用率", "rate"))
    assert [row.value for row in made.rows] == [Decimal("51.4"), *(row.value for row in RATES.rows[1:])]
    again = plan_edition(standards_of(county.read), other(), **FACTS)
    assert again.is_known and again.changes == ()


def test_a_taken_number_and_an_empty_edition_are_refused(county: Workspace) -> None:
    standards = standards_of(county.read)
    assert "新的版本号" in refused("STD-005", lambda: plan_edition(standards, other("1"), **FACTS))
    refused("STD-007", lambda: plan_edition(standards, dataclasses.replace(RATES, edition="2"), **FACTS))
    plan = plan_edition(standards, other(), **FACTS)
    save_edition(Entry(county), county.read, plan.record)
    refused("STD-005", lambda: save_edition(Entry(county), county.read, plan.record))
    far = dataclasses.replace(plan.record, edition="9", based_on="utilization/xilingol-study@8")
    refused("STD-003", lambda: save_edition(Entry(county), county.read, far))


def test_a_set_nobody_knew_is_taken_whole(county: Workspace) -> None:
    new = other(name="示例盟", based_on="")
    plan = plan_edition(standards_of(county.read), dataclasses.replace(new, name="example-league"), **FACTS)
    assert plan.base is None and len(plan.changes) == len(plan.record.lines) == len(RATES.rows)
    wrong = dataclasses.replace(plan.record, lines=plan.record.lines[1:])
    assert "REC-001" in str(refused_error(county, wrong))  # quoted rows without a verifier
    keys = [line.key for line in plan.record.lines]
    save_edition(Entry(county), county.read, verified(plan.record, keys, "示例县员", TODAY, mark="B"))
    assert len(standards_of(county.read).of_kind("utilization")) == len(load_standards().of_kind("utilization")) + 1


def refused_error(county: Workspace, record: Any) -> UserError:
    with pytest.raises(UserError) as held:
        save_edition(Entry(county), county.read, record)
    return held.value


@pytest.mark.parametrize(
    ("edition", "expected"), [("1", "2"), ("2026.1", "2026.2"), ("a", "a.0"), ("2015a", "2015a.0")]
)
def test_numbers_go_on(edition: str, expected: str) -> None:
    base = dataclasses.replace(RATES, edition=edition)
    assert next_edition(Standards([base]), base) == expected
    assert newest_of(Standards([base]), "utilization", base.name) is not None
    assert newest_of(Standards([base]), "utilization", "no such") is None


def test_an_edition_travels_down_and_is_read_only_there(county: Workspace, tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station:
        introduce(county, station)
        plan = plan_edition(standards_of(county.read), other(), **FACTS)
        save_edition(Entry(county), county.read, plan.record)
        out = tmp_path / "包"
        out.mkdir()
        built = build_package(county, out, recipient=station.identity.device_id)
        apply_receipt(station, built.path)
        made = standards_of(station.read).choose("utilization", "xilingol-study@2", Text("利用率", "rate"))
        assert made.rows[0].value == Decimal("51.4") and made.rows[0].verified_by == "示例县员"
        (row,) = station.read.rows(Query("coefficient_edition"))
        assert row.state is State.BROUGHT
        refused("SAV-002", lambda: Entry(station).void(row.record_id, "示例"))
