"""Usable standard hay of one pasture: F1 hay, F2 edible yield with regrowth, F3 usable hay (NY/T 635-2015 as quoted).

The numbering of the formulas is ours; the text of NY/T 635-2015 could not be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.coefficients import (
    DEGRADED,
    FRESH_HAY_RATIO,
    HAY_COEFFICIENT,
    NPP_RATIO,
    REGROWTH,
    UTILIZATION,
    CoefficientSet,
    Standards,
)
from station_app.domain.calc.explanation import ARITHMETIC, DEFAULT, Node, Origin, OriginKind, Rule, Sheet, origin_of
from station_app.domain.calc.inputs import exactly_one, reference, required
from station_app.domain.calc.numbers import HUNDRED, ONE, ZERO
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import SETTING, not_used, tell
from station_app.domain.codes import word_of
from station_app.domain.fields import described, described_fields
from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.domain.units import KG_PER_HA_PER_G_PER_M2

# The season of a pasture and of the utilization table are told in two vocabularies.
TABLE_SEASON = {"whole_year": "year_round"}
DEGRADATION_CODES = {"1": "none", "2": "light", "3": "moderate", "4": "severe"}  # of the code list of parcels
_MOISTURE = Text("含水量", "moisture")
HAY_MOISTURE = Decimal("0.86")  # standard hay holds 14 % water
CARBON_OF_NPP = Decimal("0.45")

RULE = Rule("NY/T 635-2015", "formulas in our symbols (F1–F3)", "NY/T 635-2015 as quoted", "B")


@described
class PastureSets:
    """Coefficient sets of pastures; each may be left out where every pasture brings its own value."""

    utilization: str | None = f.coefficient_set("利用率系数集", "Set of utilization rates", UTILIZATION)
    degraded: str | None = f.coefficient_set("退化折减系数集", "Set for degraded grassland", DEGRADED)
    hay_coefficient: str | None = f.coefficient_set(
        "标准干草系数集", "Set of standard-hay coefficients", HAY_COEFFICIENT
    )
    fresh_hay_ratio: str | None = f.coefficient_set("鲜干比系数集", "Set of fresh to hay ratios", FRESH_HAY_RATIO)
    regrowth: str | None = f.coefficient_set("再生率系数集", "Set of regrowth rates", REGROWTH)
    npp_ratio: str | None = f.coefficient_set("地下/地上比系数集", "Set of root ratios for NPP", NPP_RATIO)


@described
class Pasture:
    """One pasture: its area, its yield told in one of four ways, and what may be taken of it."""

    name: str = f.text("草场", "Pasture")
    season: str = f.code("利用季节", "Season", "season_of_use", default="whole_year")
    area_ha: Decimal | None = f.number("面积", "Area", "ha", above=0, missing=CalculationProblem.NO_AREA, places=4)
    area_mu: Decimal | None = f.number("面积", "Area", "mu", above=0, missing=CalculationProblem.NO_AREA, places=3)
    fresh_kg_per_ha: Decimal | None = f.number(
        "鲜草产量", "Fresh yield", "kg/ha", above=0, missing=CalculationProblem.NO_YIELD
    )
    hay_kg_per_ha: Decimal | None = f.number(
        "干草产量", "Hay yield", "kg/ha", above=0, missing=CalculationProblem.NO_YIELD
    )
    hay_moisture_percent: Decimal | None = f.number(
        "干草含水量",
        "Moisture of the hay",
        "%",
        minimum=0,
        maximum=90,
        help=("留空即为含水 14% 的标准干草；绝干为 0。", "Empty means hay of 14 %; 0 is oven-dry."),
    )
    npp_g_c_per_m2: Decimal | None = f.number(
        "净初级生产力", "Net primary production", "g C/m2", above=0, missing=CalculationProblem.NO_YIELD
    )
    forage_kg: Decimal | None = f.number(
        "可食干草总量",
        "Edible hay in all",
        "kg",
        above=0,
        missing=CalculationProblem.NO_YIELD,
        help=("已知总量时代替面积和产量。", "Where the total is known, in place of area and yield."),
        places=0,
    )
    fresh_per_hay: Decimal | None = f.number("鲜干比", "Fresh to hay", "kg/kg", minimum=1, maximum=20)
    edible_percent: Decimal | None = f.number("可食比例", "Edible share", "%", above=0, maximum=100)
    regrowth_percent: Decimal | None = f.number("再生率", "Regrowth", "%", minimum=0, maximum=300)
    utilization_percent: Decimal | None = f.number("利用率", "Utilization", "%", minimum=0, maximum=100)
    hay_coefficient: Decimal | None = f.number("标准干草系数", "Standard-hay coefficient", "", above=0, maximum=3)
    values_source: str = f.text("自填数值出处", "Source of values typed here", default="")
    grassland_class: str = f.text("草地类", "Grassland class", default="")
    hay_group: str = f.text("标准干草组", "Standard-hay group", default="")
    degradation: str = f.code("退化程度", "Degradation", "degradation_degree", default="none")
    grazed_kg: Decimal | None = f.number("实际采食量", "Grazed in fact", "kg", minimum=0, places=0)
    yield_reference: str = reference()
    edible_reference: str = reference()
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Area once, yield once; a total stands for both. What has no use beside the rest is refused."""
        found = self._told(at)
        if self.hay_moisture_percent is not None and self.hay_kg_per_ha is None:
            found += required(self, at, "hay_kg_per_ha")
        reason = Text("产草量不是鲜草", "the yield is not of fresh grass")
        if self.fresh_kg_per_ha is None:
            found += not_used(self, at, reason, "fresh_per_hay")
        if self.edible_percent is None and self.forage_kg is None:
            found += not_used(self, at, Text("没有填可食比例", "there is no edible share"), "edible_reference")
        if self.forage_kg is not None and self.hay_kg_per_ha is None:
            reason = Text("已填可食牧草总量", "the edible hay in all is given")
            found += not_used(self, at, reason, "yield_reference")
        if self.forage_kg is not None:
            reason = Text("已填可食牧草总量", "the edible hay in all is given")
            found += not_used(self, at, reason, "edible_percent", "edible_reference", "regrowth_percent")
        own = (self.fresh_per_hay, self.regrowth_percent, self.utilization_percent, self.hay_coefficient)
        if own == (None, None, None, None):
            found += not_used(self, at, Text("没有自填数值", "no value is typed here"), "values_source")
        if self.hay_coefficient is not None:
            reason = Text("已填标准干草系数", "the standard-hay coefficient is given")
            found += not_used(self, at, reason, "hay_group")
        return found

    def _told(self, at: str) -> list[Problem]:
        if self.forage_kg is None:
            given = (self.area_ha, self.area_mu)
            if given == (None, None):
                label = Text("面积", "Area")
                return [CalculationProblem.NO_AREA.at(f"{at}/area_ha", label=label)]
            found = exactly_one(self, at, "area_ha", "area_mu")
            if (self.fresh_kg_per_ha, self.hay_kg_per_ha, self.npp_g_c_per_m2) == (None, None, None):
                label = Text("产草量", "Yield")
                return [*found, CalculationProblem.NO_YIELD.at(f"{at}/hay_kg_per_ha", label=label)]
            found += exactly_one(self, at, "fresh_kg_per_ha", "hay_kg_per_ha", "npp_g_c_per_m2")
            return found
        found = exactly_one(self, at, "forage_kg", "fresh_kg_per_ha", "npp_g_c_per_m2")
        if (self.area_ha, self.area_mu, self.hay_kg_per_ha) != (None, None, None):  # the area, or what it follows from
            found += exactly_one(self, at, "area_ha", "area_mu", "hay_kg_per_ha")
        return found


