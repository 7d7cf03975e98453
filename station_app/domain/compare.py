"""What changed between two descriptions of a record type, and whether old data still fits.

A description is a plain JSON-able object, so that every released one can be kept in a file and compared with today's.
Safe: every value stored under the old description is valid, and means the same, under the new. Destructive: it may not
be; such a change needs a new ``version`` of the type, a migration and a step that upgrades packages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.generic import JSON
from station_app.domain.registry import RecordType
from station_app.domain.text import Text

Description = Mapping[str, JSON]


def describe(described: RecordType) -> dict[str, object]:
    """Return what data of a type depends on: version, key and fields. Labels, bounds that only ask and help are left out."""
    return {
        "name": described.name,
        "version": described.version,
        "key": list(described.key),
        "authors": sorted(described.authors),
        "fields": {field.name: _describe_field(field) for field in described.fields},
    }


def _describe_field(field: Field) -> dict[str, object]:
    out: dict[str, object] = {"kind": field.kind.value, "required": field.required}
    if field.is_number:
        out["unit"] = field.unit
        out["minimum"] = None if field.minimum is None else str(field.minimum)
        out["maximum"] = None if field.maximum is None else str(field.maximum)
    if field.kind is Kind.DECIMAL:
        out["places"] = field.places
    if field.kind is Kind.TEXT:
        out["form"] = field.form.value
        out["max_length"] = field.max_length
    if field.codes:
        out["codes"] = field.codes
    if field.target:
        out["target"] = field.target
    if field.line is not None:
        out["fields"] = {inner.name: _describe_field(inner) for inner in described_fields(field.line)}
    return out


@dataclass(frozen=True, slots=True)
class Difference:
    """One change: which field (``list.field`` inside a list), whether old data still fits, and what it is."""

    field: str
    safe: bool
    text: Text


def compare(old: Description, new: Description) -> list[Difference]:
    """Return every difference from ``old`` to ``new`` that data can feel, in field order."""
    found = list(_compare_fields(old["fields"], new["fields"], ""))
    if list(old["key"]) != list(new["key"]):
        text = Text("唯一标识的字段变了", "the fields that identify a record changed")
        found.append(Difference("", False, text))
    lost = set(old["authors"]) - set(new["authors"])
    if lost:
        names = ", ".join(sorted(lost))
        found.append(Difference("", False, Text(f"不再允许填报：{names}", f"may no longer author it: {names}")))
    gained = set(new["authors"]) - set(old["authors"])
    if gained:
        names = ", ".join(sorted(gained))
        found.append(Difference("", True, Text(f"新增填报方：{names}", f"may now author it: {names}")))
    return found


def needs_new_version(old: Description, new: Description) -> bool:
    """Whether the change is destructive and the version was not raised."""
    return new["version"] <= old["version"] and any(not each.safe for each in compare(old, new))


def _compare_fields(old: Description, new: Description, inside: str) -> Iterator[Difference]:
    for name, before in old.items():
        if name not in new:
            yield Difference(inside + name, False, Text("字段被删除或改名", "the field is gone or renamed"))
        else:
            yield from _compare_field(before, new[name], inside + name)
    for name, after in new.items():
        if name not in old:
            required = bool(after["required"])
            text = Text("新增必填字段", "a new required field") if required else Text("新增字段", "a new field")
            yield Difference(inside + name, not required, text)


_WIDENS = {("integer", "decimal")}  # every whole number is a decimal, and is stored as one where no places are kept


def _compare_field(old: Description, new: Description, name: str) -> Iterator[Difference]:
    if old["kind"] != new["kind"]:
        same = old.get("unit") == new.get("unit") and not new.get("places")
        safe = (old["kind"], new["kind"]) in _WIDENS and same
        yield Difference(
            name, safe, Text(f"类型 {old['kind']} → {new['kind']}", f"kind {old['kind']} to {new['kind']}")
        )
        if not safe:
            return
    if old["required"] != new["required"]:
        now = bool(new["required"])
        text = Text("变为必填", "now required") if now else Text("变为可空", "no longer required")
        yield Difference(name, not now, text)
    for what, zh, en in (("unit", "单位", "unit"), ("form", "格式", "form"), ("codes", "代码表", "code list"),
                         ("target", "指向", "target")):  # fmt: skip
        if old.get(what) != new.get(what):
            text = Text(f"{zh} {old.get(what)} → {new.get(what)}", f"{en} {old.get(what)} to {new.get(what)}")
            yield Difference(name, what == "form" and new.get(what) in ("plain", "long"), text)
    for what, zh, en in (("places", "小数位数", "decimal places"), ("max_length", "最大长度", "length")):
        before, after = old.get(what), new.get(what)
        if before is not None and after is not None and before != after:
            text = Text(f"{zh} {before} → {after}", f"{en} {before} to {after}")
            # Places count in the hash and in the stored integer, so even more of them need a migration.
            yield Difference(name, what == "max_length" and after > before, text)
    yield from _compare_bound(old, new, name, "minimum", -1)
    yield from _compare_bound(old, new, name, "maximum", 1)
    if "fields" in old and "fields" in new:
        yield from _compare_fields(old["fields"], new["fields"], name + ".")


def _compare_bound(old: Description, new: Description, name: str, what: str, outward: int) -> Iterator[Difference]:
    before, after = old.get(what), new.get(what)
    if before == after:
        return
    wider = after is None or (before is not None and (Decimal(after) - Decimal(before)) * outward > 0)
    zh = "下限" if what == "minimum" else "上限"
    yield Difference(name, wider, Text(f"{zh} {before} → {after}", f"{what} {before} to {after}"))
