"""Making the next edition: every value beside the old one, what changes in sight, source and verification asked for."""

from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QWidget

from station_app.domain.calc.edition_diff import differences
from station_app.domain.calc.editions import facts_of, facts_text, line_of, row_of
from station_app.domain.fields import described_fields
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records.coefficient import CoefficientLine, row_findings
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.validation import check_value, parse_value
from station_app.services.figures import editions
from station_app.services.figures.problems import EditionProblem
from station_app.services.figures.standards import standards_of
from station_app.services.figures.standards_columns import (
    DIFFERENCE_COLUMNS,
    difference_lines,
    range_text,
    value_text,
)
from station_app.ui import theme
from station_app.ui.editors import LineEditor, typed_value
from station_app.ui.field_block import FieldBlock, make_editor
from station_app.ui.figure_table import FigureTable
from station_app.ui.grid_model import GridColumn, GridModel, GridRow
from station_app.ui.grids import GridView
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.messages import SIGNS
from station_app.ui.parts import across, button, down, label, text_width
from station_app.ui.record_form import DRAFT_EVERY_MS

if TYPE_CHECKING:
    from station_app.domain.calc.coefficients import Coefficient, CoefficientSet, Standards
    from station_app.ui.session import Session

EDITION = "coefficient_edition"
MADE_FROM = Text("依据“{title}”第 {edition} 版", "Made from “{title}”, edition {edition}")
FROM_FILE = Text("文件中的“{reference}”", "“{reference}” of the file")
OLD, UNIT = Text("原值", "Before"), Text("单位", "Unit")
ONLY_CHANGED = Text("只看改动的行", "Changed rows only")
VERIFY = Text("给改动的行填核实人和日期", "Verified by me today")
VERIFY_TIP = Text("您已对照原文看过这些行时才用", "Only when you have read these rows in the original")
PREVIEW = Text("改动 {n} 行，将保存为新的一版：", "Rows changed: {n}. They become the new edition:")
UNCHANGED = Text("还没有改动。在表里直接改数值，原来的版本不会变。",
                 "Nothing is changed yet. Type in the grid; the old edition stays as it is.")  # fmt: skip
SAVE, LEAVE, DISCARD = (
    Text("保存新的一版", "Save the edition"), Text("返回", "Back"), Text("放弃改动", "Discard"))  # fmt: skip
SAVE_TIP = Text("保存(Ctrl+Enter)", "Save (Ctrl+Enter)")
TO_MEND = Text("还有 {n} 处要补", "{n} to complete")
SAVED = Text("“{reference}”已保存，随下一份包下达到各站。原来的版本仍在。",
             "{reference} is saved and goes to the stations with the next package. The old edition stays.")  # fmt: skip
RESTORED = Text("已恢复上次没有保存的改动。", "What was not saved last time is back.")
MOST_PREVIEWED, LEAST_ROWS = 3, 3
LARGE_ROW = 34
_HEAD = ("edition", "effective_on", "reason")
_FIGURES = ("value", "low", "high", "half_width_percent")
_WORDS = ("mark", "clause", "source", "verified_by", "verified_on", "note")
_ASKED = ("source", "clause", "mark", "verified_by", "verified_on")
_FACT = "fact:"
_WIDTHS = {"mark": 14, "clause": 12, "source": 20, "verified_by": 10, "verified_on": 11, "note": 24}


class _Figure(GridColumn):
    """A column of figures kept as text, set right like any number."""

    @property
    def right(self) -> bool:
        return True


@dataclass(slots=True)
class _Row:
    """What a row of the grid stands for: the line it starts from, and its texts before anybody typed."""

    line: CoefficientLine
    before: dict[str, str]
    old: str
    is_new: bool = False


def _texts(line: CoefficientLine) -> dict[str, str]:
    """Return a line as typed: its fields, and each of its facts in a cell of its own."""
    out = {
        f.name: text
        for f in described_fields(CoefficientLine)
        if f.name != "facts" and (text := typed_value(f, getattr(line, f.name)))
    }
    return out | {f"{_FACT}{name}": content for name, content in facts_of(line.facts).items() if content}


