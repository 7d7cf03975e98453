"""Why any figure that is an input of another is what it is."""

from __future__ import annotations

from station_app.domain.calc.explanation import Result
from station_app.services.figures import actual_ways, balance, carbon
from station_app.services.figures.references import FigureReference
from station_app.storage.reader import Reader

KINDS = frozenset({"balance", "yield", "actual", "carbon_change"})


def explain_figure(reader: Reader, reference: FigureReference) -> Result:
    """Return the calculation a reference stands for.

    Raises:
        UserError: what the calculation of its kind refuses.
    """
    year, level, key = reference.year, reference.level, reference.key
    if reference.kind == "actual":
        return actual_ways.explain_actual(reader, reference)
    if reference.kind == "carbon_change":
        return carbon.carbon_why(reader, year, "change", key, level=level)
    if reference.kind == "yield":
        return balance.yield_why(reader, year, level, key)
    return balance.balance_why(reader, year, level, key, occasion=reference.occasion or None)
