"""Carrying capacity: F4 animals, F5 area of a sheep unit, F6 time, F7 region and seasons (NY/T 635-2015 as quoted).

The approved capacity stands beside the computed one; neither replaces the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.coefficients import SHEEP_UNIT, Standards
from station_app.domain.calc.explanation import TYPED, Node, Result, Rule, Sheet, calculate, origin_of
from station_app.domain.calc.inputs import exactly_one, no_repeats, printed_place, reference, require, required
from station_app.domain.calc.numbers import ONE
from station_app.domain.calc.pasture import Pasture, PastureNodes, PastureSets, choose_sets, pasture
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import SETTING, not_used, tell
from station_app.domain.codes import word_of
from station_app.domain.fields import described, described_fields
from station_app.domain.problems import Problem
from station_app.domain.text import Text

RULE = Rule("NY/T 635-2015", "formulas in our symbols (F4–F7)", "NY/T 635-2015 as quoted", "B")
APPROVED_RULE = Rule(
    "草原法 art. 45", "approved capacity", "草原法 art. 33 + 45; 内蒙古草原管理条例实施细则 art. 22–25", "A"
)
_TITLE = Text("载畜量", "Carrying capacity")


@described
class SeasonDays:
    """How long a season is grazed."""

    season: str = f.code("利用季节", "Season", "season_of_use")
    days: Decimal | None = f.number(
        "放牧天数", "Days of grazing", "d", above=0, maximum=366, missing=CalculationProblem.NO_DAYS, places=0
    )
    need_kg_per_su: Decimal | None = f.number(
        "每羊单位当季需草量", "Hay of a sheep unit in the season", "kg/SU", above=0
    )
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Days to be multiplied with the intake, or what a sheep unit needs in the season."""
        if (self.days, self.need_kg_per_su) == (None, None):
            return required(self, at, "days")
        return exactly_one(self, at, "days", "need_kg_per_su")


@described
class Approved:
    """A capacity approved by the department: a number, or an area of a sheep unit."""

    name: str = f.text("单位", "Whose", default="")
    season: str = f.code("利用季节", "Season", "season_of_use", default="whole_year")
    approved_su: Decimal | None = f.number("核定载畜量", "Approved capacity", "SU", minimum=0)
    approved_mu_per_su: Decimal | None = f.number("核定标准", "Approved standard", "mu/SU", above=0, places=4)
    area_mu: Decimal | None = f.number("面积", "Area", "mu", above=0, missing=CalculationProblem.NO_AREA, places=3)
    document_number: str = f.text("核定文号", "Document number", default="")
    approving_body: str = f.text("核定单位", "Approving body", default="")
    approved_on: date | None = f.day("核定日期", "Approved on")
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """As a number or as an area of a sheep unit; the latter needs the area."""
        found = exactly_one(self, at, "approved_su", "approved_mu_per_su")
        if self.approved_mu_per_su is not None and self.area_mu is None:
            found += required(self, at, "area_mu")
        if self.approved_mu_per_su is None:
            reason = Text("核定的是羊单位数，不是每羊单位面积", "a number is approved, not an area of a sheep unit")
            found += not_used(self, at, reason, "area_mu")
        return found


