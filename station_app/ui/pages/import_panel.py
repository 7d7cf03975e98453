"""Plan, show, apply: what a workbook would change, before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from station_app.domain.problems import Problem, Severity
from station_app.domain.registry import RecordType
from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.i18n import Retranslated
from station_app.ui.items_table import Column, ItemsTable
from station_app.ui.parts import TextCombo, across, button, card, clear, down, label
from station_app.ui.problem_list import ORDER, SIGNS, STATES

if TYPE_CHECKING:
    from station_app.ui.session import Session

READING = Text("正在读取 {name}", "Reading {name}")
WRITING = Text("正在导入 {name}", "Importing {name}")
TITLE = Text("导入：{name}", "Import: {name}")
PLAN = Text(
    "这份文件还没有写入。下面是它会带来的变化。", "Nothing has been written yet. This is what the file would do."
)
NEW = Text("新增", "new")
CHANGED = Text("更正", "corrected")
UNCHANGED = Text("不变", "unchanged")
PROBLEMS = Text("必须改正", "to be put right")
APPLY = Text("导入 {n} 条", "Import {n}")
APPLY_NONE = Text("没有要导入的内容", "Nothing to import")
SKIP = Text("跳过有错的行，导入其余 {n} 条", "Skip rows with errors, import the other {n}")
CANCEL = Text("不导入", "Do not import")
AGAIN = Text("改好文件后重新读取", "Read the corrected file again")
BLOCKED = Text("有 {n} 处必须改正。请在文件里改好后重新读取；也可以跳过这些行。",
               "{n} places must be put right. Correct the file and read it again, or skip those rows.")  # fmt: skip
ASKED = Text("有 {n} 处要请您说明，程序不会猜：请逐项回答，再读取。",
             "{n} points need your word; nothing is guessed: answer each, then read.")  # fmt: skip
CHOOSE = Text("请选择", "choose")
WITH_ANSWERS = Text("按这些回答读取", "Read with these answers")
CLEAN = Text("没有发现问题。", "No problems found.")
SOFT = Text("没有必须改正的问题；有 {n} 处请看一眼。", "Nothing must be put right; {n} places deserve a look.")
DONE = Text("已导入：新增 {new}，更正 {changed}，不变 {unchanged}。",
            "Imported: {new} new, {changed} corrected, {unchanged} unchanged.")  # fmt: skip
WHERE = Text("位置", "Place")
WHAT = Text("问题", "Problem")
KIND = Text("性质", "Kind")
CODE = Text("代码", "Code")


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
        self.plan: Any = None
        title = self._title = label("heading")
        hint = label("hint")
        self.say(hint.setText, PLAN)
        self.numbers = {}
        cards = []
        for key, text in (("new", NEW), ("changed", CHANGED), ("unchanged", UNCHANGED), ("errors", PROBLEMS)):
            number, words = label("big"), label("hint")
            self.say(words.setText, text)
            self.numbers[key] = number
            cards.append(card(down(number, words, spacing=0, margins=(16, 8, 24, 8))))
        self._verdict = label("strong", wrap=True)
        self.table = ItemsTable((
            Column(WHERE, lambda p: p.place, width=150),
            Column(KIND, lambda p: SIGNS[p.severity], width=110, state=lambda p: STATES[p.severity]),
            Column(WHAT, lambda p: p.text),
            Column(CODE, lambda p: p.code, width=80),
        ))  # fmt: skip
        self._answers: dict[str, str] = {}
        self.choices: list[tuple[Any, TextCombo]] = []
        self._ask = QVBoxLayout()
        self._ask.setSpacing(6)
        self._ask_box = card(self._ask)
        self._ask_box.hide()
        self.answers_button = button("primary", self.read_with_answers)
        self.say(self.answers_button.setText, WITH_ANSWERS)
        self.apply_button = button("primary", self.apply)
        self.again = button("", self.read_again)
        self._cancel = button("", self.close_panel)
        self.say(self.again.setText, AGAIN)
        self.say(self._cancel.setText, CANCEL)
        self.setLayout(down(
            across(title, hint, None, spacing=12), across(*cards, None), self._verdict, self._ask_box, self.table,
            across(None, self._cancel, self.again, self.answers_button, self.apply_button), spacing=10))  # fmt: skip
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def begin(self, path: Path) -> None:
        """Read a file off the window's thread and show its plan."""
        if path != self._path:
            self._answers = {}
        self._path = path
        self.plan = None
        self.say(self._title.setText, TITLE.format(name=path.name))
        for number in self.numbers.values():
            number.setText("…")
        self.say(self._verdict.setText, READING.format(name=path.name))
        theme.mark(self._verdict, state="muted")
        self.table.set_items([])
        self.apply_button.setEnabled(False)
        self.say(self.apply_button.setText, APPLY_NONE)
        self._show_questions(())
        answers = dict(self._answers)

        def work(context: Any) -> Any:
            from station_app.exchange.excel.importer import plan_import

            return plan_import(context.reader, path, self._kind.name, answers=answers, context=context)

        self._session.run(work, title=READING.format(name=path.name), on_done=self._planned, on_error=self._failed)

    def read_again(self) -> None:
        """Read the file again after it was corrected."""
        if self._path is not None:
            self.begin(self._path)

    def _show_questions(self, questions: Sequence[Any]) -> None:
        """Ask what only a person can say; a question with a default may stay as it is."""
        clear(self._ask)
        self.choices = []
        for question in questions:
            words = label("", wrap=True)
            self.say(words.setText, question.text)
            given = self._answers.get(question.key, question.default or question.suggested)
            first = () if question.default or question.suggested else ((CHOOSE, ""),)
            choice = TextCombo([*first, *((text, value) for value, text in question.options)])
            choice.choose(given)
            choice.chosen.connect(lambda _value: self._answered())
            self.choices.append((question, choice))
            self._ask.addLayout(across(words, choice, None))
        self._ask_box.setVisible(bool(questions))
        self._answered()

    def _answered(self) -> None:
        """Offer to read again when everything is answered and something in another way than it was read."""
        waiting = any(not question.default for question, _ in self.choices)
        changed = any(choice.value() != self._answers.get(question.key, question.default)
                      for question, choice in self.choices)  # fmt: skip
        self.answers_button.setVisible(waiting or changed)
        self.apply_button.setVisible(not waiting and not changed)
        self.answers_button.setEnabled(all(choice.value() for _, choice in self.choices))

    def read_with_answers(self) -> None:
        """Read the file again with what a person said."""
        if self._path is not None and all(choice.value() for _, choice in self.choices):
            self._answers |= {question.key: choice.value() for question, choice in self.choices}
            self.begin(self._path)

    def _failed(self, error: BaseException) -> None:
        self._session.show_error(error)
        self.close_panel()

    def _planned(self, plan: Any) -> None:
        self.plan = plan
        problems: list[Problem] = sorted(plan.problems, key=lambda p: ORDER[p.severity])
        errors = sum(p.severity is Severity.ERROR for p in problems)
        for key, value in (("new", plan.new), ("changed", plan.changed), ("unchanged", plan.unchanged),
                           ("errors", errors)):  # fmt: skip
            self.numbers[key].setText(f"{value:,}")
        theme.mark(self.numbers["errors"], state="error" if errors else "")
        self.table.set_items(problems)
        self.table.setVisible(bool(problems))
        wanted = plan.new + plan.changed
        self.apply_button.setEnabled(wanted > 0)
        self._show_questions(plan.questions)
        if plan.open_questions:
            self.say(self._verdict.setText, ASKED.format(n=len(plan.open_questions)))
            theme.mark(self._verdict, state="warn")
            self.again.setVisible(True)
            self.choices[0][1].setFocus()
            return
        if errors:
            self.say(self._verdict.setText, BLOCKED.format(n=errors))
            theme.mark(self._verdict, state="error")
            self.say(self.apply_button.setText, SKIP.format(n=f"{wanted:,}"))
        else:
            self.say(self._verdict.setText, SOFT.format(n=len(problems)) if problems else CLEAN)
            theme.mark(self._verdict, state="warn" if problems else "ok")
            self.say(self.apply_button.setText, APPLY.format(n=f"{wanted:,}") if wanted else APPLY_NONE)
        self.again.setVisible(bool(problems))
        (self.apply_button if wanted else self._cancel).setFocus()

    def apply(self) -> None:
        """Write the plan, all of it or nothing."""
        plan = self.plan
        if plan is None or self._path is None:
            return

        def work(workspace: Any, context: Any) -> Any:
            from station_app.exchange.excel.importer import apply_import

            return apply_import(workspace, plan, skip_errors=True, context=context)  # as the button says

        def done(saved: Any) -> None:
            self._session.say(DONE.format(new=f"{saved.new:,}", changed=f"{saved.changed:,}",
                                          unchanged=f"{saved.unchanged:,}"))  # fmt: skip
            self.close_panel()

        self._session.write(work, title=WRITING.format(name=self._path.name), on_done=done)

    def close_panel(self) -> None:
        """Go back to the list."""
        self.plan = None
        self.closed.emit()
