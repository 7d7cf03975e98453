"""First ledger of carbon: the stock, area × density, by stratum and pool (IPCC 2006; carbon_factors.csv; K16, K17).

A stock is not a flow: nothing here is a yearly figure, and a default density is not a local measurement.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.capacity import check_total
from station_app.domain.calc.carbon_samples import (
    AreaOf,
    BiomassSample,
    Layer,
    SoilProfile,
    area_of,
    biomass_mean,
    depth_of,
    in_order,
    profile_mean,
    soil_density,
)
from station_app.domain.calc.coefficients import CARBON_FRACTION, ROOT_RATIO, CoefficientSet, Standards
from station_app.domain.calc.explanation import (
    COMPUTED,
    TYPED,
    Node,
    Origin,
    Result,
    Rule,
    Sheet,
    calculate,
    origin_of,
)
from station_app.domain.calc.inputs import no_repeats, reference, require, required
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import not_used, tell
from station_app.domain.calc.uncertainty import Spread, Term, propagate
from station_app.domain.codes import word_of
from station_app.domain.fields import described
from station_app.domain.problems import Problem
from station_app.domain.text import Text

RULE = Rule("", "stock = area × density; K16, K17", "IPCC 2006; carbon_factors.csv; survey_rules K16 (S37)", "A")


@described
class Pool:
    """Carbon of one pool, told in one way: a density, a stock, a dry biomass, soil layers, or samples to be averaged."""

    pool: str = f.code("碳库", "Pool", "carbon_pool")
    density_t_c_per_ha: Decimal | None = f.number("碳密度", "Carbon density", "t C/ha", minimum=0, places=4)
    stock_t_c: Decimal | None = f.number("碳储量", "Carbon stock", "t C", minimum=0, places=1)
    biomass_t_per_ha: Decimal | None = f.number(
        "生物量(烘干)",
        "Biomass (oven-dry)",
        "t/ha",
        minimum=0,
        help=("风干重须先换算。", "Convert air-dry first."),
        places=4,
    )
    by_root_ratio: bool = f.flag("由地上按地下/地上比推算", "From above-ground by the root ratio", default=False)
    layers: tuple[Layer, ...] = f.lines("土层", "Layers", Layer)
    samples: tuple[BiomassSample, ...] = f.lines("样地生物量", "Biomass of plots", BiomassSample)
    profiles: tuple[SoilProfile, ...] = f.lines("土壤剖面", "Soil profiles", SoilProfile)
    depth_cm: str = f.text(
        "深度", "Depth", default="", help=("土壤密度的深度，如 0-100。", "Of a soil density: 0-100.")
    )
    uncertainty_percent: Decimal | None = f.number(
        "不确定性(95% 半宽)", "Uncertainty (95 % half-width)", "%", minimum=0, maximum=1000, places=1
    )
    shared: str = f.text(
        "同一来源",
        "Shared source",
        default="",
        help=(
            "取自同一批样品的各层写同一名称，偏差一起变动。",
            "Strata told by the same samples share a name and move together.",
        ),
    )
    source: str = f.text("出处", "Source", default="")
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """One way; layers in order without overlap; a soil density says its depth."""
        ways = [self.density_t_c_per_ha, self.stock_t_c, self.biomass_t_per_ha]
        lists = [self.layers, self.samples, self.profiles]
        given = sum(way is not None for way in ways) + sum(bool(each) for each in lists) + self.by_root_ratio
        if given != 1:
            first, second = (
                Text("碳密度", "Carbon density"),
                Text("储量、生物量、土层、样品或根冠比", "stock, biomass, layers, samples or ratio"),
            )
            return [CalculationProblem.ONE_OF.at(f"{at}/density_t_c_per_ha", first=first, second=second)]
        found = in_order(self.layers, at)
        depths = list(dict.fromkeys(depth_of(each.layers) for each in self.profiles))
        if len(depths) > 1:
            found.append(CalculationProblem.DEPTHS_DIFFER.at(f"{at}/profiles", first=depths[0], second=depths[1]))
        if self.layers or self.profiles:
            if self.depth_cm and self.depth_cm != self.depth:
                found.append(
                    CalculationProblem.DEPTHS_DIFFER.at(f"{at}/depth_cm", first=self.depth_cm, second=self.depth)
                )
        elif self.pool != "soil":
            found += not_used(self, at, Text("只有土壤碳分深度", "only soil has a depth"), "depth_cm")
        if self.pool == "soil" and not self.depth:
            found += required(self, at, "depth_cm")
        return found

    @property
    def depth(self) -> str:
        """The depth of a soil pool, for example ``0-30``."""
        layers = self.layers or (self.profiles[0].layers if self.profiles else ())
        return depth_of(layers) if layers else self.depth_cm


@described
class StockStratum:
    """An area of one kind and the carbon in its pools."""

    name: str = f.text("名称", "Name")
    grassland_class: str = f.text("草地类", "Grassland class", default="")
    area_ha: Decimal | None = f.number("面积", "Area", "ha", above=0, missing=CalculationProblem.NO_AREA, places=4)
    parcels: tuple[AreaOf, ...] = f.lines("地块", "Parcels", AreaOf)
    pools: tuple[Pool, ...] = f.lines("碳库", "Pools", Pool, required=True)
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Each pool once; one area wherever something is told by the hectare."""
        found = no_repeats([pool.pool for pool in self.pools], f"{at}/pools")
        if self.area_ha is not None and self.parcels:
            labels = Text("面积", "Area"), Text("地块", "Parcels")
            found.append(CalculationProblem.ONE_OF.at(f"{at}/area_ha", first=labels[0], second=labels[1]))
        if self.area_ha is None and not self.parcels and any(pool.stock_t_c is None for pool in self.pools):
            found += required(self, at, "area_ha")
        return found


