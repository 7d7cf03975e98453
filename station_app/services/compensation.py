"""From plan and parcels to the lines of a disbursement batch: ``domain.calc.entitlement`` over the records of a village.

Who may be paid is decided by the numbered checks (``domain.checks.payee``); what is claimed already by ``services.payees``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain.calc.entitlement import (
    Award,
    Claim,
    EntitlementInput,
    Land,
    RateLine,
    entitlement,
)
from station_app.domain.checks.batch import on_lines, rate_name
from station_app.domain.checks.payee import LEFT_OUT, REASONS, HeldParcel, problems_of
from station_app.domain.checks.problems import CheckProblem
from station_app.domain.codes import word_of
from station_app.domain.derived import total
from station_app.domain.line_states import in_batch
from station_app.domain.money import FEN
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.records.compensation import CompensationBatch, CompensationPlan, Rate
from station_app.domain.records.compensation_line import AwardPart, CompensationLine, PaidParcel
from station_app.domain.records.household import Household
from station_app.domain.records.parcel import Parcel
from station_app.domain.text import Text
from station_app.services.entry import Entry
from station_app.services.figures.references import record_reference
from station_app.services.payees import (
    Claimed,
    Claims,
    Holding,
    claims_of_year,
    parcels_of_year,
    payees_of,
    unclaimed,
)
from station_app.services.problems import CompensationProblem
from station_app.services.progress import JobContext, Quiet
from station_app.storage.clock import new_record_id
from station_app.storage.reader import Filter, Query, Reader, Row
from station_app.storage.workspace import Workspace

BY_AREA = ("mu", "standard_mu")
_AT_ONCE = 500
RUN = Text("计算补奖批次 {village} 第 {n} 批", "Ran batch {n} of {village}")
_COMPUTING = Text("正在计算补奖", "Computing entitlements")
_NAMED = 10
_NOTE = 500  # what the note of a state holds

ITS_LAND = Text("地块", "Its land")
MORE_HOUSEHOLDS = Text("；等共 {n} 户", "; {n} households in all")


@dataclass(frozen=True, slots=True)
class NotPaid:
    """A household that a run did not make payable, why, and what to do. ``line_id`` where it has a held line."""

    household_id: str
    code: str
    name: str
    problems: tuple[Problem, ...]
    line_id: str | None = None

    @property
    def why(self) -> Text:
        """Every reason, one after the other."""
        return Text("".join(p.text.zh for p in self.problems), " ".join(p.text.en for p in self.problems))


@dataclass(frozen=True, slots=True)
class BatchRun:
    """A new batch in state DRAFT; sums are over its rounded payable lines, held lines stand apart.

    Attributes:
        limited: Lines that met a cap or floor.
        supplement: Whether there was a batch before: then it pays only what that one left out.
        held: Households with a held line.
        left_out: Households without a line.
    """

    batch_id: str
    lines: int
    net_yuan: Decimal
    ban_area_mu: Decimal
    balance_area_mu: Decimal
    limited: int = 0
    supplement: bool = False
    held: tuple[NotPaid, ...] = ()
    left_out: tuple[NotPaid, ...] = ()


def run_batch(
    entry: Entry,
    workspace: Workspace,
    plan_id: str,
    village_code: str,
    *,
    batch_number: int | None = None,
    today: date,
    context: JobContext | None = None,
) -> BatchRun:
    """Make a batch for one village: one line a household, its parts one for each rate that counts.

    Land is paid for once in a year and programme: a later batch pays only what no living line claims, in lines that say
    so. Who may not be paid gets a held line, or none; one household's problem never stops the village.

    Rounding: half-up per rate and line to the plan's unit (0.01, 0.1 or 1 yuan); totals are sums of rounded lines.
    Source: shared rules of the field, compensation S01, H1, H3. A rate for households or persons is paid to
    those that hold land of its scheme and zone; land under “other” counts only where the plan has a rate for it.

    Args:
        batch_number: ``None`` takes the next one.
        today: The day of payment, for contracts and deaths; also the day the batch was prepared.

    Raises:
        UserError: CMP-001 no such plan, CMP-002 no parcel in a paid scheme, CMP-007 the village has this batch already,
            CMP-013 nobody gets a line, with the reasons; CALC-045 a cap below its floor.
    """
    job = context or Quiet()
    reader = workspace.read
    plan = plan_of(reader, plan_id)
    if plan is None:
        raise CompensationProblem.NO_SUCH_PLAN.error()
    before = batches_of(reader, plan, village_code)
    if batch_number is None:
        batch_number = max((number for number, _ in before), default=0) + 1
    there = {"plan_id": plan_id, "village_code": village_code, "batch_number": batch_number}
    if reader.find_by_key("compensation_batch", there) is not None:
        raise CompensationProblem.BATCH_EXISTS.error(number=batch_number)
    chosen = _choose(reader, plan, village_code, today)
    batch_id = new_record_id(workspace.clock)
    lines: list[tuple[CompensationLine, str]] = []
    for start in range(0, len(chosen.paid), _AT_ONCE):
        job.progress(start, len(chosen.paid), _COMPUTING)
        some = chosen.paid[start : start + _AT_ONCE]
        given = entitlement_input(plan, plan_id, [claim_of(plan, each.holding) for each in some])
        awards = entitlement(given).outcome.awards
        lines += [
            (_line(batch_id, plan, each, award, supplement=bool(before)), new_record_id(workspace.clock))
            for each, award in zip(some, awards, strict=True)
        ]
    held = tuple(
        NotPaid(each.holding.row.record_id, each.holding.record.code, each.holding.record.head_name, each.held, line_id)
        for each, (_, line_id) in zip(chosen.paid, lines, strict=True)
        if each.held
    )
    if not lines:
        raise _nobody(village_code, chosen.left_out)
    payable = [line for line, _ in lines if in_batch(line.state)]
    ban, balance = (total(payable, name) for name in ("ban_area_mu", "balance_area_mu"))
    batch = CompensationBatch(
        plan_id=plan_id,
        year=plan.year,
        county_code=plan.county_code,
        village_code=village_code,
        batch_number=batch_number,
        kind="supplement" if before else "regular",
        household_count=len(payable),
        gross_yuan=total(payable, "gross_yuan"),
        net_yuan=total(payable, "net_yuan"),
        prepared_by=workspace.identity.author or None,
        prepared_on=today,
    )
    entry.save_many([(batch, batch_id), *lines], context=job)
    limited = sum(any(part.limit for part in line.parts) for line in payable)
    return BatchRun(
        batch_id, len(payable), total(payable, "net_yuan"), ban, balance, limited, bool(before), held,
        tuple(chosen.left_out),
    )  # fmt: skip


def batches_of(reader: Reader, plan: CompensationPlan, village_code: str) -> list[tuple[int, str]]:
    """Return number and record_id of the living batches of a village in the plan's programme and year."""
    return [
        (number, record_id)
        for number, record_id in reader.sql(
            """SELECT b.batch_number, b.record_id FROM compensation_batch b JOIN compensation_plan p ON p.record_id=b.plan_id
               WHERE b.void=0 AND b.village_code=? AND p.year=? AND p.programme=? AND p.county_code=? ORDER BY 1""",
            (village_code, plan.year, plan.programme, plan.county_code),
        )
    ]


