"""Cards: who a device is and with which key it signs; handed over once, by a way both sides trust.

A card is a small JSON file signed by its own key, so that a typing error or a swapped key shows. What it claims about the
unit's name and role is believed by the person who registers it, after comparing the fingerprint with the other side.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from station_app.domain.identifiers import is_region_code
from station_app.domain.registry import Role
from station_app.exchange.package.files import write_beside
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
from station_app.storage import key_slots
from station_app.storage.canonical import canonical_bytes
from station_app.storage.engine import Connection
from station_app.storage.keys import PRIVATE_NAME, device_id_of
from station_app.storage.problems import StorageProblem
from station_app.storage.workspace import Workspace

CARD_FORMAT = 1
MAX_CARD_BYTES = 64 * 1024
ALLOWED_SIGNERS = "allowed_signers"
REVOKED_KEYS = "revoked_keys"


@dataclass(frozen=True, slots=True)
class Card:
    """A device whose signature is known here."""

    device_id: str
    org_code: str
    org_name: str
    role: Role
    public_key: str
    device_name: str = ""
    accepted_at: str = ""
    revoked_at: str = ""

    @property
    def key(self) -> PublicKey:
        return read_public_line(self.public_key)


class _CardFile(msgspec.Struct, frozen=True):
    card: int
    org: str
    org_name: str
    role: Role
    device: str
    device_name: str
    public_key: str
    signature: str


def signing_key(workspace: Workspace) -> SigningKey:
    """Return the private key of this device.

    Raises:
        UserError: PKG-030 it cannot be read.
    """
    return SigningKey.read(workspace.folder / "keys" / PRIVATE_NAME)


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
    return Card(read.device, read.org, read.org_name.strip(), read.role, key.line, read.device_name[:100])


def accept_card(workspace: Workspace, path: Path) -> Card:
    """Register the card in ``path``, so that its signature is known here; doing it twice changes nothing.

    Raises:
        UserError: PKG-070 no sound card, PKG-071 our own, PKG-072 it was revoked before.
    """
    card = read_card(path)
    if card.device_id == workspace.identity.device_id:
        raise PackageProblem.OWN_CARD.error(str(path))
    known = {c.device_id: c for c in registered_cards(workspace)}.get(card.device_id)
    if known is not None and known.revoked_at:
        raise PackageProblem.CARD_REVOKED.error(str(path), device=card.device_id, when=known.revoked_at)
    with workspace.journal.transaction() as connection:
        connection.execute(
            """INSERT INTO card (device_id, org_code, org_name, role, public_key, accepted_at) VALUES (?, ?, ?, ?, ?, ?)
               ON CONFLICT(device_id) DO UPDATE SET org_code=excluded.org_code, org_name=excluded.org_name,
               role=excluded.role""",
            (card.device_id, card.org_code, card.org_name, card.role.value, card.public_key, workspace.clock.stamp()),
        )
    write_allowed_signers(workspace)
    return {c.device_id: c for c in registered_cards(workspace)}[card.device_id]


def revoke_card(workspace: Workspace, device_id: str) -> None:
    """Stop trusting a device from now on: packages it signed, whenever, are refused; what came before stays.

    Raises:
        UserError: PKG-073 no such card.
    """
    _mark(workspace, device_id, workspace.clock.stamp())


def reinstate_card(workspace: Workspace, device_id: str) -> None:
    """Trust a revoked device again.

    Raises:
        UserError: PKG-073 no such card.
    """
    _mark(workspace, device_id, None)


def _mark(workspace: Workspace, device_id: str, revoked_at: str | None) -> None:
    with workspace.journal.transaction() as connection:
        done = connection.execute("UPDATE card SET revoked_at=? WHERE device_id=?", (revoked_at, device_id)).rowcount
        if not done:
            raise PackageProblem.NO_SUCH_CARD.error(device=device_id)
    write_allowed_signers(workspace)


_CARDS = """SELECT device_id, org_code, org_name, role, public_key, '', accepted_at, coalesce(revoked_at, '') FROM card
            ORDER BY org_code, device_id"""


def _as_cards(rows: Iterable[tuple[Any, ...]]) -> list[Card]:
    return [Card(r[0], r[1], r[2], Role(r[3]), *r[4:]) for r in rows]


def cards_on(connection: Connection) -> list[Card]:
    """Return the registered cards as a connection sees them."""
    return _as_cards(connection.execute(_CARDS).fetchall())


def registered_cards(workspace: Workspace) -> list[Card]:
    """Return all registered cards, revoked ones too."""
    return _as_cards(workspace.read.sql(_CARDS))


def give_county_a_way(workspace: Workspace) -> list[str]:
    """Let every registered unit above a station open the backups made from now on; return their names.

    Raises:
        UserError: KEY-009 none is registered, KEY-004, KEY-007 the slot cannot be written.
    """
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
    return Signers(tuple(lines), frozenset(card.key.blob for card in cards if card.revoked_at))


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
