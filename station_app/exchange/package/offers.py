"""What the receiver is known to lack of what was sent: offered again with the next package.

Every receipt says which of our packages its county has. The latest word counts (by clock: a county put back from a backup
speaks later, whatever it says). A package it had once acknowledged and lacks now, or lacks among later ones, is written
again; one still on its way is not.
"""

from __future__ import annotations

from station_app.exchange.package.manifest import Acknowledged, StationBlock
from station_app.storage.workspace import Workspace

import msgspec  # isort: skip


class _Manifest(msgspec.Struct):
    station: StationBlock


def latest_words(workspace: Workspace) -> dict[str, Acknowledged]:
    """Return, by device above us, the latest statement about what it has of our packages."""
    found: dict[str, tuple[tuple[str, int], Acknowledged]] = {}
    for device, manifest in workspace.read.sql("SELECT device_id, manifest FROM package_in"):
        station = msgspec.json.decode(manifest, type=_Manifest).station
        said = station.acknowledges
        if said is None or said.device != workspace.identity.device_id:
            continue
        at = (station.to_hlc, station.sequence)
        if device not in found or at > found[device][0]:
            found[device] = (at, said)
    return {device: said for device, (_, said) in found.items()}


def offered_again(workspace: Workspace) -> list[int]:
    """Return the numbers of packages that a county above lacks although they were sent before."""
    words = latest_words(workspace)
    if not words:
        return []
    ours = [
        (sequence, epoch)
        for sequence, epoch in workspace.read.sql(
            """SELECT sequence, json_extract(manifest, '$.station.epoch') FROM package_out
               WHERE json_extract(manifest, '$.station.recipient') IS NULL ORDER BY sequence"""
        )
    ]
    acknowledged = set(
        workspace.read.sql(
            """SELECT DISTINCT v.device, r.sequence FROM receipt r JOIN version v ON v.version_id=r.version_id
               WHERE r.from_device=? AND r.void=0""",
            (workspace.identity.device_id,),
        )
    )
    lacking: set[int] = set()
    for device, said in words.items():
        missing = set(said.missing)
        for sequence, epoch in ours:
            lost = sequence > said.highest and (device, sequence) in acknowledged
            if epoch == said.epoch and (sequence in missing or lost):
                lacking.add(sequence)
    return sorted(lacking)
