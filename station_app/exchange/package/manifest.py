"""``datapackage.json``: a Data Package (v2) that stock tools validate, with a block of ours called ``station``.

The manifest is what is signed, and its SHA-256 names the package: it holds the hash of every other file, so two packages
with the same manifest say the same, however their zips were packed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from station_app import __version__
from station_app.domain.fields import LIST_KINDS, Field
from station_app.domain.generic import JSON
from station_app.domain.identifiers import SHA256_PATTERN, UUID_PATTERN
from station_app.domain.registry import Role, has_type, record_type
from station_app.domain.value_checks import limits
from station_app.exchange.package.container import ATTACHMENT_NAME, JOURNAL, TABLE_NAME
from station_app.exchange.package.handover import LONGEST, Handover
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.strict_json import StrictJsonError, loads
from station_app.exchange.package.tables import (
    COLUMN_TYPES,
    EXTRA,
    LINE_SYSTEM,
    SYSTEM,
    VERSION_ID,
    WALL,
    Column,
    Layout,
    layout_of,
    list_fields,
)
from station_app.exchange.package.values import WALL_PATTERN
from station_app.storage.attachments import About
from station_app.storage.journal_head import SALT, Head

FORMAT = 4  # the newest we read, and what is written; 3 told no head of its journal, 1 and 2 held tables (CSV)
LINES = 3  # the first format in which versions lie as lines
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"

# --- what the block "station" holds ----------------------------------------------------------------------------------

_Sha = Annotated[str, msgspec.Meta(pattern=rf"^{SHA256_PATTERN}$")]
_Org = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6,12}$")]
_Device = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-z-]{1,64}$")]
_Number = Annotated[int, msgspec.Meta(ge=1, le=999_999_999)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
_Words = Annotated[str, msgspec.Meta(max_length=300)]
_Hlc = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{13}-[0-9a-f]{6}$")]


class Previous(msgspec.Struct, frozen=True):
    """The package before this one in the chain."""

    sequence: _Number
    sha256: _Sha


class Recipient(msgspec.Struct, frozen=True):
    """For whom a package going down is; packages going up have none."""

    org: _Org
    device: _Device


class Acknowledged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the sender of a receipt has of the recipient's packages: all up to ``highest`` but ``missing``; ``head`` is the one
    of the recipient's journal that it witnesses."""

    device: _Device
    epoch: _Words
    high_water: _Count
    highest: _Count
    missing: tuple[_Number, ...]
    head: Head | None = None


class Totals(msgspec.Struct, frozen=True):
    """Control totals (``totals.py``)."""

    households: _Count
    head: dict[str, _Count]
    mu: Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,16}\.[0-9]{3}$")]
    fen: int

    def plain(self) -> dict[str, JSON]:
        return {"households": self.households, "head": dict(self.head), "mu": self.mu, "fen": self.fen}


class StationBlock(msgspec.Struct, frozen=True, omit_defaults=True, rename={"from_hlc": "from", "to_hlc": "to"}):
    """Who sends what, where it stands in the chain, and how much there is. ``head`` is that of the sender's journal, ``since``
    the one of the package before, from which ``journal.csv`` leads to it (going up)."""

    format: _Number
    org: _Org
    org_name: _Words
    role: Role
    device: _Device
    device_name: _Words
    epoch: _Words
    sequence: _Number
    previous: Previous | None
    recipient: Recipient | None
    from_hlc: _Hlc
    to_hlc: _Hlc
    versions: _Count
    counts: dict[str, _Count]
    totals: Totals
    program: _Words
    schema: dict[str, _Number]
    acknowledges: Acknowledged | None
    missing_attachments: tuple[_Sha, ...]
    handovers: Annotated[tuple[Handover, ...], msgspec.Meta(max_length=LONGEST)] = ()
    head: Head | None = None
    since: Head | None = None


class _SchemaField(msgspec.Struct, frozen=True):
    name: _Words
    type: _Words


class _Schema(msgspec.Struct, frozen=True):
    fields: tuple[_SchemaField, ...]


class Resource(msgspec.Struct, frozen=True):
    """One file of the package."""

    name: _Words
    path: _Words
    bytes: _Count
    hash: Annotated[str, msgspec.Meta(pattern=rf"^sha256:{SHA256_PATTERN}$")]
    schema: _Schema | None = None
    title: Any = None  # a file name, of an attachment; whatever else stands there is not looked at

    @property
    def sha256(self) -> str:
        return self.hash.removeprefix("sha256:")


class _Descriptor(msgspec.Struct, frozen=True):
    name: _Words
    resources: tuple[Resource, ...]
    station: StationBlock


