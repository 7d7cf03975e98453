"""The words a record is described with.

A record class is a frozen dataclass whose fields are made with the functions of this module. Everything that depends on
a record — projection table, codec, checks, form, grid, workbook, package schema, labels — is read from here. A field
says what a value *is*; where it stands on the screen is ``ui/layouts.py``.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar, dataclass_transform

from station_app.domain.text import CHINESE, Text
from station_app.domain.units import unit_text

T = TypeVar("T")
FIELD_NAME_PREFIX = "station_field"


class Kind(StrEnum):
    """What a value is; the Python type follows."""

    TEXT = "text"  # str, NFC, no control characters; never "" (that is None)
    CODE = "code"  # str, one code of a code list
    CODES = "codes"  # tuple[str, ...], several codes of a code list, sorted as the list is
    INTEGER = "integer"  # int, a thing counted
    DECIMAL = "decimal"  # Decimal with a fixed number of places; money and areas are decimals
    DATE = "date"  # datetime.date
    INSTANT = "instant"  # datetime.datetime in UTC, seconds
    BOOL = "bool"  # bool
    LINK = "link"  # str, record_id of another record
    FILES = "files"  # tuple[str, ...], SHA-256 names of attachments
    LINES = "lines"  # tuple of frozen line dataclasses that live and die with the record


class Form(StrEnum):
    """Special forms of text, with their own check and their own way of showing."""

    PLAIN = "plain"
    LONG = "long"  # several lines
    IDENTITY = "identity"  # 18-character citizen identity number (GB 11643)
    ACCOUNT = "account"  # bank account or card number, digits only
    PHONE = "phone"
    REGION = "region"  # 12-digit administrative code, or its 6- or 9-digit head
    YEAR_MONTH = "year_month"


class Share(StrEnum):
    """The highest level that may see the value in a shared extract."""

    STATION = "station"
    COUNTY = "county"
    REGION = "region"
    PUBLIC = "public"


class Weight(StrEnum):
    """How a concurrent change of the field is merged: NORMAL by rule, DECISIVE always by a person."""

    NORMAL = "normal"
    DECISIVE = "decisive"  # money, area, head counts, identity, accounts


@dataclass(frozen=True, slots=True)
class Field:
    """Description of one field. Bounds are inclusive and in the field's unit.

    Attributes:
        minimum, maximum: Hard bounds; a value outside is refused.
        soft_minimum, soft_maximum: Soft bounds; a value outside asks for a reason.
        places: Decimal places kept (DECIMAL only).
        codes: Name of the code list (CODE, CODES).
        target: Record type a LINK points to.
        coefficients: Kind of coefficient sets a TEXT names as ``name@edition``; ``sheep_unit#`` names a row of those.
        line: Line class of LINES.
        internal: A key of the program that no person reads: in tables and packages, never on a screen or on paper.
        future: Whether a DATE may lie after today (deadlines, ends of validity).
        confidence: Mark of the definition (A read in the standard … C unverified, P proposed by us).
    """

    name: str
    kind: Kind
    label: Text
    required: bool = True
    unit: str = ""
    places: int = 0
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    soft_minimum: Decimal | None = None
    soft_maximum: Decimal | None = None
    form: Form = Form.PLAIN
    max_length: int = 200
    codes: str = ""
    target: str = ""
    coefficients: str = ""
    line: type[Any] | None = None
    future: bool = False
    internal: bool = False
    sensitive: bool = False
    share: Share = Share.COUNTY
    weight: Weight = Weight.NORMAL
    headings: tuple[str, ...] = ()
    source: str = ""
    confidence: str = "P"
    help: Text | None = None

    @property
    def is_number(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.DECIMAL)

    @property
    def heading_zh(self) -> str:
        """Chinese column heading with the unit in brackets, as the forms print it."""
        return f"{self.label.zh}({self.unit})" if self.unit else self.label.zh

    def heading(self, language: str) -> str:
        """Column heading with unit in ``language``; in English a unit the label names already is not said twice."""
        if language == CHINESE:
            return self.heading_zh
        text, unit = self.label.to(language), unit_text(self.unit, language)
        named = unit.casefold() in text.casefold().replace(":", " ").split()
        return text if named or not unit else f"{text} ({unit})"

    def place_heading(self, language: str) -> str:
        """Column heading where a code of a place (``Form.REGION``) is shown by the name of the place."""
        text = self.heading(language)
        if language == CHINESE:
            return text.replace("代码", "").replace("编码", "区划")
        return text.replace("Administrative code", "Administrative area").removesuffix(" code")


def _dec(value: str | int | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _field(kind: Kind, zh: str, en: str, *, required: bool, default: Any, **spec: Any) -> Any:
    for bound in ("minimum", "maximum", "soft_minimum", "soft_maximum"):
        if bound in spec:
            spec[bound] = _dec(spec[bound])
    if isinstance(spec.get("help"), tuple):
        spec["help"] = Text(*spec["help"])
    described = Field(name="", kind=kind, label=Text(zh, en), required=required, **spec)
    metadata = {FIELD_NAME_PREFIX: described}
    if default is not dataclasses.MISSING:
        return dataclasses.field(default=default, metadata=metadata, kw_only=True)
    return (
        dataclasses.field(default=None, metadata=metadata, kw_only=True)
        if not required
        else dataclasses.field(metadata=metadata, kw_only=True)
    )


def text(zh: str, en: str, *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A short text; ``form=`` gives identity, account, phone, region or long text; ``max_length=`` characters."""
    return _field(Kind.TEXT, zh, en, required=required, default=default, **spec)


