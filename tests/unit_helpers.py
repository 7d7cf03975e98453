"""Small records for unit tests; every person is invented and says so."""

from __future__ import annotations

from datetime import date
from typing import Any

from station_app.domain.identifiers import invented_account, invented_identity
from station_app.domain.registry import record_type
from station_app.storage.versions import Version, make_version

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


def receipt_of(
    results: dict[str, str], record_id: str, hlc: int, parents: tuple[str, ...] = (), **given: Any
) -> Version:
    """Return what a county's receipt says of versions; ``hlc`` in milliseconds after a beginning."""
    fields = {
        "package_hash": "a" * 64, "package_name": "p.zip", "from_org": "152525203", "from_device": "d1", "sequence": 1, "epoch": "e",
        "part": 1, "parts": 1, "high_water": 1,
        "results": [{"version_id": v, "outcome": o, "reason_code": "PKG-000"} for v, o in results.items()],
    }  # fmt: skip
    return make_version(
        record_type="receipt", schema_version=1, record_id=record_id, parent_ids=parents, hlc=f"{1_700_000_000_000 + hlc:013d}-000000",
        author="示例", device=given.get("device", "c"), reason="", void=given.get("void", False), fields=fields,
    )  # fmt: skip


def review_of(version_ids: list[str], record_id: str, hlc: int, parents: tuple[str, ...] = (), **given: Any) -> Version:
    """Return a decision about versions."""
    fields = {
        "decision": given.get("decision", "accepted"), "decided_at": "2026-07-01T00:00:00Z", "reviewer": "示例", "reason": "示例",
        "versions": [{"record_type": "household", "record_id": "r1", "version_id": v} for v in version_ids],
    }  # fmt: skip
    return make_version(
        record_type="review", schema_version=1, record_id=record_id, parent_ids=parents, hlc=f"{1_700_000_000_000 + hlc:013d}-000000",
        author="示例", device="c", reason="", void=given.get("void", False), fields=fields,
    )  # fmt: skip
