"""Who may author what, and who may pass on whose versions.

Fixed per role (the record descriptions name the authors). A level vouches for the levels below it, and a laptop for the
other laptops of its own organisation; nobody speaks for a level above.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from station_app.domain.accounts import AccountProblem, AccountRole, mark_of, name_of
from station_app.domain.generic import JSON
from station_app.domain.guards import Act, Route, may
from station_app.domain.problems import ProblemCode
from station_app.domain.registry import Role, has_type, record_type
from station_app.exchange.package.cards import Card
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.slices import MERGE_DEVICE
from station_app.exchange.package.tables import value_of
from station_app.services.accounts import is_countersigned
from station_app.services.entry import act_of

COUNTY_DECISIONS = ("accepted", "returned")
Verdict = tuple[ProblemCode, dict[str, JSON]]


class Authority:
    """Judges the versions of one package by its signer."""

    def __init__(
        self, device: str, role: Role, org: str, cards: dict[str, Card] | None,
        roles: dict[str, set[AccountRole]] | None = None,
    ) -> None:  # fmt: skip
        """``cards`` are the devices known here by id; ``None`` when a package is looked at without a workspace. ``roles``: what the
        accounts known here have been, by mark; those of the package come to them (``note_account``)."""
        self._device = device
        self._role = role
        self._org = org
        self._cards = cards
        self._known: dict[tuple[str, str], Verdict | None] = {}
        self._roles = {mark: set(held) for mark, held in (roles or {}).items()}

    def judge(self, type_name: str, device: str, fields: object) -> Verdict | None:
        """Return why a version of ``type_name`` by ``device`` may not be applied, ``None`` when it may."""
        if type_name == "review" and self._role is Role.STATION and value_of(fields, "decision") in COUNTY_DECISIONS:
            # A station reviews its own records; accepting and returning is for whoever receives them.
            kind = record_type(type_name)
            return PackageProblem.NOT_THEIRS_TO_AUTHOR, {"type": kind.label, "role": self._role.label.inside}
        if type_name == "account" and type(fields) is dict and fields and self._is_forged(device, fields):
            return AccountProblem.BAD_COUNTERSIGNATURE, {"name": fields.get("name", "")}
        key = (type_name, device)
        if key not in self._known:
            self._known[key] = self._decide(type_name, device)
        return self._known[key]

    def note_account(self, account: dict[str, JSON]) -> None:
        """Know an account of the package; accounts come before every other type."""
        with suppress(ValueError):  # a role this program does not know
            self._roles.setdefault(str(account.get("mark")), set()).add(AccountRole(str(account.get("role"))))

    def strangers(self, type_name: str, authors: Iterable[str]) -> dict[str, Verdict]:
        """Return those authors that are accounts and have never been in a role that may write such a record, with the verdict.

        Whose account nobody knows is not among them: the author is unknown, and whoever decides is told so.
        """
        if not has_type(type_name) or (record_type(type_name).is_about_others and type_name != "review"):
            return {}
        found: dict[str, Verdict] = {}
        acts = (Act.REVIEW, Act.ACCEPT) if type_name == "review" else (act_of(type_name),)
        for author in authors:
            held = self._roles.get(mark_of(author))
            if held and not any(may(act, role, Route.PACKAGE) for act in acts for role in held):
                role = next(iter(held)).label
                found[author] = (
                    AccountProblem.NOT_THEIR_ROLE,
                    {"name": name_of(author), "role": role, "act": acts[0].text},
                )
        return found

    def _is_forged(self, device: str, account: dict[str, JSON]) -> bool:
        """Whether an account is not signed by the device that wrote it, as far as the device is known here."""
        card = (self._cards or {}).get(device)
        return card is not None and not (
            account.get("device_id") == device
            and account.get("organisation_code") == card.org_code
            and is_countersigned(account, card.public_key)
        )

    def _decide(self, type_name: str, device: str) -> Verdict | None:
        if not has_type(type_name):
            return PackageProblem.UNKNOWN_TYPE, {"type": type_name[:64]}
        kind = record_type(type_name)
        rank = self._role.rank
        below = any(author.rank < rank for author in kind.authors)
        not_author = (PackageProblem.NOT_THEIRS_TO_AUTHOR, {"type": kind.label, "role": self._role.label.inside})
        if device == self._device:
            return None if self._role in kind.authors else not_author
        if device == MERGE_DEVICE:
            return None if self._role in kind.authors or below else not_author
        not_passed = (PackageProblem.NOT_THEIRS_TO_PASS_ON, {"device": device[:64]})
        if self._cards is None:
            return None if self._role in kind.authors or below else not_author
        card = self._cards.get(device)
        if card is None:
            return None if below else not_passed
        if (
            self._is_distrusted(card)
            or card.role.rank > rank
            or (card.role is self._role and card.org_code != self._org)
        ):
            return not_passed
        if card.role not in kind.authors:
            return PackageProblem.NOT_THEIRS_TO_AUTHOR, {"type": kind.label, "role": card.role.label.inside}
        return None

    def _is_distrusted(self, card: Card) -> bool:
        """Whether its key may be in other hands, and the sender is not who took its place: that one answers for what it had."""
        after: Card | None = card
        while after is not None and self._cards is not None and after.ending.followed_by:
            if after.ending.followed_by == self._device:
                return False
            after = self._cards.get(after.ending.followed_by)
        return card.is_distrusted
