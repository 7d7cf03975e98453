"""Whether a value is right for a field is said once: form, record, package line, table and Table Schema all agree."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station_app.domain.codes import code_list
from station_app.domain.fields import Field, Form, Kind, described_fields
from station_app.domain.identifiers import invented_account, invented_identity
from station_app.domain.parsing import visible
from station_app.domain.problems import Severity
from station_app.domain.registry import RecordType, all_types
from station_app.domain.samples import sample
from station_app.domain.validation import check_record, check_value, parse_value
from station_app.exchange.package import manifest
from station_app.exchange.package.lines import line_reader
from station_app.exchange.package.values import WrongType
from station_app.storage.canonical import encode_sorted
from station_app.storage.codec import decode_value, encode_value, from_json_fields, to_json_fields

FIELDS = [
    (kind, listed, field)
    for kind in all_types()
    for listed in (None, *kind.lists)
    for field in (described_fields(listed.line) if listed is not None else kind.scalars)
]
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text("示例羊草、（）ab 1-\u3000\u200b\ue000E+", max_size=30),
    st.integers(0, 9_000_000).map(invented_identity),
    st.integers(0, 10**12).map(invented_account),
    st.text("0123456789X-", max_size=24),
    st.sampled_from(["1.52522E+15", " 示例", "示例 ", "示\n例", "2026-13", "2026-07", "19900000000", "é", "1" * 5000]),
)
INVISIBLE = "FLD-062"
HASHES = st.sampled_from(["0" * 64, "0" * 63, "A" * 64])
LINKS = st.sampled_from(["01900000-5550-7a4e-8ed1-9878c035f93b", "01900000-5550-7a4e-8ed1", "x"])


def numbers(field: Field) -> list[Decimal]:
    """Return numbers at, on and beyond each bound."""
    bounds = [b for b in (field.minimum, field.maximum, field.soft_minimum, field.soft_maximum) if b is not None]
    step = Decimal(1).scaleb(-field.places)
    return [b + s for b in [*bounds, Decimal(0)] for s in (-step, Decimal(0), step)]


def values(field: Field) -> st.SearchStrategy[Any]:
    """Return values of the field's Python type, right and wrong ones."""
    if field.kind is Kind.TEXT:
        return TEXTS
    if field.kind in (Kind.CODE, Kind.CODES):
        codes = [*list(code_list(field.codes).by_code)[:5], "no_such_code"]
        some = st.sets(st.sampled_from(codes), min_size=1, max_size=3).map(
            lambda own: tuple(sorted(own, key=codes.index))
        )
        return st.sampled_from(codes) if field.kind is Kind.CODE else some
    if field.kind is Kind.INTEGER:
        return st.one_of(st.sampled_from([int(n) for n in numbers(field)]), st.integers(-(2**62), 2**62))
    if field.kind is Kind.DECIMAL:
        free = st.decimals(-(10**9), 10**9, places=field.places)
        return st.one_of(st.sampled_from(numbers(field)).map(lambda n: round(n, field.places)), free)
    if field.kind is Kind.DATE:
        return st.dates(date(1800, 1, 1), date(2300, 1, 1))
    if field.kind is Kind.INSTANT:
        moments = st.datetimes(datetime(1800, 1, 1), datetime(2300, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
        return moments.map(lambda at: at.replace(microsecond=0))
    if field.kind is Kind.BOOL:
        return st.booleans()
    return LINKS if field.kind is Kind.LINK else st.sets(HASHES, min_size=1).map(tuple)


def said_by_line(kind: RecordType, fields: dict[str, Any]) -> list[str]:
    """Return the fields that reading a line of a package finds beyond their bounds."""
    content = {
        "author": "示例", "device": "a", "fields": fields, "hlc": "1767225600000-000000", "parent_ids": [],
        "reason": "", "record_id": "01900000-5550-7a4e-8ed1-9878c035f93b", "record_type": kind.name,
        "schema_version": kind.version, "void": False,
    }  # fmt: skip
    try:
        (line,) = line_reader(kind.name).read([encode_sorted(content)])
        return [*line.beyond]
    except WrongType as error:
        return [str(error)]


def keeps_to(constraints: dict[str, Any], value: Any) -> bool:
    """Whether a value keeps to what a Table Schema says of its column."""
    if "enum" in constraints and value not in constraints["enum"]:
        return False
    if "pattern" in constraints and not re.fullmatch(constraints["pattern"], value):
        return False
    if len(str(value)) > constraints.get("maxLength", 10**9):
        return False
    number = Decimal(value) if "minimum" in constraints or "maximum" in constraints else Decimal(0)
    return Decimal(constraints.get("minimum", number)) <= number <= Decimal(constraints.get("maximum", number))


@pytest.mark.parametrize("kind", tuple(all_types()), ids=lambda kind: kind.name)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_all_who_ask_agree(kind: RecordType, data: st.DataObject) -> None:
    """What one takes, all take in the same form; what one refuses, all refuse, and where a problem is said it is the same."""
    _, listed, field = data.draw(st.sampled_from([each for each in FIELDS if each[0] is kind]))
    value = data.draw(values(field))
    if value in ("", ()):
        return
    said = check_value(field, value)
    refused = bool(said) and said[0].severity is Severity.ERROR
    codes = [each.code for each in said]

    record = sample(kind.name, 0)
    if listed is None:
        changed = dataclasses.replace(record, **{field.name: value})
        where = field.name
    else:
        row = (getattr(record, listed.name) or sample(kind.name, 1).__dict__[listed.name] or (None,))[0]
        if row is None:
            return
        changed = dataclasses.replace(record, **{listed.name: (dataclasses.replace(row, **{field.name: value}),)})
        where = f"{listed.name}.{field.name}"
    of_record = [p.code for p in check_record(changed) if p.field == where and p.code.startswith("FLD")]
    assert codes == of_record[: len(codes)] and (codes or not of_record or is_rule(of_record))

    typed, wrong = parse_value(field, value)
    if codes == [INVISIBLE]:  # of older records; what is typed today loses what nobody sees
        assert typed == visible(value)
    elif not refused:  # what is right stays as it is; what is not may be what somebody typed, and parsed into what is
        assert (typed, [wrong.code] if wrong else []) == (value, codes)

    as_json = encode_value(field, value)
    assert decode_value(field, as_json) == value
    fields = to_json_fields(changed)
    assert from_json_fields(kind, fields) == changed
    assert (field.name in said_by_line(kind, fields)) == refused

    constraints = manifest._constraints(field, required=True)
    if not refused:
        assert keeps_to(constraints, as_json)


def is_rule(codes: list[str]) -> bool:
    """Whether what is said is of a rule over the whole record: a number outside what is usual."""
    return set(codes) <= {"FLD-007", "FLD-008"}


@pytest.mark.parametrize("form", [Form.IDENTITY, Form.PHONE, Form.REGION])
def test_a_warning_about_characters_hides_no_error_of_the_form(form: Form) -> None:
    field = next(f for _, _, f in FIELDS if f.form is form)
    for text in ("12\u200b3", "12\ue0003"):
        assert check_value(field, text)[0].severity is Severity.ERROR


def test_wrong_types_are_told_as_such_everywhere() -> None:
    kind = next(k for k in all_types() if k.name == "household")
    record = sample("household", 0)
    for name, value in (("persons", "3"), ("head_name", 3), ("contract_area_mu", 1.5), ("members", [1])):
        problems = check_record(dataclasses.replace(record, **{name: value}))
        assert [p.code for p in problems if p.field == name] == ["FLD-012"]
    assert said_by_line(kind, {**to_json_fields(record), "persons": "3"}) == ["persons"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("identity_number", invented_identity(7)[:17] + ("1" if invented_identity(7)[-1] == "0" else "0")),
        ("identity_number", "999999196013010012"),
        ("phone", "12"),
    ],
)
def test_what_the_sender_refuses_the_receiver_sets_aside(name: str, value: str) -> None:
    kind = next(k for k in all_types() if k.name == "household")
    record = dataclasses.replace(sample("household", 0), **{name: value})
    assert [p.field for p in check_record(record) if p.severity is Severity.ERROR] == [name]
    assert said_by_line(kind, to_json_fields(record)) == [name]
