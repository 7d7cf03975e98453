"""Find the table inside a sheet: below titles and instructions, with one or two rows of headings, merged or not."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from decimal import Decimal

from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.problems import Problem
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.exchange.excel.headings import Heading, Target, is_mark, meanings, split_unit, wide_target
from station_app.exchange.excel.mapping import Mapping
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.questions import Asked, Question
from station_app.exchange.excel.reader import Broken, RawTable
from station_app.exchange.excel.units import convertible, factor, fold, must_be_stated, unit_named, units_listed

SEARCHED_ROWS = 40
MAX_DEPTH = 4  # rows of headings
MAX_COLUMNS = 400
_WEIGHTS = (4, 3, 3, 2, 2)  # by rank: what the heading names surely counts more
_UNIT_LINE = ("单位:", "计量单位:", "unit:", "units:")
_A_SUM = re.compile("计|合|总|total|sum")
_UNIT_OF = Text("“{heading}”的单位是(保存为{unit})", "“{heading}” (kept in {unit}) is in")
_UNIT_FOUND = Text("“{heading}”(文件写的是“{found}”)的单位是(保存为{unit})",
                   "“{heading}” (the file says “{found}”; kept in {unit}) is in")  # fmt: skip
Candidate = tuple[Heading, Target, str | None]


@dataclass(frozen=True, slots=True)
class Match:
    """One column that is read: its heading, where it goes, the unit it states, what its numbers are multiplied with."""

    heading: Heading
    target: Target
    unit: str | None = None
    factor: Decimal = Decimal(1)


@dataclass
class Located:
    """A table found in a sheet: rows ``last_heading + 1`` and after hold the data."""

    table: RawTable
    first_heading: int
    last_heading: int
    headings: list[Heading]
    matches: list[Match] = field(default_factory=list)
    ignored: list[Heading] = field(default_factory=list)
    mark: int | None = None
    score: int = 0
    problems: list[Problem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    @property
    def paths(self) -> set[str]:
        return {m.target.path for m in self.matches}

    @property
    def is_wide(self) -> bool:
        return any(m.target.fixed for m in self.matches)


def locate(
    table: RawTable, kind: RecordType, mapping: Mapping | None = None, units: MappingType[str, str] | None = None
) -> Located | None:
    """Return the best reading of a sheet as a table of ``kind``; ``None`` when no row looks like its headings."""
    best: Located | None = None
    width = used_width(table)
    for depth in range(1, MAX_DEPTH + 1):  # more rows only where they say more than fewer
        for row in range(min(len(table.rows) - depth + 1, SEARCHED_ROWS)):
            headings = headings_at(table, row, depth, width)
            if headings is None:
                continue
            found = _read(table, kind, row, row + depth - 1, headings, mapping)
            if found.score and (best is None or found.score > best.score):
                best = found
    if best is None or not _is_enough(best, mapping):
        return None
    _refuse_deeper_headings(best)
    _note_any_cattle(best)
    _refuse_broken_headings(best)
    _settle_units(best, mapping, {fold(k): v for k, v in (units or {}).items()})
    return best


def used_width(table: RawTable) -> int:
    """Return how many columns are looked at."""
    return min(max((len(row) for row in table.rows[:SEARCHED_ROWS]), default=0), MAX_COLUMNS)


def likely_headings(table: RawTable, kind: RecordType, mapping: Mapping | None = None) -> Located | None:
    """Return the row that looks most like headings, whatever they mean: what a person maps by hand when nothing fits."""
    best: list[Heading] = []
    at = 0
    for row in range(min(len(table.rows), SEARCHED_ROWS)):
        headings = headings_at(table, row, 1, used_width(table)) or []
        if len({h.text for h in headings}) > len({h.text for h in best}):
            best, at = headings, row
    return _read(table, kind, at, at, best, mapping) if best else None


def _is_enough(found: Located, mapping: Mapping | None) -> bool:
    """Two columns that mean something; one is enough only where the sheet has no other, or a mapping names it."""
    if mapping is not None and not mapping.match_others:
        return found.score > 0
    return len(found.matches) >= 2 or len(found.headings) == len(found.matches) == 1


def headings_at(table: RawTable, row: int, depth: int, width: int) -> list[Heading] | None:
    """Return the headings in ``depth`` rows from ``row``; ``None`` when a row of them holds data or nothing."""
    zone = [[table.value(number, column) for column in range(width)] for number in range(row, row + depth)]
    if depth > 1:
        if not all(isinstance(v, str) for v in zone[-1]) or not any(_line(v) for v in zone[-1]):
            return None  # a number, a date or an error under the headings: that is data
        if len({tuple(level) for level in zone}) < depth:
            return None
    levels = _filled_right(table, row, zone)
    out = []
    for column in range(width):
        own = [(number, _line(zone[number][column])) for number in range(depth) if _line(zone[number][column])]
        if not own:
            continue
        at, text = own[-1]
        over = [level[column] for level in levels[:at] if level[column]]
        out.append(Heading(column, text, over[-1] if over else "", tuple(over[:-1]), row + at))
    return out


def _line(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _filled_right(table: RawTable, first: int, zone: list[list[object]]) -> list[list[str]]:
    """Return the rows of headings but the last, each heading over all the columns it stands above.

    Merged cells say which; where there are none, a heading reaches to the next one in its row, or to the end of the one
    above it.
    """
    levels: list[list[str]] = []
    for number, row in enumerate(zone[:-1]):
        cells = [_line(v) for v in row]
        merged = [m for m in table.merges if m[0] <= first + number <= m[2]]
        for top, left, _, right in merged:
            text = _line(table.value(top, left))
            for column in range(left, min(right, len(cells) - 1) + 1):
                cells[column] = text
        if not merged:
            for column in range(1, len(cells)):
                is_over = any(_line(below[column]) for below in zone[number + 1 :])
                is_same = number == 0 or levels[-1][column] == levels[-1][column - 1]
                if not cells[column] and is_over and is_same:
                    cells[column] = cells[column - 1]
        levels.append(cells)
    return levels


def _read(
    table: RawTable, kind: RecordType, first: int, last: int, headings: list[Heading], mapping: Mapping | None
) -> Located:
    found = Located(table, first, last, headings)
    marks = [h for h in headings if is_mark(h)]
    found.mark = marks[0].column if marks else None
    mapped = _mapped(kind, headings, mapping)
    taken = {h.column for h, _, _ in mapped} | {h.column for h in marks}
    candidates = list(mapped)
    if mapping is None or mapping.match_others:
        own = {t.path for _, t, _ in mapped}
        for heading in headings:
            if heading.column not in taken and (mapping is None or mapping.path_of(heading.text, heading.shown) != ""):
                candidates += [
                    (heading, t, unit) for t, unit in meanings(kind, heading) if not t.list_name or t.path not in own
                ]
    candidates = _with_lines_only_where_whole(kind, candidates, mapping)
    _assign(found, candidates)
    chosen = {m.heading.column for m in found.matches}
    used = mapping.used_columns - mapping.left_out if mapping else set()
    found.ignored = [
        h for h in headings if h.column not in chosen | {m.column for m in marks} and fold(h.text) not in used
    ]
    found.score += sum(fold(h.text) in used for h in headings)
    return found


def _mapped(kind: RecordType, headings: list[Heading], mapping: Mapping | None) -> list[Candidate]:
    if mapping is None:
        return []
    out = []
    for heading in headings:
        path = mapping.path_of(heading.text, heading.shown)
        target = path_target(kind, path) if path else None
        if target is not None:
            stated = mapping.units.get(fold(heading.text))
            unit = unit_named(stated) if stated else split_unit(fold(heading.text))[1]
            out.append((heading, target, unit))
    return out


def path_target(kind: RecordType, path: str) -> Target | None:
    """Return the target of ``field``, ``list.field`` or ``link>key``; ``None`` when there is no such field."""
    if ">" in path:
        link, key = path.split(">", 1)
        described = kind.by_name.get(link)
        if described is None or described.kind is not Kind.LINK:
            return None
        inner = record_type(described.target).by_name.get(key)
        return Target(path, inner, 0) if inner else None
    if path.startswith("class_counts["):
        return wide_target(kind, path)
    if "." in path:
        name, inner_name = path.split(".", 1)
        listed = kind.by_name.get(name)
        if listed is None or listed.line is None:
            return None
        inner = next((f for f in described_fields(listed.line) if f.name == inner_name), None)
        return Target(path, inner, 0, by_name=True) if inner else None
    own = kind.by_name.get(path)
    return Target(path, own, 0, by_name=True) if own and own.kind is not Kind.LINES else None


def line_identity(listed: Field) -> list[Field]:
    """Return the fields that tell the lines of a list apart: its required codes and names, else its first numbers."""
    assert listed.line is not None
    required = [f for f in described_fields(listed.line) if f.required]
    return [f for f in required if f.kind in (Kind.CODE, Kind.TEXT)] or required[:2]


def _with_lines_only_where_whole(
    kind: RecordType, candidates: list[Candidate], mapping: Mapping | None
) -> list[Candidate]:
    """Drop line columns of lists that can not be made from this sheet: 鲜重 alone is the quadrat's, not a species'."""
    given = {t.path for _, t, _ in candidates} | set(mapping.constants if mapping else ()) | set(
        mapping.compose if mapping else ())  # fmt: skip
    wide = any(t.fixed for _, t, _ in candidates)
    keep: set[str] = set()
    for listed in kind.lists:
        needed = [f for f in line_identity(listed) if f.name != "class_code"]
        if needed and not wide and all(f"{listed.name}.{f.name}" in given for f in needed):
            keep.add(listed.name)
    return [c for c in candidates if not c[1].list_name or c[1].fixed or c[1].list_name in keep]


def _assign(found: Located, candidates: list[Candidate]) -> None:
    """Give each column one target and each target one column, the surest first."""
    columns: set[int] = set()
    taken: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Heading, int]] = {}
    refused: dict[int, tuple[Heading, Heading, Target]] = {}
    for heading, target, unit in sorted(candidates, key=lambda c: (c[1].rank, c[0].column)):
        # The same heading may be the key of several links (a plot of the old or of the new form).
        if heading.column in columns and not _is_same_key(found, heading, target):
            continue
        key = (target.path, target.fixed)
        if key in taken:
            other, rank = taken[key]
            if rank == target.rank and other.column != heading.column:
                refused.setdefault(heading.column, (heading, other, target))
            continue
        taken[key] = (heading, target.rank)
        columns.add(heading.column)
        found.matches.append(Match(heading, target, unit))
        found.score += _WEIGHTS[target.rank]
    for column, (heading, other, target) in refused.items():
        if column not in columns:
            found.problems.append(WorkbookProblem.SAME_FIELD_TWICE.at(found.table.place(heading.row, column), target.path,
                heading=heading.shown, other=other.shown, label=target.field.label))  # fmt: skip
    found.matches.sort(key=lambda m: m.heading.column)


def _is_same_key(found: Located, heading: Heading, target: Target) -> bool:
    same = [m.target for m in found.matches if m.heading.column == heading.column]
    key = target.path.partition(">")[2]
    return bool(key) and all(other.path.partition(">")[2] == key for other in same)


def _refuse_deeper_headings(found: Located) -> None:
    """Raise IMP-041 when the row under the headings divides their columns once more: its figures would become one; IMP-048
    when one of the columns under a common heading is not understood: the count would lack it."""
    row = found.last_heading + 1
    classed = {level for m in found.matches if m.target.fixed for level in m.heading.above[:1]}
    for heading in found.ignored:
        if set(heading.above[:1]) & classed and not _A_SUM.search(fold(heading.text)):
            raise WorkbookProblem.CLASS_UNKNOWN.error(
                found.table.place(heading.row, heading.column), heading=heading.shown
            )
    if row >= len(found.table.rows):
        return
    numbers = {m.heading.column for m in found.matches if m.target.field.is_number}
    filled = [(column, v) for column, v in enumerate(found.table.rows[row]) if v != ""]
    words = [c for c, v in filled if isinstance(v, str) and v.strip() and not any(x.isnumeric() for x in v)]
    if len(words) == len(filled) >= 2 and any(column in numbers for column in words) and not any(
        m.heading.column in words for m in found.matches if not m.target.field.is_number
    ):  # fmt: skip
        raise WorkbookProblem.HEADINGS_DEEPER.error(found.table.place(row))


def _note_any_cattle(found: Located) -> None:
    """Say that 牛 was read as 黄牛: on the plateau it may be 牦牛, with other sheep units."""
    for match in found.matches:
        levels = {split_unit(fold(text))[0] for text in (*match.heading.above, match.heading.group, match.heading.text)}
        if ("species_code", "cattle") in match.target.fixed and any(level.startswith("牛") for level in levels):
            place = found.table.place(match.heading.row, match.heading.column)
            found.problems.append(WorkbookProblem.ANY_CATTLE.at(place, match.target.path, heading=match.heading.shown))
            return


def _refuse_broken_headings(found: Located) -> None:
    """Raise IMP-047 for a heading that is an error: its column would be left out like one nobody needs."""
    for row in range(found.first_heading, found.last_heading + 1):
        for column, value in enumerate(found.table.rows[row]):
            if isinstance(value, Broken) and not value.or_empty:
                raise WorkbookProblem.BROKEN_HEADING.error(found.table.place(row, column), error=value.said)


# --- units -------------------------------------------------------------------------------------------------------------


def _settle_units(found: Located, mapping: Mapping | None, confirmed: dict[str, str]) -> None:
    """Decide the factor of every number column, or ask."""
    listed: set[str] = set()
    for row in found.table.rows[: found.first_heading]:
        for value in row:
            if isinstance(value, str) and any(mark in fold(value) for mark in _UNIT_LINE):
                listed |= units_listed(value)
    for number, match in enumerate(found.matches):
        wanted = unit_named(match.target.field.unit) if match.target.field.is_number else None
        if wanted is not None:
            said = _confirmation(match, mapping, confirmed)
            found.matches[number] = replace(match, factor=_decide(found, match, wanted, said, listed))


def _confirmation(match: Match, mapping: Mapping | None, confirmed: dict[str, str]) -> str | None:
    text = fold(match.heading.text)
    names = (text, split_unit(text)[0], fold(match.heading.shown), match.target.path, match.target.field.name)
    for table in (confirmed, mapping.units if mapping else {}):
        for name in names:
            if name in table:
                return unit_named(table[name]) or table[name]
    return None


def _decide(found: Located, match: Match, wanted: str, said: str | None, listed: set[str]) -> Decimal:
    """Return the factor of a number column; a unit that is not stated, or differs, is asked about, never guessed."""
    over = (split_unit(fold(text))[1] for text in (match.heading.group, *reversed(match.heading.above)) if text)
    stated = match.unit or next(filter(None, over), None)
    if stated is None:
        near = [unit for unit in listed if factor(unit, wanted) is not None]
        if wanted in near:
            stated = wanted
        elif len(near) == 1:
            stated = near[0]
        elif match.target.by_name and match.heading.text.strip() == match.target.field.name:
            stated = wanted
        elif not must_be_stated(wanted):
            stated = said or wanted
        else:
            stated = said
    known = factor(stated, wanted) if stated else None
    if known is not None and (stated == wanted or said == stated):
        return known
    said_what = WorkbookProblem.UNIT_DIFFERS if stated else WorkbookProblem.UNIT_UNKNOWN
    place = found.table.place(match.heading.row, match.heading.column)
    shown = match.heading.shown
    found.problems.append(
        said_what.at(place, match.target.path, heading=shown, unit=match.target.field.unit, found=stated or "")
    )
    unit = match.target.field.unit
    found.questions.append(Question(
        Asked.UNIT, shown, place, (_UNIT_FOUND if stated else _UNIT_OF).format(heading=shown, found=stated or "", unit=unit),
        tuple((name, Text(name, name)) for name in convertible(unit)), match.target.path, found=stated or "", unit=unit))  # fmt: skip
    return Decimal(1)
