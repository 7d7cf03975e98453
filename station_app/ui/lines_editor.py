"""The list inside a record as a small table: typed in place, rows added by typing, blocks pasted from a spreadsheet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from station_app.domain.fields import Field, described_fields
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.domain.validation import parse_lines
from station_app.ui import theme
from station_app.ui.cell_lines import Typing
from station_app.ui.editors import Editor, typed_value
from station_app.ui.grid_model import GridColumn, GridModel, column_characters
from station_app.ui.grids import GridView
from station_app.ui.i18n import tr
from station_app.ui.link_picker import LinkSource
from station_app.ui.parts import down
from station_app.ui.undo_keys import TakesBack

ADD_ROW = Text("加一行", "Add row")
REMOVE_ROW = Text("删除所选行", "Remove selected rows")
PASTE_BLOCK = Text("粘贴表格", "Paste block")
HINT = Text("可直接输入，或从 Excel 复制整块粘贴(Ctrl+V)", "Type here, or paste a block copied from Excel (Ctrl+V)")
ROW_COUNT = Text("{count} 行", "{count} rows")
_MOST_SHOWN, _LEAST_SHOWN = 8, 2


def line_values(field: Field, rows: Sequence[object]) -> list[dict[str, str]]:
    """Return line objects as typed texts, by row."""
    assert field.line is not None
    inner = described_fields(field.line)
    return [{f.name: text for f in inner if (text := typed_value(f, getattr(row, f.name)))} for row in rows]


def lines_text(rows: Sequence[dict[str, str]]) -> str:
    """Return typed rows as one text (what a draft keeps); empty for none."""
    filled = [{k: v for k, v in row.items() if v} for row in rows]
    return json.dumps([row for row in filled if row], ensure_ascii=False) if any(filled) else ""


def lines_from_text(text: str) -> list[dict[str, str]]:
    """Return the rows of such a text; what is not one gives none."""
    try:
        rows = json.loads(text) if text else []
    except ValueError:
        return []
    if not isinstance(rows, list):
        return []
    return [{str(k): str(v) for k, v in row.items()} for row in rows if isinstance(row, dict)]


class LinesEditor(Editor):
    """A table of the list's fields; the blank last row becomes a row as soon as something is typed."""

    wide = True

    def __init__(self, field: Field, links: LinkSource | None, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        assert field.line is not None
        self._inner = described_fields(field.line)
        columns = [
            GridColumn(f.name, f.label, f, characters=column_characters(f)) for f in self._inner if not f.internal
        ]
        title = links.title if links is not None else None
        self.grid = GridModel(columns, growing=True, link_title=title, parent=self)
        self.view = GridView(self.grid, links=links, tab_leaves=True)
        self.view.horizontalHeader().setStretchLastSection(True)
        self.grid.edited.connect(lambda _rows: self._changed())
        self.grid.rows_changed.connect(self._changed)
        self.view.typing.connect(self.edited)
        self._add, self._remove, self._paste = QPushButton(), QPushButton(), QPushButton()
        self._count = QLabel()
        theme.mark(self._count, part="hint")
        for button, act in ((self._add, self.add_row), (self._remove, self.view.remove_selected_rows),
                            (self._paste, self._paste_block)):  # fmt: skip
            button.setProperty("part", "quiet")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, a=act: a())
        self._tools = QWidget()
        row = QHBoxLayout(self._tools)
        row.setContentsMargins(0, 0, 0, 0)
        for button in (self._add, self._remove, self._paste):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self._count)
        inner = down(self.view, self._tools, spacing=theme.current().xs)
        self._box.addLayout(inner, 1)
        self.line = self.view
        self.setFocusProxy(self.view)
        self.view.installEventFilter(self)
        self.say(self._add.setText, ADD_ROW)
        self.say(self._remove.setText, REMOVE_ROW)
        self.say(self._paste.setText, PASTE_BLOCK)
        self.say(self.view.setToolTip, HINT)
        self.say(self._count.setText, lambda: tr(ROW_COUNT, count=len(self.rows())))
        theme.changed.connect(self._fit)
        self.grid.set_rows([])
        self._fit()

    def follow_steps(self, steps: TakesBack) -> None:
        super().follow_steps(steps)
        self.view.takers = (self.view, steps)

    def undo_key(self, watched: QObject, event: QEvent) -> bool:
        return False  # the table looks after its keys: cells first, then the form

    def forget_typing(self) -> None:
        self.grid.history.clear()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.view and event.type() == QEvent.Type.FocusIn and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.grid.index(0, 0))
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """As high as its rows, within reason."""
        shown = max(_LEAST_SHOWN, min(_MOST_SHOWN, len(self.grid.rows)))
        bar = self.view.horizontalScrollBar().sizeHint().height()
        header = self.view.horizontalHeader().sizeHint().height()
        self.view.setFixedHeight(header + shown * theme.current().row + bar + 4)

    def _changed(self) -> None:
        self._fit()
        self._count.setText(tr(ROW_COUNT, count=len(self.rows())))
        self.edited.emit()

    def add_row(self) -> None:
        self.view.go_to(self.grid.rows[-1].key)
        self.view.scrollToBottom()

    def _paste_block(self) -> None:
        if not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.grid.index(len(self.grid.rows) - 1, 0))
        self.view.paste()

    def rows(self) -> list[dict[str, str]]:
        """Return the typed rows; blank ones are left out."""
        return [dict(row.texts) for row in self.grid.rows if not row.is_blank()]

    def text(self) -> str:
        """Return the rows as one text, a cell that is still being typed included."""
        pending = self.view.pending()
        if pending is None:
            return lines_text(self.rows())
        return lines_text([
            {**row.texts, pending.column: pending.text} if row.key == pending.row else row.texts for row in self.grid.rows
        ])  # fmt: skip

    def cursor_place(self) -> str:
        """Return where the cursor is, as ``go_back`` takes it: row, column, and the place in an open cell."""
        pending, index = self.view.pending(), self.view.currentIndex()
        column = self.grid.columns[index.column()].key if index.isValid() else ""
        filled = sum(not row.is_blank() or (pending is not None and row.key == pending.row)
                     for row in self.grid.rows[: index.row()])  # fmt: skip
        return f"{filled}|{column}|{pending.cursor if pending is not None else ''}"

    def go_back(self, place: str) -> None:
        """Put the cursor where it was; a cell that was open is open again."""
        number, _, rest = place.partition("|")
        column, _, position = rest.partition("|")
        if not number.isdecimal() or int(number) >= len(self.grid.rows):
            return
        row = self.grid.rows[int(number)]
        self.view.move_to(row.key, column)
        if position.isdecimal() and self.grid.column_of(column) >= 0:
            self.view.go_on_typing(Typing(row.key, column, row.text(column), int(position)))

    def commit(self) -> None:
        """Take over a cell that is still being typed."""
        self.view.commit()

    def set_text(self, text: str) -> None:
        if text != self.text():
            self._show(lines_from_text(text))

    def set_value(self, value: Any) -> None:
        self._show(line_values(self.field, value or ()))

    def _show(self, rows: Sequence[dict[str, str]]) -> None:
        made = []
        for texts in rows:
            row = self.grid.blank_row()
            row.texts = {k: v for k, v in texts.items() if v}
            made.append(row)
        self.grid.set_rows(made)
        self._count.setText(tr(ROW_COUNT, count=len(made)))
        self._fit()

    def parsed(self, today: date | None = None) -> tuple[Any, Problem | None]:
        rows, found = parse_lines(self.field, self.rows(), today)
        return rows, found[0] if found else None

    def show_cell_problems(self, found: Sequence[Problem]) -> None:
        """Mark the cells; ``line`` counts the rows that are not blank, ``field`` may be ``list.cell``."""
        filled = [n for n, row in enumerate(self.grid.rows) if not row.is_blank()]
        for row in self.grid.rows:
            row.problems = {}
        for each in found:
            if each.line is None or not 1 <= each.line <= len(filled):
                continue
            _, _, cell = (each.field or "").partition(".")
            names = [cell] if cell else [self._inner[0].name]
            for name in names:
                self.grid.rows[filled[each.line - 1]].problems.setdefault(name, []).append(each)
        self.grid.tell(range(len(self.grid.rows)))

    def set_problem(self, severity: Severity | None) -> None:
        super().set_problem(severity)

    def go_to_problem(self, problem: Problem) -> None:
        """Put the cursor into the cell a problem stands at."""
        filled = [row for row in self.grid.rows if not row.is_blank()]
        if problem.line and problem.line <= len(filled):
            self.view.go_to(filled[problem.line - 1].key, (problem.field or "").partition(".")[2])

    def shown(self) -> str:
        return tr(ROW_COUNT, count=len(self.rows()))

    def set_read_only(self, read_only: bool) -> None:
        rows = self.rows()
        self.grid.read_only = read_only
        self._tools.setVisible(not read_only)
        self._show(rows)

    def retranslate(self) -> None:
        super().retranslate()
        self.grid.retranslate()
        self.view.fit()
