"""History: who, when, why, old and new per field."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from station_app.domain.samples import sample
from station_app.services.entry import Entry
from station_app.ui import history_panel, i18n
from station_app.ui.history_panel import HistoryPanel
from station_app.ui.link_picker import ReaderLinks

from .conftest import TODAY


@pytest.fixture
def entry(workspace):
    return Entry(workspace, today=lambda: TODAY)


@pytest.fixture
def panel(qtbot, entry, workspace):
    made = HistoryPanel(entry, links=ReaderLinks(workspace.read))
    qtbot.addWidget(made)
    made.resize(460, 600)
    made.show()
    return made


def words(panel):
    QApplication.processEvents()
    return [w.text() for w in panel.findChildren(QLabel) if w.isVisibleTo(panel)]


def test_every_version_says_who_why_and_what_changed(panel, entry, workspace):
    record = sample("household", 1, persons=4, contract_area_mu=Decimal("1026.800"), bank_name="示例农村信用社")
    saved = entry.save(record)
    workspace.set_author("李某某(示例)")
    entry.save(
        dataclasses.replace(record, persons=6, contract_area_mu=Decimal("1126.800"), phone=None),
        record_id=saved.record_id,
        reason="入户核对",
    )
    entry.void(saved.record_id, "重复登记")
    panel.show_record(saved.record_id)
    seen = words(panel)
    assert len(panel.entries()) == 3
    assert "李某某(示例)" in seen and "测试员" in seen
    assert "原因：入户核对" in seen and "原因：重复登记" in seen
    for old, new in (("4 人", "6 人"), ("1,026.800 亩", "1,126.800 亩"), (record.phone, "(空)")):
        assert old in seen and new in seen
    assert seen.count("当前") == 1
    i18n.set_language("en")
    seen = words(panel)
    assert "Reason: 入户核对" in seen and "4 persons" in seen and "Voided" in seen


def test_what_was_entered_first_is_shown_on_demand(qtbot, panel, entry, households, workspace):
    saved = entry.save(sample("parcel", 1, household_id=households[2], area_mu=Decimal("88.000")))
    panel.show_record(saved.record_id)
    assert "88.000 亩" not in words(panel)
    button = next(b for b in panel.findChildren(QPushButton) if b.text().startswith("显示当时填写"))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "88.000 亩" in words(panel)
    assert any(t.startswith("示例牧户3") for t in words(panel))


def test_lines_show_only_the_rows_that_changed(panel, entry, households):
    record = sample("livestock_count", 1, household_id=households[0])
    saved = entry.save(record)
    first = dataclasses.replace(record.class_counts[2], head=9)
    entry.save(
        dataclasses.replace(record, class_counts=(*record.class_counts[:2], first)),
        record_id=saved.record_id,
        reason="复点",
    )
    panel.show_record(saved.record_id)
    seen = words(panel)
    assert "黄牛 · 成年母畜 · 存栏 7 头只 · 能繁母畜 5 头只" in seen
    assert "黄牛 · 成年母畜 · 存栏 9 头只 · 能繁母畜 5 头只" in seen
    assert not any("绵羊" in t for t in seen)


def test_a_long_history_is_shown_in_parts(qtbot, panel, entry, monkeypatch):
    monkeypatch.setattr(history_panel, "PAGE", 3)
    record = sample("household", 1)
    saved = entry.save(record)
    for n in range(5):
        entry.save(dataclasses.replace(record, persons=n + 10), record_id=saved.record_id)
    panel.show_record("none")
    assert "还没有保存过。" in words(panel)
    panel.show_record(saved.record_id)
    assert len(panel.entries()) == 3
    more = next(b for b in panel.findChildren(QPushButton) if b.text() == "更早的 3 次")
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert len(panel.entries()) == 6
    panel.show_record(None)
    assert words(panel) == []
