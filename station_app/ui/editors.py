"""Editors of one field each: what is typed is kept as typed; ``domain.validation`` alone says what it means.

Every editor speaks the same few words, so forms and grids need not know the kind: ``text()``, ``set_text()``,
``set_value()``, ``parsed()``, ``set_problem()``, and the signals ``edited`` and ``left``.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from PySide6.QtCore import QDate, QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QCalendarWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from station_app.domain.fields import Field, Form, Kind
from station_app.domain.official_time import official_day, official_text
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.domain.units import unit_text
from station_app.domain.validation import parse_value
from station_app.domain.value_text import format_value
from station_app.storage.clock import SYSTEM_CLOCK, Clock
from station_app.ui import i18n, theme, undo_keys
from station_app.ui.i18n import Retranslated, tr

WEEKDAYS = (
    Text("星期一", "Monday"), Text("星期二", "Tuesday"), Text("星期三", "Wednesday"), Text("星期四", "Thursday"),
    Text("星期五", "Friday"), Text("星期六", "Saturday"), Text("星期日", "Sunday"),
)  # fmt: skip
TODAY_WORDS = ("今天", "today", "t", "jt")
LIST_SEPARATOR = ";"
_LONG_LINES = 3


def typed_value(field: Field, value: Any) -> str:
    """Return a stored value as a person would type it; ``parse_value`` reads it back. Not for LINES."""
    if value is None or value == ():
        return ""
    if field.kind in (Kind.CODES, Kind.FILES):
        return LIST_SEPARATOR.join(value)
    if field.kind is Kind.DECIMAL:
        return f"{value:f}"
    if field.kind is Kind.BOOL:
        return "true" if value else "false"
    if field.kind in (Kind.DATE, Kind.INSTANT):
        return format_value(field, value)
    return str(value)


class Editor(QWidget, Retranslated):
    """What all editors share. Subclasses make ``self.line``, the widget that has the cursor.

    Signals:
        edited(): changed by hand.
        left(): the cursor went elsewhere.
    """

    edited = Signal()
    left = Signal()
    wide = False  # takes the whole width of a form

    line: QWidget
    steps: undo_keys.TakesBack | None = None  # of the form it stands in

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.field = field
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.current().xs)
        self._box = box

    def _hold(self, line: QWidget) -> None:
        """Take ``line`` as the widget that has the cursor."""
        self.line = line
        self._box.addWidget(line, 1)
        self.setFocusProxy(line)
        line.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.line and event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        return self.undo_key(watched, event) or super().eventFilter(watched, event)

    def follow_steps(self, steps: undo_keys.TakesBack) -> None:
        """Leave undo to the form where this field has nothing of its own to take back."""
        self.steps = steps

    def undo_key(self, watched: QObject, event: QEvent) -> bool:
        """Handle undo and redo: what was typed here first, then what was changed in the form."""
        return undo_keys.take(watched, event, *([self.steps] if self.steps is not None else []))

    def forget_typing(self) -> None:
        """What stands here is saved: the line has nothing of its own to take back any more."""
        if isinstance(self.line, QLineEdit) and (self.line.isUndoAvailable() or self.line.isRedoAvailable()):
            cursor = self.line.cursorPosition()
            QLineEdit.setText(self.line, self.line.text())
            self.line.setCursorPosition(cursor)
        elif isinstance(self.line, QPlainTextEdit):
            self.line.document().clearUndoRedoStacks()

    def text(self) -> str:
        """Return what stands in the field, as typed."""
        raise NotImplementedError

    def set_text(self, text: str) -> None:
        """Put in a text as if typed, without a signal."""
        raise NotImplementedError

    def set_value(self, value: object) -> None:
        self.set_text(typed_value(self.field, value))

    def parsed(self, today: date | None = None) -> tuple[Any, Problem | None]:
        """Return the value of what is typed and the first problem with it."""
        return parse_value(self.field, self.text(), today)

    def echo(self) -> str:
        """Return how the parsed value reads, where that says more than what is typed; else empty."""
        return ""

    def shown(self) -> str:
        """Return what a read-only form shows."""
        value, _ = self.parsed()
        text = format_value(self.field, value, i18n.language())
        unit = unit_text(self.field.unit, i18n.language())
        return f"{text} {unit}" if text and unit else text or self.text()

    def set_problem(self, severity: Severity | None) -> None:
        theme.mark(self.line, problem="" if severity in (None, Severity.INFO) else severity.value)

    def set_read_only(self, read_only: bool) -> None:
        self.setEnabled(not read_only)


class UnitLine(QLineEdit):
    """A line with the unit drawn inside, at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._unit = QLabel(self)
        self._unit.setProperty("part", "hint")
        self._unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._unit.hide()

    def set_unit(self, unit: str) -> None:
        """Show ``unit``; empty for none."""
        self._unit.setText(unit)
        self._unit.setVisible(bool(unit))
        self._place()

    def _place(self) -> None:
        if not self._unit.isHidden():
            self._unit.ensurePolished()
            size = self._unit.sizeHint()
            gap = theme.current().s
            self._unit.setGeometry(self.width() - size.width() - gap, (self.height() - size.height()) // 2,
                                   size.width(), size.height())  # fmt: skip
            self.setTextMargins(0, 0, size.width() + gap // 2, 0)
        else:
            self.setTextMargins(0, 0, 0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._place()


class LineEditor(Editor):
    """A short text; also identity, account, phone, region and year-month. Long numbers are echoed in groups of four."""

    line: UnitLine

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._hold(UnitLine())
        self.line.textEdited.connect(lambda _text: self.edited.emit())
        if field.kind is Kind.TEXT:
            self.line.setMaxLength(max(field.max_length * 2, 64))  # too long is said, not cut off silently

    def text(self) -> str:
        return self.line.text()

    def set_text(self, text: str) -> None:
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def echo(self) -> str:
        if self.field.form is Form.ACCOUNT:
            digits = self.text().replace(" ", "")
            return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4)) if len(digits) > 4 else ""
        if self.field.form is Form.IDENTITY:
            digits = self.text().replace(" ", "")
            return f"{digits[:6]} {digits[6:14]} {digits[14:]}" if len(digits) == 18 else ""
        return ""

    def retranslate(self) -> None:
        super().retranslate()
        self.line.set_unit(unit_text(self.field.unit, i18n.language()))


