"""``grassland-station calc``: an independent calculator anyone can check us with. Input and result are JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from station_app.commands import tables
from station_app.commands.command import argument, command
from station_app.domain import codes, fields, units
from station_app.domain.calc import catalogue, coefficients_json, explanation_json, inputs, numbers, told
from station_app.domain.calc import explanation as explanations
from station_app.domain.calc import problems as calc_problems
from station_app.domain.text import CHINESE, Text
from station_app.storage import standards

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.domain.calc.coefficients import Standards
    from station_app.domain.fields import Field


class _Help(argparse.Action):
    """``calc NAME --help`` documents the input of that calculation."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(
            option_strings, dest, nargs=0, help="document the command or a calculation's input / 说明", **more
        )

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: object, option: str | None = None
    ) -> None:
        parser.print_help()
        chosen = catalogue.CALCULATIONS.get(getattr(namespace, "name", None) or "")
        if chosen is None:
            print("\ncalculations / 可用的计算：")
            for each in catalogue.CALCULATIONS.values():
                print(f"  {each.name:<20} {each.title.zh} {each.title.en}")
        else:
            print(f"\ninput of {chosen.name} / 输入  ({' '.join((chosen.takes.__doc__ or '').split())})")
            for line in input_lines(chosen.takes):
                print(line)
        parser.exit()


@command(
    "calc",
    "标准计算器。",
    argument("name", nargs="?", default=None, metavar="NAME", help="the calculation, for example capacity / 计算名称"),
    argument("--input", type=Path, default=None, help="JSON file with the input, - reads standard input / 输入文件"),
    argument("--set", type=Path, action="append", default=[], help="JSON file with a coefficient set / 另加系数集"),
    argument("--schema", action="store_true", help="print the JSON Schema of the input / 输入的 JSON Schema"),
    argument("--sets", action="store_true", help="list the coefficient sets / 列出系数集"),
    argument("--show-set", default=None, metavar="KIND/NAME@EDITION", help="print a set as JSON / 打印系数集"),
    argument("--explain", action="store_true", help="print every step / 打印计算过程"),
    argument("-h", "--help", action=_Help, dest="help", default=argparse.SUPPRESS),
)
def run_calc(args: argparse.Namespace, out: Output) -> int:
    """Compute one figure from the published standards, with its explanation. Input and result are JSON."""
    return _sets(args, out) if args.sets or args.show_set else _calculate(args, out, _chosen(args))


def _chosen(args: argparse.Namespace) -> catalogue.Calculation:
    found = catalogue.CALCULATIONS.get(args.name or "")
    if found is None:
        raise calc_problems.CalculationProblem.UNKNOWN_NAME.error(
            name=args.name or "", known=", ".join(catalogue.CALCULATIONS)
        )
    return found


def _standards(args: argparse.Namespace) -> Standards:
    known = standards.load_standards()
    return known.with_sets(standards.read_set(path) for path in args.set) if args.set else known


def _sets(args: argparse.Namespace, out: Output) -> int:
    known = {each.reference: each for each in _standards(args)}
    if args.show_set:
        if args.show_set not in known:
            raise calc_problems.CalculationProblem.UNKNOWN_NAME.error(name=args.show_set, known=", ".join(known))
        _print_json(coefficients_json.set_to_json(known[args.show_set]))
        out.as_json = False
        return 0
    for reference, each in known.items():
        marks = " ".join(sorted({row.mark for row in each.rows if row.mark}))
        out.say(f"{reference}  {each.title.zh}  [{marks}]", f"{reference}  {each.title.en}  [{marks}]")
        facts = {"reference": reference, "title_zh": each.title.zh, "title_en": each.title.en, "marks": marks.split()}
        out.result.setdefault("sets", []).append(
            {**facts, "standard": each.standard, "sheep_units": sorted(each.sheep_units), "rows": len(each.rows)}
        )
    return 0


