"""What a file given on the command line or by a double click is, told from its name and a first look."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from station_app.exchange.package.container import MANIFEST
from station_app.exchange.problems import OpeningProblem
from station_app.exchange.update.manifest import SUFFIX as UPDATE_SUFFIX
from station_app.storage.backup import SEALED_SUFFIX
from station_app.storage.backup import SUFFIX as BACKUP_SUFFIX
from station_app.storage.workspace import DATABASE, MARKER


class What(StrEnum):
    """What there is to open."""

    WORKSPACE = "workspace"
    PACKAGE = "package"  # from a station, or a receipt from above
    CARD = "card"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Wish:
    """Something a person wants opened: a workspace folder, or a file that some workspace looks at."""

    what: What
    path: Path


def wish_for(path: Path) -> Wish:
    """Return what ``path`` is.

    Raises:
        UserError: CLI-010 there is nothing, CLI-011 it is nothing this program opens, CLI-012 it is a backup.
    """
    absolute = path.expanduser().absolute()
    if not absolute.exists():
        raise OpeningProblem.NOT_THERE.error(path=path)
    if absolute.is_dir():
        return Wish(What.WORKSPACE, absolute)
    name = absolute.name
    if name in (DATABASE, MARKER):
        return Wish(What.WORKSPACE, absolute.parent)
    if name.endswith((BACKUP_SUFFIX, SEALED_SUFFIX)):
        raise OpeningProblem.A_BACKUP.error(name=name)
    lowered = name.lower()
    if lowered.endswith(UPDATE_SUFFIX):
        return Wish(What.UPDATE, absolute)
    if lowered.endswith(".json") and name.startswith("GSC_"):
        return Wish(What.CARD, absolute)
    if lowered.endswith(".zip") and (name.startswith("GSP_") or _is_package(absolute)):
        return Wish(What.PACKAGE, absolute)
    raise OpeningProblem.UNKNOWN.error(name=name)


def _is_package(path: Path) -> bool:
    """Whether a zip of another name holds a package's list, for example a file a mail program renamed."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False
