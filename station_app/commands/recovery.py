"""Commands about losing the laptop: backups, the ways to open them, and putting one back, here or on another machine.

No secret is ever an argument (``passwords``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from station_app.commands import passwords
from station_app.commands.command import FOLDER, PASSWORD_FILE, WORKSPACE, argument, command, group, workspace_command
from station_app.commands.passwords import PASSWORD
from station_app.domain.official_time import official_text
from station_app.domain.problems import UserError
from station_app.exchange.package import cards
from station_app.storage import backup_rounds, encrypting, key_slots, protection, restore, stored_backups
from station_app.storage.problems import StorageProblem

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.storage.workspace import Workspace

_NEW = argument(
    "--new-password-file", type=Path, default=None, help="file that holds what is to be set / 存有新密码或恢复码的文件"
)


@workspace_command(
    "backup",
    "备份。",
    argument("--out", type=Path, default=None, help="folder for the copy / 备份到"),
    argument("--list", action="store_true", help="list the backups there are / 列出已有备份"),
    argument("--second", default=None, help="folder each backup is copied to, '' for none / 每次另存到的文件夹"),
    argument("--drill", action="store_true", help="restore the newest into a scratch folder / 试恢复最近的备份"),
)
def run_backup(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Write a proven backup: sealed, with attachments and keys, once a password or sheet can open it."""
    if args.second is not None:
        workspace.settings.set(stored_backups.SECOND, args.second and str(Path(args.second).absolute()))
    if args.drill:
        tried = backup_rounds.drill(workspace.folder, secret=passwords.given(PASSWORD, args.password_file))
        out.put(made_at=tried.made_at.isoformat(), versions=tried.versions, attachments=tried.files)
        out.say("试恢复通过：{when} 的备份，{versions} 个版本，{files} 个附件。",
                "The drill passed: the backup of {when} gives {versions} versions, {files} attachments.",
                when=official_text(tried.made_at), versions=tried.versions, files=tried.files)  # fmt: skip
        return
    if args.list:
        usable, problems = stored_backups.stored(args.out or workspace.folder / "backups")
        for problem in problems:
            out.problem(problem)
        out.put(backups=[{"path": str(each.path), "made_at": each.made_at.isoformat(), "sealed": each.sealed,
                          "mark": each.mark, "size": each.size} for each in usable])  # fmt: skip
        for each in usable:
            kind = stored_backups.KINDS[each.sealed]
            out.say("{when}  {kind}  {name}", "{when}  {kind}  {name}", when=official_text(each.made_at), kind=kind,
                    name=each.path.name)  # fmt: skip
        return
    done = backup_rounds.back_up(workspace, args.out)
    out.put(path=str(done.path), sealed=workspace.backups_open_elsewhere, removed=list(done.removed))
    out.say("备份已写好并检查：{path}", "Backup written and checked: {path}", path=done.path)
    for problem in done.problems:
        out.problem(problem)
    if not workspace.backups_open_elsewhere:
        out.problem(StorageProblem.BACKUP_STAYS_HERE.problem())


@command(
    "restore",
    "从备份恢复，也可以在另一台电脑上。",
    FOLDER,
    PASSWORD_FILE,
    argument("file", type=Path),
    argument("--as-new-device", action="store_true", help="the other machine stays in use / 原来的电脑还在用"),
    argument("--name", default="", help="name of the new device / 新设备名称"),
    argument(
        "--county", type=Path, default=None, help="folder keys of the county's workspace / 旗县工作站的 keys 文件夹"
    ),
    argument("--without-attachments", action="store_true", help="although attachments are missing / 缺附件也恢复"),
)
def run_restore(args: argparse.Namespace, out: Output) -> None:
    """Put a backup in the place of a workspace, or make the workspace from it; what was there is kept as a copy."""

    def put_back(typed: str | None) -> restore.Restored:
        return restore.restore_backup(
            args.workspace, args.file, secret=typed, county=args.county,
            new_device=args.name if args.as_new_device else None, incomplete=args.without_attachments,
        )  # fmt: skip

    typed = passwords.given(PASSWORD, args.password_file) if args.county is None else None
    try:
        done = put_back(typed)
    except UserError as error:
        if error.code != StorageProblem.DOES_NOT_OPEN.code or typed is not None or not sys.stdin.isatty():
            raise
        done = put_back(passwords.asked(PASSWORD, passwords.ASK, out, args.password_file))
    out.put(kept=done.kept and str(done.kept), made_at=done.made_at.isoformat(), versions=done.versions,
            attachments=done.files, device=done.device_id)  # fmt: skip
    if done.kept is not None:
        out.say("已恢复。原来的数据保存在 {kept}", "Restored. What was there is kept in {kept}", kept=done.kept)
    out.say(done.text)
    if args.as_new_device:
        out.say(restore.NEW_CARD, device=done.device_id)