def _calculate(args: argparse.Namespace, out: Output, chosen: catalogue.Calculation) -> int:
    if args.schema:
        _print_json(inputs.schema_of(chosen.takes))
        out.as_json = False
        return 0
    if args.input is None:
        raise calc_problems.CalculationProblem.REQUIRED.error("", label=Text("输入文件", "Input file"), name="--input")
    result = chosen.run(inputs.read(chosen.takes, _read_input(args.input)), _standards(args))
    explanation = result.explanation
    sets = sorted({given.origin.reference.partition("#")[0] for given in explanation.coefficients})
    held = explanations.before_sending(explanation)
    out.put(
        calculation=chosen.name,
        result=inputs.to_json(result.outcome),
        shown=dict(_shown(result.outcome)),
        coefficient_sets=sets,
        to_confirm=[problem.text.to(out.language) for problem in held],
        explanation=explanation_json.explanation_to_json(explanation) if out.as_json else None,
        problems=[],
    )
    out.say(chosen.title.zh, chosen.title.en)
    if not out.as_json:
        for line in outcome_lines(result.outcome, out.language):
            print(line)
        if args.explain:
            print()
            tables.print_steps(out, explanation)
    for problem in result.problems:
        out.problem(problem)
    return 0


def _read_input(path: Path) -> object:
    return standards.parse_json(sys.stdin.read()) if str(path) == "-" else standards.read_json(path)


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


# --- what a person reads -----------------------------------------------------------------------------------------------


def _shown(outcome: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield (JSON pointer, value as printed) of every number of an outcome."""
    from decimal import Decimal

    for field in fields.described_fields(type(outcome)):
        value = getattr(outcome, field.name)
        if isinstance(value, Decimal):
            yield f"{prefix}/{field.name}", numbers.shown(value, field.places)
        elif field.kind is fields.Kind.PART and value is not None:
            yield from _shown(value, f"{prefix}/{field.name}")
        elif field.kind is fields.Kind.LINES:
            for place, each in enumerate(value):
                yield from _shown(each, f"{prefix}/{field.name}/{place}")


def outcome_lines(outcome: object, language: str, depth: int = 1) -> Iterator[str]:
    """Yield an outcome line by line, rounded as printed; what is not there is left out."""
    from decimal import Decimal

    colon = ":" if language == CHINESE else ": "
    for field in fields.described_fields(type(outcome)):
        value = getattr(outcome, field.name)
        label = f"{'  ' * depth}{field.label.to(language)}{colon}"
        if value is None or value == "" or value == ():
            continue
        if field.kind is fields.Kind.PART:
            yield label
            yield from outcome_lines(value, language, depth + 1)
        elif field.kind is fields.Kind.LINES:
            yield label
            for place, each in enumerate(value, 1):
                yield f"{'  ' * (depth + 1)}[{place}]"
                yield from outcome_lines(each, language, depth + 2)
        elif isinstance(value, Decimal):
            yield f"{label}{numbers.shown(value, field.places)} {units.unit_text(field.unit, language)}".rstrip()
        elif isinstance(value, int) and not isinstance(value, bool):
            yield f"{label}{value} {units.unit_text(field.unit, language)}".rstrip()
        else:
            yield f"{label}{told.said(field, value).to(language)}"


def input_lines(cls: type[object], depth: int = 1) -> Iterator[str]:
    """Yield the entries of an input class, one line each."""
    for field in fields.described_fields(cls):
        yield f"{'  ' * depth}{field.name}  {_kind_text(field)}  {field.label.zh} {field.label.en}{_rest(field)}"
        if field.line is not None and depth < 6:
            yield from input_lines(field.line, depth + 1)


def _kind_text(field: Field) -> str:
    unit = f" {field.unit}" if field.unit else ""
    choices = f" {'|'.join(codes.code_list(field.codes).labels)}" if field.codes else ""
    return f"<{field.kind.value}{unit}{choices}{', optional' if field.may_be_left_out else ''}>"


def _rest(field: Field) -> str:
    return f"  ({field.help.zh} {field.help.en})" if field.help else ""
