"""From plan and parcels to lines: rounded half-up per line, totals are sums of rounded lines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from unit_helpers import VILLAGE, household

from station_app.domain.problems import UserError
from station_app.domain.registry import Role, record_type
from station_app.services.compensation import run_batch
from station_app.services.entry import Entry
from station_app.storage.reader import Query
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(UserError) as caught:
        yield
    assert caught.value.code == code, caught.value


def plan(*rates: dict[str, Any], **values: Any) -> Any:
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


BAN = {"scheme": "ban", "rate_yuan_per_mu": Decimal("7.5")}
BALANCE = {"scheme": "balance", "rate_yuan_per_mu": Decimal("2.5")}


@pytest.fixture
def county_plan(station: Workspace, tmp_path: Path) -> Iterator[Any]:
    """Return a function that makes a plan at a county and brings it to the station."""
    with Workspace.create(tmp_path / "county", org_code=VILLAGE[:6], org_name="示例县", role=Role.COUNTY) as county:

        def bring(record: Any) -> str:
            saved = Entry(county).save(record)
            station.journal.merge(county.read.history(saved.record_id))
            return saved.record_id

        yield bring


def holdings(entry: Entry, *areas: tuple[str, str]) -> None:
    """Enter one household per (scheme, mu)."""
    parcel = record_type("parcel").cls
    for number, (scheme, area) in enumerate(areas, 1):
        home = entry.save(household(number)).record_id
        entry.save(parcel(code=f"P{number}", household_id=home, area_mu=Decimal(area), scheme=scheme))


def test_half_up_per_line_and_totals_of_rounded_lines(station: Workspace, county_plan: Any) -> None:
    """33.33 mu × 2.5 = 83.325 is 83.33, not 83.32; three of them are 249.99, not 249.98."""
    entry = Entry(station)
    holdings(entry, *[("balance", "33.33")] * 3)
    run = run_batch(entry, station, county_plan(plan(BAN, BALANCE)), VILLAGE, today=date(2026, 7, 1))
    lines = [r.record for r in station.read.rows(Query("compensation_line"))]
    assert [line.balance_amount_yuan for line in lines] == [Decimal("83.33")] * 3
    assert run.net_yuan == Decimal("249.99") == station.read.sum("compensation_line", "net_yuan")
    batch = station.read.get("compensation_batch", run.batch_id)
    assert batch is not None and batch.record.net_yuan == run.net_yuan and batch.record.state == "draft"


@pytest.mark.parametrize(("unit", "expected"), [("0.01", "83.33"), ("0.1", "83.3"), ("1", "83")])
def test_rounding_unit_is_the_plans(station: Workspace, county_plan: Any, unit: str, expected: str) -> None:
    entry = Entry(station)
    holdings(entry, ("balance", "33.33"))
    run = run_batch(
        entry, station, county_plan(plan(BALANCE, rounding_yuan=Decimal(unit))), VILLAGE, today=date(2026, 7, 1)
    )
    assert run.net_yuan == Decimal(expected)


def test_both_schemes_of_a_household_stand_on_one_line(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "700"))
    home = station.read.rows(Query("household"))[0].record_id
    entry.save(record_type("parcel").cls(code="P9", household_id=home, area_mu=Decimal("100.125"), scheme="balance"))
    run_batch(entry, station, county_plan(plan(BAN, BALANCE)), VILLAGE, today=date(2026, 7, 1))
    (row,) = station.read.rows(Query("compensation_line"))
    assert (row.record.ban_amount_yuan, row.record.balance_amount_yuan, row.record.net_yuan) == (
        Decimal("5250.00"), Decimal("250.31"), Decimal("5500.31"))  # fmt: skip


def test_what_cannot_be_computed_stops_the_run_and_writes_nothing(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    with refused("CMP-001"):
        run_batch(entry, station, "no such plan", VILLAGE)
    both = county_plan(plan(BAN, BALANCE))
    with refused("CMP-002"):
        run_batch(entry, station, both, VILLAGE)
    holdings(entry, ("ban", "10"))
    with refused("CMP-003"):
        run_batch(entry, station, county_plan(plan(BALANCE, programme="示例二")), VILLAGE)
    capped = plan({**BAN, "cap_kind": "household", "cap_yuan": Decimal(100)}, programme="示例三")
    with refused("CMP-004"):
        run_batch(entry, station, county_plan(capped), VILLAGE)
    two_zones = county_plan(
        plan({**BAN, "zone": "一"}, {**BAN, "zone": "二", "rate_yuan_per_mu": Decimal("65")}, programme="示例四")
    )
    home = station.read.rows(Query("household"))[0].record_id
    for number, zone in ((7, "一"), (8, "二")):
        entry.save(
            record_type("parcel").cls(code=f"P{number}", household_id=home, area_mu=Decimal(5), scheme="ban", zone=zone)
        )
    parcel = next(r for r in station.read.rows(Query("parcel")) if r.record.code == "P1")
    entry.void(parcel.record_id, "示例")
    with refused("CMP-006"):
        run_batch(entry, station, two_zones, VILLAGE)
    assert station.read.count(Query("compensation_line")) == 0


def test_same_batch_twice_pays_nobody_twice(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "10"))
    plan_id = county_plan(plan(BAN))
    run_batch(entry, station, plan_id, VILLAGE, today=date(2026, 7, 1))
    with refused("CMP-007"):
        run_batch(entry, station, plan_id, VILLAGE, today=date(2026, 7, 1))
    assert station.read.count(Query("compensation_line")) == 1


def test_two_coefficients_in_one_scheme_are_refused_not_mixed(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    home = entry.save(household(1)).record_id
    for number, zone in ((1, "一"), (2, "二")):
        entry.save(
            record_type("parcel").cls(
                code=f"P{number}", household_id=home, area_mu=Decimal(1000), scheme="ban", zone=zone
            )
        )
    rates = [
        {**BAN, "zone": "一", "mu_coefficient": Decimal("1.5")},
        {**BAN, "zone": "二", "mu_coefficient": Decimal("0.5")},
    ]
    with refused("CMP-006"):
        run_batch(entry, station, county_plan(plan(*rates)), VILLAGE, today=date(2026, 7, 1))


def test_a_parcel_in_conflict_is_not_paid(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "500"))
    (parcel,) = station.read.rows(Query("parcel"))
    first = station.read.history(parcel.record_id)[0]
    for hlc, area in (("1700000000000-000001", "600.000"), ("1700000000000-000002", "2000.000")):
        station.journal.merge([
            make_version(record_type="parcel", schema_version=1, record_id=parcel.record_id, parent_ids=(first.version_id,),
                         hlc=hlc, author="示例", device="d2", reason="", void=False, fields={**first.fields, "area_mu": area})
        ])  # fmt: skip
    with refused("CMP-008"):
        run_batch(entry, station, county_plan(plan(BAN)), VILLAGE, today=date(2026, 7, 1))


def test_a_voided_batch_takes_its_lines_along_and_brings_them_back(station: Workspace, county_plan: Any) -> None:
    entry = Entry(station)
    holdings(entry, ("ban", "10"))
    plan_id = county_plan(plan(BAN))
    first = run_batch(entry, station, plan_id, VILLAGE, today=date(2026, 7, 1))
    entry.void(first.batch_id, "示例重做")
    assert station.read.sum("compensation_line", "net_yuan") == 0
    second = run_batch(entry, station, plan_id, VILLAGE, today=date(2026, 7, 1))
    assert station.read.sum("compensation_line", "net_yuan") == second.net_yuan
    entry.void(second.batch_id, "示例再作废")
    entry.restore(first.batch_id, "以第一次为准")
    assert station.read.sum("compensation_line", "net_yuan") == first.net_yuan
