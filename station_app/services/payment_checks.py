"""The numbered checks over batches: what they need is read here, what they find names the line it stands at."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from station_app.domain.checks.batch import PaidTwice, PaymentLine, problems_of
from station_app.domain.checks.payee import Payee
from station_app.domain.problems import Problem, Severity
from station_app.domain.records.compensation import CompensationBatch, CompensationPlan
from station_app.domain.records.compensation_line import CompensationLine
from station_app.domain.records.household import Household
from station_app.domain.registry import record_type
from station_app.services.compensation import holdings_of, plan_of
from station_app.services.derived import differences_of
from station_app.services.payees import Claims, claims_of_year, payees_of
from station_app.storage.reader import Filter, Query, Reader, Row

BATCH, LINE, PLAN = "compensation_batch", "compensation_line", "compensation_plan"
_AT_ONCE = 500
Found = tuple[str, str, Problem]


def batch_findings(reader: Reader, batch_ids: Iterable[str], today: date | None) -> list[Found]:
    """Return (record type, record_id, problem) of everything the checks say of batches and their lines.

    Without ``today`` only the money is looked at, not who may be paid on that day.
    """
    wanted = list(batch_ids)
    found: list[Found] = [(BATCH, batch_id, p) for batch_id, p in differences_of(reader, record_type(BATCH), wanted)]
    claims: dict[str, Claims] = {}
    for row in reader.rows(Query(CompensationBatch, (Filter("_record_id", "in", wanted),))):
        plan_id = row.record.plan_id
        plan = plan_of(reader, plan_id)
        if plan is None:
            continue  # a link that leads nowhere is found by the look before sending
        if plan_id not in claims:
            claims[plan_id] = claims_of_year(reader, plan)
            found += [(BATCH, row.record_id, p) for _, p in differences_of(reader, record_type(PLAN), [plan_id])]
        lines = reader.rows(Query(CompensationLine, (Filter("batch_id", "eq", row.record_id),)))
        for start in range(0, len(lines), _AT_ONCE):
            found += _line_findings(reader, plan, claims[plan_id], lines[start : start + _AT_ONCE], today)
    return found


def _line_findings(reader: Reader, plan: CompensationPlan, claims: Claims, lines: list[Row], today: date | None
                   ) -> list[Found]:  # fmt: skip
    homes = reader.rows(Query(Household, (Filter("_record_id", "in", [row.record.household_id for row in lines]),)))
    holdings = holdings_of(reader, plan, homes)
    payees: dict[str, Payee] = {
        holding.row.record_id: payee
        for holding, payee in zip(holdings, payees_of(reader, plan, holdings, today or date.min), strict=True)
    }
    areas = _areas(reader, lines)
    first = {row.record.original_line_id for row in lines} - {None}
    originals = {
        row.record_id: row.record
        for row in reader.rows(Query(CompensationLine, (Filter("_record_id", "in", sorted(first)),)))
    }
    out: list[Found] = []
    for row in lines:
        line: CompensationLine = row.record
        payee = payees.get(line.household_id)
        twice = _twice(row, payee, claims, areas)
        facts = PaymentLine(
            line, plan, payee if today is not None else None, twice, originals.get(line.original_line_id or "")
        )
        out += [(LINE, row.record_id, problem) for problem in problems_of(facts)]
    return out


def _areas(reader: Reader, lines: list[Row]) -> dict[str, Decimal]:
    """Return the area of the parcels on lines as they stand today."""
    ids = json.dumps(sorted({each.parcel_id for row in lines for each in row.record.parcels}))
    return {
        record_id: Decimal(scaled).scaleb(-3)
        for record_id, scaled in reader.sql(
            "SELECT record_id, area_mu FROM parcel WHERE record_id IN (SELECT value FROM json_each(?))", (ids,)
        )
    }


def _twice(row: Row, payee: Payee | None, claims: Claims, areas: dict[str, Decimal]) -> PaidTwice | None:
    """Return the land of a line that is claimed beyond what there is, with the other lines that claim it."""
    line: CompensationLine = row.record
    if line.original_line_id is not None:
        return None  # it stands for the claim of its first line
    area, others = Decimal(0), dict[tuple[str, int], None]()
    for each in line.parcels:
        claimed, by = claims.parcels.get(each.parcel_id, (Decimal(0), []))
        beyond = claimed - max(areas.get(each.parcel_id, Decimal(0)), each.area_mu)
        apart = [c for c in by if c.line_id != row.record_id]
        if apart and beyond > 0:
            area += min(beyond, each.area_mu)
            others.update(dict.fromkeys((c.household, c.batch_number) for c in apart))
    held: dict[str, Decimal] = defaultdict(Decimal)
    for parcel in payee.parcels if payee is not None else ():
        held[parcel.scheme] += parcel.area_mu
    for scheme in () if line.parcels else ("ban", "balance", "other"):
        own = getattr(line, f"{scheme}_area_mu")
        beyond = claims.unnamed.get((line.household_id, scheme), Decimal(0)) - max(held[scheme], own)
        apart = [c for c in claims.lines.get(line.household_id, ()) if c.line_id != row.record_id]
        if apart and beyond > 0 and own:
            area += min(beyond, own)
            others.update(dict.fromkeys((c.household, c.batch_number) for c in apart))
    return PaidTwice(area, tuple(others)) if others else None


def errors_among(found: Iterable[Found]) -> list[Found]:
    """Return what stops a batch on its way: errors; what is only held or asked about does not."""
    return [each for each in found if each[2].severity is Severity.ERROR]
