"""The livestock count of a village as a grid: one row a household, classes as columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton, QWidget

from station_app.domain.calc.numbers import ZERO, add
from station_app.domain.codes import code_list
from station_app.domain.fields import described_fields
from station_app.domain.problems import Problem
from station_app.domain.records.livestock import LivestockCount
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.usual import against_last
from station_app.services import counting
from station_app.services.entry import Entry
from station_app.services.unusual import HEAD
from station_app.storage.reader import Filter, Query
from station_app.ui.charts.figures import figure_text
from station_app.ui.editors import DateEditor, typed_value
from station_app.ui.grid_model import GridColumn, GridRow
from station_app.ui.i18n import tr
from station_app.ui.lines_editor import line_values
from station_app.ui.live_herd import PLACES, SHEEP_UNITS, LiveHerd, Typed, whole
from station_app.ui.row_grid import STATE_KEY, STATE_TITLE, RowGrid

if TYPE_CHECKING:
    from station_app.storage.workspace import Workspace

SPECIES = ("sheep", "goat", "cattle", "horse", "camel")
CLASSES = ("adult_female", "adult_male", "adult_other", "young")
SPECIES_SETTING, CLASSES_SETTING = "count_grid.species", "count_grid.classes"
TOTAL = Text("合计", "Total")
TOTAL_KEY = "_total"
SU_KEY = "_su"
NOTE = Text("备注(更正原因)", "Note (reason of a correction)")
UNCOUNTED = "⚠"  # the problem stands below the grid
CHOOSE = Text("畜种和类别", "Species and classes")
LAST = Text("上次({when})：{n}", "Last ({when}): {n}")
COUNTED_ON = Text("清点日期", "Counted on")
COUNTED_BY = Text("清点人", "Counted by")
ROWS_AT_ONCE = 64  # read together: about what a screen shows


class _Standing(NamedTuple):
    """What a row adds to the totals: heads by column, and its sheep units or why there are none."""

    heads: dict[str, int]
    units: Decimal | Problem | None


class CountGrid(RowGrid):
    """Typed digits go right in; a row is saved (through ``Entry``) when it is left; what cannot be saved stays a draft.

    Of a village only names and totals are read at once; what was counted is read when its rows come into sight.

    ``entry`` shares the window's undo; without one the grid has its own. Date and counter of the bar go into every row
    that is newly filled in; a row may have its own.

    Signals: as ``RowGrid``; ``row_selected`` carries the household's record_id.
    """

    type_name = "livestock_count"

    def __init__(
        self, workspace: Workspace, village_code: str, year: int, occasion: str, *, entry: Entry | None = None,
        today: Callable[[], date] | None = None, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(workspace, entry=entry, today=today, parent=parent)
        self._fields = record_type(self.type_name).by_name
        self._line_fields = {f.name: f for f in described_fields(self._fields["class_counts"].line)}  # type: ignore[arg-type]
        self.live: LiveHerd | None = None
        self._standings: dict[str, _Standing] = {}  # of the rows that were read, by row key
        self._head_sums: Counter[str] = Counter()
        self._head_rows: Counter[str] = Counter()  # how many rows stand in a sum
        self._unit_sum, self._unit_rows = ZERO, 0
        self.species = self._chosen(SPECIES_SETTING, "species", SPECIES)
        self.classes = self._chosen(CLASSES_SETTING, "stock_class", CLASSES)
        self.village_code, self.year, self.occasion = village_code, year, occasion
        self._make_bar()
        self.set_scope(village_code, year, occasion)

    def _chosen(self, setting: str, list_name: str, default: tuple[str, ...]) -> list[str]:
        kept = [c for c in self.workspace.settings.get(setting).split(",") if c in code_list(list_name).by_code]
        return kept or [c for c in default if c in code_list(list_name).by_code]

    def _make_bar(self) -> None:
        self.day = DateEditor(self._fields["counted_on"], self.workspace.clock)
        self.counter = QLineEdit()
        day_label, counter_label = QLabel(), QLabel()
        self.choose = self.said(QPushButton(), CHOOSE)
        self.choose.setProperty("part", "quiet")
        self.choose.setProperty("menu", True)
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill_menu)
        self.choose.setMenu(menu)
        for label, words in ((day_label, COUNTED_ON), (counter_label, COUNTED_BY)):
            label.setProperty("part", "hint")
            self.say(label.setText, words)
        self.say(self.view.name_rows, self._fields["household_id"].label)
        self.say(self.counter.setAccessibleName, COUNTED_BY)
        digit = self.fontMetrics().horizontalAdvance("0")
        self.day.setFixedWidth(digit * 18)
        self.counter.setFixedWidth(digit * 22)
        for widget in (day_label, self.day, counter_label, self.counter, self.choose):
            self.bar.addWidget(widget)
        self.bar.addStretch(1)
        self.last = QLabel()
        self.last.setProperty("part", "hint")
        self.bar.addWidget(self.last)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._say_last())

    # --- scope -------------------------------------------------------------------------------------------------------

    def set_scope(self, village_code: str, year: int, occasion: str) -> None:
        """Lay out the rows of another village, year or occasion; what can be saved of the old ones is saved."""
        if self.grid.rows:
            self.save_pending()
        self.clear_rows()
        self.village_code, self.year, self.occasion = village_code, year, occasion
        self.day.set_text(self._usual_day().isoformat())
        self.counter.setText(self.workspace.identity.author)
        self.reload()
        if self.grid.rows and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.grid.index(0, self.first_typed))

    @property
    def first_typed(self) -> int:
        """The first column one types in."""
        return next((n for n, column in enumerate(self.grid.columns) if column.editable), 0)

    def _usual_day(self) -> date:
        """Return the day the occasion is named after, or today where that lies ahead."""
        usual = {"mid_year": date(self.year, 6, 30), "year_end": date(self.year, 12, 31)}.get(self.occasion)
        today = self.today()
        if usual is None or usual > today:
            return today if today.year == self.year else date(self.year, 12, 31)
        return usual

    def draft_key(self) -> str:
        return f"count:{self.village_code}:{self.year}:{self.occasion}"

    def tables(self) -> frozenset[str]:
        return frozenset({self.type_name, "household"})

    # --- columns -----------------------------------------------------------------------------------------------------

    def make_columns(self, typed: Iterable[GridRow]) -> list[GridColumn]:
        head = self._line_fields["head"]
        species, classes = code_list("species").labels, code_list("stock_class").labels
        used = {key for key, rows in self._head_rows.items() if rows} | {key for row in typed for key in row.texts}
        pairs = [(s, c) for s in species for c in classes
                 if (s in self.species and c in self.classes) or f"{s}/{c}" in used]  # fmt: skip
        # In sight while one types, however many classes there are.
        units = [GridColumn(SU_KEY, SHEEP_UNITS, editable=False, characters=8, derived=self._su, number=True)]
        units = units if self.live is not None else []
        return [
            GridColumn(STATE_KEY, STATE_TITLE, editable=False, characters=12, state=True),
            *units,
            *(GridColumn(f"{s}/{c}", _short(classes[c]), head, group=species[s], characters=7) for s, c in pairs),
            GridColumn(TOTAL_KEY, TOTAL, head, editable=False, characters=8, derived=self._sum),
            GridColumn("counted_on", self._fields["counted_on"].label, self._fields["counted_on"], characters=11),
            GridColumn("counted_by", self._fields["counted_by"].label, self._fields["counted_by"], characters=14),
            GridColumn("note", NOTE, self._fields["note"], characters=30),
        ]

    def _fill_menu(self) -> None:
        menu = self.choose.menu()
        menu.clear()
        for list_name, chosen, setting in (("species", self.species, SPECIES_SETTING),
                                           ("stock_class", self.classes, CLASSES_SETTING)):  # fmt: skip
            menu.addSection(tr(code_list(list_name).label))
            for code, label in code_list(list_name).labels.items():
                action = menu.addAction(tr(label))
                action.setCheckable(True)
                action.setChecked(code in chosen)
                action.triggered.connect(
                    lambda on=False, c=code, s=setting, kept=chosen: self.show_code(s, kept, c, on)
                )

    def show_code(self, setting: str, chosen: list[str], code: str, shown: bool) -> None:
        """Show or hide a species or a class; columns that hold something stay."""
        if shown and code not in chosen:
            chosen.append(code)
        elif not shown and code in chosen and len(chosen) > 1:
            chosen.remove(code)
        self.workspace.settings.set(setting, ",".join(chosen))
        self._lay_columns()

    def _lay_columns(self) -> None:
        self.grid.set_columns(self.make_columns(self._dirty_rows()))
        self.totals.refresh()

    # --- rows --------------------------------------------------------------------------------------------------------

    def load_rows(self) -> list[GridRow]:
        lines = counting.households(self.reader, self.village_code, self.year, self.occasion)
        self._recorded = {line.household_id: line.record_id for line in lines if line.record_id is not None}
        self._standings.clear()
        self._sum_up()
        rows: list[GridRow] = []
        for start in range(0, len(lines), ROWS_AT_ONCE):
            block: list[GridRow] = []
            of_block = lines[start : start + ROWS_AT_ONCE]
            read = partial(self._read, block, of_block)
            block += [
                GridRow.unread(line.household_id, f"{line.code[-4:]}  {line.head_name}", read) for line in of_block
            ]
            rows += block
        return rows

    def _read(self, rows: Sequence[GridRow], lines: Sequence[counting.Counted]) -> None:
        """Fill rows with what was counted, and lay what the last count of the same occasion says beside the cells."""
        ids = [line.record_id for line in lines if line.record_id is not None]
        found = {c.record_id: c for c in self.reader.rows(Query(LivestockCount, (Filter("_record_id", "in", ids),)))}
        counts = [found.get(line.record_id or "") for line in lines]
        day = self._usual_day()
        wanted = [
            (SimpleNamespace(household_id=line.household_id, occasion=self.occasion,
                             counted_on=count.record.counted_on if count is not None else day),
             count.record_id if count is not None else None) for line, count in zip(lines, counts, strict=True)
        ]  # fmt: skip
        lasts = self.entry.unusual.last(record_type(self.type_name), wanted)
        for row, count, last in zip(rows, counts, lasts, strict=True):
            if row.read is None:
                continue
            heads = {spot: n for spot, n in last.values.items() if spot.path == HEAD} if last is not None else {}
            row.beside = {"/".join(spot.codes): f"{n:,.0f}" for spot, n in heads.items() if n}
            self.stand_for(row, count, last)
            self._judge(row)
            self._standings[row.key] = self._standing(row, row.texts)
            row.read = None
        if any((c.version_id if c is not None else None) != n.version_id for c, n in zip(counts, lines, strict=True)):
            QTimer.singleShot(0, self, self.reload)  # somebody else saved since the totals were made

    def _sum_up(self) -> None:
        """Sum what is saved; from there on rows move the sums as they are typed in."""
        ids = set(self._recorded.values())
        sums = counting.class_sums(self.reader, ids)
        self._head_sums, self._head_rows = Counter(), Counter()
        for found in sums:
            key = f"{found.species_code}/{found.class_code}"
            self._head_sums[key] += found.head
            self._head_rows[key] += found.counts
        self._unit_sum, self._unit_rows = ZERO, 0
        if self.live is None:
            return
        if unknown := [found for found in sums if isinstance(self.live.su([found]), Problem)]:
            ids -= counting.holding(self.reader, ids, unknown)
            sums = counting.class_sums(self.reader, ids)
        total = self.live.su(sums)
        if isinstance(total, Decimal):
            self._unit_sum, self._unit_rows = total, len(ids)

    def asked(self, row: GridRow) -> list[Problem]:
        """A jump against the last count is seen while the row is typed; the rest when it is saved."""
        found = super().asked(row)
        last = self._payload(row).last
        if last is None:
            return found
        typed = [{**line, "head": whole(line["head"])} for line in self._lines(row)]
        return found + against_last(record_type(self.type_name), {"class_counts": typed}, last.values, last.when)

    def _say_last(self) -> None:
        """Say in the bar what the cell with the cursor was the last time: it stays in sight while one types."""
        where = self.view.currentIndex()
        row = self.grid.rows[where.row()] if where.isValid() else None
        before = row.beside.get(self.grid.columns[where.column()].key) if row is not None else None
        last = self._payload(row).last if row is not None else None
        self.say(
            self.last.setText, LAST.format(when=last.when, n=before) if before and last is not None else Text("", "")
        )

    def fill_row(self, row: GridRow, record: Any) -> None:
        row.texts.update({f"{line.species_code}/{line.class_code}": str(line.head) for line in record.class_counts})
        for name in ("counted_on", "counted_by", "note"):
            row.put(name, typed_value(self._fields[name], getattr(record, name)))

    def row_checked(self, row: GridRow) -> None:
        self._count(self._standings[row.key], -1)
        self._standings[row.key] = self._standing(row, row.texts)
        self._count(self._standings[row.key], 1)

    def _count(self, standing: _Standing, times: int) -> None:
        for key, number in standing.heads.items():
            self._head_sums[key] += times * number
            self._head_rows[key] += times
        if isinstance(standing.units, Decimal):
            self._unit_sum = add((self._unit_sum, times * standing.units))
            self._unit_rows += times

    def _standing(self, row: GridRow, texts: Mapping[str, str]) -> _Standing:
        heads = {key: n for key, text in texts.items() if "/" in key and (n := whole(text)) is not None}
        return _Standing(heads, self.live.su(self.herd(row, texts)) if self.live is not None and heads else None)

    def _sum(self, row: GridRow) -> str:
        heads = {} if row.is_blank() else self._standings[row.key].heads
        return str(sum(heads.values())) if heads else ""

    def take_live(self, live: LiveHerd | None) -> None:
        """Show sheep units by a scheme beside the heads, or no longer."""
        self.live = live
        self._sum_up()
        for row in self.grid.rows:
            if row.read is None:
                self._standings[row.key] = self._standing(row, row.payload.texts)
                self.row_checked(row)
        self._lay_columns()

    def herd(self, row: GridRow, texts: Mapping[str, str] | None = None) -> list[Typed]:
        """Return the herd of a row as it is typed (or as ``texts``), with the weights that are on record."""
        record = row.payload.record if row.payload else None
        weights = (
            {(line.species_code, line.class_code): line.mean_weight_kg for line in record.class_counts}
            if record
            else {}
        )
        cells = (row.texts if texts is None else texts).items()
        pairs = [(*key.split("/"), text) for key, text in cells if "/" in key]
        return [Typed(s, c, whole(text), weights.get((s, c))) for s, c, text in pairs]

    def sheep_units(self, row: GridRow) -> Decimal | Problem | None:
        """Return the sheep units of a row, why there are none, or ``None`` while nothing is typed."""
        return None if row.is_blank() else self._standings[row.key].units

    def _su(self, row: GridRow) -> str:
        found = self.sheep_units(row)
        return UNCOUNTED if isinstance(found, Problem) else figure_text(found, PLACES)

    def _lines(self, row: GridRow) -> list[dict[str, str]]:
        """Return the typed lines: those of the record with their other items, then the new ones, in list order."""
        record = row.payload.record if row.payload else None
        kept = line_values(self._fields["class_counts"], record.class_counts) if record is not None else []
        out = []
        for line in kept:
            text = row.text(f"{line['species_code']}/{line['class_code']}")
            if text:
                out.append({**line, "head": text})
        known = {(line["species_code"], line["class_code"]) for line in out}
        for species in code_list("species").labels:
            for code in code_list("stock_class").labels:
                text = row.text(f"{species}/{code}")
                if text and (species, code) not in known:
                    out.append({"species_code": species, "class_code": code, "head": text})
        return out

    def values_of(self, row: GridRow) -> dict[str, Any]:
        record = row.payload.record if row.payload else None
        values: dict[str, Any] = {}
        if record is not None:
            values = {f.name: typed_value(f, getattr(record, f.name)) for f in record_type(self.type_name).scalars}
        values.update(
            household_id=row.key, year=str(self.year), occasion=self.occasion, note=row.text("note"),
            counted_on=row.text("counted_on") or self.day.text(), class_counts=self._lines(row),
            counted_by=row.text("counted_by") or self.counter.text(),
        )  # fmt: skip
        return values

    def column_of(self, row: GridRow, problem: Problem) -> str:
        name = (problem.field or "").partition(".")[0]
        if name != "class_counts":
            return name
        lines = self._lines(row)
        if problem.line and problem.line <= len(lines):
            line = lines[problem.line - 1]
            return f"{line['species_code']}/{line['class_code']}"
        return STATE_KEY

    def total_texts(self) -> tuple[str, dict[str, str]]:
        typed = [key for key, rows in self._head_rows.items() if rows]
        cells = {key: f"{self._head_sums[key]:,}" for key in typed}
        if typed:
            cells[TOTAL_KEY] = f"{sum(self._head_sums[key] for key in typed):,}"
        done, total = self.progress()
        cells[STATE_KEY] = f"{done:,} / {total:,}"
        if self.live is not None:
            cells[SU_KEY] = figure_text(self._unit_sum, PLACES) if self._unit_rows else ""
        return tr(TOTAL), cells


def _short(label: Text) -> Text:
    """Return a label without what stands in brackets: a heading has little room."""
    return Text(label.zh.partition("(")[0].strip(), label.en.partition("(")[0].strip())
