"""The headings of a file beside the fields they go to, to be mapped by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from station_app.domain.registry import RecordType
from station_app.domain.text import Text
from station_app.exchange.excel import for_all, headings
from station_app.ui import theme
from station_app.ui.i18n import Retranslated
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import TextCombo, across, button, clear, down, label

if TYPE_CHECKING:
    from station_app.exchange.excel.planning import ReadColumn

HINT = Text("左边是文件的表头和前几个值，右边选它对应的字段。每一列只能去一个字段。",
            "On the left the headings of the file and some of their values; choose on the right the field each goes to.")  # fmt: skip
HEAD = (
    Text("位置", "Place"),
    Text("文件的表头", "Heading in the file"),
    Text("前几个值", "Some values"),
    Text("对应的字段", "Field"),
)
LEAVE_OUT = Text("不导入", "leave out")
NEEDED = Text("{label}（必填）", "{label} (needed)")
LACKING = Text("必须有列对应：{names}。", "These need a column: {names}.")
ASKED = Text("没有列对应的，读取时会问：{names}。", "No column; asked when reading: {names}.")
TWICE = Text("不止一列对应“{name}”，请只留一列。", "More than one column goes to “{name}”; keep one.")
COMPLETE = Text("必填的字段都有列。", "Every field that is needed has a column.")
KEEP = Text("记住这张表，下次表头相同就这样对应", "Remember this form for files with the same headings")
READ = Text("按这些对应读取", "Read with these fields")
AUTOMATIC = Text("恢复程序的对应", "As the program finds them")
BACK = Text("返回", "Back")


class ImportColumns(QWidget, Retranslated):
    """One line a column. ``read_asked`` when somebody is done, ``left`` when nothing is to change."""

    read_asked = Signal()
    automatic_asked = Signal()
    left = Signal()

    def __init__(self, kind: RecordType, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._kind = kind
        self.rows: list[tuple[ReadColumn, TextCombo]] = []
        hint = self.said(label("hint", wrap=True), HINT)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(4)
        self._grid.setContentsMargins(4, 4, 12, 4)
        self._grid.setColumnStretch(len(HEAD), 1)
        self._said = label("", wrap=True)
        self.keep = self.said(QCheckBox(), KEEP)
        self.keep.setChecked(True)
        self.read = self.said(button("primary", self.read_asked.emit), READ)
        automatic = self.said(button("", self.automatic_asked.emit), AUTOMATIC)
        back = self.said(button("", self.left.emit), BACK)
        self.setLayout(down(hint, scrolled(self._grid), self._said, across(self.keep, None, back, automatic, self.read),
                            spacing=8))  # fmt: skip

    def show_columns(self, columns: Sequence[ReadColumn]) -> None:
        clear(self._grid)
        self.rows = []
        fields = headings.offered(self._kind)
        choices = [
            (LEAVE_OUT, ""),
            *((NEEDED.format(label=text) if needed else text, path) for path, text, needed in fields),
        ]
        for at, text in enumerate(HEAD):
            title = self.said(label("hint"), text)
            self._grid.addWidget(title, 0, at)
        for row, column in enumerate(columns, 1):
            place, heading, values = label("hint"), label("strong"), label("", state="muted")
            place.setText(column.place.rpartition("!")[2])
            place.setToolTip(column.place)
            heading.setText(column.heading)
            values.setText("、".join(column.samples)[:60])
            combo = TextCombo(choices)
            combo.setSizeAdjustPolicy(TextCombo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumWidth(300)
            values.setMinimumWidth(260)
            combo.choose(column.path)
            combo.chosen.connect(lambda _path: self._look())
            for at, widget in enumerate((place, heading, values, combo)):
                self._grid.addWidget(widget, row, at)
            self.rows.append((column, combo))
        self._grid.setRowStretch(len(columns) + 1, 1)
        self._look()

    def _look(self) -> None:
        """Say what is missing, or taken twice."""
        taken = Counter(path for _, combo in self.rows if (path := combo.value()))
        names = {path: text for path, text, _ in headings.offered(self._kind)}
        twice = [path for path, number in taken.items() if number > 1]
        needed = [(path, text) for path, text, needed in headings.offered(self._kind) if needed and path not in taken]
        asked = [text for path, text in needed if self._is_asked(path)]
        lacking = [text for path, text in needed if not self._is_asked(path)]
        if twice:
            self.say(self._said.setText, TWICE.format(name=names.get(twice[0], twice[0])))
        elif lacking:
            self.say(self._said.setText, LACKING.format(names=_joined(lacking)))
        elif asked:
            self.say(self._said.setText, ASKED.format(names=_joined(asked)))
        else:
            self.say(self._said.setText, COMPLETE)
        theme.mark(self._said, state="error" if twice or lacking else "warn" if asked else "ok")
        self.read.setEnabled(not twice and not lacking and bool(taken))

    def _is_asked(self, path: str) -> bool:
        """Whether a field without a column is asked about, or worked out, when the file is read."""
        if path == "code" and self._kind.name == "household":
            return True
        return path in self._kind.by_name and for_all.holds_for_all(self._kind, self._kind.by_name[path])

    def chosen(self) -> dict[str, str]:
        """Return the fields of the columns that somebody gave another one, by heading; empty: left out."""
        return {column.heading: combo.value() for column, combo in self.rows if combo.value() != column.path}

    def headings(self) -> list[str]:
        return [column.heading for column, _ in self.rows]

    def focus_first(self) -> None:
        """Stand on the first column that goes nowhere yet."""
        empty = next((combo for _, combo in self.rows if not combo.value()), None)
        first = empty or (self.rows[0][1] if self.rows else self.read)
        first.setFocus(Qt.FocusReason.OtherFocusReason)


def _joined(texts: Sequence[Text]) -> Text:
    return Text("、".join(t.zh for t in texts), ", ".join(t.en for t in texts))
