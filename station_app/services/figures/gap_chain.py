"""Targets and assessments of a workspace, read once: the chain, the places, and what a target was before it was revised."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from station_app.domain.accounts import name_of
from station_app.domain.codes import label_of
from station_app.domain.official_time import official_day
from station_app.domain.problems import Problem
from station_app.domain.records import target as records
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.figures.actuals import Memo
from station_app.services.figures.gap_rows import RevisionRow
from station_app.services.figures.problems import ResultProblem
from station_app.services.figures.references import record_reference
from station_app.services.figures.sifting import Sifted, region_prefix, sift
from station_app.storage.codec import decode_value
from station_app.storage.reader import Query, Reader
from station_app.storage.versions import Version


@dataclass(slots=True)
class Target:
    """A target with its place in the chain; ``series`` is what it shares with the targets of other years."""

    record_id: str
    record: records.Target
    place: str
    parent_id: str = ""
    depth: int = 0

    @property
    def series(self) -> tuple[str, str, str]:
        return self.record.indicator, self.record.unit, region_prefix(self.record.region_code)

    @property
    def name(self) -> Text:
        label = label_of("target_indicator", self.record.indicator)
        return Text(f"{self.place} {label.zh} {self.record.year}", f"{self.place}: {label.en} {self.record.year}")


@dataclass(frozen=True, slots=True)
class Assessed:
    """An assessment, and whether the county has accepted it."""

    record_id: str
    record: records.Assessment
    accepted: bool


class Chain:
    """Everything that is read once for a table: targets, assessments, places, who we are."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.memo = Memo(reader)
        self.problems: list[Problem] = []
        self.is_county = dict(reader.sql("SELECT key, value FROM setting WHERE key='workspace.role'")) != {
            "workspace.role": "station"
        }
        self.places = _places(reader)
        self.targets = {row_id: Target(row_id, record, self.place(record.region_code))
                        for row_id, record, _ in self._living("target")}  # fmt: skip
        self._link()
        self.assessed: dict[str, list[Assessed]] = defaultdict(list)
        for row_id, record, accepted in self._living("assessment"):
            self.assessed[record.target_id].append(Assessed(row_id, record, accepted))
        for each in self.assessed.values():
            each.sort(key=lambda a: (a.record.assessed_on, a.record_id))
        self.by_series: dict[tuple[str, str, str], list[Target]] = defaultdict(list)
        for target in self.targets.values():
            self.by_series[target.series].append(target)

    def place(self, region_code: str) -> str:
        return self.places.get(region_prefix(region_code)) or region_code

    def _living(self, type_name: str) -> list[tuple[str, Any, bool]]:
        standing: Sifted = sift(self.reader, type_name, ("CASE WHEN g.review='accepted' THEN 1 ELSE 0 END",), "1")
        self.problems += standing.problems
        accepted = dict(standing.rows)
        return [
            (row.record_id, row.record, bool(accepted[row.record_id]))
            for row in self.reader.iterate(Query(type_name))
            if row.record_id in accepted
        ]

    def _link(self) -> None:
        """Follow parents up; what is not here or leads in a circle ends the chain and is said."""
        for target in self.targets.values():
            parent_id = target.record.parent_id or ""
            if parent_id and parent_id not in self.targets:
                self._say(ResultProblem.PARENT_NOT_HERE, target)
            elif parent_id:
                target.parent_id = parent_id
        for target in self.targets.values():
            seen = {target.record_id}
            step = target.parent_id
            while step and step not in seen:
                seen.add(step)
                step = self.targets[step].parent_id
            if step == target.record_id:
                target.parent_id = ""
                self._say(ResultProblem.PARENTS_IN_A_CIRCLE, target)
        for target in self.targets.values():
            step = target.parent_id
            while step:
                target.depth += 1
                step = self.targets[step].parent_id

    def _say(self, said: ResultProblem, target: Target, **values: object) -> None:
        self.problems.append(said.at(record_reference("target", target.record_id), name=target.name, **values))

    def shown(self, year: int) -> list[Target]:
        """Targets of the year, running ones of later years, and whatever they hang on."""
        wanted: set[str] = set()
        for target in self.targets.values():
            record = target.record
            running = record.baseline_year is not None and record.baseline_year <= year < record.year
            step = target.record_id if record.year == year or running else ""
            while step and step not in wanted:
                wanted.add(step)
                step = self.targets[step].parent_id
        return [target for target in self.targets.values() if target.record_id in wanted]

    def children(self, target: Target) -> list[Target]:
        return [each for each in self.targets.values() if each.parent_id == target.record_id]


def _places(reader: Reader) -> dict[str, str]:
    rows = reader.sql("SELECT region_code, code, name FROM organisation WHERE void=0 AND kind='administrative_unit'")
    names = {region_prefix(region or code): name for region, code, name in rows}
    setting = dict(reader.sql("SELECT key, value FROM setting WHERE key LIKE 'workspace.org_%'"))
    home = region_prefix(setting.get("workspace.org_code", ""))
    names.setdefault(home, setting.get("workspace.org_name", ""))
    return names


def revisions_of(reader: Reader, record_id: str) -> tuple[Decimal | None, tuple[RevisionRow, ...]]:
    """Return the value a target was first set to, and its later values with their reasons, oldest first.

    A change without a reason was made before the target left its author: a slip of the pen, not a revision.
    """
    first: Decimal | None = None
    found: list[RevisionRow] = []
    for version in _line_of_descent(reader, record_id):
        value = _value_in(version)
        if value is None or version.void:
            continue
        now = found[-1].value if found else first
        if now is None:
            first = value
        elif value != now and version.reason.strip():
            day = official_day(version.made_at)
            found.append(RevisionRow(value, now, day, version.reason.strip(), name_of(version.author)))
        elif value != now and found:
            found[-1] = replace(found[-1], value=value)
        elif value != now:
            first = value
    return first, tuple(found)


def _line_of_descent(reader: Reader, record_id: str) -> list[Version]:
    """The versions that led to what stands now, oldest first; where two met, the side whose value won."""
    by_id = {version.version_id: version for version in reader.history(record_id)}
    heads = reader.heads(record_id)
    line: list[Version] = []
    step: Version | None = max(heads, key=lambda v: (v.hlc, v.version_id)) if heads else None
    while step is not None:
        line.append(step)
        parents = sorted((by_id[p] for p in step.parent_ids if p in by_id), key=lambda v: (v.hlc, v.version_id))
        value = _value_in(step)
        step = next((p for p in reversed(parents) if _value_in(p) == value), parents[-1] if parents else None)
    return line[::-1]


def _value_in(version: Version) -> Decimal | None:
    found: Decimal | None = decode_value(record_type("target").by_name["value"], version.fields.get("value"))
    return found
