"""The table of any record type: filter line, state chips, rows paged from SQLite and sorted there; keyboard first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QItemSelectionModel, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from station_app.domain.fields import Kind
from station_app.domain.text import Text
from station_app.storage.reader import STATE_LABELS, Filter, Query, State
from station_app.ui import i18n, layouts, theme
from station_app.ui.filter_line import FilterLine
from station_app.ui.flow_layout import FlowLayout
from station_app.ui.grid_model import column_characters, write_block
from station_app.ui.grid_parts import paint_chip
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.link_picker import ReaderLinks
from station_app.ui.pages.empty_texts import empty_body, empty_title
from station_app.ui.parts import across, down
from station_app.ui.record_model import RAW_ROLE, STATE_COLUMN, Index, RecordTableModel
from station_app.ui.states import STATE_COLOURS, STATE_SIGNS, state_text

if TYPE_CHECKING:
    from station_app.storage.changes import Changes
    from station_app.storage.reader import Reader, Row

FIND_HERE = Text("筛选：名称、编码、拼音首字母(Ctrl+F)", "Filter: name, code, pinyin initials (Ctrl+F)")
ALL_COUNT = Text("共 {count} 条", "{count} records")
SOME_SELECTED = Text("共 {count} 条，选中 {chosen} 条", "{count} records, {chosen} selected")
COUNTING = Text("正在读取…", "Reading …")
NOTHING = Text("没有符合条件的记录", "No record fits")
NO_RECORD = Text("{title}\n{body}", "{title}\n{body}")
SHOW_ALL = Text("取消筛选", "Show all")
COLUMNS = Text("显示的列", "Columns shown")
_MOST_COPIED = 20_000
_MOST_SELECTED = 500
_LOOKED_AT, _WIDEST = 30, 30


class StateDelegate(QStyledItemDelegate):
    """Paints the state as a chip with sign and word."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        drawn: Any = option
        drawn.text = ""  # the chip says it

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        drawn: Any = option
        state = index.data(RAW_ROLE)
        if state is not None:
            paint_chip(painter, drawn.rect, state_text(state), STATE_COLOURS.get(state, "muted"), drawn.font)


