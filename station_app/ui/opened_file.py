"""A file that was double-clicked, dropped on the program or handed over: shown where it belongs, checked, not applied."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station_app.domain.problems import Severity, UserError
from station_app.domain.text import Text
from station_app.exchange.opening import What, Wish
from station_app.exchange.package import receipts, verify
from station_app.ui.session import Place

if TYPE_CHECKING:
    from station_app.storage.workspace import Workspace
    from station_app.ui.jobs import Context
    from station_app.ui.main_window import MainWindow

LOOKING = Text("正在核对 {name}", "Checking {name}")
GOOD = Text(
    "“{name}”签名有效，来自{org}，{n} 条。还没有导入。",
    "{name}: signature valid, from {org}, {n} versions. Not taken in yet.",
)
REPEAT = Text("“{name}”（来自{org}）以前已经导入过，再导入不会改变什么。",
              "{name} (from {org}) was taken in before; doing it again changes nothing.")  # fmt: skip
TAKE = Text("导入", "Take it in")
OURS = Text("“{name}”是本机自己生成的上报包，请交给县里；本机不需要导入。",
            "{name} was built on this machine: hand it to the county. There is nothing to take in here.")  # fmt: skip
BAD = Text("{text}（{code}）", "{text} ({code})")
BAD_MORE = Text("{text}（{code}；另有 {n} 处）", "{text} ({code}; and {n} more)")


def show_file(window: MainWindow, wish: Wish) -> None:
    session = window.session
    if wish.what is What.UPDATE:
        page: Any = window.open_page("settings")
        page.choose("general")
        page.views["general"].show_updates(wish.path)
    elif wish.what is What.CARD:
        key = "stations" if session.is_county else "exchange"
        page = window.open_page(key)
        page.take_card(wish.path)
    elif wish.what is What.PACKAGE:
        _show_package(window, wish.path)


def _show_package(window: MainWindow, path: Path) -> None:
    """At the county a package from below is planned in the inbox; everywhere, what comes down goes to Exchange."""
    session = window.session

    def work(workspace: Workspace, context: Context) -> Any:
        manifest = verify.verify_envelope(path, None).manifest
        if manifest is not None and manifest.station.device == workspace.identity.device_id:
            return "ours", None
        recipient = manifest.station.recipient if manifest is not None else None
        if session.is_county and (recipient is None or recipient.device != workspace.identity.device_id):
            return "inbox", None
        return "receipt", receipts.plan_receipt(workspace, path, context)

    def done(found: tuple[str, Any]) -> None:
        where, plan = found
        if where == "ours":
            window.open_page("exchange")
            session.say(OURS.format(name=path.name), "info", lasting=True)
        elif where == "inbox":
            inbox: Any = window.open_page("inbox")
            inbox.look(path)
        else:
            _show_receipt(window, path, plan)

    def failed(error: BaseException) -> None:
        session.go(Place("inbox" if session.is_county else "exchange"))
        session.show_error(error)

    session.beside(work, title=LOOKING.format(name=path.name), on_done=done, on_error=failed)


def _show_receipt(window: MainWindow, path: Path, plan: Any) -> None:
    session = window.session
    page: Any = window.open_page("exchange")
    bad = [p for p in plan.problems if p.severity is Severity.ERROR]
    if bad:
        text = BAD_MORE if len(bad) > 1 else BAD
        session.say(text.format(text=bad[0].text, code=bad[0].code, n=len(bad) - 1), "error", lasting=True)
        return
    station = plan.manifest.station
    text = REPEAT if plan.repeat else GOOD
    said = text.format(name=path.name, org=station.org_name, n=f"{station.versions:,}")
    session.say(
        said, "info" if plan.repeat else "ok", lasting=True, action_text=TAKE, action=partial(page.take_receipt, path)
    )


def verdict_of(path: Path) -> tuple[Text, str]:
    """Check a package while no workspace is open; return the sentence and its state. Runs off the window's thread."""
    try:
        report = verify.verify_package(path)
    except UserError as error:
        return BAD.format(text=error.text, code=error.code), "error"
    errors = [p for p in report.problems if p.severity is Severity.ERROR]
    if errors or report.manifest is None:
        first = (errors or report.problems)[0]
        return BAD.format(text=first.text, code=first.code), "error"
    station = report.manifest.station
    return (
        Text(
            f"“{path.name}”完好，来自{station.org_name}，{station.versions:,} 条。请先打开或新建工作站，再用它接收。",
            f"{path.name} is sound, from {station.org_name}, {station.versions:,} versions. Open or make a workspace to take "
            "it in.",
        ),
        "ok",
    )
