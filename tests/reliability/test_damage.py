"""A workspace whose files were damaged anywhere is refused or read, in words: never a trace, and salvage takes out the rest."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from unit_helpers import household

from station_app.domain.problems import UserError
from station_app.domain.registry import Role, all_types
from station_app.exchange.salvage import salvage
from station_app.exchange.whole_check import check_all
from station_app.services.entry import Entry
from station_app.storage.reader import Query
from station_app.storage.workspace import DATABASE, Workspace

PLACES = 108
SEED = 20261130
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage") / "站"
    with Workspace.create(folder, org_code="152525203", org_name="示例站", role=Role.STATION, author="示例员") as made:
        Entry(made).save_many((household(n), None) for n in range(1, 61))
        made.catch_up()
        made.back_up()
    return folder


def damaged(content: bytes, number: int) -> bytes:
    """Flip a byte, overwrite a stretch, or cut: in turn, anywhere; one in three near the front, where the schema is."""
    turns = random.Random(SEED + number)
    place = turns.randrange(len(content) if number % 3 else min(len(content), 40_000))
    match number % 4:
        case 0:
            return content[:place]
        case 1:
            stretch = turns.randbytes(300)
            return content[:place] + stretch + content[place + len(stretch) :]
    changed = bytearray(content)
    changed[place] ^= 1 << turns.randrange(8)
    return bytes(changed)


def use(folder: Path) -> None:
    """Open, list, look at, search, save."""
    with Workspace.open(folder) as workspace:
        reader = workspace.read
        for kind in all_types():
            for row in reader.rows(Query(kind.name), 100):
                reader.history(row.record_id)
        reader.state_counts()
        reader.find("示例")
        Entry(workspace).save(household(99))


@pytest.mark.parametrize("part", range(6))
def test_damage_ends_in_a_sentence(whole: Path, tmp_path: Path, part: int) -> None:
    content = (whole / DATABASE).read_bytes()
    refused = 0
    for number in range(part, PLACES, 6):
        folder = tmp_path / str(number)
        shutil.copytree(whole, folder)
        (folder / DATABASE).write_bytes(damaged(content, number))
        for act in (check_all, use):
            try:
                act(folder)
            except UserError as error:
                refused += 1
                assert error.code and error.text.zh and error.text.en
            except Exception as error:
                raise AssertionError(f"{act.__name__}, damage {number} of seed {SEED}") from error
        if number % 12 == part:
            told = salvage(folder, tmp_path / f"out {number}")
            assert told.records >= 60, (number, told)  # the backup holds them all
        shutil.rmtree(folder)
    assert refused, "no damage was met"
