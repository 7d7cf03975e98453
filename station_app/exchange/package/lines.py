"""One version, one line: the very bytes that were hashed, so that the SHA-256 of a line is the id of its version.

A line is canonical JSON (RFC 8785) without a break inside. Reading one means: hash it, decode it by a type made from the
record's description, and see that encoding the result gives the same bytes again. What that quick way does not take as it
stands (fields of a newer program, an earlier description, unusual characters, a value beyond its bounds) is looked at
value by value, which decides: taken, set aside, or refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter, contains
from typing import Annotated, Any, Literal
from unicodedata import is_normalized

import msgspec

from station_app.domain.fields import LIST_KINDS, Field, Form, Kind, described_fields
from station_app.domain.identifiers import SHA256_PATTERN, UUID_PATTERN
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.domain.value_checks import limits
from station_app.exchange.package.strict_json import StrictJsonError, loads
from station_app.exchange.package.tables import TYPE_OF_KIND, Column
from station_app.exchange.package.values import INT64, WALL_PATTERN, WrongType, column_fits, examine, right
from station_app.storage.canonical import encode_sorted
from station_app.storage.clock import hlc_time
from station_app.storage.versions import Version

MAX_LINE = 16 * 1024 * 1024
_MAX_WORDS = 10_000
_REMEMBERED = 8_192  # values of a field that are known to be right; beyond, each is looked at anew
_LONGEST = 64  # characters of a value that is no text: a hash
_LOOKED_AT = (Kind.DECIMAL, Kind.DATE, Kind.INSTANT)
_Meta = msgspec.Meta
_Sha = Annotated[str, _Meta(pattern=f"^{SHA256_PATTERN}$")]
_Link = Annotated[str, _Meta(pattern=f"^{UUID_PATTERN}$")]
# What a line says around its fields, keys in canonical order; the last one only where the clocks differed.
_BEFORE: list[Any] = [("author", str), ("device", str)]
_BETWEEN: list[Any] = [
    ("hlc", Annotated[str, _Meta(pattern="^[0-9]{13}-[0-9a-f]{6}$")]),
    ("parent_ids", list[_Sha]),
    ("reason", str),
    ("record_id", _Link),
]
_AFTER: list[Any] = [("void", bool), ("wall", Annotated[str, _Meta(pattern=f"^{WALL_PATTERN}$")], "")]
_encode = msgspec.json.Encoder().encode


class NotCanonical(ValueError):
    """The line is not the one sequence of bytes its content has."""


class Line:
    """A version as it lies in a package. ``content`` has what the id is the hash of; its ``fields`` are a typed object or,
    where they are not of today's description, a dictionary (read them with ``tables.value_of``)."""

    __slots__ = ("_fields", "content", "raw", "version_id")

    def __init__(self, version_id: str, raw: bytes, content: Any) -> None:
        self.version_id = version_id
        self.raw = raw
        self.content = content
        self._fields: dict[str, Any] | None = None

    @property
    def fields(self) -> dict[str, Any]:
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

    def row(self) -> tuple[Any, ...]:
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


class LineMaker:
    """Puts lines together from rows of the journal, canonical parts in the order of their keys."""

    def __init__(self, type_name: str) -> None:
        self._type = type_name
        self._words: dict[tuple[str, str, str], tuple[str, str, str]] = {}

    def line(self, version: Sequence[Any]) -> bytes:
        """Return the line of a version: (version_id, record_id, schema_version, parent_ids, hlc, author, device, reason,
        void, fields, wall)."""
        _, record_id, schema, parents, hlc, author, device, reason, void, fields, wall = version
        key = (author, device, reason)
        words = self._words.get(key)
        if words is None:
            words = (encode_sorted(author).decode(), encode_sorted(device).decode(), encode_sorted(reason).decode())
            if len(self._words) < _REMEMBERED:
                self._words[key] = words
        listed = f'"{parents.replace(" ", chr(34) + "," + chr(34))}"' if parents else ""
        ending = f',"wall":"{wall}"' if wall else ""
        return (
            f'{{"author":{words[0]},"device":{words[1]},"fields":{fields},"hlc":"{hlc}","parent_ids":[{listed}],'
            f'"reason":{words[2]},"record_id":"{record_id}","record_type":"{self._type}","schema_version":{schema},'
            f'"void":{"true" if void else "false"}{ending}}}'
        ).encode()


# --- the type of a line ----------------------------------------------------------------------------------------------


def _type_of(field: Field) -> Any:
    """Return a type that takes only what is right for a field, as far as a type can say so."""
    said = limits(field)
    if field.kind is Kind.INTEGER:
        low = -INT64 if said.minimum is None else int(said.minimum)
        high = INT64 - 1 if said.maximum is None else int(said.maximum)
        return Annotated[int, _Meta(ge=low, le=high)]
    if field.kind is Kind.BOOL:
        return bool
    text: Any = Literal[said.codes]
    if field.kind not in (Kind.CODE, Kind.CODES):
        pattern = f"^(?:{said.pattern})$" if said.pattern else None
        text = Annotated[str, _Meta(min_length=1, max_length=said.max_length or _LONGEST, pattern=pattern)]
    return list[text] if field.kind in LIST_KINDS else text


