"""The three workplaces packages travel between."""

from __future__ import annotations

from enum import StrEnum

from station_app.domain import codes
from station_app.domain.text import Text


class Role(StrEnum):
    """A workplace. Who may author which record type is fixed per role."""

    STATION = "station"
    COUNTY = "county"
    REGION = "region"

    @property
    def label(self) -> Text:
        return codes.label_of("role", self)

    @property
    def rank(self) -> int:
        """How high it stands: packages travel upward."""
        return _UPWARD.index(self)


_UPWARD = tuple(Role)
