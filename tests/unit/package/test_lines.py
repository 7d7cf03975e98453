"""One line a version: the SHA-256 of a line is its id, and the quick way of reading it never says anything else than the exact one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from package_helpers import NASTY, as_row, entries_of, fill, frictionless_validates, texts, version

from station_app.commands.cli import main
from station_app.domain.registry import all_types
from station_app.domain.samples import sample
from station_app.exchange.package.build import build_package
from station_app.exchange.package.lines import Line, LineMaker, NotCanonical, fields_text, line_reader
from station_app.exchange.package.values import WrongType
from station_app.exchange.package.view import write_view
from station_app.services.entry import Entry
from station_app.storage.canonical import encode_sorted
from station_app.storage.codec import to_json_fields
from station_app.storage.versions import Version
from station_app.storage.workspace import Workspace


def line_of(v: Version) -> bytes:
    return LineMaker(v.record_type).line(as_row(v))


def exact(v: Version) -> tuple[Line, list[str]]:
    """Read a line value by value."""
    return line_reader(v.record_type)._look(v.version_id, line_of(v))


@pytest.mark.parametrize("type_name", [t.name for t in all_types()])
def test_every_record_type_has_a_quick_way_that_says_the_same(type_name: str) -> None:
    for number in range(12):
        made = version(to_json_fields(sample(type_name, number)), type_name, number, parent_ids=("a" * 64, "b" * 64))
        raw = line_of(made)
        assert raw == encode_sorted(made.content()) and hashlib.sha256(raw).hexdigest() == made.version_id
        line, beyond = line_reader(type_name).read(raw)
        assert type(line.content.fields) is not dict and beyond == []  # the quick way
        assert line.version() == made == exact(made)[0].version()
        assert fields_text(raw) == encode_sorted(made.fields).decode()


@given(
    head_name=texts, note=texts, reason=texts, author=texts, persons=st.integers(-5, 1 << 62), parents=st.integers(0, 3)
)
def test_any_text_is_read_as_the_exact_way_reads_it(
    head_name: str, note: str, reason: str, author: str, persons: int, parents: int
) -> None:
    fields = {**to_json_fields(sample("household", 1)), "head_name": head_name, "note": note, "persons": persons}
    made = version(fields, author=author, reason=reason, parent_ids=tuple("abc"[n] * 64 for n in range(parents)))
    line, beyond = line_reader("household").read(line_of(made))
    slow, expected = exact(made)
    assert (line.version(), beyond) == (made, expected) and slow.version() == made
    assert fields_text(line.raw) == encode_sorted(fields).decode()


@pytest.mark.parametrize("note", [*NASTY, '","fields":{', '},"hlc":"'])
def test_the_fields_are_found_in_the_line_whatever_a_text_says(note: str) -> None:
    made = version({**to_json_fields(sample("household", 1)), "note": note}, author=note, reason=note, device=note)
    assert json.loads(fields_text(line_of(made))) == made.fields


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        (b'"void":false', b'"void": false', NotCanonical),
        (b'"void":false', b'"void":false,"wall":""', WrongType),
        (b'"note":"', b'"note":"\\u0061', NotCanonical),
        (b'"schema_version":1', b'"schema_version":1.0', NotCanonical),
        (b'"schema_version":1', b'"schema_version":0', WrongType),
        (b'"void":false', b'"void":false,"wall":"2024-02-30T00:00:00Z"', WrongType),
        (b'"void":false', b'"void":false,"x":1', WrongType),
        (b'"reason":""', b'"reason":null', WrongType),
        (b'"fields":{', b'"fields":{"a":1.5,', NotCanonical),
    ],
)
def test_a_line_is_canonical_and_typed_or_refused(old: bytes, new: bytes, error: type[Exception]) -> None:
    raw = line_of(version(to_json_fields(sample("household", 1))))
    assert old in raw
    with pytest.raises(error):
        line_reader("household").read(raw.replace(old, new, 1))


def test_an_empty_value_is_left_out_never_null() -> None:
    with pytest.raises(WrongType):
        line_reader("household").read(line_of(version({**to_json_fields(sample("household", 1)), "bank_name": None})))


def test_tables_on_request_pass_the_stock_tool(station: Workspace, out: Path, tmp_path: Path) -> None:
    fill(station, 3)
    Entry(station).save(sample("household", 9, note='=1+1, "x"\nzwei'), reason="示例")
    built = build_package(station, out)
    made = write_view(built.path, tmp_path / "表")
    assert {p.name for p in made} == {
        "household.csv", "livestock_count.csv", "livestock_count.class_counts.csv", "household.members.csv",
        "datapackage.json",
    }  # fmt: skip
    assert frictionless_validates(tmp_path / "表" / "datapackage.json")
    rows = (tmp_path / "表" / "records" / "household.csv").read_text(encoding="utf-8")
    ids = {hashlib.sha256(line).hexdigest() for line in entries_of(built.path)["records/household.jsonl"].splitlines()}
    assert all(i in rows for i in ids)
    assert main(["package-csv", str(built.path), "--out", str(tmp_path / "再")]) == 0
    again: dict[str, Any] = json.loads((tmp_path / "再" / "datapackage.json").read_text(encoding="utf-8"))
    assert [r["hash"] for r in again["resources"]] == [
        r["hash"] for r in json.loads(made[-1].read_text(encoding="utf-8"))["resources"]
    ]
