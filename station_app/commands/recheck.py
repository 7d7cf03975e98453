"""``grassland-station recheck``: work a frozen result out again, years later, to the last digit."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station_app.domain import problems
from station_app.domain.text import Text
from station_app.domain.units import unit_text
from station_app.services.figures import freeze
from station_app.storage.workspace import Workspace

if TYPE_CHECKING:
    from station_app.commands.output import Output

_MOST_CHANGES = 40


def add_recheck(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Register the command; ``command(name, run, Chinese help)`` is the grammar's own."""
    made = command("recheck", run_recheck, "重新核算固定的结果。")
    made.add_argument("record_id", metavar="RECORD_ID", help="id of the frozen result / 固定结果的编号")
    made.add_argument("--workspace", type=Path, required=True, help="workspace folder / 工作站文件夹")


def run_recheck(args: argparse.Namespace, out: Output) -> int:
    """Work a frozen result out again from the steps kept with it, and tell what today's records would give."""
    with Workspace.open(args.workspace) as workspace:
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
    def line(check: freeze.ValueCheck) -> dict[str, Any]:
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
