"""Actual values of target indicators worked out from the records of a workspace; each explains itself, or says why not.

What the records can not say is not guessed: the answer is then a ``Problem`` with the reason and the next step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from station_app.domain import fields as f
from station_app.domain.calc.explanation import (
    ARITHMETIC,
    COMPUTED,
    Node,
    Origin,
    OriginKind,
    Result,
    Rule,
    Sheet,
    calculate,
)
from station_app.domain.calc.numbers import plain
from station_app.domain.codes import label_of
from station_app.domain.fields import described
from station_app.domain.problems import Problem
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.units import MU_PER_HA
from station_app.services.figures.problems import ResultProblem
from station_app.services.figures.references import record_reference
from station_app.services.figures.sifting import Sifted, region_prefix, sift
from station_app.storage.reader import Reader

MOST_LINES = 300
"""From here on an explanation adds up by village: nobody reads thousands of lines."""
_ITEMS = "carbon_target_items.csv"
_DEGRADED = ("2", "3", "4")


@described
class ActualOutcome:
    """One actual value."""

    value: Decimal = f.number("实际值", "Actual value", "", places=4)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: an indicator in a unit, for a region and a year; ``place`` names the region."""

    indicator: str
    unit: str
    direction: str
    region_code: str
    year: int
    place: str = ""

    @property
    def prefix(self) -> str:
        return region_prefix(self.region_code)

    @property
    def label(self) -> Text:
        return label_of("target_indicator", self.indicator)


@dataclass(frozen=True, slots=True)
class Computed:
    """An actual value from the records, in the unit asked for.

    Attributes:
        how: In one line, how it was worked out; goes into an assessment as its source.
        accepted: Every record it rests on is accepted by the county.
        doubtful: It rests on a coefficient nobody has verified, or on a part of what should be there.
        result: The calculation with its explanation; ``None``: ask ``actual_why``, which reads again.
        reference: The figure it is, as ``references`` writes it.
    """

    value: Decimal
    how: Text
    accepted: bool = True
    doubtful: bool = False
    problems: tuple[Problem, ...] = ()
    editions: tuple[str, ...] = ()
    result: Result[ActualOutcome] | None = None
    reference: str = ""


Answer = Computed | Problem


@dataclass
class Memo:
    """What several questions of one table share, so that a balance is computed once."""

    reader: Reader
    kept: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def once(self, key: tuple[object, ...], make: Callable[[], Any]) -> Any:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    @property
    def home(self) -> str:
        """The digits every code of this workplace begins with."""
        return region_prefix(self.organisation_code)

    @property
    def organisation_code(self) -> str:
        def read() -> str:
            rows = self.reader.sql("SELECT value FROM setting WHERE key='workspace.org_code'")
            return str(rows[0][0]) if rows else ""

        return str(self.once(("organisation",), read))


# --- pieces ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Item:
    """One record's share of a sum; ``village`` gathers the items of long sums."""

    label: str
    value: Decimal
    reference: str
    village: str = ""


def total_of(sheet: Sheet, symbol: str, items: Sequence[Item], unit: str, label: Text, places: int) -> Node:
    """Add up items; a sum longer than ``MOST_LINES`` shows a line a village, with the number of its records."""
    if len(items) > MOST_LINES:
        by_village: dict[str, list[Item]] = defaultdict(list)
        for item in items:
            by_village[item.village].append(item)
        nodes = [
            sheet.given(
                f"{symbol}{n}",
                sum((item.value for item in inside), Decimal(0)),
                unit,
                Text(f"{village}：{len(inside)} 条", f"{village}: {len(inside)} records"),
                COMPUTED,
                places,
            )
            for n, (village, inside) in enumerate(sorted(by_village.items()), 1)
        ]
    else:
        nodes = [
            sheet.given(f"{symbol}{n}", item.value, unit, Text(item.label, item.label), _origin(item.reference), places)
            for n, item in enumerate(items, 1)
        ]
    return sheet.step(symbol, "sum", nodes, unit, label, places)


def _origin(reference: str) -> Origin:
    return Origin(OriginKind.RECORD, reference)


