"""The zip around a package: always the same bytes for the same content, and read with suspicion.

Written: fixed order, times, attributes and deflate level, no extra fields. (Deflate itself is the zlib of the machine; a
rare zlib that packs differently changes the zip's bytes but never the package's identity, which is the SHA-256 of its
``datapackage.json``.) Read: only names we write, nothing between, before or behind the entries, bounded sizes.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from station_app.domain.problems import UserError
from station_app.exchange.package.problems import PackageProblem

MANIFEST = "datapackage.json"
SIGNATURE = "datapackage.json.sig"
JOURNAL = "journal.csv"
DEFLATE_LEVEL = 3  # 40 % of the time of 6 for a sixth more bytes
TABLE_NAME = re.compile(r"records/([a-z][a-z0-9_]{0,62})(?:\.jsonl|(?:\.([a-z][a-z0-9_]{0,62}))?\.csv)\Z")
ATTACHMENT_NAME = re.compile(r"attachments/([0-9a-f]{64})\Z")

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may hold; far above anything a station sends."""

    manifest: int = 64 * MIB
    signature: int = 16 * 1024
    table: int = 2048 * MIB
    attachment: int = 256 * MIB
    total: int = 16 * 1024 * MIB
    entries: int = 200_000
    ratio: int = 200  # tables hold hashes: they never come near


LIMITS = Limits()
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = (stat.S_IFREG | 0o644) << 16
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, OverflowError, ValueError)


# --- writing ---------------------------------------------------------------------------------------------------------


