"""The same figures for thousands of households at once, without explanations: the digits are those of the explained way.

A table of a station shows values; who asks why one of them is what it is gets it from ``balance`` or ``capacity``. Tests
hold the two ways together to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from station_app.domain.calc.numbers import CONTEXT, HUNDRED, ZERO, add, divide, multiply, round_to, share
from station_app.domain.calc.overload import RATE_UNIT
from station_app.domain.calc.sheep_units import HerdLine, HerdSets, units_of_one
from station_app.domain.units import MU_PER_HA

_UNIT = Decimal(RATE_UNIT)
_MU = Decimal(MU_PER_HA)


class HerdCounter:
    """Counts herds with one choice of sets; coefficients are looked up once for each species and class."""

    def __init__(self, sets: HerdSets) -> None:
        self._sets = sets
        self._per_head: dict[tuple[str, str], Decimal] = {}

    def per_head(self, species: str, stock_class: str) -> Decimal:
        """Return the sheep units of one head; zero for animals that do not graze.

        Raises:
            UserError: as ``sheep_units`` would.
        """
        known = self._per_head.get((species, stock_class))
        if known is None:
            line = HerdLine(species=species, stock_class=stock_class, head=1)
            known = self._per_head[species, stock_class] = units_of_one(line, self._sets)
        return known

    def count(self, lines: Iterable[tuple[str, str, str, int]]) -> dict[str, Decimal]:
        """Return sheep units by owner from lines of (owner, species, class, head)."""
        heads: dict[tuple[str, str, str], int] = {}
        for owner, species, stock_class, head in lines:
            key = owner, species, stock_class
            heads[key] = heads.get(key, 0) + head
        parts: dict[str, list[Decimal]] = {}
        for (owner, species, stock_class), head in heads.items():
            parts.setdefault(owner, []).append(self.per_head(species, stock_class) * head)
        return {owner: add(values) for owner, values in parts.items()}


def usable_hay_kg(
    area_mu: Decimal,
    hay_kg_per_ha: Decimal,
    utilization_percent: Decimal,
    *,
    edible_percent: Decimal = HUNDRED,
    regrowth_percent: Decimal = ZERO,
    hay_coefficient: Decimal = Decimal(1),
) -> Decimal:
    """Return usable standard hay of a pasture: F1–F3 with every factor given."""
    edible = share(hay_kg_per_ha, (edible_percent, add((HUNDRED, regrowth_percent))))
    forage = multiply((divide(area_mu, _MU), edible))
    return share(multiply((forage, hay_coefficient)), (utilization_percent,))


def capacity_su(usable_kg: Sequence[Decimal], intake_kg_per_day: Decimal, days: Decimal) -> Decimal:
    """Return F4 of pastures of one season."""
    return divide(add(usable_kg), multiply((intake_kg_per_day, days)))


class Overloaded(NamedTuple):
    """Overload of one row; no rate where there is no capacity."""

    rate_percent: Decimal | None
    printed_percent: Decimal | None
    overloaded_su: Decimal


def overload_of(stock_su: Decimal, room_su: Decimal) -> Overloaded:
    """Return rate, printed rate and overloaded sheep units.

    Of two operands the context's own operation is the exact result rounded once, as everywhere in ``numbers``.
    """
    apart = CONTEXT.subtract(stock_su, room_su)
    over = apart if apart > 0 else ZERO
    if not room_su:
        return Overloaded(None, None, over)
    rate = CONTEXT.divide(CONTEXT.scaleb(apart, 2), room_su)
    return Overloaded(rate, round_to(rate, _UNIT), over)
