"""The only place that opens boxes: errors, questions, file choices. Tests replace single functions of this module.

A field's problem never comes here: it stands at the field.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QDialog, QFileDialog, QInputDialog, QMessageBox, QPushButton, QWidget

from station_app import logs
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text
from station_app.ui.i18n import tr

OK = Text("知道了", "OK")
COPY = Text("复制", "Copy")
COPIED = Text("已复制", "Copied")
CANCEL = Text("取消", "Cancel")
PROGRAM = Text("草原站", "Grassland Station")
FAULT = Text(
    "程序出了故障，刚才这一步没有完成。已保存的数据不受影响，正在填写的内容留在草稿里。",
    "Something went wrong in the program and this step was not finished. Saved data is safe; what was being typed is "
    "kept as a draft.",
)
FAULT_NEXT = Text(
    "请再试一次；若仍出现，点“复制”，把内容发给技术支持。",
    "Try once more; if it comes back, press “Copy” and send the text to support.",
)
CODE_LINE = Text("代码 {code}", "Code {code}")
AND_MORE = Text("……另有 {count} 处", "… and {count} more")
LINE_PLACE = Text("第 {line} 行", "row {line}")
FILES = Text("文件", "Files")

SIGNS = {Severity.ERROR: "×", Severity.HOLD: "■", Severity.WARN: "!", Severity.INFO: "·"}
"""The sign beside the colour, wherever a problem is shown."""
SHOWN = 12


def problem_text(problem: Problem) -> str:
    """Return a problem as one line: sign, place, sentence, code."""
    where = problem.place or (tr(LINE_PLACE, line=problem.line) if problem.line else "")
    return f"{SIGNS[problem.severity]} {where + '  ' if where else ''}{tr(problem.text)}  [{problem.code}]"


def _box(parent: QWidget | None, icon: QMessageBox.Icon, text: str, detail: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setIcon(icon)
    box.setWindowTitle(tr(PROGRAM))
    box.setText(text)
    box.setInformativeText(detail)
    return box


def _with_copy(box: QMessageBox, copied: str) -> None:
    """Add a button that copies without closing the box."""
    from PySide6.QtGui import QGuiApplication

    button = QPushButton(tr(COPY), box)
    box.addButton(button, QMessageBox.ButtonRole.ActionRole)
    button.clicked.disconnect()  # the box would close

    def copy() -> None:
        QGuiApplication.clipboard().setText(copied)
        button.setText(tr(COPIED))

    button.clicked.connect(copy)


def error_box(parent: QWidget | None, error: BaseException) -> QMessageBox:
    """Return the box for an error, not yet open."""
    if isinstance(error, UserError):
        listed = sorted(error.problems, key=lambda p: p.severity.rank)
        # A sentence that already joins its problems is not said twice.
        lines = [problem_text(p) for p in listed[:SHOWN]] if len(listed) > 1 else []
        if len(listed) > SHOWN:
            lines.append(tr(AND_MORE, count=len(listed) - SHOWN))
        detail = "\n".join([*lines, tr(CODE_LINE, code=error.code)])
        box = _box(parent, QMessageBox.Icon.Warning, tr(error.text), detail)
        copied = "\n".join([f"{error.code} {tr(error.text)}", *(problem_text(p) for p in listed)])
    else:
        box = _box(parent, QMessageBox.Icon.Critical, tr(FAULT), f"{tr(FAULT_NEXT)}\n{type(error).__name__}")
        copied = logs.trace_of(error)
        box.setDetailedText(copied)
    _with_copy(box, copied)
    box.setDefaultButton(box.addButton(tr(OK), QMessageBox.ButtonRole.AcceptRole))
    return box


def show_error(parent: QWidget | None, error: BaseException) -> None:
    """Show a ``UserError`` (sentence, code, problems) or, for anything else, say that a fault happened."""
    error_box(parent, error).exec()


def show_problems(parent: QWidget | None, title: Text, problems: Sequence[Problem]) -> None:
    """Show a list of problems, worst first, that can be copied."""
    listed = sorted(problems, key=lambda p: p.severity.rank)
    lines = [problem_text(p) for p in listed]
    shown = lines[:SHOWN] + ([tr(AND_MORE, count=len(lines) - SHOWN)] if len(lines) > SHOWN else [])
    box = _box(parent, QMessageBox.Icon.Warning, tr(title), "\n".join(shown))
    _with_copy(box, "\n".join(lines))
    box.setDefaultButton(box.addButton(tr(OK), QMessageBox.ButtonRole.AcceptRole))
    box.exec()


def question_box(
    parent: QWidget | None, question: Text, *, yes: Text, no: Text = CANCEL, detail: Text | None = None
) -> tuple[QMessageBox, QPushButton]:
    """Return the box of a question and its yes button, not yet open."""
    box = _box(parent, QMessageBox.Icon.Question, tr(question), tr(detail) if detail else "")
    accept = box.addButton(tr(yes), QMessageBox.ButtonRole.AcceptRole)
    refuse = box.addButton(tr(no), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(refuse)
    box.setEscapeButton(refuse)
    return box, accept


def ask(parent: QWidget | None, question: Text, *, yes: Text, no: Text = CANCEL, detail: Text | None = None) -> bool:
    """Ask for a decision that cannot be undone; the buttons are verbs, the safe one is the default."""
    box, accept = question_box(parent, question, yes=yes, no=no, detail=detail)
    box.exec()
    return box.clickedButton() is accept


def ask_choice(parent: QWidget | None, question: Text, choices: Sequence[str]) -> int | None:
    """Ask for one of several; return its place, ``None`` when the person turned back."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(tr(PROGRAM))
    dialog.setLabelText(tr(question))
    dialog.setComboBoxItems(list(choices))
    dialog.setOkButtonText(tr(OK))
    dialog.setCancelButtonText(tr(CANCEL))
    accepted = dialog.exec() == QDialog.DialogCode.Accepted
    return list(choices).index(dialog.textValue()) if accepted else None


def _filter(patterns: str) -> str:
    return f"{tr(FILES)} ({patterns})"


def ask_open_file(parent: QWidget | None, title: Text, patterns: str, *, folder: Path | None = None) -> Path | None:
    """Ask for an existing file; ``patterns`` such as ``"*.xlsx *.csv"``."""
    name, _ = QFileDialog.getOpenFileName(parent, tr(title), str(folder or Path.home()), _filter(patterns))
    return Path(name) if name else None


def ask_save_file(parent: QWidget | None, title: Text, patterns: str, *, suggestion: Path | None = None) -> Path | None:
    name, _ = QFileDialog.getSaveFileName(parent, tr(title), str(suggestion or Path.home()), _filter(patterns))
    return Path(name) if name else None


def ask_folder(parent: QWidget | None, title: Text, *, folder: Path | None = None) -> Path | None:
    name = QFileDialog.getExistingDirectory(parent, tr(title), str(folder or Path.home()))
    return Path(name) if name else None
