"""A batch told: how far it is, its totals, who is held or on no list and why, what the checks found."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QLayout, QVBoxLayout, QWidget

from station_app.domain.checks.problems import CheckProblem
from station_app.domain.codes import code_list, label_of
from station_app.domain.derived import total
from station_app.domain.line_states import in_batch
from station_app.domain.problems import Severity, UserError
from station_app.domain.records.compensation_line import CompensationLine
from station_app.domain.text import Text
from station_app.services import compensation, payment_checks
from station_app.storage.reader import Filter, Query
from station_app.ui import print_actions
from station_app.ui.actions import REPORT_LABELS, export_report
from station_app.ui.flow_layout import FlowLayout
from station_app.ui.i18n import Retranslated, language, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import MenuButton, across, button, card, clear, down, label, literal
from station_app.ui.session import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station_app.domain.problems import Problem
    from station_app.storage.reader import Row
    from station_app.ui.jobs import Context
    from station_app.ui.session import Session

WHERE = Text("到哪一步", "Where it stands")
SUMS = Text("合计", "Totals")
STOPS = Text("什么卡住了", "What stops it")
NOTHING_STOPS = Text("没有待处理的明细。", "No line waits for a decision.")
LINES = Text("看明细", "Show lines")
REGISTER = Text("导出发放清册", "Export the register")
NOTICE = Text("导出公示表", "Export the public notice")
HOUSEHOLDS = Text("户数", "Households")
BAN_MU = Text("禁牧面积(亩)", "Grazing ban (mu)")
BALANCE_MU = Text("草畜平衡面积(亩)", "Balance (mu)")
GROSS = Text("应发合计(元)", "Gross (CNY)")
NET = Text("实发合计(元)", "Net (CNY)")
HELD = Text("暂缓、不发的明细不计入合计。", "Lines held or excluded are not in the totals.")
REBUILD = Text("重新合计", "Work the totals out anew")
REBUILT = Text("按现有明细重新合计", "Totals worked out anew from the lines")
NOT_LISTED = Text("未列入任何批次的牧户", "Households on no batch")
EVERYONE = Text("有草场的牧户都已列入。", "Everyone who holds land is listed.")
FOUND = Text("核查发现", "What the checks found")
LOOKING = Text("正在核查批次", "Checking the batch")
COPY = Text("复制名单", "Copy the list")
COPIED = Text("名单已复制，可粘贴到表格。", "Copied; paste it into a sheet.")
MORE = Text("另有 {n} 户，可复制全部名单。", "{n} more; copy the list to see all.")
STOPPING = ("held", "returned", "recovery_due")
_SHOWN = 12


class BatchStory(QWidget, Retranslated):
    """Steps of a batch, its totals, and what stops it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session = session
        self._row: Row | None = None
        self.findings: list[tuple[str, str, Problem]] = []
        self.not_listed: list[Any] | None = None
        self._cards = QVBoxLayout()
        self._cards.setContentsMargins(0, 4, 6, 4)
        self._cards.setSpacing(8)
        box = QVBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(self._cards))
        self.setLayout(box)

    def show_row(self, row: Row | None) -> None:
        """Show this batch; what the checks say follows when they have run."""
        self._row = row
        self.findings, self.not_listed = [], None
        self._session.ask_no_more(self)
        self._fill()
        if row is not None and not row.void:
            self._look(row)

    def retranslate(self) -> None:
        super().retranslate()
        self._fill()

    def _look(self, row: Row) -> None:
        batch, today = row.record, self._session.today()

        def work(context: Context) -> Any:
            found = payment_checks.batch_findings(context.reader, [row.record_id], today)
            return found, compensation.not_in_batches(context.reader, batch.plan_id, batch.village_code, today)

        def done(result: Any) -> None:
            self.findings, self.not_listed = result
            self._fill()

        self._session.ask(self, work, title=LOOKING, on_done=done)

    def _fill(self) -> None:
        clear(self._cards)
        if self._row is None:
            return
        self._steps(self._row.record.state)
        self._totals(self._row)
        self._found()
        self._stops()
        self._not_listed()
        self._cards.addStretch(1)

    def _titled(self, title: Text, content: QLayout) -> None:
        heading = label("strong")
        heading.setText(tr(title))
        self._cards.addWidget(card(down(heading, content, spacing=6, margins=(12, 8, 12, 8))))

    def _steps(self, state: str) -> None:
        items = code_list("batch_state").items
        reached = next((i for i, item in enumerate(items) if item.code == state), 0)
        steps = FlowLayout(spacing=4)
        for number, item in enumerate(items):
            said = label("chip", state="ok" if number < reached else "info" if number == reached else "")
            sign = "✓ " if number < reached else "● " if number == reached else ""
            said.setText(f"{sign}{item.label.to(language())}")
            steps.addWidget(said)
        self._titled(WHERE, steps)

    def _totals(self, batch: Row) -> None:
        rows = self._session.read.rows(Query(CompensationLine, (Filter("batch_id", "eq", batch.record_id),)))
        every = [row.record for row in rows]
        lines = [line for line in every if in_batch(line.state)]
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        shown = (
            (HOUSEHOLDS, f"{len(lines):,}"),
            (BAN_MU, f"{total(lines, 'ban_area_mu'):,.3f}"),
            (BALANCE_MU, f"{total(lines, 'balance_area_mu'):,.3f}"),
            (GROSS, f"{total(lines, 'gross_yuan'):,.2f}"),
            (NET, f"{total(lines, 'net_yuan'):,.2f}"),
        )
        for place, (title, value) in enumerate(shown):
            name = label("hint")
            name.setText(tr(title))
            said = QLabel(value)
            said.setAlignment(Qt.AlignmentFlag.AlignRight)
            if title is NET:
                said.setProperty("part", "strong")
            grid.addWidget(name, place, 0)
            grid.addWidget(said, place, 1)
        grid.setColumnStretch(2, 1)
        if len(lines) != len(every):
            hint = label("hint", wrap=True)
            hint.setText(tr(HELD))
            grid.addWidget(hint, len(shown), 0, 1, 3)
        wrong = [
            p for kind, _, p in self.findings if kind == "compensation_batch" and p.code == CheckProblem.BATCH_SUM.code
        ]
        for number, problem in enumerate(wrong):
            said = label("", wrap=True, state="error")
            said.setText(tr(problem.text))
            grid.addWidget(said, len(shown) + 1 + number, 0, 1, 3)
        made = [button("", self._show_lines), button("", partial(self._export, "disbursement-register")),
                button("", partial(self._export, "public-notice"))]  # fmt: skip
        for each, text in zip(made, (LINES, REGISTER, NOTICE), strict=True):
            each.setText(tr(text))
        if wrong and self._session.may_author("compensation_batch"):
            rebuild = button("primary", self.rebuild)
            rebuild.setText(tr(REBUILD))
            made.insert(0, rebuild)
        paper = MenuButton(print_actions.PRINT_RECORD)
        for report in ("disbursement-register", "public-notice"):
            paper.offer(REPORT_LABELS[report], partial(print_actions.print_report, self._session, self, report,
                                                       row=batch.record_id))  # fmt: skip
        made.append(paper)
        grid.addLayout(across(*made, None), len(shown) + 1 + len(wrong), 0, 1, 3)
        self._titled(SUMS, grid)

    def _export(self, report: str) -> None:
        assert self._row is not None
        export_report(self._session, self, report, row=self._row.record_id)

    def rebuild(self) -> None:
        """Write the totals down anew, from the lines as they are."""
        assert self._row is not None
        try:
            compensation.rebuild_totals(self._session.entry, self._row.record_id, tr(REBUILT))
        except UserError as error:
            self._session.show_error(error)

    def _found(self) -> None:
        found = [each for each in self.findings if each[2].code != CheckProblem.BATCH_SUM.code]
        if not found:
            return
        grave = [Severity.ERROR, Severity.HOLD, Severity.WARN, Severity.INFO]
        found.sort(key=lambda each: grave.index(each[2].severity))
        listed = [
            (problem.code, problem.text, Place(record_type=kind, record_id=record_id))
            for kind, record_id, problem in found
        ]
        self._titled(FOUND, self._list([(code, "", text, place) for code, text, place in listed]))

    def _stops(self) -> None:
        assert self._row is not None
        rows = self._session.read.rows(
            Query(CompensationLine, (Filter("batch_id", "eq", self._row.record_id),
                                        Filter("state", "in", list(STOPPING)))))  # fmt: skip
        if not rows:
            self._titled(STOPS, self._nothing(NOTHING_STOPS))
            return
        listed = []
        for row in rows:
            line = row.record
            state = label_of("line_state", line.state)
            reason = label_of("line_reason", line.state_reason) if line.state_reason else Text("", "")
            said = Text(*(
                " · ".join(t for t in (a, b, line.state_note or "") if t)
                for a, b in ((state.zh, reason.zh), (state.en, reason.en))
            ))  # fmt: skip
            listed.append(
                (line.head_name or "—", "", said, Place(record_type="compensation_line", record_id=row.record_id))
            )
        self._titled(STOPS, self._list(listed))

    def _not_listed(self) -> None:
        if self.not_listed is None:
            return
        listed = [(each.name, each.code, each.why, Place(record_type="household", record_id=each.household_id))
                  for each in self.not_listed]  # fmt: skip
        self._titled(NOT_LISTED, self._list(listed) if listed else self._nothing(EVERYONE))

    def _nothing(self, text: Text) -> QLayout:
        said = label("", state="ok")
        said.setText(tr(text))
        return down(said, spacing=0)

    def _list(self, rows: Sequence[tuple[str, str, Text, Place]]) -> QLayout:
        """Return names that lead to their record, each with why and what to do; the whole list can be copied."""
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        for number, (name, _, why, place) in enumerate(rows[:_SHOWN]):
            link = button("link", partial(self._session.go, place))
            link.setText(literal(name))
            said = label("", wrap=True, state="warn")
            said.setText(tr(why))
            grid.addWidget(link, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(said, number, 1)
        grid.setColumnStretch(1, 1)
        left = label("hint")
        if len(rows) > _SHOWN:
            left.setText(tr(MORE.format(n=len(rows) - _SHOWN)))
        copy = button("", partial(self._copy, rows))
        copy.setText(tr(COPY))
        grid.addLayout(across(copy, left, None), _SHOWN, 0, 1, 2)
        return grid

    def _copy(self, rows: Sequence[tuple[str, str, Text, Place]]) -> None:
        text = "\n".join("\t".join((name, code, tr(why))) for name, code, why, _ in rows)
        QGuiApplication.clipboard().setText(text)
        self._session.say(COPIED, "ok")

    def _show_lines(self) -> None:
        if self._row is not None:
            self._session.go(Place(record_type="compensation_line", state=f"batch:{self._row.record_id}"))
