"""Reads the reference files of ``resources/`` and installs them in the domain."""

from __future__ import annotations

import csv
from decimal import Decimal
from functools import partial
from pathlib import Path

from station_app.domain import codes, usual
from station_app.domain.codes import CodeItem, CodeList
from station_app.domain.text import Text
from station_app.paths import resource_folder as resource_folder

CODE_LISTS = "codes/code_lists.csv"
USUAL_VALUES = "codes/usual_values.csv"
NOTES = "standards/calc_notes.csv"

_installed: Path | None = None


def read_code_lists(path: Path) -> list[CodeList]:
    """Return the code lists of a CSV file (list,list_zh,list_en,edition,code,label_zh,label_en,note,source,confidence).

    Raises:
        ValueError: a code appears twice in a list, or a label is missing.
    """
    heads: dict[str, tuple[Text, str]] = {}
    items: dict[str, dict[str, CodeItem]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            name, code = row["list"], row["code"]
            heads.setdefault(name, (Text(row["list_zh"], row["list_en"]), row["edition"]))
            known = items.setdefault(name, {})
            if code in known or not row["label_zh"] or not row["label_en"]:
                raise ValueError(f"{path.name}: list {name}, code {code!r} is repeated or has no label")
            label = Text(row["label_zh"], row["label_en"])
            known[code] = CodeItem(code, label, row["note"], row["source"], row["confidence"])
    return [CodeList(name, *heads[name], tuple(entries.values())) for name, entries in items.items()]


def read_usual_values(path: Path) -> list[usual.UsualRow]:
    """Return the bounds that ask (record_type,field,unit,when,least,most,factor,step,others,basis,source,confidence).

    Raises:
        ValueError: a number cannot be read, or a condition is not ``field=code code``.
    """
    numbers = ("least", "most", "factor", "step", "others")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            usual.UsualRow(
                row["record_type"], row["field"], row["unit"], tuple(_condition(c) for c in row["when"].split(";") if c),
                **{name: Decimal(row[name]) if row[name] else None for name in numbers},
                source=row["source"], confidence=row["confidence"],
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def read_notes(path: Path) -> dict[str, Text]:
    """Return what the published tables say of themselves, in both languages (words,zh,en; without ``en`` as it stands)."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["words"]: Text(row["zh"], row["en"] or row["words"]) for row in csv.DictReader(file)}


def _condition(text: str) -> tuple[str, frozenset[str]]:
    name, found, wanted = text.partition("=")
    if not found or not wanted:
        raise ValueError(f"{text!r} is no condition")
    return name, frozenset(wanted.split())


def install_code_lists(path: Path | None = None) -> None:
    """Install the code lists of ``resources/codes``, or of another file; doing it twice changes nothing.

    Raises (when the first code is asked for):
        ValueError, OSError: the file is damaged or missing.
    """
    global _installed
    source = path or resource_folder() / CODE_LISTS
    if source == _installed:
        return
    codes.install_from(partial(read_code_lists, source))  # read when the first code is asked for, not at start
    codes.install_table("usual", partial(read_usual_values, resource_folder() / USUAL_VALUES))
    codes.install_table("published", partial(read_notes, resource_folder() / NOTES))
    _installed = source
