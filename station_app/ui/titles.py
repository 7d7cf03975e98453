"""How a record is called on the screen: its title fields as a person reads them, its household or plot first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station_app.domain.fields import Kind
from station_app.domain.registry import RecordType, record_type
from station_app.domain.value_text import format_value
from station_app.services import villages as places
from station_app.ui import i18n

if TYPE_CHECKING:
    from collections.abc import Iterable

    from station_app.ui.session import Session

# Links that say whose record it is.
OWNERS = ("household_id", "plot_id", "plot_new_id", "batch_id", "target_id", "organisation_id", "notice_id")


def record_title(session: Session, kind: RecordType | str, record: object) -> str:
    """Return the one-line name of a record in the current language."""
    described = record_type(kind) if isinstance(kind, str) else kind
    language = i18n.language()
    parts = []
    for name in OWNERS:
        field = described.by_name.get(name)
        if field is not None and name not in described.title and (linked := getattr(record, name)):
            parts.append(owner_title(session, field.target, linked))
            break
    for name in described.title:
        field = described.by_name[name]
        value = getattr(record, name)
        if value is None or value == ():
            continue
        if field.kind is Kind.LINK:
            parts.append(owner_title(session, field.target, value))
        elif field.name in ("village_code", "region_code"):
            parts.append(village_name(session, value))
        elif field.kind is Kind.INTEGER and field.name != "year":
            parts.append(f"{field.label.to(language)} {value}")
        else:
            parts.append(format_value(field, value, language))
    return " · ".join(p for p in parts if p)


def owner_title(session: Session, type_name: str, record_id: str) -> str:
    if type_name in ("household", "organisation", "staff"):
        row = session.read.get(type_name, record_id)
        if row is not None:
            return str(row.record.head_name if type_name == "household" else row.record.name)
        return ""
    row = session.read.get(type_name, record_id)
    return record_title(session, type_name, row.record) if row is not None else ""


def titles(session: Session, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the names of several records, by (type, record_id)."""
    out = {}
    for type_name, record_id in pairs:
        row = session.read.get(type_name, record_id)
        if row is not None:
            out[(type_name, record_id)] = record_title(session, type_name, row.record)
    return out


def village_name(session: Session, code: str) -> str:
    """Return the name of an administrative unit, the code itself when it is not on record."""
    return villages(session).get(code, code)


def villages(session: Session) -> dict[str, str]:
    """Return the names of all administrative units on record, by code."""
    if "villages" not in session.cache:
        session.cache["villages"] = places.unit_names(session.read)
    return session.cache["villages"]


def village_choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, name) of the villages that have households."""
    if "village_codes" not in session.cache:
        session.cache["village_codes"] = places.with_households(session.read)
    names = villages(session)
    return [(code, names.get(code, code)) for code in session.cache["village_codes"]]
