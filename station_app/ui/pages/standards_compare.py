"""Two editions side by side: every field of every row in which they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from station_app.domain.calc.edition_diff import Difference, Kind, differences
from station_app.domain.text import Text
from station_app.ui.i18n import Retranslated
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.link_picker import TITLE
from station_app.ui.parts import EmptyState, TextCombo, across, button, down, label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station_app.domain.calc.coefficients import Coefficient, CoefficientSet, Standards

WITH = Text("原有的一版", "Compared with")
BACK = Text("返回", "Back")
ITEM, WHAT, FIELD, OLD, NEW = (
    Text("项目", "Item"), Text("变化", "Change"), Text("字段", "Field"), Text("原来", "Before"), Text("现在", "Now"))  # fmt: skip
WORDS = {
    Kind.CHANGED: Text("改动", "changed"),
    Kind.ADDED: Text("新增", "added"),
    Kind.MISSING: Text("这一版没有", "not in this one"),
}
COLOURS = {Kind.CHANGED: "info", Kind.ADDED: "ok", Kind.MISSING: "warn"}
SUMMARY = Text("{rows} 行不同", "{rows} rows differ")
SAME = Text("两版完全相同", "Both say the same")
SAME_BODY = Text("没有一行不同。", "No row differs.")


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One field of a difference; the row is named on its first line only."""

    item: Text
    kind: Kind
    what: Text
    field: Text
    old: str
    new: str


def difference_lines(found: Sequence[Difference]) -> list[DifferenceLine]:
    """Return differences line by line, field by field."""
    out = []
    for each in found:
        for number, field in enumerate(each.fields):
            item, what = (each.label, WORDS[each.kind]) if not number else (Text("", ""), Text("", ""))
            out.append(DifferenceLine(item, each.kind, what, field.label, field.old, field.new))
    return out


def difference_table() -> ItemsTable:
    """Return a table of difference lines."""
    return ItemsTable((
        Column(ITEM, lambda d: d.item),
        Column(WHAT, lambda d: d.what, width=76, state=lambda d: COLOURS[d.kind]),
        Column(FIELD, lambda d: d.field, width=92),
        Column(OLD, lambda d: d.old, width=130, state=lambda _d: "soft_text", published=True),
        Column(NEW, lambda d: d.new, width=130, published=True),
    ))  # fmt: skip


class ComparePanel(QWidget, Retranslated):
    """The set in sight against another of its kind.

    Signals:
        left(): the person is done.
    """

    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        name = label("hint")
        self.say(name.setText, WITH)
        self.other = TextCombo()
        self.say(self.other.setAccessibleName, WITH)
        self.other.chosen.connect(lambda _set: self._show())
        self._count = label("hint")
        back = button("", self.left.emit)
        self.say(back.setText, BACK)
        self.table = difference_table()
        self.same = EmptyState("ok")
        self.same.tell(SAME, SAME_BODY)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.table)
        self.stack.addWidget(self.same)
        box = down(across(name, self.other, self._count, None, back), self.stack, spacing=6)
        box.setStretch(1, 1)
        self.setLayout(box)
        self._chosen: CoefficientSet | None = None

    def show_set(self, standards: Standards, chosen: CoefficientSet) -> None:
        """Compare ``chosen`` with the edition it was made from, or another of its kind."""
        self._chosen = chosen
        others = [each for each in standards.of_kind(chosen.kind) if each is not chosen]
        others.sort(key=lambda each: (each.name != chosen.name, each.reference != chosen.based_on))
        self.other.set_items([(TITLE.format(title=each.title, edition=each.edition), each) for each in others])
        first = next((each for each in others if each.reference == chosen.based_on), others[0] if others else None)
        self.other.choose(first)
        self._show()

    def _show(self) -> None:
        other = self.other.value()
        if self._chosen is None or other is None:
            return
        found = differences(other, self._chosen)
        self.table.set_items(difference_lines(found))
        self.say(self._count.setText, SUMMARY.format(rows=len(found)))
        self.stack.setCurrentWidget(self.table if found else self.same)

    def focus_work(self) -> None:
        """Put the keyboard into the choice."""
        self.other.setFocus(Qt.FocusReason.OtherFocusReason)


def value_text(row: Coefficient) -> str:
    """Return the figure of a row as its source prints it; what contradicts itself shows every quotation."""
    return row.conflict or ("" if row.value is None else f"{row.value:f}")


def range_text(row: Coefficient) -> str:
    """Return the range a standard leaves, or the half-width of the interval; a range of one number says nothing new."""
    if row.low == row.high == row.value:
        return f"±{row.half_width_percent:f}%" if row.half_width_percent is not None else ""
    if row.low is None and row.high is None:
        return f"±{row.half_width_percent:f}%" if row.half_width_percent is not None else ""
    if row.low == row.high:
        return f"{row.low:f}"
    ends = ["" if end is None else f"{end:f}" for end in (row.low, row.high)]
    return "–".join(ends) if all(ends) else f"≥ {ends[0]}" if ends[0] else f"< {ends[1]}"
