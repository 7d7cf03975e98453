"""What the published tables and the rules say of themselves is said in Chinese too."""

from __future__ import annotations

import re

import pytest

from station_app.domain.calc import balance, capacity, carbon_stock, carbon_what_if, entitlement, gap, overload, pasture
from station_app.domain.calc.published import published
from station_app.storage.standards import load_standards

HAN = re.compile(r"[㐀-鿿]")
RULES = [
    balance.RULE, capacity.RULE, capacity.APPROVED_RULE, carbon_stock.RULE, carbon_what_if.RULE, entitlement.RULE, gap.RULE,
    overload.RULE, pasture.RULE,
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.clause)
def test_the_clause_of_a_rule_is_chinese_for_chinese_readers(rule) -> None:
    said = published(rule.clause)
    assert HAN.search(said.zh) and said.en == rule.clause


def test_a_note_that_stands_at_many_rows_is_chinese() -> None:
    notes = [row.note for chosen in load_standards() for row in chosen.rows if re.search("[a-z]{3}", row.note)]
    often = {note for note in notes if notes.count(note) >= 3}
    assert often and [note for note in often if not HAN.search(published(note).zh)] == []


def test_words_that_are_not_listed_are_shown_as_the_table_has_them() -> None:
    assert published("GB 19377-2003").zh == published("GB 19377-2003").en == "GB 19377-2003"
