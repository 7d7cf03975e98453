"""One writer per workspace: an exclusive transaction on a small file of its own, held while the workspace is open.

SQLite's own locking works on every system we run on, is given back by the operating system when a process dies, and is
loaded anyway; a lock library would cost a tenth of the start.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

from station_app.storage import files
from station_app.storage.engine import OperationalError, connect_plain, is_busy


class InUse(Exception):
    """Another copy holds the lock."""


class Lock:
    """Held from construction until ``release``."""

    def __init__(self, path: Path) -> None:
        """Take the lock.

        Raises:
            InUse: somebody else has it.
            OSError: the file cannot be made.
        """
        path.touch()
        files.make_private(path)  # its journal has the permissions it has
        try:
            self._connection = connect_plain(path)
            self._connection.execute("BEGIN EXCLUSIVE")
        except OperationalError as error:
            if hasattr(self, "_connection"):
                self._connection.close()
            if is_busy(error):
                raise InUse from error
            raise OSError(0, str(error), str(path)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let others in; releasing twice is harmless."""
        self._connection.close()
