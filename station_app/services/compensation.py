"""From plan and parcels to the lines of a disbursement batch: ``domain.calc.entitlement`` over the records of a village."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from station_app.domain.calc.entitlement import (
    SCHEMES,
    Award,
    Claim,
    EntitlementInput,
    Land,
    RateLine,
    entitlement,
)
from station_app.domain.calc.found import Found, problem
from station_app.domain.money import FEN
from station_app.domain.problems import UserError
from station_app.domain.records.compensation import CompensationBatch, CompensationPlan
from station_app.domain.records.compensation_line import AwardPart, CompensationLine
from station_app.domain.records.household import Household
from station_app.domain.text import Text
from station_app.services.entry import Entry
from station_app.services.figures.references import record_reference
from station_app.services.progress import JobContext, Quiet
from station_app.storage.clock import new_record_id
from station_app.storage.reader import Filter, Query, Reader, Row
from station_app.storage.workspace import Workspace

BY_AREA = ("mu", "standard_mu")
_AT_ONCE = 500
RUN = Text("计算补奖批次 {village} 第 {n} 批", "Ran batch {n} of {village}")
_COMPUTING = Text("正在计算补奖", "Computing entitlements")
_NAMED = 10


@dataclass(frozen=True, slots=True)
class BatchRun:
    """A new batch in state DRAFT; sums are over its rounded lines. ``limited`` lines met a cap or floor."""

    batch_id: str
    lines: int
    net_yuan: Decimal
    ban_area_mu: Decimal
    balance_area_mu: Decimal
    limited: int = 0


class HeldParcel(NamedTuple):
    """What a parcel says that money depends on; ``area_mu`` has three places."""

    record_id: str
    scheme: str
    zone: str
    area_mu: Decimal


@dataclass(frozen=True, slots=True)
class Holding:
    """A household and the parcels it is paid for."""

    row: Row
    parcels: tuple[HeldParcel, ...]

    @property
    def record(self) -> Household:
        record: Household = self.row.record
        return record


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
    """Make a batch for one village: one line a household, its parts one for each rate that counts.

    Rounding: half-up per rate and line to the plan's unit (0.01, 0.1 or 1 yuan); totals are sums of rounded lines.
    Source: shared rules of the field, compensation §1 rules 5 and 6, §6. A rate for households or persons is paid to
    those that hold land of its scheme and zone; land under “other” counts only where the plan has a rate for it.

    Raises:
        UserError: CMP-001 no such plan, CMP-002 no parcel in a paid scheme, CMP-003 no rate for a scheme and zone,
            CMP-007 the village has this batch already, CMP-008 a household or parcel is in conflict, CMP-009 a rate
            or limit counts persons and their number is missing; CALC-045 a cap below its floor.
    """
    job = context or Quiet()
    plan = plan_of(workspace.read, plan_id)
    if plan is None:
        raise UserError(
            "CMP-001",
            Text(
                "没有这个补奖方案。请先接收县里下发的方案。",
                "There is no such compensation plan. Take the county's plan first.",
            ),
        )
    there = {"plan_id": plan_id, "village_code": village_code, "batch_number": batch_number}
    if workspace.read.find_by_key("compensation_batch", there) is not None:
        raise UserError(
            "CMP-007",
            Text(
                f"这个村已有第 {batch_number} 批。请打开那一批；要重做请先作废它，补发请用新的批次号。",
                f"This village has batch {batch_number} already. Open it; void it to start over, or use a new batch number.",
            ),
        )
    households = workspace.read.rows(
        Query("household", (Filter("village_code", "eq", village_code),), sort=(("code", False),))
    )
    _refuse_undecided(workspace, households)
    holdings = _holdings(workspace.read, plan, households)
    if not holdings:
        raise UserError(
            "CMP-002",
            Text(
                f"这个村({village_code})没有禁牧或草畜平衡的地块，无法测算。请先录入草场并选定管理分区。",
                f"Village {village_code} has no parcel under a ban or balance scheme. Enter parcels with their scheme first.",
            ),
        )
    _refuse_without_persons(plan, holdings)
    batch_id = new_record_id(workspace.clock)
    lines: list[tuple[Any, str | None]] = []
    for start in range(0, len(holdings), _AT_ONCE):
        job.progress(start, len(holdings), _COMPUTING)
        some = holdings[start : start + _AT_ONCE]
        given = entitlement_input(plan, plan_id, [claim_of(plan, each) for each in some])
        awards = entitlement(given).outcome.awards
        lines += [(_line(batch_id, each, award), None) for each, award in zip(some, awards, strict=True)]
    gross, net, ban, balance = (
        sum((getattr(line, name) for line, _ in lines), Decimal(0))
        for name in ("gross_yuan", "net_yuan", "ban_area_mu", "balance_area_mu")
    )
    batch = CompensationBatch(
        plan_id=plan_id,
        year=plan.year,
        county_code=plan.county_code,
        village_code=village_code,
        batch_number=batch_number,
        household_count=len(lines),
        gross_yuan=gross,
        net_yuan=net,
        prepared_by=workspace.identity.author or None,
        prepared_on=today,
    )
    with workspace.operation(RUN.format(village=village_code, n=batch_number)):
        entry.save_many([(batch, batch_id), *lines], context=job)
    limited = sum(any(part.limit for part in line.parts) for line, _ in lines)
    return BatchRun(batch_id, len(lines), net, ban, balance, limited)


def plan_of(reader: Reader, plan_id: str) -> CompensationPlan | None:
    """Return a living plan."""
    row = reader.get("compensation_plan", plan_id)
    if row is None or row.void:
        return None
    plan: CompensationPlan = row.record
    return plan


def entitlement_input(plan: CompensationPlan, plan_id: str, claims: Sequence[Claim]) -> EntitlementInput:
    """Return what ``entitlement`` takes: the plan's rates and rounding, and the claims under it."""
    return EntitlementInput(
        document_number=plan.document_number,
        plan_reference=record_reference("compensation_plan", plan_id, "rates"),
        rounding_yuan=plan.rounding_yuan or FEN,
        rates=tuple(
            RateLine(
                scheme=rate.scheme,
                zone=rate.zone or "",
                rate_yuan=rate.rate_yuan_per_mu,
                mu_coefficient=Decimal(1) if rate.mu_coefficient is None else rate.mu_coefficient,
                basis=rate.basis,
                cap_kind=rate.cap_kind,
                cap_yuan=rate.cap_yuan,
                floor_kind=rate.floor_kind,
                floor_yuan=rate.floor_yuan,
            )
            for rate in plan.rates
        ),
        claims=tuple(claims),
    )


