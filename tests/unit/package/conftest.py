"""A station and a county that know each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from package_helpers import introduce, make_county, make_station

from station_app.storage.workspace import Workspace


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    with make_station(tmp_path / "站 一") as workspace:
        yield workspace


@pytest.fixture
def county(tmp_path: Path, station: Workspace) -> Iterator[Workspace]:
    with make_county(tmp_path / "县") as workspace:
        introduce(station, workspace)
        yield workspace


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "U 盘"
    folder.mkdir()
    return folder
