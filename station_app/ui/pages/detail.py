"""One record beside its list: form, history, and what a page adds; opens with Enter, closes with Esc."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QStackedWidget, QToolButton, QWidget

from station_app.domain.problems import UserError
from station_app.domain.registry import RecordType
from station_app.domain.text import Text
from station_app.services import access_log, founding, numbering
from station_app.services.problems import SaveProblem
from station_app.storage.changes import Changes
from station_app.storage.reader import STATE_LABELS, Filter, Query, State
from station_app.ui import history_panel, print_actions, record_form, theme, why_panel
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.pages.record_strips import ConflictStrip, ReasonStrip, StateStrip
from station_app.ui.parts import ElidedLabel, MenuButton, TextTabs, across, down, in_sentence, label
from station_app.ui.session import UNDO
from station_app.ui.titles import record_title

if TYPE_CHECKING:
    from station_app.domain.calc.explanation import Result
    from station_app.storage.reader import Row
    from station_app.ui.session import Session

FORM = Text("资料", "Record")
HISTORY = Text("历史", "History")
NEW = Text("新增{label}", "New {label}")
CLOSE = Text("关闭(Esc)", "Close (Esc)")
MORE = Text("更多", "More")
VOID = Text("作废…", "Void …")
RESTORE = Text("恢复", "Restore")
COPY_NEW = Text("以此为样新增", "New from this")
SAVED = Text("{title}：已保存。", "{title}: saved.")
UNCHANGED = Text("没有改动，无需保存。", "Nothing was changed.")
VOIDED = Text("{title}：已作废。", "{title}: voided.")
RESTORED = Text("{title}：已恢复。", "{title}: restored.")
GONE = Text("这条记录不在本工作站。", "This record is not in this workspace.")
RESTORE_REASON = Text("恢复误作废的记录", "Restored: it was voided by mistake")

CHIP_STATES = {
    State.COMPLETE: "", State.BROUGHT: "info", State.REVIEWED: "info", State.PACKAGED: "info", State.RECEIVED: "info", State.ACCEPTED: "ok",
    State.RETURNED: "warn", State.REFUSED: "error", State.CONFLICT: "error", State.VOID: "",
}  # fmt: skip


def proposed_of_new(session: Session, kind: RecordType) -> dict[str, str]:
    """Return what is proposed for a new record that says who works where: the own unit, and the name of whoever works here
    as long as nobody of that name is on record."""
    if kind.name != "staff":
        return {}
    author = session.workspace.identity.author.strip()
    named = bool(session.read.rows(Query(kind.name, (Filter("name", "eq", author),)), 1))
    proposed = {"organisation_id": founding.own_unit_id(session.workspace) or "", "name": "" if named else author}
    return {name: value for name, value in proposed.items() if value}


class ExtraPanel(Protocol):
    """What a page may add to the detail: a widget that shows something about the record."""

    def show_row(self, row: Row | None) -> None:
        """Show it for this record."""
        ...


class Footer(Protocol):
    """A line below the form that follows what is typed; ``why_asked(title, result)`` opens the explanation."""

    why_asked: Any

    def why(self) -> None:
        """Ask why (F8)."""
        ...

    def follow(self, form: record_form.RecordForm) -> None:
        """Follow this form."""
        ...


@dataclass(frozen=True, slots=True)
class Extra:
    """A further tab of the detail. ``first``: stands before the form and is shown when a record is opened."""

    key: str
    title: Text
    make: Callable[[Session], QWidget]
    first: bool = False


class DetailPanel(QFrame, Retranslated):
    """The record in sight.

    Signals:
        closed(): the person is done with it.
        saved(record_id): a new or corrected record was saved.
    """

    closed = Signal()
    saved = Signal(str)

    def __init__(self, session: Session, kind: RecordType, extras: Sequence[Extra] = (), parent: QWidget | None = None,
                 *, make_form: Callable[..., record_form.RecordForm] | None = None, footer: Callable[[Session], Any] | None = None
                 ) -> None:  # fmt: skip
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "panel")
        self.session, self.kind = session, kind
        self.row: Row | None = None
        self.is_new = False
        self._extras = list(extras)
        self._make_form, self._make_footer = make_form, footer
        self.footer: Any = None
        self.why: why_panel.WhyPanel | None = None
        self._editable = session.may_author(kind.name)
        self._number = ""
        self._numbered_for: dict[str, str] | None = None
        self._title = ElidedLabel("heading")
        self._chip = label("chip")
        self.more = MenuButton(MORE, "quiet")
        away = QToolButton()
        away.setIcon(theme.icon("close", "soft_text"))
        away.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away.clicked.connect(lambda _checked=False: self.close_panel())
        self.say(away.setToolTip, CLOSE)
        self.say(away.setAccessibleName, CLOSE)
        head = across(self._title, self._chip, None, self.more, away, spacing=8, margins=(12, 6, 6, 0))
        self.reason = ReasonStrip()
        self.conflict = ConflictStrip(session, kind)
        self.state_strip = StateStrip()
        self.tabs = TextTabs()
        self._stack = QStackedWidget()
        self.panels: dict[str, QWidget] = {}
        self.form: record_form.RecordForm | None = None
        for extra in self._extras:
            if extra.first:
                self.tabs.add(extra.key, extra.title)
        self.tabs.add("form", FORM)
        for extra in self._extras:
            if not extra.first:
                self.tabs.add(extra.key, extra.title)
        self.tabs.add("history", HISTORY)
        self.tabs.chosen.connect(self._show_tab)
        strips = down(self.state_strip, self.conflict, self.reason, spacing=4, margins=(12, 0, 12, 0))
        body = across(self._stack, margins=(12, 2, 8, 6))
        outer = self._outer = down(head, strips, across(self.tabs, margins=(4, 0, 4, 0)), body, spacing=4)
        outer.setStretch(3, 1)
        self.setLayout(outer)
        self.conflict.settled.connect(lambda: self.refresh(None))

    # --- opening and closing

    def open(self, record_id: str) -> bool:
        """Show a record; ``False`` when it is not here."""
        row = self.session.read.get(self.kind.name, record_id)
        if row is None:
            self.session.say(GONE, "warn")
            return False
        self.is_new = False
        self._take(row)
        access_log.note_record(self.session.workspace, access_log.Looked.SEEN, self.kind, row.record, record_id)
        first = next((e.key for e in self._extras if e.first), "form")
        self.tabs.choose(self.tabs.key() if self.isVisible() and self.tabs.key() else first)
        self._show_tab(self.tabs.key())
        return True

    def open_new(self, values: dict[str, str] | None = None) -> None:
        """Show an empty form, or one with ``values`` as typed."""
        self.row = None
        self.is_new = True
        form = self._form()
        self._number, self._numbered_for = "", None
        form.set_record(None)
        proposed = proposed_of_new(self.session, self.kind)
        if values or proposed:
            form.set_values({**proposed, **(values or {})}, prefill=True)
        self._propose_number()
        for strip in (self.reason, self.conflict, self.state_strip):
            strip.hide()
        self.retranslate()
        self.tabs.choose("form")
        self._show_tab("form")

    @property
    def _about(self) -> str:
        """What a notice about this form names as its cause."""
        return f"form:{self.kind.name}"

    def close_panel(self) -> None:
        """Hide; what was typed stays a draft."""
        self.session.mend(self._about)
        self.reason.hide()
        self.hide()
        self.closed.emit()

    def escape(self) -> bool:
        if self.reason.isVisible():
            self.reason.hide()
            return True
        if self.why is not None and self.why.isVisible():
            return self.why.escape()
        if self.isVisible():
            self.close_panel()
            return True
        return False

    def focus(self) -> None:
        """Put the keyboard into the form, or on the tab in front."""
        if self.tabs.key() == "form" and self.form is not None:
            self.form.focus_first()
        else:
            self.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_work(self) -> None:
        """Put the keyboard into what the tab in front shows."""
        if self.tabs.key() == "form":
            self.focus()
        else:
            self._stack.currentWidget().setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, changes: Changes | None) -> None:
        """Read the record again after a change elsewhere; what is being typed stays."""
        if self.row is None or not self.isVisible():
            return
        if changes is not None and changes.record_ids and self.row.record_id not in changes.record_ids:
            panel = self.panels.get(self.tabs.key())
            if panel is not None and hasattr(panel, "refresh"):
                panel.refresh(changes)
            elif self.tabs.key() not in ("form", "history"):
                self._show_tab(self.tabs.key())
            return
        row = self.session.read.get(self.kind.name, self.row.record_id)
        if row is not None:
            self._take(row, keep_typed=self.form is not None and self.form.is_dirty())
            self._show_tab(self.tabs.key())

    # --- showing

    def _take(self, row: Row, *, keep_typed: bool = False) -> None:
        self.row = row
        if not keep_typed:
            form = self._form()
            form.set_read_only(not self._editable or row.void or self.kind.is_final)
            form.set_record(row.record, record_id=row.record_id, version_id=row.version_id)
        self.reason.hide()
        self.conflict.show_row(row)
        self.state_strip.show_row(row, self.session.read.said_about(row.version_id))
        self.retranslate()

    def _form(self) -> record_form.RecordForm:
        if self.form is None:
            needs: dict[str, Any] = {
                "links": self.session.links, "clock": self.session.workspace.clock, "drafts": self.session.workspace.drafts,
                "files": self.session.files, "read_only": not self._editable,
            }  # fmt: skip
            made = (
                self._make_form(**needs) if self._make_form is not None else record_form.RecordForm(self.kind, **needs)
            )
            self.form = made
            self.form.submitted.connect(self._save)
            self.form.changed.connect(lambda: self.session.mend(self._about))
            self.form.changed.connect(self._propose_number)
            self.form.draft_kept.connect(self.session.drafts_changed)
            self.panels["form"] = self.form
            self._stack.addWidget(self.form)
            if self._make_footer is not None:
                self.footer = self._make_footer(self.session)
                self.footer.follow(self.form)
                self.footer.why_asked.connect(self.show_why)
                shortcut = QShortcut(QKeySequence("F8"), self)
                shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                shortcut.activated.connect(lambda: self.footer.why())
                self._outer.addWidget(self.footer)
        return self.form

    def _panel(self, key: str) -> QWidget:
        if key == "form":
            return self._form()
        if key not in self.panels:
            if key == "history":
                made: QWidget = history_panel.HistoryPanel(self.session.entry, links=self.session.links)
            else:
                made = next(e for e in self._extras if e.key == key).make(self.session)
            self.panels[key] = made
            self._stack.addWidget(made)
        return self.panels[key]

    def _show_tab(self, key: str) -> None:
        if not key or (self.row is None and not self.is_new):
            return
        self.tabs.setVisible(not self.is_new)
        panel = self._panel(key)
        if key == "history":
            panel.show_record(self.row.record_id if self.row else None)  # type: ignore[attr-defined]
        elif key != "form":
            panel.show_row(self.row)  # type: ignore[attr-defined]
        self._stack.setCurrentWidget(panel)
        if self.footer is not None:
            self.footer.setVisible(key == "form")

    def _propose_number(self) -> None:
        """Put the next free number into a new record, as long as nobody typed another."""
        name, form = numbering.numbered_field(self.kind), self.form
        if not self.is_new or not name or form is None:
            return
        stands = form.blocks[name].editor.text()
        based = numbering.built_on(self.kind)
        if stands not in ("", self._number) or (stands and not based):
            return
        values = {based: form.blocks[based].editor.text()} if based else {}
        if values == self._numbered_for and stands == self._number:
            return
        self._numbered_for = values
        free = numbering.next_number(self.session.read, self.kind, values, self.session.today().year)
        if free != stands:
            self._number = free
            form.set_values({name: free}, prefill=not stands)

    def show_why(self, title: Text, result: Result) -> None:
        """Show in place of the form why a figure of it is what it is; Esc returns."""
        if self.why is None:
            self.why = why_panel.WhyPanel(self.session)
            self.why.closed.connect(self._why_closed)
            self._stack.addWidget(self.why)
        self.why.show_result(title, result)
        self._stack.setCurrentWidget(self.why)
        self.why.show()
        self.footer.hide()
        self.why.setFocus(Qt.FocusReason.OtherFocusReason)

    def _why_closed(self) -> None:
        self._show_tab(self.tabs.key())
        self.focus()

    def retranslate(self) -> None:
        super().retranslate()
        self.more.empty()
        if self.row is None:
            self._title.setText(tr(NEW, label=in_sentence(self.kind.label)))
            self._chip.hide()
            self.more.hide()
            return
        self._title.setText(record_title(self.session, self.kind, self.row.record))
        self._chip.setText(tr(STATE_LABELS[self.row.state]))
        theme.mark(self._chip, state=CHIP_STATES[self.row.state])
        self._chip.show()
        self.more.show()
        self.more.offer(print_actions.PRINT_RECORD, self.print_sheet)
        if self._editable and not (self.kind.by_act and self.kind.is_about_others):
            self.more.separate()
            if not (self.kind.is_final or self.kind.by_act):
                self.more.offer(COPY_NEW, self.copy_as_new)
                self.more.separate()
            if self.row.void:
                self.more.offer(RESTORE, self.restore)
            else:
                self.more.offer(VOID, self.ask_void)

    # --- verbs

    def _save(self, record: object) -> None:
        form = self._form()
        try:
            saved = self.session.entry.save(
                record,
                record_id=None if self.row is None else self.row.record_id,
                reason=form.reason(),
                expected_version_id=None if self.row is None else form.version_id,
                initiator=self,
            )
        except UserError as error:
            self._refused(error)
            return
        form.saved(record, saved.record_id, version_id=saved.version_id or form.version_id)
        self.is_new = False
        row = self.session.read.get(self.kind.name, saved.record_id)
        if row is not None:
            self._take(row)
            self._show_tab(self.tabs.key())
        self.session.mend(self._about)
        if saved.version_id is None:
            self.session.say(UNCHANGED, "info")
        else:
            title = record_title(self.session, self.kind, record)
            self.session.say(
                SAVED.format(title=title or self.kind.label), "ok", action_text=UNDO, action=self.session.undo_that()
            )
        self.saved.emit(saved.record_id)

    def _refused(self, error: UserError) -> None:
        form = self._form()
        if found := [each for each in error.problems if each.code != error.code]:
            form.show_problems(found)
        if error.code in (SaveProblem.ALREADY_SENT.code, SaveProblem.REASON_NEEDED.code):
            form.ask_reason(True)
            self.session.say(error.text, "warn", about=self._about)
        else:
            self.session.show_error(error, self._about)

    def print_sheet(self, target: Path | None = None) -> None:
        """Write the record as a form to print and sign; what is typed and not saved is not on it."""
        if self.row is not None:
            title = record_title(self.session, self.kind, self.row.record)
            print_actions.print_record(self.session, self, self.kind, self.row, title, target)

    def copy_as_new(self) -> None:
        values = self._form().values()
        for name in self.kind.key:
            if self.kind.by_name[name].target == "":
                values[name] = ""
        self.open_new(values)
        self.focus()

    def ask_void(self) -> None:
        """Ask for the reason, in place."""
        self.reason.ask(self.void)

    def void(self, reason: str) -> None:
        """Withdraw the record; it stays in the history and can be brought back."""
        if self.row is None:
            return
        title = record_title(self.session, self.kind, self.row.record)
        try:
            self.session.entry.void(self.row.record_id, reason, initiator=self)
        except UserError as error:
            self.session.show_error(error)
            return
        self.refresh(None)
        self.session.say(VOIDED.format(title=title), "ok", action_text=UNDO, action=self.session.undo_that())

    def restore(self) -> None:
        """Bring a withdrawn record back."""
        if self.row is None:
            return
        title = record_title(self.session, self.kind, self.row.record)
        try:
            self.session.entry.restore(self.row.record_id, tr(RESTORE_REASON), initiator=self)
        except UserError as error:
            self.session.show_error(error)
            return
        self.refresh(None)
        self.session.say(RESTORED.format(title=title), "ok", action_text=UNDO, action=self.session.undo_that())
