"""What travels about the records themselves: reviews, receipts, devices and keys."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from station_app.domain import fields as f
from station_app.domain.derived import derived
from station_app.domain.fields import Form, line
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import dates_in_order, label, no_repeats, required_when
from station_app.domain.registry import Group, Role, record, rule

EVERY_ROLE = (Role.STATION, Role.COUNTY, Role.REGION)


@line
class ReviewedVersion:
    """One version a review speaks about."""

    record_type: str = f.text("记录类型", "Record type", 64)
    record_id: str = f.text("记录标识", "Record", 36, internal=True)
    version_id: str = f.text("版本标识", "Version", 64, internal=True)


@record(
    "review",
    "审核",
    "Review",
    Group.EXCHANGE,
    authors=EVERY_ROLE,
    title=("decision", "decided_at"),
    search=("reviewer", "reason"),
    is_final=True,
    by_act=True,
)
class Review:
    """A decision about named versions: reviewed at the station, accepted or returned by the county."""

    decision: str = f.code("结论", "Decision", "review_decision")
    decided_at: datetime = f.instant("时间", "Decided at")
    reviewer: str = f.text("审核人", "Reviewer", 60)
    reason: str | None = f.text("理由", "Reason", 2000, form=Form.LONG)
    package_hash: str | None = f.text("上报包校验值", "Package hash", 64, internal=True)
    versions: tuple[ReviewedVersion, ...] = f.lines("版本", "Versions", ReviewedVersion, required=True)


@rule(Review)
def review_reason(record: Review) -> list[Problem]:
    """Whoever returns something says why; a version is named once."""
    returned = record.decision == "returned"
    return [
        *required_when(returned, record, "reason", label(record, "decision")),
        *no_repeats(record, "versions", ("version_id",)),
    ]


@line
class ReceiptResult:
    """What the receiver did with one version."""

    version_id: str = f.text("版本标识", "Version", 64, internal=True)
    outcome: str = f.code("结果", "Outcome", "receipt_outcome")
    reason_code: str | None = f.text("原因代码", "Reason code", 16)
    reason_text: str | None = f.text("原因", "Reason", 1000)


@record(
    "receipt",
    "回执",
    "Receipt",
    Group.EXCHANGE,
    authors=(Role.COUNTY, Role.REGION),
    key=("package_hash", "part", "epoch"),
    title=("package_name", "sequence"),
    search=("package_name", "from_org"),
    is_final=True,
    by_act=True,
)
class Receipt:
    """The receiver's answer to one package: what was done with all its versions (``rest``) but those listed.

    Where more are listed than a record takes, the answer comes in parts and lists every version."""

    package_hash: str = f.text("上报包校验值", "Package hash", 64, internal=True)
    package_name: str = f.text("上报包名称", "Package name", 255)
    from_org: str = f.text("来自单位", "From organisation", 32)
    from_device: str = f.text("来自设备", "From device", 64)
    sequence: int = f.count("序号", "Sequence")
    part: int = f.count("分段", "Part", default=1, minimum=1)
    parts: int = f.count("总段数", "Parts", default=1, minimum=1)
    epoch: str = f.text("县库代号", "Epoch", 64, internal=True)
    high_water: int = f.count("已收最高序号", "High-water mark")
    received_at: datetime | None = f.instant("接收时间", "Received at")
    applied_count: int | None = f.count("入库数", "Applied", "条")
    already_had_count: int | None = f.count("已有数", "Already had", "条")
    superseded_count: int | None = f.count("被取代数", "Superseded", "条")
    conflict_count: int | None = f.count("冲突数", "Conflicts", "条")
    refused_count: int | None = f.count("拒收数", "Refused", "条")
    quarantined_count: int | None = f.count("隔离数", "Quarantined", "条")
    rest: str | None = f.code("未列出的版本", "All not listed", "receipt_outcome")
    results: tuple[ReceiptResult, ...] = f.lines("逐条结果", "Results", ReceiptResult)


@rule(Receipt)
def receipt_parts(record: Receipt) -> list[Problem]:
    """The part is one of the parts; a version that was not taken has a reason."""
    found = no_repeats(record, "results", ("version_id",))
    if record.part is not None and record.parts is not None and record.part > record.parts:
        found.append(
            RecordProblem.PART_ABOVE_WHOLE.problem(
                "part",
                part=label(record, "part"),
                part_value=record.part,
                whole=label(record, "parts"),
                whole_value=record.parts,
            )
        )
    for number, row in enumerate(record.results, 1):
        if row.outcome in ("refused", "quarantined") and row.reason_code is None:
            found.append(
                RecordProblem.REQUIRED_BECAUSE.problem(
                    "results",
                    number,
                    label=label(row, "reason_code"),
                    because=label(row, "outcome"),
                )
            )
    return found


def _answered(outcome: str) -> Callable[[Receipt], int | None]:
    def count(record: Receipt) -> int | None:
        if record.rest == outcome or not (record.results or record.rest):
            return None  # of those only their number is said
        return sum(row.outcome == outcome for row in record.results)

    return count


for _outcome in ("applied", "already_had", "superseded", "conflict", "refused", "quarantined"):
    derived(Receipt, f"{_outcome}_count", ("results.outcome",), ("逐条结果", "the single results"), _answered(_outcome))


@record(
    "device",
    "设备",
    "Device",
    Group.EXCHANGE,
    authors=EVERY_ROLE,
    key=("device_id",),
    title=("name", "device_id"),
    search=("device_id", "name"),
    is_final=True,
    by_act=True,
)
class Device:
    """A laptop that may sign packages for an organisation, with its public key; revoked, never deleted.

    The register of a county or region on record: each of its acts is a version, which goes down signed with the next package."""

    device_id: str = f.text("设备标识", "Device", 64)
    name: str | None = f.text("设备名称", "Name", 80)
    organisation_code: str = f.text("单位编码", "Organisation code", 32)
    organisation_id: str | None = f.link("单位", "Organisation", "organisation")
    role: str = f.code("工作岗位", "Role", "role")
    public_key: str = f.text("签名公钥", "Public key", 800)
    accepted_at: datetime | None = f.instant("登记时间", "Accepted at")
    is_revoked: bool | None = f.flag("已吊销", "Revoked")
    revoked_at: datetime | None = f.instant("吊销时间", "Revoked at")
    revoked_reason: str | None = f.text("吊销原因", "Reason")
    ended_why: str | None = f.code("停用缘由", "Why it ended", "key_ending")
    followed_by: str | None = f.text("接替的设备", "Followed by device", 64)
    last_number: int | None = f.count("认到第几号包", "Last package that counts")
    last_epoch: str | None = f.text("该包的库代号", "Epoch of that package", 64, internal=True)
    last_hash: str | None = f.text("该包校验值", "Hash of that package", 64, internal=True)
    note: str | None = f.note()


@rule(Device)
def device_revoked(record: Device) -> list[Problem]:
    """A revoked device says when and why."""
    revoked = record.is_revoked is True
    because = label(record, "is_revoked")
    return [
        *required_when(revoked, record, "revoked_at", because),
        *required_when(revoked, record, "revoked_reason", because),
    ]


@record(
    "organisation_key",
    "单位密钥",
    "Organisation key",
    Group.EXCHANGE,
    authors=(Role.COUNTY, Role.REGION),
    key=("organisation_code", "purpose", "valid_from"),
    title=("organisation_code", "purpose"),
    search=("organisation_code",),
)
class OrganisationKey:
    """A public key of an organisation: for sealing to it, for its signatures, or for recovery."""

    organisation_code: str = f.text("单位编码", "Organisation code", 32)
    organisation_id: str | None = f.link("单位", "Organisation", "organisation")
    purpose: str = f.code("用途", "Purpose", "key_purpose")
    public_key: str = f.text("公钥", "Public key", 800)
    valid_from: date = f.day("启用日期", "Valid from")
    valid_to: date | None = f.day("停用日期", "Valid to", future=True)
    note: str | None = f.note()


@rule(OrganisationKey)
def key_validity(record: OrganisationKey) -> list[Problem]:
    """The end of validity is not before its start."""
    return dates_in_order(record, "valid_from", "valid_to")


@record(
    "account",
    "用户",
    "Account",
    Group.EXCHANGE,
    authors=EVERY_ROLE,
    key=("mark",),
    title=("name", "role"),
    search=("name", "mark"),
    by_act=True,
)
class AccountRecord:
    """Somebody who works at a workplace, with the public key of the account; never deleted, only taken out of use.

    The key's secret part lies in the workspace alone, wrapped by the PIN; what is said here is countersigned by the key of the device."""

    name: str = f.text("姓名", "Name", 40)
    mark: str = f.text("标记", "Mark", 8)
    role: str = f.code("角色", "Role", "account_role")
    organisation_code: str = f.text("单位编码", "Organisation code", 32)
    device_id: str = f.text("设备标识", "Device", 64)
    public_key: str = f.text("签名公钥", "Public key", 800, internal=True)
    countersignature: str = f.text("设备签名", "Signature of the device", 200, internal=True)
    is_active: bool = f.flag("使用中", "In use")