def rebuild_totals(entry: Entry, batch_id: str, reason: str) -> CompensationBatch:
    """Write down the totals of a batch anew from its lines, after lines were held, let go or corrected.

    Raises:
        UserError: CMP-017 there is no such batch; what saving refuses.
    """
    reader = entry.workspace.read
    row = reader.get(CompensationBatch, batch_id)
    if row is None or row.void:
        raise CompensationProblem.NO_SUCH_BATCH.error()
    rows = reader.rows(Query(CompensationLine, (Filter("batch_id", "eq", batch_id),)))
    lines = [each.record for each in rows if in_batch(each.record.state)]
    made: CompensationBatch = replace(
        row.record,
        household_count=len(lines),
        gross_yuan=total(lines, "gross_yuan"),
        net_yuan=total(lines, "net_yuan"),
    )
    entry.save(made, record_id=batch_id, reason=reason)
    return made


def not_in_batches(reader: Reader, plan_id: str, village_code: str, today: date) -> list[NotPaid]:
    """Return who holds land of a village and stands on no batch of the year, why, and what to do.

    Whoever could be paid by now is named with CMP-018: a supplement would list them.
    """
    plan = plan_of(reader, plan_id)
    if plan is None:
        return []
    choice = _choose(reader, plan, village_code, today)
    waiting = CheckProblem.NOT_LISTED_YET.problem()
    return [each for each in choice.left_out if each.problems[0].severity is not Severity.INFO] + [
        NotPaid(
            each.holding.row.record_id, each.holding.record.code, each.holding.record.head_name, each.held or (waiting,)
        )
        for each in choice.paid
    ]


