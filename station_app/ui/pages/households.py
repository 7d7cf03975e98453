"""Households: find one, see its whole story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station_app.domain.text import Text
from station_app.ui.actions import REPORTS_OF_PAGE
from station_app.ui.pages import story
from station_app.ui.pages.detail import Extra
from station_app.ui.pages.family import FamilyPage
from station_app.ui.pages.section import SectionOptions

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from station_app.ui.session import Session

STORY = Text("概况", "Overview")


def _story(session: Session) -> QWidget:
    return story.HouseholdStory(session)


class HouseholdsPage(FamilyPage):
    """The roster; the detail of a household begins with everything about it."""

    def options(self, type_name: str) -> SectionOptions:
        if type_name == "household":
            return SectionOptions((Extra("story", STORY, _story, first=True),), REPORTS_OF_PAGE["households"])
        return super().options(type_name)