def code(
    zh: str, en: str, codes: str, *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any
) -> Any:
    """One code of the list ``codes``."""
    return _field(Kind.CODE, zh, en, required=required, default=default, codes=codes, **spec)


def many_codes(zh: str, en: str, codes: str, *, required: bool = False, **spec: Any) -> Any:
    """Several codes of the list ``codes``, kept in list order."""
    return _field(Kind.CODES, zh, en, required=required, default=(), codes=codes, **spec)


def count(
    zh: str, en: str, unit: str = "", *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any
) -> Any:
    """A whole number of things, not negative unless ``minimum=`` says otherwise."""
    spec.setdefault("minimum", 0)
    return _field(Kind.INTEGER, zh, en, required=required, default=default, unit=unit, **spec)


def year(zh: str, en: str, *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A calendar year 1950–2100."""
    spec.setdefault("minimum", 1950)
    spec.setdefault("maximum", 2100)
    return _field(Kind.INTEGER, zh, en, required=required, default=default, **spec)


def quantity(
    zh: str, en: str, unit: str, places: int, *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any
) -> Any:
    """A measured decimal quantity in ``unit`` with ``places`` decimals, not negative unless ``minimum=`` says so."""
    spec.setdefault("minimum", 0)
    return _field(Kind.DECIMAL, zh, en, required=required, default=default, unit=unit, places=places, **spec)


def area_mu(zh: str, en: str, *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """An area in mu with 3 places (15 mu = 1 ha); merged only by a person."""
    spec.setdefault("minimum", 0)
    spec.setdefault("weight", Weight.DECISIVE)
    return _field(Kind.DECIMAL, zh, en, required=required, default=default, unit="亩", places=3, **spec)


def money(zh: str, en: str, *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """An amount in yuan with 2 places, kept as whole fen; merged only by a person."""
    spec.setdefault("weight", Weight.DECISIVE)
    return _field(Kind.DECIMAL, zh, en, required=required, default=default, unit="元", places=2, **spec)


def head(
    zh: str, en: str, unit: str = "头只", *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any
) -> Any:
    """A head count of animals; merged only by a person."""
    spec.setdefault("minimum", 0)
    spec.setdefault("maximum", 1_000_000)
    spec.setdefault("weight", Weight.DECISIVE)
    return _field(Kind.INTEGER, zh, en, required=required, default=default, unit=unit, **spec)


def day(zh: str, en: str, *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A calendar date."""
    return _field(Kind.DATE, zh, en, required=required, default=default, **spec)


def instant(zh: str, en: str, *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any) -> Any:
    """A moment in UTC, to the second; shown in local time."""
    return _field(Kind.INSTANT, zh, en, required=required, default=default, **spec)


def flag(zh: str, en: str, *, required: bool = False, default: Any = None, **spec: Any) -> Any:
    """Yes or no; ``None`` while nobody has said."""
    return _field(Kind.BOOL, zh, en, required=required, default=default, **spec)


def link(
    zh: str, en: str, target: str, *, required: bool = True, default: Any = dataclasses.MISSING, **spec: Any
) -> Any:
    """The record_id of a record of type ``target``."""
    return _field(Kind.LINK, zh, en, required=required, default=default, target=target, **spec)


def files(zh: str, en: str, **spec: Any) -> Any:
    """Attachments by their SHA-256 name."""
    return _field(Kind.FILES, zh, en, required=False, default=(), **spec)


def lines(zh: str, en: str, line: type[Any], *, required: bool = False, **spec: Any) -> Any:
    """A list of ``line`` (a class made with ``@line``) that lives and dies with the record."""
    return _field(Kind.LINES, zh, en, required=required, default=(), line=line, **spec)


def frozen_class(cls: type[T]) -> type[T]:
    """Return ``cls`` as a frozen, keyword-only dataclass.

    Comparing, hashing and showing are shared functions instead of ones compiled per class: with sixty classes that
    halves the time the descriptions take at start, and comparing is faster.
    """
    made = dataclasses.dataclass(frozen=True, kw_only=True, eq=False, repr=False)(cls)
    made.__eq__ = _equal  # type: ignore[method-assign]
    made.__hash__ = _hash  # type: ignore[method-assign]
    made.__repr__ = _repr  # type: ignore[method-assign]
    return made


def _equal(self: Any, other: object) -> bool:
    return self.__dict__ == other.__dict__ if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash((self.__class__, *self.__dict__.values()))


def _repr(self: Any) -> str:
    """Name the filled fields; sensitive values never reach a log."""
    hidden = {field.name for field in described_fields(type(self)) if field.sensitive}
    filled = ((name, value) for name, value in self.__dict__.items() if value is not None and value != ())
    return f"{type(self).__name__}({', '.join(f'{n}=***' if n in hidden else f'{n}={v!r}' for n, v in filled)})"


# Type checkers ask for the fields made by these unless ``default=`` is given; flags, lists and files may be left out.
@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(text, code, count, year, quantity, area_mu, money, head, day, instant, link),
)
def line(cls: type[T]) -> type[T]:
    """Make a line class: a frozen, keyword-only dataclass of described fields (no nested lists)."""
    return frozen_class(cls)


_described: dict[type[Any], tuple[Field, ...]] = {}


def described_fields(cls: type[Any]) -> tuple[Field, ...]:
    """Return the field descriptions of a record or line class, in order of definition."""
    known = _described.get(cls)
    if known is not None:
        return known
    found = []
    for item in dataclasses.fields(cls):
        described = item.metadata.get(FIELD_NAME_PREFIX)
        if described is None:
            raise TypeError(f"{cls.__name__}.{item.name} is not described")
        found.append(dataclasses.replace(described, name=item.name))
    _described[cls] = tuple(found)
    return _described[cls]
