"""Yields of pastures: a parcel's own plots, else the station's plots of its class in the year, else the typed yield.

Which of them was used is always said. A plot that waits for dry weights is named and never counted as zero. Yields are hay
of 14 % moisture, kg/ha; air-dry weight counts as such hay, oven-dry weight is brought to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from station_app.domain import fields as f
from station_app.domain.calc.explanation import (
    DEFAULT,
    Node,
    Origin,
    OriginKind,
    Result,
    Rule,
    Sheet,
    calculate,
    origin_of,
)
from station_app.domain.calc.inputs import require
from station_app.domain.calc.numbers import ZERO, divide, multiply
from station_app.domain.calc.pasture import to_standard_moisture
from station_app.domain.calc.survey_inputs import Clumps, Quadrat, SurveyInput
from station_app.domain.calc.survey_yield import survey_nodes
from station_app.domain.calc.told import SETTING
from station_app.domain.codes import label_of
from station_app.domain.fields import described
from station_app.domain.problems import Problem, UserError
from station_app.domain.records.survey_quadrats import ShrubQuadrat
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures.measures import reason_of
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.references import figure_reference, record_reference
from station_app.services.figures.scheme import Scheme
from station_app.storage.reader import Reader

RULE = Rule("survey rules: 样地样方表", "K1–K6, K10", "survey_rules.csv; NY/T 635-2015 as quoted", "A")
_OVEN_DRY = Origin(OriginKind.CONSTANT)  # what is oven-dry holds no water
_AIR_DRY = Text("风干，按标准干草 14%", "air-dry, as standard hay of 14 %")
OWN, OF_CLASS, TYPED = "own", "class", "typed"
# The forms and the class lists of their plots; codes of one list are never translated into the other's.
# The last: whether a plot has shrubs, and the area it stands for, ten-thousandths of a hectare.
_FORMS = {
    "plot": ("plot_id", "grassland_class", "p.has_shrub, NULL"),
    "plot_new": ("plot_new_id", "grassland_class_9", "0, p.control_area_ha"),
}
_OUT = ("conflict", "refused")
_STANDING = """CASE WHEN p.conflict OR g.outcome='conflict' THEN 'conflict'
    WHEN g.outcome IN ('refused', 'quarantined') THEN 'refused' ELSE '' END"""


@described
class YieldOutcome:
    """A yield and how many plots it rests on."""

    hay_kg_per_ha: Decimal = f.number("干草产量", "Hay yield", "kg/ha", places=2)
    plots: Decimal = f.number("样地数", "Plots", "", places=0)


class PlotYield(NamedTuple):
    """One plot of a year as far as its yield goes.

    Attributes:
        given: Its quadrats, as the calculation takes them.
        oven_dry: Its dry weights are oven-dry and are brought to 14 % moisture.
        area_ha: The area the plot stands for, where it says so: means of plots are weighted by it.
    """

    reference: str
    plot_no: str
    class_list: str
    grass_class: str
    township: str
    parcel_id: str
    given: SurveyInput
    oven_dry: bool
    hay_kg_per_ha: Decimal
    area_ha: Decimal | None = None


@dataclass(frozen=True, slots=True)
class YieldSource:
    """Where the yield of a parcel is from.

    Attributes:
        kind: ``own``, ``class`` or ``typed``.
        key: What tells it from others in the book; part of its reference.
        hay_kg_per_ha: Hay of 14 % moisture.
    """

    kind: str
    key: str
    label: Text
    reference: str
    hay_kg_per_ha: Decimal
    plots: tuple[PlotYield, ...] = ()
    typed_source: str = ""


class YieldBook:
    """The yields of one year: by parcel, by township and class, and the scheme's typed ones."""

    def __init__(self, year: int, plots: Iterable[PlotYield], problems: Iterable[Problem], scheme: Scheme) -> None:
        self.year = year
        self.problems = tuple(problems)
        self._scheme = scheme
        self._by_parcel: dict[str, list[PlotYield]] = defaultdict(list)
        self._by_class: dict[tuple[str, str, str], list[PlotYield]] = defaultdict(list)
        for plot in plots:
            if plot.parcel_id:
                self._by_parcel[plot.parcel_id].append(plot)
            self._by_class[plot.township, plot.class_list, plot.grass_class].append(plot)
        self._made: dict[str, YieldSource | None] = {}
        self.own_parcels = frozenset(self._by_parcel)

    def of_parcel(
        self, parcel_id: str, township: str, grassland_class: str | None, grassland_class_9: str | None
    ) -> YieldSource | None:
        """Return the yield to use for a parcel, ``None`` when nothing tells it: that is not a yield of zero."""
        if parcel_id in self._by_parcel:
            return self.source(f"{OWN}/{parcel_id}")
        for class_list, code in (("grassland_class", grassland_class), ("grassland_class_9", grassland_class_9)):
            if code and (township, class_list, code) in self._by_class:
                return self.source(f"{OF_CLASS}/{township}/{class_list}/{code}")
        if grassland_class and grassland_class in self._scheme.yields:
            return self.source(f"{TYPED}/{grassland_class}")
        return None

    def source(self, key: str) -> YieldSource | None:
        """Return the source called ``key``, ``None`` when this book has none."""
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def _make(self, key: str) -> YieldSource | None:
        kind, _, rest = key.partition("/")
        reference = figure_reference("yield", self.year, "", kind, rest)
        if kind == TYPED:
            typed = self._scheme.yields.get(rest)
            if typed is None:
                return None
            name = label_of("grassland_class", rest)
            label = Text(f"{name.zh}：方案填写({typed.source})", f"{name.en}: typed in the scheme ({typed.source})")
            place = self._scheme.reference("yields")
            return YieldSource(TYPED, key, label, place, typed.hay_kg_per_ha, (), typed.source)
        if kind == OWN:
            plots = self._by_parcel.get(rest, [])
        else:
            township, _, tail = rest.partition("/")
            class_list, _, code = tail.partition("/")
            plots = self._by_class.get((township, class_list, code), [])
        if not plots:
            return None
        if kind == OWN:
            names = "、".join(plot.plot_no for plot in plots)
            label = Text(f"本地块样地({names})", f"plots on the parcel ({names})")
        else:
            name, how = label_of(class_list, code), mean_said(plots)
            label = Text(
                f"{self.year} 年{name.zh} {len(plots)} 个样地{how.zh}",
                f"{self.year}, {how.en} of {len(plots)} plots: {name.en}",
            )
        mean = yield_node(Sheet(), label, plots)
        return YieldSource(kind, key, label, reference, mean.value, tuple(plots))