def claim_of(plan: CompensationPlan, holding: Holding, **more: Any) -> Claim:
    """Return the claim of a household: its parcels, each under the rate that counts for it."""
    rated = _rated(plan)
    record = holding.record
    return Claim(
        name=record.code,
        persons=record.persons,
        land=tuple(
            Land(
                scheme=each.scheme,
                zone=_zone(rated, each),
                area_mu=each.area_mu,
                reference=record_reference("parcel", each.record_id, "area_mu"),
            )
            for each in holding.parcels
        ),
        reference=record_reference("household", holding.row.record_id, "persons"),
        **more,
    )


def holding_of(reader: Reader, plan: CompensationPlan, household: Row) -> Holding | None:
    """Return a household with the parcels it is paid for today, ``None`` when there are none.

    Raises:
        UserError: CMP-003 the plan has no rate for one of them.
    """
    found = _holdings(reader, plan, [household])
    return found[0] if found else None


def _rated(plan: CompensationPlan) -> frozenset[tuple[str, str]]:
    return frozenset((rate.scheme, rate.zone or "") for rate in plan.rates)


def _zone(rated: frozenset[tuple[str, str]], parcel: HeldParcel) -> str:
    """Return the zone whose rate counts: the parcel's own, or none where the scheme has one rate for all zones.

    Parcels of one rate are added up before rounding, whatever zone stands on them.
    """
    return parcel.zone if (parcel.scheme, parcel.zone) in rated else ""


def _holdings(reader: Reader, plan: CompensationPlan, households: Sequence[Row]) -> list[Holding]:
    rated = _rated(plan)
    # Land under “other” is not claimed by being there: a plan has to name it.
    paid = {"ban", "balance"} | {scheme for scheme, _ in rated}
    grouped: dict[str, list[HeldParcel]] = defaultdict(list)
    rows = reader.sql(
        "SELECT household_id, record_id, scheme, coalesce(zone, ''), area_mu FROM parcel WHERE void=0 "
        "AND household_id IN (SELECT value FROM json_each(?)) AND scheme IN (SELECT value FROM json_each(?)) ORDER BY rowkey",
        (json.dumps([h.record_id for h in households]), json.dumps(sorted(paid))),
    )
    for owner, record_id, scheme, zone, scaled_mu in rows:
        grouped[owner].append(HeldParcel(record_id, scheme, zone, Decimal(scaled_mu).scaleb(-3)))
    found = []
    for household in households:
        parcels = grouped.get(household.record_id)
        if not parcels:
            continue
        for each in parcels:
            if (each.scheme, _zone(rated, each)) not in rated:
                raise _no_rate(each, household.record)
        found.append(Holding(household, tuple(parcels)))
    return found


def _no_rate(parcel: HeldParcel, household: Household) -> UserError:
    scheme, zone = SCHEMES[parcel.scheme], parcel.zone
    return UserError(
        "CMP-003",
        Text(
            f"方案没有“{scheme.zh} {zone}”的补助标准(户编码 {household.code})。请在方案中补上，或改正地块的管理分区。",
            f"The plan has no rate for {scheme.en} {zone} (household {household.code}). Add it, or correct the parcel.",
        ),
    )


