"""Workspaces to try things on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from money_helpers import county_plan  # noqa: F401

from station_app.domain.registry import Role
from station_app.storage.workspace import Workspace

VILLAGE = "152525203201"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    workspace = Workspace.create(
        tmp_path / "站 一", org_code=VILLAGE[:9], org_name="示例站", role=Role.STATION, author="示例员"
    )
    yield workspace
    workspace.close()