@described
class StockInput:
    """Strata and, where biomass or root ratios are used, the sets to convert them."""

    carbon_fraction_set: str | None = f.coefficient_set("含碳率", "Carbon fractions", CARBON_FRACTION)
    root_ratio_set: str | None = f.coefficient_set("地下/地上比", "Root ratios", ROOT_RATIO)
    strata: tuple[StockStratum, ...] = f.lines("各层", "Strata", StockStratum, required=True)
    printed_total_t_c: Decimal | None = f.number("印出的合计", "Printed total", "t C")
    printed_unit_t_c: Decimal | None = f.number("印出的合计取到", "Last place of the printed total", "t C", above=0)

    def rules(self, at: str) -> list[Problem]:
        """Each stratum once; soils of one depth."""
        found: list[Problem] = []
        if self.printed_total_t_c is None:
            found += not_used(self, at, Text("没有印出的合计", "there is no printed total"), "printed_unit_t_c")
        found += no_repeats([each.name for each in self.strata], f"{at}/strata")
        depths = list(dict.fromkeys(pool.depth for each in self.strata for pool in each.pools if pool.pool == "soil"))
        if len(depths) > 1:
            found.append(CalculationProblem.DEPTHS_DIFFER.at(f"{at}/strata", first=depths[0], second=depths[1]))
        return found


@described
class PoolStock:
    """One pool over all strata."""

    pool: str = f.code("碳库", "Pool", "carbon_pool")
    t_c: Decimal = f.number("储量", "Stock", "t C", places=1)


@described
class StratumCarbon:
    """One stratum over all its pools."""

    name: str = f.text("名称", "Name")
    area_ha: Decimal | None = f.number("面积", "Area", "ha", places=4)
    t_c: Decimal = f.number("储量", "Stock", "t C", places=1)
    t_c_per_ha: Decimal | None = f.number("密度", "Density", "t C/ha", places=4)