@described
class CapacityInput:
    """Pastures, days and what a sheep unit eats."""

    sheep_unit_set: str | None = f.coefficient_set("羊单位定义集", "Definitions of the sheep unit", SHEEP_UNIT)
    sheep_unit: str = f.text("羊单位", "Sheep unit", default="", help=("如 NYT635-2015。", "For example NYT635-2015."))
    intake_kg_per_day: Decimal | None = f.number(
        "日食量", "Daily intake", "kg/(SU·d)", above=0, maximum=100, help=("自填须写出处。", "Name its source.")
    )
    need_kg_per_su: Decimal | None = f.number(
        "每羊单位全期需草量", "Hay of a sheep unit in the period", "kg/SU", above=0
    )
    intake_source: str = f.text("日食量出处", "Source of the intake", default="")
    sets: PastureSets | None = f.part("系数集", "Coefficient sets", PastureSets)
    range_end: str = f.code("利用率取值", "End of the range", "range_end", default="lower")
    seasonal_minimum: bool = f.flag(
        "取最紧季节",
        "The scarcest season limits the herd",
        default=True,
        help=("否则按全年可利用牧草合计。", "Otherwise forage is summed over the year."),
    )
    days: tuple[SeasonDays, ...] = f.lines("各季天数", "Days of the seasons", SeasonDays)
    pastures: tuple[Pasture, ...] = f.lines("草场", "Pastures", Pasture)
    approved: tuple[Approved, ...] = f.lines("核定载畜量", "Approved capacities", Approved)
    printed_total_su: Decimal | None = f.number("印出的合计", "Printed total", "SU", minimum=0)
    printed_unit_su: Decimal | None = printed_place("SU", "羊单位")
    herd_su: Decimal | None = f.number("畜群", "Herd", "SU", above=0)
    su_per_animal: Decimal | None = f.number(
        "另以某种家畜表示：每头羊单位", "Also tell in an animal of so many SU", "SU/head", above=0
    )

    def rules(self, at: str) -> list[Problem]:
        """One way to say what is eaten; days for every season in use; each season once."""
        found = no_repeats([each.season for each in self.days], f"{at}/days")
        if not self.approved:
            found += not_used(self, at, Text("没有核定载畜量", "nothing is approved"), "printed_total_su")
        if self.printed_total_su is None:
            found += not_used(self, at, Text("没有印出的合计", "there is no printed total"), "printed_unit_su")
        if not self.pastures:
            if not self.approved:
                found += required(self, at, "pastures")
            names = ("intake_kg_per_day", "need_kg_per_su", "intake_source", "days", "herd_su", "su_per_animal")
            return found + not_used(self, at, Text("没有草场", "there are no pastures"), *names)
        return found + self._needs(at)

    def _needs(self, at: str) -> list[Problem]:
        """One way to say what is eaten, in every season; what the chosen way does not take is refused."""
        found: list[Problem] = []
        seasons = list(dict.fromkeys(each.season for each in self.pastures))
        known = {each.season: each for each in self.days}
        needed = bool(self.days) and all(each.need_kg_per_su is not None for each in self.days)
        if needed and not (self.sheep_unit or self.need_kg_per_su is not None or self.intake_kg_per_day is not None):
            names = ("sheep_unit_set", "herd_su")
            found += not_used(self, at, Text("没有日食量", "there is no daily intake"), *names)
        else:
            found += exactly_one(self, at, "sheep_unit", "intake_kg_per_day", "need_kg_per_su")
        if self.sheep_unit and self.sheep_unit_set is None:
            found += required(self, at, "sheep_unit_set")
        if not self.sheep_unit:
            reason = Text("没有选羊单位", "no sheep unit is chosen")
            found += not_used(self, at, reason, "sheep_unit_set") if not needed else []
        typed = self.intake_kg_per_day is not None or self.need_kg_per_su is not None or needed
        if typed and not self.intake_source:
            found += required(self, at, "intake_source")
        if not any(each.need_kg_per_su is not None for each in self.days) and not typed:
            reason = Text("没有自填日食量或需草量", "no intake and no need is typed")
            found += not_used(self, at, reason, "intake_source")
        if self.need_kg_per_su is not None:
            if len(seasons) > 1:
                found.append(CalculationProblem.ONE_NEED_PER_SEASON.at(f"{at}/need_kg_per_su", count=len(seasons)))
            reason = Text("已填每羊单位全期需草量", "the hay of a sheep unit in the period is given")
            return found + not_used(self, at, reason, "days", "herd_su")
        for season in seasons:
            if season not in known:
                name = Text("{season}天数", "Days of the {season}").format(season=word_of("season_of_use", season))
                found.append(CalculationProblem.NO_DAYS.at(f"{at}/days", label=name))
        reason = Text("没有这个季节的草场", "no pasture is of this season")
        for place, each in enumerate(self.days):
            if each.season not in seasons:
                found += not_used(each, f"{at}/days/{place}", reason, "season")
        return found


