"""Herding households and what happens to them. Fields: compensation_form_columns.csv and form EXP1/EXP9."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.derived import derived, total
from station_app.domain.fields import PUBLIC, Form, Share, Weight, line
from station_app.domain.identifiers import is_household_code
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import label, no_repeats, required_when
from station_app.domain.registry import Group, record, rule
from station_app.domain.text import Text

_D = Weight.DECISIVE

HEAD_NAME = ("户主", "农户姓名", "牧户姓名", "姓名", "承包方(代表)姓名", "承包方代表")
IDENTITY = ("身份证号码", "公民身份号码", "证件号码")
ACCOUNT = ("银行卡号", "一卡通账号", "社保卡账号", "一折通账号", "存折账号", "账号", "银行账号", "一卡通(社保卡)账号")
BANK = ("开户行", "代发金融机构")
VILLAGE = ("村", "行政村", "嘎查", "嘎查村", "行政村(嘎查)")
GROUP = ("村组", "社", "浩特")


@line
class Member:
    """A member of a household (form EXP9, item 5)."""

    name: str = f.text("姓名", "Name", 60, sensitive=True, share=Share.COUNTY)
    relation: str = f.code("与户主关系", "Relation to head", "relation")
    identity_number: str | None = f.identity()
    note: str | None = f.text("备注", "Note")


@record(
    "household",
    "牧户",
    "Household",
    Group.REGISTER,
    key=("code",),
    title=("head_name", "code"),
    search=("code", "head_name", "group_name", "contract_number", "phone"),
)
class Household:
    """A household that holds grassland: who it is, where it belongs, and the account its award is paid to."""

    code: str = f.text(
        "户编码",
        "Household code",
        16,
        weight=_D,
        headings=("户号", "牧户编码", "农户编码"),
        source="a rule of ours",
        help=("12 位村代码加 4 位顺序号，不重复使用。", "12-digit village code and a 4-digit number, never reused."),
    )
    village_code: str = f.region(
        "嘎查村代码",
        "Village code",
        share=PUBLIC,
        headings=("村代码", "行政区划代码", *VILLAGE),
        source="A: compensation S55",
    )
    group_name: str | None = f.text("村民小组", "Group", 60, headings=GROUP, source="EXP1.4")
    head_name: str = f.text("户主姓名", "Head of household", 60, weight=_D, headings=HEAD_NAME, source="B: EXP1.6; S50")
    identity_number: str | None = f.identity(headings=IDENTITY, source="B: GB 11643-1999; S54")
    persons: int | None = f.count(
        "家庭人口", "Persons", "人", maximum=100, headings=("人口", "人数", "家庭人口数"), source="EXP1.8"
    )
    herding_kind: str | None = f.code("牧户类型", "Kind of household", "herding_kind")
    status: str = f.code("状态", "Status", "household_status", default="normal", weight=_D)
    status_on: date | None = f.day("状态变更日期", "Status since")
    contract_number: str | None = f.text(
        "承包证号(合同号)",
        "Certificate or contract number",
        40,
        weight=_D,
        headings=(
            "草原承包经营权证号(合同编号)",
            "草原承包经营权证号",
            "承包合同号",
            "合同编号",
            "草原证号",
            "承包经营权证号",
        ),
        source="EXP1.9",
    )
    contract_area_mu: Decimal | None = f.area_mu(
        "承包面积", "Contracted area", headings=("草原承包面积", "确权面积", "确权确地面积"), source="EXP1.10"
    )
    account_holder: str | None = f.text(
        "账户名", "Account holder", 60, sensitive=True, weight=_D, headings=("户名", "开户姓名"), source="EXP5.2"
    )
    bank_name: str | None = f.text("开户银行", "Bank", 80, sensitive=True, weight=_D, headings=BANK, source="EXP1.20")
    account_number: str | None = f.account(headings=ACCOUNT, source="EXP1.21")
    phone: str | None = f.text(
        "联系电话", "Phone", form=Form.PHONE, sensitive=True, headings=("电话", "手机", "手机号"), source="EXP1.22"
    )
    registered_place: str | None = f.text("户籍地", "Registered place", sensitive=True)
    living_place: str | None = f.text("居住地", "Living place", sensitive=True)
    members: tuple[Member, ...] = f.lines("家庭成员", "Members", Member, source="EXP9.5")
    attachments: tuple[str, ...] = f.files(share=Share.STATION)
    note: str | None = f.note(headings=("说明",))


@rule(Household)
def household_code(record: Household) -> list[Problem]:
    """The household code is the village code and four digits."""
    if record.code is None or record.village_code is None or is_household_code(record.code, record.village_code):
        return []
    return [RecordProblem.CODE_NOT_OF_VILLAGE.problem("code", label=label(record, "code"), village=record.village_code)]


@rule(Household)
def household_status(record: Household) -> list[Problem]:
    """A status other than normal has its date."""
    changed = record.status not in (None, "normal")
    return required_when(changed, record, "status_on", label(record, "status"))


@rule(Household)
def household_account(record: Household) -> list[Problem]:
    """An account number has its holder and bank."""
    given = record.account_number is not None
    because = label(record, "account_number")
    return required_when(given, record, "account_holder", because) + required_when(given, record, "bank_name", because)


@line
class ChangePart:
    """A household that comes out of a split, or goes into a merge, with the area it takes."""

    household_id: str = f.link("牧户", "Household", "household")
    area_mu: Decimal = f.area_mu("面积", "Area")
    note: str | None = f.text("备注", "Note")


@record(
    "household_change",
    "牧户变更",
    "Household change",
    Group.REGISTER,
    key=("household_id", "kind", "changed_on"),
    title=("kind", "changed_on"),
    search=("old_head_name", "new_head_name", "document_number"),
    year_field="changed_on",
)
class HouseholdChange:
    """Split, merge, death, transfer, new head: what happened, when, and on which paper. Source: compensation S60."""

    household_id: str = f.link("牧户", "Household", "household")
    kind: str = f.code("变更类型", "Kind of change", "household_change_kind", source="A: compensation S60")
    changed_on: date = f.day("变更日期", "Date of change")
    old_head_name: str | None = f.text("原户主姓名", "Former head", 60, weight=_D)
    new_head_name: str | None = f.text("新户主姓名", "New head", 60, weight=_D)
    area_before_mu: Decimal | None = f.area_mu("变更前面积", "Area before")
    area_after_mu: Decimal | None = f.area_mu("变更后面积", "Area after")
    parts: tuple[ChangePart, ...] = f.lines("相关牧户及面积", "Households and areas concerned", ChangePart)
    payee_changes: bool | None = f.flag("补奖领取人变更", "Payee of the award changes")
    document_number: str | None = f.text("依据文件", "Document", 80)
    handled_by: str | None = f.text("经办人", "Handled by", 60)
    attachments: tuple[str, ...] = f.files(share=Share.STATION)
    note: str | None = f.note()


@rule(HouseholdChange)
def new_head_named(record: HouseholdChange) -> list[Problem]:
    """A new head is named when the head changed."""
    because = Text("变更类型为更换户主", "the change of head")
    return required_when(record.kind == "new_head", record, "new_head_name", because)


@rule(HouseholdChange)
def parts_once(record: HouseholdChange) -> list[Problem]:
    """Each household is named once."""
    return no_repeats(record, "parts", ("household_id",))


def _split(record: HouseholdChange) -> Decimal | None:
    return total(record.parts, "area_mu") if record.kind == "split" and record.parts else None


def _merged(record: HouseholdChange) -> Decimal | None:
    if record.kind != "merge" or record.area_before_mu is None or not record.parts:
        return None
    others = [part for part in record.parts if part.household_id != record.household_id]
    return record.area_before_mu + total(others, "area_mu")


_ADDS_UP = ("分户后各户面积之和", "the sum of the parts")
derived(HouseholdChange, "area_before_mu", ("parts.area_mu",), _ADDS_UP, _split)
derived(
    HouseholdChange,
    "area_after_mu",
    ("area_before_mu", "parts.area_mu"),
    ("变更前面积加并入各户面积", "the area before and that of the households merged"),
    _merged,
    severity=Severity.WARN,  # what a merge leaves out is not on the form
)
