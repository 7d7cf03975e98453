"""One record, several heads: what merges by rule and what waits for a person.

The result depends on the set of heads alone, never on the order they arrived in, and adds nothing to the journal: two
machines with the same versions show the same record. A merge version is written only when it is needed to go on
(``Journal.write_merges``), and has the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from station_app.domain.fields import Kind, Weight
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
    fields: dict[str, Any]
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
    clashes: list[str] = []
    if len({v.void for v in ordered}) > 1:
        clashes.append("void")
    before = base.fields if base else {}
    merged = dict(shown.fields)
    decisive_sides: set[str] = set()
    for name in sorted({n for v in ordered for n in v.fields} | set(before)):
        old = before.get(name)
        changed = {v.version_id: v.fields.get(name) for v in ordered if v.fields.get(name) != old}
        if not changed:
            continue
        distinct = [value for i, value in enumerate(changed.values()) if value not in list(changed.values())[:i]]
        field = kind.by_name.get(name)
        decisive = field is not None and (field.weight is Weight.DECISIVE or field.kind is Kind.LINES)
        if decisive:
            decisive_sides.update(changed)
        if base is None and len({repr(v.fields.get(name)) for v in ordered}) > 1:
            clashes.append(name)
        elif len(distinct) > 1 or (decisive and len(decisive_sides) > 1 and len(distinct) > 1):
            clashes.append(name)
        else:
            value = distinct[0]
            if value is None:
                merged.pop(name, None)
            else:
                merged[name] = value
    if decisive_sides and len(decisive_sides) > 1 and not clashes:
        # Two people changed decisive fields of one record, each a different one: the whole is nobody's statement.
        values = {v.version_id: [v.fields.get(f.name) for f in kind.fields if f.weight is Weight.DECISIVE
                                 or f.kind is Kind.LINES] for v in ordered}
        if len({repr(v) for v in values.values()}) > 1:
            clashes.append("decisive")
    if clashes:
        return Settled(shown, shown.fields, True, tuple(clashes))
    return Settled(shown, shown.fields if merged == shown.fields else merged, False, ())
