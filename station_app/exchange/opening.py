"""What a file given on the command line or by a double click is, told from its name and a first look."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.exchange.package.container import MANIFEST
from station_app.exchange.update.manifest import SUFFIX as UPDATE_SUFFIX
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
        raise UserError(
            "CLI-010",
            Text(
                f"找不到“{path}”。请检查路径；U 盘上的文件请确认 U 盘还插着。",
                f"There is no “{path}”. Check the path, and that the stick is still there.",
            ),
        )
    if absolute.is_dir():
        return Wish(What.WORKSPACE, absolute)
    name = absolute.name
    if name in (DATABASE, MARKER):
        return Wish(What.WORKSPACE, absolute.parent)
    if name.endswith(BACKUP_SUFFIX):
        raise UserError(
            "CLI-012",
            Text(
                f"“{name}”是备份，不直接打开。恢复请用命令：grassland-station restore 备份文件 --workspace 工作站文件夹。",
                f"“{name}” is a backup and is not opened directly. Restore it: grassland-station restore FILE --workspace FOLDER.",
            ),
        )
    lowered = name.lower()
    if lowered.endswith(UPDATE_SUFFIX):
        return Wish(What.UPDATE, absolute)
    if lowered.endswith(".json") and name.startswith("GSC_"):
        return Wish(What.CARD, absolute)
    if lowered.endswith(".zip") and (name.startswith("GSP_") or _is_package(absolute)):
        return Wish(What.PACKAGE, absolute)
    raise UserError(
        "CLI-011",
        Text(
            f"本程序不认识“{name}”。可以打开：工作站文件夹、上报包或回执（GSP_….zip）、身份卡（GSC_….json）、更新文件（.gsupdate）。"
            "Excel 表请在相应页面点“导入 Excel”。",
            f"“{name}” is nothing this program opens. It opens workspace folders, packages and receipts (GSP_….zip), cards "
            "(GSC_….json) and update files (.gsupdate). Workbooks are imported on the page of their records.",
        ),
    )


def _is_package(path: Path) -> bool:
    """Whether a zip of another name holds a package's list, for example a file a mail program renamed."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (OSError, zipfile.BadZipFile, ValueError):
        return False
