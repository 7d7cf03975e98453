"""Whoever writes, and however: what changed is told once, after the commit, to whoever listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from unit_helpers import household

from station_app.domain.registry import Role
from station_app.domain.text import Text
from station_app.services.entry import Entry
from station_app.services.undo import redo, undo
from station_app.storage.changes import Changes
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

FILLING = Text("录入", "Entry")


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[tuple[Workspace, list[Changes]]]:
    with Workspace.create(tmp_path / "w", org_code="152525", org_name="示例", role=Role.STATION) as workspace:
        told: list[Changes] = []

        def hear(changes: Changes) -> None:
            with workspace.new_reader() as other:  # another hand sees it: it is committed
                assert all(other.get("household", i) is not None for i in changes.record_ids)
            told.append(changes)

        workspace.changed.append(hear)
        yield workspace, told


def test_a_save_is_told_with_who_made_it(heard: tuple[Workspace, list[Changes]]) -> None:
    workspace, told = heard
    saved = Entry(workspace).save(household(1), initiator=heard)
    assert told == [Changes(frozenset({"household"}), frozenset({saved.record_id}))]
    assert told[0].initiator is heard


def test_an_operation_is_told_once_when_it_ends(heard: tuple[Workspace, list[Changes]]) -> None:
    workspace, told = heard
    entry = Entry(workspace)
    with workspace.operation(FILLING):
        ids = {entry.save(household(n), initiator=self_).record_id for n, self_ in ((1, heard), (2, heard))}
        assert told == []
    assert [c.record_ids for c in told] == [frozenset(ids)] and told[0].initiator is heard


def test_what_nobody_announces_is_told_all_the_same(heard: tuple[Workspace, list[Changes]]) -> None:
    workspace, told = heard
    saved = Entry(workspace).save(household(1))
    version = workspace.journal.load(saved.version_id or "")
    told.clear()
    again = make_version(
        record_type=version.record_type, schema_version=version.schema_version, record_id=version.record_id,
        parent_ids=(version.version_id,), hlc=workspace.journal.clock.next(), author="示例", device=version.device, reason="再写",
        void=False, fields={**version.fields, "head_name": "示例乙"})  # fmt: skip
    with workspace.by_program(), workspace.journal.transaction():
        workspace.journal.append([again])
    assert [c.tables for c in told] == [frozenset({"household"})]


def test_what_is_rolled_back_is_not_told(heard: tuple[Workspace, list[Changes]]) -> None:
    workspace, told = heard
    with pytest.raises(RuntimeError), workspace.journal.transaction():
        Entry(workspace).save(household(1))
        raise RuntimeError
    assert told == []
    Entry(workspace).save(household(2))
    assert len(told) == 1 and len(told[0].record_ids) == 1


def test_undo_and_redo_are_told_with_their_action_when_the_history_has_moved(
    heard: tuple[Workspace, list[Changes]],
) -> None:
    workspace, told = heard
    Entry(workspace).save(household(1))
    action = workspace.actions.last
    told.clear()
    seen: list[object] = []
    workspace.changed.append(lambda changes: seen.append((workspace.actions.last, workspace.actions.next is None)))
    undo(workspace)
    redo(workspace)
    assert [c.initiator for c in told][0] is action and len(told) == 2
    assert [moved for _, moved in seen] == [False, True]  # what may be done again was known when it was told
