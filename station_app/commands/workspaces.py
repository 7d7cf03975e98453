"""Commands about a workspace as a whole: make it, make it a device of its own, check it, ask it."""

from __future__ import annotations

import argparse
import csv
import dataclasses
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station_app.commands.command import OCCASIONS, WORKSPACE, argument, command, either, refuse_keys, workspace_command
from station_app.commands.problems import CommandProblem
from station_app.county import coverage
from station_app.domain import registry
from station_app.domain.codes import label_of
from station_app.domain.official_time import official_day
from station_app.domain.text import Text
from station_app.exchange import plain_copy, salvage, whole_check
from station_app.services import counting, divisions, first_steps, founding, undo
from station_app.services.problems import ServiceProblem
from station_app.storage import engine, separate
from station_app.storage import reader as readers
from station_app.storage import workspace as workspaces

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.storage.user_actions import UserAction
    from station_app.storage.workspace import Workspace


@command(
    "init",
    "新建工作站。",
    argument("folder", type=Path),
    argument("--org-code", required=True, help="6, 9 or 12 digits / 行政区划代码"),
    argument("--org-name", required=True, help="name of the organisation / 单位名称"),
    argument("--role", choices=("station", "county", "region"), default="station"),
    argument("--device", default="", help="name of this machine / 设备名"),
    argument("--author", default="", help="who works here / 操作人"),
    argument(
        "--villages", action="store_true", help="add the area's villages from the division list / 从区划名单加入嘎查村"
    ),
)
def run_init(args: argparse.Namespace, out: Output) -> None:
    """Make a new workspace: its own unit is on record from the start, with --villages also the villages of its area."""
    with founding.found_workspace(
        args.folder,
        org_code=args.org_code,
        org_name=args.org_name,
        role=registry.Role(args.role),
        device_name=args.device,
        author=args.author,
    ) as workspace:
        villages = [unit.code for unit in founding.listed_villages(workspace)] if args.villages else []
        founding.add_listed_units(workspace, villages)
        out.put(role=args.role, villages=len(villages))
        out.say(
            "已建立工作站“{name}”：{folder}(设备 {device_id})",
            "Made workspace “{name}”: {folder} (device {device_id})",
            name=args.org_name,
            folder=args.folder,
            device_id=workspace.identity.device_id,
        )
        listed = divisions.division(args.org_code) is not None
        out.put(in_division_list=listed)
        if not listed:
            out.say(divisions.UNLISTED, code=args.org_code)
        elif args.villages:
            out.say(
                "已从区划名单加入 {villages} 个嘎查村。",
                "Villages added from the division list: {villages}.",
                villages=len(villages),
            )


@command(
    "separate",
    "把复制来的工作站变成新设备。",
    WORKSPACE,
    argument("--name", default="", help="name of the new device / 新设备名称"),
)
def run_separate(args: argparse.Namespace, out: Output) -> None:
    """Make a copied workspace a device of its own: new key, new card; its records stay."""
    refuse_keys(args, out)
    out.say(
        "这个工作站现在是一台新设备（{device}）。请重新导出身份卡（card）交给县里登记，然后照常打包。",
        "This workspace is a device of its own now ({device}). Hand out its card again (card), then package as usual.",
        device=separate.become_new_device(args.workspace, args.name),
    )


@command(
    "check",
    "检查工作站数据。",
    WORKSPACE,
    argument("--rebuild", action="store_true", help="make tables and search index anew first / 先重建查询表"),
)
def run_check(args: argparse.Namespace, out: Output) -> int:
    """Check that every saved version is there, sound, and shown as it should be; with --rebuild, make anew what follows from the
    versions before.
    """
    if args.rebuild:
        with workspaces.Workspace.open(args.workspace) as workspace:
            workspace.rebuild()
    report = whole_check.check_all(args.workspace)
    for problem in report.problems:
        out.problem(problem)
    out.put(ok=report.ok, counts=report.counts)
    listed = ", ".join(f"{k} {v}" for k, v in sorted(report.counts.items()))
    out.put(can_be_rebuilt=report.can_be_rebuilt)
    if not report.ok:
        out.say(f"有问题：{listed}", f"Not sound: {listed}")
    elif report.problems:
        out.say(f"数据完好，但有要处理的：{listed}", f"The data is sound, but there are findings: {listed}")
    else:
        out.say(f"完好：{listed}", f"Sound: {listed}")
    if after := report.counts.get("entries_after_last_receipt"):
        out.say(whole_check.UNPROVEN, entries=after)
    return 0 if report.ok else 1


