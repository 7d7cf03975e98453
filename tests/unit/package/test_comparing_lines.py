"""How the command line words a total of a package."""

from __future__ import annotations

from decimal import Decimal

import pytest

from station_app.commands.comparing import total_line
from station_app.domain.text import Text
from station_app.exchange.package.comparison import Total

LABEL = Text("牧户(户)", "Households")


@pytest.mark.parametrize(("before", "after", "new", "zh", "en"), [
    (0, 0, 2, "牧户(户)：新 2", "Households: new 2"),
    (30, 33, 0, "牧户(户)：30 → 33 (+10.0%)", "Households: 30 → 33 (+10.0%)"),
    (30, 30, 1200, "牧户(户)：30 → 30；新 1,200", "Households: 30 → 30; new 1,200"),
])  # fmt: skip
def test_what_is_new_is_not_a_change_from_zero(before: int, after: int, new: int, zh: str, en: str) -> None:
    said = total_line(Total(LABEL, Decimal(before), Decimal(after), Decimal(new), 0))
    assert (said.zh, said.en) == (zh, en)
