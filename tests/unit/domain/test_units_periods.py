"""Mu and hectares; days counted with both ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain import periods, units


def test_fifteen_mu_are_one_hectare() -> None:
    assert units.mu_to_ha(Decimal("22.66")) == Decimal("1.5107")


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_hectares_come_back_exactly(area_ha: Decimal) -> None:
    assert units.mu_to_ha(area_ha * units.MU_PER_HA) == area_ha


def test_both_ends_are_counted() -> None:
    """24–30 September 2019 is seven calendar days (compensation S05 S50 S52)."""
    notice = periods.Period(date(2019, 9, 24), date(2019, 9, 30))
    assert notice.days == 7
    assert notice.working_days(holidays=(), workdays=(date(2019, 9, 29),)) == 6
    assert notice.working_days(holidays=(date(2019, 9, 30),), workdays=()) == 4
    assert date(2019, 9, 30) in notice and date(2019, 10, 1) not in notice


def test_periods_overlap_when_they_share_a_day() -> None:
    first = periods.Period(date(2025, 7, 1), date(2026, 6, 30))
    assert first.overlaps(periods.Period(date(2026, 6, 30), date(2026, 12, 31)))
    assert not first.overlaps(periods.Period(date(2026, 7, 1), date(2026, 12, 31)))


def test_a_period_can_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        periods.Period(date(2026, 1, 2), date(2026, 1, 1))
