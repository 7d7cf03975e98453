"""A coefficient set as a file: JSON as ``calc --set`` takes it, or a CSV table a spreadsheet opens (RFC 4180, UTF-8).

A row of the CSV is one coefficient; the facts of the set stand in every row. What is read is parsed and bounded here;
nothing is saved.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from station_app.domain.calc.coefficients import CoefficientSet
from station_app.domain.calc.coefficients_json import set_from_json, set_to_json
from station_app.domain.calc.editions import facts_of, facts_text
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.text import Text
from station_app.exchange.excel.saving import beside
from station_app.storage.standards import parse_json

ENDINGS = (".json", ".csv")
LARGEST = 10_000_000
MOST_ROWS = 20_000
_SET = ("kind", "name", "edition", "title_zh", "title_en", "standard", "sheep_units", "set_facts", "reason")
_TEXTS = ("unit", "standard", "clause", "source", "mark", "conflict", "note", "verified_by", "verified_on")
_NUMBERS = ("value", "low", "high", "half_width_percent")
_FLAGS = ("seed_default", "proposal")
COLUMNS = (
    "kind", "name", "edition", "title_zh", "title_en", "set_standard", "sheep_units", "set_facts", "reason",
    "key", "label_zh", "label_en", *_NUMBERS, *_TEXTS, *_FLAGS, "facts",
)  # fmt: skip
_NEEDED = ("kind", "name", "edition", "key", "label_zh", "label_en")
_DIVIDES = "|"


def write_set(each: CoefficientSet, path: Path) -> Path:
    """Write a set to ``path``, as JSON or CSV by the ending of its name.

    Raises:
        UserError: CALC-014 it ends otherwise; XLS-002 … XLS-009 the file can not be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise CalculationProblem.UNKNOWN_NAME.error(name=path.name, known=", ".join(f"*{each}" for each in ENDINGS))
    text = set_csv(each) if ending == ".csv" else json.dumps(set_to_json(each), ensure_ascii=False, indent=1) + "\n"
    with beside(path, ENDINGS) as part:
        part.write_bytes((b"\xef\xbb\xbf" if ending == ".csv" else b"") + text.encode())
    return path


def set_csv(each: CoefficientSet) -> str:
    """Return a set as the text of a CSV table; numbers keep their digits."""
    raw = set_to_json(each)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    own = [each.kind, each.name, each.edition, each.title.zh, each.title.en, each.standard,
           " ".join(sorted(each.sheep_units)), facts_text(each.words) or "", each.reason]  # fmt: skip
    for row in raw["rows"]:
        cells = [*own, _DIVIDES.join(row["key"]), row["label"]["zh"], row["label"]["en"]]
        cells += [row.get(name, "") for name in (*_NUMBERS, *_TEXTS)]
        cells += ["yes" if row.get(name) else "" for name in _FLAGS]
        writer.writerow([_harmless(cell) for cell in [*cells, facts_text(row.get("words", {})) or ""]])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A blank before what a spreadsheet would take for a formula; reading drops it. Numbers stay."""
    return f" {cell}" if cell[:1] in ("=", "+", "@") or (cell[:1] == "-" and not cell[1:2].isdigit()) else cell


def read_set_file(path: Path) -> CoefficientSet:
    """Return the set of a JSON or CSV file.

    Raises:
        UserError: CALC-056 it is not readable, CALC-012, CALC-013 something in it is missing or is not what it should be.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CalculationProblem.UNREADABLE.error(reason=error.strerror or str(error), line=1) from None
    if len(data) > LARGEST:
        raise CalculationProblem.UNREADABLE.error(reason=f"> {LARGEST:,} bytes", line=1)
    text = _decoded(data)
    return set_from_csv(text) if path.suffix.lower() == ".csv" else set_from_json(parse_json(text))


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CalculationProblem.UNREADABLE.error(reason="encoding", line=1)


def set_from_csv(text: str) -> CoefficientSet:
    """Return the set of a CSV table; columns may stand in any order, unknown ones are refused.

    Raises:
        UserError: as ``read_set_file``; places are ``rows/<n>``, the first row below the heading being 0.
    """
    try:
        table = list(csv.DictReader(io.StringIO(text.replace("\x00", "")), strict=True))
    except csv.Error as error:
        raise CalculationProblem.UNREADABLE.error(reason=str(error), line=1) from None
    if not table:
        raise CalculationProblem.REQUIRED.error("/rows", label=Text("系数", "Coefficients"), name="rows")
    unknown = [name for name in table[0] if name not in COLUMNS]
    if unknown:
        raise CalculationProblem.UNKNOWN_NAME.error(name=str(unknown[0]), known=", ".join(COLUMNS))
    if len(table) > MOST_ROWS:
        raise CalculationProblem.UNREADABLE.error(reason=f"> {MOST_ROWS:,}", line=MOST_ROWS)
    rows = [_cells(row, number) for number, row in enumerate(table)]
    first = rows[0]
    for number, row in enumerate(rows):
        for name in ("kind", "name", "edition"):
            if row[name] != first[name]:
                raise CalculationProblem.NOT_A_NUMBER.error(f"/rows/{number}/{name}", label=name,
                             expected=Text(f"与第一行相同({first[name]})", f"as in the first row ({first[name]})"),
                             value=row[name])  # fmt: skip
    return set_from_json({
        "kind": first["kind"], "name": first["name"], "edition": first["edition"],
        "title": {"zh": first["title_zh"] or first["name"], "en": first["title_en"] or first["name"]},
        "standard": first["set_standard"], "sheep_units": first["sheep_units"].split(),
        "words": facts_of(first["set_facts"]), "reason": first["reason"], "rows": [_raw(row) for row in rows],
    })  # fmt: skip


def _cells(row: Mapping[Any, Any], number: int) -> dict[str, str]:
    """Return the cells of a row, empty where the table has no such column; too many cells are refused."""
    if None in row:
        raise CalculationProblem.UNREADABLE.error(reason="too many cells", line=number + 2)
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    for name in _NEEDED:
        if not cells[name]:
            raise CalculationProblem.REQUIRED.error(f"/rows/{number}/{name}", label=name, name=name)
    return cells


def _raw(row: Mapping[str, str]) -> dict[str, Any]:
    out: dict[str, Any] = {
        "key": row["key"].split(_DIVIDES),
        "label": {"zh": row["label_zh"], "en": row["label_en"]},
        "words": facts_of(row["facts"]),
    }
    out |= {name: row[name] for name in (*_NUMBERS, *_TEXTS) if row[name]}
    out |= {name: True for name in _FLAGS if row[name]}
    return out
