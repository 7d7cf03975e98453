"""From samples to densities of carbon: soil layers to a profile (K16), plots to dry biomass, and the mean of several.

A mean of samples carries the 95 % range of a mean, by Student's t; one sample alone has none, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.explanation import ARITHMETIC, Node, Origin, OriginKind, Rule, Sheet
from station_app.domain.calc.inputs import exactly_one, reference, required
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.survey_inputs import SurveyInput
from station_app.domain.calc.survey_yield import survey_nodes
from station_app.domain.calc.told import tell
from station_app.domain.fields import described
from station_app.domain.problems import Problem
from station_app.domain.text import Text

TEN, KG_OF_TONNE = Decimal(10), Decimal(1000)
RULE = Rule("", "K16: Σ SOC × BD × D × (1 − G) / 10", "carbon_factors.csv; survey_rules K16 (S37)", "A")
BIOMASS_RULE = Rule("", "oven-dry mass of the plot", "carbon_factors.csv", "C")

# Two-sided 95 % quantiles of Student's t by degrees of freedom; between two of them the wider one is used.
_QUANTILES = """
1 12.706, 2 4.303, 3 3.182, 4 2.776, 5 2.571, 6 2.447, 7 2.365, 8 2.306, 9 2.262, 10 2.228, 11 2.201, 12 2.179,
13 2.160, 14 2.145, 15 2.131, 16 2.120, 17 2.110, 18 2.101, 19 2.093, 20 2.086, 21 2.080, 22 2.074, 23 2.069,
24 2.064, 25 2.060, 26 2.056, 27 2.052, 28 2.048, 29 2.045, 30 2.042, 40 2.021, 60 2.000, 120 1.980, 1000 1.962
"""
STUDENT = {int(n): Decimal(t) for n, t in (pair.split() for pair in _QUANTILES.split(","))}


@described
class Layer:
    """One soil layer; layers are summed, never averaged first."""

    top_cm: Decimal = f.number("上界", "Top", "cm", minimum=0, maximum=500, places=1)
    bottom_cm: Decimal = f.number("下界", "Bottom", "cm", above=0, maximum=500, places=1)
    soc_g_per_kg: Decimal = f.number("有机碳", "Organic carbon", "g/kg", minimum=0, maximum=600)
    bulk_density_g_per_cm3: Decimal = f.number("容重", "Bulk density", "g/cm3", above=0, maximum=3, places=3)
    gravel_percent: Decimal = f.number("石砾", "Gravel > 2 mm", "%", default=Decimal(0), minimum=0, maximum=100)
    gravel_basis: str | None = f.code("石砾依据", "Gravel by", "gravel_basis")
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Downwards; gravel says by what."""
        found = []
        if self.bottom_cm <= self.top_cm:
            start, end = Text("上界", "Top"), Text("下界", "Bottom")
            found.append(CalculationProblem.ENDS_BEFORE_START.at(f"{at}/bottom_cm", start=start, end=end))
        if self.gravel_percent and self.gravel_basis is None:
            found += required(self, at, "gravel_basis")
        return found


def in_order(layers: Sequence[Layer], at: str) -> list[Problem]:
    """Layers go down without overlap."""
    found = []
    deepest = Decimal(0)
    for place, layer in enumerate(layers):
        if layer.top_cm < deepest:
            facts = {"first": f"{deepest:f}", "second": f"{layer.top_cm:f}"}
            found.append(CalculationProblem.DEPTHS_DIFFER.at(f"{at}/layers/{place}/top_cm", **facts))
        deepest = layer.bottom_cm
    return found


def depth_of(layers: Sequence[Layer]) -> str:
    """Return the depth layers reach from and to, for example ``0-30``."""
    return f"{layers[0].top_cm.normalize():f}-{layers[-1].bottom_cm.normalize():f}"


