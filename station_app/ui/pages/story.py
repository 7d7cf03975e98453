"""The whole story of one household: land, animals by count, payments by year, inspections, changes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from station_app.domain.codes import label_of
from station_app.domain.records.compensation import CompensationBatch
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.value_text import format_value
from station_app.storage.reader import Filter, Query
from station_app.ui import theme
from station_app.ui.i18n import Retranslated, language, tr
from station_app.ui.pages.base import scrolled
from station_app.ui.parts import ElidedLabel, LinkLine, across, button, card, clear, down, label
from station_app.ui.session import Place
from station_app.ui.titles import village_name

if TYPE_CHECKING:
    from datetime import date

    from station_app.domain.records.household import Household
    from station_app.storage.reader import Row
    from station_app.ui.session import Session

FACTS = Text("户情", "The household")
LAND = Text("草场", "Land")
ANIMALS = Text("牲畜", "Animals")
MONEY = Text("补奖", "Payments")
STATEMENTS = Text("责任书", "Statements")
VISITS = Text("巡查", "Inspections")
CHANGES = Text("变更", "Changes")
FORAGE = Text("饲草料", "Forage")
SUM_LAND = Text("{n} 块，共 {mu} 亩", "{n} parcels, {mu} mu in all")
NO_LAND = Text("还没有登记地块", "No parcel yet")
ADD_LAND = Text("登记地块", "Add a parcel")
NO_COUNT = Text("还没有清点", "Not counted yet")
ADD_COUNT = Text("去清点", "Go and count")
NO_MONEY = Text("还没有发放记录", "No payment yet")
HEAD = Text("合计 {n} 头只", "{n} head in all")
PERSONS = Text("{n} 人", "{n} persons")
YUAN = Text("{n} 元", "CNY {n}")
MU = Text("{n} 亩", "{n} mu")
KG = Text("{n} 公斤", "{n} kg")
OPEN = Text("打开", "Open")
MOST = 6


class HouseholdStory(QWidget, Retranslated):
    """Cards about one household; every line opens its record."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session = session
        self._row: Row | None = None
        self._cards = QVBoxLayout()
        self._cards.setContentsMargins(0, 4, 6, 4)
        self._cards.setSpacing(8)
        box = QVBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(scrolled(self._cards))
        self.setLayout(box)

    def show_row(self, row: Row | None) -> None:
        self._row = row
        self._fill()

    def retranslate(self) -> None:
        super().retranslate()
        self._fill()

    # --- cards

    def _fill(self) -> None:
        clear(self._cards)
        if self._row is None:
            return
        household, record_id = self._row.record, self._row.record_id
        self._facts(household)
        self._land(record_id)
        self._animals(record_id)
        self._money(record_id)
        self._rest(STATEMENTS, "responsibility_statement", record_id,
                   lambda r: [r.number, _day(r.signed_on), _mu(r.area_mu)])  # fmt: skip
        self._rest(FORAGE, "forage_supply", record_id,
                   lambda r: [str(r.year), _code("forage_supply", "kind", r.kind), tr(KG, n=_plain(r.quantity_kg))])  # fmt: skip
        self._rest(VISITS, "inspection", record_id,
                   lambda r: [_day(r.inspected_on), _codes("inspection", "findings", r.findings), r.number])  # fmt: skip
        self._rest(CHANGES, "household_change", record_id,
                   lambda r: [_day(r.changed_on), _code("household_change", "kind", r.kind), r.note or ""])  # fmt: skip
        self._cards.addStretch(1)

    def _rows(self, type_name: str, record_id: str, sort: tuple[tuple[str, bool], ...]) -> list[Row]:
        return self._session.read.rows(
            Query(type_name, (Filter("household_id", "eq", record_id),), sort or (("_hlc", True),)), MOST
        )

    def _card(self, title: Text, summary: str = "") -> QGridLayout:
        heading = label("strong")
        heading.setText(tr(title))
        said = label("hint")
        said.setText(summary)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        self._cards.addWidget(card(down(across(heading, said, None, spacing=10), grid, spacing=4,
                                        margins=(12, 8, 12, 8))))  # fmt: skip
        return grid

    def _line(self, grid: QGridLayout, number: int, cells: list[str], place: Place, right: int = -1) -> None:
        for column, text in enumerate(cells):
            if column == 0:
                first = LinkLine(lambda: self._session.go(place))
                first.setText(text or tr(OPEN))
                grid.addWidget(first, number, 0, Qt.AlignmentFlag.AlignLeft)
                continue
            said = ElidedLabel() if column != right else QLabel()
            said.setText(text)
            side = Qt.AlignmentFlag.AlignRight if column == right else Qt.AlignmentFlag.AlignLeft
            grid.addWidget(said, number, column, side | Qt.AlignmentFlag.AlignVCenter)
        grid.setColumnStretch(max(1, len(cells) - 1) if right < 0 else 1, 1)

    def _nothing(self, grid: QGridLayout, text: Text, verb: Text | None = None, act: Callable[[], None] | None = None
                 ) -> None:  # fmt: skip
        said = label("", state="muted")
        said.setText(tr(text))
        grid.addWidget(said, 0, 0)
        if verb is not None and act is not None:
            made = button("link", act)
            made.setText(tr(verb))
            grid.addWidget(made, 0, 1)
        grid.setColumnStretch(2, 1)

    def _facts(self, household: Household) -> None:
        kind = record_type("household")
        wanted = ("code", "group_name", "persons", "herding_kind", "contract_number", "contract_area_mu", "phone",
                  "account_holder", "bank_name")  # fmt: skip
        grid = self._card(FACTS, village_name(self._session, household.village_code))
        shown, pairs = 0, 1 if theme.current().font_pt > 11 else 2
        for name in wanted:
            field = kind.by_name[name]
            value = getattr(household, name)
            if value is None:
                continue
            title = label("hint")
            title.setText(field.label.to(language()))
            said = label(selectable=True)
            words = format_value(field, value, language())
            said.setText(
                tr(PERSONS, n=words) if name == "persons" else tr(MU, n=words) if field.unit == "亩" else words
            )
            grid.addWidget(title, shown // pairs, shown % pairs * 2)
            grid.addWidget(said, shown // pairs, shown % pairs * 2 + 1)
            shown += 1
        grid.setColumnStretch(1, 1)
        if pairs == 2:
            grid.setColumnStretch(3, 1)

    def _land(self, record_id: str) -> None:
        rows = self._rows("parcel", record_id, (("code", False),))
        total = self._session.read.sum("parcel", "area_mu", (Filter("household_id", "eq", record_id),))
        grid = self._card(LAND, tr(SUM_LAND, n=len(rows), mu=_plain(total)) if rows else "")
        if not rows:
            self._nothing(
                grid, NO_LAND, ADD_LAND, lambda: self._session.go(Place(record_type="parcel", record_id="new"))
            )
        for number, row in enumerate(rows):
            parcel = row.record
            self._line(grid, number, [parcel.name or parcel.code, _code("parcel", "scheme", parcel.scheme),
                                      _mu(parcel.area_mu)], Place(record_type="parcel", record_id=row.record_id), 2)  # fmt: skip

    def _animals(self, record_id: str) -> None:
        rows = self._rows("livestock_count", record_id, (("counted_on", True),))
        grid = self._card(ANIMALS)
        if not rows:
            self._nothing(grid, NO_COUNT, ADD_COUNT, lambda: self._session.go(Place("livestock")))
        for number, row in enumerate(rows):
            count = row.record
            by_species: dict[str, int] = {}
            for item in count.class_counts:
                by_species[item.species_code] = by_species.get(item.species_code, 0) + item.head
            parts = [f"{label_of('species', s).to(language())} {n:,}" for s, n in by_species.items()]
            self._line(grid, number, [
                f"{_day(count.counted_on)} {_code('livestock_count', 'occasion', count.occasion)}",
                "、".join(parts) if language() == "zh_CN" else ", ".join(parts),
                tr(HEAD, n=f"{sum(by_species.values()):,}"),
            ], Place(record_type="livestock_count", record_id=row.record_id), 2)  # fmt: skip

    def _money(self, record_id: str) -> None:
        rows = self._rows("compensation_line", record_id, (("_hlc", True),))
        grid = self._card(MONEY)
        if not rows:
            self._nothing(grid, NO_MONEY)
        for number, row in enumerate(rows):
            line = row.record
            batch = self._session.read.get(CompensationBatch, line.batch_id)
            year = str(batch.record.year) if batch is not None else ""
            self._line(grid, number, [year, _code("compensation_line", "state", line.state),
                                      tr(YUAN, n=_plain(line.net_yuan))],
                       Place(record_type="compensation_line", record_id=row.record_id), 2)  # fmt: skip

    def _rest(self, title: Text, type_name: str, record_id: str, cells: Callable[[Any], list[str]]) -> None:
        rows = self._rows(type_name, record_id, ())
        if not rows:
            return
        grid = self._card(title)
        for number, row in enumerate(rows):
            self._line(grid, number, cells(row.record), Place(record_type=type_name, record_id=row.record_id))


def _day(value: date | None) -> str:
    return value.isoformat() if value is not None else ""


def _plain(value: Decimal | int | None) -> str:
    return "" if value is None else f"{value:,}"


def _mu(value: Decimal | None) -> str:
    return "" if value is None else tr(MU, n=_plain(value))


def _code(type_name: str, field_name: str, value: str | None) -> str:
    return format_value(record_type(type_name).by_name[field_name], value, language())


def _codes(type_name: str, field_name: str, value: tuple[str, ...] | None) -> str:
    return format_value(record_type(type_name).by_name[field_name], value or (), language())
