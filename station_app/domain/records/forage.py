"""Forage of a household in a year, item by item. Facts: 草畜平衡管理办法 art. 3, 11–15."""

from __future__ import annotations

from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.problems import Problem
from station_app.domain.records._rules import label, positive, required_when
from station_app.domain.registry import Group, record, rule


@record(
    "forage_supply",
    "饲草料",
    "Forage supply",
    Group.FORAGE,
    plural=("饲草料", "Forage supplies"),
    key=("household_id", "year", "kind", "item_number"),
    title=("year", "kind"),
    year_field="year",
)
class ForageSupply:
    """One quantity of forage with its state, source and the coefficient somebody decided on (none is built in)."""

    household_id: str = f.link("牧户", "Household", "household")
    year: int = f.year("年度", "Year")
    kind: str = f.code("饲草料种类", "Kind of forage", "forage_kind")
    item_number: int = f.count("序号", "Item number", default=1, minimum=1, maximum=999)
    description: str | None = f.text("品名", "Description")
    source_code: str | None = f.code("来源", "Source", "forage_source")
    goods_state: str = f.code("计量状态", "Weighed as", "forage_state", source="草畜平衡管理办法 art. 11–15")
    quantity_kg: Decimal = f.quantity("数量", "Quantity", "kg", 1, maximum=1_000_000_000)
    moisture_percent: Decimal | None = f.quantity("含水量", "Moisture", "%", 1, maximum=100)
    area_mu: Decimal | None = f.area_mu("面积", "Area")
    hay_coefficient: Decimal | None = f.quantity(
        "折标准干草系数", "Coefficient to standard hay", "", 4, maximum=10, source="草畜平衡管理办法 art. 11–15"
    )
    coefficient_source: str | None = f.text("系数来源", "Source of the coefficient")
    cost_yuan: Decimal | None = f.money("金额", "Cost", minimum=0)
    attachments: tuple[str, ...] = f.files()
    note: str | None = f.note()


@rule(ForageSupply)
def coefficient_has_source(record: ForageSupply) -> list[Problem]:
    """A coefficient is above zero and says where it is from."""
    given = record.hay_coefficient is not None
    return [
        *positive(record, "hay_coefficient"),
        *required_when(given, record, "coefficient_source", label(record, "hay_coefficient")),
    ]
