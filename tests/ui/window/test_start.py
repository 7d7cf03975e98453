"""Starting: the start page, opening and refusing, what the first paint may import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import patience
import pytest
from package_helpers import made_plain
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_helpers import keys, type_text

from station_app import paths
from station_app.domain.registry import Role
from station_app.domain.samples import VILLAGE, sample
from station_app.domain.text import CHINESE, ENGLISH
from station_app.services.entry import Entry
from station_app.storage.workspace import DATABASE, Workspace
from station_app.ui import crash, i18n, messages, recent
from station_app.ui.application import Shell
from station_app.ui.main_window import MainWindow

HEAVY = ("pandas", "numpy", "pyqtgraph", "openpyxl", "sqlite_utils", "xlsxwriter", "pypinyin", "python_calamine")

NOT_IN_THE_FRAME = (
    "station_app.domain.records", "station_app.domain.fields", "station_app.storage.journal", "station_app.storage.reader",
    "station_app.storage.codec", "station_app.services.entry", "station_app.ui.pages.today",
)  # fmt: skip

FRAME = """
import json, sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from station_app import later
from station_app.ui import crash
from station_app.ui.application import Shell, make_application
app = make_application(["window"])
shell = Shell(app, crash.CrashReporter())
window = shell.open(Path(sys.argv[1]))
def report():
    print(json.dumps([m for m in sys.argv[2].split(",") if m in sys.modules and type(sys.modules[m]) is not later._NotYet]))
    print(json.dumps([window.windowTitle(), len(window.navigation.buttons), window.current_key]))
    window.close()
    app.quit()
window._painted = report
app.exec()
"""

FIRST_PAINT = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from station_app.ui.application import Shell, make_application
from station_app.ui import crash
app = make_application(["window"])
shell = Shell(app, crash.CrashReporter())
window = shell.open(Path(sys.argv[1]))
def report():
    print(json.dumps([m for m in sys.argv[2].split(",") if m in sys.modules]))
    window.close()
    app.quit()
window.after_first_paint(lambda: QTimer.singleShot(0, report))
app.exec()
"""


@pytest.fixture
def shell(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    i18n.set_language(CHINESE)
    reporter = crash.CrashReporter()
    made = Shell(qapp, reporter)
    yield made
    if made.start is not None:
        made.start.close()
    made.close()
    i18n.set_language(CHINESE)


def test_first_paint_loads_nothing_heavy(training: Path, tmp_path: Path) -> None:
    import shutil

    folder = tmp_path / "station"
    shutil.copytree(training / "station", folder)
    done = subprocess.run(
        [sys.executable, "-c", FIRST_PAINT, str(folder), ",".join(HEAVY)],
        capture_output=True, text=True, timeout=patience.SECONDS, check=True, encoding="utf-8",
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "GRASSLAND_DATA": str(tmp_path / "data")})  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_the_frame_is_shown_before_records_and_what_reads_them_are_loaded(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "one", org_code="152522200", org_name="测试草原站", role=Role.STATION).close()
    done = subprocess.run(
        [sys.executable, "-c", FRAME, str(tmp_path / "one"), ",".join((*HEAVY, *NOT_IN_THE_FRAME))],
        capture_output=True, text=True, timeout=patience.SECONDS, check=True, encoding="utf-8",
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "GRASSLAND_DATA": str(tmp_path / "data")})  # fmt: skip
    loaded, (title, pages, current) = (json.loads(line) for line in done.stdout.splitlines()[-2:])
    assert loaded == []
    assert "测试草原站" in title and pages > 10 and current == ""


def test_keys_typed_before_the_first_page_is_there_go_to_its_work(shell: Shell, qtbot: QtBot, tmp_path: Path) -> None:
    with Workspace.create(
        tmp_path / "one", org_code=VILLAGE, org_name="测试草原站", role=Role.STATION, author="测试员"
    ) as made:
        Entry(made).save(sample("household", 1, code=f"{VILLAGE}0001", status="normal", status_on=None))
    window = shell.open(tmp_path / "one")
    assert window is not None and window.current_key == ""
    page: Any = window.open_page("livestock")  # asked for from outside, before anything is shown
    QTest.keyClicks(window.focusWidget(), "12")
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClicks(window.focusWidget(), "7")
    row = page.views["grid"].grid.grid.rows[0]
    assert row.texts == {}
    qtbot.waitUntil(lambda: window._shown)
    page.views["grid"].grid.view.commit()
    assert list(row.texts.values())[:2] == ["12", "7"]
    qtbot.waitUntil(lambda: window.counts.known)


