"""Words a record is found by: characters, pinyin, initials, codes."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from station_app.domain.codes import has_list, label_of
from station_app.domain.registry import RecordType


def _is_han(character: str) -> bool:
    return "㐀" <= character <= "鿿" or ord(character) >= 0x20000


@lru_cache(maxsize=30_000)
def _pinyin(character: str) -> str:
    """Return the usual reading of one character, plain letters; empty when it has none."""
    from pypinyin import lazy_pinyin  # 50 MB: only when something is saved, never at start

    reading = lazy_pinyin(character, errors="ignore")
    return "".join(c for c in (reading[0] if reading else "").lower() if c.isascii() and c.isalpha())


def words(text: str) -> list[str]:
    """Return the search words of a text: single Han characters, Latin words, pinyin and initials from each syllable."""
    if text.isascii() and text.isalnum():  # a code: most of what is indexed
        return [text.lower()]
    out: list[str] = []
    readings: list[str] = []
    for run in unicodedata.normalize("NFKC", text).lower().split():
        plain = ""
        for character in run:
            if _is_han(character):
                out.append(character)
                if reading := _pinyin(character):
                    readings.append(reading)
            elif character.isalnum():
                plain += character
            elif plain:
                out.append(plain)
                plain = ""
        if plain:
            out.append(plain)
    for start in range(min(len(readings), 8)):
        out.append("".join(readings[start : start + 8]))
        out.append("".join(r[0] for r in readings[start : start + 8]))
    return out


def title_of(kind: RecordType, fields: dict[str, Any]) -> str:
    """Return how a record is named in one line, from its JSON fields; codes by their Chinese label, as names are."""
    return " ".join(_said(kind, name, fields[name]) for name in kind.title if fields.get(name) is not None)


def _said(kind: RecordType, name: str, value: Any) -> str:
    field = kind.by_name[name]
    if field.codes and has_list(field.codes) and isinstance(value, str):
        return label_of(field.codes, value).zh
    return str(value)


def search_text(kind: RecordType, fields: dict[str, Any]) -> tuple[str, str]:
    """Return the index words and the title of a record."""
    found: list[str] = []
    for name in kind.search:
        value = fields.get(name)
        if value is not None:
            found += words(str(value))
    return " ".join(dict.fromkeys(found)), title_of(kind, fields)


def match_expression(text: str) -> str:
    """Return the FTS5 expression for what a person typed; empty when nothing can be searched for."""
    parts: list[str] = []
    for run in unicodedata.normalize("NFKC", text).lower().split():
        piece = ""
        for character in run:
            if _is_han(character):
                if piece:
                    parts.append(f'"{piece}"*')
                    piece = ""
                parts.append(f'"{character}"')
            elif character.isalnum():
                piece += character
        if piece:
            parts.append(f'"{piece}"*')
    return " AND ".join(f"tokens:{part}" for part in parts)
