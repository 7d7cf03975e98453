"""Versions as CSV and back: exact, so that every id recomputes."""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from package_helpers import NASTY, as_row, texts, version

from station_app.domain.registry import all_types, record_type
from station_app.domain.samples import sample
from station_app.exchange.package.container import Container, ContainerWriter
from station_app.exchange.package.findings import Findings
from station_app.exchange.package.lines import Line
from station_app.exchange.package.table_reader import TypeReader
from station_app.exchange.package.tables import SYSTEM, TYPE_OF_KIND, Column, Layout, csv_line, layout_of, write_type
from station_app.exchange.package.tally import Tally
from station_app.storage.codec import to_json_fields
from station_app.storage.versions import Version


def written(path: Path, layout: Layout, versions: list[Version]) -> Path:
    with path.open("wb") as file, ContainerWriter(file) as archive, ExitStack() as stack:
        with archive.entry(f"records/{layout.name}.csv") as sink:
            spools = write_type(layout, map(as_row, versions), sink, stack)
        for name, spool in spools.items():
            with archive.entry(f"records/{layout.name}.{name}.csv") as sink:
                for piece in spool.pieces():
                    sink.write(piece)
    return path


def read_all(path: Path, layout: Layout) -> tuple[list[tuple[Version, str]], Findings]:
    """Return versions with the code that sets them aside, and what was found."""
    findings = Findings()
    anyone: Any = SimpleNamespace(judge=lambda *_: None, strangers=lambda *_: {}, note_account=lambda _: None)
    take = Tally(findings, anyone).taker(layout)
    with Container(path) as container:
        found = []
        for lines in TypeReader(container, layout, findings).versions():
            aside = take(lines)
            found += [(v, aside[v.version_id].code if v.version_id in aside else "") for v in map(Line.version, lines)]
    return found, findings


def read_back(path: Path, layout: Layout) -> tuple[list[Version], Findings]:
    found, findings = read_all(path, layout)
    return [version for version, _ in found], findings


def round_trip(path: Path, versions: list[Version], layout: Layout | None = None) -> tuple[list[Version], Findings]:
    used = layout or layout_of(versions[0].record_type)
    return read_back(written(path, used, versions), used)


@pytest.mark.parametrize("type_name", [t.name for t in all_types()])
def test_every_record_type_comes_back_exactly(tmp_path: Path, type_name: str) -> None:
    versions = [version(to_json_fields(sample(type_name, n)), type_name, n) for n in range(20)]
    back, findings = round_trip(tmp_path / "x.zip", versions)
    assert back == versions and findings.problems == []


@given(
    head_name=texts, note=texts, author=st.text(st.characters(exclude_categories=("Cs",)), max_size=20), reason=texts,
    persons=st.integers(0, 50), members=st.lists(texts, max_size=3), void=st.booleans(),
    parents=st.lists(st.integers(0, 1 << 255), max_size=3, unique=True),
)  # fmt: skip
def test_any_text_comes_back_exactly(
    tmp_path_factory: pytest.TempPathFactory, head_name: str, note: str, author: str, reason: str, persons: int,
    members: list[str], void: bool, parents: list[int],
) -> None:  # fmt: skip
    fields: dict[str, Any] = {"code": "1525252032010001", "village_code": "152525203201", "head_name": head_name, "note": note,
                              "persons": persons}  # fmt: skip
    if members:
        fields["members"] = [{"name": name} for name in members]
    made = version(fields, author=author, reason=reason, void=void, parent_ids=tuple(f"{p:064x}" for p in parents))
    back, findings = round_trip(tmp_path_factory.getbasetemp() / "any.zip", [made])
    assert back == [made]
    assert {p.code for p in findings.problems} <= {"PKG-042"}  # too long, or a required field is missing: set aside


