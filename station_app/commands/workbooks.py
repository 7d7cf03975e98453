"""Commands about workbooks: an empty one to fill in, one read into a workspace, one written from it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from station_app.commands.command import argument, command, workspace_command
from station_app.exchange.excel import importer, reports, template
from station_app.services import access_log

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.storage.workspace import Workspace


@command(
    "template",
    "空白填报模板。",
    argument("type", help="record type, for example household / 记录类型"),
    argument("--out", type=Path, required=True),
)
def run_template(args: argparse.Namespace, out: Output) -> None:
    """Write an empty workbook to fill in."""
    template.write_template(args.type, args.out, language=out.language)
    out.say("模板已写好：{path}", "Template written: {path}", path=args.out)


@workspace_command(
    "export",
    "导出 Excel。",
    argument(
        "report",
        help="household-roster, livestock-count, survey-plots, disbursement-register, public-notice, balance, carbon, gap",
    ),
    argument("--year", type=int, default=None),
    argument("--level", default="", help="balance, carbon: household, parcel, village, township, station / 层级"),
    argument(
        "--row",
        default="",
        help="balance, carbon, gap: the row explained whole; register, notice: one batch / 附全过程的行，或批次",
    ),
    argument("--out", type=Path, required=True),
    looks=True,
)
def run_export(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Write a workbook for the county."""
    result = reports.export_report(
        workspace.read,
        args.report,
        year=args.year,
        level=args.level,
        row=args.row,
        language=out.language,
        target=args.out,
    )
    access_log.note(workspace, access_log.Looked.EXPORTED, args.report, result.rows)
    out.put(totals=result.totals)
    out.say(
        "已导出 {rows} 行并回读核对：{path}",
        "Wrote {rows} rows, read back and compared: {path}",
        path=result.path,
        rows=result.rows,
    )


@workspace_command(
    "import",
    "导入 Excel 或 CSV。",
    argument("file", type=Path),
    argument("--as", dest="type", required=True, metavar="TYPE", help="record type / 记录类型"),
    argument("--dry-run", action="store_true", help="only show what would happen / 只看不写"),
    argument("--mapping", type=Path, help="JSON: how foreign headings map to fields / 列对应关系"),
    argument("--unit", action="append", default=[], metavar="HEADING=UNIT", help="say a column's unit / 某列的单位"),
    argument(
        "--answer", action="append", default=[], metavar="QUESTION=ANSWER", help="as the plan asks / 回答读取时的问题"
    ),
    argument("--yes", action="store_true", help="confirm every suggested answer / 采用建议的回答"),
    argument("--sheet", help="the one sheet to read / 只读这一张工作表"),
    argument("--skip-errors", action="store_true", help="import sound rows, list the others / 跳过有错的行"),
    argument("--show", type=int, default=50, help="problems to print / 显示的问题数"),
)
def run_import(workspace: Workspace, args: argparse.Namespace, out: Output) -> int:
    """Read a workbook or CSV into a workspace: plan, show, apply."""
    mapping = importer.load_mapping(args.mapping) if args.mapping else None
    units = dict(pair.split("=", 1) for pair in args.unit if "=" in pair)
    answers = dict(pair.split("=", 1) for pair in args.answer if "=" in pair)
    plan = importer.plan_import(
        workspace.read, args.file, args.type, mapping=mapping, units=units, answers=answers, sheet=args.sheet
    )
    if args.yes:
        plan.answers.confirm_suggestions()
    for problem in plan.problems[: args.show]:
        out.problem(problem)
    for asked in plan.questions:
        if not plan.answers.answer(asked):
            suggested = asked.suggested or asked.default
            out.question(asked.key, asked.place, asked.text, asked.options, free=asked.free, suggested=suggested)
    for row in plan.rows[: args.show] if plan.is_numbered else ():
        out.say(f"  {row.place} {row.action.label.zh} {row.title}", f"  {row.place} {row.action.label.en} {row.title}")
    errors = len(plan.errors) + len(plan.open_questions)
    out.put(new=plan.new, changed=plan.changed, unchanged=plan.unchanged, errors=errors, left_out=plan.left_out)
    out.put(dry_run=args.dry_run, rows_read=plan.rows_read, rows={str(k): n for k, n in plan.accounts.items()})
    if errors and not (args.skip_errors and not plan.open_questions):
        out.say("没有写入任何内容。", "Nothing was written.")
        if plan.errors:
            out.say(
                f"{len(plan.errors)} 处必须改正：改正文件后再导入，或用 --skip-errors 只导入没有问题的行。",
                f"To be put right: {len(plan.errors)}. Correct the file and import again, or leave those rows out with --skip-errors.",
            )
        if plan.open_questions:
            out.say(
                f"{len(plan.open_questions)} 个问题要回答：用 --answer 逐项回答，或用 --yes 采用标 * 的回答。",
                f"To be answered: {len(plan.open_questions)}, one by one with --answer, or as marked * with --yes.",
            )
        return 1
    if not args.dry_run:
        saved = importer.apply_import(workspace, plan, skip_errors=args.skip_errors, context=out.progress())
        out.put(new=saved.new, changed=saved.changed, unchanged=saved.unchanged)
    out.say(plan.account.zh, plan.account.en)
    verb = ("将会", "Would be ") if args.dry_run else ("", "")
    found = out.result
    out.say(
        f"{verb[0]}新增 {found['new']}，更正 {found['changed']}，不变 {found['unchanged']}。",
        f"{verb[1]}new {found['new']}, corrected {found['changed']}, unchanged {found['unchanged']}.",
    )
    return 0