def _in_unit(sheet: Sheet, node: Node, unit: str) -> Node:
    """Return an area in mu in the unit asked for."""
    if unit == "mu":
        return node
    per = sheet.given("k", Decimal(MU_PER_HA), "mu/ha", Text("每公顷亩数", "mu of a hectare"), ARITHMETIC, 0)
    return sheet.step("A_ha", "quotient", [node, per], "ha", Text("面积", "area"), 4)


def nothing(asked: Question, *needed: str) -> Problem:
    names = [record_type(name).label for name in needed]
    listed = Text("、".join(n.zh for n in names), ", ".join(n.en for n in names))
    return ResultProblem.NO_RECORDS.at(
        year=asked.year, place=asked.place or asked.prefix, indicator=asked.label, needed=listed
    )


def done(
    asked: Question, how: Text, sifted: Iterable[Sifted], work: Callable[[Sheet], ActualOutcome],
    more: Sequence[Problem] = (),
) -> Computed:  # fmt: skip
    """Run a calculation and return its value with what stands against the records it used."""
    used = list(sifted)
    result = calculate(work)
    problems = tuple(dict.fromkeys((*(p for s in used for p in s.problems), *more, *result.problems)))
    doubtful = any(p.code == ResultProblem.PARTLY_KNOWN.code for p in more)
    return Computed(
        result.outcome.value, how, all(s.accepted for s in used), doubtful, problems, (), result
    )  # fmt: skip


def _year_of(column: str) -> str:
    return f"{column} BETWEEN ? || '-01-01' AND ? || '-12-31'"


def _span(asked: Question) -> tuple[str, str]:
    return str(asked.year), str(asked.year)


def _like(asked: Question) -> str:
    return f"{asked.prefix}%"


def _regional(memo: Memo, asked: Question, type_name: str, sifted: Sifted, at: int) -> tuple[Sifted, list[Problem]]:
    """Keep the rows inside the region; those without a code count for the whole workplace, for a part of it they are named."""
    home = memo.home == asked.prefix
    kept = [r for r in sifted.rows if (str(r[at]).startswith(asked.prefix) if r[at] else home)]
    lost = 0 if home else sum(not r[at] for r in sifted.rows)
    problems = []
    if lost:
        label = record_type(type_name).label
        problems.append(ResultProblem.WITHOUT_REGION.at(n=lost, type=label, place=asked.place or asked.prefix))
    return Sifted(kept, sifted.accepted, sifted.problems), problems


# --- counts and areas --------------------------------------------------------------------------------------------------


def _trainings(memo: Memo, asked: Question) -> Answer:
    sifted = sift(
        memo.reader, "training_log", ("p.held_on", "p.topic", "p.region_code"), _year_of("p.held_on"), _span(asked)
    )
    inside, problems = _regional(memo, asked, "training_log", sifted, 3)
    if not inside.rows:
        return nothing(asked, "training_log")
    items = [
        Item(f"{held_on} {topic}", Decimal(1), record_reference("training_log", record_id), region or "")
        for record_id, held_on, topic, region in inside.rows
    ]

    def work(sheet: Sheet) -> ActualOutcome:
        total = total_of(sheet, "n", items, "times", Text("培训与宣传次数", "trainings and publicity"), 0)
        sheet.conclude(asked.label, "n = Σ n_i", Rule("", "", _ITEMS, "C"), value=total)
        return ActualOutcome(value=total.value)

    how = Text(f"本站培训宣传台账 {len(items)} 条", f"training log, {len(items)} entries")
    return done(asked, how, [inside], work, problems)


def parcels_of(memo: Memo, asked: Question) -> Sifted:
    """Parcels inside the region that were held in the year."""

    def read() -> Sifted:
        return sift(
            memo.reader,
            "parcel",
            (
                "p.code", "p.area_mu", "p.scheme", "p.grassland_class", "p.degradation",
                "coalesce(p.village_code, h.village_code)", "p.grassland_class_9",
            ),
            "coalesce(p.village_code, h.village_code) LIKE ? AND (p.valid_from IS NULL OR p.valid_from <= ? || '-12-31') "
            "AND (p.valid_to IS NULL OR p.valid_to >= ? || '-01-01')",
            (_like(asked), *_span(asked)),
            "LEFT JOIN household h ON h.record_id=p.household_id",
        )  # fmt: skip

    found: Sifted = memo.once(("parcels", asked.prefix, asked.year), read)
    return found


