"""``grassland-station coefficients``: the sets a workspace calculates with; a county's editions from a file.

What the page 系数 does with buttons. ``calc --sets`` lists the program's own sets without a workspace.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station_app.commands.command import argument, workspace_command
from station_app.commands.tables import Part, tell
from station_app.domain.calc import edition_diff
from station_app.domain.calc import problems as calc_problems
from station_app.domain.text import Text
from station_app.exchange import coefficients
from station_app.services import entry
from station_app.services.figures import editions, standards, standards_columns
from station_app.services.figures.columns import rows_json

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.domain.calc.coefficients import CoefficientSet
    from station_app.storage.workspace import Workspace


@workspace_command(
    "coefficients",
    "系数集与版本。",
    argument(
        "verb",
        choices=("list", "export", "compare", "new"),
        help="list, export, compare, new edition from a file / 列出、导出、比较、新版本",
    ),
    argument(
        "what", nargs="*", help="KIND/NAME@EDITION, two of them to compare; the file of a new edition / 系数集或文件"
    ),
    argument("--kind", default="", help="only this kind / 只列一类"),
    argument("--unverified", action="store_true", help="only sets with unverified rows / 只列未核实的"),
    argument(
        "--out",
        type=Path,
        default=None,
        metavar="F.json|F.csv",
        help="where to export to; a list as CSV / 导出到，清单写成 CSV",
    ),
    argument("--reason", default="", help="why there is a new edition / 理由"),
    argument("--effective", type=date.fromisoformat, default=None, metavar="DATE", help="in force from / 启用日期"),
    argument("--dry-run", action="store_true", help="only show what would change / 只看不写"),
)
def run_coefficients(workspace: Workspace, args: argparse.Namespace, out: Output) -> int:
    """List, export or compare the coefficient sets of a workspace; make a county's next edition from a file."""
    known = standards.workspace_standards(workspace.read)
    for found in known.problems.values():
        out.problem(found)
    return VERBS[args.verb](workspace, known, args, out)


def _named(known: standards.WorkspaceStandards, args: argparse.Namespace, number: int) -> CoefficientSet:
    sets = standards.sets_by_reference(known.standards)
    wanted = args.what[number] if number < len(args.what) else ""
    if wanted not in sets:
        raise calc_problems.CalculationProblem.UNKNOWN_NAME.error(name=wanted or "—", known=", ".join(sets))
    return sets[wanted]


def _list(workspace: Workspace, known: standards.WorkspaceStandards, args: argparse.Namespace, out: Output) -> int:
    lines = [
        line
        for line in standards_columns.set_lines(known)
        if (not args.kind or line.chosen.kind == args.kind) and (line.doubtful or not args.unverified)
    ]
    out.put(sets=rows_json(standards_columns.SET_COLUMNS, lines, out.language))
    return tell(out, args.out, standards_columns.SET_COLUMNS, [Part((), lines)], ())


def _export(workspace: Workspace, known: standards.WorkspaceStandards, args: argparse.Namespace, out: Output) -> int:
    chosen = _named(known, args, 0)
    if args.out is None:
        raise calc_problems.CalculationProblem.REQUIRED.error(label=Text("文件", "File"), name="--out")
    path = coefficients.write_set(chosen, args.out)
    out.put(path=path, reference=chosen.reference, rows=len(chosen.rows))
    out.say(f"系数集已写好：{path}", f"Coefficient set written: {path}")
    return 0


def _compare(workspace: Workspace, known: standards.WorkspaceStandards, args: argparse.Namespace, out: Output) -> int:
    _tell_differences(edition_diff.differences(_named(known, args, 0), _named(known, args, 1)), out)
    return 0


def _tell_differences(found: Any, out: Output) -> None:
    out.put(differences=[
        {"key": list(d.key), "label": d.label, "what": d.kind.value,
         "fields": {f.name: [f.old, f.new] for f in d.fields}}
        for d in found
    ])  # fmt: skip
    for each in found:
        for field in each.fields:
            old, new = field.old or "—", field.new or "—"
            out.say(
                f"{each.label.zh}  {field.label.zh}:{old} → {new}", f"{each.label.en}  {field.label.en}: {old} → {new}"
            )
    out.say(f"{len(found)} 行不同。", f"{len(found)} rows differ.")


def _new(workspace: Workspace, known: standards.WorkspaceStandards, args: argparse.Namespace, out: Output) -> int:
    if not args.what:
        raise calc_problems.CalculationProblem.REQUIRED.error(label=Text("文件", "File"), name="FILE")
    incoming = coefficients.read_set_file(Path(args.what[0]))
    reason = args.reason or incoming.reason
    if not reason:
        raise calc_problems.CalculationProblem.REQUIRED.error(label=Text("理由", "Reason"), name="--reason")
    today = workspace.clock.today()
    plan = editions.plan_edition(
        known.standards, incoming, made_by=workspace.identity.author, made_on=today, reason=reason,
        effective_on=args.effective or today,
    )  # fmt: skip
    _tell_differences(plan.changes, out)
    out.put(reference=incoming.reference, is_known=plan.is_known, saved=False)
    if plan.is_known:
        out.say("这一版已在本工作站，内容相同。", "This edition is here already, with the same contents.")
        return 0
    if not args.dry_run:
        saved = editions.save_edition(entry.Entry(workspace), workspace.read, plan.record)
        out.put(saved=True, record_id=saved.record_id)
        out.say(f"“{incoming.reference}”已保存。", f"{incoming.reference} is saved.")
    return 0


VERBS: dict[str, Callable[[Any, Any, argparse.Namespace, Any], int]] = {
    "list": _list,
    "export": _export,
    "compare": _compare,
    "new": _new,
}
