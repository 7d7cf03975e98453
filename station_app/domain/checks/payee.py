"""May this household be paid under this plan today? Each check says why not, and what to do.

The run of a batch holds or leaves out who does not pass; the same checks look at lines that exist.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from station_app.domain.checks.numbered import Check, check, finding
from station_app.domain.codes import label_of
from station_app.domain.problems import Problem, Severity
from station_app.domain.records.household import Household
from station_app.domain.text import Text

_HOLD = Severity.HOLD
_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅・･．.●", "·"))


class HeldParcel(NamedTuple):
    """What a parcel says that money depends on; ``area_mu`` has three places."""

    record_id: str
    scheme: str
    zone: str
    area_mu: Decimal
    papers: bool = False
    term_to: date | None = None


class Death(NamedTuple):
    """A recorded death: when, and whose."""

    day: date
    name: str | None
    followed: bool


@dataclass(frozen=True, slots=True)
class Payee:
    """A household as it would be paid.

    Attributes:
        parcels: All land it is paid for in the year.
        day: The day of payment.
        tolerance_mu: What areas may exceed the contract by, set in the plan.
        deaths: Recorded deaths; ``followed`` where a new head was registered afterwards.
        same_identity: Household codes of others that carry the same identity number.
        same_account: Household codes of others paid to the same account.
    """

    household: Household
    parcels: tuple[HeldParcel, ...]
    day: date
    tolerance_mu: Decimal = Decimal(0)
    deaths: tuple[Death, ...] = ()
    same_identity: tuple[str, ...] = ()
    same_account: tuple[str, ...] = ()


CHECKS: list[Check[Payee]] = []
# Who fails these has no line: the household itself has ended, or its areas can not be right.
LEFT_OUT = ("CMP-014", "C11")
REASONS = {
    "C01": "no_identity",
    "C02": "duplicate",
    "C03": "duplicate",
    "C05": "name_mismatch",
    "C06": "death",
    "C08": "no_contract",
    "CMP-016": "no_account",
}


def plain_name(name: str) -> str:
    """Return a name as names are compared: width, blanks and middle dots put aside (C42)."""
    text = unicodedata.normalize("NFKC", name).translate(_DOTS)
    return "".join(letter for letter in text if not letter.isspace()).casefold()


@check(
    CHECKS,
    "CMP-014",
    _HOLD,
    "compensation S60",
    "已迁出、分户、并户、销户的不照原户发放",
    "Who left or ended is not paid as it was",
)
def household_is_here(payee: Payee) -> Iterator[Problem]:
    """A household that moved away, was split, merged or closed is not paid as it was."""
    status = payee.household.status
    if status in (None, "normal", "head_dead"):
        return
    said, since = label_of("household_status", status), payee.household.status_on
    yield finding(
        "CMP-014", _HOLD,
        f"这一户的状态是“{said.zh}”({since or '日期不详'})。如仍应发放，请先把状态或地块的牧户改正；否则不用处理。",
        f"The household is marked “{said.en}” (since {since or 'an unknown day'}). If it is still to be paid, correct its "
        "status or whose the parcels are; otherwise nothing is to be done.",
        "status",
    )  # fmt: skip


@check(CHECKS, "C06", _HOLD, "S43; S40", "户主和账户名本人健在", "Neither head nor account holder has died")
def payee_lives(payee: Payee) -> Iterator[Problem]:
    """Nobody is paid after death: neither the head nor the holder of the account."""
    home = payee.household
    holder = plain_name(home.account_holder or "")
    dead = home.status == "head_dead" or any(d.day <= payee.day and not d.followed for d in payee.deaths)
    dead_holder = any(d.day <= payee.day and d.name and plain_name(d.name) == holder for d in payee.deaths)
    if dead or dead_holder:
        who = Text("户主", "The head of the household") if dead else Text("账户名登记的人", "The holder of the account")
        yield finding(
            "C06", _HOLD,
            f"{who.zh}已死亡。请登记新户主(牧户变更)，并改正账户，再决定由谁领取。",
            f"{who.en} has died. Register the new head (household change) and correct the account, then decide who is paid.",
            "status",
        )  # fmt: skip


@check(CHECKS, "C08", _HOLD, "S01 art.8; S20", "有未过期的合同或证书", "Contract or certificate on record and valid")
def has_contract(payee: Payee) -> Iterator[Problem]:
    """A contract or certificate is on record and has not run out."""
    expired = [g for g in payee.parcels if g.term_to is not None and g.term_to < payee.day]
    if expired:
        yield finding(
            "C08", _HOLD,
            f"承包期已于 {min(g.term_to for g in expired if g.term_to)} 届满。请录入续签的合同，再发放。",
            f"The contract ended on {min(g.term_to for g in expired if g.term_to)}. Enter the renewed contract first.",
            "contract_number",
        )  # fmt: skip
    elif not payee.household.contract_number and not (payee.parcels and all(g.papers for g in payee.parcels)):
        yield finding(
            "C08", _HOLD,
            "没有承包合同或承包经营权证号。请在牧户或地块上补上。",
            "There is no number of a contract or certificate. Enter it at the household or its parcels.",
            "contract_number",
        )  # fmt: skip


@check(CHECKS, "C01", _HOLD, "S54", "有身份证号", "Identity number on record")
def has_identity(payee: Payee) -> Iterator[Problem]:
    """The payee's identity number is on record; its form is checked when it is entered."""
    if payee.household.identity_number is None:
        yield finding("C01", _HOLD, "没有身份证号。请对照证件补上。",
                      "There is no identity number. Enter it from the document.", "identity_number")  # fmt: skip