def area_items(rows: Iterable[tuple[Any, ...]]) -> list[Item]:
    return [
        Item(row[1], Decimal(row[2]).scaleb(-3), record_reference("parcel", row[0], "area_mu"), row[6] or "")
        for row in rows
    ]


def region_area_mu(memo: Memo, region_code: str, year: int) -> Decimal:
    """Return the registered pasture of a region, mu; the weight of its share in a mean."""
    found = parcels_of(memo, Question("", "", "", region_code, year))
    return sum((Decimal(row[2]).scaleb(-3) for row in found.rows), Decimal(0))


def _ban_area(memo: Memo, asked: Question) -> Answer:
    held = parcels_of(memo, asked)
    if not held.rows:
        return nothing(asked, "parcel")
    items = area_items(row for row in held.rows if row[3] == "ban")

    def work(sheet: Sheet) -> ActualOutcome:
        total = total_of(sheet, "A", items, "mu", Text("禁牧面积", "area under a ban"), 3)
        value = _in_unit(sheet, total, asked.unit)
        sheet.conclude(asked.label, "A = Σ A_i", Rule("", "", _ITEMS, "C"), value=value)
        return ActualOutcome(value=value.value)

    how = Text(
        f"登记为禁牧的地块 {len(items)} 块面积合计", f"area of the {len(items)} parcels registered as under a ban"
    )
    return done(asked, how, [held], work)


def _degraded(memo: Memo, asked: Question) -> Answer:
    held = parcels_of(memo, asked)
    graded = [row for row in held.rows if row[5]]
    if not graded:
        return nothing(asked, "parcel")
    degraded = area_items(row for row in graded if row[5] in _DEGRADED)
    sound = area_items(row for row in graded if row[5] not in _DEGRADED)
    more = []
    if len(graded) < len(held.rows):
        part = Text(
            f"{len(held.rows)} 块地中有 {len(graded)} 块登记了退化程度",
            f"{len(graded)} of {len(held.rows)} parcels have a degree of degradation",
        )
        more.append(ResultProblem.PARTLY_KNOWN.at(indicator=asked.label, part=part))

    def work(sheet: Sheet) -> ActualOutcome:
        bad = total_of(sheet, "D", degraded, "mu", Text("退化面积", "degraded area"), 3)
        rule = Rule("", "", _ITEMS, "C")
        if asked.unit == "percent":
            good = total_of(sheet, "S", sound, "mu", Text("未退化面积", "area not degraded"), 3)
            known = sheet.step("A", "sum", [bad, good], "mu", Text("已分级面积", "area with a degree"), 3)
            value = sheet.step("p", "percentage", [bad, known], "%", Text("退化面积占比", "degraded share"), 2)
            sheet.conclude(asked.label, "p = D / A × 100", rule, value=value)
        else:
            value = _in_unit(sheet, bad, asked.unit)
            sheet.conclude(asked.label, "D = Σ D_i", rule, value=value)
        return ActualOutcome(value=value.value)

    how = Text("地块登记的退化程度，按面积计", "degree of degradation of the parcels, by area")
    return done(asked, how, [held], work, more)


# --- money -------------------------------------------------------------------------------------------------------------


