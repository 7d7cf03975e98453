"""Every sentence of this room: distinct codes, both languages, the same placeholders, raised somewhere in a test."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

from station_app.exchange.excel.codes import Said


def _placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("said", list(Said), ids=lambda s: s.code)
def test_both_languages_fill_the_same_places(said: Said) -> None:
    assert _placeholders(said.text.zh) == _placeholders(said.text.en)
    assert said.text.zh.rstrip("”").endswith("。") and said.text.en.rstrip("”").endswith(".")


def test_codes_are_distinct() -> None:
    assert len({said.code for said in Said}) == len(Said)


def test_every_code_is_met_in_a_test() -> None:
    """RULE STYLE 8: lists are walked."""
    here = Path(__file__)
    written = "".join(p.read_text(encoding="utf-8") for p in here.parent.glob("test_*.py") if p != here)
    assert not [said.code for said in Said if f'"{said.code}"' not in written]
