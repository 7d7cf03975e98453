"""What the window's lists do with records, a record named by its id."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from station_app.commands.command import argument, workspace_command
from station_app.commands.problems import CommandProblem
from station_app.county import review
from station_app.domain.generic import JSON
from station_app.domain.registry import all_types, record_type
from station_app.domain.text import Text
from station_app.services import review as reviews
from station_app.services import twins
from station_app.services.entry import Entry, Saved
from station_app.storage.reader import Filter, Query, Reader, Row, State
from station_app.storage.workspace import Workspace

if TYPE_CHECKING:
    from station_app.commands.output import Output

_RECORD = argument("record_id", help="as find prints it / 记录编号，见 find")
_REASON = argument("--reason", required=True, help="why / 原因")
_KEEPING = (
    argument("--keep", default="", help="id of what stands (as listed) / 保留的编号"),
    argument("--reason", default="", help="why, with --keep / 原因"),
)
_REVIEWED = (
    argument("type", help="record type, for example household / 记录类型"),
    argument("record_ids", nargs="*", help="as find prints them / 记录编号"),
    argument("--all", action="store_true", help="instead: all that wait / 全部待审"),
    argument("--reason", default="", help="why / 原因"),
)


@workspace_command(
    "find", "查找记录。", argument("text", help="code, name, pinyin or initials / 编码、名称或拼音"), looks=True
)
def run_find(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Find records by code, name, pinyin or initials."""
    hits = workspace.read.find(args.text)
    out.put(records=[{"type": h.record_type, "id": h.record_id, "title": h.title} for h in hits])
    for hit in hits:
        label = record_type(hit.record_type).label
        out.say(f"{hit.record_id}  {label.zh}  {hit.title}", f"{hit.record_id}  {label.en}  {hit.title}")
    out.say(f"{len(hits)} 条", f"{len(hits)} found")


@workspace_command("void", "作废记录。", _RECORD, _REASON)
def run_void(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Withdraw a record; it stays in the history."""
    _saved(workspace, args, out, Entry.void, Text("已作废。", "Withdrawn."))


@workspace_command("unvoid", "恢复作废的记录。", _RECORD, _REASON)
def run_unvoid(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Bring a withdrawn record back as it was."""
    _saved(workspace, args, out, Entry.restore, Text("已恢复。", "Brought back."))


def _saved(
    workspace: Workspace, args: argparse.Namespace, out: Output, act: Callable[[Entry, str, str], Saved], said: Text
) -> None:
    out.put(version_id=act(Entry(workspace), args.record_id, args.reason).version_id)
    out.say(said)


@workspace_command("conflicts", "列出或解决冲突。", *_KEEPING)
def run_conflicts(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """List records changed in two places, with their versions; with --keep, let one version stand."""
    if args.keep:
        version = workspace.read.version(args.keep)
        if version is None:
            raise CommandProblem.NO_SUCH_ID.error(id=args.keep)
        Entry(workspace).resolve(version.record_id, args.keep, args.reason)
        out.say("冲突已解决。", "The conflict is ended.")
        return
    found = list(_conflicts(workspace))
    out.put(conflicts=found)
    for each in found:
        out.say(f"{each['id']}  {each['title']}", f"{each['id']}  {each['title']}")
        for head in each["versions"]:
            out.say(f"  --keep {head['id']}  {head['author']}", f"  --keep {head['id']}  {head['author']}")
    out.say(f"{len(found)} 处冲突", f"{len(found)} in conflict")


def _conflicts(workspace: Workspace) -> list[dict[str, JSON]]:
    found = []
    for kind in all_types():
        for row in workspace.read.rows(Query(kind.name, (Filter("_state", "eq", State.CONFLICT.value),))):
            heads = [workspace.journal.load(head) for head in workspace.journal.head_ids(row.record_id, kind.name)]
            found.append({
                "type": kind.name, "id": row.record_id, "title": _title(workspace.read, kind.name, row.record_id),
                "versions": [{"id": h.version_id, "author": h.author, "device": h.device} for h in heads],
            })  # fmt: skip
    return found


@workspace_command("twins", "列出或处理重复登记。", *_KEEPING)
def run_twins(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """List what is on record more than once; with --keep, let one record stand and withdraw the others."""
    groups = twins.find_twins(workspace.read)
    if args.keep:
        group = next((g for g in groups if any(r.record_id == args.keep for r in g.rows)), None)
        if group is None:
            raise CommandProblem.NO_SUCH_ID.error(id=args.keep)
        moved = twins.keep_one(workspace, Entry(workspace), group, args.keep, args.reason)
        out.say("已保留一条，随之改动 {moved} 条。", "One is kept; {moved} records were changed with it.", moved=moved)
        return
    listed: list[dict[str, JSON]] = [
        {
            "type": group.type_name,
            "records": [
                {"id": r.record_id, "title": _title(workspace.read, group.type_name, r.record_id), "author": r.author}
                for r in group.rows
            ],
        }
        for group in groups
    ]
    out.put(twins=listed)
    for each in listed:
        for record in each["records"]:
            line = f"--keep {record['id']}  {record['title']}  {record['author']}"
            out.say(line, line)
    out.say(f"{len(listed)} 项重复登记", f"{len(listed)} entered more than once")


@workspace_command("review", "复核记录。", *_REVIEWED[:3])
def run_review(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Say that a second person has looked at the present versions of records."""
    rows = _named_rows(workspace, args, lambda name: _complete(workspace.read, name))
    wanted = [(args.type, row.record_id, row.version_id) for row in rows]
    out.say(
        "已复核 {records} 条。",
        "Reviewed: {records}.",
        records=reviews.mark_reviewed(workspace, Entry(workspace), wanted),
    )


def _complete(reader: Reader, name: str) -> list[str]:
    return [row.record_id for row in reader.rows(Query(name, (Filter("_state", "eq", State.COMPLETE.value),)))]


@workspace_command("accept", "县级：认可记录。", *_REVIEWED)
def run_accept(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Accept the present versions of records; those in conflict are left out."""
    _reviewed(workspace, args, out, review.accept, Text("已认可 {records} 条。", "Accepted: {records}."))


@workspace_command("send-back", "县级：退回记录。", *_REVIEWED)
def run_send_back(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Return the present versions of records to their station, with the reason."""
    _reviewed(workspace, args, out, review.send_back, Text("已退回 {records} 条。", "Returned: {records}."))


def _reviewed(
    workspace: Workspace,
    args: argparse.Namespace,
    out: Output,
    act: Callable[[Workspace, str, list[str], str], object],
    said: Text,
) -> None:
    rows = _named_rows(workspace, args, lambda name: review.unreviewed(workspace, name))
    act(workspace, args.type, [row.record_id for row in rows], args.reason)
    out.say(said, records=sum(not row.void and not row.conflict for row in rows))


def _named_rows(workspace: Workspace, args: argparse.Namespace, waiting: Callable[[str], list[str]]) -> list[Row]:
    name = _known(args.type)
    if bool(args.record_ids) is args.all:
        raise CommandProblem.WHICH_RECORDS.error()
    rows = []
    for record_id in args.record_ids or waiting(name):
        row = workspace.read.get(name, record_id)
        if row is None:
            raise CommandProblem.NO_SUCH_ID.error(id=record_id)
        rows.append(row)
    return rows


def _known(type_name: str) -> str:
    if type_name not in {kind.name for kind in all_types()}:
        raise CommandProblem.NO_SUCH_ID.error(id=type_name)
    return type_name


def _title(reader: Reader, type_name: str, record_id: str) -> str:
    return reader.titles(type_name, [record_id]).get(record_id, "")
