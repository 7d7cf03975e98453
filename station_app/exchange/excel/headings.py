"""What a column heading means for a record type: field, key of a link, field of a line, species and class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from station_app.domain.codes import code_list
from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.registry import RecordType, has_type, record_type
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.exchange.excel.units import fold, unit_named

_FORMS_SAY = {"cattle": ("牛",)}  # in forms that keep no other bovines apart; it is said how it was read
MARK = ("标记", "mark")  # first column of our templates: rows that are not data
UNDIVIDED = "undivided"
_JOINED = Text("{outer} · {inner}", "{outer} · {inner}")
# Ranks: the lower, the surer.
_OWN, _KEY, _LINE, _ALIAS, _LINE_ALIAS = 0, 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column goes.

    Attributes:
        path: ``field``, ``list.field`` or, for the key of a linked record, ``field>key``.
        field: Field that parses the cells (of the linked record type for a key).
        rank: How sure the heading names it; the lower, the surer.
        fixed: Values of the line that the heading itself says (species and class of a wide count).
        by_name: Whether the heading is the field's own name, which says its unit.
    """

    path: str
    field: Field
    rank: int
    fixed: tuple[tuple[str, str], ...] = ()
    by_name: bool = False

    @property
    def list_name(self) -> str:
        return self.path.split(".")[0] if "." in self.path else ""

    @property
    def link_name(self) -> str:
        return self.path.split(">")[0] if ">" in self.path else ""


@dataclass(frozen=True, slots=True)
class Heading:
    """One column heading as it stands in the sheet.

    Attributes:
        group: What stands over it.
        above: What stands over that, the outermost first.
        row: 0-based row it stands in.
    """

    column: int
    text: str
    group: str = ""
    above: tuple[str, ...] = ()
    row: int = 0

    @property
    def shown(self) -> str:
        return " ".join(dict.fromkeys(filter(None, (*self.above, self.group, self.text))))


