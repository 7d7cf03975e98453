"""How a command answers: sentences for a person, or JSON for a program; and how far long work is."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from station_app.domain.generic import JSON
from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.text import Text
from station_app.failing import tell


class Output:
    """Prints for a person, or JSON for a program; results to standard output, problems to standard error."""

    def __init__(self, language: str, as_json: bool) -> None:
        self.language = language
        self.as_json = as_json
        self.result: dict[str, JSON] = {}

    def say(self, zh: str | Text, en: str = "", /, **values: object) -> None:
        """Print one line for a person, filled with values; these also stand in what ``--json`` prints."""
        line = zh if isinstance(zh, Text) else Text(zh, en)
        self.put(**values)
        if not self.as_json:
            print((line.format(**values) if values else line).to(self.language))

    def put(self, **values: object) -> None:
        """Add to what ``--json`` prints."""
        self.result.update(values)

    def progress(self) -> Progress:
        """Return what tells a person how far long work is."""
        return Progress(self.language, quiet=self.as_json)

    def question(
        self, key: str, place: str, text: Text, options: Sequence[tuple[str, Text]], *, free: bool, suggested: str
    ) -> None:
        """Print a question and what may be answered (``*`` marks what is suggested), or keep it for the JSON."""
        if self.as_json:
            found = {"key": key, "place": place, "text": text.to(self.language), "free": free, "suggested": suggested,
                     "answers": [answer for answer, _ in options]}  # fmt: skip
            self.result.setdefault("questions", []).append(found)
            return
        lines = [f"{place} {text.to(self.language)}"]
        for answer, shown in options:
            lines.append(
                f"{'*' if answer == suggested else ' '} --answer {f'{key}={answer}'!r}  {shown.to(self.language)}"
            )
        if free:
            own = suggested if all(suggested != answer for answer, _ in options) else ""
            lines.append(f"{'*' if own else ' '} --answer {f'{key}={own or chr(0x2026)}'!r}")
        print("\n".join(lines))

    def problem(self, problem: Problem) -> None:
        """Print a finding with its place."""
        if self.as_json:
            self.result.setdefault("problems", []).append(problem_json(problem, self.language))
            return
        place = f" [{problem.place}]" if problem.place else ""
        tell(f"{problem.code}{place} {problem.text.to(self.language)}")

    def error(self, error: UserError) -> None:
        """Print what stopped a command, with the problems it holds."""
        told = [(p.code, p.text.zh) for p in error.problems]
        if (error.code, error.text.zh) not in told:
            self.problem(Problem(error.code, Severity.ERROR, error.text))
        for problem in dict.fromkeys(error.problems):
            self.problem(problem)

    def finish(self) -> None:
        """Print the JSON result."""
        if self.as_json:
            print(json.dumps(self.result, ensure_ascii=False, indent=2, sort_keys=True, default=_plain))


def problem_json(problem: Problem, language: str) -> dict[str, JSON]:
    """Return a problem as JSON values."""
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "text": problem.text.to(language),
        "field": problem.field,
        "line": problem.line,
        "place": problem.place,
    }


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Text):
        return value.en
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(type(value).__name__)


class Progress:
    """Prints what long work is doing, at most a line a second, when a person looks on."""

    cancelled = False

    def __init__(self, language: str, *, quiet: bool) -> None:
        self._language = language
        self._quiet = quiet or not sys.stderr.isatty()
        self._last = 0.0

    def progress(self, done: int, total: int | None, text: Text) -> None:
        """Show one line."""
        if self._quiet or time.monotonic() - self._last < 1:
            return
        self._last = time.monotonic()
        print(f"  {text.to(self._language)} {done}{f'/{total}' if total else ''}", file=sys.stderr)
