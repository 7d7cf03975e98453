"""One data key and the ways to it: what is sealed opens with any of them, and losing one loses nothing.

The data key is 32 random bytes; its id, a digest, is public and stands in every sealed file and every slot. A slot holds the
data key wrapped for one way to open it: a password (Argon2id), the printed recovery sheet, the county's card (its Ed25519
key, used as X25519 as ``age`` does), and this machine, so that backups are made without asking. Slots are small files beside
the device key (``keys/*.slot``) and are copied into the head of every sealed file. So three things are told apart: a file that
belongs to another data key (its id differs), a wrong password (no slot opens), and damage (a check does not fit).

A slot is written beside its name, read back and opened, and takes its name in one rename. What a slot of this machine is
wrapped with lies in clear in ``keys/machine.secret``: it keeps nobody out who holds the folder, and never leaves it. So it is
there only until somebody opened an encrypted workspace with a password (``drop_machine``).

A data key that was opened is kept in this process under the folder of its workspace, with what opened it, so that databases,
attachments and backups below that folder find it (``key_for``) and nobody is asked twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.storage import files
from station_app.storage.keys import FORMER_NAME, PRIVATE_NAME, raw_public
from station_app.storage.problems import StorageProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

SUFFIX = ".slot"
MACHINE_SECRET = "machine.secret"
KEY_BYTES = 32
SHORTEST = 8  # characters of a password
MEMORY_KIB, PASSES = 64 * 1024, 3  # 0.25 s cpu on an old laptop
MOST_MEMORY_KIB, MOST_PASSES = 128 * 1024, 10  # what a slot may ask of the machine that opens it
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXYZ"  # 31 signs, a prime: no 0 O 1 I U
LINES, LINE_SIGNS = 4, 8  # seven signs and the one that checks them: 138 bits in all
_WORDS = b"grassland-station data key"


class Way(StrEnum):
    """What a slot is opened with."""

    MACHINE = "machine"
    PASSWORD = "password"
    SHEET = "sheet"
    COUNTY = "county"

    @property
    def text(self) -> Text:
        return _WAYS[self]


_WAYS = {
    Way.MACHINE: Text("这台电脑", "this computer"),
    Way.PASSWORD: Text("密码", "password"),
    Way.SHEET: Text("恢复单", "recovery sheet"),
    Way.COUNTY: Text("旗县的钥匙", "the county's key"),
}


@dataclass(frozen=True, slots=True)
class DataKey:
    """What seals backups: 32 bytes."""

    secret: bytes

    @property
    def id(self) -> str:
        """Its public name: 16 hexadecimal digits."""
        return hashlib.sha256(_WORDS + self.secret).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Opened:
    """A data key, the slot it came from, and what that slot is wrapped with."""

    data_key: DataKey
    slot: Slot
    wrapped_with: bytes


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The data key, wrapped for one way; texts but for the two costs.

    Attributes:
        label: Whose password, which county; empty where there is one only.
        data_key: Id of the key inside.
        salt, wrapped, sender: Hexadecimal; ``sender`` is the passing key of a slot for the county.
        check: Digest of all the rest: finds what was damaged before anybody is told that a password is wrong.
    """

    way: Way
    label: str
    data_key: str
    salt: str
    wrapped: str
    memory_kib: int = 0
    passes: int = 0
    sender: str = ""
    check: str = ""

    def bound(self) -> bytes:
        """Return what stands around the wrapped key and cannot be changed without it."""
        return msgspec.json.encode(msgspec.structs.replace(self, wrapped="", check=""))

    def checked(self) -> Slot:
        """Return it with its check."""
        return msgspec.structs.replace(self, check=self._digest())

    def is_sound(self) -> bool:
        """Whether it is as it was written, and asks for nothing a machine cannot give."""
        return self.check == self._digest() and self.memory_kib <= MOST_MEMORY_KIB and self.passes <= MOST_PASSES

    def _digest(self) -> str:
        return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(self, check=""))).hexdigest()[:16]

    @property
    def file_name(self) -> str:
        """Where it lies: one file a way and label, so that a change replaces the former in one rename."""
        mark = hashlib.sha256(self.label.encode()).hexdigest()[:8]
        return f"{self.way}-{mark}{SUFFIX}" if self.label else f"{self.way}{SUFFIX}"


