"""What a double click names: told from its name, shown where it belongs, handed to a window that is open already."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from station_app import paths
from station_app.commands import cli
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.domain.samples import sample
from station_app.exchange.opening import What, Wish, wish_for
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import accept_card, export_card
from station_app.services.entry import Entry
from station_app.storage.workspace import DATABASE, MARKER, Workspace
from station_app.ui import crash, handover, messages, recent
from station_app.ui.application import Shell
from station_app.ui.opened_file import show_file


@pytest.fixture
def shell(qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    made = Shell(qapp, crash.CrashReporter())
    yield made
    if made.start is not None:
        made.start.jobs.wait()
        made.start.close()
    made.close()


@pytest.fixture
def station(tmp_path: Path) -> Path:
    folder = tmp_path / "站 s"
    with Workspace.create(
        folder, org_code="152522200", org_name="测试草原站", role=Role.STATION, author="示例员"
    ) as made:
        Entry(made).save(sample("household", 1, code="1525222002010001", village_code="152522200201"))
    return folder


@pytest.fixture
def county(tmp_path: Path) -> Path:
    Workspace.create(tmp_path / "c", org_code="152522", org_name="测试旗", role=Role.COUNTY, author="示例员").close()
    return tmp_path / "c"


def package(station: Path, out: Path, county: Path | None = None) -> Path:
    """Build a package of the station; the county knows the station when one is named."""
    out.mkdir(exist_ok=True)
    with Workspace.open(station) as made:
        if county is not None:
            with Workspace.open(county) as above:
                accept_card(above, export_card(made, out))
                accept_card(made, export_card(above, out))
        return build_package(made, out).path


def said(window: Any) -> str:
    return " | ".join(window.notices.texts())


# --- told by its name ------------------------------------------------------------------------------------------------


def test_what_a_path_is(station: Path, tmp_path: Path) -> None:
    packed = package(station, tmp_path / "out")
    renamed = shutil.copy(packed, tmp_path / "附件(1).zip")
    for path, what, found in (
        (station, What.WORKSPACE, station), (station / DATABASE, What.WORKSPACE, station),
        (station / MARKER, What.WORKSPACE, station), (packed, What.PACKAGE, packed),
        (renamed, What.PACKAGE, Path(renamed)),
    ):  # fmt: skip
        assert wish_for(Path(path)) == Wish(what, found)
    for name, what in (("a.GSUPDATE", What.UPDATE), ("GSC_1_2.json", What.CARD)):
        (tmp_path / name).write_text("{}")
        assert wish_for(tmp_path / name).what is what


def test_what_is_not_opened_says_what_to_do(station: Path, tmp_path: Path) -> None:
    with Workspace.open(station) as made:
        backup = made.back_up()
    (tmp_path / "花名册.xlsx").write_bytes(b"x")
    (tmp_path / "other.zip").write_bytes(b"PK")
    for path, code in ((tmp_path / "gone.zip", "CLI-010"), (tmp_path / "花名册.xlsx", "CLI-011"),
                       (tmp_path / "other.zip", "CLI-011"), (backup, "CLI-012")):  # fmt: skip
        with pytest.raises(UserError) as error:
            wish_for(path)
        assert error.value.code == code and path.name in error.value.text.zh


def test_a_bare_path_is_an_open_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()
    (tmp_path / "我的站").mkdir()
    for given, wanted in (
        (["x.gsupdate"], ["open", "x.gsupdate"]),
        (["--language", "en", "/a/b"], ["--language", "en", "open", "/a/b"]),
        (["我的站"], ["open", "我的站"]),
        (["demo", "--out", "x"], ["demo", "--out", "x"]), (["./demo"], ["open", "./demo"]),
        (["verify", "GSP_1.zip"], ["verify", "GSP_1.zip"]), ([], []), (["--version"], ["--version"]),
        (["selftest"], ["selftest"]), (["open", "x.zip"], ["open", "x.zip"]),
    ):  # fmt: skip
        assert cli.with_open(given) == wanted


# --- shown where it belongs ------------------------------------------------------------------------------------------


def test_a_package_from_below_is_planned_in_the_inbox(
    shell: Shell, qtbot: QtBot, station: Path, county: Path, tmp_path: Path
) -> None:
    path = package(station, tmp_path / "out", county)
    window = shell.open(county, wish_for(path))
    assert window is not None
    qtbot.waitUntil(lambda: window.current_key == "inbox", timeout=30_000)
    inbox: Any = window.pages["inbox"]
    qtbot.waitUntil(lambda: inbox.plan_view.plan is not None, timeout=30_000)
    assert inbox.plan_view.plan.ok and window.session.read.type_counts()["household"] == 0


def test_a_receipt_is_verified_and_only_taken_when_asked(
    shell: Shell, qtbot: QtBot, station: Path, county: Path, tmp_path: Path
) -> None:
    from station_app.county.receive import apply_receive, plan_receive

    path = package(station, tmp_path / "out", county)
    with Workspace.open(county) as above:
        receipt = apply_receive(above, plan_receive(above, path), tmp_path).receipt_path
    window = shell.open(station, wish_for(receipt))
    assert window is not None
    qtbot.waitUntil(lambda: "签名有效" in said(window), timeout=30_000)
    assert window.current_key == "exchange" and "测试旗" in said(window)
    assert window.session.read.type_counts()["receipt"] == 0
    window.notices.cards[-1].action.click()
    qtbot.waitUntil(lambda: "回执已导入" in said(window), timeout=30_000)
    assert window.session.read.type_counts()["receipt"] == 1
    show_file(window, wish_for(receipt))
    qtbot.waitUntil(lambda: "以前已经导入过" in said(window), timeout=30_000)


def test_our_own_package_and_a_damaged_one(shell: Shell, qtbot: QtBot, station: Path, tmp_path: Path) -> None:
    path = package(station, tmp_path / "out")
    window = shell.open(station, wish_for(path))
    assert window is not None
    qtbot.waitUntil(lambda: "本机自己生成" in said(window), timeout=30_000)
    broken = tmp_path / "GSP_152522_0123456789_000001.zip"
    broken.write_bytes(path.read_bytes()[:-50])
    show_file(window, wish_for(broken))
    qtbot.waitUntil(lambda: "PKG-001" in said(window), timeout=30_000)


def test_a_card_asks_before_it_is_registered(
    shell: Shell, qtbot: QtBot, station: Path, county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(county) as above:
        card = export_card(above, tmp_path)
    asked: list[str] = []
    monkeypatch.setattr(messages, "ask", lambda *a, **k: asked.append(k["detail"].zh) or True)
    window = shell.open(station, wish_for(card))
    assert window is not None
    qtbot.waitUntil(lambda: "已登记“测试旗”的身份卡" in said(window), timeout=30_000)
    assert "SHA256:" in asked[0]


def test_without_a_workspace_the_start_page_says_what_the_file_is(
    shell: Shell, qtbot: QtBot, station: Path, county: Path, tmp_path: Path
) -> None:
    path = package(station, tmp_path / "out")
    start = shell.show_start(wish=wish_for(path))
    qtbot.waitUntil(lambda: "完好" in start.error.text() and "测试草原站" in start.error.text(), timeout=30_000)
    broken = tmp_path / "GSP_1.zip"
    broken.write_bytes(b"junk")
    start.look_at(wish_for(broken))
    qtbot.waitUntil(lambda: "PKG-" in start.error.text(), timeout=30_000)
    with Workspace.open(county) as above:
        start.look_at(wish_for(export_card(above, tmp_path)))
    assert "身份卡" in start.error.text()


def test_why_a_workspace_did_not_open_is_not_written_over_by_the_file(
    shell: Shell, qtbot: QtBot, station: Path, tmp_path: Path
) -> None:
    path = package(station, tmp_path / "out")
    with Workspace.open(station):
        shell.open(station, wish_for(path))
        assert shell.start is not None
        shell.start.jobs.wait()
        QApplication.processEvents()
        assert "WSP-003" in shell.start.error.text()


def test_the_workspace_used_last_is_the_one_that_looks(
    station: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from station_app.commands import window as app
    from station_app.ui import application

    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    seen: list[Any] = []
    monkeypatch.setattr(application, "run", lambda folder, **k: seen.append((folder, k["wish"])) or 0)
    update = tmp_path / "x.gsupdate"
    update.write_bytes(b"x")
    common = {"workspace": None, "training": False, "language": None}
    assert app.run(path=update, **common) == 0
    recent.remember(station, "测试草原站", "station")
    assert app.run(path=update, **common) == 0
    assert app.run(path=station / DATABASE, **common) == 0
    wish = Wish(What.UPDATE, update)
    assert seen == [(None, wish), (station, wish), (station, None)]


# --- one window a workspace ------------------------------------------------------------------------------------------


def start_again(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "station_app.start", *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, encoding="utf-8",
                            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})  # fmt: skip


def finish(qtbot: QtBot, process: subprocess.Popen[str]) -> tuple[int, str]:
    qtbot.waitUntil(lambda: process.poll() is not None, timeout=60_000)
    out, errors = process.communicate()
    return process.returncode, out + errors


def test_a_second_start_hands_its_file_to_the_open_window(
    shell: Shell, qtbot: QtBot, station: Path, county: Path, tmp_path: Path
) -> None:
    path = package(station, tmp_path / "out", county)
    window = shell.open(county)
    assert window is not None
    qtbot.waitUntil(lambda: shell._bell is not None, timeout=10_000)
    code, words = finish(qtbot, start_again("--workspace", str(county), str(path)))
    assert code == 0 and "已经打开" in words, words
    inbox: Any = window.page("inbox")
    qtbot.waitUntil(lambda: inbox.plan_view.plan is not None, timeout=30_000)
    code, words = finish(qtbot, start_again(str(county)))
    assert code == 0 and "已经打开" in words
    assert window.session.read.sql("SELECT count(*) FROM package_in")[0][0] == 0


def test_what_is_handed_over_is_only_looked_at(shell: Shell, qtbot: QtBot, station: Path, tmp_path: Path) -> None:
    """Garbage on the socket, a path that is gone, another workspace: nothing changes, nothing breaks."""
    window = shell.open(station)
    assert window is not None
    qtbot.waitUntil(lambda: shell._bell is not None, timeout=10_000)
    shell.ring(tmp_path / "gone.zip")
    assert "CLI-010" in said(window)
    shell.ring(tmp_path)
    shell.ring(None)
    assert shell.window is window
    from PySide6.QtNetwork import QLocalSocket

    for sent in (b"not json\n", b'{"open": 5}\n', b"[]\n", b"x" * 20_000):
        socket = QLocalSocket()
        socket.connectToServer(handover.name_of(station))
        assert socket.waitForConnected(2000)
        socket.write(sent)
        socket.flush()
        qtbot.wait(80)
        socket.abort()
    assert shell.window is window and window.isVisible()


def test_a_workspace_held_by_a_command_is_refused_with_its_name(shell: Shell, station: Path) -> None:
    with Workspace.open(station):
        assert shell.open(station) is None
        assert not shell.handed_over and shell.start is not None
        assert "WSP-003" in shell.start.error.text() and str(station) in shell.start.error.text()
