"""The columns of coefficient sets, of the rows of one and of what two say differently: command, CSV, window and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from station_app.domain.calc.coefficients import Coefficient, CoefficientSet
from station_app.domain.calc.edition_diff import Difference, Kind
from station_app.domain.calc.published import published
from station_app.domain.codes import code_list
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.domain.units import unit_text
from station_app.services.figures.columns import EVERYWHERE, JSON, PLAIN, Column
from station_app.services.figures.marks import trust_of
from station_app.services.figures.scheme_check import is_doubtful
from station_app.services.figures.standards import WorkspaceStandards

VERIFIED = Text("已核实", "Verified")
PROGRAM, COUNTY = Text("程序自带", "Program"), Text("本旗县", "County")
CLAUSE, SOURCE = Text("条款", "Clause"), Text("出处", "Source")
BESIDE_ONE = ("title", "edition", "unverified")  # what tells sets apart where one of them is open beside the list
_ONLY_JSON, _IN_WORDS = frozenset({JSON}), EVERYWHERE - {JSON}
_CHANGES = {
    Kind.CHANGED: (Text("改动", "changed"), "info"),
    Kind.ADDED: (Text("新增", "added"), "ok"),
    Kind.MISSING: (Text("这一版没有", "not in this one"), "warn"),
}


# --- the sets ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetLine:
    """A set as a line of the list, counted once."""

    chosen: CoefficientSet
    verified: int
    c: int
    c_low: int
    empty: int
    doubtful: int
    conflict: int
    made_here: bool

    @property
    def key(self) -> str:
        """``kind/name@edition``."""
        return self.chosen.reference

    @property
    def kind(self) -> Text:
        return kind_said(self.chosen)


def kind_said(chosen: CoefficientSet) -> Text:
    return code_list("coefficient_kind").labels.get(chosen.kind) or Text(chosen.kind, chosen.kind)


def line_of(chosen: CoefficientSet, made_here: bool = False) -> SetLine:
    """Return a set with its rows counted by how far they are verified."""
    marks = Counter(row.mark for row in chosen.rows if not row.is_verified)
    return SetLine(
        chosen,
        sum(row.is_verified for row in chosen.rows),
        marks["C"],
        marks["C-low"],
        sum(not says_something(row) for row in chosen.rows),
        sum(is_doubtful(row) for row in chosen.rows),
        sum(bool(row.conflict) for row in chosen.rows),
        made_here,
    )


def set_lines(known: WorkspaceStandards) -> list[SetLine]:
    """Return the sets of a workspace in the order of their kinds, the program's before the county's."""
    order = code_list("coefficient_kind").order
    lines = [line_of(each, each.reference in known.made_here) for each in known.standards]
    return sorted(lines, key=lambda line: (order.get(line.chosen.kind, len(order)), line.made_here))


def says_something(row: Coefficient) -> bool:
    """Whether a row has a number, a range or a fact; the others were looked for and not found."""
    return row.value is not None or row.low is not None or row.high is not None or any(row.words.values())


def _counted(key: str, label: Text, name: str, state: str, where: frozenset[str] = _IN_WORDS) -> Column[SetLine]:
    sign = "⚠" if state == "warn" else ""
    return Column(
        key,
        label,
        lambda line: getattr(line, name),
        0,
        width=64,
        where=where,
        state=lambda line: state if getattr(line, name) else "soft_text",
        sign=lambda line: sign if getattr(line, name) else "",
    )


SET_COLUMNS: Sequence[Column[SetLine]] = (
    Column("reference", Text("编号", "Reference"), lambda line: line.key, where=frozenset({PLAIN, JSON})),
    Column("title_zh", Text("系数集", "Set"), lambda line: line.chosen.title.zh, where=_ONLY_JSON),
    Column("title_en", Text("系数集", "Set"), lambda line: line.chosen.title.en, where=_ONLY_JSON),
    Column("kind", Text("类别", "Kind"), lambda line: line.kind, width=136, code=lambda line: line.chosen.kind),
    Column("title", Text("系数集", "Set"), lambda line: line.chosen.title, where=_IN_WORDS),
    Column("edition", Text("版本", "Edition"), lambda line: line.chosen.edition, width=64),
    Column("standard", Text("标准", "Standard"), lambda line: published(line.chosen.standard), width=140, published=True,
           code=lambda line: line.chosen.standard),
    Column("rows", Text("行数", "Rows"), lambda line: len(line.chosen.rows), 0, width=48),
    _counted("verified", VERIFIED, "verified", "ok", EVERYWHERE),
    _counted("c", Text("C 级", "C"), "c", "warn"),
    _counted("c_low", Text("C-low 级", "C-low"), "c_low", "warn"),
    _counted("empty", Text("无数值", "No value"), "empty", "soft_text"),
    _counted("unverified", Text("未核实", "Unverified"), "doubtful", "warn", EVERYWHERE),
    Column("made_here", Text("来自", "From"), lambda line: COUNTY if line.made_here else PROGRAM, width=76,
           code=lambda line: line.made_here, state=lambda line: "info" if line.made_here else "soft_text"),
)  # fmt: skip


# --- the rows of a set -------------------------------------------------------------------------------------------------


def value_text(row: Coefficient) -> str:
    """Return the figure of a row as its source prints it; what contradicts itself shows every quotation."""
    return row.conflict or ("" if row.value is None else f"{row.value:f}")


def range_text(row: Coefficient) -> str:
    """Return the range a standard leaves, or the half-width of the interval; a range of one number says nothing new."""
    if row.low == row.high == row.value or (row.low is None and row.high is None):
        return f"±{row.half_width_percent:f}%" if row.half_width_percent is not None else ""
    if row.low == row.high:
        return f"{row.low:f}"
    ends = ["" if end is None else f"{end:f}" for end in (row.low, row.high)]
    return "–".join(ends) if all(ends) else f"≥ {ends[0]}" if ends[0] else f"< {ends[1]}"


def _state_of_value(row: Coefficient) -> str:
    return "error" if row.conflict else "soft_text" if row.value is None else ""


ROW_COLUMNS: Sequence[Column[Coefficient]] = (
    Column("label", Text("项目", "Item"), lambda row: row.label, width=196),
    Column("value", Text("数值", "Value"), value_text, form="figure", width=76, state=_state_of_value),
    Column("range", Text("范围", "Range"), range_text, form="figure", width=84),
    Column("unit", Text("单位", "Unit"), lambda row: Text(unit_text(row.unit, CHINESE), unit_text(row.unit, ENGLISH)),
           width=92),
    Column("mark", Text("标记", "Mark"), lambda row: trust_of(row).text, width=142,
           state=lambda row: trust_of(row).state),
    Column("verified", Text("核实", "Verified"), lambda row: f"{row.verified_by} {row.verified_on or ''}".strip(),
           width=104),
    Column("clause", CLAUSE, lambda row: published(row.clause), width=110, published=True),
    Column("source", SOURCE, lambda row: published(row.source), width=220, published=True),
)  # fmt: skip


# --- what two sets say differently -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """One field of a difference; the row is named on its first line only."""

    key: tuple[str, ...]
    item: Text
    kind: Kind
    what: Text
    field: Text
    old: str
    new: str


def difference_lines(found: Sequence[Difference]) -> list[DifferenceLine]:
    """Return differences line by line, field by field."""
    out = []
    for each in found:
        for number, field in enumerate(each.fields):
            item, what = (each.label, _CHANGES[each.kind][0]) if not number else (Text("", ""), Text("", ""))
            key = (*each.key, field.name)
            out.append(DifferenceLine(key, item, each.kind, what, field.label, field.old, field.new))
    return out


DIFFERENCE_COLUMNS: Sequence[Column[DifferenceLine]] = (
    Column("item", Text("项目", "Item"), lambda line: line.item),
    Column("what", Text("变化", "Change"), lambda line: line.what, width=76,
           state=lambda line: _CHANGES[line.kind][1]),
    Column("field", Text("字段", "Field"), lambda line: line.field, width=92),
    Column("old", Text("原来", "Before"), lambda line: line.old, width=130, published=True,
           state=lambda line: "soft_text"),
    Column("new", Text("现在", "Now"), lambda line: line.new, width=130, published=True),
)  # fmt: skip