@described
class SeasonCapacity:
    """Capacity of the pastures of one season."""

    season: str = f.code("利用季节", "Season", "season_of_use")
    days: Decimal | None = f.number("天数", "Days", "d", places=0)
    usable_kg: Decimal = f.number("可利用标准干草", "Usable standard hay", "kg", places=1)
    capacity_su: Decimal = f.number("载畜量", "Capacity", "SU", places=3)


@described
class PastureCapacity:
    """Capacity of one pasture, told in animals, area and time."""

    name: str = f.text("草场", "Pasture")
    season: str = f.code("利用季节", "Season", "season_of_use")
    area_ha: Decimal | None = f.number("面积", "Area", "ha", places=4)
    forage_kg: Decimal = f.number("可食牧草", "Edible hay", "kg", places=1)
    usable_kg: Decimal = f.number("可利用标准干草", "Usable standard hay", "kg", places=1)
    capacity_su: Decimal = f.number("载畜量", "Capacity", "SU", places=3)
    ha_per_su: Decimal | None = f.number("每羊单位面积", "Area of a sheep unit", "ha/SU", places=3)
    mu_per_su: Decimal | None = f.number("每羊单位面积", "Area of a sheep unit", "mu/SU", places=3)
    su_days_per_ha: Decimal | None = f.number("每公顷羊单位日", "Sheep-unit days", "SU·d/ha", places=2)
    forage_share_percent: Decimal = f.number("占牧草", "Share of the forage", "%", places=2)
    area_share_percent: Decimal | None = f.number("占面积", "Share of the area", "%", places=2)
    actual_utilization_percent: Decimal | None = f.number("实际利用率", "Actual utilization", "%", places=2)


@described
class ApprovedCapacity:
    """One approved capacity as a number of sheep units."""

    name: str = f.text("单位", "Whose")
    season: str = f.code("利用季节", "Season", "season_of_use")
    approved_su: Decimal = f.number("核定载畜量", "Approved capacity", "SU", places=3)
    document_number: str = f.text("核定文号", "Document number", default="")


@described
class CapacityOutcome:
    """How many sheep units the pastures may carry."""

    capacity_su: Decimal | None = f.number("载畜量", "Capacity", "SU", places=3)
    usable_kg: Decimal | None = f.number("可利用标准干草", "Usable standard hay", "kg", places=1)
    capacity_animals: Decimal | None = f.number("折家畜头数", "In the animal asked for", "head", places=2)
    herd_days: Decimal | None = f.number("畜群可放牧天数", "Days the herd can stay", "d", places=2)
    approved_su: Decimal | None = f.number("核定载畜量合计", "Approved in all", "SU", places=3)
    hay_per_approved_su_kg: Decimal | None = f.number(
        "每核定羊单位牧草", "Hay for an approved sheep unit", "kg/SU", places=2
    )
    sheep_unit: str = f.text("羊单位", "Sheep unit", default="")
    seasons: tuple[SeasonCapacity, ...] = f.lines("各季", "Seasons", SeasonCapacity)
    pastures: tuple[PastureCapacity, ...] = f.lines("各草场", "Pastures", PastureCapacity)
    approved: tuple[ApprovedCapacity, ...] = f.lines("核定", "Approved", ApprovedCapacity)


@dataclass(frozen=True, slots=True)
class CapacityNodes:
    """What balance needs of a capacity."""

    capacity_su: Node | None
    usable_kg: Node | None
    approved_su: Node | None
    outcome: CapacityOutcome


def capacity(given: CapacityInput, standards: Standards) -> Result[CapacityOutcome]:
    """Return the carrying capacity of pastures, by pasture, season and year.

    Rounding: none.

    Raises:
        UserError: CALC-…; an area, a yield, days or a coefficient is missing or of another standard.
    """
    require(given)
    return calculate(lambda sheet: capacity_nodes(sheet, given, standards).outcome)