@dataclass(frozen=True, slots=True)
class ChosenSets:
    """The sets of pastures, chosen."""

    utilization: CoefficientSet | None
    degraded: CoefficientSet | None
    hay_coefficient: CoefficientSet | None
    fresh_hay_ratio: CoefficientSet | None
    regrowth: CoefficientSet | None
    npp_ratio: CoefficientSet | None


def choose_sets(sets: PastureSets | None, standards: Standards, at: str = "") -> ChosenSets:
    """Return the chosen sets; what is not named is not there.

    Raises:
        UserError: CALC-007 a set is named that does not exist.
    """
    chosen: dict[str, CoefficientSet | None] = {}
    for field in described_fields(PastureSets):
        is_named = getattr(sets, field.name, None) is not None
        chosen[field.name] = standards.named(sets, field.name, f"{at}/sets") if is_named else None
    return ChosenSets(**chosen)


@dataclass(frozen=True, slots=True)
class PastureNodes:
    """What a pasture gives, on its own sheet."""

    usable_kg: Node
    forage_kg: Node
    area_ha: Node | None
    per_ha_kg: Node | None  # usable standard hay of a hectare


def pasture(sheet: Sheet, given: Pasture, sets: ChosenSets, end: str, at: str) -> PastureNodes:
    """Put one pasture on its sheet.

    Args:
        end: Which end of a range of the utilization table is used, ``lower`` or ``upper``.

    Rounding: none.
    """
    area = _area(sheet, given)
    if given.forage_kg is not None:
        edible = sheet.entry("P", given, "forage_kg")
        hay = _hay(sheet, given, sets, at) if given.hay_kg_per_ha is not None else None
        if hay is not None:
            area = sheet.step(
                "A", "quotient", [edible, hay], "ha", Text("面积(由总量推出)", "area (from the total)"), 2
            )
        per_ha = None
    else:
        hay = _hay(sheet, given, sets, at)
        per_ha = _edible(sheet, given, sets, hay, at)
        assert area is not None
        edible = sheet.step("P", "product", [area, per_ha], "kg", Text("可食干草总量", "edible hay in all"), 0)
    rate = _utilization(sheet, given, sets, end, at)
    quality = _hay_coefficient(sheet, given, sets, at)
    standard = sheet.step("P_s", "product", [edible, quality], "kg", Text("折标准干草", "as standard hay"), 1)
    usable = sheet.step("F", "share", [standard, rate], "kg", Text("可利用标准干草", "usable standard hay"), 1)
    usable_per_ha = None
    if per_ha is not None:
        label = Text("每公顷可利用标准干草", "usable standard hay of a hectare")
        good = sheet.step("Y_s", "product", [per_ha, quality], "kg/ha", Text("折标准干草", "as standard hay"))
        usable_per_ha = sheet.step("F_ha", "share", [good, rate], "kg/ha", label, 2)
    results = {"usable_kg": usable, "forage_kg": edible, "area_ha": area, "per_ha_kg": usable_per_ha}
    tell(sheet, usable, given, "season", "grassland_class", "hay_group", "values_source")
    if given.grazed_kg is not None:
        grazed = sheet.entry("g", given, "grazed_kg")
        label = Text("实际利用率", "actual utilization")
        results["actual_utilization_percent"] = sheet.step("U", "percentage", [grazed, edible], "%", label)
    title = Text(
        f"{given.name}({word_of('season_of_use', given.season).zh})",
        f"{given.name} ({word_of('season_of_use', given.season).en})",
    )
    formula = "F = A × Y × E × H" if given.forage_kg is None else "F = P × E × H"
    sheet.conclude(title, formula, RULE, **results)
    return PastureNodes(usable, edible, area, usable_per_ha)


