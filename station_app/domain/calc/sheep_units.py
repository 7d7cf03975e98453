"""Sheep units of a herd: adult stock by species and weight class, young stock by age or by its share of the herd.

Source: NY/T 635-2015 as far as it was read (sheep_unit_adult.csv, sheep_unit_young.csv); the coefficients are data with marks of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.coefficients import (
    ADULT,
    YOUNG,
    YOUNG_GROUP,
    Coefficient,
    CoefficientSet,
    Standards,
    same_sheep_unit,
)
from station_app.domain.calc.explanation import (
    ARITHMETIC,
    Node,
    Origin,
    OriginKind,
    Result,
    Rule,
    Sheet,
    calculate,
    origin_of,
)
from station_app.domain.calc.inputs import reference, require, required
from station_app.domain.calc.numbers import HUNDRED, ONE, round_to
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import SETTING, not_used, tell
from station_app.domain.codes import word_of
from station_app.domain.fields import described
from station_app.domain.problems import Problem, refusal
from station_app.domain.text import Text

ADULT_CLASSES = ("adult_female", "adult_male", "adult_other")
_NOT_GRAZING = ("pig",)  # in the livestock total but not grazing (balance_livestock_flow_item.csv)

RULE = Rule("NY/T 635-2015", "preface (sheep unit)", "http://doc.csres.com/detail/269469.html", "A")
_TITLE = Text("羊单位", "Sheep units")


def animals_of(species: str, stock_class: str) -> Text:
    named = word_of("species", species), word_of("stock_class", stock_class)
    return Text("".join(each.zh for each in named), ", ".join(each.en for each in named))


@described
class HerdLine:
    """Animals of one species and class."""

    species: str = f.code("畜种", "Species", "species")
    stock_class: str = f.code("类别", "Class", "stock_class")
    head: int = f.count("头数", "Head", "head", minimum=0, maximum=100_000_000)
    mean_weight_kg: Decimal | None = f.number("平均体重", "Mean weight", "kg", above=0, maximum=2000)
    age_months: Decimal | None = f.number(
        "月龄",
        "Age",
        "months",
        minimum=0,
        maximum=600,
        help=("知道月龄时按月龄查幼畜系数。", "Where known it decides the coefficient of young stock."),
    )
    coefficient_su: Decimal | None = f.number("自定系数", "Own coefficient", "SU/head", above=0, maximum=50)
    coefficient_source: str = f.text("自定系数出处", "Source of the own coefficient", default="")
    reference: str = reference()

    @property
    def animals(self) -> Text:
        return animals_of(self.species, self.stock_class)

    def rules(self, at: str) -> list[Problem]:
        """An own coefficient says where it is from, and stands in place of weight and age."""
        if self.coefficient_su is None:
            found = not_used(self, at, Text("没有填自定系数", "there is no own coefficient"), "coefficient_source")
            if self.stock_class in (*ADULT_CLASSES, "undivided"):
                reason = Text("这一类不按月龄折算", "this class does not count by age")
                found += not_used(self, at, reason, "age_months")
            return found
        found = not_used(self, at, Text("已填自定系数", "there is an own coefficient"), "mean_weight_kg", "age_months")
        if not self.coefficient_source:
            found += required(self, at, "coefficient_source")
        return found


@described
class SheepUnitInput:
    """A herd and the coefficient sets to count it with."""

    adult_set: str = f.coefficient_set("成年畜系数集", "Set for adult stock", ADULT)
    young_set: str | None = f.coefficient_set("幼畜系数集", "Set for young stock", YOUNG)
    group_set: str | None = f.coefficient_set("类别对应表", "Table of stock classes and ages", YOUNG_GROUP)
    young_rule: str = f.code("幼畜折算办法", "How young stock counts", "young_rule", default="by_age")
    herd_share_percent: Decimal | None = f.number("幼畜占群体", "Young stock in the herd", "%", minimum=0, maximum=100)
    young_share_of_adult: Decimal | None = f.number("幼畜折成年畜", "Young as adult", "adult/head", above=0, maximum=1)
    herd_share_source: str = f.text("比例出处", "Source of the shares", default="")
    count_pigs: bool = f.flag("计入猪", "Count pigs", default=False, help=("猪不是放牧牲畜。", "Pigs do not graze."))
    area_ha: Decimal | None = f.number(
        "放牧面积", "Grazed area", "ha", above=0, missing=CalculationProblem.NO_AREA, places=4
    )
    herd: tuple[HerdLine, ...] = f.lines("畜群", "Herd", HerdLine, required=True)

    def rules(self, at: str) -> list[Problem]:
        """The rule by share of the herd needs both shares and their source; the rule by age takes none of them."""
        shares = ("herd_share_percent", "young_share_of_adult", "herd_share_source")
        if self.young_rule != "herd_share":
            return not_used(self, at, Text("幼畜按年龄折算", "young stock counts by age"), *shares)
        found = required(self, at, *shares)
        reason = Text("幼畜按群体比例折算", "young stock counts by its share of the herd")
        for place, line in enumerate(self.herd):
            found += not_used(line, f"{at}/herd/{place}", reason, "age_months")
        return found


@described
class SpeciesUnits:
    """Sheep units of one species."""

    species: str = f.code("畜种", "Species", "species")
    head: int = f.count("头数", "Head", "head")
    su: Decimal = f.number("羊单位", "Sheep units", "SU", places=2)


@described
class SheepUnitOutcome:
    """What a herd counts."""

    total_su: Decimal = f.number("羊单位合计", "Sheep units in all", "SU", places=2)
    head: int = f.count("头数合计", "Head in all", "head")
    stocking_su_per_ha: Decimal | None = f.number("放牧强度", "Stocking", "SU/ha", places=2)
    sheep_units: tuple[str, ...] = f.texts("羊单位定义", "Definition of the sheep unit")
    species: tuple[SpeciesUnits, ...] = f.lines("分畜种", "By species", SpeciesUnits)


@dataclass(frozen=True, slots=True)
class HerdSets:
    """The sets a herd is counted with, chosen and found to agree on the sheep unit."""

    adult: CoefficientSet
    young: CoefficientSet | None
    group: CoefficientSet | None
    sheep_units: frozenset[str]


def herd_sets(given: SheepUnitInput, standards: Standards, at: str = "") -> HerdSets:
    """Return the chosen sets.

    Raises:
        UserError: CALC-007 a set is unknown, CALC-009 adult and young stock are counted in different sheep units.
    """
    adult = standards.named(given, "adult_set", at)
    young = standards.named(given, "young_set", at) if given.young_set is not None else None
    group = standards.named(given, "group_set", at) if given.group_set is not None else None
    return HerdSets(adult, young, group, same_sheep_unit(adult, young, at=f"{at}/young_set"))


def sheep_units(given: SheepUnitInput, standards: Standards) -> Result[SheepUnitOutcome]:
    """Return the sheep units of a herd.

    Rounding: none.

    Raises:
        UserError: CALC-…; nothing is counted with a coefficient that is missing, empty or of another sheep unit.
    """
    require(given)
    sets = herd_sets(given, standards)

    def work(sheet: Sheet) -> SheepUnitOutcome:
        total, by_species = herd_units(sheet, given, sets)
        stocking = None
        if given.area_ha is not None:
            area = sheet.entry("A", given, "area_ha")
            stocking = sheet.step("Q", "quotient", [total, area], "SU/ha", Text("放牧强度", "stocking"))
        sheet.conclude(_TITLE, "N = Σ n × k", RULE, total_su=total, stocking_su_per_ha=stocking)
        return SheepUnitOutcome(
            total_su=total.value,
            head=sum(line.head for line in given.herd),
            stocking_su_per_ha=stocking.value if stocking else None,
            sheep_units=tuple(sorted(sets.sheep_units)),
            species=tuple(
                SpeciesUnits(
                    species=species,
                    head=sum(line.head for line in given.herd if line.species == species),
                    su=node.value,
                )
                for species, node in by_species.items()
            ),
        )

    return calculate(work)


def herd_units(sheet: Sheet, given: SheepUnitInput, sets: HerdSets, at: str = "") -> tuple[Node, dict[str, Node]]:
    """Put a herd on a sheet; return its sheep units in all and by species."""
    factors: dict[str, Node] = {}
    counted: dict[str, list[Node]] = {}
    for place, line in enumerate(given.herd):
        where = f"{at}/herd/{place}"
        if line.species in _NOT_GRAZING and not given.count_pigs:
            sheet.warn(
                CalculationProblem.NOT_GRAZING.at(where, species=word_of("species", line.species), head=line.head)
            )
            continue
        name = line.animals
        number_of = f"n{place + 1}"
        head = sheet.entry(number_of, line, "head", name)
        factor = _factor(sheet, factors, line, given, sets, place + 1, where)
        units = sheet.step(f"N{place + 1}", "product", [head, *factor], "SU", name)
        counted.setdefault(line.species, []).append(units)
    by_species = {}
    for species, nodes in counted.items():
        label = Text("{species}羊单位", "sheep units of {species}").format(species=word_of("species", species))
        by_species[species] = sheet.step(f"N_{species}", "sum", nodes, "SU", label)
    total = sheet.step("N", "sum", list(by_species.values()), "SU", Text("羊单位合计", "sheep units in all"))
    tell(sheet, total, given, "adult_set", "young_set", "group_set", "young_rule", "count_pigs", origin=SETTING)
    return total, by_species


def _factor(
    sheet: Sheet,
    factors: dict[str, Node],
    line: HerdLine,
    given: SheepUnitInput,
    sets: HerdSets,
    place: int,
    at: str,
) -> list[Node]:
    """Return the nodes whose product is the sheep units of one head."""
    if line.coefficient_su is not None:
        label = Text(f"自定系数({line.coefficient_source})", f"own coefficient ({line.coefficient_source})")
        return [sheet.entry(f"c{place}", line, "coefficient_su", label)]
    adult = _adult(sets.adult, line, at)

    def use(coefficient: Coefficient, prefix: str) -> Node:
        known = factors.get(coefficient.reference)
        if known is None:
            known = factors[coefficient.reference] = sheet.coefficient(f"{prefix}{len(factors) + 1}", coefficient)
        return known

    grown = use(adult, "k")
    weighed = any(row.key[1] not in ("-", "") for row in sets.adult.beginning(line.species))
    if line.mean_weight_kg is not None and not weighed:
        reason = Text(f"“{sets.adult.title.zh}”不分体重", f"“{sets.adult.title.en}” has no weight classes")
        raise refusal(not_used(line, at, reason, "mean_weight_kg"))
    tell(sheet, grown, line, "mean_weight_kg")
    if line.stock_class in ADULT_CLASSES:
        return [grown]
    if given.young_rule == "herd_share":
        return _by_herd_share(sheet, factors, line, given, grown)
    age = _age_class(line, sets, at)
    if age is None:
        if line.stock_class == "undivided":
            sheet.warn(CalculationProblem.UNDIVIDED.at(at, species=word_of("species", line.species)))
        else:
            sheet.warn(CalculationProblem.ADULTS_BY_AGE.at(at, key=line.animals))
        if sheet.recording and line.stock_class != "undivided":
            _say_age(sheet, grown, line, sets, age)
        return [grown]
    young = use(age, "y")
    if sheet.recording:
        _say_age(sheet, young, line, sets, age)
    return [grown, young]


def _say_age(sheet: Sheet, decides: Node, line: HerdLine, sets: HerdSets, age: Coefficient | None) -> None:
    """Say which age a class was taken to have, who says so, and what the other ages of young stock would count."""
    assert sets.group is not None and sets.young is not None
    meaning = sets.group.find(line.species, line.stock_class)
    others = [row for row in sets.young.beginning(meaning.words["group"]) if row is not age and row.value is not None]
    rest = "、".join(f"{row.key[1]}: {row.value}" for row in others)
    taken = Text("成年", "adult") if age is None else Text(f"{age.key[1]} 月龄", f"{age.key[1]} months")
    value = Text(f"{taken.zh}(另有 {rest})", f"{taken.en} (others: {rest})") if rest else taken
    label = Text("{animals}按", "{animals}, taken as").format(animals=line.animals)
    if line.age_months is not None:
        sheet.chosen(decides, label, value, origin_of(line.reference))
        tell(sheet, decides, line, "age_months")
        return
    origin = Origin(
        OriginKind.COEFFICIENT, meaning.reference, meaning.standard, source=meaning.note, mark=meaning.mark,
        verified_by=meaning.verified_by, verified_on=meaning.verified_on,
    )  # fmt: skip
    sheet.chosen(decides, label, value, origin)


def _adult(adult: CoefficientSet, line: HerdLine, at: str) -> Coefficient:
    """Return the adult coefficient of a species, by weight class where the set has them."""
    rows = adult.beginning(line.species)
    if len(rows) == 1 and rows[0].key[1] in ("-", ""):
        return rows[0]
    if not rows:
        return adult.find(line.species, at=at)
    classless = [row for row in rows if row.key[1] in ("-", "")]
    bands = [row for row in rows if row.key[1] not in ("-", "")]
    if line.mean_weight_kg is None:
        if classless and classless[0].value is not None:
            return classless[0]
        label = Text("平均体重", "Mean weight")
        raise CalculationProblem.REQUIRED.error(f"{at}/mean_weight_kg", label=label, name="mean_weight_kg")
    chosen = _band(bands, round_to(line.mean_weight_kg, ONE))
    if chosen is not None:
        return chosen
    if classless:
        return classless[0]
    return adult.find(line.species, f"{line.mean_weight_kg} kg", at=at)


def _band(bands: Iterable[Coefficient], weight_kg: Decimal) -> Coefficient | None:
    """Return the weight class; where two touch, the one with both ends wins, then the one that begins there."""
    fitting = []
    for row in bands:
        low_text, _, high_text = row.key[1].partition("-")
        low = Decimal(low_text) if low_text else None
        high = Decimal(high_text) if high_text else None
        if (low is None or weight_kg >= low) and (high is None or weight_kg <= high):
            fitting.append((low is not None and high is not None, low == weight_kg, row))
    if not fitting:
        return None
    return max(fitting, key=lambda each: each[:2])[2]


def _age_class(line: HerdLine, sets: HerdSets, at: str) -> Coefficient | None:
    """Return the young-stock coefficient, or ``None`` when the animals count as adult."""
    if line.stock_class == "undivided":
        return None
    if sets.young is None or (sets.group is None):
        name = "young_set" if sets.young is None else "group_set"
        label = (
            Text("幼畜系数集", "Set for young stock") if sets.young is None else Text("类别对应表", "Table of classes")
        )
        raise CalculationProblem.NO_EDITION.error(
            at, label=label, value="", known=f"{name}: grassland-station calc --sets"
        )
    meaning = sets.group.find(line.species, line.stock_class, at=at).words
    if line.age_months is None:
        return None if meaning["age"] == "adult" else sets.young.find(meaning["group"], meaning["age"], at=at)
    rows = sets.young.beginning(meaning["group"])
    for row in rows:
        low, _, high = row.key[1].partition("-")
        if Decimal(low) <= line.age_months < Decimal(high):
            return row
    oldest = max((Decimal(row.key[1].partition("-")[2]) for row in rows), default=Decimal(0))
    if rows and line.age_months >= oldest:
        return None
    return sets.young.find(meaning["group"], f"{line.age_months} months", at=at)


def _by_herd_share(
    sheet: Sheet, factors: dict[str, Node], line: HerdLine, given: SheepUnitInput, adult: Node
) -> list[Node]:
    """One head of an undivided herd: a share counts as young, the rest as adult; young stock alone counts as young."""
    assert given.herd_share_percent is not None and given.young_share_of_adult is not None
    mixed = "herd_share/mixed"
    if mixed not in factors:
        by = Text(given.herd_share_source, given.herd_share_source)
        share = sheet.entry(
            "s",
            given,
            "herd_share_percent",
            Text(f"幼畜占群体({by.zh})", f"young in the herd ({by.en})"),
            origin=SETTING,
        )
        whole_herd = sheet.given("h", HUNDRED, "%", Text("全群", "whole herd"), ARITHMETIC, 0)
        young = sheet.entry("q", given, "young_share_of_adult", origin=SETTING)
        adults = sheet.step("s_a", "difference", [whole_herd, share], "%", Text("成年畜占群体", "adults in the herd"))
        as_adult = sheet.step("s_y", "product", [share, young], "%", Text("幼畜折合", "young as adults"))
        both = sheet.step("s_h", "sum", [adults, as_adult], "%", Text("折合成年畜", "as adults"))
        factors[mixed] = sheet.step(
            "m", "quotient", [both, whole_herd], "adult/head", Text("每头折成年畜", "a head as adult"), 4
        )
        factors["herd_share/young"] = young
    return [adult, factors[mixed if line.stock_class == "undivided" else "herd_share/young"]]


def coefficients_of_one(line: HerdLine, sets: HerdSets, *, adult_only: bool = False) -> tuple[Coefficient, ...]:
    """Return the coefficients whose product is the sheep units of one head; none for animals that do not graze.

    Args:
        adult_only: Leave young stock to the caller (it counts by its share of the herd).

    Raises:
        UserError: as ``sheep_units``.
    """
    if line.species in _NOT_GRAZING:
        return ()
    adult = _adult(sets.adult, line, "")
    if adult_only or line.stock_class in ADULT_CLASSES:
        return (adult,)
    age = _age_class(line, sets, "")
    return (adult,) if age is None else (adult, age)
