"""A new workspace begins with what it is: its own unit, the divisions it lies in, the person who works there.

Units taken from the list of divisions are versions with the same bytes on every machine, so that twenty stations of one
county that each took theirs bring the county one record of the league, and not twenty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, time
from pathlib import Path

from station_app.domain.records.organisation import Organisation
from station_app.domain.registry import Role, record_type
from station_app.services import divisions
from station_app.services.entry import Entry
from station_app.services.problems import ServiceProblem
from station_app.storage.clock import SYSTEM_CLOCK, Clock, format_hlc
from station_app.storage.codec import to_json_fields
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace

LISTED_BY = f"division list {divisions.STATE_ON.isoformat()}"  # author of what is taken from the list
LISTED_DEVICE = "merge"  # as on merge versions: the same bytes wherever it is made
_LISTED_AT = format_hlc(int(datetime.combine(divisions.STATE_ON, time(), UTC).timestamp() * 1000), 0)
OWN_KINDS = {Role.STATION: "station", Role.COUNTY: "county_office", Role.REGION: "prefecture_office"}


def found_workspace(
    folder: Path, *, org_code: str, org_name: str, role: Role, author: str, device_name: str = "",
    clock: Clock = SYSTEM_CLOCK, not_before: datetime | None = None,
) -> Workspace:  # fmt: skip
    """Make a workspace with its own unit on record, and open it; ``not_before`` as of ``Workspace.create``.

    Raises:
        UserError: WSP-013 nobody is named who works here; and as ``Workspace.create``.
    """
    if not author.strip():
        raise ServiceProblem.AUTHOR_UNNAMED.error()
    workspace = Workspace.create(
        folder, org_code=org_code, org_name=org_name, role=role, device_name=device_name, author=author, clock=clock,
        not_before=not_before,
    )  # fmt: skip
    try:
        record_own_unit(workspace)
    except BaseException:
        workspace.close()
        raise
    return workspace


def record_own_unit(workspace: Workspace) -> str:
    """Put the workspace's own unit, and the divisions it lies in, on record; return the record id of the unit.

    What is on record already stays as it is.
    """
    me = workspace.identity
    add_listed_units(workspace, [me.org_code])
    found = own_unit_id(workspace)
    if found is not None:
        return found
    level = divisions.level_of(me.org_code)
    kind = "province_office" if me.role is Role.REGION and level == "province" else OWN_KINDS[me.role]
    place = divisions.division(me.org_code)
    record = Organisation(
        code=me.org_code,
        name=me.org_name,
        kind=kind,
        level=level,
        parent_id=workspace.read.find_by_key("organisation", {"code": place.code}) if place is not None else None,
        region_code=me.org_code.ljust(12, "0"),
    )
    with workspace.by_program():
        return Entry(workspace).save(record, new_id=unit_id(f"own {me.org_code}")).record_id


def own_unit_id(workspace: Workspace) -> str | None:
    """Return the record id of the workspace's own unit: the organisation with its code; None where it is not on record."""
    return workspace.read.find_by_key("organisation", {"code": workspace.identity.org_code})


def add_listed_units(workspace: Workspace, codes: Iterable[str]) -> int:
    """Put divisions of the list on record, each with those above it; return how many were not there yet.

    Codes the list does not hold are left out. One transaction: all or none.
    """
    wanted: dict[str, divisions.Division] = {}
    for code in codes:
        for unit in divisions.chain(code):
            wanted.setdefault(unit.code, unit)
    with workspace.journal.transaction():
        versions: list[Version] = []
        ids: dict[str, str] = {}
        for code in sorted(wanted, key=lambda c: (c.rstrip("0"), c)):
            on_record = workspace.read.find_by_key("organisation", {"code": code})
            ids[code] = on_record or unit_id(code)
            if on_record is None:
                versions.append(_listed(wanted[code], ids.get(wanted[code].parent_code)))
        done = workspace.journal.merge(versions)
    return done.applied


def listed_villages(workspace: Workspace) -> list[divisions.Division]:
    """Return the villages of the list in the workspace's own area: of the township, or of all townships of the county."""
    here = divisions.division(workspace.identity.org_code)
    if here is None:
        return []
    townships = divisions.children(here.code) if here.level == "county" else [here]
    return [unit for town in townships for unit in divisions.children(town.code) if unit.level == "village"]


def _listed(unit: divisions.Division, parent_id: str | None) -> Version:
    fields: dict[str, object] = to_json_fields(
        Organisation(
            code=unit.code, name=unit.name, kind="administrative_unit", level=unit.level, parent_id=parent_id,
            region_code=unit.code, code_year=divisions.STATE_ON.year,
        )
    )  # fmt: skip
    return make_version(
        record_type="organisation", schema_version=record_type("organisation").version, record_id=unit_id(unit.code),
        parent_ids=(), hlc=_LISTED_AT, author=LISTED_BY, device=LISTED_DEVICE, reason="", void=False, fields=fields,
    )  # fmt: skip


def unit_id(name: str) -> str:
    """Return the record id of a unit: a UUID of version 8 (RFC 9562) made from its code alone."""
    digest = hashlib.sha256(f"grassland-station unit {name}".encode()).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"