def capacity_nodes(sheet: Sheet, given: CapacityInput, standards: Standards, at: str = "") -> CapacityNodes:
    approved, approved_rows = _approved(sheet, given, at)
    if not given.pastures:
        if approved is not None:
            tell(
                sheet, approved, given, "sheep_unit", "sheep_unit_set", "seasonal_minimum", "range_end", origin=SETTING
            )
            if given.sheep_unit_set is not None:
                standards.named(given, "sheep_unit_set", at)
            if given.sets is not None:
                choose_sets(given.sets, standards, at)
                tell(sheet, approved, given.sets, *(entry.name for entry in described_fields(PastureSets)))
        sheet.conclude(_TITLE, "Σ N", APPROVED_RULE, approved_su=approved)
        outcome = CapacityOutcome(
            approved_su=approved.value if approved else None, approved=approved_rows, sheep_unit=given.sheep_unit
        )
        return CapacityNodes(None, None, approved, outcome)
    fields = _pastures(sheet, given, standards, at)
    need, intake, days = _need(sheet, given, standards, at)
    usable = sheet.step(
        "F", "sum", [n.usable_kg for n in fields], "kg", Text("可利用标准干草合计", "usable hay in all"), 1
    )
    forage = sheet.step("P", "sum", [n.forage_kg for n in fields], "kg", Text("可食牧草合计", "edible hay in all"), 1)
    by_season, hay, season_rows = _seasons(sheet, given, fields, need, days)
    year, formula = _year(sheet, given, by_season, hay, intake, days, need)
    rows = _rows(sheet, given, fields, need, intake, forage)
    results: dict[str, Node | None] = {"capacity_su": year, "usable_kg": usable, "approved_su": approved}
    if given.su_per_animal is not None:
        each = sheet.entry("k", given, "su_per_animal", Text("每头羊单位", "sheep units of a head"))
        results["capacity_animals"] = sheet.step("N_k", "quotient", [year, each], "head", Text("折头数", "in head"))
    if given.herd_su is not None and intake is not None:
        herd = sheet.entry("n", given, "herd_su")
        eaten = sheet.step("I_n", "product", [intake, herd], "kg/d", Text("畜群日食量", "intake of the herd"))
        results["herd_days"] = sheet.step("T", "quotient", [usable, eaten], "d", Text("可放牧天数", "days of grazing"))
    if approved is not None and approved.value:
        label = Text("每核定羊单位牧草", "hay for an approved sheep unit")
        results["hay_per_approved_su_kg"] = sheet.step("P_N", "quotient", [forage, approved], "kg/SU", label)
    tell(sheet, year, given, "sheep_unit", "sheep_unit_set", "seasonal_minimum", "range_end", origin=SETTING)
    if given.sets is not None:
        names = [entry.name for entry in described_fields(PastureSets)]
        tell(sheet, usable, given.sets, *names)
    sheet.conclude(_TITLE, formula, RULE, **results)
    values = {name: node.value if node is not None else None for name, node in results.items()}
    outcome = CapacityOutcome(
        **values, sheep_unit=given.sheep_unit, seasons=season_rows, pastures=rows, approved=approved_rows
    )
    return CapacityNodes(year, usable, approved, outcome)


def _pastures(sheet: Sheet, given: CapacityInput, standards: Standards, at: str) -> list[PastureNodes]:
    sets = choose_sets(given.sets, standards, at)
    made = []
    for place, each in enumerate(given.pastures):
        part = sheet.part()
        nodes = pasture(part, each, sets, given.range_end, f"{at}/pastures/{place}")
        bring = sheet.attach(f"pasture{place + 1}", part)
        made.append(
            PastureNodes(
                bring(nodes.usable_kg),
                bring(nodes.forage_kg),
                bring(nodes.area_ha) if nodes.area_ha is not None else None,
                bring(nodes.per_ha_kg) if nodes.per_ha_kg is not None else None,
            )
        )
    return made


