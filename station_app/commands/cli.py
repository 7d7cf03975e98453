"""The command line: whatever a button does, a command can do. Exit codes: 0 done, 1 a problem a person can mend, 2 wrong use.

Every import of a room happens inside its command, so that ``--help`` and the window start fast.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from station_app import __version__
from station_app.commands import demo
from station_app.commands.calc import add_calc
from station_app.commands.codes import add_codes
from station_app.commands.comparing import add_confirmation, may_go_on
from station_app.commands.compensation import add_compensation
from station_app.commands.importing import add_import
from station_app.commands.output import Output, Progress
from station_app.commands.problems import CommandProblem
from station_app.commands.program import add_program, common_options, run_window, with_open
from station_app.commands.recheck import add_recheck
from station_app.commands.records import add_records
from station_app.commands.report import add_report
from station_app.commands.standards import add_coefficients
from station_app.county import receive
from station_app.domain import registry
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import CHINESE, ENGLISH
from station_app.exchange import plain_copy
from station_app.exchange.excel import reports, template
from station_app.exchange.package import build, cards, colleagues, receipts, verify, view
from station_app.services import checking, divisions, founding
from station_app.storage import engine, reference, restore, separate
from station_app.storage.problems import StorageProblem
from station_app.storage.reader import Reader
from station_app.storage.workspace import DATABASE, Workspace

PROGRAM = "grassland-station"


# --- commands ----------------------------------------------------------------------------------------------------------


def _open(folder: Path) -> Any:
    return Workspace.open(folder)


def run_init(args: argparse.Namespace, out: Output) -> int:
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
        out.put(folder=args.folder, device_id=workspace.identity.device_id, role=args.role, villages=len(villages))
        out.say(
            f"已建立工作站“{args.org_name}”：{args.folder}(设备 {workspace.identity.device_id})",
            f"Made workspace “{args.org_name}”: {args.folder} (device {workspace.identity.device_id})",
        )
        listed = divisions.division(args.org_code) is not None
        out.put(in_division_list=listed)
        if not listed:
            unlisted = divisions.UNLISTED.format(code=args.org_code)
            out.say(unlisted.zh, unlisted.en)
        elif args.villages:
            out.say(
                f"已从区划名单加入 {len(villages)} 个嘎查村。",
                f"Villages added from the division list: {len(villages)}.",
            )
    return 0


def run_demo(args: argparse.Namespace, out: Output) -> int:
    """Build the training station and walk a fact the whole way."""
    summary = demo.demo(
        args.out,
        language=out.language,
        pictures=not args.no_pictures,
        context=Progress(out.language, quiet=out.as_json),
    )
    out.put(**summary)
    for line in summary["left"]:
        out.say(f"  {line['path']}  {line['zh']}", f"  {line['path']}  {line['en']}")
    verdict = summary["totals_agree"]
    out.say(
        "合计在工作站、工作簿、上报包和县之间" + ("一致。" if verdict else "不一致！见 summary.json。"),
        "Totals of station, workbook, package and county " + ("agree." if verdict else "DIFFER: see summary.json."),
    )
    return 0 if verdict else 1


def run_template(args: argparse.Namespace, out: Output) -> int:
    """Write an empty workbook to fill in."""
    template.write_template(args.type, args.out, language=out.language)
    out.put(path=args.out)
    out.say(f"模板已写好：{args.out}", f"Template written: {args.out}")
    return 0


def run_export(args: argparse.Namespace, out: Output) -> int:
    """Write a workbook for the county."""
    with _open(args.workspace) as workspace:
        result = reports.export_report(workspace.read, args.report, year=args.year, level=args.level, row=args.row,
                               language=out.language, target=args.out)  # fmt: skip
    out.put(path=result.path, rows=result.rows, totals=result.totals)
    out.say(
        f"已导出 {result.rows} 行并回读核对：{result.path}",
        f"Wrote {result.rows} rows, read back and compared: {result.path}",
    )
    return 0


def run_package(args: argparse.Namespace, out: Output) -> int:
    """Pack what has not been packed yet, signed."""
    with _open(args.workspace) as workspace:
        held = [] if args.to else checking.confirm_unverified(workspace, confirmed=args.confirm_unverified)
        for each in held:
            out.problem(each)
        if held:
            out.say("要上报的方案用了未核实的系数。看过以后加上 --confirm-unverified 再打包。",
                    "What is to be sent rests on unverified coefficients. Look at them, then add --confirm-unverified.")  # fmt: skip
            return 1
        comparison = build.compare_package(
            workspace, recipient=args.to, context=Progress(out.language, quiet=out.as_json)
        )
        if not may_go_on(out, comparison, confirmed=args.confirm_unlikely):
            return 1
        args.out.mkdir(parents=True, exist_ok=True)
        built = build.build_package(
            workspace, args.out, recipient=args.to, context=Progress(out.language, quiet=out.as_json)
        )
    out.put(path=built.path, sequence=built.sequence, versions=built.versions, totals=built.totals)
    out.say(
        f"上报包已生成并签名：{built.path}({built.versions} 个版本)",
        f"Package built and signed: {built.path} ({built.versions} versions)",
    )
    return 0


def run_verify(args: argparse.Namespace, out: Output) -> int:
    """Check a package without a workspace."""
    report = verify.verify_package(args.file, args.allowed_signers)
    for problem in report.problems:
        out.problem(problem)
    out.put(ok=report.ok, counts=report.counts, totals=report.totals, signer=report.signer)
    out.say(
        "包完好，签名有效。" if report.ok else "包没有通过检查。",
        "The package is sound and its signature valid." if report.ok else "The package did not pass.",
    )
    return 0 if report.ok else 1


def run_package_csv(args: argparse.Namespace, out: Output) -> int:
    """Write the tables of a package as CSV files, with a descriptor that stock tools read."""
    made = view.write_view(args.file, args.out)
    out.put(files=[str(path) for path in made])
    out.say(f"已写出 {len(made)} 个文件。", f"{len(made)} files written.")
    return 0


def run_receive(args: argparse.Namespace, out: Output) -> int:
    """County: take packages in and write signed receipts."""
    failed = 0
    args.out.mkdir(parents=True, exist_ok=True)
    with _open(args.workspace) as workspace:
        for file in args.files:
            try:
                plan = receive.plan_receive(workspace, file)
                for problem in plan.problems:
                    out.problem(problem)
                if plan.ok and not may_go_on(out, plan.comparison, confirmed=args.confirm_unlikely):
                    failed += 1
                    continue
                received = receive.apply_receive(workspace, plan, args.out)
                for problem in received.problems[len(plan.problems) :]:
                    out.problem(problem)
            except UserError as error:
                failed += 1
                _report(error, out)
                continue
            out.result.setdefault("receipts", []).append(
                {"package": file.name, "receipt": received.receipt_path, "counts": received.counts}
            )
            out.say(
                f"{file.name}：已接收，回执 {received.receipt_path}",
                f"{file.name}: received, receipt {received.receipt_path}",
            )
    return 1 if failed else 0


def run_separate(args: argparse.Namespace, out: Output) -> int:
    """Make a copied workspace a device of its own: new key, new card; its records stay."""
    device = separate.become_new_device(args.workspace, args.name)
    out.put(device=device)
    out.say(
        f"这个工作站现在是一台新设备（{device}）。请重新导出身份卡（card）交给县里登记，然后照常打包。",
        f"This workspace is a device of its own now ({device}). Hand out its card again (card), then package as usual.",
    )
    return 0


def run_take(args: argparse.Namespace, out: Output) -> int:
    """Merge a package made by another laptop of this organisation."""
    progress = Progress(out.language, quiet=out.as_json)
    with _open(args.workspace) as workspace:
        plan = colleagues.plan_taking(workspace, args.file, progress)
        for problem in plan.problems:
            out.problem(problem)
        if plan.ok and not may_go_on(out, plan.comparison, confirmed=args.confirm_unlikely):
            return 1
        taken = colleagues.take_in(workspace, args.file, plan=plan, context=progress)
    out.put(counts=taken.counts, repeat=taken.repeat, conflicts=taken.conflicts)
    listed = ", ".join(f"{k} {v}" for k, v in sorted(taken.counts.items())) or "0"
    out.say(f"已并入同事的记录：{listed}", f"The colleague's records were taken in: {listed}")
    return 0


def run_apply_receipt(args: argparse.Namespace, out: Output) -> int:
    """Station: take a county's signed receipt."""
    with _open(args.workspace) as workspace:
        applied = receipts.apply_receipt(workspace, args.file)
    for problem in applied.problems:
        out.problem(problem)
    out.put(counts=applied.counts, repeat=applied.repeat, offered_again=applied.offered_again)
    if applied.repeat:
        out.say("这份回执以前已经导入过，没有改变。", "This receipt had been applied before; nothing changed.")
        return 0
    listed = ", ".join(f"{k} {v}" for k, v in sorted(applied.counts.items()))
    out.say(f"回执有效：{listed}", f"The receipt is valid: {listed}")
    if applied.offered_again:
        numbers = ", ".join(map(str, applied.offered_again))
        out.say(
            f"县里缺第 {numbers} 号包，下次打包时会重新生成。",
            f"The county lacks packages {numbers}; the next build writes them again.",
        )
    return 0


