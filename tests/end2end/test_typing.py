"""The real program under an X server, real keys only: what is typed is what is saved, however late it is looked at."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from patience import wait_for
from screen_helpers import Program, need_screen, virtual_screen

from station_app.domain.registry import Role
from station_app.domain.samples import VILLAGE, sample
from station_app.services.entry import Entry
from station_app.storage.engine import connect
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace
from station_app.ui.pages.catalogue import entries_for

HOUSEHOLDS = 50
EVERY_MS = 60
YEAR = date.today().year - 1  # whole, so that its year's end is past
FEMALE, MALE, YOUNG = ("sheep", "adult_female"), ("sheep", "adult_male"), ("sheep", "young")


@pytest.fixture
def station(tmp_path: Path) -> Path:
    """A workspace with a village of fifty invented households."""
    need_screen()
    folder = tmp_path / "station"
    with Workspace.create(folder, org_code=VILLAGE, org_name="示例嘎查站", role=Role.STATION, author="测试员") as made:
        Entry(made).save_many([
            (sample("household", n, code=f"{VILLAGE}{n + 1:04d}", head_name=f"示例牧户{n + 1}", status="normal",
                    status_on=None), None) for n in range(HOUSEHOLDS)])  # fmt: skip
        made.settings.set("year", str(YEAR))
    return folder


def livestock_key() -> str:
    shown = [e.key for e in entries_for(Role.STATION) if not e.hidden]
    return f"ctrl+{shown.index('livestock') + 1}"


def rows_on_disk(folder: Path, sql: str) -> int:
    """Return a count read beside the running program."""
    (file,) = folder.glob("*.db")
    with closing(connect(file, read_only=True)) as connection:
        return int(connection.execute(sql).fetchone()[0])


def saved(folder: Path) -> dict[str, dict[tuple[str, str], int]]:
    """Return heads by class, by household code, as the workspace has them after the program has ended."""
    with Workspace.open(folder) as workspace:
        codes = {row.record_id: row.record.code for row in workspace.read.rows(Query("household"))}
        return {
            codes[row.record.household_id]: {(c.species_code, c.class_code): c.head for c in row.record.class_counts}
            for row in workspace.read.rows(Query("livestock_count"))
        }


def test_fifty_households_by_keyboard_with_the_process_stopped_at_random(station: Path) -> None:
    chance = random.Random(50)
    typed: dict[str, dict[tuple[str, str], int]] = {}
    keys: list[str] = []
    for n in range(HOUSEHOLDS):
        heads = {FEMALE: chance.randrange(30, 61), MALE: chance.randrange(1, 4), YOUNG: chance.randrange(20, 31)}
        typed[f"{VILLAGE}{n + 1:04d}"] = heads
        keys += [*str(heads[FEMALE]), "Tab", *str(heads[MALE]), "Tab", "Tab", *str(heads[YOUNG]), "Return", "Home"]
    with virtual_screen() as display, Program(display, station) as program:
        program.keys([livestock_key()])
        while keys:
            some, keys = keys[: (size := chance.randrange(3, 60))], keys[size:]
            stopped = chance.random() < 0.5
            if stopped:
                program.stop()
            program.keys(some, EVERY_MS)
            if stopped:
                program.go_on()
        program.keys(["ctrl+1"])  # another page: the last row is left
        wait_for(
            lambda: rows_on_disk(station, "SELECT count(*) FROM livestock_count") == HOUSEHOLDS, "fifty counts saved"
        )
    assert saved(station) == typed


def test_after_a_kill_the_half_typed_number_is_there_and_not_saved(station: Path) -> None:
    half = "SELECT count(*) FROM draft WHERE json_extract(form_values, '$._typing') LIKE '%|2'"
    with virtual_screen() as display:
        with Program(display, station) as program:
            program.keys([livestock_key(), *"45", "Return", *"12"], EVERY_MS)
            wait_for(lambda: rows_on_disk(station, half) == 1, "the draft of the open cell")
            wait_for(lambda: rows_on_disk(station, "SELECT count(*) FROM livestock_count") == 1, "the first row saved")
        assert list(saved(station).values()) == [{FEMALE: 45}]
        with Program(display, station) as program:
            program.keys([livestock_key(), "ctrl+1", livestock_key(), *"3", "Return", "ctrl+1"], EVERY_MS)
            wait_for(lambda: rows_on_disk(station, "SELECT count(*) FROM livestock_count") == 2, "the second row saved")
    assert list(saved(station).values()) == [{FEMALE: 45}, {FEMALE: 123}]
