"""One sealed file: a head anybody can read, content only the data key opens, and a foot that shows every damage.

    grassland-station sealed 1⏎         what it is
    {…}⏎                                the head: id of the data key, its slots, what the content is about (JSON)
    <sha-256 of the two lines>⏎
    chunks                              64 KiB each and its tag of 16 bytes: ChaCha20-Poly1305 with a key for this file alone
                                        (HKDF of the data key, a salt and the head); the nonce counts the chunks and marks the
                                        last, so that none is left out, moved or added
    length (8 bytes), sha-256 (32)      of all that stands before

Written and read in flat memory. Damage by chance is found without any key by the foot; what was changed on purpose does not
open, be it in the head or the content.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, NoReturn, Self

import msgspec

from station_app.domain.problems import UserError
from station_app.storage.backup import SEALED_SUFFIX
from station_app.storage.key_slots import KEY_BYTES, DataKey, Slot
from station_app.storage.problems import StorageProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

MAGIC = b"grassland-station sealed 1\n"
MAX_HEAD = 256 * 1024
CHUNK = 64 * 1024
TAG = 16
FOOT = 8 + 32
_DIGEST_LINE = 65


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a sealed file says to everybody.

    Attributes:
        about: What the content is; nothing in it names a person.
    """

    data_key: str
    salt: str
    slots: tuple[Slot, ...]
    about: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file whose head was read and whose length is right.

    Attributes:
        start: Where the chunks begin, bytes.
        end: Where the foot begins, bytes.
        bound: Digest of the head; part of the key.
    """

    path: Path
    head: Head
    start: int
    end: int
    bound: bytes


def _file_cipher(data_key: DataKey, salt: str, bound: bytes) -> ChaCha20Poly1305:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = b"grassland-station sealed file" + bound
    return ChaCha20Poly1305(HKDF(SHA256(), KEY_BYTES, bytes.fromhex(salt), info).derive(data_key.secret))


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


class Sealing:
    """Seals what is written to it into an open file; ``finish`` writes the last chunk and the foot."""

    def __init__(
        self, file: IO[bytes], data_key: DataKey, slots: tuple[Slot, ...], about: dict[str, str | int]
    ) -> None:
        self._file = file
        self._whole, self._length = hashlib.sha256(), 0
        head = Head(data_key.id, secrets.token_hex(16), slots, about)
        lines = MAGIC + msgspec.json.encode(head) + b"\n"
        bound = hashlib.sha256(lines)
        self._put(lines + bound.hexdigest().encode() + b"\n")
        self._cipher = _file_cipher(data_key, head.salt, bound.digest())
        self._waiting, self._number = bytearray(), 0

    def _put(self, piece: bytes) -> None:
        self._file.write(piece)
        self._whole.update(piece)
        self._length += len(piece)

    def _chunk(self, content: bytes, *, last: bool) -> None:
        self._put(self._cipher.encrypt(_nonce(self._number, last), content, None))
        self._number += 1

    def write(self, content: bytes) -> int:
        """Take more content."""
        self._waiting += content
        while len(self._waiting) > CHUNK:
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(content)

    def finish(self) -> None:
        """Write what is left, and the foot."""
        self._chunk(bytes(self._waiting), last=True)
        self._file.write(self._length.to_bytes(8, "big") + self._whole.digest())


def read_head(path: Path) -> SealedFile:
    """Return what a sealed file says of itself; reads its head and foot alone.

    Raises:
        UserError: WSP-030 it is no sealed file, WSP-033 its head is damaged or it is cut off.
    """
    try:
        with path.open("rb") as file:
            return _read_head(path, file)
    except OSError as error:
        raise StorageProblem.NOT_A_BACKUP.error(backup=path.name, suffix=SEALED_SUFFIX) from error


def _read_head(path: Path, file: IO[bytes]) -> SealedFile:
    first = file.readline(len(MAGIC))
    if first != MAGIC:
        raise StorageProblem.NOT_A_BACKUP.error(backup=path.name, suffix=SEALED_SUFFIX)
    line = file.readline(MAX_HEAD)
    said = file.read(_DIGEST_LINE)
    bound = hashlib.sha256(first + line)
    start = file.tell()
    end = file.seek(0, 2) - FOOT
    if said != bound.hexdigest().encode() + b"\n" or end < start + TAG:
        raise _damaged(path, 0)
    file.seek(end)
    if int.from_bytes(file.read(8), "big") != end:
        raise _damaged(path, end)
    try:
        head = msgspec.json.decode(line, type=Head)
        if len(head.salt) != 32:
            raise ValueError("salt")
        bytes.fromhex(head.salt)
    except (msgspec.DecodeError, ValueError) as error:
        raise _damaged(path, 0) from error
    return SealedFile(path, head, start, end, bound.digest())


def check_whole(sealed: SealedFile) -> None:
    """Read the whole file and compare it with its foot; no key is needed.

    Raises:
        UserError: WSP-033 it is not as it was written, or cannot be read.
    """
    try:
        with sealed.path.open("rb") as file:
            _compare_foot(sealed, file, _digest_until(file, sealed.end))
    except OSError as error:
        raise _damaged(sealed.path, 0) from error


def _digest_until(file: IO[bytes], end: int) -> bytes:
    whole = hashlib.sha256()
    while left := end - file.tell():
        piece = file.read(min(left, 1 << 20))
        if not piece:
            break
        whole.update(piece)
    return whole.digest()


def _compare_foot(sealed: SealedFile, file: IO[bytes], digest: bytes) -> None:
    file.seek(sealed.end)
    if file.read() != sealed.end.to_bytes(8, "big") + digest:
        raise _damaged(sealed.path, sealed.end)


def _damaged(path: Path, at: int) -> UserError:
    return StorageProblem.SEALED_DAMAGED.error(backup=path.name, at=at)


def does_not_fit(sealed: SealedFile, data_key: DataKey) -> UserError:
    """Return what is said where a data key was opened, and the file belongs to another."""
    return StorageProblem.DOES_NOT_FIT.error(backup=sealed.path.name, theirs=sealed.head.data_key, ours=data_key.id)


class Opening:
    """Reads the content of a sealed file in order; ``finish`` makes sure that all of it was there and whole."""

    def __init__(self, sealed: SealedFile, data_key: DataKey) -> None:
        """Open the file.

        Raises:
            UserError: WSP-034 the data key is another one.
        """
        if data_key.id != sealed.head.data_key:
            raise does_not_fit(sealed, data_key)
        self._sealed = sealed
        self._file = sealed.path.open("rb")
        self._whole = hashlib.sha256(self._file.read(sealed.start))
        self._cipher = _file_cipher(data_key, sealed.head.salt, sealed.bound)
        self._ready, self._number, self._done = bytearray(), 0, False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def _fail(self) -> NoReturn:
        raise _damaged(self._sealed.path, self._sealed.start + self._number * (CHUNK + TAG))

    def _next(self) -> None:
        from cryptography.exceptions import InvalidTag

        left = self._sealed.end - self._file.tell()
        piece = self._file.read(min(left, CHUNK + TAG))
        self._whole.update(piece)
        self._done = left <= CHUNK + TAG
        try:
            self._ready += self._cipher.decrypt(_nonce(self._number, self._done), piece, None)
        except InvalidTag:
            self._fail()
        self._number += 1

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes of content, fewer only at its end.

        Raises:
            UserError: WSP-033 what comes next is damaged.
        """
        while len(self._ready) < size and not self._done:
            self._next()
        piece = bytes(self._ready[:size])
        del self._ready[:size]
        return piece

    def finish(self) -> None:
        """Read on to the end and compare with the foot.

        Raises:
            UserError: WSP-033 the file is damaged, or holds more than belongs to it.
        """
        while not self._done:
            self._ready.clear()
            self._next()
        _compare_foot(self._sealed, self._file, self._whole.digest())
