"""Which change of a description is safe, and which needs a new version."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from station_app.domain.compare import compare, describe, needs_new_version
from station_app.domain.registry import all_types, record_type

KINDS = ["household", "livestock_count", "compensation_line"]


def changed(name: str, path: str, **values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    old = describe(record_type(name))
    new = copy.deepcopy(old)
    target = new["fields"]
    *outer, last = path.split(".")
    for part in outer:
        target = target[part]["fields"]
    target.setdefault(last, {}).update(values)
    return old, new


@pytest.mark.parametrize("kind", list(all_types()), ids=lambda t: t.name)
def test_a_description_is_json_and_equals_itself(kind: Any) -> None:
    described = describe(kind)
    assert json.loads(json.dumps(described)) == described
    assert compare(described, described) == []
    assert not needs_new_version(described, described)


@pytest.mark.parametrize(
    ("name", "path", "values", "safe"),
    [
        ("household", "persons", {"maximum": "200"}, True),
        ("household", "persons", {"maximum": "50"}, False),
        ("household", "persons", {"maximum": None}, True),
        ("household", "persons", {"minimum": "1"}, False),
        ("household", "persons", {"required": True}, False),
        ("household", "persons", {"unit": "户"}, False),
        ("household", "persons", {"kind": "decimal", "places": 1}, False),
        ("household", "persons", {"kind": "decimal", "places": 0}, True),
        ("household", "persons", {"kind": "text"}, False),
        ("household", "head_name", {"required": False}, True),
        ("household", "head_name", {"max_length": 100}, True),
        ("household", "head_name", {"max_length": 10}, False),
        ("household", "phone", {"form": "plain"}, True),
        ("household", "note", {"form": "identity"}, False),
        ("household", "status", {"codes": "other_list"}, False),
        ("household", "nickname", {"kind": "text", "required": False}, True),
        ("household", "nickname", {"kind": "text", "required": True}, False),
        ("parcel", "area_mu", {"places": 4}, False),
        ("parcel", "household_id", {"target": "organisation"}, False),
        ("livestock_count", "class_counts.head", {"maximum": "5"}, False),
        ("livestock_count", "class_counts.ear_tags", {"kind": "text", "required": False}, True),
    ],
)
def test_a_change_is_safe_or_not(name: str, path: str, values: dict[str, Any], safe: bool) -> None:
    old, new = changed(name, path, **values)
    differences = compare(old, new)
    assert [(each.field, each.safe) for each in differences] == [(path, safe)]
    assert differences[0].text.zh and differences[0].text.en
    assert needs_new_version(old, new) is not safe
    new["version"] += 1
    assert not needs_new_version(old, new)


def test_a_lost_field_is_destructive() -> None:
    old = describe(record_type("household"))
    new = copy.deepcopy(old)
    del new["fields"]["phone"]
    assert [(each.field, each.safe) for each in compare(old, new)] == [("phone", False)]


def test_key_and_authority_count() -> None:
    old = describe(record_type("household"))
    new = copy.deepcopy(old)
    new["key"], new["authors"] = ["code", "head_name"], ["county"]
    assert [each.safe for each in compare(old, new)] == [False, False, True]