# --- what a person types ---------------------------------------------------------------------------------------------


def forms_of(password: str) -> list[str]:
    """Return the forms one password is typed in on different keyboards: half width, composed, as typed, taken apart."""
    return list(dict.fromkeys([*(unicodedata.normalize(form, password) for form in ("NFKC", "NFC")), password,
                               unicodedata.normalize("NFD", password)]))  # fmt: skip


def new_code() -> list[str]:
    """Return the lines of a new recovery sheet, eight signs each, the last of which checks its line."""
    return [_with_check(number, [secrets.randbelow(len(ALPHABET)) for _ in range(LINE_SIGNS - 1)])
            for number in range(1, LINES + 1)]  # fmt: skip


def _with_check(number: int, values: list[int]) -> str:
    # The weights 1…8 differ and 31 is prime: no single wrong sign and no swap of two leaves the sum as it was; the line's
    # number finds a line typed in the place of another.
    rest = number + sum(weight * value for weight, value in enumerate(values, 1))
    last = -rest * pow(LINE_SIGNS, -1, len(ALPHABET)) % len(ALPHABET)
    return "".join(ALPHABET[value] for value in [*values, last])


def read_line(number: int, text: str) -> str | None:
    """Return line ``number`` (from 1) of a sheet without spaces and in capitals, ``None`` where its check does not fit."""
    signs = [sign for sign in unicodedata.normalize("NFKC", text).upper() if not sign.isspace() and sign not in "-—·."]
    if len(signs) != LINE_SIGNS or not set(signs) <= set(ALPHABET):
        return None
    total = number + sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(signs, 1))
    return "".join(signs) if total % len(ALPHABET) == 0 else None


def read_code(text: str) -> str:
    """Return the code of a sheet as it is used, from lines or words as typed.

    Raises:
        UserError: KEY-005 a line is not as it was printed; it is named.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) != LINES:
        together = "".join(unicodedata.normalize("NFKC", text).replace("-", "").split())
        lines = [together[at : at + LINE_SIGNS] for at in range(0, max(len(together), LINES * LINE_SIGNS), LINE_SIGNS)]
    read = [read_line(number, line) for number, line in enumerate(lines[:LINES], 1)]
    wrong = [str(number) for number, line in enumerate(read, 1) if line is None]
    if wrong or len(lines) > LINES:
        raise StorageProblem.SHEET_LINE_WRONG.error(lines=", ".join(wrong or [str(LINES)]))
    return "".join(line or "" for line in read)


def looks_like_code(text: str) -> bool:
    """Whether somebody typed the code of a sheet, be it with mistakes: as long as one, in signs like its."""
    signs = "".join(unicodedata.normalize("NFKC", text).upper().replace("-", "").split())
    return abs(len(signs) - LINES * LINE_SIGNS) <= 2 and signs.isascii() and signs.isalnum()


# --- wrapping and opening --------------------------------------------------------------------------------------------

Secret = Callable[[Slot], Iterable[bytes]]
"""Gives, for a slot it may open, the wrapping keys to try; nothing for others."""


def typed(text: str) -> Secret:
    """Return what a person typed: the password of anybody, or the code of the sheet.

    Raises (when it is used):
        UserError: KEY-002 the machine has too little memory to try a password.
    """

    def keys_for(slot: Slot) -> Iterable[bytes]:
        if slot.way is Way.PASSWORD:
            for form in forms_of(text):
                yield _from_password(form, slot)
        elif slot.way is Way.SHEET and looks_like_code(text):
            try:
                yield _stretched(read_code(text).encode(), slot)
            except UserError:
                return

    return keys_for


def of_machine(folder: Path) -> Secret:
    """Return what lies in a key folder for this machine; nothing where it is gone."""

    def keys_for(slot: Slot) -> Iterable[bytes]:
        path = folder / MACHINE_SECRET
        if slot.way is Way.MACHINE and path.is_file():
            yield _stretched(path.read_bytes(), slot)

    return keys_for


def of_county(key_file: Path) -> Secret:
    """Return the county's own device key, and those it had before, read from its key folder.

    Raises:
        UserError: KEY-008 the file holds no key of a device.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    path = key_file / PRIVATE_NAME if key_file.is_dir() else key_file
    # Whoever replaced its key still opens what was sealed for the former one.
    former = sorted(path.parent.glob(f"{FORMER_NAME.format('*')}{path.suffix}")) if path != key_file else []
    agreeing = []
    for each in (path, *former):
        try:
            private = load_ssh_private_key(each.read_bytes(), password=None)
            if not isinstance(private, Ed25519PrivateKey):
                raise ValueError("not an Ed25519 key")
        except (OSError, ValueError) as error:
            if each in former:
                continue
            raise StorageProblem.NO_COUNTY_KEY.error(path=path) from error
        secret = hashlib.sha512(private.private_bytes_raw()).digest()[:KEY_BYTES]
        agreeing.append(X25519PrivateKey.from_private_bytes(secret))

    def keys_for(slot: Slot) -> Iterable[bytes]:
        if slot.way is Way.COUNTY:
            for key in agreeing:
                yield _agreed(key, bytes.fromhex(slot.sender), slot)

    return keys_for


