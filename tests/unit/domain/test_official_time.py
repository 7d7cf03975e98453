"""What day a moment belongs to and how it is read: the same wherever the machine thinks it is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from station_app.domain.official_time import noon_of, official_day, official_text
from station_app.domain.validation import check_record
from station_app.storage.clock import Clock


@pytest.fixture(params=["UTC", "Asia/Urumqi", "Asia/Shanghai", "America/New_York"])
def _zone(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has one zone a process")
@pytest.mark.usefixtures("_zone")
@pytest.mark.parametrize(
    ("moment", "day", "text"),
    [
        (datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC), date(2026, 11, 30), "2026-11-30 23:59"),
        (datetime(2026, 11, 30, 16, 0, tzinfo=UTC), date(2026, 12, 1), "2026-12-01 00:00"),
        (datetime(2028, 2, 29, 23, 50, tzinfo=UTC), date(2028, 3, 1), "2028-03-01 07:50"),
        (datetime(2026, 12, 31, 22, 30, tzinfo=timezone(timedelta(hours=6))), date(2027, 1, 1), "2027-01-01 00:30"),
    ],
)
def test_a_moment_belongs_to_its_beijing_day(moment: datetime, day: date, text: str) -> None:
    assert official_day(moment) == Clock.standing(moment).today() == day
    assert official_text(moment) == official_text(moment.isoformat()) == text
    assert official_day(noon_of(day)) == day
    from station_app.domain.samples import sample

    review = sample("review", 1, decided_at=moment)
    assert [p for p in check_record(review, Clock.standing(moment).today()) if p.code == "FLD-027"] == []
    assert [p.code for p in check_record(review, day - timedelta(days=1))] == ["FLD-027"]


def test_a_clock_starts_stands_and_is_held_back() -> None:
    standing = Clock.standing(date(2026, 6, 30))
    assert (
        standing.now() == standing.now() == noon_of(date(2026, 6, 30))
        and standing.stamp() == "2026-06-30T04:00:00+00:00"
    )
    started = Clock.starting(date(2026, 6, 30))
    assert timedelta(0) <= started.now() - standing.now() < timedelta(hours=1)
    assert standing.not_before(noon_of(date(2026, 1, 1))).today() == date(2026, 6, 30)
    assert standing.not_before(noon_of(date(2027, 1, 1))).today() == date(2027, 1, 1)
