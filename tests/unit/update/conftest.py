"""A release key, who is believed, and an update file of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from update_helpers import make_key, signers_of, update_file

from station_app.exchange.package.sshsig import Signers, SigningKey


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return make_key(tmp_path / "release")


@pytest.fixture
def signers(key: SigningKey) -> Signers:
    return signers_of(key)


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "U 盘"
    folder.mkdir()
    return folder


@pytest.fixture
def update(stick: Path, key: SigningKey) -> Path:
    return update_file(stick, key)