@command(
    "query",
    "只读查询。",
    WORKSPACE,
    either(
        argument("sql", nargs="?", help="one SELECT; quantities are whole numbers scaled by 10^places / 一条 SELECT"),
        argument("--copy", type=Path, help="write plain tables for analysts (.db) / 写出供分析用的副本"),
    ),
)
def run_query(args: argparse.Namespace, out: Output) -> None:
    """Read the workspace's tables with one SQL statement, or write a plain copy for analysts; nothing can be changed."""
    database = workspaces.database_of(args.workspace)
    if args.copy is not None:
        with readers.Reader(database) as reader:
            counts = plain_copy.write_plain_copy(reader, args.copy, out.language)
        out.put(copy=str(args.copy), counts=counts)
        out.say(
            f"已写出供分析用的副本 {args.copy}：{sum(counts.values())} 行。不含身份证号等个人信息。",
            f"Plain copy written to {args.copy}: {sum(counts.values())} rows. Personal data is left out.",
        )
        return
    connection = engine.connect(database, read_only=True)
    try:
        rows = list(engine.utils_database(connection).query(args.sql))
    except engine.DatabaseError as error:
        raise CommandProblem.BAD_QUERY.error(error=error) from error
    finally:
        connection.close()
    out.put(rows=rows)
    if rows and not out.as_json:
        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@command(
    "salvage",
    "从损坏的工作站中取出完好的部分。",
    WORKSPACE,
    argument("--out", type=Path, required=True, help="an empty folder / 空文件夹"),
)
def run_salvage(args: argparse.Namespace, out: Output) -> int:
    """Take what is sound out of a damaged workspace: a new workspace, a package and a workbook; what is not sound is named."""
    told = salvage.salvage(args.workspace, args.out, language=out.language, context=out.progress())
    out.put(versions=told.versions, records=told.records, attachments=told.attachments, unreadable=told.unreadable)
    out.put(altered=list(told.altered), workspace=told.workspace, package=told.package, workbook=told.workbook)
    for problem in told.problems:
        out.problem(problem)
    out.say(told.said)
    return 0 if told.package and told.workbook else 1


_DRY_RUN = argument("--dry-run", action="store_true", help="only say what it would be / 只看不做")


@workspace_command("undo", "撤销上一步。", _DRY_RUN)
def run_undo(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Take back what was done last, in the window or by command, and say what it was; never what has been sent."""
    _move(workspace, workspace.actions.last, undo.undo, args, out)


@workspace_command("redo", "重做。", _DRY_RUN)
def run_redo(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Do again what was taken back last, and say what it was."""
    _move(workspace, workspace.actions.next, undo.redo, args, out)


def _move(workspace: Workspace, action: UserAction | None, act: Any, args: argparse.Namespace, out: Output) -> None:
    if action is None:
        raise CommandProblem.NOTHING_TO_UNDO.error()
    name = undo.name_of(workspace, action)
    out.put(action=name.to(out.language), records=len(action.steps), dry_run=args.dry_run)
    if args.dry_run:
        out.say(name)
        return
    act(workspace, context=out.progress())
    done = (
        Text("已撤销：{name}", "Undone: {name}") if act is undo.undo else Text("已重做：{name}", "Done again: {name}")
    )
    out.say(done.format(name=name))


@workspace_command(
    "coverage",
    "清点进度；县级另列各站上报情况。",
    argument("--year", type=int, required=True, help="年度"),
    argument("--occasion", default="mid_year", choices=OCCASIONS, help="清点时点"),
    looks=True,
)
def run_coverage(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Tell how many of a village's households are counted; a county, also what each station has sent and who is late."""
    villages = counting.counted(workspace.read, args.year, args.occasion)
    out.put(villages=[dataclasses.asdict(each) for each in villages])
    for village in villages:
        line = f"{village.code}  {village.name}  {village.counted}/{village.households}"
        out.say(line, line)
    stations = coverage.coverage(workspace)
    out.put(stations=[{**dataclasses.asdict(each), **_moments(each)} for each in stations])
    for each in stations:
        missing = ", ".join(map(str, each.missing)) or "—"
        behind = "—" if each.days_behind is None else each.days_behind
        out.say(
            f"{each.org_name}  {each.device_id}  收到 {each.packages} 包，缺号 {missing}，落后 {behind} 天，搁置 {each.set_aside}",
            f"{each.org_name}  {each.device_id}  {each.packages} packages, missing {missing}, {behind} days behind, "
            f"{each.set_aside} set aside",
        )
        out.say(KEY.format(fingerprint=each.fingerprint, since=_day(each.valid_from), until=_day(each.valid_to)))
        if each.revoked:
            out.say(KEY_ENDED.format(why=label_of("key_ending", each.ended_why), last=each.counts_until or "—",
                                     after=each.followed_by or "—"))  # fmt: skip


KEY = Text("  密钥 {fingerprint}，有效 {since} 至 {until}", "  key {fingerprint}, valid {since} to {until}")
KEY_ENDED = Text(
    "  {why}；认到第 {last} 号包；接替的设备 {after}", "  {why}; counts up to package {last}; followed by {after}"
)


def _day(moment: datetime | None) -> str:
    return official_day(moment).isoformat() if moment is not None else "—"


def _moments(each: coverage.StationCoverage) -> dict[str, str | None]:
    names = ("last_received_at", "data_until", "dated_until", "valid_from", "valid_to")
    return {name: moment.isoformat() if (moment := getattr(each, name)) else None for name in names}


@workspace_command("villages", "从区划名单加入嘎查村。")
def run_villages(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Put the villages of the area on record, as the division list names them; what is there stays."""
    codes = first_steps.villages_to_add(workspace)
    founding.add_listed_units(workspace, codes)
    out.say("已加入 {villages} 个嘎查村。", "Villages added: {villages}.", villages=len(codes))


@workspace_command("moved", "声明工作站只是搬到了这台电脑。")
def run_moved(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Say that the workspace was moved here and the other computer no longer works on it; for a copy see separate."""
    workspace.settle_here()
    out.say("这台电脑沿用原来的设备继续工作。", "This computer goes on as the same device.")


@workspace_command("author", "操作人。", argument("name", help="who works here from now on / 姓名"))
def run_author(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Say who works here from now on; every change names this person."""
    if not args.name.strip():
        raise ServiceProblem.AUTHOR_UNNAMED.error()
    workspace.set_author(args.name)
    out.say("操作人：{author}", "Works here: {author}", author=workspace.identity.author)
