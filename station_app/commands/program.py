"""Commands about the program itself: open a file, update, print, demo, self-test, tour, bench."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from station_app import failing
from station_app.commands import demo, output, selftest, window
from station_app.commands.command import WORKSPACE, argument, command, opened_by, opened_workspace
from station_app.commands.problems import CommandProblem
from station_app.exchange.package import sshsig
from station_app.exchange.update import applying
from station_app.exchange.update import finding as update_finding
from station_app.storage import workspace as workspaces
from station_app.ui import printing
from station_app.ui import problems as print_problems

# --- the window --------------------------------------------------------------------------------------------------------


@command("", "打开窗口。")
def run_window(args: argparse.Namespace, out: output.Output) -> int:
    """Open the window."""
    return _run(args, out, None)


@command("open", "打开工作站文件夹、上报包、回执、身份卡或更新文件。", argument("path", type=Path))
def run_open(args: argparse.Namespace, out: output.Output) -> int:
    """Open a workspace folder, a package or receipt, a card or an update file in the window."""
    return _run(args, out, args.path)


def _run(args: argparse.Namespace, out: output.Output, path: Path | None) -> int:
    failing.wants_window = True
    return window.run(workspace=args.workspace, training=args.training, language=args.language, path=path,
               say=lambda text: out.say(text.zh, text.en), read_only=args.read_only)  # fmt: skip


# --- updates -----------------------------------------------------------------------------------------------------------


_FOLDER = argument("--folder", type=Path, action="append", default=[], help="look here too / 也在这里找")


@command("update find", "查找更新文件。", _FOLDER)
@command("update", "离线更新。", _FOLDER)
def run_update_find(args: argparse.Namespace, out: output.Output) -> int:
    """Look for update files on sticks and in folders."""
    folders = [*update_finding.removable_folders(), *update_finding.named_folders(*map(str, args.folder))]
    found = update_finding.look(folders)
    out.put(folders=folders, found=[
        {"path": c.path, "ok": c.ok, "version": c.opened.manifest.version if c.opened else None,
         "problems": [p.code for p in c.problems]} for c in found])  # fmt: skip
    for each in found:
        if each.ok and each.opened is not None:
            version = each.opened.manifest.version
            out.say(f"{each.path}：{version}，可以更新到这个版本。", f"{each.path}: {version} can be installed.")
        elif not out.as_json:
            for problem in each.problems:
                out.problem(problem)
    if not found:
        out.say("没有找到更新文件。", "No update file found.")
    return 0


@command(
    "update verify",
    "核对更新文件。",
    argument("file", type=Path),
    argument("--allowed-signers", type=Path, default=None, help="keys to believe / 可信公钥表"),
)
def run_update_verify(args: argparse.Namespace, out: output.Output) -> int:
    """Check an update file to its last byte: signature, contents, whether it fits here."""
    signers = sshsig.read_signers(args.allowed_signers) if args.allowed_signers else None
    plan = applying.plan_update(args.file, signers=signers, context=out.progress())
    manifest = plan.manifest
    out.put(ok=True, version=manifest.version, released=manifest.released.isoformat(), notes=manifest.notes,
            signer=plan.opened.key.fingerprint, files=sorted(manifest.files), fits=plan.ok)  # fmt: skip
    out.say(f"更新文件完好，签名有效：{manifest.version}（{manifest.released}），密钥 {plan.opened.key.fingerprint}",
            f"The update file is sound and its signature valid: {manifest.version} ({manifest.released}), key "
            f"{plan.opened.key.fingerprint}")  # fmt: skip
    for problem in plan.problems:
        out.problem(problem)
    return 0


@command(
    "update apply",
    "安装更新文件。",
    argument("file", type=Path),
    opened_workspace(required=False, what="backed up first / 先备份这个工作站"),
    argument("--dry-run", action="store_true", help="only show what would happen / 只看不做"),
)
def run_update_apply(args: argparse.Namespace, out: output.Output) -> int:
    """Check an update file, back the workspace up, lay the installer out and run it."""
    database = workspaces.database_of(args.workspace) if args.workspace is not None else None
    if args.workspace is None:
        out.say("没有指明工作站，这次不备份。", "No workspace was named: no backup is made.")
    plan = applying.plan_update(args.file, workspace=database, context=out.progress())
    for problem in plan.problems:
        out.problem(problem)
    out.put(version=plan.manifest.version, ok=plan.ok, dry_run=args.dry_run)
    if not plan.ok:
        return 1
    if args.dry_run:
        out.say(f"可以更新到 {plan.manifest.version}；没有改动任何内容。",
                f"{plan.manifest.version} can be installed; nothing was changed.")  # fmt: skip
        return 0
    if args.workspace is None:
        prepared = applying.prepare(plan, None, context=out.progress())
    else:
        with workspaces.Workspace.open(args.workspace) as workspace:
            prepared = applying.prepare(plan, workspace, context=out.progress())
        out.say(f"已备份：{prepared.backup}", f"Backed up: {prepared.backup}")
    launch = applying.launch_of(prepared)
    out.put(backup=prepared.backup, installer=prepared.installer, command=list(launch.command), manual=launch.manual)
    out.say(f"安装包已核对：{prepared.installer}", f"Installer checked: {prepared.installer}")
    if launch.manual:
        out.say(f"请执行：{launch.manual}", f"Run: {launch.manual}")
    elif not launch.command:
        out.put(program=prepared.program)
        out.say(
            f"新版本在 {prepared.program}，旧版本仍在原处。",
            f"The new version is {prepared.program}; the old one stays.",
        )
    elif sys.platform == "win32":
        applying.start(launch)
        out.say("安装程序已启动。", "The installer was started.")
    else:
        out.finish()
        sys.stdout.flush()
        applying.run_here(launch)
    return 0


# --- print -------------------------------------------------------------------------------------------------------------


@command(
    "print",
    "打印成 PDF。",
    argument("what", help="report name as in export, or record type / 报表名或记录类型"),
    WORKSPACE,
    argument("--record", default="", help="record id or code: one record, or one batch of a register / 一条记录或一批"),
    argument("--year", type=int, default=None),
    argument("--out", type=Path, required=True),
)
def run_print(args: argparse.Namespace, out: output.Output) -> int:
    """Write a report, a list or one record as a PDF to print or post."""
    demo.draw_without_display()
    with opened_by(args.workspace, out) as workspace:
        written = printing.print_pdf(args.what, workspace, args.out, record_id=args.record, year=args.year,
                                     language=out.language, context=out.progress())  # fmt: skip
    out.put(path=written.path, pages=written.pages, rows=written.rows)
    if written.missing:
        out.problem(print_problems.PrintProblem.NOT_IN_FONT.at(str(written.path), characters=written.missing))
    out.say(f"已写好 {written.pages} 页：{written.path}", f"Wrote {written.pages} pages: {written.path}")
    return 0


# --- trying the program ------------------------------------------------------------------------------------------------


@command(
    "demo",
    "演示全流程。",
    argument("--out", type=Path, required=True),
    argument("--no-pictures", action="store_true", help="leave the screenshots out / 不截图"),
)
def run_demo(args: argparse.Namespace, out: output.Output) -> int:
    """Build the training station and walk a fact the whole way."""
    summary = demo.demo(args.out, language=out.language, pictures=not args.no_pictures, context=out.progress())
    out.put(**summary)
    for line in summary["left"]:
        out.say(f"  {line['path']}  {line['zh']}", f"  {line['path']}  {line['en']}")
    if summary["totals_agree"]:
        out.say("合计在工作站、工作簿、上报包和县之间一致。", "Totals of station, workbook, package and county agree.")
        return 0
    out.say(
        "合计在工作站、工作簿、上报包和县之间不一致！见 summary.json。",
        "Totals of station, workbook, package and county DIFFER: see summary.json.",
    )
    return 1


@command(
    "tour",
    "逐页截图。",
    argument("--out", type=Path, required=True),
    argument("--theme", choices=("light", "dark", "contrast"), default="light"),
    argument("--large", action="store_true", help="large print / 大字"),
)
def run_tour(args: argparse.Namespace, out: output.Output) -> int:
    """Open every page and dialog on the training station and save a picture of each."""
    report = demo.tour(args.out, language=out.language, theme=args.theme, large=args.large)
    out.put(**report)
    out.say(
        f"{len(report['pictures'])} 张图片：{args.out}；发现 {len(report['findings'])} 处问题",
        f"{len(report['pictures'])} pictures: {args.out}; {len(report['findings'])} findings",
    )
    for finding in report["findings"]:
        out.say(f"  {finding}", f"  {finding}")
    return 0 if not report["findings"] else 1


@command(
    "self-test",
    "自检。",
    argument("--picture", type=Path, default=None, help="save a picture of the window / 保存窗口截图"),
)
def run_self_test(args: argparse.Namespace, out: output.Output) -> int:
    """Try the installed program: window, typing, workspace, migration, workbook, PDF, package, both languages, fonts."""
    report = selftest.self_test(picture=args.picture)
    for step in report["steps"]:
        seconds = f"{step['milliseconds'] / 1000:.1f} s"
        out.say(f"{'好' if step['ok'] else '不好'} {step['zh']}（{seconds}）{step['error']}",
                f"{'ok' if step['ok'] else 'FAILED'} {step['en']} ({seconds}){step['error'] and ' '}{step['error']}")  # fmt: skip
    out.put(**report)
    libraries = ", ".join(f"{name} {version}" for name, version in report["libraries"].items())
    verdict = ("通过", "passed") if report["ok"] else ("没有通过", "FAILED")
    out.say(f"自检{verdict[0]}，用时 {report['seconds']} 秒。{report['program']}；{libraries}",
            f"Self-test {verdict[1]} in {report['seconds']} s. {report['program']}; {libraries}")  # fmt: skip
    return 0 if report["ok"] else 1


@command("bench", "性能测量。", argument("--only", default="", help="only benches with this word / 只测含此词的项目"))
def run_bench(args: argparse.Namespace, out: output.Output) -> int:
    """Measure against named peers; needs the source checkout."""
    root = Path(__file__).resolve().parents[2]
    if not (root / "tests" / "bench").is_dir():
        raise CommandProblem.NO_BENCH.error()
    import pytest

    only = ["-k", args.only] if args.only else []
    return int(pytest.main([str(root / "tests" / "bench"), "-m", "bench", "-s", "-q", "-o", f"rootdir={root}", *only]))
