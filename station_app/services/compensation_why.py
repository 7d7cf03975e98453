"""Why a disbursement line says what it says: from its amount back to the plan's rates and the parcels."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from station_app.domain.calc.entitlement import Award, Claim, EntitlementInput, Land, RateLine, award
from station_app.domain.calc.explanation import Result, Sheet, calculate
from station_app.domain.money import FEN
from station_app.domain.problems import Problem, UserError
from station_app.domain.records.compensation import CompensationBatch
from station_app.domain.records.compensation_line import AwardPart, CompensationLine
from station_app.domain.records.household import Household
from station_app.services.compensation import areas_of, award_fields, claim_of, entitlement_input, holding_of, plan_of
from station_app.services.figures.references import record_reference
from station_app.services.problems import CompensationProblem
from station_app.storage.reader import Reader, Row

_SCHEMES = ("ban", "balance", "other")
# What today's records have to say as well, so that they may explain the line.
_TOLD = (*(f"{s}_area_mu" for s in _SCHEMES), *(f"{s}_amount_yuan" for s in _SCHEMES), "gross_yuan",
         "limit_effect_yuan", "net_yuan")  # fmt: skip


def award_why(reader: Reader, line_id: str) -> Result[Award]:
    """Return how the amount of a line comes about.

    While plan and parcels still say what they said, every area leads to its parcel and every rate to the plan. Where they
    were changed since, the line explains itself by what it kept, and CMP-011 says so.

    Rounding: half-up per rate to the plan's unit, as on the line.

    Raises:
        UserError: CMP-010 there is no such line; CALC-… the line itself can not be worked out.
    """
    row = reader.get(CompensationLine, line_id)
    if row is None:
        raise CompensationProblem.NO_SUCH_LINE.error()
    line: CompensationLine = row.record
    today = _today(reader, line, line_id)
    if today is not None and _agrees(line, today):
        return today.result
    kept = _kept(reader, line, row)
    return _with(kept.result, _MOVED_ON if _agrees(line, kept) else _NOT_REPRODUCED)


_MOVED_ON = CompensationProblem.MOVED_ON.problem()
_NOT_REPRODUCED = CompensationProblem.NOT_REPRODUCED.problem()


@dataclass(frozen=True, slots=True)
class _WorkedOut:
    """An award and the areas it was worked out for, mu by scheme."""

    result: Result[Award]
    areas: Mapping[str, Decimal]


def _today(reader: Reader, line: CompensationLine, line_id: str) -> _WorkedOut | None:
    """Return the award as the records of today give it, ``None`` when they can not."""
    batch = reader.get(CompensationBatch, line.batch_id)
    household = reader.get(Household, line.household_id)
    plan = plan_of(reader, batch.record.plan_id) if batch is not None else None
    if batch is None or plan is None or household is None:
        return None
    # Persons and deduction are the line's: it keeps them as of the day it was made, and as decided since.
    paid = replace(household, record=replace(household.record, persons=line.persons))
    try:
        holding = holding_of(reader, plan, line, paid, line_id)
        if holding is None:
            return None
        claim = claim_of(plan, holding, **_deduction(line))
        result = award(entitlement_input(plan, batch.record.plan_id, [claim]))
    except UserError:
        return None
    return _WorkedOut(result, areas_of(holding))


def _deduction(line: CompensationLine) -> dict[str, Any]:
    if not line.deduction_yuan:
        return {}
    reason = " ".join(word for word in (line.deduction_reason, line.deduction_document) if word)
    return {"deduction_yuan": line.deduction_yuan, "deduction_reason": reason or "–"}


def _agrees(line: CompensationLine, found: _WorkedOut) -> bool:
    """Whether a line says, in every area and amount, what was worked out."""
    expected = dict.fromkeys(_TOLD, Decimal(0)) | award_fields(found.result.outcome, found.areas)
    return all((getattr(line, name) or Decimal(0)) == expected[name] for name in _TOLD)


def _kept(reader: Reader, line: CompensationLine, row: Row) -> _WorkedOut:
    """Return the award as the line alone gives it: one claim of its own parts."""
    batch = reader.get(CompensationBatch, line.batch_id)
    plan = plan_of(reader, batch.record.plan_id) if batch is not None else None
    parts = _named_apart(line.parts or _parts_of(line))
    here = record_reference("compensation_line", row.record_id, "parts" if line.parts else "")
    claim = Claim(
        name=line.head_name or "",
        persons=line.persons,
        land=tuple(
            Land(scheme=part.scheme, zone=zone, area_mu=part.area_mu or None, reference=here) for zone, part in parts
        ),
        reference=here,
        **_deduction(line),
    )
    given = EntitlementInput(
        document_number=plan.document_number if plan is not None else "",
        plan_reference=here,
        rounding_yuan=plan.rounding_yuan if plan is not None else FEN,
        rates=tuple(_rate_of(part, zone) for zone, part in parts),
        claims=(claim,),
    )
    areas: dict[str, Decimal] = defaultdict(Decimal)
    for _, part in parts:
        areas[part.scheme] += part.area_mu
    return _WorkedOut(award(given), areas)


def _named_apart(parts: Sequence[AwardPart]) -> list[tuple[str, AwardPart]]:
    """Return parts with their zones, told apart where somebody entered one zone twice."""
    seen: Counter[tuple[str, str]] = Counter()
    out = []
    for part in parts:
        zone = part.zone or ""
        seen[part.scheme, zone] += 1
        number = seen[part.scheme, zone]
        out.append((zone if number == 1 else f"{zone}({number})", part))
    return out


def _rate_of(part: AwardPart, zone: str) -> RateLine:
    """Return the rate a part was paid by. A limit that bit is the amount it left, for the household."""
    limit: dict[str, Any] = {}
    if part.limit in ("cap", "floor"):
        left = part.amount_yuan + (part.limit_effect_yuan or 0)
        limit = {f"{part.limit}_kind": "household", f"{part.limit}_yuan": left}
    return RateLine(
        scheme=part.scheme,
        zone=zone,
        rate_yuan=part.rate,
        mu_coefficient=part.mu_coefficient,
        basis=part.basis,
        **limit,
    )


def _parts_of(line: CompensationLine) -> tuple[AwardPart, ...]:
    """Return the parts of a line whose schemes have one rate each."""
    made = []
    for scheme in _SCHEMES:
        area, rate = getattr(line, f"{scheme}_area_mu"), getattr(line, f"{scheme}_rate")
        if area and rate is not None:
            made.append(
                AwardPart(
                    scheme=scheme,
                    area_mu=area,
                    mu_coefficient=getattr(line, f"{scheme}_coefficient", None) or Decimal(1),
                    rate=rate,
                    amount_yuan=getattr(line, f"{scheme}_amount_yuan"),
                )
            )
    return tuple(made)


def _with(result: Result[Award], found: Problem) -> Result[Award]:
    """Return a result with one more finding, in its explanation as well."""

    def work(sheet: Sheet) -> Award:
        result.again(sheet)
        sheet.warn(found)
        return result.outcome

    return calculate(work)