class NumberEditor(LineEditor):
    """A number with its unit inside; the parsed value is echoed when it reads differently."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.line.setMaxLength(40)
        self.line.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)
        self.retranslate()

    def echo(self) -> str:
        value, wrong = self.parsed()
        if value is None or (wrong is not None and wrong.severity is Severity.ERROR):
            return ""
        shown = format_value(self.field, value, i18n.language())
        return "" if shown == self.text().strip() else f"= {shown}"


class LongEditor(Editor):
    """Several lines. Enter makes a new line, Tab goes on."""

    line: QPlainTextEdit
    wide = True

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._hold(QPlainTextEdit())
        self.line.setTabChangesFocus(True)
        self._silent = False
        self.line.textChanged.connect(self._changed)
        self._fit()

    def _fit(self) -> None:
        metrics = self.line.fontMetrics()
        self.line.setFixedHeight(metrics.lineSpacing() * _LONG_LINES + 2 * theme.current().s)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "line"):
            self._fit()

    def _changed(self) -> None:
        if not self._silent:
            self.edited.emit()

    def text(self) -> str:
        return self.line.toPlainText()

    def set_text(self, text: str) -> None:
        if text != self.line.toPlainText():
            self._silent = True
            self.line.setPlainText(text)
            self._silent = False


class CalendarPopup(QFrame):
    """A month to click a day in; Esc closes it."""

    picked = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("part", "panel")
        self.calendar = QCalendarWidget(self)
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.calendar)
        self.calendar.clicked.connect(self._take)
        self.calendar.activated.connect(self._take)

    def open_at(self, day: date, below: QWidget) -> None:
        """Show the month of ``day`` below a widget, inside the screen."""
        from PySide6.QtCore import QLocale

        english = QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom)
        chinese = QLocale(QLocale.Language.Chinese, QLocale.Country.China)
        self.calendar.setLocale(chinese if i18n.language() == "zh_CN" else english)
        self.calendar.setSelectedDate(QDate(day.year, day.month, day.day))
        size = self.sizeHint()
        corner = below.mapToGlobal(QPoint(below.width() - size.width(), below.height() + 1))
        screen = below.screen().availableGeometry()
        if corner.y() + size.height() > screen.bottom():
            corner.setY(below.mapToGlobal(QPoint(0, 0)).y() - size.height())
        corner.setX(max(corner.x(), screen.left()))
        self.move(corner)
        self.show()
        self.calendar.setFocus()

    def _take(self, day: QDate) -> None:
        self.hide()
        self.picked.emit(date(day.year(), day.month(), day.day()))


class DateLine(UnitLine):
    """A date typed as text; Up and Down go by a day, a button opens the month."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        if not self.isReadOnly() and not event.modifiers() and event.key() in steps:
            self.stepped.emit(steps[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)


class DateEditor(Editor):
    """A date (or a moment, in Beijing time): typed, stepped with the arrows, or clicked; echoed with its weekday."""

    line: DateLine

    def __init__(self, field: Field, clock: Clock = SYSTEM_CLOCK, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self.clock = clock
        self._hold(DateLine())
        self._popup: CalendarPopup | None = None
        self.line.textEdited.connect(self._typed)
        self.line.stepped.connect(self._step)
        self._button = self.line.addAction(QIcon(), QLineEdit.ActionPosition.TrailingPosition)
        self._button.triggered.connect(self.open_calendar)
        theme.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._button.setIcon(calendar_icon())

    def text(self) -> str:
        return self.line.text()

    def set_text(self, text: str) -> None:
        if text != self.line.text():
            self.line.setText(text)

    def _typed(self, text: str) -> None:
        if text.strip().casefold() in TODAY_WORDS:
            self._put(self.clock.today())
        self.edited.emit()

    def _put(self, day: date) -> None:
        if self.field.kind is Kind.INSTANT:
            clock = self.text().strip().partition(" ")[2] or official_text(self.clock.now()).partition(" ")[2]
            self.line.setText(f"{day.isoformat()} {clock}")
        else:
            self.line.setText(day.isoformat())

    def day(self) -> date | None:
        value, _ = self.parsed()
        if isinstance(value, datetime):
            return official_day(value)
        return value if isinstance(value, date) else None

    def _step(self, by: int) -> None:
        day = self.day()
        if day is None:
            if self.text().strip():
                return
            day = self.clock.today() - timedelta(days=by)
        try:
            self._put(day + timedelta(days=by))
        except OverflowError:
            return
        self.edited.emit()

    def open_calendar(self) -> None:
        if self._popup is None:
            self._popup = CalendarPopup(self)
            self._popup.picked.connect(self._picked)
        self._popup.open_at(self.day() or self.clock.today(), self.line)

    def _picked(self, day: date) -> None:
        self._put(day)
        self.line.setFocus()
        self.edited.emit()

    def echo(self) -> str:
        day = self.day()
        if day is None:
            return ""
        weekday = tr(WEEKDAYS[day.weekday()])
        return weekday if self.text().strip().startswith(day.isoformat()) else f"= {day.isoformat()} {weekday}"


def calendar_icon() -> QIcon:
    """Return the sign of a calendar, drawn where the icon folder has none."""
    found = theme.icon("calendar", "soft_text")
    if not found.isNull():
        return found
    size = theme.current().icon * 2
    picture = QPixmap(QSize(size, size))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setPen(QPen(theme.colour("soft_text"), size / 12))
    painter.drawRect(round(size * 0.2), round(size * 0.25), round(size * 0.6), round(size * 0.55))
    painter.drawLine(round(size * 0.2), round(size * 0.42), round(size * 0.8), round(size * 0.42))
    painter.end()
    picture.setDevicePixelRatio(2)
    return QIcon(picture)
