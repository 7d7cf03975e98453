"""Opening to look at: nothing beside the original changes, nothing can be written, and of a damaged database the sound part
is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from calc_helpers import refused
from package_helpers import made_plain
from unit_helpers import household

from station_app import paths
from station_app.commands.cli import main
from station_app.exchange.package.build import build_package
from station_app.services.entry import Entry
from station_app.storage import looking
from station_app.storage.engine import connect
from station_app.storage.problems import StorageProblem
from station_app.storage.workspace import DATABASE, Workspace

PAGE, LEAF = 4096, 0x0D
LOOKED_AT_ONLY = StorageProblem.LOOKED_AT_ONLY.code


@pytest.fixture
def folder(station: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A closed workspace of sixty households, whose last save lies in the write-ahead log."""
    monkeypatch.setenv(paths.DATA, str(tmp_path / "data"))
    for number in range(1, 61):
        Entry(station).save(household(number, note="示例" * 100))
    station.close()
    return station.folder


def seen(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): f"{p.stat().st_mtime_ns} {hashlib.sha256(p.read_bytes()).hexdigest()}"
        for p in folder.rglob("*")
        if p.is_file()
    }


def damage(folder: Path) -> None:
    """Overwrite some pages that hold versions, as a bad medium does."""
    made_plain(folder)  # of an encrypted one nobody finds the pages of a table
    with closing(connect(folder / DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    content = bytearray((folder / DATABASE).read_bytes())
    pages = [
        start
        for start in range(PAGE, len(content), PAGE)
        if content[start] == LEAF and b'"head_name":' in content[start : start + PAGE]
    ]
    assert len(pages) > 4
    for start in pages[::4]:
        content[start : start + PAGE] = b"\xa5" * PAGE
    (folder / DATABASE).write_bytes(content)


def test_one_looks_and_nothing_beside_the_original_changes(folder: Path) -> None:
    before = seen(folder)
    with Workspace.open_to_look(folder) as looked:
        assert looked.looked_at_only and looked.read.type_counts()["household"] == 60
        looked.begin_log("window")
        looked.settings.set("language", "en")
        looked.drafts.put("x", "household", None, {"note": "示例"})
        assert looked.settings.get("language") == "en", "the window may keep what it likes; it goes"
        copy = looked.database_path.parent
        assert copy.is_dir() and copy.stat().st_mode & 0o77 == 0
    assert not copy.exists() and seen(folder) == before
    with Workspace.open(folder) as opened:
        assert opened.settings.get("language") == "" and opened.drafts.count() == 0


def test_what_a_sudden_end_left_goes_and_what_is_in_use_stays(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(looking.tempfile, "tempdir", str(tmp_path / "tmp"))
    left, lock = looking.own_place()
    lock.release()  # as the system does when a process dies
    with Workspace.open_to_look(folder) as first, Workspace.open_to_look(folder) as second:
        assert not left.exists()
        assert first.read.journal_size() == second.read.journal_size() == 60
    assert list((tmp_path / "tmp").iterdir()) == []


ACTS: dict[str, Callable[[Workspace, Path], object]] = {
    "save": lambda looked, _place: Entry(looked).save(household(99)),
    "backup": lambda looked, place: looked.back_up(place),
    "rebuild": lambda looked, _place: looked.rebuild(),
    "attach": lambda looked, _place: looked.attachments.keep(b"example", "示例.jpg"),
    "package": lambda looked, place: build_package(looked, place),
}


@pytest.mark.parametrize("name", ACTS)
def test_every_act_that_writes_is_refused_with_a_sentence(folder: Path, name: str, tmp_path: Path) -> None:
    before, place = seen(folder), tmp_path / "out"
    place.mkdir()
    with Workspace.open_to_look(folder) as looked:
        with refused(LOOKED_AT_ONLY):
            ACTS[name](looked, place)
        with looked.beside() as other, refused(LOOKED_AT_ONLY):
            ACTS[name](other, place)
    assert seen(folder) == before and list(place.iterdir()) == []


def test_one_looks_while_another_program_writes(folder: Path) -> None:
    with Workspace.open(folder) as writing:
        Entry(writing).save(household(61))
        with Workspace.open_to_look(folder) as looked:
            assert looked.read.type_counts()["household"] == 61, "what lies in the write-ahead log alone is seen"
            Entry(writing).save(household(62))
            assert looked.read.type_counts()["household"] == 61, "one state of it"


def test_what_is_written_while_it_is_copied_makes_no_mixture(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied, writing = looking.shutil.copyfile, Workspace.open(folder)

    def slowly(source: Path, target: Path) -> object:
        done = copied(source, target)
        if writing.journal.count() < 64:
            Entry(writing).save(household(100 + writing.journal.count()))
            writing._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return done

    monkeypatch.setattr(looking.shutil, "copyfile", slowly)
    with Workspace.open_to_look(folder) as looked:
        assert looked.read.sql("PRAGMA integrity_check") == [("ok",)]
        assert looked.read.journal_size() == looked.read.type_counts()["household"] == writing.journal.count()
    writing.close()


def test_of_a_damaged_database_the_part_that_can_be_read_is_shown(folder: Path) -> None:
    damage(folder)
    before = seen(folder)
    with Workspace.open_to_look(folder) as looked:
        shown = looked.read.type_counts()["household"]
        assert 0 < shown < 60 and looked.read.journal_size() == shown
        assert StorageProblem.PART_SHOWN.code in [p.code for p in looked.gate]
    assert seen(folder) == before


def test_where_nothing_can_be_read_that_is_said(folder: Path, tmp_path: Path) -> None:
    (folder / DATABASE).write_bytes(b"\xa5" * 40_000)
    with refused(StorageProblem.NOTHING_TO_SALVAGE.code):
        Workspace.open_to_look(folder)
    with refused(StorageProblem.NO_WORKSPACE.code):
        Workspace.open_to_look(tmp_path / "no")


def test_commands_look_and_export(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, where = seen(folder), ["--workspace", str(folder), "--read-only"]
    assert main(["find", *where, "示例"]) == 0
    assert main(["health", *where, "--json"]) == 0
    assert main(["export", "household-roster", *where, "--year", "2026", "--out", str(tmp_path / "名册.xlsx")]) == 0
    assert (tmp_path / "名册.xlsx").is_file() and seen(folder) == before
    damage(folder)
    capsys.readouterr()
    assert main(["export", "household-roster", *where, "--year", "2026", "--out", str(tmp_path / "部分.xlsx")]) == 0
    assert StorageProblem.PART_SHOWN.code in capsys.readouterr().err
