"""What an import would do, to be shown before it is done."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from station_app.domain.problems import Problem, Severity
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.value_text import format_value
from station_app.exchange.excel.questions import Answers, Asked, Question
from station_app.exchange.excel.row_kinds import RowKind, account
from station_app.services.villages import Unit


class Action(StrEnum):
    """What happens to one record."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"

    @property
    def label(self) -> Text:
        return RowKind(self.value).label


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One record of the file, ready to be saved; ``old`` is what stands now, ``None`` for a new one."""

    place: str
    record_id: str
    action: Action
    record: Any
    old: Any = None

    @property
    def title(self) -> str:
        """The record named in one line."""
        kind = record_type(self.record)
        values = (getattr(self.record, name) for name in kind.title)
        return " ".join(
            format_value(kind.by_name[n], v) for n, v in zip(kind.title, values, strict=True) if v is not None
        )

    def changes(self) -> list[tuple[str, Any, Any]]:
        """Return (field, before, after) of what differs."""
        names = record_type(self.record).by_name
        return [
            (name, getattr(self.old, name, None), getattr(self.record, name))
            for name in names
            if self.old is None or getattr(self.old, name) != getattr(self.record, name)
        ]


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """One column and what it was taken for; ``path`` is empty for a column that is not imported.

    ``samples``: the first different cells below the heading, as text.
    """

    place: str
    heading: str
    path: str
    samples: tuple[str, ...] = ()


@dataclass
class ImportPlan:
    """What an import would do.

    Attributes:
        rows: Records without errors, in the order of the file.
        problems: Everything found, each with its place; errors first.
        answers: What a person must say before anything is saved, or may say otherwise; and what was said.
        places: Administrative units that are put on record with the import.
        columns: How the headings were understood.
        form_known_on, by_hand: Day (ISO) on which these headings were mapped by hand, and how; empty when they were not.
        accounts: Every row read, by what it is or what becomes of it.
        others: Rows that are no records and not blank, in the order of the file: (place, what it is, its first words).
        journal_size: Versions there were when the plan was made; a plan is not applied to anything else.
    """

    file: Path
    record_type: str
    rows: list[PlannedRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    answers: Answers = field(default_factory=lambda: Answers({}))
    columns: list[ReadColumn] = field(default_factory=list)
    form_known_on: str = ""
    by_hand: dict[str, str] = field(default_factory=dict)
    accounts: Counter[RowKind] = field(default_factory=Counter)
    others: list[tuple[str, RowKind, str]] = field(default_factory=list)
    places: list[Unit] = field(default_factory=list)
    journal_size: int = 0

    def _count(self, action: Action) -> int:
        return sum(row.action is action for row in self.rows)

    @property
    def new(self) -> int:
        return self._count(Action.NEW)

    @property
    def changed(self) -> int:
        return self._count(Action.CHANGED)

    @property
    def unchanged(self) -> int:
        return self._count(Action.UNCHANGED)

    @property
    def questions(self) -> list[Question]:
        """Everything asked, answered or not."""
        return list(self.answers.questions.values())

    @property
    def open_questions(self) -> list[Question]:
        """Questions without an answer; nothing is saved before they have one."""
        return self.answers.open

    @property
    def is_numbered(self) -> bool:
        """Whether records of the file were matched or given codes, which somebody should see."""
        return any(q.asked is Asked.NUMBER for q in self.questions)

    @property
    def rows_read(self) -> int:
        """Rows below the headings, down to the last that says anything."""
        return self.accounts.total()

    @property
    def left_out(self) -> int:
        """Rows that are no records (sums, signatures, conditions of the mapping)."""
        return len(self.others)

    @property
    def account(self) -> Text:
        """What every row of the file is, in one sentence."""
        return account(self.accounts)

    @property
    def errors(self) -> list[Problem]:
        """Problems that keep their row, or the whole file, from being saved."""
        return [p for p in self.problems if p.severity is Severity.ERROR]
