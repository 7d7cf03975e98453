"""What a carbon report holds: three ledgers that are never added up, each of rows with their ranges."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.services.figures.carbon_settings import CarbonSettings
from station_app.services.figures.problems import CarbonProblem

LEVELS = ("household", "parcel", "village", "township", "station")
STOCK, CHANGE, EMISSIONS = "stock", "change", "emissions"
LEDGERS = (STOCK, CHANGE, EMISSIONS)
TITLES = {
    STOCK: Text("储量", "Stock"),
    CHANGE: Text("土壤碳年变化", "Yearly change of soil carbon"),
    EMISSIONS: Text("牲畜排放", "Livestock emissions"),
}
UNITS = {STOCK: "t C", CHANGE: "t C/a", EMISSIONS: "t CO2e/a"}
PLACES = {STOCK: 1, CHANGE: 1, EMISSIONS: 2}
SUM, ACCEPTED_SUM = Text("合计", "Total"), Text("已认可合计", "Total accepted")
IN_SIGHT = "in_sight"
SUM_IN_SIGHT = Text("所列 {n} 行之和(范围不相加)", "Sum of the {n} rows in sight (ranges are not added)")
VEGETATION, SOIL, TOTAL = "vegetation", "soil", "total"
PARTS = {
    VEGETATION: Text("植被（地上加地下）", "Vegetation, above and below ground"),
    SOIL: Text("土壤 {depth} cm", "Soil, {depth} cm"),
    TOTAL: Text("植被加土壤", "Vegetation and soil"),
}


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One figure of one ledger.

    Attributes:
        key: record_id of a household or parcel, code of a village or township, empty for the station.
        part: Of the stock: ``vegetation``, ``soil`` or ``total``; elsewhere empty.
        area_ha: The land the figure covers.
        value, low, high: In ``unit``; the ends of the 95 % range. ``None``: not known, never a zero in its place.
        per_ha: Of the stock, t C/ha weighted by area.
        co2_t: Of the change, in t CO2 a year, removal below zero.
        items: Parcels, registrations or households the figure rests on.
        rank: Place from high to low; ``None`` where a range overlaps another, or there is none.
        accepted: Everything it rests on is accepted by the county.
        doubtful: It rests on coefficients nobody has verified.
        problems: Why a figure is missing or doubtful; ``place`` is the reference of the record to mend.
    """

    ledger: str
    level: str
    key: str
    part: str
    code: str
    name: str
    village_code: str
    unit: str
    area_ha: Decimal | None = None
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    uncertainty_percent: Decimal | None = None
    per_ha: Decimal | None = None
    co2_t: Decimal | None = None
    items: int = 0
    rank: int | None = None
    accepted: bool = False
    doubtful: bool = False
    problems: tuple[Problem, ...] = ()


