"""Forage–livestock balance of a workspace: a table of many at once, and why any one of its figures is what it is."""

from __future__ import annotations

from station_app.services.figures.rows import (
    GRAZING,
    LEVELS,
    SUPPLY_LABELS,
    BalanceRow,
    BalanceTable,
    ViewFigures,
)

__all__ = ["GRAZING", "LEVELS", "SUPPLY_LABELS", "BalanceRow", "BalanceTable", "ViewFigures"]
