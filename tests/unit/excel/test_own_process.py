"""Large files in a process of their own: the same tables, the same sentences, and limits that end it and not the program."""

from __future__ import annotations

import random
import sys
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import workbook_files as made

from station_app.domain.problems import UserError
from station_app.exchange.excel import reader
from station_app.exchange.excel.reader import RawTable, read_here, read_tables
from station_app.exchange.excel.reading import own_process
from station_app.exchange.excel.reading.packed import BLOCK, Packed
from station_app.services.progress import Quiet

ROWS = 3 * BLOCK * 2


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every file is large, and nothing is read in this process; the processes that were started."""
    started: list[Any] = []
    start = own_process.subprocess.Popen

    def noted(*arguments: Any, **options: Any) -> Any:
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(own_process, "LARGE", 0)
    monkeypatch.setattr(own_process.subprocess, "Popen", noted)
    monkeypatch.setattr(reader, "_read", lambda *_: pytest.fail("read in this process"))
    return started


def files(folder: Path) -> dict[str, Path]:
    cells = [
        f"<c><v>{n}.5</v></c>" + f'<c t="inlineStr"><is><t>示例{n}</t></is></c><c t="e"><v>#N/A</v></c>'
        for n in range(ROWS)
    ]
    text = folder / "a.csv"
    text.write_text("户编码,户主姓名\n" + "".join(f"{n},示例{n}\n" for n in range(ROWS)), encoding="gb18030")
    return {
        "xlsx": made.xlsx(folder / "a.xlsx", cells),
        "xls": made.xls(folder / "a.xls", made.label(0, 0, "户编码"), made.number(1, 0, 5, 2), made.error(1, 1, 42)),
        "csv": text,
        "damaged": cut(folder / "cut.xlsx", folder / "a.xlsx"),
        "empty": empty(folder / "empty.csv"),
    }


def cut(path: Path, whole: Path) -> Path:
    path.write_bytes(whole.read_bytes()[:-200])
    return path


def empty(path: Path) -> Path:
    path.write_text("\n , \n", encoding="utf-8")
    return path


def outcome(read: Any, path: Path) -> Any:
    try:
        return [vars(table) for table in read(path)]
    except UserError as error:
        return error.code, error.text, error.problems


def test_a_process_of_its_own_reads_the_same(
    tmp_path: Path, beside: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {name: outcome(read_tables, path) for name, path in files(tmp_path).items()}
    monkeypatch.undo()
    assert there == {name: outcome(read_here, path) for name, path in files(tmp_path).items()}
    assert len(beside) == len(there) and isinstance(there["damaged"], tuple) and len(there["xlsx"][0]["rows"]) == ROWS
    assert all(process.poll() is not None for process in beside)


def test_small_files_are_read_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process, "command", lambda _: pytest.fail("a process for two rows"))
    path = made.xlsx(tmp_path / "a.xlsx", ["<c><v>1</v></c>"])
    assert read_tables(path)[0].rows == [[1.0]] and own_process.is_large(tmp_path / "none.xlsx") is False
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("more", bytes(own_process.LARGE))
    assert own_process.is_large(path), "what counts is how large it is unpacked"


def says(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let the process be a Python that runs ``script`` instead."""
    head = (
        "import sys, pathlib\nfrom station_app.exchange.excel.reading import own_process\n"
        "from station_app.exchange.excel.reader import read_here\n"
    )
    monkeypatch.setattr(own_process, "command", lambda path: [sys.executable, "-c", head + script, str(path)])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows holds no process to an address space")
def test_what_fills_the_memory_ends_the_process_with_its_sentence(
    tmp_path: Path, beside: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, "own_process.MEMORY = 600_000_000\n"
         "sys.exit(own_process.serve(pathlib.Path(sys.argv[1]), lambda path: [bytearray(10**9)]))")  # fmt: skip
    with pytest.raises(UserError) as caught:
        read_tables(files(tmp_path)["xlsx"])
    assert caught.value.code == "IMP-016" and beside[0].returncode == 1


def test_a_process_that_dies_is_said_and_nothing_is_read_here(
    tmp_path: Path, beside: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    says(monkeypatch, "import os\nown_process.serve(pathlib.Path(sys.argv[1]), lambda path: os._exit(9))")
    with pytest.raises(UserError) as caught:
        read_tables(files(tmp_path)["xlsx"])
    assert caught.value.code == "IMP-016" and beside[0].returncode == 9


@pytest.mark.parametrize("program", [["/there/is/no/such/program"], [sys.executable, "-c", "print('示例')"]])
def test_where_no_process_can_be_started_it_is_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: list[str]
) -> None:
    monkeypatch.setattr(own_process, "LARGE", 0)
    monkeypatch.setattr(own_process, "command", lambda _: program)
    assert len(read_tables(files(tmp_path)["csv"])[0].rows) == ROWS + 1


def test_a_fault_of_ours_shows_itself_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_process, "LARGE", 0)
    says(monkeypatch, "own_process.serve(pathlib.Path(sys.argv[1]), lambda path: [][1])")
    assert len(read_tables(files(tmp_path)["csv"])[0].rows) == ROWS + 1


class Stopped(Quiet):
    cancelled = True


def test_stopping_ends_the_process(tmp_path: Path, beside: list[Any]) -> None:
    with pytest.raises(UserError) as caught:
        read_tables(files(tmp_path)["xlsx"], Stopped())
    assert caught.value.code == "JOB-001" and beside[0].poll() is not None


def test_what_is_packed_is_what_was_put_in() -> None:
    chance = random.Random(9)
    rows = [[n, f"示例{n}", Decimal(n).scaleb(-3), date(2026, 1, 1 + n % 28), None] for n in range(2 * BLOCK + 7)]
    packed = Packed(rows)
    assert packed == rows and len(packed) == len(rows) and Packed() == [] and packed != rows[1:]
    for _ in range(200):
        start, end = chance.randrange(-len(rows), len(rows)), chance.randrange(-len(rows), len(rows) + 9)
        assert packed[start] == rows[start] and packed[start:end] == rows[start:end]
    with pytest.raises(IndexError):
        packed[len(rows)]
    table = RawTable("表", packed)
    assert table.value(BLOCK + 1, 1) == f"示例{BLOCK + 1}" and table.value(len(rows), 0) == ""
