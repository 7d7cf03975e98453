"""A figure explains itself: inputs with their origin, steps with their operation, source, clause and marks.

A calculation is written once against a ``Sheet``. While values alone are wanted the sheet only computes; asked why, the
same calculation runs again on a sheet that records. What it recorded can be worked out again by ``recompute`` from
inputs and operation names alone, on any machine, years later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic

from station_app.domain.calc.coefficients import Coefficient
from station_app.domain.calc.numbers import OPERATIONS, ZERO, formula_of, shown
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.published import published
from station_app.domain.fields import described_field
from station_app.domain.generic import Of
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.domain.units import MU_PER_HA, unit_text


class OriginKind(StrEnum):
    """Where an input comes from."""

    RECORD = "record"
    TYPED = "typed"
    COEFFICIENT = "coefficient"
    SETTING = "setting"
    CONSTANT = "constant"
    DEFAULT = "default"
    COMPUTED = "computed"


ORIGIN_LABELS = {
    OriginKind.RECORD: Text("记录", "record"),
    OriginKind.TYPED: Text("录入", "typed"),
    OriginKind.COEFFICIENT: Text("系数集", "coefficient set"),
    OriginKind.SETTING: Text("设定", "setting"),
    OriginKind.CONSTANT: Text("常数", "constant"),
    OriginKind.DEFAULT: Text("没有填写，按缺省", "not given, default"),
    OriginKind.COMPUTED: Text("计算所得", "computed"),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who says so.

    Attributes:
        reference: The record, the person, or ``kind/name@edition#key`` of a coefficient.
    """

    kind: OriginKind
    reference: str = ""
    standard: str = ""
    clause: str = ""
    source: str = ""
    mark: str = ""
    verified_by: str = ""
    verified_on: date | None = None


TYPED = Origin(OriginKind.TYPED)
ARITHMETIC = Origin(OriginKind.CONSTANT, mark="A")
DEFAULT = Origin(OriginKind.DEFAULT)
COMPUTED = Origin(OriginKind.COMPUTED)


def origin_of(reference: str) -> Origin:
    """Return the origin of what a record holds, or of another figure; without a reference it was typed."""
    if not reference:
        return TYPED
    return Origin(OriginKind.COMPUTED if reference.startswith("figure:") else OriginKind.RECORD, reference)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a calculation goes by."""

    standard: str = ""
    clause: str = ""
    source: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An input of an explanation."""

    symbol: str
    label: Text
    value: Decimal
    unit: str
    places: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class Step:
    """One operation on inputs, earlier steps and results of parts (``part.symbol``)."""

    symbol: str
    label: Text
    operation: str
    arguments: tuple[str, ...]
    value: Decimal
    unit: str
    places: int
    parameter: str = ""

    @property
    def formula(self) -> str:
        return formula_of(self.operation, self.arguments, self.parameter)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen where there was something to choose, and the figure of the same sheet it decides."""

    label: Text
    value: Text
    origin: Origin
    decides: str


@dataclass(frozen=True, slots=True)
class Named:
    """A result of an explanation: its name in the outcome and the symbol that holds it."""

    name: str
    symbol: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The tree that leads to a figure. ``notes`` are findings in words, such as a grade."""

    title: Text
    formula: str
    rule: Rule
    inputs: tuple[Given, ...]
    steps: tuple[Step, ...]
    parts: tuple[tuple[str, Explanation], ...]
    results: tuple[Named, ...]
    notes: tuple[Text, ...] = ()
    problems: tuple[Problem, ...] = ()
    choices: tuple[Choice, ...] = ()

    def figure(self, symbol: str) -> Given | Step:
        """Return the input or step called ``symbol``, also in a part (``part.symbol``).

        Raises:
            KeyError: there is none.
        """
        head, dot, rest = symbol.partition(".")
        if dot:
            return dict(self.parts)[head].figure(rest)
        figures: tuple[Given | Step, ...] = (*self.inputs, *self.steps)
        for each in figures:
            if each.symbol == symbol:
                return each
        raise KeyError(symbol)

    def value(self, name: str) -> Decimal:
        """Return the result called ``name``."""
        return self.figure(next(r.symbol for r in self.results if r.name == name)).value

    def everything(self) -> Iterator[Explanation]:
        yield self
        for _, part in self.parts:
            yield from part.everything()

    @property
    def coefficients(self) -> tuple[Given, ...]:
        """Every coefficient used, each once: as it was used, before the width of its range."""
        used: dict[str, Given] = {}
        for each in self.everything():
            for given in each.inputs:
                if given.origin.kind is OriginKind.COEFFICIENT:
                    used.setdefault(given.origin.reference, given)
        return tuple(used.values())