def is_weighted(plots: Sequence[PlotYield]) -> bool:
    """Whether the mean of plots goes by the areas they stand for: every one of several says its own."""
    return len(plots) > 1 and all(plot.area_ha for plot in plots)


def mean_said(plots: Sequence[PlotYield]) -> Text:
    if is_weighted(plots):
        return Text("按样地控制面积加权的均值", "mean weighted by the areas of the plots")
    return Text("均值(不加权)", "plain mean")


def yield_node(sheet: Sheet, label: Text, plots: Sequence[PlotYield]) -> Node:
    """Put the mean hay yield of plots on a sheet, each plot a part of it, and conclude; weighted where areas are known."""
    each: list[Node] = []
    for place, plot in enumerate(plots, 1):
        part = sheet.part()
        node = _plot_node(part, plot)
        hay = sheet.attach(f"plot{place}", part)(node)
        if plot.oven_dry:
            name = Text(f"样地 {plot.plot_no}", f"plot {plot.plot_no}")
            hay = to_standard_moisture(sheet, f"Y{place}", hay, ZERO, "kg/ha", name, _OVEN_DRY)
        elif sheet.recording:
            sheet.chosen(hay, Text(f"样地 {plot.plot_no} 含水量", f"moisture, plot {plot.plot_no}"), _AIR_DRY, DEFAULT)
        each.append(hay)
    text = Text("干草产量(含水 14%)", "hay yield (14 % moisture)")
    mean, formula = _mean(sheet, plots, each, text)
    sheet.chosen(mean, Text("均值", "mean"), mean_said(plots), SETTING)
    title = Text(f"产草量 {label.zh}", f"Yield: {label.en}")
    sheet.conclude(title, formula, RULE, hay_kg_per_ha=mean)
    return mean


def _mean(sheet: Sheet, plots: Sequence[PlotYield], each: Sequence[Node], label: Text) -> tuple[Node, str]:
    if not is_weighted(plots):
        return sheet.step("Y", "mean", each, "kg/ha", label), "Y = Σ Y_i / n"
    areas = []
    for place, plot in enumerate(plots, 1):
        name = Text(f"样地 {plot.plot_no} 控制面积", f"area plot {plot.plot_no} stands for")
        areas.append(sheet.given(f"A{place}", plot.area_ha or ZERO, "ha", name, origin_of(plot.reference), 4))
    return weighted_mean(sheet, list(zip(each, areas, strict=True)), "ha", label), "Y = Σ (Y_i × A_i) / Σ A_i"