class _Typed:
    """The fields of a record or a line as a typed object, and the values a type says too little about."""

    def __init__(self, name: str, described: tuple[Field, ...]) -> None:
        self.lists = tuple(
            (f.name, _Typed(f.name, described_fields(f.line))) for f in described if f.kind is Kind.LINES and f.line
        )
        inside = dict(self.lists)
        members: list[Any] = []
        for field in sorted(described, key=lambda f: f.name):
            if field.kind is Kind.LINES:
                item: Any = inside[field.name].struct
                taken: Any = Annotated[list[item], _Meta(min_length=1)]
            else:
                taken = _type_of(field)
            members.append((field.name, taken) if field.required else (field.name, taken | None, None))
        self.struct: Any = msgspec.defstruct(
            name, members, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False
        )
        looked_at = [f for f in described if f.kind in _LOOKED_AT or f.form is Form.IDENTITY]
        self._checks = tuple(map(_right, looked_at))
        self._known: tuple[set[str | None], ...] = tuple({None} for _ in looked_at)
        self._take: Callable[[Any], Any] | None = None
        if looked_at:
            names = [f.name for f in looked_at]
            self._take = attrgetter(*names) if len(names) > 1 else lambda fields: (getattr(fields, names[0]),)

    def holds(self, fields: Any) -> bool:
        """Whether decimals, days, moments and identity numbers are right as well."""
        if self._take is not None and not all(map(contains, self._known, values := self._take(fields))):
            for value, known, check in zip(values, self._known, self._checks, strict=True):
                if value not in known:
                    if not check(value):
                        return False
                    if len(known) < _REMEMBERED:
                        known.add(value)
        for name, typed in self.lists:
            for item in getattr(fields, name) or ():
                if not typed.holds(item):
                    return False
        return True


def _right(field: Field) -> Callable[[str], bool]:
    column, is_right = Column(field.name, TYPE_OF_KIND[field.kind]), right(field)
    return lambda value: column_fits(column, value) and is_right(value)


def _content(name: str, fields: Any, schema: Any) -> Any:
    """Return the decoder of whole lines."""
    members = [
        *_BEFORE,
        ("fields", fields),
        *_BETWEEN,
        ("record_type", Literal[name]),
        ("schema_version", schema),
        *_AFTER,
    ]
    made = msgspec.defstruct("Content", members, forbid_unknown_fields=True, omit_defaults=True, gc=False)
    return msgspec.json.Decoder(made).decode


class LineReader:
    """Reads the lines of one record type."""

    def __init__(self, type_name: str) -> None:
        self.kind: RecordType | None = record_type(type_name) if has_type(type_name) else None
        self._known = _content(type_name, msgspec.Raw, int)
        self._exact = _content(type_name, dict[str, Any], Annotated[int, _Meta(ge=1, lt=1_000_000)])
        self._typed: _Typed | None = None
        if self.kind is not None:
            self._typed = _Typed("Fields", self.kind.fields)
            self._quick = _content(type_name, self._typed.struct, Literal[self.kind.version])

    def read(self, raw: bytes) -> tuple[Line, list[str]]:
        """Return a line, and the fields of it that are missing or beyond their bounds.

        Raises:
            NotCanonical: the bytes are no canonical JSON.
            WrongType: something in it is not of its type.
        """
        version_id = hashlib.sha256(raw).hexdigest()
        if self._typed is not None and b"\\" not in raw:
            try:
                content = self._quick(raw)
            except (msgspec.ValidationError, msgspec.DecodeError):
                return self._look(version_id, raw)
            if _encode(content) == raw and _is_plain(raw) and self._typed.holds(content.fields) and _agrees(content):
                return Line(version_id, raw, content), []
        return self._look(version_id, raw)

    def again(self, raw: bytes) -> Line:
        """Return a line that was read before: what is in it has been looked at."""
        return Line(hashlib.sha256(raw).hexdigest(), raw, self._known(raw))

    def _look(self, version_id: str, raw: bytes) -> tuple[Line, list[str]]:
        """The same, value by value."""
        try:
            plain = loads(raw)
            same = encode_sorted(plain) == raw
        except (StrictJsonError, ValueError, OverflowError, RecursionError) as error:
            raise NotCanonical(str(error)) from error
        if not same:
            raise NotCanonical("not canonical JSON")
        try:
            content = self._exact(raw)
        except msgspec.ValidationError as error:
            raise WrongType(str(error).rpartition(" - at `")[2].strip("`$.") or "line") from error
        if not _agrees(content):
            raise WrongType("wall" if content.wall else "author")
        beyond: list[str] = []
        if self.kind is not None:
            examine(self.kind, content.fields, content.schema_version == self.kind.version, beyond)
        return Line(version_id, raw, content), beyond


@cache
def line_reader(type_name: str) -> LineReader:
    """Return the reader of a record type's lines."""
    return LineReader(type_name)


# Printable ASCII, and Chinese characters (U+4000 … U+9FFF): nothing of it is composed, or a control.
_PLAIN = bytes([*range(0x20, 0x7F), *range(0x80, 0xC0), *range(0xE4, 0xEA)])


def _is_plain(raw: bytes) -> bool:
    """Whether a line holds only printable, composed text without blanks at its ends or digits a spreadsheet lost: then no
    value of it needs a closer look."""
    if b'" ' in raw or b' "' in raw or b"E+" in raw:
        return False
    if not raw.translate(None, _PLAIN):
        return True
    text = raw.decode()
    return text.isprintable() and is_normalized("NFC", text)


def _agrees(content: Any) -> bool:
    """Whether the words around the fields have a bound, and the machine's clock was before the logical one."""
    if len(content.author) + len(content.device) + len(content.reason) > _MAX_WORDS:
        return False
    if content.wall:
        try:
            return datetime.fromisoformat(content.wall) < hlc_time(content.hlc)
        except (ValueError, OverflowError):
            return False
    return True
