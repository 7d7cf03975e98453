"""The form of a calculation scheme: sets chosen from lists, mixed sheep units refused while typing, doubts in sight.

Nothing is chosen by the program: a proposal or an earlier year fills the form in, and a person looks and saves.
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QVBoxLayout

from station_app.domain.fields import Kind
from station_app.domain.problems import Problem
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures import scheme, scheme_check, standards
from station_app.ui.editors import typed_value
from station_app.ui.i18n import tr
from station_app.ui.lines_editor import line_values, lines_text
from station_app.ui.parts import LinkLine, across, button, clear, down, label
from station_app.ui.record_form import RecordForm
from station_app.ui.session import ALL_YEARS, Place

if TYPE_CHECKING:
    from station_app.domain.calc.coefficients import Standards
    from station_app.ui.session import Session

SCHEME = "calculation_scheme"
PROPOSE = Text("采用建议", "Take the proposal")
PROPOSE_TIP = Text(
    "按资料中的种子值填好各项，仍须逐项看过再保存", "Fill in the seeds of the sources; look at each before saving"
)
COPY = Text("照抄 {year} 年", "Copy {year}")
START = Text(
    "各项系数集都要由人选定。可以先采用建议，或照抄往年，再逐项核对。",
    "Every set is chosen by a person. Begin with the proposal or an earlier year, then look at each.",
)
TAKEN = Text("已填入{what}，还没有保存。请逐项核对。", "Filled in: {what}. Nothing is saved yet; look at each entry.")
PROPOSAL = Text("建议", "the proposal")
OF_YEAR = Text("{year} 年的方案", "the scheme of {year}")
DOUBTS = Text(
    "⚠ 选用了未核实的系数。可以计算和查看，上报前须核实或确认：",
    "⚠ Unverified coefficients are chosen. You may compute and look; before sending they are verified or confirmed:",
)
DOUBT = Text("{set}：{n} 个（{marks}）", "{set}: {n} ({marks})")
NAME = Text("{year} 年计算方案", "Calculation scheme {year}")
_MOST_DOUBTS = 8


class SchemeForm(RecordForm):
    """As any form, with a strip above that fills it in and names what is not verified."""

    def __init__(self, session: Session, **more: Any) -> None:
        self._session = session
        super().__init__(SCHEME, **more)

    def _build(self) -> None:
        super()._build()
        self._start = QFrame()
        self._start.setProperty("part", "strip")
        self._start.setProperty("state", "info")
        words = self.said(label("", wrap=True), START)
        self.propose_button = self.said(button("", self.take_proposal), PROPOSE, PROPOSE_TIP)
        self.copy_button = button("", self.copy_earlier)
        row = across(words, self.propose_button, self.copy_button, margins=(12, 5, 8, 5))
        row.setStretch(0, 1)
        self._start.setLayout(row)
        self._doubts = QFrame()
        self._doubts.setProperty("part", "strip")
        self._doubts.setProperty("state", "warn")
        self._doubts_said = self.said(label("", wrap=True), DOUBTS)
        self._doors = QGridLayout()
        self._doors.setContentsMargins(12, 0, 8, 4)
        self._doors.setHorizontalSpacing(16)
        self._doors.setVerticalSpacing(0)
        self._doubts.setLayout(
            down(across(self._doubts_said, margins=(12, 0, 8, 0)), self._doors, spacing=2, margins=(0, 4, 0, 0))
        )
        self._shown_doubts: tuple[str, ...] = ()
        outer = self.layout()
        assert isinstance(outer, QVBoxLayout)
        outer.insertWidget(0, self._start)
        outer.insertWidget(1, self._doubts)
        self._doubts.hide()

    # --- filling in ----------------------------------------------------------------------------------------------------

    def set_record(self, record: object, *, record_id: str | None = None, version_id: str | None = None) -> None:
        """Show a scheme; a new one begins with the year in sight and this county."""
        super().set_record(record, record_id=record_id, version_id=version_id)
        if record is None:
            year = self._session.year if self._session.year != ALL_YEARS else self._session.today().year
            code = self._session.workspace.identity.org_code[:6]
            self.set_values({"year": str(year), "county_code": code, "name": tr(NAME, year=year)}, prefill=True)
        self._show_start()

    def set_read_only(self, read_only: bool) -> None:
        super().set_read_only(read_only)
        self._show_start()

    def _show_start(self) -> None:
        earlier = scheme.earlier_scheme(self._session.read, self._year()) if not self._read_only else None
        self._start.setVisible(not self._read_only and self.record_id is None)
        self.copy_button.setVisible(earlier is not None)
        if earlier is not None:
            self.say(self.copy_button.setText, COPY.format(year=earlier.record.year))

    def _year(self) -> int:
        typed = self.blocks["year"].parsed(None)
        return typed if isinstance(typed, int) else self._session.year or self._session.today().year

    def take_proposal(self) -> None:
        """Fill in the seeds of the sources; what no source settles stays empty."""
        code = self.blocks["county_code"].editor.text() or self._session.workspace.identity.org_code
        self._fill(scheme.proposed_scheme(self._standards(), self._year(), code), PROPOSAL)

    def copy_earlier(self) -> None:
        """Fill in what the newest earlier year had; year, paper and dates of validity are this year's to say."""
        earlier = scheme.earlier_scheme(self._session.read, self._year())
        if earlier is None:
            return
        self._fill(earlier.record, OF_YEAR.format(year=earlier.record.year), leave=(
            "year", "county_code", "name", "document_number", "decided_by", "status", "valid_from", "valid_to",
            "attachments",
        ))  # fmt: skip

    def _fill(self, record: object, what: Text, leave: tuple[str, ...] = ("year", "county_code")) -> None:
        texts = {}
        for field in record_type(SCHEME).fields:
            value = getattr(record, field.name)
            if field.name in leave:
                continue
            if field.kind is Kind.LINES:
                texts[field.name] = lines_text(line_values(field, value or ()))
            else:
                texts[field.name] = typed_value(field, value)
        self.set_values(texts)
        self._session.say(TAKEN.format(what=what), "info")
        self.focus_field("sheep_unit_set")

    # --- what stands against it ----------------------------------------------------------------------------------------

    def _standards(self) -> Standards:
        return standards.standards_of(self._session.read)

    def _unfinished(self) -> SimpleNamespace:
        return SimpleNamespace(**{name: block.parsed(None) for name, block in self.blocks.items()})

    def problems(self) -> list[Problem]:
        """As any form; and sets that do not exist, or that define the sheep unit differently (CALC-009)."""
        found = super().problems()
        if self._read_only:
            return found
        return [*found, *scheme_check.scheme_problems(self._unfinished(), self._standards())]

    def _check(self) -> None:
        super()._check()
        self._show_doubts()

    def _show_doubts(self) -> None:
        doubts = scheme_check.doubts_of(record_type(SCHEME), self._unfinished(), self._standards())
        said = tuple(f"{d.chosen.reference} {len(d.rows)} {tr(d.chosen.title)}" for d in doubts)
        if said == self._shown_doubts:
            return
        self._shown_doubts = said
        clear(self._doors)
        for number, doubt in enumerate(doubts[:_MOST_DOUBTS]):
            self._doors.addWidget(self._door(doubt), number // 2, number % 2)
        self._doors.setColumnStretch(0, 1)
        self._doors.setColumnStretch(1, 1)
        self._doubts.setVisible(bool(doubts))

    def _door(self, doubt: scheme_check.Doubt) -> LinkLine:
        marks = "、".join(sorted({row.mark or "–" for row in doubt.rows}))
        place = Place("standards", state=doubt.chosen.reference, back=True)
        door = LinkLine(partial(self._session.go, place))
        door.setText(tr(DOUBT, set=doubt.chosen.title, n=len(doubt.rows), marks=marks))
        door.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return door

    def retranslate(self) -> None:
        self._shown_doubts = ("",)
        super().retranslate()
