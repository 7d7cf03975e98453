"""A clock that was wrong once: what people are shown afterwards, who is warned of what, and what old files become."""

from __future__ import annotations

import json
import lzma
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from package_helpers import introduce, make_county
from unit_helpers import household

from station_app.county.coverage import coverage
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.exchange.package import manifest
from station_app.exchange.package.build import build_package
from station_app.exchange.package.verify import verify_package
from station_app.services.entry import Entry
from station_app.services.history import history_of
from station_app.storage import gate, migrations
from station_app.storage.check import check_workspace
from station_app.storage.clock import Clock, HybridClock
from station_app.storage.versions import make_version
from station_app.storage.workspace import DATABASE, Workspace

NOON = datetime(2026, 6, 30, 4, tzinfo=UTC)
YEAR = timedelta(days=365)
OLD = Path(__file__).parents[2] / "data" / "formats" / "0.1.0" / "station.db.xz"


class Hand:
    """A clock whose hand a test moves."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.clock = Clock(lambda: round(self.at.timestamp() * 1000))


@pytest.fixture
def hand() -> Hand:
    return Hand(NOON)


@pytest.fixture
def station(tmp_path: Path, hand: Hand) -> Iterator[Workspace]:
    with Workspace.create(
        tmp_path / "站", org_code="152525203", org_name="示例站", role=Role.STATION, author="示例员", clock=hand.clock
    ) as made:
        yield made


def ahead_once(station: Workspace, hand: Hand) -> tuple[str, str]:
    """Save a record while the clock is a year ahead, correct it a day after the clock was put right; return both ids."""
    entry = Entry(station)
    hand.at = NOON + YEAR
    first = entry.save(household(1))
    hand.at = NOON + timedelta(days=1)
    second = entry.save(household(1, note="更正(示例)"), record_id=first.record_id)
    assert first.version_id and second.version_id
    return first.record_id, second.version_id


def test_after_a_clock_was_ahead_once_the_true_time_is_shown(station: Workspace, hand: Hand) -> None:
    record_id, version_id = ahead_once(station, hand)
    latest, first = history_of(station, record_id)
    assert latest.version_id == version_id and latest.at == NOON + timedelta(days=1)
    assert first.at == NOON + YEAR
    row = station.read.get("household", record_id)
    assert row is not None and row.made_at == NOON + timedelta(days=1) and row.version_id == version_id
    version = station.read.version(version_id)
    assert version is not None and version.is_sound() and version.wall == "2026-07-01T04:00:00Z"
    assert version.hlc > station.read.history(record_id)[1].hlc, "the order of saves stays"
    assert check_workspace(station.folder).ok


def test_a_version_of_a_right_clock_has_the_bytes_it_always_had(station: Workspace) -> None:
    saved = Entry(station).save(household(1))
    version = station.read.version(saved.version_id or "")
    assert version is not None and version.wall == "" and "wall" not in version.content()
    again = make_version(**{**version.content(), "parent_ids": version.parent_ids})
    assert again == version


def test_a_burst_is_not_a_clock_ahead(hand: Hand) -> None:
    clock = HybridClock(wall=hand.clock.milliseconds)
    assert {clock.reading().wall for _ in range(1000)} == {""}
    hand.at -= timedelta(seconds=50)
    assert clock.reading().wall == ""
    hand.at -= timedelta(seconds=20)
    assert clock.reading().wall == "2026-06-30T03:58:50Z"


def test_the_true_time_travels_and_belongs_to_the_id(station: Workspace, hand: Hand, tmp_path: Path) -> None:
    with make_county(tmp_path / "县") as county:
        introduce(station, county)
        Entry(station).save(household(2))
        ordinary = build_package(station, tmp_path).path
        _, version_id = ahead_once(station, hand)
        later = build_package(station, tmp_path).path
        assert format_of(ordinary) == format_of(later) == manifest.FORMAT, (
            "a line holds what was hashed, with the wall time or without"
        )
        for package in (ordinary, later):
            assert verify_package(package).ok
            apply_receive(county, plan_receive(county, package), tmp_path)
        taken = county.read.version(version_id)
        assert taken == station.read.version(version_id) and taken is not None
        assert taken.made_at == NOON + timedelta(days=1)


def test_an_older_program_is_told_to_update(
    monkeypatch: pytest.MonkeyPatch, station: Workspace, hand: Hand, tmp_path: Path
) -> None:
    ahead_once(station, hand)
    with make_county(tmp_path / "县") as county:
        introduce(station, county)
        package = build_package(station, tmp_path).path
        monkeypatch.setattr(manifest, "FORMAT", manifest.FORMAT - 1)
        with pytest.raises(UserError) as refused:
            plan_receive(county, package)
        assert refused.value.code == "PKG-012"


def format_of(package: Path) -> int:
    with zipfile.ZipFile(package) as archive:
        return int(json.loads(archive.read("datapackage.json"))["station"]["format"])


def test_the_county_counts_by_its_own_time_of_arrival(station: Workspace, hand: Hand, tmp_path: Path) -> None:
    today = Hand(NOON + timedelta(days=2))
    with make_county(tmp_path / "县") as made:
        introduce(station, made)
    ahead_once(station, hand)
    package = build_package(station, tmp_path).path
    with Workspace.open(tmp_path / "县", today.clock) as county:
        apply_receive(county, plan_receive(county, package), tmp_path)
        today.at += timedelta(days=40)
        (seen,) = coverage(county)
    assert seen.days_behind == 40 and seen.data_until == NOON + timedelta(days=2)
    assert seen.dated_until == NOON + YEAR


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (gate.ClockEvidence(None), ""),
        (gate.ClockEvidence(NOON - timedelta(days=3), NOON - timedelta(days=3), NOON - timedelta(days=2)), ""),
        (gate.ClockEvidence(NOON + YEAR, NOON + YEAR), "WSP-103 早于最后一次保存"),
        (gate.ClockEvidence(NOON - timedelta(days=3), NOON, NOON + timedelta(hours=1)), "WSP-116 慢了"),
        (gate.ClockEvidence(NOON - timedelta(days=1), NOON + YEAR), "WSP-113 没有问题"),
        (gate.ClockEvidence(NOON - YEAR, NOON - YEAR), "WSP-114 365 天"),
    ],
)
def test_the_clock_that_is_wrong_is_named(evidence: gate.ClockEvidence, said: str) -> None:
    found = gate.check_clock(evidence, NOON)
    assert len(found) == bool(said)
    for problem in found:
        code, words = said.split(" ", 1)
        assert problem.code == code and words in problem.text.zh
        assert "2026-06-30 12:00" in problem.text.zh or code == "WSP-113", "Beijing time"
    assert [p for p in gate.check_clock(evidence, NOON, invented=True) if p.code == "WSP-114"] == []


@pytest.mark.parametrize("wrong", [datetime(1899, 12, 31, tzinfo=UTC), datetime(2039, 1, 1, tzinfo=UTC)])
def test_a_clock_that_can_not_be_right_is_named_suspends_clearing_and_costs_nothing_later(
    tmp_path: Path, wrong: datetime
) -> None:
    hand = Hand(wrong)
    folder = tmp_path / "新站"
    with Workspace.create(
        folder, org_code="152525203", org_name="示例站", role=Role.STATION, author="示例员", clock=hand.clock
    ) as made:
        assert [p.code for p in made.gate if p.code.startswith("WSP-11")] == ["WSP-115"]
        assert made.clock_is_doubted, "so no backup is cleared away"
        first = Entry(made).save(household(1))
        assert made.back_up().is_file(), "everything else works"
    hand.at = NOON
    with Workspace.open(folder, hand.clock) as again:
        second = Entry(again).save(household(1, note="更正(示例)"), record_id=first.record_id)
        latest, before = history_of(again, first.record_id)
        assert (latest.version_id, latest.at, before.at) == (second.version_id, NOON, wrong)
        assert not again.clock_is_doubted
    assert check_workspace(folder).ok


def test_what_arrives_from_a_machine_that_is_years_ahead_drags_nobody_along(
    station: Workspace, hand: Hand, tmp_path: Path
) -> None:
    far = Hand(datetime(2039, 1, 1, tzinfo=UTC))
    with Workspace.create(
        tmp_path / "快", org_code="152525203", org_name="示例站", role=Role.STATION, author="示例员", clock=far.clock
    ) as ahead:
        Entry(ahead).save(household(3))
        arriving = [ahead.read.version(i) for (i,) in ahead.read.sql("SELECT version_id FROM version")]
    station.journal.merge([version for version in arriving if version is not None])
    station.close()
    with Workspace.open(station.folder, hand.clock) as again:
        saved = Entry(again).save(household(4))
        version = again.read.version(saved.version_id or "")
        assert version is not None and version.wall == "" and version.made_at == NOON
        assert [p.code for p in again.gate if p.code.startswith("WSP-11")] == []


def test_opening_warns_of_the_wrong_clock(station: Workspace, hand: Hand) -> None:
    def opened() -> list[str]:
        with Workspace.open(station.folder, hand.clock) as workspace:
            return [p.code for p in workspace.gate if p.code in ("WSP-103", "WSP-113", "WSP-114")]

    ahead_once(station, hand)
    station.close()
    assert opened() == ["WSP-113"], "right now, ahead once"
    hand.at = NOON
    assert opened() == ["WSP-103"], "a day before the last save"
    hand.at = NOON + timedelta(days=100)
    assert opened() == ["WSP-114"]


def test_a_workspace_of_the_first_format_is_upgraded(tmp_path: Path) -> None:
    folder = tmp_path / "旧"
    folder.mkdir()
    (folder / DATABASE).write_bytes(lzma.decompress(OLD.read_bytes()))
    with Workspace.open(folder) as opened:
        assert opened.read.sql("PRAGMA user_version") == [(migrations.LATEST,)]
        versions = [opened.read.version(i) for (i,) in opened.read.sql("SELECT version_id FROM version")]
        assert len(versions) > 300 and all(v is not None and v.wall == "" and v.is_sound() for v in versions)
    assert len(list((folder / "backups").glob("*before-upgrade*"))) == 1
    # What is kept of that workspace is the database alone.
    assert {p.code for p in check_workspace(folder).problems} <= {"CHK-011", "CHK-020", "CHK-021"}
