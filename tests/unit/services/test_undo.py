"""One history of what a person did: a whole action is taken back or done again, or nothing is."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit_helpers import VILLAGE, household, livestock_count

from station_app.county.review import accept
from station_app.domain.problems import UserError
from station_app.domain.registry import Role, record_type
from station_app.domain.text import Text
from station_app.services.compensation import run_batch
from station_app.services.entry import Entry
from station_app.services.review import mark_reviewed
from station_app.services.twins import find_twins, keep_one
from station_app.services.undo import action_name, redo, undo
from station_app.storage import user_actions
from station_app.storage.changes import Changes
from station_app.storage.projection import note_packaged
from station_app.storage.reader import Query, State
from station_app.storage.restore import restore_backup
from station_app.storage.user_actions import KEPT, MOST_ACTIONS, MOST_KEPT, ActionHistory
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

TODAY = date(2099, 1, 1)  # nothing that is saved lies ahead of it, whatever the machine says
ALONE = settings(max_examples=15)
TYPES = ("household", "parcel", "livestock_count", "compensation_batch", "compensation_line", "review")


@contextmanager
def refused(code: str) -> Iterator[Any]:
    with pytest.raises(UserError) as caught:
        yield caught
    assert caught.value.code == code, caught.value


@pytest.fixture
def entry(station: Workspace) -> Entry:
    return Entry(station, today=lambda: TODAY)


def opened_anew(workspace: Workspace) -> None:
    """Forget what this process knows of the history, as another one does that opens the workspace."""
    last = workspace.journal.last_seq()
    if (kept := workspace.actions.to_keep(last)) is not None:
        workspace.settings.set(KEPT, kept)
    workspace.journal.actions.history = ActionHistory(workspace.database_path, last)


def standing(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Return every living record, by type and id; of reviews how much they name (what is said again has another id)."""
    return {
        name: {
            row.record_id: len(row.record.versions) if name == "review" else row.record
            for row in workspace.read.rows(Query(name))
        }
        for name in TYPES
    }


# --- properties over what people do -----------------------------------------------------------------------------------


class Clerk:
    """Does what people do, as the window does it; every call is one action or, where nothing can be done, none."""

    def __init__(self, workspace: Workspace, plan_id: str) -> None:
        self.workspace = workspace
        self.entry = Entry(workspace, today=lambda: TODAY)
        self.plan_id = plan_id

    def _households(self) -> list[Any]:
        return self.workspace.read.rows(Query("household"))

    def save_row(self, n: int) -> None:
        there = self._households()
        if n % 2 and there:
            row = there[n % len(there)]
            self.entry.save(replace(row.record, persons=n % 9 + 1), record_id=row.record_id, reason="示例更正")
        else:
            self._new(n)

    def _new(self, n: int) -> None:
        codes = {row.record.code for row in self._households()}
        if household(n).code not in codes:
            self.entry.save(household(n, persons=3))

    def paste(self, n: int) -> None:
        with self.workspace.operation(Text("粘贴", "Pasted")):
            for row in self._households()[: n % 7]:
                self.entry.save(replace(row.record, note=f"粘贴{n}"), record_id=row.record_id, reason="示例更正")

    def bring_in(self, n: int) -> None:
        with self.workspace.beside() as other, other.operation(Text("导入", "Imported")):
            Entry(other).save_many([(household(k, note=f"导入{n}"), None) for k in range(n % 11, n % 11 + 4)])

    def batch(self, n: int) -> None:
        there = self._households()
        if not there:
            return
        if not self.workspace.read.rows(Query("parcel"), 1):
            self.entry.save(record_type("parcel").cls(
                code="P1", household_id=there[0].record_id, area_mu=Decimal(n + 1), scheme="ban"))  # fmt: skip
        if not self.workspace.read.rows(Query("compensation_batch"), 1):
            run_batch(self.entry, self.workspace, self.plan_id, VILLAGE, today=TODAY)

    def review(self, n: int) -> None:
        found = [("household", row.record_id, row.version_id) for row in self._households()[: n % 5]]
        if found:
            mark_reviewed(self.workspace, self.entry, found)

    def void(self, n: int) -> None:
        kind = ("compensation_batch", "parcel", "household")[n % 3]
        rows = self.workspace.read.rows(Query(kind))
        if rows:
            try:
                self.entry.void(rows[n % len(rows)].record_id, "示例作废")
            except UserError as error:
                assert error.code == "SAV-018"


