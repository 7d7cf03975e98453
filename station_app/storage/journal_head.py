"""The head of a device's journal: how many entries it has and the link that holds all of them, so that a rewritten past shows.

An entry is a version this device made; the first one in its journal is number 1, and no number is left out. Of text alone, so
that tools of others compute the same:

    salt of an entry  the first 32 digits of SHA-256(«secret of this journal» «version id»)
    commitment        SHA-256(«salt» «version id»)
    link n            SHA-256(«link n-1» «n» «commitment n»);  link 0 is SHA-256(«device»)

Whoever has a commitment learns nothing of a version that was not sent, and whoever is shown salt and version sees that no other
was meant. Nothing of it is written when a record is saved: all follows from the versions and the secret, and what it is worth
lies with others, who keep the heads they saw (packages, receipts, backups). ``note_head`` only remembers how far it was computed.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Annotated, NamedTuple

import msgspec

from station_app.domain.identifiers import SHA256_PATTERN
from station_app.domain.problems import Problem
from station_app.storage.engine import Connection
from station_app.storage.problems import StorageProblem

SECRET = "journal.secret"  # settings: what salts are made of
BEGUN = "journal.begun"  # how many entries there were when the heads began, and when that was: those are proven since that day
HEAD = "journal.head"  # device, place in the journal, count and link up to which it was computed last
SALT = 32  # hex digits
_DIGEST = 32  # bytes of a link


class Head(msgspec.Struct, frozen=True):
    """How many entries a journal has, and the link of the last one."""

    count: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
    link: Annotated[str, msgspec.Meta(pattern=f"^{SHA256_PATTERN}$")]

    def __str__(self) -> str:
        return f"{self.count} {self.link[:12]}"


class Entry(NamedTuple):
    """One entry: its number, the version, and what it adds to the head; ``seq`` is its place among all versions here, ``shown``
    whether its content may be known to whom it is told."""

    seq: int
    number: int
    version_id: str
    salt: str
    commitment: str
    link: str
    shown: bool


class Place(NamedTuple):
    """A head of a device's journal and the place among all versions where it stood."""

    device: str
    seq: int
    head: Head


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def salt_of(secret: str, version_id: str) -> str:
    """Return the salt of an entry; it says nothing of the secret nor of another entry's."""
    return _sha256(f"{secret} {version_id}")[:SALT]


def commitment_of(salt: str, version_id: str) -> str:
    """Return what commits to a version without showing it."""
    return _sha256(f"{salt} {version_id}")


def first_link(device: str) -> str:
    """Return the link before the first entry."""
    return _sha256(device)


def next_link(link: str, number: int, commitment: str) -> str:
    """Return the link of entry ``number``, which follows ``link``."""
    return _sha256(f"{link} {number} {commitment}")


# --- of an open journal ----------------------------------------------------------------------------------------------


def begin(connection: Connection, stamp: str) -> None:
    """Give a journal its secret where it has none yet, and note how many entries were there before (at ``stamp``)."""
    if connection.execute("SELECT 1 FROM setting WHERE key=?", (SECRET,)).fetchone():
        return
    before = connection.execute("SELECT count(*) FROM version WHERE device=?", (device_of(connection),)).fetchone()[0]
    connection.executemany(
        "INSERT OR IGNORE INTO setting (key, value) VALUES (?, ?)",
        [(BEGUN, f"{before} {stamp}"), (SECRET, secrets.token_hex(32))],
    )


def devices_of(connection: Connection) -> list[str]:
    """Return the device whose journal this is, and those it was before."""
    former = connection.execute(
        "SELECT value FROM setting WHERE key LIKE 'workspace.former.%' ORDER BY value"
    ).fetchall()
    return [device_of(connection), *(device for (device,) in former)]


def device_of(connection: Connection) -> str:
    """Return the device whose journal this is."""
    return str(connection.execute("SELECT value FROM setting WHERE key='workspace.device_id'").fetchone()[0])


def secret_of(connection: Connection) -> str:
    """Return the secret of a journal, empty where an earlier program was the last to open it."""
    row = connection.execute("SELECT value FROM setting WHERE key=?", (SECRET,)).fetchone()
    return "" if row is None else str(row[0])


def beginning(device: str) -> Place:
    """Return the place before the first entry."""
    return Place(device, 0, Head(0, first_link(device)))


def noted(connection: Connection, key: str = HEAD) -> Place:
    """Return up to where the head was computed, the beginning where that is not known of this device."""
    row = connection.execute("SELECT value FROM setting WHERE key=?", (key,)).fetchone()
    ours = device_of(connection)
    try:
        device, seq, count, link = row[0].split()
        if device == ours:
            return Place(device, int(seq), Head(int(count), link))
    except (TypeError, ValueError):
        pass
    return beginning(ours)


def note(place: Place, key: str = HEAD) -> tuple[str, str]:
    """Return setting and value that remember a place."""
    return key, f"{place.device} {place.seq} {place.head.count} {place.head.link}"


def entries(
    connection: Connection, after: Place, until: int | None = None, shown: str = "0", values: tuple[object, ...] = ()
) -> Iterator[Entry]:
    """Yield the entries after a place, up to number ``until``; ``shown`` asks of a version ``v`` (SQL, with its ``values``)
    whether it is."""
    secret = secret_of(connection)
    number, link = after.head.count, after.head.link
    rows = connection.cursor()
    rows.execute(
        f"SELECT seq, version_id, {shown} FROM version v WHERE seq > ? AND device=? ORDER BY seq",
        (*values, after.seq, after.device),
    )
    for seq, version_id, is_shown in rows:
        if until is not None and number >= until:
            return
        number += 1
        salt = salt_of(secret, version_id)
        commitment = commitment_of(salt, version_id)
        link = next_link(link, number, commitment)
        yield Entry(seq, number, version_id, salt, commitment, link, bool(is_shown))