def test_keys_before_a_shortcut_do_not_reach_the_page_it_opens(shell: Shell, qtbot: QtBot, tmp_path: Path) -> None:
    with Workspace.create(
        tmp_path / "one", org_code=VILLAGE, org_name="测试草原站", role=Role.STATION, author="测试员"
    ) as made:
        Entry(made).save(sample("household", 1, code=f"{VILLAGE}0001", status="normal", status_on=None))
    window = shell.open(tmp_path / "one")
    assert window is not None and window.current_key == ""
    to_livestock = next(s for s in window.findChildren(QShortcut) if s.key() == QKeySequence("Ctrl+4"))
    QTest.keyClicks(window.focusWidget(), "12")
    to_livestock.activated.emit()
    QTest.keyClicks(window.focusWidget(), "7")
    assert window.current_key == ""  # the shortcut waits in its turn
    qtbot.waitUntil(lambda: window._shown)
    assert window.current_key == "livestock"
    grid = window.pages["livestock"].views["grid"].grid  # type: ignore[attr-defined]
    grid.view.commit()
    assert list(grid.grid.rows[0].texts.values())[:1] == ["7"]
    to_livestock.activated.emit()
    window.open_page("today")
    to_livestock.activated.emit()  # from now on at once
    assert window.current_key == "livestock"
    qtbot.waitUntil(lambda: window.counts.known)