WORK: tuple[Callable[[Clerk, int], None], ...] = (
    Clerk.save_row, Clerk.paste, Clerk.bring_in, Clerk.batch, Clerk.review, Clerk.void,
)  # fmt: skip


@pytest.fixture(scope="module")
def county_plan(tmp_path_factory: pytest.TempPathFactory) -> Any:
    kind = record_type("compensation_plan")
    rate = kind.by_name["rates"].line
    assert rate is not None
    plan = kind.cls(
        year=2026, county_code=VILLAGE[:6], programme="示例补奖", document_number="示例1号", notice_days=7,
        rates=(rate(scheme="ban", rate_yuan_per_mu=Decimal("7.5")),),
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("plan") / "county"
    with Workspace.create(folder, org_code=VILLAGE[:6], org_name="示例县", role=Role.COUNTY) as county:
        saved = Entry(county).save(plan)
        return county.read.history(saved.record_id)


@ALONE
@given(st.lists(st.tuples(st.sampled_from(range(len(WORK))), st.integers(0, 40)), min_size=1, max_size=9), st.data())
def test_after_n_undos_everything_is_as_it_was_n_actions_before(
    county_plan: Any, acts: list[tuple[int, int]], data: st.DataObject
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Workspace.create(
            Path(folder) / "w", org_code=VILLAGE[:9], org_name="示例", role=Role.STATION, author="示例员"
        ) as made,
    ):
        made.journal.merge(county_plan)
        clerk = Clerk(made, county_plan[0].record_id)
        states = [standing(made)]
        for number, n in acts:
            before = made.actions.last
            WORK[number](clerk, n)
            # A parcel and its batch are two actions: the one between is no state to compare with.
            if made.actions.last is not before:
                states.append(standing(made))
        steps: list[dict[str, dict[str, Any]]] = [states[-1]]
        while made.actions.last is not None:
            if data.draw(st.booleans()):
                opened_anew(made)
            assert undo(made) is not None
            steps.append(standing(made))
            if data.draw(st.booleans()):
                assert redo(made) is not None
                assert standing(made) == steps[-2]
                assert undo(made) is not None
                assert standing(made) == steps[-1]
        assert standing(made) == states[0]
        forward = iter(steps[::-1])
        assert all(any(state == step for step in forward) for state in states)  # each met, in their order
        for state in steps[-2::-1]:
            if data.draw(st.booleans()):
                opened_anew(made)
            assert redo(made) is not None
            assert standing(made) == state
        assert redo(made) is None
        assert standing(made) == states[-1]


# --- what is one action -----------------------------------------------------------------------------------------------


def test_undo_walks_back_step_by_step_and_forward_again(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    entry.save(household(1, note="一"), record_id=saved.record_id)
    entry.save(household(1, note="二"), record_id=saved.record_id)

    def note() -> str | None:
        row = station.read.get("household", saved.record_id)
        assert row is not None
        return "void" if row.void else row.record.note

    back = []
    while undo(station):
        back.append(note())
    assert back == ["一", None, "void"]
    forth = []
    while redo(station):
        forth.append(note())
    assert forth == [None, "一", "二"]
    assert len(station.read.history(saved.record_id)) == 9  # new versions, nothing taken out of the journal
    newest = station.read.history(saved.record_id)[0]
    assert newest.reason == "重做：更正牧户" and newest.author == "示例员"


def test_what_is_written_outside_any_operation_is_an_action_too(station: Workspace) -> None:
    """No writer can forget: the journal itself notes what is appended."""
    station.journal.append([make_version(
        record_type="household", schema_version=1, record_id="00000000-0000-7000-8000-000000000001", parent_ids=(),
        hlc=station.journal.clock.next(), author="示例", device=station.identity.device_id, reason="", void=False,
        fields={"code": f"{VILLAGE}0001", "village_code": VILLAGE, "head_name": "示例户", "status": "normal"})])  # fmt: skip
    assert station.actions.last is not None and station.actions.last.label.zh == "改动牧户"
    assert undo(station) and not station.read.rows(Query("household"))


def test_inner_operations_join_the_outer_one_and_its_name_stands(station: Workspace, entry: Entry) -> None:
    with station.operation(Text("粘贴", "Pasted")):
        for n in range(1, 7):
            entry.save(household(n))
        entry.save(household(1, note="又改"), record_id=station.read.rows(Query("household"))[0].record_id)
    action = station.actions.last
    assert action is not None and len(action.steps) == 6
    assert action_name(action).zh == "粘贴（6 条）"
    assert undo(station) and station.read.count(Query("household")) == 0 and station.actions.last is None
    assert redo(station) and station.read.count(Query("household")) == 6
    assert station.read.rows(Query("household"))[0].record.note == "又改"


def test_a_second_hand_writes_into_the_same_history(station: Workspace, entry: Entry) -> None:
    entry.save(household(1))
    wrong: list[BaseException] = []

    def work() -> None:
        try:
            with station.beside() as other, other.operation(Text("导入", "Imported")):
                Entry(other).save_many([(household(n), None) for n in range(2, 8)])
        except BaseException as error:
            wrong.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not wrong
    assert station.actions.last is not None and action_name(station.actions.last).zh == "导入（6 条）"
    undo(station)
    assert [row.record.head_name for row in station.read.rows(Query("household"))] == ["示例牧户1"]


def test_a_new_action_ends_what_could_be_done_again(station: Workspace, entry: Entry) -> None:
    entry.save(household(1))
    undo(station)
    entry.save(household(2))
    assert redo(station) is None
    assert [row.record.head_name for row in station.read.rows(Query("household"))] == ["示例牧户2"]


def test_what_did_not_change_anything_is_no_action(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    before = station.actions.last
    entry.save(household(1), record_id=saved.record_id)
    assert station.actions.last is before


def test_what_was_rolled_back_is_no_action(station: Workspace, entry: Entry) -> None:
    with refused("REC-001"), station.operation(Text("粘贴", "Pasted")):
        entry.save(household(1))
        entry.save_many([(household(2), None), (household(3, code="1"), None)])
    action = station.actions.last
    assert action is not None and len(action.steps) == 1  # what had been committed before stands, and can be taken back
    undo(station)
    assert station.read.count(Query("household")) == 0


def test_what_others_sent_is_nothing_to_undo(station: Workspace, entry: Entry, tmp_path: Path) -> None:
    entry.save(household(1))
    mine = station.actions.last
    with Workspace.create(tmp_path / "other", org_code=VILLAGE[:9], org_name="示例", role=Role.STATION) as other:
        saved = Entry(other).save(household(9))
        station.journal.merge(other.read.history(saved.record_id))
    assert station.actions.last is mine


def test_the_history_is_bounded(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    for n in range(MOST_ACTIONS + 5):
        entry.save(household(1, note=str(n)), record_id=saved.record_id)
    count = 0
    while undo(station):
        count += 1
    assert count == MOST_ACTIONS


def test_observers_hear_what_was_taken_back(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    heard: list[Changes] = []
    station.changed.append(heard.append)
    moved = undo(station)
    assert moved is not None and heard == [moved.changes]
    assert heard[0].tables == {"household"} and heard[0].record_ids == {saved.record_id}
    assert heard[0].initiator is moved.action


def test_the_twin_decision_is_one_action(station: Workspace, entry: Entry, tmp_path: Path) -> None:
    home = entry.save(household(1)).record_id
    with Workspace.create(tmp_path / "other", org_code=VILLAGE[:9], org_name="示例", role=Role.STATION) as other:
        theirs = Entry(other, today=lambda: TODAY)
        twin = theirs.save(household(1)).record_id
        count = theirs.save(livestock_count(twin, 7)).record_id
        for record_id in (twin, count):
            station.journal.merge(other.read.history(record_id))
    before = standing(station)
    (twins,) = find_twins(station.read)
    keep_one(station, entry, twins, home, "示例：同一户")
    after = standing(station)
    assert after != before and not find_twins(station.read)
    undo(station)
    assert standing(station)["household"].keys() == before["household"].keys()
    assert standing(station)["livestock_count"][count].household_id == twin
    redo(station)
    assert {k: v.keys() for k, v in standing(station).items()} == {k: v.keys() for k, v in after.items()}


def test_a_review_done_again_holds_for_what_was_done_again(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    assert saved.version_id
    mark_reviewed(station, entry, [("household", saved.record_id, saved.version_id)])
    assert station.actions.last is not None and action_name(station.actions.last).zh == "复核 1 条"

    def state() -> State:
        row = station.read.get("household", saved.record_id)
        assert row is not None
        return row.state

    assert state() is State.REVIEWED
    undo(station)
    assert state() is State.COMPLETE
    undo(station)
    assert state() is State.VOID
    redo(station)
    redo(station)
    assert state() is State.REVIEWED


def test_the_word_of_the_county_is_one_action_until_it_is_sent(tmp_path: Path) -> None:
    with Workspace.create(
        tmp_path / "c", org_code=VILLAGE[:6], org_name="示例县", role=Role.COUNTY, author="示例"
    ) as county:
        with Workspace.create(tmp_path / "s", org_code=VILLAGE[:9], org_name="示例", role=Role.STATION) as other:
            ids = [Entry(other).save(household(n)).record_id for n in (1, 2)]
            for record_id in ids:
                county.journal.merge(other.read.history(record_id))
        before = standing(county)

        def states() -> set[State]:
            return {row.state for row in county.read.rows(Query("household"))}

        accept(county, "household", ids)
        assert county.actions.last is not None and action_name(county.actions.last).zh == "认可牧户 2 条"
        assert states() == {State.ACCEPTED}
        undo(county)
        assert standing(county) == before and states() == {State.RECEIVED}
        redo(county)
        assert states() == {State.ACCEPTED}
        review = county.read.rows(Query("review"))[0]
        with county.journal.transaction() as connection:
            note_packaged(connection, 1, "SELECT ? AS version_id", [(review.version_id,)])
        with refused("SAV-024"):
            undo(county)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_what_was_sent_since_is_left_alone_and_named(station: Workspace, entry: Entry) -> None:
    entry.save(household(2))
    saved = entry.save(household(1))
    assert saved.version_id
    with station.journal.transaction() as connection:
        note_packaged(connection, 1, "SELECT ? AS version_id", [(saved.version_id,)])
    with refused("SAV-024") as caught:
        undo(station)
    assert "新增牧户" in caught.value.text.zh and "示例牧户1" in caught.value.text.zh
    undo(station)  # the older step is still there
    assert [row.record.head_name for row in station.read.rows(Query("household"))] == ["示例牧户1"]


def test_all_or_nothing_one_record_sent_keeps_the_whole_action(station: Workspace, entry: Entry) -> None:
    entry.save_many([(household(n), None) for n in range(1, 6)])
    row = station.read.rows(Query("household"))[3]
    with station.journal.transaction() as connection:
        note_packaged(connection, 1, "SELECT ? AS version_id", [(row.version_id,)])
    before, size = standing(station), station.journal.count()
    with refused("SAV-024"):
        undo(station)
    assert standing(station) == before and station.journal.count() == size


def test_what_another_machine_changed_since_is_left_alone(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    base = station.read.history(saved.record_id)[0]
    station.journal.merge([make_version(
        record_type="household", schema_version=1, record_id=saved.record_id, parent_ids=(base.version_id,),
        hlc="1700000000099-000000", author="示例", device="d9", reason="", void=False,
        fields={**base.fields, "note": "别处"})])  # fmt: skip
    with refused("SAV-024"):
        undo(station)
    assert station.read.rows(Query("household"))[0].record.note == "别处"


def test_the_end_of_a_conflict_is_refused_with_the_way_out(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    base = station.read.history(saved.record_id)[0]
    station.journal.merge([
        make_version(record_type="household", schema_version=1, record_id=saved.record_id, parent_ids=(base.version_id,),
                     hlc=f"17000000000{n:02d}-000000", author="示例", device=f"d{n}", reason="", void=False,
                     fields={**base.fields, "contract_number": value})
        for n, value in enumerate("甲乙")
    ])  # fmt: skip
    row = station.read.rows(Query("household"))[0]
    entry.resolve(saved.record_id, row.version_id, "以乙为准")
    with refused("SAV-022") as caught:
        undo(station)
    assert "冲突" in caught.value.text.zh
    assert station.read.rows(Query("household"))[0].record.contract_number == "乙"


def test_what_others_stand_on_is_not_taken_away(station: Workspace, entry: Entry, tmp_path: Path) -> None:
    home = entry.save(household(1)).record_id
    with Workspace.create(tmp_path / "other", org_code=VILLAGE[:9], org_name="示例", role=Role.STATION) as other:
        other.journal.merge(station.read.history(home))
        count = Entry(other, today=lambda: TODAY).save(livestock_count(home, 7)).record_id
        station.journal.merge(other.read.history(count))
    with refused("SAV-018"):
        undo(station)
    assert station.read.count(Query("household")) == 1
    assert station.actions.last is not None  # once the count is moved, the step can still be taken back


def test_a_key_taken_meanwhile_is_not_given_twice(station: Workspace, entry: Entry, tmp_path: Path) -> None:
    home = entry.save(household(1)).record_id
    entry.void(home, "示例")
    with Workspace.create(tmp_path / "other", org_code=VILLAGE[:9], org_name="示例", role=Role.STATION) as other:
        saved = Entry(other).save(household(1))
        station.journal.merge(other.read.history(saved.record_id))
    with refused("SAV-023"):
        undo(station)
    assert station.read.count(Query("household")) == 1


def test_a_stopped_undo_changes_nothing(station: Workspace, entry: Entry) -> None:
    class Stop:
        cancelled = True

        def progress(self, done: int, total: int | None, text: object) -> None:
            pass

    entry.save_many([(household(n), None) for n in range(1, 6)])
    with refused("JOB-001"):
        undo(station, context=Stop())
    assert station.read.count(Query("household")) == 5
    assert undo(station) and station.read.count(Query("household")) == 0


# --- kept with the journal --------------------------------------------------------------------------------------------


def test_what_was_done_is_taken_back_by_whoever_opens_the_workspace_next(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    with Workspace.create(folder, org_code=VILLAGE[:9], org_name="示例", role=Role.STATION, author="示例员") as made:
        entry = Entry(made, today=lambda: TODAY)
        with made.operation(Text("导入", "Imported")):  # in two transactions, something of the program's own between
            entry.save_many([(household(n), None) for n in range(1, 4)])
            with made.by_program():
                entry.save(household(9))
            entry.save_many([(household(n), None) for n in range(4, 7)])
        kept = entry.save(household(7))
        entry.save(household(7, note="示例"), record_id=kept.record_id)
    with Workspace.open(folder) as opened:
        last = opened.actions.last
        assert last is not None and action_name(last, "示例牧户7").zh == "更正牧户 示例牧户7"
        assert undo(opened) and undo(opened)
        assert opened.actions.last is not None and action_name(opened.actions.last).zh == "导入（6 条）"
    with Workspace.open(folder) as opened:
        assert undo(opened) is not None and undo(opened) is None
        assert [row.record.head_name for row in opened.read.rows(Query("household"))] == ["示例牧户9"]
    with Workspace.open(folder) as opened:
        assert redo(opened) and redo(opened) and redo(opened) and redo(opened) is None
        row = opened.read.get("household", kept.record_id)
        assert row is not None and row.record.note == "示例" and opened.read.count(Query("household")) == 8


def test_what_can_not_be_taken_back_is_forgotten_for_good(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    with Workspace.create(folder, org_code=VILLAGE[:9], org_name="示例", role=Role.STATION, author="示例员") as made:
        first = Entry(made).save(household(1))
        sent = Entry(made).save(household(2))
        note_packaged(made._connection, 1, "SELECT ? AS version_id", [(sent.version_id,)])
        with refused("SAV-024"):
            undo(made)
    with Workspace.open(folder) as opened:
        last = opened.actions.last
        assert last is not None and last.steps[0].record_id == first.record_id
        assert undo(opened) is not None and undo(opened) is None


def test_a_restored_workspace_takes_nothing_back(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    with Workspace.create(folder, org_code=VILLAGE[:9], org_name="示例", role=Role.STATION, author="示例员") as made:
        Entry(made).save(household(1))
        backup = made.back_up()
        assert made.actions.last is not None
    restore_backup(folder, backup)
    with Workspace.open(folder) as opened:
        assert opened.actions.last is None and opened.read.count(Query("household")) == 1


def test_after_a_program_was_killed_the_history_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    with Workspace.create(folder, org_code=VILLAGE[:9], org_name="示例", role=Role.STATION, author="示例员") as made:
        Entry(made).save(household(1))
    killed = Workspace.open(folder)
    Entry(killed).save(household(2))
    killed.read.close()
    killed._connection.close()
    killed._lock.release()
    with Workspace.open(folder) as opened:
        assert opened.actions.last is None  # never the action before what is known
        Entry(opened).save(household(3))
    with Workspace.open(folder) as opened:
        assert undo(opened) is not None and undo(opened) is None


@pytest.mark.parametrize(
    "damaged",
    [
        '{"last":',
        "[]",
        '{"last":LAST,"acts":3}',
        '{"last":LAST,"acts":[[1,"done",null,7,1,["a","a"],true]]}',
        '{"last":LAST,"acts":[[1,"done",null,[[1,1]],1,["a","a"],true],[2,"taken_back",1,[[50,60]]]]}',
    ],
)
def test_a_history_that_can_not_be_read_begins_anew_and_fails_no_save(tmp_path: Path, damaged: str) -> None:
    folder = tmp_path / "w"
    with Workspace.create(folder, org_code=VILLAGE[:9], org_name="示例", role=Role.STATION, author="示例员") as made:
        Entry(made).save(household(1))
    with Workspace.open(folder) as opened:
        opened.settings.set(KEPT, damaged.replace("LAST", str(opened.journal.last_seq())))
    with Workspace.open(folder) as opened:
        heard: list[Changes] = []
        opened.changed.append(heard.append)
        Entry(opened).save(household(2))
        assert [each.tables for each in heard] == [{"household"}]
        assert undo(opened) is not None and undo(opened) is None
    with Workspace.open(folder) as opened:
        assert [row.record.head_name for row in opened.read.rows(Query("household"))] == ["示例牧户1"]
        assert redo(opened) is not None


def test_acts_kept_are_bounded(station: Workspace, entry: Entry) -> None:
    saved = entry.save(household(1))
    for n in range(MOST_KEPT + 9):
        entry.save(household(1, note=str(n)), record_id=saved.record_id)
    opened_anew(station)
    kept = json.loads(station.settings.get(KEPT))
    assert len(kept["acts"]) == MOST_KEPT and undo(station) is not None


def test_of_very_many_the_journal_keeps_what_was_done(
    station: Workspace, entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_actions, "MOST_HELD", 2)
    first = entry.save(household(1)).record_id
    before = standing(station)
    with station.operation(Text("导入", "Imported")):
        entry.save_many([(household(n, persons=n), None) for n in range(1, 6)])
        entry.save(household(9))
    after = standing(station)
    assert station.actions.last is not None and isinstance(station.actions.last.steps, user_actions._KeptSteps)
    assert "6" in action_name(station.actions.last).zh and len(list(station.actions.last.steps)) == 6
    assert next(s for s in station.actions.last.steps if s.record_id == first).before is not None
    undo(station)
    assert standing(station) == before
    redo(station)
    assert standing(station) == after
    opened_anew(station)
    undo(station)
    assert standing(station) == before
