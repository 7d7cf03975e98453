"""``journal.csv``: the entries of the sender's journal since its package before, and what the receiver saw of that journal earlier.

Whoever receives is the witness: the heads lie in the manifests that are kept, in the transaction that answers. A package whose
journal is shorter than one that was seen, or another one, is not taken in, and so no receipt is ever signed for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from station_app.domain.problems import Problem, UserError
from station_app.exchange.package.container import JOURNAL, MANIFEST, Container, ContainerWriter
from station_app.exchange.package.manifest import Manifest, Previous, journal_resource, read_manifest
from station_app.exchange.package.problems import PackageProblem
from station_app.storage.engine import Connection
from station_app.storage.journal_head import (
    HEAD,
    SALT,
    Head,
    Place,
    beginning,
    commitment_of,
    device_of,
    entries,
    first_link,
    head_now,
    next_link,
    note,
    noted,
)

UPWARD = "journal.head.upward"  # setting: where the journal stood with the last package upward
_HEADER = "number,version_id,salt,commitment\r\n"
_LINE = re.compile(rf"^([1-9][0-9]{{0,15}}),(?:([0-9a-f]{{64}}),([0-9a-f]{{{SALT}}}),|,,([0-9a-f]{{64}}))\r$", re.M)
_LONGEST = 200  # bytes of a line
_PIECE = 1 << 18
# Whether a version is in this package, or was in one upward before: who has its content may know its salt.
_SHOWN = """EXISTS (SELECT 1 FROM temp.package_slice s WHERE s.record_type=v.record_type AND s.hlc=v.hlc
    AND s.version_id=v.version_id) OR EXISTS (SELECT 1 FROM package_content c JOIN package_out p ON p.sequence=c.sequence
    WHERE c.version_id=v.version_id AND c.sequence < ? AND json_extract(p.manifest, '$.station.recipient') IS NULL)"""
_SEEN = """SELECT sequence, sha256, name, json_extract(manifest, '$.station.epoch'), json_extract(manifest, '$.station.head'),
    json_extract(manifest, '$.station.since') FROM package_in WHERE device_id=? ORDER BY sequence"""
_decode_head = msgspec.json.Decoder(Head).decode


# --- writing ---------------------------------------------------------------------------------------------------------


class TellingJournal:
    """What a package tells of its sender's journal, on the connection that chose its versions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.head: Head | None = None
        self.since: Head | None = None
        self.marks: list[tuple[str, str]] = []  # settings to keep with the package

    def head_alone(self) -> None:
        """Tell the head: to those below and beside, who are no witnesses of single entries."""
        place = head_now(self._connection)
        self.head = place.head
        self.marks = [note(place)]

    def write(self, archive: ContainerWriter, sequence: int, previous: Previous | None) -> list[dict[str, object]]:
        """Write the entries since the package before, and tell the head they lead to.

        Raises:
            UserError: PKG-054 the journal is not the one that was sent.
        """
        since = self._sent(previous)
        resource, place = self._entries(archive, sequence, since, None)
        self.head, self.since = place.head, since.head
        self.marks = [note(place, key) for key in (HEAD, UPWARD)]
        return [resource]

    def write_again(self, archive: ContainerWriter, manifest: Manifest) -> list[dict[str, object]]:
        """Write the entries of a recorded package once more."""
        station = manifest.station
        if station.since is None or station.head is None:
            return []
        since = self._place_of(station.device, station.since)
        resource, _ = self._entries(archive, station.sequence, since, station.head.count)
        return [resource]

    def _sent(self, previous: Previous | None) -> Place:
        """Return where the journal stood with the package before."""
        row, device = None, device_of(self._connection)
        if previous is not None:
            row = self._connection.execute(
                "SELECT json_extract(manifest, '$.station.head') FROM package_out WHERE sequence=?",
                (previous.sequence,),
            ).fetchone()
        if row is None or row[0] is None:
            return beginning(device)
        head, place = _decode_head(row[0]), noted(self._connection, UPWARD)
        if place.head != head:
            return self._place_of(device, head)
        # The last entry that was sent is in its place, and whatever goes now was made after it.
        last = "SELECT 1 FROM version WHERE seq=? AND device=?"
        before = "SELECT 1 FROM temp.package_slice s JOIN version v ON v.seq=s.seq WHERE s.seq <= ? AND v.device=?"
        if (head.count and not self._connection.execute(last, (place.seq, device)).fetchone()) or (
            self._connection.execute(before, (place.seq, device)).fetchone()
        ):
            raise PackageProblem.OWN_JOURNAL_DIFFERS.error(count=head.count)
        return place

    def _place_of(self, device: str, head: Head) -> Place:
        start = beginning(device)
        if head.count == 0:
            return start
        for entry in entries(self._connection, start, head.count):
            if (entry.number, entry.link) == (head.count, head.link):
                return Place(device, entry.seq, head)
        raise PackageProblem.OWN_JOURNAL_DIFFERS.error(count=head.count)

    def _entries(
        self, archive: ContainerWriter, sequence: int, since: Place, until: int | None
    ) -> tuple[dict[str, object], Place]:
        place = since
        with archive.entry(JOURNAL) as sink:
            lines = [_HEADER.rstrip()]
            for entry in entries(self._connection, since, until, _SHOWN, (sequence,)):
                if entry.shown:
                    lines.append(f"{entry.number},{entry.version_id},{entry.salt},")
                else:
                    lines.append(f"{entry.number},,,{entry.commitment}")
                if len(lines) > 1_000:
                    sink.write("\r\n".join((*lines, "")).encode())
                    lines = []
                place = Place(place.device, entry.seq, Head(entry.number, entry.link))
            if lines:
                sink.write("\r\n".join((*lines, "")).encode())
        return journal_resource(sink.size, sink.sha256), place


