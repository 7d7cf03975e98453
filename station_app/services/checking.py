"""The look before sending: every record that waits to leave, against the rules as they stand today, and its links."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from station_app.domain.derived import differing
from station_app.domain.fields import Kind
from station_app.domain.problems import Problem, Severity
from station_app.domain.records.calculation import CalculationScheme
from station_app.domain.records.livestock import LivestockCount
from station_app.domain.registry import RecordType, all_types, record_type
from station_app.domain.text import Text
from station_app.domain.validation import check_record
from station_app.services.derived import differences_of
from station_app.services.entry import Entry
from station_app.services.figures import scheme_check
from station_app.services.figures.standards import standards_of
from station_app.services.payment_checks import BATCH, LINE, batch_findings
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.services.review import mark_reviewed
from station_app.services.twins import count_twins, find_twins, twin_problem, twins_on_record
from station_app.storage.check import CheckReport, check_workspace
from station_app.storage.reader import Filter, Query, Reader, State
from station_app.storage.workspace import DATABASE, Workspace

WAITING = (State.COMPLETE, State.REVIEWED, State.RETURNED, State.REFUSED, State.CONFLICT)
SCHEME = "calculation_scheme"
CHECKING = Text("正在检查", "Checking")


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem of one record."""

    record_type: str
    record_id: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found: how many records were looked at, and the findings."""

    checked: int
    findings: tuple[Finding, ...]


def check_all(folder: Path) -> CheckReport:
    """Check that a workspace is sound, and then say what is on record twice in it.

    Raises:
        UserError: what ``check_workspace`` raises.
    """
    report = check_workspace(folder)
    if report.ok:  # of a damaged workspace nothing else can be said
        with Reader(folder / DATABASE) as reader:
            report.problems += twins_on_record(reader)
            if twins := count_twins(reader):
                report.counts["entered_twice"] = twins
    return report


def look_before_sending(reader: Reader, today: date, *, year: int = 0, context: JobContext | None = None) -> Look:
    """Check what waits to be sent.

    Findings: rules of the record; SND-001 a link to a record that is not here or was voided; SND-002 a quadrat without dry
    weight; SND-003 two versions contradict each other; SND-004 returned or refused by the county; SND-005 a household
    that nobody has counted this year; SND-006 the same thing is on record twice; SND-007 a scheme rests on coefficients
    nobody has verified; C01 … the numbered checks of payment; REC-008 a sum that other records do not give; CALC-… a
    scheme chooses sets that do not exist or do not go together.
    """
    job = context or Quiet()
    found: list[Finding] = []
    wanted = [s.value for s in WAITING]
    kinds = [k for k in all_types() if not k.is_about_others]
    queries = {k.name: Query(k.name, (Filter("_state", "in", wanted),)) for k in kinds}
    total = sum(reader.count(q) for q in queries.values())
    done = 0
    for kind in kinds:
        linked: dict[str, set[str]] = {}
        holders: list[tuple[str, str, str]] = []
        links = [f for f in kind.scalars if f.kind is Kind.LINK]
        for row in reader.iterate(queries[kind.name]):
            done += 1
            if done % 200 == 0:
                stop_if_cancelled(job)
                job.progress(done, total, CHECKING)
            found += [Finding(kind.name, row.record_id, p) for p in check_record(row.record, today)
                      if p.severity is not Severity.INFO]  # fmt: skip
            found += [Finding(kind.name, row.record_id, p) for p in _standing(row.state)]
            if kind.name == "herb_quadrat" and row.record.dry_g is None:
                found.append(Finding(kind.name, row.record_id, _dry_weight()))
            for field in links:
                target = getattr(row.record, field.name)
                if target is not None:
                    linked.setdefault(field.target, set()).add(target)
                    holders.append((row.record_id, field.name, target))
        found += _dangling(reader, kind, linked, holders)
    found += [Finding(*each) for each in sum_findings(reader, today)]
    found += [Finding(each.type_name, row.record_id, twin_problem(each.type_name, len(each.rows) - 1))
              for each in find_twins(reader) for row in each.rows]  # fmt: skip
    found += _resting_on_sets(reader)
    if year:
        found += _uncounted(reader, year)
    job.progress(total, total, CHECKING)
    return Look(total, tuple(found))


def sum_findings(reader: Reader, today: date | None) -> list[tuple[str, str, Problem]]:
    """Return what the sums over other records and the numbered checks of payment say of what waits to be sent.

    Without ``today`` only the money is looked at, not who may be paid on that day.
    """
    found: list[tuple[str, str, Problem]] = []
    for kind in all_types():
        if kind.gathered and kind.name != BATCH and not kind.is_about_others:
            waiting = [row.record_id for row in reader.iterate(_waiting(kind.name))]
            found += [(kind.name, record_id, p) for record_id, p in differences_of(reader, kind, waiting)]
    batches = dict.fromkeys(row.record_id for row in reader.iterate(_waiting(BATCH)))
    batches |= dict.fromkeys(_batches_of_waiting_lines(reader))
    return found + batch_findings(reader, batches, today)


def _batches_of_waiting_lines(reader: Reader) -> Iterable[str]:
    keys = reader.row_keys(_waiting(LINE))
    rows = reader.sql(
        "SELECT DISTINCT batch_id FROM compensation_line WHERE rowkey IN (SELECT value FROM json_each(?))",
        (json.dumps(list(keys)),),
    )
    return (batch_id for (batch_id,) in rows)


def _waiting(type_name: str) -> Query:
    return Query(type_name, (Filter("_state", "in", [s.value for s in WAITING]),))


def wrong_money(reader: Reader) -> list[Finding]:
    """Return the amounts, areas and counts of what waits to be sent that are not what they are made of."""
    found = [Finding(*each) for each in sum_findings(reader, None) if each[2].severity is Severity.ERROR]
    for kind in all_types():
        if any(each.severity is Severity.ERROR for each in kind.derived):
            for row in reader.iterate(_waiting(kind.name)):
                found += [Finding(kind.name, row.record_id, p) for p in differing(kind, row.record)]
    return found


def _standing(state: State) -> Iterable[Problem]:
    if state is State.CONFLICT:
        yield Problem("SND-003", Severity.HOLD, Text(
            "两处同时改了这条记录，请打开它并选择以哪个为准。",
            "This record was changed in two places. Open it and choose which one stands."))  # fmt: skip
    elif state in (State.RETURNED, State.REFUSED):
        yield Problem("SND-004", Severity.HOLD, Text(
            "县里退回或没有接收这条记录，请更正后重新上报。",
            "The county returned or refused this record. Correct it and send again."))  # fmt: skip


def _resting_on_sets(reader: Reader) -> list[Finding]:
    """Findings of the schemes that wait; what a reviewer has looked at and let through is confirmed."""
    waiting = [
        row for row in reader.iterate(Query(CalculationScheme, (Filter("_state", "in", [s.value for s in WAITING]),)))
    ]
    if not waiting:
        return []
    standards = standards_of(reader)
    wrong = [
        Finding(SCHEME, row.record_id, p)
        for row in waiting
        for p in scheme_check.scheme_problems(row.record, standards)
    ]
    return wrong + [each.finding for each in unconfirmed(reader)]


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A record that rests on unverified coefficients, in the version that would be sent; ``said`` names them."""

    finding: Finding
    version_id: str
    said: Text


