"""From quadrats to the plot: yield, dry ratio, shrubs, total yield and cover (survey_rules K1–K8, K10), composite cover (K9).

A plot whose dry weights are still missing is not an error: it waits, and what can be known already is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from station_app.domain.calc.explanation import ARITHMETIC, Node, Result, Rule, Sheet, calculate, origin_of
from station_app.domain.calc.inputs import require
from station_app.domain.calc.numbers import HUNDRED, PI
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.survey_inputs import ClassCover, Clumps, Quadrat, Ratio, SurveyInput, SurveyOutcome
from station_app.domain.calc.told import SETTING, tell
from station_app.domain.codes import word_of
from station_app.domain.fields import described_field
from station_app.domain.text import Text
from station_app.domain.units import KG_PER_HA_PER_G_PER_M2

RULE = Rule("survey rules: 样地样方表", "K1–K6, K10", "survey_rules.csv: S02, S04", "A")
COVER_RULE = Rule("survey rules: 草原综合植被盖度", "K9", "survey_rules.csv: S07", "A")
_TITLE = Text("样地产草量", "Yield of a plot")


def survey_yield(given: SurveyInput) -> Result[SurveyOutcome]:
    """Return yield and cover of a plot, composite cover of classes, ratios of weighings: whatever the input allows.

    Rounding: none.

    Raises:
        UserError: CALC-005 dry heavier than fresh, CALC-006 shrubs cover more than everything, CALC-033 …
    """
    require(given)
    return calculate(lambda sheet: survey_nodes(sheet, given)[1])


def survey_nodes(sheet: Sheet, given: SurveyInput) -> tuple[dict[str, Node | None], SurveyOutcome]:
    """Put a plot's yield on a sheet and conclude it; return the results as nodes and as the outcome."""
    ten = Decimal(KG_PER_HA_PER_G_PER_M2)
    label = Text("g/m² 换算 kg/ha", "g/m² to kg/ha")
    nodes: dict[str, Node | None] = {}
    facts: dict[str, object] = {}
    units = _Units(
        sheet.given("t", ten, "", label, ARITHMETIC, 0),
        sheet.mu_of_hectare(),
    )
    if given.quadrats:
        facts |= _herbs(sheet, given, units, nodes)
    for name, symbol, value, unit in (
        ("fresh_kg_per_ha", "Y_f", given.herb_kg_per_ha, "kg/ha"),
        ("hay_kg_per_ha", "Y_d", given.herb_hay_kg_per_ha, "kg/ha"),
        ("cover_percent", "C_h", given.herb_cover_percent, "%"),
    ):
        if value is not None:
            nodes[name] = sheet.given(
                symbol, value, unit, described_field(SurveyOutcome, name).label, places=1 if unit == "%" else 2
            )
    if given.has_shrubs and not given.shrubs:
        sheet.warn(CalculationProblem.WAITING_FOR_SHRUBS.at("/shrubs"))
    if given.shrubs:
        _shrubs(sheet, given, units, nodes)
    if given.line:
        name = "line_g_per_m2" if given.line[0].grass == "fresh" else "line_hay_g_per_m2"
        nodes[name] = _line(sheet, given, described_field(SurveyOutcome, name).label)
    if given.classes:
        nodes["composite_cover_percent"] = composite_cover(sheet, given.classes)
    ratios = _weighings(sheet, given, units)
    rule = COVER_RULE if given.classes and not given.quadrats else RULE
    title = Text(f"{_TITLE.zh} {given.name}".strip(), f"{_TITLE.en} {given.name}".strip())
    shown = next((node for node in nodes.values() if node is not None), units.ten)
    tell(sheet, shown, given, "unequal_areas", "total_cover", "has_shrubs")
    told = Text(f"{given.quadrats_per_plot}", f"{given.quadrats_per_plot}")
    sheet.chosen(shown, described_field(SurveyInput, "quadrats_per_plot").label, told, SETTING)
    sheet.conclude(title, _formula(given, rule), rule, **nodes)
    values = {name: node.value if node is not None else None for name, node in nodes.items()}
    return nodes, SurveyOutcome(**values, **facts, weighings=ratios)  # type: ignore[arg-type]


