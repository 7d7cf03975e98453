"""One row of a table on its way to a record: cells parsed, links resolved, lines gathered, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from station_app.domain.fields import Field, Form, Kind, described_fields, initial_values
from station_app.domain.parsing import CODED, parsed_number, serial_date
from station_app.domain.problems import Problem, Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.domain.validation import at_line, parse_value
from station_app.exchange.excel.asides import Asides
from station_app.exchange.excel.headings import UNDIVIDED, Target
from station_app.exchange.excel.links import Directory, Keys, key_part
from station_app.exchange.excel.locate import Located, line_identity
from station_app.exchange.excel.mapping import cell_text
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.questions import Answers, Asked, Question, Unanswered
from station_app.exchange.excel.reader import PICTURE, Broken, RawTable
from station_app.exchange.excel.village_names import VillageNames

if TYPE_CHECKING:
    from station_app.exchange.excel.plain_rows import PlainDraft

_REMEMBERED = 200_000
TAKE, CORRECT = "take", "correct"  # answers about a column of dates or of too many places
_OFFERED = (RecordProblem.TOO_MANY_PLACES.code, RecordProblem.DATE_SERIAL.code)
_SERIAL = Text("“{heading}”列里有数字，例如 {value}：这是表格软件的日期序号，即 {day}。按日期读取？",
               "Column {heading} holds numbers such as {value}: as a spreadsheet's serial number that is {day}. Read them as dates?")  # fmt: skip
_AS_DATE = Text("按日期读取", "read them as dates")
_PLACES = Text("“{heading}”列里有的数超过 {places} 位小数，例如 {value}。取 {places} 位小数({rounded})？",
               "Column {heading} holds numbers with more than {places} decimal places, such as {value}. Take {places} places "
               "({rounded})?")  # fmt: skip
_AS_ROUNDED = Text("四舍五入，取 {places} 位小数", "round to {places} places")
_AS_IT_IS = Text("不，逐处改正", "no, each is to be put right")
_NONE_WORDS = frozenset({"无", "没有", "无。"})
NONE_MARKS = frozenset(
    {"—", "——", "-", "--", "---", "－", "–", "―", "─", "──", "/", "／", "//", "\\", "＼", *_NONE_WORDS}
)
_FOUR_YEARS = 1462  # days between the calendars that begin in 1900 and in 1904
MERGED = object()  # stands in a row for a number that is merged over several rows


class Spot(NamedTuple):
    """A cell or row of a table; becomes words only where something is said about it."""

    table: RawTable
    row: int
    column: int | None = None

    def __str__(self) -> str:
        return self.table.place(self.row, self.column)


@dataclass(slots=True)
class Draft:
    """What the rows of a file say about one record so far."""

    key: tuple[object, ...]
    place: Spot
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, Spot] = field(default_factory=dict)
    lines: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    line_places: dict[str, list[Spot]] = field(default_factory=dict)
    wide: bool = False
    broken: bool = False
    rows: int = 0  # of the file; those that only repeat it are counted apart
    repeats: int = 0
    waiting: bool = False  # for an answer

    def value(self, name: str) -> Any:
        return self.values.get(name)


@dataclass
class Setting:
    """What reading a row needs to know of the import."""

    kind: RecordType
    today: date
    directory: Directory
    note: Callable[[Problem], None]
    villages: VillageNames
    draft_of: Callable[[tuple[object, ...], Spot], tuple[Draft, bool]]
    answers: Answers
    asides: Asides = field(default_factory=Asides)
    seen: dict[tuple[str, type, Any, Decimal], tuple[Any, Problem | None]] = field(default_factory=dict)


class RowReading:
    """One row: ``take`` each cell, then ``finish``."""

    def __init__(self, setting: Setting, found: Located, row: int) -> None:
        self.setting = setting
        self.found = found
        self.row = row
        self.place = Spot(found.table, row)
        self.values: dict[str, object] = {}
        self.places: dict[str, Spot] = {}
        self.links: dict[str, dict[str, object]] = {}
        self.shown: dict[str, str] = {}
        self.headed: dict[str, Text] = {}  # what the file calls the column of a link
        self.wide: list[dict[str, object]] = []
        self.wide_places: list[Spot] = []
        self.broken = False
        self.waiting = False
        self.failed: set[str] = set()  # paths whose cell is wrong

    def take(self, target: Target, raw: object, column: int | None, factor: Decimal) -> None:
        if raw is None or raw == "":
            return
        place = Spot(self.found.table, self.row, column)
        raw = self._meant(target, raw, column)
        if raw == "":
            return
        if isinstance(raw, Broken) or raw is MERGED:
            self.failed.add(target.path)
            said = WorkbookProblem.MERGED_NUMBER if raw is MERGED else WorkbookProblem.BROKEN_CELL
            self.wrong(said.at(str(place), target.path, label=target.field.label,
                               error=raw.said if isinstance(raw, Broken) else ""))  # fmt: skip
            return
        try:
            value, problem = self._parsed(target, raw, factor)
            if problem is not None and column is not None and problem.code in _OFFERED:
                value, problem = self._offered(target, raw, factor, column, problem)
        except Unanswered:
            self.broken = self.waiting = True
            self.failed.add(target.path)
            return
        if problem is not None:
            said_here = replace(problem, place=str(place), field=target.path)
            if problem.severity is Severity.ERROR:
                self.failed.add(target.path)
                self.wrong(said_here)
                return
            self.setting.note(said_here)
        if value is None or value == ():
            return
        if target.fixed:
            self.wide.append({**dict(target.fixed), target.path.split(".")[1]: value})
            self.wide_places.append(place)
        elif target.link_name:
            self.links.setdefault(target.link_name, {})[target.path.split(">")[1]] = value
            self.shown[target.link_name] = cell_text(raw)
            self.headed[target.link_name] = target.field.label
            self.places[target.link_name] = place
        else:
            self.values[target.path] = value
            self.places[target.path] = place

    def _meant(self, target: Target, raw: object, column: int | None) -> object:
        """Return what a cell says beyond its bare value: its number format, a mark for nothing, a picture."""
        described, table = target.field, self.found.table
        said = None
        if isinstance(raw, str):
            if raw.strip() in NONE_MARKS and self._is_nothing(described, raw):
                said = WorkbookProblem.NONE_MARKS
        elif isinstance(raw, float) and column is not None:
            shape = table.format(self.row, column)
            if shape.percent and described.unit == "%":
                return Decimal(format(raw, ".15g")) * 100
            if shape.digits and described.kind in (Kind.TEXT, Kind.CODE) and raw.is_integer() and raw >= 0:
                return str(int(raw)).zfill(shape.digits)
            if table.epoch_1904 and described.kind is Kind.DATE:
                return raw + _FOUR_YEARS
        elif raw is PICTURE:
            said = WorkbookProblem.PICTURE_IN_CELL
        elif isinstance(raw, Broken) and raw.or_empty and described.kind is Kind.TEXT and not described.required:
            said = WorkbookProblem.FORMULA_EMPTY
        if said is None:
            return raw
        self.setting.asides.note(said, table, self.row, column, target.path, described.label, str(raw).strip())
        return ""

    def _is_nothing(self, described: Field, raw: str) -> bool:
        """Whether a mark stands for an empty cell; a word stays where it may be meant."""
        if described.kind in (Kind.CODE, Kind.CODES, Kind.BOOL):
            return parse_value(described, raw)[1] is not None
        return raw.strip() not in _NONE_WORDS or described.kind is not Kind.TEXT or described.form in CODED

    def _offered(self, target: Target, raw: object, factor: Decimal, column: int, problem: Problem) -> tuple[Any, Any]:
        """Return what a cell is once somebody said it of the whole column: rounded, or the day of a serial number."""
        described, table = target.field, self.found.table
        heading = next((m.heading.shown for m in self.found.matches if m.heading.column == column), "")
        names = {"heading": heading, "value": cell_text(raw), "places": described.places}
        if problem.code == RecordProblem.DATE_SERIAL.code:
            day = serial_date(raw.strip() if isinstance(raw, str) else raw)
            asked, text, options = Asked.SERIAL, _SERIAL.format(day=day, **names), (TAKE, _AS_DATE)
        else:
            number, _ = parsed_number(described, raw)
            if number is None:
                return None, problem
            day = None
            rounded = (number * factor).quantize(Decimal(1).scaleb(-described.places), ROUND_HALF_UP)
            asked, text = Asked.PLACES, _PLACES.format(rounded=rounded, **names)
            options = (TAKE, _AS_ROUNDED.format(**names))
        answer = self.setting.answers.ask(Question(
            asked, heading, table.place(self.row, column), text, (options, (CORRECT, _AS_IT_IS)), target.path,
            suggested=TAKE))  # fmt: skip
        if answer != TAKE:
            return None, problem
        return parse_value(described, day if day is not None else rounded, self.setting.today)

    def _parsed(self, target: Target, raw: object, factor: Decimal) -> tuple[object, Problem | None]:
        """Parse a cell; what a column said before (a village, a bank, a year) is not parsed again."""
        key = (target.path, type(raw), raw, factor)
        seen = self.setting.seen
        if key in seen:
            return seen[key]
        found = self._named_or_parsed(target.field, raw, factor)
        if len(seen) < _REMEMBERED:
            seen[key] = found
        return found

    def _named_or_parsed(self, described: Field, raw: object, factor: Decimal) -> tuple[object, Problem | None]:
        if described.form is Form.REGION and isinstance(raw, str) and raw.strip() and not raw.strip()[:1].isdigit():
            place = Spot(self.found.table, self.row)
            raw, problem = self.setting.villages.code_of(raw, str(place), described.label)
            if problem is not None:
                return None, problem
        return parsed_cell(described, raw, factor, self.setting.today)

    def called(self, name: str) -> Text:
        """Return what the file calls the column of a field, the field's own label where it has none."""
        matched = (m.target.field.label for m in self.found.matches if m.target.path.partition(">")[0] == name)
        return next(matched, self.setting.kind.by_name[name].label)

    def wrong(self, problem: Problem) -> None:
        """Note an error of this row; its record is not saved."""
        self.setting.note(problem)
        self.broken = True

    def finish(self) -> Draft | None:
        """Resolve links and hand the row to the draft of its record; ``None`` when its key is not known."""
        kind = self.setting.kind
        self._resolve_links()
        key = tuple(self.values.get(name) for name in kind.key)
        lacking = [
            kind.by_name[n] for n, v in zip(kind.key, key, strict=True) if v is None and kind.by_name[n].required
        ]
        if lacking:
            if not self.broken:
                missing = RecordProblem.REQUIRED.problem(lacking[0].name, label=self.called(lacking[0].name))
                self.wrong(replace(missing, place=str(self.place)))
            return None
        draft, is_new = self.setting.draft_of(key, self.place)
        draft.broken = draft.broken or self.broken
        draft.waiting = draft.waiting or self.waiting
        has_lines = self._take_lines(draft)
        self._merge(draft, is_new, has_lines)
        return draft

    def _resolve_links(self) -> None:
        failed: dict[int | None, Problem] = {}
        resolved: set[int | None] = set()
        for name, key in self.links.items():
            keys = self.setting.directory.keys(self.setting.kind.by_name[name].target)
            found = keys.find(key)
            if len(found) > 1:
                found = self._narrowed(keys, key, found)
            place = self.places[name]
            column = place.column
            if len(found) == 1:
                self.values[name] = found[0]
                resolved.add(column)
            elif found or column not in failed:
                label = self.headed.get(name) or keys.kind.by_name[next(iter(key))].label
                failed[column] = (WorkbookProblem.LINK_AMBIGUOUS if found else WorkbookProblem.LINK_UNKNOWN).at(str(place), name,
                                         label=label, value=self.shown[name], target=keys.kind.label)  # fmt: skip
        # One cell may be the key of two links, of which one is meant: then the other does not fail.
        for at, problem in failed.items():
            if at not in resolved:
                self.wrong(problem)

    def _narrowed(self, keys: Keys, key: dict[str, object], found: tuple[str, ...]) -> tuple[str, ...]:
        """Use the row's own value of a key field of the same name (a plot's date) where that leaves one."""
        target = keys.kind
        extra = {n: self.values[n] for n in target.key if n not in key and n in self.values
                 and key_part(target.by_name[n])}  # fmt: skip
        narrowed = keys.find({**key, **extra}) if extra else found
        return narrowed if len(narrowed) == 1 else found

    def _take_lines(self, draft: Draft) -> bool:
        """Move the row's line values to the draft; return whether there were any."""
        taken = False
        for listed in self.setting.kind.lists:
            prefix = f"{listed.name}."
            said = [p for p in self.places if p.startswith(prefix)]
            row = {p[len(prefix) :]: self.values.pop(p) for p in [*self.values] if p.startswith(prefix)}
            rows, places = draft.lines.setdefault(listed.name, []), draft.line_places.setdefault(listed.name, [])
            if self.wide and listed.name == "class_counts":
                rows.extend(self.wide)
                places.extend(self.wide_places)
                draft.wide = taken = True
            elif any(not p.endswith("code") for p in said):
                if listed.name == "class_counts":
                    row.setdefault("class_code", UNDIVIDED)
                rows.append(row)
                places.append(self.place)
                taken = True
            elif not rows:
                del draft.lines[listed.name]
        return taken

    def _merge(self, draft: Draft, is_new: bool, has_lines: bool) -> None:
        """Put the row's own values into the draft; two rows of one record must not contradict each other."""
        kind = self.setting.kind
        for name, value in self.values.items():
            place = self.places.get(name, self.place)
            if draft.values.setdefault(name, value) != value:
                self.wrong(WorkbookProblem.REPEATED.at(str(place), name, record=kind.label, first=draft.place,
                                   label=self.called(name)))  # fmt: skip
                draft.broken = True
            draft.places.setdefault(name, place)
        if not is_new and not has_lines and not draft.broken:
            self.setting.note(WorkbookProblem.REPEATED_SAME.at(str(self.place), first=draft.place))
            draft.repeats += 1
        else:
            draft.rows += 1