@dataclass(frozen=True)
class Manifest:
    """A manifest that keeps to the format; nothing it says about the content is checked yet."""

    raw: bytes
    station: StationBlock
    resources: dict[str, Resource]
    layouts: tuple[Layout, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def file_name(self) -> str:
        return package_file_name(self.station.org, self.station.device, self.station.sequence)


def package_file_name(org: str, device: str, sequence: int) -> str:
    """Return the name of a package's file."""
    return f"GSP_{org}_{device}_{sequence:06d}.zip"


# --- writing ---------------------------------------------------------------------------------------------------------


def _bound(value: Decimal) -> int | str:
    return int(value) if value == value.to_integral_value() else f"{value:f}"


def _constraints(field: Field, required: bool) -> dict[str, object]:
    out: dict[str, object] = {}
    if required and field.required:
        out["required"] = True
    said = limits(field)
    if said.minimum is not None:
        out["minimum"] = _bound(said.minimum)
    if said.maximum is not None:
        out["maximum"] = _bound(said.maximum)
    if field.kind not in LIST_KINDS:  # a list is one cell to a Table Schema
        if said.codes:
            out["enum"] = list(said.codes)
        if said.pattern:
            out["pattern"] = said.pattern
        if said.max_length is not None:
            out["maxLength"] = said.max_length
    return out


_SYSTEM_FIELDS: dict[str, dict[str, JSON]] = {
    VERSION_ID: {"type": "string", "constraints": {"required": True, "pattern": SHA256_PATTERN}},
    "_record_id": {"type": "string", "constraints": {"required": True, "pattern": UUID_PATTERN}},
    "_schema_version": {"type": "integer", "constraints": {"required": True, "minimum": 1}},
    "_parent_ids": {"type": "string"},
    "_hlc": {"type": "string", "constraints": {"required": True, "pattern": "[0-9]{13}-[0-9a-f]{6}"}},
    "_author": {"type": "string"},
    "_device": {"type": "string"},
    "_reason": {"type": "string"},
    "_void": {"type": "boolean", "constraints": {"required": True}},
    WALL: {"type": "string", "constraints": {"pattern": WALL_PATTERN}},
    "_line": {"type": "integer", "constraints": {"required": True, "minimum": 1}},
    EXTRA: {"type": "object"},
}


def _schema_fields(
    system: tuple[str, ...], columns: tuple[Column, ...], known: dict[str, Field], present: bool
) -> list[dict[str, object]]:
    out: list[dict[str, object]] = [{"name": name, **_SYSTEM_FIELDS[name]} for name in system]
    for column in columns:
        entry: dict[str, object] = {"name": column.name, "type": column.type}
        field = known.get(column.name)
        if field is not None:
            entry["title"] = field.heading_zh
            # Versions of an earlier description need not keep to today's bounds.
            constraints = _constraints(field, True) if present else {}
            if constraints:
                entry["constraints"] = constraints
        out.append(entry)
    out.append({"name": EXTRA, **_SYSTEM_FIELDS[EXTRA]})
    return out


# What a line holds, for tools that read JSON lines; what is in the fields is for whoever knows the record (the CSV view).
_LINE_FIELDS: list[dict[str, JSON]] = [
    {"name": name, **({"type": type_, "constraints": {"required": True, **more}} if more is not None else {"type": type_})}
    for name, type_, more in (
        ("author", "string", None), ("device", "string", None), ("fields", "object", {}),
        ("hlc", "string", {"pattern": "[0-9]{13}-[0-9a-f]{6}"}), ("parent_ids", "array", {}), ("reason", "string", None),
        ("record_id", "string", {"pattern": UUID_PATTERN}), ("record_type", "string", {}),
        ("schema_version", "integer", {"minimum": 1}), ("void", "boolean", {}), ("wall", "string", None),
    )
]  # fmt: skip


def line_resource(layout: Layout, size: int, sha256: str) -> dict[str, JSON]:
    """Return the resource of a record type's lines."""
    shape = {
        "type": "table",
        "format": "jsonl",
        "mediatype": "application/jsonl",
        "encoding": "utf-8",
        "dialect": {"json": {"keys": [f["name"] for f in _LINE_FIELDS]}},  # the last key is not in every line
        "schema": {"fields": _LINE_FIELDS},
    }
    return _resource(layout.name, layout, layout.path, (size, sha256), shape)


def table_resources(
    layout: Layout, files: dict[str, tuple[int, str]], list_names: list[str], present: bool
) -> list[dict[str, JSON]]:
    """Return the resources of a record type's tables; ``files`` holds length and hash by path, ``present`` says that
    every version is of today's description."""
    kind = record_type(layout.name) if has_type(layout.name) else None
    known = {f.name: f for f in kind.scalars} if kind else {}
    schema: dict[str, object] = {
        "fields": _schema_fields(layout.system, layout.columns, known, present),
        "missingValues": [""],
        "primaryKey": [VERSION_ID],
    }
    out = [_resource(layout.name, layout, layout.path, files[layout.path], {**_CSV, "schema": schema})]
    for list_name, columns in layout.lists:
        if list_name not in list_names:
            continue
        lines = {f.name: f for f in list_fields(kind, list_name)} if kind and list_name in kind.by_name else {}
        path = layout.list_path(list_name)
        schema = {
            "fields": _schema_fields(LINE_SYSTEM, columns, lines, present),
            "missingValues": [""],
            "primaryKey": list(LINE_SYSTEM),
            "foreignKeys": [{"fields": [VERSION_ID], "reference": {"resource": layout.name, "fields": [VERSION_ID]}}],
        }
        out.append(_resource(f"{layout.name}.{list_name}", None, path, files[path], {**_CSV, "schema": schema}))
    return out


_CSV = {
    "type": "table",
    "format": "csv",
    "mediatype": "text/csv",
    "encoding": "utf-8",
    "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
}


def _resource(
    name: str, layout: Layout | None, path: str, file: tuple[int, str], shape: dict[str, JSON]
) -> dict[str, JSON]:
    titled = {"title": record_type(layout.name).label.zh} if layout is not None and has_type(layout.name) else {}
    return {"name": name, "path": path, **titled, "bytes": file[0], "hash": f"sha256:{file[1]}", **shape}


def attachment_resource(sha256: str, size: int, about: About) -> dict[str, object]:
    """Return the resource of an attachment; its title is what the file was called."""
    named = {"title": about.name} if about.name else {}
    return {
        "name": f"attachment-{sha256}",
        "path": f"attachments/{sha256}",
        **named,
        "mediatype": about.media_type,
        "bytes": size,
        "hash": f"sha256:{sha256}",
    }


def journal_resource(size: int, sha256: str) -> dict[str, JSON]:
    """Return the resource of the entries of the sender's journal."""
    pattern = {"pattern": SHA256_PATTERN}
    fields: list[dict[str, JSON]] = [
        {"name": "number", "type": "integer", "constraints": {"required": True, "minimum": 1}},
        {"name": "version_id", "type": "string", "constraints": {**pattern}},
        {"name": "salt", "type": "string", "constraints": {"pattern": f"[0-9a-f]{{{SALT}}}"}},
        {"name": "commitment", "type": "string", "constraints": {**pattern}},
    ]
    schema: dict[str, JSON] = {"fields": fields, "missingValues": [""], "primaryKey": ["number"]}
    return _resource("journal", None, JOURNAL, (size, sha256), {**_CSV, "schema": schema})


def descriptor_bytes(station: StationBlock, resources: list[dict[str, object]]) -> bytes:
    """Return ``datapackage.json``: the same bytes for the same content."""
    content = {
        "$schema": PROFILE,
        "name": f"gsp-{station.org}-{station.device}-{station.sequence:06d}",
        "title": f"{station.org_name} {station.sequence:06d}",
        "version": f"{station.format}.0.0",
        "resources": resources,
        "station": msgspec.to_builtins(station),
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def program_version() -> str:
    """Return what the block "station" says about the program."""
    return __version__


# --- reading ---------------------------------------------------------------------------------------------------------

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\Z")


def read_manifest(raw: bytes) -> Manifest:
    """Return the manifest in ``raw``.

    Raises:
        UserError: PKG-010 no strict JSON, PKG-011 not of the format, PKG-012 of a newer format, PKG-016 columns unlike ours.
    """
    try:
        content = loads(raw)
    except StrictJsonError as error:
        raise PackageProblem.BAD_JSON.error("datapackage.json", why=error) from error
    _refuse_newer(content)
    try:
        read = msgspec.convert(content, _Descriptor)
    except msgspec.ValidationError as error:
        what = str(error).rpartition(" - at `")[2].rstrip("`")  # where it is; the library's sentence is for programmers
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what=what) from error
    resources = {r.path: r for r in read.resources}
    if len(resources) != len(read.resources):
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what="a path is listed twice")
    layouts = _layouts(read)
    if set(read.station.counts) != {layout.name for layout in layouts}:
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what="counts do not name the tables")
    if min(read.station.format, LINES) != max(map(_format_of, layouts)):
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what="format is not that of the tables")
    if (JOURNAL in resources) != (read.station.since is not None) or (read.station.since and not read.station.head):
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what=JOURNAL)
    if (read.station.head is None) != (read.station.format < FORMAT):
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what="head")
    if read.station.acknowledges is not None and read.station.recipient is None:
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what="acknowledges without a recipient")
    return Manifest(raw, read.station, resources, layouts)


