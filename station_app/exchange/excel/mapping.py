"""Mapping files: how the headings of a foreign table become the fields of a record type.

A mapping is a JSON file, written once by whoever knows the foreign table, shown before anything is saved:

    {
      "format": "grassland-mapping/1",
      "note": "Herd ledger as year-end livestock counts",
      "where":     {"species": ["Camel", "Cattle", "Shoat"]},
      "skip_empty": ["stock"],
      "replace":   {"household": [["^H", ""]]},
      "values":    {"species": {"Camel": "camel", "Cattle": "cattle", "Shoat": "sheep"},
                    "season": {"LRLD": "06-30", "SRSD": "12-31"}},
      "columns":   {"species": "class_counts.species_code", "stock": "class_counts.head", "year": "year"},
      "compose":   {"counted_on": "{year}-{season}", "household_id>code": "999999001001{household:4}"},
      "constants": {"occasion": "spot_check", "counted_by": "published ledger", "class_counts.class_code": "undivided"},
      "units":     {"stock": "头只"},
      "factors":   {"biomass_centner_per_ha": "10"},
      "round":     {"biomass_centner_per_ha": 2}
    }

Steps, in this order, on the text of each row: ``where`` keeps the rows whose column has one of the values; ``skip_empty``
leaves rows out where a column is empty (they are counted); ``replace`` applies regular expressions; ``values`` translates
whole cells; ``factors`` multiplies exactly and ``round`` rounds half-up (only then is anything rounded); ``compose`` puts
columns together, ``{column}`` as text and ``{column:4}`` filled with zeros to 4 digits; ``columns`` and ``constants`` say
which field a value goes to. ``units`` says the unit of a column when its heading does not, or confirms a conversion.

A field is named ``field``, ``list.field`` for a line inside the record, ``link>key`` for the key of a linked record.
Columns that are not named are left out, unless ``"other_columns": "match"``; a column named with an empty field always is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from station_app.domain.parsing import fold as fold_value
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.reading.cells import Broken
from station_app.exchange.excel.units import fold

FORMAT = "grassland-mapping/1"
MAX_MAPPING = 1_000_000
_PLACEHOLDER = re.compile(r"\{([^{}:]+)(?::(\d{1,2}))?\}")
_SHAPES: dict[str, type] = {
    "where": dict, "skip_empty": list, "replace": dict, "values": dict, "columns": dict, "compose": dict,
    "constants": dict, "units": dict, "factors": dict, "round": dict,
}  # fmt: skip


def _folded(table: MappingType[str, object]) -> dict[str, Any]:
    return {fold(name): value for name, value in table.items()}


@dataclass(frozen=True)
class Mapping:
    """A read mapping file; see the module for what each part does. Column names are folded."""

    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    compose: dict[str, str] = field(default_factory=dict)
    where: dict[str, frozenset[str]] = field(default_factory=dict)
    skip_empty: tuple[str, ...] = ()
    replace: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    factors: dict[str, Decimal] = field(default_factory=dict)
    round: dict[str, int] = field(default_factory=dict)
    match_others: bool = False

    @property
    def changes_cells(self) -> bool:
        """Whether rows are left out, or cells changed or put together, before they are read."""
        steps = (self.where, self.skip_empty, self.replace, self.values, self.factors, self.round, self.compose)
        return any(steps)

    @property
    def used_columns(self) -> set[str]:
        """Every column the mapping reads, folded."""
        composed = {fold(m[1]) for pattern in self.compose.values() for m in _PLACEHOLDER.finditer(pattern)}
        named = (self.columns, self.where, self.replace, self.values, self.factors, self.round)
        return composed.union(self.skip_empty, *named)

    @property
    def left_out(self) -> set[str]:
        """Columns named to be left out, folded."""
        return {name for name, path in self.columns.items() if not path}

    def path_of(self, *names: str) -> str | None:
        """Return the field a column goes to by one of its names, empty when it is left out, ``None`` when not named."""
        return next((self.columns[fold(name)] for name in names if fold(name) in self.columns), None)

    def wanted(self, row: MappingType[str, object]) -> bool | None:
        """Return whether a row is to be read; ``None`` when it is left out for an empty cell."""
        if any(cell_text(row.get(name)) not in allowed for name, allowed in self.where.items()):
            return False
        return None if any(not cell_text(row.get(name)) for name in self.skip_empty) else True

    def changed(self, row: MappingType[str, object]) -> dict[str, Any]:
        """Return the cells of a row after ``replace``, ``values``, ``factors`` and ``round``."""
        out = dict(row)
        for name, steps in self.replace.items():
            if isinstance(out.get(name), Broken):
                continue
            text = cell_text(out.get(name))
            for pattern, new in steps:
                text = pattern.sub(new, text)
            out[name] = text
        for name, table in self.values.items():
            if isinstance(out.get(name), Broken):
                continue
            text = cell_text(out.get(name))
            out[name] = table.get(text, text)
        for name in {**self.factors, **self.round}:
            number = _number(out.get(name))
            if number is not None:
                number *= self.factors.get(name, Decimal(1))
                if name in self.round:
                    number = number.quantize(Decimal(1).scaleb(-self.round[name]), ROUND_HALF_UP)
                out[name] = number
        return out

    def composed(self, row: MappingType[str, object]) -> dict[str, object]:
        """Return the composed values by field path; empty where one of the columns is empty, an error where one is."""
        out: dict[str, object] = {}
        for path, pattern in self.compose.items():
            cells = [row.get(fold(m[1])) for m in _PLACEHOLDER.finditer(pattern)]
            broken = next((cell for cell in cells if isinstance(cell, Broken)), None)
            if broken is not None:
                out[path] = broken
                continue
            parts = [cell_text(row.get(fold(m[1]))) for m in _PLACEHOLDER.finditer(pattern)]
            filled = all(parts)
            out[path] = _PLACEHOLDER.sub(lambda m: _filled(row, m), pattern) if filled else ""
        return out


def _filled(row: MappingType[str, object], match: re.Match[str]) -> str:
    text = cell_text(row.get(fold(match[1])))
    return text.zfill(int(match[2])) if match[2] else text


def cell_text(value: object) -> str:
    """Return a cell as text: whole numbers without a point, dates as ISO."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    return value.strip() if isinstance(value, str) else str(value)


