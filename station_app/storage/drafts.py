"""What was typed and not yet saved: kept as typed, valid or not, until it is saved or thrown away."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from station_app.storage.clock import SYSTEM_CLOCK, Clock
from station_app.storage.engine import Connection

_OWNED = "@"  # begins the key of a draft that belongs to an account: @3f9a21c4/…


@dataclass(frozen=True, slots=True)
class Draft:
    """One unfinished entry; ``values`` are texts as typed, by field name (or cell name in a grid)."""

    key: str
    record_type: str
    record_id: str | None
    values: dict[str, str]
    changed_at: str


class Drafts:
    """The drafts of a workspace; every ``put`` is durable. Each account sees its own: ``owner`` is the mark of the one that has
    signed in. What was typed before there were accounts goes to the first of them (``adopt``)."""

    def __init__(
        self,
        connection: Connection,
        transaction: Callable[[], AbstractContextManager[Any]],
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._connection = connection
        self._transaction = transaction
        self._clock = clock
        self.owner = ""

    def _kept_as(self, key: str) -> str:
        return f"{_OWNED}{self.owner}/{key}" if self.owner else key

    @property
    def _ours(self) -> tuple[str, str]:
        """The condition of what the owner sees, and its value."""
        mine = self._kept_as("")
        return ("substr(key, 1, 10)=?", mine) if mine else ("substr(key, 1, 1)<>?", _OWNED)

    def adopt(self) -> None:
        """Give the owner what nobody's account typed."""
        with self._transaction() as connection:
            connection.execute("UPDATE draft SET key=? || key WHERE substr(key, 1, 1)<>?", (self._kept_as(""), _OWNED))

    def put(self, key: str, record_type: str, record_id: str | None, values: dict[str, str]) -> None:
        """Keep what is typed under ``key``, replacing what was there."""
        now = self._clock.stamp()
        with self._transaction() as connection:
            connection.execute(
                """INSERT INTO draft (key, record_type, record_id, form_values, changed_at) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT(key) DO UPDATE SET record_type=excluded.record_type, record_id=excluded.record_id,
                   form_values=excluded.form_values, changed_at=excluded.changed_at""",
                (self._kept_as(key), record_type, record_id, json.dumps(values, ensure_ascii=False), now),
            )

    def get(self, key: str) -> Draft | None:
        """Return the draft under ``key``."""
        row = self._connection.execute(
            "SELECT key, record_type, record_id, form_values, changed_at FROM draft WHERE key=?",
            (self._kept_as(key),),
        ).fetchone()
        return None if row is None else Draft(key, row[1], row[2], json.loads(row[3]), row[4])

    def all(self) -> list[Draft]:
        """Return all drafts, newest first."""
        condition, value = self._ours
        rows = self._connection.execute(
            "SELECT key, record_type, record_id, form_values, changed_at FROM draft "
            f"WHERE {condition} ORDER BY changed_at DESC, key",
            (value,),
        )
        return [
            Draft(r[0].removeprefix(self._kept_as("")), r[1], r[2], json.loads(r[3]), r[4]) for r in rows.fetchall()
        ]

    def remove(self, key: str) -> None:
        """Forget the draft under ``key``; nothing happens when there is none."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM draft WHERE key=?", (self._kept_as(key),))

    def count(self) -> int:
        condition, value = self._ours
        return int(self._connection.execute(f"SELECT count(*) FROM draft WHERE {condition}", (value,)).fetchone()[0])


class Settings:
    """Small values of this device: language, theme, year in sight. Never part of a package."""

    def __init__(self, connection: Connection, transaction: Callable[[], AbstractContextManager[Any]]) -> None:
        self._connection = connection
        self._transaction = transaction

    def get(self, key: str, default: str = "") -> str:
        """Return the value of ``key``."""
        row = self._connection.execute("SELECT value FROM setting WHERE key=?", (key,)).fetchone()
        return default if row is None else str(row[0])

    def set(self, key: str, value: str) -> None:
        """Keep ``value`` under ``key``."""
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
                (key, value),
            )