@pytest.mark.parametrize("text", NASTY)
def test_our_lines_are_those_of_rfc_4180(text: str) -> None:
    """Python's csv module reads a line of ours as the same cells; formulas stay as they are (data, not a workbook)."""
    assert list(csv.reader(io.StringIO(csv_line([text, 1, "x", text]) + "\r\n", newline=""), strict=True)) == [
        [text, "1", "x", text]
    ]


@pytest.mark.parametrize("unknown", [
    {"newer_text": "x"}, {"newer_number": 5}, {"newer_flag": False}, {"newer_list": [{"a": "b", "c": [1, 2]}]},
    {"newer_null": None}, {"newer_empty": ""}, {"newer_object": {"深": ["a"]}},
])  # fmt: skip
def test_fields_of_a_newer_program_are_carried_in_extra(tmp_path: Path, unknown: dict[str, Any]) -> None:
    fields = {**to_json_fields(sample("livestock_count", 1)), **unknown}
    fields["class_counts"] = [{**line, **unknown} for line in fields["class_counts"]]
    made = version(fields, "livestock_count")
    back, findings = round_trip(tmp_path / "x.zip", [made])
    assert back == [made] and findings.problems == []


def test_columns_of_a_newer_program_are_read_by_their_type(tmp_path: Path) -> None:
    types = sorted(set(TYPE_OF_KIND.values()))
    values = {"array": ["a", "b"], "boolean": False, "date": "2026-06-30", "datetime": "2026-06-30T08:00:00Z", "integer": -7,
              "number": "-0.50", "string": "x"}  # fmt: skip
    ours = layout_of("household")
    newer = Layout("household", (*ours.columns, *(Column(f"newer_{t}", t) for t in types)),
                   (*ours.lists, ("newer_lines", (Column("a", "integer"),))))  # fmt: skip
    fields = {
        **to_json_fields(sample("household", 1)),
        **{f"newer_{t}": values[t] for t in types},
        "newer_lines": [{"a": 1}],
    }
    made = version(fields)
    back, findings = round_trip(tmp_path / "x.zip", [made], newer)
    assert back == [made] and findings.problems == []


def test_types_of_a_newer_program_are_carried(tmp_path: Path) -> None:
    made = version({"a": "b", "lines": [{"x": 1}]}, "satellite_image")
    back, findings = round_trip(tmp_path / "x.zip", [made])
    assert back == [made] and findings.problems == []


def test_outlines_of_parcels_pass_the_cell_limit_of_the_standard_library(tmp_path: Path) -> None:
    fields = to_json_fields(sample("parcel", 1))
    fields["polygon"] = "POLYGON((" + ",".join(f"{i % 180}.123456 {i % 90}.654321" for i in range(20_000)) + "))"
    made = version(fields, "parcel")
    back, findings = round_trip(tmp_path / "x.zip", [made])
    assert back == [made] and findings.problems == []


# --- what is refused -------------------------------------------------------------------------------------------------


def broken(tmp_path: Path, column: str, cell: str, type_name: str = "household") -> set[str]:
    """Put ``cell`` into a column of a good row and return the codes found."""
    layout = layout_of(type_name)
    good = version(to_json_fields(sample(type_name, 1)), type_name)
    path = written(tmp_path / "good.zip", layout, [good])
    name = f"records/{type_name}.csv"
    with Container(path) as container:
        entries = {n: container.read(n) for n in container.names}
    rows = list(csv.reader(io.StringIO(entries[name].decode(), newline="")))
    rows[1][rows[0].index(column)] = cell
    entries[name] = "".join(csv_line(row) + "\r\n" for row in rows).encode()
    _rewrite(tmp_path / "broken.zip", entries)
    return {p.code for p in read_back(tmp_path / "broken.zip", layout)[1].problems}


