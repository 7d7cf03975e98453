"""One version, one line: the very bytes that were hashed, so that the SHA-256 of a line is the id of its version.

A line is canonical JSON (RFC 8785) without a break inside. Reading one means: hash it, decode it by a type made from the
record's description, and see that encoding the result gives the same bytes again. Lines are read many at once: of the values of
one field in all of them the smallest and the largest are held against its bounds, and one search sees the form of all. A line
that this quick way does not take as it stands (fields of a newer program, an earlier description, unusual characters, a value
beyond its bounds) is looked at value by value, which decides: taken, set aside, or refused.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any, Literal
from unicodedata import is_normalized

import msgspec

from station_app.domain.fields import LIST_KINDS, Field, Form, Kind, described_fields
from station_app.domain.generic import JSON
from station_app.domain.identifiers import SHA256_PATTERN, UUID_PATTERN, is_identity
from station_app.domain.problems import Severity
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.domain.value_checks import checker, limits
from station_app.exchange.package.strict_json import StrictJsonError, loads
from station_app.exchange.package.values import INT64, WALL_PATTERN, WrongType, examine
from station_app.storage.canonical import encode_sorted
from station_app.storage.clock import hlc_time
from station_app.storage.versions import Version

MAX_LINE = 16 * 1024 * 1024
DIGEST = 32  # bytes of a version id
_MAX_WORDS = 10_000
_LONGEST = 64  # characters of a value that is no text: a hash
_PYTHON: dict[Kind, Any] = {Kind.BOOL: bool, Kind.DECIMAL: Decimal, Kind.DATE: date, Kind.INSTANT: datetime}
_Meta = msgspec.Meta
_Holds = Callable[
    [list[Any]], bool
]  # whether a field has right values only; those of many records, the empty ones left out
# What a line says around its fields, keys in canonical order; the last one only where the clocks differed.
_BEFORE: list[Any] = [("author", str), ("device", str)]
_BETWEEN: list[Any] = [("hlc", str), ("parent_ids", list[str]), ("reason", str), ("record_id", str)]
_AFTER: list[Any] = [("void", bool), ("wall", Annotated[str, _Meta(pattern=f"^{WALL_PATTERN}$")], "")]
_encode_lines = msgspec.json.Encoder().encode_lines


def _all_of_form(pattern: str) -> _Holds:
    """Return whether texts have all one form: one search for all of them takes less than one each."""
    match = re.compile(f"(?:(?:{pattern})\n)*+").fullmatch

    def holds(texts: list[str]) -> bool:
        joined = "\n".join((*texts, ""))
        return match(joined) is not None and joined.count("\n") == len(texts)

    return holds


_are_clocks, _are_ids, _are_hashes = map(_all_of_form, ("[0-9]{13}-[0-9a-f]{6}", UUID_PATTERN, SHA256_PATTERN))


class NotCanonical(ValueError):
    """The line is not the one sequence of bytes its content has."""


class Line(msgspec.Struct, gc=False):
    """A version as it lies in a package. ``content`` has what the id is the hash of; its ``fields`` are a typed object that reads
    like the record or, where they are not of today's description, a dictionary of JSON values (read them with
    ``tables.value_of``). ``beyond`` names fields that are missing or beyond their bounds."""

    version_id: str
    raw: bytes
    content: Any
    beyond: Sequence[str] = ()
    _fields: dict[str, Any] | None = None

    @property
    def fields(self) -> dict[str, JSON]:
        """The fields as JSON values."""
        if self._fields is None:
            found = self.content.fields
            if type(found) is msgspec.Raw:
                found = msgspec.json.decode(found)
            self._fields = found if type(found) is dict else msgspec.to_builtins(found)
        return self._fields

    @property
    def record_type(self) -> str:
        return str(self.content.record_type)

    @property
    def record_id(self) -> str:
        return str(self.content.record_id)

    @property
    def parent_ids(self) -> list[str]:
        found: list[str] = self.content.parent_ids
        return found

    @property
    def hlc(self) -> str:
        return str(self.content.hlc)

    def is_sound_and_living(self, schema_version: int) -> bool:
        """Whether all of it is within its bounds, it withdraws nothing and is of this description."""
        return not self.beyond and not self.content.void and self.content.schema_version == schema_version

    def row(self) -> tuple[object, ...]:
        """See ``versions.Arriving``."""
        c = self.content
        return (self.version_id, c.record_type, c.record_id, c.schema_version, " ".join(c.parent_ids), c.hlc, c.author,
                c.device, c.reason, int(c.void), fields_text(self.raw), c.wall)  # fmt: skip

    def version(self) -> Version:
        """Return the version."""
        c = self.content
        return Version(
            record_type=c.record_type, schema_version=c.schema_version, record_id=c.record_id,
            parent_ids=tuple(c.parent_ids), hlc=c.hlc, author=c.author, device=c.device, reason=c.reason, void=c.void,
            fields=self.fields, version_id=self.version_id, wall=c.wall,
        )  # fmt: skip


def fields_text(raw: bytes) -> str:
    """Return the fields of a canonical line: no text in it holds these marks, since quotes inside are escaped."""
    return raw[raw.index(b'"fields":') + 9 : raw.rindex(b',"hlc":"')].decode()


# --- the type of a line ----------------------------------------------------------------------------------------------


def _type_of(field: Field) -> Any:
    """Return a type that takes only what is right for a field, as far as a type can say so."""
    said = limits(field)
    if field.kind is Kind.INTEGER:
        low = -INT64 if said.minimum is None else int(said.minimum)
        high = INT64 - 1 if said.maximum is None else int(said.maximum)
        return Annotated[int, _Meta(ge=low, le=high)]
    if field.kind in _PYTHON:
        return _PYTHON[field.kind]
    text: Any = Literal[said.codes]
    if field.kind not in (Kind.CODE, Kind.CODES):
        # A pattern is looked at by column where there is one, which costs a fraction.
        pattern = f"^(?:{said.pattern})$" if said.pattern and field.kind in LIST_KINDS else None
        text = Annotated[str, _Meta(min_length=1, max_length=said.max_length or _LONGEST, pattern=pattern)]
    return list[text] if field.kind in LIST_KINDS else text


def _looks(field: Field) -> Iterator[_Holds]:
    """Yield what a type says too little about."""
    if field.kind in (Kind.DECIMAL, Kind.DATE, Kind.INSTANT):
        check = checker(field)

        def is_right(value: object) -> bool:
            wrong = check(value, None)
            return wrong is None or wrong.severity is not Severity.ERROR

        if field.kind is Kind.DECIMAL:
            has_places = Decimal(1).scaleb(-field.places).same_quantum
            yield lambda values: all(map(has_places, values))
        if field.kind is Kind.INSTANT:
            yield lambda values: all(value.tzinfo is UTC and not value.microsecond for value in values)
        yield lambda values: is_right(min(values)) and is_right(max(values))
    elif field.kind not in LIST_KINDS and (pattern := limits(field).pattern):
        yield _all_of_form(pattern)
        if field.form is Form.IDENTITY:
            yield lambda values: all(map(is_identity, values))


class _Typed:
    """The fields of a record or a line as a typed object, and the values a type says too little about."""

    def __init__(self, name: str, described: tuple[Field, ...]) -> None:
        self._lists: list[tuple[Callable[[Any], list[Any]], _Typed]] = []
        self._columns: list[tuple[Callable[[Any], Any], tuple[_Holds, ...]]] = []
        members: list[Any] = []
        for field in sorted(described, key=lambda f: f.name):
            if field.line is not None:
                typed = _Typed(field.name, described_fields(field.line))
                self._lists.append((attrgetter(field.name), typed))
                item: Any = typed.struct
                taken: Any = list[item]
            else:
                taken = _type_of(field)
                if looks := tuple(_looks(field)):
                    self._columns.append((attrgetter(field.name), looks))
            if (
                field.kind in LIST_KINDS
            ):  # none is absent: what encodes an empty one leaves it out, and so it is not canonical
                members.append((field.name, taken, []))
            else:
                members.append((field.name, taken) if field.required else (field.name, taken | None, None))
        self.struct: Any = msgspec.defstruct(
            name, members, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False
        )
        self._required = tuple(attrgetter(f.name) for f in described if f.kind in LIST_KINDS and f.required)

    def holds(self, things: Sequence[Any]) -> bool:
        """Whether decimals, days, moments, numbers and links of all these are right as well."""
        for values_of, looks in self._columns:
            values = [value for value in map(values_of, things) if value is not None]
            if values and not all(look(values) for look in looks):
                return False
        if not all(all(map(items, things)) for items in self._required):
            return False
        for items, typed in self._lists:
            rows = list(chain.from_iterable(map(items, things)))
            if rows and not typed.holds(rows):
                return False
        return True


def _content(name: str, fields: Any, schema: Any) -> Any:
    """Return the decoder of lines."""
    members = [
        *_BEFORE,
        ("fields", fields),
        *_BETWEEN,
        ("record_type", Literal[name]),
        ("schema_version", schema),
        *_AFTER,
    ]
    made = msgspec.defstruct("Content", members, forbid_unknown_fields=True, omit_defaults=True, gc=False)
    return msgspec.json.Decoder(made)


class LineReader:
    """Reads the lines of one record type."""

    def __init__(self, type_name: str) -> None:
        self.kind: RecordType | None = record_type(type_name) if has_type(type_name) else None
        self._known = _content(type_name, msgspec.Raw, int)
        self._exact = _content(type_name, dict[str, JSON], Annotated[int, _Meta(ge=1, lt=1_000_000)])
        self._typed: _Typed | None = None
        if self.kind is not None:
            self._typed = _Typed("Fields", self.kind.fields)
            self._quick = _content(type_name, self._typed.struct, Literal[self.kind.version])

    def read(self, raws: Sequence[bytes]) -> Iterator[Line]:
        """Yield the lines in order.

        Raises:
            NotCanonical: the next one is no canonical JSON.
            WrongType: something in the next one is not of its type.
        """
        if self._typed is not None and (lines := self._quickly(raws)) is not None:
            yield from lines
        elif len(raws) > 1 and self._typed is not None:  # the one that needs a closer look is in one half
            half = len(raws) // 2
            yield from self.read(raws[:half])
            yield from self.read(raws[half:])
        else:
            for raw in raws:
                yield self._look(raw)

    def _quickly(self, raws: Sequence[bytes]) -> list[Line] | None:
        """Return the lines, ``None`` where one of them needs a closer look."""
        assert self._typed is not None
        joined = b"\n".join(raws) + b"\n"
        if b"\\" in joined or b'"-0' in joined:
            return None
        try:
            contents = self._quick.decode_lines(joined)
        except (msgspec.ValidationError, msgspec.DecodeError):
            return None
        if (
            len(contents) == len(raws)
            and _encode_lines(contents) == joined
            and _is_plain(joined)
            and _wrong_word(contents) is None
            and self._typed.holds(list(map(_fields_of, contents)))
        ):
            return list(map(Line, _hashes(raws), raws, contents))
        return None

    def again(self, raws: Sequence[bytes], ids: bytes | bytearray) -> list[Line]:
        """Return lines that were read before, when their ids (of ``DIGEST`` bytes each) were worked out: what is in them has been
        looked at."""
        named = ids.hex()
        names = [named[at : at + 2 * DIGEST] for at in range(0, len(named), 2 * DIGEST)]
        return list(map(Line, names, raws, self._known.decode_lines(b"\n".join(raws))))

    def _look(self, raw: bytes) -> Line:
        """The same of one line, value by value."""
        try:
            plain = loads(raw)
            same = encode_sorted(plain) == raw
        except (StrictJsonError, ValueError, OverflowError, RecursionError) as error:
            raise NotCanonical(str(error)) from error
        if not same:
            raise NotCanonical("not canonical JSON")
        try:
            content = self._exact.decode(raw)
        except msgspec.ValidationError as error:
            raise WrongType(str(error).rpartition(" - at `")[2].strip("`$.") or "line") from error
        if wrong := _wrong_word([content]):
            raise WrongType(wrong)
        beyond: list[str] = []
        if self.kind is not None:
            examine(self.kind, content.fields, content.schema_version == self.kind.version, beyond)
        return Line(hashlib.sha256(raw).hexdigest(), raw, content, beyond)


@cache
def line_reader(type_name: str) -> LineReader:
    """Return the reader of a record type's lines."""
    return LineReader(type_name)