def parsed_cell(described: Field, raw: Any, factor: Decimal, today: date) -> tuple[Any, Problem | None]:
    """Return the value of a cell in the field's unit and the first problem with it; ``factor`` makes that unit of the file's."""
    if factor != 1:
        plain, problem = parse_value(as_decimal(described), raw)
        if problem is not None or plain is None:
            return None, problem
        raw = (plain * factor).normalize()
    return parse_value(described, raw, today)


def merged_down(found: Located) -> dict[int, dict[int, object]]:
    """Return what cells merged over several data rows say in each of them; an amount is not shared out."""
    out: dict[int, dict[int, object]] = {}
    read = {m.heading.column: m.target.field for m in found.matches}
    for first, left, last, _ in found.table.merges:
        if last <= first or left not in read or first <= found.last_heading:
            continue
        cells = found.table.rows[first] if first < len(found.table.rows) else []
        value = cells[left] if left < len(cells) else ""
        is_amount = read[left].is_number and bool(read[left].unit)
        for row in range(first, last + 1):
            out.setdefault(row, {})[left] = MERGED if is_amount and value != "" else value
    return out


# --- records ---------------------------------------------------------------------------------------------------------


def lines_of(kind: RecordType, draft: Draft, old: object) -> dict[str, tuple[object, ...]]:
    """Return the lines of a record: those of the file, with what the file does not say kept from the saved ones.

    A wide count says nothing about classes whose cells are empty: they stay. One line a row is the whole list.
    """
    out: dict[str, tuple[object, ...]] = {}
    for name, rows in draft.lines.items():
        listed = kind.by_name[name]
        assert listed.line is not None
        identity = [f.name for f in line_identity(listed)]
        before = {tuple(getattr(x, n) for n in identity): x for x in (getattr(old, name) if old else ())}
        said: dict[tuple[object, ...], list[object]] = {}
        for row in rows:
            key = tuple(row.get(n) for n in identity)
            base = before.get(key)
            made = replace(base, **row) if base else listed.line(**{**initial_values(listed.line), **row})
            said.setdefault(key, []).append(made)
        if draft.wide:
            # Saved classes first and in their order, so that importing the same table again changes nothing.
            kept = [x for key, line in before.items() for x in said.pop(key, [line])]
            out[name] = tuple([*kept, *(x for made in said.values() for x in made)])
        else:
            out[name] = tuple(x for made in said.values() for x in made)
    return out


