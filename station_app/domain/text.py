"""Text a person reads, in every language at once.

A ``Text`` carries Chinese and English side by side, so a missing translation is a type error, the window can change
language while it runs, and the same sentence serves window, command line, workbook and error. A further language is a
catalogue keyed by the English text (``resources/i18n/<language>.json``), installed by ``install_catalogue``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CHINESE = "zh_CN"
ENGLISH = "en"
LANGUAGES = (CHINESE, ENGLISH)

_catalogues: dict[str, Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label in Chinese and English; ``{name}`` marks what ``format`` fills in."""

    zh: str
    en: str

    def to(self, language: str) -> str:
        """Return the text in ``language``; a language without a catalogue entry falls back to English."""
        if language == CHINESE:
            return self.zh
        if language == ENGLISH:
            return self.en
        return _catalogues.get(language, {}).get(self.en, self.en)

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


def install_catalogue(language: str, entries: Mapping[str, str]) -> None:
    """Add a language: ``entries`` maps English text to the translation."""
    _catalogues[language] = entries