def _refuse_without_persons(plan: CompensationPlan, holdings: Sequence[Holding]) -> None:
    """Raise CMP-009 naming every household whose persons have to be counted and are not on record."""
    by_person = {
        (rate.scheme, rate.zone or "")
        for rate in plan.rates
        if "person" in (rate.basis, rate.cap_kind, rate.floor_kind)
    }
    rated = _rated(plan)
    missing = [
        each.record.code
        for each in holdings
        if not each.record.persons
        and any((parcel.scheme, _zone(rated, parcel)) in by_person for parcel in each.parcels)
    ]
    if missing:
        found = [problem(Found.NO_PERSONS, "persons", reference=code) for code in missing]
        some = missing[:_NAMED]
        more_zh, more_en = (
            (f" 等 {len(missing)} 户", f" and others, {len(missing)} in all") if missing[_NAMED:] else ("", "")
        )
        raise UserError(
            "CMP-009",
            Text(
                f"方案按人计算，但这些牧户没有填写家庭人口：{'、'.join(some)}{more_zh}。请补上人口再测算。",
                f"The plan counts persons, but these households have no number of persons: {', '.join(some)}{more_en}. "
                "Enter it, then run again.",
            ),
            problems=tuple(found),
        )


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
                f"这些牧户或地块在两处改得不一样，还没有决定以哪个为准：{'、'.join(named[:10])}。请先解决冲突再测算。",
                f"These households or parcels are in conflict: {', '.join(named[:10])}. End the conflicts, then run again.",
            ),
        )


# --- the line ----------------------------------------------------------------------------------------------------------


def _line(batch_id: str, holding: Holding, award: Award) -> CompensationLine:
    """Return the disbursement line of an award; name, identity and account are the household's of the day.

    What the list printed must stay what it printed.
    """
    record = holding.record
    return CompensationLine(
        batch_id=batch_id,
        household_id=holding.row.record_id,
        head_name=record.head_name,
        identity_number=record.identity_number,
        persons=record.persons,
        contract_number=record.contract_number,
        contract_area_mu=record.contract_area_mu,
        account_holder=record.account_holder,
        account_number=record.account_number,
        bank_name=record.bank_name,
        **award_fields(award, areas_of(holding)),
    )


def areas_of(holding: Holding) -> dict[str, Decimal]:
    """Return the area of a household by scheme, mu."""
    areas: dict[str, Decimal] = defaultdict(Decimal)
    for each in holding.parcels:
        areas[each.scheme] += each.area_mu
    return areas


def award_fields(award: Award, areas: Mapping[str, Decimal]) -> dict[str, Any]:
    """Return the fields of a line that hold an award: each scheme, the parts, gross, effect of the limits, net.

    The parts are kept where the schemes alone would not tell how the amount came about: several rates in a scheme,
    rates for households or persons, a limit that bit. ``areas`` are the areas held by scheme, mu.
    """
    out: dict[str, Any] = {
        "gross_yuan": award.gross_yuan,
        "limit_effect_yuan": award.limit_effect_yuan,
        "net_yuan": award.net_yuan,
    }
    by_scheme: dict[str, list[Any]] = defaultdict(list)
    for line in award.lines:
        by_scheme[line.scheme].append(line)
    parts = []
    for scheme, lines in by_scheme.items():
        left = areas[scheme] - sum((line.area_mu for line in lines), Decimal(0))
        for line in lines:
            # Who is paid by head holds the land all the same; it stands with the first such part.
            area, left = (line.area_mu, left) if line.basis in BY_AREA else (left, Decimal(0))
            parts.append(
                AwardPart(
                    scheme=scheme,
                    zone=line.zone or None,
                    basis=line.basis,
                    area_mu=area,
                    mu_coefficient=line.mu_coefficient,
                    rate=line.rate_yuan,
                    amount_yuan=line.amount_yuan,
                    limit_effect_yuan=line.limit_effect_yuan,
                    limit=line.limit or None,
                )
            )
        out[f"{scheme}_area_mu"] = areas[scheme]
        out[f"{scheme}_amount_yuan"] = sum((line.amount_yuan for line in lines), Decimal(0))
        rates = {(line.basis in BY_AREA, line.rate_yuan, line.mu_coefficient) for line in lines}
        by_area, rate, coefficient = next(iter(rates))
        if len(rates) == 1 and by_area:
            out[f"{scheme}_rate"] = rate
            if scheme != "other":  # the line keeps no coefficient for it
                out[f"{scheme}_coefficient"] = coefficient
    plain = all(len(lines) == 1 and lines[0].basis in BY_AREA and not lines[0].limit for lines in by_scheme.values())
    other_coefficient = any(line.mu_coefficient != 1 for line in by_scheme.get("other", ()))
    out["parts"] = () if plain and not other_coefficient else tuple(parts)
    return out
