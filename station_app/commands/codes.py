"""``grassland-station codes``: every code a problem can have, with what it says and how grave it is."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from station_app.commands.command import argument, command
from station_app.commands.problems import CommandProblem
from station_app.domain.problems import codes_like

if TYPE_CHECKING:
    from station_app.commands.output import Output


@command(
    "codes",
    "问题代码一览。",
    argument("wanted", nargs="?", default="", help="how a code begins, or words of its sentence / 代码开头或词"),
)
def run_codes(args: argparse.Namespace, out: Output) -> None:
    """List the codes of problems: what is wrong and what to do; … stands for what is filled in where it happens."""
    found = codes_like(args.wanted)
    if not found:
        raise CommandProblem.NO_SUCH_CODE.error(code=args.wanted)
    out.put(
        codes=[
            {"code": code, "severity": severity.value, "zh": text.zh, "en": text.en} for code, severity, text in found
        ]
    )
    for code, severity, text in found:
        out.say(f"{code}  {severity.label.zh}  {text.zh}", f"{code}  {severity.label.en}  {text.en}")
