"""Attachments in a form: named, shown in small, opened by the system, removed only on purpose and put back."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QDesktopServices, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from station_app.domain.registry import record_type
from station_app.domain.samples import sample
from station_app.storage.attachments import Attachments
from station_app.storage.clock import Clock
from station_app.ui import files_editor, i18n, messages
from station_app.ui.files_editor import OPEN, SAVE_AS, FilesEditor, FileShelf, thumbnail
from station_app.ui.jobs import Jobs
from station_app.ui.parts import REMOVE
from station_app.ui.record_form import RecordForm

from .conftest import TODAY, press

CTRL = Qt.KeyboardModifier.ControlModifier


def photo(path: Path, width: int = 640, height: int = 480) -> Path:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("#3a7d44"))
    assert image.save(str(path))
    return path


@pytest.fixture
def shelf(qtbot: Any, tmp_path: Path) -> Any:
    jobs = Jobs()
    yield FileShelf(Attachments(tmp_path / "attachments"), jobs.run)
    jobs.close()


@pytest.fixture
def form(qtbot: Any, links: Any, shelf: FileShelf, tmp_path: Path) -> RecordForm:
    made = RecordForm("parcel", links=links, clock=Clock.standing(TODAY), files=shelf)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    (tmp_path / "承包合同.pdf").write_bytes(b"%PDF-1.4 \n")
    names = (shelf.attachments.add(photo(tmp_path / "南草场 & <1>.png".replace("<1>", "1"))),
             shelf.attachments.add(tmp_path / "承包合同.pdf"), "f" * 64)  # fmt: skip
    made.set_record(sample("parcel", 1, attachments=names), record_id="r1")
    return made


def editor_of(form: RecordForm) -> FilesEditor:
    found = form.blocks["attachments"].editor
    assert isinstance(found, FilesEditor)
    return found


def test_each_stands_under_its_own_name_and_photos_are_seen_in_small(qtbot: Any, form: RecordForm) -> None:
    editor = editor_of(form)
    assert [chip.accessibleName() for chip in editor.chips.values()] == [
        "南草场 & 1.png",
        "承包合同.pdf",
        "附件 ffffffff",
    ]
    first, second, lost = editor.chips.values()
    plain = second.icon().cacheKey()
    qtbot.waitUntil(lambda: first.icon().cacheKey() != plain and first.icon().availableSizes()[0] == QSize(128, 96))
    assert "承包合同.pdf" in second.toolTip() and "PDF" in second.toolTip()
    assert "不在这台电脑上" in lost.toolTip()
    i18n.set_language("en")
    assert "not on this computer" in list(editor.chips.values())[2].toolTip()
    assert "Open" in [action.text() for action in list(editor.chips.values())[0].menu().actions()]


def test_a_click_opens_and_removes_nothing(qtbot: Any, form: RecordForm, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True)
    editor, before = editor_of(form), editor_of(form).text()
    chip = list(editor.chips.values())[1]
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, pos=chip.rect().center())
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Space)
    assert [Path(p).name for p in opened] == ["承包合同.pdf"] * 2 and Path(opened[0]).read_bytes() == b"%PDF-1.4 \n"
    assert editor.text() == before and not form.is_dirty()


def test_del_removes_and_it_is_put_back_by_a_click_or_by_ctrl_z(qtbot: Any, form: RecordForm) -> None:
    editor, before = editor_of(form), editor_of(form).text()
    second = list(editor.chips)[1]
    editor.chips[second].setFocus()
    press(qtbot, Qt.Key.Key_Delete)
    assert second not in editor.text() and form.is_dirty()
    assert editor.back.isVisible() and editor.back.hasFocus()
    assert "已移除：承包合同.pdf" in editor._gone_text.text()
    press(qtbot, Qt.Key.Key_Space)
    assert editor.text() == before and not form.is_dirty() and not editor.back.isVisible()
    assert editor.chips[second].hasFocus()
    press(qtbot, Qt.Key.Key_Delete)
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert editor.text() == before and not editor.back.isVisible()
    press(qtbot, Qt.Key.Key_Y, CTRL)
    assert second not in editor.text()
    press(qtbot, Qt.Key.Key_Z, CTRL)
    # Out of another field too.
    editor.chips[second].verbs[REMOVE].trigger()
    form.focus_field("name")
    press(qtbot, Qt.Key.Key_Z, CTRL)
    assert editor.text() == before


def test_the_keyboard_reaches_every_chip_and_its_menu(qtbot: Any, form: RecordForm) -> None:
    editor = editor_of(form)
    editor.line.setFocus()
    for chip in editor.chips.values():
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert chip.hasFocus()
        assert list(chip.verbs) == [OPEN, SAVE_AS, REMOVE]


def test_programs_and_missing_files_say_why_they_are_not_opened(
    qtbot: Any, form: RecordForm, shelf: FileShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(messages, "show_error", lambda _parent, error: said.append(error.code))
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: pytest.fail("opened"))
    editor = editor_of(form)
    program = shelf.attachments.keep(b"MZ", "照片.jpg.exe")
    editor.set_text(";".join([program, "f" * 64]))
    for chip in editor.chips.values():
        chip.click()
    assert said == ["WSP-024", "WSP-023"]
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    editor.set_text(shelf.attachments.keep(b"%PDF-1.4\n", "示例.pdf"))
    next(iter(editor.chips.values())).click()
    assert said[2:] == ["WSP-042"]  # no program of this system opens it


def test_a_copy_is_saved_under_its_name(
    qtbot: Any, form: RecordForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def ask(_parent: Any, _title: Any, _patterns: str, *, suggestion: Path) -> Path:
        asked.append(suggestion)
        return tmp_path / "out.pdf"

    monkeypatch.setattr(messages, "ask_save_file", ask)
    list(editor_of(form).chips.values())[1].verbs[SAVE_AS].trigger()
    assert asked[0].name == "承包合同.pdf" and (tmp_path / "out.pdf").read_bytes() == b"%PDF-1.4 \n"


def test_a_form_that_is_only_read_opens_them_and_removes_none(qtbot: Any, form: RecordForm) -> None:
    form.set_read_only(True)
    editor = editor_of(form)
    assert editor.isVisible() and not editor.line.isVisible() and len(editor.chips) == 3
    chip = list(editor.chips.values())[1]
    assert REMOVE not in chip.verbs and OPEN in chip.verbs
    before = editor.text()
    chip.setFocus()
    QTest.keyClick(chip, Qt.Key.Key_Delete)
    assert editor.text() == before


def test_a_file_is_added_under_its_name(
    qtbot: Any, form: RecordForm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "说明.txt").write_text("示例", encoding="utf-8")
    monkeypatch.setattr(messages, "ask_open_file", lambda *a, **k: tmp_path / "说明.txt")
    editor = editor_of(form)
    QTest.keyClick(editor.line, Qt.Key.Key_Space)
    assert list(editor.chips.values())[-1].accessibleName() == "说明.txt"
    assert form.record().attachments[-1] == list(editor.chips)[-1]


@pytest.mark.qt_log_ignore("JPEG datastream", extend=True)
def test_photos_in_small_hold_against_damage_and_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert thumbnail(photo(tmp_path / "a.jpg", 3000, 1000)).size() == QSize(128, 42)  # type: ignore[union-attr]
    assert thumbnail(photo(tmp_path / "thin.png", 4000, 1)).size() == QSize(128, 1)  # type: ignore[union-attr]
    whole = (tmp_path / "a.jpg").read_bytes()
    for name, content in (("empty.jpg", b""), ("text.jpg", b"not a photo"), ("svg.png", b"<svg xmlns='x'/>"),
                          ("head.jpg", whole[:20])):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        assert thumbnail(tmp_path / name) is None, name
    assert thumbnail(tmp_path / "nothing") is None

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    # A few kilobytes that say they are 60,000 × 60,000: ten gigabytes once decoded.
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 4_000_000))
        + chunk(b"IEND", b"")
    )
    (tmp_path / "bomb.png").write_bytes(bomb)
    decoded: list[int] = []
    monkeypatch.setattr(files_editor.QImageReader, "read", lambda self: decoded.append(1))
    assert thumbnail(tmp_path / "bomb.png") is None and not decoded


def test_a_field_without_a_workspace_only_lists_them() -> None:
    editor = FilesEditor(record_type("parcel").by_name["attachments"], None)
    editor.set_text("a" * 64)
    assert editor.shown() == "附件 aaaaaaaa" and not editor.chips["a" * 64].isEnabled()
