"""``grassland-station codes``: every code a problem can have, with what it says and how grave it is. ``threats``: who could
still do what."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from station_app.commands.command import argument, command
from station_app.commands.problems import CommandProblem
from station_app.domain.problems import codes_like
from station_app.services.threats import threats

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


@command("threats", "谁还能做什么：威胁模型。")
def run_threats(_args: argparse.Namespace, out: Output) -> None:
    """Say who might want to read, change or remove data, what the program keeps from them, and how the rest shows."""
    page = threats()
    out.put(
        threats=[{"who": {"zh": who.zh, "en": who.en}, "what": {"zh": what.zh, "en": what.en}} for who, what in page]
    )
    for who, what in page:
        out.say(f"{who.zh}\n  {what.zh}\n", f"{who.en}\n  {what.en}\n")