def _from_password(password: str, slot: Slot) -> bytes:
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        return Argon2id(salt=bytes.fromhex(slot.salt), length=KEY_BYTES, iterations=slot.passes, lanes=1,
                        memory_cost=slot.memory_kib).derive(password.encode())  # fmt: skip
    except MemoryError as error:
        raise StorageProblem.TOO_LITTLE_MEMORY.error(megabytes=slot.memory_kib // 1024) from error


def _stretched(secret: bytes, slot: Slot) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, bytes.fromhex(slot.salt), f"grassland-station {slot.way} slot".encode()).derive(
        secret
    )


def _agreed(private: X25519PrivateKey, other: bytes, slot: Slot) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    return _stretched(private.exchange(X25519PublicKey.from_public_bytes(other)), slot)


def _agreeing(public_line: str) -> bytes:
    """Return the X25519 key that belongs to an Ed25519 key (RFC 7748, the birational map)."""
    prime = 2**255 - 19
    y = int.from_bytes(raw_public(public_line), "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, -1, prime) % prime).to_bytes(KEY_BYTES, "little")


def _cipher(key: bytes, slot: Slot, *, wrap: bytes | None = None) -> bytes:
    """Wrap a data key, or open the one in the slot; a wrapping key is used once, so its nonce may stand still."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cipher, nonce = ChaCha20Poly1305(key), bytes(12)
    if wrap is not None:
        return cipher.encrypt(nonce, wrap, slot.bound())
    return cipher.decrypt(nonce, bytes.fromhex(slot.wrapped), slot.bound())


def _wrapped(slot: Slot, key: bytes, data_key: DataKey) -> Slot:
    return msgspec.structs.replace(slot, wrapped=_cipher(key, slot, wrap=data_key.secret).hex()).checked()


def open_slots(slots: Sequence[Slot], secret: Secret) -> DataKey:
    """Return the data key from the first slot that ``secret`` opens.

    Raises:
        UserError: as ``opened_slot``.
    """
    return opened_slot(slots, secret).data_key


def opened_slot(slots: Sequence[Slot], secret: Secret) -> Opened:
    """Return the first slot that ``secret`` opens, with what is in it.

    Raises:
        UserError: KEY-001 none opens (the ways there are, are named), KEY-003 those that might are damaged, KEY-002 too
            little memory to try.
    """
    from cryptography.exceptions import InvalidTag

    tried = damaged = 0
    for slot in slots:
        if not slot.is_sound():
            damaged += 1
            continue
        try:
            for key in secret(slot):
                tried += 1
                try:
                    found = DataKey(_cipher(key, slot))
                except InvalidTag:
                    continue
                if found.id == slot.data_key:
                    return Opened(found, slot, key)
        except ValueError:
            damaged += 1
    if damaged and not tried:
        raise StorageProblem.SLOT_DAMAGED.error(damaged=damaged)
    raise StorageProblem.DOES_NOT_OPEN.error(ways=_names_of(slots))


def _names_of(slots: Sequence[Slot]) -> Text:
    ways = list(dict.fromkeys(slot.way for slot in slots if slot.way is not Way.MACHINE))
    return Text("、".join(w.text.zh for w in ways) or "没有", ", ".join(w.text.en for w in ways) or "none")


def open_typed(slots: Sequence[Slot], text: str) -> Opened:
    """Return the slot that opens by what a person typed.

    Raises:
        UserError: as ``opened_slot``, KEY-005 it is the code of a sheet with a wrong line.
    """
    try:
        return opened_slot(slots, typed(text))
    except UserError as error:
        if error.code == StorageProblem.DOES_NOT_OPEN.code and looks_like_code(text):
            read_code(text)
        raise


def fingerprint(data_key_id: str) -> str:
    """Return the id of a data key as it is printed: in fours."""
    return " ".join(data_key_id[at : at + 4] for at in range(0, len(data_key_id), 4))


# --- the slots of a workspace ----------------------------------------------------------------------------------------


def read_slots(folder: Path) -> list[Slot]:
    """Return the slots in a key folder, damaged ones left out; passwords first, this machine last."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            slot = msgspec.json.decode(path.read_bytes(), type=Slot)
        except (OSError, msgspec.DecodeError):
            continue
        if slot.is_sound():
            found.append(slot)
    order = (Way.PASSWORD, Way.SHEET, Way.COUNTY, Way.MACHINE)
    return sorted(found, key=lambda slot: (order.index(slot.way), slot.label))


def damaged_slots(folder: Path) -> int:
    """Return how many slots in a key folder cannot be read any more."""
    return len(list(folder.glob(f"*{SUFFIX}"))) - len(read_slots(folder))


def opens_elsewhere(slots: Sequence[Slot]) -> bool:
    """Whether what is sealed with them opens on a machine that never saw the station."""
    return any(slot.way is not Way.MACHINE for slot in slots)


def asks(slots: Sequence[Slot]) -> bool:
    """Whether an encrypted database waits for what a person types: there is a password. A sheet lies locked away and a
    county's key is far, so they alone leave the machine its own way."""
    return any(slot.way is Way.PASSWORD for slot in slots)


# --- what is open in this process ------------------------------------------------------------------------------------

_OPEN: dict[Path, Opened] = {}


def keep_open(folder: Path, opened: Opened) -> None:
    """Remember what opened the workspace in ``folder``, as long as this process runs or until ``forget``."""
    _OPEN[folder.resolve()] = opened


def forget(folder: Path) -> None:
    """Forget the data keys of the workspace in ``folder`` and of what lies below."""
    here = folder.resolve()
    for path in [path for path in _OPEN if path.is_relative_to(here)]:
        del _OPEN[path]


def opened_at(path: Path) -> Opened | None:
    """Return what is open of the workspace that ``path`` is, or lies in; ``None`` where nothing is."""
    here = path.resolve()
    return next((found for above in (here, *here.parents) if (found := _OPEN.get(above)) is not None), None)


def key_for(path: Path) -> DataKey | None:
    """Return the data key of the workspace that ``path`` lies in: the one that is open, else by this machine.

    ``None`` where no slot lies near.

    Raises:
        UserError: KEY-010 somebody has to open it first, KEY-011 this machine's way is gone, and there is no other.
    """
    folder, found = None, None
    here = path.resolve()
    for above in (here, *here.parents):
        if folder is None and any((above / "keys").glob(f"*{SUFFIX}")):
            folder = above
        if (found := _OPEN.get(above)) is not None:
            break
    slots = read_slots(folder / "keys") if folder is not None else []
    if folder is None or found is not None and (not slots or found.data_key.id in {slot.data_key for slot in slots}):
        return found.data_key if found is not None else None
    if not asks(slots):
        with contextlib.suppress(UserError):
            keep_open(folder, _by_machine(folder / "keys"))
            return open_key(folder)
    raise locked(folder)


def locked(folder: Path) -> UserError:
    """Return what is said where nobody has opened the workspace in ``folder``."""
    slots = read_slots(folder / "keys")
    if not opens_elsewhere(slots) and not damaged_slots(folder / "keys"):
        return StorageProblem.NO_WAY_LEFT.error(folder=folder)
    return StorageProblem.LOCKED.error(folder=folder, ways=_names_of(slots))


def open_key(path: Path) -> DataKey | None:
    """Return the data key that is open for ``path``, ``None`` where none is."""
    found = opened_at(path)
    return found.data_key if found is not None else None


def of_this_process(folder: Path) -> Secret:
    """Return what opens slots without asking: what opened the workspace of a key folder, or this machine's secret."""
    opened, machine = opened_at(folder), of_machine(folder)

    def keys_for(slot: Slot) -> Iterable[bytes]:
        if opened is not None and slot.salt == opened.slot.salt:
            yield opened.wrapped_with
        yield from machine(slot)

    return keys_for


def own_key(folder: Path) -> DataKey:
    """Return the data key of a key folder without asking: the one that is open, else by this machine's own slot.

    Raises:
        UserError: KEY-004 nothing is open, and there is no slot of this machine, or it does not open.
    """
    found = open_key(folder)
    if found is not None and any(slot.data_key == found.id for slot in read_slots(folder)):
        return found
    return machine_key(folder)


def machine_key(folder: Path) -> DataKey:
    """Return the data key by this machine's own slot.

    Raises:
        UserError: KEY-004 there is no slot of this machine, or it does not open.
    """
    return _by_machine(folder).data_key


def _by_machine(folder: Path) -> Opened:
    try:
        return opened_slot([slot for slot in read_slots(folder) if slot.way is Way.MACHINE], of_machine(folder))
    except UserError as error:
        raise StorageProblem.MACHINE_SLOT_LOST.error(folder=folder) from error


def begin(
    folder: Path, data_key: DataKey | None = None, slots: Sequence[Slot] = (), *, machine: bool = True
) -> DataKey:
    """Return the data key of a key folder: the one there is, else a new one, with this machine's slot.

    ``data_key`` was opened another way (a restore, a lost slot): ``slots`` are laid beside it, and this machine gets a slot for
    it, unless it shall have none (``machine``).

    Raises:
        UserError: KEY-004 there are slots but none of this machine, KEY-007 the folder cannot be written.
    """
    if data_key is None and read_slots(folder):
        return own_key(folder)
    made = data_key or DataKey(secrets.token_bytes(KEY_BYTES))
    for slot in slots:
        if slot.way is not Way.MACHINE:
            _write(folder / slot.file_name, msgspec.json.encode(slot))
    if not machine:
        return made
    secret = secrets.token_bytes(KEY_BYTES)
    _write(folder / MACHINE_SECRET, secret)
    _keep(folder, made, Way.MACHINE, "", lambda slot: _stretched(secret, slot))
    return made


def set_password(folder: Path, password: str, label: str = "") -> DataKey:
    """Make or change the password of ``label``; the data key stays, so that every backup made before opens as before with
    the slots it carries.

    Raises:
        UserError: KEY-006 the password is too short, KEY-002 too little memory, KEY-007, KEY-004 as ``begin``.
    """
    normal = forms_of(password)[0]
    if len(normal.strip()) < SHORTEST:
        raise StorageProblem.PASSWORD_SHORT.error(shortest=SHORTEST)
    data_key = begin(folder)
    _keep(folder, data_key, Way.PASSWORD, label, partial(_from_password, normal), memory_kib=MEMORY_KIB, passes=PASSES)
    return data_key


def set_sheet(folder: Path, code: Sequence[str], typed_back: str) -> DataKey:
    """Make the slot of a printed sheet, once its code was typed back from the paper; a sheet printed before goes out of use
    here and opens the backups made while it was in use. ``code`` is what was printed, empty where only the paper knows it.

    Raises:
        UserError: KEY-005 a line was typed back otherwise than printed, KEY-007, KEY-004 as ``begin``.
    """
    back = read_code(typed_back)
    wrong = [str(n + 1) for n, line in enumerate(code) if back[n * LINE_SIGNS :][:LINE_SIGNS] != line]
    if wrong:
        raise StorageProblem.SHEET_LINE_WRONG.error(lines=", ".join(wrong))
    data_key = begin(folder)
    _keep(folder, data_key, Way.SHEET, "", lambda slot: _stretched(back.encode(), slot))
    return data_key


def set_county(folder: Path, public_line: str, label: str) -> DataKey:
    """Make a slot the county's device key opens; ``public_line`` is that of its card, ``label`` names the county.

    Raises:
        UserError: KEY-007, KEY-004 as ``begin``.
    """
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    data_key, passing, other = begin(folder), X25519PrivateKey.generate(), _agreeing(public_line)
    _keep(folder, data_key, Way.COUNTY, label, lambda slot: _agreed(passing, other, slot),
          sender=passing.public_key().public_bytes_raw().hex())  # fmt: skip
    return data_key


def first_way() -> tuple[Opened, dict[str, bytes]]:
    """Return a new data key with a slot of this machine, and what is to lie in a new key folder for it, by name."""
    data_key, secret = DataKey(secrets.token_bytes(KEY_BYTES)), secrets.token_bytes(KEY_BYTES)
    bare = Slot(Way.MACHINE, "", data_key.id, secrets.token_hex(16), "")
    key = _stretched(secret, bare)
    slot = _wrapped(bare, key, data_key)
    return Opened(data_key, slot, key), {MACHINE_SECRET: secret, slot.file_name: msgspec.json.encode(slot)}


def drop_machine(folder: Path) -> None:
    """Let this machine have no way of its own any more: what it is wrapped with goes first.

    Raises:
        OSError: it cannot be removed.
    """
    for path in (folder / MACHINE_SECRET, *folder.glob(f"{Way.MACHINE}*{SUFFIX}")):
        path.unlink(missing_ok=True)
    files.sync_folder(folder)


def wrapped_by_password(password: str, label: str, data_key: DataKey) -> Slot:
    """Return a slot that a password or PIN opens, for whoever keeps it elsewhere than in a key folder (accounts).

    Raises:
        UserError: KEY-002 too little memory.
    """
    bare = Slot(Way.PASSWORD, label, data_key.id, secrets.token_hex(16), "", MEMORY_KIB, PASSES)
    return _wrapped(bare, _from_password(forms_of(password)[0], bare), data_key)


def _keep(
    folder: Path, data_key: DataKey, way: Way, label: str, wrapping: Callable[[Slot], bytes], *, memory_kib: int = 0,
    passes: int = 0, sender: str = "",
) -> None:  # fmt: skip
    """Write a slot beside its name, open what was written, and give it its name."""
    bare = Slot(way, label, data_key.id, secrets.token_hex(16), "", memory_kib, passes, sender)
    key = wrapping(bare)
    slot = _wrapped(bare, key, data_key)

    def opened(part: Path) -> None:
        again = msgspec.json.decode(part.read_bytes(), type=Slot)
        if open_slots([again], lambda which: [wrapping(which)]) != data_key:
            raise OSError(0, "not as written", str(part))

    _write(folder / slot.file_name, msgspec.json.encode(slot), opened)
    before = _OPEN.get(folder.resolve().parent)
    if before is not None and before.slot.file_name == slot.file_name:
        keep_open(folder.parent, Opened(data_key, slot, key))


def _write(path: Path, content: bytes, look: Callable[[Path], None] = lambda part: None) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.writing(path, private=True) as file:
            file.write(content)
            file.flush()
            look(files.part_of(path))
        files.name_part(path)
    except OSError as error:
        raise StorageProblem.SLOT_NOT_WRITTEN.error(path=path, why=error.strerror) from error
