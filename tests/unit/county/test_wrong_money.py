"""Wrong money is not packed; where it arrives all the same it is set aside or not accepted, under its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from money_helpers import BALANCE, BAN, hold, plan
from unit_helpers import VILLAGE

from station_app.county.quarantine import reconsider, set_aside
from station_app.county.receive import Received, apply_receive, plan_receive
from station_app.county.review import accept, send_back
from station_app.domain.problems import Severity, UserError
from station_app.exchange.package import build
from station_app.exchange.package.build import build_package
from station_app.exchange.package.receipts import apply_receipt
from station_app.exchange.package.verify import verify_package
from station_app.services.compensation import run_batch
from station_app.services.entry import Entry
from station_app.storage.codec import to_json_fields
from station_app.storage.reader import Query, State
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

DAY = date(2026, 7, 1)
LINE, BATCH = "compensation_line", "compensation_batch"


@pytest.fixture
def entry(station: Workspace, county: Workspace) -> Entry:
    """A station with a batch: 示例牧户1 gets 750.00 for 100 mu of ban, 示例牧户2 gets 100.00 for 40 of balance."""
    saved = Entry(county).save(plan(BAN, BALANCE))
    station.journal.merge(county.read.history(saved.record_id))
    made = Entry(station)
    hold(made, 1, ("ban", "100"))
    hold(made, 2, ("balance", "40"))
    run_batch(made, station, saved.record_id, VILLAGE, today=DAY)
    return made


def as_found(entry: Entry, kind: str, number: int, **values: Any) -> str:
    """Make a record say what no saving would let it; return its name."""
    workspace = entry.workspace
    row = workspace.read.rows(Query(kind))[number]
    workspace.journal.append([make_version(
        record_type=kind, schema_version=1, record_id=row.record_id, parent_ids=(row.version_id,),
        hlc=workspace.journal.clock.next(), author="示例员", device=workspace.identity.device_id, reason="示例", void=False,
        fields=to_json_fields(replace(row.record, **values)),
    )])  # fmt: skip
    return workspace.read.titles(kind, [row.record_id])[row.record_id]


WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    ("product", LINE, {"ban_amount_yuan": D("7500.00"), "gross_yuan": D("7500.00"), "net_yuan": D("7500.00")}, "面积×系数×标准"),
    ("net", LINE, {"net_yuan": D("751.00")}, "应发加封顶保底调整减扣减"),
    ("land", LINE, {"ban_area_mu": D("90.000"), "ban_amount_yuan": D("675.00"), "gross_yuan": D("675.00"),
                    "net_yuan": D("675.00")}, "所付地块面积之和"),
]  # fmt: skip
CROSS: list[tuple[str, str, dict[str, Any], str]] = [
    ("total", BATCH, {"net_yuan": D("8500.00")}, "本批明细"),
    ("rate", LINE, {"ban_rate": D("65"), "ban_amount_yuan": D("6500.00"), "gross_yuan": D("6500.00"),
                    "net_yuan": D("6500.00")}, "方案是 7.5×1"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "values", "why"), [w[1:] for w in WRONG + CROSS], ids=[w[0] for w in WRONG + CROSS])
def test_it_is_not_packed_and_the_record_is_named(
    entry: Entry, out: Path, kind: str, values: dict[str, Any], why: str
) -> None:
    title = as_found(entry, kind, 0, **values)
    with pytest.raises(UserError) as caught:
        build_package(entry.workspace, out)
    assert caught.value.code == "PKG-076" and why in caught.value.text.zh
    assert title in caught.value.text.zh or "示例牧户1" in caught.value.text.zh
    assert list(out.iterdir()) == []
    assert entry.workspace.read.count(Query(LINE, include_void=True)) == 2


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A station whose program does not look: an older one, or another."""
    monkeypatch.setattr(build, "wrong_money", lambda *_: [])


def receive(entry: Entry, county: Workspace, out: Path) -> Received:
    return apply_receive(county, plan_receive(county, build_package(entry.workspace, out).path), out)


