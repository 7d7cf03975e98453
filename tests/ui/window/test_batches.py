"""Batches in the window: who is held or on no list is named with what to do; a second run is a supplement."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot
from window_helpers import settle

from station_app.domain.registry import record_type
from station_app.domain.text import ENGLISH
from station_app.storage.reader import Filter, Query
from station_app.ui import i18n
from station_app.ui.main_window import MainWindow


def texts(widget: Any) -> str:
    return "\n".join(each.text() for kind in (QLabel, QPushButton) for each in widget.findChildren(kind))


def change(window: MainWindow, place: int, **values: Any) -> str:
    row = window.session.read.rows(Query("household"))[place]
    window.session.entry.save(replace(row.record, **values), record_id=row.record_id, reason="示例")
    return str(row.record.head_name)


def picture(window: MainWindow, name: str) -> None:
    """Keep a picture where somebody wants to look."""
    folder = os.environ.get("GRASSLAND_PICTURES")
    if folder:
        window.grab().save(str(Path(folder) / f"{name}.png"))


def test_who_is_held_or_on_no_list_is_named_with_what_to_do(station: MainWindow, qtbot: QtBot) -> None:
    session = station.session
    station.open_page("compensation")
    page: Any = station.pages["compensation"]
    village = session.read.rows(Query("household"))[0].record.village_code
    batch = session.read.rows(Query("compensation_batch", (Filter("village_code", "eq", village),)))[0]
    session.entry.void(batch.record_id, "示例重做")
    held = change(station, 0, identity_number=None)
    gone = change(station, 1, status="moved", status_on=date(2020, 5, 1))
    wide = change(station, 2, contract_area_mu=D(1))
    page.run_strip.village.choose(village)
    page.run_strip.run()
    qtbot.waitUntil(lambda: any("暂缓" in t for t in station.notices.texts()), timeout=30_000)
    said = next(t for t in station.notices.texts() if "暂缓" in t)
    assert "1 户暂缓" in said and "2 户未列入" in said
    settle(station)
    story = page.sections["compensation_batch"].detail
    shown = texts(story)
    assert held in shown and "没有身份证号" in shown
    assert gone in shown and "迁出" in shown and "2020-05-01" in shown
    assert wide in shown and "比承包面积" in shown
    picture(station, "batch-zh")
    i18n.set_language(ENGLISH)
    settle(station)
    assert "marked “Moved away”" in texts(story) and "more than the 1.000 of the contract" in texts(story)
    picture(station, "batch-en")
    copy = [b for b in story.findChildren(QPushButton) if b.text() == "Copy the list"]
    copy[-1].click()
    clipboard = QApplication.clipboard().text()
    assert gone in clipboard and wide in clipboard and "\t" in clipboard


def test_a_village_with_a_batch_gets_a_supplement_and_nobody_is_paid_twice(station: MainWindow, qtbot: QtBot) -> None:
    session = station.session
    station.open_page("compensation")
    page: Any = station.pages["compensation"]
    before = session.read.sum("compensation_line", "net_yuan")
    home = session.read.rows(Query("household"))[0]
    page.run_strip.village.choose(home.record.village_code)
    assert "补发" in page.run_strip.run_button.text() and page.run_strip.run_button.isEnabled()
    page.run_strip.run()
    qtbot.waitUntil(lambda: any("CMP-013" in t for t in station.notices.texts()), timeout=30_000)
    assert session.read.sum("compensation_line", "net_yuan") == before
    land = record_type("parcel").cls
    session.entry.save(land(code="示例补", household_id=home.record_id, area_mu=D(10), scheme="ban"), reason="示例")
    row = session.read.get("household", home.record_id)
    assert row is not None and row.record.contract_area_mu is not None
    wider = replace(row.record, contract_area_mu=row.record.contract_area_mu + 10)
    session.entry.save(wider, record_id=home.record_id, reason="示例")
    page.run_strip.run()
    qtbot.waitUntil(lambda: any("1 户" in t and "应发合计" in t for t in station.notices.texts()), timeout=30_000)
    (batch,) = session.read.rows(Query("compensation_batch", (Filter("batch_number", "eq", 2),)))
    assert (
        batch.record.kind == "supplement"
        and batch.record.net_yuan == session.read.sum("compensation_line", "net_yuan") - before
    )


def test_totals_that_a_held_line_left_behind_are_worked_out_anew(station: MainWindow, qtbot: QtBot) -> None:
    session = station.session
    batch = session.read.rows(Query("compensation_batch"))[0]
    line = session.read.rows(Query("compensation_line", (Filter("batch_id", "eq", batch.record_id),)))[0]
    held = replace(line.record, state="held", state_reason="dispute")
    session.entry.save(held, record_id=line.record_id, reason="示例")
    station.open_page("compensation")
    page: Any = station.pages["compensation"]
    page.sections["compensation_batch"].open(batch.record_id)
    settle(station)
    story = page.sections["compensation_batch"].detail
    assert "本批明细" in texts(story)
    next(b for b in story.findChildren(QPushButton) if b.text() == "重新合计").click()
    settle(station)
    row = session.read.get("compensation_batch", batch.record_id)
    assert row is not None and row.record.net_yuan == batch.record.net_yuan - line.record.net_yuan
    assert "重新合计" not in texts(story)
