"""How far a coefficient can be trusted, with a sign and a word: the same on the sets' page and in every panel."""

from __future__ import annotations

from dataclasses import dataclass

from station_app.domain.calc.coefficients import Coefficient
from station_app.domain.codes import code_list
from station_app.domain.text import Text

VERIFIED = Text("✓ 已核实", "✓ verified")
MARKED = Text("{sign} {mark} {word}", "{sign} {mark} {word}")
CONFLICT = Text("⚠ 转引矛盾", "⚠ quotations conflict")
NO_VALUE = Text("— 没有查到数值", "— no value found")
STATEMENT = Text("·", "·")


@dataclass(frozen=True, slots=True)
class Trust:
    """Sign and word of a row, and the colour that goes with it."""

    text: Text
    state: str


# mark -> sign, colour, what it means to the reader
MARKS: dict[str, tuple[str, str, Text]] = {
    "A": ("✓", "ok", Text("在标准或法规原文中读到", "read in the standard or law itself")),
    "A-part": ("△", "info", Text("只读到原文残片，须由站或省确认", "read in a damaged fragment; to be confirmed")),
    "B": ("○", "", Text("他处转引，没有看到原文", "quoted elsewhere, the original not seen")),
    "P": ("△", "info", Text("本程序或他人的建议，须由站或省确认", "somebody's proposal, to be confirmed")),
    "C": ("⚠", "warn", Text("未核实的背景知识，上报前须核实或确认", "background knowledge; verify or confirm before sending")),
    "C-low": ("⚠", "warn", Text("未核实，而且存疑", "not verified, with real doubt")),
    "none": ("—", "soft_text", Text("找过，没有查到数值：不是零，不能计算", "looked for, not found: not zero, nothing is computed")),
}  # fmt: skip


def trust_of(row: Coefficient) -> Trust:
    """Return how far a coefficient is to be trusted: verified by somebody, by its mark, in conflict, or without a value."""
    if row.conflict:
        return Trust(CONFLICT, "error")
    if row.verified_by:
        return Trust(VERIFIED, "ok")
    mark = row.mark or ("none" if not row.words else "")
    if mark not in MARKS:
        return Trust(STATEMENT, "")
    sign, state, _ = MARKS[mark]
    if mark == "none":
        return Trust(NO_VALUE if not row.words else STATEMENT, state)
    return Trust(MARKED.format(sign=sign, mark=mark, word=code_list("coefficient_mark").labels[mark]), state)
