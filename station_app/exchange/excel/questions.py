"""What only a person can say before a table is read, and what they answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from station_app.domain.text import Text


class Asked(StrEnum):
    """What a question is about; the first part of the key its answer is given under."""

    UNIT = "unit"  # of a column that does not say it, or says another
    SHEET = "sheet"  # a sheet that looks like such records beside others that do
    HIDDEN = "hidden"  # rows of a sheet that nobody sees
    PLACES = "places"  # a column with more decimal places than are kept
    SERIAL = "serial"  # plain numbers in a column of dates
    WHOLE = "whole"  # what holds for every record, because no column says it
    VILLAGE = "village"  # a place whose name is not known, or known twice
    VILLAGES = "villages"  # places to be put on record with the import
    NUMBER = "number"  # records without their number
    MATCH = "match"  # a row that may be one of several records
    TOTALS = "totals"  # totals rows that do not add up


@dataclass(frozen=True, slots=True)
class Question:
    """One question, with the answers there are.

    Attributes:
        about: Heading or sheet.
        text: The question as a sentence.
        options: (answer, how it is shown); a question with one option is a thing to be confirmed.
        default: The answer taken when nobody answers; empty when nothing is saved before somebody does.
        suggested: The answer the plan is shown with until somebody confirms it or says another.
        free: Something else than the options may be written.
        found, unit: For units: what the file says (empty when nothing), and what is kept.
    """

    asked: Asked
    about: str
    place: str
    text: Text
    options: tuple[tuple[str, Text], ...]
    path: str = ""
    default: str = ""
    found: str = ""
    unit: str = ""
    suggested: str = ""
    free: bool = False

    @property
    def key(self) -> str:
        """What an answer is given under: ``unit:承包面积``."""
        return f"{self.asked}:{self.about}"

    def allows(self, answer: str) -> bool:
        return bool(answer) and (self.free or any(answer == value for value, _ in self.options))


class Unanswered(Exception):
    """What a row says can not be known before somebody answers."""


class Answers:
    """The questions that came up while a table was read, and what was answered to them."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = dict(given)
        self.questions: dict[str, Question] = {}

    def ask(self, question: Question) -> str:
        """Return the answer, else the default or suggestion the plan goes on with; empty when there is none."""
        self.questions.setdefault(question.key, question)
        return self.answer(question) or question.default or question.suggested

    def answer(self, question: Question) -> str:
        """Return what somebody answered, empty when nobody did."""
        given = self.given.get(question.key, "")
        return given if question.allows(given) else ""

    def said(self, asked: Asked) -> dict[str, str]:
        head = f"{asked}:"
        return {key[len(head) :]: value for key, value in self.given.items() if key.startswith(head)}

    @property
    def open(self) -> list[Question]:
        """Questions that somebody must answer, or whose suggestion must be confirmed."""
        return [q for q in self.questions.values() if not q.default and not self.answer(q)]

    def confirm_suggestions(self) -> None:
        """Take every suggestion the plan was shown with as the answer."""
        self.given |= {q.key: q.suggested for q in self.open if q.suggested}