@described
class StockOutcome:
    """The stock; never to be added to a yearly change."""

    total_t_c: Decimal = f.number("碳储量合计", "Carbon stock in all", "t C", places=1)
    low_t_c: Decimal | None = f.number("下限", "Lower end", "t C", places=1)
    high_t_c: Decimal | None = f.number("上限", "Upper end", "t C", places=1)
    uncertainty_percent: Decimal | None = f.number("不确定性", "Uncertainty", "%", places=1)
    area_ha: Decimal | None = f.number("面积合计", "Area in all", "ha", places=4)
    mean_t_c_per_ha: Decimal | None = f.number("按面积加权的密度", "Density weighted by area", "t C/ha", places=4)
    soil_per_vegetation: Decimal | None = f.number("土壤对植被", "Soil to vegetation", "", places=1)
    below_per_above: Decimal | None = f.number("地下对地上", "Below to above ground", "", places=2)
    depth_cm: str = f.text("土壤深度", "Depth of the soil", default="")
    pools: tuple[PoolStock, ...] = f.lines("分碳库", "By pool", PoolStock)
    strata: tuple[StratumCarbon, ...] = f.lines("分层", "By stratum", StratumCarbon)


def carbon_stock(given: StockInput, standards: Standards, *, trusted: bool = False) -> Result[StockOutcome]:
    """Return the carbon stock of strata; densities over regions are weighted by area, never averaged plainly.

    Args:
        trusted: Made by the program from records that were checked: not checked again, and its means keep all digits.

    Rounding: none.

    Raises:
        UserError: CALC-025 soils of different depth, CALC-001 no area, CALC-042 a pool told in two ways …
    """
    if not trusted:
        require(given)
    fractions = ratios = None
    if given.carbon_fraction_set is not None:
        fractions = standards.named(given, "carbon_fraction_set")
    if given.root_ratio_set is not None:
        ratios = standards.named(given, "root_ratio_set")
    return calculate(lambda sheet: _stock(sheet, given, fractions, ratios))


def _stock(
    sheet: Sheet, given: StockInput, fractions: CoefficientSet | None, ratios: CoefficientSet | None
) -> StockOutcome:
    by_pool: dict[str, list[Node]] = {}
    totals: list[Node] = []
    areas: list[Node] = []
    terms: list[Term] = []
    spreads: dict[str, Spread] = {}
    rows: list[StratumCarbon] = []
    for place, each in enumerate(given.strata, 1):
        part = sheet.part()
        at = f"/strata/{place - 1}"
        area = None
        if each.area_ha is not None:
            area = part.entry("A", each, "area_ha")
        elif each.parcels:
            area = area_of(part, each.parcels)
        made = _pools(part, each, area, fractions, ratios, at)
        stocks = made.stocks
        counted = _counted(stocks)
        total = part.step("C", "sum", list(counted.values()), "t C", Text("储量", "stock"), 1)
        density = None
        if area is not None:
            density = part.step("c", "quotient", [total, area], "t C/ha", Text("密度", "density"), 4)
        tell(part, total, each, "grassland_class", "reference")
        for told_pool in each.pools:
            if told_pool.pool in stocks:
                names = ("by_root_ratio", "depth_cm", "shared", "source", "uncertainty_percent")
                tell(part, stocks[told_pool.pool], told_pool, *names)
        part.conclude(Text(each.name, each.name), "C = Σ A × density", RULE, total_t_c=total, t_c_per_ha=density)
        bring = sheet.attach(f"stratum{place}", part)
        for pool, node in stocks.items():
            by_pool.setdefault(pool, []).append(bring(node))
        told = {each_pool.pool: each_pool for each_pool in each.pools}
        keys = {
            pool: f"{told[pool].pool}:{told[pool].shared}" if told[pool].shared else f"{place}/{pool}" for pool in told
        }
        for pool, node in counted.items():
            key = keys.get(pool, f"{place}/{pool}")
            if key not in spreads:
                spread = _spread(sheet, key, each, pool, told.get(pool), made.halves, bring)
                if spread is not None:
                    spreads[key] = spread
            # Roots told from the shoots move with them.
            by_ratio = pool in told and told[pool].by_root_ratio
            terms.append(Term(bring(node), (key, keys["above"]) if by_ratio else (key,)))
        totals.append(bring(total))
        if area is not None:
            areas.append(bring(area))
        rows.append(
            StratumCarbon(
                name=each.name,
                area_ha=area.value if area is not None else None,
                t_c=total.value,
                t_c_per_ha=density.value if density is not None else None,
            )
        )
    total = sheet.step("C", "sum", totals, "t C", Text("碳储量合计", "carbon stock in all"), 1)
    results: dict[str, Node] = {"total_t_c": total}
    if len(areas) == len(given.strata):
        area = sheet.step("A", "sum", areas, "ha", Text("面积合计", "area in all"), 4)
        label = Text("按面积加权的密度", "density weighted by area")
        results |= {"area_ha": area, "mean_t_c_per_ha": sheet.step("c", "quotient", [total, area], "t C/ha", label, 4)}
    pools = {
        pool: sheet.step(f"C_{pool}", "sum", nodes, "t C", word_of("carbon_pool", pool), 1)
        for pool, nodes in by_pool.items()
    }
    _ratios(sheet, pools, results)
    # Measured on one spot only, nothing is known of how far a pool may lie off: a range of the rest would mislead.
    unknown = any(each.code == CalculationProblem.NO_RANGE.code for each in sheet.problems)
    ends = None if unknown else propagate(sheet, "U_", total, terms, spreads.values(), "t C", 1)
    if ends is not None:
        results |= {"low_t_c": ends.low, "high_t_c": ends.high}
        if ends.half_width_percent is not None:
            results["uncertainty_percent"] = ends.half_width_percent
    place_of = "/printed_total_t_c"
    check_total(
        sheet,
        "碳储量合计",
        "carbon stock in all",
        given.printed_total_t_c,
        total,
        "t C",
        place_of,
        given.printed_unit_t_c,
    )
    tell(sheet, total, given, "carbon_fraction_set", "root_ratio_set")
    tell(sheet, total, given, "printed_unit_t_c", origin=TYPED)
    sheet.conclude(Text("碳储量", "Carbon stock"), "C = Σ A × density", RULE, **results)
    depths = {pool.depth for each in given.strata for pool in each.pools if pool.pool == "soil"}
    values = {name: node.value for name, node in results.items()}
    return StockOutcome(
        **values,
        depth_cm=" ".join(depths),
        pools=tuple(PoolStock(pool=pool, t_c=node.value) for pool, node in pools.items()),
        strata=tuple(rows),
    )