class EditionEditor(QWidget, Retranslated):
    """The next edition of a set, or one a file brings.

    Keys: as in every grid; Ctrl+Enter saves, Esc leaves (what is typed stays a draft).

    Signals:
        left(): the person is done.
        saved(reference): the edition is on record.
    """

    left = Signal()
    saved = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.session = session
        self.base: CoefficientSet | None = None
        self._incoming: CoefficientSet | None = None
        self._standards: Standards | None = None
        self._fields = {f.name: f for f in described_fields(CoefficientLine)}
        named = record_type(EDITION).by_name
        # The reason has one line here: the grid is the work, and takes the height.
        self.blocks = {
            name: FieldBlock(named[name], LineEditor(named[name]) if name == "reason" else make_editor(named[name]))
            for name in _HEAD
        }
        self.blocks["edition"].setFixedWidth(text_width(self, 8))
        self.blocks["effective_on"].setFixedWidth(text_width(self, 13))
        self._from = label("hint", wrap=True)
        self.grid = GridModel([], parent=self)
        self.view = GridView(self.grid)
        self.view.setProperty("published", True)
        self.view.verticalHeader().setMaximumWidth(text_width(self, 15))
        self.only_changed = QCheckBox()
        self.say(self.only_changed.setText, ONLY_CHANGED)
        self.only_changed.toggled.connect(lambda _on: self._keep_rows())
        self.verify_button = button("", self.verify_changed)
        self.say(self.verify_button.setText, VERIFY)
        self.say(self.verify_button.setToolTip, VERIFY_TIP)
        self._said = label("", wrap=True)
        self._preview_title = label("strong")
        self.preview = FigureTable()
        self.save_button = button("primary", self.save)
        self.say(self.save_button.setText, SAVE)
        self.say(self.save_button.setToolTip, SAVE_TIP)
        back, discard = button("", self.leave_it), button("quiet", self.discard)
        self.say(back.setText, LEAVE)
        self.say(discard.setText, DISCARD)
        self._summary = button("link", self.focus_first_problem)
        fields = across(*self.blocks.values(), spacing=12)
        fields.setStretch(2, 1)
        tools = across(self.only_changed, self.verify_button, None)
        foot = across(self.save_button, back, discard, self._summary, None)
        box = down(self._from, fields, self.view, self._said, tools, self._preview_title, self.preview, foot, spacing=6)
        box.setStretch(2, 1)
        self.setLayout(box)
        self._later = self._timer(0, self._look)
        self._drafts_later = self._timer(DRAFT_EVERY_MS, self.keep_draft)
        self.grid.edited.connect(lambda _rows: self._edited())
        self.view.typing.connect(self._drafts_later.start)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._say_problem())
        for block in self.blocks.values():
            block.edited.connect(self._edited)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.save)
        self._asked = False
        self._found: list[tuple[GridRow, str, Problem]] = []

    def _timer(self, wait_ms: int, act: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(wait_ms)
        timer.timeout.connect(act)
        return timer

    # --- beginning -----------------------------------------------------------------------------------------------------

    def begin(self, standards: Standards, base: CoefficientSet | None, incoming: CoefficientSet | None = None) -> None:
        """Lay out the rows of ``base``, with what ``incoming`` says in their place."""
        self._standards, self.base, self._incoming = standards, base, incoming
        self._asked = False
        named = incoming or base
        assert named is not None
        number = incoming.edition if incoming is not None else editions.next_edition(standards, named)
        self.blocks["edition"].set_text(number)
        self.blocks["effective_on"].set_text(self.session.today().isoformat())
        self.blocks["reason"].set_text(incoming.reason if incoming is not None else "")
        self.grid.set_rows(self._rows(base, incoming), self._columns(base, incoming))
        self.only_changed.setChecked(False)
        self._restore_draft()
        self._say_from()
        self._look()
        if self.grid.rows:
            self.view.setCurrentIndex(self.grid.index(0, max(0, self.grid.column_of("value"))))

    def _rows(self, base: CoefficientSet | None, incoming: CoefficientSet | None) -> list[GridRow]:
        before = {row.key: row for row in base.rows} if base is not None else {}
        after = incoming.by_key if incoming is not None else {}
        out = []
        for key in dict.fromkeys([*before, *after]):
            old, new = before.get(key), after.get(key) or before[key]
            shown = " ".join(t for t in (value_text(old), range_text(old)) if t) if old is not None else ""
            row = GridRow("/".join(key), tr(new.label), _texts(line_of(new)))
            row.payload = _Row(line_of(new), _texts(line_of(old)) if old is not None else {}, shown, old is None)
            out.append(row)
        return out

    def _columns(self, *sets: CoefficientSet | None) -> list[GridColumn]:
        rows: list[Coefficient] = [row for each in sets if each is not None for row in each.rows]
        facts = dict.fromkeys(name for row in rows for name in row.words)
        columns = [
            GridColumn("_old", OLD, editable=False, characters=10, derived=lambda row: row.payload.old),
            *(_Figure(n, self._fields[n].label, characters=9) for n in _FIGURES
              if n in ("value", "low", "high") or any(row.half_width_percent is not None for row in rows)),
            GridColumn("unit", UNIT, editable=False, characters=9),
            *(GridColumn(f"{_FACT}{name}", Text(name, name), characters=12) for name in facts),
        ]  # fmt: skip
        if any(row.conflict for row in rows):
            columns.append(GridColumn("conflict", self._fields["conflict"].label, characters=14))
        return [
            *columns,
            *(GridColumn(n, self._fields[n].label, self._fields[n], characters=_WIDTHS[n]) for n in _WORDS),
        ]

    def _say_from(self) -> None:
        if self.base is None:
            text = FROM_FILE.format(reference=self._incoming.reference if self._incoming is not None else "")
        else:
            text = MADE_FROM.format(title=self.base.title, edition=self.base.edition)
        self.say(self._from.setText, text)

    # --- what is typed -------------------------------------------------------------------------------------------------

    def _changed(self, row: GridRow) -> bool:
        before = row.payload.before
        return any(row.text(k).strip() != before.get(k, "") for k in {*row.texts, *before})

    def changed_rows(self) -> list[GridRow]:
        return [row for row in self.grid.rows if self._changed(row)]

    def _line(self, row: GridRow) -> tuple[CoefficientLine, list[tuple[str, Problem]]]:
        """Return a row as a line of the edition, and what stands against its cells."""
        found: list[tuple[str, Problem]] = []
        values: dict[str, Any] = {}
        for name in (*_FIGURES, "conflict"):
            values[name] = unicodedata.normalize("NFKC", row.text(name)).strip() or None
        for name in _WORDS:
            field = self._fields[name]
            value, wrong = parse_value(field, row.text(name), self.session.today())
            if wrong is None and value is not None:
                wrong = next(iter(check_value(field, value, self.session.today())), None)
            if wrong is not None:
                found.append((name, wrong))
            values[name] = value
        facts = {name: row.text(f"{_FACT}{name}").strip() for name in facts_of(row.payload.line.facts)}
        typed = {k[len(_FACT):]: t.strip() for k, t in row.texts.items() if k.startswith(_FACT)}  # fmt: skip
        values["facts"] = facts_text(facts | typed)
        if values["verified_by"]:
            values["is_proposal"] = None  # somebody has confirmed it
        line = dataclasses.replace(row.payload.line, **values)
        for name, kind, words in row_findings(line):
            found.append((name, kind.problem(**words)))
        for name in _ASKED:
            if values[name] is None and not any(at == name for at, _ in found):
                found.append((name, RecordProblem.REQUIRED.problem(name, label=self._fields[name].label)))
        return line, found

    def _edited(self) -> None:
        self._later.start()
        self._drafts_later.start()

    def _look(self) -> None:
        """Check what is typed and show what would change."""
        self._found = []
        if self._asked:
            self._head_problems()
        changed = self.changed_rows()
        for row in self.grid.rows:
            row.problems = {}
        for row in changed:
            found = self._line(row)[1]
            shown = (
                found
                if self._asked
                else [(n, p) for n, p in found if p.code != RecordProblem.REQUIRED.code and row.text(n)]
            )
            self.grid.set_problems(row, shown)
            self._found += [(row, name, each) for name, each in found]
        self.grid.tell(range(len(self.grid.rows)))
        self._keep_rows()
        new = self._built(changed)
        lines = difference_lines(differences(self._old(), new)) if new is not None else []
        self.preview.show_rows(DIFFERENCE_COLUMNS, lines)
        self.preview.setVisible(bool(lines))
        most = MOST_PREVIEWED if theme.current().row < LARGE_ROW else 2
        height = max(2, min(len(lines), most)) * theme.current().row
        self.preview.setFixedHeight(self.preview.header.sizeHint().height() + height + 4)
        head = self.view.horizontalHeader().sizeHint().height() + self.view.horizontalScrollBar().sizeHint().height()
        self.view.setMinimumHeight(head + LEAST_ROWS * theme.current().row)
        self.say(self._preview_title.setText, PREVIEW.format(n=len(changed)) if changed else UNCHANGED)
        self.save_button.setEnabled(bool(changed))
        self.verify_button.setEnabled(bool(changed))
        self._summary.setVisible(self._asked and bool(self._found))
        self.say(self._summary.setText, TO_MEND.format(n=len(self._found)))
        self._say_problem()

    def _keep_rows(self) -> None:
        only = self.only_changed.isChecked()
        for number, row in enumerate(self.grid.rows):
            self.view.setRowHidden(number, only and not self._changed(row))

    def _say_problem(self) -> None:
        index = self.view.currentIndex()
        row = self.grid.rows[index.row()] if 0 <= index.row() < len(self.grid.rows) else None
        found = [p for each in row.problems.values() for p in each] if row is not None else []
        self._said.setVisible(bool(found))
        self._said.setText("  ".join(dict.fromkeys(f"{SIGNS[p.severity]} {tr(p.text)}" for p in found)))
        theme.mark(self._said, problem="error" if found else "")

    def _old(self) -> CoefficientSet:
        named = self.base or self._incoming
        assert named is not None
        return self.base if self.base is not None else dataclasses.replace(named, rows=())

    def _built(self, changed: Sequence[GridRow]) -> CoefficientSet | None:
        """Return the set as it would become; rows that can not be read yet stay as they were."""
        named = self._incoming or self.base
        if named is None:
            return None
        rows = {row.key: row for row in self._old().rows}
        for row in changed:
            line, found = self._line(row)
            if not any(name in _FIGURES for name, _ in found):
                made = row_of(line)
                rows[made.key] = made
        based = self.base.reference if self.base is not None else ""
        number = self.blocks["edition"].editor.text().strip() or "?"
        return dataclasses.replace(named, edition=number, rows=tuple(rows.values()), based_on=based)

    # --- verbs ---------------------------------------------------------------------------------------------------------

    def verify_changed(self) -> None:
        """Say that the person has read the changed rows in the original today; one step of undo."""
        by, on = self.session.workspace.identity.author, self.session.today().isoformat()
        cells = []
        for number, row in enumerate(self.grid.rows):
            if self._changed(row):
                cells += [(number, "mark", "A"), (number, "verified_by", by), (number, "verified_on", on)]
        self.grid.type_in(cells)

    def save(self) -> bool:
        """Save the new edition; ``False`` while something is missing."""
        self.view.commit()
        self._asked = True
        self._look()
        wrong = self._head_problems()
        changed = self.changed_rows()
        new = self._built(changed)
        if not changed or new is None or wrong or self._found:
            self.focus_first_problem()
            return False
        reader, today = self.session.read, self.session.today()
        try:
            plan = editions.plan_edition(
                standards_of(reader), new, base=self.base, made_by=self.session.workspace.identity.author, made_on=today,
                reason=str(self.blocks["reason"].parsed(None)), effective_on=self.blocks["effective_on"].parsed(None),  # type: ignore[arg-type]
            )  # fmt: skip
            editions.save_edition(self.session.entry, reader, plan.record)
        except UserError as error:
            self._refused(error)
            return False
        self._forget_draft()
        self.session.say(SAVED.format(reference=new.reference), "ok")
        self.saved.emit(new.reference)
        return True

    def _head_problems(self) -> list[Problem]:
        out = []
        for block in self.blocks.values():
            value, wrong = block.editor.parsed(None)
            if wrong is None and value is None:
                wrong = RecordProblem.REQUIRED.problem(block.field.name, label=block.field.label)
            block.show_problems([wrong] if wrong is not None else [])
            out += [wrong] if wrong is not None else []
        return out

    def _refused(self, error: UserError) -> None:
        at = {EditionProblem.TAKEN.code: "edition"}.get(error.code)
        name = at or next((p.field for p in error.problems if p.field in self.blocks), None)
        if name is not None:
            self.blocks[name].show_problems([Problem(error.code, Severity.ERROR, error.text, name)])
            self.blocks[name].editor.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.session.show_error(error)

    def focus_first_problem(self) -> None:
        """Go to the first thing to complete."""
        for block in self.blocks.values():
            if block.problems():
                block.editor.line.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        if self._found:
            row, name, _ = self._found[0]
            self.view.go_to(row.key, name)

    def leave_it(self) -> None:
        """Go back to the rows; what is typed stays a draft."""
        self.keep_draft()
        self.left.emit()

    def discard(self) -> None:
        """Throw away what was typed; the notice brings it back as a draft."""
        self.keep_draft()
        self.session.discard_draft(self.draft_key)
        if self._standards is not None and self._incoming is None and self.base is not None:
            self.begin(self._standards, self.base)
        self.left.emit()

    # --- drafts --------------------------------------------------------------------------------------------------------

    @property
    def draft_key(self) -> str:
        """Name of the draft: one for each set a next edition is being made of."""
        return draft_key(self.base.reference) if self.base is not None else ""

    def keep_draft(self) -> None:
        """Write what is typed and not saved to the drafts; without a base a file is read again instead."""
        self._drafts_later.stop()
        if self.base is None or self._standards is None:
            return
        kept = {f"{row.key}|{key}": row.text(key) for row in self.changed_rows()
                for key in {*row.texts, *row.payload.before} if row.text(key) != row.payload.before.get(key, "")}  # fmt: skip
        pending = self.view.pending()
        if pending is not None:
            kept[f"{pending.row}|{pending.column}"] = pending.text
        drafts = self.session.workspace.drafts
        if kept:
            head = {name: block.editor.text() for name, block in self.blocks.items()}
            drafts.put(self.draft_key, EDITION, None, {**head, "name": self.base.name, **kept})
        elif drafts.get(self.draft_key) is not None:
            drafts.remove(self.draft_key)
        self.session.drafts_changed.emit()

    def _restore_draft(self) -> None:
        draft = self.session.workspace.drafts.get(self.draft_key) if self.base is not None else None
        if draft is None or self._incoming is not None:
            return
        rows = {row.key: row for row in self.grid.rows}
        for name, text in draft.values.items():
            key, sign, column = name.rpartition("|")
            if sign and key in rows:
                rows[key].put(column, text)
            elif name in self.blocks:
                self.blocks[name].set_text(text)
        self.session.say(RESTORED, "info")

    def _forget_draft(self) -> None:
        self._drafts_later.stop()
        if self.base is not None:
            self.session.workspace.drafts.remove(self.draft_key)
            self.session.drafts_changed.emit()

    # --- keys ----------------------------------------------------------------------------------------------------------

    def focus_work(self) -> None:
        """Put the keyboard into the grid."""
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def retranslate(self) -> None:
        super().retranslate()
        for row in self.grid.rows:
            line = row.payload.line
            row.label = tr(Text(line.label_zh, line.label_en))
        self.grid.retranslate()
        self.view.fit()


_DRAFT = "form:coefficient_edition:"


def draft_key(reference: str) -> str:
    """Return the name of the draft of a set's next edition."""
    return f"{_DRAFT}{reference}"


def set_of_draft(key: str) -> str:
    """Return the set a draft belongs to, empty when it is no such draft."""
    return key.removeprefix(_DRAFT) if key.startswith(_DRAFT) else ""
