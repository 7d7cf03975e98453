"""All record descriptions, one module per subject. Importing this package describes every type."""

from __future__ import annotations

# The order is the order of the subjects in navigation and packages.
# isort: off
from station_app.domain.records import organisation  # noqa: F401
from station_app.domain.records import household  # noqa: F401
from station_app.domain.records import parcel  # noqa: F401
from station_app.domain.records import livestock  # noqa: F401
from station_app.domain.records import forage  # noqa: F401
from station_app.domain.records import survey  # noqa: F401
from station_app.domain.records import survey_quadrats  # noqa: F401
from station_app.domain.records import survey_transects  # noqa: F401
from station_app.domain.records import survey_monitoring  # noqa: F401
from station_app.domain.records import survey_pests  # noqa: F401
from station_app.domain.records import compensation  # noqa: F401
from station_app.domain.records import compensation_line  # noqa: F401
from station_app.domain.records import compensation_follow_up  # noqa: F401
from station_app.domain.records import inspection  # noqa: F401
from station_app.domain.records import calculation  # noqa: F401
from station_app.domain.records import carbon  # noqa: F401
from station_app.domain.records import target  # noqa: F401
from station_app.domain.records import coefficient  # noqa: F401
from station_app.domain.records import exchange  # noqa: F401

# isort: on
from station_app.domain.registry import all_types
from station_app.domain.usual import unusual_values

for _kind in all_types():
    _kind.rules.append(unusual_values)  # a rule of every record


def load_all() -> None:
    """Describe every record type; importing the package has done it."""