def _same_identity(payee: Payee, number: str, *, in_village: bool) -> Iterator[Problem]:
    village = payee.household.village_code
    others = [code for code in payee.same_identity if code.startswith(village) is in_village]
    if others:
        codes = "、".join(others[:5])
        yield finding(
            number, _HOLD,
            f"身份证号与户 {codes} 相同。请核对两户，改正其中一户或并户。",
            f"Household {codes} has the same identity number. Compare both; correct one, or merge them.",
            "identity_number",
        )  # fmt: skip


@check(CHECKS, "C02", _HOLD, "S40", "同村没有相同的身份证号", "No identity number twice in the village")
def identity_once_in_village(payee: Payee) -> Iterator[Problem]:
    """Two households of a village never carry one identity number."""
    yield from _same_identity(payee, "C02", in_village=True)


@check(CHECKS, "C03", _HOLD, "S40", "跨村没有相同的身份证号", "No identity number in two villages")
def identity_once(payee: Payee) -> Iterator[Problem]:
    """Nor do two households of different villages."""
    yield from _same_identity(payee, "C03", in_village=False)


@check(CHECKS, "CMP-016", _HOLD, "S01 art.15", "有一卡通账号", "Account on record")
def has_account(payee: Payee) -> Iterator[Problem]:
    """There is an account to pay to."""
    if payee.household.account_number is None:
        yield finding("CMP-016", _HOLD, "没有一卡通账号。请补上账号、账户名和开户银行。",
                      "There is no account number. Enter account, holder and bank.", "account_number")  # fmt: skip


@check(CHECKS, "C05", _HOLD, "S39; S07", "账户名是户主或家庭成员", "Account in the name of head or member")
def account_is_the_payees(payee: Payee) -> Iterator[Problem]:
    """The account is in the name of the head or of a member of the household: one wrong character and the bank returns it."""
    home = payee.household
    if not home.account_number or not home.account_holder:
        return
    names = [home.head_name, *(member.name for member in home.members)]
    if plain_name(home.account_holder) not in {plain_name(name) for name in names if name}:
        yield finding(
            "C05", _HOLD,
            f"账户名与户主“{home.head_name}”不符，也不是登记的家庭成员。请核对存折，改正账户名或家庭成员。",
            f"The account is not in the name of {home.head_name} or of a registered member. Check the passbook, then correct "
            "the holder or the members.",
            "account_holder",
        )  # fmt: skip


@check(
    CHECKS, "C11", _HOLD, "H2; S51", "面积不超过合同(加方案容差)", "Areas within the contract and the plan's tolerance"
)
def within_contract(payee: Payee) -> Iterator[Problem]:
    """What is paid for is not more land than the contract holds, with the tolerance of the plan."""
    limit = payee.household.contract_area_mu
    area = sum((g.area_mu for g in payee.parcels), Decimal(0))
    if limit is None or area <= limit + payee.tolerance_mu:
        return
    allowed = f"{payee.tolerance_mu:f}"
    yield finding(
        "C11", _HOLD,
        f"地块合计 {area} 亩，比承包面积 {limit} 亩多 {area - limit} 亩(方案容差 {allowed} 亩)。请对照合同改正地块或承包面积。",
        f"The parcels hold {area} mu, {area - limit} more than the {limit} of the contract (the plan allows {allowed}). "
        "Correct parcels or contracted area by the contract.",
        "contract_area_mu",
    )  # fmt: skip


@check(CHECKS, "C04", Severity.WARN, "C", "一个账号只对应一户", "One account, one household")
def account_once(payee: Payee) -> Iterator[Problem]:
    """One account is asked about when two households are paid to it."""
    if payee.same_account:
        codes = "、".join(payee.same_account[:5])
        yield finding("C04", Severity.WARN, f"与户 {codes} 使用同一账号。请核对。",
                      f"Household {codes} is paid to the same account. Check it.", "account_number")  # fmt: skip


def problems_of(payee: Payee) -> list[Problem]:
    """Return what every check says of a household, in their order."""
    return [problem for each in CHECKS for problem in each.run(payee)]
