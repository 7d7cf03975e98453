"""What one balance stands on: year, occasion, scheme with its measures, the year's yields, names; and the rows made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from station_app.domain.calc.coefficients import Coefficient
from station_app.domain.calc.numbers import ZERO
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.services.figures.measures import Measures, unverified_problems
from station_app.services.figures.plans import (
    ApprovedPlan,
    HousePlan,
    Land,
    Terrain,
    is_grave,
    is_out,
    plan_approved,
    plan_count,
    plan_forage,
    plan_land,
    standing_problem,
)
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.references import record_reference
from station_app.services.figures.rows import GRAZING, BalanceRow
from station_app.services.figures.scheme import Scheme, scheme_of
from station_app.services.figures.sources import (
    ACCEPTED,
    GONE,
    Forage,
    House,
    HouseholdScope,
    Parcel,
    Records,
    Stock,
    read_approvals,
    read_counts,
    read_forage,
    read_houses,
    read_parcels,
    read_stock,
    unit_names,
    workplace,
)
from station_app.services.figures.standards import standards_of
from station_app.services.figures.totals import household_rows, land_capacities, view_of
from station_app.services.figures.yields import yield_book
from station_app.storage.reader import Reader

MEAN = "mean"
_NO_STOCK = Stock(None, 0)
_EMPTY = Stock(ZERO, 0)


class BalanceBasis:
    """The common ground of all rows of one table.

    Raises:
        UserError: BAL-001 nobody has chosen a scheme, CALC-007 and CALC-009 its sets can not be used.
    """

    def __init__(self, reader: Reader, year: int, occasion: str | None = None, scheme: Scheme | None = None) -> None:
        self.reader = reader
        self.year = year
        chosen = scheme or scheme_of(reader, year)
        if chosen is None:
            raise BalanceProblem.NO_SCHEME.error(year=year)
        self.scheme = chosen
        self.occasion = occasion or chosen.record.occasion
        self.measures = Measures(chosen, standards_of(reader))
        self.book = yield_book(reader, year, chosen)
        self.terrain = Terrain(self.measures, self.book)
        self.earlier: list[Terrain] = []
        if chosen.record.basis == MEAN:
            books = (yield_book(reader, year - back, chosen) for back in range(1, chosen.record.years_wanted + 1))
            self.earlier = [Terrain(self.measures, book) for book in books]
        self.names = unit_names(reader)
        self.is_county, self.station_name = workplace(reader)
        self.approvals, self.village_approvals = read_approvals(reader, year, self.occasion)

    def name_of(self, code: str) -> str:
        """Return the name of a village or township; without one its code."""
        return self.names.get(code.ljust(12, "0"), code)

    # --- reading -------------------------------------------------------------------------------------------------------

    def read(self, which: HouseholdScope) -> Records:
        """Read the records of some households."""
        counts = read_counts(self.reader, self.year, self.occasion, which)
        used = [count for count in counts.values() if not is_out(count.standing)]
        stock, combinations = read_stock(self.reader, used, self.measures, every_doubtful=self._all_doubtful)
        return Records(
            read_houses(self.reader, which),
            read_parcels(self.reader, self.year, which),
            counts,
            stock,
            read_forage(self.reader, self.year, which),
            self.approvals,
            self.village_approvals,
            combinations,
        )

    @property
    def _all_doubtful(self) -> bool:
        """Whether every utilization rate is unverified: then every row is doubtful, and no further question is needed."""
        table = self.measures.pasture_sets.utilization
        return table is not None and all(
            row.mark in ("C", "C-low", "none", "") and not row.verified_by for row in table.rows
        )

    # --- a household ---------------------------------------------------------------------------------------------------

    def plan(self, house: House, records: Records) -> HousePlan | None:
        """Return the plan of a household; ``None`` when it is gone and has neither land nor count."""
        key = house.record_id
        parcels: Sequence[Parcel] = records.parcels.get(key, ())
        counted = records.counts.get(key)
        if counted is None and not parcels and house.status in GONE:
            return None
        problems: list[Problem] = []
        if house.standing > 1:
            said = standing_problem("household", key, f"{house.code} {house.name}", house.standing)
            assert said is not None
            problems.append(said)
            if is_out(house.standing):
                return HousePlan(house, Land(known=False), {}, (), (), None, _NO_STOCK, problems, False)
        land, years = self._land(house, parcels, problems)
        items: Sequence[Forage] = records.forage.get(key, ())
        forage = plan_forage(items, problems) if items else ()
        own = records.approvals.get(key) if records.approvals else None
        of_village = records.village_approvals.get(house.village_code) if records.village_approvals else None
        approved: Sequence[ApprovedPlan] = ()
        if own or of_village:
            approved = plan_approved(house, own or (), of_village or (), land.area_mu, problems)
        count = plan_count(house, counted, self.year, self.occasion, problems)
        stock, accepted = _NO_STOCK, bool(parcels) or count is not None
        if count is not None:
            stock = records.stock.get(count.record_id, _EMPTY)
            if stock.problem is not None:
                place = record_reference("livestock_count", count.record_id, "class_counts")
                said = stock.problem
                problems.append(Problem(said.code, said.severity, said.text, place=place))
            accepted = count.standing == ACCEPTED
        if accepted:
            accepted = all(each.standing == ACCEPTED for each in parcels) and all(
                each.standing == ACCEPTED for each in items
            )
        return HousePlan(house, land, years, forage, approved, count, stock, problems, accepted)

    def _land(self, house: House, parcels: Sequence[Parcel], problems: list[Problem]) -> tuple[Land, dict[int, Land]]:
        """Return the land, and of a mean of the years before the land of each that is known: a year without yield is left
        out and said, and without any there is nothing."""
        if self.scheme.record.basis != MEAN:
            land = plan_land(house, parcels, self.terrain)
            problems += land.problems
            return land, {}
        lands = {each.book.year: plan_land(house, parcels, each) for each in self.earlier}
        newest = next(iter(lands.values()))
        problems += [each for each in newest.problems if each.code != BalanceProblem.NO_YIELD.code]
        if not newest.pastures and newest.known:
            return newest, {}
        place = record_reference("household", house.record_id)
        known = {year: land for year, land in lands.items() if land.known}
        if not known:
            if any(each.code == BalanceProblem.NO_YIELD.code for land in lands.values() for each in land.problems):
                problems.append(BalanceProblem.NO_HAY_YEARS.at(place, first=min(lands), last=max(lands)))
            return newest, {}
        problems += [BalanceProblem.YEAR_WITHOUT_YIELD.at(place, year=year) for year in lands if year not in known]
        return next(iter(known.values())), known

    def rows(self, records: Records) -> list[BalanceRow]:
        """Return the rows of all households, in no order."""
        plans = [self.plan(house, records) for house in records.houses]
        return household_rows(self.measures, [plan for plan in plans if plan is not None])

    # --- a parcel ------------------------------------------------------------------------------------------------------

    def parcel_rows(self, records: Records) -> list[BalanceRow]:
        """Return a row for every parcel; stock only where the count names the parcel, and that is said."""
        out = []
        for house in records.houses:
            for parcel in records.parcels.get(house.record_id, ()):
                out.append(self.parcel_row(house, parcel, records))
        return out

    def parcel_stock(self, house: House, parcel: Parcel, records: Records, problems: list[Problem]) -> Stock:
        """Return the stock a count tells of a parcel, or why it tells none."""
        counted = records.counts.get(house.record_id)
        if counted is None or counted.parcel_id != parcel.record_id or is_out(counted.standing):
            if counted is not None and counted.parcel_id is None:
                place = record_reference("livestock_count", counted.record_id, "parcel_id")
                problems.append(BalanceProblem.NO_STOCK_BY_PARCEL.at(place))
            return _NO_STOCK
        return records.stock.get(counted.record_id, _NO_STOCK)

    def parcel_land(self, house: House, parcel: Parcel) -> Land:
        """Return one parcel as the land of its household."""
        return plan_land(house, (parcel,), self.terrain)

    def parcel_row(self, house: House, parcel: Parcel, records: Records) -> BalanceRow:
        """Return the figures of one parcel: what it carries in its own season."""
        land = self.parcel_land(house, parcel)
        problems = list(land.problems)
        stock = self.parcel_stock(house, parcel, records, problems)
        grazed = carried = demand = surplus = None
        days = self.scheme.days_of(parcel.season)
        if land.known:
            grazed, carried = next(land_capacities([land], self.measures))
        if stock.su is not None:
            demand = self.measures.demand(stock.su, days)
            surplus = None if grazed is None else self.measures.surplus(grazed, demand)
        counted = records.counts.get(house.record_id)
        accepted = parcel.standing == ACCEPTED and (
            stock.su is None or (counted is not None and counted.standing == ACCEPTED)
        )
        return BalanceRow(
            level="parcel",
            key=parcel.record_id,
            code=parcel.code,
            name=parcel.name or "",
            village_code=house.village_code,
            area_mu=land.area_mu,
            stock_su=stock.su,
            demand_kg=demand,
            supply_kg=grazed,
            surplus_kg=surplus,
            supply={} if grazed is None else {GRAZING: grazed},
            views={"natural": view_of(self.measures, stock.su, carried)},
            accepted=accepted,
            doubtful=any(each.terms.factors.doubtful for each in land.pastures) or any(map(is_grave, problems)),
            problems=tuple(problems),
            banned_mu=land.banned_mu,
            head=stock.head if stock.su is not None else None,
            counted_on=counted.counted_on if counted is not None and stock.su is not None else "",
            household_id=house.record_id,
        )

    # --- what concerns the whole ---------------------------------------------------------------------------------------

    def used_coefficients(self, records: Records) -> list[Coefficient]:
        """Return every coefficient the rows of these records rest on."""
        used = [self.measures.intake, *self.measures.used_factors()]
        for species, stock_class in sorted(records.combinations):
            used += self.measures.head_coefficients(species, stock_class)
        return list({each.reference: each for each in used}.values())

    def problems(self, records: Records) -> list[Problem]:
        """Return what is to be said of the whole table; ask after the rows are made."""
        found = [*self.scheme.problems]
        if self.scheme.record.year != self.year:
            found.append(
                BalanceProblem.OTHER_SCHEME.at(self.scheme.reference(), year=self.year, used=self.scheme.record.year)
            )
        for book in (self.book, *(each.book for each in self.earlier)):
            found += book.problems
        return found + unverified_problems(self.used_coefficients(records))

    def editions(self, records: Records) -> tuple[str, ...]:
        """Return the references of every set used."""
        used = {each.set_reference for each in self.used_coefficients(records)}
        used |= {reference for reference in self.scheme.sets if reference.startswith(("overload_grade/", "penalty/"))}
        if any(kind not in ("adult_female", "adult_male", "adult_other") for _, kind in records.combinations):
            used |= {each for each in self.scheme.sets if each.startswith("young_stock_group/")}
        return tuple(sorted(used))


def by_village(rows: Iterable[BalanceRow]) -> Mapping[str, list[BalanceRow]]:
    """Return household rows by village, in the order of the codes."""
    found: dict[str, list[BalanceRow]] = {}
    for row in rows:
        found.setdefault(row.village_code, []).append(row)
    return dict(sorted(found.items()))


def title_of(row: BalanceRow) -> Text:
    """Return how a row is named in one line."""
    name = f"{row.code} {row.name}".strip()
    return Text(name, name)
