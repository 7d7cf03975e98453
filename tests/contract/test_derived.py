"""Every value stored beside its parts is declared, and whichever part changes, the difference is told."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from station_app.domain.codes import code_list
from station_app.domain.derived import Derived, Gathered, all_agree, differing
from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.problems import Severity
from station_app.domain.registry import RecordType, all_types, record_type
from station_app.domain.samples import sample, sample_id
from station_app.domain.validation import check_record
from station_app.storage.reference import install_code_lists

install_code_lists()
D = Decimal
DERIVED = [(kind, each) for kind in all_types() for each in kind.derived]
GATHERED = [(kind, each) for kind in all_types() for each in kind.gathered]


def _change_part(name: str, area: str) -> Any:
    line = record_type("household_change").by_name["parts"].line
    assert line is not None
    return line(household_id=sample_id("household", int(name)), area_mu=D(area), note=None)


def _other_award() -> dict[str, Any]:
    """A line paid by heads, by household and on other land, without parcels."""
    part = record_type("compensation_line").by_name["parts"].line
    assert part is not None
    zero = D("0.00")

    def paid(scheme: str, basis: str, area: str, rate: str, amount: str, effect: str = "0.00") -> Any:
        return part(scheme=scheme, basis=basis, area_mu=D(area), mu_coefficient=D(1), rate=D(rate), amount_yuan=D(amount),
                    limit_effect_yuan=D(effect), zone=None, limit=None)  # fmt: skip

    return {
        "persons": 4, "contract_area_mu": None, "parcels": (),
        "parts": (paid("ban", "person", "10", "30", "120.00"), paid("balance", "household", "20", "500", "500.00"),
                  paid("other", "mu", "30", "2", "60.00", "-10.00")),
        "ban_area_mu": D(10), "ban_rate": None, "ban_amount_yuan": D("120.00"), "balance_area_mu": D(20),
        "balance_rate": None, "balance_amount_yuan": D("500.00"), "other_area_mu": D(30), "other_rate": None,
        "other_amount_yuan": D("60.00"), "gross_yuan": D("680.00"), "limit_effect_yuan": D("-10.00"),
        "deduction_yuan": zero, "net_yuan": D("670.00"),
    }  # fmt: skip


def _plain_award() -> dict[str, Any]:
    return {
        "parts": (), "parcels": (), "contract_area_mu": None, "other_area_mu": D(30), "other_rate": D("2.0000"),
        "other_amount_yuan": D("60.00"), "gross_yuan": sample("compensation_line").gross_yuan + 60,
        "net_yuan": sample("compensation_line").net_yuan + 60,
    }  # fmt: skip


def _other_parcel() -> dict[str, Any]:
    made = sample("compensation_line")
    more = dataclasses.replace(made.parcels[0], parcel_id=sample_id("parcel", 9), scheme="other", area_mu=D(30))
    return {**_plain_award(), "parcels": (*made.parcels, more)}


# Records beside the sample in which a declaration is at work.
MORE: dict[str, list[dict[str, Any]]] = {
    "household_change": [
        {"kind": "split", "area_before_mu": D(100), "parts": (_change_part("3", "60"), _change_part("4", "40"))},
        {"kind": "merge", "area_before_mu": D(100), "area_after_mu": D(160), "parts": (_change_part("3", "60"),)},
    ],
    "compensation_line": [_other_award(), _plain_award(), _other_parcel()],
    "herb_quadrat": [
        {
            "fresh_g": D("9.00"),
            "dry_g": D("3.00"),
            "species_count": 2,
            "species": tuple(
                dataclasses.replace(row, fresh_g=D("4.50"), dry_g=D("1.50"))
                for row in sample("herb_quadrat").species[:1] * 2
            ),
        },
    ],
    "feeding_survey": [{"feed_from": date(2025, 1, 1), "feed_to": date(2025, 1, 10), "feed_days": 10}],
}


def records(kind: RecordType) -> Iterator[Any]:
    yield from (sample(kind.name, n) for n in range(6))
    yield from (sample(kind.name, 0, **values) for values in MORE.get(kind.name, []))


def changed(field: Field, value: Any) -> Iterator[Any]:
    """Yield other values of a field, far enough that no rounding hides them."""
    if value is None:
        return
    if field.kind is Kind.CODE:
        yield from (item.code for item in code_list(field.codes).items if item.code != value)
    elif isinstance(value, date):
        yield from (value + timedelta(days=3), value - timedelta(days=3))
    elif field.kind is Kind.TEXT:
        yield "123.456"
    else:
        yield from (type(value)(value * 3 + 7), type(value)(0), type(value)(-value * 3 - 7))


def mutations(record: Any, path: str) -> Iterator[Any]:
    """Yield the record with the value at ``path`` changed, in each row of a list, and with a row more."""
    name, _, inner = path.partition(".")
    fields = {f.name: f for f in described_fields(type(record))}
    if not inner:
        for value in changed(fields[name], getattr(record, name)):
            yield dataclasses.replace(record, **{name: value})
        return
    rows = getattr(record, name)
    line = fields[name].line
    assert line is not None
    field = {f.name: f for f in described_fields(line)}[inner]
    for at, row in enumerate(rows):
        for value in changed(field, getattr(row, inner)):
            other = dataclasses.replace(row, **{inner: value})
            yield dataclasses.replace(record, **{name: (*rows[:at], other, *rows[at + 1 :])})
    if rows:
        yield dataclasses.replace(record, **{name: rows * 40})


def ids(pair: tuple[RecordType, Derived | Gathered]) -> str:
    return f"{pair[0].name}.{pair[1].field} < {pair[1].parts[0]}"


@pytest.mark.parametrize("pair", DERIVED, ids=ids)
def test_a_change_of_any_part_is_told_at_the_value(pair: tuple[RecordType, Derived]) -> None:
    kind, declared = pair
    at_work = [made for made in records(kind) if list(declared.compare(made))]
    assert at_work, "no record shows this declaration at work"
    for made in at_work:
        assert declared(made) == []
    for part in declared.parts:
        told = [each for made in at_work for other in mutations(made, part) for each in declared(other)]
        assert told, f"nobody is told when {part} changes"
        for each in told:
            assert each.field == declared.field.partition(".")[0] and each.severity is declared.severity
            assert each.text.zh and each.text.en and "{" not in each.text.zh + each.text.en
    said = [each for made in at_work for other in mutations(made, declared.field) for each in declared(other)]
    assert said, "nobody is told when the value itself changes"


@pytest.mark.parametrize("pair", DERIVED, ids=ids)
def test_a_difference_is_found_by_the_one_check_before_saving(pair: tuple[RecordType, Derived]) -> None:
    kind, declared = pair
    for made in records(kind):
        for other in mutations(made, declared.field):
            for each in declared(other):
                assert each in check_record(other)


@pytest.mark.parametrize("kind", list(all_types()), ids=lambda kind: kind.name)
def test_many_agree_when_none_of_them_differs(kind: RecordType) -> None:
    good = list(records(kind))
    paths = {path for each in kind.derived for path in (each.field, *each.parts)}
    others = [other for made in good for path in sorted(paths) for other in mutations(made, path)]
    assert all_agree(kind, good) and not any(differing(kind, made) for made in good)
    for other in others:
        among = [*good, other, *good[:1]]  # whatever is kept of one record says nothing of another
        assert all_agree(kind, among) is not bool(differing(kind, other)), other


def test_money_areas_paid_for_and_counts_are_hard() -> None:
    for kind, declared in DERIVED:
        if kind.group.value == "compensation":
            assert declared.severity is Severity.ERROR, ids((kind, declared))


class Other:
    """What a declaration reads of another record."""

    def __init__(self, record: Any, **values: Any) -> None:
        self.__dict__.update(record.__dict__, **values)


@pytest.mark.parametrize("pair", GATHERED, ids=ids)
def test_a_change_in_the_records_it_is_made_of_is_told(pair: tuple[RecordType, Gathered]) -> None:
    """The value is set to what the rows give; then every part of a row is changed, a row is taken away, one added."""
    kind, declared = pair
    source = record_type(declared.source)
    assert declared.link in (source if declared.rows else kind).by_name
    told: dict[str, int] = dict.fromkeys((*declared.parts, "rows", "value"), 0)
    siblings = [each for each in kind.gathered if each.field == declared.field]  # targets of both directions

    def tell(record: Any, rows: list[Any]) -> list[Any]:
        return [found for each in siblings for found in each.differences(record, rows)]

    for values in ({}, {"unit": "mu", "direction": "higher"}, {"unit": "mu", "direction": "lower"}):
        if values and kind.name != "target":
            continue
        blank = sample(kind.name, 0, **values)
        rows = [Other(sample(declared.source, n, **({"indicator": blank.indicator} if values else {})))
                for n in range(1 if declared.to else 3)]  # fmt: skip
        expected = next((v for each in siblings if (v := each.work(blank, rows)) is not None), None)
        if expected is None:
            continue
        made = dataclasses.replace(blank, **{declared.field: expected})
        assert tell(made, rows) == tell(made, []) == []
        for part in declared.parts:
            for value in changed(source.by_name[part], getattr(rows[0], part)):
                told[part] += len(tell(made, [Other(rows[0], **{part: value}), *rows[1:]]))
        told["rows"] += len(tell(made, rows * 2)) + len(tell(made, rows[1:]))
        for value in changed(kind.by_name[declared.field], expected):
            found = tell(dataclasses.replace(made, **{declared.field: value}), rows)
            told["value"] += len(found)
            for each in found:
                assert each.field == declared.field and each.severity is declared.severity
                assert "{" not in each.text.zh + each.text.en
    if declared.to:
        told.pop("rows")
    if declared.parts == ("quadrat_no",):  # the number of rows alone counts
        told.pop("quadrat_no")
    assert all(told.values()), told


# Words under which a sum, a product or a count is stored; whoever adds such a field declares it or says here why not.
SUM_WORDS = re.compile("合计|总额|总计|总数|应发|实发|户数|笔数|样方数|天数|折干|折合|总段数|承包面积|入库数|物种数")
NOT_MADE_OF_OTHERS = {
    "parcel.grazing_days": "entered, nothing beside it",
    "capacity_approval.grazing_days": "a decision",
    "capacity_approval.sown_forage_kg": "weighed",
    "calculation_scheme.period_days": "a choice: seasons may overlap",
    "project_benefit.inside_quadrats": "the quadrats are not recorded here",
    "project_benefit.outside_quadrats": "the quadrats are not recorded here",
    "project_benefit.inside_species": "counted on the spot",
    "project_benefit.outside_species": "counted on the spot",
    "insect_survey.quadrat_count": "the quadrats are not recorded here",
    "greenup_observation.days_difference": "observed",
    "compensation_notice.days_required": "held against the dates of the notice by its own rule (C30)",
    "compensation_plan.notice_days": "a decision",
    "feeding_survey.contract_area_mu": "told by the household; its parts are kept within it by a rule",
    "compensation_line.contract_area_mu": "copied from the contract; what is paid is kept within it (C11)",
    "training_log.households": "counted on the spot",
    "receipt.parts": "the other parts are other receipts",
    "capacity_approval.natural_forage_kg": "computed or weighed elsewhere",
    "capacity_approval.other_forage_kg": "weighed",
}


def test_every_field_called_a_sum_is_declared() -> None:
    found = {
        f"{kind.name}.{field.name}"
        for kind in all_types()
        for field in kind.fields
        if field.is_number and SUM_WORDS.search(field.label.zh)
    }
    declared = {f"{kind.name}.{each.field}" for kind, each in [*DERIVED, *GATHERED]}
    assert found - declared - set(NOT_MADE_OF_OTHERS) == set()
    assert set(NOT_MADE_OF_OTHERS) & declared == set()
