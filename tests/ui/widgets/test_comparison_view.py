"""What stands over the comparison of a package."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pytestqt.qtbot import QtBot

from station_app.domain.text import ENGLISH, Text
from station_app.exchange.package.comparison import Comparison, Total
from station_app.ui import i18n
from station_app.ui.comparison_view import ComparisonView


@pytest.mark.parametrize(
    ("before", "new", "words"), [(0, 2, "no last time"), (3, 0, "Nothing is unlikely"), (3, 9, "Nothing is unlikely")]
)
def test_where_all_is_new_nothing_is_called_likely(qtbot: QtBot, before: int, new: int, words: str) -> None:
    i18n.set_language(ENGLISH)
    view = ComparisonView()
    qtbot.addWidget(view)
    total = Total(Text("牧户(户)", "Households"), Decimal(before), Decimal(before), Decimal(new))
    view.show_comparison(Comparison((total,), ()))
    assert words in view.verdict.text()