# Printable ASCII, and Chinese characters (U+4000 … U+9FFF): nothing of it is composed, or a control.
_PLAIN = bytes([0x0A, *range(0x20, 0x7F), *range(0x80, 0xC0), *range(0xE4, 0xEA)])
_clock_of, _id_of, _parents_of = attrgetter("hlc"), attrgetter("record_id"), attrgetter("parent_ids")
_fields_of, _wall_of, _words_of = attrgetter("fields"), attrgetter("wall"), attrgetter("author", "device", "reason")


def _hashes(raws: Sequence[bytes]) -> list[str]:
    sha256 = hashlib.sha256
    return [sha256(raw).hexdigest() for raw in raws]


def _is_plain(raw: bytes) -> bool:
    """Whether lines hold only printable, composed text without blanks at its ends or digits a spreadsheet lost: then no
    value of it needs a closer look."""
    if b" " in raw and (b'" ' in raw or b' "' in raw):
        return False
    if b"+" in raw and b"E+" in raw:
        return False
    if not raw.translate(None, _PLAIN):
        return True
    text = raw.decode().replace("\n", "")
    return text.isprintable() and is_normalized("NFC", text)


def _wrong_word(contents: Sequence[Any]) -> str | None:
    """Return what around the fields is not right in one of these: has not its form, or no bound, or a machine's clock that is
    told though it was not before the logical one."""
    for name, values, are_right in (
        ("hlc", map(_clock_of, contents), _are_clocks),
        ("record_id", map(_id_of, contents), _are_ids),
        ("parent_ids", chain.from_iterable(map(_parents_of, contents)), _are_hashes),
    ):
        if not are_right(list(values)):
            return name
    if any(sum(map(len, words)) > _MAX_WORDS for words in set(map(_words_of, contents))):
        return "author"
    for content in filter(_wall_of, contents):
        try:
            if datetime.fromisoformat(content.wall) >= hlc_time(content.hlc):
                return "wall"
        except (ValueError, OverflowError):
            return "wall"
    return None