@described
class SoilProfile:
    """One profile of a soil sample."""

    name: str = f.text("土样", "Sample")
    layers: tuple[Layer, ...] = f.lines("土层", "Layers", Layer, required=True)
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Layers in order."""
        return in_order(self.layers, at)


@described
class BiomassSample:
    """Above-ground biomass of one plot: its quadrats or a hay yield, and how dry it was weighed."""

    name: str = f.text("样地", "Plot")
    survey: SurveyInput | None = f.part("样方", "Quadrats", SurveyInput)
    hay_kg_per_ha: Decimal | None = f.number("干草产量", "Hay yield", "kg/ha", minimum=0)
    dry_matter_percent: Decimal = f.number(
        "含干物质",
        "Dry matter",
        "%",
        above=0,
        maximum=100,
        places=1,
        help=("烘干为 100；风干须写明含干物质比例。", "100 where oven-dried; of air-dried hay the share must be said."),
    )
    dry_matter_source: str = f.text("含干物质出处", "Source of the dry matter", default="")
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Told in one way; a share of dry matter says whose it is."""
        found = exactly_one(self, at, "survey", "hay_kg_per_ha")
        if self.dry_matter_percent != 100 and not self.dry_matter_source:
            found += required(self, at, "dry_matter_source")
        return found


@described
class AreaOf:
    """The area of one parcel."""

    name: str = f.text("地块", "Parcel")
    area_mu: Decimal = f.number("面积", "Area", "mu", above=0, missing=CalculationProblem.NO_AREA, places=3)
    reference: str = reference()


@dataclass(frozen=True, slots=True)
class SampleMean:
    """A mean and, with two samples or more, the 95 % half-width of it in percent."""

    mean: Node
    half_percent: Node | None


def sample_mean(sheet: Sheet, symbol: str, values: Sequence[Node], unit: str, label: Text, places: int) -> SampleMean:
    """Put the mean of samples on a sheet with the half-width t × s / √n, in percent of it. Rounding: none."""
    if len(values) == 1:
        return SampleMean(values[0], None)
    count = len(values)
    mean = sheet.step(f"{symbol}_m", "mean", values, unit, Text(f"{label.zh}均值", f"mean {label.en}"), places)
    if not mean.value:
        return SampleMean(mean, None)
    apart = [
        sheet.step(f"{symbol}_d{n}", "difference", [value, mean], unit, Text("离均差", "off the mean"), places)
        for n, value in enumerate(values, 1)
    ]
    total = sheet.step(f"{symbol}_q", "root_sum_squares", apart, unit, Text("离差平方和的根", "√Σd²"), places)
    label = Text("n × (n − 1)", "n × (n − 1)")
    product = sheet.given(f"{symbol}_n", Decimal(count * (count - 1)), "", label, ARITHMETIC, 0)
    root = sheet.step(f"{symbol}_r", "root", [product], "", Text("开方", "square root"))
    error = sheet.step(f"{symbol}_e", "quotient", [total, root], unit, Text("标准误", "standard error"), places)
    freedom = max(n for n in STUDENT if n < count)
    origin = Origin(OriginKind.CONSTANT, source=f"Student t, 0.975, {freedom}", mark="A")
    text = Text(f"t 值（自由度 {count - 1}）", f"t of {count - 1} degrees of freedom")
    student = sheet.given(f"{symbol}_t", STUDENT[freedom], "", text, origin, 3)
    half = sheet.step(f"{symbol}_h", "product", [student, error], unit, Text("95% 半宽", "95 % half-width"), places)
    text = Text("95% 半宽占均值", "95 % half-width of the mean")
    return SampleMean(mean, sheet.step(f"{symbol}_U", "percentage", [half, mean], "%", text, 1))


