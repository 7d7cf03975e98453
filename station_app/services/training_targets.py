"""Targets of the training county and what the training station says to them: a chain, a revision, assessments over years.

Every value is invented and says so (示例).
"""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from station_app.domain.records.target import Target
from station_app.storage.reader import Filter, Query, Reader

if TYPE_CHECKING:
    from station_app.services.training import Trainer

COUNTY, TOWNSHIP = "152522000000", "152522200000"
EXAMPLE = "目标值为培训用示例。"
REVISED = "示例-2026-01"
_WHY_REVISED = "春旱，返青推迟，县里会商后下调(示例)"

# number, indicator, unit, direction, value of the county, value of the township; one of the two may be missing.
_PAIRS: tuple[tuple[str, str, str, str, str | None, str | None], ...] = (
    ("01", "composite_cover", "percent", "at_least", "46", "45"),
    ("02", "overload_rate", "percent", "at_most", "10", "10"),
    ("03", "trainings", "times", "at_least", "6", "2"),
    ("04", "ban_rate", "mu", "at_least", None, "80000"),
    ("05", "pest_control", "percent", "at_least", None, "80"),
)
_EARLIER = ((2024, "43", "41.2"), (2025, "44", "42.6"))


def county_targets(trainer: Trainer, year: int) -> None:
    """County: its own targets and those of the township hanging on them, with two earlier years of cover."""

    def save(number: str, region: str, told_year: int, facts: tuple[str, str, str, str], **more: Any) -> str:
        indicator, unit, direction, value = facts
        return trainer.save(
            "target", number=number, indicator=indicator, region_code=region, year=told_year, unit=unit,
            direction=direction, value=Decimal(value), document_number=f"示例文号〔{told_year}〕2号", note=EXAMPLE, **more,
        )  # fmt: skip

    for number, indicator, unit, direction, above, below in _PAIRS:
        alike = indicator, unit, direction
        parent = save(f"示例-{year}-旗{number}", COUNTY, year, (*alike, above)) if above else None
        if below:
            baseline: dict[str, Any] = {}
            if indicator == "composite_cover":
                baseline = {"baseline_value": Decimal("40"), "baseline_year": year - 3}
            save(f"示例-{year}-{number}", TOWNSHIP, year, (*alike, below), parent_id=parent, **baseline)
    for told_year, value, _ in _EARLIER:
        save(f"示例-{told_year}-01", TOWNSHIP, told_year, ("composite_cover", "percent", "at_least", value))


def revise_target(trainer: Trainer, reader: Reader) -> None:
    """County: correct a target that has gone out already; the reason stays with it."""
    row = reader.rows(Query(Target, (Filter("number", "eq", REVISED),)))[0]
    trainer.correct(row.record_id, dataclasses.replace(row.record, value=Decimal("44")), _WHY_REVISED)


def station_assessments(trainer: Trainer, reader: Reader, year: int) -> list[str]:
    """Station: what was reached in the years before, and where it stands now; return the ids of the earlier ones."""
    by_number = {row.record.number: row.record_id for row in reader.rows(Query(Target))}
    earlier = [
        trainer.save(
            "assessment", target_id=by_number[f"示例-{told_year}-01"], assessed_on=date(told_year, 11, 20),
            actual_value=Decimal(actual), data_source=f"{told_year} 年样地调查(示例)",
        )
        for told_year, _, actual in _EARLIER
    ]  # fmt: skip
    trainer.save(
        "assessment",
        target_id=by_number[f"示例-{year}-03"],
        assessed_on=date(year, 10, 15),
        actual_value=Decimal("1"),
        data_source="培训宣传台账(示例)",
        causes=("implementation", "funds"),
        cause_text="秋季培训经费尚未到位(示例)",
        measure="11 月底前在两个嘎查各办一次草畜平衡培训(示例)",
        responsible="示例员乙",
        deadline_on=date(year, 11, 30),
        status="in_progress",
    )
    return earlier
