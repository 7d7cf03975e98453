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

from station_app.domain.checks.numbered import Check, check
from station_app.domain.checks.problems import CheckProblem
from station_app.domain.codes import label_of
from station_app.domain.problems import Problem
from station_app.domain.records.household import Household
from station_app.domain.text import Text

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
CONTRACT_ENDED = Text("承包期已于 {day} 届满", "The contract ended on {day}")
WITHOUT_CONTRACT = Text("没有承包合同或承包经营权证号", "There is no number of a contract or certificate")
# Who fails these has no line: the household itself has ended, or its areas can not be right.
LEFT_OUT = (CheckProblem.HOUSEHOLD_ENDED.code, CheckProblem.BEYOND_CONTRACT.code)
REASONS = {
    CheckProblem.NO_IDENTITY.code: "no_identity",
    CheckProblem.IDENTITY_TWICE_IN_VILLAGE.code: "duplicate",
    CheckProblem.IDENTITY_TWICE.code: "duplicate",
    CheckProblem.ACCOUNT_NOT_THE_PAYEES.code: "name_mismatch",
    CheckProblem.PAYEE_DEAD.code: "death",
    CheckProblem.NO_CONTRACT.code: "no_contract",
    CheckProblem.NO_ACCOUNT.code: "no_account",
}


def plain_name(name: str) -> str:
    """Return a name as names are compared: width, blanks and middle dots put aside (C42)."""
    text = unicodedata.normalize("NFKC", name).translate(_DOTS)
    return "".join(letter for letter in text if not letter.isspace()).casefold()


@check(
    CHECKS,
    CheckProblem.HOUSEHOLD_ENDED,
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
    yield CheckProblem.HOUSEHOLD_ENDED.problem("status", status=said, since=since or Text("日期不详", "an unknown day"))


@check(CHECKS, CheckProblem.PAYEE_DEAD, "S43; S40", "户主和账户名本人健在", "Neither head nor account holder has died")
def payee_lives(payee: Payee) -> Iterator[Problem]:
    """Nobody is paid after death: neither the head nor the holder of the account."""
    home = payee.household
    holder = plain_name(home.account_holder or "")
    dead = home.status == "head_dead" or any(d.day <= payee.day and not d.followed for d in payee.deaths)
    dead_holder = any(d.day <= payee.day and d.name and plain_name(d.name) == holder for d in payee.deaths)
    if dead or dead_holder:
        who = Text("户主", "The head of the household") if dead else Text("账户名登记的人", "The holder of the account")
        yield CheckProblem.PAYEE_DEAD.problem("status", who=who)


@check(
    CHECKS,
    CheckProblem.NO_CONTRACT,
    "S01 art.8; S20",
    "有未过期的合同或证书",
    "Contract or certificate on record and valid",
)
def has_contract(payee: Payee) -> Iterator[Problem]:
    """A contract or certificate is on record and has not run out."""
    expired = [g for g in payee.parcels if g.term_to is not None and g.term_to < payee.day]
    if expired:
        day = min(g.term_to for g in expired if g.term_to)
        yield CheckProblem.NO_CONTRACT.problem("contract_number", why=CONTRACT_ENDED.format(day=day))
    elif not payee.household.contract_number and not (payee.parcels and all(g.papers for g in payee.parcels)):
        yield CheckProblem.NO_CONTRACT.problem("contract_number", why=WITHOUT_CONTRACT)


@check(CHECKS, CheckProblem.NO_IDENTITY, "S54", "有身份证号", "Identity number on record")
def has_identity(payee: Payee) -> Iterator[Problem]:
    """The payee's identity number is on record; its form is checked when it is entered."""
    if payee.household.identity_number is None:
        yield CheckProblem.NO_IDENTITY.problem("identity_number")


def _same_identity(payee: Payee, problem: CheckProblem, *, in_village: bool) -> Iterator[Problem]:
    village = payee.household.village_code
    others = [code for code in payee.same_identity if code.startswith(village) is in_village]
    if others:
        yield problem.problem("identity_number", codes="、".join(others[:5]))


@check(
    CHECKS,
    CheckProblem.IDENTITY_TWICE_IN_VILLAGE,
    "S40",
    "同村没有相同的身份证号",
    "No identity number twice in the village",
)
def identity_once_in_village(payee: Payee) -> Iterator[Problem]:
    """Two households of a village never carry one identity number."""
    yield from _same_identity(payee, CheckProblem.IDENTITY_TWICE_IN_VILLAGE, in_village=True)


@check(CHECKS, CheckProblem.IDENTITY_TWICE, "S40", "跨村没有相同的身份证号", "No identity number in two villages")
def identity_once(payee: Payee) -> Iterator[Problem]:
    """Nor do two households of different villages."""
    yield from _same_identity(payee, CheckProblem.IDENTITY_TWICE, in_village=False)


@check(CHECKS, CheckProblem.NO_ACCOUNT, "S01 art.15", "有一卡通账号", "Account on record")
def has_account(payee: Payee) -> Iterator[Problem]:
    """There is an account to pay to."""
    if payee.household.account_number is None:
        yield CheckProblem.NO_ACCOUNT.problem("account_number")


@check(
    CHECKS,
    CheckProblem.ACCOUNT_NOT_THE_PAYEES,
    "S39; S07",
    "账户名是户主或家庭成员",
    "Account in the name of head or member",
)
def account_is_the_payees(payee: Payee) -> Iterator[Problem]:
    """The account is in the name of the head or of a member of the household: one wrong character and the bank returns it."""
    home = payee.household
    if not home.account_number or not home.account_holder:
        return
    names = [home.head_name, *(member.name for member in home.members)]
    if plain_name(home.account_holder) not in {plain_name(name) for name in names if name}:
        yield CheckProblem.ACCOUNT_NOT_THE_PAYEES.problem("account_holder", head=home.head_name)


@check(
    CHECKS,
    CheckProblem.BEYOND_CONTRACT,
    "H2; S51",
    "面积不超过合同(加方案容差)",
    "Areas within the contract and the plan's tolerance",
)
def within_contract(payee: Payee) -> Iterator[Problem]:
    """What is paid for is not more land than the contract holds, with the tolerance of the plan."""
    limit = payee.household.contract_area_mu
    area = sum((g.area_mu for g in payee.parcels), Decimal(0))
    if limit is None or area <= limit + payee.tolerance_mu:
        return
    yield CheckProblem.BEYOND_CONTRACT.problem(
        "contract_area_mu", area=area, limit=limit, more=area - limit, tolerance=f"{payee.tolerance_mu:f}"
    )


@check(CHECKS, CheckProblem.ACCOUNT_TWICE, "C", "一个账号只对应一户", "One account, one household")
def account_once(payee: Payee) -> Iterator[Problem]:
    """One account is asked about when two households are paid to it."""
    if payee.same_account:
        yield CheckProblem.ACCOUNT_TWICE.problem("account_number", codes="、".join(payee.same_account[:5]))


def problems_of(payee: Payee) -> list[Problem]:
    """Return what every check says of a household, in their order."""
    return [problem for each in CHECKS for problem in each.run(payee)]