def _area(sheet: Sheet, given: Pasture) -> Node | None:
    if given.area_ha is not None:
        return sheet.entry("A", given, "area_ha")
    if given.area_mu is None:
        return None
    area_mu = sheet.entry("A_mu", given, "area_mu")
    fifteen = sheet.mu_of_hectare("mu_ha")
    return sheet.step("A", "quotient", [area_mu, fifteen], "ha", Text("面积", "area"), 4)


def _hay(sheet: Sheet, given: Pasture, sets: ChosenSets, at: str) -> Node:
    """F1: hay of 14 % moisture, kg/ha."""
    origin = origin_of(given.yield_reference or given.reference)
    label = Text("干草产量(含水 14%)", "hay yield (14 % moisture)")
    if given.fresh_kg_per_ha is not None:
        fresh = sheet.entry("Y_m", given, "fresh_kg_per_ha", origin=origin)
        ratio = _typed_or_set(
            sheet,
            "r",
            given.fresh_per_hay,
            given,
            sets.fresh_hay_ratio,
            "fresh_per_hay",
            Text("鲜干比", "fresh to hay"),
            at,
        )
        if ratio is None:
            name = Text("鲜干比", "Fresh to hay")
            raise CalculationProblem.REQUIRED.error(f"{at}/fresh_per_hay", label=name, name="fresh_per_hay")
        return sheet.step("Y_h", "quotient", [fresh, ratio], "kg/ha", label)
    if given.npp_g_c_per_m2 is not None:
        return _from_npp(sheet, given, sets, at)
    assert given.hay_kg_per_ha is not None
    if given.hay_moisture_percent is None:
        hay = sheet.entry("Y_h", given, "hay_kg_per_ha", label, origin=origin)
        if given.yield_reference.startswith("figure:"):
            return hay  # worked out as hay of 14 %; its own explanation says how
        sheet.chosen(hay, _MOISTURE, Text("14 %，标准干草", "14 %, standard hay"), DEFAULT)
        return hay
    weighed = sheet.entry(
        "Y_w", given, "hay_kg_per_ha", Text("干草产量(称重时)", "hay yield as weighed"), origin=origin
    )
    return to_standard_moisture(sheet, "Y_h", weighed, given.hay_moisture_percent, "kg/ha", label, origin)


