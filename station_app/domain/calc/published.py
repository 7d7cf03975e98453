"""What the published tables say of themselves in English, for Chinese readers. Names of standards stay as they are.

The words lie in ``resources/standards/calc_notes.csv`` beside the tables; whoever corrects a table corrects them there. What is
not listed is shown as the table has it. Pure: ``storage.reference`` installs what reads them.
"""

from __future__ import annotations

from collections.abc import Mapping

from station_app.domain.codes import reference_table
from station_app.domain.text import Text


def published(words: str) -> Text:
    """Return words of a table in both languages."""
    notes: Mapping[str, Text] = reference_table("published") or {}
    return notes.get(words) or Text(words, words)
