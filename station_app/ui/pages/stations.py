"""Stations: whose signature is known here, what each has sent, who is late."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget

from station_app.county import coverage
from station_app.domain.codes import label_of
from station_app.domain.guards import Act
from station_app.domain.official_time import official_day, official_text
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange.package import build, cards
from station_app.storage.changes import Changes
from station_app.ui import actions
from station_app.ui.guarded import guard
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.pages.base import Page
from station_app.ui.pages.exchange import CARD_TO, WHERE_TO
from station_app.ui.parts import EmptyState, button, label
from station_app.ui.second_person import with_second

if TYPE_CHECKING:
    from station_app.ui.pages.catalogue import PageEntry
    from station_app.ui.session import Session

TAKE_CARD = Text("登记站的身份卡", "Register a station's card")
MY_CARD = Text("导出本县身份卡", "Hand out this county's card")
SIGNERS = Text("导出公钥表", "Export allowed signers")
CARD_OUT = Text("身份卡已写好：{name}。请交给各站。", "Card written: {name}. Hand it to the stations.")
SIGNERS_OUT = Text("公钥表已写好：{name}。任何人可用 ssh-keygen 核对上报包。",
                   "Written: {name}. Anybody can check packages with ssh-keygen and this file.")  # fmt: skip
REVOKE, REINSTATE = Text("停用这台电脑的签名", "Revoke this machine"), Text("恢复签名", "Reinstate")
REVOKED_DONE = Text(
    "已停用 {name} 这台电脑的签名，之后的包不再接收。",
    "{name}: this machine's signature is revoked; later packages are refused.",
)
REINSTATED = Text("已恢复 {name} 这台电脑的签名。", "{name}: this machine's signature is valid again.")
UNDO = Text("恢复", "Reinstate")
HAND_BACK = Text("交还数据…", "Hand its data back …")
HAND_BACK_TIP = Text("站里的电脑丢了或数据坏了时：把这个单位报来过的全部写成一个包，交给它并入。",
                     "When the station lost its laptop or its data: all its unit ever sent, in one package for it to take in.")  # fmt: skip
HANDING_BACK = Text("正在写出交还的数据", "Writing what is handed back")
HANDED_BACK = Text("已写好 {name}（{n} 个版本）。请交给该站，在“上报”页用“导入回执或同事的包”并入。",
                   "Written: {name} ({n} versions). Hand it to the station; it takes it in on its page Exchange like a receipt.")  # fmt: skip
NEVER_CAME = Text("这些包没有收到过（设备/序号）：{list}。其中的内容这里没有，请该站从备份或纸质材料补。",
                  "These packages never arrived here (machine/number): {list}. What was in them is not in this file; the station completes it from "
                  "its own copies or from paper.")  # fmt: skip
NAME, DEVICE, VALID, PACKAGES, LAST, UNTIL, GAPS, SET_ASIDE, STATE = (
    Text("站", "Station"), Text("设备", "Machine"), Text("密钥有效", "Key valid"), Text("包", "Packages"), Text("最近收到", "Last arrived"),
    Text("数据到", "Data until"), Text("缺号", "Missing"), Text("隔离", "Set aside"), Text("状态", "State"))  # fmt: skip
NEVER = Text("还没有上报", "nothing sent yet")
LATE = Text("{n} 天没有新数据", "no news for {n} days")
FRESH = Text("正常", "up to date")
AHEAD = Text("时钟快了，记到 {until}", "clock ahead, dated {until}")
AHEAD_BODY = Text("有的电脑保存时记成了比送到这里还晚的时间。请让该站校准系统时间，并检查那几条记录的日期；这里按收到的时间计算。",
                 "Something saved there is dated later than it arrived here. Ask the station to set its system time and to "
                 "look at the dates of those records; here the time of arrival counts.")  # fmt: skip
SINCE, FROM_TO = Text("{since} 起", "since {since}"), Text("{since} 至 {until}", "{since} to {until}")
COUNTS_UNTIL = Text("{why}，认到第 {last} 包", "{why}, up to no. {last}")
GAP = Text("缺第 {list} 包", "no. {list} missing")
EMPTY = Text("还没有登记的站", "No station registered yet")
EMPTY_BODY = Text("请各站用“导出本站身份卡”生成身份卡文件，用可靠的途径带来，在这里登记。之后它的上报包才会被接收。",
                  "Each station writes its card with “Hand out this station's card” and brings it by a way both trust. "
                  "Once registered here, its packages are taken in.")  # fmt: skip
LATE_DAYS = 30


class StationsPage(Page):
    """Registered machines below this workplace and how far their data goes."""

    def __init__(self, session: Session, entry: PageEntry) -> None:
        super().__init__(session, entry)
        self.table = ItemsTable((
            Column(NAME, lambda s: s.org_name),
            Column(DEVICE, lambda s: s.device_name or s.device_id, width=110),
            Column(VALID, _valid, width=180),
            Column(STATE, self._standing, width=210, state=self._colour),
            Column(PACKAGES, lambda s: f"{s.packages:,}", right=True, width=80),
            Column(LAST, lambda s: _moment(s.last_received_at), width=140),
            Column(UNTIL, lambda s: _moment(s.data_until), width=140),
            Column(GAPS, lambda s: GAP.format(list=", ".join(map(str, s.missing))) if s.missing else "", width=120,
                   state=lambda s: "warn"),
            Column(SET_ASIDE, lambda s: f"{s.set_aside:,}" if s.set_aside else "", right=True, width=90,
                   state=lambda s: "warn"),
        ))  # fmt: skip
        self.table.picked.connect(lambda _item: self._verbs())
        take = button("primary", self.take_card, icon="card")
        mine = button("", self.hand_out_card)
        signers = button("", self.export_signers)
        self.revoke_button = button("", self.revoke)
        self.hand_back_button = self.said(button("", self.hand_back), HAND_BACK, HAND_BACK_TIP)
        for made, text in ((take, TAKE_CARD), (mine, MY_CARD), (signers, SIGNERS)):
            self.say(made.setText, text)
        writing = (take, mine, self.hand_back_button, self.revoke_button)
        for made in (*writing[:2], signers, *writing[2:]) if session.may_write else (signers,):
            self.verbs.addWidget(made)
        guard(self, session, Act.KEYS, take, self.revoke_button)
        guard(self, session, Act.SEND, self.hand_back_button, tip=HAND_BACK_TIP)
        self.empty = EmptyState("stations")
        self.empty.tell(EMPTY, EMPTY_BODY)
        if session.may_write:
            self.empty.offer(TAKE_CARD, self.take_card, primary=True)
            self.empty.offer(MY_CARD, self.hand_out_card)
        self.ahead = self.said(label("hint"), AHEAD_BODY)
        self.ahead.setWordWrap(True)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.empty)
        self.body.addWidget(self.ahead)
        self.body.addWidget(self.stack, 1)

    def _standing(self, station: Any) -> Text:
        if station.revoked:
            why = label_of("key_ending", station.ended_why)
            return COUNTS_UNTIL.format(why=why, last=station.counts_until) if station.counts_until else why
        if not station.packages:
            return NEVER
        late = station.days_behind or 0
        if late > LATE_DAYS:
            return LATE.format(n=late)
        return (
            FRESH if station.dated_until is None else AHEAD.format(until=official_day(station.dated_until).isoformat())
        )

    def _colour(self, station: Any) -> str:
        if station.revoked:
            return "soft_text" if station.ended_why == "replaced" else "error"
        return "ok" if self._standing(station) is FRESH else "warn"

    def reload(self, changes: Changes | None = None) -> None:
        found = coverage.coverage(self.session.workspace)
        self.table.set_items(found)
        self.ahead.setVisible(any(station.dated_until is not None for station in found))
        self.stack.setCurrentWidget(self.table if found else self.empty)
        self._verbs()

    def _verbs(self) -> None:
        station = self.table.current() if self.session.may_write else None
        self.revoke_button.setVisible(station is not None and station.ended_why in ("", "revoked"))
        self.hand_back_button.setVisible(station is not None and not station.revoked)
        if station is not None:
            self.say(self.revoke_button.setText, REINSTATE if station.revoked else REVOKE)

    def focus_work(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- verbs

    def take_card(self, path: Path | None = None) -> None:
        """Register a station's card."""
        if actions.take_card(self.session, self, path):
            self.reload(None)

    def hand_out_card(self) -> None:
        """Write this county's card."""
        self._write_into(CARD_TO, "export_card", CARD_OUT)

    def export_signers(self) -> None:
        """Write the register of keys for ssh-keygen."""
        self._write_into(CARD_TO, "write_allowed_signers", SIGNERS_OUT)

    def _write_into(self, title: Text, function: str, done: Text) -> None:
        folder = actions.ask_folder(self.session, self, title)
        if folder is None:
            return
        try:
            if function == "export_card":
                path = cards.export_card(self.session.workspace, folder)
            else:
                path = cards.write_allowed_signers(self.session.workspace, folder)
        except UserError as error:
            self.session.show_error(error)
            return
        actions.say_written(self.session, done.format(name=path.name), path)

    def hand_back(self) -> None:
        """Write all that the unit of the chosen machine ever sent, for an empty or older workspace of it."""
        station = self.table.current()
        folder = actions.ask_folder(self.session, self, WHERE_TO) if station is not None else None
        if station is None or folder is None:
            return

        def done(built: build.BuiltPackage) -> None:
            said = HANDED_BACK.format(name=built.path.name, n=f"{built.versions:,}")
            actions.say_written(self.session, said, built.path, lasting=True)
            of_unit = [each for each in self.table.items() if each.org_code == station.org_code]
            if missing := ", ".join(f"{each.device_id[:12]}/{n}" for each in of_unit for n in each.missing):
                self.session.say(NEVER_CAME.format(list=missing), "warn", lasting=True)

        self.session.write(
            lambda workspace, context: build.build_package(
                workspace, folder, everything=True, recipient=station.device_id, context=context
            ),
            title=HANDING_BACK,
            on_done=done,
        )

    def revoke(self) -> None:
        """Stop trusting a machine, or trust it again; either can be taken back."""
        station = self.table.current()
        if station is None:
            return
        try:
            act = cards.reinstate_card if station.revoked else cards.revoke_card
            with_second(self.session, self, lambda: act(self.session.workspace, station.device_id))
        except UserError as error:
            self.session.show_error(error)
            return
        self.reload(None)
        if station.revoked:
            self.session.say(REINSTATED.format(name=station.org_name), "ok")
        else:
            self.session.say(REVOKED_DONE.format(name=station.org_name), "warn", action_text=UNDO, action=self.revoke)


def _valid(station: coverage.StationCoverage) -> Text:
    since = _day(station.valid_from)
    return FROM_TO.format(since=since, until=_day(station.valid_to)) if station.valid_to else SINCE.format(since=since)


def _day(moment: datetime | None) -> str:
    return official_day(moment).isoformat() if moment is not None else ""


def _moment(moment: Any) -> str:
    return official_text(moment) if moment is not None else ""
