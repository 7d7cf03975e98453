"""Buttons that who is signed in may not press: they rest, and their tooltip says why and who may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractButton

from station_app.domain.accounts import AccountProblem
from station_app.domain.guards import Act
from station_app.domain.text import Text
from station_app.services import guarding
from station_app.ui.i18n import Retranslated

if TYPE_CHECKING:
    from station_app.domain.problems import Problem
    from station_app.ui.session import Session

NO_TIP = Text("", "")


def refusal(session: Session, act: Act) -> Problem | None:
    """Return why who is signed in may not do it, ``None`` where it may be offered: a second person that alone is missing is
    asked for when it is done (``second_person``)."""
    found = guarding.problem(session.workspace, act)
    return None if found is None or found.code == AccountProblem.TWO_PRESENT.code else found


class _Guard(QObject):
    """Follows who is signed in for some buttons, as long as the first of them lives."""

    def __init__(
        self, owner: Retranslated, session: Session, act: Act, buttons: tuple[QAbstractButton, ...], tip: Text
    ) -> None:
        super().__init__(buttons[0])
        self._owner, self._session, self._act, self._buttons, self._tip = owner, session, act, buttons, tip
        session.person_changed.connect(self.look)
        self.look()

    def look(self) -> None:
        """Let the buttons rest, or not."""
        if self._session.closed:
            return
        found = refusal(self._session, self._act)
        for each in self._buttons:
            each.setEnabled(found is None)
            self._owner.say(each.setToolTip, self._tip if found is None else found.text)


def guard(owner: Retranslated, session: Session, act: Act, *buttons: QAbstractButton, tip: Text = NO_TIP) -> None:
    """Let buttons of ``owner`` rest while who is signed in may not do the act; ``tip`` is what they say otherwise."""
    _Guard(owner, session, act, buttons, tip)
