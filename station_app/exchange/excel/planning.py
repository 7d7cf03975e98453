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
from station_app.exchange.excel.plain_rows import PlainDraft
from station_app.exchange.excel.questions import Answers, Asked, Question
from station_app.exchange.excel.reading.packed import Packed
from station_app.exchange.excel.row_kinds import RowKind, account
from station_app.exchange.excel.rows import Spot
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
    """One record of the file, ready to be saved.

    ``said`` is the record, or the plain row that says it and knows where it stands; ``kept`` says where what stands now is packed.
    """

    record_id: str
    action: Action
    said: Any
    kept: tuple[Packed[object], int] | None = None
    spot: Spot | None = None

    @property
    def old(self) -> Any:
        """What stands now, ``None`` for a new one."""
        return None if self.kept is None else self.kept[0][self.kept[1]]

    @property
    def place(self) -> str:
        """Where it stands in the file."""
        return str(self.said.place if self.spot is None else self.spot)

    @property
    def record(self) -> Any:
        """The record; that of a plain row is made when it is asked for, sixty thousand of them fill the memory."""
        return self.said.record(self.old) if isinstance(self.said, PlainDraft) else self.said

    def value(self, name: str) -> Any:
        """Return a value of the record, without making it where a plain row says it."""
        said = self.said.value(name) if isinstance(self.said, PlainDraft) else None
        return getattr(self.record, name) if said is None else said

    @property
    def title(self) -> str:
        """The record named in one line."""
        record = self.record
        kind = record_type(record)
        values = (getattr(record, name) for name in kind.title)
        return " ".join(
            format_value(kind.by_name[n], v) for n, v in zip(kind.title, values, strict=True) if v is not None
        )

    def changes(self) -> list[tuple[str, Any, Any]]:
        """Return (field, before, after) of what differs."""
        record, old = self.record, self.old
        return [
            (name, getattr(old, name, None), getattr(record, name))
            for name in record_type(record).by_name
            if old is None or getattr(old, name) != getattr(record, name)
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
