"""Saving, correcting, withdrawing, and what the history says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from unit_helpers import household, livestock_count, receipt_of, review_of

from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.services.entry import Entry
from station_app.storage.changes import Changes
from station_app.storage.projection import note_packaged
from station_app.storage.reader import Filter, Query, State
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(UserError) as caught:
        yield
    assert caught.value.code == code, caught.value


@pytest.fixture
def entry(station: Workspace) -> Entry:
    return Entry(station, today=lambda: date(2026, 7, 1))


def test_saved_record_reads_back_is_found_and_survives_reopening(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1, head_name="示例苏和"))
    for text in ("示例苏和", "slsh", "suhe", "1525252032010001", "苏和"):
        assert [hit.record_id for hit in station.read.find(text)] == [saved.record_id], text
    assert station.read.find("不存在") == []
    station.close()
    with Workspace.open(station.folder) as again:
        row = again.read.get("household", saved.record_id)
        assert row is not None and row.record == household(1, head_name="示例苏和") and row.state is State.COMPLETE


def test_saving_what_is_there_makes_no_version(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    assert entry.save(household(1), record_id=saved.record_id).version_id is None
    assert station.journal.count() == 1


def test_history_says_who_when_why_and_what(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    entry.save(household(1, persons=4), record_id=saved.record_id, reason="补人口")
    newest, oldest = entry.history(saved.record_id)
    assert (newest.reason, newest.author, newest.is_head) == ("补人口", "示例员", True)
    assert [(c.name, c.old, c.new) for c in newest.changes] == [("persons", None, 4)]
    assert {c.name for c in oldest.changes} >= {"code", "head_name"}


def test_hard_rules_refuse_and_nothing_is_written(station: Workspace, entry: Entry) -> None:
    with refused("REC-001"):
        entry.save(household(1, code="12"))
    assert station.journal.count() == 0


def test_soft_bounds_ask_for_a_reason(entry: Entry) -> None:
    from station_app.domain.samples import sample

    plot_id = entry.save(sample("plot", 1)).record_id
    tall = sample("herb_quadrat", 1, plot_id=plot_id, height_cm=Decimal(350), note=None)
    with refused("SAV-012"):
        entry.save(tall)
    assert entry.save(tall, reason="芨芨草丛").version_id


def test_county_types_are_not_for_the_station(entry: Entry) -> None:
    from station_app.domain.samples import sample

    with refused("SAV-002"):
        entry.save(sample("compensation_plan", 1))


def test_the_same_thing_twice_is_refused(entry: Entry) -> None:
    entry.save(household(1))
    with refused("SAV-013"):
        entry.save(household(1, note="又一次"))


def test_a_correction_on_a_stale_copy_is_refused(entry: Entry) -> None:
    saved = entry.save(household(1))
    entry.save(household(1, note="甲"), record_id=saved.record_id)
    with refused("SAV-011"):
        entry.save(household(1, note="乙"), record_id=saved.record_id, expected_version_id=saved.version_id)


def test_correcting_what_was_sent_needs_a_reason(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    assert saved.version_id
    with station.journal.transaction() as connection:
        note_packaged(connection, 1, "SELECT ? AS version_id", [(saved.version_id,)])
    row = station.read.get("household", saved.record_id)
    assert row is not None and row.state is State.PACKAGED
    with refused("SAV-010"):
        entry.save(household(1, note="改"), record_id=saved.record_id)
    entry.save(household(1, note="改"), record_id=saved.record_id, reason="核对后更正")
    row = station.read.get("household", saved.record_id)
    assert row is not None and row.state is State.COMPLETE


@pytest.mark.parametrize(
    ("outcome", "decision", "asks"),
    [
        ("applied", "", True),
        ("refused", "", True),
        ("", "accepted", True),
        ("", "returned", True),
        ("", "reviewed", False),
    ],
)
def test_what_others_have_seen_is_corrected_with_a_reason_whoever_says_so(
    station: Workspace, entry: Entry, outcome: str, decision: str, asks: bool
) -> None:
    """No package of this device holds the version: a receipt alone names it, or a decision of the county."""
    saved = entry.save(household(1))
    assert saved.version_id
    said = (
        receipt_of({saved.version_id: outcome}, "p", 1)
        if outcome
        else review_of([saved.version_id], "v", 1, decision=decision)
    )
    station.journal.merge([said])
    if asks:
        with refused("SAV-010"):
            entry.save(household(1, note="改"), record_id=saved.record_id)
    assert entry.save(household(1, note="改"), record_id=saved.record_id, reason="核对" if asks else "").version_id


def test_void_needs_a_reason_hides_and_restores(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    with refused("SAV-015"):
        entry.void(saved.record_id, " ")
    entry.void(saved.record_id, "重复登记")
    assert station.read.count(Query("household")) == 0
    assert station.read.find("示例牧户1") == []
    row = station.read.get("household", saved.record_id)
    assert row is not None and row.state is State.VOID
    entry.restore(saved.record_id, "恢复")
    assert station.read.count(Query("household")) == 1
    with refused("SAV-014"):
        entry.void("no such record", "x")


def test_bulk_save_is_all_or_nothing_and_repeatable(station: Workspace, entry: Entry) -> None:
    good = [(household(n), None) for n in range(1, 4)]
    with refused("REC-001"):
        entry.save_many([*good, (household(4, code="1"), None)])
    assert station.journal.count() == 0
    first = entry.save_many(good)
    assert (first.new, first.changed, first.unchanged) == (3, 0, 0)
    second = entry.save_many([*good[:2], (household(3, note="改"), None), (household(5), None)])
    assert (second.new, second.changed, second.unchanged) == (1, 1, 2)
    assert second.ids[:3] == first.ids


def test_cancelled_bulk_save_writes_nothing(station: Workspace, entry: Entry) -> None:
    class Stop:
        cancelled = True

        def progress(self, done: int, total: int | None, text: object) -> None:
            pass

    with refused("JOB-001"):
        entry.save_many([(household(1), None)], context=Stop())
    assert station.journal.count() == 0


def test_observers_hear_what_changed(station: Workspace, entry: Entry) -> None:
    heard: list[Changes] = []
    station.changed.append(heard.append)
    saved = entry.save(household(1), initiator="here")
    assert (
        heard[0].tables == {"household"} and heard[0].record_ids == {saved.record_id} and heard[0].initiator == "here"
    )


def test_lines_are_queried_in_their_own_table(station: Workspace, entry: Entry) -> None:
    home = entry.save(household(1)).record_id
    entry.save(livestock_count(home, 120))
    assert station.read.sql("SELECT sum(head) FROM livestock_count__class_counts") == [(120,)]
    assert station.read.titles("household", [home])[home].startswith("示例牧户1")


def test_filters_sorting_and_pages(station: Workspace, entry: Entry) -> None:
    entry.save_many([(household(n, persons=n % 5), None) for n in range(1, 41)])
    query = Query("household", (Filter("persons", "ge", 3),), sort=(("persons", True), ("code", False)))
    keys = station.read.row_keys(query)
    assert len(keys) == station.read.count(query) == 16
    page = station.read.rows_by_keys("household", keys[:5])
    assert [r.record.persons for r in page] == [4] * 5
    assert station.read.rows(query, limit=5)[0].record_id == page[0].record_id
    assert station.read.count(Query("household", (Filter("_state", "eq", "complete"),))) == 40
    assert station.read.count(Query("household", (Filter("persons", "in", [1, 2]),))) == 16
    assert station.read.count(Query("household", (Filter("head_name", "contains", "示例%"),))) == 0
    assert station.read.count(Query("household", (Filter("note", "empty"),))) == 40
    assert station.read.count(Query("household", text="牧户7")) == 1


def test_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w", org_code="152525", org_name="示例", role=Role.STATION) as made:
        entry = Entry(made)
        kept = entry.save(household(1)).record_id
        with made.journal.transaction() as connection:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
        made.journal._connection.execute(f"PRAGMA max_page_count={pages}")  # noqa: SLF001
        with refused("DB-002"):
            entry.save_many([(household(n, note="长" * 900), None) for n in range(2, 300)])
        assert made.read.count(Query("household")) == 1
        assert made.read.get("household", kept) is not None


def two_heads(station: Workspace, record: Any, *changes: dict[str, Any]) -> str:
    """Save a record and let other machines correct it at once; return its id."""
    record_id = Entry(station).save(record).record_id
    base = station.read.history(record_id)[0]
    station.journal.merge([
        make_version(record_type=base.record_type, schema_version=1, record_id=record_id, parent_ids=(base.version_id,),
                     hlc=f"17000000000{n:02d}-000000", author="示例", device=f"d{n}", reason="", void=False,
                     fields={**base.fields, **change})
        for n, change in enumerate(changes)
    ])  # fmt: skip
    return record_id


def test_a_conflict_is_ended_by_a_person_not_by_saving_over_it(station: Workspace, entry: Entry) -> None:
    record_id = two_heads(station, household(1), {"contract_number": "甲"}, {"contract_number": "乙"})
    row = station.read.get("household", record_id)
    assert row is not None and row.conflict
    with refused("SAV-017"):
        entry.save(household(1, contract_number="丙"), record_id=record_id, expected_version_id=row.version_id)
    with refused("SAV-017"):
        entry.save_many([(household(1, contract_number="丙"), None)])
    entry.resolve(record_id, row.version_id, "以乙为准")
    again = station.read.get("household", record_id)
    assert again is not None and not again.conflict and again.record.contract_number == "乙"


def test_what_merged_by_rule_survives_void_and_restore(station: Workspace, entry: Entry) -> None:
    record_id = two_heads(station, household(1), {"note": "左"}, {"group_name": "右"})
    entry.void(record_id, "示例")
    entry.restore(record_id, "示例")
    row = station.read.get("household", record_id)
    assert row is not None and (row.record.note, row.record.group_name) == ("左", "右")


def test_a_household_with_parcels_is_not_withdrawn(station: Workspace, entry: Entry) -> None:
    home = entry.save(household(1)).record_id
    entry.save(livestock_count(home, 5))
    with refused("SAV-018"):
        entry.void(home, "示例")


def test_restoring_what_was_entered_again_is_refused(station: Workspace, entry: Entry) -> None:
    first = entry.save(household(1)).record_id
    entry.void(first, "示例")
    entry.save(household(1))
    with refused("SAV-013"):
        entry.restore(first, "示例")


def test_the_same_thing_twice_in_one_bulk_save_is_one_record(station: Workspace, entry: Entry) -> None:
    done = entry.save_many([(household(1), None), (household(1, note="后来"), None)])
    assert (done.new, done.changed) == (1, 1)
    (row,) = station.read.rows(Query("household"))
    assert row.record.note == "后来" and not row.conflict


@pytest.mark.parametrize("reason", ["坏\x00字", "长" * 1001])
def test_reasons_are_clean_and_bounded(entry: Entry, reason: str) -> None:
    with refused("SAV-019"):
        entry.save(household(1), reason=reason)