def _formula(given: SurveyInput, rule: Rule) -> str:
    if rule is COVER_RULE:
        return "G = Σ(G_k × A_k) / Σ A_k"
    if given.shrubs:
        return "Y = Y_h × (100 − S) / 100 + Y_s"
    if given.quadrats:
        return "Y = 10 × Σ f / Σ a" if given.unequal_areas == "area_weighted" else "Y = 10 × Σ (f_i / a_i) / n"
    return "y = Σ L_i × q_i / L" if given.line else ""


@dataclass(frozen=True, slots=True)
class _Units:
    ten: Node
    fifteen: Node


def _herbs(sheet: Sheet, given: SurveyInput, units: _Units, nodes: dict[str, Node | None]) -> dict[str, object]:
    """K1, K2, K3, K10: yield per hectare and mu, dry ratio, means of cover and height."""
    quadrats = given.quadrats
    if len(quadrats) < given.quadrats_per_plot:
        sheet.warn(CalculationProblem.FEW_QUADRATS.at("/quadrats", count=len(quadrats)))
    waiting = [each for each in quadrats if each.dry_g is None]
    state = "complete" if not waiting else ("fresh" if len(waiting) == len(quadrats) else "waiting")
    shrubs_known = bool(given.shrubs) and all(each.dry_mass_g is not None for each in given.shrubs)
    if state == "complete" and (given.has_shrubs or given.shrubs) and not shrubs_known:
        state = "waiting"  # the shrubs belong to the plot
    if waiting:
        facts = {"count": len(waiting), "all": len(quadrats)}
        sheet.warn(CalculationProblem.WAITING_FOR_DRY.at("/quadrats", **facts))
    methods = {each.drying_method for each in quadrats if each.dry_g is not None and each.drying_method}
    if len(methods) > 1:
        raise CalculationProblem.DRYING_MIXED.error(
            "/quadrats", methods=" / ".join(word_of("drying_method", m).zh for m in sorted(methods))
        )
    areas = [
        sheet.entry(f"a{n}", each, "area_m2", _named("样方面积", "area", each, n)) for n, each in enumerate(quadrats, 1)
    ]
    fresh = [
        sheet.entry(f"f{n}", each, "fresh_g", _named("鲜重", "fresh", each, n)) for n, each in enumerate(quadrats, 1)
    ]
    for each, node in zip(quadrats, fresh, strict=True):
        tell(sheet, node, each, "drying_method")
    nodes["fresh_kg_per_ha"] = _per_ha(sheet, given, "f", fresh, areas, units, Text("草本鲜草", "herbs, fresh"))
    nodes["fresh_kg_per_mu"] = _per_mu(sheet, "Y_fm", nodes["fresh_kg_per_ha"], units, Text("草本鲜草", "herbs, fresh"))
    if not waiting:
        dry = [
            sheet.given(
                f"d{n}", each.dry_g or Decimal(0), "g", _named("干重", "dry", each, n), origin_of(each.reference)
            )
            for n, each in enumerate(quadrats, 1)
        ]
        nodes["hay_kg_per_ha"] = _per_ha(sheet, given, "d", dry, areas, units, Text("草本干草", "herbs, hay"))
        nodes["hay_kg_per_mu"] = _per_mu(sheet, "Y_dm", nodes["hay_kg_per_ha"], units, Text("草本干草", "herbs, hay"))
        all_fresh = sheet.step("f", "sum", fresh, "g", Text("鲜重合计", "fresh in all"))
        all_dry = sheet.step("d", "sum", dry, "g", Text("干重合计", "dry in all"))
        if all_fresh.value:
            nodes["hay_per_fresh"] = sheet.step(
                "r", "quotient", [all_dry, all_fresh], "", Text("干鲜比", "hay to fresh"), 4
            )
        if all_dry.value and all(each.edible_dry_g is not None for each in quadrats):
            edible = [
                sheet.given(
                    f"e{n}",
                    each.edible_dry_g or Decimal(0),
                    "g",
                    _named("可食干重", "edible", each, n),
                    origin_of(each.reference),
                )
                for n, each in enumerate(quadrats, 1)
            ]
            part = sheet.step("e", "sum", edible, "g", Text("可食合计", "edible in all"))
            label = Text("可食比例", "edible share")
            nodes["edible_percent"] = sheet.step("E", "percentage", [part, all_dry], "%", label)
    _say_partly(sheet, given, "edible_dry_g")
    for name, symbol, text in (
        ("cover_percent", "C_h", Text("草本盖度", "herb cover")),
        ("height_cm", "H", Text("高度", "height")),
    ):
        told = [(n, each, getattr(each, name)) for n, each in enumerate(quadrats, 1) if getattr(each, name) is not None]
        if len(told) == len(quadrats):
            unit = "%" if name == "cover_percent" else "cm"
            each_node = [
                sheet.given(
                    f"{symbol}{n}", value, unit, _named(text.zh, text.en, each, n), origin_of(each.reference), 1
                )
                for n, each, value in told
            ]
            nodes[name] = sheet.step(symbol, "mean", each_node, unit, text)
        _say_partly(sheet, given, name)
    sheet.note(word_of("weighing_state", state))
    return {"state": state, "quadrats": len(quadrats), "waiting_quadrats": len(waiting)}


