"""The coefficient sets of a workspace: those of the program and every edition a county or region has made."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import msgspec

from station_app.domain.calc.coefficients import CoefficientSet, Standards
from station_app.domain.calc.editions import set_of
from station_app.domain.fields import Field, described_fields
from station_app.domain.problems import Problem, Severity
from station_app.domain.records.coefficient import CoefficientEdition
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.services.figures.problems import EditionProblem
from station_app.storage.codec import from_json_fields
from station_app.storage.reader import Reader
from station_app.storage.standards import load_standards

EDITION = "coefficient_edition"
# What keeps using an edition, and therefore keeps it from being withdrawn.
USERS = ("calculation_scheme", "calculation_result")
_KEPT = 8


@dataclass(frozen=True, slots=True)
class EditionSource:
    """The record an edition comes from."""

    record_id: str
    record: CoefficientEdition


@dataclass(frozen=True, slots=True)
class WorkspaceStandards:
    """What a workspace may calculate with.

    Attributes:
        standards: The sets; an edition in trouble is not among them.
        made_here: By reference of the set, the record of an edition.
        problems: By record_id, why an edition can not be used.
    """

    standards: Standards
    made_here: Mapping[str, EditionSource]
    problems: Mapping[str, Problem]


def standards_of(reader: Reader) -> Standards:
    """Return every set that may be calculated with: the program's and the living editions of this workspace.

    An edition in conflict, changed after it was saved, or given twice is left out; ``workspace_standards`` says which
    and why, and whoever asks for it by name is told that there is no such edition (CALC-007).
    """
    return workspace_standards(reader).standards


_cache: OrderedDict[tuple[tuple[Any, ...], ...], WorkspaceStandards] = OrderedDict()
_lock = Lock()


def workspace_standards(reader: Reader) -> WorkspaceStandards:
    """Return the sets with where they come from. Kept by the versions of the editions, so that asking again is cheap."""
    heads = tuple(
        reader.sql(
            f"""SELECT p.record_id, p.version_id, p.conflict OR p.merged IS NOT NULL OR
            (SELECT count(DISTINCT v.fields) FROM version v WHERE v.record_id=p.record_id AND v.record_type='{EDITION}') > 1
            FROM {EDITION} p WHERE p.void=0 ORDER BY p.record_id"""
        )
    )
    with _lock:
        known = _cache.get(heads)
        if known is not None:
            _cache.move_to_end(heads)
            return known
    made = _gather(reader, heads)
    with _lock:
        _cache[heads] = made
        while len(_cache) > _KEPT:
            _cache.popitem(last=False)
    return made


def _gather(reader: Reader, heads: tuple[tuple[Any, ...], ...]) -> WorkspaceStandards:
    own = load_standards()
    if not heads:
        return WorkspaceStandards(own, {}, {})
    problems: dict[str, Problem] = {}
    waiting: dict[str, CoefficientEdition] = {}
    for record_id, _, torn in heads:
        row = reader.get(CoefficientEdition, record_id)
        assert row is not None
        if torn:
            problems[record_id] = _problem(EditionProblem.TORN, row.record)
        else:
            waiting[record_id] = row.record
    sets = {each.reference: each for each in own}
    given = Counter(_reference(record) for record in waiting.values())
    for record_id, record in list(waiting.items()):
        if given[_reference(record)] > 1 or _reference(record) in sets:
            problems[record_id] = _problem(EditionProblem.TAKEN, record)
            del waiting[record_id]
    made_here: dict[str, EditionSource] = {}
    while ready := [i for i, record in waiting.items() if record.based_on is None or record.based_on in sets]:
        for record_id in ready:
            record = waiting.pop(record_id)
            base = sets[record.based_on] if record.based_on is not None else None
            try:
                sets[_reference(record)] = set_of(record, base)
                made_here[_reference(record)] = EditionSource(record_id, record)
            except ValueError:
                problems[record_id] = _problem(EditionProblem.FAULTY, record)
    for record_id, record in waiting.items():
        problems[record_id] = _problem(EditionProblem.NO_BASE, record)
    return WorkspaceStandards(Standards(sets.values()), made_here, problems)


def _reference(record: CoefficientEdition) -> str:
    return f"{record.kind}/{record.name}@{record.edition}"


def _problem(code: EditionProblem, record: CoefficientEdition) -> Problem:
    """Return why an edition is not used; nothing else waits for it."""
    found = code.problem(edition=_reference(record), base=record.based_on or "–")
    return replace(found, severity=Severity.HOLD)


# --- who uses an edition -----------------------------------------------------------------------------------------------


def uses_of(reader: Reader, record: CoefficientEdition) -> dict[str, int]:
    """Return how many living records of each type use an edition: schemes, results, editions made from it."""
    short = f"{record.name}@{record.edition}"
    found: dict[str, int] = {}
    for name in (*USERS, EDITION):
        rows = reader.sql(
            f'SELECT coalesce(p.merged, v.fields) FROM "{name}" p JOIN version v ON v.version_id=p.version_id '
            "WHERE p.void=0 AND instr(v.fields, ?)",
            (short,),
        )
        named = (
            named_sets(record_type(name), from_json_fields(name, msgspec.json.decode(fields))) for (fields,) in rows
        )
        if number := sum(_reference(record) in each for each in named):
            found[name] = number
    return found


def named_sets(kind: RecordType, record: object) -> dict[str, str]:
    """Return the sets a record names as ``kind/name@edition``, each with the field it stands in."""
    found: dict[str, str] = {}
    for field in kind.fields:
        value = getattr(record, field.name)
        if field.line is not None:
            for inner in described_fields(field.line):
                for row in value:
                    _note(found, inner, getattr(row, inner.name), field.name)
        else:
            _note(found, field, value, field.name)
    return found


def _note(found: dict[str, str], field: Field, value: object, place: str) -> None:
    if not isinstance(value, str):
        return
    if field.coefficients and not field.coefficients.endswith("#"):
        found.setdefault(f"{field.coefficients}/{value}", place)
    elif field.name in ("reference", "based_on"):
        found.setdefault(value.partition("#")[0], place)


def refuse_used(reader: Reader, record: CoefficientEdition) -> None:
    """Raise when an edition is in use and therefore stays.

    Raises:
        UserError: STD-002 schemes, results or editions name it.
    """
    used = uses_of(reader, record)
    if not used:
        return
    zh = "、".join(f"{number} 条“{record_type(name).label.zh}”" for name, number in used.items())
    en = ", ".join(f"{number} {record_type(name).plural.en}" for name, number in used.items())
    raise EditionProblem.IN_USE.error(edition=_reference(record), users=Text(zh, en))


def sets_by_reference(standards: Standards) -> dict[str, CoefficientSet]:
    """Return the sets by ``kind/name@edition``."""
    return {each.reference: each for each in standards}
