"""What a pasture survey hands to the calculation, and what it gets back (forms: survey_fields.csv)."""

from __future__ import annotations

from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.inputs import no_repeats, reference, required
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import not_used
from station_app.domain.fields import described, described_field
from station_app.domain.problems import Problem
from station_app.domain.text import Text

FEWEST_QUADRATS = 3


@described
class Quadrat:
    """A herb quadrat; dry weight may come later."""

    name: str = f.text("样方编号", "Quadrat", default="")
    area_m2: Decimal = f.number(
        "样方面积", "Area", "m2", above=0, maximum=400, missing=CalculationProblem.NO_AREA, places=4
    )
    fresh_g: Decimal = f.number("鲜重", "Fresh weight", "g", minimum=0, missing=CalculationProblem.NO_YIELD)
    dry_g: Decimal | None = f.number("干重", "Dry weight", "g", minimum=0)
    edible_dry_g: Decimal | None = f.number("可食部分干重", "Edible part, dry", "g", minimum=0)
    drying_method: str | None = f.code("烘干方法", "Drying method", "drying_method")
    cover_percent: Decimal | None = f.number("盖度", "Cover", "%", minimum=0, maximum=100, places=1)
    height_cm: Decimal | None = f.number("高度", "Height", "cm", minimum=0, maximum=1000)
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Dry is not heavier than fresh, a part not heavier than the whole; a dry weight names its method."""
        found = []
        if self.dry_g is not None and self.dry_g > self.fresh_g:
            found.append(CalculationProblem.DRY_ABOVE_FRESH.at(f"{at}/dry_g", dry=self.dry_g, fresh=self.fresh_g))
        if self.dry_g is not None and self.drying_method is None:
            found += required(self, at, "drying_method")
        if self.edible_dry_g is not None and (self.dry_g is None or self.edible_dry_g > self.dry_g):
            label = Text("可食部分干重", "Edible part, dry")
            limit = f"≤ {self.dry_g if self.dry_g is not None else '–'}"
            place = f"{at}/edible_dry_g"
            found.append(CalculationProblem.OUT_OF_BOUNDS.at(place, label=label, value=self.edible_dry_g, limit=limit))
        return found


@described
class Clumps:
    """Shrub or tall-herb clumps of one size; only edible parts are weighed."""

    name: str = f.text("灌木", "Shrub", default="")
    size: str = f.text("大中小", "Size", default="")
    diameter_cm: Decimal = f.number("丛径", "Clump diameter", "cm", above=0, maximum=2000, places=1)
    diameter_2_cm: Decimal | None = f.number("另一丛径", "Second diameter", "cm", above=0, maximum=2000, places=1)
    count: int = f.count("株丛数", "Clumps", "clumps", minimum=0, maximum=100_000)
    mass_g: Decimal | None = f.number("单株鲜重", "Fresh weight of one", "g", minimum=0)
    dry_mass_g: Decimal | None = f.number("单株干重", "Dry weight of one", "g", minimum=0)
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Dry is not heavier than fresh."""
        if self.mass_g is None or self.dry_mass_g is None or self.dry_mass_g <= self.mass_g:
            return []
        return [CalculationProblem.DRY_ABOVE_FRESH.at(f"{at}/dry_mass_g", dry=self.dry_mass_g, fresh=self.mass_g)]


@described
class LineSection:
    """K8: what one species covers of a line transect, and the yield of a fully covered square metre of it."""

    name: str = f.text("种", "Species")
    covered_m: Decimal = f.number("覆盖长度", "Length covered", "m", minimum=0)
    yield_g_per_m2: Decimal = f.number("满盖度产量", "Yield at full cover", "g/m2", minimum=0)
    grass: str = f.code("鲜草或干草", "Fresh or hay", "yield_state", default="fresh")
    reference: str = reference()


@described
class ClassCover:
    """K9: mean cover of one grassland class and its area."""

    name: str = f.text("草地类", "Grassland class")
    mean_cover_percent: Decimal = f.number("平均盖度", "Mean cover", "%", minimum=0, maximum=100, places=1)
    area_ha: Decimal = f.number("面积", "Area", "ha", above=0, missing=CalculationProblem.NO_AREA)
    reference: str = reference()


