"""Control totals are what one would add up by hand of the latest version of each record, whatever the versions look like."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from package_helpers import version

from station_app.domain.samples import sample, sample_id
from station_app.exchange.package.lines import line_reader
from station_app.exchange.package.totals import ControlTotals
from station_app.storage.canonical import encode_sorted
from station_app.storage.codec import to_json_fields

species = st.sampled_from(["sheep", "cattle", "camel", "no-such-species", "nor-such"])
heads = st.sampled_from([0, 1, 7, 1_000_000, 1_000_001, (1 << 63) - 1, -3, -(1 << 63)])  # some are beyond the bounds
counts = st.lists(st.tuples(species, heads), min_size=1, max_size=4)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), counts), max_size=8), st.integers(1, 8))
def test_heads_of_the_latest_versions_are_added_up(said: list[tuple[int, bool, Any]], at_once: int) -> None:
    fields, latest, raws = to_json_fields(sample("livestock_count", 1)), {}, []
    for number, (record, void, lines) in enumerate(said):
        items = [{"species_code": code, "class_code": "young", "head": head} for code, head in lines]
        made = version(
            {**fields, "class_counts": items}, "livestock_count", number, void=void,
            record_id=sample_id("livestock_count", record),
        )  # fmt: skip
        latest[record] = () if void else lines
        raws.append(encode_sorted(made.content()))
    expected: dict[str, int] = {}
    for code, head in (each for lines in latest.values() for each in lines):
        expected[code] = expected.get(code, 0) + head
    totals = ControlTotals()
    note = totals.noter("livestock_count")
    assert note is not None
    for start in range(0, len(raws), at_once):
        note(list(line_reader("livestock_count").read(raws[start : start + at_once])))
    assert totals.result() == {"households": 0, "head": expected, "mu": "0.000", "fen": 0}


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(0, 10**9), st.booleans()), max_size=6))
def test_areas_of_the_latest_versions_are_added_up(said: list[tuple[int, bool, int, bool]]) -> None:
    fields, latest, totals = to_json_fields(sample("parcel", 1)), {}, ControlTotals()
    note = totals.noter("parcel")
    assert note is not None
    for number, (record, void, area, odd) in enumerate(said):
        text = f"{area // 1000}.{area % 1000:03d}"
        changed = {**fields, "area_mu": text, **({"note": "a\tb"} if odd else {})}
        made = version(changed, "parcel", number, void=void, record_id=sample_id("parcel", record))
        note(list(line_reader("parcel").read([encode_sorted(made.content())])))
        latest[record] = 0 if void else area
    mu = sum(latest.values())
    assert totals.result()["mu"] == f"{mu // 1000}.{mu % 1000:03d}"