def recompute(explanation: Explanation) -> dict[str, Decimal]:
    """Return every figure of an explanation worked out from its inputs and operations alone.

    Raises:
        KeyError: it names an operation or a symbol that does not exist.
    """
    values: dict[str, Decimal] = {given.symbol: given.value for given in explanation.inputs}
    for name, part in explanation.parts:
        values |= {f"{name}.{symbol}": value for symbol, value in recompute(part).items()}
    for step in explanation.steps:
        values[step.symbol] = OPERATIONS[step.operation]([values[a] for a in step.arguments], step.parameter)
    return values


def contradictions(explanation: Explanation) -> list[str]:
    """Return the symbols whose stated value is not what recomputation gives; empty when it is sound."""
    values = recompute(explanation)
    stated = {s.symbol: s.value for s in explanation.steps}
    wrong = [symbol for symbol, value in stated.items() if values[symbol] != value]
    for name, part in explanation.parts:
        wrong += [f"{name}.{symbol}" for symbol in contradictions(part)]
    return wrong + [r.symbol for r in explanation.results if r.symbol not in values]


def before_sending(explanation: Explanation, confirmed: Iterable[str] = ()) -> list[Problem]:
    """Return what holds a result back: coefficients marked C, C-low or not found, unless confirmed.

    Args:
        confirmed: References of coefficients a person in charge has confirmed for this result.
    """
    allowed = set(confirmed)
    return [
        CalculationProblem.UNVERIFIED_SENT.at(
            coefficient=given.label,
            mark=given.origin.mark or "–",
            source=published(given.origin.source or given.origin.standard),
        )
        for given in explanation.coefficients
        if given.origin.mark in UNVERIFIED_MARKS
        and not given.origin.verified_by
        and given.origin.reference not in allowed
    ]


UNVERIFIED_MARKS = frozenset({"C", "C-low", "none", ""})


class Node:
    """A value on a sheet and its symbol there."""

    __slots__ = ("symbol", "value")

    def __init__(self, value: Decimal, symbol: str) -> None:
        self.value = value
        self.symbol = symbol


