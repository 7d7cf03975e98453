"""From a file to records: file, headings, plan, done. Nothing is written before the plan was seen; then all of it, or nothing."""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget, QWidget

from station_app.domain.fields import Kind
from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.domain.value_text import format_value
from station_app.exchange.excel import columns as sheet_columns
from station_app.exchange.excel import forms, importer, reader
from station_app.exchange.excel import mapping as column_mapping
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, language, tr
from station_app.ui.import_columns import ImportColumns
from station_app.ui.import_questions import ImportQuestions
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.overlays import BusyCover
from station_app.ui.parts import ElidedLabel, TextTabs, across, button, card, down, label

if TYPE_CHECKING:
    from station_app.exchange.excel.planning import ImportPlan, PlannedRow, ReadColumn
    from station_app.exchange.excel.questions import Question
    from station_app.exchange.excel.reading.cells import RawTable
    from station_app.services.entry import SavedMany
    from station_app.storage.workspace import Workspace
    from station_app.ui.jobs import Context, Job
    from station_app.ui.session import Session

READING = Text("正在读取 {name}", "Reading {name}")
WRITING = Text("正在导入 {name}", "Importing {name}")
TITLE = Text("导入：{name}", "Import: {name}")
STEPS = (Text("1 文件", "1 File"), Text("2 表头", "2 Headings"), Text("3 计划", "3 Plan"), Text("4 完成", "4 Done"))
NEW = Text("新增", "new")
CHANGED = Text("更正", "corrected")
UNCHANGED = Text("不变", "unchanged")
OTHERS = Text("不是记录", "not records")
PROBLEMS = Text("必须改正", "to be put right")
APPLY = Text("导入 {n} 条", "Import {n}")
APPLY_NONE = Text("没有要导入的内容", "Nothing to import")
SKIP = Text("跳过有错的行，导入其余 {n} 条", "Skip rows with errors, import the other {n}")
CANCEL = Text("不导入", "Do not import")
AGAIN = Text("改好文件后重新读取", "Read the corrected file again")
OPEN_FILE = Text("打开文件", "Open the file")
COLUMNS = Text("列对应…", "Columns…")
BLOCKED = Text("有 {n} 处必须改正：在文件里改好后重新读取，也可以跳过这些行。",
               "To be put right: {n}. Correct the file and read it again, or skip those rows.")  # fmt: skip
WITH_ANSWERS = Text("按这些回答重新计算", "Plan again with these answers")
CLEAN = Text("没有发现问题。", "No problems found.")
SOFT = Text("没有必须改正的问题；有 {n} 处请看一眼。", "Nothing must be put right; to look at: {n}.")
UNKNOWN_FORM = Text("{text}也可以在下面逐列选定。", "{text} Or choose the field of each column below.")
DONE = Text("已导入：新增 {new}，更正 {changed}，不变 {unchanged}。",
            "Imported: {new} new, {changed} corrected, {unchanged} unchanged.")  # fmt: skip
UNDO = Text("撤销", "Undo")
WHERE = Text("位置", "Place")
WHAT = Text("问题", "Problem")
KIND = Text("性质", "Kind")
CODE = Text("代码", "Code")
DOES = Text("写入", "Writes")
RECORD = Text("记录", "Record")
CHANGES = Text("内容", "What changes")
WORDS = Text("内容", "Words")
MADE = Text("随导入建立", "made with the import")
FROM_TO = Text("{label}：{before} → {after}", "{label}: {before} → {after}")
TABS = (("problems", Text("问题", "Problems")), ("rows", Text("将写入", "To be written")),
        ("others", Text("不是记录的行", "Rows that are no records")))  # fmt: skip
ROW_OF_FILE = Text("文件 {place}：{cells}", "File {place}: {cells}")
# A person may map what was not found.
MAPPABLE = (WorkbookProblem.NO_HEADINGS.code, WorkbookProblem.COLUMN_MISSING.code)