@described
class Weighing:
    """Fresh, hay and edible hay of one date or region, in any one unit, for ratios only."""

    name: str = f.text("时间或地区", "Date or region")
    fresh: Decimal = f.number("鲜草", "Fresh", "", above=0, missing=CalculationProblem.NO_YIELD)
    hay: Decimal = f.number("干草", "Hay", "", above=0, missing=CalculationProblem.NO_YIELD)
    edible_hay: Decimal | None = f.number("可食干草", "Edible hay", "", minimum=0)
    plots: int | None = f.count("样地数", "Plots", "", minimum=1)
    kg_per_mu: bool = f.flag("单位为千克/亩", "The unit is kg/mu", default=False)
    reference: str = reference()

    def rules(self, at: str) -> list[Problem]:
        """Hay is not heavier than fresh grass, edible hay not heavier than hay."""
        found = []
        if self.hay > self.fresh:
            found.append(CalculationProblem.DRY_ABOVE_FRESH.at(f"{at}/hay", dry=self.hay, fresh=self.fresh))
        if self.edible_hay is not None and self.edible_hay > self.hay:
            place = f"{at}/edible_hay"
            label = Text("可食干草", "Edible hay")
            found.append(
                CalculationProblem.OUT_OF_BOUNDS.at(place, label=label, value=self.edible_hay, limit=f"≤ {self.hay}")
            )
        return found


@described
class SurveyInput:
    """A plot's quadrats and shrubs; or classes for the composite cover; or weighings for ratios."""

    name: str = f.text("样地", "Plot", default="")
    quadrats: tuple[Quadrat, ...] = f.lines("草本样方", "Herb quadrats", Quadrat)
    unequal_areas: str = f.code("样方面积不等时", "Where areas differ", "unequal_areas", default="each_then_mean")
    shrubs: tuple[Clumps, ...] = f.lines("灌木株丛", "Shrub clumps", Clumps)
    shrub_area_m2: Decimal | None = f.number(
        "灌木样方面积", "Area of the shrub quadrats", "m2", above=0, missing=CalculationProblem.NO_AREA
    )
    has_shrubs: bool = f.flag("有灌木或高大草本", "Has shrubs or tall herbs", default=False)
    herb_kg_per_ha: Decimal | None = f.number("草本鲜草产量", "Herbs, fresh yield", "kg/ha", minimum=0)
    herb_hay_kg_per_ha: Decimal | None = f.number("草本干草产量", "Herbs, hay yield", "kg/ha", minimum=0)
    herb_cover_percent: Decimal | None = f.number("草本盖度", "Herb cover", "%", minimum=0, maximum=100)
    total_cover: bool = f.flag(
        "计算总盖度(K7，推断)",
        "Total cover (K7, inferred)",
        default=True,
        help=("原表公式未读到。", "Formula not read."),
    )
    line_length_m: Decimal | None = f.number("样线长", "Length of the line", "m", above=0)
    line: tuple[LineSection, ...] = f.lines("样线", "Line transect", LineSection)
    classes: tuple[ClassCover, ...] = f.lines("各草地类", "Grassland classes", ClassCover)
    weighings: tuple[Weighing, ...] = f.lines("称重序列", "Weighings", Weighing)
    quadrats_per_plot: int = f.count(
        "每样地样方数", "Quadrats of a plot", "", default=FEWEST_QUADRATS, minimum=1, maximum=99
    )

    def rules(self, at: str) -> list[Problem]:
        """Something to compute; shrubs with their area; herb yield from quadrats or typed, not both."""
        found = no_repeats([each.name for each in self.quadrats], f"{at}/quadrats")
        found += no_repeats([each.name for each in self.weighings], f"{at}/weighings")
        found += no_repeats([each.name for each in self.classes], f"{at}/classes")
        parts = (self.quadrats, self.shrubs, self.line, self.classes, self.weighings)
        typed = self.herb_kg_per_ha, self.herb_hay_kg_per_ha, self.herb_cover_percent
        if not any(parts) and typed == (None, None, None):
            found += required(self, at, "quadrats")
        if self.shrubs and self.shrub_area_m2 is None:
            found += required(self, at, "shrub_area_m2")
        if self.line and self.line_length_m is None:
            found += required(self, at, "line_length_m")
        if self.line_length_m is not None and sum(each.covered_m for each in self.line) > self.line_length_m:
            covered = sum(each.covered_m for each in self.line)
            label = Text("覆盖长度合计", "Length covered in all")
            limit = f"≤ {self.line_length_m}"
            found.append(CalculationProblem.OUT_OF_BOUNDS.at(f"{at}/line", label=label, value=covered, limit=limit))
        if self.quadrats:
            for name in ("herb_kg_per_ha", "herb_hay_kg_per_ha", "herb_cover_percent"):
                if getattr(self, name) is not None:
                    labels = Text("草本样方", "Herb quadrats"), described_field(type(self), name).label
                    found.append(CalculationProblem.ONE_OF.at(f"{at}/{name}", first=labels[0], second=labels[1]))
        fresh, hay = self.herb_kg_per_ha, self.herb_hay_kg_per_ha
        if fresh is not None and hay is not None and hay > fresh:
            found.append(CalculationProblem.DRY_ABOVE_FRESH.at(f"{at}/herb_hay_kg_per_ha", dry=hay, fresh=fresh))
        if not self.shrubs:
            found += not_used(self, at, Text("没有灌木株丛", "there are no clumps"), "shrub_area_m2")
        if not self.line:
            found += not_used(self, at, Text("没有样线", "there is no line transect"), "line_length_m")
        elif len({each.grass for each in self.line}) > 1:
            label, both = (
                Text("鲜草或干草", "Fresh or hay"),
                " / ".join(dict.fromkeys(each.grass for each in self.line)),
            )
            found.append(CalculationProblem.OUT_OF_BOUNDS.at(f"{at}/line", label=label, value=both, limit="= 1"))
        return found


