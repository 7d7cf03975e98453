"""Sheets that every workbook of figures has: how a figure came about, which editions it used, what stands against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from station_app.domain.calc.explanation import LINE_KINDS, Explanation, lines_of
from station_app.domain.calc.numbers import round_to
from station_app.domain.codes import code_list, has_list, label_of
from station_app.domain.problems import Problem
from station_app.domain.registry import has_type, record_type
from station_app.domain.text import CHINESE, Text
from station_app.domain.value_text import format_value
from station_app.exchange.excel.sheets import Column, Shape, Sheet
from station_app.services.figures.references import FigureReference, RecordReference, parse_reference
from station_app.storage.reader import Filter, Query, Reader

AREA_FORMAT = "0.00?"
FREE_FORMAT = "0.00??"
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


@dataclass(frozen=True, slots=True)
class Spec:
    """One column of a table of figures: how it is headed and what of a row stands in it."""

    heading: Text
    shape: Shape
    value: Callable[[Any], Any]
    places: int = 0
    number_format: str = ""
    width: float = 0
    total: str = ""
    group: Text | None = None
    always: bool = False


def scaled(value: Decimal | None, places: int) -> int | None:
    """Return a figure as a cell of ``places`` decimals holds it, half-up; empty stays empty, never zero."""
    if value is None:
        return None
    return int(round_to(value, Decimal(1).scaleb(-places)).scaleb(places))


def table(
    name: str, title: str, specs: Sequence[Spec], rows: Sequence[Any], language: str, *,
    above: tuple[tuple[str, ...], ...] = (), below: tuple[tuple[str, ...], ...] = (), counted_as: str = "",
    closing: Sequence[tuple[str, Any]] = (), break_at: tuple[int, ...] = (),
) -> Sheet:  # fmt: skip
    """Return a sheet of rows; a column in which nothing stands is left out unless it is always there.

    Args:
        closing: Label and row of every sum row, rows of their own kind, so that they show sums of unrounded figures.
    """
    whole = [*rows, *(row for _, row in closing)]
    values = [[_cell(spec, row) for row in whole] for spec in specs]
    kept = [n for n, spec in enumerate(specs) if spec.always or any(v is not None for v in values[n])]
    columns = tuple(
        Column(
            specs[n].heading.to(language), specs[n].shape, specs[n].places, specs[n].number_format, specs[n].width,
            specs[n].total, (specs[n].group or Text("", "")).to(language),
        )
        for n in kept
    )  # fmt: skip
    body = [tuple(values[n][row] for n in kept) for row in range(len(rows))]
    sums = [
        (label, tuple(values[n][at] if specs[n].shape in (Shape.SCALED, Shape.WHOLE) else None for n in kept))
        for at, (label, _) in enumerate(closing, len(rows))
    ]
    return Sheet(
        name, title, columns, body, above=above, below=below, total_label=sums[0][0] if sums else "",
        counted_as=counted_as, closing=sums[0][1] if sums else None, more_closing=tuple(sums[1:]), break_at=break_at,
    )  # fmt: skip


def _cell(spec: Spec, row: Any) -> Any:
    value = spec.value(row)
    if isinstance(value, Decimal):
        return scaled(value, spec.places)
    return None if value == "" else value


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

    def column(zh: str, en: str, shape: Shape, width: float) -> Column:
        return Column(Text(zh, en).to(language), shape, width=width)

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
        Column(Text("程度", "Severity").to(language), Shape.TEXT, width=16),
        Column(Text("代码", "Code").to(language), Shape.CODE, width=11),
        Column(Text("说明", "Finding").to(language), Shape.NOTE, width=90),
        Column(Text("位置", "Where").to(language), Shape.NOTE, width=34),
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
        Column(Text("系数集及版本", "Set and edition").to(language), Shape.TEXT, width=52),
        Column(Text("名称", "Name").to(language), Shape.NOTE, width=60),
        Column(Text("可信度", "Marks").to(language), Shape.TEXT, width=16),
    )
    title = EDITIONS.to(language)
    return Sheet(title, title, columns, [(r, n or None, m or None) for r, n, m in editions])
