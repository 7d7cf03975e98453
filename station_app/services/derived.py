"""Sums over other records (``domain.derived``), read and compared: the mechanism's reader."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from types import SimpleNamespace
from typing import Any

from station_app.domain.derived import Gathered
from station_app.domain.problems import Problem, Severity
from station_app.domain.registry import RecordType, all_types, record_type
from station_app.domain.text import Text
from station_app.storage.codec import from_column
from station_app.storage.reader import Filter, Query, Reader

_AT_ONCE = 500


def differences_of(reader: Reader, kind: RecordType, record_ids: Iterable[str] | None = None
                   ) -> Iterator[tuple[str, Problem]]:  # fmt: skip
    """Yield (record_id, problem) of living records of a type whose stored sums are not what other records give."""
    if not kind.gathered:
        return
    if record_ids is None:
        record_ids = [i for (i,) in reader.sql(f'SELECT record_id FROM "{kind.name}" WHERE void=0 ORDER BY rowkey')]
    waiting = iter(record_ids)
    while some := list(islice(waiting, _AT_ONCE)):
        rows = reader.rows(Query(kind.name, (Filter("_record_id", "in", some),)))
        held = [(row.record_id, row.record) for row in rows]
        for declared in kind.gathered:
            sources = _sources(reader, declared, held)
            for record_id, record in held:
                rows_of = sources.get(_key(declared, record_id, record), [])
                for problem in declared.differences(record, rows_of, complete=True):
                    yield record_id, problem


def differences(reader: Reader, record_id: str | None, record: object) -> list[Problem]:
    """Return what is wrong with the stored sums of a record about to be saved; ``record_id`` is ``None`` for a new one."""
    found = []
    for declared in record_type(record).gathered:
        if record_id is None and declared.rows:
            continue  # nothing can belong to it yet
        held = [(record_id or "", record)]
        sources = _sources(reader, declared, held)
        found += declared.differences(record, sources.get(_key(declared, record_id or "", record), []))
    return found


def sums_after(reader: Reader, kind: RecordType, rows: Iterable[tuple[str, object]]) -> Iterator[tuple[int, Problem]]:
    """Yield (place among ``rows``, problem) of sums elsewhere that records about to be saved would leave behind.

    ``rows`` are (record_id, record) of one type; a sum is told at the first row that belongs to it, and asked about only:
    whoever brings the parts corrects the sum next.
    """
    sums = [each for other in all_types() for each in other.gathered if each.source == kind.name and each.rows]
    rows = list(rows) if sums else []
    for declared in sums:
        first: dict[str, int] = {}
        for place, (_, record) in enumerate(rows):
            first.setdefault(getattr(record, declared.link) or "", place)
        holders = reader.rows(Query(declared.holder, (Filter("_record_id", "in", list(first)),)))
        new = {record_id: record for record_id, record in rows}
        there = reader.rows(Query(kind.name, (Filter(declared.link, "in", [row.record_id for row in holders]),)))
        together: dict[str, list[object]] = {}
        for record in [*(row.record for row in there if row.record_id not in new), *new.values()]:
            together.setdefault(getattr(record, declared.link) or "", []).append(record)
        for row in holders:
            title = reader.titles(declared.holder, [row.record_id]).get(row.record_id, "")
            label = record_type(declared.holder).label
            for problem in declared.differences(row.record, together.get(row.record_id, [])):
                text = Text(f"导入后，{label.zh}“{title}”：{problem.text.zh}",
                            f"After this import, {label.en} “{title}”: {problem.text.en}")  # fmt: skip
                yield first[row.record_id], replace(problem, text=text, severity=Severity.WARN, field=declared.link)


def _key(declared: Gathered, record_id: str, record: object) -> str:
    return record_id if declared.rows else getattr(record, declared.to)


def _sources(reader: Reader, declared: Gathered, held: Sequence[tuple[str, Any]]) -> dict[str, list[Any]]:
    """Return the records a declaration reads, by the record they belong to."""
    source = record_type(declared.source)
    key = declared.link if declared.rows else "record_id"
    wanted = json.dumps([_key(declared, record_id, record) for record_id, record in held])
    columns = ", ".join(f'"{name}"' for name in declared.parts)
    found: dict[str, list[Any]] = {}
    for owner, *values in reader.sql(
        f'SELECT "{key}", {columns} FROM "{source.name}" WHERE void=0 AND "{key}" IN (SELECT value FROM json_each(?))',
        (wanted,),
    ):  # fmt: skip
        named = zip(declared.parts, values, strict=True)
        found.setdefault(owner, []).append(
            SimpleNamespace(**{name: from_column(source.by_name[name], value) for name, value in named})
        )
    return found