# --- who is paid -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A household that gets a line; ``held`` says why it is not payable, ``after`` which lines paid for other land."""

    holding: Holding
    held: tuple[Problem, ...]
    after: tuple[Claimed, ...] = ()


@dataclass
class _Choice:
    paid: list[_Chosen]
    left_out: list[NotPaid]


def _choose(reader: Reader, plan: CompensationPlan, village_code: str, day: date) -> _Choice:
    """Divide the households of a village into those that get a line and those left out, by the numbered checks.

    Raises:
        UserError: CMP-002 nobody holds land under a paid scheme.
    """
    households = reader.rows(Query(Household, (Filter("village_code", "eq", village_code),), sort=(("code", False),)))
    holdings = holdings_of(reader, plan, households)
    if not holdings:
        raise CompensationProblem.NO_PAID_PARCEL.error(village=village_code)
    claims = claims_of_year(reader, plan)
    undecided = _undecided(reader, holdings)
    choice = _Choice([], [])
    for holding, payee in zip(holdings, payees_of(reader, plan, holdings, day), strict=True):
        problems = tuple(p for p in problems_of(payee) if p.severity is Severity.HOLD)
        stopped = _stopped(plan, holding, undecided) or _claimed(plan, holding, claims)
        out = (stopped,) if stopped is not None else tuple(p for p in problems if p.code in LEFT_OUT)
        if out:
            home = holding.record
            choice.left_out.append(NotPaid(holding.row.record_id, home.code, home.head_name, out))
            continue
        left, _ = unclaimed(holding, claims)
        after = tuple(claims.lines.get(holding.row.record_id, ()))
        choice.paid.append(_Chosen(Holding(holding.row, left), problems, after))
    return choice


def _stopped(plan: CompensationPlan, holding: Holding, undecided: set[str]) -> Problem | None:
    """Return why nothing can be worked out for a household: a conflict, no rate, persons not counted."""
    if holding.row.record_id in undecided:
        return CheckProblem.CONFLICT.problem()
    rated = _rated(plan)
    for each in holding.parcels:
        if (each.scheme, _zone(rated, each)) not in rated:
            return replace(
                CheckProblem.NO_RATE.problem("scheme", rate=rate_name(word_of("scheme", each.scheme), each.zone)),
                severity=Severity.HOLD,
            )
    if not holding.record.persons and any(_by_person(plan, holding)):
        return CheckProblem.PERSONS_UNKNOWN.problem("persons")
    return None


def _claimed(plan: CompensationPlan, holding: Holding, claims: Claims) -> Problem | None:
    """Return why nothing is left to be paid: every parcel is on a line of the year already."""
    left, others = unclaimed(holding, claims)
    own = claims.lines.get(holding.row.record_id, [])
    if others and not left:
        named = on_lines((c.household, c.batch_number) for c in others)
        found = CheckProblem.PAID_TWICE.problem(land=ITS_LAND, others=named)
        return replace(found, severity=Severity.HOLD)
    if not own:
        return None
    numbers = "、".join(dict.fromkeys(str(c.batch_number) for c in own))
    if not left:
        return CheckProblem.LISTED_ALREADY.problem(numbers=numbers)
    rates = _rates_of(plan, Holding(holding.row, left))
    if any(rate.cap_kind or rate.floor_kind or rate.basis not in BY_AREA for rate in rates):
        return CheckProblem.LAND_ADDED.problem(numbers=numbers)
    return None


def _nobody(village_code: str, left_out: Sequence[NotPaid]) -> UserError:
    """Return CMP-013: nobody gets a line, with each household's reason attached."""
    zh = "；".join(f"{each.name}({each.code}):{each.why.zh.rstrip('。')}" for each in left_out[:_NAMED])
    en = "; ".join(f"{each.name} ({each.code}): {each.why.en.rstrip('.')}" for each in left_out[:_NAMED])
    return CompensationProblem.NOBODY_LISTED.error(
        problems=[problem for each in left_out for problem in each.problems],
        village=village_code,
        reasons=Text(zh, en),
        more=MORE_HOUSEHOLDS.format(n=len(left_out)) if left_out[_NAMED:] else "",
    )