def head_now(connection: Connection) -> Place:
    """Return the head of the journal as it stands, computed on from where it was noted."""
    place = noted(connection)
    for entry in entries(connection, place):
        place = Place(place.device, entry.seq, Head(entry.number, entry.link))
    return place


def note_head(connection: Connection) -> Head:
    """Compute the head and remember it; the caller holds the transaction."""
    place = head_now(connection)
    connection.execute(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
        note(place),
    )
    return place.head


# --- held against what others saw ------------------------------------------------------------------------------------


class Links:
    """The links of all entries of a journal, computed from its content; 32 bytes an entry."""

    def __init__(self, device: str, secret: str) -> None:
        self._secret, self._links, self._last = secret, bytearray(), first_link(device)
        self._first = self._last

    def add(self, version_id: str) -> None:
        """Add the next entry."""
        commitment = commitment_of(salt_of(self._secret, version_id), version_id)
        self._last = next_link(self._last, len(self) + 1, commitment)
        self._links += bytes.fromhex(self._last)

    def __len__(self) -> int:
        return len(self._links) // _DIGEST

    def at(self, number: int) -> str:
        """Return the link of an entry; of number 0 the one before the first."""
        return self._links[(number - 1) * _DIGEST : number * _DIGEST].hex() if number else self._first

    def has(self, head: Head) -> bool:
        """Whether this journal goes through a head."""
        return head.count <= len(self) and self.at(head.count) == head.link


class Seen(NamedTuple):
    """A head that somebody or something has of the journal of a device.

    Attributes:
        device: This one, or one it was before.
        source: The file that says it, as people are told.
        epoch: Of which life of the journal.
        by_others: Whether it was signed by another device: a receipt.
        links: Gives number and link of single entries, where it holds them; the first says where it starts.
    """

    device: str
    source: str
    epoch: str
    head: Head
    by_others: bool = False
    links: Callable[[], Iterable[tuple[int, str]]] | None = None


class _Acknowledged(msgspec.Struct):
    device: str
    epoch: str
    head: Head | None = None


class _Station(msgspec.Struct):
    device: str
    epoch: str
    head: Head | None = None
    acknowledges: _Acknowledged | None = None


class _Manifest(msgspec.Struct):
    station: _Station


_decode = msgspec.json.Decoder(_Manifest)


def seen_in_package(manifest: str | bytes, ours: Container[str], source: str, *, built_here: bool) -> Seen | None:
    """Return the head that the manifest of a package tells of the journal of one of our devices: of one they built, or of a
    receipt. (What a device we were once built elsewhere since then is another's.)"""
    try:
        station = _decode.decode(manifest).station
    except msgspec.MsgspecError:
        return None  # an altered note is named elsewhere
    if built_here:
        return Seen(station.device, source, station.epoch, station.head) if station.head else None
    said = station.acknowledges
    if said is None or said.device not in ours or said.head is None:
        return None
    return Seen(said.device, source, said.epoch, said.head, by_others=True)


def differences(ours: Links, epoch: str, seen: Iterable[Seen]) -> list[Problem]:
    """Hold a journal against heads of it; name the first entry that differs, as narrowly as they tell, and what is missing.

    Heads of an earlier life (before a backup was put back) that this one does not go through are told, not accused.
    """
    found: list[Problem] = []
    every = sorted(set(seen), key=lambda each: (each.head.count, not each.by_others, each.source))
    present = [each for each in every if each.epoch == epoch]
    if missing := [each for each in present if each.head.count > len(ours)]:
        last = missing[-1]
        found.append(StorageProblem.ENTRIES_MISSING.problem(
            source=last.source, count=last.head.count, here=len(ours), entries=_span(len(ours) + 1, last.head.count)))  # fmt: skip
    for each in present:
        if each.head.count <= len(ours) and not ours.has(each.head):
            found.append(StorageProblem.ENTRY_DIFFERS.problem(
                source=each.source, count=each.head.count, entry=_first_difference(ours, each, every)))  # fmt: skip
            break
    if left := [each for each in every if each.epoch != epoch and not ours.has(each.head)]:
        last = left[-1]
        shared = max((each.head.count for each in every if ours.has(each.head)), default=0)
        found.append(StorageProblem.LIVED_BEFORE.problem(source=last.source, count=last.head.count, shared=shared))
    return found


def unwitnessed(ours: Links, seen: Iterable[Seen]) -> int:
    """Return how many entries lie after the last head that another device has signed."""
    return len(ours) - max((each.head.count for each in seen if each.by_others and ours.has(each.head)), default=0)


def _first_difference(ours: Links, other: Seen, every: list[Seen]) -> str:
    """Return the first entry that is not as ``other`` saw it, or the entries among which it is."""
    for each in every:
        if each.links is None or each.epoch != other.epoch:
            continue
        linked = iter(each.links())
        if (start := next(linked, None)) is None or start[0] > len(ours) or ours.at(start[0]) != start[1]:
            continue  # it begins behind the difference
        for number, link in linked:
            if number > len(ours) or ours.at(number) != link:
                return str(number)
    same = max(
        (each.head.count for each in every if each.head.count < other.head.count and ours.has(each.head)), default=0
    )
    return _span(same + 1, other.head.count)


def _span(first: int, last: int) -> str:
    return str(first) if first >= last else f"{first}–{last}"
