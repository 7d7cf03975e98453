"""What was given in words on the way to a figure, shown where it counts: choices, settings, sets, who approved what.

A number that is given is an input of the explanation; whatever else is given is a choice of it, so that nothing that was
typed is silently left out.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain.calc.explanation import Node, Origin, OriginKind, Sheet, origin_of
from station_app.domain.calc.numbers import plain
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.codes import word_of
from station_app.domain.fields import Field, Kind, described_field, described_fields
from station_app.domain.problems import Problem
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.domain.units import unit_text

_RECORD = Text("依据的记录", "the record it goes by")
SETTING = Origin(OriginKind.SETTING)


def tell(sheet: Sheet, decides: Node, given: object, *names: str, origin: Origin | None = None) -> None:
    """Show fields of an input beside the figure they concern; a choice or a flag always, anything else when it is given.

    Args:
        origin: Where they are from; without it the record the input names, or a setting.
    """
    if not sheet.recording:
        return
    fields = {field.name: field for field in described_fields(type(given))}
    reference = getattr(given, "reference", "")
    where = origin or (origin_of(reference) if reference else SETTING)
    for name in names:
        value = getattr(given, name)
        field = fields[name]
        if value is None or value in ("", ()):
            continue
        if name == "reference":
            sheet.chosen(decides, _RECORD, Text("", ""), origin_of(value))
        else:
            sheet.chosen(decides, field.label, said(field, value), where)


def said(field: Field, value: Any) -> Text:
    if field.kind is Kind.CODE:
        return word_of(field.codes, value)
    if field.kind is Kind.CODES:
        words = [word_of(field.codes, code) for code in value]
        return Text("、".join(word.zh for word in words), ", ".join(word.en for word in words))
    if isinstance(value, bool):
        return Text("是", "yes") if value else Text("否", "no")
    if isinstance(value, Text):
        return value
    if isinstance(value, Decimal):
        return Text(*(f"{plain(value)} {unit_text(field.unit, language)}".strip() for language in (CHINESE, ENGLISH)))
    if field.kind is Kind.TEXTS:
        return Text("、".join(value), ", ".join(value))
    told = value.isoformat() if isinstance(value, date) else str(value)
    return Text(told, told)


def not_used(given: object, at: str, reason: Text, *names: str) -> list[Problem]:
    """Return a refusal of every field that is given although nothing can be made of it."""
    return [
        CalculationProblem.NOT_USED.at(f"{at}/{name}", label=described_field(type(given), name).label, reason=reason)
        for name in names
        if getattr(given, name) not in (None, "", ())
    ]
