"""Control totals: the sums a person can hold against a screen or a workbook.

Of each record in the slice its latest version counts, by clock and then id, unless it is withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from station_app.domain.codes import label_of
from station_app.domain.generic import JSON
from station_app.domain.text import Text
from station_app.exchange.package.lines import Line
from station_app.exchange.package.tables import value_of
from station_app.storage.codec import scaled

Value = int | dict[str, int]
Note = Callable[[Sequence[Line]], None]
# One number holds the heads of all species: of each its heads, in more bits than any sum of what versions can say needs, and
# above them how often it was named, since a species of no animals is not one that nobody named.
_HEADS, _NAMED = 1 << 96, 1 << 32


class ControlTotals:
    """Adds up while versions pass by, type by type and in the order of their clock; holds one number of each record of one
    type."""

    def __init__(self) -> None:
        # What a type adds: households counted, parcels in 0.001 mu, payments in fen, animals by species.
        self._readers: dict[str, Callable[[Any], Value]] = {
            "household": lambda fields: 1,
            "parcel": lambda fields: scaled(str(value_of(fields, "area_mu") or 0)),
            "compensation_line": lambda fields: scaled(str(value_of(fields, "net_yuan") or 0)),
            "livestock_count": self._heads,
        }
        self._sums = dict.fromkeys(self._readers, 0)
        self._places: dict[str, int] = {}  # of species, in a number; those of our list alone have one
        self._others: dict[str, int] = {}  # what versions say whose fields are not of today's description
        self._living: dict[str, Value] = {}
        self._name = ""

    def _heads(self, fields: Any) -> Value:
        if type(fields) is dict:
            said: dict[str, int] = {}
            for item in fields.get("class_counts") or ():
                code = item.get("species_code") or ""
                said[code] = said.get(code, 0) + (item.get("head") or 0)
            return said
        places, heads = self._places, 0
        for item in fields.class_counts:
            code = item.species_code or ""
            if code not in places:
                places[code] = (_HEADS * _NAMED) ** len(places)
            heads += (_HEADS + (item.head or 0)) * places[code]
        return heads

    def noter(self, type_name: str) -> Note | None:
        """Return what is told the versions of a type, in blocks, ``None`` when the type adds nothing; a later version of a record
        takes the place of an earlier one."""
        read = self._readers.get(type_name)
        if read is None:
            return None
        self._add_up()
        living, self._name = self._living, type_name

        def note(lines: Sequence[Line]) -> None:
            for line in lines:
                content = line.content
                if content.void:
                    living.pop(content.record_id, None)
                else:
                    living[content.record_id] = read(content.fields)

        return note

    def _add_up(self) -> None:
        for value in self._living.values():
            if isinstance(value, int):
                self._sums[self._name] += value
            else:
                for code, number in value.items():
                    self._others[code] = self._others.get(code, 0) + number
        self._living, self._name = {}, ""

    def _species(self) -> dict[str, int]:
        heads, rest = dict(self._others), self._sums["livestock_count"]
        for code in self._places:  # from the lowest place to the highest
            rest, number = divmod(rest, _HEADS)
            rest, named = divmod(rest, _NAMED)
            if named:
                heads[code] = heads.get(code, 0) + number
        return dict(sorted(heads.items()))

    def result(self) -> dict[str, Any]:
        """Return the totals: whole numbers, mu as text with its three places, head by species."""
        self._add_up()
        mu = self._sums["parcel"]
        return {
            "households": self._sums["household"],
            "head": self._species(),
            "mu": f"{'-' if mu < 0 else ''}{abs(mu) // 1000}.{abs(mu) % 1000:03d}",
            "fen": self._sums["compensation_line"],
        }


_NAMES = {
    "households": Text("牧户数", "households"),
    "head": Text("牲畜头只数", "head of livestock"),
    "mu": Text("面积(亩)", "area (mu)"),
    "fen": Text("金额(分)", "amount (fen)"),
}


def _shown(value: object) -> Text | str:
    if not isinstance(value, dict):
        return str(value)
    parts = [(label_of("species", code), number) for code, number in sorted(value.items())]
    return Text("、".join(f"{t.zh} {n}" for t, n in parts) or "0", ", ".join(f"{t.en} {n}" for t, n in parts) or "0")


def differences(stated: dict[str, JSON], counted: dict[str, JSON]) -> list[tuple[Text, Text | str, Text | str]]:
    """Return (name, stated, counted) of every total that differs, as a person reads it."""
    return [
        (_NAMES[name], _shown(stated.get(name)), _shown(value))
        for name, value in counted.items()
        if stated.get(name) != value
    ]
