"""One field of a form: label, editor, echo, problem, and the line for the reason of an unusual value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayoutItem, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from station_app.domain.fields import Field, Form, Kind
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.storage.clock import SYSTEM_CLOCK, Clock
from station_app.ui import theme
from station_app.ui.choice_editors import CodeEditor, CodesEditor, LinkEditor, RegionEditor, SetEditor, YesNoEditor
from station_app.ui.editors import DateEditor, Editor, LineEditor, LongEditor, NumberEditor
from station_app.ui.files_editor import FilesEditor, FileShelf
from station_app.ui.flow_layout import FlowLayout
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.lines_editor import LinesEditor
from station_app.ui.link_picker import LinkSource, ReaderLinks
from station_app.ui.messages import SIGNS

WHY = Text("原因(写明后即可保存)", "Reason (then it can be saved)")
NARROWEST = 13  # characters of a column of fields
MOST_COLUMNS = 4


def make_editor(
    field: Field, *, links: LinkSource | None = None, files: FileShelf | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Editor:  # fmt: skip
    """Return the editor of a field. ``links`` looks up LINK fields, ``files`` keeps and shows attachments, ``clock`` knows today."""
    if field.kind is Kind.LINES:
        return LinesEditor(field, links)
    if field.kind is Kind.LINK:
        return LinkEditor(field, links)
    if field.kind is Kind.FILES:
        return FilesEditor(field, files)
    if field.kind is Kind.TEXT and field.form is Form.LONG:
        return LongEditor(field)
    if field.coefficients:
        return SetEditor(field, links)
    if field.form is Form.REGION and isinstance(links, ReaderLinks):
        return RegionEditor(field, links)
    if field.is_number:
        return NumberEditor(field)
    if field.kind in (Kind.DATE, Kind.INSTANT):
        return DateEditor(field, clock)
    plain: dict[Kind, type[CodeEditor] | type[CodesEditor] | type[YesNoEditor]] = {
        Kind.CODE: CodeEditor, Kind.CODES: CodesEditor, Kind.BOOL: YesNoEditor,
    }  # fmt: skip
    return plain[field.kind](field) if field.kind in plain else LineEditor(field)


class FieldBlock(QWidget, Retranslated):
    """A field as it stands in a form.

    Signals:
        edited(): typed in the field or in its reason.
        left(): the cursor went on.
    """

    edited = Signal()
    left = Signal()

    def __init__(self, field: Field, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.field = field
        self.editor = editor
        self.read_only = False
        self._problems: list[Problem] = []
        self._label, self._star, self._echo, self._value, self._problem = (QLabel() for _ in range(5))
        self._label.setProperty("part", "hint")
        self._star.setProperty("part", "hint")
        self._star.setProperty("state", "error")
        self._star.setText("*" if field.required else "")
        self._echo.setProperty("echo", True)
        self._echo.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._value.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        for words in (self._value, self._problem):
            words.setWordWrap(True)
            words.hide()
        self._reason = QLineEdit()
        self._reason.setProperty("problem", "warn")
        self._reason.hide()
        self._reason.textEdited.connect(lambda _text: self.edited.emit())
        head = self._head = QHBoxLayout()
        head.setSpacing(theme.current().xs)
        self._label.setWordWrap(True)
        self._star.setAlignment(Qt.AlignmentFlag.AlignTop)
        if not field.required:
            self._star.hide()  # never shown here: a widget without a parent would open a window of its own
        head.addWidget(self._star)
        head.addWidget(self._label, 1)
        long_number = field.form in (Form.IDENTITY, Form.ACCOUNT)
        if not long_number:
            head.addWidget(self._echo)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2)
        box.addLayout(head)
        box.addWidget(editor)
        if long_number:  # too long to stand beside the label
            box.addWidget(self._echo)
        for widget in (self._value, self._problem, self._reason):
            box.addWidget(widget)
        box.addStretch(1)
        editor.edited.connect(self._edited)
        editor.left.connect(self.left.emit)
        self.say(self._label.setText, field.label)
        self.say(editor.line.setAccessibleName, field.label)
        self.say(self._reason.setPlaceholderText, WHY)
        if field.help is not None:
            self.say(self._label.setToolTip, field.help)
            if isinstance(editor.line, QLineEdit):
                self.say(editor.line.setPlaceholderText, field.help)
                self.say(editor.line.setToolTip, field.help)

    def head_height(self, width: int) -> int:
        """Return how high the label stands in a column of this width."""
        return self._head.heightForWidth(width) if self._head.hasHeightForWidth() else self._head.sizeHint().height()

    def hide_label(self) -> None:
        """Leave the label out: the heading above says the same."""
        for words in (self._label, self._star, self._echo):
            words.hide()

    def _edited(self) -> None:
        self._show_echo()
        self.edited.emit()

    def _show_echo(self) -> None:
        text = "" if self.read_only else self.editor.echo()
        self._echo.setText(text)
        if self.field.form in (Form.IDENTITY, Form.ACCOUNT):
            self._echo.setVisible(bool(text))

    def set_text(self, text: str) -> None:
        self.editor.set_text(text)
        self._show_value()

    def _show_value(self) -> None:
        self._show_echo()
        if self.read_only and not isinstance(self.editor, LinesEditor | FilesEditor):
            self._value.setText(self.editor.shown())

    def reason(self) -> str:
        return self._reason.text().strip()

    def set_reason(self, text: str) -> None:
        self._reason.setText(text)
        self._reason.setVisible(bool(text) and not self.read_only)

    def needs_reason(self) -> bool:
        """Whether the value is unusual and nothing says why."""
        return any(p.severity is Severity.WARN for p in self._problems) and not self.reason()

    def focus_reason(self) -> None:
        self._reason.setVisible(True)
        self._reason.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_problems(self, found: Sequence[Problem], *, explained: bool = False) -> None:
        """Show what stands against the field; ``explained``: a note of the record already says why it is unusual."""
        self._problems = sorted(found, key=lambda p: p.severity.rank)
        if isinstance(self.editor, LinesEditor):
            self.editor.show_cell_problems(self._problems)
        self._show_problems(explained)

    def _show_problems(self, explained: bool = False) -> None:
        lines = [f"{SIGNS[p.severity]} {tr(p.text)}" for p in self._problems]
        self._problem.setText("\n".join(dict.fromkeys(lines)))
        self._problem.setVisible(bool(lines))
        worst = self._problems[0].severity if self._problems else None
        theme.mark(self._problem, problem="" if worst in (None, Severity.INFO) else worst.value)
        self.editor.set_problem(worst)
        unusual = any(p.severity is Severity.WARN for p in self._problems)
        self._reason.setVisible(not self.read_only and (bool(self.reason()) or (unusual and not explained)))
        theme.mark(self._reason, problem="" if self.reason() else "warn")

    def problems(self) -> list[Problem]:
        return list(self._problems)

    def parsed(self, today: date | None) -> object:
        return self.editor.parsed(today)[0]

    def set_read_only(self, read_only: bool) -> None:
        """Show as text, or as a field."""
        self.read_only = read_only
        self._star.setVisible(self.field.required and not read_only and not self._label.isHidden())
        if isinstance(self.editor, LinesEditor | FilesEditor):  # looked into and opened also where nothing is changed
            self.editor.set_read_only(read_only)
        else:
            self.editor.setVisible(not read_only)
            self._value.setVisible(read_only)
        self._show_value()
        self._show_problems()

    def is_empty(self) -> bool:
        return not self.editor.text().strip()

    def retranslate(self) -> None:
        super().retranslate()
        self._show_value()
        self._show_problems()


class FieldColumns(QWidget):
    """Blocks in as many columns as the width allows; wide ones take the whole row."""

    def __init__(self, blocks: Sequence[FieldBlock], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = ColumnLayout(self)
        for block in blocks:
            layout.addWidget(block)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def lay_again(self) -> None:
        """Set the blocks anew (some were hidden or shown)."""
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
        self.updateGeometry()


class ColumnLayout(FlowLayout):
    """Equal columns over the whole width; items of a row begin at the same height."""

    def _lay(self, rect: QRect, *, move: bool) -> int:
        made = theme.current()
        across, down = made.l, made.s
        parent = self.parentWidget()
        narrow = parent.fontMetrics().horizontalAdvance("草") * NARROWEST
        columns = max(1, min(MOST_COLUMNS, (rect.width() + across) // (narrow + across)))
        each = (rect.width() - across * (columns - 1)) // columns
        y = rect.y()
        for row in self._rows(columns):
            wide = _is_wide(row[0])
            width = rect.width() if wide else each
            heads = [_head_height(item, width) for item in row]
            low = 0
            for column, item in enumerate(row):
                # A label of two lines pushes its field down: the others of the row stand at the same height.
                top = max(heads) - heads[column]
                height = item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
                if move:
                    item.setGeometry(QRect(rect.x() + column * (each + across), y + top, width, height))
                low = max(low, top + height)
            y += low + down
        return max(0, y - down - rect.y())

    def _rows(self, columns: int) -> list[list[QLayoutItem]]:
        rows: list[list[QLayoutItem]] = []
        for item in self.items():
            if item.isEmpty():
                continue
            if not rows or len(rows[-1]) == columns or _is_wide(item) or _is_wide(rows[-1][0]):
                rows.append([])
            rows[-1].append(item)
        return rows

    def sizeHint(self) -> QSize:
        width = max(self.geometry().width(), self.minimumSize().width())
        return QSize(width, self.heightForWidth(width))

    def minimumSize(self) -> QSize:
        widest = max((i.minimumSize().width() for i in self.items() if not i.isEmpty()), default=0)
        narrow = self.parentWidget().fontMetrics().horizontalAdvance("草") * NARROWEST
        return QSize(min(widest, narrow), 0)


def _is_wide(item: QLayoutItem) -> bool:
    widget = item.widget()
    return isinstance(widget, FieldBlock) and widget.editor.wide


def _head_height(item: QLayoutItem, width: int) -> int:
    widget = item.widget()
    return widget.head_height(width) if isinstance(widget, FieldBlock) else 0