def run_card(args: argparse.Namespace, out: Output) -> int:
    """Write this workspace's card: who it is and its public key, for the other side."""
    with _open(args.workspace) as workspace:
        args.out.mkdir(parents=True, exist_ok=True)
        path = cards.export_card(workspace, args.out)
    out.put(path=path)
    out.say(
        f"身份卡：{path}。请用可靠的途径交给对方。", f"Card: {path}. Hand it to the other side by a way both trust."
    )
    return 0


def run_accept_card(args: argparse.Namespace, out: Output) -> int:
    """Take the other side's card, so that its signature is known here."""
    with _open(args.workspace) as workspace:
        cards.accept_card(workspace, args.file)
    out.say("已登记该单位的身份卡。", "The card is registered.")
    return 0


def run_backup(args: argparse.Namespace, out: Output) -> int:
    """Write a checked copy of the workspace's database."""
    with _open(args.workspace) as workspace:
        path = workspace.back_up(args.out)
    out.put(path=path)
    out.say(f"备份已写好并检查：{path}", f"Backup written and checked: {path}")
    return 0


def run_restore(args: argparse.Namespace, out: Output) -> int:
    """Put a backup in the place of a workspace's database; what was there is kept as a copy."""
    kept = restore.restore_backup(args.workspace, args.file)
    out.put(kept=kept)
    out.say(f"已恢复。原来的数据保存在 {kept}", f"Restored. What was there is kept in {kept}")
    return 0