def _refuse_newer(content: object) -> None:
    station = content.get("station") if isinstance(content, dict) else None
    if not isinstance(station, dict):
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what="no block “station”")
    number = station.get("format")
    if isinstance(number, int) and not isinstance(number, bool) and number > FORMAT:
        raise PackageProblem.NEWER_FORMAT.error(
            "datapackage.json", program=station.get("program"), what=f"format {number}"
        )


def _layouts(read: _Descriptor) -> tuple[Layout, ...]:
    mains: dict[str, tuple[Column, ...]] = {}
    with_wall: set[str] = set()
    lists: dict[str, list[tuple[str, tuple[Column, ...]]]] = {}
    for resource in read.resources:
        table = TABLE_NAME.match(resource.path)
        if table is None:
            if resource.path != JOURNAL and not ATTACHMENT_NAME.match(resource.path):
                raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what=f"path {resource.path!r}")
            continue
        type_name, list_name = table.groups()
        if resource.path.endswith(".jsonl") != (read.station.format >= LINES):
            raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what="format is not that of the tables")
        if read.station.format >= LINES:
            mains[type_name] = ()
            continue
        system: tuple[str, ...] = LINE_SYSTEM if list_name else SYSTEM
        if not list_name and read.station.format == 2 and _has_wall(resource):
            system = (*SYSTEM, WALL)
            with_wall.add(type_name)
        columns = _columns(resource, system, read.station.program)
        _compare(resource.path, type_name, list_name, columns)
        if list_name:
            lists.setdefault(type_name, []).append((list_name, columns))
        else:
            mains[type_name] = columns
    if not mains:
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what="no tables")
    if stray := sorted(set(lists) - set(mains)):
        raise PackageProblem.BAD_MANIFEST.error("datapackage.json", what=f"lists of {stray[0]!r} without its table")
    return tuple(
        Layout(name, columns, tuple(lists.get(name, ())), name in with_wall, read.station.format >= LINES)
        for name, columns in mains.items()
    )