def _spread(
    sheet: Sheet,
    key: str,
    each: StockStratum,
    pool: str,
    told: Pool | None,
    halves: dict[str, Node],
    bring: Callable[[Node], Node],
) -> Spread | None:
    """How far a pool of a stratum may lie off: as told, or as its samples lie apart."""
    if told is None:
        return None
    name = Text(f"{each.name} {word_of('carbon_pool', pool).zh}", f"{each.name}, {word_of('carbon_pool', pool).en}")
    if told.uncertainty_percent is not None:
        kind = origin_of(told.reference).kind
        origin = Origin(kind, told.reference, source=told.source)
        half = told.uncertainty_percent
        return Spread(key, name, half, half, origin) if half else None
    worked_out = halves.get(pool)
    if worked_out is not None:
        if not worked_out.value:
            return None
        half = worked_out.value
        return Spread(key, name, half, half, COMPUTED, bring(worked_out))
    if told.samples or told.profiles or told.shared:
        sheet.warn(CalculationProblem.NO_RANGE.at("", name=name))
    else:
        sheet.warn(CalculationProblem.NO_UNCERTAINTY.at("", coefficient=word_of("carbon_pool", pool)))
    return None


@dataclass(frozen=True, slots=True)
class _Pools:
    """Stocks of a stratum by pool, and the half-widths in percent that its samples gave."""

    stocks: dict[str, Node]
    halves: dict[str, Node]


