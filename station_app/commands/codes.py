"""``grassland-station codes``: every code a problem can have, with what it says and how grave it is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from station_app.commands.problems import CommandProblem
from station_app.domain.problems import sentences

if TYPE_CHECKING:
    from station_app.commands.output import Output


def add_codes(command: Callable[..., argparse.ArgumentParser]) -> None:
    """Register the command; ``command(name, run, Chinese help)`` is the grammar's own."""
    made = command("codes", run_codes, "问题代码一览。")
    made.add_argument("beginning", nargs="?", default="", help="a code or how it begins, for example FLD / 代码或开头")


def run_codes(args: argparse.Namespace, out: Output) -> int:
    """List the codes of problems: what is wrong and what to do. Words in braces are filled in where it happens."""
    wanted = args.beginning.upper()
    found = {code: each for code, each in sentences().items() if code.startswith(wanted)}
    if not found:
        raise CommandProblem.NO_SUCH_CODE.error(code=args.beginning)
    out.put(codes=[
        {"code": code, "severity": severity.value, "zh": text.zh, "en": text.en} for code, (severity, text) in found.items()
    ])  # fmt: skip
    for code, (severity, text) in found.items():
        out.say(f"{code}  {severity.label.zh}  {text.zh}", f"{code}  {severity.label.en}  {text.en}")
    return 0
