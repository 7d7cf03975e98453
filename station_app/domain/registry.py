"""All record types of the program, in one place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

from station_app.domain.fields import Field, Kind, described_fields, frozen_class
from station_app.domain.problems import Problem
from station_app.domain.roles import Role as Role
from station_app.domain.text import Text

if TYPE_CHECKING:
    from station_app.domain.derived import Derived, Gathered

T = TypeVar("T")
Rule = Callable[[Any], list[Problem]]


class Group(StrEnum):
    """The subject a record type belongs to; also its place in the navigation."""

    REGISTER = "register"
    LIVESTOCK = "livestock"
    FORAGE = "forage"
    SURVEY = "survey"
    COMPENSATION = "compensation"
    INSPECTION = "inspection"
    BALANCE = "balance"
    CARBON = "carbon"
    TARGET = "target"
    EXCHANGE = "exchange"


@dataclass(frozen=True)
class RecordType:
    """One kind of record: its class, its fields and the rules between them.

    Attributes:
        name: Stable name, also the projection table.
        version: Schema version, raised by every change of meaning (with a migration and a package upgrade step).
        label, plural: What a person calls it.
        authors: Roles that may author it; a version by another role is quarantined on import.
        key: Fields that identify the thing in the world (unique among living records), empty when nothing does.
        title: Fields shown when the record is named in one line.
        search: Fields found by the search line (with pinyin and initials for text).
        year_field: INTEGER year or DATE field that says which year the record belongs to.
        same: Fields that say which records are one thing at several times, where the key does not say it.
        is_final: Once saved it is never corrected, only withdrawn or followed by another record.
        by_act: Comes about by an act of the program (receiving, reviewing, running a batch, freezing a figure), never by
            filling in a form or by an import.
        rules: Checks between the fields of one record.
        derived: Values the record's own fields give (``domain.derived``); each is one of the rules, too.
        gathered: Values other records give.
    """

    name: str
    version: int
    cls: type
    label: Text
    plural: Text
    group: Group
    authors: frozenset[Role]
    key: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    year_field: str = ""
    same: tuple[str, ...] = ()
    is_final: bool = False
    by_act: bool = False
    rules: list[Rule] = dataclasses.field(default_factory=list)
    derived: list[Derived] = dataclasses.field(default_factory=list)
    gathered: list[Gathered] = dataclasses.field(default_factory=list)

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        return described_fields(self.cls)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        return {f.name: f for f in self.fields}

    @cached_property
    def scalars(self) -> tuple[Field, ...]:
        """Fields that stand in the record's own table (all but LINES)."""
        return tuple(f for f in self.fields if f.kind is not Kind.LINES)

    @cached_property
    def lists(self) -> tuple[Field, ...]:
        """LINES fields; each has a child table ``<type>__<field>``."""
        return tuple(f for f in self.fields if f.kind is Kind.LINES)

    @property
    def is_about_others(self) -> bool:
        """Whether it says something about other records and their senders: receipts, reviews, devices, keys."""
        return self.group is Group.EXCHANGE

    @cached_property
    def series(self) -> tuple[tuple[str, ...], str]:
        """Return the fields that agree in one thing at several times, and the field that says when.

        Where there are none, the thing is the record itself, and another time of it an earlier version.
        """
        times = [n for n in self.key if self.by_name[n].kind is Kind.DATE or n == self.year_field]
        when = next(iter(times), self.year_field)
        if self.same:
            return self.same, when
        return (tuple(n for n in self.key if n not in times), when) if times else ((), "")

    def values(self, record: object) -> dict[str, Any]:
        """Return the field values of a record (lines stay line objects)."""
        return {f.name: getattr(record, f.name) for f in self.fields}


_types: dict[str, RecordType] = {}
_by_class: dict[type, RecordType] = {}


@dataclass_transform(kw_only_default=True, frozen_default=True)
def record(
    name: str,
    zh: str,
    en: str,
    group: Group,
    *,
    version: int = 1,
    plural: tuple[str, str] | None = None,
    authors: tuple[Role, ...] = (Role.STATION,),
    key: tuple[str, ...] = (),
    title: tuple[str, ...] = (),
    search: tuple[str, ...] = (),
    year_field: str = "",
    same: tuple[str, ...] = (),
    is_final: bool = False,
    by_act: bool = False,
) -> Callable[[type[T]], type[T]]:
    """Register a record class under ``name``; the class becomes a frozen, keyword-only dataclass."""

    def decorate(cls: type[T]) -> type[T]:
        made = frozen_class(cls)
        if name in _types:
            raise ValueError(f"record type {name} is described twice")
        described = RecordType(
            name=name,
            version=version,
            cls=made,
            label=Text(zh, en),
            plural=Text(*(plural or (zh, en + "s"))),
            group=group,
            authors=frozenset(authors),
            key=key,
            title=title or key,
            search=search,
            year_field=year_field,
            same=same,
            is_final=is_final,
            by_act=by_act,
        )
        for used in (*key, *title, *search, *same, *((year_field,) if year_field else ())):
            if used not in described.by_name:
                raise ValueError(f"{name} names a field it does not have: {used}")
        _types[name] = described
        _by_class[made] = described
        return made

    return decorate


def rule(cls: type) -> Callable[[Rule], Rule]:
    """Add a check between the fields of one record: a function from the record to its problems."""

    def decorate(function: Rule) -> Rule:
        _by_class[cls].rules.append(function)
        return function

    return decorate


def _load() -> None:
    from station_app.domain import records  # noqa: F401  importing describes them all

    records.load_all()


def record_type(name_or_record: str | Any) -> RecordType:
    """Return the type called ``name``, or of a record object or class.

    Raises:
        KeyError: nothing is registered under that name.
    """
    if not _types:
        _load()
    if isinstance(name_or_record, str):
        return _types[name_or_record]
    cls = name_or_record if isinstance(name_or_record, type) else type(name_or_record)
    return _by_class[cls]


def all_types() -> Iterator[RecordType]:
    """Every record type, in the order the subjects are loaded."""
    if not _types:
        _load()
    return iter(tuple(_types.values()))


def has_type(name: str) -> bool:
    """Whether a record type called ``name`` exists in this program version."""
    if not _types:
        _load()
    return name in _types
