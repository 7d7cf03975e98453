"""What happened to a record: per version who, when, why, and per field old and new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from station_app.domain.accounts import name_of
from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.official_time import official_text
from station_app.domain.text import CHINESE, Text
from station_app.domain.units import unit_text
from station_app.domain.value_text import format_value
from station_app.ui import i18n, theme
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.link_picker import LinkSource
from station_app.ui.parts import across

if TYPE_CHECKING:
    from station_app.services.entry import Entry
    from station_app.services.history import FieldChange, HistoryEntry

CREATED = Text("新增", "Created")
CORRECTED = Text("更正", "Corrected")
VOIDED = Text("作废", "Voided")
CURRENT = Text("当前", "Current")
REASON = Text("原因：{reason}", "Reason: {reason}")
NO_AUTHOR = Text("未留姓名", "no name given")
DEVICE = Text("设备 {device}", "device {device}")
OLD = Text("原值", "Before")
NEW = Text("新值", "After")
EMPTY = Text("(空)", "(empty)")
SHOW_VALUES = Text("显示当时填写的 {count} 项", "Show the {count} values entered")
HIDE_VALUES = Text("收起", "Hide")
MORE = Text("更早的 {count} 次", "{count} earlier")
NOTHING = Text("还没有保存过。", "Never saved yet.")
UNCHANGED = Text("内容没有变化", "No change of content")
PAGE = 20


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the table of a version: label, before, after."""

    label: str
    old: str
    new: str


