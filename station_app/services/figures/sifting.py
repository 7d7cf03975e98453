"""Records as a figure may use them: what is void, in conflict or refused stays out and is named; what is accepted is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from station_app.domain.problems import Problem
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures.problems import ResultProblem
from station_app.services.figures.references import record_reference
from station_app.storage.reader import Reader

STANDING = """CASE WHEN p.conflict OR g.outcome='conflict' THEN 'conflict'
    WHEN g.outcome IN ('refused', 'quarantined') THEN 'refused' WHEN g.review='accepted' THEN 'accepted' ELSE 'entered' END"""
_LEFT_OUT = ("conflict", "refused")
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Sifted:
    """Rows that count: record_id first, then the columns asked for; ``accepted``: the county has accepted every one."""

    rows: list[tuple[Any, ...]]
    accepted: bool
    problems: tuple[Problem, ...]


def sift(
    reader: Reader, type_name: str, columns: Sequence[str], where: str, values: Sequence[object] = (), joins: str = ""
) -> Sifted:
    """Return living records of a type: ``p`` is the record in ``columns``, ``where`` and ``joins``."""
    found = reader.sql(
        f'SELECT {STANDING}, p.record_id, {", ".join(columns)} FROM "{type_name}" p '
        f"LEFT JOIN progress g ON g.version_id=p.version_id {joins} WHERE p.void=0 AND ({where}) ORDER BY p.rowkey",
        values,
    )
    out = [row[1] for row in found if row[0] in _LEFT_OUT]
    problems: list[Problem] = []
    if out:
        label = record_type(type_name).label
        titles = reader.titles(type_name, out[:_NAMED])
        for record_id in out[:_NAMED]:
            problems.append(
                ResultProblem.LEFT_OUT.at(
                    record_reference(type_name, record_id), type=label, title=titles.get(record_id, record_id)
                )
            )
        if len(out) > _NAMED:
            rest = Text(f"另有 {len(out) - _NAMED} 条", f"and {len(out) - _NAMED} more")
            problems.append(ResultProblem.LEFT_OUT.at("", type=label, title=rest))
    kept = [row for row in found if row[0] not in _LEFT_OUT]
    return Sifted([row[1:] for row in kept], all(row[0] == "accepted" for row in kept), tuple(problems))


def region_prefix(code: str) -> str:
    """Return the digits that every code inside a region begins with: 152522000000 and 152522 both give 152522."""
    if len(code) == 12:
        code = code[:6] if code.endswith("000000") else code[:9] if code.endswith("000") else code
    if len(code) == 6:
        code = code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code
    return code
