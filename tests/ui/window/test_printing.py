"""PDFs: what is on paper, read again by a stock tool, is what the workspace and the workbook hold."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import patience
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_helpers import settle

from station_app.county.training import YEAR
from station_app.domain.problems import UserError
from station_app.domain.registry import Role, all_types, record_type
from station_app.domain.samples import sample
from station_app.domain.text import CHINESE, ENGLISH
from station_app.exchange.excel.reports import REPORTS, export_report
from station_app.exchange.excel.sheets import Column, Shape, Sheet
from station_app.services.entry import Entry
from station_app.storage.reader import Filter, Query, Reader
from station_app.storage.workspace import DATABASE, Workspace
from station_app.ui import messages
from station_app.ui.actions import REPORT_LABELS
from station_app.ui.i18n import tr
from station_app.ui.main_window import MainWindow
from station_app.ui.parts import MenuButton
from station_app.ui.pdf import read_back
from station_app.ui.pdf_table import page_for, shown
from station_app.ui.print_actions import PRINT_RECORD
from station_app.ui.printing import MOST_ROWS, find_record, print_list, print_record, print_report, print_sheets
from station_app.ui.problems import PrintProblem
from station_app.ui.session import Place

TODAY = date(2026, 11, 21)
needs_poppler = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed"
)


def text_of(path: Path) -> str:
    """Return the text of a PDF as a stock tool reads it."""
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.fixture
def reader(training: Path) -> Any:
    with Reader(training / "station" / DATABASE) as opened:
        yield opened


# --- reports ---------------------------------------------------------------------------------------------------------


@needs_poppler
@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
def test_the_notice_on_paper_says_what_the_workbook_says(
    qapp: QApplication, reader: Reader, tmp_path: Path, language: str
) -> None:
    """RULE C32 holds on paper too: no identity number, account or phone on the sheet that is posted."""
    written = print_report(reader, "public-notice", tmp_path / "公示.pdf", year=YEAR, language=language, today=TODAY)
    text = text_of(written.path)
    lines = reader.sql(
        "SELECT h.head_name, l.net_yuan, l.identity_number, l.account_number FROM compensation_line l "
        "JOIN household h ON h.record_id=l.household_id JOIN compensation_batch b ON b.record_id=l.batch_id "
        "WHERE l.void=0 AND b.year=?", (YEAR,))  # fmt: skip
    assert len(lines) == written.rows > 30
    for name, fen, identity, account in lines:
        assert name in squeezed(text) and f"{Decimal(fen).scaleb(-2):.2f}" in text
        assert identity not in text and account not in text
    villages = reader.sql("SELECT b.village_code, sum(l.net_yuan) FROM compensation_line l JOIN compensation_batch b "
                          "ON b.record_id=l.batch_id WHERE l.void=0 AND b.year=? GROUP BY 1", (YEAR,))  # fmt: skip
    for _, fen in villages:
        assert f"{Decimal(fen).scaleb(-2):.2f}" in text, "the sum of each village stands on its sheet"
    assert squeezed("第 1 页 共 1 页" if language == CHINESE else "Page 1 of 1") in squeezed(text)
    assert not written.missing


@needs_poppler
@pytest.mark.parametrize("report", ["disbursement-register", "public-notice"])
def test_one_batch_is_printed_by_command_and_from_its_page(
    station: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: str
) -> None:
    session = station.session
    batches = session.read.rows(Query("compensation_batch"))
    whose = {
        batch.record_id: {
            f"{row.record.net_yuan:.2f}" for row in session.read.rows(Query("compensation_line"))
            if row.record.batch_id == batch.record_id
        } for batch in batches
    }  # fmt: skip
    batch = batches[0]
    others = set().union(*(whose[b.record_id] for b in batches[1:])) - whose[batch.record_id]
    assert whose[batch.record_id] and others
    monkeypatch.setattr(messages, "ask_save_file", lambda *_args, **_named: tmp_path / "甲.pdf")
    station.go(Place("compensation", record_type="compensation_batch", record_id=batch.record_id))
    settle(station)
    label = tr(REPORT_LABELS[report])
    (verb,) = [each for menu in station.findChildren(MenuButton) if menu.text() == tr(PRINT_RECORD)
               for each in menu.menu().actions() if each.text() == label]  # fmt: skip
    verb.trigger()
    settle(station)
    print_report(
        session.read, report, tmp_path / "乙.pdf", year=YEAR, language=CHINESE, chosen=batch.record_id, today=TODAY
    )
    for name in ("甲.pdf", "乙.pdf"):
        text = squeezed(text_of(tmp_path / name))
        assert all(amount in text for amount in whose[batch.record_id])
        assert not [amount for amount in others if amount in text]


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_every_report_can_be_printed_in_both_languages(
    qapp: QApplication, reader: Reader, tmp_path: Path, report: str
) -> None:
    for language in (CHINESE, ENGLISH):
        try:
            export_report(reader, report, year=YEAR, language=language, target=tmp_path / "x.xlsx", today=TODAY)
        except UserError as refused:  # the training station may have nothing of it: then there is no PDF either
            with pytest.raises(UserError) as error:
                print_report(reader, report, tmp_path / "x.pdf", year=YEAR, language=language, today=TODAY)
            assert error.value.code == refused.code
            continue
        written = print_report(reader, report, tmp_path / f"{language}.pdf", year=YEAR, language=language, today=TODAY)
        pages, characters = read_back(written.path)
        assert pages == written.pages and not written.missing and "示" in characters


@needs_poppler
def test_each_village_of_the_register_ends_with_its_own_sum_on_paper_too(
    qapp: QApplication, reader: Reader, tmp_path: Path
) -> None:
    written = print_report(
        reader, "disbursement-register", tmp_path / "a.pdf", year=YEAR, language=CHINESE, today=TODAY
    )
    text = text_of(written.path)
    sums = reader.sql("SELECT sum(l.net_yuan) FROM compensation_line l JOIN compensation_batch b ON b.record_id=l.batch_id "
                      "WHERE l.void=0 AND b.year=? GROUP BY b.village_code", (YEAR,))  # fmt: skip
    assert len(sums) == 3
    for (fen,) in sums:
        assert f"{Decimal(fen).scaleb(-2):.2f}" in text.replace(",", "")
    assert squeezed(text).count("小计") == 3 and squeezed(text).count("村委会负责人") == 4


@needs_poppler
def test_fonts_are_embedded_and_pages_turned_where_a_table_is_wide(
    qapp: QApplication, reader: Reader, tmp_path: Path
) -> None:
    for report, size in (("public-notice", r"842(\.\d+)? x 595"), ("disbursement-register", r"119\d(\.\d+)? x 84")):
        written = print_report(reader, report, tmp_path / f"{report}.pdf", year=YEAR, language=CHINESE, today=TODAY)
        fonts = subprocess.run(["pdffonts", str(written.path)], capture_output=True, text=True, check=True).stdout
        listed = fonts.splitlines()[2:]
        assert listed and all(" yes yes" in line or " yes no" in line for line in listed), fonts
        assert all("NotoSansSC" in line for line in listed), fonts
        info = subprocess.run(["pdfinfo", str(written.path)], capture_output=True, text=True, check=True).stdout
        assert re.search(size, info), info


def test_an_unknown_report_and_an_empty_year(qapp: QApplication, reader: Reader, tmp_path: Path) -> None:
    for report, year, code in (("no-such", YEAR, "XLS-011"), ("public-notice", 1999, "XLS-001")):
        with pytest.raises(UserError) as error:
            print_report(reader, report, tmp_path / "x.pdf", year=year, language=CHINESE, today=TODAY)
        assert error.value.code == code
    assert not list(tmp_path.iterdir())


# --- records and lists -----------------------------------------------------------------------------------------------


@needs_poppler
@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
def test_one_household_on_paper(qapp: QApplication, reader: Reader, tmp_path: Path, language: str) -> None:
    kind = record_type("household")
    row = find_record(reader, kind, "1525222002010001")
    written = print_record(
        reader, kind, row, tmp_path / "户.pdf", title=row.record.head_name, language=language, today=TODAY
    )
    text = squeezed(text_of(written.path))
    for field in kind.scalars:
        for word in field.label.to(language).split():  # a label may take two lines
            assert squeezed(word) in text, field.name
    for value in (row.record.head_name, row.record.identity_number, row.record.account_number, "4,144.375", row.record_id,
                  row.version_id[:16], "那仁宝拉格"):  # fmt: skip
        assert value in text
    assert ("本人签字" if language == CHINESE else "Signature") in text
    assert ("基本信息" if language == CHINESE else "Identification") in text, "joined letters can be searched"
    assert ("含个人信息" if language == CHINESE else "personaldata") in text


def test_every_kind_of_record_can_be_printed(qapp: QApplication, tmp_path: Path) -> None:
    """An invented sample of each, lists filled: nothing is cut off, nothing is left out of the font."""
    with Workspace.create(
        tmp_path / "w", org_code="152522", org_name="示例旗", role=Role.COUNTY, author="示例员"
    ) as made:
        entry = Entry(made)
        for number, kind in enumerate(all_types()):
            row = _row(made, entry, kind.name, sample(kind.name, 1))
            if row is None:
                continue
            for language in (CHINESE, ENGLISH):
                written = print_record(made.read, kind, row, tmp_path / f"{number}.pdf", title="示例", language=language,
                                       today=TODAY)  # fmt: skip
                assert written.pages >= 1 and not written.missing, (kind.name, written)


def _row(made: Workspace, entry: Entry, name: str, record: Any) -> Any:
    """Save a sample where this workplace may; others are read as they would be shown."""
    try:
        saved = entry.save(record)
    except UserError:
        return None
    return made.read.get(name, saved.record_id)


@needs_poppler
def test_a_list_is_printed_as_it_stands(
    station: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.open_page("households")
    section: Any = station.pages["households"].section
    section.table.filter_line.setText("示例巴特尔")
    section.table._apply()
    shown_names = {r.record.head_name for r in station.session.read.rows(section.table.query())}
    assert 0 < len(shown_names) < 20
    target = tmp_path / "清单.pdf"
    monkeypatch.setattr(messages, "ask_save_file", lambda *a, **k: target)
    section.print_list()
    qtbot.waitUntil(lambda: any("可以打印" in t for t in station.notices.texts()), timeout=30_000)
    text = squeezed(text_of(target))
    assert all(name in text for name in shown_names) and "示例娜仁" not in text
    assert "“示例巴特尔”" in text and f"共{len(shown_names)}条" in text
    assert not list(tmp_path.glob("*.part"))


@needs_poppler
def test_a_record_is_printed_from_its_panel(
    station: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.open_page("households")
    section: Any = station.pages["households"].section
    row = station.session.read.rows(Query("household"), 1)[0]
    section.open(row.record_id)
    target = tmp_path / "户"
    monkeypatch.setattr(messages, "ask_save_file", lambda *a, **k: target)
    section.detail.print_sheet()
    qtbot.waitUntil(lambda: any("可以打印" in t for t in station.notices.texts()), timeout=30_000)
    assert row.record.head_name in squeezed(text_of(target.with_suffix(".pdf")))


def test_a_place_that_cannot_be_written_is_said(
    station: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setattr(messages, "ask_save_file", lambda *a, **k: tmp_path / "file" / "x.pdf")
    station.open_page("households")
    section: Any = station.pages["households"].section
    section.print_list()
    qtbot.waitUntil(lambda: "PRN-003" in " ".join(station.notices.texts()), timeout=30_000)


# --- tables ----------------------------------------------------------------------------------------------------------


def _sheet(rows: int, **more: Any) -> Sheet:
    columns = (Column("序号", Shape.SERIAL), Column("姓名", Shape.TEXT), Column("面积(亩)", Shape.SCALED, 3, total="mu"),
               Column("签字", Shape.SIGN))  # fmt: skip
    return Sheet("表", "示例表", columns, [(n, f"示例户{n}", n * 1001, None) for n in range(1, rows + 1)], **more)


@needs_poppler
def test_headings_repeat_sums_agree_and_breaks_are_kept(qapp: QApplication, tmp_path: Path) -> None:
    sheet = _sheet(120, total_label="合计", below=(("制表人：", "审核人："),), above=(("示例单位", "第 1 批"),))
    written = print_sheets([sheet], tmp_path / "a.pdf", title="t", organisation="示例", language=CHINESE, today=TODAY)
    text = text_of(written.path)
    pages = text.split("\f")[:-1]
    assert len(pages) == written.pages > 3 and written.rows == 120
    assert all("姓名" in squeezed(page) for page in pages[:-1])
    assert f"{sum(n * 1001 for n in range(1, 121)) / 1000:.3f}" in pages[-1] and "制表人" in pages[-1]
    assert "示例户120" in text and text.count("示例户") == 120
    broken = _sheet(6, break_at=(1,))
    written = print_sheets([broken], tmp_path / "b.pdf", title="t", organisation="示例", language=CHINESE, today=TODAY)
    assert written.pages == 6


def test_what_is_too_much_or_nothing(qapp: QApplication, tmp_path: Path) -> None:
    for rows, code in ((MOST_ROWS + 1, "PRN-002"), (0, "PRN-001")):
        with pytest.raises(UserError) as error:
            print_sheets([_sheet(rows)], tmp_path / "x.pdf", title="t", organisation="", language=CHINESE, today=TODAY)
        assert error.value.code == code


def test_cells_are_shown_as_in_the_workbook() -> None:
    area = Column("x", Shape.SCALED, 3, "0.00#")
    assert [shown(area, v) for v in (4144375, 1466250, 3445000, 0, -1500, None)] == [
        "4144.375", "1466.25", "3445.00", "0.00", "-1.50", ""]  # fmt: skip
    assert shown(Column("x", Shape.SCALED, 2), 123456789012) == "1234567890.12"
    assert shown(Column("x", Shape.DATE), TODAY) == "2026-11-21" and shown(Column("x", Shape.SIGN), "x") == ""


def test_the_page_follows_the_width() -> None:
    def wide(characters: float) -> tuple[bool, bool, float]:
        return page_for([Sheet("a", "a", (Column("x", Shape.TEXT, width=characters),), ())])

    assert wide(60)[:2] == (False, False) and wide(140)[:2] == (True, False)
    assert wide(200)[:2] == (True, False) and wide(300)[:2] == (True, True)
    assert wide(60)[2] == 9.0 and 6.5 <= wide(200)[2] < 9 and wide(2000)[2] == 4.0


def test_a_character_no_font_has_is_told(qapp: QApplication, tmp_path: Path) -> None:
    sheet = Sheet("a", "名单", (Column("姓名", Shape.TEXT),), [("示例\U000e0041\U0003134a",)])
    written = print_sheets([sheet], tmp_path / "x.pdf", title="t", organisation="", language=CHINESE, today=TODAY)
    if "\U0003134a" in written.missing:
        problem = PrintProblem.NOT_IN_FONT.at("x.pdf", characters=written.missing)
        assert problem.code == "PRN-004" and "\U0003134a" in problem.text.zh
    else:
        assert "\U0003134a" in read_back(written.path)[1], "a font of this machine has it"


# --- the command -----------------------------------------------------------------------------------------------------


def run_print(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "station_app.start", "print", *arguments], capture_output=True, text=True,
                          encoding="utf-8", check=False, timeout=patience.SECONDS,
                          env={k: v for k, v in os.environ.items() if k not in ("DISPLAY", "QT_QPA_PLATFORM")})  # fmt: skip


def test_the_command_needs_no_display(training: Path, tmp_path: Path) -> None:
    folder = tmp_path / "station"
    shutil.copytree(training / "station", folder)
    where = ["--workspace", str(folder)]
    done = run_print(
        "livestock_count", *where, "--year", str(YEAR), "--out", str(tmp_path / "新 folder" / "a.pdf"), "--json"
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["rows"] > 30 and Path(report["path"]).is_file() and report["pages"] >= 1
    assert (
        run_print("household", *where, "--record", "1525222002010001", "--out", str(tmp_path / "b.pdf")).returncode == 0
    )
    for what, record, code in (("nonsense", "", "PRN-005"), ("household", "none", "PRN-006")):
        refused = run_print(what, *where, "--record", record, "--out", str(tmp_path / "c.pdf"))
        assert refused.returncode == 1 and code in refused.stderr and "Traceback" not in refused.stderr


def test_a_long_list_prints_in_a_moment(qapp: QApplication, tmp_path: Path) -> None:
    written = print_sheets(
        [_sheet(5000)], tmp_path / "x.pdf", title="t", organisation="", language=CHINESE, today=TODAY
    )
    assert written.pages > 100 and read_back(written.path)[0] == written.pages


def test_a_list_without_rows_is_a_sentence(qapp: QApplication, reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(UserError) as error:
        query = Query("household", (Filter("code", "eq", "none"),))
        print_list(reader, query, ["code"], tmp_path / "x.pdf", language=CHINESE, today=TODAY)
    assert error.value.code == "PRN-001"
