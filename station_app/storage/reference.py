"""Reads the reference files of ``resources/`` and installs them in the domain."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path

from station_app.domain import codes
from station_app.domain.codes import CodeItem, CodeList
from station_app.domain.text import Text
from station_app.paths import resource_folder as resource_folder

CODE_LISTS = "codes/code_lists.csv"

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
    _installed = source