def unconfirmed(reader: Reader) -> list[Unconfirmed]:
    """Return what has to be confirmed before sending: SND-007 for each scheme that waits and that nobody has reviewed.

    ``review.mark_reviewed`` of the versions is the confirmation; it keeps who looked and when.
    """
    asking = [s.value for s in WAITING if s is not State.REVIEWED]
    rows = reader.rows(Query(CalculationScheme, (Filter("_state", "in", asking),)))
    if not rows:
        return []
    standards, kind = standards_of(reader), record_type(SCHEME)
    return [
        Unconfirmed(Finding(SCHEME, row.record_id, scheme_check.doubt_problem(doubt)), row.version_id, doubt.text)
        for row in rows
        for doubt in scheme_check.doubts_of(kind, row.record, standards)
    ]


def confirm_unverified(workspace: Workspace, *, confirmed: bool) -> list[Problem]:
    """Keep the confirmation of what rests on unverified coefficients, or return what has to be confirmed first.

    Raises:
        UserError: REV-001 nobody has said who works here: a confirmation needs a name.
    """
    waits = unconfirmed(workspace.read)
    if waits and confirmed:
        versions = {(w.finding.record_type, w.finding.record_id, w.version_id) for w in waits}
        mark_reviewed(workspace, Entry(workspace), sorted(versions))
        return []
    return [each.finding.problem for each in waits]


def _dry_weight() -> Problem:
    return Problem("SND-002", Severity.WARN, Text(
        "还没有干重。烘干或风干称重后请补上。", "No dry weight yet. Enter it once the sample is dried and weighed."), "dry_g")  # fmt: skip


def _dangling(reader: Reader, kind: RecordType, linked: dict[str, set[str]], holders: list[tuple[str, str, str]]
              ) -> list[Finding]:  # fmt: skip
    here: set[str] = set()
    for target, ids in linked.items():
        rows = reader.sql(
            f'SELECT record_id FROM "{record_type(target).name}" WHERE void=0 AND record_id IN '
            "(SELECT value FROM json_each(?))",
            (json.dumps(sorted(ids)),),
        )
        here.update(i for (i,) in rows)
    out = []
    for record_id, name, target_id in holders:
        if target_id not in here:
            label = kind.by_name[name].label
            out.append(Finding(kind.name, record_id, Problem("SND-001", Severity.ERROR, Text(
                f"“{label.zh}”指向的记录不在本站或已作废。请重新选择。",
                f"“{label.en}” points to a record that is not here or was voided. Choose again."), name)))  # fmt: skip
    return out


def _uncounted(reader: Reader, year: int) -> list[Finding]:
    """Households in the roster without any count in a year in which counting has begun."""
    if not reader.count(Query(LivestockCount, (Filter("year", "eq", year),))):
        return []
    rows = reader.sql(
        """SELECT record_id FROM household h WHERE void=0 AND status='normal' AND NOT EXISTS (
           SELECT 1 FROM livestock_count c WHERE c.household_id=h.record_id AND c.year=? AND c.void=0) ORDER BY code""",
        (year,),
    )
    text = Text(f"{year} 年还没有清点这一户的牲畜。", f"This household's animals were not counted in {year}.")
    return [Finding("household", record_id, Problem("SND-005", Severity.WARN, text)) for (record_id,) in rows]
