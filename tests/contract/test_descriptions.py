"""Every released description of a record against today's: what old data does not fit needs a higher schema version.

``python tests/contract/test_descriptions.py VERSION`` keeps today's descriptions beside the files of a release.
"""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from station_app.domain.compare import compare, describe, needs_new_version
from station_app.domain.registry import all_types, has_type, record_type

FORMATS = Path(__file__).resolve().parents[1] / "data" / "formats"
KEPT = "descriptions-{}.json"
TO_DO = (
    "what stations hold would no longer fit. Take the change back (a new field may be empty: `| None`), or raise "
    "`version` of the record and say how an old version becomes a new one."
)


def released() -> dict[str, dict[str, Any]]:
    """The descriptions of each release, by the name of their file and by type."""
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(FORMATS.glob(KEPT.format("*")))}


def against(old: dict[str, Any], new: dict[str, Any] | None) -> str:
    """Say what stands against a description following another, and what to do; nothing where old data fits."""
    if new is None:
        return f"{old['name']} is gone: {TO_DO}"
    if not needs_new_version(old, new):
        return ""
    differences = "; ".join(f"{d.field or 'record'}: {d.text.en}" for d in compare(old, new) if not d.safe)
    return f"{old['name']} (version {new['version']}): {differences}: {TO_DO}"


@pytest.mark.parametrize("release", sorted(released()))
def test_what_a_release_wrote_fits_todays_records_or_their_version_was_raised(release: str) -> None:
    kept = released()[release]
    assert len(kept) > 40
    today = {name: describe(record_type(name)) if has_type(name) else None for name in kept}
    assert [said for name in kept if (said := against(kept[name], today[name]))] == []


@pytest.mark.parametrize("kind", list(all_types()), ids=lambda t: t.name)
def test_an_unsafe_difference_without_a_higher_version_is_told_with_what_to_do(kind: Any) -> None:
    old = describe(kind)
    lost = copy.deepcopy(old)
    name = next(iter(lost["fields"]))
    del lost["fields"][name]
    assert against(old, lost).startswith(f"{kind.name} (version {kind.version}): {name}: the field is gone")
    assert "raise `version`" in against(old, lost) and "raise `version`" in against(old, None)
    assert against(old, lost | {"version": kind.version + 1}) == ""
    more = old | {"fields": old["fields"] | {"new": {"kind": "text", "required": False}}}
    assert against(old, more) == ""


if __name__ == "__main__":
    (target := FORMATS / KEPT.format(sys.argv[1])).write_text(
        json.dumps({kind.name: describe(kind) for kind in all_types()}, ensure_ascii=False, indent=1) + "\n", "utf-8"
    )
    print(target)
