"""Targets and assessments for tests, saved on the days they are said to be; every place and person is invented."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from station_app.domain.registry import record_type
from station_app.storage.clock import format_hlc, new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

COUNTY, TOWN, OTHER_TOWN = "152525000000", "152525203000", "152525204000"
VILLAGE = "152525203201"


def put(
    workspace: Workspace, type_name: str, /, *, on: date = date(2026, 1, 10), record_id: str = "", reason: str = "",
    device: str = "county", author: str = "示例县员", void: bool = False, **values: Any,
) -> str:  # fmt: skip
    """Write a version as a package of that day would bring it; a ``record_id`` corrects that record."""
    parents = tuple(workspace.journal.head_ids(record_id)) if record_id else ()
    if record_id:
        row = workspace.read.get(type_name, record_id)
        assert row is not None
        known = {f.name: getattr(row.record, f.name) for f in record_type(type_name).fields}
        values = {**known, **values}
    record = record_type(type_name).cls(**values)
    return put_record(workspace, record, on, record_id, parents, reason, device=device, author=author, void=void)


def put_record(
    workspace: Workspace, record: Any, on: date, record_id: str = "", parents: tuple[str, ...] = (), reason: str = "", *,
    device: str = "county", author: str = "示例县员", void: bool = False,
) -> str:  # fmt: skip
    """Write a record as the version of a day; return its record_id."""
    kind = record_type(record)
    made = record_id or new_record_id()
    moment = int(datetime(on.year, on.month, on.day, 3, tzinfo=UTC).timestamp() * 1000)
    counter = len(workspace.read.sql("SELECT 1 FROM version"))
    workspace.journal.merge([
        make_version(record_type=kind.name, schema_version=kind.version, record_id=made, parent_ids=parents,
                     hlc=format_hlc(moment, counter), author=author, device=device, reason=reason, void=void,
                     fields=to_json_fields(record))
    ])  # fmt: skip
    return made


def put_target(workspace: Workspace, number: str, value: str, /, **values: Any) -> str:
    """Write a target: composite cover of the town in 2026, at least ``value`` percent, unless told otherwise."""
    given = {"indicator": "composite_cover", "region_code": TOWN, "year": 2026, "unit": "percent",
             "direction": "at_least", **values}  # fmt: skip
    return put(workspace, "target", number=number, value=Decimal(value), **given)


def put_assessment(workspace: Workspace, target_id: str, day: date, actual: str, /, **values: Any) -> str:
    """Write an assessment of a target."""
    given: dict[str, Any] = {"data_source": "示例样地", **values}
    return put(workspace, "assessment", target_id=target_id, assessed_on=day, actual_value=Decimal(actual),
               on=values.pop("on", day), **given)  # fmt: skip


def put_places(workspace: Workspace) -> None:
    """Name the county, its two towns and a village."""
    for code, name, level in (
        (COUNTY, "示例旗", "county"),
        (TOWN, "示例苏木", "township"),
        (OTHER_TOWN, "示例镇", "township"),
        (VILLAGE, "示例嘎查", "village"),
    ):
        put(workspace, "organisation", code=code, name=name, kind="administrative_unit", level=level, region_code=code)