def weighted_mean(sheet: Sheet, pairs: Sequence[tuple[Node, Node]], unit: str, label: Text) -> Node:
    """Put Σ(yield × area) / Σ area of pairs of yield and area on a sheet; areas in ``unit``."""
    text = Text("产草量 × 面积", "yield × area")
    products = [
        sheet.step(f"YA{place}", "product", [hay, area], f"kg/ha·{unit}", text, 1)
        for place, (hay, area) in enumerate(pairs, 1)
    ]
    total = sheet.step("A", "sum", [area for _, area in pairs], unit, Text("面积合计", "area in all"), 4)
    both = sheet.step("YA", "sum", products, f"kg/ha·{unit}", Text("加权合计", "weighted sum"), 1)
    return sheet.step("Y", "quotient", [both, total], "kg/ha", label)


def _plot_node(sheet: Sheet, plot: PlotYield) -> Node:
    nodes, _ = survey_nodes(sheet, plot.given)
    node = nodes["total_hay_kg_per_ha" if plot.given.shrubs else "hay_kg_per_ha"]
    assert node is not None
    return node


def source_why(source: YieldSource) -> Result[YieldOutcome]:
    """Return why the yield is what it is; a typed yield is its own reason.

    Raises:
        UserError: BAL-003 the yield was typed, there is nothing behind it but the scheme.
    """
    if not source.plots:
        raise BalanceProblem.UNKNOWN_SUBJECT.error(source.reference, year="–", value=source.label)

    def work(sheet: Sheet) -> YieldOutcome:
        mean = yield_node(sheet, source.label, source.plots)
        return YieldOutcome(hay_kg_per_ha=mean.value, plots=Decimal(len(source.plots)))

    return calculate(work)


# --- reading -----------------------------------------------------------------------------------------------------------


def yield_book(reader: Reader, year: int, scheme: Scheme) -> YieldBook:
    """Read the plots of a year. Those that wait for dry weights or can not be used are in its problems."""
    return YieldBook(year, *plot_yields(reader, year), scheme)


def plot_yields(reader: Reader, year: int) -> tuple[list[PlotYield], list[Problem]]:
    """Return the plots of a year that tell a yield, and why others do not."""
    plots: list[PlotYield] = []
    problems: list[Problem] = []
    waiting: list[tuple[str, str]] = []
    for form, (link, class_list, own) in _FORMS.items():
        rows = reader.sql(
            f"""SELECT p.record_id, p.plot_no, p.grass_class, p.region_code, p.parcel_id, {own}, {_STANDING}
            FROM "{form}" p LEFT JOIN progress g ON g.version_id=p.version_id
            WHERE p.void=0 AND p.surveyed_on BETWEEN ? AND ? ORDER BY p.plot_no, p.surveyed_on, p.record_id""",
            (f"{year}-01-01", f"{year}-12-31"),
        )
        if not rows:
            continue
        herbs, out = _herbs(reader, form, link, year)
        shrubs, out_too = _shrubs(reader, form, link, year)
        for record_id, plot_no, grass_class, region_code, parcel_id, has_shrub, area_ha, standing in rows:
            reference = record_reference(form, record_id)
            standing = standing or out.get(record_id) or out_too.get(record_id) or ""
            if standing in _OUT:
                found = BalanceProblem.IN_CONFLICT if standing == "conflict" else BalanceProblem.REFUSED
                problems.append(found.at(reference, type=record_type(form).label, title=plot_no))
                continue
            quadrats, oven = herbs.get(record_id, ([], False))
            clumps, area_m2, ready = shrubs.get(record_id, ([], None, True))
            if not quadrats and not clumps:
                continue  # a plot for cover or greenup; nothing was clipped on it
            without_shrubs = bool(has_shrub) and not clumps
            if without_shrubs or not ready or not quadrats or any(each.dry_g is None for each in quadrats):
                waiting.append((plot_no, reference))
                continue
            given = SurveyInput(
                name=plot_no,
                quadrats=tuple(quadrats),
                shrubs=tuple(clumps),
                shrub_area_m2=area_m2 if clumps else None,
                has_shrubs=bool(clumps),
                total_cover=False,
            )
            shape = reference, plot_no, class_list, grass_class, (region_code or "")[:9], parcel_id or "", given, oven
            try:
                require(given)
                made = PlotYield(*shape, ZERO)
                hay = yield_node(Sheet(), Text("", ""), [made]).value
            except UserError as error:
                problems.append(BalanceProblem.UNUSABLE_PLOT.at(reference, plot=plot_no, reason=reason_of(error)))
                continue
            if not hay:
                nothing = Text("干重为零", "its dry weight is zero")
                problems.append(BalanceProblem.UNUSABLE_PLOT.at(reference, plot=plot_no, reason=nothing))
                continue
            plots.append(PlotYield(*shape, hay, _scaled(area_ha, 4)))
    if waiting:
        names = "、".join(plot_no for plot_no, _ in waiting)
        problems.append(BalanceProblem.WAITING_PLOTS.at(waiting[0][1], plots=names))
    return plots, problems


