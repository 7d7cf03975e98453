"""What was given in words on the way to a figure, shown where it counts: choices, settings, sets, who approved what.

A number that is given is an input of the explanation; whatever else is given is a choice of it, so that nothing that was
typed is silently left out.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain.calc.explanation import Node, Origin, OriginKind, Sheet, origin_of
from station_app.domain.calc.found import Found, problem
from station_app.domain.calc.inputs import Entry, Kind, entries_of, label_of
from station_app.domain.calc.numbers import plain
from station_app.domain.problems import Problem
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.domain.units import unit_text

_RECORD = Text("依据的记录", "the record it goes by")
SETTING = Origin(OriginKind.SETTING)


def tell(sheet: Sheet, decides: Node, given: Any, *names: str, origin: Origin | None = None) -> None:
    """Show entries of an input beside the figure they concern; a choice or a flag always, anything else when it is given.

    Args:
        origin: Where they are from; without it the record the input names, or a setting.
    """
    if not sheet.recording:
        return
    entries = {entry.name: entry for entry in entries_of(type(given))}
    reference = getattr(given, "reference", "")
    where = origin or (origin_of(reference) if reference else SETTING)
    for name in names:
        value = getattr(given, name)
        entry = entries[name]
        if value is None or value in ("", ()):
            continue
        if name == "reference":
            sheet.chosen(decides, _RECORD, Text("", ""), origin_of(value))
        else:
            sheet.chosen(decides, entry.label, said(entry, value), where)


def said(entry: Entry, value: Any) -> Text:
    """Return a value of an entry in words."""
    if entry.choices is not None and value in entry.choices:
        return entry.choices[value]
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, Text):
        return value
    if isinstance(value, Decimal):
        return Text(*(f"{plain(value)} {unit_text(entry.unit, language)}".strip() for language in (CHINESE, ENGLISH)))
    if entry.kind is Kind.WORDS:
        return Text("、".join(value), ", ".join(value))
    told = value.isoformat() if isinstance(value, date) else str(value)
    return Text(told, told)


def not_used(given: Any, at: str, reason: Text, *names: str) -> list[Problem]:
    """Return a refusal of every entry that is given although nothing can be made of it."""
    return [
        problem(Found.NOT_USED, f"{at}/{name}", label=label_of(type(given), name), reason=reason)
        for name in names
        if getattr(given, name) not in (None, "", ())
    ]