def test_the_frame_has_no_help_yet_and_no_failing_page_keeps_the_keyboard(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Workspace.create(tmp_path / "one", org_code=VILLAGE, org_name="测试草原站", role=Role.STATION).close()
    window = shell.open(tmp_path / "one")
    assert window is not None and window.current_key == ""
    window.toggle_help()
    assert window._help is not None and not window._help.isVisible()

    def fail(key: str) -> None:
        raise ValueError(key)

    monkeypatch.setattr(window, "open_page", fail)
    with pytest.raises(ValueError, match="today"):
        window._painted()
    assert window._early.isHidden()


def test_start_page_makes_a_workspace_and_opens_it(shell: Shell, qtbot: QtBot, tmp_path: Path) -> None:
    start = shell.show_start()
    qtbot.waitExposed(start)
    start.begin_new(Role.STATION)
    start.form.create_workspace()
    assert "WSP-013" in start.form.error.text() and start.form.error.isVisible()
    start.form.author.setText("示例员")
    start.form.create_workspace()
    assert "WSP-002" in start.form.error.text()
    start.form.author.clear()
    for field, text in ((start.form.code, "152522200"), (start.form.name, "测试草原站"), (start.form.author, "测试员")):
        field.setFocus()
        QApplication.processEvents()
        type_text(text)
    start.form.create_button.click()
    assert shell.window is not None
    assert shell.window.session.workspace.identity.author == "测试员"
    assert shell.window.session.workspace.folder == paths.data_folder() / "workspace-152522200"
    qtbot.waitUntil(lambda: shell.window.counts.known)
    assert [r.name for r in recent.recent()] == ["测试草原站"]


def test_a_folder_without_workspace_is_refused_on_the_start_page(shell: Shell, tmp_path: Path) -> None:
    assert shell.open(tmp_path / "nothing") is None
    assert shell.start is not None and "WSP-007" in shell.start.error.text()


def test_a_damaged_workspace_has_a_door_to_what_is_sound_in_it(
    shell: Shell, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, out = tmp_path / "one", tmp_path / "out"
    with Workspace.create(
        folder, org_code="152522200", org_name="测试草原站", role=Role.STATION, author="测试员"
    ) as made:
        Entry(made).save(sample("household"))
        made.back_up()
    (folder / DATABASE).write_bytes(b"no database" * 4096)
    assert shell.open(folder) is None
    start = shell.start
    assert start is not None and "DB-001" in start.error.text() and start.salvage_button.isVisible()
    monkeypatch.setattr(messages, "ask_folder", lambda *a, **k: folder)
    start.salvage_button.click()
    qtbot.waitUntil(lambda: "WSP-051" in start.error.text(), timeout=60_000)
    assert start.salvage_button.isVisible()
    monkeypatch.setattr(messages, "ask_folder", lambda *a, **k: out)
    start.salvage_button.click()
    qtbot.waitUntil(lambda: str(out) in start.error.text(), timeout=60_000)
    assert not start.salvage_button.isVisible()
    window = shell.open(out / "workspace")
    assert window is not None and window.session.read.type_counts()["household"] == 1
    qtbot.waitUntil(lambda: window.counts.known)


def test_a_workspace_in_use_is_refused_with_a_sentence(shell: Shell, tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "used", org_code="152522200", org_name="测试草原站", role=Role.STATION):
        assert shell.open(tmp_path / "used") is None
        assert shell.start is not None and "WSP-003" in shell.start.error.text()


def test_switching_goes_back_to_the_start_page(shell: Shell, qtbot: QtBot, tmp_path: Path) -> None:
    Workspace.create(tmp_path / "one", org_code="152522200", org_name="测试草原站", role=Role.STATION).close()
    window = shell.open(tmp_path / "one")
    assert window is not None
    qtbot.waitUntil(lambda: window.counts.known)
    window.session.workspace.settings.set("language", ENGLISH)
    window.switch_asked.emit()
    assert shell.window is None and shell.start is not None and shell.start.isVisible()
    again = shell.open(tmp_path / "one")
    assert again is not None and i18n.language() == ENGLISH
    qtbot.waitUntil(lambda: again.counts.known)


def test_a_folder_chosen_on_the_start_page_opens(
    shell: Shell, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Workspace.create(tmp_path / "one", org_code="152522", org_name="测试旗", role=Role.COUNTY).close()
    monkeypatch.setattr(messages, "ask_folder", lambda *a, **k: tmp_path / "one")
    shell.show_start().choose_folder()
    assert shell.window is not None and shell.window.session.is_county
    qtbot.waitUntil(lambda: shell.window.counts.known)


def test_training_station_is_built_at_the_first_click(shell: Shell, qtbot: QtBot) -> None:
    start = shell.show_start()
    start.try_station.click()
    qtbot.waitUntil(lambda: shell.window is not None, timeout=120_000)
    assert shell.window.session.read.type_counts()["household"] > 0
    qtbot.waitUntil(lambda: shell.window.counts.known)


def test_recent_list_survives_a_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.DATA, str(tmp_path))
    (tmp_path / recent.FILE).write_text("{not json", encoding="utf-8")
    assert recent.recent() == []
    recent.remember(tmp_path, "测试", "station")
    assert [r.name for r in recent.recent()] == ["测试"]


def test_escape_leaves_the_new_form(shell: Shell, qtbot: QtBot) -> None:
    start = shell.show_start()
    start.begin_new(Role.COUNTY)
    start.form.code.setFocus()
    QApplication.processEvents()
    keys(start, Qt.Key.Key_Escape)  # type: ignore[arg-type]
    assert start.stack.currentIndex() == 0


def test_a_key_is_replaced_from_the_settings(
    shell: Shell, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Workspace.create(
        tmp_path / "站", org_code="152525203", org_name="示例站", role=Role.STATION, author="示例员"
    )
    device = made.identity.device_id
    made.close()
    for chosen, said in ((0, "旧钥匙已签名交接"), (1, "旧钥匙没有作证")):
        window = shell.open(made.folder)
        assert window is not None
        settings = window.open_page("settings")
        settings.entered()
        monkeypatch.setattr(messages, "ask_choice", lambda *a, chosen=chosen, **k: chosen)
        window.session.jobs.wait()
        settings.views["general"].identity.ask_replace()
        window = shell.window
        assert window is not None and said in window.notices.texts()[-1]
        assert window.session.workspace.identity.device_id not in ("", device)
        device = window.session.workspace.identity.device_id
        qtbot.waitUntil(lambda window=window: window.counts.known, timeout=15_000)


def test_a_copied_workspace_becomes_a_device_of_its_own(
    shell: Shell, training: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from station_app.storage.workspace import MACHINE

    folder = tmp_path / "station"
    shutil.copytree(training / "station", folder)
    with Workspace.open(folder) as workspace:
        device = workspace.identity.device_id
        workspace.settings.set(MACHINE, "another computer")
    window = shell.open(folder)
    assert window is not None
    settings = window.open_page("settings")
    settings.entered()
    assert any("另一台电脑" in p.text.zh for p in window.session.workspace.gate)
    monkeypatch.setattr(messages, "ask", lambda *a, **k: True)
    window.session.jobs.wait()
    settings.views["general"].identity.ask_separate()
    window = shell.window
    assert window is not None and window.session.workspace.identity.device_id != device
    assert window.session.workspace.gate == [] or all(p.code != "WSP-041" for p in window.session.workspace.gate)
    assert "新设备" in window.notices.texts()[-1]
    qtbot.waitUntil(lambda: window.counts.known, timeout=15_000)


def test_a_workspace_from_before_is_encrypted_from_the_settings(
    shell: Shell, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from station_app.storage import encrypting, key_slots, protection

    monkeypatch.setattr(key_slots, "MEMORY_KIB", 64)
    monkeypatch.setattr(messages, "ask", lambda *a, **k: True)
    with Workspace.create(
        tmp_path / "站", org_code="152525203", org_name="示例站", role=Role.STATION, author="示例员"
    ) as made:
        Entry(made).save(sample("household"))
    folder = made_plain(tmp_path / "站")
    window = shell.open(folder)
    assert window is not None
    card = _backup_card(window)
    assert not card.encrypt_button.isHidden() and card.remove_button.isHidden()
    card.encrypt_button.click()
    window = shell.window
    assert window is not None and "已加密" in window.notices.texts()[-1] and protection.state(folder).encrypted
    card = _backup_card(window)
    assert card.encrypt_button.isHidden() and card.remove_button.isHidden(), "no backup opens elsewhere yet"
    key_slots.set_password(folder / "keys", "示例密码一二三四")
    window.session.workspace.back_up()
    card.reload()
    assert not card.remove_button.isHidden()
    card.remove_button.click()
    assert encrypting.plain_copies(folder) == () and card.remove_button.isHidden()
    qtbot.waitUntil(lambda: window.counts.known, timeout=15_000)


def _backup_card(window: MainWindow) -> Any:
    settings = window.open_page("settings")
    settings.entered()
    window.session.jobs.wait()
    return settings.views["general"].backup