@pytest.mark.parametrize(("column", "cell"), [
    ("persons", "1.0"), ("persons", "01"), ("persons", "１"), ("persons", "1_0"), ("persons", " 1"), ("persons", "-0"),
    ("persons", "9" * 19), ("persons", "9" * 5000), ("_schema_version", "0"), ("_schema_version", "x"), ("_hlc", "yesterday"),
    ("_record_id", "1"), ("_parent_ids", "abc"), ("_void", "no"), ("_author", "x" * 20_000), ("_extra", "{"), ("_extra", "[]"),
    ("_extra", "{}"), ("_extra", '{"head_name":"twice"}'), ("_extra", '{"a":1,"a":1}'), ("_extra", '{"members":"x"}'),
])  # fmt: skip
def test_cells_of_the_wrong_type_refuse_the_package(tmp_path: Path, column: str, cell: str) -> None:
    assert broken(tmp_path, column, cell) == {"PKG-041"}


@pytest.mark.parametrize(("column", "cell"), [
    ("area_mu", "1,5"), ("area_mu", "1e3"), ("area_mu", "٣"), ("area_mu", "9" * 19), ("area_mu", ".5"), ("area_mu", "NaN"),
    ("issued_on", "2026-02-30"), ("issued_on", "20260630"), ("issued_on", "2026-W01-1"), ("overlaps_forest", "True"),
    ("attachments", "x"), ("attachments", '["a",1]'), ("attachments", '[ "a"]'),
])  # fmt: skip
def test_numbers_days_flags_and_lists_are_exact(tmp_path: Path, column: str, cell: str) -> None:
    assert broken(tmp_path, column, cell, "parcel") == {"PKG-041"}


@pytest.mark.parametrize(("column", "cell"), [("head_name", "别人"), ("persons", "4"), ("_author", "别人"), ("_reason", "x"),
                                              ("_void", "true"), ("_hlc", "1795239570009-000000")])  # fmt: skip
def test_changed_cells_change_the_id(tmp_path: Path, column: str, cell: str) -> None:
    assert broken(tmp_path, column, cell) == {"PKG-043"}


def test_rows_must_be_ordered_and_single(tmp_path: Path) -> None:
    layout = layout_of("forage_supply")
    one, other = (version(to_json_fields(sample("forage_supply", n)), "forage_supply", n) for n in (1, 2))
    assert not read_back(written(tmp_path / "x.zip", layout, [one, other]), layout)[1].problems
    for wrong in ([other, one], [one, one]):
        back, findings = read_back(written(tmp_path / "x.zip", layout, wrong), layout)
        assert {p.code for p in findings.problems} == {"PKG-044"} and len(back) == 1


@pytest.mark.parametrize(("change", "code"), [
    (lambda rows: rows[:-1] + [[*rows[-1], "more"]], "PKG-040"),
    (lambda rows: rows[:-1] + [rows[-1][:-1]], "PKG-040"),
    (lambda rows: [[*rows[0][:-1], "other"], *rows[1:]], "PKG-016"),
    (lambda rows: [rows[0][:-1], *rows[1:]], "PKG-016"),
    (lambda rows: [[], *rows], "PKG-016"),
])  # fmt: skip
def test_tables_of_another_shape_are_refused(tmp_path: Path, change: Any, code: str) -> None:
    layout = layout_of("household")
    path = written(tmp_path / "x.zip", layout, [version(to_json_fields(sample("household", 1)))])
    with Container(path) as container:
        entries = {n: container.read(n) for n in container.names}
    rows = list(csv.reader(io.StringIO(entries["records/household.csv"].decode(), newline="")))
    entries["records/household.csv"] = "".join(csv_line(row) + "\r\n" for row in change(rows)).encode()
    _rewrite(path, entries)
    assert {p.code for p in read_back(path, layout)[1].problems} == {code}