class Sink:
    """Takes the bytes of one entry and knows their length and hash."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> None:
        self._digest.update(data)
        self.size += len(data)
        self._file.write(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


class ContainerWriter:
    """Writes a package's zip; the caller gives entries in their fixed order."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True)

    @contextmanager
    def entry(self, name: str, *, stored: bool = False) -> Iterator[Sink]:
        """Open the next entry; attachments are stored as they are, since photos do not shrink."""
        info = zipfile.ZipInfo(name, _FIXED_TIME)
        info.create_system = 3
        info.external_attr = _PLAIN_FILE
        info.compress_type = zipfile.ZIP_STORED if stored or name.startswith("attachments/") else zipfile.ZIP_DEFLATED
        info._compresslevel = DEFLATE_LEVEL  # type: ignore[attr-defined]
        with self._zip.open(info, "w") as file:
            yield Sink(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._zip.close()
        else:
            self._zip.fp = None  # given up: nothing is to be written any more


# --- reading ---------------------------------------------------------------------------------------------------------


class Member(io.RawIOBase):
    """The bytes of one entry, hashed while they are read; damage becomes a sentence."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file = file
        self._name = name
        self._digest = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self.read_some(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def read_some(self, size: int) -> bytes:
        """Return up to ``size`` bytes, none at the end.

        Raises:
            UserError: PKG-001 the entry is damaged, PKG-009 the medium is gone.
        """
        try:
            piece = self._file.read(size)
        except _BROKEN as error:
            raise PackageProblem.DAMAGED.error(self._name, detail=self._name) from error
        except OSError as error:
            raise PackageProblem.UNREADABLE.error(self._name, path=self._name, why=error.strerror) from error
        self._digest.update(piece)
        self.size += len(piece)
        return piece

    def drain(self) -> None:
        """Read what is left, so that length and hash are of the whole."""
        while self.read_some(MIB):
            pass

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def close(self) -> None:
        self._file.close()
        super().close()


class Container:
    """A package's zip, opened and looked over; nothing is unpacked to disk."""

    def __init__(self, path: Path, limits: Limits = LIMITS) -> None:
        """Open ``path``.

        Raises:
            UserError: PKG-001 … PKG-009, the first thing that is wrong with the file as a zip.
        """
        self.path = path
        self.limits = limits
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise PackageProblem.UNREADABLE.error(str(path), path=path, why=error.strerror) from error
        try:
            self._zip = zipfile.ZipFile(self._file)
            self._infos = self._looked_over()
        except _BROKEN as error:
            self._file.close()
            raise PackageProblem.DAMAGED.error(str(path), detail=_why(error)) from error
        except OSError as error:
            self._file.close()
            raise PackageProblem.UNREADABLE.error(str(path), path=path, why=error.strerror) from error
        except UserError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._file.close()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._infos)

    def file_sha256(self) -> str:
        """Return the SHA-256 of the whole file."""
        self._file.seek(0)
        return hashlib.file_digest(self._file, "sha256").hexdigest()

    def size(self, name: str) -> int:
        """Return the unpacked length of an entry as the zip states it."""
        return self._infos[name].file_size

    def open(self, name: str) -> Member:
        """Open an entry for reading.

        Raises:
            UserError: PKG-001 its head is damaged.
        """
        try:
            return Member(self._zip.open(self._infos[name]), name)
        except _BROKEN as error:
            raise PackageProblem.DAMAGED.error(name, detail=name) from error

    def read(self, name: str) -> bytes:
        """Return the whole of a small entry.

        Raises:
            UserError: PKG-001 it is damaged, PKG-007 there is none.
        """
        if name not in self._infos:
            raise PackageProblem.PART_MISSING.error(str(self.path), name=name)
        with self.open(name) as member:
            pieces = []
            while piece := member.read_some(MIB):
                pieces.append(piece)
            return b"".join(pieces)

    def _looked_over(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > self.limits.entries:
            raise PackageProblem.TOO_LARGE.error(
                str(self.path), name=self.path.name, size=len(infos), limit=self.limits.entries
            )
        seen: set[str] = set()
        for info in infos:
            plain = unicodedata.normalize("NFKC", info.orig_filename).casefold()
            if plain in seen:
                raise PackageProblem.DUPLICATE_NAME.error(str(self.path), name=_shown(info.orig_filename))
            seen.add(plain)
        total = 0
        for info in infos:
            self._check_entry(info)
            total += info.file_size
        if total > self.limits.total:
            raise PackageProblem.TOO_LARGE.error(
                str(self.path), name=self.path.name, size=_mib(total), limit=_mib(self.limits.total)
            )
        self._check_seams(infos)
        return {info.filename: info for info in infos}

    def _check_entry(self, info: zipfile.ZipInfo) -> None:
        name = info.orig_filename
        where = str(self.path)
        kind = stat.S_IFMT(info.external_attr >> 16)
        special = kind not in (0, stat.S_IFREG) or name.endswith("/") or info.external_attr & 0x10
        limit = self._limit(name)
        if limit is None and not special:
            raise PackageProblem.FOREIGN_NAME.error(where, name=_shown(name))
        if (
            special
            or limit is None
            or name != info.filename
            or info.flag_bits & ~0x0800
            or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        ):
            # Bit 3 (sizes behind the data) is what other packers write: the seams cannot be checked then.
            if not special and info.flag_bits & 0x0008 and limit is not None:
                raise PackageProblem.REPACKED.error(where)
            raise PackageProblem.NOT_A_FILE.error(where, name=_shown(name))
        if info.file_size > limit:
            raise PackageProblem.TOO_LARGE.error(where, name=name, size=_mib(info.file_size), limit=_mib(limit))
        if info.file_size > MIB and info.file_size > info.compress_size * self.limits.ratio:
            raise PackageProblem.SUSPICIOUS_RATIO.error(where, name=name)

    def _limit(self, name: str) -> int | None:
        if name == MANIFEST:
            return self.limits.manifest
        if name == SIGNATURE:
            return self.limits.signature
        if name == JOURNAL or TABLE_NAME.match(name):
            return self.limits.table
        if ATTACHMENT_NAME.match(name):
            return self.limits.attachment
        return None

    def _check_seams(self, infos: list[zipfile.ZipInfo]) -> None:
        """Entries follow each other without gap or overlap from the first byte to the directory, then the end."""
        place = directory = 0
        for info in infos:
            self._file.seek(info.header_offset)
            head = self._file.read(30)
            if len(head) < 30 or head[:4] != b"PK\x03\x04":
                raise zipfile.BadZipFile("an entry does not begin where the directory says")
            name_length, extra_length = struct.unpack("<HH", head[26:30])
            if info.header_offset != place or extra_length or name_length != len(info.orig_filename.encode()):
                raise PackageProblem.REPACKED.error(str(self.path))
            # Beside what we write the directory may say only where an entry lies that begins far behind.
            far = struct.pack("<HHQ", 1, 8, place) if place > zipfile.ZIP64_LIMIT else b""
            place += 30 + name_length + info.compress_size
            directory += 46 + name_length + len(info.extra) + len(info.comment)
            if info.comment or info.extra != far:
                raise PackageProblem.REPACKED.error(str(self.path))
        end = self._file.seek(0, io.SEEK_END)
        if self._zip.comment or self._zip.start_dir != place or end - place - directory not in (22, 22 + 20 + 56):
            raise PackageProblem.REPACKED.error(str(self.path))


def _shown(name: str) -> str:
    """Return a name from outside as it may be shown: no control characters, not endless."""
    plain = "".join(c if c.isprintable() else "?" for c in name)
    return plain if len(plain) <= 120 else plain[:117] + "..."


def _why(error: Exception) -> str:
    return str(error) or type(error).__name__


def _mib(size: int) -> str:
    return f"{size / MIB:.0f} MiB" if size >= MIB else f"{size} B"
