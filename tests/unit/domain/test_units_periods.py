"""Mu and hectares; days counted with both ends."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain import periods, units


def test_fifteen_mu_are_one_hectare() -> None:
    assert units.ha_to_mu(Decimal("1")) == 15
    assert units.mu_to_ha(Decimal("22.66")) == Decimal("1.5107")
    assert units.mu_per_su_to_ha_per_su(Decimal("22.66")) == Decimal("1.5107")  # Abag 2024
    assert units.per_mu_to_per_ha(Decimal("248.9")) == Decimal("3733.5")  # survey facts X6
    assert units.per_ha_to_per_mu(units.g_per_m2_to_kg_per_ha(Decimal("187.667")), 2) == Decimal("125.11")  # X8


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_hectares_come_back_exactly(area_ha: Decimal) -> None:
    assert units.mu_to_ha(units.ha_to_mu(area_ha)) == area_ha


def test_both_ends_are_counted() -> None:
    """24–30 September 2019 is seven calendar days (compensation S05 S50 S52)."""
    notice = periods.Period(date(2019, 9, 24), date(2019, 9, 30))
    assert notice.days == 7
    assert notice.working_days(holidays=(), workdays=(date(2019, 9, 29),)) == 6
    assert notice.working_days(holidays=(date(2019, 9, 30),), workdays=()) == 4
    assert periods.notice_end(date(2019, 9, 24), 7) == date(2019, 9, 30)
    assert date(2019, 9, 30) in notice and date(2019, 10, 1) not in notice


def test_periods_overlap_when_they_share_a_day() -> None:
    first = periods.livestock_year(2026)
    assert (first.first, first.last) == (date(2025, 7, 1), date(2026, 6, 30))
    assert first.overlaps(periods.calendar_year(2026))
    assert not periods.calendar_year(2025).overlaps(periods.calendar_year(2026))


def test_a_period_can_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        periods.Period(date(2026, 1, 2), date(2026, 1, 1))
