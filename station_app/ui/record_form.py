"""The form of any record type, made from its description."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from station_app.domain.fields import Kind, initial_values
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.domain.validation import build, check_values
from station_app.storage.clock import SYSTEM_CLOCK, Clock
from station_app.ui import layouts, theme
from station_app.ui.editors import typed_value
from station_app.ui.field_block import FieldBlock, FieldColumns, make_editor
from station_app.ui.form_steps import FormSteps
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.lines_editor import LinesEditor, line_values, lines_text
from station_app.ui.link_picker import LinkSource
from station_app.ui.messages import problem_text
from station_app.ui.pick_edit import PickEdit

if TYPE_CHECKING:
    from station_app.storage.drafts import Drafts
    from station_app.ui.files_editor import FileShelf

SAVE = Text("保存", "Save")
SAVE_TIP = Text("保存 (Ctrl+Enter)", "Save (Ctrl+Enter)")
THROW_AWAY = Text("放弃未保存的内容", "Discard what is not saved")
RESTORED = Text("已恢复上次没有保存的内容，请接着填写。", "What was not saved last time is back; please go on.")
KEYS = Text("Enter 下一项 · Ctrl+Enter 保存", "Enter: next field · Ctrl+Enter: save")
TO_MEND = Text("还有 {count} 处要改，点此查看", "{count} to correct, go to the first")
TO_EXPLAIN = Text("有 {count} 处数值异常，请写明原因", "{count} unusual, please give the reason")
CORRECTION = Text("更正原因", "Reason for the correction")
DRAFT_EVERY_MS = 500
_REASON = "_reason:"
_CORRECTION = "_reason"
_VERSION = "_version"
_CURSOR = "_cursor"


class RecordForm(QWidget, Retranslated):
    """Editable or read-only form of one record; problems stand at their field.

    The page saves: ``submitted`` carries the record; afterwards it calls :meth:`saved` or, after a ``UserError``,
    :meth:`show_problems`. ``drafts`` (``workspace.drafts``) keeps what is typed.

    Keys: Enter and Tab go on, Ctrl+Enter saves, Ctrl+D repeats what the last saved record had in this field.

    Signals:
        changed(): something was typed.
        shown_record(): another record, or none, is in the form.
        submitted(record): Ctrl+Enter or the save button, and nothing hard stands against it.
        draft_kept(): what is typed was written to the drafts, or its draft was removed.
    """

    changed = Signal()
    shown_record = Signal()
    submitted = Signal(object)
    draft_kept = Signal()

    def __init__(
        self, kind: RecordType | str, *, links: LinkSource, drafts: Drafts | None = None, read_only: bool = False,
        files: FileShelf | None = None, clock: Clock = SYSTEM_CLOCK,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.follow_language()
        self.record_type = record_type(kind) if isinstance(kind, str) else kind
        self._drafts = drafts
        self._clock = clock
        self._record_id: str | None = None
        self._version_id: str | None = None
        self._baseline: dict[str, str] = {}
        self._touched: set[str] = set()
        self._asked = False
        self._from_saving: list[Problem] = []
        self._last_saved: dict[str, str] = {}
        self._read_only = False
        self._draft_stands = False
        self._cursor_was = ""  # where the cursor stood when the draft was kept
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAFT_EVERY_MS)
        self._timer.timeout.connect(self.keep_draft)
        self._checks = QTimer(self)
        self._checks.setSingleShot(True)
        self._checks.setInterval(0)
        self._checks.timeout.connect(self._check)
        self.blocks: dict[str, FieldBlock] = {
            f.name: FieldBlock(f, make_editor(f, links=links, files=files, clock=clock))
            for f in self.record_type.fields
        }
        self.steps = FormSteps(self.values, self._put_back)
        for name, block in self.blocks.items():
            block.edited.connect(lambda n=name: self._edited(n))
            block.left.connect(lambda n=name: self._left(n))
            block.editor.follow_steps(self.steps)
        self._build()
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.submit)
        repeat = QShortcut(QKeySequence("Ctrl+D"), self)
        repeat.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        repeat.activated.connect(self.repeat_last)
        self.set_record(None)
        if read_only:
            self.set_read_only(True)

    def _build(self) -> None:
        self._notice = QFrame()
        self._notice.setProperty("part", "strip")
        self._notice.setProperty("state", "info")
        self._notice_text = QLabel()
        self._notice_text.setWordWrap(True)
        discard = QPushButton()
        discard.setProperty("part", "link")
        discard.clicked.connect(lambda _checked=False: self.discard())
        strip = QHBoxLayout(self._notice)
        strip.addWidget(self._notice_text, 1)
        strip.addWidget(discard)
        self._whole = QFrame()
        self._whole.setProperty("part", "strip")
        self._whole_text = QLabel()
        self._whole_text.setWordWrap(True)
        whole = QHBoxLayout(self._whole)
        whole.addWidget(self._whole_text, 1)

        page = QWidget()
        page.setProperty("part", "scrolled")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, theme.current().s, 0)
        column.setSpacing(theme.current().m)
        self._groups: list[tuple[QLabel, FieldColumns, tuple[str, ...]]] = []
        for section in layouts.sections(self.record_type):
            heading = self.said(QLabel(), section.title)
            heading.setProperty("part", "heading")
            if len(section.fields) == 1 and self.record_type.by_name[section.fields[0]].kind is Kind.LINES:
                self.blocks[section.fields[0]].hide_label()
            group = FieldColumns([self.blocks[name] for name in section.fields])
            self._groups.append((heading, group, section.fields))
            column.addWidget(heading)
            column.addWidget(group)
        column.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(page)

        self._correction = QLineEdit()
        self._correction.hide()
        self._correction.textEdited.connect(lambda _text: self._edited(_CORRECTION))
        self._save = QPushButton()
        self._save.setProperty("part", "primary")
        self._save.clicked.connect(lambda _checked=False: self.submit())
        self._summary = QPushButton()
        self._summary.setProperty("part", "link")
        self._summary.clicked.connect(lambda _checked=False: self.focus_first_problem())
        self.foot = QHBoxLayout()
        self.foot.addWidget(self._save)
        self.foot.addWidget(self._summary)
        self.foot.addStretch(1)
        keys = QLabel()
        keys.setProperty("part", "hint")
        self.foot.addWidget(keys)
        self._foot = QWidget()
        foot = QVBoxLayout(self._foot)
        foot.setContentsMargins(0, theme.current().s, 0, 0)
        foot.addWidget(self._correction)
        foot.addLayout(self.foot)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        for widget in (self._notice, self._whole):
            widget.hide()
            box.addWidget(widget)
        box.addWidget(self._area, 1)
        box.addWidget(self._foot)
        self.say(self._notice_text.setText, RESTORED)
        self.say(discard.setText, THROW_AWAY)
        self.say(keys.setText, KEYS)
        self.say(self._save.setText, SAVE)
        self.say(self._save.setToolTip, SAVE_TIP)
        self.say(self._correction.setPlaceholderText, CORRECTION)

    # --- what it shows -----------------------------------------------------------------------------------------------

    @property
    def record_id(self) -> str | None:
        """The record being corrected, ``None`` for a new one."""
        return self._record_id

    @property
    def version_id(self) -> str | None:
        """The version the correction started from (also when it comes back from a draft); for ``Entry.save``."""
        return self._version_id

    @property
    def draft_key(self) -> str:
        return f"form:{self.record_type.name}:{self._record_id or 'new'}"

    def set_record(self, record: object, *, record_id: str | None = None, version_id: str | None = None) -> None:
        """Show a record (``None``: an empty new one); a draft kept for it comes back on top."""
        self.keep_draft_now()
        self._record_id, self._version_id = record_id, version_id
        self._touched.clear()
        self._asked = False
        self._from_saving = []
        self._correction.clear()
        self._correction.hide()
        cls = self.record_type.cls
        values: dict[str, Any] = initial_values(cls) if record is None else self.record_type.values(record)
        self._baseline = {}
        for field in self.record_type.fields:
            value = values[field.name]
            text = (
                lines_text(line_values(field, value or ())) if field.kind is Kind.LINES else typed_value(field, value)
            )
            self._baseline[field.name] = text
            self.blocks[field.name].set_text(text)
            self.blocks[field.name].set_reason("")
        self._restore_draft()
        for block in self.blocks.values():
            block.editor.forget_typing()
        self.steps.begin()
        self._hide_empty()
        self._check()
        self.shown_record.emit()

    def set_values(self, values: dict[str, str], *, prefill: bool = False) -> None:
        """Put in values as typed; unnamed fields stay. ``prefill``: the page's proposal, nothing to keep as a draft."""
        for name, text in values.items():
            if name in self.blocks and not (prefill and self._draft_stands and not self.blocks[name].is_empty()):
                self.blocks[name].set_text(text)
                if prefill:
                    self._baseline[name] = text
                    self.steps.accept(name, self.blocks[name].editor.text())
                else:
                    self._touched.add(name)
        if not prefill:
            self._note_change()
        self._check()

    def values(self) -> dict[str, str]:
        return {name: block.editor.text() for name, block in self.blocks.items()}

    def typed(self) -> dict[str, Any]:
        """Return what ``domain.validation`` reads: texts, and rows of texts for lists."""
        out: dict[str, Any] = {}
        for name, block in self.blocks.items():
            out[name] = block.editor.rows() if isinstance(block.editor, LinesEditor) else block.editor.text()
        return out

    def is_dirty(self) -> bool:
        """Whether something typed is not saved."""
        return any(text != self._baseline.get(name, "") for name, text in self.values().items()) or bool(self.reason())

    def set_read_only(self, read_only: bool) -> None:
        """Show as text, or as fields."""
        self._read_only = read_only
        for block in self.blocks.values():
            block.set_read_only(read_only)
        self._foot.setVisible(not read_only)
        self._hide_empty()
        self._check()

    def _hide_empty(self) -> None:
        """In a form that is only read, empty fields take no room."""
        for block in self.blocks.values():
            block.setVisible(not (block.field.internal or (self._read_only and block.is_empty())))
        for heading, group, names in self._groups:
            heading.setVisible(any(not self.blocks[name].isHidden() for name in names))
            group.setVisible(not heading.isHidden())
            group.lay_again()

    # --- problems ----------------------------------------------------------------------------------------------------

    def problems(self) -> list[Problem]:
        """Everything that stands against the record now."""
        if self._read_only:
            return []
        found = check_values(self.record_type, self.typed(), self._clock.today())
        return found + [p for p in self._from_saving if p not in found]

    def record(self) -> Any:
        """Return the record; raises ``UserError`` REC-001 while hard problems stand."""
        return build(self.record_type, self.typed(), self._clock.today())

    def reason(self) -> str:
        """Return the reasons typed for unusual values and for a correction."""
        parts = [self._correction.text().strip()]
        for block in self.blocks.values():
            if block.reason():
                parts.append(f"{block.field.label.zh}：{block.reason()}")
        return ";".join(part for part in parts if part)

    def ask_reason(self, needed: bool = True) -> None:
        """Show the line for the reason of a correction (after SAV-010) and put the cursor there."""
        self._correction.setVisible(needed)
        if needed:
            theme.mark(self._correction, problem="" if self._correction.text().strip() else "warn")
            self._correction.setFocus()

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Show problems found by saving, each at its field."""
        self._asked = True
        self._from_saving = list(problems)
        self._check()
        self.focus_first_problem()

    def _is_explained(self) -> bool:
        """Whether a note of the record, or the reason of the correction, says why something is unusual."""
        notes = [self.blocks[n].editor.text() for n in ("note", "remark") if n in self.blocks]
        return any(note.strip() for note in notes) or bool(self._correction.text().strip())

    def _shows(self, problem: Problem) -> bool:
        """While somebody is still typing, only what was touched is judged."""
        name = (problem.field or "").partition(".")[0]
        if self._asked or problem in self._from_saving:
            return True
        if name not in self.blocks:
            return bool(self._touched)
        if problem.code == RecordProblem.REQUIRED.code and "." not in (problem.field or ""):
            return name in self._touched and self.blocks[name].is_empty()
        return name in self._touched or not self.blocks[name].is_empty()

    def _check(self) -> None:
        self._checks.stop()
        found = self.problems()
        shown = [p for p in found if self._shows(p)]
        at: dict[str, list[Problem]] = defaultdict(list)
        for problem in shown:
            at[(problem.field or "").partition(".")[0]].append(problem)
        explained = self._is_explained()
        for name, block in self.blocks.items():
            block.show_problems(at.pop(name, []), explained=explained)
        rest = [p for name in at for p in at[name]]
        self._whole.setVisible(bool(rest))
        self._whole_text.setText("\n".join(problem_text(p) for p in rest))
        hard = sum(p.severity is Severity.ERROR for p in shown)
        theme.mark(self._whole, state="error" if any(p.severity is Severity.ERROR for p in rest) else "warn")
        unexplained = 0 if explained else sum(b.needs_reason() for b in self.blocks.values())
        if hard:
            self._summary.setText(tr(TO_MEND, count=hard))
        elif unexplained:
            self._summary.setText(tr(TO_EXPLAIN, count=unexplained))
        self._summary.setVisible(bool(hard or unexplained))

    def focus_field(self, name: str) -> None:
        """Put the cursor into a field; ``list.cell`` goes to the list."""
        block = self.blocks.get(name.partition(".")[0])
        if block is not None:
            block.editor.line.setFocus(Qt.FocusReason.OtherFocusReason)
            self._area.ensureWidgetVisible(block)
            QTimer.singleShot(0, block, lambda: self._scroll_to(block))  # once more when everything has its place

    def _scroll_to(self, block: FieldBlock) -> None:
        if block.isAncestorOf(QApplication.focusWidget() or self):
            self._area.ensureWidgetVisible(block)

    def focus_first(self) -> None:
        """Put the cursor into the first field, or where it was when a draft was kept."""
        if not (self._draft_stands and self._go_back()):
            self.focus_field(next(name for section in layouts.sections(self.record_type) for name in section.fields))

    def _cursor(self) -> str:
        """Return where the cursor is, for the draft: field and place in it; as before while it is outside the form."""
        focus = QApplication.focusWidget()
        for name, block in self.blocks.items():
            if focus is not None and block.isAncestorOf(focus):
                place = focus.cursorPosition() if isinstance(focus, QLineEdit) else ""
                return f"{name}|{block.editor.cursor_place() if isinstance(block.editor, LinesEditor) else place}"
        return self._cursor_was

    def _go_back(self) -> bool:
        name, _, place = self._cursor_was.partition("|")
        if name not in self.blocks:
            return False
        self.focus_field(name)
        editor = self.blocks[name].editor
        if isinstance(editor, LinesEditor):
            editor.go_back(place)
        elif isinstance(editor.line, QLineEdit) and place.isdecimal():
            editor.line.deselect()
            editor.line.setCursorPosition(int(place))
        return True

    def focus_first_problem(self) -> None:
        """Go to the first thing to correct, or to explain."""
        order = [name for section in layouts.sections(self.record_type) for name in section.fields]
        for name in order:
            hard = [p for p in self.blocks[name].problems() if p.severity is Severity.ERROR]
            if hard:
                self.focus_field(name)
                editor = self.blocks[name].editor
                if isinstance(editor, LinesEditor):
                    editor.go_to_problem(hard[0])
                return
        if not self._is_explained():
            for name in order:
                if self.blocks[name].needs_reason():
                    self.blocks[name].focus_reason()
                    self._area.ensureWidgetVisible(self.blocks[name])
                    return

    # --- typing ------------------------------------------------------------------------------------------------------

    def _edited(self, name: str) -> None:
        self._from_saving = [p for p in self._from_saving if (p.field or "").partition(".")[0] not in ("", name)]
        if name == _CORRECTION:
            theme.mark(self._correction, problem="" if self._correction.text().strip() else "warn")
        if name in self._touched or self._asked or name == _CORRECTION:
            self._checks.start()  # once wrong, a field follows every key, so that one sees it mended
        elif self.blocks[name].problems() or isinstance(self.blocks[name].editor, LinesEditor):
            self._checks.start()
        self._note_change()

    def _note_change(self) -> None:
        if self._drafts is not None and not self._timer.isActive():
            self._timer.start()
        self.changed.emit()

    def _put_back(self, name: str, text: str) -> None:
        """Undo or redo of a change that is not saved: the field says so, and has the cursor."""
        self.blocks[name].set_text(text)
        self.blocks[name].editor.forget_typing()
        self._touched.add(name)
        self._edited(name)
        self.focus_field(name)

    def _left(self, name: str) -> None:
        self.steps.note(name, self.blocks[name].editor.text())
        if not self._read_only and (not self.blocks[name].is_empty() or self._baseline.get(name)):
            self._touched.add(name)
            self._checks.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain and not self._read_only:
            if QApplication.focusWidget() is self._save:
                self.submit()
                return
            self.focusNextChild()
            focus = QApplication.focusWidget()
            if focus is not None and self._area.isAncestorOf(focus):
                self._area.ensureWidgetVisible(focus)
            return
        super().keyPressEvent(event)

    def repeat_last(self) -> None:
        """Put what the last saved record had into the field with the cursor."""
        focus = QApplication.focusWidget()
        for name, block in self.blocks.items():
            if focus is not None and (block is focus or block.isAncestorOf(focus)) and self._last_saved.get(name):
                block.set_text(self._last_saved[name])
                self._edited(name)
                return

    # --- saving ------------------------------------------------------------------------------------------------------

    def submit(self) -> bool:
        """As Ctrl+Enter: emit ``submitted`` or go to the first problem."""
        if self._read_only:
            return False
        self._finish_picking()
        self._asked = True
        self._from_saving = []
        self._check()
        found = self.problems()
        unexplained = not self._is_explained() and any(b.needs_reason() for b in self.blocks.values())
        if any(p.severity is Severity.ERROR for p in found) or unexplained:
            self.focus_first_problem()
            return False
        self.submitted.emit(self.record())
        return True

    def _finish_picking(self) -> None:
        """What stands half typed in the field with the cursor counts as if it had been left."""
        for block in self.blocks.values():
            if isinstance(block.editor, LinesEditor):
                block.editor.commit()
        focus = QApplication.focusWidget()
        if isinstance(focus, PickEdit) and self.isAncestorOf(focus):
            focus.take_marked() if focus.is_offering() and focus.text().strip() else focus.resolve()

    def saved(self, record: object, record_id: str, *, version_id: str | None = None) -> None:
        """Say that the record was saved: the draft goes, the fields show the saved values."""
        self._last_saved = self.values()
        self._timer.stop()
        if self._drafts is not None:
            self._drafts.remove(self.draft_key)
        self._draft_stands = False
        for block in self.blocks.values():
            block.set_reason("")
        self._baseline = self.values()  # nothing of this record is a draft any more
        self._correction.clear()
        self.set_record(record, record_id=record_id, version_id=version_id)
        self.draft_kept.emit()

    # --- drafts ------------------------------------------------------------------------------------------------------

    def keep_draft(self) -> None:
        """Write what is typed to the drafts, or remove the draft when it is what was saved."""
        self._timer.stop()
        if self._drafts is None or self._read_only:
            return
        if self.is_dirty():
            kept = {n: t for n, t in self.values().items() if t != self._baseline.get(n, "")}
            kept.update({_REASON + n: b.reason() for n, b in self.blocks.items() if b.reason()})
            if self._correction.text().strip():
                kept[_CORRECTION] = self._correction.text()
            if self._version_id:
                kept[_VERSION] = self._version_id
            self._cursor_was = self._cursor()
            if self._cursor_was:
                kept[_CURSOR] = self._cursor_was
            self._drafts.put(self.draft_key, self.record_type.name, self._record_id, kept)
            self._draft_stands = True
        elif self._draft_stands:
            self._drafts.remove(self.draft_key)
            self._draft_stands = False
        self.draft_kept.emit()

    def keep_draft_now(self) -> None:
        """Write at once what the timer would write (leaving the page)."""
        if self._timer.isActive():
            self.keep_draft()

    def _restore_draft(self) -> None:
        draft = self._drafts.get(self.draft_key) if self._drafts is not None else None
        self._draft_stands = draft is not None
        self._notice.setVisible(draft is not None)
        if draft is None:
            return
        self._version_id = draft.values.get(_VERSION, self._version_id)
        self._cursor_was = draft.values.get(_CURSOR, "")
        for name, text in draft.values.items():
            if name in self.blocks:
                self.blocks[name].set_text(text)
                self._touched.add(name)
            elif name.startswith(_REASON) and name[len(_REASON) :] in self.blocks:
                self.blocks[name[len(_REASON) :]].set_reason(text)
            elif name == _CORRECTION:
                self._correction.setText(text)
                self._correction.show()

    def discard(self) -> None:
        """Throw the draft away and show what was saved."""
        self._timer.stop()
        if self._drafts is not None:
            self._drafts.remove(self.draft_key)
        self._draft_stands = False
        for name, text in self._baseline.items():
            self.blocks[name].set_text(text)
            self.blocks[name].set_reason("")
        self._correction.clear()
        self._correction.hide()
        self._touched.clear()
        self._asked = False
        self._notice.hide()
        self._check()
        self.changed.emit()
        self.draft_kept.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        self.keep_draft_now()
        super().hideEvent(event)

    def retranslate(self) -> None:
        super().retranslate()
        self._check()
