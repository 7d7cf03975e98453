"""From plan and parcels to the lines of a disbursement batch: area × coefficient × rate, rounded half-up per line."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain.money import round_half_up
from station_app.domain.problems import UserError
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.services.entry import Entry
from station_app.services.progress import JobContext, Quiet
from station_app.storage.clock import new_record_id
from station_app.storage.reader import Filter, Query, Row
from station_app.storage.workspace import Workspace

SCHEMES = ("ban", "balance")


@dataclass(frozen=True, slots=True)
class BatchRun:
    """A new batch in state DRAFT; sums are over its rounded lines."""

    batch_id: str
    lines: int
    net_yuan: Decimal
    ban_area_mu: Decimal
    balance_area_mu: Decimal


@dataclass(slots=True)
class _Share:
    area_mu: Decimal = Decimal(0)
    rate: Decimal | None = None
    coefficient: Decimal = Decimal(1)
    amount_yuan: Decimal = Decimal(0)


def run_batch(
    entry: Entry,
    workspace: Workspace,
    plan_id: str,
    village_code: str,
    *,
    batch_number: int = 1,
    today: date | None = None,
    context: JobContext | None = None,
) -> BatchRun:
    """Make a batch for one village: one line a household, both schemes side by side.

    Rounding: half-up per scheme and line to the plan's unit (0.01, 0.1 or 1 yuan); totals are sums of rounded lines.
    Source: shared rules of the field, compensation §1 rule 6 and §6. Caps and floors come with a later version and stop
    the run when the plan has them, so that nobody is paid by half a rule.

    Raises:
        UserError: CMP-001 no such plan, CMP-002 no parcel in a paid scheme, CMP-003 no rate for a scheme and zone,
            CMP-004 the plan has caps or floors, CMP-006 one household has two rates in
            one scheme, CMP-007 the village has this batch already, CMP-008 a household or
            parcel is in conflict.
    """
    job = context or Quiet()
    plan_row = workspace.read.get("compensation_plan", plan_id)
    if plan_row is None or plan_row.void:
        raise UserError(
            "CMP-001",
            Text(
                "没有这个补奖方案。请先接收县里下发的方案。",
                "There is no such compensation plan. Take the county's plan first.",
            ),
        )
    plan = plan_row.record
    rates = _rates(plan)
    there = {"plan_id": plan_id, "village_code": village_code, "batch_number": batch_number}
    if workspace.read.find_by_key("compensation_batch", there) is not None:
        raise UserError(
            "CMP-007",
            Text(
                f"这个村已有第 {batch_number} 批。请打开那一批;要重做请先作废它,补发请用新的批次号。",
                f"This village has batch {batch_number} already. Open it; void it to start over, or use a new batch number.",
            ),
        )
    households = workspace.read.rows(
        Query("household", (Filter("village_code", "eq", village_code),), sort=(("code", False),))
    )
    parcels = _parcels_by_household(workspace, households)
    _refuse_undecided(workspace, households)
    batch_id = new_record_id()
    lines: list[tuple[Any, str | None]] = []
    totals: dict[str, Decimal] = defaultdict(Decimal)
    line_class = record_type("compensation_line").cls
    for number, household in enumerate(households, 1):
        job.progress(number, len(households), Text("正在计算补奖", "Computing entitlements"))
        shares = _shares(parcels.get(household.record_id, []), rates, plan.rounding_yuan, household.record)
        if not shares:
            continue
        line = _line(line_class, batch_id, household, shares)
        for scheme, share in shares.items():
            totals[f"{scheme}_area"] += share.area_mu
        totals["net"] += line.net_yuan
        lines.append((line, None))
    if not lines:
        raise UserError(
            "CMP-002",
            Text(
                f"这个村({village_code})没有禁牧或草畜平衡的地块,无法测算。请先录入草场并选定管理分区。",
                f"Village {village_code} has no parcel under a ban or balance scheme. Enter parcels with their scheme first.",
            ),
        )
    batch = record_type("compensation_batch").cls(
        plan_id=plan_id,
        year=plan.year,
        county_code=plan.county_code,
        village_code=village_code,
        batch_number=batch_number,
        household_count=len(lines),
        gross_yuan=totals["net"],
        net_yuan=totals["net"],
        prepared_by=workspace.identity.author or None,
        prepared_on=today,
    )
    entry.save_many([(batch, batch_id), *lines], context=job)
    return BatchRun(batch_id, len(lines), totals["net"], totals["ban_area"], totals["balance_area"])


def _rates(plan: Any) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    rates: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    for line in plan.rates:
        if line.cap_yuan is not None or line.floor_yuan is not None:
            raise UserError(
                "CMP-004",
                Text(
                    "方案设有封顶或保底,本版本还不能计算,请暂用原办法并等待更新。",
                    "The plan has a cap or floor; this version cannot compute it yet. Wait for the update.",
                ),
            )
        rates[line.scheme, line.zone or ""] = (line.rate_yuan_per_mu, line.mu_coefficient or Decimal(1))
    return rates


def _refuse_undecided(workspace: Workspace, households: list[Row]) -> None:
    """Raise CMP-008 when a household or parcel that would be paid is in conflict: money waits for a person."""
    wanted = Filter("household_id", "in", [h.record_id for h in households])
    named = [h.record.code for h in households if h.conflict]
    named += [
        row.record.code
        for row in workspace.read.iterate(Query("parcel", (wanted, Filter("_state", "eq", "conflict"))))
        if row.conflict
    ]
    if named:
        raise UserError(
            "CMP-008",
            Text(
                f"这些牧户或地块在两处改得不一样,还没有决定以哪个为准:{'、'.join(named[:10])}。请先解决冲突再测算。",
                f"These households or parcels are in conflict: {', '.join(named[:10])}. End the conflicts, then run again.",
            ),
        )


def _parcels_by_household(workspace: Workspace, households: list[Row]) -> dict[str, list[Any]]:
    wanted = [h.record_id for h in households]
    grouped: dict[str, list[Any]] = defaultdict(list)
    for row in workspace.read.iterate(Query("parcel", (Filter("household_id", "in", wanted),))):
        grouped[row.record.household_id].append(row.record)
    return grouped


def _shares(
    parcels: list[Any], rates: dict[tuple[str, str], tuple[Decimal, Decimal]], rounding: Decimal | None, household: Any
) -> dict[str, _Share]:
    areas: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for parcel in parcels:
        if parcel.scheme in SCHEMES:
            areas[parcel.scheme, parcel.zone or ""] += parcel.area_mu
    shares: dict[str, _Share] = {}
    for (scheme, zone), area in areas.items():
        found = rates.get((scheme, zone)) or rates.get((scheme, ""))
        if found is None:
            raise UserError(
                "CMP-003",
                Text(
                    f"方案没有“{scheme} {zone}”的补助标准(户编码 {household.code})。请在方案中补上,或改正地块的管理分区。",
                    f"The plan has no rate for {scheme} {zone} (household {household.code}). Add it, or correct the parcel.",
                ),
            )
        rate, coefficient = found
        share = shares.setdefault(scheme, _Share())
        if share.rate is not None and (share.rate, share.coefficient) != (rate, coefficient):
            raise UserError(
                "CMP-006",
                Text(
                    f"同一户同一类有两种标准或系数(户编码 {household.code}),本版本每户每类只能一种。请分批测算。",
                    f"Household {household.code} has two rates or coefficients in one scheme; this version takes one. Run them in separate batches.",
                ),
            )
        share.area_mu += area
        share.rate, share.coefficient = rate, coefficient
    for share in shares.values():
        assert share.rate is not None
        share.amount_yuan = round_half_up(share.area_mu * share.coefficient * share.rate, rounding or Decimal("0.01"))
    return shares


def _line(line_class: Any, batch_id: str, household: Row, shares: dict[str, _Share]) -> Any:
    record = household.record
    gross = sum((s.amount_yuan for s in shares.values()), Decimal(0))
    values: dict[str, Any] = {
        "batch_id": batch_id,
        "household_id": household.record_id,
        "gross_yuan": gross,
        "net_yuan": gross,
        # What the list printed must stay what it printed: the line keeps the household's facts of the day.
        "head_name": record.head_name,
        "identity_number": record.identity_number,
        "persons": record.persons,
        "contract_number": record.contract_number,
        "contract_area_mu": record.contract_area_mu,
        "account_holder": record.account_holder,
        "account_number": record.account_number,
        "bank_name": record.bank_name,
    }
    for scheme, share in shares.items():
        values |= {
            f"{scheme}_area_mu": share.area_mu,
            f"{scheme}_rate": share.rate,
            f"{scheme}_coefficient": share.coefficient,
            f"{scheme}_amount_yuan": share.amount_yuan,
        }
    return line_class(**values)