class Sheet:
    """Where a calculation is worked out; with ``recording`` it keeps every step for the explanation."""

    __slots__ = (
        "_choices", "_concluded", "_inputs", "_notes", "_parts", "_steps", "_symbols", "problems", "recording"
    )  # fmt: skip

    def __init__(self, *, recording: bool = False) -> None:
        self.recording = recording
        self.problems: list[Problem] = []
        self._inputs: list[Given] = []
        self._steps: list[Step] = []
        self._parts: list[tuple[str, Explanation]] = []
        self._notes: list[Text] = []
        self._choices: list[Choice] = []
        self._symbols: set[str] = set()
        self._concluded: tuple[Text, str, Rule, tuple[Named, ...]] | None = None

    def _take(self, symbol: str) -> None:
        if symbol in self._symbols or "." in symbol:
            raise ValueError(f"symbol {symbol!r} is used twice on one sheet, or holds a point")
        self._symbols.add(symbol)

    def given(
        self, symbol: str, value: Decimal, unit: str, label: Text, origin: Origin = TYPED, places: int = 2
    ) -> Node:
        if self.recording:
            self._take(symbol)
            self._inputs.append(Given(symbol, label, value, unit, places, origin))
        return Node(value, symbol)

    def entry(
        self, symbol: str, thing: Any, name: str, label: Text | None = None, *, origin: Origin | None = None
    ) -> Node:
        """Put a number of a described input on the sheet: unit, places and words are those of its field.

        Args:
            label: What it is called here, where the name of the field is not enough.
            origin: Where it is from; without it the record the input names, else it was typed.
        """
        value = getattr(thing, name)
        value = value if isinstance(value, Decimal) else Decimal(value)
        if not self.recording:
            return Node(value, symbol)
        field = described_field(type(thing), name)
        en = field.label.en
        said = label or Text(field.label.zh, en[:1].lower() + en[1:])
        where = origin or origin_of(getattr(thing, "reference", ""))
        return self.given(symbol, value, field.unit, said, where, field.places)

    def zero(self, symbol: str, unit: str = "") -> Node:
        """Put a nought on the sheet, to subtract from or to compare with."""
        return self.given(symbol, ZERO, unit, Text("零", "zero"), ARITHMETIC, 0)

    def mu_of_hectare(self, symbol: str = "mu") -> Node:
        """Put the fifteen mu of a hectare on the sheet."""
        return self.given(symbol, Decimal(MU_PER_HA), "mu/ha", Text("每公顷亩数", "mu of a hectare"), ARITHMETIC, 0)

    def coefficient(self, symbol: str, coefficient: Coefficient, value: Decimal | None = None, at: str = "") -> Node:
        """Put a coefficient on the sheet and say when it is unverified or only proposed.

        Args:
            value: The end of the range that is used, when the coefficient has a range.

        Raises:
            UserError: CALC-010 the sources give no value; CALC-031 they contradict each other.
        """
        used = coefficient.required(at) if value is None else value
        if not coefficient.is_verified:
            doubt = (
                CalculationProblem.UNVERIFIED if coefficient.mark in UNVERIFIED_MARKS else CalculationProblem.PROPOSAL
            )
            if doubt is CalculationProblem.UNVERIFIED or coefficient.is_proposal:
                self.warn(
                    doubt.at(
                        at,
                        coefficient=coefficient.label,
                        value=f"{used:f}",
                        mark=coefficient.mark or "–",
                        source=published(coefficient.source or coefficient.standard),
                    )
                )
        if self.recording:
            self._take(symbol)
            origin = Origin(
                OriginKind.COEFFICIENT,
                coefficient.reference,
                coefficient.standard,
                coefficient.clause,
                coefficient.source,
                coefficient.mark,
                coefficient.verified_by,
                coefficient.verified_on,
            )
            places = max(0, -int(used.as_tuple().exponent))
            self._inputs.append(Given(symbol, coefficient.label, used, coefficient.unit, places, origin))
        return Node(used, symbol)

    def step(
        self,
        symbol: str,
        operation: str,
        nodes: Sequence[Node],
        unit: str,
        label: Text,
        places: int = 2,
        parameter: str = "",
    ) -> Node:
        """Compute with a named operation of ``numbers.OPERATIONS``."""
        value = OPERATIONS[operation]([node.value for node in nodes], parameter)
        if self.recording:
            self._take(symbol)
            arguments = tuple(node.symbol for node in nodes)
            self._steps.append(Step(symbol, label, operation, arguments, value, unit, places, parameter))
        return Node(value, symbol)

    def chosen(self, decides: Node, label: Text, value: Text | str, origin: Origin = TYPED) -> None:
        """Say what was chosen on the way to a figure: an end of a range, a class, a rule. Words of the user stay as they are."""
        if self.recording:
            said = Text(value, value) if isinstance(value, str) else value
            self._choices.append(Choice(label, said, origin, decides.symbol))

    def part(self) -> Sheet:
        """Return a sheet for a part of this calculation; ``attach`` it when it has concluded."""
        return Sheet(recording=self.recording)

    def attach(self, name: str, part: Sheet) -> Callable[[Node], Node]:
        """Hang a concluded part in under ``name``; the returned function brings a node of it onto this sheet."""
        for found in part.problems:
            self.warn(found)
        if self.recording:
            self._take(name)
            self._parts.append((name, part.explanation()))
        return lambda node: Node(node.value, f"{name}.{node.symbol}")

    def warn(self, found: Problem) -> None:
        """Keep a finding; the same one is kept once."""
        if found not in self.problems:
            self.problems.append(found)

    def note(self, text: Text) -> None:
        if self.recording:
            self._notes.append(text)

    def conclude(self, title: Text, formula: str, rule: Rule, **results: Node | None) -> None:
        """Name the results; the first is the main one, those that are ``None`` were not computed."""
        named = tuple(Named(name, node.symbol) for name, node in results.items() if node is not None)
        self._concluded = (title, formula, rule, named)

    def explanation(self) -> Explanation:
        """Return what was recorded.

        Raises:
            ValueError: the sheet did not record, or the calculation did not conclude.
        """
        if not self.recording or self._concluded is None:
            raise ValueError("the calculation was not recorded or not concluded")
        title, formula, rule, results = self._concluded
        inside = {id(each) for _, part in self._parts for whole in part.everything() for each in whole.problems}
        own = tuple(each for each in self.problems if id(each) not in inside)
        return Explanation(
            title,
            formula,
            rule,
            tuple(self._inputs),
            tuple(self._steps),
            tuple(self._parts),
            results,
            tuple(self._notes),
            own,
            tuple(self._choices),
        )


