"""Organisations and administrative units, and the people who work for them."""

from __future__ import annotations

from datetime import date

from station_app.domain import fields as f
from station_app.domain.fields import Form, Share
from station_app.domain.problems import Problem
from station_app.domain.records._rules import dates_in_order
from station_app.domain.registry import Group, Role, record, rule

EVERY_ROLE = (Role.STATION, Role.COUNTY, Role.REGION)


@record(
    "organisation",
    label=("单位", "Organisation"),
    group=Group.REGISTER,
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
        max_length=32,
        share=Share.PUBLIC,
        source="compensation §9.2",
        confidence="A",
        help=(
            "行政单位填 6、9 或 12 位区划代码，其他单位用上级规定的编码。",
            "Administrative units: the 6-, 9- or 12-digit code; others: the code given by the county.",
        ),
    )
    name: str = f.text("单位名称", "Name", share=Share.PUBLIC)
    short_name: str | None = f.text(
        "简称", "Short name", required=False, default=None, share=Share.PUBLIC, max_length=40
    )
    kind: str = f.code("单位类型", "Kind", "organisation_kind", share=Share.PUBLIC)
    level: str = f.code("级别", "Level", "organisation_level", share=Share.PUBLIC)
    parent_id: str | None = f.link("上级单位", "Parent organisation", "organisation", required=False, default=None)
    region_code: str | None = f.text(
        "所在区划代码",
        "Administrative code",
        form=Form.REGION,
        required=False,
        default=None,
        share=Share.PUBLIC,
        source="compensation §9.2",
        confidence="A",
    )
    code_year: int | None = f.year(
        "区划代码年份",
        "Year of the code",
        required=False,
        default=None,
        share=Share.PUBLIC,
        source="compensation §9.2",
        confidence="A",
    )
    address: str | None = f.text("地址", "Address", required=False, default=None, share=Share.PUBLIC)
    phone: str | None = f.text("电话", "Phone", form=Form.PHONE, required=False, default=None, share=Share.PUBLIC)
    valid_from: date | None = f.day("启用日期", "Valid from", required=False, default=None, share=Share.PUBLIC)
    valid_to: date | None = f.day("停用日期", "Valid to", required=False, default=None, future=True, share=Share.PUBLIC)
    note: str | None = f.text("备注", "Note", form=Form.LONG, required=False, default=None, max_length=1000)


@rule(Organisation)
def organisation_validity(record: Organisation) -> list[Problem]:
    """The end of validity is not before its start."""
    return dates_in_order(record, "valid_from", "valid_to")


@record(
    "staff",
    label=("工作人员", "Staff member"),
    plural=("工作人员", "Staff"),
    group=Group.REGISTER,
    authors=EVERY_ROLE,
    key=("code",),
    title=("name",),
    search=("code", "name"),
)
class Staff:
    """A person working for an organisation; records name people as they were written on the form."""

    code: str = f.text("工号", "Staff number", max_length=32)
    name: str = f.text("姓名", "Name", max_length=60)
    organisation_id: str = f.link("所在单位", "Organisation", "organisation")
    duties: tuple[str, ...] = f.many_codes("职责", "Duties", "staff_duty")
    certificate_number: str | None = f.text(
        "执法证号",
        "Enforcement certificate number",
        required=False,
        default=None,
        max_length=40,
        source="survey_fields patrol.people",
        confidence="C",
    )
    phone: str | None = f.text("联系电话", "Phone", form=Form.PHONE, required=False, default=None, sensitive=True)
    valid_from: date | None = f.day("到岗日期", "From", required=False, default=None)
    valid_to: date | None = f.day("离岗日期", "To", required=False, default=None, future=True)
    note: str | None = f.text("备注", "Note", form=Form.LONG, required=False, default=None, max_length=1000)


@rule(Staff)
def staff_period(record: Staff) -> list[Problem]:
    """Nobody leaves before arriving."""
    return dates_in_order(record, "valid_from", "valid_to")