class RecordTableView(QWidget, Retranslated):
    """Filter line, state chips, the table and its count.

    Keys: Enter opens, Ctrl+F or a letter goes to the filter line, Down comes back, Ctrl+C copies the selected rows
    (with Shift: with headings).

    Signals:
        opened(record_id): Enter or double click on a row.
        selection_changed(list of record_ids).
        query_changed(Query): the person filtered or sorted.
    """

    opened = Signal(str)
    selection_changed = Signal(object)
    query_changed = Signal(object)

    def __init__(
        self, reader: Reader, query: Query, *, columns: Sequence[str] | None = None,
        new_reader: Callable[[], Reader] | None = None, links: ReaderLinks | None = None, read: bool = True,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """``read``: show the rows at once; else with the first ``set_query``, which whoever makes it calls anyway."""
        super().__init__(parent)
        self.follow_language()
        self._reader = reader
        self._base = query
        self._sort: tuple[tuple[str, bool], ...] = ()
        self._states: list[State] = []
        self._counts: dict[State, int] = {}
        self._fitted = False
        self._wanted: tuple[list[str], str, int] | None = None
        self.model = RecordTableModel(
            reader, query, columns=columns, new_reader=new_reader, links=links, read=read, parent=self
        )
        self._build()
        self.model.loaded.connect(self._loaded)
        self.model.loading.connect(self._show_count)
        if read:
            self._count_states()
            self._loaded()

    def _build(self) -> None:
        self.filter_line = FilterLine(FIND_HERE, self)
        self.filter_line.settled.connect(self._apply)
        self.filter_line.left.connect(self._to_rows)
        if not self.model.kind.search and not any(f.kind is Kind.LINK for f in self.model.kind.scalars):
            self.filter_line.hide()
        self._chips = QWidget()
        self._chip_row = FlowLayout(self._chips, theme.current().xs)
        self._chip_buttons: dict[State, QPushButton] = {}
        for state in State:
            chip = QPushButton()
            chip.setProperty("part", "door")
            chip.setCheckable(True)
            chip.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            chip.clicked.connect(lambda checked=False, s=state: self._choose_state(s, checked))
            chip.hide()
            self._chip_buttons[state] = chip
            self._chip_row.addWidget(chip)
        self._count = QLabel()
        self._count.setProperty("part", "hint")
        top = across((self.filter_line, 2), (self._chips, 3), self._count, spacing=theme.current().s)

        self.table = ListTable()
        self.table.setModel(self.model)
        self.table.setItemDelegateForColumn(0, StateDelegate(self.table))
        self.table.open_row.connect(self._open)
        self.table.letter.connect(self.filter_line.take)
        self.table.copy_rows.connect(self.copy)
        header = self.table.horizontalHeader()
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(False)
        header.sectionClicked.connect(self._sort_by)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._choose_columns)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._selected())
        self._nothing = QLabel(self.table.viewport())
        self._nothing.setProperty("state", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self._nothing.setWordWrap(True)
        self._nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._show_all = QPushButton(self.table.viewport())
        self._show_all.setProperty("part", "link")
        self._show_all.clicked.connect(lambda _checked=False: self.show_all())
        self.table.viewport().installEventFilter(self)
        self.setLayout(down(top, (self.table, 1), spacing=theme.current().s))
        self.setFocusProxy(self.table)
        self.say(self._show_all.setText, SHOW_ALL)
        theme.changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        """Set widths by heading, kind of field and what the first rows hold."""
        self.table.verticalHeader().setDefaultSectionSize(theme.current().row)
        metrics, gap = self.fontMetrics(), theme.current().m
        digit = metrics.horizontalAdvance("0")
        looked_at = range(min(_LOOKED_AT, self.model.rowCount()))
        self._fitted = bool(looked_at)
        for number, name in enumerate(self.model.columns):
            field = self.model.kind.by_name.get(name)
            heading = self.model.headerData(number, Qt.Orientation.Horizontal)
            needed = metrics.horizontalAdvance(str(heading)) * 11 // 10 + 2 * gap
            if field is None:
                longest = max((state_text(s) for s in State), key=len)
                wanted = metrics.horizontalAdvance(longest) + 3 * gap
            else:
                wanted = column_characters(field) * digit
                seen = [metrics.horizontalAdvance(str(self.model.index(n, number).data() or "")) for n in looked_at]
                if seen:
                    wanted = min(max(*seen, 0), _WIDEST * digit) if len(seen) > 1 else max(wanted, seen[0])
                wanted = min(wanted, _WIDEST * digit) + 2 * gap
            self.table.setColumnWidth(number, max(needed, wanted))

    # --- what is shown -----------------------------------------------------------------------------------------------

    def set_query(self, query: Query) -> None:
        """Show other rows; the page's own filters (village, year) come in here."""
        if query.type_name != self._base.type_name:
            raise ValueError(f"this table shows {self._base.type_name}, not {query.type_name}")
        self._base = query
        self.refresh()

    def query(self) -> Query:
        """Return the query in force, filter line and chips included."""
        filters = self._base.filters
        if self._states:
            filters = (*filters, Filter(STATE_COLUMN, "in", tuple(s.value for s in self._states)))
        words = " ".join(part for part in (self._base.text, self.filter_line.text().strip()) if part)
        return replace(
            self._base, filters=filters, text=words, sort=self._sort or self._base.sort,
            include_void=self._base.include_void or State.VOID in self._states,
        )  # fmt: skip

    def about(self) -> list[str]:
        """Return what the filter line and the chips keep, in words."""
        words = [tr(STATE_LABELS[s]) for s in self._states]
        typed = self.filter_line.text().strip()
        return [*words, f"“{typed}”"] if typed else words

    def _apply(self) -> None:
        self.filter_line.applied()
        self._remember()
        self.model.set_query(self.query())
        self.query_changed.emit(self.query())

    def _why_empty(self) -> Text:
        """Return why no row is in sight: nothing fits, or nothing is on record at all and what belongs here."""
        kind = self.model.kind
        if self._reader.row_keys(Query(kind.name, include_void=True), 1):
            return NOTHING
        return NO_RECORD.format(title=empty_title(kind), body=empty_body(kind))

    def show_all(self) -> None:
        """Take the filters of this table away (not the page's)."""
        self._states = []
        self.filter_line.clear()
        self._show_chips()
        self._apply()

    def refresh(self, changes: Changes | None = None) -> None:
        """Read again when ``changes`` names this table or one it points to; selection and place stay."""
        tables = {self.model.kind.name} | {f.target for f in self.model.kind.scalars if f.kind is Kind.LINK}
        if changes is not None and not changes.tables & tables:
            return
        self._remember()
        self.model.refresh(self.query())
        self._count_states()

    def _remember(self) -> None:
        current = self.model.row(self.table.currentIndex().row())
        top = self.table.rowAt(0)
        if self._wanted is None:
            self._wanted = (self.selected_ids(), current.record_id if current is not None else "", max(top, 0))

    def _loaded(self) -> None:
        wanted, self._wanted = self._wanted, None
        if wanted is not None and not self.model.is_loading:
            ids, current, top = wanted
            self._put_back(ids, current, top)
        if not self._fitted:
            self._fit()
        self._show_count()
        nothing = self.model.rowCount() == 0 and not self.model.is_loading
        if not self._reader.finds_all():
            self.filter_line.look_again()
        self._nothing.setVisible(nothing)
        if nothing:
            self.say(self._nothing.setText, self._why_empty())
        self._show_all.setVisible(nothing and bool(self._states or self.filter_line.text().strip()))

    def _put_back(self, ids: list[str], current: str, top: int) -> None:
        selection = self.table.selectionModel()
        if selection is None or (selection.hasSelection() and self.selected_ids() == ids):
            return
        place = self.model.find_row(current) if current else -1
        if place >= 0:
            selection.setCurrentIndex(self.model.index(place, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for row in self.model.find_rows(ids[:_MOST_SELECTED]) if ids else []:
            selection.select(self.model.index(row, 0), flags)
        if top and top < self.model.rowCount():
            self.table.scrollTo(self.model.index(top, 0), QAbstractItemView.ScrollHint.PositionAtTop)

    def _show_count(self) -> None:
        count = f"{self.model.rowCount():,}"
        chosen = len(self.table.selectionModel().selectedRows()) if self.table.selectionModel() else 0
        if self.model.is_loading:
            self._count.setText(tr(COUNTING))
        elif chosen > 1:
            self._count.setText(tr(SOME_SELECTED, count=count, chosen=f"{chosen:,}"))
        else:
            self._count.setText(tr(ALL_COUNT, count=count))

    # --- states ------------------------------------------------------------------------------------------------------

    def _count_states(self) -> None:
        """Count the records of the page's query by state."""
        base = self._base

        def done(counts: dict[State, int]) -> None:
            self._counts = counts
            self._show_chips()

        self.model.ask(lambda reader: reader.states_of(base), done)

    def _show_chips(self) -> None:
        for state, chip in self._chip_buttons.items():
            number = self._counts.get(state, 0)
            chip.setText(f"{STATE_SIGNS.get(state, '·')} {tr(STATE_LABELS[state])} {number:,}")
            chip.setChecked(state in self._states)
            chip.setVisible(bool(number) or state in self._states)
            theme.mark(chip, state=STATE_COLOURS[state] if STATE_COLOURS[state] in ("warn", "error", "ok") else "")
        self._chips.updateGeometry()

    def _choose_state(self, state: State, checked: bool) -> None:
        self._states = [s for s in self._states if s is not state] + ([state] if checked else [])
        self._apply()

    # --- sorting and columns -----------------------------------------------------------------------------------------

    def _sort_by(self, column: int) -> None:
        """Ascending, descending, as it was."""
        if not self.model.is_sortable(column):
            return
        name = self.model.columns[column]
        header = self.table.horizontalHeader()
        before = self._sort[0] if self._sort else None
        if before == (name, False):
            self._sort = ((name, True),)
        elif before == (name, True):
            self._sort = ()
        else:
            self._sort = ((name, False),)
        header.setSortIndicatorShown(bool(self._sort))
        if self._sort:
            down = self._sort[0][1]
            header.setSortIndicator(column, Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder)
        self._apply()

    def _choose_columns(self, at: QPoint) -> None:
        self.columns_menu().popup(self.table.horizontalHeader().mapToGlobal(at))

    def columns_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSection(tr(COLUMNS))
        shown = list(self.model.columns[1:])
        for section in layouts.sections(self.model.kind):
            for name in section.fields:
                field = self.model.kind.by_name[name]
                if field.kind in (Kind.LINES, Kind.FILES):
                    continue
                action = menu.addAction(field.label.to(i18n.language()))
                action.setCheckable(True)
                action.setChecked(name in shown)
                action.triggered.connect(lambda checked=False, n=name: self._show_column(n, checked))
        return menu

    def _show_column(self, name: str, shown: bool) -> None:
        columns = [c for c in self.model.columns[1:] if c != name]
        if shown:
            columns.append(name)
        if columns:
            self._sort = ()
            self.table.horizontalHeader().setSortIndicatorShown(False)
            self.model.set_columns(columns)
            self._fit()

    # --- selecting and opening ---------------------------------------------------------------------------------------

    def _row(self, number: int) -> Row | None:
        return self.model.row(number)

    def selected_ids(self) -> list[str]:
        """Return the record ids of the selected rows, in table order."""
        selection = self.table.selectionModel()
        numbers = sorted(i.row() for i in selection.selectedRows()) if selection else []
        return [row.record_id for n in numbers if (row := self.model.row(n)) is not None]

    def select_id(self, record_id: str) -> bool:
        """Go to a record; ``False`` when it is not in the list."""
        row = self.model.find_row(record_id)
        if row < 0:
            return False
        self.table.choose_row(row)
        self.table.scrollTo(self.model.index(row, 0), QAbstractItemView.ScrollHint.EnsureVisible)
        return True

    def _selected(self) -> None:
        self._show_count()
        self.selection_changed.emit(self.selected_ids())

    def _open(self, number: int) -> None:
        row = self.model.row(number)
        if row is not None:
            self.opened.emit(row.record_id)

    def focus_filter(self) -> None:
        """Put the cursor into the filter line."""
        self.filter_line.take()

    def _to_rows(self) -> None:
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.table.currentIndex().isValid() and self.model.rowCount():
            self.table.choose_row(0)

    def copy(self, with_headings: bool = False) -> None:
        """Copy the selected rows as a spreadsheet takes them."""
        numbers = sorted(i.row() for i in self.table.selectionModel().selectedRows())[:_MOST_COPIED]
        places = range(1, len(self.model.columns))
        block = [[str(self.model.headerData(c, Qt.Orientation.Horizontal)) for c in places]] if with_headings else []
        block += [[str(self.model.index(number, c).data() or "") for c in places] for number in numbers]
        QGuiApplication.clipboard().setText(write_block(block))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.table.viewport() and event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            area = self.table.viewport().rect()
            middle = area.height() // 3
            line = theme.current().row
            edge = area.width() // 8
            self._nothing.setGeometry(edge, middle, area.width() - 2 * edge, max(line, area.height() - middle))
            self._show_all.raise_()
            size = self._show_all.sizeHint()
            self._show_all.setGeometry((area.width() - size.width()) // 2, middle + line, size.width(), size.height())
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._fitted:
            self._fit()

    def retranslate(self) -> None:
        super().retranslate()
        self.model.retranslate()
        self._show_chips()
        self._show_count()
        self._fit()


class ListTable(QTableView):
    """A table of rows to look at, keyboard first.

    Signals:
        open_row(number), letter(text): a letter was typed, copy_rows(with headings).
    """

    open_row = Signal(int)
    letter = Signal(str)
    copy_rows = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setStretchLastSection(True)
        self.doubleClicked.connect(lambda index: self.open_row.emit(index.row()))

    def choose_row(self, number: int) -> None:
        """Select one row; ``selectRow`` would heed keys that happen to be held down (Ctrl+Enter)."""
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self.model().index(number, 0), flags)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not control:
            if self.currentIndex().isValid():
                self.open_row.emit(self.currentIndex().row())
        elif event.matches(QKeySequence.StandardKey.Copy) or (control and event.key() == Qt.Key.Key_C):
            self.copy_rows.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif control and event.key() == Qt.Key.Key_F:
            self.letter.emit("")
        elif event.text().strip() and event.text().isprintable() and not control:
            self.letter.emit(event.text())
        else:
            super().keyPressEvent(event)


__all__ = ["ListTable", "RecordTableModel", "RecordTableView"]
