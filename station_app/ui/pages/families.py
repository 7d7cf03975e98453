"""Pages that are nothing but lists of their record families."""

from __future__ import annotations

from station_app.ui.pages.family import FamilyPage


class InspectionsPage(FamilyPage):
    """Inspections and briefings."""
