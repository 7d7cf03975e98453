"""Small records for unit tests; every person is invented and says so."""

from __future__ import annotations

from datetime import date
from typing import Any

from station_app.domain.identifiers import invented_account, invented_identity
from station_app.domain.registry import record_type

VILLAGE = "152525203201"


def household(number: int, **values: Any) -> Any:
    """Return an invented household of the test village."""
    given = {"code": f"{VILLAGE}{number:04d}", "village_code": VILLAGE, "head_name": f"示例牧户{number}", **values}
    return record_type("household").cls(**given)


def payable(number: int, **values: Any) -> Any:
    """Return an invented household that nothing keeps from being paid: contract, identity, account."""
    name = f"示例牧户{number}"
    given = {"identity_number": invented_identity(number), "contract_number": f"示例{number}号", "account_holder": name,
             "account_number": invented_account(number), "bank_name": "示例农信社", **values}  # fmt: skip
    return household(number, **given)


def livestock_count(household_id: str, heads: int, **values: Any) -> Any:
    """Return a mid-year count of adult female sheep."""
    line = record_type("livestock_count").by_name["class_counts"].line
    assert line is not None
    given = {
        "household_id": household_id, "year": 2026, "occasion": "mid_year", "counted_on": date(2026, 6, 30),
        "counted_by": "示例员", "class_counts": (line(species_code="sheep", class_code="adult_female", head=heads),), **values,
    }  # fmt: skip
    return record_type("livestock_count").cls(**given)
