"""Livestock counts: one household, one day, lines of species and class. Facts: balance_livestock_flow_item.csv."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.codes import label_of
from station_app.domain.derived import Compared, derived_rows
from station_app.domain.fields import line
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import no_repeats, part_of, year_of_date
from station_app.domain.registry import Group, record, rule

_FLOW = "A: balance_livestock_flow_item"


@line
class ClassCount:
    """Animals of one species and class on the day of the count, and what happened to them since the last one."""

    species_code: str = f.code("畜种", "Species", "species", source="A: 国家统计年鉴")
    class_code: str = f.code("类别", "Class", "stock_class", source="balance_livestock_flow_item.csv")
    head: int = f.head("存栏", "Head", headings=("存栏数", "年末实有数", "期末存栏", "头数"), source=_FLOW)
    breeding_females: int | None = f.head("能繁母畜", "Breeding females", headings=("能繁殖的母畜",), source=_FLOW)
    opening: int | None = f.head("期初存栏", "Opening stock", headings=("年初数", "年初存栏"), source=_FLOW)
    born: int | None = f.head("繁殖成活", "Born and alive", headings=("繁殖成活数", "产仔成活"), source=_FLOW)
    bought_in: int | None = f.head("购入", "Bought in", source="C: balance_livestock_flow_item")
    other_in: int | None = f.head("其他增加", "Other increase", source="C: balance_livestock_flow_item")
    died: int | None = f.head("死亡", "Died", headings=("成、幼畜死亡数", "死亡数"), source=_FLOW)
    sold: int | None = f.head("出售", "Sold", headings=("出栏", "出栏数"), source="C: balance_livestock_flow_item")
    slaughtered: int | None = f.head("自宰自食", "Slaughtered at home", headings=("自宰自食数", "宰杀"), source=_FLOW)
    other_out: int | None = f.head("其他减少", "Other decrease", source="C: balance_livestock_flow_item")
    newborn_died: int | None = f.head(
        "仔畜死亡",
        "New-born deaths",
        headings=("年内仔畜死亡",),
        source=_FLOW,
        help=("不计入平衡。", "Outside the stock account."),
    )
    draught: int | None = f.head("役畜", "Draught animals", source=_FLOW)
    improved: int | None = f.head("良种及改良种", "Improved breeds", source=_FLOW)
    mean_weight_kg: Decimal | None = f.quantity(
        "平均体重", "Mean weight", "kg", 1, maximum=2000, source="balance_livestock_flow_item.csv"
    )
    keeping: str | None = f.code("饲养方式", "Keeping", "keeping", source="balance_livestock_flow_item.csv")


@record(
    "livestock_count",
    "牲畜清点",
    "Livestock count",
    Group.LIVESTOCK,
    key=("household_id", "counted_on", "occasion"),
    title=("counted_on", "occasion"),
    year_field="year",
)
class LivestockCount:
    """What a household kept on one day. June stock holds the young of the year: never compare it with December's."""

    household_id: str = f.link("牧户", "Household", "household")
    year: int = f.year("年度", "Year")
    occasion: str = f.code("清点时点", "Occasion", "occasion", source="C: BK")
    counted_on: date = f.day("清点日期", "Counted on")
    counted_by: str = f.text("清点人", "Counted by", 120, headings=("调查人", "填表人"))
    parcel_id: str | None = f.link("所在草场", "Pasture", "parcel", source="balance_livestock_flow_item.csv")
    herding: str | None = f.code("放养关系", "Herded by", "herding", source="balance_livestock_flow_item.csv")
    owner_name: str | None = f.text("畜主(代牧时填)", "Owner, if herded for others", 60)
    household_signed: bool | None = f.flag(
        "牧户签字确认", "Signed by the household", source="A: survey_fields patrol.sign"
    )
    class_counts: tuple[ClassCount, ...] = f.lines("分类存栏", "Counts by class", ClassCount, required=True)
    attachments: tuple[str, ...] = f.files()
    note: str | None = f.note()


@rule(LivestockCount)
def count_lines(record: LivestockCount) -> list[Problem]:
    """Each species and class once; parts within the count; the year is the date's."""
    found = [
        *no_repeats(record, "class_counts", ("species_code", "class_code")),
        *year_of_date(record, "year", "counted_on"),
    ]
    for number, row in enumerate(record.class_counts, 1):
        for part in ("breeding_females", "draught", "improved"):
            found += part_of(row, part, "head", at="class_counts", line=number)
    return found


_INCREASES = ("opening", "born", "bought_in", "other_in")
_DECREASES = ("died", "sold", "slaughtered", "other_out")


def _stock_accounts(record: LivestockCount) -> Iterator[Compared]:
    """Yield the stock of each species beside opening + increases − decreases.

    Classes pass into each other as animals age, so the account is closed per species, and only where every line of the
    species has an opening stock. Source: balance_livestock_flow_item.csv (A, three labels C).
    """
    by_species: dict[str, list[ClassCount]] = defaultdict(list)
    for row in record.class_counts:
        by_species[row.species_code].append(row)
    for species, rows in by_species.items():
        if any(row.opening is None or row.head is None for row in rows):
            continue
        more, less = (
            sum(getattr(row, name) or 0 for row in rows for name in names) for names in (_INCREASES, _DECREASES)
        )
        name = label_of("species", species)
        yield Compared(sum(row.head for row in rows), (more - less,), facts={"species": name})


derived_rows(
    LivestockCount,
    "class_counts.head",
    tuple(f"class_counts.{name}" for name in (*_INCREASES, *_DECREASES)),
    ("期初加增加减减少", "opening plus increase less decrease"),
    _stock_accounts,
    severity=Severity.WARN,  # three of the labels are expected, not read
    sentence=RecordProblem.ACCOUNT_NOT_CLOSED,
)
