"""A grid whose rows are records: checked while typed, saved when left, drafts of what cannot be saved yet.

``CountGrid`` and ``QuadratGrid`` say which columns and rows there are and what record a row makes; the rest is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.validation import build, check_values
from station_app.services.entry import Entry
from station_app.services.problems import SaveProblem
from station_app.storage.codec import from_json_fields
from station_app.storage.reader import Row, State
from station_app.storage.user_actions import UserAction
from station_app.ui import theme, undo_keys
from station_app.ui.cell_lines import Typing
from station_app.ui.grid_model import GridColumn, GridModel, GridRow
from station_app.ui.grids import GridView
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.link_picker import LinkSource, ReaderLinks
from station_app.ui.messages import SIGNS
from station_app.ui.parts import down
from station_app.ui.record_form import DRAFT_EVERY_MS
from station_app.ui.states import STATE_COLOURS, state_text
from station_app.ui.totals_row import TotalsRow

if TYPE_CHECKING:
    from station_app.storage.changes import Changes
    from station_app.storage.workspace import Workspace

STATE_KEY = "_state"
STATE_TITLE = Text("状态", "State")
OPEN, TYPING, WRONG, UNUSUAL, REFUSED, KEPT = "open", "typing", "wrong", "unusual", "refused", "kept"
ROW_STATES: dict[str, tuple[Text, str]] = {
    OPEN: (Text("· 未填", "· Open"), "muted"),
    TYPING: (Text("… 未保存", "… Not saved"), "info"),
    WRONG: (Text("× 要改", "× Correct"), "error"),
    UNUSUAL: (Text("! 写原因", "! Say why"), "warn"),
    REFUSED: (Text("× 未存上", "× Refused"), "error"),
    KEPT: (Text("↩ 上次未存", "↩ Not saved"), "warn"),
}
RESTORED = Text(
    "上次没有存完的内容已恢复，光标在原处，没有自动保存：接着填，按 Enter 认可。",
    "What was not saved last time is back with the cursor in its place; nothing was saved by itself: go on, Enter accepts.",
)
_AT, _TYPING = "_at", "_typing"
PASTED = Text("已粘贴 {count} 格。", "{count} cells pasted.")
PASTED_SOME = Text(
    "已粘贴 {count} 格；另有 {skipped} 格超出表格，没有放入。",
    "{count} cells pasted; {skipped} lay outside the grid and were left out.",
)
ROW = Text("第 {n} 行", "Row {n}")
NEEDS_NOTE = Text("数值异常，请在备注列写明原因。", "Unusual values: give the reason in the note column.")
SAVE_MANY_FROM = 20
FILLED = Text("填写{kind}", "Filled in {kind}")
CHANGED_MEANWHILE = SaveProblem.CHANGED_MEANWHILE.code
ASKS_WHY = SaveProblem.REASON_NEEDED.code


class RowGrid(QWidget, Retranslated):
    """Shared by the grids.

    Signals:
        progressed(done, total), row_selected(row key), row_opened(record_id or ""), problems_changed(list[Problem]),
        saved(Changes), draft_kept().
    """

    progressed = Signal(int, int)
    row_selected = Signal(str)
    row_opened = Signal(str)
    problems_changed = Signal(object)
    saved = Signal(object)
    draft_kept = Signal()

    type_name = ""
    note_key = "note"

    def __init__(
        self, workspace: Workspace, *, entry: Entry | None = None, links: LinkSource | None = None,
        today: Callable[[], date] | None = None, growing: bool = False, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.follow_language()
        self.workspace = workspace
        self.reader = workspace.read
        self.links = links or ReaderLinks(workspace.read)
        self.today = today or workspace.clock.today
        self.entry = entry or Entry(workspace, self.today)
        self._dirty: set[str] = set()
        self._restored: set[str] = set()  # rows from a draft nobody has looked at yet: never saved by themselves
        self._draft_read = ""
        self._faulty: set[str] = set()  # rows with problems, by key; so are the saved ones
        self._recorded: dict[str, str] = {}  # the record of each row that has one
        self._told: tuple[object, ...] = ()
        self._quiet = False
        self._block = False  # several rows were changed by one act
        self._passing_text: Text | None = None
        self.grid = GridModel([], growing=growing, link_title=self.links.title, parent=self)
        self.view = GridView(self.grid, links=self.links)
        self.view.takers = (self,)
        for name, (text, colour) in ROW_STATES.items():
            self.view.delegate.states[name] = (lambda t=text: tr(t), colour)
        for state in State:
            self.view.delegate.states[state.value] = (lambda s=state: state_text(s), STATE_COLOURS.get(state, "muted"))
        self.totals = TotalsRow(self.view, self.total_texts)
        self.bar = QHBoxLayout()
        self.bar.setSpacing(theme.current().s)
        self._said = QLabel()
        self._said.setProperty("part", "hint")
        kept = self._said.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # the rows stay where they are when something is said
        self._said.setSizePolicy(kept)
        self.setLayout(down(self.bar, (self.view, 1), self.totals, self._said, spacing=theme.current().xs))
        self.setFocusProxy(self.view)
        self._drafts_later = QTimer(self)
        self._drafts_later.setSingleShot(True)
        self._drafts_later.setInterval(DRAFT_EVERY_MS)
        self._drafts_later.timeout.connect(self.keep_draft)
        self._save_later = QTimer(self)
        self._save_later.setSingleShot(True)
        self._save_later.setInterval(0)
        self._save_later.timeout.connect(self._save_left_rows)
        self.grid.edited.connect(self._edited)
        self.view.typing.connect(self._typing)
        self.view.row_left.connect(self._row_left)
        self.view.accepted.connect(self._accepted)
        self.view.opened.connect(self._open)
        self.view.pasted.connect(self._pasted)
        self.view.selectionModel().currentRowChanged.connect(lambda *_: self._row_entered())
        self._said.hide()

    # --- what a grid says --------------------------------------------------------------------------------------------

    def make_columns(self, typed: Iterable[GridRow]) -> list[GridColumn]:
        """Return the columns, the first is the state; ``typed`` are the rows that hold more than is saved."""
        raise NotImplementedError

    def load_rows(self) -> list[GridRow]:
        """Return the rows as saved: ``payload`` is a :class:`SavedRow`. Who leaves rows unread says which are recorded."""
        raise NotImplementedError

    def stand_for(self, row: GridRow, saved: Row | None, last: Any = None) -> None:
        """Let a row stand for a saved record, or for none yet."""
        row.payload = SavedRow(saved.record_id, saved.version_id, saved.record, saved.state) if saved else SavedRow()
        row.texts = {}
        if saved is not None:
            self.fill_row(row, saved.record)
        row.payload.last, row.payload.texts = last, dict(row.texts)

    def values_of(self, row: GridRow) -> dict[str, Any]:
        """Return what is typed in a row as ``domain.validation`` reads it."""
        raise NotImplementedError

    def column_of(self, row: GridRow, problem: Problem) -> str:
        """Return the key of the column a problem stands at."""
        return (problem.field or "").partition(".")[0]

    def draft_key(self) -> str:
        """Return the name of this grid's draft."""
        raise NotImplementedError

    def total_texts(self) -> tuple[str, dict[str, str]]:
        """Return the heading and the cells of the last row."""
        return "", {}

    def progress(self) -> tuple[int, int]:
        """Return rows saved, of all."""
        blank = sum(row.is_blank() for row in self.grid.rows) if self.grid.growing else 0
        return len(self._recorded), len(self.grid.rows) - blank

    def tables(self) -> frozenset[str]:
        """Return the tables whose changes concern this grid."""
        return frozenset({self.type_name})

    # --- loading -----------------------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Lay the rows out anew; what is typed and not saved stays."""
        typed = {row.key: self._typed_cells(row) for row in self._dirty_rows()}
        self._recorded = {}
        rows = self.load_rows()
        draft = self._first_draft()
        resting = _resting(draft)
        for name, text in draft.items():
            row_key, _, column = name.partition("|")
            if not name.startswith("_") and (resting is None or (row_key, column) != (resting.row, resting.column)):
                typed.setdefault(row_key, {}).setdefault(column, text)
        by_key = {row.key: row for row in rows}
        if self.grid.growing:
            rows.extend(by_key.setdefault(key, GridRow(key, payload=SavedRow())) for key in typed if key not in by_key)
        self._dirty.clear()
        self._faulty.clear()
        for key, cells in typed.items():
            if (row := by_key.get(key)) is not None:
                for column, text in cells.items():
                    row.put(column, text)
                if row.texts != row.payload.texts:
                    self._dirty.add(key)
        if draft:
            self._restored = set(self._dirty)
        self._quiet = True
        try:
            self.grid.set_rows(rows, self.make_columns([by_key[key] for key in self._dirty]), same=True)
            for row in self.grid.rows:
                if row.read is None:
                    self._check(row)
            if draft:
                self._go_back(draft, resting)
        finally:
            self._quiet = False
        self.totals.refresh()
        self._tell()

    def _first_draft(self) -> dict[str, str]:
        """Return the draft of the rows in sight, once: afterwards the rows themselves are what is typed."""
        key = self.draft_key()
        if key == self._draft_read:
            return {}
        self._draft_read = key
        draft = self.workspace.drafts.get(key)
        return dict(draft.values) if draft is not None else {}

    def _go_back(self, draft: dict[str, str], resting: Typing | None) -> None:
        """Put the cursor where it was when the draft was kept, into the half-typed cell."""
        row_key, _, column = draft.get(_AT, "").partition("|")
        if row_key:
            self.view.move_to(row_key, column)
        if resting is not None:
            self.view.go_on_typing(resting)
        if self._restored or resting is not None:
            self._passing_text = RESTORED

    def clear_rows(self) -> None:
        """Forget the rows in sight (they are saved or drafts): others come."""
        self._dirty.clear()
        self._restored.clear()
        self._draft_read = ""
        self.view.forget_resting()
        if self.grid.rows:
            self.grid.set_rows([])

    def _accepted(self, row_key: str) -> None:
        """Somebody looked at a restored row and went on: it may be saved."""
        row = self.grid.row(row_key)
        if row_key in self._restored and row is not None:
            self._restored.discard(row_key)
            self._check(row)
            self.grid.tell([self.grid.row_of(row_key)])
            self._save_later.start()

    def _typed_cells(self, row: GridRow) -> dict[str, str]:
        """Return the cells of a row that are not as they were saved."""
        before = self._payload(row).texts
        return {c: row.text(c) for c in {*row.texts, *before} if row.text(c) != before.get(c, "")}

    def refresh(self, changes: Changes | None = None) -> None:
        """Read again what ``changes`` names, unsaved rows stay as typed."""
        if changes is not None and (changes.initiator is self or not changes.tables & self.tables()):
            return
        if isinstance(self.links, ReaderLinks):
            self.links.forget()
        if self._drafts_later.isActive():
            self.keep_draft()  # what it still holds may be saved, or taken back, already
        if changes is None or not isinstance(changes.initiator, UserAction):
            self.reload()
            return
        before, wanted = self._recorded, set(changes.record_ids)
        self.reload()
        # The cursor goes into the first cell that undo or redo changed.
        touched = {key: i for known in (before, self._recorded) for key, i in known.items() if i in wanted}
        number = min((n for key in touched if (n := self.grid.row_of(key)) >= 0), default=-1)
        if number >= 0 and self.isVisible():
            row = self.grid.rows[number]
            was, now = self._texts_before(touched[row.key]), self._payload(row).texts
            changed = [c.key for c in self.grid.columns if c.editable and now.get(c.key, "") != was.get(c.key, "")]
            self.view.go_to(row.key, changed[0] if changed else "")

    def _texts_before(self, record_id: str) -> dict[str, str]:
        """Return what stood in the row of a record before its newest version."""
        older, row = self.reader.history(record_id)[1:2], GridRow("")
        if older and not older[0].void:
            self.fill_row(row, from_json_fields(self.type_name, older[0].fields))
        return row.texts

    # --- undo: what is not saved in the row with the cursor; the rest is the window's ---------------------------------

    def can_step(self, way: int) -> bool:
        """Whether cells of this row have something to take back, or to do again."""
        if self._save_later.isActive():  # the row that was left just now is saved: it is what was done last
            self._save_later.stop()
            self._save_left_rows()
        history, row_key = self.grid.history, self.view.current_key()
        return history.can_undo(row_key) if way == undo_keys.UNDO else history.can_redo(row_key)

    def step(self, way: int) -> None:
        """Take the last change of this row back, or do it again."""
        history = self.grid.history
        (history.undo if way == undo_keys.UNDO else history.redo)(self.view.current_key())

    # --- typing ------------------------------------------------------------------------------------------------------

    def _payload(self, row: GridRow) -> SavedRow:
        if row.payload is None:
            row.payload = SavedRow()
        return row.payload

    def _typing(self) -> None:
        if not self._drafts_later.isActive():
            self._drafts_later.start()

    def _edited(self, numbers: Sequence[int]) -> None:
        self._block = self._block or len(numbers) > 1
        for number in numbers:
            row = self.grid.rows[number]
            self.row_edited(row)
            if row.texts != self._payload(row).texts:
                self._dirty.add(row.key)
            else:
                self._dirty.discard(row.key)
            self._payload(row).refused = None
            self._restored.discard(row.key)
            self._check(row)
        self.grid.tell(numbers)
        self._tell()
        self._typing()
        self._save_later.start()

    def row_edited(self, row: GridRow) -> None:
        """A grid may fill in what follows from what was typed."""

    def _check(self, row: GridRow) -> None:
        """Find the problems of a row and its state, and what it adds to the figures of all."""
        self._judge(row)
        self._faulty.add(row.key) if row.problems else self._faulty.discard(row.key)
        if record_id := self._payload(row).record_id:
            self._recorded[row.key] = record_id
        else:
            self._recorded.pop(row.key, None)
        self.row_checked(row)

    def row_checked(self, row: GridRow) -> None:
        """A row may add other figures now; a grid that keeps sums moves them."""

    def _judge(self, row: GridRow) -> None:
        payload = self._payload(row)
        if row.key not in self._dirty:
            row.problems = {}
            row.state = payload.state.value if payload.state is not None else OPEN
            if self.grid.growing and row.is_blank():
                row.state = ""
            return
        found = check_values(self.type_name, self.values_of(row), self.today())
        found += [p for p in self.asked(row) if p not in found]
        at = [(self._place(row, p), p) for p in found]
        worst = {p.severity for p in found}
        if payload.refused is not None:
            at.append((STATE_KEY, payload.refused))
            row.state = REFUSED
        elif Severity.ERROR in worst:
            row.state = WRONG
        elif Severity.WARN in worst and not row.text(self.note_key).strip():
            row.state = UNUSUAL
        else:
            row.state = KEPT if row.key in self._restored else TYPING
        self.grid.set_problems(row, at)

    def asked(self, row: GridRow) -> list[Problem]:
        """Return what other records say against a row: what saving found, as long as the cells are as they were then."""
        texts, problems = self._payload(row).asked
        same = {c: t for c, t in row.texts.items() if c != self.note_key} == {
            c: t for c, t in texts.items() if c != self.note_key
        }
        return list(problems) if same else []

    def _place(self, row: GridRow, problem: Problem) -> str:
        key = self.column_of(row, problem)
        return key if self.grid.column_of(key) >= 0 else STATE_KEY

    def problems(self) -> list[Problem]:
        """Return the problems of all rows; ``place`` names the row."""
        out = []
        for number in sorted(self.grid.row_of(key) for key in self._faulty):
            row = self.grid.rows[number] if number >= 0 else GridRow("")  # a row that was taken away has none
            place = row.label or tr(ROW.format(n=number + 1))
            for found in row.problems.values():
                out += [Problem(p.code, p.severity, p.text, p.field, p.line, place) for p in found]
        return out

    def _row_entered(self) -> None:
        if not self._quiet:
            self._passing_text = None
            self._say_problem()
        self.row_selected.emit(self.view.current_key())

    def _say_problem(self) -> None:
        """Say below the grid what stands against the row with the cursor, or what was pasted."""
        number = self.view.currentIndex().row()
        found = [p for each in self.grid.rows[number].problems.values() for p in each] if number >= 0 else []
        found.sort(key=lambda p: p.severity.rank)
        texts = [tr(self._passing_text)] if self._passing_text is not None else []
        texts += list(dict.fromkeys(f"{SIGNS[p.severity]} {tr(p.text)}" for p in found))
        if number >= 0 and self.grid.rows[number].state == UNUSUAL:
            texts.append(tr(NEEDS_NOTE))
        self._said.setText("  ".join(texts))
        self._said.setVisible(bool(texts))
        theme.mark(self._said, problem=found[0].severity.value if found else "")

    def _tell(self) -> None:
        if self._quiet:
            return
        self._say_problem()
        self.totals.show_texts()
        problems, progress = self.problems(), self.progress()
        if self._told != (told := (tuple(problems), progress)):
            self._told = told
            self.problems_changed.emit(problems)
            self.progressed.emit(*progress)

    def _pasted(self, count: int, skipped: int) -> None:
        self._passing_text = (PASTED_SOME if skipped else PASTED).format(count=count, skipped=skipped)
        self._say_problem()

    def _open(self, row_key: str) -> None:
        if (row := self.grid.row(row_key)) is not None:
            self.row_opened.emit(self._payload(row).record_id or "")

    # --- saving ------------------------------------------------------------------------------------------------------

    def _row_left(self, row_key: str) -> None:
        if not self._quiet:
            self._save_later.start()

    def _save_left_rows(self) -> None:
        """Save what was typed in rows in which the cursor is not (any more), and a block that was put in as a whole."""
        block, self._block = self._block, False
        self._save([row for row in self._ready() if block or row.key != self.view.current_key()])

    def _ready(self) -> list[GridRow]:
        return [row for row in self._dirty_rows() if row.state == TYPING]

    def _dirty_rows(self) -> list[GridRow]:
        """Return the rows in which something is typed and not saved, in their order."""
        numbers = sorted(number for key in self._dirty if (number := self.grid.row_of(key)) >= 0)
        return [self.grid.rows[n] for n in numbers]

    def save_pending(self) -> None:
        """Save every row that can be saved (leaving the page)."""
        self.view.commit()
        self._save(self._ready())
        self.keep_draft()

    def _save(self, rows: Sequence[GridRow]) -> None:
        if not rows:
            return
        if len(rows) == 1:  # called by the name of its record
            self._save_one(rows[0])
            self._after_saving(rows)
            return
        with self.workspace.operation(FILLED.format(kind=record_type(self.type_name).label)):
            if len(rows) >= SAVE_MANY_FROM and self._save_together(rows):
                return
            for row in rows:
                self._save_one(row)
        self._after_saving(rows)

    def _record(self, row: GridRow) -> Any:
        return build(self.type_name, self.values_of(row), self.today())

    def _save_one(self, row: GridRow) -> None:
        payload = self._payload(row)
        try:
            done = self.entry.save(
                self._record(row), record_id=payload.record_id, reason=row.text(self.note_key).strip(),
                expected_version_id=payload.version_id, initiator=self,
            )  # fmt: skip
        except UserError as error:
            if error.code == ASKS_WHY:  # found by saving: what other records say against it
                payload.asked = (dict(row.texts), error.problems)
            else:
                payload.refused = Problem(error.code, Severity.ERROR, error.text)
            self._check(row)
            if error.code == CHANGED_MEANWHILE:  # show what it is now, with what was typed on top
                QTimer.singleShot(0, self, self.reload)
            return
        self._dirty.discard(row.key)
        self._take_saved(row, done.record_id)
        if done.changes:
            self.saved.emit(done.changes)

    def _save_together(self, rows: Sequence[GridRow]) -> bool:
        """Save a pasted block in one transaction; ``False`` when one of them must be looked at alone."""
        if any(self._payload(row).state not in (None, State.COMPLETE) for row in rows):
            return False
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            done = self.entry.save_many(
                [(self._record(row), self._payload(row).record_id) for row in rows], initiator=self
            )
        except UserError:
            return False
        finally:
            QGuiApplication.restoreOverrideCursor()
        for row, record_id in zip(rows, done.ids, strict=True):
            self._dirty.discard(row.key)
            self._take_saved(row, record_id)
        self._after_saving(rows)
        self.saved.emit(done.changes)
        return True

    def _take_saved(self, row: GridRow, record_id: str) -> None:
        """Let the row stand for the record as it is now; the history of the workspace takes it back from here on."""
        self.grid.history.settle({row.key})
        saved = self.reader.get(self.type_name, record_id)
        if saved is not None:
            self.stand_for(row, saved, self._payload(row).last)
        self._check(row)

    def fill_row(self, row: GridRow, record: object) -> None:
        """Put the texts of a saved record into its row."""
        raise NotImplementedError

    def _after_saving(self, rows: Iterable[GridRow]) -> None:
        self.grid.tell([self.grid.row_of(row.key) for row in rows])
        self._tell()
        self._typing()

    # --- drafts ------------------------------------------------------------------------------------------------------

    def keep_draft(self) -> None:
        """Write what is typed and not saved to the drafts; remove the draft when there is nothing."""
        self._drafts_later.stop()
        kept: dict[str, str] = {}
        for row in self._dirty_rows():
            kept.update({f"{row.key}|{c}": text for c, text in self._typed_cells(row).items()})
        resting, pending = self.view.resting, self.view.pending()
        if resting is not None:
            kept[f"{resting.row}|{resting.column}"] = resting.text
        if pending is not None:
            kept[f"{pending.row}|{pending.column}"] = pending.text
            kept[_TYPING] = f"{pending.row}|{pending.column}|{pending.cursor}"
        if kept and (at := self.view.where()) != ("", ""):
            kept[_AT] = "|".join(at)
        drafts, key = self.workspace.drafts, self.draft_key()
        if kept:
            drafts.put(key, self.type_name, None, kept)
        elif drafts.get(key) is not None:
            drafts.remove(key)
        self.draft_kept.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        if self._drafts_later.isActive():
            self.keep_draft()
        super().hideEvent(event)

    def retranslate(self) -> None:
        super().retranslate()
        self.grid.retranslate()
        self.view.fit()
        self.totals.refresh()
        self._say_problem()


def _resting(draft: dict[str, str]) -> Typing | None:
    """Return the half-typed cell of a draft, ``None`` when no cell was open."""
    row, _, rest = draft.get(_TYPING, "").partition("|")
    column, _, cursor = rest.rpartition("|")
    text = draft.get(f"{row}|{column}")
    if text is None:
        return None
    return Typing(row, column, text, int(cursor) if cursor.isdecimal() else -1, resting=True)


class SavedRow:
    """What a row stands for: the saved record, its version, and its texts as they were saved."""

    def __init__(self, record_id: str | None = None, version_id: str | None = None, record: object = None,
                 state: State | None = None) -> None:  # fmt: skip
        self.record_id, self.version_id, self.record, self.state = record_id, version_id, record, state
        self.texts: dict[str, str] = {}
        self.refused: Problem | None = None
        self.last: Any = None  # what the same thing was the last time, where the grid asks for it
        self.asked: tuple[dict[str, str], tuple[Problem, ...]] = ({}, ())
        self.proposed = False