class Result(Generic[Of]):
    """What a calculation returns: the outcome, the findings, and the explanation when it is asked for."""

    __slots__ = ("_again", "_explanation", "outcome", "problems")

    def __init__(self, outcome: Of, problems: Sequence[Problem], again: Callable[[Sheet], object]) -> None:
        self.outcome = outcome
        self.problems = tuple(problems)
        self._again = again
        self._explanation: Explanation | None = None

    def again(self, sheet: Sheet) -> None:
        """Run the calculation once more on ``sheet``: how it becomes a part of a larger one."""
        self._again(sheet)

    @property
    def explanation(self) -> Explanation:
        """Why this figure: the same calculation run once more on a sheet that records."""
        if self._explanation is None:
            sheet = Sheet(recording=True)
            self._again(sheet)
            self._explanation = sheet.explanation()
        return self._explanation


def calculate(work: Callable[[Sheet], Of]) -> Result[Of]:
    """Run a calculation for its values; its explanation is made on demand."""
    sheet = Sheet()
    return Result(work(sheet), sheet.problems, work)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an explanation as a sheet or page prints it; ``depth`` is how far it is indented."""

    depth: int
    kind: str
    symbol: str
    label: str
    formula: str
    value: str
    unit: str
    origin: str


LINE_KINDS = {
    "title": Text("计算", "Calculation"),
    "input": Text("输入", "Input"),
    "choice": Text("选择", "Choice"),
    "step": Text("步骤", "Step"),
    "result": Text("结果", "Result"),
    "note": Text("说明", "Note"),
    "problem": Text("提示", "Finding"),
}


def lines_of(explanation: Explanation, language: str, depth: int = 0, name: str = "") -> Iterator[Line]:
    """Yield an explanation line by line, for the screen, the sheet in Excel and the terminal."""
    words = (explanation.rule.standard, explanation.rule.clause)
    rule = " ".join(published(piece).to(language) for piece in words if piece)
    if explanation.rule.mark:
        rule = f"{rule} [{explanation.rule.mark}]".strip()
    formula = published(explanation.formula).to(language)
    yield Line(depth, "title", name, explanation.title.to(language), formula, "", "", rule)
    for given in explanation.inputs:
        yield _line(depth + 1, "input", given, "", _origin_text(given.origin, language), language)
    for each in explanation.choices:
        said = _origin_text(each.origin, language)
        yield Line(depth + 1, "choice", each.decides, each.label.to(language), "", each.value.to(language), "", said)
    for part_name, part in explanation.parts:
        yield from lines_of(part, language, depth + 1, part_name)
    results = {result.symbol for result in explanation.results}
    for step in explanation.steps:
        kind = "result" if step.symbol in results else "step"
        formula = formula_of(step.operation, step.arguments, step.parameter, language)
        yield _line(depth + 1, kind, step, formula, "", language)
    for note in explanation.notes:
        yield Line(depth + 1, "note", "", note.to(language), "", "", "", "")
    for found in explanation.problems:
        kind = "problem" if found.severity is not Severity.INFO else "note"
        place = "" if found.place.startswith("/") else found.place  # a pointer into JSON says nothing to a reader
        yield Line(depth + 1, kind, found.code, found.text.to(language), "", "", "", place)


def _line(depth: int, kind: str, each: Given | Step, formula: str, origin: str, language: str) -> Line:
    value = shown(each.value, each.places)
    return Line(
        depth, kind, each.symbol, each.label.to(language), formula, value, unit_text(each.unit, language), origin
    )


def _origin_text(origin: Origin, language: str) -> str:
    pieces = [ORIGIN_LABELS[origin.kind].to(language), origin.reference]
    pieces += [published(piece).to(language) for piece in (origin.standard, origin.clause)]
    if origin.mark:
        pieces.append(f"[{origin.mark}]")
    if origin.verified_by:
        pieces.append(f"✓ {origin.verified_by} {origin.verified_on or ''}".strip())
    return " ".join(piece for piece in pieces if piece)
