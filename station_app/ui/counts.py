"""How many things wait, counted off the window's thread: the numbers of the doors and the navigation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from station_app.exchange.standing import WorkCounts, take_stock

if TYPE_CHECKING:
    from station_app.ui.session import Session

DELAY_MS = 120


class Counts(QObject):
    """Keeps the standing up to date; ``changed`` comes after every new count."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._again = False
        self._running = False
        self.now = WorkCounts()
        self.known = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._run)
        session.data_changed.connect(lambda _changes: self.refresh())
        session.drafts_changed.connect(self._drafts_changed)

    def refresh(self) -> None:
        """Count again soon; several calls in a row count once."""
        self._timer.start()

    def _drafts_changed(self) -> None:
        """Count only the drafts: typing goes on meanwhile."""
        number = self._session.workspace.drafts.count()
        if self.known and number != self.now.drafts:
            self.now = self.now._replace(drafts=number)
            self.changed.emit()

    def stop(self) -> None:
        """Count no more (closing)."""
        self._timer.stop()
        self._again = False

    def _run(self) -> None:
        if self._running:
            self._again = True
            return
        self._running = True
        self._session.run(lambda context: take_stock(context.reader), on_done=self._done, on_error=self._failed)

    def _done(self, found: WorkCounts) -> None:
        workspace = self._session.workspace
        self._running = False
        self.now = found._replace(drafts=workspace.drafts.count(), last_backup=workspace.last_backup)
        self.known = True
        self.changed.emit()
        if self._again:
            self._again = False
            self.refresh()
        else:  # nothing else to do: words are found before anybody looks for them
            self._session.run(lambda context: context.reader.bring_search_abreast())

    def _failed(self, error: BaseException) -> None:
        self._running = False
        raise error