def soil_density(part: Sheet, layers: Iterable[Layer]) -> Node:
    """K16: Σ SOC × BD × D × (1 − G/100) / 10, t C/ha."""
    ten = part.given("ten", TEN, "", Text("换算 t/ha", "to t/ha"), ARITHMETIC, 0)
    sums = []
    for place, layer in enumerate(layers, 1):
        name = Text(f"{layer.top_cm}–{layer.bottom_cm} cm", f"{layer.top_cm}–{layer.bottom_cm} cm")
        carbon = part.entry(f"s{place}", layer, "soc_g_per_kg", Text(f"有机碳 {name.zh}", f"carbon {name.en}"))
        label = Text(f"容重 {name.zh}", f"bulk density {name.en}")
        density = part.entry(f"bd{place}", layer, "bulk_density_g_per_cm3", label)
        top = part.entry(f"z{place}", layer, "top_cm")
        bottom = part.entry(f"Z{place}", layer, "bottom_cm")
        thick = part.step(f"D{place}", "difference", [bottom, top], "cm", Text("厚度", "thickness"), 1)
        gravel = part.entry(f"G{place}", layer, "gravel_percent", Text("石砾", "gravel"))
        tell(part, gravel, layer, "gravel_basis")
        fine = part.step(f"g{place}", "complement", [gravel], "%", Text("细土", "fine earth"))
        mass = part.step(f"p{place}", "product", [carbon, density, thick], "", name, 3)
        kept = part.step(f"q{place}", "share", [mass, fine], "", name, 3)
        sums.append(part.step(f"S{place}", "quotient", [kept, ten], "t C/ha", name, 3))
    return part.step("c_s", "sum", sums, "t C/ha", Text("土壤碳密度", "soil carbon density"), 3)


def profile_mean(part: Sheet, profiles: Sequence[SoilProfile]) -> SampleMean:
    """Return the mean density of profiles, each summed over its layers first."""
    densities = []
    for place, profile in enumerate(profiles, 1):
        inner = part.part()
        density = soil_density(inner, profile.layers)
        title = Text(f"土样 {profile.name}", f"sample {profile.name}")
        tell(inner, density, profile, "reference")
        inner.conclude(title, "c = Σ SOC × BD × D × (1 − G) / 10", RULE, density_t_c_per_ha=density)
        densities.append(part.attach(f"profile{place}", inner)(density))
    return sample_mean(part, "c_s", densities, "t C/ha", Text("土壤碳密度", "soil carbon density"), 3)


def biomass_mean(part: Sheet, samples: Sequence[BiomassSample], at: str) -> SampleMean:
    """Return the mean oven-dry biomass of plots, t/ha.

    Raises:
        UserError: CALC-002 a plot has no dry weight yet.
    """
    masses = [_biomass(part, each, place, f"{at}/samples/{place - 1}") for place, each in enumerate(samples, 1)]
    return sample_mean(part, "b_a", masses, "t/ha", Text("地上生物量（烘干）", "above-ground biomass, oven-dry"), 4)


def _biomass(part: Sheet, each: BiomassSample, place: int, at: str) -> Node:
    inner = part.part()
    name = Text(f"样地 {each.name}", f"plot {each.name}")
    if each.survey is not None:
        survey = inner.part()
        nodes, _ = survey_nodes(survey, each.survey)
        hay = nodes.get("hay_kg_per_ha")
        if hay is None:
            raise CalculationProblem.NO_YIELD.error(at, label=Text(f"{name.zh} 干重", f"{name.en}, dry weight"))
        hay = inner.attach("quadrats", survey)(hay)
    else:
        assert each.hay_kg_per_ha is not None
        hay = inner.entry("Y", each, "hay_kg_per_ha", name)
    tell(inner, hay, each, "reference")
    origin = Origin(OriginKind.SETTING, source=each.dry_matter_source) if each.dry_matter_source else ARITHMETIC
    dry = inner.entry("dm", each, "dry_matter_percent", origin=origin)
    mass = inner.step("B", "share", [hay, dry], "kg/ha", Text("烘干重", "oven-dry"))
    tonne = inner.given("kg_t", KG_OF_TONNE, "kg/t", Text("每吨千克", "kg of a tonne"), ARITHMETIC, 0)
    biomass = inner.step("b", "quotient", [mass, tonne], "t/ha", name, 4)
    inner.conclude(name, "b = Y × dm / 1000", BIOMASS_RULE, biomass_t_per_ha=biomass)
    return part.attach(f"plot{place}", inner)(biomass)


def area_of(part: Sheet, parcels: Sequence[AreaOf]) -> Node:
    """Return the area of parcels in hectares: Σ mu / 15."""
    areas = [
        part.entry(f"A{place}", each, "area_mu", Text(each.name, each.name)) for place, each in enumerate(parcels, 1)
    ]
    total = part.step("A_mu", "sum", areas, "mu", Text("面积合计", "area in all"), 3)
    mu = part.mu_of_hectare()
    return part.step("A", "quotient", [total, mu], "ha", Text("面积", "area"), 4)