def _need(
    sheet: Sheet, given: CapacityInput, standards: Standards, at: str
) -> tuple[Mapping[str, Node], Node | None, Mapping[str, Node]]:
    """Return what a sheep unit needs in each season, its daily intake, and the days."""
    seasons = list(dict.fromkeys(each.season for each in given.pastures))
    if given.need_kg_per_su is not None:
        label = Text(f"每羊单位全期需草量({given.intake_source})", f"hay of a sheep unit ({given.intake_source})")
        need = sheet.entry("B", given, "need_kg_per_su", label)
        return dict.fromkeys(seasons, need), None, {}
    intake = _intake(sheet, given, standards, at)
    days = {}
    needs = {}
    for each in given.days:
        if each.season not in seasons:
            continue
        name = word_of("season_of_use", each.season)
        label = Text(f"每羊单位{name.zh}需草量", f"hay of a sheep unit, {name.en}")
        if each.days is None:
            assert each.need_kg_per_su is not None
            source = Text(f"{label.zh}({given.intake_source})", f"{label.en} ({given.intake_source})")
            needs[each.season] = sheet.entry(f"B_{each.season}", each, "need_kg_per_su", source)
            continue
        assert intake is not None
        text = Text(f"{name.zh}天数", f"days of the {name.en}")
        days[each.season] = sheet.entry(f"D_{each.season}", each, "days", text)
        needs[each.season] = sheet.step(f"B_{each.season}", "product", [intake, days[each.season]], "kg/SU", label)
    return needs, intake, days


def _intake(sheet: Sheet, given: CapacityInput, standards: Standards, at: str) -> Node | None:
    """What a sheep unit eats a day: typed, or of the chosen sheep unit; none where the needs of all seasons are typed."""
    if given.intake_kg_per_day is not None:
        label = Text(f"日食量({given.intake_source})", f"daily intake ({given.intake_source})")
        return sheet.entry("I", given, "intake_kg_per_day", label)
    if not given.sheep_unit:
        return None
    known = standards.named(given, "sheep_unit_set", at)
    return sheet.coefficient("I", known.find(given.sheep_unit, at=f"{at}/sheep_unit"), at=at)


def _seasons(
    sheet: Sheet,
    given: CapacityInput,
    fields: list[PastureNodes],
    need: Mapping[str, Node],
    days: Mapping[str, Node],
) -> tuple[dict[str, Node], dict[str, Node], tuple[SeasonCapacity, ...]]:
    by_season: dict[str, Node] = {}
    hays: dict[str, Node] = {}
    rows = []
    for season in dict.fromkeys(each.season for each in given.pastures):
        name = word_of("season_of_use", season)
        nodes = [node.usable_kg for each, node in zip(given.pastures, fields, strict=True) if each.season == season]
        hay = hays[season] = sheet.step(
            f"F_{season}", "sum", nodes, "kg", Text(f"{name.zh}标准干草", f"hay of the {name.en}"), 1
        )
        label = Text(f"{name.zh}载畜量", f"capacity of the {name.en}")
        by_season[season] = sheet.step(f"N_{season}", "quotient", [hay, need[season]], "SU", label, 3)
        rows.append(
            SeasonCapacity(
                season=season,
                days=days[season].value if season in days else None,
                usable_kg=hay.value,
                capacity_su=by_season[season].value,
            )
        )
    return by_season, hays, tuple(rows)


def _year(
    sheet: Sheet,
    given: CapacityInput,
    by_season: dict[str, Node],
    hay: dict[str, Node],
    intake: Node | None,
    days: Mapping[str, Node],
    need: Mapping[str, Node],
) -> tuple[Node, str]:
    """The capacity of the year: one season alone, the scarcest of several, or their forage over their days; its formula."""
    label = Text("载畜量", "capacity")
    if len(by_season) == 1:
        return sheet.step("N", "value", list(by_season.values()), "SU", label, 3), "N = Σ F / (I × D)"
    turned = [season for season in by_season if season != "whole_year"]
    if given.seasonal_minimum or len(turned) == 1:
        nodes = [by_season[season] for season in turned]
        turn = sheet.step("N_min", "minimum", nodes, "SU", Text("最紧季节", "scarcest season"), 3)
        formula = "min(F / (I × D))"
    else:
        formula = "Σ F / (I × Σ D)"
        label_of_need = Text("每羊单位需草量", "hay of a sheep unit")
        if intake is not None and all(season in days for season in turned):
            every = [days[season] for season in turned]
            total = sheet.step("D", "sum", every, "d", Text("天数合计", "days in all"), 0)
            eaten = sheet.step("B", "product", [intake, total], "kg/SU", label_of_need)
        else:
            eaten = sheet.step("B", "sum", [need[season] for season in turned], "kg/SU", label_of_need)
        nodes = [hay[season] for season in turned]
        stored = sheet.step("W", "sum", nodes, "kg", Text("分季标准干草合计", "hay of the seasons"), 1)
        turn = sheet.step("N_sum", "quotient", [stored, eaten], "SU", Text("分季载畜量", "capacity of the seasons"), 3)
    whole = by_season.get("whole_year")
    if whole is None:
        return sheet.step("N", "value", [turn], "SU", label, 3), f"N = {formula}"
    sheet.warn(CalculationProblem.NOT_ONE_SEASON.at())
    return sheet.step("N", "sum", [whole, turn], "SU", label, 3), f"N = N_whole_year + {formula}"


