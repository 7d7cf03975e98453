"""What is looked at of every version of a package, when it is written and when it is read: who may author it, whether its
sums are its parts', what it adds to counts and control totals, which attachments it names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter

from station_app.domain.derived import all_agree
from station_app.domain.problems import Problem, ProblemCode
from station_app.domain.registry import has_type, record_type
from station_app.exchange.package.authority import Authority
from station_app.exchange.package.findings import Findings
from station_app.exchange.package.lines import Line
from station_app.exchange.package.named import attachments_reader
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.tables import Layout
from station_app.exchange.package.totals import ControlTotals
from station_app.exchange.package.values import has_sums, sums_differ
from station_app.storage.search import title_of

_device_of, _fields_of = attrgetter("content.device"), attrgetter("content.fields")
_author_of = attrgetter("content.author")
Take = Callable[[Sequence[Line]], dict[str, Problem]]


class Tally:
    """Is told the versions of a package, type by type and in the order of their clock."""

    def __init__(self, findings: Findings, authority: Authority) -> None:
        self.findings = findings
        self.counts: dict[str, int] = {}
        self.totals = ControlTotals()
        self.attachments: set[str] = set()
        # Type and id of records of which a version does not agree with itself.
        self.suspected: dict[tuple[str, str], None] = {}
        self.first = self.last = ""
        self._authority = authority

    @property
    def versions(self) -> int:
        return sum(self.counts.values())

    def taker(self, layout: Layout) -> Take:
        """Return what takes blocks of versions of one type. It returns why versions wait for a person, by version id."""
        name = layout.name
        kind = record_type(name) if has_type(name) else None
        note, attach = self.totals.noter(name), attachments_reader(name)
        counts = self.counts
        counts[name] = 0

        def take(lines: Sequence[Line]) -> dict[str, Problem]:
            first = counts[name] + (1 if layout.is_lines else 2)
            counts[name] += len(lines)
            aside: dict[str, Problem] = {}
            if not lines:
                return aside
            self.first = min(self.first or lines[0].hlc, lines[0].hlc)  # a type comes in the order of the clock
            self.last = max(self.last, lines[-1].hlc)
            if note is not None:
                note(lines)
            if attach is not None:
                self.attachments.update(attach(map(_fields_of, lines)))

            def put_aside(number: int, problem: ProblemCode, **values: object) -> None:
                aside[lines[number].version_id] = self.findings.add(
                    problem, f"{layout.path}:{first + number}", **values
                )

            for number, line in enumerate(lines):
                if line.beyond:
                    put_aside(number, PackageProblem.OUT_OF_BOUNDS, column=line.beyond[0])
            if kind is not None and has_sums(name):
                living = [(number, line) for number, line in enumerate(lines) if line.is_sound_and_living(kind.version)]
                typed = [line.content.fields for _, line in living]
                if dict in map(type, typed) or not all_agree(kind, typed):
                    for number, line in living:
                        if (why := sums_differ(kind, line.content.fields)) is not None:
                            self.suspected[name, line.record_id] = None
                            title = title_of(kind, line.fields)
                            put_aside(number, PackageProblem.DOES_NOT_AGREE, record=kind.label, title=title, why=why)
            devices = set(map(_device_of, lines))
            if name in ("review", "account") or any(
                self._authority.judge(name, device, {}) is not None for device in devices
            ):
                for number, line in enumerate(lines):
                    fields = line.fields if name == "account" else line.content.fields
                    verdict = self._authority.judge(name, line.content.device, fields)
                    if verdict is not None:
                        put_aside(number, verdict[0], **verdict[1])
                    elif name == "account":
                        self._authority.note_account(line.fields)
            if strangers := self._authority.strangers(name, set(map(_author_of, lines))):
                for number, line in enumerate(lines):
                    if (verdict := strangers.get(line.content.author)) is not None:
                        put_aside(number, verdict[0], **verdict[1])
            return aside

        return take
