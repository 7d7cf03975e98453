"""One line a version: the SHA-256 of a line is its id, and the quick way of reading it never says anything else than the exact one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from package_helpers import NASTY, entries_of, fill, frictionless_validates, texts, version

from station_app.commands.cli import main
from station_app.domain.registry import all_types
from station_app.domain.samples import sample, sample_id
from station_app.exchange.package.build import build_package
from station_app.exchange.package.lines import Line, NotCanonical, fields_text, line_reader
from station_app.exchange.package.slices import Slice
from station_app.exchange.package.values import WrongType
from station_app.exchange.package.view import write_view
from station_app.services.entry import Entry
from station_app.storage.canonical import encode_sorted
from station_app.storage.codec import to_json_fields
from station_app.storage.versions import Version
from station_app.storage.workspace import Workspace


def line_of(v: Version) -> bytes:
    return encode_sorted(v.content())


def read(type_name: str, raw: bytes) -> Line:
    (line,) = line_reader(type_name).read([raw])
    return line


def exact(v: Version) -> Line:
    """Read a line value by value."""
    return line_reader(v.record_type)._look(line_of(v))


@pytest.mark.parametrize("type_name", [t.name for t in all_types()])
def test_every_record_type_has_a_quick_way_that_says_the_same(type_name: str) -> None:
    for number in range(12):
        made = version(to_json_fields(sample(type_name, number)), type_name, number, parent_ids=("a" * 64, "b" * 64))
        raw = line_of(made)
        assert hashlib.sha256(raw).hexdigest() == made.version_id
        line = read(type_name, raw)
        assert type(line.content.fields) is not dict and not line.beyond  # the quick way
        assert line.version() == made == exact(made).version()
        assert fields_text(raw) == encode_sorted(made.fields).decode()


@given(
    head_name=texts, note=texts, reason=texts, author=texts, persons=st.integers(-5, 1 << 62), parents=st.integers(0, 3)
)
def test_any_text_is_read_as_the_exact_way_reads_it(
    head_name: str, note: str, reason: str, author: str, persons: int, parents: int
) -> None:
    fields = {**to_json_fields(sample("household", 1)), "head_name": head_name, "note": note, "persons": persons}
    made = version(fields, author=author, reason=reason, parent_ids=tuple("abc"[n] * 64 for n in range(parents)))
    line, slow = read("household", line_of(made)), exact(made)
    assert (line.version(), [*line.beyond]) == (made, [*slow.beyond]) and slow.version() == made
    assert fields_text(line.raw) == encode_sorted(fields).decode()


def test_a_line_comes_from_the_journal_as_it_was_hashed(station: Workspace) -> None:
    words = [*NASTY, "", "\x01\x1f\x7f", '","fields":{']
    made = [
        version(
            {**to_json_fields(sample("household", 1)), "note": word}, "household", number, author=word, device=word[::-1],
            reason=word, parent_ids=tuple("abc"[n] * 64 for n in range(number % 4)), void=number % 2 == 0,
            wall="2024-02-29T23:50:00Z" if number % 3 == 0 else "", record_id=sample_id("household", number),
        )
        for number, word in enumerate(words)
    ]  # fmt: skip
    station.journal.append(made)
    chosen = Slice(station.journal._connection)
    chosen._take(None, "1")
    assert list(chosen.lines("household")) == [(v.version_id, encode_sorted(v.content())) for v in made]
    chosen.close()


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
        read("household", raw.replace(old, new, 1))


def test_an_empty_value_is_left_out_never_null() -> None:
    with pytest.raises(WrongType):
        read("household", line_of(version({**to_json_fields(sample("household", 1)), "bank_name": None})))


@pytest.mark.parametrize("odd", [0, 1, 6, 12])
def test_of_many_lines_only_the_odd_one_is_looked_at_closely_and_stops_what_follows(odd: int) -> None:
    made = [version(to_json_fields(sample("household", n)), "household", n) for n in range(13)]
    strange = version({**made[odd].fields, "note": "a\tb\\"}, "household", odd)
    raws = [line_of(strange if n == odd else v) for n, v in enumerate(made)]
    lines = list(line_reader("household").read(raws))
    assert [line.version() for line in lines] == [strange if n == odd else v for n, v in enumerate(made)]
    assert [n for n, line in enumerate(lines) if type(line.content.fields) is dict] == [odd]
    raws[odd] = raws[odd].replace(b'"void":false', b'"void": false')
    before = []
    with pytest.raises(NotCanonical):
        for line in line_reader("household").read(raws):
            before.append(line.version_id)
    assert before == [v.version_id for v in made[:odd]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hlc", "1767225600000-00000G"),
        ("record_id", "01900000-5550-0a4e-8ed1-9878c035f93b"),
        ("parent_ids", ["A" * 64]),
    ],
)
def test_words_around_the_fields_have_their_form_in_the_quick_way_too(name: str, value: Any) -> None:
    good = version(to_json_fields(sample("household", 1)))
    wrong = encode_sorted({**good.content(), name: value})
    with pytest.raises(WrongType, match=name):
        list(line_reader("household").read([line_of(good), wrong]))


def test_no_value_beyond_its_bounds_takes_the_quick_way_among_good_ones() -> None:
    good = [version(to_json_fields(sample("parcel", n)), "parcel", n) for n in range(5)]
    wrong = version({**good[2].fields, "area_mu": "-1.000"}, "parcel", 2)
    lines = list(line_reader("parcel").read([line_of(v) for v in [*good[:2], wrong, *good[3:]]]))
    assert [[*line.beyond] for line in lines] == [[], [], ["area_mu"], [], []]


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
