"""The training station is what its workbooks say, brought in through the door a clerk uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from station_app.county.training import Trail, build_training
from station_app.domain.registry import all_types
from station_app.exchange.excel.importer import plan_import
from station_app.exchange.excel.planning import Action
from station_app.paths import resource
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE, Workspace

BOOKS = sorted(resource("sample").glob("*.xlsx"))
KINDS = {kind.label.zh: kind for kind in all_types()}
SHEETS = [(book, sheet) for book in BOOKS for sheet in openpyxl.load_workbook(book, read_only=True).sheetnames]


@pytest.fixture(scope="module")
def trail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trail]:
    yield build_training(tmp_path_factory.mktemp("培训"))


@pytest.mark.parametrize(("book", "sheet"), SHEETS, ids=[f"{b.stem}:{s}" for b, s in SHEETS])
def test_every_sheet_is_on_record_as_it_stands(trail: Trail, book: Path, sheet: str) -> None:
    """Brought in once more, nothing is new; only what was corrected since would change back."""
    kind = KINDS[sheet.partition(" ")[0]]
    corrected = {"地块": 4, "目标": 1}.get(sheet, 0) if book.name[0] in "12" else 0
    with Workspace.open(trail.county if "county" in book.name else trail.station) as workspace:
        plan = plan_import(workspace.read, book, kind.name, sheet=sheet)
    assert plan.rows and plan.new == 0 and plan.changed <= corrected, [(r.title, r.changes()) for r in plan.rows]
    assert plan.unchanged == len(plan.rows) - plan.changed and not plan.problems and not plan.open_questions
    assert {row.action for row in plan.rows} <= {Action.UNCHANGED, Action.CHANGED}


@pytest.mark.parametrize(("book", "sheet"), SHEETS, ids=[f"{b.stem}:{s}" for b, s in SHEETS])
def test_it_says_above_that_it_is_invented(book: Path, sheet: str) -> None:
    rows = list(openpyxl.load_workbook(book)[sheet].iter_rows(values_only=True))
    assert "虚构" in str(rows[0][0]) and "Invented" in str(rows[0][0])
    headings = [str(cell) for cell in rows[1]]
    for column in (n for n, text in enumerate(headings) if text in ("户主姓名", "一卡通户名", "姓名")):
        assert all(str(row[column]).startswith("示例") for row in rows[2:]), headings[column]


def test_a_correction_of_the_workbooks_keeps_what_was_said_before(trail: Trail) -> None:
    with Reader(trail.county / DATABASE) as county:
        (record_id,) = county.sql("SELECT record_id FROM target WHERE number='示例-2026-01'")[0]
        newest, first = county.history(record_id)
    assert first.fields["value"] != newest.fields["value"]
    assert "会商" in newest.reason
