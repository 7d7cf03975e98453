"""Text a person reads, in every language at once.

A ``Text`` carries Chinese and English side by side, so a missing translation is a type error, the window can change
language while it runs, and the same sentence serves window, command line, workbook and error. A further language is a
file from the English text to its translation: ``resources/i18n/<language>.json``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from station_app.paths import resource, resource_lines

CHINESE = "zh_CN"
ENGLISH = "en"
LANGUAGES = (CHINESE, ENGLISH)


def languages() -> tuple[str, ...]:
    """Return every language there are texts in: Chinese, English, and those with a catalogue."""
    return (*LANGUAGES, *sorted(path.stem for path in resource("i18n").glob("*.json")))


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    if language not in languages():
        return {}
    entries: Mapping[str, str] = json.loads("".join(resource_lines("i18n", f"{language}.json")))
    return entries


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label in Chinese and English; ``{name}`` marks what ``format`` fills in."""

    zh: str
    en: str

    def to(self, language: str) -> str:
        """Return the text in ``language``; what its catalogue does not hold is said in English."""
        if language == CHINESE:
            return self.zh
        if language == ENGLISH:
            return self.en
        return _catalogue(language).get(self.en, self.en)

    @property
    def inside(self) -> Text:
        """As it stands inside a sentence: without the capital of its first English word, unless that is an abbreviation."""
        return self if self.en[1:2].isupper() else Text(self.zh, self.en[:1].lower() + self.en[1:])

    def format(self, **values: object) -> Text:
        """Fill the placeholders of both languages; a ``Text`` among the values is taken in the same language."""
        return Text(
            self.zh.format(**{k: v.zh if isinstance(v, Text) else v for k, v in values.items()}),
            self.en.format(**{k: v.en if isinstance(v, Text) else v for k, v in values.items()}),
        )

    def __str__(self) -> str:
        return self.zh