class HistoryPanel(QWidget, Retranslated):
    """History of one record, newest first."""

    def __init__(self, entry: Entry, *, links: LinkSource | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._entry = entry
        self._links = links
        self._record_id: str | None = None
        self._entries: list[HistoryEntry] = []
        self._shown = PAGE
        self._opened: set[str] = set()
        self._page = QWidget()
        self._page.setProperty("part", "scrolled")
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, 0, theme.current().s, 0)
        self._column.setSpacing(theme.current().s)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._page)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(area)

    def show_record(self, record_id: str | None) -> None:
        """Show the history of a record; ``None`` empties the panel."""
        if record_id != self._record_id:
            self._shown = PAGE
            self._opened.clear()
        self._record_id = record_id
        self._entries = self._entry.history(record_id) if record_id else []
        self._lay_out()

    def entries(self) -> list[HistoryEntry]:
        """Return what is shown, newest first."""
        return list(self._entries[: self._shown])

    def retranslate(self) -> None:
        super().retranslate()
        self._lay_out()

    # --- building ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.setParent(None)
                widget.deleteLater()
        if not self._entries and self._record_id:
            self._column.addWidget(_words(tr(NOTHING), state="muted"))
        for place, entry in enumerate(self._entries[: self._shown]):
            self._column.addWidget(self._card(entry, first=place == len(self._entries) - 1))
        left = len(self._entries) - self._shown
        if left > 0:
            more = QPushButton(tr(MORE, count=left))
            more.setProperty("part", "link")
            more.clicked.connect(lambda _checked=False: self._show_more())
            self._column.addWidget(more)
        self._column.addStretch(1)

    def _show_more(self) -> None:
        self._shown += PAGE
        self._lay_out()

    def _card(self, entry: HistoryEntry, *, first: bool) -> QWidget:
        card = QFrame()
        card.setProperty("part", "card")
        column = QVBoxLayout(card)
        column.setSpacing(theme.current().xs)
        what = VOIDED if entry.void else CREATED if first else CORRECTED
        chip = _words(tr(what), part="chip", state="error" if entry.void else "ok" if first else "info")
        chip.setWordWrap(False)
        head = across(
            chip,
            _words(official_text(entry.at), part="strong"),
            (_words(name_of(entry.author) or tr(NO_AUTHOR)), 1),
            spacing=theme.current().s,
        )
        if entry.is_head:
            now = _words(tr(CURRENT), part="chip")
            now.setWordWrap(False)
            head.addWidget(now)
        column.addLayout(head)
        card.setToolTip(tr(DEVICE, device=entry.device))
        if entry.reason:
            column.addWidget(_words(tr(REASON, reason=entry.reason)))
        lines = [line for change in entry.changes for line in self._lines(change)]
        if first:
            self._add_entered(column, entry, lines)
        elif lines:
            column.addWidget(_Changes(lines, with_old=True))
        elif not entry.void:
            column.addWidget(_words(tr(UNCHANGED), state="muted"))
        return card

    def _add_entered(self, column: QVBoxLayout, entry: HistoryEntry, lines: list[_Line]) -> None:
        """The first version changed nothing: what was entered is shown on demand."""
        if not lines:
            return
        open_now = entry.version_id in self._opened
        button = QPushButton(tr(HIDE_VALUES) if open_now else tr(SHOW_VALUES, count=len(entry.changes)))
        button.setProperty("part", "link")
        button.clicked.connect(lambda _checked=False: self._toggle(entry.version_id))
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        if open_now:
            column.addWidget(_Changes(lines, with_old=False))

    def _toggle(self, version_id: str) -> None:
        self._opened ^= {version_id}
        self._lay_out()

    # --- values ------------------------------------------------------------------------------------------------------

    def _lines(self, change: FieldChange) -> list[_Line]:
        field = change.field
        if field is None:  # of a newer program: shown as it came
            return [_Line(change.name, _plain(change.old), _plain(change.new))]
        label = field.label.to(i18n.language())
        if field.kind is not Kind.LINES:
            return [_Line(label, self._shown_value(field, change.old), self._shown_value(field, change.new))]
        gone = [row for row in change.old or () if row not in (change.new or ())]
        come = [row for row in change.new or () if row not in (change.old or ())]
        out = []
        for number in range(max(len(gone), len(come))):
            old = self._row_text(field, gone[number]) if number < len(gone) else ""
            new = self._row_text(field, come[number]) if number < len(come) else ""
            out.append(_Line(label if number == 0 else "", old, new))
        return out

    def _row_text(self, field: Field, row: object) -> str:
        assert field.line is not None
        parts = []
        for inner in described_fields(field.line):
            value = getattr(row, inner.name)
            if value is None or value == ():
                continue
            text = self._shown_value(inner, value)
            parts.append(text if inner.kind is Kind.CODE else f"{inner.label.to(i18n.language())} {text}")
        return (" · " if i18n.language() == CHINESE else ", ").join(parts)

    def _shown_value(self, field: Field, value: Any) -> str:
        if value is None or value == ():
            return ""
        if field.kind is Kind.LINK:
            return (self._links.title(field.target, value) if self._links is not None else None) or str(value)[:8]
        text = format_value(field, value, i18n.language())
        unit = unit_text(field.unit, i18n.language())
        return f"{text} {unit}" if unit else text


class _Changes(QWidget):
    """Label, before, after; one line a field."""

    def __init__(self, lines: list[_Line], *, with_old: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.current().m)
        grid.setVerticalSpacing(theme.current().xs)
        if with_old:
            grid.addWidget(_words(tr(OLD), part="hint"), 0, 1)
            grid.addWidget(_words(tr(NEW), part="hint"), 0, 2)
        for number, line in enumerate(lines, 1):
            label = _words(line.label, part="hint")
            grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
            if with_old:
                grid.addWidget(_words(line.old or tr(EMPTY), state="muted"), number, 1, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_words(line.new or tr(EMPTY), state="" if line.new else "muted"), number, 2,
                           Qt.AlignmentFlag.AlignTop)  # fmt: skip
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(1, 3 if with_old else 0)
        grid.setColumnStretch(2, 3 if with_old else 5)


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _words(text: str, *, part: str = "", state: str = "") -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if part:
        label.setProperty("part", part)
    if state:
        label.setProperty("state", state)
    return label
