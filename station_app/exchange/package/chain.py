"""Where packages stand in their sender's chain: gaps, repeats, forks.

A chain is a device, in one life of its journal (epoch), to one recipient. Each package names the one before it by number
and hash; numbers may skip (packages to others), links may not.
"""

from __future__ import annotations

from dataclasses import dataclass

from station_app.domain.problems import Problem
from station_app.exchange.package.manifest import Manifest
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.witness import witnessed_head
from station_app.storage.engine import Connection
from station_app.storage.journal_head import Head

_RECEIVED = """SELECT sequence, sha256, json_extract(manifest, '$.station.previous.sequence'),
    json_extract(manifest, '$.station.previous.sha256') FROM package_in
    WHERE device_id=? AND json_extract(manifest, '$.station.epoch')=? ORDER BY sequence"""


@dataclass(frozen=True, slots=True)
class ChainArrivals:
    """What has arrived of a chain: everything up to ``high_water``; ``missing`` below ``highest``; the furthest ``head`` that was
    seen of its journal."""

    high_water: int
    highest: int
    missing: tuple[int, ...]
    head: Head | None = None


def chain_arrivals(connection: Connection, device: str, epoch: str) -> ChainArrivals:
    rows = connection.execute(_RECEIVED, (device, epoch)).fetchall()
    known = {sha for (sha,) in connection.execute("SELECT sha256 FROM package_in WHERE device_id=?", (device,))}
    missing: list[int] = []
    high_water = last = 0
    for sequence, _, before, before_sha in rows:
        if before_sha is not None and before_sha not in known:
            # A copied station may use a number again: the package it builds on is missing although its number arrived.
            missing += range(min(last + 1, before), before + 1)
        if not missing:
            high_water = sequence
        last = sequence
    return ChainArrivals(high_water, last, tuple(missing), witnessed_head(connection, device, epoch))


def received_as(connection: Connection, sha256: str) -> tuple[str, str] | None:
    """Return when a package was taken in and the name of its receipt, ``None`` when it was not."""
    row = connection.execute("SELECT received_at, receipt_name FROM package_in WHERE sha256=?", (sha256,)).fetchone()
    return None if row is None else (row[0], row[1])


def chain_problems(connection: Connection, manifest: Manifest, *, from_above: bool = False) -> list[Problem]:
    """Return what is wrong with a new package's place: a fork refuses it, a gap is asked for.

    A unit above that counts anew was put back from an old copy: that is told, but its word is heard, or nobody below could
    offer it again what it lost.
    """
    station = manifest.station
    rows = connection.execute(_RECEIVED, (station.device, station.epoch)).fetchall()
    found: list[Problem] = []
    if any(sequence == station.sequence and sha != manifest.sha256 for sequence, sha, _, _ in rows):
        fork = PackageProblem.SENDER_RESTORED if from_above else PackageProblem.FORKED
        found.append(fork.problem(manifest.file_name, device=station.device, sequence=station.sequence))
    before = station.previous
    if before is not None and received_as(connection, before.sha256) is None:
        last = max((sequence for sequence, *_ in rows if sequence < before.sequence), default=0)
        numbers = str(before.sequence) if last + 1 == before.sequence else f"{last + 1}–{before.sequence}"
        found.append(PackageProblem.GAP.at(manifest.file_name, device=station.device, missing=numbers))
    return found