def problems_between(record: object, kind: RecordType) -> list[Problem]:
    """Return what is wrong with a record whose values were each checked when they were read: what is missing, and rules.

    A plan is saved without another look: a value that comes from anywhere else goes through ``parse_value`` first.
    """
    found = []
    values = record.__dict__
    for described in _needed(kind.name):
        value = values[described.name]
        if value is None or value == ():
            if described.required:
                found.append(RecordProblem.REQUIRED.problem(described.name, label=described.label))
        elif described.kind is Kind.LINES:
            assert described.line is not None
            needed = [f for f in described_fields(described.line) if f.required]
            for number, line in enumerate(value, 1):
                found += [
                    at_line(RecordProblem.REQUIRED.problem(f.name, label=f.label), described.name, number)
                    for f in needed if getattr(line, f.name) in (None, ())
                ]  # fmt: skip
    for rule in kind.rules:
        found += rule(record)
    return found


@cache
def _needed(type_name: str) -> tuple[Field, ...]:
    """Return the fields something may be missing in: required ones, and lists."""
    return tuple(f for f in record_type(type_name).fields if f.required or f.kind is Kind.LINES)


def as_decimal(described: Field) -> Field:
    """Return a field that takes any decimal, for values that are still to be converted."""
    return replace(described, kind=Kind.DECIMAL, places=9, minimum=None, maximum=None, soft_minimum=None,
                   soft_maximum=None)  # fmt: skip


def place_of(draft: Draft | PlainDraft, problem: Problem) -> str:
    """Return the cell of the file a problem of a record stands at, or its first row."""
    name = (problem.field or "").split(".")[0]
    places = draft.line_places.get(name, [])
    if problem.line is not None and problem.line <= len(places):
        return str(places[problem.line - 1])
    return str(draft.places.get(name, draft.place))
