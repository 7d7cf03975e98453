"""Sheets that every workbook of figures has: how a figure came about, which editions it used, what stands against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

from station_app.domain.calc.explanation import LINE_KINDS, Explanation, Result, lines_of
from station_app.domain.calc.numbers import round_to
from station_app.domain.codes import code_list, has_list, label_of
from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import has_type, record_type
from station_app.domain.text import CHINESE, Text
from station_app.domain.value_text import format_value
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.report_source import Source
from station_app.exchange.excel.sheets import Column as SheetColumn
from station_app.exchange.excel.sheets import Shape, Sheet
from station_app.services.figures.columns import NO, PAPER, YES, Column, on
from station_app.services.figures.references import FigureReference, RecordReference, parse_reference
from station_app.services.figures.standards import standards_of
from station_app.storage.reader import Filter, Query, Reader

_INDENT = "  "  # two ideographic spaces: the depth of a line, whatever the font
EXPLANATION = Text("计算过程", "Explanation")
FINDINGS = Text("提示", "Findings")
EDITIONS = Text("所用系数集", "Coefficient sets used")
_DOUBT = Text("带 [C]、[C-low] 标记的系数尚未核实，上报前须由负责人确认。",
              "Coefficients marked [C] or [C-low] are not verified; a person in charge confirms them before sending.")  # fmt: skip
_HOW = Text("每一步写明公式、数值、单位和来源；数值按各自位数四舍五入显示，合计按未舍入的数计算。",
            "Every step names its formula, value, unit and source; values are shown half-up to their own places, sums are of "
            "unrounded figures.")  # fmt: skip
_REFERENCE = re.compile(r"(?:record|figure):\S+")
_SHORT = 8
_NOTHING = Text("没有提示。", "Nothing stands against the figures.")


def scaled(value: Decimal | None, places: int) -> int | None:
    """Return a figure as a cell of ``places`` decimals holds it, half-up; empty stays empty, never zero."""
    if value is None:
        return None
    return int(round_to(value, Decimal(1).scaleb(-places)).scaleb(places))


def table(
    name: str, title: str, columns: Sequence[Column], rows: Sequence[object], language: str, *,
    above: tuple[tuple[str, ...], ...] = (), below: tuple[tuple[str, ...], ...] = (), counted_as: str = "",
    closing: Sequence[tuple[str, Any]] = (), numbered: bool = False,
) -> Sheet:  # fmt: skip
    """Return a sheet of rows; a column in which nothing stands is left out unless it is always there.

    Args:
        closing: Label and row of every sum row, rows of their own kind, so that they show sums of unrounded figures.
        numbered: Whether a number stands before each row.
    """
    specs = [*([_NUMBER] if numbered else []), *on(PAPER, columns)]
    body = [[_cell(spec, row, language) for spec in specs] for row in rows]
    sums = [
        [_cell(spec, row, language) if spec.is_number and spec.stands_in_sum(row) else None for spec in specs]
        for _, row in closing
    ]
    if numbered:
        for number, cells in enumerate(body, 1):
            cells[0] = number
    kept = [n for n, spec in enumerate(specs) if spec.always or any(cells[n] is not None for cells in (*body, *sums))]
    made = tuple(_column(specs[n], language) for n in kept)
    labelled = [(label, tuple(cells[n] for n in kept)) for (label, _), cells in zip(closing, sums, strict=True)]
    first_label, first = labelled[0] if labelled else ("", None)
    return Sheet(
        name, title, made, [tuple(cells[n] for n in kept) for cells in body], above=above, below=below,
        total_label=first_label, counted_as=counted_as, closing=first, more_closing=tuple(labelled[1:]),
    )  # fmt: skip


_NUMBER: Column = Column("number", Text("序号", "No."), lambda _row: None, form="serial", paper_width=5, always=True)


def _column(spec: Column, language: str) -> SheetColumn:
    """Return how a column is kept; a number of more than two decimals shows those it has."""
    shape = Shape.SCALED if spec.places else Shape.WHOLE if spec.is_number else Shape[spec.form.upper()]
    number_format = f"0.00{'?' * (spec.places - 2)}" if spec.places and spec.places > 2 else ""
    group = spec.group.to(language) if spec.group is not None else ""
    heading = spec.heading(language, grouped=bool(group))
    return SheetColumn(heading, shape, spec.places or 0, number_format, spec.paper_width, spec.counted_as, group)


def _cell(spec: Column, row: object, language: str) -> object:
    value = spec.value(row)
    if isinstance(value, bool):
        return (YES if value else NO).to(language)
    if isinstance(value, Decimal):
        return scaled(value, spec.places or 0)
    return (value.to(language) if isinstance(value, Text) else value) or (0 if value == 0 and spec.is_number else None)


def references_said(texts: Sequence[str], language: str, reader: Reader | None = None) -> list[str]:
    """Return texts with every reference in them in words: the kind of record, its title and field.

    Without a ``reader`` a record is named by the beginning of its id.
    """
    found = {match for text in texts for match in _REFERENCE.findall(text)}
    parsed = {match: parse_reference(match) for match in found}
    wanted: dict[str, set[str]] = {}
    for each in parsed.values():
        if isinstance(each, RecordReference) and has_type(each.type_name):
            wanted.setdefault(each.type_name, set()).add(each.record_id)
    titles = {t: _titles(reader, t, ids, language) for t, ids in wanted.items()} if reader is not None else {}

    def said(match: re.Match[str]) -> str:
        each = parsed[match[0]]
        if isinstance(each, RecordReference) and has_type(each.type_name):
            kind = record_type(each.type_name)
            title = titles.get(each.type_name, {}).get(each.record_id) or f"{each.record_id[:_SHORT]}…"
            field = kind.by_name.get(each.field)
            tail = f" · {field.label.to(language)}" if field is not None else ""
            return f"{kind.label.to(language)} {_quoted(title, language)}{tail}"
        if isinstance(each, FigureReference):
            return _figure_said(each, language)
        return match[0]

    return [_REFERENCE.sub(said, text) for text in texts]


def _titles(reader: Reader, type_name: str, ids: Iterable[str], language: str) -> dict[str, str]:
    """Return what records are called, codes in words."""
    kind = record_type(type_name)
    fields = [kind.by_name[name] for name in kind.title if not kind.by_name[name].target]
    return {
        row.record_id: " ".join(
            format_value(field, getattr(row.record, field.name), language) for field in fields
        ).strip()
        for row in reader.iterate(Query(type_name, (Filter("_record_id", "in", sorted(ids)),), include_void=True))
    }


def _quoted(text: str, language: str) -> str:
    return f"“{text}”" if language == CHINESE else f'"{text}"'


def _figure_said(reference: FigureReference, language: str) -> str:
    """Another figure in words: what kind, of which year, of whom."""
    if reference.kind == "actual":
        return f"{label_of('target_indicator', reference.level).to(language)} {reference.year}"
    pieces = [_label("figure_kind", reference.kind, language), str(reference.year),
              _label("figure_level", reference.level, language), reference.key[:12]]  # fmt: skip
    return " ".join(piece for piece in pieces if piece)


def _label(list_name: str, code: str, language: str) -> str:
    known = has_list(list_name) and code in code_list(list_name).by_code
    return label_of(list_name, code).to(language) if known else code


def explanation_sheet(
    explanation: Explanation, language: str, *, name: str = "", above: tuple[tuple[str, ...], ...] = (),
    reader: Reader | None = None,
) -> Sheet:  # fmt: skip
    """Return an explanation line by line: formula, value, unit, origin with standard, clause and mark.

    Args:
        reader: Names the records that are referred to by their titles.
    """

    def column(zh: str, en: str, shape: Shape, width: float) -> SheetColumn:
        return SheetColumn(Text(zh, en).to(language), shape, width=width)

    columns = (
        column("种类", "Kind", Shape.TEXT, 11),
        column("符号", "Symbol", Shape.TEXT, 12),
        column("名称", "Name", Shape.NOTE, 38),
        column("公式", "Formula", Shape.NOTE, 30),
        column("数值", "Value", Shape.FIGURE, 18),
        column("单位", "Unit", Shape.TEXT, 12),
        column("来源、标准、条款 [可信度]", "Origin, standard, clause [mark]", Shape.NOTE, 46),
    )
    lines = list(lines_of(explanation, language))
    origins = references_said([line.origin for line in lines], language, reader)
    rows = [
        (
            LINE_KINDS[line.kind].to(language), line.symbol or None, f"{_INDENT * line.depth}{line.label}", line.formula or None,
            line.value or None, line.unit or None, origin or None,
        )
        for line, origin in zip(lines, origins, strict=True)
    ]  # fmt: skip
    title = f"{EXPLANATION.to(language)} · {explanation.title.to(language)}"
    return Sheet(
        name or EXPLANATION.to(language), title, columns, rows, above=above,
        below=((_HOW.to(language),), (_DOUBT.to(language),)), counted_as="",
    )  # fmt: skip


def findings_sheet(problems: Iterable[Problem], language: str, reader: Reader | None = None) -> Sheet:
    """Return what stands against the figures, worst first."""
    found = sorted(dict.fromkeys(problems), key=lambda p: p.severity.rank)
    columns = (
        SheetColumn(Text("程度", "Severity").to(language), Shape.TEXT, width=16),
        SheetColumn(Text("代码", "Code").to(language), Shape.CODE, width=11),
        SheetColumn(Text("说明", "Finding").to(language), Shape.NOTE, width=90),
        SheetColumn(Text("位置", "Where").to(language), Shape.NOTE, width=34),
    )
    places = references_said([p.place for p in found], language, reader)
    rows: list[tuple[str | None, ...]] = [
        (p.severity.label.to(language), p.code, p.text.to(language), place or None)
        for p, place in zip(found, places, strict=True)
    ]
    if not rows:
        rows = [(None, "", _NOTHING.to(language), None)]
    title = FINDINGS.to(language)
    return Sheet(title, title, columns, rows)


def editions_sheet(editions: Sequence[tuple[str, str, str]], language: str) -> Sheet:
    """Return the coefficient sets that were used: reference, title, marks."""
    columns = (
        SheetColumn(Text("系数集及版本", "Set and edition").to(language), Shape.TEXT, width=52),
        SheetColumn(Text("名称", "Name").to(language), Shape.NOTE, width=60),
        SheetColumn(Text("可信度", "Marks").to(language), Shape.TEXT, width=16),
    )
    title = EDITIONS.to(language)
    return Sheet(title, title, columns, [(r, n or None, m or None) for r, n, m in editions])


# --- what every workbook of figures ends with ---------------------------------------------------------------------------


def chosen_row(source: Source, rows: Iterable[Any]) -> Any:
    """Return the row whose calculation somebody wants to see whole, by key, code or name; ``None``: nobody said.

    Raises:
        UserError: XLS-012 there is none of that name.
    """
    if not source.chosen:
        return None
    for row in rows:
        if source.chosen in (row.key, row.code, str(row.name)):
            return row
    raise WorkbookProblem.NO_SUCH_ROW.error(name=source.chosen)


def explained(
    source: Source, wanted: Iterable[tuple[str, Callable[[], Result]]], problems: list[Problem]
) -> list[Sheet]:
    """Return a sheet for each figure, with every step; one that can not be explained says why among the findings."""
    sheets = []
    for name, why in wanted:
        try:
            found = why().explanation
        except UserError as error:
            problems += error.problems
            continue
        sheets.append(explanation_sheet(found, source.language, name=name, reader=source.reader))
    return sheets


def last_sheets(source: Source, editions: Iterable[str], problems: Iterable[Problem]) -> list[Sheet]:
    """Return the coefficient sets that were used, with titles and marks, and what stands against the figures."""
    known = {each.reference: each for each in standards_of(source.reader)}
    lines = []
    for reference in editions:
        each = known.get(reference)
        marks = " ".join(sorted({row.mark for row in each.rows if row.mark})) if each is not None else ""
        lines.append((reference, source.say(each.title) if each is not None else "", marks))
    found = findings_sheet(problems, source.language, source.reader)
    return [*([editions_sheet(lines, source.language)] if lines else []), found]
