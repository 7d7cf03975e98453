"""Verbs that several pages offer: export a workbook, write a template, choose a file and import it."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from station_app.domain.problems import UserError
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.exchange.excel import reports, template
from station_app.exchange.package import cards
from station_app.services import access_log
from station_app.ui import i18n, messages
from station_app.ui.i18n import tr
from station_app.ui.second_person import with_second

if TYPE_CHECKING:
    from station_app.ui.jobs import Job
    from station_app.ui.session import Session

EXPORTING = Text("正在导出“{name}”", "Exporting {name}")
EXPORTED = Text("“{name}”已导出 {rows} 行，并读回核对一致。", "{name}: {rows} rows written, read back and compared.")
SHOW_FOLDER = Text("打开文件夹", "Show in folder")
WHERE_TO = Text("保存到", "Save to")
TEMPLATE_NAME = Text("{label}模板", "{label} template")
TEMPLATE_DONE = Text("空白模板已写好：{name}", "Template written: {name}")
PICK_WORKBOOK = Text("选择要导入的 Excel 或 CSV", "Choose the Excel or CSV file to import")

REPORT_LABELS: dict[str, Text] = {
    "household-roster": Text("牧户与草场名册", "Household and parcel roster"),
    "livestock-count": Text("牲畜清点表", "Livestock count"),
    "survey-plots": Text("草原样地样方调查表", "Pasture survey: plots and quadrats"),
    "disbursement-register": Text("补奖资金发放清册", "Disbursement register"),
    "public-notice": Text("补奖资金公示表", "Public notice of the award"),
    "balance": Text("草畜平衡表", "Forage–livestock balance"),
    "carbon": Text("草原碳汇表", "Grassland carbon"),
    "gap": Text("目标与差距表", "Targets and gaps"),
}
"""Named here so that a menu opens without loading the workbook writers; a test compares it with the registry."""

REPORTS_OF_PAGE: dict[str, tuple[str, ...]] = {
    "households": ("household-roster",),
    "parcels": ("household-roster",),
    "livestock": ("livestock-count",),
    "surveys": ("survey-plots",),
    "compensation": ("disbursement-register", "public-notice"),
    "balance": ("balance",),
    "carbon": ("carbon",),
    "targets": ("gap",),
}


def show_in_folder(path: Path) -> None:
    """Open the folder of a file in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def suggestion(session: Session, name: str) -> Path:
    """Return where a file goes by default: where the last one went, else the documents folder."""
    last = session.workspace.settings.get("last_folder")
    folder = Path(last) if last and Path(last).is_dir() else Path.home()
    return folder / name


def ask_folder(session: Session, parent: QWidget, title: Text, given: Path | None = None) -> Path | None:
    """Return the folder given, or ask for one; where it is, the next question begins."""
    return _kept(session, given or messages.ask_folder(parent, title, folder=suggestion(session, "x").parent))


def ask_open_file(
    session: Session, parent: QWidget, title: Text, pattern: str, given: Path | None = None
) -> Path | None:
    """Return the file given, or ask for one to read."""
    return _kept(
        session, given or messages.ask_open_file(parent, title, pattern, folder=suggestion(session, "x").parent)
    )


def ask_save_file(
    session: Session, parent: QWidget, name: str, given: Path | None = None, title: Text = WHERE_TO
) -> Path | None:
    """Return the file given, or ask where to write one of this name and kind."""
    near, pattern = suggestion(session, name), f"*{Path(name).suffix}"
    return _kept(session, given or messages.ask_save_file(parent, title, pattern, suggestion=near))


def _kept(session: Session, path: Path | None) -> Path | None:
    if path is not None:
        session.workspace.settings.set("last_folder", str(path if path.is_dir() else path.parent))
    return path


def say_written(session: Session, said: Text, path: Path, state: str = "ok", *, lasting: bool = False) -> None:
    """Say that a file was written, with a button that shows where."""
    show = partial(show_in_folder, path)
    session.say(said, state, lasting=lasting, action_text=SHOW_FOLDER, action=show)


