"""What every page works with: the open workspace, its services, the year in sight, and where to go next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from station_app.domain import registry
from station_app.domain.problems import UserError
from station_app.domain.roles import Role
from station_app.domain.text import Text
from station_app.logs import log
from station_app.services import entry, undo
from station_app.services.problems import ServiceProblem
from station_app.storage.changes import Changes
from station_app.ui import files_editor, link_picker, titles
from station_app.ui.jobs import WORKING, A, Context, Job, Jobs

if TYPE_CHECKING:
    from station_app.exchange.update.finding import Candidate
    from station_app.storage.reader import Reader
    from station_app.storage.user_actions import UserAction
    from station_app.storage.workspace import Workspace

ALL_YEARS = 0
RUNNING = "window.running"  # set while a window is open: found at a start, the last one ended suddenly
AT_ONCE = 200  # records taken back without a cover over the window
UNDO, REDO = Text("撤销", "Undo"), Text("重做", "Redo")
DISCARDED, TAKE_BACK = Text("草稿已放弃。", "Draft discarded."), Text("恢复", "Bring it back")
NEWER_DRAFT = Text(
    "这里已有新的草稿，没有覆盖它。要找回旧的，请先保存或放弃新的。",
    "A newer draft stands here and was not overwritten. To have the old one back, save or discard the newer one first.",
)
UNDO_IT, REDO_IT = Text("撤销：{what}", "Undo: {what}"), Text("重做：{what}", "Redo: {what}")
UNDONE, REDONE = Text("已撤销：{what}", "Undone: {what}"), Text("已重做：{what}", "Done again: {what}")
UNDOING, REDOING = Text("正在撤销 {what}", "Undoing {what}"), Text("正在重做 {what}", "Doing again {what}")
NOT_LAST = Text("这之后又做了“{what}”。按 Ctrl+Z 一步一步退回。",
                "Since then: {what}. Ctrl+Z goes back step by step.")  # fmt: skip
BUSY = Text("正在写入，等它结束再撤销或重做。", "Writing is under way; undo or redo when it has ended.")
NO_UNDO = Text("没有可以撤销的操作。", "There is nothing to undo.")
NO_REDO = Text("没有可以重做的操作。", "There is nothing to do again.")


class Place(NamedTuple):
    """Somewhere in the window.

    Attributes:
        page: Key of a navigation entry; empty when ``record_type`` decides.
        record_type: Which list of the page.
        record_id: A record to open, ``new`` for an empty form, ``import`` to choose a workbook.
        state: Only records in this state.
        draft: Key of a draft to go on with.
        field: Which field of the record is meant.
        back: Somebody only looks something up there: Esc leads back to where it was asked.
    """

    page: str = ""
    record_type: str = ""
    record_id: str = ""
    state: str = ""
    draft: str = ""
    field: str = ""
    back: bool = False


class Notice(NamedTuple):
    """A sentence that comes and goes by itself; ``action`` is offered as a button.

    ``about`` names its cause (an act, a form, a page): the sentence goes when the cause does, or when something newer is
    said about it.
    """

    text: Text
    state: str = "ok"
    action_text: Text | None = None
    action: Callable[[], None] | None = None
    lasting: bool = False
    about: str = ""


class Session(QObject):
    """The open workspace as the pages see it. Lives on the window's thread.

    Signals:
        year_changed(): another year is in sight (``year``; ``ALL_YEARS`` for all).
        data_changed(Changes): after a commit, from whatever part of the program.
        place_asked(Place): somebody wants to go there.
        noticed(Notice): something to say in passing.
        mended(about): what sentences were about is put right, or gone.
        busy_changed(Job or None): a job that writes holds the window.
        person_changed(): another author name.
        drafts_changed(): something typed was kept, or its draft removed.
        leave_asked(Launch): the program is to close and an installer to run.
        history_moved(): undo or redo was done, or refused.
        update_found(): ``update`` holds a newer version of the program that can be installed here.
    """

    year_changed = Signal()
    data_changed = Signal(object)
    place_asked = Signal(object)
    noticed = Signal(object)
    mended = Signal(str)
    busy_changed = Signal(object)
    person_changed = Signal()
    drafts_changed = Signal()
    leave_asked = Signal(object)
    update_found = Signal()
    history_moved = Signal()

    def __init__(self, workspace: Workspace, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self.jobs = Jobs(workspace.new_reader, self)
        self.closed = False
        self.update: Candidate | None = None
        self.cache: dict[str, Any] = {}  # names read often; emptied by every change
        self._entry: entry.Entry | None = None
        self._files: files_editor.FileShelf | None = None
        self._writing = False  # a job that writes holds the window
        stored = workspace.settings.get("year")
        self._year = int(stored) if stored.isdigit() else self.today().year
        workspace.changed.append(self._announced)

    # --- the workspace

    @property
    def read(self) -> Reader:
        return self.workspace.read

    @cached_property
    def links(self) -> link_picker.ReaderLinks:
        """Where forms look up what they may name."""
        return link_picker.ReaderLinks(self.read)

    @property
    def entry(self) -> entry.Entry:
        """Return the service that saves and voids; made at first use."""
        if self._entry is None:
            self._entry = entry.Entry(self.workspace)
        return self._entry

    @property
    def files(self) -> files_editor.FileShelf:
        """Return the attachments as forms see them; made at first use."""
        if self._files is None:
            self._files = files_editor.FileShelf(self.workspace.attachments, self.run)
        return self._files

    @property
    def role(self) -> Role:
        return self.workspace.identity.role

    @property
    def is_county(self) -> bool:
        return self.role is not Role.STATION

    def today(self) -> date:
        """Return the official day."""
        return self.workspace.clock.today()

    @property
    def may_write(self) -> bool:
        """Whether anything can be written: not where the workspace was opened to look at."""
        return not self.workspace.looked_at_only

    def may_author(self, type_name: str) -> bool:
        """Whether records of a type may be entered here."""
        return self.may_write and self.role in registry.record_type(type_name).authors

    # --- the year in sight

    @property
    def year(self) -> int:
        return self._year

    def set_year(self, year: int) -> None:
        if year != self._year:
            self._year = year
            self.workspace.settings.set("year", str(year))
            self.year_changed.emit()

    # --- doing

    def go(self, place: Place) -> None:
        self.place_asked.emit(place)

    def say(self, text: Text, state: str = "ok", *, action_text: Text | None = None,
            action: Callable[[], None] | None = None, lasting: bool = False, about: str = "") -> None:  # fmt: skip
        self.noticed.emit(Notice(text, state, action_text, action, lasting, about))

    def mend(self, about: str) -> None:
        """Say that the cause of a notice is put right, or gone: the notice goes too."""
        self.mended.emit(about)

    def discard_draft(self, key: str) -> None:
        """Throw a draft away; the notice brings it back, where no newer one stands in its place."""
        drafts = self.workspace.drafts
        draft = drafts.get(key)
        if draft is None:
            return

        def take_back() -> None:
            if drafts.get(key) is not None:
                self.say(NEWER_DRAFT, "warn", lasting=True, action_text=TAKE_BACK, action=take_back)
                return
            drafts.put(draft.key, draft.record_type, draft.record_id, draft.values)
            self.drafts_changed.emit()

        drafts.remove(key)
        self.drafts_changed.emit()
        self.say(DISCARDED, "ok", action_text=TAKE_BACK, action=take_back)

    def set_author(self, name: str) -> None:
        self.workspace.set_author(name)
        self.person_changed.emit()

    # --- undo and redo: one history of the workspace, whatever page one is on

    def name_of(self, action: UserAction) -> Text:
        """Return how an action is called, with its record's name or the number of records."""
        if not action.of_record or len(action.steps) > 1:
            return undo.action_name(action)
        step = action.steps[0]
        return undo.action_name(action, titles.owner_title(self, step.record_type, step.record_id))

    def undo_that(self) -> Callable[[], None]:
        """Return what a notice of the action just done offers: take this one back, never a later one."""
        meant = self.workspace.actions.last

        def act() -> None:
            last = self.workspace.actions.last
            if last is not None and meant is not None and last.number != meant.number:
                self.say(NOT_LAST.format(what=self.name_of(last)), "info")
            else:
                self.undo()

        return act

    def undo(self) -> None:
        """Take back what was done last and say what it was."""
        self._move(self.workspace.actions.last, NO_UNDO, UNDOING, UNDONE)

    def redo(self) -> None:
        """Do again what was taken back last and say what it was."""
        self._move(self.workspace.actions.next, NO_REDO, REDOING, REDONE)

    def _move(self, action: UserAction | None, nothing: Text, title: Text, said: Text) -> None:
        if self._writing:
            self.say(BUSY, "warn")
            return
        if action is None:
            self.say(nothing, "info")
            return
        what, back = self.name_of(action), said is UNDONE
        step = undo.undo if back else undo.redo

        def done(_moved: object) -> None:
            self.say(said.format(what=what), "ok", action_text=REDO if back else UNDO,
                     action=self.redo if back else self.undo_that())  # fmt: skip
            self.history_moved.emit()

        if len(action.steps) > AT_ONCE:
            self.write(lambda workspace, context: step(workspace, context=context), title=title.format(what=what),
                       on_done=done)  # fmt: skip
            return
        try:
            done(step(self.workspace))
        except UserError as error:
            self.show_error(error)
            self.history_moved.emit()

    def write(
        self, work: Callable[[Workspace, Context], A], *, title: Text, on_done: Callable[[A], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> Job:  # fmt: skip
        """Run a long piece of work that writes, with its own hand on the workspace; the window shows its progress.

        ``work(workspace, context)`` runs off the window's thread. What it changed is announced here when it ends.
        """
        self._writing = True
        job = self.beside(work, title=title, on_done=on_done, on_error=on_error, covered=True)
        self.busy_changed.emit(job)
        return job

    def beside(
        self, work: Callable[[Workspace, Context], A], *, title: Text, on_done: Callable[[A], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None, covered: bool = False,
    ) -> Job:  # fmt: skip
        """As ``write``, for work that only reads: the window stays open for the person."""
        self.mend(title.en)  # whoever tries again has read what stood in the way
        collected: list[Changes] = []

        hand = self.workspace.beside()

        def run(context: Context) -> A:
            with hand as own:
                own.changed.append(collected.append)
                return work(own, context)

        def ended() -> None:
            if covered:
                self._writing = False
                self.busy_changed.emit(None)
            tables = frozenset(t for c in collected for t in c.tables)
            if tables:
                ids = [c.record_ids for c in collected]
                known = frozenset(i for group in ids for i in group) if all(ids) else frozenset()
                self.workspace.announce(Changes(tables, known, None))

        def done(result: A) -> None:
            ended()
            if on_done is not None:
                on_done(result)

        def failed(error: BaseException) -> None:
            ended()
            (on_error or partial(self.show_error, about=title.en))(error)

        return self.run(run, title=title, on_done=done, on_error=failed)

    def run(
        self, work: Callable[[Context], A], *, title: Text = WORKING, on_done: Callable[[A], None] | None = None,
        on_error: Callable[[BaseException], None] | None = None,
    ) -> Job:  # fmt: skip
        """Run ``work(context)`` off the window's thread; ``context.reader`` reads the workspace.

        What comes back after the workspace was closed is dropped. Without ``on_error`` a failure is shown. What a widget is
        to show is asked with ``ask``.
        """
        done, failed = self._while_open(on_done), self._while_open(on_error or self.show_error)
        return self.jobs.run(work, title=title, on_done=done, on_error=failed)

    def ask(
        self, asker: QObject, work: Callable[[Context], A], *, on_done: Callable[[A], None], title: Text = WORKING,
        on_error: Callable[[BaseException], None] | None = None, about: str = "",
    ) -> Job:  # fmt: skip
        """As ``run``, for what ``asker`` shows: an answer to any but its newest question ``about`` the same is dropped."""
        done, failed = self._while_open(on_done), self._while_open(on_error or self.show_error)
        return self.jobs.ask(asker, work, title=title, on_done=done, on_error=failed, about=about)

    def ask_no_more(self, asker: QObject, about: str = "") -> None:
        """Drop what ``asker`` still waits for: it shows something else now."""
        self.jobs.ask_no_more(asker, about)

    def _while_open(self, then: Callable[[A], None] | None) -> Callable[[A], None]:
        def hear(answer: A) -> None:
            if then is not None and not self.closed:
                then(answer)

        return hear

    def show_error(self, error: BaseException, about: str = "") -> None:
        """Say what went wrong: mendable things as a notice that stays until its cause goes, anything else to the crash
        report."""
        if isinstance(error, UserError) and error.code == ServiceProblem.STOPPED.code:
            self.say(error.text, "info")
        elif isinstance(error, UserError):
            log.ui.warning("told: %s", error)
            self.say(
                Text("{text}({code})", "{text} ({code})").format(text=error.text, code=error.code),
                "error",
                lasting=True,
                about=about,
            )
        else:
            raise error

    def close(self) -> None:
        if self._announced in self.workspace.changed:
            self.workspace.changed.remove(self._announced)
        self.jobs.wait()
        if not self.closed:
            try:
                if self.workspace.settings.get(RUNNING) == "1":
                    self.workspace.settings.set(RUNNING, "")
            except UserError:
                pass  # a full disk must not keep the window open; the next start says what it finds
        self.closed = True
        self.workspace.close()

    def _announced(self, changes: Changes) -> None:
        if "links" in self.__dict__:
            self.links.forget()
        if changes.tables & {"organisation", "household"}:
            self.cache.clear()
        self.data_changed.emit(changes)
