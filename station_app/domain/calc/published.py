"""What the published tables say of themselves in English, for Chinese readers. Names of standards stay as they are.

The words lie in ``resources/standards/calc_notes.csv`` beside the tables; whoever corrects a table corrects them there. What is
not listed is shown as the table has it. Pure: ``storage.reference`` installs what reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from station_app.domain.text import Text

_source: Callable[[], Mapping[str, Text]] = dict


def install_from(source: Callable[[], Mapping[str, Text]]) -> None:
    """Have the words read by ``source`` when the first of them is asked for."""
    global _source
    _source = source
    _notes.cache_clear()


@cache
def _notes() -> Mapping[str, Text]:
    return _source()


def published(words: str) -> Text:
    """Return words of a table in both languages."""
    return _notes().get(words) or Text(words, words)