def _say_partly(sheet: Sheet, given: SurveyInput, name: str) -> None:
    """Say that something was told of some quadrats only, of which no mean is made."""
    told = sum(getattr(each, name) is not None for each in given.quadrats)
    if 0 < told < len(given.quadrats):
        label = described_field(Quadrat, name).label
        sheet.warn(CalculationProblem.PARTLY_TOLD.at("/quadrats", label=label, count=told, all=len(given.quadrats)))


def _named(zh: str, en: str, each: Quadrat, place: int) -> Text:
    name = each.name or str(place)
    return Text(f"{zh} {name}", f"{en} {name}")


def _per_ha(
    sheet: Sheet,
    given: SurveyInput,
    symbol: str,
    masses: Sequence[Node],
    areas: Sequence[Node],
    units: _Units,
    label: Text,
) -> Node:
    """K1 and K10. Where areas differ one of two ways is fixed by the input; equal areas give the same by both."""
    if given.unequal_areas == "area_weighted":
        mass = sheet.step(f"g_{symbol}", "sum", masses, "g", Text("重量合计", "mass in all"))
        area = sheet.step(f"A_{symbol}", "sum", areas, "m2", Text("面积合计", "area in all"), 4)
        mean = sheet.step(f"m_{symbol}", "quotient", [mass, area], "g/m2", label)
    else:
        each = [
            sheet.step(f"m_{symbol}{n}", "quotient", [mass, area], "g/m2", label)
            for n, (mass, area) in enumerate(zip(masses, areas, strict=True), 1)
        ]
        mean = sheet.step(f"m_{symbol}", "mean", each, "g/m2", label)
    return sheet.step(f"Y_{symbol}", "product", [mean, units.ten], "kg/ha", label)


def _per_mu(sheet: Sheet, symbol: str, per_ha: Node | None, units: _Units, label: Text) -> Node | None:
    """K2."""
    return None if per_ha is None else sheet.step(symbol, "quotient", [per_ha, units.fifteen], "kg/mu", label)


