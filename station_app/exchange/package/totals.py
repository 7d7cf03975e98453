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
    items = value_of(fields, "class_counts")
    if not items:
        return ()
    if type(items[0]) is dict:
        return tuple((item.get("species_code", ""), item.get("head", 0)) for item in items)
    return tuple((value_of(item, "species_code") or "", value_of(item, "head") or 0) for item in items)


# What a type adds to the totals: households counted, parcels in 0.001 mu, payments in fen, animals by species.
_READERS: dict[str, Callable[[Any], Value]] = {
    "household": _one,
    "parcel": _scaled_field("area_mu"),
    "compensation_line": _scaled_field("net_yuan"),
    "livestock_count": _heads,
}


class ControlTotals:
    """Adds up while versions pass by, in the order of their clock."""

    def __init__(self) -> None:
        self._living: dict[str, dict[str, Value]] = {name: {} for name in _READERS}

    def noter(self, type_name: str) -> Note | None:
        """Return what is told every version of a type, ``None`` when the type adds nothing; a later version of a record
        takes the place of an earlier one."""
        read = _READERS.get(type_name)
        if read is None:
            return None
        living = self._living[type_name]

        def note(record_id: str, void: bool, fields: Any) -> None:
            if void:
                living.pop(record_id, None)
            else:
                living[record_id] = read(fields)

        return note

    def result(self) -> dict[str, Any]:
        """Return the totals: whole numbers, mu as text with its three places, head by species."""
        head: dict[str, int] = {}
        for counts in self._living["livestock_count"].values():
            for species, number in counts:  # type: ignore[union-attr]
                head[species] = head.get(species, 0) + number
        mu = sum(v for v in self._living["parcel"].values() if isinstance(v, int))
        fen = sum(v for v in self._living["compensation_line"].values() if isinstance(v, int))
        sign = "-" if mu < 0 else ""
        return {
            "households": len(self._living["household"]),
            "head": dict(sorted(head.items())),
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
