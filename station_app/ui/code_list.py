"""Every code a problem can have, with what it says and what to do: made of the list of problems, searched as one types."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from station_app.domain.problems import codes_like
from station_app.domain.text import Text
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import down, label

TITLE = Text("问题代码", "Codes of problems")
FIND = Text("代码或词，例如 FLD-003、身份证", "A code or a word, such as FLD-003 or identity")
FOUND = Text("{n} 条；“…”处填写当时的内容。", "{n} found; … stands for what is filled in where it happens.")
NONE = Text("没有这样的代码。请照抄屏幕上的代码。", "There is no such code. Copy it as the screen shows it.")


class CodeList(QWidget, Retranslated):
    """A line to search and the codes it finds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.line = QLineEdit()
        self.line.setClearButtonEnabled(True)
        self.say(self.line.setPlaceholderText, FIND)
        self.say(self.line.setAccessibleName, FIND)
        self.line.textChanged.connect(lambda _text: self._fill())
        self._count = label("hint", wrap=True)
        self.found = QPlainTextEdit()  # to be read and copied from
        self.found.setReadOnly(True)
        self.found.setTabChangesFocus(True)
        self.say(self.found.setAccessibleName, TITLE)
        self.setFocusProxy(self.line)
        self.setLayout(down(self.line, self._count, self.found, spacing=8))
        self._fill()

    def _fill(self) -> None:
        codes = codes_like(self.line.text())
        self._count.setText(tr(FOUND, n=len(codes)) if codes else tr(NONE))
        self.found.setPlainText(
            "\n\n".join(f"{code}  {tr(severity.label)}\n{tr(text)}" for code, severity, text in codes)
        )

    def retranslate(self) -> None:
        super().retranslate()
        self._fill()
