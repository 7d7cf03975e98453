"""What every chart has: title, legend, unit, the value under the pointer or the arrow keys, and copying."""

from __future__ import annotations

import os
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.charts import looks
from station_app.ui.charts.figures import (
    IN_UNIT,
    Reference,
    Series,
    cells,
    extent,
    figure_text,
    step_text,
    steps,
    unit_said,
    value_said,
)
from station_app.ui.flow_layout import FlowLayout
from station_app.ui.grid_model import write_block
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import MenuButton, Shown, across, down, label, shown
from station_app.ui.theme import ThemeName, Tokens

HOW = Text("指到图上，或用方向键看数值", "Point at the chart, or use the arrow keys, to read values")
NOTHING = Text("没有可以画的数值", "There is nothing to draw")
COPY = Text("复制", "Copy")
COPY_DATA = Text("复制数据(Ctrl+C)", "Copy data (Ctrl+C)")
COPY_PICTURE = Text("复制图片(Ctrl+Shift+C)", "Copy picture (Ctrl+Shift+C)")
UNIT = Text("单位：{unit}", "Unit: {unit}")
ONE_VALUE = Text("{name} {value}", "{name} {value}")
SAID = Text("{where}：{values} {unit}", "{where}: {values} {unit}")
LEVEL_SAID = Text("{name} {value}", "{name} {value}")
PICTURE_SCALE = 2
PICTURE_WIDTH = 760
_GRID = 70  # of 255


def _pyqtgraph() -> Any:
    """Return pyqtgraph; it is slow to load and no window waits for it before it is seen."""
    os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
    import pyqtgraph

    return pyqtgraph