@pytest.mark.parametrize(("kind", "values", "why"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_line_that_contradicts_itself_is_set_aside_by_name_and_told_to_the_station(
    entry: Entry, county: Workspace, out: Path, unguarded: None, kind: str, values: dict[str, Any], why: str
) -> None:
    as_found(entry, kind, 0, **values)
    built = build_package(entry.workspace, out)
    said = [p for p in built.problems if p.code == "PKG-075"]
    assert said and said[0].severity is Severity.HOLD
    assert "示例牧户1" in said[0].text.zh and why in said[0].text.zh and "compensation_line.jsonl" in said[0].place
    assert "PKG-075" in {p.code for p in verify_package(built.path).problems}
    planned = plan_receive(county, built.path)
    assert planned.ok and planned.held == 1 and "PKG-075" in {p.code for p in planned.problems}
    received = apply_receive(county, planned, out)
    assert received.counts["quarantined"] == 1
    (aside,) = set_aside(county)
    assert aside.reason_code == "PKG-075" and "示例牧户1" in aside.reason.zh
    assert reconsider(county) == 0  # it does not get better by waiting
    apply_receipt(entry.workspace, received.receipt_path)
    refused = [r for r in entry.workspace.read.rows(Query(LINE)) if r.state is State.REFUSED]
    assert [r.record.head_name for r in refused] == ["示例牧户1"]


@pytest.mark.parametrize(("kind", "values", "why"), [w[1:] for w in CROSS], ids=[w[0] for w in CROSS])
def test_a_batch_that_does_not_add_up_is_named_and_not_accepted(
    entry: Entry, county: Workspace, out: Path, unguarded: None, kind: str, values: dict[str, Any], why: str
) -> None:
    as_found(entry, kind, 0, **values)
    received = receive(entry, county, out)
    said = [p for p in received.problems if why in p.text.zh]
    assert said and said[0].text.zh.startswith("批次 2026") and said[0].text.en.startswith("Batch 2026")
    batch = county.read.rows(Query(BATCH))[0].record_id
    with pytest.raises(UserError) as caught:
        accept(county, BATCH, [batch])
    assert caught.value.code == "RCV-007" and why in caught.value.text.zh
    if kind == LINE:
        with pytest.raises(UserError):
            accept(county, LINE, [row.record_id for row in county.read.rows(Query(LINE))])
    send_back(county, BATCH, [batch], "示例：合计不符")  # what is wrong can always be returned


def test_what_is_right_is_packed_taken_in_and_accepted(entry: Entry, county: Workspace, out: Path) -> None:
    received = receive(entry, county, out)
    assert received.problems == () and "quarantined" not in received.counts
    accept(county, BATCH, [county.read.rows(Query(BATCH))[0].record_id])
    accept(county, LINE, [row.record_id for row in county.read.rows(Query(LINE))])


def test_land_paid_by_two_stations_is_found_at_the_county(
    entry: Entry, county: Workspace, out: Path, unguarded: None
) -> None:
    """Two laptops ran the village before they knew of each other."""
    batch = entry.workspace.read.rows(Query(BATCH))[0]
    other = entry.save(replace(batch.record, batch_number=2)).record_id
    for row in entry.workspace.read.rows(Query(LINE)):
        entry.save(replace(row.record, batch_id=other))
    received = receive(entry, county, out)
    assert {p.code for p in received.problems} == {"C14"}
    with pytest.raises(UserError) as caught:
        accept(county, BATCH, [other])
    assert caught.value.code == "RCV-007" and "第 1 批" in caught.value.text.zh


def test_a_value_that_was_corrected_again_does_not_stop_the_package(entry: Entry, county: Workspace, out: Path) -> None:
    sound = entry.workspace.read.rows(Query(LINE))[0]
    as_found(entry, LINE, 0, net_yuan=D("751.00"))
    entry.save(sound.record, record_id=sound.record_id, reason="示例改正")
    received = receive(entry, county, out)
    assert received.counts["quarantined"] == 1  # the version between stays aside, the last one is there
    assert {row.record.net_yuan for row in county.read.rows(Query(LINE))} == {D("750.00"), D("100.00")}
    assert [p.code for p in received.problems] == ["PKG-075"]
