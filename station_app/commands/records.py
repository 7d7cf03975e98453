"""``find``, ``void``, ``unvoid``, ``conflicts``, ``twins``, ``accept``, ``send-back``: what the window's lists do, a record named by id."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from station_app.commands.problems import CommandProblem
from station_app.county import review
from station_app.domain.registry import all_types, record_type
from station_app.domain.text import Text
from station_app.services import twins
from station_app.services.entry import Entry, Saved
from station_app.storage.reader import Filter, Query, Reader, State
from station_app.storage.workspace import Workspace

if TYPE_CHECKING:
    from station_app.commands.output import Output

Command = Callable[..., argparse.ArgumentParser]


def add_records(with_workspace: Callable[[argparse.ArgumentParser], argparse.ArgumentParser], command: Command) -> None:
    """Register the commands over single records."""

    def made(name: str, run: Callable[[argparse.Namespace, Output], int], zh: str) -> argparse.ArgumentParser:
        return with_workspace(command(name, run, zh))

    made("find", run_find, "查找记录。").add_argument("text", help="code, name, pinyin or initials / 编码、名称或拼音")
    for name, run, zh in (("void", run_void, "作废记录。"), ("unvoid", run_unvoid, "恢复作废的记录。")):
        one = made(name, run, zh)
        one.add_argument("record_id", help="as find prints it / 记录编号，见 find")
        one.add_argument("--reason", required=True, help="why / 原因")
    for name, run, zh in (
        ("conflicts", run_conflicts, "列出或解决冲突。"),
        ("twins", run_twins, "列出或处理重复登记。"),
    ):
        one = made(name, run, zh)
        one.add_argument("--keep", default="", help="id of what stands (as listed) / 保留的编号")
        one.add_argument("--reason", default="", help="why, with --keep / 原因")
    for name, run, zh in (("accept", run_accept, "县级：认可记录。"), ("send-back", run_send_back, "县级：退回记录。")):
        one = made(name, run, zh)
        one.add_argument("type", help="record type, for example household / 记录类型")
        one.add_argument("record_ids", nargs="*", help="as find prints them / 记录编号")
        one.add_argument("--all", action="store_true", help="instead: all that wait / 全部待审")
        one.add_argument("--reason", default="", help="why / 原因")


def run_find(args: argparse.Namespace, out: Output) -> int:
    """Find records by code, name, pinyin or initials."""
    with Workspace.open(args.workspace) as workspace:
        hits = workspace.read.find(args.text)
    out.put(records=[{"type": h.record_type, "id": h.record_id, "title": h.title} for h in hits])
    for hit in hits:
        label = record_type(hit.record_type).label
        out.say(f"{hit.record_id}  {label.zh}  {hit.title}", f"{hit.record_id}  {label.en}  {hit.title}")
    out.say(f"{len(hits)} 条", f"{len(hits)} found")
    return 0


def run_void(args: argparse.Namespace, out: Output) -> int:
    """Withdraw a record; it stays in the history."""
    return _saved(args, out, Entry.void, Text("已作废。", "Withdrawn."))


def run_unvoid(args: argparse.Namespace, out: Output) -> int:
    """Bring a withdrawn record back as it was."""
    return _saved(args, out, Entry.restore, Text("已恢复。", "Brought back."))


def _saved(args: argparse.Namespace, out: Output, act: Callable[[Entry, str, str], Saved], said: Text) -> int:
    with Workspace.open(args.workspace) as workspace:
        out.put(version_id=act(Entry(workspace), args.record_id, args.reason).version_id)
    out.say(said.zh, said.en)
    return 0


def run_conflicts(args: argparse.Namespace, out: Output) -> int:
    """List records changed in two places, with their versions; with --keep, let one version stand."""
    with Workspace.open(args.workspace) as workspace:
        if args.keep:
            version = workspace.read.version(args.keep)
            if version is None:
                raise CommandProblem.NO_SUCH_ID.error(id=args.keep)
            Entry(workspace).resolve(version.record_id, args.keep, args.reason)
            out.say("冲突已解决。", "The conflict is ended.")
            return 0
        found = list(_conflicts(workspace))
    out.put(conflicts=found)
    for each in found:
        out.say(f"{each['id']}  {each['title']}", f"{each['id']}  {each['title']}")
        for head in each["versions"]:
            out.say(f"  --keep {head['id']}  {head['author']}", f"  --keep {head['id']}  {head['author']}")
    out.say(f"{len(found)} 处冲突", f"{len(found)} in conflict")
    return 0


def _conflicts(workspace: Workspace) -> list[dict[str, Any]]:
    found = []
    for kind in all_types():
        for row in workspace.read.rows(Query(kind.name, (Filter("_state", "eq", State.CONFLICT.value),))):
            heads = [workspace.journal.load(head) for head in workspace.journal.head_ids(row.record_id, kind.name)]
            found.append({
                "type": kind.name, "id": row.record_id, "title": _title(workspace.read, kind.name, row.record_id),
                "versions": [{"id": h.version_id, "author": h.author, "device": h.device} for h in heads],
            })  # fmt: skip
    return found


def run_twins(args: argparse.Namespace, out: Output) -> int:
    """List what is on record more than once; with --keep, let one record stand and withdraw the others."""
    with Workspace.open(args.workspace) as workspace:
        groups = twins.find_twins(workspace.read)
        if args.keep:
            group = next((g for g in groups if any(r.record_id == args.keep for r in g.rows)), None)
            if group is None:
                raise CommandProblem.NO_SUCH_ID.error(id=args.keep)
            moved = twins.keep_one(workspace, Entry(workspace), group, args.keep, args.reason)
            out.put(moved=moved)
            out.say(f"已保留一条，随之改动 {moved} 条。", f"One is kept; {moved} records were changed with it.")
            return 0
        listed: list[dict[str, Any]] = [
            {"type": g.type_name, "records": [
                {"id": r.record_id, "title": _title(workspace.read, g.type_name, r.record_id), "author": r.author}
                for r in g.rows]}
            for g in groups
        ]  # fmt: skip
    out.put(twins=listed)
    for each in listed:
        for record in each["records"]:
            line = f"--keep {record['id']}  {record['title']}  {record['author']}"
            out.say(line, line)
    out.say(f"{len(listed)} 项重复登记", f"{len(listed)} entered more than once")
    return 0


def run_accept(args: argparse.Namespace, out: Output) -> int:
    """Accept the present versions of records; those in conflict are left out."""
    return _reviewed(args, out, review.accept, Text("已认可 {n} 条。", "Accepted: {n}."))


def run_send_back(args: argparse.Namespace, out: Output) -> int:
    """Return the present versions of records to their station, with the reason."""
    return _reviewed(args, out, review.send_back, Text("已退回 {n} 条。", "Returned: {n}."))


def _reviewed(
    args: argparse.Namespace, out: Output, act: Callable[[Workspace, str, list[str], str], Any], said: Text
) -> int:
    name = _known(args.type)
    if bool(args.record_ids) is args.all:
        raise CommandProblem.WHICH_RECORDS.error()
    with Workspace.open(args.workspace) as workspace:
        ids = args.record_ids or review.unreviewed(workspace, name)
        rows = {record_id: workspace.read.get(name, record_id) for record_id in ids}
        if unknown := next((record_id for record_id, row in rows.items() if row is None), None):
            raise CommandProblem.NO_SUCH_ID.error(id=unknown)
        act(workspace, name, list(rows), args.reason)
    count = sum(row is not None and not row.void and not row.conflict for row in rows.values())
    out.put(records=count)
    told = said.format(n=count)
    out.say(told.zh, told.en)
    return 0


def _known(type_name: str) -> str:
    if type_name not in {kind.name for kind in all_types()}:
        raise CommandProblem.NO_SUCH_ID.error(id=type_name)
    return type_name


def _title(reader: Reader, type_name: str, record_id: str) -> str:
    return reader.titles(type_name, [record_id]).get(record_id, "")
