"""``grassland-station compensation``: run a batch, check batches, write their totals anew."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from station_app.commands.command import argument, command, group, opened_workspace, workspace_command
from station_app.commands.problems import CommandProblem
from station_app.domain import registry
from station_app.domain.checks import batch, numbered, payee
from station_app.domain.checks.problems import CheckProblem
from station_app.domain.problems import Severity
from station_app.domain.records.compensation import CompensationBatch, CompensationPlan
from station_app.domain.text import Text
from station_app.services import compensation, entry, payment_checks
from station_app.storage.reader import Filter, Query
from station_app.storage.workspace import Workspace

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.storage.reader import Reader


group("compensation", "补奖批次：计算、核查、重新合计。", "Run a batch, check batches, write their totals anew.")


@workspace_command(
    "compensation run",
    "计算批次。",
    argument("--village", required=True, metavar="CODE", help="12-digit village code / 嘎查村代码"),
    argument("--plan", default="", metavar="RECORD_ID", help="the plan, where there are several / 方案"),
    argument("--year", type=int, default=None, help="year of the plan / 年度"),
    argument("--batch", type=int, default=None, metavar="N", help="batch number; else the next / 批次号"),
)
def run_run(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Make the next batch of a village; who is held or left out is listed with why and what to do."""
    plan_id = args.plan or _the_plan(workspace.read, args.year)
    made = compensation.run_batch(
        entry.Entry(workspace), workspace, plan_id, args.village, batch_number=args.batch, today=workspace.clock.today(),
        context=out.progress(),
    )  # fmt: skip
    out.put(batch=made.batch_id, lines=made.lines, net_yuan=made.net_yuan, supplement=made.supplement, limited=made.limited,
            held=_plain(made.held, out), left_out=_plain(made.left_out, out))  # fmt: skip
    out.say(f"批次已生成：{made.lines} 户，实发合计 {made.net_yuan:,.2f} 元({made.batch_id})",
            f"Batch made: {made.lines} households, CNY {made.net_yuan:,.2f} net ({made.batch_id})")  # fmt: skip
    for title, rows in ((Text("暂缓", "Held"), made.held), (Text("未列入", "Left out"), made.left_out)):
        for each in rows:
            out.say(
                f"{title.zh}：{each.name}({each.code}) {each.why.zh}",
                f"{title.en}: {each.name} ({each.code}) {each.why.en}",
            )


def _plain(rows: Sequence[compensation.NotPaid], out: Output) -> list[dict[str, object]]:
    return [
        {"household": each.household_id, "code": each.code, "name": each.name, "line": each.line_id,
         "checks": [p.code for p in each.problems], "why": each.why.to(out.language)}
        for each in rows
    ]  # fmt: skip


def _the_plan(reader: Reader, year: int | None) -> str:
    """Return the one plan there is (of a year).

    Raises:
        UserError: CMP-019 there is none, or several: they are listed.
    """
    rows = reader.rows(Query(CompensationPlan, (Filter("year", "eq", year),) if year else ()))
    if len(rows) == 1:
        return rows[0].record_id
    if not rows:
        of_zh, of_en = (f"{year} 年的", f" of {year}") if year else ("", "")
        raise CommandProblem.NO_PLAN.error(of=Text(of_zh, of_en))
    listed = "; ".join(f"{row.record_id} {row.record.year} {row.record.programme}" for row in rows)
    raise CommandProblem.WHICH_PLAN.error(listed=listed)


@command(
    "compensation check",
    "核查批次。",
    opened_workspace(required=False),
    argument("--batch", default="", metavar="RECORD_ID", help="one batch, else all / 只查一批"),
    argument("--list", action="store_true", help="print which checks there are / 列出全部核查项"),
)
def run_check(args: argparse.Namespace, out: Output) -> int:
    """Check batches by the numbered checks; exit code 1 when something stops them."""
    if args.list:
        return _list(out)
    if args.workspace is None:
        raise CommandProblem.WHICH_WORKSPACE.error()
    with Workspace.open(args.workspace) as workspace:
        wanted = (
            [args.batch] if args.batch else [row.record_id for row in workspace.read.rows(Query(CompensationBatch))]
        )
        found = payment_checks.batch_findings(workspace.read, wanted, workspace.clock.today())
        grave = [Severity.ERROR, Severity.HOLD, Severity.WARN, Severity.INFO]
        for kind, record_id, problem in sorted(found, key=lambda each: grave.index(each[2].severity)):
            out.problem(replace(problem, place=f"{kind}/{record_id}"))
    errors = len(payment_checks.errors_among(found))
    out.put(batches=len(wanted), findings=len(found), errors=errors)
    out.say(f"核查 {len(wanted)} 个批次：{len(found)} 处，其中 {errors} 处必须改正。",
            f"{len(wanted)} batches checked: {len(found)} findings, {errors} of them stop a batch.")  # fmt: skip
    return 1 if errors else 0


def _list(out: Output) -> int:
    checks: list[numbered.Check[Any]] = [*payee.CHECKS, *batch.CHECKS]
    rows = [(each.problem.code, each.problem.severity.value, each.name, each.source) for each in checks]
    for kind in registry.all_types():
        for each in kind.gathered:
            if isinstance(each.sentence, CheckProblem):
                label, formula = kind.by_name[each.field].label, each.formula
                name = Text(
                    f"{kind.label.zh}“{label.zh}”对照{formula.zh}", f"{kind.label.en}, {label.en}: {formula.en}"
                )
                rows.append((each.sentence.code, each.severity.value, name, ""))
    rows.sort(key=lambda row: row[0])
    out.put(checks=[
        {"number": number, "severity": severity, "name": name.to(out.language), "source": source}
        for number, severity, name, source in rows
    ])  # fmt: skip
    for number, severity, name, source in rows:
        out.say(
            f"{number}  {severity:5}  {name.zh}  {source}".rstrip(),
            f"{number}  {severity:5}  {name.en}  {source}".rstrip(),
        )
    return 0


@workspace_command(
    "compensation totals",
    "重新合计批次。",
    argument("batch", metavar="RECORD_ID", help="the batch / 批次"),
    argument("--reason", required=True, help="why / 原因"),
)
def run_totals(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Write the totals of a batch anew, from its lines as they are."""
    made = compensation.rebuild_totals(entry.Entry(workspace), args.batch, args.reason)
    out.put(households=made.household_count, gross_yuan=f"{made.gross_yuan:.2f}", net_yuan=f"{made.net_yuan:.2f}")
    out.say(f"合计：{made.household_count} 户，应发 {made.gross_yuan:,.2f} 元，实发 {made.net_yuan:,.2f} 元。",
            f"Totals: {made.household_count} households, CNY {made.gross_yuan:,.2f} gross, {made.net_yuan:,.2f} net.")  # fmt: skip
