"""What a chart shows, apart from how it is drawn: series, the steps of an axis, and the same as cells to copy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from station_app.domain.calc.numbers import shown
from station_app.domain.text import Text
from station_app.domain.units import unit_text
from station_app.services.figures.columns import thousands
from station_app.ui import i18n
from station_app.ui.i18n import tr

Value = Decimal | None

LOW, HIGH = Text("下限", "low"), Text("上限", "high")
NAMED = Text("{name}{end}", "{name}, {end}")
IN_UNIT = Text("{name}({unit})", "{name} ({unit})")


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures along the categories; ``None`` is not known and is not drawn.

    Attributes:
        low, high: Ends of the range of each value; empty when the values have none.
    """

    name: Text
    values: Sequence[Value]
    low: Sequence[Value] = ()
    high: Sequence[Value] = ()

    def value(self, index: int) -> Value:
        return self.values[index] if index < len(self.values) else None

    def ends(self, index: int) -> tuple[Value, Value]:
        low = self.low[index] if index < len(self.low) else None
        high = self.high[index] if index < len(self.high) else None
        return low, high

    def known(self) -> list[Decimal]:
        return [v for values in (self.values, self.low, self.high) for v in values if v is not None]


@dataclass(frozen=True, slots=True)
class Reference:
    """A level across the whole chart, such as a target or an approved capacity."""

    name: Text
    value: Decimal


def figure_text(value: Value, places: int) -> str:
    """Return a figure as printed: half-up, thousands separated; empty where nothing is known."""
    return "" if value is None else thousands(value, places)


def unit_said(unit: str) -> str:
    return unit_text(unit, i18n.language())


def value_said(series: Series, index: int, places: int) -> str:
    """Return a value with its range, for the line below the chart; a dash where nothing is known."""
    value = series.value(index)
    low, high = series.ends(index)
    said = figure_text(value, places) or "—"
    if low is not None and high is not None:
        said = f"{said} [{figure_text(low, places)} … {figure_text(high, places)}]"
    return said


def cells(
    along: str, categories: Sequence[str], series: Sequence[Series], unit: str, places: int,
    reference: Reference | None = None,
) -> list[list[str]]:  # fmt: skip
    """Return a chart as rows of cells with headings: the digits of the chart, without separators."""
    headings = [along]
    for each in series:
        headings.append(tr(IN_UNIT, name=each.name, unit=unit_said(unit)) if unit else tr(each.name))
        if each.low or each.high:
            headings += [tr(NAMED, name=each.name, end=end) for end in (LOW, HIGH)]
    if reference is not None:
        headings.append(tr(reference.name))
    rows = [headings]
    for index, category in enumerate(categories):
        row = [category]
        for each in series:
            wanted: list[Value] = [each.value(index)]
            if each.low or each.high:
                wanted += each.ends(index)
            row += ["" if value is None else shown(value, places) for value in wanted]
        if reference is not None:
            row.append(shown(reference.value, places))
        rows.append(row)
    return rows


def extent(values: Iterable[Decimal], *, with_zero: bool) -> tuple[Decimal, Decimal]:
    """Return lowest and highest of what is to be seen; zero is in sight where a bar stands on it or it is not far."""
    known = list(values)
    if not known:
        return Decimal(0), Decimal(1)
    low, high = min(known), max(known)
    if with_zero or (low > 0 and low < high / 2) or low == high:
        low = min(low, Decimal(0))
    if with_zero or (high < 0 and high > low / 2):
        high = max(high, Decimal(0))
    if low == high:
        high = low + 1
    return low, high


def steps(low: Decimal, high: Decimal, about: int) -> list[Decimal]:
    """Return round numbers from at or below ``low`` to at or above ``high``, about so many."""
    rough = (high - low) / max(about, 1)
    size = Decimal(1).scaleb(rough.adjusted())
    step = next(size * times for times in (1, 2, 5, 10) if size * times >= rough)
    first = (low / step).to_integral_value(rounding="ROUND_FLOOR")
    last = (high / step).to_integral_value(rounding="ROUND_CEILING")
    return [step * n for n in range(int(first), int(last) + 1)]


def step_text(value: Decimal) -> str:
    """Return a round number as an axis prints it."""
    text = f"{value.normalize():,f}"
    return "0" if text == "-0" else text
