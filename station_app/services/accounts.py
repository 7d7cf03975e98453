"""Accounts of a workplace: adding and changing them, signing in, and a forgotten PIN.

An account is a record (it travels upward like any other, so the county knows it) with a public key of its own and the signature
of the device under all of it. The secret part of that key lies in the settings of this workspace, wrapped by the PIN as a slot
of ``storage.key_slots`` is; it never travels. Records of accounts are written here alone and are nothing undo takes back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from station_app.domain.accounts import SHORTEST_PIN, AccountProblem, AccountRole, SignedIn, mark_of, name_of, roles_at
from station_app.domain.generic import JSON
from station_app.domain.guards import Act
from station_app.domain.problems import Problem, UserError
from station_app.domain.records.exchange import AccountRecord
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.domain.validation import check_record
from station_app.services import guarding
from station_app.storage import key_slots, keys
from station_app.storage.canonical import canonical_bytes
from station_app.storage.clock import new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.key_slots import DataKey, Slot
from station_app.storage.problems import StorageProblem
from station_app.storage.reader import Filter, Query
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

_TYPE = "account"
_SIGNED = b"grassland-account\n"
RESET = Text("重设口令", "PIN reset")


@dataclass(frozen=True, slots=True)
class Account:
    """One account of this workplace."""

    record_id: str
    name: str
    mark: str
    role: AccountRole
    is_active: bool
    device_id: str
    made_by: str  # name of who wrote its present state
    reason: str
    own_pin: bool  # its owner chose the PIN
    here: bool  # it can sign in on this machine


class _Secret(msgspec.Struct, forbid_unknown_fields=True):
    """What lies in the settings of an account: its key, wrapped by the PIN; ``own``: its owner chose the PIN."""

    slot: Slot
    own: bool


# --- who there is ------------------------------------------------------------------------------------------------------


def accounts(workspace: Workspace) -> list[Account]:
    """Return the accounts of this workplace, those in use first, by name."""
    devices = {d for (d,) in workspace.read.sql(guarding.OUR_DEVICES)}
    found = []
    for row in workspace.read.rows(Query(AccountRecord)):
        record = row.record
        if record.device_id not in devices:
            continue
        secret, version = _secret(workspace, record.mark), workspace.journal.load(row.version_id)
        found.append(Account(row.record_id, record.name, record.mark, AccountRole(record.role), record.is_active,
                             record.device_id, name_of(version.author), version.reason, secret is not None and secret.own,
                             secret is not None))  # fmt: skip
    return sorted(found, key=lambda each: (not each.is_active, each.name, each.mark))


def current(workspace: Workspace) -> Account | None:
    """Return the account that has signed in."""
    me = workspace.identity.account
    return next((each for each in accounts(workspace) if each.mark == me.mark), None) if me else None


def named(workspace: Workspace, who: str) -> Account:
    """Return the account with a name or a mark; one in use before one that is not.

    Raises:
        UserError: ACC-004 there is none.
    """
    wanted = " ".join(who.split())
    for each in accounts(workspace):
        if wanted in (each.name, each.mark):
            return each
    raise AccountProblem.NO_SUCH_ACCOUNT.error(name=who)


def standing(workspace: Workspace) -> Problem | None:
    """Return what is to be said of the accounts as they are: none (everybody writes under any name), or one in use only."""
    active = [each for each in accounts(workspace) if each.is_active]
    if not active:
        return None if workspace.has_accounts else AccountProblem.NOBODY.problem()
    return AccountProblem.ONE_PERSON.problem(name=active[0].name) if len(active) == 1 else None


# --- signing in --------------------------------------------------------------------------------------------------------


def sign_in(workspace: Workspace, who: str, pin: str) -> Account:
    """Sign an account in by name or mark; whoever was signed in before has left. About 0.25 s of cpu.

    Raises:
        UserError: ACC-003 the PIN does not open it, ACC-004 there is none, ACC-013 it is not in use, ACC-020 its key does not
            lie on this machine; KEY-002 too little memory.
    """
    account = _opened(workspace, who, pin)
    workspace.work_as(SignedIn(account.name, account.mark, account.role, account.own_pin))
    return account


def sign_out(workspace: Workspace) -> None:
    """Nobody works here any more."""
    workspace.work_as(None)


@contextmanager
def with_second(workspace: Workspace, who: str, pin: str) -> Iterator[Account]:
    """Have a second account look on at what is done inside: changes of keys need two persons present.

    Raises:
        UserError: as ``sign_in``; ACC-011 it is the one that is signed in already, or one that changes nothing.
    """
    second = _opened(workspace, who, pin)
    if second.mark == mark_of(workspace.identity.signature) or second.role is AccountRole.AUDITOR or not second.own_pin:
        raise AccountProblem.TWO_PRESENT.error(act=Act.KEYS.text)
    workspace.present = second.mark
    try:
        yield second
    finally:
        workspace.present = ""


def _opened(workspace: Workspace, who: str, pin: str) -> Account:
    account = named(workspace, who)
    if not account.is_active:
        raise AccountProblem.NOT_IN_USE.error(name=account.name)
    _key(workspace, account, pin)
    return account


def _key(workspace: Workspace, account: Account, pin: str) -> DataKey:
    secret = _secret(workspace, account.mark)
    if secret is None:
        raise AccountProblem.NOT_OPENED.error(name=account.name)
    try:
        return key_slots.open_slots([secret.slot], key_slots.typed(pin))
    except UserError as error:
        if error.code != StorageProblem.DOES_NOT_OPEN.code:
            raise
        raise AccountProblem.WRONG_PIN.error(name=account.name) from error


# --- adding and changing -----------------------------------------------------------------------------------------------


def add(workspace: Workspace, name: str, role: AccountRole, pin: str) -> Account:
    """Add an account. The first manages the others and is signed in at once; drafts typed before are its own.

    Whoever else is added works with a PIN somebody else chose until ``change_pin``: before that it decides about nothing.

    Raises:
        UserError: as ``guarding.refuse``; ACC-005 the PIN is too short, ACC-006 the name is taken, ACC-007 the first account
            has to manage accounts, ACC-014 there is no such role at this workplace; REC-001 the name is no name.
    """
    guarding.refuse(workspace, Act.ACCOUNTS)
    first = not workspace.has_accounts
    name = " ".join(name.replace("#", "").split())
    manages = roles_at(workspace.identity.role)[0]
    _refuse_role(workspace, role)
    if first and role is not manages:
        raise AccountProblem.FIRST_MANAGES.error(role=manages.label)
    if any(each.name == name and each.is_active for each in accounts(workspace)):
        raise AccountProblem.NAME_TAKEN.error(name=name)
    mark = secrets.token_hex(4)
    public, secret = _new_key(pin, mark, own=first)
    record_id = new_record_id(workspace.clock)
    record = AccountRecord(name=name, mark=mark, role=role.value, organisation_code="", device_id="", public_key=public,
                    countersignature="0", is_active=True)  # fmt: skip
    with workspace.journal.transaction():
        if first:
            workspace.work_as(SignedIn(name, mark, role, own_pin=True))
        try:
            _write(workspace, record_id, record, secret=secret)
        except BaseException:
            if first:
                workspace.work_as(None)
            raise
        if first:
            workspace.drafts.adopt()
    return named(workspace, mark)


def set_role(workspace: Workspace, account: Account, role: AccountRole) -> None:
    """Give an account another role.

    Raises:
        UserError: as ``guarding.refuse``; ACC-008 nobody would manage accounts any more, ACC-014.
    """
    _refuse_role(workspace, role)
    _change(workspace, account, role=role)


def set_active(workspace: Workspace, account: Account, active: bool) -> None:
    """Take an account out of use, or into use again; what it wrote keeps its name.

    Raises:
        UserError: as ``guarding.refuse``; ACC-008 nobody would manage accounts any more, ACC-006 its name is in use again.
    """
    if active and any(e.name == account.name and e.is_active and e.mark != account.mark for e in accounts(workspace)):
        raise AccountProblem.NAME_TAKEN.error(name=account.name)
    _change(workspace, account, active=active)


def change_pin(workspace: Workspace, account: Account, old: str, new: str) -> None:
    """Choose a new PIN with the one in use; its key stays.

    Raises:
        UserError: ACC-003 the old one is wrong, ACC-005 the new one is too short; as ``sign_in``.
    """
    key = _key(workspace, account, old)
    if new == old:
        raise AccountProblem.OWN_PIN.error(name=account.name)
    _keep(workspace, account.mark, _wrapped(new, account.mark, key, own=True))
    me = workspace.identity.account
    if me and me.mark == account.mark:
        workspace.work_as(replace(me, own_pin=True))


def reset(
    workspace: Workspace, account: Account, new: str, *, sheet: str | None = None, county: Path | None = None
) -> None:  # fmt: skip
    """Give an account whose PIN is forgotten a new key and PIN, without any network; drafts stay, nobody else's are seen.

    Who manages accounts does it (the owner then chooses a PIN of its own), or the owner with the printed recovery sheet or
    beside the county's key (``county``: its key folder).

    Raises:
        UserError: as ``guarding.refuse``; KEY-001, KEY-003, KEY-005, KEY-008 the sheet or the county's key opens nothing
            here; ACC-005 the PIN is too short, ACC-013 the account is not in use.
    """
    if not account.is_active:
        raise AccountProblem.NOT_IN_USE.error(name=account.name)
    by = workspace.identity.signature
    own = sheet is not None or county is not None
    slots = key_slots.read_slots(workspace.keys_folder)
    if sheet is not None:
        key_slots.open_typed([slot for slot in slots if slot.way is key_slots.Way.SHEET], sheet)
        by = f"{key_slots.Way.SHEET.text.zh} / {key_slots.Way.SHEET.text.en}"
    elif county is not None:
        key_slots.open_slots([s for s in slots if s.way is key_slots.Way.COUNTY], key_slots.of_county(county))
        by = f"{key_slots.Way.COUNTY.text.zh} / {key_slots.Way.COUNTY.text.en}"
    else:
        guarding.refuse(workspace, Act.ACCOUNTS)
    public, secret = _new_key(new, account.mark, own=own)
    record = _as_it_is(workspace, account, public_key=public)
    _write(workspace, account.record_id, record, secret=secret, reason=f"{RESET.zh} / {RESET.en}: {by}")


def _refuse_role(workspace: Workspace, role: AccountRole) -> None:
    there = roles_at(workspace.identity.role)
    if role not in there:
        listed = Text("、".join(r.label.zh for r in there), ", ".join(r.label.en for r in there))
        raise AccountProblem.OTHER_WORKPLACE.error(role=role.label, listed=listed)


def _change(
    workspace: Workspace, account: Account, *, role: AccountRole | None = None, active: bool | None = None
) -> None:
    guarding.refuse(workspace, Act.ACCOUNTS)
    manages = roles_at(workspace.identity.role)[0]
    role, active = role or account.role, account.is_active if active is None else active
    rest = [e for e in accounts(workspace) if e.mark != account.mark and e.is_active and e.role is manages]
    if account.role is manages and account.is_active and not rest and (role is not manages or not active):
        raise AccountProblem.LAST_MANAGER.error(role=manages.label, name=account.name)
    _write(workspace, account.record_id, _as_it_is(workspace, account, role=role.value, is_active=active))
    me = workspace.identity.account
    if me and account.mark == me.mark:
        workspace.work_as(replace(me, role=role) if active else None)


# --- keys and records --------------------------------------------------------------------------------------------------


def signed_part(fields: dict[str, JSON]) -> bytes:
    """Return what the device signs of an account, given its fields as JSON values: everything but the signature."""
    return _SIGNED + canonical_bytes({name: value for name, value in fields.items() if name != "countersignature"})


def is_countersigned(fields: dict[str, JSON], public_line: str) -> bool:
    """Whether the key of a device signed an account."""
    return keys.has_signed(public_line, signed_part(fields), str(fields.get("countersignature")))


def _new_key(pin: str, mark: str, *, own: bool) -> tuple[str, _Secret]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return public, _wrapped(pin, mark, DataKey(private.private_bytes_raw()), own=own)


def _wrapped(pin: str, mark: str, key: DataKey, *, own: bool) -> _Secret:
    if len(key_slots.forms_of(pin)[0].strip()) < SHORTEST_PIN:
        raise AccountProblem.PIN_SHORT.error(shortest=SHORTEST_PIN)
    return _Secret(key_slots.wrapped_by_password(pin, mark, key), own)


def _secret(workspace: Workspace, mark: str) -> _Secret | None:
    kept = workspace.settings.get(f"account.{mark}")
    return msgspec.json.decode(kept, type=_Secret) if kept else None


def _keep(workspace: Workspace, mark: str, secret: _Secret) -> None:
    workspace.settings.set(f"account.{mark}", msgspec.json.encode(secret).decode())


def _as_it_is(workspace: Workspace, account: Account, **changed: object) -> AccountRecord:
    row = next(iter(workspace.read.rows(Query(AccountRecord, (Filter("mark", "eq", account.mark),)), 1)))
    kind = record_type(_TYPE)
    made: AccountRecord = kind.cls(**{**kind.values(row.record), **changed})
    return made


def _write(
    workspace: Workspace, record_id: str, record: AccountRecord, *, secret: _Secret | None = None, reason: str = ""
) -> None:
    """Save an account as it is now, signed by this device, together with its secret where that is new."""
    me, kind = workspace.identity, record_type(_TYPE)
    record = kind.cls(**{**kind.values(record), "organisation_code": me.org_code, "device_id": me.device_id})
    try:
        signature = keys.sign(workspace.keys_folder, signed_part(to_json_fields(record)))
    except (OSError, ValueError) as error:
        raise StorageProblem.KEY_DIFFERS.error(place=workspace.keys_folder) from error
    record = kind.cls(**{**kind.values(record), "countersignature": signature})
    wrong = tuple(check_record(record, workspace.clock.today()))
    if wrong:
        raise UserError(wrong[0].code, wrong[0].text, problems=wrong)
    with workspace.by_program(), workspace.journal.transaction():
        if secret is not None:
            _keep(workspace, record.mark, secret)
        now = workspace.journal.clock.reading()
        workspace.journal.append([make_version(
            record_type=_TYPE, schema_version=kind.version, record_id=record_id,
            parent_ids=tuple(workspace.journal.head_ids(record_id, _TYPE)), hlc=now.hlc, wall=now.wall, author=me.signature,
            device=me.device_id, reason=reason, void=False, fields=to_json_fields(record),
        )])  # fmt: skip
