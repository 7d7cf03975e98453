"""What a new workspace still needs before its daily work can begin, in the order it is done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from station_app.domain.roles import Role
from station_app.services import founding
from station_app.storage import key_slots

if TYPE_CHECKING:
    from station_app.storage.workspace import Workspace


class Step(StrEnum):
    """A first step; which a workplace has stands below. Invented records (the training station) need none of protection."""

    UNIT = "unit"
    PEOPLE = "people"
    ACCOUNTS = "accounts"
    PASSWORD = "password"
    SHEET = "sheet"
    VILLAGES = "villages"
    ROSTER = "roster"
    STATIONS = "stations"
    PLAN = "plan"


PROTECTION = (Step.ACCOUNTS, Step.PASSWORD, Step.SHEET)
STATION_STEPS = (Step.UNIT, Step.PEOPLE, *PROTECTION, Step.VILLAGES, Step.ROSTER, Step.PLAN)
COUNTY_STEPS = (Step.UNIT, Step.PEOPLE, *PROTECTION, Step.STATIONS, Step.PLAN)


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One step: whether it is done, and the number that says so (people, accounts, passwords, villages, households …)."""

    step: Step
    done: bool
    number: int


def first_steps(workspace: Workspace) -> list[FirstStep]:
    """Return every first step of this workplace with how it stands, from the records and the keys."""
    read = workspace.read

    def count(table: str, term: str = "1") -> int:
        return int(read.sql(f'SELECT count(*) FROM "{table}" WHERE void=0 AND {term}')[0][0])

    ways = [slot.way for slot in key_slots.read_slots(workspace.keys_folder)]
    numbers = {
        Step.UNIT: 0 if founding.own_unit_id(workspace) is None else 1,
        Step.PEOPLE: count("staff"),
        Step.ACCOUNTS: count("account", "is_active=1") if workspace.has_accounts else 0,
        Step.PASSWORD: ways.count(key_slots.Way.PASSWORD),
        Step.SHEET: ways.count(key_slots.Way.SHEET),
        Step.VILLAGES: count("organisation", "kind='administrative_unit' AND level='village'"),
        Step.ROSTER: count("household"),
        Step.STATIONS: int(read.sql("SELECT count(*) FROM card WHERE role='station' AND revoked_at IS NULL")[0][0]),
        Step.PLAN: count("compensation_plan"),
    }
    steps = STATION_STEPS if workspace.identity.role is Role.STATION else COUNTY_STEPS
    wanted = [step for step in steps if not (workspace.is_training and step in PROTECTION)]
    return [FirstStep(step, numbers[step] > 0, numbers[step]) for step in wanted]


def villages_to_add(workspace: Workspace) -> list[str]:
    """Return the codes of the listed villages of the own area that are not on record."""
    known = {code for (code,) in workspace.read.sql("SELECT code FROM organisation WHERE void=0")}
    return [unit.code for unit in founding.listed_villages(workspace) if unit.code not in known]
