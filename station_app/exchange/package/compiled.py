"""Functions written for one table: a column costs a dictionary look-up instead of a loop turn.

Reading 300,000 versions means some ten million cells. For every table a function is put together once, column after
column, the way it would be written by hand; values that repeat (codes, days, small numbers) are converted and checked once
and remembered. The names that go into the source are field names, matched against ``[a-z][a-z0-9_]*`` before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from unicodedata import is_normalized

from station_app.domain.fields import Field, Form, Kind
from station_app.exchange.package.tables import Column
from station_app.exchange.package.values import PATTERNS, Check, Convert, WrongType, bounds_check, converter, plain_text

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")
_REMEMBERED = 8_192  # values a column keeps; beyond, each is converted anew

# fields(row, beyond, present): the fields of a row; names of values beyond their bounds, and of required ones that are
# missing when ``present`` (the row is of today's description), are added to ``beyond``.
ReadFields = Callable[[list[str], list[str], bool], dict[str, Any]]


def _slow(
    name: str, convert: Convert | None, check: Check | None, memory: dict[str, Any]
) -> Callable[[str, list[str]], Any]:
    """Return how a cell is converted that is not remembered."""

    def read(cell: str, beyond: list[str]) -> Any:
        if convert is None:
            value: Any = cell
        else:
            try:
                value = convert(cell)
            except WrongType as error:
                raise WrongType(name) from error
        if check is not None and not check(value):
            beyond.append(name)
        elif len(memory) < _REMEMBERED and len(cell) < 64:
            memory[cell] = value
        return value

    return read


def _repeats(column: Column, field: Field | None) -> bool:
    """Whether values of a column are worth remembering; texts that hardly repeat are looked at each time."""
    if column.type != "string":
        return True
    return field is not None and (field.kind is Kind.CODE or field.form is Form.REGION)


def fields_reader(columns: tuple[Column, ...], known: Mapping[str, Field], first: int) -> ReadFields:
    """Return the function that makes fields of the cells from place ``first`` on."""
    scope: dict[str, Any] = {"normal": is_normalized}
    lines = ["def fields(row, beyond, present):", "    found = {}"]
    for number, column in enumerate(columns):
        if not _NAME.match(column.name):
            raise ValueError(f"not a field name: {column.name!r}")
        field = known.get(column.name)
        check = bounds_check(field) if field is not None else None
        lines += [f"    cell = row[{first + number}]", "    if cell:"]
        if column.type == "string" and (
            check is None or (field is not None and field.kind is Kind.TEXT and field.form not in PATTERNS)
        ):
            if field is not None and field.kind is Kind.TEXT:
                scope[f"plain{number}"] = plain_text(field)
                lines += [  # most texts are short and printable: two quick questions before the exact one
                    f"        if len(cell) > {field.max_length} or not cell.isprintable() or not normal('NFC', cell):",
                    f"            if not plain{number}(cell): beyond.append({column.name!r})",
                ]
            lines.append(f"        found[{column.name!r}] = cell")
        else:
            memory: dict[str, Any] = {}
            scope[f"slow{number}"] = _slow(column.name, converter(column.type), check, memory)
            if _repeats(column, field):
                scope[f"known{number}"] = memory.get
                lines += [
                    f"        value = known{number}(cell)",
                    f"        if value is None: value = slow{number}(cell, beyond)",
                    f"        found[{column.name!r}] = value",
                ]
            else:
                lines.append(f"        found[{column.name!r}] = slow{number}(cell, beyond)")
        if field is not None and field.required:
            lines += ["    elif present:", f"        beyond.append({column.name!r})"]
    missing = [n for n, f in known.items() if f.required and n not in {c.name for c in columns}]
    if missing:
        lines += ["    if present:", f"        beyond.extend({missing!r})"]
    lines.append("    return found")
    exec(compile("\n".join(lines), f"<fields of {len(columns)} columns>", "exec"), scope)
    made: ReadFields = scope["fields"]
    return made
