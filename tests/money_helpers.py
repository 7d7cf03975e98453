"""Plans, land and payable households for tests of compensation; everything is invented."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from unit_helpers import VILLAGE, payable

from station_app.domain.registry import Role, record_type
from station_app.services.entry import Entry
from station_app.storage.workspace import Workspace

BAN = {"scheme": "ban", "rate_yuan_per_mu": Decimal("7.5")}
BALANCE = {"scheme": "balance", "rate_yuan_per_mu": Decimal("2.5")}


def plan(*rates: dict[str, Any], **values: Any) -> Any:
    """Return a county's plan of 2026 with these rates."""
    kind = record_type("compensation_plan")
    line = kind.by_name["rates"].line
    assert line is not None
    given = {
        "year": 2026,
        "county_code": VILLAGE[:6],
        "programme": "示例补奖",
        "document_number": "示例1号",
        "notice_days": 7,
        **values,
    }
    return kind.cls(rates=tuple(line(**rate) for rate in rates), **given)


@pytest.fixture
def county_plan(station: Workspace, tmp_path: Path) -> Iterator[Any]:
    """Return a function that makes a plan at a county and brings it to the station."""
    with Workspace.create(tmp_path / "county", org_code=VILLAGE[:6], org_name="示例县", role=Role.COUNTY) as county:

        def bring(record: Any) -> str:
            saved = Entry(county).save(record)
            station.journal.merge(county.read.history(saved.record_id))
            return saved.record_id

        yield bring


def hold(entry: Entry, number: int, *areas: tuple[str, str], **values: Any) -> str:
    """Enter a payable household with a parcel per (scheme, mu); return its record_id."""
    home = entry.save(payable(number, **values)).record_id
    for at, (scheme, area) in enumerate(areas, 1):
        add_parcel(entry, home, f"P{number}-{at}", scheme, area)
    return home


def add_parcel(entry: Entry, home: str, code: str, scheme: str, area: str, **values: Any) -> str:
    """Enter a parcel; return its record_id."""
    made = record_type("parcel").cls(code=code, household_id=home, area_mu=Decimal(area), scheme=scheme, **values)
    return entry.save(made).record_id
