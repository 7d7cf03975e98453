"""``grassland-station health`` and ``support``: how a workspace is, and the file for the person who helps."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from station_app.commands.command import argument, workspace_command
from station_app.commands.tables import Part, tell
from station_app.domain.problems import Severity
from station_app.exchange import health, support
from station_app.services.figures.columns import rows_json

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.storage.workspace import Workspace


@workspace_command("health", "工作站的健康：磁盘、数据、时钟、备份、密钥、待办、版本、错误。", looks=True)
def run_health(workspace: Workspace, args: argparse.Namespace, out: Output) -> int:
    """Say how each part of a workspace is, what that means and what to do next; exit code 1 where something is wrong."""
    parts = health.health(workspace)
    worst = health.worst_of(parts)
    out.put(state=worst.value if worst else "ok", parts=rows_json(health.COLUMNS, parts, out.language))
    tell(out, None, health.COLUMNS, [Part([], parts)], [])
    return 1 if worst is Severity.ERROR else 0


@workspace_command(
    "support",
    "给技术支持的文件：不含记录、姓名、号码和文件夹。",
    argument("--out", type=Path, default=None, metavar="F.json", help="write it here; without it is shown / 写到这里"),
    looks=True,
)
def run_support(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Show the support file byte for byte, or write it: figures and codes, no record, name, number or folder."""
    content = support.support_file(workspace)
    out.put(support_file=json.loads(content))
    if args.out is None:
        if not out.as_json:
            sys.stdout.write(content.decode("ascii"))
        return
    support.save_support_file(content, args.out)
    out.put(path=args.out)
    out.say(
        "支持文件已写好：{path}。发出之前可以打开看看里面有什么。",
        "Support file written: {path}. Look into it before you send it.",
        path=args.out,
    )
