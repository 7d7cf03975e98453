"""Accounts: who works at a workplace and in which role, and how a version names its author.

A version's author is a text. That of an account ends in its mark (``示例甲 #3f9a21c4``), eight hexadecimal digits that belong to
one account; an author without a mark was typed freely, by whomever: guards call such an author unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from station_app.domain import codes
from station_app.domain.problems import ProblemCode
from station_app.domain.roles import Role
from station_app.domain.text import Text

SHORTEST_PIN = 6  # signs
_MARKED = re.compile(r"(.*) #([0-9a-f]{8})\Z", re.DOTALL)


class AccountProblem(ProblemCode):
    """ACC: signing in, what an account may do, and what needs a second person."""

    SIGN_IN = "ACC-001"
    NOT_YOUR_ROLE = "ACC-002"
    WRONG_PIN = "ACC-003"
    NO_SUCH_ACCOUNT = "ACC-004"
    PIN_SHORT = "ACC-005"
    NAME_TAKEN = "ACC-006"
    FIRST_MANAGES = "ACC-007"
    LAST_MANAGER = "ACC-008"
    SECOND_PERSON = "ACC-009"
    AUTHOR_UNKNOWN = "ACC-010"
    TWO_PRESENT = "ACC-011"
    OWN_PIN = "ACC-012"
    NOT_IN_USE = "ACC-013"
    OTHER_WORKPLACE = "ACC-014"
    ONE_PERSON = "ACC-015"
    NOBODY = "ACC-016"
    BY_ACCOUNTS_ONLY = "ACC-017"
    NOT_YOURS_TO_UNDO = "ACC-018"
    BAD_COUNTERSIGNATURE = "ACC-019"
    NOT_OPENED = "ACC-020"
    UNSEEN = "ACC-021"
    NOT_THEIR_ROLE = "ACC-022"


class AccountRole(StrEnum):
    """What somebody does at a workplace; what each may do stands in ``domain.guards``."""

    RECORDER = "recorder"
    REVIEWER = "reviewer"
    HEAD = "head"
    AUDITOR = "auditor"
    OFFICER = "officer"
    APPROVER = "approver"

    @property
    def label(self) -> Text:
        return codes.label_of("account_role", self)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account somebody works with; ``own_pin``: its owner chose the PIN."""

    name: str
    mark: str
    role: AccountRole
    own_pin: bool


_OF_WORKPLACE = {
    Role.STATION: (AccountRole.HEAD, AccountRole.REVIEWER, AccountRole.RECORDER, AccountRole.AUDITOR),
    Role.COUNTY: (AccountRole.OFFICER, AccountRole.APPROVER, AccountRole.REVIEWER, AccountRole.RECORDER, AccountRole.AUDITOR),
}  # fmt: skip


def roles_at(workplace: Role) -> tuple[AccountRole, ...]:
    """Return the roles there are at a workplace; the first manages accounts, and is that of the first account."""
    return _OF_WORKPLACE.get(workplace, _OF_WORKPLACE[Role.COUNTY])


def signed(name: str, mark: str) -> str:
    """Return the author of a version: the name, with the mark of the account where there is one."""
    return f"{name} #{mark}" if mark else name


def mark_of(author: str) -> str:
    """Return the mark of the account that is an author, empty where the author was typed freely."""
    found = _MARKED.match(author)
    return found[2] if found else ""


def name_of(author: str) -> str:
    """Return an author's name without the mark."""
    found = _MARKED.match(author)
    return found[1] if found else author