def _rows(
    sheet: Sheet,
    given: CapacityInput,
    fields: list[PastureNodes],
    need: Mapping[str, Node],
    intake: Node | None,
    forage: Node,
) -> tuple[PastureCapacity, ...]:
    areas = [node.area_ha for node in fields if node.area_ha is not None]
    area_label = Text("面积合计", "area in all")
    area = sheet.step("A", "sum", areas, "ha", area_label, 4) if len(areas) == len(fields) else None
    fifteen = sheet.mu_of_hectare()
    rows = []
    for place, (each, node) in enumerate(zip(given.pastures, fields, strict=True), 1):
        name = Text(each.name, each.name)
        carried = sheet.step(f"N{place}", "quotient", [node.usable_kg, need[each.season]], "SU", name, 3)
        per_su = per_su_mu = time = None
        if node.area_ha is not None and carried.value:
            label = Text(f"{each.name}每羊单位面积", f"area of a sheep unit, {each.name}")
            per_su = sheet.step(f"S{place}", "quotient", [node.area_ha, carried], "ha/SU", label, 4)
            per_su_mu = sheet.step(f"S_mu{place}", "product", [per_su, fifteen], "mu/SU", label, 3)
        if node.per_ha_kg is not None and intake is not None:
            label = Text(f"{each.name}每公顷羊单位日", f"sheep-unit days of a hectare, {each.name}")
            time = sheet.step(f"T{place}", "quotient", [node.per_ha_kg, intake], "SU·d/ha", label, 2)
        label = Text(f"{each.name}占牧草", f"share of the forage, {each.name}")
        share = sheet.step(f"P_s{place}", "percentage", [node.forage_kg, forage], "%", label, 2)
        of_area = None
        if area is not None and node.area_ha is not None:
            label = Text(f"{each.name}占面积", f"share of the area, {each.name}")
            of_area = sheet.step(f"A_s{place}", "percentage", [node.area_ha, area], "%", label, 2)
        used = None
        if each.grazed_kg is not None:
            grazed = sheet.given(
                f"g{place}", each.grazed_kg, "kg", Text("实际采食", "grazed"), origin_of(each.reference)
            )
            label = Text(f"{each.name}实际利用率", f"actual utilization, {each.name}")
            used = sheet.step(f"U{place}", "percentage", [grazed, node.forage_kg], "%", label, 2)
        rows.append(
            PastureCapacity(
                name=each.name,
                season=each.season,
                area_ha=node.area_ha.value if node.area_ha else None,
                forage_kg=node.forage_kg.value,
                usable_kg=node.usable_kg.value,
                capacity_su=carried.value,
                ha_per_su=per_su.value if per_su else None,
                mu_per_su=per_su_mu.value if per_su_mu else None,
                su_days_per_ha=time.value if time else None,
                forage_share_percent=share.value,
                area_share_percent=of_area.value if of_area else None,
                actual_utilization_percent=used.value if used else None,
            )
        )
    return tuple(rows)


