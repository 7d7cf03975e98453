"""The quadrats of a plot as a grid: one row a quadrat."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from station_app.domain.fields import Kind
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.validation import parse_value
from station_app.domain.value_text import format_value
from station_app.services.entry import Entry
from station_app.storage.reader import Filter, Query
from station_app.ui import i18n
from station_app.ui.editors import typed_value
from station_app.ui.grid_model import GridColumn, GridRow, column_characters
from station_app.ui.i18n import tr
from station_app.ui.lines_editor import line_values
from station_app.ui.row_grid import STATE_KEY, STATE_TITLE, RowGrid, SavedRow

if TYPE_CHECKING:
    from station_app.storage.workspace import Workspace

COLUMNS: dict[str, tuple[str, ...]] = {
    "herb_quadrat": (
        "quadrat_no", "surveyed_on", "cover_percent", "height_cm", "dominant", "main_species", "species_count",
        "fresh_g", "dry_g", "drying_method", "edible_fresh_g", "edible_dry_g", "litter_fresh_g", "litter_dry_g",
        "toxic_count", "area_m2", "lon", "lat", "note",
    ),
    "shrub_quadrat": ("quadrat_no", "surveyed_on", "area_m2", "drying_method", "surveyor", "lon", "lat", "note"),
}  # fmt: skip
MEANS = frozenset({"cover_percent", "height_cm", "species_count", "fresh_g", "dry_g", "edible_fresh_g",
                   "edible_dry_g"})  # fmt: skip
MEAN = Text("平均", "Mean")
COUNT = Text("{count} 个", "{count}")
_NUMBER_AT_END = re.compile(r"(\d+)$")


class QuadratGrid(RowGrid):
    """As ``CountGrid``: rows are saved when they are left, drafts keep the rest. Typing in the last row adds a quadrat
    and proposes its number; species are typed in the form of the quadrat (Ctrl+Enter opens it).

    Signals: as ``RowGrid``.
    """

    def __init__(
        self, workspace: Workspace, plot_id: str, *, record_type: str = "herb_quadrat", entry: Entry | None = None,
        today: Callable[[], date] | None = None, columns: Sequence[str] | None = None, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        self.type_name = record_type
        self._names = tuple(columns or COLUMNS[record_type])
        super().__init__(workspace, entry=entry, today=today, growing=True, parent=parent)
        self.plot_id = ""
        self._plot_no = ""
        self._plot_day: date | None = None
        self._link = "plot_id"
        self.set_plot(plot_id)

    def set_plot(self, plot_id: str) -> None:
        """Show the quadrats of another plot (of the old form or the new)."""
        if self.plot_id:
            self.save_pending()
        self.clear_rows()
        self.plot_id = plot_id
        for type_name, link in (("plot", "plot_id"), ("plot_new", "plot_new_id")):
            row = self.reader.get(type_name, plot_id)
            if row is not None:
                self._link, self._plot_no, self._plot_day = link, row.record.plot_no, row.record.surveyed_on
        self.reload()
        if not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.grid.index(0, 1))

    def draft_key(self) -> str:
        return f"quadrat:{self.type_name}:{self.plot_id}"

    # --- columns and rows --------------------------------------------------------------------------------------------

    def make_columns(self, typed: Iterable[GridRow]) -> list[GridColumn]:
        fields = record_type(self.type_name).by_name
        return [
            GridColumn(STATE_KEY, STATE_TITLE, editable=False, characters=12, state=True),
            *(GridColumn(n, fields[n].label, fields[n], characters=column_characters(fields[n])) for n in self._names),
        ]

    def load_rows(self) -> list[GridRow]:
        found = self.reader.rows(
            Query(self.type_name, (Filter(self._link, "eq", self.plot_id),), (("quadrat_no", False),))
        )
        rows = []
        for saved in found:
            rows.append(GridRow(saved.record_id))
            self.stand_for(rows[-1], saved)
        return rows

    def fill_row(self, row: GridRow, record: object) -> None:
        fields = record_type(self.type_name).by_name
        for name in self._names:
            row.put(name, typed_value(fields[name], getattr(record, name)))

    def row_edited(self, row: GridRow) -> None:
        """A new row gets the next number, the day of the plot and the usual area, each only while it is empty."""
        if row.payload is None:
            row.payload = SavedRow()
        if row.payload.record_id is not None or row.is_blank() or row.payload.proposed:
            return
        row.payload.proposed = True
        if not row.text("quadrat_no"):
            row.put("quadrat_no", self._next_number())
        if not row.text("surveyed_on") and self._plot_day is not None:
            row.put("surveyed_on", self._plot_day.isoformat())
        if "area_m2" in self._names and not row.text("area_m2"):
            row.put("area_m2", "1" if self.type_name == "herb_quadrat" else "100")

    def _next_number(self) -> str:
        """Return the plot's number and the next two digits, as the form prints it."""
        used = [0]
        for row in self.grid.rows:
            found = _NUMBER_AT_END.search(row.text("quadrat_no"))
            if found is not None and row.text("quadrat_no").startswith(self._plot_no):
                used.append(int(found[1][-2:]))
        return f"{self._plot_no}-{max(used) + 1:02d}"

    def values_of(self, row: GridRow) -> dict[str, object]:
        kind = record_type(self.type_name)
        record = row.payload.record if row.payload else None
        values: dict[str, object] = {}
        if record is not None:
            for field in kind.fields:
                value = getattr(record, field.name)
                values[field.name] = (
                    line_values(field, value) if field.kind is Kind.LINES else typed_value(field, value)
                )
        values.update({name: row.text(name) for name in self._names})
        values[self._link] = self.plot_id
        return values

    def total_texts(self) -> tuple[str, dict[str, str]]:
        fields = record_type(self.type_name).by_name
        cells: dict[str, str] = {}
        for name in self._names:
            if name not in MEANS:
                continue
            numbers = []
            for row in self.grid.rows:
                value, _ = parse_value(fields[name], row.text(name))
                if value is not None:
                    numbers.append(Decimal(value))
            if numbers:
                mean = (sum(numbers, Decimal(0)) / len(numbers)).quantize(
                    Decimal(1).scaleb(-max(fields[name].places, 1))
                )
                cells[name] = f"{mean:,}" if fields[name].kind is Kind.INTEGER else format_value(
                    fields[name], mean, i18n.language())  # fmt: skip
        done, total = self.progress()
        cells[STATE_KEY] = f"{done} / {total}"
        return tr(MEAN), cells