class ImportPanel(QWidget, Retranslated):
    """Stands in place of the list while a file is looked at.

    Signals:
        closed(): imported, or not.
    """

    closed = Signal()

    def __init__(self, session: Session, kind: RecordType, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session, self._kind = session, kind
        self._path: Path | None = None
        self._tables: list[RawTable] | None = None  # what was read of the file; kept while it is looked at
        self._job: Job | None = None
        self._by_hand: dict[str, str] = {}  # columns mapped by hand, by heading
        self._mapped = False  # whether ``_by_hand`` was chosen here, and not remembered
        self._answers: dict[str, str] = {}
        self.plan: ImportPlan | None = None
        self._title = label("heading")
        self._steps = [label("chip") for _ in STEPS]
        for made, text in zip(self._steps, STEPS, strict=True):
            self.say(made.setText, text)
        self._verdict = label("strong", wrap=True)
        self.columns_view = ImportColumns(kind)
        self.columns_view.read_asked.connect(self._read_with_columns)
        self.columns_view.automatic_asked.connect(self._forget_columns)
        self.columns_view.left.connect(self._leave_columns)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._plan_page())
        self._stack.addWidget(self.columns_view)
        self.setLayout(down(across(self._title, None, *self._steps, spacing=6), self._verdict, self._stack, spacing=8))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._cover: BusyCover | None = None

    def _plan_page(self) -> QWidget:
        self.numbers = {}
        cards = []
        for key, text in (("new", NEW), ("changed", CHANGED), ("unchanged", UNCHANGED), ("others", OTHERS),
                          ("errors", PROBLEMS)):  # fmt: skip
            number, words = label("big"), label("hint")
            self.say(words.setText, text)
            self.numbers[key] = number
            cards.append(card(down(number, words, spacing=0, margins=(16, 6, 24, 6))))
        self._account = label("", wrap=True)
        self.questions = ImportQuestions()
        self.questions.changed.connect(self._answered)
        self.tabs = TextTabs(TABS)
        self.tabs.chosen.connect(self._show_tab)
        self.table = ItemsTable((
            Column(WHERE, lambda p: p.place, width=150),
            Column(KIND, lambda p: p.severity.label.inside, width=110, state=lambda p: theme.state_of(p.severity)),
            Column(WHAT, lambda p: p.text),
            Column(CODE, lambda p: p.code, width=80),
        ))  # fmt: skip
        self.rows_table = ItemsTable((
            Column(WHERE, lambda r: r.code if _is_unit(r) else r.place, width=150),
            Column(DOES, lambda r: MADE if _is_unit(r) else r.action.label, width=110),
            Column(RECORD, lambda r: r.name if _is_unit(r) else r.title, width=280),
            Column(CHANGES, lambda r: "" if _is_unit(r) else _changes(r)),
        ))  # fmt: skip
        self.others_table = ItemsTable((
            Column(WHERE, lambda r: r[0], width=150), Column(KIND, lambda r: r[1].label, width=150),
            Column(WORDS, lambda r: r[2]),
        ))  # fmt: skip
        self._lists = QStackedWidget()
        for table in (self.table, self.rows_table, self.others_table):
            table.picked.connect(self._show_row_of_file)
            self._lists.addWidget(table)
        self.row_of_file = ElidedLabel("hint")
        self.answers_button = self.said(button("primary", self.read_with_answers), WITH_ANSWERS)
        self.apply_button = button("primary", self.apply)
        self.columns_button = self.said(button("", self.show_columns), COLUMNS)
        self.open_button = self.said(button("", self._open_file), OPEN_FILE)
        self.again = self.said(button("", self.read_again), AGAIN)
        self._cancel = self.said(button("", self.close_panel), CANCEL)
        page = QWidget()
        head = across(*cards, 8, self._account)
        head.setStretch(head.count() - 1, 1)
        page.setLayout(down(
            head, self.questions, self.tabs, self._lists, self.row_of_file,
            across(self._cancel, None, self.open_button, self.columns_button, self.again, self.answers_button,
                   self.apply_button), spacing=8))  # fmt: skip
        return page

    # --- reading ---------------------------------------------------------------------------------------------------------

    def begin(self, path: Path) -> None:
        """Read a file off the window's thread and show its plan."""
        if path != self._path:
            self._answers, self._by_hand, self._mapped = {}, {}, False
        self._path, self._tables = path, None
        self.say(self._title.setText, TITLE.format(name=path.name))
        self._make_plan()

    def read_again(self) -> None:
        """Read the file again after it was corrected."""
        if self._path is not None:
            self.begin(self._path)

    def read_with_answers(self) -> None:
        """Make the plan again with what a person said."""
        self._answers |= self.questions.answers()
        self._make_plan()

    def _make_plan(self) -> None:
        path, tables = self._path, self._tables
        if path is None:
            return
        self.plan = None
        self._at_step(0)
        self._verdict.hide()
        for number in self.numbers.values():
            number.setText("…")
        self._account.setText("")
        self.questions.ask((), {}, ())
        for table in (self.table, self.rows_table, self.others_table):
            table.set_items([])
        self.apply_button.setEnabled(False)
        self.say(self.apply_button.setText, APPLY_NONE)
        answers, columns = dict(self._answers), dict(self._by_hand) if self._mapped else None

        def work(context: Any) -> Any:
            read = tables if tables is not None else reader.read_tables(path, context)
            mapping = None if columns is None else forms.by_hand(columns)
            try:
                plan = importer.plan_import(context.reader, path, self._kind.name, answers=answers, mapping=mapping, tables=read,
                                   context=context)  # fmt: skip
            except UserError as error:
                found = (
                    sheet_columns.look_at_headings(context.reader, self._kind.name, read, mapping)
                    if error.code in MAPPABLE
                    else []
                )
                if not found:
                    raise
                return read, error, found
            return read, plan, None

        self._start(
            self._session.run(work, title=READING.format(name=path.name), on_done=self._read, on_error=self._failed)
        )

    def _start(self, job: Job) -> None:
        self._job = job
        if self._cover is None:
            self._cover = BusyCover(self)
        self._cover.cover(job)

    def _ended(self) -> None:
        self._job = None
        if self._cover is not None:
            self._cover.cover(None)

    def _failed(self, error: BaseException) -> None:
        self._ended()
        self._session.show_error(error)
        self.close_panel()

    def _read(self, result: Any) -> None:
        gc.freeze()  # a plan of 60,000 rows is a million objects: no collection looks at them while they are in use
        self._ended()
        self._tables, outcome, columns = result
        if isinstance(outcome, UserError):
            self._map_columns(columns, UNKNOWN_FORM.format(text=outcome.text), "warn")
        else:
            self._planned(outcome)

    # --- headings --------------------------------------------------------------------------------------------------------

    def show_columns(self) -> None:
        """Show what each column is taken for, to be changed."""
        if self.plan is not None:
            self._map_columns(self.plan.columns, None, "")

    def _map_columns(self, columns: Sequence[ReadColumn], said: Text | None, state: str) -> None:
        self._at_step(1)
        self._tell(said, state)
        self.columns_view.show_columns(columns)
        self._stack.setCurrentWidget(self.columns_view)
        self.columns_view.focus_first()

    def _read_with_columns(self) -> None:
        self._by_hand |= self.columns_view.chosen()
        self._mapped = True
        if self.columns_view.keep.isChecked():
            self._remember(self._by_hand)
        self._make_plan()

    def _forget_columns(self) -> None:
        self._by_hand, self._mapped = {}, True
        self._remember({})
        self._make_plan()

    def _remember(self, columns: Mapping[str, str]) -> None:
        forms.remember(self._session.workspace, self._kind.name, self.columns_view.headings(), columns)

    def _leave_columns(self) -> None:
        if self.plan is None:
            self.close_panel()
        else:
            self._show_plan()

    # --- the plan --------------------------------------------------------------------------------------------------------

    def _planned(self, plan: ImportPlan) -> None:
        self.plan = plan
        if plan.form_known_on:
            self._by_hand = dict(plan.by_hand)
        problems: list[Problem] = sorted(plan.problems, key=lambda p: p.severity.rank)
        errors = len(plan.errors)
        for key, value in (("new", plan.new), ("changed", plan.changed), ("unchanged", plan.unchanged),
                           ("others", plan.left_out), ("errors", errors)):  # fmt: skip
            self.numbers[key].setText(f"{value:,}")
        theme.mark(self.numbers["errors"], state="error" if errors else "")
        if plan.rows_read:
            self.say(self._account.setText, plan.account)
        self._account.setVisible(plan.rows_read > 0)
        self.table.set_items(problems)
        rows = [*plan.places, *(r for r in plan.rows if r.action != "unchanged")]
        self.rows_table.set_items(rows)
        self.others_table.set_items(plan.others)
        for key, things in (("problems", problems), ("rows", rows), ("others", plan.others)):
            self.tabs.set_count(key, len(things))
        self.questions.ask(plan.questions, {**plan.answers.given, **self._answers}, plan.open_questions)
        self._show_plan()
        self.tabs.choose("problems" if problems or not rows else "rows")
        self._show_tab(self.tabs.key())

    def _show_plan(self) -> None:
        """Show the plan and stand where the next step is."""
        assert self.plan is not None
        self._at_step(2)
        problems, errors = len(self.plan.problems), len(self.plan.errors)
        if errors:
            self._tell(BLOCKED.format(n=errors), "error")
        elif not self.plan.open_questions:
            self._tell(SOFT.format(n=problems) if problems else CLEAN, "warn" if problems else "ok")
        else:
            self._tell(None, "")
        self._stack.setCurrentIndex(0)
        self.again.setVisible(problems > 0)
        self._answered()
        if not self.questions.focus_first():
            self._next_button().setFocus(Qt.FocusReason.OtherFocusReason)

    def _answered(self) -> None:
        """Offer what comes next: the plan again where an answer changes it, else the import."""
        if self.plan is None:
            return
        answers, wanted = self.questions.answers(), self.plan.new + self.plan.changed
        changes = any(
            len(question.options) != 1 and answers.get(question.key, "") != self._assumed(question)
            for question in self.plan.questions
        )
        complete = self.questions.is_complete
        waits = changes or (bool(self.plan.open_questions) and not wanted)
        self.answers_button.setVisible(waits)
        self.answers_button.setEnabled(complete)
        self.apply_button.setVisible(not waits)
        self.apply_button.setEnabled(wanted > 0 and complete)
        said = APPLY_NONE if not wanted else SKIP if self.plan.errors else APPLY
        self.say(self.apply_button.setText, said.format(n=f"{wanted:,}"))

    def _assumed(self, question: Question) -> str:
        """Return the answer the plan was made with."""
        assert self.plan is not None
        return str(self.plan.answers.answer(question) or question.default or question.suggested)

    def _next_button(self) -> QWidget:
        for each in (self.answers_button, self.apply_button):
            if each.isVisibleTo(self) and each.isEnabled():
                return each
        return self._cancel

    def _tell(self, said: Text | None, state: str) -> None:
        self._verdict.setVisible(said is not None)
        if said is not None:
            self.say(self._verdict.setText, said)
            theme.mark(self._verdict, state=state)

    def _at_step(self, step: int) -> None:
        for number, made in enumerate(self._steps):
            theme.mark(made, state="info" if number == step else "ok" if number < step else "")

    def _show_tab(self, key: str) -> None:
        self._lists.setCurrentIndex([name for name, _ in TABS].index(key))
        table: Any = self._lists.currentWidget()
        self._show_row_of_file(table.current())

    def _show_row_of_file(self, item: object) -> None:
        """Show the row of the file a line speaks of, cell by cell."""
        place = item[0] if isinstance(item, tuple) else getattr(item, "place", "")
        sheet, _, cell = place.rpartition("!")
        row = "".join(c for c in cell if c.isdigit())
        table = next((t for t in self._tables or () if t.name == sheet), None)
        cells = ""
        if table is not None and row and int(row) <= len(table.rows):
            cells = "　".join(text for value in table.rows[int(row) - 1] if (text := column_mapping.cell_text(value)))
        self.row_of_file.setText(tr(ROW_OF_FILE, place=place, cells=cells) if cells else "")

    def _open_file(self) -> None:
        if self._path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path)))

    # --- saving ----------------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Write the plan, all of it or nothing."""
        plan = self.plan
        if plan is None or self._path is None:
            return
        plan.answers.given |= self.questions.answers()  # what is suggested stands in sight, and the button confirms it

        def work(workspace: Workspace, context: Context) -> SavedMany:
            return importer.apply_import(workspace, plan, skip_errors=True, context=context)  # as the button says

        def done(saved: SavedMany) -> None:
            self._at_step(3)
            self._session.say(DONE.format(new=f"{saved.new:,}", changed=f"{saved.changed:,}",
                                          unchanged=f"{saved.unchanged:,}"),
                              action_text=UNDO, action=self._session.undo_that())  # fmt: skip
            self.close_panel()

        self._session.write(work, title=WRITING.format(name=self._path.name), on_done=done)

    def escape(self) -> None:
        """Go one step back: from the columns to the plan, else to the list."""
        if self._stack.currentWidget() is self.columns_view:
            self._leave_columns()
        else:
            self.close_panel()

    def close_panel(self) -> None:
        """Go back to the list; what is still being read is stopped."""
        if self._job is not None:
            self._job.cancel()
        self.plan = self._tables = self._path = None
        for table in (self.table, self.rows_table, self.others_table):
            table.set_items([])
        gc.unfreeze()
        self.closed.emit()


def _is_unit(row: object) -> bool:
    """Whether a line to be written is a village made with the import, and no row of the file."""
    return not hasattr(row, "action")


def _changes(row: PlannedRow) -> str:
    """Return what a row changes, in the current language; of a new record the fields that are filled."""
    fields, out = record_type(row.record).by_name, []
    kind = record_type(row.record)
    shown_already = {*kind.key, *kind.title} if row.old is None else set()
    for name, before, after in row.changes():
        described = fields[name]
        if name in shown_already or (row.old is None and after == described.initial):
            continue
        if described.kind in (Kind.LINK, Kind.FILES):
            continue
        if described.kind is Kind.LINES:
            out.append(f"{tr(described.label)} {len(after)}")
            continue
        shown = ["—" if v in (None, ()) else format_value(described, v, language()) for v in (before, after)]
        if row.old is None:
            out.append(f"{tr(described.label)} {shown[1]}")
        else:
            out.append(tr(FROM_TO, label=described.label, before=shown[0], after=shown[1]))
    return "　".join(out)
