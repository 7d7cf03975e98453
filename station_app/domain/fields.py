"""The words a record is described with.

A record class is a frozen dataclass whose fields are made with the functions of this module. Everything that depends on
a record — projection table, codec, checks, form, grid, workbook, package schema, labels — is read from here. A field
says what a value *is*; where it stands on the screen is ``ui/layouts.py``.
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, TypedDict, TypeVar, Unpack, dataclass_transform

from station_app.domain.text import CHINESE, Text
from station_app.domain.units import unit_text

T = TypeVar("T")
Default = Any  # what a class takes for the default of a field, whatever its kind
MARKS = ("A", "B", "C", "P")
TO_BE_GIVEN: Any = ...  # the default of a field for which nothing is supposed


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
    PART = "part"  # one frozen dataclass of described fields; of calculations, as are the next two
    TEXTS = "texts"  # tuple[str, ...]
    BOTH = "both"  # Text, words in both languages


LIST_KINDS = (Kind.CODES, Kind.FILES, Kind.LINES, Kind.TEXTS)
OF_CALCULATIONS = frozenset({Kind.PART, Kind.TEXTS, Kind.BOTH})  # no record keeps such values


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


PUBLIC, REGION = Share.PUBLIC, Share.REGION


class Weight(StrEnum):
    """How a concurrent change of the field is merged: NORMAL by rule, DECISIVE always by a person."""

    NORMAL = "normal"
    DECISIVE = "decisive"  # money, area, head counts, identity, accounts


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """Description of one field. Bounds are inclusive, but for ``above``, and in the field's unit. Fields are compared as
    the objects they are.

    Attributes:
        required: Whether an empty value is an error; the annotation of the class says so (``| None`` may be empty).
        default: What a new record holds; ``TO_BE_GIVEN`` where nothing is supposed.
        minimum, maximum: Hard bounds; a value outside is refused.
        soft_minimum, soft_maximum: Soft bounds; a value outside asks for a reason.
        places: Decimal places kept (DECIMAL only); of calculations, which round nothing, those that are printed.
        codes: Name of the code list (CODE, CODES).
        target: Record type a LINK points to.
        coefficients: Kind of coefficient sets a TEXT names as ``name@edition``; ``sheep_unit#`` names a row of those.
        line: Line class of LINES, class of a PART.
        missing: The problem to say where the value is not there, if it has one of its own.
        internal: A key of the program that no person reads: in tables and packages, never on a screen or on paper.
        future: Whether a DATE may lie after today (deadlines, ends of validity).
        confidence: Mark of the definition (A read in the standard … C unverified, P proposed by us).
    """

    name: str
    kind: Kind
    label: Text
    required: bool = True
    default: Any = TO_BE_GIVEN
    unit: str = ""
    places: int = 0
    above: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    soft_minimum: Decimal | None = None
    soft_maximum: Decimal | None = None
    form: Form = Form.PLAIN
    max_length: int = 200
    codes: str = ""
    target: str = ""
    coefficients: str = ""
    line: type | None = None
    future: bool = False
    internal: bool = False
    sensitive: bool = False
    share: Share = Share.COUNTY
    weight: Weight = Weight.NORMAL
    headings: tuple[str, ...] = ()
    source: str = ""
    confidence: str = "P"
    help: Text | None = None
    missing: Enum | None = None

    @property
    def may_be_left_out(self) -> bool:
        """Whether an input may be without it: it is optional, or something else stands in."""
        return not self.required or self.default not in (TO_BE_GIVEN, ())

    @property
    def initial(self) -> Any:
        """What a new record holds until somebody says something: its default, else nothing."""
        return self.empty if self.default is TO_BE_GIVEN else self.default

    @property
    def empty(self) -> tuple[()] | None:
        """What an empty field holds: ``()`` for lists, ``None`` otherwise."""
        return () if self.kind in LIST_KINDS else None

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


class Spec(TypedDict, total=False):
    """What may be said of a field beside its labels: the attributes of ``Field``, numbers as they are typed.

    ``source`` says where the definition stands, its mark before a colon: ``source="A: compensation S55"``; without a
    mark it is P. ``default`` is what a new record holds; without one an optional field is empty.
    """

    default: object
    above: int | str
    minimum: int | str
    maximum: int | str
    soft_minimum: int | str
    soft_maximum: int | str
    form: Form
    coefficients: str
    future: bool
    internal: bool
    sensitive: bool
    share: Share
    weight: Weight
    headings: tuple[str, ...]
    source: str
    help: tuple[str, str]
    missing: Enum


_BOUNDS = ("above", "minimum", "maximum", "soft_minimum", "soft_maximum")


def _field(kind: Kind, zh: str, en: str, spec: Spec, **own: object) -> Default:
    said: dict[str, Any] = {**spec, **own}
    for bound in _BOUNDS:
        if bound in said:
            said[bound] = Decimal(said[bound])
    if "help" in said:
        said["help"] = Text(*said["help"])
    if kind is Kind.DECIMAL and "default" in said:
        said["default"] = Decimal(said["default"])
    mark, _, rest = said.get("source", "").partition(":")
    if mark in MARKS:
        said |= {"confidence": mark, "source": rest.strip()}
    return Field("", kind, Text(zh, en), **said)


def text(zh: str, en: str, max_length: int = 200, **spec: Unpack[Spec]) -> Default:
    """A short text of at most ``max_length`` characters; ``form=`` gives phone, long text or year and month."""
    return _field(Kind.TEXT, zh, en, spec, max_length=max_length)


def note(**spec: Unpack[Spec]) -> Default:
    """What else there is to say, several lines."""
    return _field(Kind.TEXT, "备注", "Note", spec, max_length=1000, form=Form.LONG)


def region(zh: str, en: str, max_length: int = 12, **spec: Unpack[Spec]) -> Default:
    """A 12-digit administrative code, or its 6- or 9-digit head."""
    return _field(Kind.TEXT, zh, en, spec, max_length=max_length, form=Form.REGION)


def identity(**spec: Unpack[Spec]) -> Default:
    """A citizen identity number (GB 11643); never shown in full to who need not see it, merged only by a person."""
    own = {"max_length": 18, "form": Form.IDENTITY, "sensitive": True, "weight": Weight.DECISIVE}
    return _field(Kind.TEXT, "身份证号", "Identity number", spec, **own)


def account(**spec: Unpack[Spec]) -> Default:
    """The number of the account an award is paid to; as ``identity``."""
    own = {"max_length": 23, "form": Form.ACCOUNT, "sensitive": True, "weight": Weight.DECISIVE}
    return _field(Kind.TEXT, "一卡通账号", "Account number", spec, **own)


def code(zh: str, en: str, codes: str, **spec: Unpack[Spec]) -> Default:
    """One code of the list ``codes``."""
    return _field(Kind.CODE, zh, en, spec, codes=codes)


def many_codes(zh: str, en: str, codes: str, *, required: bool = False, **spec: Unpack[Spec]) -> Default:
    """Several codes of the list ``codes``, kept in list order; at least one where ``required``."""
    return _field(Kind.CODES, zh, en, spec, required=required, codes=codes)


def count(zh: str, en: str, unit: str = "", **spec: Unpack[Spec]) -> Default:
    """A whole number of things, not negative unless ``minimum=`` says otherwise."""
    spec.setdefault("minimum", 0)
    return _field(Kind.INTEGER, zh, en, spec, unit=unit)


def year(zh: str, en: str, **spec: Unpack[Spec]) -> Default:
    """A calendar year 1950–2100."""
    spec.setdefault("minimum", 1950)
    spec.setdefault("maximum", 2100)
    return _field(Kind.INTEGER, zh, en, spec)


def quantity(zh: str, en: str, unit: str, places: int, **spec: Unpack[Spec]) -> Default:
    """A measured decimal quantity in ``unit`` with ``places`` decimals, not negative unless ``minimum=`` says so."""
    spec.setdefault("minimum", 0)
    return _field(Kind.DECIMAL, zh, en, spec, unit=unit, places=places)


def area_mu(zh: str, en: str, **spec: Unpack[Spec]) -> Default:
    """An area in mu with 3 places (15 mu = 1 ha); merged only by a person."""
    spec.setdefault("minimum", 0)
    spec.setdefault("weight", Weight.DECISIVE)
    return _field(Kind.DECIMAL, zh, en, spec, unit="亩", places=3)


def money(zh: str, en: str, **spec: Unpack[Spec]) -> Default:
    """An amount in yuan with 2 places, kept as whole fen; merged only by a person."""
    spec.setdefault("weight", Weight.DECISIVE)
    return _field(Kind.DECIMAL, zh, en, spec, unit="元", places=2)


def head(zh: str, en: str, unit: str = "头只", **spec: Unpack[Spec]) -> Default:
    """A head count of animals; merged only by a person."""
    spec.setdefault("minimum", 0)
    spec.setdefault("maximum", 1_000_000)
    spec.setdefault("weight", Weight.DECISIVE)
    return _field(Kind.INTEGER, zh, en, spec, unit=unit)


def day(zh: str, en: str, **spec: Unpack[Spec]) -> Default:
    return _field(Kind.DATE, zh, en, spec)


def instant(zh: str, en: str, **spec: Unpack[Spec]) -> Default:
    """A moment in UTC, to the second; shown in local time."""
    return _field(Kind.INSTANT, zh, en, spec)


def flag(zh: str, en: str, **spec: Unpack[Spec]) -> Default:
    """Yes or no; ``None`` while nobody has said."""
    return _field(Kind.BOOL, zh, en, spec)


def link(zh: str, en: str, target: str, **spec: Unpack[Spec]) -> Default:
    """The record_id of a record of type ``target``."""
    return _field(Kind.LINK, zh, en, spec, target=target)


def files(zh: str = "附件", en: str = "Attachments", **spec: Unpack[Spec]) -> Default:
    """Attachments by their SHA-256 name."""
    return _field(Kind.FILES, zh, en, spec, required=False)


def lines(zh: str, en: str, line: type, *, required: bool = False, **spec: Unpack[Spec]) -> Default:
    """A list of ``line`` (a class made with ``@line``) that lives and dies with the record."""
    return _field(Kind.LINES, zh, en, spec, required=required, line=line)


def number(zh: str, en: str, unit: str = "", places: int = 2, **spec: Unpack[Spec]) -> Default:
    """A decimal of a calculation, with all its digits; ``places`` of them are printed."""
    return _field(Kind.DECIMAL, zh, en, spec, unit=unit, places=places)


def part(zh: str, en: str, cls: type, **spec: Unpack[Spec]) -> Default:
    """An object of another described class."""
    return _field(Kind.PART, zh, en, spec, line=cls)


def texts(zh: str, en: str, **spec: Unpack[Spec]) -> Default:
    return _field(Kind.TEXTS, zh, en, spec, required=False)


def both(zh: str, en: str, **spec: Unpack[Spec]) -> Default:
    """A text in both languages, in outcomes."""
    return _field(Kind.BOTH, zh, en, spec)


def coefficient_set(zh: str, en: str, kind: str, **spec: Unpack[Spec]) -> Default:
    """The coefficient set of a kind to use, ``name@edition``. Never chosen by the program."""
    spec.setdefault("help", _SET_HINT)
    return _field(Kind.TEXT, zh, en, spec, coefficients=kind)


_SET_HINT = (
    "写成“名称@版本”；grassland-station calc --sets 列出全部。",
    "name@edition; grassland-station calc --sets lists them.",
)


def frozen_class(cls: type[T]) -> type[T]:
    """Return ``cls`` as a frozen, keyword-only dataclass whose every field is described.

    The annotation says whether a field is optional: ``| None``. Lists (``tuple[…]``) may be empty unless the field says
    ``required=True``.

    Nothing is compiled for a class (making, comparing, hashing and showing are shared functions): describing all records
    is felt at every start.

    Raises:
        TypeError: a field is not described, or one description serves two fields.
    """
    described = tuple(_named(cls, name, str(annotation)) for name, annotation in cls.__annotations__.items())
    blank = {field.name: field.default for field in described}
    to_be_given = frozenset(name for name, default in blank.items() if default is TO_BE_GIVEN)
    for name, default in blank.items():
        setattr(cls, name, dataclasses.field() if name in to_be_given else dataclasses.field(default=default))

    def __init__(self: Any, **values: Any) -> None:
        kept = self.__dict__
        kept.update(blank)
        kept.update(values)
        if len(kept) > len(blank) or not to_be_given <= values.keys():
            raise TypeError(
                f"{cls.__name__}: there is no field {sorted(values.keys() - blank.keys())}; "
                f"{sorted(to_be_given - values.keys())} must be given"
            )

    as_said, cls.__annotations__ = cls.__annotations__, dict.fromkeys(blank, object)  # else each is searched for words
    made = dataclasses.dataclass(init=False, kw_only=True, eq=False, repr=False)(cls)
    made.__annotations__ = as_said
    made.__init__ = __init__  # type: ignore[method-assign]
    made.__setattr__ = made.__delattr__ = _stays  # type: ignore[method-assign]
    made.__eq__ = _equal  # type: ignore[method-assign]
    made.__hash__ = _hash  # type: ignore[method-assign]
    made.__repr__ = _repr  # type: ignore[method-assign]
    _described[made] = described
    return made


def _stays(_self: object, name: str, *_value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"{name} stays as it is")


def _named(cls: type[object], name: str, annotation: str) -> Field:
    """Return the description of a field with its name and what its annotation says.

    It is completed in place: copying a thousand of them is felt at start.
    """
    field = cls.__dict__.get(name)
    if not isinstance(field, Field) or field.name:
        raise TypeError(f"{cls.__name__}.{name} is not described")
    complete = functools.partial(object.__setattr__, field)
    complete("name", name)
    if field.kind in LIST_KINDS:
        complete("default", () if field.default is TO_BE_GIVEN else field.default)
    elif annotation.endswith("| None"):
        complete("required", False)
        complete("default", None if field.default is TO_BE_GIVEN else field.default)
    return field


def _equal(self: object, other: object) -> bool:
    return self.__dict__ == other.__dict__ if other.__class__ is self.__class__ else NotImplemented


def _hash(self: object) -> int:
    return hash((self.__class__, *self.__dict__.values()))


def _repr(self: object) -> str:
    """Name the filled fields; sensitive values never reach a log."""
    hidden = {field.name for field in described_fields(type(self)) if field.sensitive}
    filled = ((name, value) for name, value in self.__dict__.items() if value is not None and value != ())
    return f"{type(self).__name__}({', '.join(f'{n}=***' if n in hidden else f'{n}={v!r}' for n, v in filled)})"


# Type checkers take every described field for one that may be left out; that constructors name what is required is
# held by tests/architecture/test_house_rules.py.
@dataclass_transform(kw_only_default=True, frozen_default=True)
def line(cls: type[T]) -> type[T]:
    """Make a line class: a frozen, keyword-only dataclass of described fields (no nested lists)."""
    return frozen_class(cls)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def described(cls: type[T]) -> type[T]:
    """Make the class of an input or outcome of a calculation. A method ``rules(at) -> list[Problem]`` adds checks between
    its fields."""
    return frozen_class(cls)


_described: dict[type, tuple[Field, ...]] = {}


def described_fields(cls: type[object]) -> tuple[Field, ...]:
    """Return the field descriptions of a record or line class, in order of definition.

    Raises:
        KeyError: the class is neither.
    """
    return _described[cls]


def described_field(cls: type[object], name: str) -> Field:
    """Return the description of one field.

    Raises:
        StopIteration: there is no field of that name.
    """
    return next(field for field in described_fields(cls) if field.name == name)


def initial_values(cls: type[object]) -> dict[str, object]:
    """Return what a new record or line of the class holds until somebody says something."""
    return {field.name: field.initial for field in described_fields(cls)}