def _shrubs(sheet: Sheet, given: SurveyInput, units: _Units, nodes: dict[str, Node | None]) -> None:
    """K4 cover of shrubs, K5 their yield, K6 total yield, K7 total cover (inferred, C)."""
    assert given.shrub_area_m2 is not None
    area = sheet.entry("A_q", given, "shrub_area_m2")
    pi = sheet.given("π", PI, "", Text("圆周率", "pi"), ARITHMETIC, 8)
    two = sheet.given("two", Decimal(2), "", Text("直径换半径", "diameter to radius"), ARITHMETIC, 0)
    square = sheet.given("cm2", Decimal(10_000), "cm2/m2", Text("平方厘米换平方米", "cm² of a m²"), ARITHMETIC, 0)
    hundred = sheet.given("c", HUNDRED, "m2", Text("每 100 m²", "per 100 m²"), ARITHMETIC, 0)
    crowns: list[Node] = []
    masses: list[Node] = []
    dry: list[Node] = []
    for place, each in enumerate(given.shrubs, 1):
        name = Text(f"{each.name} {each.size}".strip() or str(place), f"{each.name} {each.size}".strip() or str(place))
        origin = origin_of(each.reference)
        diameter = sheet.entry(f"D{place}", each, "diameter_cm", name)
        other = diameter
        if each.diameter_2_cm is not None:
            other = sheet.entry(f"D'{place}", each, "diameter_2_cm", name)
        count = sheet.entry(f"n{place}", each, "count", name)
        radii = [
            sheet.step(f"R{mark}{place}", "quotient", [node, two], "cm", name)
            for mark, node in (("", diameter), ("'", other))
        ]
        crown = sheet.step(f"K{place}", "product", [count, pi, *radii], "cm2", name)
        crowns.append(sheet.step(f"S{place}", "quotient", [crown, square], "m2", name, 4))
        for kind, value, found in (("w", each.mass_g, masses), ("v", each.dry_mass_g, dry)):
            if value is not None:
                mass = sheet.given(f"{kind}{place}", value, "g", name, origin)
                found.append(sheet.step(f"W{kind}{place}", "product", [mass, count], "g", name))
    covered = sheet.step("S_q", "sum", crowns, "m2", Text("灌木覆盖面积", "area shrubs cover"), 4)
    scaled = sheet.step("S_c", "product", [covered, hundred], "m4", Text("换算到 100 m²", "to 100 m²"), 4)
    shrub = sheet.step("S", "quotient", [scaled, area], "m2/100m2", Text("灌木覆盖面积", "shrub cover"), 4)
    if shrub.value > HUNDRED:
        raise CalculationProblem.SHRUB_AREA.error("/shrubs", value=f"{shrub.value:.4f}")
    nodes["shrub_m2_per_100m2"] = shrub
    rest = sheet.step("S_r", "complement", [shrub], "%", Text("草本所占", "share of the herbs"), 4)
    for mark, found, yield_name, total_name, herb_name in (
        ("w", masses, "shrub_kg_per_ha", "total_kg_per_ha", "fresh_kg_per_ha"),
        ("v", dry, "shrub_hay_kg_per_ha", "total_hay_kg_per_ha", "hay_kg_per_ha"),
    ):
        if len(found) != len(given.shrubs):
            if found:
                label, told = described_field(Clumps, "mass_g" if mark == "w" else "dry_mass_g").label, len(found)
                sheet.warn(CalculationProblem.PARTLY_TOLD.at("/shrubs", label=label, count=told, all=len(given.shrubs)))
            continue
        label = described_field(SurveyOutcome, yield_name).label
        mass = sheet.step(f"W{mark}", "sum", found, "g", Text("灌木重量合计", "shrub mass in all"))
        density = sheet.step(f"y_{mark}", "quotient", [mass, area], "g/m2", label, 4)
        nodes[yield_name] = sheet.step(f"Y_{mark}", "product", [density, units.ten], "kg/ha", label)
        herbs = nodes.get(herb_name)
        shrubs = nodes[yield_name]
        if herbs is not None and shrubs is not None:
            part = sheet.step(f"Y_h{mark}", "share", [herbs, rest], "kg/ha", Text("草本部分", "herbs' part"))
            label = described_field(SurveyOutcome, total_name).label
            nodes[total_name] = sheet.step(f"Y{mark}", "sum", [part, shrubs], "kg/ha", label)
    cover = nodes.get("cover_percent")
    if cover is not None and given.total_cover:
        part = sheet.step("C_p", "share", [cover, rest], "%", Text("草本部分盖度", "herbs' part"), 2)
        nodes["total_cover_percent"] = sheet.step(
            "C", "sum", [part, shrub], "%", Text("总盖度(推断)", "total cover (inferred)")
        )
        sheet.note(Text("总盖度公式是推断(K7，标记 C)", "The formula of total cover is inferred (K7, mark C)"))


