"""What is looked at of every version of a package, when it is written and when it is read: who may author it, whether its
sums are its parts', what it adds to counts and control totals, which attachments it names."""

from __future__ import annotations

from collections.abc import Callable

from station_app.domain.problems import Problem
from station_app.domain.registry import has_type, record_type
from station_app.exchange.package.authority import Authority
from station_app.exchange.package.findings import Findings
from station_app.exchange.package.lines import Line
from station_app.exchange.package.named import attachments_reader
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.tables import Layout
from station_app.exchange.package.totals import ControlTotals
from station_app.exchange.package.values import sums_differ

Take = Callable[[Line, list[str]], Problem | None]


class Tally:
    """Is told the versions of a package, type by type and in the order of their clock."""

    def __init__(self, findings: Findings, authority: Authority) -> None:
        self.findings = findings
        self.counts: dict[str, int] = {}
        self.totals = ControlTotals()
        self.attachments: set[str] = set()
        self.first = self.last = ""
        self.is_present = True  # all versions of the type taken last are of today's description
        self._authority = authority

    @property
    def versions(self) -> int:
        return sum(self.counts.values())

    def taker(self, layout: Layout) -> Take:
        """Return what takes the versions of one type: each with the fields of it that are beyond their bounds. It returns why
        a version waits for a person, ``None`` when it does not."""
        name = layout.name
        kind = record_type(name) if has_type(name) else None
        present = kind.version if kind else 0
        note, attach = self.totals.noter(name), attachments_reader(name)
        findings, judge, counts = self.findings, self._authority.judge, self.counts
        counts[name] = 0
        head = 0 if layout.is_lines else 1
        self.is_present = True

        def take(line: Line, beyond: list[str]) -> Problem | None:
            content = line.content
            fields = content.fields
            counts[name] += 1
            if not self.first or content.hlc < self.first:
                self.first = content.hlc
            if content.hlc > self.last:
                self.last = content.hlc
            if note is not None:
                note(content.record_id, content.void, fields)
            if attach is not None:
                self.attachments.update(attach(fields))
            aside = None
            if beyond:
                place = f"{layout.path}:{counts[name] + head}"
                aside = findings.add(PackageProblem.OUT_OF_BOUNDS, place, column=beyond[0])
            elif content.schema_version != present:
                self.is_present = False
            elif kind is not None and not content.void and (differs := sums_differ(kind, line.raw)):
                place = f"{layout.path}:{counts[name] + head}"
                aside = findings.add(
                    PackageProblem.DOES_NOT_AGREE, place, record=kind.label, title=differs[0], why=differs[1]
                )
            verdict = judge(name, content.device, fields)
            if verdict is not None:
                aside = findings.add(verdict[0], f"{layout.path}:{counts[name] + head}", **verdict[1])
            return aside

        return take
