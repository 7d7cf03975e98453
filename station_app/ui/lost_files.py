"""While the window is open: are files of the program or of the workspace gone? Looked at off its thread, every few minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from station_app.exchange import lost_files
from station_app.logs import Own, log
from station_app.storage.changes import Changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from station_app.domain.problems import Problem
    from station_app.ui.session import Session

EVERY_MS = 5 * 60_000


class LostFiles(QObject):
    """Says once which files are gone, and keeps it among what the start warned of until they are back."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.watch = lost_files.FileWatch(session.workspace.folder, session.workspace.clock)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Look now."""
        if self._session.closed:
            self.stop()
            return
        self._session.ask(self, lambda _context: self.watch.look(), on_done=self._found)

    def _found(self, found: Sequence[Problem]) -> None:
        gate = self._session.workspace.gate
        before = [p for p in gate if p.code in lost_files.CODES]
        if list(found) == before:
            return
        gate[:] = [*(p for p in gate if p.code not in lost_files.CODES), *found]
        for problem in found:
            if problem not in before:
                log.app.warning("files are gone: %s", Own(problem.code))
                self._session.say(problem.text, "error", lasting=True, about=problem.code)
        for code in {p.code for p in before} - {p.code for p in found}:
            self._session.mend(code)
        self._session.data_changed.emit(Changes())  # Today and Health tell it

    def stop(self) -> None:
        """Look no more (closing)."""
        self._timer.stop()