def export_report(
    session: Session, parent: QWidget, report: str, target: Path | None = None, *, level: str = "", row: str = ""
) -> Job | None:
    """Ask where, write the workbook in the background, say when it is done.

    Of figures, ``level`` is what a row is and ``row`` the one whose whole calculation is shown.
    """
    label = REPORT_LABELS[report]
    year = session.year or session.today().year
    chosen = ask_save_file(session, parent, f"{tr(label)}-{year}.xlsx", target)
    if chosen is None:
        return None
    language = i18n.language()

    def exported(result: reports.ExportResult) -> None:
        access_log.note(session.workspace, access_log.Looked.EXPORTED, report, result.rows)
        say_written(session, EXPORTED.format(name=label, rows=f"{result.rows:,}"), chosen)

    return session.run(
        lambda context: reports.export_report(
            context.reader, report, year=year, level=level, row=row, language=language, target=chosen, context=context
        ),
        title=EXPORTING.format(name=label),
        on_done=exported,
    )


def write_template(session: Session, parent: QWidget, type_name: str) -> None:
    """Ask where and write an empty workbook of a record type."""
    name = TEMPLATE_NAME.format(label=record_type(type_name).label)
    path = ask_save_file(session, parent, f"{tr(name)}.xlsx")
    if path is None:
        return
    language = i18n.language()
    session.run(
        lambda _context: template.write_template(type_name, path, language=language),
        title=EXPORTING.format(name=name),
        on_done=lambda _written: say_written(session, TEMPLATE_DONE.format(name=path.name), path),
    )


def ask_workbook(session: Session, parent: QWidget) -> Path | None:
    return ask_open_file(session, parent, PICK_WORKBOOK, "*.xlsx *.xls *.et *.ods *.csv")


PICK_CARD = Text("选择对方的身份卡文件", "Choose the other side's card")
TRUST_CARD = Text("登记“{name}”的身份卡?", "Register the card of {name}?")
CARD_DETAIL = Text(
    "单位代码 {code}，设备 {device}。\n公钥指纹：{fingerprint}\n请用电话或当面与对方核对指纹，一致才登记：之后这台电脑签名的包会被接收。",
    "Code {code}, machine {device}.\nFingerprint: {fingerprint}\nCompare it with the other side by phone or in person, and "
    "register only when it is the same: packages signed by this machine are believed from then on.",
)
REGISTER = Text("一致，登记", "It is the same: register")
NOT_YET = Text("先不登记", "Not yet")
CARD_IN = Text("已登记“{name}”的身份卡。", "The card of {name} is registered.")
CARD_FOLLOWED = Text("已登记“{name}”的新钥匙：旧钥匙已签名交接，不用再核对。",
                     "The new key of {name} is registered: the old one signed that it hands over, nothing has to be compared.")  # fmt: skip
ALREADY_KNOWN = Text(
    "该单位已登记的设备：{device}，指纹 {fingerprint}",
    "Known of this unit: machine {device}, fingerprint {fingerprint}",
)


def take_card(session: Session, parent: QWidget, path: Path | None = None) -> bool:
    """Ask for the other side's card, show its fingerprint, register it when the person says it is the same."""
    path = ask_open_file(session, parent, PICK_CARD, "*.json", path)
    if path is None:
        return False
    workspace = session.workspace
    try:
        planned = cards.plan_acceptance(workspace, path)
        card = planned.card
        if planned.changes or not planned.follows:
            detail = CARD_DETAIL.format(code=card.org_code, device=card.device_id, fingerprint=card.key.fingerprint)
            others = [
                ALREADY_KNOWN.format(device=known.device_name or known.device_id, fingerprint=known.key.fingerprint)
                for known in cards.registered_cards(workspace)
                if known.org_code == card.org_code and not known.revoked_at and known.device_id != card.device_id
            ]
            lines = [*(problem.text for problem in planned.changes), detail, *others]
            detail = Text("\n\n".join(t.zh for t in lines), "\n\n".join(t.en for t in lines))
            if not messages.ask(parent, TRUST_CARD.format(name=card.org_name), yes=REGISTER, no=NOT_YET, detail=detail):
                return False
        with_second(session, parent, lambda: cards.accept_card(workspace, path, fingerprint=card.key.fingerprint))
    except UserError as error:
        session.show_error(error)
        return False
    session.say((CARD_FOLLOWED if planned.follows else CARD_IN).format(name=card.org_name), "ok")
    return True
