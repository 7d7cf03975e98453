"""The livestock count of a village as a grid: one row a household, classes as columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QPushButton, QWidget

from station_app.domain.calc.numbers import add
from station_app.domain.codes import code_list
from station_app.domain.fields import described_fields
from station_app.domain.problems import Problem
from station_app.domain.records.household import Household
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.usual import against_last
from station_app.services.entry import Entry
from station_app.services.unusual import HEAD
from station_app.storage.reader import Filter, Query, Row
from station_app.ui.charts.figures import figure_text
from station_app.ui.editors import DateEditor, typed_value
from station_app.ui.grid_model import GridColumn, GridRow
from station_app.ui.i18n import tr
from station_app.ui.lines_editor import line_values
from station_app.ui.live_herd import PLACES, SHEEP_UNITS, LiveHerd, Typed, whole
from station_app.ui.row_grid import STATE_KEY, STATE_TITLE, RowGrid, SavedRow

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


class CountGrid(RowGrid):
    """Typed digits go right in; a row is saved (through ``Entry``) when it is left; what cannot be saved stays a draft.

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
        self._heads: dict[str, dict[str, int]] = {}  # row key -> column -> heads that can be read
        self._head_sums: Counter[str] = Counter()
        self._head_rows: Counter[str] = Counter()  # how many rows stand in a sum
        self._units: dict[str, Decimal | Problem | None] = {}
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

    def make_columns(self, rows: Sequence[GridRow]) -> list[GridColumn]:
        head = self._line_fields["head"]
        species, classes = code_list("species").labels, code_list("stock_class").labels
        used = {key for row in rows for key in row.texts if "/" in key}
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
        self.grid.set_columns(self.make_columns(self.grid.rows))
        self.totals.refresh()

    # --- rows --------------------------------------------------------------------------------------------------------

    def load_rows(self) -> list[GridRow]:
        households = self.reader.rows(
            Query(Household, (Filter("village_code", "eq", self.village_code),), (("code", False),))
        )
        ids = [row.record_id for row in households]
        counts: dict[str, list[Row]] = {}
        if ids:
            found = self.reader.rows(Query(self.type_name, (
                Filter("year", "eq", self.year), Filter("occasion", "eq", self.occasion),
                Filter("household_id", "in", ids)), (("counted_on", True),)))  # fmt: skip
            for count in found:
                counts.setdefault(count.record.household_id, []).append(count)
        rows = []
        for household in households:
            own = counts.get(household.record_id, [])
            if household.record.status not in ("normal", None) and not own:
                continue
            label = f"{household.record.code[-4:]}  {household.record.head_name}"
            row = GridRow(household.record_id, label)
            if own:
                newest = own[0]
                row.payload = SavedRow(newest.record_id, newest.version_id, newest.record, newest.state)
                self.fill_row(row, newest.record)
            else:
                row.payload = SavedRow()
            row.payload.texts = dict(row.texts)
            rows.append(row)
        self._lay_beside(rows)
        return rows

    def _lay_beside(self, rows: Sequence[GridRow]) -> None:
        """Lay what the last count of the same occasion says beside the cells."""
        day = self._usual_day()
        wanted = [
            (SimpleNamespace(household_id=row.key, occasion=self.occasion,
                             counted_on=row.payload.record.counted_on if row.payload.record is not None else day),
             row.payload.record_id) for row in rows
        ]  # fmt: skip
        for row, last in zip(rows, self.entry.unusual.last(record_type(self.type_name), wanted), strict=True):
            row.payload.last = last
            heads = {spot: n for spot, n in last.values.items() if spot.path == HEAD} if last is not None else {}
            row.beside = {"/".join(spot.codes): f"{n:,.0f}" for spot, n in heads.items() if n}

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
        row.texts = {f"{line.species_code}/{line.class_code}": str(line.head) for line in record.class_counts}
        for name in ("counted_on", "counted_by", "note"):
            row.put(name, typed_value(self._fields[name], getattr(record, name)))

    def row_checked(self, row: GridRow) -> None:
        before = self._heads.get(row.key, {})
        self._head_sums.subtract(before)
        self._head_rows.subtract(before.keys())
        heads = {key: n for key, text in row.texts.items() if "/" in key and (n := whole(text)) is not None}
        self._heads[row.key] = heads
        self._head_sums.update(heads)
        self._head_rows.update(heads.keys())
        self._units[row.key] = self.sheep_units(row)

    def reload(self) -> None:
        self._heads.clear()
        self._head_sums.clear()
        self._head_rows.clear()
        self._units.clear()
        super().reload()

    def _sum(self, row: GridRow) -> str:
        heads = self._heads.get(row.key)
        return str(sum(heads.values())) if heads else ""

    def take_live(self, live: LiveHerd | None) -> None:
        """Show sheep units by a scheme beside the heads, or no longer."""
        self.live = live
        self._units = {row.key: self.sheep_units(row) for row in self.grid.rows}
        self.grid.set_columns(self.make_columns(self.grid.rows))
        self.totals.refresh()

    def herd(self, row: GridRow) -> list[Typed]:
        """Return the herd of a row as it is typed, with the weights that are on record."""
        record = row.payload.record if row.payload else None
        weights = (
            {(line.species_code, line.class_code): line.mean_weight_kg for line in record.class_counts}
            if record
            else {}
        )
        pairs = [(*key.split("/"), text) for key, text in row.texts.items() if "/" in key]
        return [Typed(s, c, whole(text), weights.get((s, c))) for s, c, text in pairs]

    def sheep_units(self, row: GridRow) -> Decimal | Problem | None:
        """Return the sheep units of a row, why there are none, or ``None`` while nothing is typed."""
        herd = self.herd(row)
        if self.live is None or not any(line.head is not None for line in herd):
            return None
        return self.live.su(herd)

    def _su(self, row: GridRow) -> str:
        found = self._units.get(row.key)
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
            units = [found for found in self._units.values() if isinstance(found, Decimal)]
            cells[SU_KEY] = figure_text(add(units), PLACES) if units else ""
        return tr(TOTAL), cells


def _short(label: Text) -> Text:
    """Return a label without what stands in brackets: a heading has little room."""
    return Text(label.zh.partition("(")[0].strip(), label.en.partition("(")[0].strip())
