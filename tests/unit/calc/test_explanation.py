"""Explanations: they recompute, survive JSON, read in two languages, and hold back what is not verified."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest
from calc_helpers import field, herd, line, pastures, printed
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.calc import numbers
from station_app.domain.calc.balance import BalanceInput, balance
from station_app.domain.calc.coefficients import Coefficient, Standards
from station_app.domain.calc.explanation import (
    Explanation,
    OriginKind,
    Sheet,
    before_sending,
    contradictions,
    lines_of,
    recompute,
)
from station_app.domain.calc.explanation_json import explanation_from_json, explanation_to_json
from station_app.domain.calc.sheep_units import sheep_units
from station_app.domain.text import Text
from station_app.domain.units import unit_text

LABEL = Text("数", "number")


def household(standards: Standards) -> Explanation:
    stock = herd(line("sheep", 300, reference="livestock_count:1"), line("goat", 60, "young"))
    land = pastures(field(area_mu=D(1500), hay_kg_per_ha=D(1200), reference="parcel:7", degradation="none"))
    asked = BalanceInput(
        sheep_unit_set="definitions@1", sheep_unit="NYT635-2015", days=D(365), herd=stock, capacity=land,
        grade_sets=("xu-yang-2009@1",), approved_su=D(200),
    )  # fmt: skip
    return balance(asked, standards).explanation


def test_a_figure_leads_to_its_records_and_clause(standards: Standards) -> None:
    explanation = household(standards)
    origins = [given.origin for each in explanation.everything() for given in each.inputs]
    assert {"livestock_count:1", "parcel:7"} <= {o.reference for o in origins if o.kind is OriginKind.RECORD}
    share = next(c for c in explanation.coefficients if "young" in c.origin.reference)
    assert (share.origin.mark, share.origin.clause) == ("C", "young-stock table")
    assert "NY/T 635" in share.origin.standard
    assert explanation.rule.mark == "A"


def test_a_changed_number_or_step_is_found(standards: Standards) -> None:
    explanation = household(standards)
    assert contradictions(explanation) == []
    last = explanation.steps[-1]
    wrong = dataclasses.replace(
        explanation, steps=(*explanation.steps[:-1], dataclasses.replace(last, value=last.value + 1))
    )
    assert contradictions(wrong) == [last.symbol]
    raw = json.loads(json.dumps(explanation_to_json(explanation)))
    raw["parts"][0]["inputs"][0]["value"] = "301"
    assert contradictions(explanation_from_json(raw)) != []
    raw["steps"][0]["operation"] = "guess"
    with pytest.raises(KeyError):
        recompute(explanation_from_json(raw))


@pytest.mark.parametrize("spoil", [{"format": "grassland-explanation/9"}, {"inputs": [{}]}, {"steps": 5}])
def test_json_that_is_no_explanation_is_refused(standards: Standards, spoil: dict[str, Any]) -> None:
    raw = {**explanation_to_json(household(standards)), **spoil}
    with pytest.raises(ValueError):
        explanation_from_json(raw)


def test_lines_for_screen_and_sheet(standards: Standards) -> None:
    explanation = household(standards)
    chinese, english = (list(lines_of(explanation, language)) for language in ("zh_CN", "en"))
    assert len(chinese) == len(english)
    results = {each.symbol for each in english if each.kind == "result" and each.depth == 1}
    assert {"F_s", "R_natural", "R_all", "R_approved"} <= results
    herd_title = next(each for each in english if each.kind == "title" and each.symbol == "herd")
    assert herd_title.depth == 1
    assert unit_text("kg/(SU·d)", "zh_CN") == "kg/(羊单位·天)"
    assert unit_text("t C/t d.m.", "zh_CN") == "t C/t d.m."
    assert (unit_text("mu/SU", "zh_CN"), unit_text("mu/SU", "en")) == ("亩/羊单位", "mu/SU")


def test_what_is_unverified_is_held_until_confirmed_or_verified(standards: Standards) -> None:
    asked = herd(line("sheep", 60, "young"))
    explanation = sheep_units(asked, standards).explanation
    (held,) = before_sending(explanation)
    assert held.code == "CALC-008"
    reference = next(c.origin.reference for c in explanation.coefficients if c.origin.mark == "C")
    assert before_sending(explanation, [reference]) == []
    old = next(s for s in standards.of_kind("sheep_unit_young") if s.name == "nyt635-recollected")
    row = dataclasses.replace(old.find("sheep_goat", "4-12"), verified_by="示例核对人", verified_on=date(2026, 5, 1))
    new = old.revise([row], edition="2", made_by="示例县", made_on=date(2026, 5, 2), reason="核对原文")
    verified = sheep_units(dataclasses.replace(asked, young_set="nyt635-recollected@2"), standards.with_sets([new]))
    assert before_sending(verified.explanation) == []
    assert any("✓ 示例核对人" in each.origin for each in lines_of(verified.explanation, "zh_CN"))


def test_an_old_edition_gives_the_same_digits_years_later(standards: Standards) -> None:
    """The explanation alone is enough, and so is the edition it names."""
    asked = herd(line("sheep", 7, "young"), line("yak", 3))
    first = sheep_units(asked, standards)
    kept = json.dumps(explanation_to_json(first.explanation))
    old = next(s for s in standards.of_kind("sheep_unit_young") if s.name == "nyt635-recollected")
    row = dataclasses.replace(old.find("sheep_goat", "4-12"), value=D("0.55"))
    newer = standards.with_sets(
        [old.revise([row], edition="2", made_by="示例县", made_on=date(2030, 1, 1), reason="省标准发布")]
    )
    assert sheep_units(asked, newer).outcome == first.outcome
    assert recompute(explanation_from_json(json.loads(kept)))["N"] == first.outcome.total_su


def test_a_sheet_refuses_a_symbol_twice_and_an_unfinished_explanation() -> None:
    sheet = Sheet(recording=True)
    sheet.given("a", D(1), "", LABEL)
    with pytest.raises(ValueError):
        sheet.given("a", D(2), "", LABEL)
    with pytest.raises(ValueError):
        sheet.explanation()
    with pytest.raises(KeyError):
        Explanation(LABEL, "", _rule(), (), (), (), ()).figure("x")


def _rule() -> Any:
    from station_app.domain.calc.explanation import Rule

    return Rule()


# --- arithmetic --------------------------------------------------------------------------------------------------------

VALUES = st.decimals(D("-1E12"), D("1E12"), places=6)


@given(st.lists(VALUES, min_size=1, max_size=30), st.randoms())
def test_sums_and_products_do_not_depend_on_the_order(values: list[D], random: Any) -> None:
    total, product, roots = numbers.add(values), numbers.multiply(values), numbers.root_sum_squares(values)
    random.shuffle(values)
    assert (numbers.add(values), numbers.multiply(values), numbers.root_sum_squares(values)) == (total, product, roots)


@given(
    st.sampled_from([n for n in numbers.OPERATIONS if n not in ("power", "band", "round", "root", "cube_root")]),
    VALUES,
    VALUES,
)
def test_every_operation_says_what_it_does(operation: str, first: D, second: D) -> None:
    values = [first] if operation in ("complement", "grown", "value") else [first, second or D(1)]
    assert numbers.OPERATIONS[operation](values, "").is_finite()
    assert "a" in numbers.formula_of(operation, ["a", "b"][: len(values)])


@given(VALUES, st.sampled_from(["0.01", "0.1", "1", "0.001"]))
def test_rounding_is_half_up_to_the_unit(value: D, unit: str) -> None:
    rounded = numbers.round_to(value, D(unit))
    assert abs(rounded - value) * 2 <= D(unit)
    assert numbers.round_to(rounded, D(unit)) == rounded


def test_printing() -> None:
    assert [numbers.shown(D(v), 2) for v in ("0.005", "-0.005", "-0.001", "1234.5")] == [
        "0.01",
        "-0.01",
        "0.00",
        "1234.50",
    ]
    assert [numbers.plain(D(v)) for v in ("1E+3", "1.500", "-0", "0.10")] == ["1000", "1.5", "0", "0.1"]
    assert printed(D("2.5"), 0) == "3"
    assert numbers.band(D(10), [D(-10), D(10), D(20)], "iei") == 1


# --- codes -------------------------------------------------------------------------------------------------------------


def test_a_coefficient_knows_its_interval() -> None:
    def make(**values: Any) -> Coefficient:
        return Coefficient(("x",), LABEL, **{"value": D(50), **values})

    assert make(half_width_percent=D(8)).interval == (D(46), D(54))
    assert make(low=D(1), high=D(99)).interval == (D(1), D(99))
    assert make().interval is None
    assert make(value=None).interval is None