def to_standard_moisture(
    sheet: Sheet, symbol: str, weighed: Node, moisture_percent: Decimal, unit: str, label: Text, origin: Origin
) -> Node:
    """Bring hay of a moisture to 14 %: × (1 − m) / 0.86. ``origin`` is that of the moisture."""
    moisture = sheet.given(f"{symbol}_m", moisture_percent, "%", _MOISTURE, origin, 1)
    standard = Origin(OriginKind.CONSTANT, "", "NY/T 635", "14 % moisture", "NY/T 635-2015 as quoted", "C")
    ratio = sheet.given(
        f"{symbol}_d", HAY_MOISTURE, "", Text("标准干草干物质比例", "dry matter of standard hay"), standard
    )
    rest = sheet.step(f"{symbol}_r", "complement", [moisture], "%", Text("干物质比例", "dry matter"), 1)
    mass = sheet.step(f"{symbol}_q", "share", [weighed, rest], unit, Text("干物质", "dry matter"))
    return sheet.step(symbol, "quotient", [mass, ratio], unit, label)


def _from_npp(sheet: Sheet, given: Pasture, sets: ChosenSets, at: str) -> Node:
    """NPP route: above-ground mass = NPP / (0.45 × (1 + s)), × 10 gives kg/ha. Source: Qu et al. 2021 (B)."""
    assert given.npp_g_c_per_m2 is not None
    npp = sheet.entry("NPP", given, "npp_g_c_per_m2", origin=origin_of(given.yield_reference or given.reference))
    if sets.npp_ratio is None:
        label = Text("地下/地上比系数集", "Set of root ratios for NPP")
        raise CalculationProblem.NO_EDITION.error(f"{at}/npp_g_c_per_m2", label=label, value="", known="calc --sets")
    ratio = sheet.coefficient("s", sets.npp_ratio.find(given.grassland_class, at=at))
    study = Origin(OriginKind.CONSTANT, "", "Qu et al. 2021", "", "ChinaXiv:202102.00068V1", "B")
    carbon = sheet.given("cf", CARBON_OF_NPP, "", Text("含碳率", "carbon fraction"), study)
    one = sheet.given("u", ONE, "", Text("地上部", "above ground"), ARITHMETIC, 0)
    ten = sheet.given("t", Decimal(KG_PER_HA_PER_G_PER_M2), "", Text("g/m² 换算 kg/ha", "g/m² to kg/ha"), ARITHMETIC, 0)
    both = sheet.step("s_1", "sum", [one, ratio], "", Text("全部对地上", "whole to above ground"))
    by = sheet.step("s_c", "product", [carbon, both], "", Text("除数", "divisor"), 4)
    density = sheet.step("A_d", "quotient", [npp, by], "g/m2", Text("牧草密度", "forage density"))
    return sheet.step("Y_h", "product", [density, ten], "kg/ha", Text("干草产量", "hay yield"))


