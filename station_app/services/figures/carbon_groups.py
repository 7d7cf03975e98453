"""The rows of a level: which parcels and households belong together, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.numbers import add
from station_app.domain.units import mu_to_ha
from station_app.services.figures.carbon_records import Facts, Household, Parcel
from station_app.services.figures.carbon_rows import LEVELS, UNITS, LedgerRow
from station_app.services.figures.carbon_settings import CarbonSettings
from station_app.services.figures.problems import CarbonProblem


@dataclass(frozen=True, slots=True)
class Work:
    """What every ledger is worked out from."""

    facts: Facts
    settings: CarbonSettings
    standards: Standards


@dataclass(slots=True)
class Group:
    """One row in the making."""

    level: str
    key: str
    code: str
    name: str
    village_code: str
    parcels: list[Parcel] = field(default_factory=list)
    households: list[Household] = field(default_factory=list)

    def row(self, ledger: str, part: str = "") -> LedgerRow:
        """Return a row of this group without figures."""
        return LedgerRow(
            ledger, self.level, self.key, part, self.code, self.name, self.village_code, UNITS[ledger]
        )  # fmt: skip


def groups(facts: Facts, level: str) -> list[Group]:
    """Return the rows of a level in the order of their codes.

    Raises:
        UserError: CRB-003 there is no such level.
    """
    if level not in LEVELS:
        raise CarbonProblem.UNKNOWN_LEVEL.error(value=level, known=", ".join(LEVELS))
    made: dict[str, Group] = {}
    for parcel in facts.parcels.values():
        _group_of(made, facts, level, parcel).parcels.append(parcel)
    if level != "parcel":
        counted = {count.household_id for count in facts.counts}
        for household in facts.households.values():
            if household.gone and household.record_id not in counted:
                continue
            _home_of(made, facts, level, household).households.append(household)
    else:
        for group in made.values():
            owner = facts.households.get(group.parcels[0].household_id)
            group.households = [owner] if owner is not None else []
    return sorted(made.values(), key=lambda each: (each.code, each.key))


def _group_of(made: dict[str, Group], facts: Facts, level: str, parcel: Parcel) -> Group:
    village = facts.village_of(parcel)
    if level == "parcel":
        return _made(made, level, parcel.record_id, parcel.code, parcel.name or parcel.code, village)
    if level == "household":
        owner = facts.households.get(parcel.household_id)
        if owner is None:
            return _made(made, level, parcel.household_id, "", "", village)
        return _made(made, level, owner.record_id, owner.code, owner.name, owner.village_code)
    return _place(made, facts, level, village)


def _home_of(made: dict[str, Group], facts: Facts, level: str, household: Household) -> Group:
    if level == "household":
        facts_of = (household.record_id, household.code, household.name, household.village_code)
        return _made(made, level, *facts_of)
    return _place(made, facts, level, household.village_code)


def _place(made: dict[str, Group], facts: Facts, level: str, village: str) -> Group:
    if level == "station":
        return _made(made, level, "", facts.home, facts.names.get(_twelve(facts.home), facts.home), "")
    code = village if level == "village" else _twelve(village[:9])
    return _made(made, level, code, code, facts.names.get(code, code), code if level == "village" else "")


def _made(made: dict[str, Group], level: str, key: str, code: str, name: str, village: str) -> Group:
    if key not in made:
        made[key] = Group(level, key, code, name, village)
    return made[key]


def _twelve(code: str) -> str:
    return code.ljust(12, "0") if code else ""


def area_ha(parcels: Iterable[Parcel]) -> Decimal:
    """Return the area of parcels as printed, hectares. Rounding: half-up to four places."""
    return mu_to_ha(add(each.area_mu for each in parcels))
