"""What a balance table holds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from station_app.domain.codes import code_list, word_of
from station_app.domain.problems import Problem
from station_app.domain.text import Text

if TYPE_CHECKING:
    pass

# Rows are tuples with names: ten thousand of them are made in the time of two thousand frozen dataclasses.
LEVELS = ("household", "parcel", "village", "township", "station")
SINGLE = ("household", "parcel")
GRAZING = "grazing"


def supply_kinds() -> tuple[str, ...]:
    """Every kind of forage a household lives on, in order: what is grazed first."""
    return GRAZING, *code_list("forage_kind").labels


def supply_label(kind: str) -> Text:
    return _GRAZED if kind == GRAZING else word_of("forage_kind", kind)


_GRAZED = Text("放牧可利用", "grazing")


VIEW_SHORT = {
    "natural": Text("天然", "grassland"),
    "all": Text("全部", "all forage"),
    "approved": Text("核定", "approved"),
}


class ViewFigures(NamedTuple):
    """Stock against capacity in one view (``natural``, ``all``, ``approved``).

    Attributes:
        capacity_su: ``None``: not known; never a zero in its place.
        rate_percent: Exact; ``printed_percent`` is it with two places, half-up, and decides the grade.
        stock_su: The stock the capacity is held against; of many, that of the households whose capacity is known.
        households: How many households the rate covers; ``overloaded`` of them carry more than their capacity.
    """

    capacity_su: Decimal | None = None
    rate_percent: Decimal | None = None
    printed_percent: Decimal | None = None
    overloaded_su: Decimal | None = None
    grade: Text | None = None
    grade_key: str = ""
    stock_su: Decimal | None = None
    households: int = 0
    overloaded: int = 0


NOTHING = ViewFigures()


class BalanceRow(NamedTuple):
    """The balance of one household, parcel, village, township or station.

    Attributes:
        key: record_id of a household or parcel, code of a village or township, empty for the station.
        area_mu: Land in the capacity; land under a ban stands in ``banned_mu``.
        supply: Usable standard hay by kind, kg; ``grazing`` is what is grazed of the grassland.
        accepted: Every count, parcel and forage record used is accepted by the county.
        doubtful: It rests on coefficients nobody has verified, or something is missing.
        problems: Why a figure is missing or doubtful; ``place`` is the reference of the record to mend.
    """

    level: str
    key: str
    code: str
    name: str
    village_code: str
    area_mu: Decimal
    stock_su: Decimal | None = None
    demand_kg: Decimal | None = None
    supply_kg: Decimal | None = None
    surplus_kg: Decimal | None = None
    supply: Mapping[str, Decimal] = MappingProxyType({})
    views: Mapping[str, ViewFigures] = MappingProxyType({})
    households: int = 1
    accepted: bool = False
    doubtful: bool = False
    problems: tuple[Problem, ...] = ()
    banned_mu: Decimal = Decimal(0)
    head: int | None = None
    counted_on: str = ""
    household_id: str = ""

    def view(self, name: str) -> ViewFigures:
        """Return a view; one that does not exist has no figures."""
        return self.views.get(name, NOTHING)
