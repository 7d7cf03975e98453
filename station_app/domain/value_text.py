"""How a value is shown."""

from __future__ import annotations

from typing import Any

from station_app.domain.codes import has_list, label_of
from station_app.domain.fields import Field, Kind
from station_app.domain.official_time import BEIJING
from station_app.domain.text import CHINESE, Text

_YES_NO = {True: Text("是", "Yes"), False: Text("否", "No")}


def format_value(field: Field, value: Any, language: str = CHINESE) -> str:
    """Return a value as it is shown: thousands separated, fixed places, codes by label, Beijing time; empty is empty.

    A number without a unit (a year, a sequence) has no separators. ``parse_value`` reads every result back, except of
    links (shown by their id; whoever has the records shows their titles) and lines (shown by their number).
    """
    if value is None or value == ():
        return ""
    if field.kind is Kind.INTEGER:
        return f"{value:,}" if field.unit else str(value)
    if field.kind is Kind.DECIMAL:
        return f"{value:,.{field.places}f}"
    if field.kind is Kind.BOOL:
        return _YES_NO[value].to(language)
    if field.kind is Kind.DATE:
        return str(value.isoformat())
    if field.kind is Kind.INSTANT:
        return str(value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S"))
    if field.kind is Kind.CODE:
        return _code_text(field.codes, value, language)
    if field.kind is Kind.CODES:
        return ("、" if language == CHINESE else "; ").join(_code_text(field.codes, each, language) for each in value)
    if field.kind is Kind.FILES:
        return ", ".join(value)
    if field.kind is Kind.LINES:
        return Text(f"{len(value)} 行", f"{len(value)} rows").to(language)
    return str(value)


def _code_text(name: str, value: str, language: str) -> str:
    return label_of(name, value).to(language) if has_list(name) else value