def _payments(memo: Memo, asked: Question) -> Answer:
    """Paid over due: a reissued payment counts once as due, and as paid when it has arrived."""
    lines = sift(
        memo.reader,
        "compensation_line",
        ("h.code", "p.net_yuan", "p.state", "p.original_line_id", "b.village_code"),
        "b.void=0 AND b.year=? AND b.village_code LIKE ? AND p.state<>'excluded'",
        (asked.year, _like(asked)),
        "JOIN compensation_batch b ON b.record_id=p.batch_id LEFT JOIN household h ON h.record_id=p.household_id",
    )
    if not lines.rows:
        return nothing(asked, "compensation_line")

    def items(wanted: Callable[[tuple[Any, ...]], bool]) -> list[Item]:
        return [
            Item(
                row[1] or row[0],
                Decimal(row[2]).scaleb(-2),
                record_reference("compensation_line", row[0], "net_yuan"),
                row[5],
            )
            for row in lines.rows
            if wanted(row)
        ]

    paid, due = items(lambda row: row[3] == "paid"), items(lambda row: row[4] is None)

    def work(sheet: Sheet) -> ActualOutcome:
        rule = Rule("", "", _ITEMS, "C")
        arrived = total_of(sheet, "P", paid, "CNY", Text("已到账金额", "amount arrived"), 2)
        if asked.unit == "yuan":
            sheet.conclude(asked.label, "P = Σ P_i", rule, value=arrived)
            return ActualOutcome(value=arrived.value)
        owed = total_of(sheet, "B", due, "CNY", Text("应发金额", "amount due"), 2)
        value = sheet.step("p", "percentage", [arrived, owed], "%", Text("兑付率", "share paid"), 2)
        sheet.conclude(asked.label, "p = P / B × 100", rule, value=value)
        return ActualOutcome(value=value.value)

    if asked.unit == "percent" and not sum(item.value for item in due):
        return nothing(asked, "compensation_line")
    how = Text(f"发放明细 {len(due)} 条，已到账 {len(paid)} 条", f"{len(due)} payment lines, {len(paid)} arrived")
    return done(asked, how, [lines], work)


# --- pests -------------------------------------------------------------------------------------------------------------


