"""Coefficient sets as files, and what two editions say differently."""

from __future__ import annotations

import csv
import dataclasses
import io
from decimal import Decimal
from pathlib import Path

import pytest

from station_app.domain.calc.coefficients import CoefficientSet
from station_app.domain.calc.edition_diff import Kind, differences
from station_app.domain.problems import UserError
from station_app.exchange.coefficients import COLUMNS, read_set_file, set_csv, set_from_csv, write_set
from station_app.storage.reference import install_code_lists
from station_app.storage.standards import load_standards

install_code_lists()
SETS = tuple(load_standards())
BY_REFERENCE = {each.reference: each for each in SETS}
RATES = BY_REFERENCE["utilization/xilingol-study@1"]


@pytest.mark.parametrize("ending", [".json", ".csv"])
@pytest.mark.parametrize("each", SETS, ids=lambda s: s.reference)
def test_every_set_comes_back_from_its_file(each: CoefficientSet, ending: str, tmp_path: Path) -> None:
    assert read_set_file(write_set(each, tmp_path / f"集 一{ending}")) == each


def test_a_csv_saved_by_a_chinese_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(set_csv(RATES).encode("gb18030"))
    assert read_set_file(path) == RATES


def test_no_cell_is_a_formula() -> None:
    row = dataclasses.replace(RATES.rows[0], source="=1+1", note="-示例", value=Decimal("-1.5"))
    each = dataclasses.replace(RATES, rows=(row,))
    cells = next(csv.DictReader(io.StringIO(set_csv(each))))
    assert (cells["source"], cells["note"], cells["value"]) == (" =1+1", " -示例", "-1.5")
    assert set_from_csv(set_csv(each)) == each


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        (lambda t: "", "CALC-013", "/rows"),
        (lambda t: t.replace("kind,", "kindd,", 1), "CALC-014", ""),
        (lambda t: t.replace("52.5,52.5", "52;5,52.5", 1), "CALC-012", "/rows/0/value"),
        (lambda t: t.replace("utilization,xilingol-study,1,", "utilization,other,1,", 1), "CALC-012", "/rows/1/name"),
        (lambda t: t.rstrip() + ",too,many\r\n", "CALC-056", ""),
        (lambda t: t + '"open', "CALC-056", ""),
        (lambda t: t + t.splitlines()[1] + "\r\n", "CALC-012", "/rows"),
        (lambda t: t.replace(",1|growing,", ",,", 1), "CALC-013", "/rows/0/key"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused_with_their_place(change: object, code: str, place: str) -> None:
    text = change(set_csv(RATES))  # type: ignore[operator]
    with pytest.raises(UserError) as held:
        set_from_csv(text)
    assert held.value.code == code
    assert place in (held.value.problems[0].place or "") and held.value.text.zh


def test_unreadable_files_are_refused(tmp_path: Path) -> None:
    for name, data in (("a.json", b"{"), ("b.json", b"\xff\xff\x00"), ("c.json", b"[" * 100_000), ("d.csv", b"\x80"),
                       ("e.json", b'{"rows": []}')):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UserError) as held:
            read_set_file(tmp_path / name)
        assert held.value.code.startswith("CALC-0")
    with pytest.raises(UserError) as held:
        read_set_file(tmp_path / "missing.json")
    assert held.value.code == "CALC-056"
    with pytest.raises(UserError) as held:
        write_set(RATES, tmp_path / "a.txt")
    assert held.value.code == "CALC-014" and "*.csv" in held.value.text.zh


def test_differences_name_fields_before_and_after() -> None:
    first, second, third = RATES.rows
    changed = dataclasses.replace(first, value=Decimal("50"), low=None, mark="A")
    added = dataclasses.replace(second, key=("9", "warm"))
    found = differences(RATES, dataclasses.replace(RATES, edition="2", rows=(changed, second, added)))
    assert [(d.kind, d.key) for d in found] == [
        (Kind.CHANGED, first.key), (Kind.ADDED, ("9", "warm")), (Kind.MISSING, third.key)]  # fmt: skip
    said = {f.name: (f.old, f.new) for f in found[0].fields}
    assert said["value"] == ("52.5", "50") and said["mark"] == ("B", "A")
    assert differences(RATES, dataclasses.replace(RATES, edition="9")) == ()
    assert COLUMNS[9] == "key"
