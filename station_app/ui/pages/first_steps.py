"""The first-steps card of Today: what a new workspace still needs, each step with its door, until all are done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPushButton, QVBoxLayout, QWidget

from station_app.domain.text import Text
from station_app.services import founding
from station_app.services.first_steps import FirstStep, Step, first_steps, villages_to_add
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import across, button, clear, down, label, text_width
from station_app.ui.session import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from station_app.ui.session import Session

TITLE = Text("开始使用", "First steps")
BODY = Text("做完这几步，就可以开始日常登记。", "After these, the daily work can begin.")
DISMISS = Text("不再显示", "Do not show again")
DISMISSED = "first_steps.dismissed"
DONE = Text("✓", "✓")
ADDED = Text("已加入 {n} 个嘎查村；不需要的可以在“设置 › 单位”中作废。",
             "Villages added: {n}. Void those you do not need under Settings, Organisations.")  # fmt: skip
SAY = {
    Step.UNIT: (Text("本单位", "Own unit"), Text("核对名称、上级和联系方式", "Check its name, parent and contact"),
                Text("{n} 个", "{n}"), Text("核对", "Check")),
    Step.PEOPLE: (Text("人员", "People"), Text("登记站里的工作人员", "Enter who works here"),
                  Text("{n} 人", "{n}"), Text("登记", "Add")),
    Step.ACCOUNTS: (Text("用户", "Accounts"), Text("各用各的口令登录，分得清是谁做的", "Each signs in with a PIN: who did what is known"),
                    Text("{n} 个", "{n}"), Text("添加", "Add")),
    Step.PASSWORD: (Text("密码", "Password"), Text("电脑丢了，别人也打不开数据", "Who finds the lost laptop reads nothing"),
                    Text("已设", "set"), Text("设置", "Set")),
    Step.SHEET: (Text("恢复单", "Recovery sheet"), Text("打印一张锁起来，忘了密码也能打开", "Paper in a safe, for a forgotten password"),
                 Text("已生效", "counts"), Text("打印", "Print")),
    Step.VILLAGES: (Text("嘎查村", "Villages"), Text("从区划名单加入，代码不用手打", "From the division list; no code is typed"),
                    Text("{n} 个", "{n}"), Text("加入", "Add")),
    Step.ROSTER: (Text("牧户名册", "Roster"), Text("从 Excel 导入；没有户编码也可以", "Import from Excel; codes are not needed"),
                  Text("{n} 户", "{n} households"), Text("导入", "Import")),
    Step.STATIONS: (Text("各站", "Stations"), Text("登记各站的身份卡", "Register the stations' cards"),
                    Text("{n} 台设备", "{n} devices"), Text("登记", "Register")),
    Step.PLAN: (Text("补奖方案", "Plan"), Text("旗县下发；先与旗县交换身份卡", "Comes from the county; exchange cards first"),
                Text("{n} 个", "{n}"), Text("去交换", "Exchange cards")),
}  # fmt: skip
PLAN_OF_COUNTY = (Text("登记本年度的方案和标准", "Enter the plan and rates of the year"), Text("登记", "Add"))


class FirstStepsCard(QFrame, Retranslated):
    """Shows the steps while one is open; ``next_verb`` is the button of the first open step, marked and given the keyboard."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.follow_language()
        self.session = session
        self.setProperty("part", "card")
        self.next_verb: QPushButton | None = None
        title, body = label("heading"), label("hint")
        self.say(title.setText, TITLE)
        self.say(body.setText, BODY)
        away = self.said(button("link", self.dismiss), DISMISS)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        self.setLayout(
            down(across(title, body, None, away, spacing=8), self._rows, spacing=6, margins=(14, 10, 14, 10))
        )
        self.hide()

    def refresh(self) -> None:
        """Show how far it is; hidden when nothing is open or the person put it away."""
        if self.session.closed:
            return
        steps = first_steps(self.session.workspace)
        wanted = any(not s.done for s in steps) and self.session.workspace.settings.get(DISMISSED) != "1"
        had_keyboard = self.next_verb is not None and self.next_verb.hasFocus()
        clear(self._rows)
        self.next_verb = None
        self.setVisible(wanted)
        if not wanted:
            return
        for step in steps:
            self._rows.addWidget(self._row(step))
        if had_keyboard and self.next_verb is not None:
            self.next_verb.setFocus(Qt.FocusReason.OtherFocusReason)

    def _row(self, step: FirstStep) -> QWidget:
        name, hint, number, verb = SAY[step.step]
        if step.step is Step.PLAN and self.session.is_county:
            hint, verb = PLAN_OF_COUNTY
        sign, what, why = label("strong", state="ok" if step.done else "muted"), label("strong"), label("hint")
        sign.setText(tr(DONE) if step.done else "○")
        sign.setFixedWidth(text_width(sign, 2))
        what.setText(tr(name))
        what.setFixedWidth(text_width(what, 6))
        why.setText(tr(number, n=f"{step.number:,}") if step.done else tr(hint))
        marked = not step.done and self.next_verb is None
        do = button("primary" if marked else "", partial(self._do, step.step))
        do.setText(tr(verb))
        do.setAccessibleName(f"{tr(name)} {tr(verb)}")
        if step.done and step.step is not Step.UNIT:
            do.hide()
        if marked:
            self.next_verb = do
        row = QWidget()
        row.setLayout(across(sign, what, why, None, do, spacing=8))
        return row

    def _do(self, step: Step) -> None:
        go = self.session.go
        doors: dict[Step, Callable[[], None]] = {
            Step.UNIT: self._open_unit,
            Step.PEOPLE: partial(go, Place(record_type="staff", record_id="new")),
            Step.ACCOUNTS: partial(go, Place("settings", state="people")),
            Step.PASSWORD: partial(go, Place("settings", state="password")),
            Step.SHEET: partial(go, Place("settings", state="sheet")),
            Step.VILLAGES: self._add_villages,
            Step.ROSTER: partial(go, Place(record_type="household", record_id="import")),
            Step.STATIONS: partial(go, Place("stations")),
            Step.PLAN: partial(go, Place(record_type="compensation_plan", record_id="new") if self.session.is_county
                               else Place("exchange")),
        }  # fmt: skip
        doors[step]()

    def _open_unit(self) -> None:
        workspace = self.session.workspace
        own = founding.own_unit_id(workspace) or founding.record_own_unit(workspace)
        self.session.go(Place(record_type="organisation", record_id=own))

    def _add_villages(self) -> None:
        codes = villages_to_add(self.session.workspace)
        if not codes:  # the list does not know this place: by hand
            self.session.go(Place(record_type="organisation", record_id="new"))
            return
        founding.add_listed_units(self.session.workspace, codes)
        self.session.say(ADDED.format(n=len(codes)), "ok")

    def dismiss(self) -> None:
        self.session.workspace.settings.set(DISMISSED, "1")
        self.refresh()
