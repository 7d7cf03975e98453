"""The list of one record type with everything a page offers around it: filters, progress, detail, problems, import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QWidget

from station_app.county import review
from station_app.domain import guards
from station_app.domain.fields import Kind
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.registry import RecordType, Role, record_type
from station_app.domain.text import Text
from station_app.services import villages
from station_app.storage.changes import Changes
from station_app.storage.reader import Filter, Query, State
from station_app.ui import actions, print_actions, record_table
from station_app.ui.guarded import guard
from station_app.ui.i18n import Retranslated
from station_app.ui.pages import catalogue, import_panel
from station_app.ui.pages.detail import DetailPanel, Extra
from station_app.ui.pages.empty_texts import empty_body, empty_title
from station_app.ui.pages.record_strips import ReasonStrip
from station_app.ui.parts import EmptyState, MenuButton, Meter, TextCombo, across, button, down, in_sentence, label
from station_app.ui.problem_list import Finding, ProblemList
from station_app.ui.session import ALL_YEARS, Place, Session
from station_app.ui.titles import record_title, village_choices

if TYPE_CHECKING:
    from PySide6.QtWidgets import QPushButton

    from station_app.storage.reader import Row
    from station_app.ui.jobs import Context
    from station_app.ui.record_form import RecordForm

NEW = Text("新增{label}", "New {label}")
NEW_TIP = Text("新增(Ctrl+N)", "New (Ctrl+N)")
IMPORT = Text("导入 Excel", "Import Excel")
EXPORT = Text("导出", "Export")
TEMPLATE = Text("空白模板：{label}", "Empty template: {label}")
ALL_VILLAGES = Text("全部嘎查村", "All villages")
VILLAGE = Text("嘎查村", "Village")
SENT = Text("已上报 {done} / {total}", "Sent {done} / {total}")
SHOW_ALL = Text("看全部年度", "Show all years")
IMPORT_FIRST = Text("从 Excel 导入", "Import from Excel")
ACCEPT, SEND_BACK = Text("认可所选", "Accept selected"), Text("退回所选…", "Return selected …")
WHY_BACK, SEND_BACK_NOW, KEEP_THEM = (
    Text("退回的原因，站里会看到：", "Why are they returned? The station will read it:"), Text("退回", "Return"),
    Text("不退回", "Keep them"))  # fmt: skip
SELECT_FIRST = Text(
    "请先在列表里选中要审核的记录(可按住 Shift 多选)。", "Select the records to review first (Shift for several)."
)
ACCEPTED = Text("已认可 {n} 条，随下一份回执下达。", "{n} accepted; the next receipt tells the station.")
SENT_BACK = Text("已退回 {n} 条，随下一份回执下达。", "{n} returned; the next receipt tells the station.")
ASKING = {
    State.RETURNED: Text("县里退回，请更正后重新上报", "returned by the county; correct it and send again"),
    State.REFUSED: Text("县里没有接收，请更正后重新上报", "not taken in by the county; correct it and send again"),
    State.CONFLICT: Text("两处同时改过，请选定以哪个为准", "changed in two places; choose which version stands"),
}
SHOWN_PROBLEMS = 20
SENT_STATES = (State.PACKAGED, State.RECEIVED, State.ACCEPTED)
MOVES_STATES = frozenset({"review", "receipt"})
# Made by the program or on a page of their own, never typed into an empty form.
NO_REVIEW = frozenset({"organisation", "staff"})


def year_filters(kind: RecordType, year: int) -> tuple[Filter, ...]:
    if year == ALL_YEARS or not kind.year_field:
        return ()
    if kind.by_name[kind.year_field].kind is Kind.DATE:
        return (Filter(kind.year_field, "ge", date(year, 1, 1)), Filter(kind.year_field, "le", date(year, 12, 31)))
    return (Filter(kind.year_field, "eq", year),)


def default_sort(kind: RecordType) -> tuple[tuple[str, bool], ...]:
    """Return the order of a fresh list: newest year first, then by key; registers by key."""
    sort = [(kind.year_field, True)] if kind.year_field else []
    key = next((n for n in kind.key if n != kind.year_field and kind.by_name[n].kind is not Kind.LINK), "")
    if key:
        sort.append((key, False))
    return tuple(sort) or (("_hlc", True),)


@dataclass(frozen=True, slots=True)
class SectionOptions:
    """What a page adds to the list of a type.

    Attributes:
        extras: Tabs of the detail.
        reports: Workbooks of the export menu.
        columns: Columns of the list instead of the usual ones.
        village: Whether the village filter is offered where the type has one.
        form: Makes the form of the detail, called as ``RecordForm`` is but without the type.
        footer: Makes a line below the form that follows what is typed.
    """

    extras: Sequence[Extra] = ()
    reports: Sequence[str] = ()
    columns: Sequence[str] | None = None
    village: bool = True
    form: Callable[..., RecordForm] | None = None
    footer: Callable[[Session], Any] | None = None


class RecordSection(QWidget, Retranslated):
    """List and detail of one record type.

    ``filter_row`` and ``verbs`` are placed by the page: in the row of its tabs, and in its head.

    What it shows is read by ``reload``, which whoever makes it calls when it comes into sight.

    Signals:
        saved(record_id): a record was saved here.
    """

    saved = Signal(str)

    def __init__(self, session: Session, type_name: str, options: SectionOptions | None = None,
                 parent: QWidget | None = None) -> None:  # fmt: skip
        super().__init__(parent)
        self.follow_language()
        self.session = session
        self.kind = record_type(type_name)
        self.options = options or SectionOptions()
        self._editable = session.may_author(type_name)
        self._needs_no_review = self.kind.is_about_others or type_name in NO_REVIEW
        self._may_import = self._editable and not (self.kind.by_act or self.kind.is_about_others)
        self._reviewable = (
            session.may_write and session.is_county and Role.STATION in self.kind.authors and not self._needs_no_review
        )
        self._state = ""
        self._village = ""
        self._filters_of_place: tuple[Filter, ...] = ()
        self._make_filters()
        self._make_work()
        self.verbs = self._make_verbs()

    # --- building

    def _make_filters(self) -> None:
        self.village = TextCombo([(ALL_VILLAGES, "")])
        self.say(self.village.setAccessibleName, VILLAGE)
        self.village.chosen.connect(self._village_chosen)
        named = self.kind.by_name
        self._by_village = self.options.village and ("village_code" in named or "household_id" in named)
        if not self._by_village:
            self.village.hide()
        self._progress_text = label("hint")
        self._progress = Meter()
        self._progress_text.hide()
        self._progress.hide()
        self.filters = QHBoxLayout()
        self.filters.setSpacing(8)
        self.filters.addWidget(self.village)
        self.filters.addWidget(self._progress_text)
        self.filters.addWidget(self._progress)

    def _make_work(self) -> None:
        self.table: record_table.RecordTableView = record_table.RecordTableView(
            self.session.read, Query(self.kind.name), columns=self.options.columns,
            new_reader=self.session.workspace.new_reader, read=False,
        )  # fmt: skip
        self.table.opened.connect(self.open)
        self.table.selection_changed.connect(self._selected)
        self.detail = DetailPanel(self.session, self.kind, self.options.extras, make_form=self.options.form,
                                  footer=self.options.footer)  # fmt: skip
        self.detail.hide()
        self.detail.closed.connect(self._detail_closed)
        self.detail.saved.connect(self._saved)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.addWidget(self.table)
        self.splitter.addWidget(self.detail)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setSizes([560, 620])
        self.empty = EmptyState()
        self._empty_for: tuple[bool, bool] | None = None
        self.stack = QStackedWidget()
        self.stack.addWidget(self.splitter)
        self.stack.addWidget(self.empty)
        self._import: import_panel.ImportPanel | None = None
        self.filter_row = QWidget(self)  # without a parent, showing it would open a window of its own
        self.filter_row.setLayout(self.filters)
        self.filters.setContentsMargins(0, 0, 0, 0)
        self._in_front = self._wanted = True
        self.returning = ReasonStrip(WHY_BACK, SEND_BACK_NOW, KEEP_THEM)
        self.problems = ProblemList(rows=2)
        self.setLayout(down(self.returning, (self.stack, 1), self.problems))

    def _make_verbs(self) -> list[QWidget]:
        out: list[QWidget] = []
        self.new_button: QPushButton | None = None
        if self._editable and not self.kind.by_act:
            self.new_button = self.said(
                button("primary", self.new, icon="add"), NEW.format(label=in_sentence(self.kind.label)), NEW_TIP
            )
            guard(self, self.session, guards.Act.ENTER, self.new_button, tip=NEW_TIP)
            out.append(self.new_button)
        if self._may_import:
            take = self.said(button("", self.choose_import, icon="import"), IMPORT)
            guard(self, self.session, guards.Act.ENTER, take)
            out.append(take)
        if self._reviewable:
            for text, act in ((ACCEPT, self.accept_selected), (SEND_BACK, self.ask_send_back)):
                made = self.said(button("", act), text)
                guard(self, self.session, guards.Act.ACCEPT, made)
                out.append(made)
        menu = MenuButton(EXPORT)
        for report in self.options.reports:
            menu.offer(actions.REPORT_LABELS[report], partial(self.export, report))
        if self._may_import:
            if self.options.reports:
                menu.separate()
            menu.offer(TEMPLATE.format(label=in_sentence(self.kind.label)), self.template)
            menu.separate()
        for report in self.options.reports:
            label = in_sentence(actions.REPORT_LABELS[report])
            menu.offer(print_actions.PRINT_REPORT.format(label=label),
                       partial(print_actions.print_report, self.session, self, report))  # fmt: skip
        menu.offer(print_actions.PRINT_LIST, self.print_list)
        out.append(menu)
        return out

    # --- what is shown

    def show_filters(self, in_front: bool) -> None:
        """Whether the list is the one in front; its filters stand in the row of the tabs."""
        self._in_front = in_front
        self.filter_row.setVisible(in_front and self._wanted)

    def _filters_wanted(self, wanted: bool) -> None:
        self._wanted = wanted
        self.show_filters(self._in_front)

    def _query(self) -> Query:
        filters = list(year_filters(self.kind, self.session.year))
        if self._village:
            if "village_code" in self.kind.by_name:
                filters.append(Filter("village_code", "eq", self._village))
            else:
                homes = villages.households_of(self.session.read, self._village)
                filters.append(Filter("household_id", "in", homes))
        if self._state:
            filters.append(Filter("_state", "in", self._state.split(",")))
        filters.extend(self._filters_of_place)
        return Query(self.kind.name, tuple(filters), default_sort(self.kind))

    def reload(self, changes: Changes | None = None) -> None:
        """Read again what changed; ``None``: everything."""
        if changes is not None and changes.tables & MOVES_STATES:
            changes = None  # reviews and receipts move the states of other records
        if changes is not None and self.kind.name not in changes.tables:
            self.detail.refresh(changes)
            return
        if changes is None:
            if self._by_village:
                self.village.set_items(
                    [(ALL_VILLAGES, ""), *((name, code) for code, name in village_choices(self.session))]
                )
            self.table.set_query(self._query())
        else:
            self.table.refresh(changes)
        self.detail.refresh(changes)
        self._gather()
        self._show_empty()

    def _gather(self) -> None:
        """Count off the window's thread what a large table takes a moment to count."""
        if not self._editable:
            return
        base = year_filters(self.kind, self.session.year)
        name, asks = self.kind.name, not self._needs_no_review

        def work(context: Context) -> tuple[int, int, list[Row]]:
            reader = context.reader
            total = reader.count(Query(name, base))
            sent = (
                reader.count(Query(name, (*base, Filter("_state", "in", [s.value for s in SENT_STATES]))))
                if total
                else 0
            )
            came_back = Query(name, (Filter("_state", "in", [s.value for s in ASKING]),), (("_hlc", True),))
            return total, sent, reader.rows(came_back, SHOWN_PROBLEMS) if asks else []

        def done(found: tuple[int, int, list[Row]]) -> None:
            self._show_progress(found[0], found[1])
            self._show_problems(found[2])

        self.session.ask(self, work, on_done=done)

    def _show_problems(self, rows: Sequence[Row]) -> None:
        """Below the list: what came back or contradicts itself, each one click from its record."""
        self.problems.show_findings([
            Finding(Problem(row.outcome_code, Severity.HOLD, ASKING[row.state]),
                    record_title(self.session, self.kind, row.record), partial(self.open, row.record_id))
            for row in rows
        ])  # fmt: skip

    def _show_progress(self, total: int, sent: int) -> None:
        shown = bool(total) and not self.session.is_county
        self._progress_text.setVisible(shown)
        self._progress.setVisible(shown)
        self.say(self._progress_text.setText, SENT.format(done=f"{sent:,}", total=f"{total:,}"))
        self._progress.tell(sent, total)

    def _any(self, query: Query) -> bool:
        return bool(self.session.read.rows(query, 1))

    def _show_empty(self) -> None:
        if self._import is not None and self.stack.currentWidget() is self._import:
            return
        anything = self._any(Query(self.kind.name, include_void=True))
        this_year = year_filters(self.kind, self.session.year)
        in_year = anything and (not this_year or self._any(Query(self.kind.name, this_year)))
        if in_year or self.detail.isVisible() or self._filters_of_place:
            self.stack.setCurrentWidget(self.splitter)
            self._filters_wanted(True)
            return
        self._make_empty(anything)
        self.stack.setCurrentWidget(self.empty)
        self._filters_wanted(False)

    def _make_empty(self, other_years: bool) -> None:
        wanted = (other_years, self._editable)
        year = self.session.year if other_years else 0
        if self._empty_for != wanted:
            icon = next((e.icon for e in catalogue.ENTRIES if self.kind.name in e.types), "")
            fresh = EmptyState(icon)
            self.stack.insertWidget(1, fresh)
            self.stack.removeWidget(self.empty)
            self.empty.deleteLater()
            self.empty = fresh
            self._empty_for = wanted
            if self._editable and not self.kind.by_act:
                fresh.offer(NEW.format(label=in_sentence(self.kind.label)), self.new, primary=True)
            if self._may_import:
                fresh.offer(IMPORT_FIRST, self.choose_import)
            if other_years:
                fresh.offer(SHOW_ALL, lambda: self.session.set_year(ALL_YEARS))
        self.empty.tell(empty_title(self.kind, year), empty_body(self.kind))

    # --- verbs

    def new(self, values: dict[str, str] | None = None) -> None:
        """Open an empty form."""
        self.stack.setCurrentWidget(self.splitter)
        self._filters_wanted(True)
        self.detail.show()
        self.detail.open_new(values)
        self.detail.focus()  # at once: the next keys may be waiting

    def open(self, record_id: str) -> None:
        self.stack.setCurrentWidget(self.splitter)
        self._filters_wanted(True)
        visible = self.detail.isVisible()
        if not visible:
            self.detail.show()
        if self.detail.open(record_id):
            self.table.select_id(record_id)
            self.detail.focus()
        elif not visible:
            self.detail.hide()

    def accept_selected(self) -> None:
        """County: accept the selected records."""
        ids = self.table.selected_ids()
        if not ids:
            self.session.say(SELECT_FIRST, "info")
            return
        try:
            review.accept(self.session.workspace, self.kind.name, ids)
        except UserError as error:
            self.session.show_error(error)
            return
        self.session.say(ACCEPTED.format(n=len(ids)), "ok")

    def ask_send_back(self) -> None:
        """County: ask why the selected records go back, in place."""
        if self.table.selected_ids():
            self.returning.ask(self.send_back_selected)
        else:
            self.session.say(SELECT_FIRST, "info")

    def send_back_selected(self, reason: str) -> None:
        """County: return the selected records to their station."""
        ids = self.table.selected_ids()
        try:
            review.send_back(self.session.workspace, self.kind.name, ids, reason)
        except UserError as error:
            self.session.show_error(error)
            return
        self.session.say(SENT_BACK.format(n=len(ids)), "ok")

    def export(self, report: str) -> None:
        actions.export_report(self.session, self, report)

    def print_list(self, target: Path | None = None) -> None:
        about = [str(self.session.year)] if self.kind.year_field and self.session.year != ALL_YEARS else []
        about += [self.village.currentText()] if self._village else []
        about += self.table.about()
        columns = [c for c in self.table.model.columns if c in self.kind.by_name]
        print_actions.print_list(self.session, self, self.table.query(), columns, about, self.kind, target)

    def template(self) -> None:
        """Write an empty workbook to fill in."""
        actions.write_template(self.session, self, self.kind.name)

    def choose_import(self) -> None:
        """Ask for a workbook and show what it would change."""
        path = actions.ask_workbook(self.session, self)
        if path is not None:
            self.begin_import(path)

    def begin_import(self, path: Any) -> None:
        """Show what a workbook would change; nothing is written yet."""
        if self._import is None:
            self._import = import_panel.ImportPanel(self.session, self.kind)
            self._import.closed.connect(self._import_closed)
            self.stack.addWidget(self._import)
        self.stack.setCurrentWidget(self._import)
        self._filters_wanted(False)
        self._import.begin(path)

    def open_place(self, place: Place) -> None:
        self._filters_of_place = ()
        if place.state != self._state:
            self._state = place.state
            self.table.set_query(self._query())
        if place.draft.startswith("quadrat:"):
            self.open(place.record_id)
            self.detail.tabs.choose("quadrats")
        elif place.draft:
            self._open_draft(place.draft)
        elif place.record_id == "new":
            self.new()
        elif place.record_id == "import":
            self.choose_import()
        elif place.record_id:
            self.open(place.record_id)
            if place.field:
                self.detail.tabs.choose("form")
                self._focus_field(place.field)

    def _focus_field(self, name: str) -> None:
        if self.detail.form is not None and self.detail.isVisible():
            self.detail.form.focus_field(name)

    def show_only(self, filters: tuple[Filter, ...]) -> None:
        """Keep only some records, for example those of one batch."""
        self._filters_of_place = filters
        self.table.set_query(self._query())
        self._show_empty()

    def _open_draft(self, key: str) -> None:
        draft = self.session.workspace.drafts.get(key)
        if draft is None:
            return
        if draft.record_id:
            self.open(draft.record_id)
            self.detail.tabs.choose("form")
        else:
            self.new()

    def escape(self) -> bool:
        """Close the innermost open thing."""
        if self.returning.isVisible():
            self.returning.hide()
            return True
        if self._import is not None and self.stack.currentWidget() is self._import:
            self._import.escape()
            return True
        return self.detail.escape()

    def focus_work(self) -> None:
        """Put the keyboard into the list, or where the first step is."""
        if self.stack.currentWidget() is self.empty:
            self.empty.setFocus(Qt.FocusReason.OtherFocusReason)
        elif self.detail.isVisible():
            self.detail.focus()
        else:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what happens

    def _village_chosen(self, code: str) -> None:
        self._village = code
        self.table.set_query(self._query())

    def _selected(self, ids: list[str]) -> None:
        if self.detail.isVisible() and not self.detail.is_new and len(ids) == 1:
            shown = self.detail.row.record_id if self.detail.row is not None else ""
            dirty = self.detail.form is not None and self.detail.form.is_dirty()
            if ids[0] != shown and not dirty:
                self.detail.open(ids[0])

    def _detail_closed(self) -> None:
        self._show_empty()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _saved(self, record_id: str) -> None:
        self.table.select_id(record_id)
        self.saved.emit(record_id)

    def _import_closed(self) -> None:
        self.stack.setCurrentWidget(self.splitter)
        self._filters_wanted(True)
        self.reload(None)
        self.focus_work()


def verbs_row(widgets: Sequence[QWidget]) -> QWidget:
    """Return a holder of a section's buttons for the head of a page."""
    holder = QWidget()
    holder.setLayout(across(*widgets))
    return holder
