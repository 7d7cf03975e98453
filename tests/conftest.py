"""What every test shares: no screen, no home folder, code lists, the material that lies outside the project."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Before anything imports Qt.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# Compiled once for every worker, every run and every program a test starts, whatever the machine is set to.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
FSYNC = os.fsync

MEMORY = Path("/dev/shm")
ENOUGH = 4 << 30  # bytes; a whole run leaves some hundred megabytes behind

# A machine under load must not fail a property by the clock; a run that is to be repeated uses the same examples.
settings.register_profile("plain", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", settings.get_profile("plain"), derandomize=True, print_blob=True)
settings.register_profile("thorough", settings.get_profile("plain"), max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("repeatable" if os.environ.get("CI") else "plain"))


def pytest_configure(config: pytest.Config) -> None:
    from patience import wait_patiently

    from station_app.county.training import DAY
    from station_app.domain.official_time import noon_of
    from station_app.storage import clock
    from station_app.storage.reference import install_code_lists

    install_code_lists()
    wait_patiently()
    if config.option.markexpr == "not bench" and _is_fit(MEMORY):
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))  # what is measured lies on the disk
    # What tests invent is of the training year, like the training station, and the machine may be a year behind: it is
    # entered on the training day at the earliest. Tests of the clock itself hand their own in.
    clock.SYSTEM_CLOCK.hold_back(noon_of(DAY))


def _is_fit(folder: Path) -> bool:
    """Whether tests can live in a folder that is memory: no waiting for the disk, neither for files nor for removing them."""
    if not (hasattr(os, "statvfs") and folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    state = os.statvfs(folder)
    return not state.f_flag & os.ST_NOEXEC and state.f_bavail * state.f_frsize >= ENOUGH


def pytest_runtest_setup(item: pytest.Item) -> None:
    """No power is cut within a test, so nothing waits for the disk; what is measured, and every started program, does."""
    from station_app.storage import engine

    measured = item.get_closest_marker("bench") is not None
    engine.SYNCHRONOUS = "FULL" if measured else "OFF"
    os.fsync = FSYNC if measured else lambda descriptor: None


@pytest.fixture(autouse=True, scope="session")
def _away_from_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep default workspaces and logs of started programs out of the person's own folders."""
    os.environ["GRASSLAND_DATA"] = str(tmp_path_factory.mktemp("data"))


def _shared(name: str) -> Path:
    named = os.environ.get("GRASSLAND_SHARED", "").strip()
    folder = (Path(named) if named else ROOT.parent / "shared") / name
    if not folder.is_dir():
        pytest.skip(f"the material this test reads in place is not here: {folder} (GRASSLAND_SHARED names its parent)")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of published data nobody here made; its files are read in place and never copied into the project."""
    return _shared("data")


@pytest.fixture(scope="session")
def shared_domain() -> Path:
    """The folder of facts of the field with their sources."""
    return _shared("domain")