# --- reading ---------------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """Entries of ``journal.csv`` in a row: the number of the first, the links of all, the versions of those that are shown."""

    first: int
    links: list[str]
    versions: list[str]


def told_entries(container: Container, manifest: Manifest) -> Iterator[Told]:
    """Yield the entries a package tells, in their order and many at once.

    Raises:
        UserError: PKG-052 they do not lead from one head to the other, PKG-015 the file is not the one that was signed, PKG-001
            it is damaged.
    """
    station = manifest.station
    assert station.head is not None and station.since is not None
    number, link = station.since.count, station.since.link
    if number == 0 and link != first_link(station.device):
        raise _broken(1)
    for before, rows in _rows(container, manifest):
        links: list[str] = []
        versions: list[str] = []
        first = number + 1
        for place, (told, version_id, salt, commitment) in enumerate(rows, before + 1):
            number += 1
            if told != str(number):
                raise _broken(place)
            if version_id:
                versions.append(version_id)
                commitment = commitment_of(salt, version_id)
            link = next_link(link, number, commitment)
            links.append(link)
        yield Told(first, links, versions)
    if (number, link) != (station.head.count, station.head.link):
        raise _broken(number)


def _broken(line: int) -> UserError:
    return PackageProblem.JOURNAL_BROKEN.error(f"{JOURNAL}:{line}")


def _rows(container: Container, manifest: Manifest) -> Iterator[tuple[int, list[tuple[str, str, str, str]]]]:
    """Yield how many lines came before, and number, version, salt and commitment of those that follow."""
    resource = manifest.resources[JOURNAL]
    if JOURNAL not in container.names:
        raise PackageProblem.LISTED_MISSING.error(JOURNAL, name=JOURNAL)
    rest, lines = b"", 0
    with container.open(JOURNAL) as member:
        while piece := member.read_some(_PIECE):
            whole, end, rest = (rest + piece).rpartition(b"\n")
            if not end and len(rest) <= _LONGEST:
                continue
            text = (whole + end).decode("ascii", "replace")
            if lines == 0:
                if not text.startswith(_HEADER):
                    raise _broken(1)
                text, lines = text.removeprefix(_HEADER), 1
            rows = _LINE.findall(text)
            if len(rows) != text.count("\n") or len(rest) > _LONGEST:
                raise _broken(lines + 1)
            yield lines, rows
            lines += len(rows)
        if (member.size, member.sha256) != (resource.bytes, resource.sha256):
            raise PackageProblem.HASH_DIFFERS.error(JOURNAL, name=JOURNAL)
    if rest or not lines:
        raise _broken(lines + 1)


def told_links(path: Path, sha256: str) -> Callable[[], Iterator[tuple[int, str]]]:
    """Return what gives number and link of the entries that a kept package tells, the head it starts from first; nothing where
    the file is not there any more, or is another one."""

    def links() -> Iterator[tuple[int, str]]:
        with suppress(UserError), Container(path) as container:
            manifest = read_manifest(container.read(MANIFEST))
            if manifest.sha256 != sha256 or manifest.station.since is None:
                return
            yield manifest.station.since.count, manifest.station.since.link
            for told in told_entries(container, manifest):
                yield from enumerate(told.links, told.first)

    return links