@described
class Ratio:
    """Ratios of one weighing."""

    name: str = f.text("时间或地区", "Date or region")
    fresh_per_hay: Decimal = f.number("鲜干比", "Fresh to hay", "", places=2)
    hay_per_fresh: Decimal = f.number("干鲜比", "Hay to fresh", "", places=4)
    edible_percent: Decimal | None = f.number("可食比例", "Edible share", "%", places=2)
    fresh_of_highest_percent: Decimal = f.number("占最高鲜产", "Of the highest fresh yield", "%", places=2)
    fresh_kg_per_ha: Decimal | None = f.number("鲜草", "Fresh", "kg/ha", places=2)
    hay_kg_per_ha: Decimal | None = f.number("干草", "Hay", "kg/ha", places=2)
    quadrats: int | None = f.count("样方数", "Quadrats", "quadrats")


@described
class SurveyOutcome:
    """What the plot yields."""

    state: str | None = f.code("状态", "State", "weighing_state")
    quadrats: int = f.count("样方数", "Quadrats", "quadrats", default=0)
    waiting_quadrats: int = f.count("待干重样方", "Quadrats waiting", "quadrats", default=0)
    fresh_kg_per_ha: Decimal | None = f.number("草本鲜草", "Herbs, fresh", "kg/ha", places=2)
    hay_kg_per_ha: Decimal | None = f.number("草本干草", "Herbs, hay", "kg/ha", places=2)
    fresh_kg_per_mu: Decimal | None = f.number("草本鲜草", "Herbs, fresh", "kg/mu", places=2)
    hay_kg_per_mu: Decimal | None = f.number("草本干草", "Herbs, hay", "kg/mu", places=2)
    hay_per_fresh: Decimal | None = f.number("干鲜比", "Hay to fresh", "", places=4)
    edible_percent: Decimal | None = f.number("可食比例", "Edible share", "%", places=2)
    cover_percent: Decimal | None = f.number("草本盖度", "Herb cover", "%", places=1)
    height_cm: Decimal | None = f.number("高度", "Height", "cm", places=2)
    shrub_m2_per_100m2: Decimal | None = f.number("灌木覆盖面积", "Shrub cover", "m2/100m2", places=4)
    shrub_kg_per_ha: Decimal | None = f.number("灌木鲜草", "Shrubs, fresh", "kg/ha", places=2)
    total_kg_per_ha: Decimal | None = f.number("总鲜草", "Total, fresh", "kg/ha", places=2)
    shrub_hay_kg_per_ha: Decimal | None = f.number("灌木干草", "Shrubs, hay", "kg/ha", places=2)
    total_hay_kg_per_ha: Decimal | None = f.number("总干草", "Total, hay", "kg/ha", places=2)
    total_cover_percent: Decimal | None = f.number("总盖度", "Total cover", "%", places=2)
    line_g_per_m2: Decimal | None = f.number("样线鲜草", "Fresh yield by line", "g/m2", places=2)
    line_hay_g_per_m2: Decimal | None = f.number("样线干草", "Hay yield by line", "g/m2", places=2)
    composite_cover_percent: Decimal | None = f.number("综合植被盖度", "Composite cover", "%", places=2)
    weighings: tuple[Ratio, ...] = f.lines("称重序列", "Weighings", Ratio)