def _scaled(value: int | None, places: int) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-places)


def _herbs(
    reader: Reader, form: str, link: str, year: int
) -> tuple[dict[str, tuple[list[Quadrat], bool]], dict[str, str]]:
    """Return the herb quadrats of each plot, whether they are oven-dry, and plots a quadrat of which is left out."""
    rows = reader.sql(
        f"""SELECT p.{link}, p.record_id, p.quadrat_no, p.area_m2, p.fresh_g, p.dry_g, p.edible_dry_g, p.drying_method,
        {_STANDING} FROM herb_quadrat p LEFT JOIN progress g ON g.version_id=p.version_id
        WHERE p.void=0 AND p.{link} IN
        (SELECT record_id FROM "{form}" WHERE void=0 AND surveyed_on BETWEEN ? AND ?) ORDER BY p.quadrat_no, p.record_id""",
        (f"{year}-01-01", f"{year}-12-31"),
    )
    found: dict[str, tuple[list[Quadrat], bool]] = {}
    out: dict[str, str] = {}
    for plot, record_id, number_, area, fresh, dry, edible, method, standing in rows:
        if standing:
            out[plot] = standing
            continue
        quadrat = Quadrat(
            name=number_,
            area_m2=_scaled(area, 4) or ZERO,
            fresh_g=_scaled(fresh, 2) or ZERO,
            dry_g=_scaled(dry, 2),
            edible_dry_g=_scaled(edible, 2) if dry is not None else None,
            drying_method=method,
            reference=record_reference("herb_quadrat", record_id),
        )
        known, oven = found.setdefault(plot, ([], False))
        known.append(quadrat)
        if not oven and (method or "").startswith("oven"):
            found[plot] = known, True
    return found, out


_Shrubs = tuple[list[Clumps], Decimal | None, bool]


def _shrubs(reader: Reader, form: str, link: str, year: int) -> tuple[dict[str, _Shrubs], dict[str, str]]:
    """Return shrub clumps of each plot with the area of its big quadrats, and whether their dry weights are known."""
    rows = reader.sql(
        f"""SELECT p.{link}, p.record_id, p.area_m2, {_STANDING}
        FROM shrub_quadrat p LEFT JOIN progress g ON g.version_id=p.version_id
        WHERE p.void=0 AND p.{link} IN
        (SELECT record_id FROM "{form}" WHERE void=0 AND surveyed_on BETWEEN ? AND ?) ORDER BY p.quadrat_no, p.record_id""",
        (f"{year}-01-01", f"{year}-12-31"),
    )
    found: dict[str, _Shrubs] = {}
    out: dict[str, str] = {}
    for plot, record_id, area, standing in rows:
        if standing:
            out[plot] = standing
            continue
        clumps, before, ready = found.get(plot, ([], ZERO, True))
        more, complete = _clumps(reader, record_id)
        found[plot] = clumps + more, (before or ZERO) + (_scaled(area, 4) or ZERO), ready and complete
    return found, out


def _clumps(reader: Reader, quadrat_id: str) -> tuple[list[Clumps], bool]:
    """Return the clumps of one big quadrat; the dry weight of one follows from the sample's dry and fresh weight."""
    row = reader.get(ShrubQuadrat, quadrat_id)
    assert row is not None
    made: list[Clumps] = []
    complete = True
    reference = record_reference("shrub_quadrat", quadrat_id, "shrubs")
    for shrub in row.record.shrubs:
        for size, name in (("big", "大"), ("mid", "中"), ("small", "小")):
            diameter, count = getattr(shrub, f"{size}_diameter_cm"), getattr(shrub, f"{size}_count")
            fresh = getattr(shrub, f"{size}_fresh_g")
            if not diameter or not count:
                continue
            dry = None
            if fresh is not None and shrub.sample_fresh_g and shrub.sample_dry_g is not None:
                dry = divide(multiply((fresh, shrub.sample_dry_g)), shrub.sample_fresh_g)
            complete = complete and dry is not None
            values: Mapping[str, Any] = {"mass_g": fresh, "dry_mass_g": dry, "reference": reference}
            made.append(Clumps(name=shrub.shrub_name, size=name, diameter_cm=diameter, count=count, **values))
    return made, complete