# --- what was seen before --------------------------------------------------------------------------------------------


class _SeenPackage(NamedTuple):
    sequence: int
    sha256: str
    name: str
    epoch: str
    head: Head
    since: Head | None

    @classmethod
    def of(cls, connection: Connection, device: str) -> list[_SeenPackage]:
        return [
            cls(sequence, sha256, name, epoch, _decode_head(head), since and _decode_head(since))
            for sequence, sha256, name, epoch, head, since in connection.execute(_SEEN, (device,)).fetchall()
            if head is not None
        ]


def witnessed_head(connection: Connection, device: str, epoch: str) -> Head | None:
    """Return the furthest head that was seen of a device's journal in one life of it."""
    heads = [seen.head for seen in _SeenPackage.of(connection, device) if seen.epoch == epoch]
    return max(heads, key=lambda head: head.count, default=None)


def journal_problems(
    connection: Connection, manifest: Manifest, package: Path, inbox: Path, *, from_above: bool = False
) -> list[Problem]:
    """Return what is wrong with a package's journal beside what was seen of it: it is shorter, or another one.

    The first entry that differs is named where the packages kept in ``inbox`` tell it. Of a unit above it is only told that it
    was put back from an old copy, as ``chain.chain_problems`` does.
    """
    station = manifest.station
    every = _SeenPackage.of(connection, station.device)
    seen = [each for each in every if each.epoch == station.epoch]
    earlier = [each for each in seen if each.sequence < station.sequence]
    place, head, since = manifest.file_name, station.head, station.since
    most = max(earlier, key=lambda each: each.head.count, default=None)
    found: Problem | None = None
    if most is not None and (head is None or head.count < most.head.count):
        found = PackageProblem.SHORTER_JOURNAL.at(
            place, device=station.device, count=head.count if head else 0, name=most.name, seen=most.head.count)  # fmt: skip
    elif head is not None:
        # The package before is named by its hash, in whatever life of the journal it was built.
        before = [each for each in every if station.previous and each.sha256 == station.previous.sha256]
        known = {(h.count, h.link): each for each in (*seen, *before) for h in (each.since, each.head) if h is not None}
        ours = _Way(head, since, told_links(package, manifest.sha256))
        wrong = sorted(k for k in known if not ours.may_go_through(*k))
        if wrong:
            count, other = wrong[0][0], known[wrong[0]]
            low = max((c for c, link in known if c < count and ours.goes_through(c, link)), default=0)
            kept = told_links(inbox / f"{other.sha256[:16]}_{other.name}", other.sha256)
            entry = ours.first_difference(kept()) or (str(count) if low + 1 >= count else f"{low + 1}–{count}")
            found = PackageProblem.OTHER_JOURNAL.at(
                place, device=station.device, entry=entry, name=other.name, seen=Head(*wrong[0]), told=head)  # fmt: skip
    if found is None:
        return []
    if from_above:
        return [PackageProblem.SENDER_RESTORED.problem(place, device=station.device, sequence=station.sequence)]
    return [found]


class _Way:
    """The journal a package tells, as far as one asks."""

    def __init__(self, head: Head, since: Head | None, links: Callable[[], Iterator[tuple[int, str]]]) -> None:
        self._ends = {each.count: each.link for each in (since, head) if each is not None}
        self._since, self._head, self._links = since, head, links
        self._between: dict[int, str] | None = None

    def _at(self, count: int) -> str | None:
        """Return the link of an entry, ``None`` where the package does not tell it."""
        if count in self._ends:
            return self._ends[count]
        if self._since is None or not self._since.count < count < self._head.count:
            return None
        if (
            self._between is None
        ):  # heads of others lie in between only where journals part, or packages came out of order
            self._between = dict(self._links())
        return self._between.get(count)

    def goes_through(self, count: int, link: str) -> bool:
        return self._at(count) == link

    def may_go_through(self, count: int, link: str) -> bool:
        """Whether nothing says that it does not."""
        return self._at(count) in (None, link)

    def first_difference(self, other: Iterable[tuple[int, str]]) -> str | None:
        """Return the first entry both tell that is not the same, where both go on from one place."""
        agreed = False
        for number, link in other:
            mine = self._at(number)
            if agreed and mine != link:
                return str(number)
            agreed = agreed or mine == link
        return None
