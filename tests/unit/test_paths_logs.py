"""Where things are, and what a log may hold."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path

import pytest

from station_app import logs, paths
from station_app.logs import Own, log
from station_app.storage.problems import StorageProblem

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    file = logs.start(tmp_path / "日志 logs")
    assert file is not None
    yield file
    logs.stop()


def test_resources_lie_beside_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(paths.RESOURCES, raising=False)
    assert paths.resource_folder() == ROOT / "resources"
    assert paths.resource("codes", "code_lists.csv").is_file()


def test_resources_of_a_frozen_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(paths.RESOURCES, raising=False)
    monkeypatch.setattr("sys._MEIPASS", str(tmp_path), raising=False)
    assert paths.resource("icons") == tmp_path / "resources" / "icons"


def test_the_environment_moves_resources_and_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(paths.RESOURCES, str(tmp_path / "r"))
    monkeypatch.setenv(paths.DATA, str(tmp_path / "数据"))
    assert paths.resource_folder() == tmp_path / "r"
    assert paths.default_workspace() == tmp_path / "数据" / "workspace"
    assert paths.training_folder().parent == tmp_path / "数据"
    assert paths.log_folder().is_relative_to(tmp_path)
    assert paths.log_folder(tmp_path / "w") == tmp_path / "w" / "logs"


def test_default_folders_belong_to_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(paths.DATA, raising=False)
    for folder in (paths.data_folder(), paths.log_folder()):
        assert folder.is_absolute() and paths.APPLICATION in folder.parts
        assert not folder.is_relative_to(ROOT)


class Kind(Enum):
    EXAMPLE = "示例户"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("示例户一", "<4 characters>"),
        (Own("household"), "household"),
        (3, "3"),
        (Decimal("1026.800"), "<Decimal>"),
        (999999199001010014, "0"),
        (Path("/home/示例员/花名册.xlsx"), "<file .xlsx>"),
        (Path("/home/示例员/.示例户"), "<file>"),
        (Kind.EXAMPLE, "EXAMPLE"),
        (StorageProblem.FULL.error(where="示例户"), "UserError DB-002"),
        (ValueError("示例户"), "ValueError"),
        ({"name": "示例户"}, "<dict>"),
        (None, "None"),
    ],
)
def test_a_log_holds_what_is_listed_and_of_anything_else_what_it_is(
    caplog: pytest.LogCaptureFixture, value: object, kept: str
) -> None:
    with caplog.at_level(logging.INFO, logger="station"):
        log.county.info("found %s", value)
    assert caplog.messages == [f"found {kept}"], "a handler elsewhere gets no more"


def test_a_trace_in_the_log_says_where_and_not_what(log_file: Path) -> None:
    secret = "999999199001010014"
    try:
        try:
            raise KeyError(secret)
        except KeyError as cause:
            raise ValueError(f"示例户 {secret}") from cause
    except ValueError:
        log.app.exception("reading failed")
    log.sync.info("with stack", stack_info=True)
    written = log_file.read_text(encoding="utf-8")
    assert secret not in written and "示例户" not in written and str(Path(__file__).parent) not in written
    assert "error ValueError" in written and "error KeyError" in written and "test_paths_logs.py:" in written
    assert [each.fault for each in logs.troubles(log_file.parent)] == [True]


def test_wrong_arguments_lose_nothing(log_file: Path) -> None:
    log.ui.info("%d rows", "many")
    assert "wrong arguments" in log_file.read_text(encoding="utf-8")


def test_a_line_of_another_form_is_read_by_nobody(log_file: Path) -> None:
    log.ui.warning("told: %s", StorageProblem.FULL.error(where="x"))
    with log_file.open("a", encoding="utf-8") as more:
        more.write("示例户\nName of somebody\n2026-06-30 12:00:00,000 INFO station.ui: 示例户\n999999199001010014\n")
    assert [line[31:] for line in logs.lines_of(log_file.parent, 9)] == [" station.ui: told: UserError DB-002"]
    assert [each.short[20:] for each in logs.troubles(log_file.parent)] == ["told: UserError DB-002"]


def test_starting_again_moves_the_log(log_file: Path, tmp_path: Path) -> None:
    second = logs.start(tmp_path / "second")
    assert second is not None
    log.app.info("here")
    assert "here" not in log_file.read_text(encoding="utf-8")
    assert "here" in second.read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    try:
        assert logs.start(tmp_path / "file" / "logs") is None
        log.app.info("not shown")
        log.app.warning("shown")
    finally:
        logs.stop()
    assert "shown" in capsys.readouterr().err.replace("not shown", "")


def test_the_log_does_not_grow_without_end(log_file: Path) -> None:
    for _ in range(60):
        log.jobs.info("x" * 100_000)  # as the program never does
    found = list(log_file.parent.iterdir())
    assert 1 < len(found) <= 4 and all(each.stat().st_size < 1_200_000 for each in found)
