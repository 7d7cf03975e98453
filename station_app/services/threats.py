"""Who could still do what: the threat model, as window and command show it (``resources/help/threat-model.md``)."""

from __future__ import annotations

from functools import cache

from station_app.domain.text import Text
from station_app.paths import resource


@cache
def threats() -> tuple[tuple[Text, Text], ...]:
    """Return heading and words of each part of the page, the page's own first.

    Raises:
        OSError, ValueError: the page is missing or damaged. It is part of the program, as its modules are.
    """
    halves = resource("help", "threat-model.md").read_text(encoding="utf-8").split("\n---\n")
    zh, en = ([_part(part) for part in half.split("\n\n#")] for half in halves)
    return tuple((Text(z[0], e[0]), Text(z[1], e[1])) for z, e in zip(zh, en, strict=True))


def _part(part: str) -> tuple[str, str]:
    heading, _, words = part.strip().partition("\n")
    return heading.lstrip("# "), " ".join(words.split())