def _approved(sheet: Sheet, given: CapacityInput, at: str) -> tuple[Node | None, tuple[ApprovedCapacity, ...]]:
    """Approved capacities as sheep units and their sum; a printed total that differs is said, not mended."""
    nodes = []
    rows = []
    for place, each in enumerate(given.approved, 1):
        name = each.name or each.document_number
        label = Text(f"核定载畜量 {name}".strip(), f"approved capacity {name}".strip())
        if each.approved_su is not None:
            node = sheet.entry(f"Q{place}", each, "approved_su", label)
        else:
            assert each.approved_mu_per_su is not None and each.area_mu is not None
            standard = Text(f"核定标准 {name}".strip(), f"approved standard {name}".strip())
            per = sheet.entry(f"q{place}", each, "approved_mu_per_su", standard)
            area = sheet.entry(f"a{place}", each, "area_mu")
            node = sheet.step(f"Q{place}", "quotient", [area, per], "SU", label, 3)
        names = ("season", "document_number", "approving_body", "approved_on", "name")
        tell(sheet, node, each, *names)
        nodes.append(node)
        rows.append(
            ApprovedCapacity(
                name=each.name, season=each.season, approved_su=node.value, document_number=each.document_number
            )
        )
    if not nodes:
        return None, ()
    total = _approved_year(sheet, given, nodes)
    where = f"{at}/printed_total_su"
    check_total(
        sheet, "核定载畜量合计", "approved in all", given.printed_total_su, total, "SU", where, given.printed_unit_su
    )
    tell(sheet, total, given, "printed_unit_su", origin=TYPED)
    return total, tuple(rows)


def _approved_year(sheet: Sheet, given: CapacityInput, nodes: list[Node]) -> Node:
    """Approvals of one season add up; of several seasons the scarcest counts."""
    label = Text("核定载畜量合计", "approved in all")
    seasons = list(dict.fromkeys(each.season for each in given.approved))
    if len(seasons) == 1:
        return sheet.step("Q", "sum", nodes, "SU", label, 3)
    by_season = {}
    for season in seasons:
        name = word_of("season_of_use", season)
        of_season = [node for each, node in zip(given.approved, nodes, strict=True) if each.season == season]
        text = Text(f"{name.zh}核定载畜量", f"approved for the {name.en}")
        by_season[season] = sheet.step(f"Q_{season}", "sum", of_season, "SU", text, 3)
    whole = by_season.pop("whole_year", None)
    scarce = sheet.step("Q_min", "minimum", list(by_season.values()), "SU", Text("最紧季节", "scarcest season"), 3)
    return sheet.step("Q", "sum", [scarce] if whole is None else [whole, scarce], "SU", label, 3)


def check_total(
    sheet: Sheet,
    zh: str,
    en: str,
    printed: Decimal | None,
    computed: Node,
    unit: str,
    at: str,
    to: Decimal | None = None,
) -> Node | None:
    """Put a printed total beside the computed one; a difference becomes CALC-028 and nothing is corrected.

    Args:
        to: What the printed total was rounded to, such as 100 for 0.01 of 10,000; without it its own last place.

    Rounding: the computed total half-up to the printed one's last place before the two are compared.
    """
    if printed is None:
        return None
    places = max(0, -int(printed.as_tuple().exponent))
    place = to if to is not None else ONE.scaleb(-places)
    label = Text(f"印出的{zh}", f"printed: {en}")
    told = sheet.given(f"{computed.symbol}_printed", printed, unit, label, TYPED, places)
    label = Text("计算数取到印出的末位", "computed, to the last printed place")
    shown = sheet.step(f"{computed.symbol}_shown", "round", [computed], unit, label, places, f"{place:f}")
    label = Text("印出与计算之差", "printed less computed")
    apart = sheet.step(f"{computed.symbol}_apart", "difference", [told, shown], unit, label, places)
    if apart.value:
        sheet.warn(
            CalculationProblem.TOTAL_DIFFERS.at(
                at,
                label=Text(zh, en),
                printed=f"{printed:f}",
                computed=f"{shown.value:f}",
                difference=f"{apart.value:f}",
            )
        )
    return apart