def split_unit(folded: str) -> tuple[str, str | None]:
    """Return a folded heading without the unit at its end, and that unit if we know it.

    Brackets that hold no unit stay: 一卡通(社保卡)账号, 样方干重(风干).
    """
    if folded.endswith(")"):
        depth = 0
        for place in range(len(folded) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(folded[place], 0)
            if depth == 0:
                inner = folded[place + 1 : -1]
                if place and (unit_named(inner) or inner in ("必填", "选填", "required", "optional")):
                    return folded[:place], unit_named(inner)
                break
    for separator in ("/", ":", ","):
        head, found, tail = folded.rpartition(separator)
        if found and head and unit_named(tail):
            return head, unit_named(tail)
    return folded, None


def _names(field: Field) -> list[str]:
    return [fold(field.name), fold(field.label.zh), fold(field.label.en)]


def _with_units(field: Field) -> list[str]:
    """Return the headings our own workbooks print, for units that are no measure (个, 株丛/m²)."""
    if not field.unit or unit_named(field.unit) is not None:
        return []
    return [fold(field.heading(CHINESE)), fold(field.heading(ENGLISH))]


@lru_cache(maxsize=64)
def _index(kind_name: str) -> dict[str, tuple[Target, ...]]:
    """Return every heading that means something for a record type."""
    kind = record_type(kind_name)
    found: dict[str, list[Target]] = {}

    def add(name: str, target: Target) -> None:
        known = found.setdefault(name, [])
        if name and all(t.path != target.path for t in known):
            known.append(target)

    for field in kind.fields:
        if field.kind in (Kind.FILES, Kind.LINES):
            continue
        if field.kind is Kind.LINK:
            _add_link(field, add)
            continue
        for name in (*_names(field), *_with_units(field)):
            add(name, Target(field.name, field, _OWN, by_name=name == field.name))
    for listed in kind.lists:
        assert listed.line is not None
        for inner in described_fields(listed.line):
            if inner.kind is Kind.LINK:
                continue
            path = f"{listed.name}.{inner.name}"
            for name in (f"{prefix}{mark}{own}" for prefix in _names(listed) for mark in (".", "·", ":", "")
                         for own in (*_names(inner), *_with_units(inner))):  # fmt: skip
                add(name, Target(path, inner, _OWN))
            for name in (*_names(inner), *_with_units(inner)):
                add(name, Target(path, inner, _LINE, by_name=name == inner.name))
            for alias in inner.headings:
                add(fold(alias), Target(path, inner, _LINE_ALIAS))
    for field in kind.scalars:
        for alias in field.headings:
            add(fold(alias), Target(field.name, field, _ALIAS))
    return {name: tuple(sorted(targets, key=lambda t: t.rank)) for name, targets in found.items()}


def _add_link(field: Field, add: object) -> None:
    """A link is found by the key of what it points to: 户编码 for a household, 样地号 for a plot."""
    assert callable(add)
    if not has_type(field.target):
        return
    target = record_type(field.target)
    for number, key_name in enumerate(target.key):
        key = target.by_name[key_name]
        if key.kind is Kind.LINK:
            continue
        path = f"{field.name}>{key_name}"
        first = [*_names(field), f"{field.target}_{key_name}", f"{field.target}.{key_name}"] if number == 0 else []
        short = [fold(field.label.zh.split("(")[0]), fold(field.label.en.split("(")[0])]  # 样地(监测表) is 样地
        first += [prefix + name for prefix in (*_names(field), *short) for name in _names(key)]
        for name in first:
            add(name, Target(path, key, _OWN))
        for name in _names(key):
            add(name, Target(path, key, _KEY))
        for alias in key.headings:
            add(fold(alias), Target(path, key, _ALIAS))


@lru_cache(maxsize=1)
def _wide() -> dict[str, tuple[str, str, int]]:
    """Return (species, class, rank) by every way a wide heading says them; a species alone is less sure."""
    found: dict[str, tuple[str, str, int]] = {}
    classes = code_list("stock_class").items
    for species in code_list("species").items:
        for one in (species.code, species.label.zh, species.label.en, *_FORMS_SAY.get(species.code, ())):
            found.setdefault(fold(one), (species.code, UNDIVIDED, _KEY))
            for stock in classes:
                for other in (stock.code, stock.label.zh, stock.label.en, stock.label.zh.split("(")[0]):
                    for mark in ("", "-", ".", "_", "/", ":"):
                        found.setdefault(fold(one) + mark + fold(other), (species.code, stock.code, _OWN))
    return found


def meanings(kind: RecordType, heading: Heading) -> list[tuple[Target, str | None]]:
    """Return what a heading may mean, surest first, each with the unit the heading states."""
    out: list[tuple[Target, str | None]] = []
    index = _index(kind.name)
    seen: set[str] = set()
    for text in _readings(heading):
        whole = fold(text)
        bare, unit = split_unit(whole)
        for name, stated in ((whole, None), (bare, unit)):
            for target in index.get(name, ()):
                if target.path not in seen:
                    seen.add(target.path)
                    out.append((target, stated))
            if kind.name == "livestock_count" and name in _wide():
                species, stock, rank = _wide()[name]
                path = f"class_counts[{species},{stock}]"
                if path not in seen:
                    seen.add(path)
                    out.append((_wide_target(kind, species, stock, rank), stated))
    return sorted(out, key=lambda found: found[0].rank)


def _readings(heading: Heading) -> Iterable[str]:
    for over in (heading.group, *reversed(heading.above)):
        if over and over != heading.text:
            yield over + heading.text
            bare, _ = split_unit(fold(over))
            yield bare + heading.text
    if heading.above:
        yield "".join((*heading.above, heading.group, heading.text))
        yield heading.above[-1] + heading.group + heading.text
    yield heading.text


def _wide_target(kind: RecordType, species: str, stock: str, rank: int) -> Target:
    line = kind.by_name["class_counts"].line
    assert line is not None
    head = next(f for f in described_fields(line) if f.name == "head")
    return Target(f"class_counts.{head.name}", head, rank, (("species_code", species), ("class_code", stock)))


def defaults_of(kind: RecordType) -> dict[str, object]:
    """Return the fields that have a value when nobody says anything."""
    return {f.name: f.initial for f in kind.fields if f.initial not in (None, ())}


def wide_target(kind: RecordType, path: str) -> Target | None:
    """Return the target of ``class_counts[species,class]``; ``None`` when there is no such species or class."""
    species, _, stock = path.removeprefix("class_counts[").removesuffix("]").partition(",")
    known = species in {i.code for i in code_list("species").items} and stock in {
        i.code for i in code_list("stock_class").items
    }
    return _wide_target(kind, species, stock, _OWN) if kind.name == "livestock_count" and known else None


def offered(kind: RecordType) -> list[tuple[str, Text, bool]]:
    """Return what a column may be mapped to by hand: (path, what it is called, whether every record needs it)."""
    out: list[tuple[str, Text, bool]] = []
    for field in kind.scalars:
        if field.kind is Kind.LINK and has_type(field.target):
            for name in record_type(field.target).key:
                key = record_type(field.target).by_name[name]
                if key.kind is not Kind.LINK:
                    label = key.label if name == "code" else _JOINED.format(outer=field.label, inner=key.label)
                    out.append((f"{field.name}>{name}", label, field.required))
        elif field.kind is not Kind.FILES:
            out.append((field.name, _titled(field), field.required and field.name not in defaults_of(kind)))
    for listed in kind.lists:
        assert listed.line is not None
        out += [(f"{listed.name}.{inner.name}", _JOINED.format(outer=listed.label, inner=_titled(inner)), False)
                for inner in described_fields(listed.line) if inner.kind is not Kind.LINK]  # fmt: skip
    if kind.name == "livestock_count":
        out += [(f"class_counts[{species.code},{stock.code}]", _JOINED.format(outer=species.label, inner=stock.label), False)
                for species in code_list("species").items for stock in code_list("stock_class").items]  # fmt: skip
    return out


def _titled(field: Field) -> Text:
    return Text(field.heading(CHINESE), field.heading(ENGLISH))


def is_mark(heading: Heading) -> bool:
    """Whether this is the column of our templates that marks rows which are not data."""
    return fold(heading.text) in MARK
