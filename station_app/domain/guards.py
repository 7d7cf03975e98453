"""Who may do what by which way: one table, asked where a state is changed, never only by the window.

A row is an act, a column the role of an account, a cell the ways by which it may: w the window, c a command, p a version that
arrives in a package (its author's role is judged), i an imported workbook, r a restored backup. Restoring makes no
versions: it brings back those there were, with their authors, so no cell holds it.
"""

from __future__ import annotations

from enum import StrEnum

from station_app.domain.accounts import AccountProblem, AccountRole
from station_app.domain.problems import Problem
from station_app.domain.text import Text


class Act(StrEnum):
    """What is guarded."""

    ENTER = "enter"
    REVIEW = "review"
    SEND = "send"
    TAKE_IN = "take_in"
    ACCEPT = "accept"
    FREEZE = "freeze"
    WITHDRAW = "withdraw"
    KEYS = "keys"
    ACCOUNTS = "accounts"

    @property
    def text(self) -> Text:
        return _CALLED[self]


class Route(StrEnum):
    """By which way it is done; the letter in the table."""

    WINDOW = "w"
    COMMAND = "c"
    PACKAGE = "p"
    IMPORT = "i"
    RESTORE = "r"


_CALLED = {
    Act.ENTER: Text("登记和更正记录", "enter and correct records"),
    Act.REVIEW: Text("复核", "review"),
    Act.SEND: Text("打包上报", "build packages"),
    Act.TAKE_IN: Text("接收包和回执", "take packages in"),
    Act.ACCEPT: Text("认可或退回", "accept or return"),
    Act.FREEZE: Text("固定结果", "freeze results"),
    Act.WITHDRAW: Text("作废已认可的记录", "withdraw accepted records"),
    Act.KEYS: Text("更改身份卡和密钥", "change cards and keys"),
    Act.ACCOUNTS: Text("管理用户", "manage accounts"),
}

TABLE = """
            recorder  reviewer  head  auditor  officer  approver
enter       wcpi      wcpi      wcpi  -        wcpi     -
review      -         wcp       wcp   -        wcp      wcp
send        -         wc        wc    -        wc       wc
take_in     wc        wc        wc    -        wc       wc
accept      -         -         -     -        wcp      wcp
freeze      -         wcp       wcp   -        wcp      wcp
withdraw    -         wcp       wcp   -        wcp      wcp
keys        -         -         wc    -        wc       -
accounts    -         -         wcp   -        wcp      -
"""


def _read(table: str) -> dict[tuple[Act, AccountRole], frozenset[Route]]:
    head, *rows = [line.split() for line in table.strip().splitlines()]
    return {
        (Act(act), AccountRole(role)): frozenset(Route(letter) for letter in cell.strip("-"))
        for act, *cells in rows
        for role, cell in zip(head, cells, strict=True)
    }


_MAY = _read(TABLE)

TWO_PERSONS = frozenset({Act.REVIEW, Act.SEND, Act.ACCEPT, Act.WITHDRAW, Act.KEYS})
"""What nobody does alone once a workplace has had a second account. A frozen result is a record, which a second person reviews
or sends."""


def may(act: Act, role: AccountRole, route: Route) -> bool:
    """Whether an account of that role may do it by that way."""
    return route in _MAY[act, role]


def refusal(act: Act, role: AccountRole | None, route: Route) -> Problem | None:
    """Return why an act is refused, ``None`` when it is not; ``role`` is ``None`` where nobody has signed in."""
    if role is None:
        return AccountProblem.SIGN_IN.problem(act=act.text)
    if may(act, role, route):
        return None
    others = [each.label for each in AccountRole if may(act, each, route)]
    who = Text("、".join(t.zh for t in others) or "没有人", ", ".join(t.en for t in others) or "nobody")
    return AccountProblem.NOT_YOUR_ROLE.problem(role=role.label, act=act.text, who=who)
