"""One coefficient set beside the list: where it comes from, its rows with their marks, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QStackedWidget, QToolButton, QWidget

from station_app.domain.calc.published import published
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange import coefficients
from station_app.services.figures import scheme_check
from station_app.services.figures.marks import MARKS
from station_app.services.figures.standards_columns import CLAUSE, ROW_COLUMNS, SOURCE, kind_said, line_of
from station_app.ui import actions, theme
from station_app.ui.figure_table import FigureTable
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.link_picker import set_title
from station_app.ui.pages import standards_compare, standards_edition
from station_app.ui.parts import ElidedLabel, MenuButton, across, button, card, clear, down, give_icon, label
from station_app.ui.pick_edit import readings

if TYPE_CHECKING:
    from station_app.domain.calc.coefficients import Coefficient, CoefficientSet
    from station_app.services.figures.standards import WorkspaceStandards
    from station_app.ui.session import Session

CLOSE = Text("关闭(Esc)", "Close (Esc)")
NEW_EDITION = Text("做新的一版", "New edition")
COMPARE = Text("比较…", "Compare …")
EXPORT = Text("导出", "Export")
AS_JSON, AS_CSV = Text("存为 JSON…", "Save as JSON …"), Text("存为 CSV 表…", "Save as a CSV table …")
WHERE_TO = Text("系数集存到", "Save the set to")
WRITTEN = Text("系数集已写好：{name}", "Coefficient set written: {name}")
LEGEND = Text("标记说明", "Marks")
HIDE_LEGEND = Text("收起说明", "Hide the marks")
BUILT_IN = Text("程序自带", "comes with the program")
FACTS_OF = {
    "standard": Text("标准 {value}", "standard {value}"), "sheep_units": Text("羊单位 {value}", "sheep unit {value}"),
    "based_on": Text("依据 {value}", "made from {value}"), "made_by": Text("编制 {value}", "made by {value}"),
    "effective": Text("启用 {value}", "in force {value}"), "reason": Text("理由：{value}", "reason: {value}"),
}  # fmt: skip
DETAIL = {
    "key": Text("键", "Key"), "standard": Text("标准", "Standard"), "clause": CLAUSE, "source": SOURCE,
    "half": Text("95% 半宽", "95 % half-width"), "conflict": Text("转引矛盾", "Contradicting quotations"),
    "facts": Text("其他事实", "Further facts"), "note": Text("说明", "Note"),
}  # fmt: skip
CHIPS = (
    ("verified", Text("✓ 已核实 {n}", "✓ {n} verified"), "ok"),
    ("doubtful", Text("⚠ 未核实 {n}", "⚠ {n} unverified"), "warn"),
    ("empty", Text("— 无数值 {n}", "— {n} without a value"), ""),
    ("conflict", Text("⚠ 转引矛盾 {n}", "⚠ {n} in conflict"), "error"),
)


class SetPanel(QFrame, Retranslated):
    """The set in sight.

    Signals:
        closed(): the person is done with it.
        saved(reference): an edition was made here.
    """

    closed = Signal()
    saved = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "panel")
        self.session = session
        self.shown: CoefficientSet | None = None
        self._known: WorkspaceStandards | None = None
        self._wanted, self._only = "", False
        self._compare: standards_compare.ComparePanel | None = None
        self.editor: standards_edition.EditionEditor | None = None
        self._make_head()
        self.table = FigureTable()
        self.table.picked.connect(self._show_row)
        self._detail = QGridLayout()
        self._detail.setHorizontalSpacing(12)
        self._detail.setVerticalSpacing(2)
        self._detail.setColumnStretch(1, 1)
        self._rows = QWidget()
        below = card(down(self._detail, margins=(10, 6, 10, 6)))
        below.setMaximumHeight(170)
        box = down(self.table, below, spacing=6)
        box.setStretch(0, 1)
        self._rows.setLayout(box)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._rows)
        outer = down(self._head, self._about, self._legend, across(self.stack, margins=(12, 0, 8, 8)), spacing=4)
        outer.setStretch(3, 1)
        self.setLayout(outer)

    def _make_head(self) -> None:
        self._title = ElidedLabel("heading")
        self.new_button = button("primary", self.new_edition, icon="add")
        self.say(self.new_button.setText, NEW_EDITION)
        self.new_button.setVisible(False)
        self.compare_button = button("", self.compare)
        self.say(self.compare_button.setText, COMPARE)
        self.export = MenuButton(EXPORT)
        self.export.offer(AS_JSON, partial(self.write, "json"))
        self.export.offer(AS_CSV, partial(self.write, "csv"))
        away = QToolButton()
        give_icon(away, "close", "soft_text")
        away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away.clicked.connect(lambda _checked=False: self.close_panel())
        self.say(away.setToolTip, CLOSE)
        self.say(away.setAccessibleName, CLOSE)
        self._verbs = QWidget()
        self._verbs.setLayout(across(self.new_button, self.compare_button, self.export, spacing=6))
        self._head = across(self._title, None, self._verbs, away, spacing=8, margins=(12, 6, 6, 0))
        self._facts = label("hint", wrap=True, selectable=True)
        self._facts.setProperty("published", True)
        self._chips = across(spacing=6)
        self.legend_button = button("link", self._toggle_legend)
        self._about = QWidget()
        self._about.setLayout(
            down(self._facts, across(self._chips, self.legend_button, None), spacing=4, margins=(12, 0, 12, 0))
        )
        grid = QGridLayout()
        grid.setContentsMargins(12, 6, 12, 6)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        self._legend = card(grid, part="strip")
        self._legend_lines: list[tuple[QLabel, QLabel]] = []
        for number in range(len(MARKS)):
            sign, words = label(""), label("hint", wrap=True)
            sign.setProperty("published", True)  # marks are marks in every language
            line, column = number // 2, number % 2 * 2
            grid.addWidget(sign, line, column)
            grid.addWidget(words, line, column + 1)
            self._legend_lines.append((sign, words))
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        self._legend.hide()

    # --- showing -------------------------------------------------------------------------------------------------------

    def show_set(self, known: WorkspaceStandards, chosen: CoefficientSet) -> None:
        self._known, self.shown = known, chosen
        self.stack.setCurrentWidget(self._rows)
        self._verbs.show()
        self._about.show()
        may = self.session.may_author("coefficient_edition")
        self.new_button.setVisible(may)
        self.compare_button.setEnabled(len(known.standards.of_kind(chosen.kind)) > 1)
        self._fill()

    def refresh(self, known: WorkspaceStandards) -> None:
        """Show the set again after data changed; what is being typed stays."""
        if self.shown is None or self.is_busy():
            self._known = known
            return
        again = next((each for each in known.standards if each.reference == self.shown.reference), None)
        if again is None:
            self.close_panel()
        elif again is not self.shown:
            self.show_set(known, again)
        else:
            self._known = known

    def keep(self, wanted: str, *, only_doubtful: bool) -> None:
        """Keep only rows that are meant, or only unverified ones; a filter that fits no row keeps all."""
        self._wanted, self._only = wanted, only_doubtful
        self._show_rows()

    def _fill(self) -> None:
        chosen = self.shown
        if chosen is None:
            return
        self._title.setText(set_title(chosen))
        self._facts.setText(" · ".join(self._said(chosen)))
        self._show_chips(chosen)
        self._show_rows()
        self._say_legend()

    def _said(self, chosen: CoefficientSet) -> list[str]:
        made = self._known.made_here.get(chosen.reference) if self._known is not None else None
        facts = {
            "standard": tr(published(chosen.standard)), "sheep_units": " ".join(sorted(chosen.sheep_units)), "based_on": chosen.based_on,
            "made_by": f"{chosen.made_by} {chosen.made_on or ''}".strip(),
            "effective": made.record.effective_on if made is not None else "", "reason": chosen.reason,
        }  # fmt: skip
        out = [tr(kind_said(chosen)), chosen.reference]
        out += [tr(FACTS_OF[name], value=value) for name, value in facts.items() if value]
        out += [value for name, value in chosen.words.items() if value and name in ("article", "effective", "scheme")]
        return out if made is not None else [*out, tr(BUILT_IN)]

    def _show_chips(self, chosen: CoefficientSet) -> None:
        line = line_of(chosen)
        clear(self._chips)
        for name, text, state in CHIPS:
            if number := getattr(line, name):
                said = label("chip", state=state)
                said.setText(tr(text, n=number))
                self._chips.addWidget(said)

    def _show_rows(self) -> None:
        if self.shown is None:
            return
        rows: Sequence[Coefficient] = self.shown.rows
        if self._only:
            rows = [row for row in rows if scheme_check.is_doubtful(row)] or rows
        if self._wanted:
            rows = [row for row in rows if _means(row, self._wanted)] or rows
        self.table.show_rows(ROW_COLUMNS, rows)
        self._show_row(self.table.current())

    def _show_row(self, row: Coefficient | None) -> None:
        clear(self._detail)
        if row is None:
            return
        facts = "  ".join(f"{name} = {value}" for name, value in row.words.items() if value)
        half = f"±{row.half_width_percent:f}%" if row.half_width_percent is not None else ""
        values = {
            "key": " / ".join(row.key), "half": half, "conflict": row.conflict, "facts": facts,
            **{name: tr(published(getattr(row, name))) for name in ("standard", "clause", "source", "note")},
        }  # fmt: skip
        for line, (name, value) in enumerate((n, values[n]) for n in DETAIL if values[n]):
            title = label("hint")
            title.setText(tr(DETAIL[name]))
            said = label("", wrap=True, selectable=True, state="error" if name == "conflict" else "")
            said.setText(value)
            said.setProperty("published", True)
            self._detail.addWidget(title, line, 0, Qt.AlignmentFlag.AlignTop)
            self._detail.addWidget(said, line, 1)

    def go_to(self, key: str) -> None:
        """Put the cursor on the row with this key, its parts joined by ``/``."""
        if not key or self.shown is None:
            return
        wanted = tuple(key.split("/"))
        if not self.table.select(wanted):
            self.table.show_rows(ROW_COLUMNS, self.shown.rows)
            self.table.select(wanted)

    def _toggle_legend(self) -> None:
        self._legend.setVisible(self._legend.isHidden())
        self._say_legend()

    def _say_legend(self) -> None:
        self.say(self.legend_button.setText, LEGEND if self._legend.isHidden() else HIDE_LEGEND)
        for (sign, words), (mark, (mark_sign, state, meaning)) in zip(self._legend_lines, MARKS.items(), strict=True):
            sign.setText(f"{mark_sign} {mark}" if mark != "none" else mark_sign)
            theme.mark(sign, state="muted" if state in ("", "soft_text") else state)
            words.setText(tr(meaning))

    # --- verbs ---------------------------------------------------------------------------------------------------------

    def write(self, ending: str, target: Path | None = None) -> None:
        chosen = self.shown
        if chosen is None:
            return
        name = f"{chosen.kind}-{chosen.name}-{chosen.edition}.{ending}"
        target = actions.ask_save_file(self.session, self, name, target, WHERE_TO)
        if target is None:
            return
        if target.suffix.lower() != f".{ending}":
            target = target.with_name(f"{target.name}.{ending}")
        try:
            path = coefficients.write_set(chosen, target)
        except UserError as error:
            self.session.show_error(error)
            return
        actions.say_written(self.session, WRITTEN.format(name=path.name), path)

    def compare(self) -> None:
        """Show what another set of the kind says differently."""
        if self.shown is None or self._known is None:
            return
        if self._compare is None:
            self._compare = standards_compare.ComparePanel()
            self._compare.left.connect(self._back_to_rows)
            self.stack.addWidget(self._compare)
        self._compare.show_set(self._known.standards, self.shown)
        self._verbs.hide()
        self.stack.setCurrentWidget(self._compare)
        self._compare.focus_work()

    def new_edition(self, incoming: CoefficientSet | None = None) -> None:
        """Begin the next edition of the set, or one with what a file says."""
        if self._known is None or not self.session.may_author("coefficient_edition"):
            return
        if self.editor is None:
            self.editor = standards_edition.EditionEditor(self.session)
            self.editor.left.connect(self._back_to_rows)
            self.editor.saved.connect(self._edition_saved)
            self.stack.addWidget(self.editor)
        self.editor.begin(self._known.standards, self.shown, incoming)
        for each in (self._verbs, self._about, self._legend):  # the grid needs the room
            each.hide()
        self.stack.setCurrentWidget(self.editor)
        self.editor.focus_work()

    def begin_from_file(self, known: WorkspaceStandards, base: CoefficientSet | None, incoming: CoefficientSet) -> None:
        """Show what a file would change against ``base``; nothing is saved yet."""
        self._known, self.shown = known, base
        self._title.setText(set_title(incoming))
        self._facts.setText(incoming.reference)
        clear(self._chips)
        self.new_edition(incoming)

    def _edition_saved(self, reference: str) -> None:
        self._back_to_rows()
        self.saved.emit(reference)

    def _back_to_rows(self) -> None:
        if self.shown is None:
            self.close_panel()
            return
        self._verbs.show()
        self._about.show()
        self.stack.setCurrentWidget(self._rows)
        self.focus_work()

    def is_busy(self) -> bool:
        """Whether an edition is being made here."""
        return self.editor is not None and self.stack.currentWidget() is self.editor

    # --- keys ----------------------------------------------------------------------------------------------------------

    def focus_work(self) -> None:
        current: Any = self.stack.currentWidget()
        if current is self._rows:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            current.focus_work()

    def escape(self) -> bool:
        """Close the innermost open thing; what is typed stays a draft."""
        if self.isHidden():
            return False
        if self.stack.currentWidget() is not self._rows:
            if self.editor is not None:
                self.editor.keep_draft()
            self._back_to_rows()
            return True
        self.close_panel()
        return True

    def close_panel(self) -> None:
        self.hide()
        self.closed.emit()

    def leave(self) -> None:
        if self.editor is not None:
            self.editor.keep_draft()

    def retranslate(self) -> None:
        super().retranslate()
        if self.shown is not None and not self.is_busy():
            self._fill()


def _means(row: Coefficient, wanted: str) -> bool:
    texts = (row.label.zh, row.label.en, "/".join(row.key), row.source, row.clause, row.note)
    if any(wanted in text.casefold() for text in texts):
        return True
    return wanted.isascii() and wanted.isalpha() and any(r.startswith(wanted) for r in readings(row.label.zh))
