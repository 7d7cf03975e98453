"""Why panel: the figure asked about stands first, its tree leads to records and coefficients, and it can be taken along."""

from __future__ import annotations

import json
from decimal import Decimal as D

import pytest
from calc_helpers import field, herd, line, pastures
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from station_app.domain.calc.balance import BalanceInput, balance
from station_app.domain.calc.explanation import OriginKind, Result, calculate, origin_of
from station_app.domain.calc.explanation_json import explanation_from_json
from station_app.domain.text import ENGLISH, Text
from station_app.services.figures.references import figure_reference, record_reference
from station_app.storage.standards import load_standards
from station_app.ui import i18n
from station_app.ui.session import Place
from station_app.ui.why_model import HOW, LABEL, MARK, VALUE
from station_app.ui.why_panel import WhyPanel

from .conftest import press

COUNT = "0198f3b0-0000-7000-8000-000000000001"
TITLE = Text("示例户", "Example household")


@pytest.fixture(scope="module")
def result():
    """A household of sheep and young stock on a hundred hectares, its count on record."""
    stock = herd(line("sheep", 300, reference=record_reference("livestock_count", COUNT, "class_counts")),
                 line("sheep", 60, "young"))  # fmt: skip
    given = BalanceInput(
        sheep_unit_set="definitions@1", sheep_unit="NYT635-2015", days=D(365), herd=stock,
        capacity=pastures(field(area_ha=D(100), hay_kg_per_ha=D(1200))), grade_sets=("xu-yang-2009@1",),
    )  # fmt: skip
    return balance(given, load_standards())


@pytest.fixture
def panel(qtbot, result):
    made = WhyPanel()
    qtbot.addWidget(made)
    made.resize(760, 560)
    made.show_result(TITLE, result, "natural_rate_percent")
    made.show()
    with qtbot.waitActive(made):
        made.activateWindow()
    made.setFocus()
    return made


def walk_to(qtbot, panel, wanted, most=60):
    """Go down the tree by keys, unfolding steps, until a line fulfils a condition."""
    for _ in range(most):
        node = panel.model.node(panel.tree.currentIndex())
        if node is not None and wanted(node):
            return node
        press(qtbot, Qt.Key.Key_Right)
        press(qtbot, Qt.Key.Key_Down)
    raise AssertionError("no such line")


def test_the_figure_asked_about_stands_first_with_all_digits(panel, result):
    rate = next(view for view in result.outcome.views if view.view == "natural").overload
    first = panel.model.index(0, 0)
    assert first.data() == "超载率"
    assert first.siblingAtColumn(VALUE).data() == f"{rate.printed_percent:,}"
    assert panel.result.text() == f"超载率 {rate.printed_percent:,} %"
    assert "/" in first.siblingAtColumn(HOW).data()
    assert panel.model.rowCount(first) == 2  # what it was made from


def test_keys_lead_from_the_figure_to_the_record(qtbot, panel):
    places: list[Place] = []
    panel.open_place.connect(places.append)
    node = walk_to(qtbot, panel, lambda n: n.origin is not None and n.origin.kind is OriginKind.RECORD)
    assert panel.model.cell(node, LABEL)
    press(qtbot, Qt.Key.Key_Return)
    assert places == [Place(record_type="livestock_count", record_id=COUNT, field="class_counts", back=True)]


def test_keys_lead_to_the_coefficient_which_says_that_nobody_verified_it(qtbot, panel):
    places: list[Place] = []
    panel.open_place.connect(places.append)
    node = walk_to(qtbot, panel, lambda n: n.origin is not None and n.origin.mark == "C")
    assert panel.model.cell(node, MARK).startswith("⚠ C")
    assert panel.door.isVisible()
    press(qtbot, Qt.Key.Key_Return)
    assert places == [Place("standards", state=node.origin.reference, back=True)]
    assert "⚠ 1 个系数未核实" in panel._doubts.text()


def test_a_step_reads_with_names_and_with_figures(panel):
    assert panel._line_formula.text().startswith("超载率 = 实际减载畜量 / 天然草原载畜量 × 100\n= ")
    assert panel._line_formula.text().endswith(" %")


def test_the_whole_explanation_is_copied_as_json_and_as_a_table(panel, result):
    panel.copy_json()
    assert explanation_from_json(json.loads(QGuiApplication.clipboard().text())) == result.explanation
    panel.copy_table()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("层\t种类\t符号")
    assert any("超载率" in each and "\t结果\t" in each for each in lines)


def test_a_line_is_copied(qtbot, panel):
    press(qtbot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\t")[0] == "超载率"


def test_escape_closes(qtbot, panel):
    with qtbot.waitSignal(panel.closed):
        assert panel.escape()
    assert not panel.isVisible() and not panel.escape()


def test_the_language_is_followed(panel):
    i18n.set_language(ENGLISH)
    assert panel.model.index(0, 0).data() == "overload rate"
    assert panel.result.text().startswith("Overload rate ")
    assert panel._title.text() == "Why: Example household"


class _Jobs:
    """A session that does the work at once."""

    def __init__(self):
        self.gone: list[Place] = []

    def ask(self, asker, work, *, title=None, on_done=None):
        class Context:
            reader = "reader"

        on_done(work(Context()))

    def ask_no_more(self, asker):
        pass

    def go(self, place):
        self.gone.append(place)


def _village(household: Result) -> Result:
    """A sum of two households, one of which explains itself in turn."""

    def work(sheet):
        rate = household.explanation.value("natural_rate_percent")
        origin = origin_of(figure_reference("balance", 2026, "mid_year", "household", COUNT))
        first = sheet.given("h1", rate, "%", Text("示例户一", "Household one"), origin)
        total = sheet.step("V", "sum", [first], "%", Text("合计", "total"))
        from station_app.domain.calc.explanation import Rule

        sheet.conclude(Text("示例村", "Village"), "V = Σ", Rule(), total=total)
        return rate

    return calculate(work)


def test_a_figure_within_a_figure_is_explained_in_its_turn(qtbot, result):
    asked = []

    def how(reader, reference):
        asked.append((reader, reference.level, reference.key))
        return result

    panel = WhyPanel(_Jobs(), how=how)
    qtbot.addWidget(panel)
    panel.show_result(Text("示例村", "Village"), _village(result))
    panel.show()
    with qtbot.waitActive(panel):
        panel.activateWindow()
    panel.setFocus()
    press(qtbot, Qt.Key.Key_Down)
    assert panel.door.text() == "为什么是这个数(Enter)"
    press(qtbot, Qt.Key.Key_Return)
    assert asked == [("reader", "household", COUNT)]
    assert panel._title.text() == "为什么：示例户一" and panel.back.isVisible()
    assert panel.escape() and panel.isVisible()
    assert panel._title.text() == "为什么：示例村"
    assert panel.tree.currentIndex().data() == "示例户一"  # where one was
    assert panel.escape() and not panel.isVisible()
