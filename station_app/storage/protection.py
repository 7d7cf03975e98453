"""Whether a workspace is encrypted, which ways open it, and opening it.

The database of a new workspace is encrypted from the first moment with its data key (``key_slots``). While there is no
password this machine opens it without asking, which keeps nobody out who holds the folder, and is said. Once somebody opened
it with a password, the machine's own way goes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from station_app.domain.problems import Problem, UserError
from station_app.storage import files, key_slots
from station_app.storage.engine import is_plain
from station_app.storage.key_slots import Opened, Slot, Way
from station_app.storage.lock import InUse, Lock
from station_app.storage.problems import StorageProblem

DATABASE = "workspace.db"


@dataclass(frozen=True, slots=True)
class State:
    """How a workspace is protected.

    Attributes:
        encrypted: Whether its database is; one from before is plain until ``protect``.
        ways: What opens its data key, this machine's own way among them; damaged ones are left out.
        is_open: Whether it can be opened now without asking anybody.
    """

    encrypted: bool
    ways: tuple[Way, ...]
    is_open: bool

    @property
    def protected(self) -> bool:
        """Whether who finds the folder reads nothing."""
        return self.encrypted and Way.MACHINE not in self.ways


def state(folder: Path) -> State:
    """Return how the workspace in ``folder`` is protected; what was cut in between is finished first."""
    if files.is_unfinished(folder):
        with (
            contextlib.suppress(InUse, OSError),
            Lock(folder / "workspace.lock"),
        ):  # whoever opens it says what is wrong
            files.finish(folder)
    database = folder / DATABASE
    ways = tuple(dict.fromkeys(slot.way for slot in key_slots.read_slots(folder / "keys")))
    encrypted = database.is_file() and not is_plain(database)
    is_open = True
    if encrypted:
        try:
            is_open = key_slots.key_for(database) is not None
        except UserError:
            is_open = False
    return State(encrypted, ways, is_open)


def unlock(folder: Path, secret: str, who: str = "") -> str:
    """Open the workspace in ``folder`` for this process with a password or the code of the recovery sheet.

    ``who`` is whose password it should be, which is tried first. Returns whose it was, empty for that of nobody by name and for
    the sheet.

    Raises:
        UserError: KEY-001 it does not open, KEY-002 too little memory to try, KEY-003 what might open is damaged, KEY-005 a line
            of the sheet is not as printed.
    """
    found = _open(folder, lambda slots: key_slots.open_typed(sorted(slots, key=lambda slot: slot.label != who), secret))
    return found.slot.label if found.slot.way is Way.PASSWORD else ""


def unlock_by_county(folder: Path, county: Path) -> None:
    """Open the workspace in ``folder`` for this process with the county's own device key, which lies in ``county``.

    Raises:
        UserError: KEY-001, KEY-003 it does not open, KEY-008 there is no key of a county.
    """
    _open(folder, lambda slots: key_slots.opened_slot(slots, key_slots.of_county(county)))


def lock(folder: Path) -> None:
    """Forget what opens the workspace in ``folder``, which was closed before; who comes next is asked."""
    key_slots.forget(folder)


def opened(folder: Path) -> None:
    """Note that the workspace in ``folder`` was opened: where a person's password did it, the machine's own way goes."""
    found = key_slots.opened_at(folder)
    slots = key_slots.read_slots(folder / "keys")
    if found is None or found.slot.way is Way.MACHINE or not key_slots.asks(slots) or is_plain(folder / DATABASE):
        return
    with contextlib.suppress(OSError):  # the next start tries again; ``findings`` says that it is there
        key_slots.drop_machine(folder / "keys")


def findings(folder: Path) -> list[Problem]:
    """Return what is said while who finds the laptop could read everything."""
    now = state(folder)
    return [] if now.encrypted and Way.PASSWORD in now.ways else [StorageProblem.NOT_PROTECTED.problem()]


def _open(folder: Path, way: Callable[[Sequence[Slot]], Opened]) -> Opened:
    state(folder)  # finishes what was cut
    place, database = folder / "keys", folder / DATABASE
    try:
        found = way(key_slots.read_slots(place))
    except UserError as error:
        damaged = key_slots.damaged_slots(place)
        if error.code == StorageProblem.DOES_NOT_OPEN.code and damaged:  # the password may well have been right
            raise StorageProblem.SLOT_DAMAGED.error(damaged=damaged) from error
        raise
    key_slots.keep_open(folder, found)
    if is_plain(database) or not key_slots.asks(key_slots.read_slots(place)):  # backups are made without asking
        try:
            key_slots.machine_key(place)
        except UserError:
            with contextlib.suppress(UserError):  # a medium nobody can write: it is looked at
                key_slots.begin(place, found.data_key)
    return found
