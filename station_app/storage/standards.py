"""Reads the coefficient sets of ``resources/standards``: the tables as published, unchanged, through ``calc_sets.csv``.

``calc_sets.csv`` says which rows of which table are one set; ``calc_keys.csv`` says what a printed label means to the
program. Both can be read and corrected without touching code. A kind that has no reader of its own is a plain table.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path

from station_app.domain.calc.coefficients import Coefficient, CoefficientSet, Standards
from station_app.domain.calc.coefficients_json import set_from_json
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.text import Text
from station_app.storage import standard_tables as tables
from station_app.storage import standard_tables_carbon as carbon
from station_app.storage.reference import resource_folder
from station_app.storage.standard_tables import Keys, Row

FOLDER = "standards"
SETS = "calc_sets.csv"
KEYS = "calc_keys.csv"
SOURCES = ("carbon_sources.csv", "survey_sources.csv")
_CITED = re.compile(r"\b(?:[CS]\d\d|BK)\b")
_HOW_READ = re.compile(r"[(（][^()（）]*[)）]$")
_MARKED = re.compile(r"[ABC](?:\((.*)\))?")  # a mark in place of a source: "B", or "B(C03,C04)"

Reader = Callable[[list[Row], Keys, "SetEntry"], list[Coefficient]]


@dataclass(frozen=True, slots=True)
class SetEntry:
    """One row of ``calc_sets.csv``."""

    kind: str
    name: str
    edition: str
    title: Text
    file: str
    where: tuple[tuple[str, str], ...]
    standard: str
    sheep_units: frozenset[str]
    proposal: bool


READERS: dict[str, Reader] = {
    "sheep_unit": lambda rows, _keys, _entry: tables.sheep_units(rows),
    "sheep_unit_adult": lambda rows, _keys, entry: tables.adult(rows, proposal=entry.proposal),
    "sheep_unit_young": lambda rows, _keys, _entry: tables.young(rows),
    "young_stock_group": lambda rows, _keys, _entry: tables.young_groups(rows),
    "utilization": lambda rows, keys, _entry: tables.utilization(rows, keys),
    "degraded_utilization": lambda rows, keys, _entry: tables.degraded(rows, keys),
    "hay_coefficient": lambda rows, keys, _entry: tables.hay(rows, keys),
    "fresh_hay_ratio": lambda rows, _keys, _entry: tables.fresh_hay(rows),
    "regrowth": lambda rows, _keys, _entry: tables.regrowth(rows),
    "npp_root_ratio": lambda rows, _keys, _entry: tables.npp_ratio(rows),
    "overload_grade": lambda rows, _keys, _entry: tables.grades(rows),
    "penalty": lambda rows, keys, _entry: tables.penalties(rows, keys),
    "degradation": lambda rows, _keys, _entry: tables.degradation(rows),
    "soc_reference": lambda rows, keys, _entry: carbon.soc_reference(rows, keys),
    "stock_change": lambda rows, keys, _entry: carbon.stock_change(rows, keys),
    "n2o_factor": lambda rows, keys, _entry: carbon.n2o(rows, keys),
    "enteric": lambda rows, keys, _entry: carbon.enteric(rows, keys),
    "manure_ch4": lambda rows, keys, _entry: carbon.manure_ch4(rows, keys),
    "manure_rate": lambda rows, keys, _entry: carbon.manure_rate(rows, keys),
    "degradation_class": lambda rows, _keys, _entry: carbon.degradation_class(rows),
    "carbon_fraction": lambda rows, keys, entry: carbon.carbon_fraction(rows, keys, entry.name),
    "root_ratio": lambda rows, keys, _entry: carbon.root_ratio(rows, keys),
    "gwp": lambda rows, _keys, _entry: carbon.gwp(rows),
    "shrub_model": lambda rows, _keys, _entry: tables.shrub_models(rows),
}


def load_standards(folder: Path | None = None) -> Standards:
    """Return every coefficient set of ``resources/standards``, or of another folder laid out like it; read once."""
    return _load(folder or resource_folder() / FOLDER)


@cache
def _load(folder: Path) -> Standards:
    keys, documents = _keys(folder / KEYS), _documents(folder)
    return Standards(_set(entry, folder, keys, documents) for entry in _entries(folder / SETS))


def _documents(folder: Path) -> dict[str, str]:
    """Return what the tables' short names of sources stand for."""
    return {
        row["id"]: _HOW_READ.sub("", row["document"])
        for name in SOURCES
        if (folder / name).exists()
        for row in _rows(folder / name)
    }


def cited(words: str, documents: Mapping[str, str]) -> str:
    """Return a source or clause with the documents it names by number written out; a mark is no source."""
    marked = _MARKED.fullmatch(words.partition(";")[0])
    told = words if marked is None else marked[1] if _CITED.search(marked[1] or "") else ""
    return _CITED.sub(lambda found: documents.get(found[0], found[0]), told)


def read_set(path: Path) -> CoefficientSet:
    """Return the coefficient set of a JSON file, for example a county's edition.

    Raises:
        UserError: CALC-056 it is not JSON; CALC-012, CALC-013 it is not a coefficient set.
    """
    return set_from_json(read_json(path))


def read_json(path: Path) -> object:
    """Return what a JSON file holds; its numbers stay exact.

    Raises:
        UserError: CALC-056 it is not readable JSON.
    """
    try:
        return parse_json(path.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CalculationProblem.UNREADABLE.error(reason=str(error), line=1) from None


def parse_json(text: str) -> object:
    """Return what a JSON text holds; its numbers stay exact.

    Raises:
        UserError: CALC-056 it is not readable JSON.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise CalculationProblem.UNREADABLE.error(reason=error.msg, line=error.lineno) from None
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise CalculationProblem.UNREADABLE.error(reason=str(error), line=1) from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _keys(path: Path) -> Keys:
    keys: dict[str, dict[str, str]] = {}
    for row in _rows(path):
        keys.setdefault(row["table"], {})[row["text"]] = row["key"]
    return keys


def _entries(path: Path) -> list[SetEntry]:
    return [
        SetEntry(
            row["kind"],
            row["name"],
            row["edition"],
            Text(row["title_zh"], row["title_en"]),
            row["file"],
            tuple((column, value) for column, _, value in (each.partition("=") for each in _pieces(row["where"]))),
            row["standard"],
            frozenset(row["sheep_units"].split()),
            row["proposal"] == "yes",
        )
        for row in _rows(path)
    ]


def _pieces(where: str) -> list[str]:
    return [each for each in where.split(";") if each]


def _set(entry: SetEntry, folder: Path, keys: Keys, documents: Mapping[str, str]) -> CoefficientSet:
    rows = tables.carried_down(_rows(folder / entry.file))
    chosen = [row for row in rows if all(tables.matches(row[column], value) for column, value in entry.where)]
    reader = READERS.get(entry.kind)
    coefficients = reader(chosen, keys, entry) if reader else tables.plain(chosen)
    if not coefficients:
        raise ValueError(f"{SETS}: {entry.kind}/{entry.name} finds nothing in {entry.file}")
    coefficients = [
        replace(each, source=cited(each.source, documents), clause=cited(each.clause, documents))
        for each in coefficients
    ]
    return CoefficientSet(
        entry.kind,
        entry.name,
        entry.edition,
        entry.title,
        entry.standard,
        tuple(coefficients),
        entry.sheep_units,
        tables.set_words(chosen),
    )
