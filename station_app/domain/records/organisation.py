"""Organisations and administrative units, and the people who work for them."""

from __future__ import annotations

from datetime import date

from station_app.domain import fields as f
from station_app.domain.fields import PUBLIC, Form
from station_app.domain.problems import Problem
from station_app.domain.records._rules import dates_in_order
from station_app.domain.registry import Group, Role, record, rule

EVERY_ROLE = (Role.STATION, Role.COUNTY, Role.REGION)


@record(
    "organisation",
    "单位",
    "Organisation",
    Group.REGISTER,
    authors=EVERY_ROLE,
    key=("code",),
    title=("name",),
    search=("code", "name", "short_name"),
)
class Organisation:
    """A unit of the tree: administrative unit, station, office, bank. Codes change with the years, so both ends are kept."""

    code: str = f.text(
        "单位编码",
        "Organisation code",
        32,
        share=PUBLIC,
        source="A: compensation S55",
        help=(
            "行政单位填 6、9 或 12 位区划代码，其他单位用上级规定的编码。",
            "Administrative units: the 6-, 9- or 12-digit code; others: the code given by the county.",
        ),
    )
    name: str = f.text("单位名称", "Name", share=PUBLIC)
    short_name: str | None = f.text("简称", "Short name", 40, share=PUBLIC)
    kind: str = f.code("单位类型", "Kind", "organisation_kind", share=PUBLIC)
    level: str = f.code("级别", "Level", "organisation_level", share=PUBLIC)
    parent_id: str | None = f.link("上级单位", "Parent organisation", "organisation")
    region_code: str | None = f.region(
        "所在区划代码", "Administrative code", 200, share=PUBLIC, source="A: compensation S55"
    )
    code_year: int | None = f.year("区划代码年份", "Year of the code", share=PUBLIC, source="A: compensation S55")
    address: str | None = f.text("地址", "Address", share=PUBLIC)
    phone: str | None = f.text("电话", "Phone", form=Form.PHONE, share=PUBLIC)
    valid_from: date | None = f.day("启用日期", "Valid from", share=PUBLIC)
    valid_to: date | None = f.day("停用日期", "Valid to", future=True, share=PUBLIC)
    note: str | None = f.note()


@rule(Organisation)
def organisation_validity(record: Organisation) -> list[Problem]:
    """The end of validity is not before its start."""
    return dates_in_order(record, "valid_from", "valid_to")


@record(
    "staff",
    "工作人员",
    "Staff member",
    Group.REGISTER,
    plural=("工作人员", "Staff"),
    authors=EVERY_ROLE,
    key=("code",),
    title=("name",),
    search=("code", "name"),
)
class Staff:
    """A person working for an organisation; records name people as they were written on the form."""

    code: str = f.text("工号", "Staff number", 32)
    name: str = f.text("姓名", "Name", 60)
    organisation_id: str = f.link("所在单位", "Organisation", "organisation")
    duties: tuple[str, ...] = f.many_codes("职责", "Duties", "staff_duty")
    certificate_number: str | None = f.text(
        "执法证号", "Enforcement certificate number", 40, source="C: survey_fields patrol.people"
    )
    phone: str | None = f.text("联系电话", "Phone", form=Form.PHONE, sensitive=True)
    valid_from: date | None = f.day("到岗日期", "From")
    valid_to: date | None = f.day("离岗日期", "To", future=True)
    note: str | None = f.note()


@rule(Staff)
def staff_period(record: Staff) -> list[Problem]:
    """Nobody leaves before arriving."""
    return dates_in_order(record, "valid_from", "valid_to")