def _pools(
    part: Sheet,
    each: StockStratum,
    area: Node | None,
    fractions: CoefficientSet | None,
    ratios: CoefficientSet | None,
    at: str,
) -> _Pools:
    """The stock of every pool of a stratum; below ground may follow from above ground or from the vegetation."""
    stocks: dict[str, Node] = {}
    halves: dict[str, Node] = {}
    above_mass: Node | None = None
    for place, pool in enumerate(each.pools):
        where = f"{at}/pools/{place}"
        name = word_of("carbon_pool", pool.pool)
        symbol = pool.pool[0]
        if pool.stock_t_c is not None:
            stocks[pool.pool] = part.entry(f"C_{symbol}", pool, "stock_t_c", name)
            continue
        assert area is not None
        if pool.density_t_c_per_ha is not None:
            density = part.entry(f"c_{symbol}", pool, "density_t_c_per_ha", name)
        elif pool.layers:
            density = soil_density(part, pool.layers)
        elif pool.profiles:
            found = profile_mean(part, pool.profiles)
            density = found.mean
            if found.half_percent is not None:
                halves[pool.pool] = found.half_percent
        else:
            if pool.by_root_ratio:
                mass = _below(part, each, pool, above_mass, ratios, where)
            elif pool.samples:
                found = biomass_mean(part, pool.samples, where)
                mass = found.mean
                if found.half_percent is not None:
                    halves[pool.pool] = found.half_percent
            else:
                assert pool.biomass_t_per_ha is not None
                mass = part.entry(f"b_{symbol}", pool, "biomass_t_per_ha", name)
            if pool.pool == "above":
                above_mass = mass
            if fractions is None:
                label = Text("含碳率", "Carbon fractions")
                raise CalculationProblem.NO_EDITION.error(where, label=label, value="", known="calc --sets")
            fraction = part.coefficient(f"f_{symbol}", fractions.find(pool.pool, at=where))
            density = part.step(f"c_{symbol}", "product", [mass, fraction], "t C/ha", name, 4)
        stocks[pool.pool] = part.step(f"C_{symbol}", "product", [area, density], "t C", name, 1)
    if "vegetation" in stocks and "above" in stocks and "below" not in stocks:
        label = Text("地下(植被减地上)", "below ground (vegetation less above)")
        nodes = [stocks["vegetation"], stocks["above"]]
        stocks["below"] = part.step("C_b", "difference", nodes, "t C", label, 1)
    return _Pools(stocks, halves)


def _below(
    part: Sheet, each: StockStratum, pool: Pool, above: Node | None, ratios: CoefficientSet | None, at: str
) -> Node:
    """Below-ground biomass from above-ground by the root ratio of the class (C: check before use)."""
    if above is None or pool.pool != "below":
        label = word_of("carbon_pool", "above")
        raise CalculationProblem.REQUIRED.error(at, label=label, name="above")
    if ratios is None:
        label = Text("地下/地上比", "Root ratios")
        raise CalculationProblem.NO_EDITION.error(at, label=label, value="", known="calc --sets")
    ratio = part.coefficient("R", ratios.find(each.grassland_class, at=at))
    return part.step("b_b", "product", [above, ratio], "t/ha", word_of("carbon_pool", "below"), 4)


def _counted(stocks: dict[str, Node]) -> dict[str, Node]:
    """The pools that add up: vegetation holds above and below, so these are not counted beside it."""
    if "vegetation" not in stocks:
        return stocks
    return {pool: node for pool, node in stocks.items() if pool not in ("above", "below")}


def _ratios(sheet: Sheet, pools: dict[str, Node], results: dict[str, Node]) -> None:
    if "above" in pools and "below" in pools and pools["above"].value:
        label = Text("地下对地上", "below to above ground")
        results["below_per_above"] = sheet.step("r_ba", "quotient", [pools["below"], pools["above"]], "", label)
    living = [pools[name] for name in ("above", "below") if name in pools]
    vegetation = pools.get("vegetation")
    if vegetation is None and living:
        vegetation = sheet.step("C_av", "sum", living, "t C", word_of("carbon_pool", "vegetation"), 1)
    if "soil" in pools and vegetation is not None and vegetation.value:
        label = Text("土壤对植被", "soil to vegetation")
        results["soil_per_vegetation"] = sheet.step("r_sv", "quotient", [pools["soil"], vegetation], "", label, 1)
