"""Merging is a union: idempotent, in any order the same, and loses nothing."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit_helpers import household, livestock_count, receipt_of, review_of

from station_app.domain.registry import Role
from station_app.services.entry import Entry
from station_app.storage.check import check_workspace
from station_app.storage.codec import to_json_fields
from station_app.storage.engine import connect
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace


def version(record: Any, record_id: str, parents: tuple[str, ...] = (), hlc: int = 1, **given: Any) -> Version:
    name = "household" if hasattr(record, "head_name") else "livestock_count"
    return make_version(
        record_type=name, schema_version=1, record_id=record_id, parent_ids=parents, hlc=f"{1_700_000_000_000 + hlc:013d}-000000",
        author=given.get("author", "示例"), device=given.get("device", "d1"), reason="", void=given.get("void", False),
        fields=to_json_fields(record),
    )  # fmt: skip


def state_of(workspace: Workspace) -> tuple[Any, ...]:
    """Everything that must not depend on the order of arrival."""
    read = workspace.read
    return (
        sorted(read.sql("SELECT version_id FROM version")),
        sorted(read.sql("SELECT record_id, version_id FROM split_head")),
        sorted(
            map(
                repr,
                read.sql(
                    "SELECT record_id, version_id, void, conflict, merged, code, head_name, note, phone FROM household"
                ),
            )
        ),
        sorted(map(repr, read.sql("SELECT record_id, version_id, void, conflict FROM livestock_count"))),
        sorted(map(repr, read.sql("SELECT * FROM livestock_count__class_counts"))),
        sorted(map(repr, read.sql("SELECT * FROM progress"))),
    )


def family() -> list[Version]:
    """Records with corrections, two heads, a withdrawal, an undecided conflict."""
    base = version(household(1), "r1")
    left = version(household(1, note="左"), "r1", (base.version_id,), 2)
    right = version(household(1, group_name="右"), "r1", (base.version_id,), 3, device="d2")
    late = version(household(1, note="左", persons=3), "r1", (left.version_id,), 4)
    other = version(household(2), "r2", (), 5)
    gone = version(household(2), "r2", (other.version_id,), 6, void=True)
    count = version(livestock_count("r1", 10), "r3", (), 7)
    more = version(livestock_count("r1", 11), "r3", (count.version_id,), 8)
    less = version(livestock_count("r1", 9), "r3", (count.version_id,), 9, device="d2")
    return [base, left, right, late, other, gone, count, more, less]


def answers(to: list[Version]) -> list[Version]:
    """What two offices above said of versions: earlier and later words, two at the same moment, corrected and withdrawn."""
    base, _, _, late, other, *_ = (v.version_id for v in to)
    early = receipt_of({base: "conflict", late: "refused", other: "quarantined"}, "p1", 20)
    later = receipt_of({base: "applied", other: "applied"}, "p2", 21)
    beside = [receipt_of({late: o}, f"p{n}", 22, device=f"c{n}") for n, o in ((3, "applied"), (4, "refused"))]
    taken_back = receipt_of({base: "refused"}, "p5", 23)
    back = receipt_of({base: "refused"}, "p5", 24, (taken_back.version_id,), void=True)
    word = review_of([base, late], "v1", 25, decision="returned")
    mended = review_of([late], "v1", 27, (word.version_id,), decision="returned")
    both = [review_of([late, other], f"v{n}", 26, decision=d) for n, d in ((2, "accepted"), (3, "returned"))]
    return [early, later, *beside, taken_back, back, word, mended, *both]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_order_and_any_repetition_give_the_same_workspace(order: random.Random, pieces: int) -> None:
    versions = family()
    versions += answers(versions)
    with tempfile.TemporaryDirectory() as folder:
        states = []
        for name in ("straight", "shuffled"):
            sent = list(versions)
            if name == "shuffled":
                sent += order.choices(versions, k=3)
                order.shuffle(sent)
            with Workspace.create(Path(folder) / name, org_code="152525", org_name="示例", role=Role.COUNTY) as county:
                for start in range(pieces):
                    county.journal.merge(sent[start::pieces])
                states.append(state_of(county))
            assert check_workspace(Path(folder) / name).ok
        assert states[0] == states[1]


def test_merging_again_changes_nothing(station: Workspace) -> None:
    first = station.journal.merge(family())
    before = state_of(station)
    again = station.journal.merge(family())
    assert (first.applied, again.applied, again.already_had) == (9, 0, 9)
    assert state_of(station) == before


def test_fields_of_no_consequence_merge_by_rule(station: Workspace) -> None:
    station.journal.merge(family()[:4])
    row = station.read.get("household", "r1")
    assert row is not None and not row.conflict
    assert (row.record.note, row.record.group_name, row.record.persons) == ("左", "右", 3)


def test_head_counts_wait_for_a_person(station: Workspace) -> None:
    outcome = station.journal.merge(family())
    row = station.read.get("livestock_count", "r3")
    assert row is not None and row.conflict and row.state.value == "conflict"
    assert outcome.conflicts == 1
    assert station.journal.clashes("r3") == ("class_counts",)
    assert len(station.read.heads("r3")) == 2


def test_two_decisive_fields_changed_by_two_people_wait_for_a_person(station: Workspace) -> None:
    base = version(household(1), "r1")
    name = version(household(1, head_name="示例改名"), "r1", (base.version_id,), 2)
    number = version(household(1, contract_number="示例-2"), "r1", (base.version_id,), 3)
    station.journal.merge([base, name, number])
    assert station.journal.clashes("r1") == ("decisive",)


def test_withdrawal_beside_a_change_waits_for_a_person(station: Workspace) -> None:
    base = version(household(1), "r1")
    gone = version(household(1), "r1", (base.version_id,), 2, void=True)
    changed = version(household(1, note="仍在"), "r1", (base.version_id,), 3)
    station.journal.merge([base, gone, changed])
    assert "void" in station.journal.clashes("r1")


def test_merge_version_has_the_same_bytes_on_every_machine(tmp_path: Path) -> None:
    ids = []
    for name, versions in (("a", family()), ("b", family()[::-1])):
        with Workspace.create(tmp_path / name, org_code="152525", org_name="示例", role=Role.STATION) as made:
            made.journal.merge(versions)
            assert made.journal.write_merges() == 1
            ids.append(made.journal.head_ids("r1"))
            assert made.journal.write_merges() == 0
    assert ids[0] == ids[1] and len(ids[0]) == 1


def test_a_person_ends_a_conflict_and_both_versions_stay_in_the_history(station: Workspace) -> None:
    versions = family()
    station.journal.merge(versions)
    Entry(station).resolve("r3", versions[7].version_id, "以复核为准")
    row = station.read.get("livestock_count", "r3")
    assert row is not None and not row.conflict and row.record.class_counts[0].head == 11
    assert {v.version_id for v in versions[6:]} < {v.version_id for v in station.read.history("r3")}


def test_fields_and_types_of_a_newer_program_are_kept(station: Workspace) -> None:
    known = version(household(1), "r1")
    newer = make_version(
        record_type="household", schema_version=2, record_id="r9", parent_ids=(), hlc="1700000000000-000000", author="示例",
        device="d", reason="", void=False, fields={**known.fields, "code": "1525252032010009", "moon_phase": "full"},
    )  # fmt: skip
    foreign = make_version(
        record_type="space_record", schema_version=1, record_id="r8", parent_ids=(), hlc="1700000000000-000000", author="示例",
        device="d", reason="", void=False, fields={"x": "1"},
    )  # fmt: skip
    station.journal.merge([newer, foreign])
    row = station.read.get("household", "r9")
    assert row is not None
    Entry(station).save(household(9, note="改"), record_id="r9", reason="更正")
    assert station.read.history("r9")[0].fields["moon_phase"] == "full"
    assert station.read.version(foreign.version_id) == foreign
    assert check_workspace(station.folder).ok


@pytest.mark.parametrize("late", [True, False])
def test_a_parent_arriving_after_its_child_is_no_head(station: Workspace, late: bool) -> None:
    base, left = family()[:2]
    for piece in ([left], [base]) if late else ([base], [left]):
        station.journal.merge(piece)
    assert station.journal.head_ids("r1") == [left.version_id]
    assert len(station.read.history("r1")) == 2


def test_a_version_of_another_record_supersedes_nothing(station: Workspace) -> None:
    """A parent named across records, or a record id used by two types, must not make a record vanish."""
    victim = version(household(1), "r1")
    thief = version(household(2), "r2", (victim.version_id,), 2)
    squatter = version(livestock_count("r1", 5), "r1", (), 3)
    station.journal.merge([victim, thief, squatter])
    assert station.journal.head_ids("r1", "household") == [victim.version_id]
    row = station.read.get("household", "r1")
    assert row is not None and not row.conflict
    assert station.read.get("livestock_count", "r1") is not None
    station.close()
    assert check_workspace(station.folder).ok
    raw = connect(station.database_path)
    raw.execute("UPDATE setting SET value='old' WHERE key LIKE 'workspace.projection%'")
    raw.close()
    with Workspace.open(station.folder) as again:
        assert again.read.get("household", "r1") is not None


def test_a_clock_from_the_far_future_is_not_followed_after_a_restart(station: Workspace) -> None:
    far = make_version(
        record_type="household", schema_version=1, record_id="r1", parent_ids=(), hlc="3155760000000-000000", author="示例",
        device="d2", reason="", void=False, fields=to_json_fields(household(1)),
    )  # fmt: skip
    station.journal.merge([far])
    station.close()
    with Workspace.open(station.folder) as again:
        saved = Entry(again).save(household(2))
        assert again.read.history(saved.record_id)[0].hlc < "2500000000000"
    assert check_workspace(station.folder).ok


def test_a_withdrawn_review_no_longer_speaks_and_an_earlier_one_does(station: Workspace) -> None:
    base = version(household(1), "r1")
    first = review_of([base.version_id], "v1", 5, decision="returned")
    second = review_of([base.version_id], "v2", 6)
    station.journal.merge([base, first, second])
    states = [station.read.get("household", "r1").state.value]  # type: ignore[union-attr]
    station.journal.merge([review_of([base.version_id], "v2", 7, (second.version_id,), void=True)])
    states.append(station.read.get("household", "r1").state.value)  # type: ignore[union-attr]
    assert states == ["accepted", "returned"]
    station.close()
    assert check_workspace(station.folder).ok
