"""Workspaces for workbooks: an empty station, and one with something of everything a report shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from excel_helpers import TOWN, fill

from station_app.domain.registry import Role
from station_app.storage.workspace import Workspace


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(
        tmp_path / "站", org_code=TOWN, org_name="示例苏木草原站", role=Role.STATION, author="示例员"
    ) as made:
        yield made


@pytest.fixture
def station(empty: Workspace) -> Workspace:
    fill(empty)
    return empty
