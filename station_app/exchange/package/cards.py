"""Cards: who a device is and with which key it signs; handed over once, by a way both sides trust.

A card is a small JSON file signed by its own key, so that a typing error or a swapped key shows. What it claims about the
unit's name and role is believed by the person who registers it, after comparing the fingerprint with the other side.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec

from station_app.domain.codes import label_of
from station_app.domain.guards import Act
from station_app.domain.identifiers import is_region_code
from station_app.domain.problems import Problem, UserError
from station_app.domain.registry import Role, record_type
from station_app.domain.text import Text
from station_app.exchange.package.files import write_beside
from station_app.exchange.package.handover import LONGEST, Handover, handovers
from station_app.exchange.package.problems import PackageProblem
from station_app.exchange.package.sshsig import (
    CARD_NAMESPACE,
    NAMESPACE,
    BadSignature,
    PublicKey,
    Signer,
    Signers,
    SigningKey,
    check_signature,
    parse_signature,
    read_public_line,
)
from station_app.exchange.package.strict_json import StrictJsonError, loads
from station_app.services import founding, guarding
from station_app.storage import key_slots
from station_app.storage.canonical import canonical_bytes
from station_app.storage.engine import Connection
from station_app.storage.keys import FORMER_NAME, PRIVATE_NAME, device_id_of
from station_app.storage.problems import StorageProblem
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

CARD_FORMAT = 1
MAX_CARD_BYTES = 64 * 1024
ALLOWED_SIGNERS = "allowed_signers"
REVOKED_KEYS = "revoked_keys"


class Why(StrEnum):
    """Why a key ended."""

    REPLACED = "replaced"
    LOST = "lost"
    REVOKED = "revoked"

    LEFT = "left"

    @property
    def text(self) -> Text:
        return label_of("key_ending", self)


class Ending(msgspec.Struct, frozen=True):
    """How a key ended: ``followed_by`` which device, and up to which package of which life of its journal it counts. Packages
    are told by their place in the chain, never by the date they claim."""

    why: Why = Why.REVOKED
    followed_by: str = ""
    epoch: str = ""
    sequence: int = 0
    sha256: str = ""

    def covers(self, epoch: str, sequence: int, sha256: str) -> bool:
        """Whether a package was made before the end; the last one is known by its hash, where that is known."""
        if sequence > self.sequence or (self.epoch and epoch != self.epoch):
            return False
        return sequence < self.sequence or sha256 == self.sha256 or not self.sha256


@dataclass(frozen=True, slots=True)
class Card:
    """A device whose signature is known here; ``ending`` says how it ended, where it did (``revoked_at``). ``handovers``
    say what keys this one follows, on a card that was just read."""

    device_id: str
    org_code: str
    org_name: str
    role: Role
    public_key: str
    device_name: str = ""
    accepted_at: str = ""
    revoked_at: str = ""
    ending: Ending = Ending()
    handovers: tuple[Handover, ...] = ()

    @property
    def key(self) -> PublicKey:
        return read_public_line(self.public_key)

    @property
    def is_distrusted(self) -> bool:
        """Whether its key may be in other hands; one that was replaced by its owner is not."""
        return bool(self.revoked_at) and self.ending.why is not Why.REPLACED


class _CardFile(msgspec.Struct, frozen=True):
    card: int
    org: str
    org_name: str
    role: Role
    device: str
    device_name: str
    public_key: str
    signature: str
    handovers: Annotated[tuple[Handover, ...], msgspec.Meta(max_length=LONGEST)] = ()


def signing_key(workspace: Workspace, device: str = "") -> SigningKey:
    """Return the private key of this device; with ``device``, of the one it was when it had that name.

    Raises:
        UserError: PKG-030 it cannot be read.
    """
    former = device not in ("", workspace.identity.device_id)
    name = f"{FORMER_NAME.format(device)}{Path(PRIVATE_NAME).suffix}" if former else PRIVATE_NAME
    return SigningKey.read(workspace.keys_folder / name)


def own_card(workspace: Workspace, key: SigningKey) -> Card:
    """Return who this device is."""
    me = workspace.identity
    return Card(me.device_id, me.org_code, me.org_name, me.role, key.public.line, me.device_name)


def export_card(workspace: Workspace, out: Path) -> Path:
    """Write this device's card into the folder ``out`` and return its path.

    Raises:
        UserError: PKG-030 no signing key, PKG-062 the folder cannot be written.
    """
    key = signing_key(workspace)
    me = workspace.identity
    content: dict[str, object] = {
        "card": CARD_FORMAT, "org": me.org_code, "org_name": me.org_name, "role": me.role.value, "device": me.device_id,
        "device_name": me.device_name, "public_key": key.public.line,
    }  # fmt: skip
    if followed := handovers(workspace.keys_folder, me.device_id):
        content["handovers"] = [msgspec.structs.asdict(each) for each in followed]
    content["signature"] = key.sign(io.BytesIO(canonical_bytes(content)), CARD_NAMESPACE)
    path = out / f"GSC_{me.org_code}_{me.device_id}.json"
    write_beside(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())
    return path


def read_card(path: Path) -> Card:
    """Return what a card file says, its own signature checked; nothing is registered.

    Raises:
        UserError: PKG-070 it is no sound card, PKG-009 it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CARD_BYTES + 1)
    except OSError as error:
        raise PackageProblem.UNREADABLE.error(str(path), path=path, why=error.strerror) from error
    try:
        if len(raw) > MAX_CARD_BYTES:
            raise ValueError("too large")
        content = loads(raw)
        read = msgspec.convert(content, _CardFile)
        if read.card != CARD_FORMAT:
            raise ValueError(f"format {read.card}")
        key = read_public_line(read.public_key)
        unsigned = {name: value for name, value in content.items() if name != "signature"}
        check_signature(parse_signature(read.signature.encode()), io.BytesIO(canonical_bytes(unsigned)), CARD_NAMESPACE)
        if parse_signature(read.signature.encode()).key != key:
            raise ValueError("signed by another key")
        if device_id_of(key.line) != read.device:
            raise ValueError("the device is not the key's")
        if not is_region_code(read.org) or not read.org_name.strip() or len(read.org_name) > 200:
            raise ValueError("organisation")
    except (StrictJsonError, BadSignature, ValueError, msgspec.ValidationError) as error:
        raise PackageProblem.BAD_CARD.error(str(path), path=path, why=error) from error
    return Card(
        read.device,
        read.org,
        read.org_name.strip(),
        read.role,
        key.line,
        read.device_name[:100],
        handovers=read.handovers,
    )


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What registering a card would do: ``changes`` says what it changes of what is known here, each with what was before, and
    has to be asked; ``follows`` are keys whose own word makes the card known without a question, oldest first."""

    card: Card
    changes: tuple[Problem, ...] = ()
    follows: tuple[tuple[Card, Handover], ...] = ()
    replaces: Card | None = None


def plan_acceptance(workspace: Workspace, path: Path) -> Acceptance:
    """Say what registering the card in ``path`` would do; nothing changes.

    Raises:
        UserError: PKG-070 no sound card, PKG-071 our own, PKG-072 it was revoked before.
    """
    card = read_card(path)
    if card.device_id == workspace.identity.device_id:
        raise PackageProblem.OWN_CARD.error(str(path))
    cards = {c.device_id: c for c in registered_cards(workspace)}
    known = cards.get(card.device_id)
    if known is not None and known.revoked_at:
        raise PackageProblem.CARD_REVOKED.error(str(path), device=card.device_id, when=known.revoked_at)
    before = known
    follows: list[tuple[Card, Handover]] = []
    if known is None:
        follows = follow(cards, card.handovers)
        before = cards.get(card.device_id)
    changes = []
    if before is not None and (was := _unit(before)) != (now := _unit(card)):
        changes.append(PackageProblem.CARD_CHANGES_UNIT.at(str(path), was=was, now=now))
    lost = None
    if before is None and card.handovers:
        lost = next((cards[each.follows] for each in reversed(card.handovers) if each.follows in cards), None)
        if lost is not None:
            changes.append(_key_problem(cards, lost, card, path))
    return Acceptance(card, tuple(changes), tuple(follows), lost)


def _unit(card: Card) -> Text:
    return Text("{name} {code} {role}", "{name} {code} {role}").format(
        name=card.org_name, code=card.org_code, role=card.role.label
    )


def _key_problem(cards: dict[str, Card], lost: Card, card: Card, path: Path) -> Problem:
    followed = cards.get(lost.ending.followed_by)
    if followed is not None:
        return PackageProblem.HANDED_OVER_TWICE.at(
            str(path), name=lost.org_name, first=followed.key.fingerprint, second=card.key.fingerprint
        )
    return PackageProblem.CARD_CHANGES_KEY.at(
        str(path), name=card.org_name, was=lost.key.fingerprint, now=card.key.fingerprint
    )


def accept_card(workspace: Workspace, path: Path, *, fingerprint: str = "") -> Card:
    """Register the card in ``path``, so that its signature is known here; doing it twice changes nothing.

    A key that follows a known one by that key's own word takes its place. What changes else of what is known here is done
    only with the ``fingerprint`` a person compared with the other side.

    Raises:
        UserError: PKG-070 no sound card, PKG-071 our own, PKG-072 it was revoked before, PKG-077, PKG-078, PKG-028 it changes
            what is known, PKG-079 the fingerprint is another; as ``guarding.refuse``.
    """
    guarding.refuse(workspace, Act.KEYS)
    planned = plan_acceptance(workspace, path)
    card = planned.card
    if fingerprint and fingerprint.strip().removeprefix("SHA256:") != card.key.fingerprint.removeprefix("SHA256:"):
        raise PackageProblem.OTHER_FINGERPRINT.error(str(path), fingerprint=card.key.fingerprint, typed=fingerprint)
    if planned.changes and not fingerprint:
        first = planned.changes[0]
        raise UserError(first.code, first.text, problems=planned.changes)
    with workspace.journal.transaction() as connection:
        for new, said in planned.follows:
            register_follower(workspace, connection, new, said)
        if planned.replaces is not None and not planned.replaces.revoked_at:
            end_card(workspace, connection, planned.replaces.device_id, Ending(Why.LOST, card.device_id))
        _register(workspace, connection, card)
        if planned.replaces is not None or planned.changes:
            _put_on_record(workspace, connection, card.device_id)
    write_allowed_signers(workspace)
    return {c.device_id: c for c in registered_cards(workspace)}[card.device_id]


def follow(cards: dict[str, Card], said: Sequence[Handover]) -> list[tuple[Card, Handover]]:
    """Return the devices that took the place of known ones by the word of keys in use here, oldest first, and put them into
    ``cards``, where those they follow have ended. Unit and role stay: no key can change them."""
    found = []
    for each in said[:LONGEST]:
        old = cards.get(each.follows)
        if each.device in cards or old is None or old.revoked_at or not each.is_by(old.public_key):
            continue
        new = replace(old, device_id=each.device, public_key=read_public_line(each.public_key).line, accepted_at="")
        cards[each.device] = new
        cards[each.follows] = replace(old, revoked_at="0", ending=_ended_by(each))
        found.append((new, each))
    return found


def _ended_by(said: Handover) -> Ending:
    return Ending(Why.REPLACED, said.device, said.epoch, said.sequence, said.sha256)


def register_follower(workspace: Workspace, connection: Connection, card: Card, said: Handover) -> None:
    """Note that ``card`` took the place of the device it follows; the caller holds the transaction."""
    end_card(workspace, connection, said.follows, _ended_by(said))
    _register(workspace, connection, card)
    _put_on_record(workspace, connection, card.device_id)


def _register(workspace: Workspace, connection: Connection, card: Card) -> None:
    connection.execute(
        """INSERT INTO card (device_id, org_code, org_name, role, public_key, device_name, accepted_at)
           VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(device_id) DO UPDATE SET org_code=excluded.org_code,
           org_name=excluded.org_name, role=excluded.role, device_name=excluded.device_name""",
        (card.device_id, card.org_code, card.org_name, card.role.value, card.public_key, card.device_name,
         workspace.clock.stamp()),
    )  # fmt: skip


def end_card(workspace: Workspace, connection: Connection, device_id: str, ending: Ending, reason: str = "") -> None:
    """Note how a key ended; the caller holds the transaction.

    Raises:
        UserError: PKG-073 no such card.
    """
    _mark(workspace, connection, device_id, ending, reason)


def _put_on_record(workspace: Workspace, connection: Connection, device_id: str, reason: str = "") -> None:
    """Write what the register of a county or region says of a device below it as a version, from its first change on: it is seen
    who did it, and it goes down to its unit."""
    me = workspace.identity
    card = next(c for c in cards_on(connection) if c.device_id == device_id)
    if card.role.rank >= me.role.rank:
        return
    fields: dict[str, object] = {
        "device_id": card.device_id, "name": card.device_name or None, "organisation_code": card.org_code,
        "role": card.role.value, "public_key": card.public_key, "accepted_at": _instant(card.accepted_at),
        "is_revoked": bool(card.revoked_at),
    }  # fmt: skip
    if card.revoked_at:
        ending = card.ending
        fields |= {
            "revoked_at": _instant(card.revoked_at), "revoked_reason": reason or ending.why.text.zh,
            "ended_why": ending.why.value, "followed_by": ending.followed_by or None, "last_number": ending.sequence,
            "last_epoch": ending.epoch or None, "last_hash": ending.sha256 or None,
        }  # fmt: skip
    record_id = founding.unit_id(f"device {device_id} of {me.org_code}")
    heads = workspace.journal.head_ids(record_id, "device")
    given = {name: value for name, value in fields.items() if value is not None}
    if len(heads) == 1 and workspace.journal.load(heads[0]).fields == given:
        return
    at = workspace.journal.clock.reading()
    with workspace.by_program():
        workspace.journal.append([make_version(
            record_type="device", schema_version=record_type("device").version, record_id=record_id,
            parent_ids=tuple(heads), hlc=at.hlc, wall=at.wall, author=me.author, device=me.device_id, reason=reason,
            void=False, fields=given,
        )])  # fmt: skip


def _instant(stamp: str) -> str:
    return f"{datetime.fromisoformat(stamp).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def heed_register(workspace: Workspace, connection: Connection, above: Card, after: int) -> list[Problem]:
    """Stop believing keys here which ``above`` says have ended, in what stands in the journal after version ``after``; the caller
    holds the transaction."""
    cards = {c.device_id: c for c in cards_on(connection)}
    rows = connection.execute(
        "SELECT fields FROM version WHERE seq > ? AND record_type='device' AND device=? AND void=0 ORDER BY seq",
        (after, above.device_id),
    ).fetchall()
    found = []
    for (fields,) in rows:
        said = msgspec.json.decode(fields, type=_Registered)
        card = cards.get(said.device_id)
        if not said.is_revoked or card is None or card.revoked_at or card.role.rank >= above.role.rank:
            continue
        ending = Ending(said.ended_why, said.followed_by, said.last_epoch, said.last_number, said.last_hash)
        end_card(workspace, connection, card.device_id, ending)
        found.append(
            PackageProblem.ENDED_ABOVE.at(
                name=card.org_name, device=card.device_name or card.device_id, above=above.org_name, why=ending.why.text
            )
        )
    return found


class _Registered(msgspec.Struct, frozen=True):
    device_id: str
    is_revoked: bool = False
    ended_why: Why = Why.REVOKED
    followed_by: str = ""
    last_epoch: str = ""
    last_number: int = 0
    last_hash: str = ""


def revoke_card(
    workspace: Workspace, device_id: str, *, last: int = 0, reason: str = "", why: Why = Why.REVOKED
) -> None:
    """Stop trusting a device: packages that had not arrived are refused, but those up to number ``last``, which were made
    before its key came into other hands; what came before stays.

    Raises:
        UserError: PKG-073 no such card; as ``guarding.refuse``.
    """
    guarding.refuse(workspace, Act.KEYS)
    arrived = workspace.read.sql(
        """SELECT json_extract(manifest, '$.station.epoch') FROM package_in WHERE device_id=?
           ORDER BY received_at DESC LIMIT 1""",
        (device_id,),
    )
    ending = Ending(why, epoch=arrived[0][0] if arrived else "", sequence=last)
    with workspace.journal.transaction() as connection:
        end_card(workspace, connection, device_id, ending, reason)
    write_allowed_signers(workspace)


def reinstate_card(workspace: Workspace, device_id: str) -> None:
    """Trust a revoked device again.

    Raises:
        UserError: PKG-073 no such card; as ``guarding.refuse``.
    """
    guarding.refuse(workspace, Act.KEYS)
    with workspace.journal.transaction() as connection:
        _mark(workspace, connection, device_id, None)
    write_allowed_signers(workspace)


def _mark(
    workspace: Workspace, connection: Connection, device_id: str, ending: Ending | None, reason: str = ""
) -> None:
    values = (None, "") if ending is None else (workspace.clock.stamp(), msgspec.json.encode(ending).decode())
    done = connection.execute("UPDATE card SET revoked_at=?, ending=? WHERE device_id=?", (*values, device_id)).rowcount
    if not done:
        raise PackageProblem.NO_SUCH_CARD.error(device=device_id)
    _put_on_record(workspace, connection, device_id, reason)


_CARDS = """SELECT device_id, org_code, org_name, role, public_key, device_name, accepted_at, coalesce(revoked_at, ''), ending
            FROM card ORDER BY org_code, device_id"""


def _as_cards(rows: Iterable[tuple[Any, ...]]) -> list[Card]:
    return [Card(r[0], r[1], r[2], Role(r[3]), r[4], r[5], r[6], r[7], _ending.decode(r[8] or "{}")) for r in rows]


_ending = msgspec.json.Decoder(Ending)


def cards_on(connection: Connection) -> list[Card]:
    """Return the registered cards as a connection sees them."""
    return _as_cards(connection.execute(_CARDS).fetchall())


def registered_cards(workspace: Workspace) -> list[Card]:
    """Return all registered cards, revoked ones too."""
    return _as_cards(workspace.read.sql(_CARDS))


def give_county_a_way(workspace: Workspace) -> list[str]:
    """Let every registered unit above a station open the backups made from now on; return their names.

    Raises:
        UserError: KEY-009 none is registered, KEY-004, KEY-007 the slot cannot be written; as ``guarding.refuse``.
    """
    guarding.refuse(workspace, Act.KEYS)
    above = [card for card in registered_cards(workspace) if card.role is not Role.STATION and not card.revoked_at]
    if not above:
        raise StorageProblem.NO_COUNTY_CARD.error()
    for card in above:
        key_slots.set_county(workspace.keys_folder, card.public_key, f"{card.org_name} {card.device_id}")
    return [card.org_name for card in above]


def signers_of(workspace: Workspace) -> Signers:
    """Return whose signatures are known in a workspace: the registered cards and our own."""
    cards = registered_cards(workspace)
    own = own_card(workspace, signing_key(workspace))
    return signers_from([*cards, own])


def signers_from(cards: list[Card]) -> Signers:
    """Return cards as lines of an ``allowed_signers`` file and the keys that were withdrawn."""
    lines = []
    for card in cards:
        comment = f"{card.role.value} {card.org_code} {' '.join(card.org_name.split())}"
        lines.append(Signer(card.device_id, PublicKey(card.key.blob, comment), NAMESPACE))
    return Signers(tuple(lines), frozenset(card.key.blob for card in cards if card.is_distrusted))


def write_allowed_signers(workspace: Workspace, out: Path | None = None) -> Path:
    """Write ``allowed_signers`` and ``revoked_keys`` for ``ssh-keygen -Y verify`` into ``out`` (by default ``keys``) and
    return the path of the first.

    Raises:
        UserError: PKG-062 the folder cannot be written.
    """
    folder = out or workspace.folder / "keys"
    signers = signers_of(workspace)
    living = [s for s in signers.signers if not signers.is_revoked(s.key)]
    revoked = [s for s in signers.signers if signers.is_revoked(s.key)]
    write_beside(folder / REVOKED_KEYS, "".join(f"{s.key.line} {s.principals}\n" for s in revoked).encode())
    path = folder / ALLOWED_SIGNERS
    write_beside(path, "".join(s.line() + "\n" for s in living).encode())
    return path