@command(
    "protect",
    "加密以前建的工作站的数据库。",
    WORKSPACE,
    argument("--remove-plain", action="store_true", help="remove the copies anybody can read / 删除谁都能看的副本"),
)
def run_protect(args: argparse.Namespace, out: Output) -> None:
    """Encrypt the database of a workspace from before; with --remove-plain, remove the copies that anybody can still read."""
    folder = args.workspace
    done = encrypting.encrypt(folder, passwords.given(PASSWORD, args.password_file))
    out.put(encrypted=done.versions is not None, versions=done.versions, plain=[str(path) for path in done.plain])
    out.say(done.text)
    if args.remove_plain:
        out.say(encrypting.remove_plain(folder, done.plain))


group(
    "recovery",
    "电脑丢了还能打开备份的方式：密码、恢复单、旗县。",
    "The ways to open backups when the laptop is lost: password, sheet, county.",
)


@workspace_command("recovery list", "列出能打开备份的方式。")
def run_list(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """List the ways to open the backups of this workspace."""
    slots = key_slots.read_slots(workspace.keys_folder)
    out.put(ways=[{"way": slot.way.value, "label": slot.label, "data_key": slot.data_key} for slot in slots])
    for slot in slots:
        out.say("{way} {label}", "{way} {label}", way=slot.way.text, label=slot.label)
    if not workspace.backups_open_elsewhere:
        out.problem(StorageProblem.BACKUP_STAYS_HERE.problem())


@workspace_command("recovery password", "设置或更改操作人的密码。", _NEW)
def run_password(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Set or change the password of who works here; earlier backups keep the one they were made with."""
    key_slots.set_password(
        workspace.keys_folder, passwords.new(args, out, passwords.ASK_NEW), workspace.identity.author
    )
    out.say(
        "密码已设好。以后的备份在任何电脑上都能用它打开。",
        "The password is set. Backups from now on open with it on any computer.",
    )


@workspace_command(
    "recovery sheet",
    "打印恢复单；照单输入一遍(--typed)后才算数。",
    argument("--typed", action="store_true", help="type the code back from the paper / 照单输入恢复码"),
    _NEW,
)
def run_sheet(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Show a new recovery sheet to be printed; it counts once its code was typed back from the paper (--typed)."""
    if args.typed:
        key_slots.set_sheet(workspace.keys_folder, [], passwords.new(args, out, passwords.ASK_CODE))
        out.say("恢复单已生效，请锁好。以前的恢复单只能打开以前的备份。",
                "The sheet counts now; lock it away. An earlier sheet opens earlier backups only.")  # fmt: skip
        return
    code = key_slots.new_code()
    data_key = key_slots.begin(workspace.keys_folder)
    out.put(organisation=workspace.identity.org_name, fingerprint=key_slots.fingerprint(data_key.id), code=code)
    out.say("{name} 恢复单  编号 {mark}", "Recovery sheet of {name}  no. {mark}", name=workspace.identity.org_name,
            mark=key_slots.fingerprint(data_key.id))  # fmt: skip
    for number, line in enumerate(code, 1):
        out.say("{number}  {line}", "{number}  {line}", number=number, line=f"{line[:4]} {line[4:]}")
    out.say(
        "抄好或打印后，照单输入一遍：recovery sheet --typed",
        "Once it is on paper, type it back: recovery sheet --typed",
    )


@workspace_command("recovery county", "让旗县的钥匙也能打开备份。")
def run_county(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Let the county whose card is registered here open the backups, too."""
    names = cards.give_county_a_way(workspace)
    out.put(counties=names)
    out.say("以后的备份也能由旗县打开：{names}", "Backups from now on open with the county's key, too: {names}",
            names=", ".join(names))  # fmt: skip


@workspace_command("recovery open", "这台电脑自己的钥匙丢了：用密码或恢复单重新接上。")
def run_open(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Give this computer its own way to the backups again, with a password or the recovery sheet."""
    protection.unlock(workspace.folder, passwords.asked(PASSWORD, passwords.ASK, out, args.password_file))
    out.say("这台电脑又能自己备份了。", "This computer makes its backups by itself again.")