def sum_in_sight(rows: Sequence[LedgerRow]) -> tuple[Text, LedgerRow] | None:
    """Return the sum of some rows of one ledger and part, those without a value left out; ``None`` for fewer than two.

    It has no range: the rows share their coefficients, so that their ranges do not add up.
    """
    known = [row for row in rows if row.value is not None]
    if len(known) < 2:
        return None

    def added(name: str) -> Decimal | None:
        given = [value for row in known if (value := getattr(row, name)) is not None]
        return sum(given, Decimal(0)) if given else None

    value, area, first = added("value"), added("area_ha"), known[0]
    density = value / area if first.per_ha is not None and value is not None and area else None
    return SUM_IN_SIGHT.format(n=len(known)), LedgerRow(
        ledger=first.ledger, level=IN_SIGHT, key="", part=first.part, code="", name="", village_code="", unit=first.unit,
        area_ha=area, value=value, per_ha=density, co2_t=added("co2_t"), items=sum(row.items for row in known),
        doubtful=any(row.doubtful for row in known),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ledger:
    """One ledger of a report.

    Attributes:
        rows: By code; at a county only what is accepted.
        totals: Of the whole workspace, one a part.
        entered: What is not accepted yet, at a county; never added to the rest.
        counted: In words, what is in it.
        sign: How signs are to be read.
        order: What must be said where somebody compares the rows.
    """

    name: str
    unit: str
    rows: tuple[LedgerRow, ...]
    totals: tuple[LedgerRow, ...]
    entered: tuple[LedgerRow, ...]
    counted: Text
    sign: Text
    order: tuple[Problem, ...]
    problems: tuple[Problem, ...]
    editions: tuple[str, ...]

    @property
    def title(self) -> Text:
        return TITLES[self.name]

    @property
    def total_label(self) -> Text:
        """Whose sum a total is: at a county what is not accepted stands apart."""
        return ACCEPTED_SUM if self.entered else SUM


@dataclass(frozen=True, slots=True)
class CarbonReport:
    """Three ledgers side by side; there is no sum of them."""

    year: int
    level: str
    settings: CarbonSettings
    ledgers: tuple[Ledger, ...]
    problems: tuple[Problem, ...]
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    def place(self, code: str) -> str:
        """Return the name of a village, its code while the name is unknown."""
        return self.names.get(code, code)

    def ledger(self, name: str) -> Ledger:
        """Return a ledger.

        Raises:
            UserError: CRB-004 there is none of that name.
        """
        for each in self.ledgers:
            if each.name == name:
                return each
        raise CarbonProblem.UNKNOWN_LEDGER.error(value=name, known=", ".join(LEDGERS))

    @property
    def stock(self) -> Ledger:
        return self.ledger(STOCK)

    @property
    def change(self) -> Ledger:
        return self.ledger(CHANGE)

    @property
    def emissions(self) -> Ledger:
        return self.ledger(EMISSIONS)

    @property
    def editions(self) -> tuple[str, ...]:
        """References of every coefficient set used."""
        return tuple(dict.fromkeys(each for ledger in self.ledgers for each in ledger.editions))


def part_label(part: str, settings: CarbonSettings) -> Text:
    """Return what a part of the stock is called, with its depth."""
    return PARTS[part].format(depth=f"0–{settings.depth_cm}")


def is_doubtful(problems: Iterable[Problem]) -> bool:
    """Whether a figure rests on coefficients nobody has verified."""
    return any(each.code == CalculationProblem.UNVERIFIED.code for each in problems)


def gathered(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Return problems with the factors that come without a range told in one sentence; the explanation names each."""
    without = [each for each in problems if each.code == CalculationProblem.NO_UNCERTAINTY.code]
    rest = [each for each in problems if each.code != CalculationProblem.NO_UNCERTAINTY.code]
    if len(without) < 2:
        return tuple(dict.fromkeys(problems))
    return (*dict.fromkeys(rest), CarbonProblem.FACTORS_WITHOUT_RANGE.at("", count=len(without)))


# --- comparing ---------------------------------------------------------------------------------------------------------


def ranked(rows: Sequence[LedgerRow]) -> tuple[list[LedgerRow], list[Problem]]:
    """Return rows with a rank where their range overlaps no other's, and what must be said about the others.

    Parts are ranked apart. Done by sweeping the ranges, so that thousands of rows take no longer than sorting them.
    """
    found: list[Problem] = []
    places: dict[int, int] = {}
    for part in dict.fromkeys(row.part for row in rows):
        mine = [(at, row) for at, row in enumerate(rows) if row.part == part and row.value is not None]
        ranged = [(at, row) for at, row in mine if row.low is not None and row.high is not None]
        if len(mine) < 2:
            continue
        by_low = sorted(ranged, key=lambda pair: (pair[1].low, pair[1].high))
        overlapping: dict[int, LedgerRow] = {}
        highest: tuple[int, LedgerRow] | None = None
        for at, row in by_low:
            assert row.low is not None and row.high is not None
            if highest is not None:
                top = highest[1].high
                assert top is not None
                if row.low <= top:
                    overlapping.setdefault(at, highest[1])
                    overlapping.setdefault(highest[0], row)
            if highest is None or (highest[1].high is not None and row.high > highest[1].high):
                highest = at, row
        without = len(mine) - len(ranged)
        if overlapping:
            first_at = min(overlapping)
            first, second = rows[first_at].name, overlapping[first_at].name
            found.append(
                CarbonProblem.RANGES_OVERLAP.at(all=len(mine), count=len(overlapping), first=first, second=second)
            )
        if without:
            found.append(CarbonProblem.NO_RANGE.at(count=without))
        if without:
            continue  # a figure without a range may stand anywhere among the others
        for place, (at, _) in enumerate(sorted(mine, key=lambda pair: -(pair[1].value or Decimal(0))), 1):
            if at not in overlapping:
                places[at] = place
    return [dataclasses.replace(row, rank=places.get(at)) for at, row in enumerate(rows)], list(dict.fromkeys(found))
