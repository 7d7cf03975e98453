"""Which rows belong to which village, township and the station, and their pooled rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from station_app.services.figures.balance_basis import BalanceBasis, by_village
from station_app.services.figures.plans import ApprovedPlan, is_out
from station_app.services.figures.problems import BalanceProblem
from station_app.services.figures.rows import BalanceRow
from station_app.services.figures.totals import approved_su, pool

BELOW = {"village": "household", "township": "village", "station": "township"}


class PooledRows:
    """Pools the household rows of one ground, level by level, so that every sum is the sum of the level below.

    At a county a pooled row holds what is accepted; a village of which nothing is accepted holds what is entered, and its
    row says so (``accepted`` is false). The two are never added.
    """

    def __init__(self, ground: BalanceBasis) -> None:
        self._ground = ground

    def groups(self, level: str, households: Sequence[BalanceRow]) -> Mapping[str, list[BalanceRow]]:
        """Return household rows by village, township, or all under one empty key."""
        if level == "station":
            return {"": list(households)}
        if level == "village":
            return by_village(households)
        found: dict[str, list[BalanceRow]] = {}
        for village, rows in by_village(households).items():
            found.setdefault(township_of(village), []).extend(rows)
        return found

    def row(self, level: str, key: str, households: Sequence[BalanceRow]) -> BalanceRow:
        """Return the pooled row of a village, township or the station."""
        counted = self.counted(households)
        made = self._pool(level, key, counted)
        apart = len(households) - len(counted)
        if apart:
            made = made._replace(problems=(*made.problems, BalanceProblem.NOT_ACCEPTED.at(count=apart)))
        return made

    def counted(self, households: Sequence[BalanceRow]) -> list[BalanceRow]:
        """Return the rows that are added: at a county the accepted ones, where there are any."""
        accepted = [row for row in households if row.accepted]
        return accepted if self._ground.is_county and accepted else list(households)

    def total(self, households: Sequence[BalanceRow]) -> BalanceRow:
        return self._pool("station", "", households)

    def parts(self, level: str, households: Sequence[BalanceRow]) -> list[BalanceRow]:
        """Return the rows of the level below whose sums a row of ``level`` is."""
        if level == "village":
            return list(households)
        below = BELOW[level]
        return [self._pool(below, key, rows) for key, rows in self.groups(below, households).items()]

    def _pool(self, level: str, key: str, households: Sequence[BalanceRow]) -> BalanceRow:
        ground = self._ground
        name = ground.station_name if level == "station" else ground.name_of(key)
        approved = self.village_approved(key) if level == "village" else None
        return pool(ground.measures, self.parts(level, households), level, key, key, name, approved)

    def village_plans(self, code: str) -> list[ApprovedPlan]:
        """Return what is approved for a village as a number of its own (a standard by area goes by household)."""
        plans: dict[str, ApprovedPlan] = {}
        for each in self._ground.village_approvals.get(code, ()):
            if each.approved is not None and each.season not in plans and not is_out(each.standing):
                plans[each.season] = ApprovedPlan(each, Decimal(each.approved).scaleb(-2), None, None)
        return list(plans.values())

    def village_approved(self, code: str) -> Decimal | None:
        """Return the number approved for a village; the stock of all its households is held against it."""
        return approved_su(self.village_plans(code))


def township_of(village_code: str) -> str:
    """Return the 12-digit code of a village's township."""
    return village_code[:9].ljust(12, "0")
