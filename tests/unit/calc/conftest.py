"""What the tests of calculations share."""

from __future__ import annotations

import pytest

from station_app.domain.calc.coefficients import Standards
from station_app.storage.standards import load_standards


@pytest.fixture(scope="session")
def standards() -> Standards:
    return load_standards()