def _line(sheet: Sheet, given: SurveyInput, label: Text) -> Node:
    """K8: Σ (length covered / length) × yield at full cover."""
    assert given.line_length_m is not None
    length = sheet.entry("L", given, "line_length_m")
    parts = []
    for place, each in enumerate(given.line, 1):
        name = Text(each.name, each.name)
        covered = sheet.entry(f"L{place}", each, "covered_m", name)
        full = sheet.entry(f"q{place}", each, "yield_g_per_m2", name)
        weighted = sheet.step(f"l{place}", "product", [covered, full], "g/m", name)
        parts.append(sheet.step(f"y{place}", "quotient", [weighted, length], "g/m2", name))
    return sheet.step("y", "sum", parts, "g/m2", label)


def composite_cover(sheet: Sheet, classes: Sequence[ClassCover]) -> Node:
    """K9: Σ(class mean cover × class area) / Σ area."""
    areas, weighted = [], []
    for place, each in enumerate(classes, 1):
        name = Text(each.name, each.name)
        cover = sheet.entry(f"G{place}", each, "mean_cover_percent", name)
        area = sheet.entry(f"A{place}", each, "area_ha", name)
        areas.append(area)
        weighted.append(sheet.step(f"GA{place}", "product", [cover, area], "%·ha", name))
    total = sheet.step("A_k", "sum", areas, "ha", Text("面积合计", "area in all"))
    both = sheet.step("GA", "sum", weighted, "%·ha", Text("加权合计", "weighted sum"))
    return sheet.step("G", "quotient", [both, total], "%", Text("综合植被盖度", "composite cover"))


def _weighings(sheet: Sheet, given: SurveyInput, units: _Units) -> tuple[Ratio, ...]:
    """Ratios of dates or regions: fresh to hay, edible share, share of the highest."""
    if not given.weighings:
        return ()
    fresh = [
        sheet.entry(f"F{n}", each, "fresh", Text(f"{each.name}鲜草", f"{each.name}, fresh"))
        for n, each in enumerate(given.weighings, 1)
    ]
    highest = sheet.step("F_max", "maximum", fresh, "", Text("最高鲜产", "highest fresh yield"))
    rows = []
    for place, (each, weight) in enumerate(zip(given.weighings, fresh, strict=True), 1):
        name = Text(each.name, each.name)
        tell(sheet, weight, each, "plots", "kg_per_mu")
        hay = sheet.entry(f"B{place}", each, "hay", Text(f"{each.name}干草", f"{each.name}, hay"))
        per_hay = sheet.step(
            f"x{place}", "quotient", [weight, hay], "", Text(f"{each.name}鲜干比", f"{each.name}, fresh to hay")
        )
        per_fresh = sheet.step(
            f"r{place}", "quotient", [hay, weight], "", Text(f"{each.name}干鲜比", f"{each.name}, hay to fresh"), 4
        )
        edible = None
        if each.edible_hay is not None:
            part = sheet.entry(f"E{place}", each, "edible_hay", name)
            label = Text(f"{each.name}可食比例", f"{each.name}, edible share")
            edible = sheet.step(f"e%{place}", "percentage", [part, hay], "%", label)
        label = Text(f"{each.name}占最高", f"{each.name}, of the highest")
        of_highest = sheet.step(f"h{place}", "percentage", [weight, highest], "%", label)
        per_ha: list[Node | None] = [None, None]
        if each.kg_per_mu:
            per_ha = [
                sheet.step(f"{mark}{place}", "product", [node, units.fifteen], "kg/ha", name)
                for mark, node in (("Fh", weight), ("Bh", hay))
            ]
        rows.append(
            Ratio(
                name=each.name,
                fresh_per_hay=per_hay.value,
                hay_per_fresh=per_fresh.value,
                edible_percent=edible.value if edible else None,
                fresh_of_highest_percent=of_highest.value,
                fresh_kg_per_ha=per_ha[0].value if per_ha[0] else None,
                hay_kg_per_ha=per_ha[1].value if per_ha[1] else None,
                quadrats=each.plots * given.quadrats_per_plot if each.plots is not None else None,
            )
        )
    return tuple(rows)