def run_check(args: argparse.Namespace, out: Output) -> int:
    """Check that every saved version is there, sound, and shown as it should be."""
    report = checking.check_all(args.workspace)
    for problem in report.problems:
        out.problem(problem)
    out.put(ok=report.ok, counts=report.counts)
    listed = ", ".join(f"{k} {v}" for k, v in sorted(report.counts.items()))
    zh, en = ("有问题", "Not sound") if not report.ok else ("完好", "Sound") if not report.problems else (
        "数据完好，但有要处理的", "The data is sound, but there are findings")  # fmt: skip
    out.say(f"{zh}：{listed}", f"{en}: {listed}")
    return 0 if report.ok else 1


def run_query(args: argparse.Namespace, out: Output) -> int:
    """Read the workspace's tables with one SQL statement, or write a plain copy for analysts; nothing can be changed."""
    if not (args.workspace / DATABASE).is_file():
        raise StorageProblem.NO_WORKSPACE.error(folder=args.workspace)
    if args.copy is not None:
        with Reader(args.workspace / DATABASE) as reader:
            counts = plain_copy.write_plain_copy(reader, args.copy, out.language)
        out.put(copy=str(args.copy), counts=counts)
        rows_zh = f"已写出供分析用的副本 {args.copy}：{sum(counts.values())} 行。不含身份证号等个人信息。"
        out.say(rows_zh, f"Plain copy written to {args.copy}: {sum(counts.values())} rows. Personal data is left out.")
        return 0
    connection = engine.connect(args.workspace / DATABASE, read_only=True)
    try:
        rows = list(engine.utils_database(connection).query(args.sql))
    except engine.DatabaseError as error:
        raise CommandProblem.BAD_QUERY.error(error=error) from error
    finally:
        connection.close()
    out.put(rows=rows)
    if rows and not out.as_json:
        import csv

        writer = csv.DictWriter(sys.stdout, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return 0


# --- parsing -----------------------------------------------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """Return the command line's grammar."""
    common = common_options()
    top = argparse.ArgumentParser(
        prog=PROGRAM,
        parents=[common_options()],  # its own: a default set here would be set in every command's
        description="草原站 Grassland Station. Without a command the window opens. 不带命令时打开窗口。",
    )
    top.set_defaults(json=False, language=None)
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    top.add_argument("--workspace", type=Path, default=None, help="workspace folder to open / 工作站文件夹")
    top.add_argument("--training", action="store_true", help="open the training station / 打开培训用工作站")
    top.set_defaults(run=run_window)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace, Output], int], zh: str, **more: Any
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(
            name,
            parents=[common],
            help=f"{zh} {(run.__doc__ or '').splitlines()[0]}",
            description=f"{zh} {run.__doc__}",
            **more,
        )
        made.set_defaults(run=run)
        return made

    def with_workspace(made: argparse.ArgumentParser) -> argparse.ArgumentParser:
        made.add_argument("--workspace", type=Path, required=True, help="workspace folder / 工作站文件夹")
        return made

    made = command("init", run_init, "新建工作站。")
    made.add_argument("folder", type=Path)
    made.add_argument("--org-code", required=True, help="6, 9 or 12 digits / 行政区划代码")
    made.add_argument("--org-name", required=True, help="name of the organisation / 单位名称")
    made.add_argument("--role", choices=("station", "county", "region"), default="station")
    made.add_argument("--device", default="", help="name of this machine / 设备名")
    made.add_argument("--author", default="", help="who works here / 操作人")
    made.add_argument(
        "--villages", action="store_true", help="add the area's villages from the division list / 从区划名单加入嘎查村"
    )
    made = command("demo", run_demo, "演示全流程。")
    made.add_argument("--out", type=Path, required=True)
    made.add_argument("--no-pictures", action="store_true", help="leave the screenshots out / 不截图")
    made = command("template", run_template, "空白填报模板。")
    made.add_argument("type", help="record type, for example household / 记录类型")
    made.add_argument("--out", type=Path, required=True)
    add_import(with_workspace, command)
    made = with_workspace(command("export", run_export, "导出 Excel。"))
    made.add_argument(
        "report",
        help="household-roster, livestock-count, survey-plots, disbursement-register, public-notice, balance, carbon, gap",
    )
    made.add_argument("--year", type=int, default=None)
    made.add_argument(
        "--level", default="", help="balance, carbon: household, parcel, village, township, station / 层级"
    )
    made.add_argument(
        "--row",
        default="",
        help="balance, carbon, gap: the row explained whole; register, notice: one batch / 附全过程的行，或批次",
    )
    made.add_argument("--out", type=Path, required=True)
    made = with_workspace(command("package", run_package, "生成上报包。"))
    made.add_argument("--out", type=Path, required=True)
    made.add_argument(
        "--to", default=None, metavar="DEVICE", help="another laptop of this station, or one below / 给哪台设备"
    )
    add_confirmation(made)
    made.add_argument(
        "--confirm-unverified",
        action="store_true",
        help="send schemes on unverified coefficients / 确认用未核实系数上报",
    )
    made = with_workspace(command("separate", run_separate, "把复制来的工作站变成新设备。"))
    made.add_argument("--name", default="", help="name of the new device / 新设备名称")
    made = with_workspace(command("take", run_take, "并入本单位另一台电脑的包。"))
    made.add_argument("file", type=Path)
    add_confirmation(made)
    made = command("verify", run_verify, "检查上报包。")
    made.add_argument("file", type=Path)
    made.add_argument("--allowed-signers", type=Path, default=None, help="OpenSSH register of known keys / 已知公钥表")
    made = command("package-csv", run_package_csv, "把上报包里的记录写成 CSV 表。")
    made.add_argument("file", type=Path)
    made.add_argument("--out", type=Path, required=True)
    made = with_workspace(command("receive", run_receive, "县级：接收上报包。"))
    made.add_argument("files", type=Path, nargs="+")
    made.add_argument("--out", type=Path, required=True)
    add_confirmation(made)
    made = with_workspace(command("apply-receipt", run_apply_receipt, "站级：导入回执。"))
    made.add_argument("file", type=Path)
    made = with_workspace(command("card", run_card, "导出身份卡。"))
    made.add_argument("--out", type=Path, required=True)
    made = with_workspace(command("accept-card", run_accept_card, "登记对方身份卡。"))
    made.add_argument("file", type=Path)
    made = with_workspace(command("backup", run_backup, "备份。"))
    made.add_argument("--out", type=Path, default=None, help="folder for the copy / 备份到")
    made = with_workspace(command("restore", run_restore, "从备份恢复。"))
    made.add_argument("file", type=Path)
    with_workspace(command("check", run_check, "检查工作站数据。"))
    made = with_workspace(command("query", run_query, "只读查询。"))
    either = made.add_mutually_exclusive_group(required=True)
    either.add_argument(
        "sql", nargs="?", help="one SELECT; quantities are whole numbers scaled by 10^places / 一条 SELECT"
    )
    either.add_argument("--copy", type=Path, help="write plain tables for analysts (.db) / 写出供分析用的副本")
    add_calc(command)
    add_report(with_workspace, command)
    add_coefficients(with_workspace, command)
    add_recheck(command)
    add_codes(command)
    add_records(with_workspace, command)
    add_compensation(command, common_options)
    add_program(command)
    return top


