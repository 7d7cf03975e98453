"""Results that become decisions: freeze one as it is now; work it out again, years later, to the last digit."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from station_app.commands.command import argument, workspace_command
from station_app.commands.problems import CommandProblem
from station_app.domain import problems
from station_app.domain.generic import JSON
from station_app.domain.text import Text
from station_app.domain.units import unit_text
from station_app.services import entry
from station_app.services.figures import balance, carbon, freeze, gaps

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.domain.calc.explanation import Result
    from station_app.storage.reader import Reader
    from station_app.storage.workspace import Workspace

_MOST_CHANGES = 40


@workspace_command(
    "freeze",
    "固定结果。",
    argument("name", choices=("balance", "gap", *freeze.CARBON_LEDGERS.values()), help="which figure / 哪一种结果"),
    argument("--year", type=int, required=True, help="年度"),
    argument("--level", default="household", help="household, parcel, village, township or station / 层级"),
    argument("--row", default="", help="its code or id, as report prints it / 编码或编号"),
    argument(
        "--confirm", action="append", default=[], metavar="REFERENCE", help="an unverified coefficient / 确认的系数"
    ),
    argument("--note", default="", help="说明"),
)
def run_freeze(workspace: Workspace, args: argparse.Namespace, out: Output) -> None:
    """Keep a figure as it is now with its whole calculation; unverified coefficients it rests on are confirmed by name."""
    kind, subject, result = _figure(workspace.read, args)
    unconfirmed = [g for g in freeze.to_confirm(result.explanation) if g.origin.reference not in args.confirm]
    out.put(to_confirm=[given.origin.reference for given in unconfirmed])
    for given in unconfirmed:
        out.say(
            f"  --confirm '{given.origin.reference}'  {given.label.zh} = {given.value:f}",
            f"  --confirm '{given.origin.reference}'  {given.label.en} = {given.value:f}",
        )
    saved = freeze.freeze(entry.Entry(workspace), kind, subject, result, args.confirm, note=args.note)
    out.say(
        "“{subject}”的结果已固定：{record_id}",
        "Frozen: {subject}, {record_id}",
        subject=subject.name,
        record_id=saved.record_id,
    )


def _figure(reader: Reader, args: argparse.Namespace) -> tuple[str, freeze.Subject, Result]:
    """Return kind, subject and result of the figure that is named.

    Raises:
        UserError: CLI-007 there is no such row, and what stops the calculation.
    """
    if args.name == "gap":
        target = _row(gaps.gap_table(reader, args.year).rows, args.row)
        subject = freeze.Subject("target", target.name.zh, args.year, "target", target.record_id, target.number[:40])
        return freeze.GAP, subject, gaps.gap_why(reader, args.year, target.key)
    if args.name == "balance":
        table = balance.balance_table(reader, args.year, args.level)
        row = _row(table.rows, args.row)
        subject = freeze.subject_of(row, args.year, table.scheme.record_id, table.occasion)
        why = balance.balance_why(reader, args.year, args.level, row.key, occasion=table.occasion)
        return freeze.BALANCE, subject, why
    kinds = {ledger: kind for kind, ledger in freeze.CARBON_LEDGERS.items()}
    report = carbon.carbon_report(reader, args.year, level=args.level, ledgers=(args.name,))
    row = _row([each for each in report.ledger(args.name).rows if each.part in ("", "total")], args.row)
    subject = freeze.subject_of(row, args.year, report.settings.scheme.record_id)
    return kinds[args.name], subject, carbon.carbon_why(reader, args.year, args.name, row.key, level=args.level)


def _row(rows: Iterable[Any], asked: str) -> Any:
    found = next((row for row in rows if asked in (row.key, row.code)), None)
    if found is None:
        raise CommandProblem.NO_SUCH_ID.error(id=asked)
    return found


@workspace_command(
    "recheck",
    "重新核算固定的结果。",
    argument("record_id", metavar="RECORD_ID", help="id of the frozen result / 固定结果的编号"),
)
def run_recheck(workspace: Workspace, args: argparse.Namespace, out: Output) -> int:
    """Work a frozen result out again from the steps kept with it, and tell what today's records would give."""
    found = freeze.recheck(workspace.read, workspace.attachments, args.record_id)
    _put(found, out)
    name = found.record.subject_name
    out.say(f"{name} {found.record.year} 年，{found.record.computed_on} 由 {found.record.computed_by} 固定",
            f"{name} {found.record.year}, frozen {found.record.computed_on} by {found.record.computed_by}")  # fmt: skip
    _print(found.stored, out, Text("由所附过程重新计算：", "Worked out again from its own steps:"))
    if found.today is not None:
        _print(found.today, out, Text("按今天的记录和系数：", "By today's records and coefficients:"))
    for each in found.changed[:_MOST_CHANGES]:
        before, now = ("—" if value is None else f"{value:f}" for value in (each.before, each.now))
        line = f"  {before} → {now} {each.unit}  {each.reference}"
        out.say(f"  {each.label.zh}:{line}", f"  {each.label.en}: {line}")
    if len(found.changed) > _MOST_CHANGES:
        rest = len(found.changed) - _MOST_CHANGES
        out.say(f"  还有 {rest} 项输入不同", f"  {rest} more inputs differ")
    for problem in found.problems:
        out.problem(problem)
    out.say("一致到最后一位。" if found.sound else "不一致，或无法核验。",
            "The same to the last digit." if found.sound else "Not the same, or it can not be checked.")  # fmt: skip
    return 0 if found.sound and not any(p.severity is problems.Severity.ERROR for p in found.problems) else 1


def _print(checks: Iterable[freeze.ValueCheck], out: Output, title: Text) -> None:
    out.say(title.zh, title.en)
    for check in checks:
        sign = "=" if check.same else "≠"
        found = "—" if check.found is None else f"{check.found:f}"
        unit = unit_text(check.unit, out.language)
        out.say(f"  {sign} {check.label.zh}:{check.frozen:f} {unit}" + ("" if check.same else f"(现在 {found})"),
                f"  {sign} {check.label.en}: {check.frozen:f} {unit}" + ("" if check.same else f" (now {found})"))  # fmt: skip


def _put(found: freeze.Recheck, out: Output) -> None:
    def line(check: freeze.ValueCheck) -> dict[str, JSON]:
        return {
            "name": check.name,
            "unit": check.unit,
            "frozen": check.frozen,
            "found": check.found,
            "same": check.same,
        }

    record = found.record
    out.put(
        record_id=found.record_id,
        kind=record.kind,
        level=record.level,
        subject=record.subject_name,
        year=record.year,
        computed_on=record.computed_on.isoformat(),
        computed_by=record.computed_by,
        editions=[each.reference for each in record.editions],
        confirmed=[{"reference": each.reference, "mark": each.mark} for each in record.confirmed],
        confirmed_by=record.confirmed_by,
        sound=found.sound,
        stored=[line(check) for check in found.stored],
        today=None if found.today is None else [line(check) for check in found.today],
        changed_inputs=[
            {
                "label": each.label,
                "unit": each.unit,
                "reference": each.reference,
                "before": each.before,
                "now": each.now,
            }
            for each in found.changed
        ],
        problems=[],
    )
