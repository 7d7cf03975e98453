"""Tables into records: plan, show, apply. Nothing is saved before somebody saw the plan; then all of it, or nothing.

What a cell that is empty means: nothing was said. A field that is filled stays as it is; to empty a field, open the record.
Lines inside a record (classes of a count, species of a quadrat) come one a row, grouped by the record's key, and replace
the record's lines; or, for counts, with species and classes as columns, where an empty cell leaves a class as it is.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from station_app.domain.fields import Field, Kind, initial_values
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import RecordType, all_types, has_type, record_type
from station_app.domain.text import Text
from station_app.domain.validation import check_record, parse_value
from station_app.exchange.excel.called import as_called, called_as_in_file
from station_app.exchange.excel.columns import read_columns
from station_app.exchange.excel.for_all import SAME_AS, ForAll, holds_for_all
from station_app.exchange.excel.forms import KnownForm, known_form
from station_app.exchange.excel.headings import defaults_of
from station_app.exchange.excel.hidden import LEAVE, READ, READ_OR_LEAVE, unread
from station_app.exchange.excel.households import HouseholdCodes, same_identities
from station_app.exchange.excel.layout import CONTROL_NAME
from station_app.exchange.excel.links import Directory, Key
from station_app.exchange.excel.locate import Located, locate, path_target
from station_app.exchange.excel.mapping import Mapping, cell_text, load_mapping
from station_app.exchange.excel.plain_rows import PlainColumns, PlainDraft, PlainReading, Values
from station_app.exchange.excel.planning import Action, ImportPlan, PlannedRow
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.questions import Answers, Asked, Question, Unanswered
from station_app.exchange.excel.reader import RawTable, read_tables
from station_app.exchange.excel.reading.packed import Packed
from station_app.exchange.excel.row_kinds import RowKind, RowKinds, is_filled
from station_app.exchange.excel.rows import (
    Draft,
    RowReading,
    Setting,
    Spot,
    lines_of,
    merged_down,
    place_of,
    problems_between,
)
from station_app.exchange.excel.sums import Sums
from station_app.exchange.excel.units import fold
from station_app.exchange.excel.village_names import VillageNames
from station_app.services.derived import differences, sums_after
from station_app.services.entry import Entry, SavedMany
from station_app.services.progress import JobContext, Quiet, collector_at_rest, stop_if_cancelled
from station_app.services.unusual import Unusual
from station_app.services.villages import add_villages
from station_app.storage.clock import new_record_id
from station_app.storage.reader import Reader
from station_app.storage.workspace import Workspace

__all__ = ["ImportPlan", "Mapping", "apply_import", "load_mapping", "plan_import"]

IMPORTED = Text("导入{kind} {name}", "Imported {kind} {name}")
_READING = Text("正在读取表格", "Reading the table")
_CHECKING = Text("正在核对", "Checking")
_STEP = 500
_ASKED_AT_ONCE = 1_000
_NUMBERING = Text("正在编号", "Giving codes")
CHECKED = "checked"
_SHEET = Text("工作表“{sheet}”也像“{record}”(与“{first}”的列不全相同)。也读取吗？",
              "The sheet {sheet} looks like {record} too (its columns are not those of {first}). Read it as well?")  # fmt: skip
_TOTALS = Text("有 {count} 处合计与各行之和不符(见下面的问题)。仍按各行导入？",
               "{count} totals do not agree with the rows above them (see the problems). Import the rows as they are?")  # fmt: skip
_CHECKED = Text("已经核对，按各行导入", "checked: import the rows")


def plan_import(
    reader: Reader,
    file: Path,
    type_name: str,
    *,
    mapping: Mapping | None = None,
    units: MappingType[str, str] | None = None,
    answers: MappingType[str, str] | None = None,
    sheet: str | None = None,
    today: date | None = None,
    context: JobContext | None = None,
    tables: list[RawTable] | None = None,
) -> ImportPlan:
    """Read ``file`` and return what importing it as records of ``type_name`` would do.

    Args:
        mapping: How foreign headings become fields (see ``mapping``); ``None`` takes what was remembered of the form.
        units: Units a person confirmed, by heading or field: ``{"承包面积": "万亩"}``.
        answers: What was answered to the questions of an earlier plan, by ``Question.key``.
        sheet: The one sheet to read; otherwise every visible sheet that holds such records.
        today: Dates after it are refused; ``None`` takes today's.
        tables: What was read of the file before, so that it is not read again for another answer.

    Raises:
        UserError: IMP-001 … IMP-005, IMP-007, IMP-015 … IMP-017, IMP-022, IMP-025: nothing of the file can be read.
    """
    if not has_type(type_name) or record_type(type_name).is_about_others or not record_type(type_name).key:
        label = record_type(type_name).label if has_type(type_name) else type_name
        raise WorkbookProblem.NOT_IMPORTED.error(record=label)
    _refuse_foreign(reader, record_type(type_name))
    job = context or Quiet()
    stop_if_cancelled(job)
    job.progress(0, None, _READING)
    day = today or reader.clock.today()
    planner = _Planner(reader, file, record_type(type_name), mapping, day, job, Answers(answers or {}))
    read = tables if tables is not None else read_tables(file, job)
    if mapping is None:
        planner.remember_form(known_form(reader, type_name, read))
    planner.find_tables(read, {**planner.answers.said(Asked.UNIT), **(units or {})}, sheet)
    if all(question.suggested for question in planner.plan.open_questions):
        with collector_at_rest():
            planner.read_rows()
            planner.build_records()
    planner.plan.problems.sort(key=lambda p: p.severity.rank)
    return planner.plan


def apply_import(
    workspace: Workspace,
    plan: ImportPlan,
    *,
    skip_errors: bool = False,
    reason: str = "",
    entry: Entry | None = None,
    context: JobContext | None = None,
) -> SavedMany:
    """Save what a plan holds, in one transaction.

    Args:
        skip_errors: Save the rows without errors although others have some.
        entry: The entry service of the window, so that its screens and undo know.

    Raises:
        UserError: IMP-014 the plan has errors or open questions, IMP-018 something was saved since the plan was made, and
            what saving refuses. Nothing is half-written.
    """
    errors = plan.errors
    if plan.open_questions or (errors and not skip_errors):
        raise WorkbookProblem.HAS_ERRORS.error(problems=tuple(errors), count=len(errors))
    if workspace.read.journal_size() != plan.journal_size:
        raise WorkbookProblem.CHANGED_MEANWHILE.error()
    service = entry or Entry(workspace)
    wanted = ((row.record, row.record_id) for row in plan.rows if row.action is not Action.UNCHANGED)
    told = IMPORTED.format(kind=record_type(plan.record_type).label, name=plan.file.name)
    with collector_at_rest(), workspace.operation(told), workspace.journal.transaction():
        add_villages(workspace, plan.places)
        saved = service.save_many(wanted, reason=reason or f"导入 {plan.file.name}", context=context, checked=True)
    return replace(saved, unchanged=saved.unchanged + plan.unchanged)


def _refuse_foreign(reader: Reader, kind: RecordType) -> None:
    """Raise IMP-026 when this workplace may not author the type: better before the file is read than at the end."""
    found = reader.sql("SELECT value FROM setting WHERE key='workspace.role'")
    if found and found[0][0] not in [role.value for role in kind.authors]:
        who = _listed([role.label.inside for role in sorted(kind.authors)])
        raise WorkbookProblem.NOT_AUTHOR.error(record=kind.label, authors=who)


class _Planner:
    def __init__(
        self, reader: Reader, file: Path, kind: RecordType, mapping: Mapping | None, today: date, job: JobContext,
        answers: Answers,
    ) -> None:  # fmt: skip
        self.kind = kind
        self.mapping = mapping
        self.today = today
        self.job = job
        self.answers = answers
        self.reader = reader
        self.clock = reader.clock
        self.directory = Directory(reader)
        self.villages = VillageNames(reader, answers)
        self.plan = ImportPlan(file, kind.name, answers=answers, journal_size=reader.journal_size())
        self.unusual = Unusual(reader)
        self.located: list[Located] = []
        self.drafts: dict[Key, Draft | PlainDraft] = {}
        self.known: dict[Key, str] = {}
        self.keys = self.directory.keys(kind.name)
        self.olds: Packed[object] = Packed()
        self.constants = self._parsed_constants()
        self.headings: dict[str, tuple[RawTable, int, str]] = {}  # by field: table, column, text
        self.uncoded: list[tuple[Located, int, RowReading]] = []  # households whose code is still to be found
        self.setting = Setting(
            kind, today, self.directory, self.plan.problems.append, self.villages, self._draft_of, answers
        )

    def say(self, said: WorkbookProblem, place: str = "", field_name: str | None = None, **values: object) -> None:
        """Note a finding."""
        self.plan.problems.append(said.at(place, field_name, **values))

    def remember_form(self, form: KnownForm | None) -> None:
        """Read the headings as somebody mapped them before."""
        if form is not None:
            self.mapping, self.plan.form_known_on, self.plan.by_hand = form.mapping, form.on, form.mapping.columns
            self.constants = self._parsed_constants()
            self.say(WorkbookProblem.FORM_KNOWN, self.plan.file.name, on=form.on)

    # --- tables ----------------------------------------------------------------------------------------------------------

    def find_tables(self, tables: list[RawTable], units: MappingType[str, str], sheet: str | None) -> None:
        """Choose the sheets that hold records of this type, and understand their headings."""
        wanted = [t for t in tables if t.name == sheet] if sheet else [t for t in tables if not t.hidden]
        if sheet and not wanted:
            raise WorkbookProblem.NO_SHEET.error(
                file=self.plan.file.name, sheet=sheet, known="、".join(t.name for t in tables)
            )
        wanted = [t for t in wanted if t.rows and t.name != CONTROL_NAME]
        found = [f for t in wanted if (f := locate(t, self.kind, self.mapping, units)) is not None]
        if not found:
            given = defaults_of(self.kind)
            labels = [
                f.label for f in self.kind.fields if f.required and f.kind is not Kind.LINES and f.name not in given
            ][:8]
            raise WorkbookProblem.NO_HEADINGS.error(
                file=self.plan.file.name, record=self.kind.label, wanted=_listed(labels)
            )
        whole = [f for f in found if not self._missing_keys(f)]
        if not whole:
            missing = min((self._missing_keys(f) for f in found), key=len)
            raise WorkbookProblem.COLUMN_MISSING.error(
                file=self.plan.file.name, labels=_listed([f.label for f in missing])
            )
        self.located = self._chosen(whole)
        self.for_all = ForAll(self.kind, self.reader, self.answers, self.villages, self.today, self.located[0],
                              self.plan.file.stem, self.plan.problems.append)  # fmt: skip
        missing = self._missing_everywhere()
        if any(f.name in self.kind.key or self._numbers(f) for f in missing):  # else it is asked where a record is new
            self._ask_for_all(missing)
        for table in wanted:
            if not any(f.table is table for f in self.located):
                self.say(WorkbookProblem.SHEET_IGNORED, table.name, record=self.kind.label)
        for each in self.located:
            self._note(each)

    def _note(self, found: Located) -> None:
        self.plan.problems += found.problems
        for question in found.questions:
            self.answers.ask(question)
        self.plan.columns += read_columns(found)
        # From here on sentences call a column what the file calls it.
        found.matches = [called_as_in_file(match) for match in found.matches]
        for match in found.matches:
            if match.target.fixed:
                continue  # one of several columns of the same field
            self.headings.setdefault(
                match.target.path.partition(">")[0], (found.table, match.heading.column, match.heading.shown)
            )
        if found.ignored:
            named = "、".join(h.shown for h in found.ignored)
            self.say(WorkbookProblem.IGNORED, found.table.name, headings=named)

    def _given(self, found: Located) -> set[str]:
        """Return the fields a table can fill: links by any part of their key, lists by any field of their lines."""
        paths = found.paths | set(self.constants)
        if self.mapping:
            paths |= set(self.mapping.compose)
        return {path.partition(">")[0].partition(".")[0] for path in paths}

    def _missing_keys(self, found: Located) -> list[Field]:
        given = self._given(found)
        if self.kind.name == "household" and "head_name" in given:
            given = given | {"code"}  # matched by identity and name, or numbered
        lacking = [f for f in self.kind.fields if f.required and f.name not in given]
        if all(map(self._holds_for_all, lacking)):
            return []
        return [f for f in lacking if f.name in self.kind.key]

    # --- what no column says ---------------------------------------------------------------------------------------------

    def _holds_for_all(self, described: Field) -> bool:
        return holds_for_all(self.kind, described)

    def _numbers(self, described: Field) -> bool:
        """Whether households without codes can not be numbered before this is known."""
        coded = any("code" in self._given(found) for found in self.located)
        return self.kind.name == "household" and described.name == "village_code" and not coded

    @cached_property
    def given(self) -> set[str]:
        """Fields that some sheet has a column for."""
        return set().union(*(self._given(found) for found in self.located))

    def _missing_everywhere(self) -> list[Field]:
        given = self.given | ({"code"} if self.kind.name == "household" else set())
        return [f for f in self.kind.fields if f.required and f.name not in given | set(defaults_of(self.kind))]

    def _ask_for_all(self, fields: list[Field]) -> None:
        """Ask what holds for every record of the file, and keep the answers as constants."""
        for described in filter(self._holds_for_all, fields):
            value = self.for_all.value(described)
            if value is not None:
                self.constants[described.name] = value

    # --- which sheets ----------------------------------------------------------------------------------------------------

    def _chosen(self, found: list[Located]) -> list[Located]:
        """Sheets named like the record type, else the most complete ones, and those with the same columns; and sheets that
        add lines to them. About others that would do as well, somebody is asked."""
        names = _names_of(self.kind)
        named = [f for f in found if fold(f.table.name) in names]
        required = {f.name for f in self.kind.fields if f.required}
        lacking = {id(f): len(required - self._given(f)) for f in found}
        best = named or [f for f in found if lacking[id(f)] == min(lacking.values())]
        lines = [f for f in found if any(m.target.list_name and not m.target.fixed for m in f.matches)]
        shape = {m.target.path for m in best[0].matches}
        foreign = set().union(*(_names_of(kind) for kind in all_types() if kind is not self.kind))
        chosen = []
        for each in found:
            is_best = any(each is b for b in best)
            same = {m.target.path for m in each.matches} == shape
            wanted = same or is_best or any(each is x for x in lines)
            others = fold(each.table.name) not in foreign and lacking[id(each)] <= lacking[id(best[0])]
            if (is_best and not same and not named) or (not wanted and others):
                wanted = self.answers.ask(Question(
                    Asked.SHEET, each.table.name, each.table.name,
                    _SHEET.format(sheet=each.table.name, record=self.kind.label, first=best[0].table.name),
                    READ_OR_LEAVE, suggested=READ if is_best else LEAVE)) == READ  # fmt: skip
            if wanted:
                chosen.append(each)
        return chosen

    # --- rows ------------------------------------------------------------------------------------------------------------

    def read_rows(self) -> None:
        """Turn every data row into values of a draft record, and account for every other."""
        for found in self.located:
            self._read_table(found)
        self.plan.problems += self.setting.asides.problems()
        skipped = self.plan.accounts.get(RowKind.CONDITION)
        if skipped:
            self.say(WorkbookProblem.ROWS_LEFT_OUT, count=skipped)
        if self.uncoded:
            self._find_codes()
        self._ask_about_totals()
        if self.kind.by_name.get("village_code") is not None:
            for code in dict.fromkeys(draft.value("village_code") for draft in self.drafts.values()):
                if code:
                    self.villages.note_code(code)
        self.plan.places = self.villages.to_make()
        waits = self.plan.open_questions
        if not self.drafts and not self.plan.errors and not waits:
            raise WorkbookProblem.NO_ROWS.error(file=self.plan.file.name)

    def _read_table(self, found: Located) -> None:
        rows = found.table.rows
        last = next((n for n in range(len(rows), 0, -1) if any(map(is_filled, rows[n - 1]))), 0)
        telling, filled = RowKinds(found, self.kind), merged_down(found)
        kinds = {
            number: row_kind
            for number, row in enumerate(islice(rows, found.last_heading + 1, last), found.last_heading + 1)
            if not telling.is_surely_record(row) and (row_kind := telling.of(row)) is not None
        }
        records = (number for number in range(found.last_heading + 1, last) if number not in kinds)
        kinds |= dict.fromkeys(unread(found, records, self.answers, self.plan.problems.append), RowKind.HIDDEN)
        sums = Sums(found, found.table.hidden_rows.__contains__) if RowKind.TOTAL in kinds.values() else None
        by_column = self.mapping is None or not self.mapping.changes_cells
        plain = PlainColumns.of_table(found, self.setting, self.constants) if by_column else None
        reading = PlainReading(plain, self.setting) if plain is not None else None
        for start in range(found.last_heading + 1, last, _STEP):
            stop_if_cancelled(self.job)
            self.job.progress(start, last, _READING)
            block = rows[start : min(start + _STEP, last)]
            said = reading.read(block) if reading is not None else [None] * len(block)
            for number, row in enumerate(block, start):
                row_kind = kinds.get(number)
                if sums is not None and row_kind in (None, RowKind.HIDDEN):  # a total may count what is hidden
                    sums.record(number, row)
                if row_kind is None:
                    values = said[number - start]
                    if plain is None or values is None or number in filled or not self._take(plain, number, values):
                        row_kind = self._read_record(found, number, row, filled.get(number, {}))
                elif row_kind is RowKind.TOTAL and sums is not None:
                    self.plan.problems += sums.total(number, row, telling.sum_word(row) or "")
                if row_kind is not None:
                    self._account(found, number, row_kind)

    def _take(self, plain: PlainColumns, number: int, values: Values) -> bool:
        """Take a plain row as the first that speaks of its record; return whether it is."""
        key = plain.key_of(values)
        if key in self.drafts or any(
            value is None and self.kind.by_name[name].required for name, value in zip(self.kind.key, key, strict=True)
        ):
            return False
        self._begin(key, plain.draft(key, number, values))
        return True

    def _read_record(
        self, found: Located, number: int, row: list[Any], merged: MappingType[int, Any]
    ) -> RowKind | None:
        """Read a row that is a record; return what it is when no draft will say so."""
        cells = {m.heading.column: _cell(row, m.heading.column) for m in found.matches}
        cells.update(merged)
        if self.mapping is not None and self.mapping.changes_cells:
            by_name = {fold(h.text): _cell(row, h.column) for h in found.headings}
            if not self.mapping.wanted(by_name):
                return RowKind.CONDITION
        return self._read_row(found, number, row, cells)

    def _find_codes(self) -> None:
        """Match households without a code to those on record, or number them; rows with codes were read before."""
        codes = HouseholdCodes(self.reader, self.answers, usual=not self.drafts)
        for (code,) in self.drafts:
            codes.taken(str(code))
        for count, (found, number, reading) in enumerate(self.uncoded):
            if count % _STEP == 0:
                stop_if_cancelled(self.job)
                self.job.progress(count, len(self.uncoded), _NUMBERING)
            fate: RowKind | None = RowKind.REFUSED
            lacking = [f for name in ("village_code", "head_name") if reading.values.get(name) is None
                       and (f := self.kind.by_name[name])]  # fmt: skip
            if reading.waiting:
                fate = RowKind.WAITING
            elif lacking and not reading.broken:
                missing = RecordProblem.REQUIRED.problem(lacking[0].name, label=reading.called(lacking[0].name))
                reading.wrong(replace(missing, place=str(reading.place)))
            elif not reading.broken:
                try:
                    code, problem = codes.code_for(reading.values, reading.place)
                except Unanswered:
                    fate, code, problem = RowKind.WAITING, None, None
                if problem is not None:
                    (self.plan.problems.append if code else reading.wrong)(problem)
                if code is not None:
                    reading.values["code"] = code
                if code is not None or (problem is None and fate is RowKind.REFUSED):
                    fate = None if reading.finish() is not None else RowKind.REFUSED
            if fate is not None:
                self._account(found, number, fate)

    def _ask_about_totals(self) -> None:
        differing = [p for p in self.plan.problems if p.code == WorkbookProblem.TOTAL_DIFFERS.code]
        if differing:
            self.answers.ask(Question(
                Asked.TOTALS, self.plan.file.name, differing[0].place, _TOTALS.format(count=len(differing)),
                ((CHECKED, _CHECKED),)))  # fmt: skip

    def _account(self, found: Located, number: int, row_kind: RowKind) -> None:
        self.plan.accounts[row_kind] += 1
        if row_kind not in (RowKind.BLANK, RowKind.REFUSED, RowKind.WAITING):
            row = found.table.rows[number]
            words = " ".join(dict.fromkeys(cell_text(v) for v in row if is_filled(v)))
            self.plan.others.append((found.table.place(number), row_kind, words[:60]))

    def _read_row(self, found: Located, number: int, row: list[Any], cells: dict[int, Any]) -> RowKind | None:
        """Take a row into the draft of its record; return what it is when no draft will say so."""
        composed: dict[str, Any] = {}
        if self.mapping is not None and self.mapping.changes_cells:
            by_name = {fold(h.text): _cell(row, h.column) for h in found.headings}
            by_name = self.mapping.changed(by_name)
            composed = self.mapping.composed(by_name)
            for match in found.matches:
                cells[match.heading.column] = by_name.get(fold(match.heading.text), cells[match.heading.column])
        reading = RowReading(self.setting, found, number)
        reading.values.update(self.constants)
        for match in found.matches:
            reading.take(match.target, cells[match.heading.column], match.heading.column, match.factor)
        for path, value in composed.items():
            target = path_target(self.kind, path)
            assert target is not None
            reading.take(target, value, None, Decimal(1))
        if self.kind.name == "household" and reading.values.get("code") is None and "code" not in reading.failed:
            self.uncoded.append((found, number, reading))
            return None
        if reading.finish() is not None:
            return None
        return RowKind.WAITING if reading.waiting else RowKind.REFUSED

    def _draft_of(self, key: Key, place: Spot) -> tuple[Draft, bool]:
        """Return the draft of a record, and whether this is its first row.

        A new record has its id at once, so that later rows of the file can point to it.
        """
        draft = self.drafts.get(key)
        if isinstance(draft, PlainDraft):
            draft = self.drafts[key] = draft.whole()
        if draft is not None:
            return draft, False
        draft = Draft(key, place)
        self._begin(key, draft)
        return draft, True

    def _begin(self, key: Key, draft: Draft | PlainDraft) -> None:
        self.drafts[key] = draft
        saved = self.keys.with_key(key)
        if saved:
            self.known[key] = min(saved)  # the oldest, should there be several
        else:
            self.keys.add(new_record_id(self.clock), key)

    def _id_of(self, key: Key) -> str:
        """Return the record a key names: that on record, or the new one of this file."""
        return self.known.get(key) or self.keys.with_key(key)[0]

    def _parsed_constants(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        if self.mapping is None:
            return out
        for path in (*self.mapping.columns.values(), *self.mapping.compose, *self.mapping.constants):
            if path and path_target(self.kind, path) is None:
                raise WorkbookProblem.NOT_A_MAPPING.error(file="mapping", part=path)
        for path, text in self.mapping.constants.items():
            target = path_target(self.kind, path)
            assert target is not None
            value, wrong = parse_value(target.field, text, self.today)
            if wrong is not None and wrong.severity is Severity.ERROR:
                raise WorkbookProblem.NOT_A_MAPPING.error(file="mapping", part=f"{path}: {wrong.text.zh}")
            out[path] = value
        return out

    # --- records ---------------------------------------------------------------------------------------------------------

    def build_records(self) -> None:
        """Make records of the drafts, on top of what is saved already, and check them."""
        missing = self._say_for_new()
        changed: list[PlannedRow] = []
        drafts: list[Draft | PlainDraft] = []  # of each of them
        rest, done = iter(self.drafts.items()), 0
        while block := list(islice(rest, _STEP)):
            stop_if_cancelled(self.job)
            self.job.progress(done, len(self.drafts), _CHECKING)
            done += len(block)
            known = [self.known[key] for key, _ in block if key in self.known]
            saved = self.directory.records(self.kind.name, known)
            for key, draft in block:
                old = saved.get(self.known.get(key, ""))
                planned = self._planned(draft, old) if isinstance(draft, PlainDraft) and not missing else None
                if planned is None:
                    draft = draft.whole() if isinstance(draft, PlainDraft) else draft
                    planned = None if draft.broken else self._build(draft, old, missing)
                    fate = RowKind.WAITING if draft.waiting else RowKind(planned.action) if planned else RowKind.REFUSED
                    self.plan.accounts[fate] += draft.rows
                    if draft.repeats:
                        self.plan.accounts[RowKind.REPEATED] += draft.repeats
                else:
                    self.plan.accounts[RowKind(planned.action)] += 1
                if planned is not None:
                    self.plan.rows.append(planned)
                    if planned.action is not Action.UNCHANGED:
                        changed.append(planned)
                        drafts.append(draft)
        if self.kind.name == "household":
            self.plan.problems += same_identities(self.reader, self.plan.rows)
        rows = ((planned.record_id, planned.record) for planned in changed)
        for at, problem in sums_after(self.reader, self.kind, rows):
            self.plan.problems.append(self._placed(drafts[at], problem))
        for start in range(0, len(changed), _ASKED_AT_ONCE):
            end = start + _ASKED_AT_ONCE
            self._ask_about(changed[start:end], drafts[start:end])

    def _ask_about(self, changed: list[PlannedRow], drafts: list[Draft | PlainDraft]) -> None:
        """List what other records say against the new ones: far from the last time, far above all others."""
        found = self.unusual.problems_of([(planned.record, planned.record_id) for planned in changed])
        for draft, problems in zip(drafts, found, strict=True):
            self.plan.problems += [self._placed(draft, each) for each in problems]

    def _placed(self, draft: Draft | PlainDraft, problem: Problem) -> Problem:
        """Return a problem of a record as one of the file: at its cell, by the heading of its column."""
        place, name = place_of(draft, problem), problem.field or ""
        table, column, heading = self.headings.get(name, (None, None, ""))
        if table is draft.place.table and name not in draft.places and problem.line is None:
            place = str(draft.place._replace(column=column))
        if problem.code == RecordProblem.REQUIRED.code and heading:
            problem = RecordProblem.REQUIRED.problem(name, label=heading)
        return replace(
            problem,
            place=place,
            text=as_called(problem.text, name, self.kind, {path: h for path, (_, _, h) in self.headings.items()}),
        )

    def _problems(self, record: object, old: object) -> list[Problem]:
        return problems_between(record, self.kind) if old is None else check_record(record, self.today)

    def _completed(self, draft: Draft, record: Any, problems: list[Problem]) -> Any:
        """Return a record with what its other values ask for and no column says: an account's holder and bank."""
        for problem in problems:
            described = self.kind.by_name.get(problem.field or "")
            if problem.code != RecordProblem.REQUIRED_BECAUSE.code or described is None or described.name in self.given:
                continue
            if self._holds_for_all(described):
                value = self.for_all.value(described)
                named = value[len(SAME_AS) :] if isinstance(value, str) and value.startswith(SAME_AS) else ""
                if named in self.kind.by_name:
                    value = getattr(record, named)
                draft.waiting = draft.waiting or value is None
                record = replace(record, **{described.name: value})
        return record

    def _say_for_new(self) -> list[str]:
        """Ask for what new records need and no column says; return the fields nobody can say for all of them at once."""
        missing = [f for f in self._missing_everywhere() if f.name not in self.constants]
        if not missing:
            return []
        drafts = {key: d.whole() if isinstance(d, PlainDraft) else d for key, d in self.drafts.items()}
        self.drafts = {**drafts}
        fresh = [d for d in drafts.values() if d.key not in self.known and not d.broken]
        if not fresh:
            return []
        if not all(map(self._holds_for_all, missing)):
            self.say(
                WorkbookProblem.COLUMN_MISSING, file=self.plan.file.name, labels=_listed([f.label for f in missing])
            )
            return [f.name for f in missing]
        before = set(self.constants)
        self._ask_for_all(missing)
        said = {name: value for name, value in self.constants.items() if name not in before}
        for draft in fresh:
            draft.values = {**said, **draft.values}
            draft.waiting = any(f.name not in said for f in missing)
        return [f.name for f in missing]

    def _planned(self, draft: PlainDraft, old: Any) -> PlannedRow | None:
        """Return what a plain row does, ``None`` where anything is to be said about it."""
        record = draft.record(old)
        if old is not None and old == record:
            return PlannedRow(self.known[draft.key], Action.UNCHANGED, draft, self._kept(old))
        known = None if old is None else self.known[draft.key]
        if self._problems(record, old) or differences(self.reader, known, record):
            return None
        action = Action.NEW if known is None else Action.CHANGED
        return PlannedRow(self._id_of(draft.key), action, draft, self._kept(old))

    def _build(self, draft: Draft, old: Any, missing: list[str]) -> PlannedRow | None:
        lines = lines_of(self.kind, draft, old)
        blank = self.kind.cls(**initial_values(self.kind.cls)) if old is None else old
        record = replace(blank, **draft.values, **lines)
        if old is not None and old == record:
            return PlannedRow(self.known[draft.key], Action.UNCHANGED, record, self._kept(old), draft.place)
        problems = self._problems(record, old)
        completed = self._completed(draft, record, problems)
        if draft.waiting:
            return None
        if completed is not record:
            record, problems = completed, self._problems(completed, old)
        sums = differences(self.reader, None if old is None else self.known[draft.key], record)
        problems += [each for each in sums if each.severity is Severity.ERROR]
        for each in problems:
            if not (each.code == RecordProblem.REQUIRED.code and each.field in missing):
                self.plan.problems.append(self._placed(draft, each))
        if any(p.severity is Severity.ERROR for p in problems):
            return None
        action = Action.NEW if old is None else Action.CHANGED
        return PlannedRow(self._id_of(draft.key), action, record, self._kept(old), draft.place)

    def _kept(self, old: object) -> tuple[Packed[object], int] | None:
        """Keep what stands now, packed: of sixty thousand records most is asked for once."""
        if old is None:
            return None
        self.olds.append(old)
        return self.olds, len(self.olds) - 1


def _names_of(kind: RecordType) -> set[str]:
    return {fold(text) for label in (kind.label, kind.plural) for text in (label.zh, label.en)}


def _cell(row: list[Any], column: int) -> Any:
    return row[column] if column < len(row) else ""


def _listed(labels: list[Text]) -> Text:
    return Text("、".join(t.zh for t in labels), ", ".join(t.en for t in labels))
