"""Control totals: the sums a person can hold against a screen or a workbook.

Of each record in the slice its latest version counts, by clock and then id, unless it is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from station_app.domain.codes import label_of
from station_app.domain.text import Text
from station_app.exchange.package.tables import value_of
from station_app.storage.codec import scaled

Value = int | tuple[tuple[str, int], ...]
Note = Callable[[str, bool, Any], None]


def _one(fields: Any) -> Value:
    return 1


def _scaled_field(name: str) -> Callable[[Any], Value]:
    def read(fields: Any) -> Value:
        value = value_of(fields, name)
        return 0 if value is None else scaled(value)

    return read


def _heads(fields: Any) -> Value:
    items = value_of(fields, "class_counts") or ()
    return tuple((value_of(item, "species_code") or "", value_of(item, "head") or 0) for item in items)


# What a type adds to the totals: households counted, parcels in 0.001 mu, payments in fen, animals by species.
_READERS: dict[str, Callable[[Any], Value]] = {
    "household": _one,
    "parcel": _scaled_field("area_mu"),
    "compensation_line": _scaled_field("net_yuan"),
    "livestock_count": _heads,
}


class ControlTotals:
    """Adds up while versions pass by, type by type and in the order of their clock; holds the records of one type."""

    def __init__(self) -> None:
        self._sums: dict[str, dict[str, int]] = {name: {} for name in _READERS}
        self._living: dict[str, Value] = {}
        self._name = ""

    def noter(self, type_name: str) -> Note | None:
        """Return what is told every version of a type, ``None`` when the type adds nothing; a later version of a record
        takes the place of an earlier one."""
        read = _READERS.get(type_name)
        if read is None:
            return None
        self._add_up()
        living, self._name = self._living, type_name

        def note(record_id: str, void: bool, fields: Any) -> None:
            if void:
                living.pop(record_id, None)
            else:
                living[record_id] = read(fields)

        return note

    def _add_up(self) -> None:
        sums = self._sums.get(self._name, {})
        for value in self._living.values():
            for code, number in (("", value),) if isinstance(value, int) else value:
                sums[code] = sums.get(code, 0) + number
        self._living, self._name = {}, ""

    def result(self) -> dict[str, Any]:
        """Return the totals: whole numbers, mu as text with its three places, head by species."""
        self._add_up()
        households, mu, fen = (self._sums[name].get("", 0) for name in ("household", "parcel", "compensation_line"))
        sign = "-" if mu < 0 else ""
        return {
            "households": households,
            "head": dict(sorted(self._sums["livestock_count"].items())),
            "mu": f"{sign}{abs(mu) // 1000}.{abs(mu) % 1000:03d}",
            "fen": fen,
        }


_NAMES = {
    "households": Text("牧户数", "households"),
    "head": Text("牲畜头只数", "head of livestock"),
    "mu": Text("面积(亩)", "area (mu)"),
    "fen": Text("金额(分)", "amount (fen)"),
}


def _shown(value: Any) -> Text | str:
    if not isinstance(value, dict):
        return str(value)
    parts = [(label_of("species", code), number) for code, number in sorted(value.items())]
    return Text("、".join(f"{t.zh} {n}" for t, n in parts) or "0", ", ".join(f"{t.en} {n}" for t, n in parts) or "0")


def differences(stated: dict[str, Any], counted: dict[str, Any]) -> list[tuple[Text, Text | str, Text | str]]:
    """Return (name, stated, counted) of every total that differs, as a person reads it."""
    return [
        (_NAMES[name], _shown(stated.get(name)), _shown(value))
        for name, value in counted.items()
        if stated.get(name) != value
    ]
