"""One record on paper: its form with every field, lists as tables, and what tells which version was printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF

from station_app.domain.accounts import name_of
from station_app.domain.fields import Field, Form, Kind, described_fields
from station_app.domain.official_time import official_text
from station_app.domain.registry import RecordType
from station_app.domain.text import Text
from station_app.domain.units import unit_text
from station_app.domain.value_text import format_value
from station_app.exchange.excel.sheets import Column, Shape
from station_app.storage.reader import STATE_LABELS
from station_app.ui import layouts
from station_app.ui.link_picker import ReaderLinks
from station_app.ui.pdf import CENTRE, LEFT, MM, RIGHT, Paper
from station_app.ui.pdf_table import PAD, ROW, Grid, shown, width_for

if TYPE_CHECKING:
    from station_app.storage.reader import Row

POINTS, TITLE_PT, HEADING_PT = 9.0, 15.0, 10.0
LABEL_SHARE = 0.2  # of the width; the value beside it takes 0.3
FILES = Text("{n} 个附件", "{n} attached")
STATE = Text("状态：{state}", "State: {state}")
VERSION = Text(
    "记录 {record} · 版本 {version} · {author} · {when}", "Record {record} · version {version} · {author} · {when}"
)
PRIVATE = Text("含个人信息，请妥善保管。", "Holds personal data; keep it safe.")
SIGN = (Text("填表人：", "Filled in by:"), Text("核对人：", "Checked by:"), Text("本人签字：", "Signature:"),
        Text("日期：　　年　　月　　日", "Date:"))  # fmt: skip
NO_LINES = Text("（无）", "(none)")


@dataclass
class Speaker:
    """Says values as they are printed: codes by label, links by title, places by name, numbers with unit."""

    links: ReaderLinks
    language: str

    def value(self, field: Field, value: Any, *, unit: bool = True) -> str:
        """Return a value as text; empty when there is none."""
        if value is None or value == ():
            return ""
        if field.kind is Kind.LINK:
            return self.links.title(field.target, value) or value
        if field.kind is Kind.FILES:
            return FILES.format(n=len(value)).to(self.language)
        text = format_value(field, value, self.language)
        if field.form is Form.REGION:
            name = self.links.region_name(value)
            return f"{name} {value}" if name else text
        shown_unit = unit_text(field.unit, self.language) if unit and field.is_number else ""
        return f"{text} {shown_unit}".strip()


class RecordSheet:
    """Lays one record on paper."""

    def __init__(self, paper: Paper, kind: RecordType, row: Row, speaker: Speaker) -> None:
        self.paper, self.kind, self.row, self.say = paper, kind, row, speaker
        self.language = speaker.language

    def lay(self, title: str, organisation: str) -> None:
        """Print the whole form."""
        paper = self.paper
        head = self.kind.label.to(self.language)
        paper.text(paper.take(9 * MM), head, TITLE_PT, CENTRE, bold=True)
        strip = paper.take(max(ROW, paper.height_of(title, paper.width * 0.6, HEADING_PT, True)))
        paper.text(strip.adjusted(0, 0, -strip.width() * 0.4, 0), title, HEADING_PT, LEFT, bold=True)
        state = STATE.format(state=STATE_LABELS[self.row.state]).to(self.language)
        paper.text(strip, f"{organisation}    {state}", POINTS, RIGHT, wrap=False)
        for section in layouts.sections(self.kind):
            fields = [self.kind.by_name[name] for name in section.fields]
            self._section(section.title.to(self.language), fields)
        self._foot()

    # --- sections

    def _section(self, title: str, fields: Sequence[Field]) -> None:
        paper = self.paper
        if paper.room < 3 * ROW:
            paper.new_page()
        paper.y += 2 * MM
        paper.text(paper.take(ROW), title, HEADING_PT, LEFT, bold=True)
        waiting: list[Field] = []
        for field in fields:
            if field.kind is Kind.LINES:
                self._pairs(waiting)
                waiting = []
                self._lines(field, alone=len(fields) == 1)
            else:
                waiting.append(field)
        self._pairs(waiting)

    def _pairs(self, fields: Sequence[Field]) -> None:
        """Print fields two abreast; long ones take the whole width."""
        row: list[tuple[str, str]] = []
        for field in fields:
            pair = (field.label.to(self.language), self.say.value(field, getattr(self.row.record, field.name)))
            wide = field.form is Form.LONG or self.paper.advance(pair[1], POINTS) > self.paper.width * 0.3 * 1.8
            if wide and row:
                self._strip(row)
                row = []
            row.append(pair)
            if wide or len(row) == 2:
                self._strip(row)
                row = []
        if row:
            self._strip(row)

    def _strip(self, pairs: Sequence[tuple[str, str]]) -> None:
        paper = self.paper
        label_width = paper.width * LABEL_SHARE
        value_width = paper.width / len(pairs) - label_width
        height = ROW
        for label, value in pairs:
            height = max(height, paper.height_of(label, label_width - 2 * PAD, POINTS) + 2 * PAD,
                         paper.height_of(value, value_width - 2 * PAD, POINTS) + 2 * PAD)  # fmt: skip
        height = min(height, paper.whole)
        if height > paper.room:
            paper.new_page()
        strip = paper.take(height)
        left = strip.left()
        for label, value in pairs:
            for text, width, shaded in ((label, label_width, True), (value, value_width, False)):
                rect = QRectF(left, strip.top(), width, height)
                paper.box(rect, shaded=shaded)
                paper.text(rect.adjusted(PAD, 0, -PAD, 0), text, POINTS, LEFT)
                left += width

    def _lines(self, field: Field, *, alone: bool) -> None:
        """Print a list inside the record as a table."""
        paper = self.paper
        if not alone:
            paper.text(paper.take(ROW), field.label.to(self.language), POINTS, LEFT)
        assert field.line is not None, field.name
        inner = described_fields(field.line)
        lines = [
            [self.say.value(f, getattr(line, f.name), unit=False) for f in inner]
            for line in getattr(self.row.record, field.name)
        ]
        kept = [n for n in range(len(inner)) if inner[n].required or any(line[n] for line in lines)]
        if not kept or not lines:
            paper.text(paper.take(ROW), NO_LINES.to(self.language), POINTS, LEFT)
            return
        columns = []
        for n in kept:
            heading = inner[n].heading(self.language)
            shape = Shape.WHOLE if inner[n].is_number else Shape.TEXT
            columns.append(Column(heading, shape, width=width_for(heading, [line[n] for line in lines])))
        grid = Grid(paper, columns, POINTS - 1 if len(columns) > 8 else POINTS)
        if paper.room < grid.head_height() + 2 * ROW:
            paper.new_page()
        grid.head()
        for line in lines:
            texts = [shown(c, line[n]) for c, n in zip(columns, kept, strict=True)]
            height = min(grid.row_height(texts), paper.whole - grid.head_height())
            if height > paper.room:
                paper.new_page()
                grid.head()
            grid.row(texts, height)

    # --- the end

    def _foot(self) -> None:
        paper = self.paper
        if paper.room < 4 * ROW:
            paper.new_page()
        paper.y += 5 * MM
        strip = paper.take(ROW)
        quarter = strip.width() / len(SIGN)
        for number, text in enumerate(SIGN):
            rect = QRectF(strip.left() + number * quarter, strip.top(), quarter, strip.height())
            paper.text(rect, text.to(self.language), POINTS, LEFT)

        when = official_text(self.row.made_at)
        said = VERSION.format(record=self.row.record_id, version=self.row.version_id[:16], author=name_of(self.row.author) or "—",
                              when=when).to(self.language)  # fmt: skip
        sensitive = any(f.sensitive and getattr(self.row.record, f.name) for f in self.kind.scalars)
        paper.y += 2 * MM
        paper.text(paper.take(ROW), f"{said}  {PRIVATE.to(self.language) if sensitive else ''}".rstrip(), 7, LEFT)
