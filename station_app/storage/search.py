"""Words a record is found by: characters, pinyin, initials, codes; and the index of them.

The index holds no text: an entry is the number of the record's first version in the journal. It follows the journal
(``following.py``).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import msgspec

from station_app.domain.codes import has_list, label_of
from station_app.domain.generic import JSON
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.storage.engine import Connection

# ``words`` makes the words; the tokenizer has only to part them at the blanks.
INDEX_STATEMENT = """CREATE VIRTUAL TABLE search_index USING fts5(words, content='', contentless_delete=1, detail=none,
    prefix='2 3', tokenize='ascii')"""
# What an expression finds: entries as the versions they stand for.
FOUND = "search_index JOIN version found ON found.seq=search_index.rowid WHERE search_index MATCH ?"


def _is_han(character: str) -> bool:
    return "㐀" <= character <= "鿿" or ord(character) >= 0x20000


@lru_cache(maxsize=30_000)
def _pinyin(character: str) -> str:
    """Return the usual reading of one character, plain letters; empty when it has none."""
    from pypinyin import lazy_pinyin  # 50 MB: only when something is saved, never at start

    reading = lazy_pinyin(character, errors="ignore")
    return "".join(c for c in (reading[0] if reading else "").lower() if c.isascii() and c.isalpha())


def pieces(text: str) -> list[str]:
    """Return the Han characters of a text, and what stands between them and between signs, in small letters."""
    if text.isascii() and text.isalnum():  # a code: most of what is indexed
        return [text.lower()]
    out: list[str] = []
    plain = ""
    for character in unicodedata.normalize("NFKC", text).lower() + " ":
        if character.isalnum() and not _is_han(character):
            plain += character
            continue
        if plain:
            out.append(plain)
            plain = ""
        if _is_han(character):
            out.append(character)
    return out


def words(text: str) -> list[str]:
    """Return the search words of a text: single Han characters, Latin words, pinyin and initials from each syllable."""
    out = pieces(text)
    readings = [reading for piece in out if _is_han(piece[0]) and (reading := _pinyin(piece))]
    for start in range(min(len(readings), 8)):
        out.append("".join(readings[start : start + 8]))
        out.append("".join(r[0] for r in readings[start : start + 8]))
    return out


def title_of(kind: RecordType, fields: dict[str, JSON]) -> str:
    """Return how a record is named in one line, from its JSON fields; codes by their Chinese label, as names are."""
    return " ".join(_said(kind, name, fields[name]) for name in kind.title if fields.get(name) is not None)


def _said(kind: RecordType, name: str, value: object) -> str:
    field = kind.by_name[name]
    if field.codes and has_list(field.codes) and isinstance(value, str):
        return label_of(field.codes, value).zh
    return str(value)


def search_words(kind: RecordType, fields: dict[str, object]) -> str:
    """Return the index words of a record, from its JSON fields."""
    found = [word for name in kind.search if fields.get(name) is not None for word in words(str(fields[name]))]
    return " ".join(dict.fromkeys(found))


def index(connection: Connection, first: int, last: int) -> None:
    """Bring the index abreast of the versions ``first`` to ``last`` as the tables show them; the caller holds the
    transaction."""
    run = connection.execute
    for (name,) in run("SELECT DISTINCT record_type FROM version WHERE seq BETWEEN ? AND ?", (first, last)).fetchall():
        if not has_type(name) or not (kind := record_type(name)).search:
            continue
        rows = run(
            f"""SELECT (SELECT min(o.seq) FROM version o WHERE o.record_id=p.record_id AND o.record_type='{name}'), p.void,
                coalesce(p.merged, v.fields) FROM (SELECT DISTINCT record_id FROM version WHERE seq BETWEEN ? AND ?
                AND record_type='{name}') changed JOIN "{name}" p ON p.record_id=changed.record_id
                JOIN version v ON v.version_id=p.version_id""",
            (first, last),
        ).fetchall()
        connection.executemany("DELETE FROM search_index WHERE rowid=?", [(row[0],) for row in rows if row[1]])
        connection.executemany(
            "INSERT OR REPLACE INTO search_index (rowid, words) VALUES (?, ?)",
            [(row[0], search_words(kind, msgspec.json.decode(row[2]))) for row in rows if not row[1]],
        )


def match_expression(text: str) -> str:
    """Return the FTS5 expression for what a person typed; empty when nothing can be searched for."""
    return " AND ".join(f'"{piece}"' if _is_han(piece[0]) else f'"{piece}"*' for piece in pieces(text))
