"""Writing a file so that it is there whole or not at all, and saying in a sentence why it could not be written."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from station_app.domain.problems import UserError
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.storage import files

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ETXTBSY, errno.EBUSY}
_NAME = {errno.ENAMETOOLONG, errno.EINVAL, errno.EISDIR}


def translated(error: OSError, target: Path) -> UserError:
    """Return what a person is told about an operating system error while writing ``target``."""
    if error.errno in _FULL:
        return WorkbookProblem.DISK_FULL.error(target=target)
    if error.errno in _DENIED or isinstance(error, PermissionError):
        return WorkbookProblem.IN_USE.error(target=target)
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return WorkbookProblem.NO_FOLDER.error(folder=target.parent)
    if error.errno in _NAME:
        return WorkbookProblem.WRONG_NAME.error(name=target.name)
    return WorkbookProblem.NOT_WRITTEN.error(target=target, reason=error.strerror or error)


def _check(target: Path, endings: tuple[str, ...]) -> None:
    if target.suffix.lower() not in endings or target.is_dir():
        raise WorkbookProblem.WRONG_NAME.error(name=target.name)
    if not target.parent.is_dir():
        raise WorkbookProblem.NO_FOLDER.error(folder=target.parent)
    opened = (target.with_name("~$" + target.name), target.with_name(f".~lock.{target.name}#"))
    if target.exists() and (not os.access(target, os.W_OK) or any(p.exists() for p in opened)):
        raise WorkbookProblem.IN_USE.error(target=target)


@contextmanager
def beside(target: Path, endings: tuple[str, ...] = (".xlsx",)) -> Iterator[Path]:
    """Give a path beside ``target`` to write to; on leaving it becomes ``target``, on an error it vanishes.

    Raises:
        UserError: XLS-002 no such folder, XLS-003 target open or not writable, XLS-004 disk full, XLS-005 another
            reason, XLS-009 the file name can not be used.
    """
    try:
        _check(target, endings)
    except OSError as error:
        raise translated(error, target) from error
    part = files.part_of(target)
    try:
        yield part
        files.sync_file(part)
        files.name_part(target)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise translated(error, target) from error
        raise