@pytest.mark.parametrize("tail", [b"\xff\xfe\r\n", b'"open', b'x"y,"z" w\r\n'])
def test_what_is_no_csv_or_no_utf8_is_refused(tmp_path: Path, tail: bytes) -> None:
    layout = layout_of("household")
    path = written(tmp_path / "x.zip", layout, [version(to_json_fields(sample("household", 1)))])
    with Container(path) as container:
        entries = {n: container.read(n) for n in container.names}
    entries["records/household.csv"] += tail
    _rewrite(path, entries)
    assert {p.code for p in read_back(path, layout)[1].problems} == {"PKG-040"}


@pytest.mark.parametrize(("kept", "added", "code"), [
    (0, "{0},2,sheep,adult_female,1,,,,,,,,,,,,,,,", "PKG-045"),
    (0, "", "PKG-043"),
    (9, "{0},1,sheep,adult_female,1,,,,,,,,,,,,,,,", "PKG-045"),
    (9, "{1},1,sheep,adult_female,1,,,,,,,,,,,,,,,", "PKG-045"),
])  # fmt: skip
def test_lines_belong_to_a_record_and_count_from_one(tmp_path: Path, kept: int, added: str, code: str) -> None:
    layout = layout_of("livestock_count")
    made = version(to_json_fields(sample("livestock_count", 1)), "livestock_count")
    path = written(tmp_path / "x.zip", layout, [made])
    with Container(path) as container:
        entries = {n: container.read(n) for n in container.names}
    name = "records/livestock_count.class_counts.csv"
    rows = entries[name].decode().splitlines()
    rows = [*rows[: 1 + kept], *([added.format(made.version_id, "0" * 64)] if added else [])]
    entries[name] = "".join(row + "\r\n" for row in rows).encode()
    _rewrite(path, entries)
    assert {p.code for p in read_back(path, layout)[1].problems} == {code}


def _rewrite(path: Path, entries: dict[str, bytes]) -> None:
    with path.open("wb") as file, ContainerWriter(file) as archive:
        for name, data in entries.items():
            with archive.entry(name) as sink:
                sink.write(data)


@pytest.mark.parametrize(("field", "value"), [
    ("persons", -1), ("persons", 10**6), ("village_code", "15252520320"), ("identity_number", "1"), ("status", "unheard of"),
    ("head_name", "x" * 1000), ("head_name", "a\x00b"), ("head_name", "a\nb"), ("head_name", "e\u0301"), ("note", "a\x0bb"),
])  # fmt: skip
def test_values_beyond_their_bounds_set_only_their_version_aside(tmp_path: Path, field: str, value: Any) -> None:
    assert field in record_type("household").by_name
    good, bad = (version({**to_json_fields(sample("household", n)), **extra}, number=n)
                 for n, extra in ((1, {}), (2, {field: value})))  # fmt: skip
    layout = layout_of("household")
    found, _ = read_all(written(tmp_path / "x.zip", layout, [good, bad]), layout)
    assert found == [(good, ""), (bad, "PKG-042")]


@pytest.mark.parametrize("note", ["第一行\n第二行", "全角\u3000空格", "𬶐", "x" * 1000])
def test_ordinary_text_is_taken(tmp_path: Path, note: str) -> None:
    back, findings = round_trip(tmp_path / "x.zip", [version({**to_json_fields(sample("household", 1)), "note": note})])
    assert len(back) == 1 and findings.problems == []


def test_a_missing_required_field_is_set_aside_only_in_todays_schema(tmp_path: Path) -> None:
    fields = to_json_fields(sample("household", 1))
    del fields["head_name"]
    layout = layout_of("household")
    for schema, expected in ((1, "PKG-042"), (2, "")):
        made = version(fields, schema_version=schema)
        ((_, code),), _ = read_all(written(tmp_path / "x.zip", layout, [made]), layout)
        assert code == expected


def test_no_field_is_called_like_a_column_of_ours() -> None:
    for kind in all_types():
        names = [f.name for f in kind.fields]
        assert not any(name.startswith("_") for name in names), kind.name
        assert len({*SYSTEM, *names}) == len(SYSTEM) + len(names)
