"""Where things are, and what a log may hold."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from station_app import logs, paths
from station_app.logs import log, masked

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


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("identity 99999919900101001X refused", "identity <17 digits> refused"),
        ("account 6299900000000000012", "account <19 digits>"),
        ("account 6299 9000 0000 0000 012", "account <19 digits>"),
        ("phone 13900000000,", "phone <11 digits>,"),
        ("全角 １２３４５６７８９０１２", "全角 <12 digits>"),
        ("18 rows, 1026.800 mu, year 2026, 2026-06-30", "18 rows, 1026.800 mu, year 2026, 2026-06-30"),
        ("1234567890", "1234567890"),
        ("heads 1200 1300 in 2026", "heads 1200 1300 in 2026"),
    ],
)
def test_numbers_of_people_are_masked(text: str, kept: str) -> None:
    assert masked(text) == kept


def test_the_log_holds_no_identity_in_message_argument_or_trace(log_file: Path) -> None:
    secret = "999999199001010014"
    log.store.warning("household %s, %d", secret, int(secret))
    log.package.error(f"line with {secret}")
    try:
        raise ValueError(secret)
    except ValueError:
        log.app.exception("reading failed")
    log.sync.info("with stack", stack_info=True)
    written = log_file.read_text(encoding="utf-8")
    assert secret not in written
    assert "ValueError: <18 digits>" in written and "station.store" in written and written.count("<18 digits>") >= 4


def test_a_handler_elsewhere_gets_masked_records(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="station"):
        log.county.info("from %s", "6299900000000000012")
    assert caplog.messages == ["from <19 digits>"]


def test_wrong_arguments_lose_nothing(log_file: Path) -> None:
    log.ui.info("%d rows", "many")
    assert "wrong arguments" in log_file.read_text(encoding="utf-8")


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
        log.jobs.info("x" * 100_000)
    found = list(log_file.parent.iterdir())
    assert 1 < len(found) <= 4 and all(each.stat().st_size < 1_200_000 for each in found)
