"""Commands about accounts: who works here, in which role, and a forgotten PIN.

A command signs in as ``GRASSLAND_ACCOUNT`` with ``GRASSLAND_PASSWORD``; a new PIN comes from ``GRASSLAND_NEW_PIN``, a file, or is
asked for; what opens the recovery sheet comes from ``GRASSLAND_SHEET``, a file, or is asked for.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from station_app.commands import passwords
from station_app.commands.command import argument, group, workspace_command
from station_app.domain import guards
from station_app.domain.accounts import AccountRole, roles_at
from station_app.domain.official_time import official_text
from station_app.domain.text import Text
from station_app.services import access_log, accounts, guarding

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.services.accounts import Account
    from station_app.storage.workspace import Workspace

NEW_PIN, SHEET = "GRASSLAND_NEW_PIN", "GRASSLAND_SHEET"
_WHO = argument("name", help="name or mark, as accounts list prints it / 姓名或标记")
_ROLE = argument("role", choices=[role.value for role in AccountRole], help="角色")
_PIN_FILE = argument("--pin-file", type=Path, default=None, help="file that holds the new PIN / 存有新口令的文件")
_ASK_NEW = Text("新口令：", "New PIN: ")
_ASK_OLD = Text("现在的口令：", "Present PIN: ")
_ASK_SHEET = Text("请照恢复单输入恢复码：", "Type the recovery code from the sheet: ")

group("accounts", "用户：谁在这里工作、各是什么角色。", "Accounts: who works here, and in which role.")


@workspace_command("accounts list", "列出用户。")
def run_list(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """List the accounts of this workplace, who is signed in, and whether two persons are needed."""
    found = accounts.accounts(workspace)
    me = accounts.current(workspace)
    out.put(accounts=[dataclasses.asdict(each) for each in found], signed_in=me and me.mark,
            two_persons=guarding.needs_two(workspace))  # fmt: skip
    for each in found:
        state = Text("", "") if each.is_active else Text("（停用）", " (out of use)")
        out.say(Text("{name} #{mark}  {role}{state}", "{name} #{mark}  {role}{state}").format(
            name=each.name, mark=each.mark, role=each.role.label, state=state))  # fmt: skip
    said = accounts.standing(workspace)
    if said is not None:
        out.problem(said)


@workspace_command("accounts add", "添加用户。", _WHO, _ROLE, _PIN_FILE)
def run_add(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Add an account with a first PIN; its owner chooses another. The first account manages the others."""
    two = guarding.needs_two(workspace)
    made = accounts.add(workspace, args.name, AccountRole(args.role), _new_pin(args, out))
    out.put(account=dataclasses.asdict(made))
    out.say("已添加用户：{name} #{mark}  {role}", "Added: {name} #{mark}  {role}", name=made.name, mark=made.mark,
            role=made.role.label)  # fmt: skip
    if guarding.needs_two(workspace) and not two:
        out.say("从现在起，本人登记的要由另一个人复核、上报和作废，更改密钥要两人在场。这条规则不能由一个人取消。",
                "From now on another person reviews, sends and withdraws what one entered, and keys are changed by two. One "
                "person can not end this rule.")  # fmt: skip


@workspace_command("accounts role", "更改用户的角色。", _WHO, _ROLE)
def run_role(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Give an account another role."""
    account = accounts.named(workspace, args.name)
    accounts.set_role(workspace, account, AccountRole(args.role))
    _told(out, accounts.named(workspace, account.mark))


@workspace_command(
    "accounts deactivate", "停用用户；--again 恢复使用。", _WHO, argument("--again", action="store_true")
)
def run_deactivate(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Take an account out of use, or with --again into use once more; what it wrote keeps its name."""
    account = accounts.named(workspace, args.name)
    accounts.set_active(workspace, account, args.again)
    _told(out, accounts.named(workspace, account.mark))


@workspace_command("accounts pin", "更改自己的口令。", _WHO, _PIN_FILE)
def run_pin(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Choose a PIN of one's own; the present one comes from GRASSLAND_PASSWORD."""
    account = accounts.named(workspace, args.name)
    old = passwords.asked(passwords.PASSWORD, _ASK_OLD, out)
    accounts.change_pin(workspace, account, old, _new_pin(args, out))
    out.say("口令已更改。", "The PIN is changed.")


@workspace_command(
    "accounts reset", "重设忘记的口令。", _WHO, _PIN_FILE,
    argument("--sheet", action="store_true", help="with the code of the recovery sheet / 用恢复单"),
    argument("--sheet-file", type=Path, default=None, help="file that holds the code / 存有恢复码的文件"),
    argument("--county", type=Path, default=None, help="folder keys of the county's workspace / 旗县工作站的 keys 文件夹"),
)  # fmt: skip
def run_reset(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Give an account whose PIN is forgotten another: by who manages accounts, with the recovery sheet, or beside the county's key."""
    account = accounts.named(workspace, args.name)
    sheet = None
    if args.sheet or args.sheet_file is not None:
        sheet = passwords.asked(SHEET, _ASK_SHEET, out, args.sheet_file)
    accounts.reset(workspace, account, _new_pin(args, out), sheet=sheet, county=args.county)
    out.say("“{name}”的口令已重设。", "The PIN of “{name}” is reset.", name=account.name)


@workspace_command("accounts may", "谁可以做什么。")
def run_may(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Say which role may do what, by which way; what two persons are needed for is marked."""
    roles = roles_at(workspace.identity.role)
    table = {
        act.value: {role.value: [r.name.lower() for r in guards.Route if guards.may(act, role, r)] for role in roles}
        for act in guards.Act
    }
    out.put(may=table, two_persons=sorted(act.value for act in guards.TWO_PERSONS))
    for act in guards.Act:
        names = [role.label for role in roles if guards.may(act, role, guards.Route.WINDOW)]
        mark = "②" if act in guards.TWO_PERSONS else "　"
        who = Text("、".join(n.zh for n in names), ", ".join(n.en for n in names))
        out.say(Text("{mark} {act}：{who}", "{mark} {act}: {who}").format(mark=mark, act=act.text, who=who))


@workspace_command(
    "accounts log", "谁查看、打印、导出过个人信息。",
    argument("--out", type=Path, default=None, help="write it as a table (.csv) / 写成表格"),
)  # fmt: skip
def run_log(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """List who saw, printed or exported personal data on this machine, or write it as a table."""
    if args.out is not None:
        rows = access_log.write_csv(workspace, args.out, out.language)
        out.say("已写出 {rows} 行：{path}", "Written: {path}, {rows} rows", rows=rows, path=args.out)
        return
    found = access_log.entries(workspace)
    out.put(log=[dataclasses.asdict(each) for each in found])
    for each in found:
        out.say(Text("{at}  {who}  {way}  {what} {record_id} {n}", "{at}  {who}  {way}  {what} {record_id} {n}").format(
            at=official_text(each.at), who=each.who, way=each.way.text, what=access_log.called(each.what),
            record_id=each.record_id, n=each.records))  # fmt: skip


def _new_pin(args: argparse.Namespace, out: Output) -> str:
    return passwords.asked(NEW_PIN, _ASK_NEW, out, args.pin_file)


def _told(out: Output, account: Account) -> None:
    out.put(account=dataclasses.asdict(account))
    state = Text("使用中", "in use") if account.is_active else Text("停用", "out of use")
    out.say(Text("{name} #{mark}  {role}  {state}", "{name} #{mark}  {role}  {state}").format(
        name=account.name, mark=account.mark, role=account.role.label, state=state))  # fmt: skip