class Chart(QFrame, Retranslated):
    """A chart of series along categories.

    Keys: arrows move from category to category, Home and End to the ends, Enter opens, Ctrl+C copies the data,
    Ctrl+Shift+C the picture.

    Signals:
        pointed(index): another category is pointed at, -1 for none.
        opened(index): Enter or double click on a category.
    """

    pointed = Signal(int)
    opened = Signal(int)
    sample_kind = looks.BAR
    along = Text("项目", "Item")
    with_zero = True

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.horizontal = False
        self._caption: Text = Text("", "")
        self._labels: list[Shown] = []
        self.series: tuple[Series, ...] = ()
        self.unit = ""
        self.places = 1
        self.reference: Reference | None = None
        self.index = -1
        self._paper: Tokens | None = None  # other colours while a picture is made
        self._plot: Any = None
        self._pointed: Any = None
        self._steps: list[Decimal] = []
        self._arranging = False
        self._title = label("strong", wrap=True)
        self._menu = MenuButton(COPY, "quiet")
        self._menu.offer(COPY_DATA, self.copy_data)
        self._menu.offer(COPY_PICTURE, self.copy_picture)
        self._menu.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._unit = label("hint")
        self._legend = QWidget()
        self._entries = FlowLayout(self._legend, 12)
        self.readout = label("hint", wrap=True)
        self.readout.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._nothing = self.said(label("", state="muted"), NOTHING)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._field = QVBoxLayout()
        self._field.setContentsMargins(0, 0, 0, 0)
        self._field.addWidget(self._nothing)
        head = across(self._title, self._menu)
        head.setStretch(0, 1)
        head.setAlignment(self._menu, Qt.AlignmentFlag.AlignTop)
        self._box = down(
            head, self._legend, self._unit, (self._field, 1), self.readout, spacing=4, margins=(8, 6, 8, 6)
        )
        self.setLayout(self._box)
        theme.changed.connect(self._theme_changed)
        self._theme_changed()

    # --- what is shown

    def _show(self, title: Text, labels: Sequence[Shown], series: Sequence[Series], unit: str, places: int,
              reference: Reference | None = None) -> None:  # fmt: skip
        self._caption, self._labels, self.series = title, list(labels), tuple(series)
        self.unit, self.places, self.reference = unit, places, reference
        self.index = -1
        self._fill_legend()
        self.retranslate()

    @property
    def categories(self) -> list[str]:
        """What stands along the chart, in the current language."""
        return [shown(each) for each in self._labels]

    @property
    def title(self) -> str:
        """The title in the current language."""
        return tr(self._caption)

    @property
    def is_empty(self) -> bool:
        """Whether there is no number at all."""
        return not any(each.known() for each in self.series)

    def _fill_legend(self) -> None:
        while (item := self._entries.takeAt(0)) is not None:
            made = item.widget()
            if made is not None:
                made.hide()
                made.deleteLater()
        self._legend_names: list[tuple[Any, Text]] = []
        for kind, number, name in self._legend_entries():
            holder = QWidget(self._legend)
            words = label("hint")
            holder.setLayout(across(looks.Sample(kind, number), words, spacing=6))
            self._legend_names.append((words, name))
            self._entries.addWidget(holder)
        self._legend.setVisible(bool(self._legend_names))

    def _legend_entries(self) -> list[tuple[str, int, Text]]:
        entries = [(self.sample_kind, n, each.name) for n, each in enumerate(self.series)]
        if self.reference is not None:
            entries.append((looks.LEVEL, 0, self.reference.name))
        return entries if len(entries) > 1 else []

    def retranslate(self) -> None:
        super().retranslate()
        self._title.setText(self.title)
        self._title.setVisible(bool(self.title))
        self.setAccessibleName(self.title)
        self._unit.setText(tr(UNIT, unit=unit_said(self.unit)))
        self._unit.setVisible(bool(self.unit) and not self.horizontal)
        for words, name in getattr(self, "_legend_names", ()):
            words.setText(tr(name))
        self._entries.invalidate()
        self._legend.updateGeometry()
        self._say_value()
        self._arrange()

    # --- the plot

    def _make_plot(self) -> None:
        pg = _pyqtgraph()
        pg.setConfigOptions(antialias=True)
        self._plot = pg.PlotWidget(background=None)
        plot = self._plot
        plot.setFrameShape(QFrame.Shape.NoFrame)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)  # its own wish is a screen
        plot.setMinimumSize(160, 120)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.wheelEvent = lambda event: event.ignore()  # the page scrolls
        plot.viewport().setMouseTracking(True)
        plot.viewport().installEventFilter(self)
        view = plot.getViewBox()
        view.disableAutoRange()
        view.setDefaultPadding(0)
        for side in ("bottom", "left"):
            axis = plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=0, tickTextOffset=6, autoExpandTextSpace=False, autoReduceTextSpace=False,
                          hideOverlappingLabels=False)  # fmt: skip
        self._field.addWidget(plot)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        QTimer.singleShot(0, self, self._arrange)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Set axes, range and colours anew; nothing before the chart is seen."""
        empty = self.is_empty
        self._nothing.setVisible(empty)
        if self._plot is not None:
            self._plot.setVisible(not empty)
        self.readout.setVisible(not empty)
        if empty or not self.isVisible():
            return
        self._arranging = True
        try:
            if self._plot is None:
                self._make_plot()
            self._orient()
            self._unit.setVisible(bool(self.unit) and not self.horizontal)
            self._style(self._paper or theme.current())
            self._ranges()
            self._draw(self._paper or theme.current())
        finally:
            self._arranging = False

    def _orient(self) -> None:
        """For charts that choose their direction by the room they have."""

    def _room(self) -> QSize:
        return self._plot.size() if self._plot.isVisible() else self.size()

    def _ranges(self) -> None:
        numbers = [value for each in self.series for value in each.known()]
        if self.reference is not None:
            numbers.append(self.reference.value)
        low, high = extent(numbers, with_zero=self.with_zero)
        room, line = self._room(), self.fontMetrics().height()
        widest = max(len(figure_text(value, 0)) for value in (low, high)) + 3
        digit = self.fontMetrics().horizontalAdvance("0")
        about = room.width() // (widest * digit * 2) if self.horizontal else room.height() // (line * 3)
        self._steps = steps(low, high, max(2, min(about, 6)))
        first, last = float(self._steps[0]), float(self._steps[-1])
        pad = (last - first) * 0.02  # no mark is cut at the edge; bars stand on their zero
        first, last = (first - pad if first else first), last + pad + self._label_room(last - first)
        along = (-0.5, max(len(self._labels), 1) - 0.5)
        value_ticks = [[(float(each), step_text(each)) for each in self._steps]]
        bottom, left = self._plot.getAxis("bottom"), self._plot.getAxis("left")
        view = self._plot.getViewBox()
        view.invertY(self.horizontal)
        if self.horizontal:
            names, width = self._side_labels()
            # The last figure of the axis stands in the middle below its line and needs room on the right.
            half = self.fontMetrics().horizontalAdvance(step_text(self._steps[-1])) / 2 + 2
            end = float(self._steps[-1])
            last = max(last, end + (end - first) * half / max(room.width() - width - half, 1))
            left.setTicks([list(enumerate(names))])
            left.setWidth(width)
            bottom.setTicks(value_ticks)
            bottom.setHeight(2 * line + 8)
            bottom.setLabel(self._value_label())
            view.setRange(xRange=(first, last), yRange=along, padding=0)
        else:
            left.setTicks(value_ticks)
            left.setWidth(max(self.fontMetrics().horizontalAdvance(step_text(each)) for each in self._steps) + 14)
            bottom.setTicks([self._bottom_labels(room.width() - left.width())])
            bottom.setHeight(line + 10)
            bottom.showLabel(False)
            view.setRange(xRange=along, yRange=(first, last), padding=0)
        self._plot.getPlotItem().layout.activate()  # marks are made for the room the axes leave

    def _label_room(self, span: float) -> float:
        """Return how much further the value axis goes so that a value fits beside the longest bar."""
        return 0.0

    def _value_label(self) -> str:
        return unit_said(self.unit)

    def _side_labels(self) -> tuple[list[str], int]:
        metrics = self.fontMetrics()
        most = max(60, int(self._room().width() * 0.36))
        widest = max((metrics.horizontalAdvance(name) for name in self.categories), default=40)
        width = min(most, widest + 6)  # a width that is just enough is elided by its rounding
        names = [metrics.elidedText(name, Qt.TextElideMode.ElideRight, width) for name in self.categories]
        return names, width + 12

    def _bottom_labels(self, width: float) -> list[tuple[int, str]]:
        """Return the labels that fit side by side; the others are left out, the value line names them."""
        names = self.categories
        widest = max((self.fontMetrics().horizontalAdvance(name) for name in names), default=1) + 10
        every = max(1, -(-widest * len(names) // max(int(width), 1)))
        return [(n, name) for n, name in enumerate(names) if n % every == 0]

    def _style(self, tokens: Tokens) -> None:
        self._plot.setBackground(QColor(tokens.surface))
        line = QPen(QColor(tokens.strong_border), 1)
        for side in ("bottom", "left"):
            axis = self._plot.getAxis(side)
            axis.setPen(line)
            axis.setTextPen(QColor(tokens.text))
            axis.setTickFont(self.font())
            axis.label.setFont(self.font())
        self._plot.update()

    def _theme_changed(self) -> None:
        self.readout.setMinimumHeight(2 * self.readout.fontMetrics().lineSpacing() + 2)
        self._arrange()
        self.update()

    # --- what is drawn

    def _draw(self, tokens: Tokens) -> None:
        """Put the marks into the plot anew, as items of pyqtgraph."""
        pg, plot = _pyqtgraph(), self._plot
        plot.clear()
        along = "horizontal" if self.horizontal else "vertical"
        self._pointed = pg.LinearRegionItem(
            orientation=along, movable=False, brush=QColor(tokens.accent_soft), pen=QPen(Qt.PenStyle.NoPen)
        )
        self._pointed.setZValue(-10)
        plot.addItem(self._pointed)
        self._mark_pointed()
        line, faint = QColor(tokens.strong_border), QColor(tokens.strong_border)
        faint.setAlpha(_GRID)
        for each in self._steps:
            self._add_level(float(each), QPen(faint if each else line, 1))
        self._draw_marks(pg, tokens)
        if self.reference is not None:
            self._add_level(float(self.reference.value), looks.level_pen(tokens))

    def _add_level(self, value: float, pen: QPen) -> None:
        pen.setCosmetic(True)
        self._plot.addItem(_pyqtgraph().InfiniteLine(value, 90 if self.horizontal else 0, pen))

    def _draw_marks(self, pg: object, tokens: Tokens) -> None:
        raise NotImplementedError

    def _mark_pointed(self) -> None:
        if self._plot is not None and self._pointed is not None:
            self._pointed.setRegion((self.index - 0.5, self.index + 0.5))
            self._pointed.setVisible(self.index >= 0 and self._paper is None)

    def _pixel_size(self) -> tuple[float, float]:
        """Return how far a pixel reaches along the categories and along the values."""
        across, up = (abs(float(each)) for each in self._plot.getViewBox().viewPixelSize())
        return (up, across) if self.horizontal else (across, up)

    def _placed(self, along: object, values: object) -> dict[str, Any]:
        """Return points as x and y."""
        return {"x": values, "y": along} if self.horizontal else {"x": along, "y": values}

    def _add_ranges(self, series: Series, colour: QColor, cap: float, shift: float = 0.0) -> None:
        """Add the range of every value as a line with caps, ``cap`` pixels to each side."""
        import numpy

        ends = ((n + shift, *series.ends(n)) for n in range(len(self._labels)))
        known = [(at, float(low), float(high)) for at, low, high in ends if low is not None and high is not None]
        if known:
            along, low, high = numpy.array(known).T
            half = dict.fromkeys(("left", "right") if self.horizontal else ("top", "bottom"), (high - low) / 2)
            beam = 2 * cap * self._pixel_size()[0]
            pg = _pyqtgraph()
            self._plot.addItem(
                pg.ErrorBarItem(
                    **self._placed(along, (low + high) / 2), **half, beam=beam, pen=pg.mkPen(colour, width=1.6)
                )
            )

    def _add_points(self, series: Series, number: int, size: float, tokens: Tokens) -> None:
        """Add the symbol of a series at every known value."""
        known = [(float(n), float(v)) for n in range(len(self._labels)) if (v := series.value(n)) is not None]
        if known:
            along, values = zip(*known, strict=True)
            colour = looks.series_colour(number, tokens)
            self._plot.addItem(_pyqtgraph().ScatterPlotItem(
                **self._placed(along, values), symbol=looks.symbol(number), size=size, brush=colour, pen=looks.edge(tokens)
            ))  # fmt: skip

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        super().paintEvent(event)
        if self.hasFocus():
            made = theme.current()
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(made.focus), made.focus_width))
            half = made.focus_width / 2
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(half, half, -half, -half), made.radius, made.radius)
            painter.end()

    # --- the value in sight

    def point_at(self, index: int) -> None:
        """Show the values of a category; -1 shows none."""
        index = index if 0 <= index < len(self._labels) else -1
        if index == self.index:
            return
        self.index = index
        self._say_value()
        self._mark_pointed()
        self.pointed.emit(index)

    def _say_value(self) -> None:
        said = self._values_said(self.index) if 0 <= self.index < len(self._labels) else tr(HOW)
        self.readout.setText(said)
        self.setAccessibleDescription(said)

    def _values_said(self, index: int) -> str:
        values = [tr(ONE_VALUE, name=each.name, value=value_said(each, index, self.places)) for each in self.series]
        if len(self.series) == 1:
            values = [value_said(self.series[0], index, self.places)]
        if self.reference is not None:
            level = figure_text(self.reference.value, self.places)
            values.append(tr(LEVEL_SAID, name=self.reference.name, value=level))
        return tr(SAID, where=self.categories[index], values=" · ".join(values), unit=unit_said(self.unit)).rstrip()

    def index_at(self, at: QPointF) -> int:
        """Return the category at a point of the plot, -1 outside."""
        view = self._plot.getViewBox()
        scene = self._plot.mapToScene(at.toPoint())
        if not view.sceneBoundingRect().contains(scene):
            return -1
        inside = view.mapSceneToView(scene)
        return round(inside.y() if self.horizontal else inside.x())

    def place_of(self, index: int) -> QPointF:
        """Return the middle of a category in the plot's own pixels, where a pointer would go."""
        view = self._plot.getViewBox()
        middle = sum(view.viewRange()[0 if self.horizontal else 1]) / 2
        at = QPointF(middle, index) if self.horizontal else QPointF(index, middle)
        return QPointF(self._plot.mapFromScene(view.mapViewToScene(at)))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if self._plot is not None and watched is self._plot.viewport():
            if event.type() is QEvent.Type.Resize and not self._arranging:
                QTimer.singleShot(0, self, self._arrange)  # the axes are made for the room there is
            if isinstance(event, QMouseEvent):
                if event.type() is QEvent.Type.MouseMove:
                    self.point_at(self.index_at(event.position()))
                elif event.type() is QEvent.Type.MouseButtonPress:
                    self.setFocus(Qt.FocusReason.MouseFocusReason)
                elif event.type() is QEvent.Type.MouseButtonDblClick and self.index >= 0:
                    self.opened.emit(self.index)
                return event.button() is not Qt.MouseButton.RightButton
            if event.type() is QEvent.Type.Leave:
                self.point_at(-1)
            if isinstance(event, QContextMenuEvent):
                self.contextMenuEvent(event)
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        back = (Qt.Key.Key_Up,) if self.horizontal else (Qt.Key.Key_Left,)
        on = (Qt.Key.Key_Down,) if self.horizontal else (Qt.Key.Key_Right,)
        last = len(self._labels) - 1
        if control and shift and event.key() == Qt.Key.Key_C:
            self.copy_picture()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy_data()
        elif self.is_empty:
            super().keyPressEvent(event)
        elif event.key() in on:
            self.point_at(min(self.index + 1, last))
        elif event.key() in back:
            self.point_at(max(self.index - 1, 0) if self.index >= 0 else last)
        elif event.key() == Qt.Key.Key_Home:
            self.point_at(0)
        elif event.key() == Qt.Key.Key_End:
            self.point_at(last)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.index >= 0:
            self.opened.emit(self.index)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, act in ((COPY_DATA, self.copy_data), (COPY_PICTURE, self.copy_picture)):
            menu.addAction(tr(text)).triggered.connect(lambda _checked=False, do=act: do())
        menu.popup(event.globalPos())

    # --- copying

    def rows(self) -> list[list[str]]:
        """Return the chart as cells, headings first."""
        return cells(tr(self.along), self.categories, self.series, self.unit, self.places, self.reference)

    def copy_data(self) -> None:
        """Put the data on the clipboard as a spreadsheet takes them."""
        QGuiApplication.clipboard().setText(write_block(self.rows()))

    def copy_picture(self) -> None:
        """Put the chart on the clipboard as a picture."""
        QGuiApplication.clipboard().setImage(self.picture())

    def picture(self) -> QImage:
        """Return the chart as a picture for a document: light paper whatever the window looks like, twice the pixels."""
        tokens = theme.tokens_for(ThemeName.LIGHT, theme.current().font_pt > theme.tokens_for(ThemeName.LIGHT).font_pt)
        self._paper = tokens
        try:
            self._arrange()
            return self._drawn(tokens)
        finally:
            self._paper = None
            self._arrange()

    def _drawn(self, tokens: Tokens) -> QImage:
        plot = self._plot
        width = plot.width() if plot is not None else PICTURE_WIDTH
        line = self.fontMetrics().height() + 6
        entries = self._legend_entries()
        places, x, row = [], 0, 0
        for kind, number, name in entries:
            needed = 44 + self.fontMetrics().horizontalAdvance(tr(name))
            if x and x + needed > width - 16:
                x, row = 0, row + 1
            places.append((kind, number, name, x, row))
            x += needed + 12
        head = line * (1 + (row + 1 if entries else 0) + bool(self.unit and not self.horizontal)) + 8
        height = head + (plot.height() if plot is not None else line) + 8
        image = QImage(QSize(width, height) * PICTURE_SCALE, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(PICTURE_SCALE)
        image.fill(QColor(tokens.surface))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(tokens.text))
        bold = self.font()
        bold.setBold(True)
        painter.setFont(bold)
        painter.drawText(QRectF(8, 4, width - 16, line), Qt.AlignmentFlag.AlignVCenter, self.title)
        painter.setFont(self.font())
        for kind, number, name, left, at in places:
            top = 4 + line * (1 + at)
            looks.paint_sample(painter, QRectF(8 + left, top + (line - 14) / 2, 30, 14), kind, number, tokens)
            painter.setPen(QColor(tokens.text))
            painter.drawText(QRectF(44 + left, top, width, line), Qt.AlignmentFlag.AlignVCenter, tr(name))
        if self.unit and not self.horizontal:
            said = tr(UNIT, unit=unit_said(self.unit))
            painter.setPen(QColor(tokens.text))
            painter.drawText(QRectF(8, head - line - 2, width - 16, line), Qt.AlignmentFlag.AlignVCenter, said)
        if plot is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            plot.render(painter, QRectF(0, head, width, plot.height()), plot.viewport().rect())
        painter.end()
        return image


def heading(name: Text, unit: str) -> str:
    """Return a heading with its unit."""
    return tr(IN_UNIT, name=name, unit=unit_said(unit)) if unit else tr(name)