def _edible(sheet: Sheet, given: Pasture, sets: ChosenSets, hay: Node, at: str) -> Node:
    """F2: edible annual yield, Y = Yh × e × (1 + G)."""
    origin = origin_of(given.edible_reference or given.reference)
    if given.edible_percent is None:
        label, origin = Text("可食比例", "edible share"), DEFAULT
        sheet.warn(CalculationProblem.STANDS_IN.at("", label=label, value="100 %"))
    edible = sheet.given(
        "e",
        HUNDRED if given.edible_percent is None else given.edible_percent,
        "%",
        Text("可食比例", "edible share"),
        origin,
        1,
    )
    regrowth = _typed_or_set(
        sheet,
        "G",
        given.regrowth_percent,
        given,
        sets.regrowth,
        "regrowth_percent",
        Text("再生率", "regrowth"),
        at,
        unit="%",
    )
    if regrowth is None:
        sheet.warn(CalculationProblem.STANDS_IN.at("", label=Text("再生率", "regrowth"), value="0 %"))
        regrowth = sheet.given("G", ZERO, "%", Text("再生率(未查到，按 0)", "regrowth (not found, 0)"), DEFAULT, 0)
    grown = sheet.step("G_1", "grown", [regrowth], "%", Text("含再生", "with regrowth"), 1)
    return sheet.step("Y", "share", [hay, edible, grown], "kg/ha", Text("可食产量", "edible yield"))


def _utilization(sheet: Sheet, given: Pasture, sets: ChosenSets, end: str, at: str) -> Node:
    label = Text("利用率", "utilization")
    if given.utilization_percent is not None:
        rate = _typed(sheet, "E_t", given.utilization_percent, "%", label, given)
    elif sets.utilization is not None:
        season = TABLE_SEASON.get(given.season, given.season)
        row = sets.utilization.find(given.grassland_class, season, at=f"{at}/grassland_class")
        rate = sheet.coefficient("E_t", row, row.end(end == "upper", at))
        sheet.chosen(rate, Text("利用率取值", "end of the range"), word_of("range_end", end), SETTING)
    else:
        raise CalculationProblem.REQUIRED.error(f"{at}/utilization_percent", label=label, name="utilization_percent")
    if given.degradation == "none":
        grazed = sheet.step("E", "value", [rate], "%", label, 1)
        tell(sheet, grazed, given, "degradation")
        return grazed
    if sets.degraded is None:
        name = Text("退化折减系数集", "Set for degraded grassland")
        raise CalculationProblem.NO_EDITION.error(f"{at}/degradation", label=name, value="", known="calc --sets")
    part = sheet.coefficient("d", sets.degraded.find(given.degradation, at=at))
    grazed = sheet.step("E", "share", [rate, part], "%", Text("退化后利用率", "rate after degradation"), 1)
    tell(sheet, grazed, given, "degradation")
    return grazed


def _hay_coefficient(sheet: Sheet, given: Pasture, sets: ChosenSets, at: str) -> Node:
    label = Text("标准干草系数", "standard-hay coefficient")
    if given.hay_coefficient is not None:
        return _typed(sheet, "H", given.hay_coefficient, "", label, given)
    if sets.hay_coefficient is not None:
        known = sets.hay_coefficient
        every = known.by_key.get(("*",))
        key = given.hay_group or given.grassland_class
        return sheet.coefficient("H", every if every is not None else known.find(key, at=f"{at}/grassland_class"))
    sheet.warn(CalculationProblem.STANDS_IN.at("", label=label, value="1.00"))
    return sheet.given(
        "H", ONE, "", Text("标准干草系数(未查到，按 1.00)", "standard-hay coefficient (not found, 1.00)"), DEFAULT
    )


def _typed(sheet: Sheet, symbol: str, value: Decimal, unit: str, label: Text, given: Pasture) -> Node:
    origin = origin_of(given.reference)
    return sheet.given(symbol, value, unit, label, Origin(origin.kind, origin.reference, source=given.values_source))


def _typed_or_set(
    sheet: Sheet,
    symbol: str,
    typed: Decimal | None,
    given: Pasture,
    known: CoefficientSet | None,
    name: str,
    label: Text,
    at: str,
    unit: str = "",
) -> Node | None:
    if typed is not None:
        return _typed(sheet, symbol, typed, unit, label, given)
    if known is None:
        return None
    return sheet.coefficient(symbol, known.find(given.grassland_class, at=f"{at}/{name}"), at=at)
