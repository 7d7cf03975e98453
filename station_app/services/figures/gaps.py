"""Targets against what was reached: the chain, the gap, the trend over years, and where each figure comes from.

A target corrected with a reason is a revision and is read from its history. An actual value is what a person reported in
an assessment; where nobody has, it is worked out from the records. No target is not zero, and no actual value is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from station_app.domain.calc.explanation import Explanation, Node, Result, Sheet
from station_app.domain.calc.gap import ADDITIVE_UNITS, RULE, Actual, Gap, GapInput, GapOutcome, Revision, TargetEntry
from station_app.domain.calc.gap import gap as gap_of
from station_app.domain.calc.numbers import ONE, plain, round_to
from station_app.domain.codes import code_list
from station_app.domain.problems import Problem, UserError
from station_app.domain.records import target as records
from station_app.domain.text import Text
from station_app.services.figures.actual_ways import actual_reference, actual_why, computed_actual, usual_units
from station_app.services.figures.actuals import OF_THE_REGISTER, Computed, Question, region_area_mu
from station_app.services.figures.gap_chain import Assessed, Chain, Target, revisions_of
from station_app.services.figures.gap_rows import NO_TARGET, ActualRow, GapCounts, GapRow, GapTable, RevisionRow
from station_app.services.figures.problems import ResultProblem
from station_app.services.figures.references import record_reference
from station_app.services.figures.sifting import region_prefix
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled
from station_app.storage.reader import Reader

YEARS_BACK = 4
_READING = Text("正在核算目标和差距", "Working out targets and gaps")
_MOST_NAMES = 8


# --- the table ---------------------------------------------------------------------------------------------------------


def gap_table(
    reader: Reader,
    year: int,
    *,
    years_back: int = YEARS_BACK,
    untargeted: bool = True,
    context: JobContext | None = None,
) -> GapTable:
    """Return every target in sight in a year with its gap, and the indicators the records know but no target asks for.

    Rounding: none; callers round for display.

    Raises:
        UserError: JOB-001 cancelled.
    """
    job = context or Quiet()
    chain = Chain(reader)
    work = _Work(chain, year, years_back, job)
    shown = chain.shown(year)
    drafts = [work.draft(target) for target in _in_order(shown)]
    if untargeted:
        drafts += work.without_target(shown)
    entries = tuple(draft.entry for draft in drafts)
    found = gap_of(GapInput(year=year, targets=entries)).outcome.targets if entries else ()
    rows = tuple(_row(draft, gap, chain, year) for draft, gap in zip(drafts, found, strict=True))
    problems = tuple(dict.fromkeys((*chain.problems, *(p for row in rows for p in row.problems))))
    editions = sorted({e for row in rows if row.computed is not None for e in row.computed.editions})
    counts, entered = _counted(rows, chain.is_county)
    return GapTable(year, rows, counts, entered, problems, tuple(editions))


def _in_order(targets: Sequence[Target]) -> list[Target]:
    """Chains one after the other, each target below its parent."""
    order = {item.code: n for n, item in enumerate(code_list("target_indicator").items)}

    def key(target: Target) -> tuple[object, ...]:
        record = target.record
        return order.get(record.indicator, len(order)), record.year, region_prefix(record.region_code), record.number

    ids = {target.record_id for target in targets}
    below: dict[str, list[Target]] = defaultdict(list)
    for target in targets:
        below[target.parent_id if target.parent_id in ids else ""].append(target)
    out: list[Target] = []

    def add(parent: str) -> None:
        for target in sorted(below[parent], key=key):
            out.append(target)
            add(target.record_id)

    add("")
    return out


@dataclass(slots=True)
class _Draft:
    """A row before the gap is computed."""

    entry: TargetEntry
    asked: Question
    target: Target | None
    actuals: tuple[ActualRow, ...]
    revisions: tuple[RevisionRow, ...]
    computed: Computed | None
    not_computed: Problem | None
    assessment: Assessed | None
    targets: tuple[tuple[int, Decimal], ...]
    problems: list[Problem]


class _Work:
    """Makes the entries of one table."""

    def __init__(self, chain: Chain, year: int, years_back: int, job: JobContext) -> None:
        self.chain, self.year, self.job = chain, year, job
        self.years = range(year - years_back, year + 1)
        self._done = 0

    def draft(self, target: Target) -> _Draft:
        record = target.record
        asked = Question(record.indicator, record.unit, record.direction, record.region_code, self.year, target.place)
        problems: list[Problem] = []
        at = record_reference("target", target.record_id)
        first, revisions = revisions_of(self.chain.reader, target.record_id)
        reported = self._reported(target, at, problems)
        computed, not_computed, by_year = self._computed(asked)
        actuals = self._actuals(asked, target, reported, by_year, at, problems)
        for revision in revisions:
            if revision.revised_on.year > self.year:
                facts = {"day": revision.revised_on, "value": plain(revision.value), "year": self.year}
                problems.append(ResultProblem.REVISED_LATER.at(at, name=target.name, **facts))
        withdrawn = record.status == "withdrawn"
        if withdrawn:
            problems.append(ResultProblem.WITHDRAWN.at(at, name=target.name))
        parent = self.chain.targets.get(target.parent_id)
        counts = parent is not None and self._counts_towards(record, parent.record)
        if parent is not None and parent.record.year != record.year:
            facts = {"year": record.year, "parent_year": parent.record.year}
            problems.append(ResultProblem.OTHER_YEAR.at(at, name=target.name, **facts))
        self._missing_children(target, at, problems)
        assessment = self._latest(target)
        entry = TargetEntry(
            code=target.record_id,
            name=target.name.zh,
            name_en=target.name.en,
            parent=target.parent_id if counts else "",
            unit=record.unit,
            direction=record.direction,
            value=None if withdrawn else first if first is not None else record.value,
            baseline_value=record.baseline_value,
            weight=self._weight(target, at, problems) if counts and record.unit not in ADDITIVE_UNITS else None,
            revisions=tuple(Revision(value=r.value, revised_on=r.revised_on, reason=r.reason) for r in revisions),
            actuals=tuple(Actual(year=a.year, value=a.value, reference=a.reference) for a in actuals),
            reference=record_reference("target", target.record_id, "value"),
        )
        series = tuple(sorted((each.record.year, each.record.value) for each in self.chain.by_series[target.series]
                              if each.record.status != "withdrawn"))  # fmt: skip
        return _Draft(entry, asked, target, actuals, revisions, computed, not_computed, assessment, series, problems)

    def without_target(self, shown: Sequence[Target]) -> list[_Draft]:
        """Indicators that the records of this workplace give, but nobody has set a target for."""
        home = self.chain.memo.organisation_code
        prefix = region_prefix(home)
        asked_for = {t.record.indicator for t in shown if region_prefix(t.record.region_code) == prefix}
        out = []
        for indicator, unit in usual_units():
            if indicator in asked_for:
                continue
            asked = Question(indicator, unit, "", home, self.year, self.chain.place(home))
            computed, not_computed, by_year = self._computed(asked)
            if computed is None:
                continue
            actuals = self._actuals(asked, None, {}, by_year, "", [])
            label = asked.label
            entry = TargetEntry(
                code=f"{NO_TARGET}{indicator}",
                name=f"{asked.place} {label.zh}",
                name_en=f"{asked.place}: {label.en}",
                unit=unit,
                actuals=tuple(Actual(year=a.year, value=a.value, reference=a.reference) for a in actuals),
            )
            out.append(_Draft(entry, asked, None, actuals, (), computed, not_computed, None, (), []))
        return out

    # --- what was reached

    def _reported(self, target: Target, at: str, problems: list[Problem]) -> dict[int, Assessed]:
        """The last assessment of each year, over all targets of the series."""
        by_year: dict[int, list[Assessed]] = defaultdict(list)
        for each in self.chain.by_series[target.series]:
            for assessed in self.chain.assessed[each.record_id]:
                by_year[min(assessed.record.assessed_on.year, each.record.year)].append(assessed)
        for year, found in by_year.items():
            found.sort(key=lambda a: (a.record.assessed_on, a.record_id))
            if len(found) > 1 and year == self.year:
                facts = {"year": year, "n": len(found), "day": found[-1].record.assessed_on}
                problems.append(ResultProblem.SEVERAL_ASSESSMENTS.at(at, name=target.name, **facts))
        return {year: found[-1] for year, found in by_year.items()}

    def _computed(self, asked: Question) -> tuple[Computed | None, Problem | None, dict[int, Computed]]:
        by_year: dict[int, Computed] = {}
        reason: Problem | None = None
        years = self.years if asked.indicator not in OF_THE_REGISTER else (self.year,)
        for year in years:
            stop_if_cancelled(self.job)
            self._done += 1
            self.job.progress(self._done, None, _READING)
            answer = computed_actual(self.chain.memo, replace(asked, year=year))
            if isinstance(answer, Computed):
                by_year[year] = answer
            elif year == self.year:
                reason = answer
        return by_year.get(self.year), reason, by_year

    def _actuals(
        self, asked: Question, target: Target | None, reported: dict[int, Assessed], by_year: dict[int, Computed],
        at: str, problems: list[Problem],
    ) -> tuple[ActualRow, ...]:  # fmt: skip
        out: list[ActualRow] = []
        for year in sorted({*reported, *by_year}):
            told, found = reported.get(year), by_year.get(year)
            if told is None and found is not None:
                reference = found.reference or actual_reference(replace(asked, year=year))
                out.append(ActualRow(year, found.value, found.how, reference, True, found.accepted, found.doubtful))
                continue
            assert told is not None
            value = told.record.actual_value
            source = Text(told.record.data_source, told.record.data_source)
            reference = record_reference("assessment", told.record_id, "actual_value")
            out.append(ActualRow(year, value, source, reference, False, told.accepted))
            if found is not None and year == self.year and target is not None and not _agree(value, found.value):
                facts = {"told": plain(value), "computed": plain(_as_printed(found.value, value)), "year": year}
                problems.append(ResultProblem.TWO_ACTUALS.at(at, name=target.name, **facts))
        return tuple(out)

    def _latest(self, target: Target) -> Assessed | None:
        """The assessment whose cause and measure stand: the last one of this target up to the year in sight."""
        told = [
            a
            for a in self.chain.assessed[target.record_id]
            if min(a.record.assessed_on.year, target.record.year) <= self.year
        ]
        return told[-1] if told else None

    # --- the chain

    def _counts_towards(self, record: records.Target, above: records.Target) -> bool:
        """Whether a target helps to cover the one above; of a region beyond this workplace the other parts are not here."""
        inside = region_prefix(above.region_code).startswith(self.chain.memo.home)
        return bool(inside and above.year == record.year and above.status != "withdrawn")

    def _weight(self, target: Target, at: str, problems: list[Problem]) -> Decimal | None:
        area = region_area_mu(self.chain.memo, target.record.region_code, self.year)
        if not area:
            problems.append(ResultProblem.NO_WEIGHT.at(at, name=target.place))
            return None
        return area

    def _missing_children(self, target: Target, at: str, problems: list[Problem]) -> None:
        """Places one level below that have no part of a target that others have a part of: unknown, not zero."""
        children = [c for c in self.chain.children(target) if c.record.year == target.record.year]
        if not children:
            return
        prefix = region_prefix(target.record.region_code)
        here = {region_prefix(c.record.region_code) for c in children}
        length = min(len(p) for p in here)
        missing = [
            name
            for code, name in sorted(self.chain.places.items())
            if len(code) == length
            and code.startswith(prefix)
            and code != prefix
            and not any(h.startswith(code) for h in here)
        ]
        if missing:
            rest = len(missing) - _MOST_NAMES
            listed = "、".join(missing[:_MOST_NAMES])
            more = Text(f" 等 {len(missing)} 个", f" … ({len(missing)})") if rest > 0 else Text("", "")
            places = Text(f"{listed}{more.zh}", f"{listed}{more.en}")
            problems.append(ResultProblem.CHILD_MISSING.at(at, name=target.name, places=places))


def _as_printed(value: Decimal, like: Decimal) -> Decimal:
    """Return ``value`` with the places that ``like`` is told in."""
    return round_to(value, ONE.scaleb(-len(plain(like).partition(".")[2])))


def _agree(told: Decimal, computed: Decimal) -> bool:
    return _as_printed(computed, told) == told


def _row(draft: _Draft, found: Gap, chain: Chain, year: int) -> GapRow:
    target, asked, assessed = draft.target, draft.asked, draft.assessment
    record = target.record if target is not None else None
    used = next((a for a in reversed(draft.actuals) if a.year == found.actual_year), None)
    accepted = used is None or used.accepted or not chain.is_county
    problems = list(draft.problems)
    computed = draft.computed
    if computed is not None:
        problems += computed.problems
    if not accepted and target is not None:
        problems.append(ResultProblem.NOT_ACCEPTED.at(record_reference("target", target.record_id), name=target.name))
    label = asked.label
    plain_name = Text(f"{asked.place} {label.zh}", f"{asked.place}: {label.en}")
    base = GapRow(
        record_id=target.record_id if target else "",
        number=record.number if record else "",
        name=target.name if target else plain_name,
        indicator=asked.indicator,
        place=asked.place,
        region_code=asked.region_code,
        year=record.year if record else year,
        unit=asked.unit,
        direction=asked.direction,
        status=record.status if record else "",
        parent_id=target.parent_id if target else "",
        depth=target.depth if target else 0,
        gap=found,
        baseline=record.baseline_value if record else None,
        revisions=draft.revisions,
        actuals=draft.actuals,
        targets=draft.targets,
        computed=computed,
        not_computed=draft.not_computed,
        accepted=accepted,
        doubtful=bool(used is not None and used.doubtful),
        problems=tuple(dict.fromkeys(problems)),
    )
    if assessed is None:
        return base
    said = assessed.record
    return replace(
        base,
        assessment_id=assessed.record_id,
        assessed_on=said.assessed_on,
        causes=tuple(said.causes),
        cause_text=said.cause_text or "",
        measure=said.measure or "",
        responsible=said.responsible or "",
        deadline_on=said.deadline_on,
        assessment_status=said.status,
    )


def _counted(rows: Iterable[GapRow], is_county: bool) -> tuple[GapCounts, GapCounts | None]:
    """Count apart what the county has accepted and what was only entered."""
    own = [row for row in rows if row.accepted]
    rest = [row for row in rows if not row.accepted]
    return _count(own), _count(rest) if is_county else None


def _count(rows: Sequence[GapRow]) -> GapCounts:
    known = [row.gap for row in rows if row.gap.has_target]
    return GapCounts(
        len(known),
        sum(each.reached is True for each in known),
        sum(each.reached is False for each in known),
        sum(each.reached is None for each in known),
        len(rows) - len(known),
    )


# --- why ---------------------------------------------------------------------------------------------------------------


def gap_why(reader: Reader, year: int, record_id: str) -> Result[GapOutcome]:
    """Return one target with those right below it, explained down to the records its actual value rests on.

    ``record_id`` is that of a target, or ``none:`` and an indicator for one without a target.

    Raises:
        UserError: GAP-001 there is no such target in sight.
    """
    chain = Chain(reader)
    work = _Work(chain, year, YEARS_BACK, Quiet())
    if record_id.startswith(NO_TARGET):
        drafts = [d for d in work.without_target(chain.shown(year)) if d.entry.code == record_id]
    else:
        target = chain.targets.get(record_id)
        drafts = [] if target is None else [work.draft(t) for t in (target, *_in_order(chain.children(target)))]
    if not drafts:
        raise ResultProblem.NO_SUCH_TARGET.error(name=record_id)
    drafts[0].entry = replace(drafts[0].entry, parent="")
    inner = gap_of(GapInput(year=year, targets=tuple(d.entry for d in drafts)))
    behind = _behind(reader, drafts[0])
    parts = {"actual": behind, "gap": inner} if behind is not None else {"gap": inner}
    title = drafts[0].entry.said

    def again(sheet: Sheet) -> None:
        for name, result in parts.items():
            part = sheet.part()
            result.again(part)
            sheet.attach(name, part)
        named = _named(inner.explanation)
        if behind is not None:
            made = behind.explanation
            symbol = made.results[0].symbol
            named["actual_from_records"] = Node(made.figure(symbol).value, f"actual.{symbol}")
        sheet.conclude(title, "gap = target − actual", RULE, **named)

    found = tuple(dict.fromkeys(p for result in parts.values() for p in result.problems))
    return Result(inner.outcome, found, again)


def _behind(reader: Reader, draft: _Draft) -> Result | None:
    """The calculation behind the actual value in sight, when it was worked out from the records."""
    if draft.computed is None or not draft.actuals or not draft.actuals[-1].computed:
        return None
    try:
        return draft.computed.result or actual_why(reader, draft.asked)
    except UserError:
        return None  # the table has said already why there is no figure


def _named(inner: Explanation) -> dict[str, Node | None]:
    """The results of the first target, as this explanation names them."""
    first = dict(inner.parts)["target1"]
    return {
        named.name: Node(first.figure(named.symbol).value, f"gap.target1.{named.symbol}") for named in first.results
    }


def assessment_values(row: GapRow, today: date) -> dict[str, str]:
    """Return what a new assessment of a target begins with, as typed: the target, the day, actual value and source."""
    values = {"target_id": row.record_id, "assessed_on": today.isoformat()}
    if row.computed is not None:
        values["actual_value"] = plain(round_to(row.computed.value, Decimal("0.0001")))
        values["data_source"] = row.computed.how.zh
    return values
