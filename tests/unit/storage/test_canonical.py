"""One sequence of bytes for one meaning."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_app.storage.canonical import canonical_bytes, version_hash
from station_app.storage.clock import Clock, HybridClock, format_hlc, new_record_id, parse_hlc

KEYS = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_canonical_bytes_read_back_and_are_stable(value: object) -> None:
    first = canonical_bytes(value)
    assert json.loads(first) == value
    assert canonical_bytes(json.loads(first)) == first
    assert first.decode() == json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def test_rfc_8785_escapes_and_order() -> None:
    """The string example of RFC 8785 §3.2.2, without its numbers, which we do not have."""
    value = {"string": '€$\u000f\nA\'B"\\\\"/', "literals": [None, True, False]}
    expected = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical_bytes(value).decode() == expected


@pytest.mark.parametrize("bad", [1.5, {"a": [float("nan")]}, {"é": 1}, {1: 2}, object()])
def test_what_has_no_canonical_form_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical_bytes(bad)


def test_lone_surrogate_is_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        version_hash({"a": "\ud800"})


def test_record_ids_sort_by_time_and_are_version_7() -> None:
    early, late = new_record_id(Clock(lambda: 1_000)), new_record_id(Clock(lambda: 2_000))
    assert early < late
    assert early[14] == "7" and early[19] in "89ab"


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=30))
def test_clock_never_runs_backwards(walls: list[int]) -> None:
    readings = iter(walls)
    clock = HybridClock(wall=lambda: next(readings))
    seen = [clock.next() for _ in walls]
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen)


def test_clock_follows_others_but_not_into_the_far_future() -> None:
    clock = HybridClock(wall=lambda: 1_000)
    clock.observe(format_hlc(5_000, 3))
    assert parse_hlc(clock.next()) == (5_000, 4)
    clock.observe(format_hlc(10**12, 0))
    assert parse_hlc(clock.next()) == (5_000, 5)