def _number(value: object) -> Decimal | None:
    text = fold_value(cell_text(value))
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def load_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        UserError: IMP-001 not there, IMP-017 not a mapping; the sentence names the part that is wrong.
    """
    try:
        if path.stat().st_size > MAX_MAPPING:
            raise WorkbookProblem.TOO_BIG.error(file=path.name)
        raw = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise WorkbookProblem.NOT_THERE.error(file=path, reason=error.strerror or error) from error
    except (ValueError, RecursionError) as error:
        raise WorkbookProblem.NOT_A_MAPPING.error(file=path.name, part="JSON") from error
    return to_mapping(raw, path.name)


def to_mapping(raw: object, name: str = "mapping") -> Mapping:
    """Return the mapping a JSON value describes.

    Raises:
        UserError: IMP-017 naming the part that is wrong.
    """

    def wrong(part: str) -> Exception:
        return WorkbookProblem.NOT_A_MAPPING.error(file=name, part=part)

    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise wrong("format")
    for part, shape in _SHAPES.items():
        if not isinstance(raw.get(part, shape()), shape):
            raise wrong(part)
    unknown = set(raw) - {*_SHAPES, "format", "note", "other_columns"}
    if unknown:
        raise wrong(", ".join(sorted(unknown)))
    part = ""
    try:
        for part in ("columns", "compose", "constants", "units"):
            if not all(isinstance(v, str) for v in raw.get(part, {}).values()):
                raise TypeError
        part = "replace"
        replace = {
            fold(column): tuple((re.compile(old), new) for old, new in steps)
            for column, steps in raw.get("replace", {}).items()
        }
        part = "values"
        values = {fold(c): {str(k): str(v) for k, v in table.items()} for c, table in raw.get("values", {}).items()}
        part = "where"
        where = {fold(c): frozenset(map(str, allowed)) for c, allowed in raw.get("where", {}).items()}
        part = "factors"
        factors = {fold(c): Decimal(str(v)) for c, v in raw.get("factors", {}).items()}
        part = "round"
        places = {fold(c): int(v) for c, v in raw.get("round", {}).items()}
        part = "skip_empty"
        skip = tuple(fold(c) for c in raw.get("skip_empty", []))
    except (TypeError, ValueError, AttributeError, InvalidOperation, re.error) as error:
        raise wrong(part) from error
    return Mapping(
        _folded(raw.get("columns", {})), dict(raw.get("constants", {})), dict(raw.get("compose", {})), where, skip,
        replace, values, _folded(raw.get("units", {})), factors, places, raw.get("other_columns") == "match",
    )  # fmt: skip