def _default_language() -> str:
    wanted = os.environ.get("GRASSLAND_LANGUAGE", "")
    return wanted if wanted in (CHINESE, ENGLISH) else CHINESE


def _report(error: UserError, out: Output) -> None:
    told = [(p.code, p.text.zh) for p in error.problems]
    if (error.code, error.text.zh) not in told:
        out.problem(Problem(error.code, Severity.ERROR, error.text))
    for problem in dict.fromkeys(error.problems):
        out.problem(problem)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    top = parser()
    try:
        return _run(top, arguments)
    except BrokenPipeError:
        # The reader of the output (``head``, a closed pager) has seen enough; what was saved is saved.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(top: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    args = top.parse_args(with_open(top, sys.argv[1:] if arguments is None else arguments))
    out = Output(args.language or _default_language(), args.json)
    try:
        reference.install_code_lists()
        code = int(args.run(args, out))
    except UserError as error:
        _report(error, out)
        code = 1
    except KeyboardInterrupt:
        out.problem(CommandProblem.INTERRUPTED.problem())
        code = 1
    except BrokenPipeError:
        raise
    except OSError as error:
        out.problem(CommandProblem.FILE_NOT_READ.problem(file=error.filename or "", why=error.strerror))
        code = 1
    out.finish()
    sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
