"""The look before sending: every record that waits to leave, against the rules as they stand today, and its links."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import msgspec

from station_app.domain.derived import differing
from station_app.domain.fields import Field, Kind
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
from station_app.services.problems import SendProblem
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.services.review import mark_reviewed
from station_app.services.twins import find_twins, twin_problem
from station_app.storage.codec import from_json_fields
from station_app.storage.following import LOOKED, note_looked
from station_app.storage.reader import Filter, Query, Reader, State
from station_app.storage.shape import rules_mark
from station_app.storage.workspace import Workspace

WAITING = (State.COMPLETE, State.REVIEWED, State.RETURNED, State.REFUSED, State.CONFLICT)
Going = Callable[[str], list[str]]  # the ids of the records of a type that are to be sent
_STOPPED = {
    SendProblem.CONFLICT: (State.CONFLICT,),
    SendProblem.SENT_BACK: (State.RETURNED, State.REFUSED),
}
_AT_ONCE = 2_000
SCHEME = "calculation_scheme"
CHECKING = Text("正在检查", "Checking")


def _in_state(states: Iterable[State]) -> Filter:
    return Filter("_state", "in", [s.value for s in states])


_STATE_WAITS = _in_state(WAITING)


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


def look_before_sending(reader: Reader, today: date, *, year: int = 0, context: JobContext | None = None) -> Look:
    """Check what waits to be sent.

    What a record says by itself is noted with its version: one that has not changed is not read again, in this window or
    the next. What it says together with others (links, sums, payments, twins, schemes) is asked anew each time.

    Findings: rules of the record; SND-001 a link to a record that is not here or was voided; SND-002 a quadrat without dry
    weight; SND-003 two versions contradict each other; SND-004 returned or refused by the county; SND-005 a household
    that nobody has counted this year; SND-006 the same thing is on record twice; SND-007 a scheme rests on coefficients
    nobody has verified; C01 … the numbered checks of payment; REC-008 a sum that other records do not give; CALC-… a
    scheme chooses sets that do not exist or do not go together.
    """
    job = context or Quiet()
    found: list[Finding] = []
    kinds = [k for k in all_types() if not k.is_about_others]
    keys = {k.name: reader.row_keys(Query(k.name, (_STATE_WAITS,))) for k in kinds}
    total = sum(map(len, keys.values()))
    done = 0
    for kind in kinds:
        waiting = keys[kind.name]
        for start in range(0, len(waiting), _AT_ONCE):
            stop_if_cancelled(job)
            job.progress(done, total, CHECKING)
            some = waiting[start : start + _AT_ONCE]
            done += len(some)
            found += _alone(reader, kind, some, today)
        if waiting:
            for problem, states in _STOPPED.items():
                stopped = ids_of(reader, kind.name, _in_state(states))
                found += [Finding(kind.name, record_id, problem.problem()) for record_id in stopped]
            found += _dangling(reader, kind, waiting)
    found += [Finding(*each) for each in sum_findings(reader, partial(waiting_ids, reader), today)]
    found += [Finding(each.type_name, row.record_id, twin_problem(each.type_name, len(each.rows) - 1))
              for each in find_twins(reader) for row in each.rows]  # fmt: skip
    found += _resting_on_sets(reader)
    if year:
        found += _uncounted(reader, year)
    job.progress(total, total, CHECKING)
    return Look(total, tuple(found))


def _alone(reader: Reader, kind: RecordType, keys: Sequence[int], today: date) -> list[Finding]:
    """Return what records say by themselves. Only versions that were not looked at are read; what was merged from two
    versions is none of them. A day that has come is no objection any more: what said nothing then says nothing later."""
    mark, day = rules_mark(), today.isoformat()
    rows = reader.sql(
        f"""SELECT p.record_id, CASE WHEN p.merged IS NULL THEN v.seq END, l.problems,
            CASE WHEN l.problems IS NULL THEN coalesce(p.merged, v.fields) END
            FROM "{kind.name}" p JOIN version v ON v.version_id=p.version_id LEFT JOIN looked l ON l.seq=v.seq
            AND p.merged IS NULL AND (l.day=?1 OR (l.day < ?1 AND l.problems=''))
            AND ?2=(SELECT value FROM setting WHERE key='{LOOKED}')
            WHERE p.rowkey IN (SELECT value FROM json_each(?3)) AND l.problems IS NOT '' ORDER BY p.rowkey""",
        (day, mark, json.dumps(list(keys))),
    )
    found: list[Finding] = []
    new: list[tuple[int, str]] = []
    for record_id, seq, known, fields in rows:
        if known is None:
            record = from_json_fields(kind, msgspec.json.decode(fields))
            problems = [p for p in check_record(record, today) if p.severity is not Severity.INFO]
            if kind.name == "herb_quadrat" and record.dry_g is None:
                problems.append(SendProblem.NO_DRY_WEIGHT.problem("dry_g"))
            if seq is not None:
                new.append((seq, msgspec.json.encode(problems).decode() if problems else ""))
        else:
            problems = msgspec.json.decode(known, type=list[Problem])
        found += [Finding(kind.name, record_id, p) for p in problems]
    if new:
        note_looked(reader.path, mark, day, new)
    return found


def sum_findings(reader: Reader, going: Going, today: date | None) -> list[tuple[str, str, Problem]]:
    """Return what the sums over other records and the numbered checks of payment say of what is to be sent.

    Without ``today`` only the money is looked at, not who may be paid on that day.
    """
    found: list[tuple[str, str, Problem]] = []
    for kind in all_types():
        # Without a day only what keeps a package back is looked for.
        asked = any(today is not None or each.severity is Severity.ERROR for each in kind.gathered)
        if asked and kind.name != BATCH and not kind.is_about_others:
            found += [(kind.name, record_id, p) for record_id, p in differences_of(reader, kind, going(kind.name))]
    # A line that was withdrawn counts: its batch is to add up without it.
    batches = dict.fromkeys(going(BATCH))
    batches |= dict.fromkeys(
        batch_id
        for (batch_id,) in reader.sql(
            "SELECT DISTINCT batch_id FROM compensation_line WHERE record_id IN (SELECT value FROM json_each(?))",
            (json.dumps(going(LINE)),),
        )
    )
    return found + batch_findings(reader, batches, today)


def waiting_ids(reader: Reader, type_name: str) -> list[str]:
    """Return the ids of the records of a type that wait to be sent."""
    return ids_of(reader, type_name, _STATE_WAITS)


def ids_of(reader: Reader, type_name: str, condition: Filter) -> list[str]:
    """Return the ids of the records of a type that a condition holds for."""
    rows = reader.sql(
        f'SELECT record_id FROM "{type_name}" WHERE rowkey IN (SELECT value FROM json_each(?))',
        (json.dumps(list(reader.row_keys(Query(type_name, (condition,))))),),
    )
    return [record_id for (record_id,) in rows]


def wrong_money(reader: Reader, going: Going, suspected: Iterable[tuple[str, str]]) -> list[Finding]:
    """Return the amounts, areas and counts of what is to be sent that are not what they are made of.

    Args:
        suspected: Type and id of records of which some version was found not to agree with itself: those are looked at as
            they stand now.
    """
    found = [Finding(*each) for each in sum_findings(reader, going, None) if each[2].severity is Severity.ERROR]
    for name, record_id in suspected:
        kind = record_type(name)
        for row in reader.rows(Query(name, (Filter("_record_id", "eq", record_id),))):
            found += [Finding(name, record_id, p) for p in differing(kind, row.record)]
    return found


def _resting_on_sets(reader: Reader) -> list[Finding]:
    """Findings of the schemes that wait; what a reviewer has looked at and let through is confirmed."""
    waiting = [row for row in reader.iterate(Query(CalculationScheme, (_STATE_WAITS,)))]
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


def _dangling(reader: Reader, kind: RecordType, keys: Sequence[int]) -> list[Finding]:
    """Return the links of records that lead to nothing living, record by record."""
    found: list[tuple[int, str, Field]] = []
    wanted = json.dumps(list(keys))
    for link in (f for f in kind.scalars if f.kind is Kind.LINK):
        rows = reader.sql(
            f"""SELECT p.rowkey, p.record_id FROM "{kind.name}" p WHERE p.rowkey IN (SELECT value FROM json_each(?))
                AND p."{link.name}" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "{record_type(link.target).name}" t
                WHERE t.record_id=p."{link.name}" AND t.void=0)""",
            (wanted,),
        )
        found += [(rowkey, record_id, link) for rowkey, record_id in rows]
    return [
        Finding(kind.name, record_id, SendProblem.DANGLING.problem(link.name, label=link.label))
        for _, record_id, link in sorted(found, key=lambda each: each[0])
    ]


def _uncounted(reader: Reader, year: int) -> list[Finding]:
    """Households in the roster without any count in a year in which counting has begun."""
    if not reader.count(Query(LivestockCount, (Filter("year", "eq", year),))):
        return []
    rows = reader.sql(
        """SELECT record_id FROM household h WHERE void=0 AND status='normal' AND NOT EXISTS (
           SELECT 1 FROM livestock_count c WHERE c.household_id=h.record_id AND c.year=? AND c.void=0) ORDER BY code""",
        (year,),
    )
    problem = SendProblem.NOT_COUNTED.problem(year=year)
    return [Finding("household", record_id, problem) for (record_id,) in rows]