def _latest_by_site(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Keep the last survey of each site: an area surveyed twice is not twice the area."""
    by_site: dict[str, tuple[Any, ...]] = {}
    for row in sorted(rows, key=lambda r: r[2]):
        by_site[row[1]] = row
    return list(by_site.values())


def _pests(memo: Memo, asked: Question) -> Answer:
    columns = ("p.plot_no", "p.surveyed_on", "p.region_code", "p.harmed_area_ha")
    found: list[Sifted] = []
    problems: list[Problem] = []
    rows: list[tuple[str, tuple[Any, ...]]] = []
    for type_name in ("rodent_survey",) if asked.unit == "percent" else ("rodent_survey", "insect_survey"):
        more = ("p.controlled_area_ha",) if type_name == "rodent_survey" else ("NULL",)
        where = f"{_year_of('p.surveyed_on')} AND p.harmed_area_ha IS NOT NULL"
        sifted = sift(memo.reader, type_name, (*columns, *more), where, _span(asked))
        inside, named = _regional(memo, asked, type_name, sifted, 3)
        found.append(inside)
        problems += named
        rows += [(type_name, row) for row in _latest_by_site(inside.rows)]

    def items(column: int, name: str) -> list[Item]:
        return [
            Item(
                f"{row[1]} {row[2]}",
                Decimal(row[column]).scaleb(-2),
                record_reference(type_name, row[0], name),
                row[3] or "",
            )
            for type_name, row in rows
            if row[column] is not None
        ]

    harmed, controlled = items(4, "harmed_area_ha"), items(5, "controlled_area_ha")
    if not harmed or (asked.unit == "percent" and not sum(item.value for item in harmed)):
        return nothing(asked, "rodent_survey", "insect_survey")
    if asked.unit == "percent" and len(controlled) < len(harmed):
        part = Text(
            f"{len(harmed)} 个调查点中有 {len(controlled)} 个填写了防治面积",
            f"{len(controlled)} of {len(harmed)} sites give the area controlled",
        )
        problems.append(ResultProblem.PARTLY_KNOWN.at(indicator=asked.label, part=part))

    def work(sheet: Sheet) -> ActualOutcome:
        rule = Rule("", "", _ITEMS, "C")
        harm = total_of(sheet, "H", harmed, "ha", Text("危害面积", "area harmed"), 2)
        if asked.unit == "ha":
            sheet.conclude(asked.label, "H = Σ H_i", rule, value=harm)
            return ActualOutcome(value=harm.value)
        done = total_of(sheet, "C", controlled, "ha", Text("防治面积", "area controlled"), 2)
        value = sheet.step("p", "percentage", [done, harm], "%", Text("防治率", "share controlled"), 2)
        sheet.conclude(asked.label, "p = C / H × 100", rule, value=value)
        return ActualOutcome(value=value.value)

    how = Text(f"鼠虫害调查点 {len(rows)} 个，每点取最近一次", f"{len(rows)} pest sites, the last survey of each")
    return done(asked, how, found, work, problems)


# --- plots -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plot:
    name: str
    grass_class: str
    quadrats: list[Item]


def _quadrats(memo: Memo, asked: Question, column: str) -> tuple[Sifted, list[_Plot]]:
    """Return herb quadrats of the year inside the region, by plot; of the old form the plot says the grassland class."""
    sifted = sift(
        memo.reader,
        "herb_quadrat",
        (
            "p.quadrat_no",
            f"p.{column}",
            "coalesce(o.plot_no, n.plot_no)",
            "o.grass_class",
            "coalesce(o.region_code, n.region_code)",
        ),
        "p.surveyed_on BETWEEN ? || '-01-01' AND ? || '-12-31' AND coalesce(o.region_code, n.region_code) LIKE ? "
        f"AND p.{column} IS NOT NULL",
        (*_span(asked), _like(asked)),
        "LEFT JOIN plot o ON o.record_id=p.plot_id AND o.void=0 LEFT JOIN plot_new n ON n.record_id=p.plot_new_id AND n.void=0",
    )
    places = record_type("herb_quadrat").by_name[column].places
    plots: dict[str, _Plot] = {}
    for record_id, number_, value, plot_no, grass_class, region in sifted.rows:
        plot = plots.setdefault(plot_no, _Plot(plot_no, grass_class or "", []))
        reference = record_reference("herb_quadrat", record_id, column)
        plot.quadrats.append(Item(number_, Decimal(value).scaleb(-places), reference, region))
    return sifted, list(plots.values())


def weighed(memo: Memo, asked: Question) -> Sifted:
    """Return the herb quadrats of the year with a dry weight inside the region, as far as they may be used."""
    return _quadrats(memo, asked, "dry_g")[0]


def _plot_mean(sheet: Sheet, name: str, plot: _Plot, unit: str, label: Text) -> Node:
    """K10: the value of a plot is the mean of its quadrats."""
    part = sheet.part()
    nodes = [
        part.given(f"q{n}", item.value, unit, Text(item.label, item.label), _origin(item.reference), 1)
        for n, item in enumerate(plot.quadrats, 1)
    ]
    mean = part.step("m", "mean", nodes, unit, label, 2)
    part.conclude(
        Text(f"样地 {plot.name}", f"Plot {plot.name}"),
        "m = mean(q)",
        Rule("survey rules", "K10", "S29;S18", "B"),
        value=mean,
    )
    return sheet.attach(name, part)(mean)


def _height(memo: Memo, asked: Question) -> Answer:
    sifted, plots = _quadrats(memo, asked, "height_cm")
    if not plots:
        return nothing(asked, "herb_quadrat")

    def work(sheet: Sheet) -> ActualOutcome:
        label = Text("植被高度", "vegetation height")
        nodes = [_plot_mean(sheet, f"p{n}", plot, "cm", label) for n, plot in enumerate(plots, 1)]
        value = sheet.step("h", "mean", nodes, "cm", label, 2)
        sheet.conclude(asked.label, "h = mean(p)", Rule("survey rules", "K10", "S29;S18", "B"), value=value)
        return ActualOutcome(value=value.value)

    how = Text(f"样地 {len(plots)} 个的平均高度", f"mean height of {len(plots)} plots")
    return done(asked, how, [sifted], work)


def _monitored(memo: Memo, asked: Question) -> tuple[Sifted, list[_Plot], list[Problem]]:
    sifted = sift(
        memo.reader, "cover_monitoring", ("p.quadrat_no", "p.cover_percent", "p.plot_no", "p.grass_class", "p.region_code"),
        _year_of("p.monitored_on"), _span(asked),
    )  # fmt: skip
    inside, problems = _regional(memo, asked, "cover_monitoring", sifted, 5)
    plots: dict[str, _Plot] = {}
    for record_id, number_, value, plot_no, grass_class, region in inside.rows:
        plot = plots.setdefault(plot_no, _Plot(plot_no, grass_class, []))
        reference = record_reference("cover_monitoring", record_id, "cover_percent")
        plot.quadrats.append(Item(number_, Decimal(value).scaleb(-1), reference, region or ""))
    return inside, list(plots.values()), problems


def _cover(memo: Memo, asked: Question) -> Answer:
    """K9: mean cover of each grassland class, weighted by the area of the class among the parcels."""
    sifted, plots, problems = _monitored(memo, asked)
    if not plots:
        sifted, plots = _quadrats(memo, asked, "cover_percent")
    held = parcels_of(memo, asked)
    areas: dict[str, list[Item]] = defaultdict(list)
    for row, item in zip(held.rows, area_items(held.rows), strict=True):
        areas[row[4] or ""].append(item)
    covers: dict[str, list[_Plot]] = defaultdict(list)
    for plot in plots:
        covers[plot.grass_class].append(plot)
    classes = sorted(c for c in covers if c and c in areas)
    if not classes:
        return nothing(asked, "cover_monitoring", "plot", "parcel")
    left = sorted(c for c in areas if c not in classes)
    unknown = sum(len(covers[c]) for c in covers if c not in classes)
    if left or unknown:
        mu = sum((item.value for code in left for item in areas[code]), Decimal(0))
        part = missing_classes(mu, unknown, Text("盖度", "cover"))
        problems.append(ResultProblem.PARTLY_KNOWN.at(indicator=asked.label, part=part))

    def work(sheet: Sheet) -> ActualOutcome:
        weights, weighted = [], []
        label = Text("盖度", "cover")
        for n, code in enumerate(classes, 1):
            name = label_of("grassland_class", code)
            means = [_plot_mean(sheet, f"p{n}_{k}", plot, "%", label) for k, plot in enumerate(covers[code], 1)]
            cover = sheet.step(f"G{n}", "mean", means, "%", name, 2)
            area = total_of(sheet, f"A{n}", areas[code], "mu", name, 3)
            weights.append(area)
            weighted.append(sheet.step(f"GA{n}", "product", [cover, area], "%·mu", name, 2))
        whole = sheet.step("A", "sum", weights, "mu", Text("面积合计", "area in all"), 3)
        both = sheet.step("GA", "sum", weighted, "%·mu", Text("加权合计", "weighted sum"), 2)
        value = sheet.step("G", "quotient", [both, whole], "%", Text("综合植被盖度", "composite cover"), 2)
        rule = Rule("survey rules", "K9", "S07", "A")
        sheet.conclude(asked.label, "G = Σ(G_k × A_k) / Σ A_k", rule, value=value)
        return ActualOutcome(value=value.value)

    how = Text(
        f"{sum(len(covers[c]) for c in classes)} 个样地的盖度，按 {len(classes)} 个草原类的地块面积加权",
        f"cover of {sum(len(covers[c]) for c in classes)} plots, weighted by the area of {len(classes)} classes",
    )
    return done(asked, how, [sifted, held], work, problems)


def missing_classes(mu: Decimal, unknown: int, what: Text) -> Text:
    """Say which pasture no plot tells of, and how many plots are of classes without pasture."""
    zh, en = [], []
    if mu:
        zh.append(f"{plain(mu)} 亩草场的草原类没有{what.zh}")
        en.append(f"{plain(mu)} mu of classes without a {what.en}")
    if unknown:
        zh.append(f"{unknown} 个样地的草原类没有对应的地块")
        en.append(f"{unknown} plots of classes without parcels")
    return Text("，".join(zh), ", ".join(en))


Way = Callable[[Memo, Question], Answer]

WAYS: dict[str, dict[str, Way]] = {
    "composite_cover": {"percent": _cover},
    "height": {"cm": _height},
    "ban_rate": {"mu": _ban_area, "ha": _ban_area},
    "payment_rate": {"percent": _payments, "yuan": _payments},
    "degraded_share": {"percent": _degraded, "mu": _degraded, "ha": _degraded},
    "pest_control": {"ha": _pests, "percent": _pests},
    "trainings": {"times": _trainings},
}
# What only the register of parcels tells: it says what is so now, nothing of earlier years.
OF_THE_REGISTER = frozenset({"ban_rate", "degraded_share"})
NO_WAY: dict[str, Text] = {
    "destocking_rate": Text("核定减畜数没有登记在本工作站", "the ordered reduction is not recorded here"),
    "restoration_rate": Text("工程任务没有登记在本工作站", "projects and their tasks are not recorded here"),
    "data_on_time": Text("上报期限没有登记在本工作站", "the dates reports are due are not recorded here"),
}