def plan_of(reader: Reader, plan_id: str) -> CompensationPlan | None:
    row = reader.get(CompensationPlan, plan_id)
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


def holding_of(reader: Reader, plan: CompensationPlan, line: CompensationLine, household: Row, line_id: str
               ) -> Holding | None:  # fmt: skip
    """Return the land a line is paid for as it stands today: its parcels, less what other lines claim of them."""
    found = holdings_of(reader, plan, [household])
    if not found:
        return None
    left, _ = unclaimed(found[0], claims_of_year(reader, plan, but=line_id))
    named = {each.parcel_id for each in line.parcels}
    kept = tuple(each for each in left if not named or each.record_id in named)
    return Holding(household, kept) if kept else None


def _rated(plan: CompensationPlan) -> frozenset[tuple[str, str]]:
    return frozenset((rate.scheme, rate.zone or "") for rate in plan.rates)


def _zone(rated: frozenset[tuple[str, str]], parcel: HeldParcel) -> str:
    """Return the zone whose rate counts: the parcel's own, or none where the scheme has one rate for all zones.

    Parcels of one rate are added up before rounding, whatever zone stands on them.
    """
    return parcel.zone if (parcel.scheme, parcel.zone) in rated else ""


def holdings_of(reader: Reader, plan: CompensationPlan, households: Sequence[Row]) -> list[Holding]:
    """Return the households that hold land the plan pays for in its year, with that land."""
    # Land under “other” is not claimed by being there: a plan has to name it.
    paid = {"ban", "balance"} | {scheme for scheme, _ in _rated(plan)}
    parcels = parcels_of_year(reader, plan.year, paid, [household.record_id for household in households])
    return [Holding(each, tuple(parcels[each.record_id])) for each in households if each.record_id in parcels]


def _rates_of(plan: CompensationPlan, holding: Holding) -> list[Rate]:
    rated = _rated(plan)
    wanted = {(each.scheme, _zone(rated, each)) for each in holding.parcels}
    return [rate for rate in plan.rates if (rate.scheme, rate.zone or "") in wanted]


def _by_person(plan: CompensationPlan, holding: Holding) -> Iterator[bool]:
    for rate in _rates_of(plan, holding):
        yield "person" in (rate.basis, rate.cap_kind, rate.floor_kind)


def _undecided(reader: Reader, holdings: Sequence[Holding]) -> set[str]:
    """Return the households that are in conflict, or one of whose parcels is: money waits for a person."""
    found = {each.row.record_id for each in holdings if each.row.conflict}
    wanted = Filter("household_id", "in", [each.row.record_id for each in holdings])
    for row in reader.iterate(Query(Parcel, (wanted, Filter("_state", "eq", "conflict")))):
        if row.conflict:
            found.add(row.record.household_id)
    return found


# --- the line ----------------------------------------------------------------------------------------------------------


def _line(
    batch_id: str, plan: CompensationPlan, chosen: _Chosen, award: Award, *, supplement: bool
) -> CompensationLine:
    """Return the disbursement line of an award; name, identity and account are the household's of the day.

    What the list printed must stay what it printed.
    """
    record = chosen.holding.record
    state: dict[str, Any] = {"state": "supplement" if supplement else "eligible"}
    if chosen.held:
        reason = REASONS.get(chosen.held[0].code, "other")
        note = "".join(each.text.zh for each in chosen.held)[:_NOTE]
        state = {"state": "held", "state_reason": reason, "state_note": note}
    elif chosen.after:
        numbers = "、".join(dict.fromkeys(str(each.batch_number) for each in chosen.after))
        state["state_note"] = f"补第 {numbers} 批之后新增的面积"
    return CompensationLine(
        batch_id=batch_id,
        household_id=chosen.holding.row.record_id,
        head_name=record.head_name,
        identity_number=record.identity_number,
        persons=record.persons,
        contract_number=record.contract_number,
        contract_area_mu=record.contract_area_mu,
        area_tolerance_mu=plan.area_tolerance_mu or Decimal(0),
        parcels=tuple(
            PaidParcel(parcel_id=each.record_id, scheme=each.scheme, zone=each.zone or None, area_mu=each.area_mu)
            for each in chosen.holding.parcels
        ),
        account_holder=record.account_holder,
        account_number=record.account_number,
        bank_name=record.bank_name,
        **state,
        **award_fields(award, areas_of(chosen.holding)),
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
