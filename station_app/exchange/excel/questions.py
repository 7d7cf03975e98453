"""What only a person can say before a table is read, and what they answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from station_app.domain.text import Text


class Asked(StrEnum):
    """What a question is about; the first part of the key its answer is given under."""

    UNIT = "unit"  # of a column that does not say it, or says another
    HIDDEN = "hidden"  # rows of a sheet that nobody sees
    PLACES = "places"  # a column with more decimal places than are kept
    SERIAL = "serial"  # plain numbers in a column of dates


@dataclass(frozen=True, slots=True)
class Question:
    """One question, with the answers there are.

    Attributes:
        about: Heading or sheet.
        text: The question as a sentence.
        options: (answer, how it is shown).
        default: The answer taken when nobody answers; empty when nothing is read before somebody does.
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

    @property
    def key(self) -> str:
        """What an answer is given under: ``unit:承包面积``."""
        return f"{self.asked}:{self.about}"
