"""Buttons that who is signed in may not press: they rest, and their tooltip says why and who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractButton

from station_app.domain.accounts import AccountProblem
from station_app.domain.guards import Act
from station_app.domain.text import Text
from station_app.services import guarding
from station_app.ui.i18n import Retranslated

if TYPE_CHECKING:
    from station_app.ui.session import Session


def guard(owner: Retranslated, session: Session, act: Act, *buttons: QAbstractButton, tip: Text = Text("", "")) -> None:  # noqa: B008
    """Let buttons of ``owner`` rest while who is signed in may not do the act; ``tip`` is what they say otherwise.

    An act for which only a second person is missing is offered: that person is asked for when it is done.
    """

    def look() -> None:
        if session.closed:
            return
        found = guarding.problem(session.workspace, act)
        refused = found is not None and found.code != AccountProblem.TWO_PRESENT.code
        for each in buttons:
            each.setEnabled(not refused)
            owner.say(each.setToolTip, found.text if found is not None and refused else tip)

    session.person_changed.connect(look)
    look()
