"""The command line: whatever a button does, a command can do. Exit codes: 0 done, 1 a problem a person can mend, 2 wrong use."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from station_app import __version__
from station_app.commands import passwords
from station_app.commands.command import CATALOGUE, commands, without_word
from station_app.commands.output import Output
from station_app.commands.problems import CommandProblem
from station_app.domain.generic import JSON
from station_app.domain.problems import UserError
from station_app.domain.text import CHINESE, ENGLISH, languages
from station_app.storage import reference

PROGRAM = "grassland-station"
_WITH_VALUE = ("--workspace", "--language")


def _common_options() -> argparse.ArgumentParser:
    """Return ``--json`` and ``--language``; what is given before a command or action keeps its value there."""
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print the result as JSON / 结果以 JSON 输出"
    )
    made.add_argument(
        "--language",
        choices=languages(),
        default=argparse.SUPPRESS,
        help="language of what is printed and written / 输出语言",
    )
    return made


def parser(only: str | None = None) -> argparse.ArgumentParser:
    """Return the command line's grammar: of the commands that begin with one word, or with ``None`` of all."""
    common = [_common_options()]
    top = argparse.ArgumentParser(
        prog=PROGRAM,
        parents=[_common_options()],  # its own: a default set here would be set in every command's
        description="草原站 Grassland Station. Without a command the window opens. 不带命令时打开窗口。",
    )
    top.set_defaults(json=False, language=None, run=without_word)
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    top.add_argument("--workspace", type=Path, default=None, help="workspace folder to open / 工作站文件夹")
    top.add_argument("--read-only", action="store_true", help="open it to look at only / 只读打开")
    top.add_argument("--training", action="store_true", help="open the training station / 打开培训用工作站")
    parsers: dict[str, argparse.ArgumentParser] = {"": top}
    actions: dict[str, JSON] = {"": top.add_subparsers(title="commands", metavar="COMMAND")}
    for each in commands(only):
        above, _, word = each.name.rpartition(" ")
        if above not in actions:
            required = parsers[above].get_default("run") is None
            actions[above] = parsers[above].add_subparsers(title="actions", metavar="ACTION", required=required)
        made = parsers[each.name] = actions[above].add_parser(
            word,
            parents=common,
            help=f"{each.zh} {each.en.splitlines()[0]}",
            description=f"{each.zh} {each.en}",
            conflict_handler="resolve",  # a command may have its own --help
        )
        made.set_defaults(run=each.run)
        for add in each.arguments:
            add(made)
    return top


def with_open(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with ``open`` in front of a bare path, which is how a double click names its file."""
    given = list(arguments)
    place = _place_of_word(given)
    if place < len(given) and (word := given[place]) not in CATALOGUE:
        path = Path(word)
        if path.suffix or len(path.parts) > 1 or path.exists():
            given.insert(place, "open")
    return given


def _place_of_word(given: Sequence[str]) -> int:
    """Return where the first argument stands that is no option."""
    place = 0
    while place < len(given) and given[place].startswith("-"):
        place += 2 if given[place] in _WITH_VALUE else 1
    return place


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the arguments with the grammar of the command they name; all commands are loaded only to be listed."""
    given = with_open(arguments)
    word = next(iter(given[_place_of_word(given) :]), None)
    if word is None and not {"-h", "--help"} & set(given):
        word = "codes"  # any will do: none is called
    return parser(word if word in CATALOGUE else None).parse_args(given)


def _default_language() -> str:
    wanted = os.environ.get("GRASSLAND_LANGUAGE", "")
    return wanted if wanted in (CHINESE, ENGLISH) else CHINESE


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        return _run(_parsed(sys.argv[1:] if arguments is None else arguments))
    except BrokenPipeError:
        # The reader of the output (``head``, a closed pager) has seen enough; what was saved is saved.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(args: argparse.Namespace) -> int:
    out = Output(args.language or _default_language(), args.json)
    try:
        reference.install_code_lists()
        if getattr(args, "opens_workspace", False) and args.workspace is not None:
            passwords.open_workspace(args, out)
        code = int(args.run(args, out) or 0)
    except UserError as error:
        out.error(error)
        code = 1
    except KeyboardInterrupt:
        out.problem(CommandProblem.INTERRUPTED.problem())
        code = 1
    except BrokenPipeError:
        raise
    except OSError as error:
        out.problem(CommandProblem.FILE_NOT_READ.problem(file=error.filename or "", why=error.strerror))
        code = 1
    out.finish()
    sys.stdout.flush()
    return code


if __name__ == "__main__":
    sys.exit(main())
