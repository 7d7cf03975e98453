"""One record, several heads: what merges by rule and what waits for a person.

The result depends on the set of heads alone, never on the order they arrived in, and adds nothing to the journal: two
machines with the same versions show the same record. A merge version is written only when it is needed to go on
(``Journal.write_merges``), and has the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from station_app.domain.fields import Kind, Weight
from station_app.domain.generic import JSON
from station_app.domain.registry import RecordType
from station_app.storage.versions import Version


@dataclass(frozen=True, slots=True)
class Settled:
    """How a record with its heads is shown.

    Attributes:
        shown: The head that gives author, time and id: the latest, by clock and then by id.
        fields: Merged fields; the very object ``shown.fields`` when nothing had to be merged.
        conflict: A person must decide; ``clashes`` names the fields.
    """

    shown: Version
    fields: dict[str, JSON]
    conflict: bool
    clashes: tuple[str, ...]


def common_ancestor(heads: list[Version], load: Callable[[str], Version]) -> Version | None:
    """Return the latest version all heads descend from, ``None`` when there is none (or it has not arrived)."""
    common: set[str] | None = None
    for head in heads:
        seen: set[str] = set()
        waiting = [head.version_id]
        while waiting:
            version_id = waiting.pop()
            if version_id in seen:
                continue
            seen.add(version_id)
            try:
                waiting.extend(load(version_id).parent_ids)
            except KeyError:
                continue
        common = seen if common is None else common & seen
    known = []
    for version_id in common or ():
        try:
            known.append(load(version_id))
        except KeyError:
            continue
    return max(known, key=lambda v: (v.hlc, v.version_id), default=None)


def settle(kind: RecordType, heads: list[Version], load: Callable[[str], Version]) -> Settled:
    """Merge ``heads`` of one record field by field against their common ancestor.

    A field changed on one side only takes that side's value. A field changed differently on two sides, any change on two
    sides of decisive fields (money, area, head counts, identity, accounts), and a withdrawal beside a change wait for a
    person.
    """
    ordered = sorted(heads, key=lambda v: (v.hlc, v.version_id))
    shown = ordered[-1]
    if len(ordered) == 1:
        return Settled(shown, shown.fields, False, ())
    base = common_ancestor(ordered, load)
    before = base.fields if base else {}
    clashes = ["void"] if len({v.void for v in ordered}) > 1 else []
    merged = dict(shown.fields)
    for name in sorted({name for v in ordered for name in v.fields} | set(before)):
        values = _distinct(
            v.fields.get(name) for v in ordered if base is None or v.fields.get(name) != before.get(name)
        )
        if len(values) > 1:
            clashes.append(name)
        elif values and values[0] is not None:
            merged[name] = values[0]
        elif values:
            merged.pop(name, None)
    decided = [_decisive(kind, v.fields) for v in ordered]
    if not clashes and len(_distinct(d for d in decided if d != _decisive(kind, before))) > 1:
        # Two people changed decisive fields, each another one: the sum of both is nobody's statement.
        clashes.append("decisive")
    if clashes:
        return Settled(shown, shown.fields, True, tuple(clashes))
    return Settled(shown, shown.fields if merged == shown.fields else merged, False, ())


def _distinct(values: Iterable[object]) -> list[object]:
    out: list[object] = []
    for value in values:
        if value not in out:
            out.append(value)
    return out


def _decisive(kind: RecordType, fields: dict[str, object]) -> list[object]:
    return [fields.get(f.name) for f in kind.fields if f.weight is Weight.DECISIVE or f.kind is Kind.LINES]
