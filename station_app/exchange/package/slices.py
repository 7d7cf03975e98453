"""Which versions go into a package, and where a package stands in its chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator
from typing import Any

import msgspec

from station_app.domain.registry import Role
from station_app.exchange.package.manifest import Previous, Recipient
from station_app.storage.engine import Connection

MERGE_DEVICE = "merge"  # what the journal writes on merge versions: the same bytes on every machine

# What a county sends down without being asked: what is meant for stations, and of receipts, reviews and keys only theirs.
# Staff, bank feedback and county inspections concern single stations or nobody below, and stay.
DOWN = ("receipt", "review", "device", "compensation_plan", "target", "assessment", "capacity_approval", "organisation",
        "organisation_key", "coefficient_edition", "calculation_scheme")  # fmt: skip

_SLICE = """CREATE TEMP TABLE package_slice (record_type TEXT, hlc TEXT, version_id TEXT, seq INTEGER,
            PRIMARY KEY (record_type, hlc, version_id)) WITHOUT ROWID"""
_INTO = "INSERT INTO temp.package_slice SELECT v.record_type, v.hlc, v.version_id, v.seq FROM version v WHERE "
_UNSENT = """NOT EXISTS (SELECT 1 FROM package_content c WHERE c.version_id=v.version_id
             AND c.sequence IN (SELECT value FROM json_each(?)))"""

# Reviews of ours that speak of a version which has not arrived: whose it is, and so to whom they go, is not known yet.
_UNDECIDED = """SELECT min(v.seq) FROM version v WHERE v.seq > ? AND v.device=? AND v.record_type='review' AND EXISTS (
                SELECT 1 FROM json_each(v.fields, '$.versions') j WHERE NOT EXISTS (SELECT 1 FROM version x
                WHERE x.version_id=json_extract(j.value, '$.version_id')))"""

# The very bytes a version's id is the hash of, out of its columns: its fields lie in the journal as they were hashed.
_LINE = """CAST(concat('{"author":', json_quote(v.author), ',"device":', json_quote(v.device), ',"fields":', v.fields,
           ',"hlc":"', v.hlc, '","parent_ids":[', iif(v.parent_ids='', '', concat('"', replace(v.parent_ids, ' ', '","'),
           '"')), '],"reason":', json_quote(v.reason), ',"record_id":"', v.record_id, '","record_type":"', v.record_type,
           '","schema_version":', v.schema_version, ',"void":', iif(v.void, 'true', 'false'),
           iif(v.wall='', '', concat(',"wall":"', v.wall, '"')), '}') AS BLOB)"""

_DOWNWARD = """v.device=? AND v.record_type IN (SELECT value FROM json_each(?))
            AND (v.record_type <> 'receipt' OR json_extract(v.fields, '$.from_device')=?)
            AND (v.record_type <> 'device' OR json_extract(v.fields, '$.organisation_code')=?)
            AND (v.record_type <> 'review' OR EXISTS (
                SELECT 1 FROM json_each(v.fields, '$.versions') j JOIN version x
                ON x.version_id=json_extract(j.value, '$.version_id')
                WHERE x.device IN (SELECT value FROM json_each(?))))"""
_NOT_OF = "v.device NOT IN (SELECT value FROM json_each(?)) AND v.record_type <> 'receipt'"

_decode_recipient = msgspec.json.Decoder(dict[str, msgspec.Raw])


def recipient_of(manifest: str) -> Recipient | None:
    """Return for whom a recorded package was built."""
    station = _decode_recipient.decode(_decode_recipient.decode(manifest)["station"])
    return msgspec.json.decode(station["recipient"], type=Recipient | None)


_OURS = "SELECT value FROM setting WHERE key='workspace.device_id' OR key LIKE 'workspace.former.%'"


def our_devices(connection: Connection) -> tuple[str, ...]:
    """Return this device and, where the workspace was copied and became a device of its own, its former names."""
    return tuple(value for (value,) in connection.execute(_OURS).fetchall())


def sequences_for(connection: Connection, recipient: str | None, *, chain: bool = False) -> list[int]:
    """Return the numbers of packages built for a recipient (``None``: upward), in order.

    What a former device packed counts as sent where a receipt says that it arrived; it is never part of the ``chain``.
    """
    return [sequence for sequence, counts in _packages_for(connection, recipient, chain) if counts]


def _packages_for(connection: Connection, recipient: str | None, chain: bool = False) -> list[tuple[int, bool]]:
    """Return every package built for a recipient, and whether what is in it counts as sent."""
    rows = connection.execute(
        """SELECT p.sequence, json_extract(p.manifest, '$.station.recipient.device'),
           json_extract(p.manifest, '$.station.device')=(SELECT value FROM setting WHERE key='workspace.device_id')
           OR (NOT ? AND EXISTS (SELECT 1 FROM receipt r WHERE r.package_hash=p.sha256 AND r.void=0))
           FROM package_out p ORDER BY p.sequence""",
        (chain,),
    ).fetchall()
    return [(sequence, bool(counts)) for sequence, device, counts in rows if device == recipient]


def next_place(connection: Connection, recipient: str | None) -> tuple[int, Previous | None]:
    """Return the number of the next package, and what stands before it in the chain to this recipient."""
    last = connection.execute("SELECT coalesce(max(sequence), 0) FROM package_out").fetchone()[0]
    earlier = sequences_for(connection, recipient, chain=True)
    if not earlier:
        return last + 1, None
    sha256 = connection.execute("SELECT sha256 FROM package_out WHERE sequence=?", (earlier[-1],)).fetchone()[0]
    return last + 1, Previous(earlier[-1], sha256)


class Slice:
    """Versions chosen for one package, in the order they are written; lives on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        connection.execute("DROP TABLE IF EXISTS temp.package_slice")
        connection.execute(_SLICE)
        self.mark: tuple[str, str] | None = None  # setting and value to keep with the package

    def close(self) -> None:
        """Forget the choice."""
        self._connection.execute("DROP TABLE IF EXISTS temp.package_slice")

    def take_upward(self, device: str, everything: tuple[Role, str] | None = None) -> None:
        """Choose what has not gone upward yet: versions made on ``device`` and merges; with ``everything`` (our role and
        organisation code) also what others made that we may pass on: the levels below, and our own organisation."""
        if everything is None:
            ours = json.dumps([device, MERGE_DEVICE, *our_devices(self._connection)])
            self._take(None, "v.device IN (SELECT value FROM json_each(?)) AND v.record_type <> 'receipt'", ours)
            return
        role, org = everything
        kept_back = [
            d
            for d, code, card_role in self._connection.execute("SELECT device_id, org_code, role FROM card")
            if Role(card_role).rank > role.rank or (card_role == role.value and code != org)
        ]
        self._take(None, _NOT_OF, json.dumps(kept_back))

    def take_downward(self, device: str, recipient: Recipient) -> None:
        """Choose what has not gone to ``recipient`` yet of what was made on ``device`` for those below."""
        self._take(recipient.device, _DOWNWARD, device, json.dumps(DOWN), recipient.device, recipient.org,
                   json.dumps(self._devices_of(recipient)), reviews_of=device)  # fmt: skip

    def take_back(self, device: str, recipient: Recipient) -> None:
        """Choose, for a laptop that lost them, all that came from the devices of its unit and all that was made on ``device``
        for it, sent before or not; no receipts, which speak of packages it may know nothing of."""
        theirs = json.dumps(self._devices_of(recipient))
        self._connection.execute(
            f"""{_INTO} v.record_type <> 'receipt' AND (v.device IN (SELECT value FROM json_each(?)) OR v.device=? AND EXISTS (
                SELECT 1 FROM version o WHERE o.record_id=v.record_id AND o.device IN (SELECT value FROM json_each(?)))
                OR ({_DOWNWARD}))""",
            (theirs, MERGE_DEVICE, theirs, device, json.dumps(DOWN), recipient.device, recipient.org, theirs),
        )

    def _devices_of(self, recipient: Recipient) -> list[str]:
        return [d for (d,) in self._connection.execute("SELECT device_id FROM card WHERE org_code=?", (recipient.org,))]

    def take_across(self, role: Role, recipient: Recipient) -> None:
        """Choose what has not gone to another laptop of our organisation yet: all but what it made itself, what came from
        above (that it gets from there), and receipts."""
        kept_back = [
            d for d, card_role in self._connection.execute("SELECT device_id, role FROM card")
            if Role(card_role).rank > role.rank
        ]  # fmt: skip
        self._take(recipient.device, _NOT_OF, json.dumps([*kept_back, recipient.device]))

    def _take(self, recipient: str | None, condition: str, *values: str, reviews_of: str = "") -> None:
        """Choose what meets a condition and was in no package for a recipient.

        What was looked at for the package before is not looked at again, as long as the question is the same: whoever
        records the package sets ``mark``, which says up to which version everything is decided. Packages that no longer
        count as sent (those of a former device) are part of the question: what is in them is to go again. What can not be
        decided yet (reviews of a device that speak of what is not here) stays after the mark.
        """
        packages = _packages_for(self._connection, recipient)
        sequences = json.dumps([sequence for sequence, counts in packages if counts])
        lost = [sequence for sequence, counts in packages if not counts]
        question = hashlib.sha256(repr((condition, values, lost)).encode()).hexdigest()
        key = f"package.decided.{recipient or ''}"
        known = self._connection.execute("SELECT value FROM setting WHERE key=?", (key,)).fetchone()
        asked, _, decided = (known[0] if known else "").partition(" ")
        last = self._connection.execute("SELECT coalesce(max(seq), 0) FROM version").fetchone()[0]
        after = int(decided) if asked == question else 0
        self._connection.execute(f"{_INTO} v.seq > ? AND {condition} AND {_UNSENT}", (after, *values, sequences))
        undecided = self._connection.execute(_UNDECIDED, (after, reviews_of)).fetchone()[0]
        self.mark = (key, f"{question} {last if undecided is None else undecided - 1}")

    def take_package(self, sequence: int) -> None:
        """Choose what was in a package built before."""
        self._connection.execute(
            f"{_INTO} v.version_id IN (SELECT version_id FROM package_content WHERE sequence=?)", (sequence,)
        )

    def counts(self) -> dict[str, int]:
        """Return the number of versions by record type, in the order they are written."""
        return dict(
            self._connection.execute(
                "SELECT record_type, count(*) FROM temp.package_slice GROUP BY record_type ORDER BY record_type"
            ).fetchall()
        )

    def record_ids(self, type_name: str) -> list[str]:
        """Return the ids of the records of a type that have chosen versions."""
        rows = self._connection.execute(
            "SELECT DISTINCT v.record_id FROM temp.package_slice s JOIN version v ON v.seq=s.seq WHERE s.record_type=?",
            (type_name,),
        )
        return [record_id for (record_id,) in rows.fetchall()]

    def spans(self) -> list[tuple[int, int]]:
        """Return the first and last places in the journal of what is chosen, span by span without a gap."""
        found: list[tuple[int, int]] = self._connection.execute(
            """SELECT min(seq), max(seq) FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS span
               FROM temp.package_slice) GROUP BY span ORDER BY 1"""
        ).fetchall()
        return found

    def versions(self, type_name: str) -> Generator[tuple[Any, ...]]:
        """Yield the versions of a type as tables take them (``tables.write_type``)."""
        return self._each(
            "v.version_id, v.record_id, v.schema_version, v.parent_ids, v.hlc, v.author, v.device, v.reason, v.void, v.fields, "
            "v.wall",
            type_name,
        )

    def lines(self, type_name: str) -> Generator[tuple[str, bytes]]:
        """Yield id and line (``lines.Line``) of the versions of a type."""
        return self._each(f"v.version_id, {_LINE}", type_name)

    def _each(self, what: str, type_name: str) -> Generator[Any]:
        cursor = self._connection.cursor()
        cursor.execute(
            f"""SELECT {what} FROM temp.package_slice s JOIN version v ON v.seq=s.seq WHERE s.record_type=?
                ORDER BY s.hlc, s.version_id""",
            (type_name,),
        )
        yield from cursor