def _format_of(layout: Layout) -> int:
    """Return the first format in which versions lie so: as lines since 3; in tables with the machine's clock since 2."""
    return LINES if layout.is_lines else 2 if layout.wall else 1


def _has_wall(resource: Resource) -> bool:
    fields = resource.schema.fields if resource.schema else ()
    return len(fields) > len(SYSTEM) and fields[len(SYSTEM)].name == WALL


def _columns(resource: Resource, system: tuple[str, ...], program: str) -> tuple[Column, ...]:
    fields = resource.schema.fields if resource.schema else ()
    names = [f.name for f in fields]
    expected = [(name, _SYSTEM_FIELDS[name]["type"]) for name in system]
    if (
        [(f.name, f.type) for f in fields[: len(system)]] != expected
        or names[-1:] != [EXTRA]
        or len(set(names)) != len(names)
    ):
        raise PackageProblem.SCHEMA_DIFFERS.error(resource.path, name=resource.path, what="system columns")
    columns = []
    for field in fields[len(system) : -1]:
        if not _NAME.match(field.name):
            raise PackageProblem.SCHEMA_DIFFERS.error(resource.path, name=resource.path, what=repr(field.name[:60]))
        if field.type not in COLUMN_TYPES:
            raise PackageProblem.NEWER_FORMAT.error(
                resource.path, program=program, what=f"{field.name}: {field.type[:60]}"
            )
        columns.append(Column(field.name, field.type))
    return tuple(columns)


def _compare(path: str, type_name: str, list_name: str | None, columns: tuple[Column, ...]) -> None:
    """Columns we know must be of the type we know; columns we do not know are a newer program's."""
    ours = layout_of(type_name)
    known = dict(ours.lists).get(list_name, ()) if list_name else ours.columns
    types = {c.name: c.type for c in known}
    list_names = {name for name, _ in ours.lists}
    for column in columns:
        if types.get(column.name, column.type) != column.type or (not list_name and column.name in list_names):
            what = f"{column.name}: {column.type} != {types.get(column.name, 'list')}"
            raise PackageProblem.SCHEMA_DIFFERS.error(path, name=path, what=what)
    if list_name and list_name in {c.name for c in ours.columns}:
        raise PackageProblem.SCHEMA_DIFFERS.error(path, name=path, what=f"{list_name}: list")
