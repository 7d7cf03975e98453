"""Photos and scans: files named by the SHA-256 of their content; records refer to that name.

Beside a file stands what it was called where it came from (``NAME.about``, JSON): a record names content, and the same
content has one name here. A name that is not known (attached by an older program) is no fault. Names come from outside and
are made harmless before they are used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from station_app.domain.problems import UserError
from station_app.storage import files
from station_app.storage.problems import StorageProblem

MAX_BYTES = 50 * 1024 * 1024
MAX_NAME = 120  # characters, so that no file system finds it too long
UNKNOWN_TYPE = "application/octet-stream"
MEDIA_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "bmp": "image/bmp",
    "webp": "image/webp", "heic": "image/heic", "tif": "image/tiff", "tiff": "image/tiff", "pdf": "application/pdf",
    "txt": "text/plain", "csv": "text/csv", "json": "application/json", "xml": "application/xml",
    "zip": "application/zip", "doc": "application/msword", "xls": "application/vnd.ms-excel",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet", "odt": "application/vnd.oasis.opendocument.text",
    "kml": "application/vnd.google-earth.kml+xml", "geojson": "application/geo+json", "ofd": "application/ofd",
    "mp4": "video/mp4", "mov": "video/quicktime", "mp3": "audio/mpeg", "m4a": "audio/mp4",
}  # fmt: skip
# What a double click would run instead of show, on Windows or Linux.
_PROGRAMS = frozenset((
    "exe", "com", "scr", "pif", "bat", "cmd", "ps1", "psm1", "vbs", "vbe", "js", "jse", "wsf", "wsh", "hta", "msi",
    "msp", "msc", "cpl", "jar", "lnk", "url", "scf", "reg", "inf", "chm", "gadget", "app", "application", "appref-ms",
    "appimage", "run", "sh", "bash", "zsh", "csh", "ksh", "command", "desktop", "py", "pyw", "pyc", "pl", "rb", "php",
    "bin", "out", "elf", "so", "dll", "sys", "drv", "deb", "rpm", "apk", "vhd", "vhdx", "iso", "img",
))  # fmt: skip
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"L\x00\x00\x00\x01\x14\x02\x00")
_FORBIDDEN = frozenset('<>:"/\\|?*')
_DEVICES = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{n}{i}" for n in ("COM", "LPT") for i in range(1, 10))})


@dataclass(frozen=True, slots=True)
class About:
    """What a file was called, and its media type; ``name`` is empty where nobody knows."""

    name: str = ""
    media_type: str = UNKNOWN_TYPE


def clean_name(name: str) -> str:
    """Return a file name as it may stand on any system: no folder, no sign that hides or turns letters, not too long.

    Empty when nothing is left of it.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C" and c not in _FORBIDDEN)
    stem, dot, ending = kept.strip(" .").rpartition(".")
    if not stem:
        stem, dot, ending = ending, "", ""
    ending = ending[:20]
    while stem and len(f"{stem}{dot}{ending}") > MAX_NAME or len(f"{stem}{dot}{ending}".encode()) > 2 * MAX_NAME:
        stem = stem[:-1]
    if stem.partition(".")[0].strip().upper() in _DEVICES:
        stem = f"_{stem}"
    return f"{stem.rstrip(' ')}{dot}{ending}" if stem.strip() else ""


def about_file(name: str) -> About:
    """Return what is kept of a file that is called so."""
    clean = clean_name(name)
    return About(clean, MEDIA_TYPES.get(clean.rpartition(".")[2].lower(), UNKNOWN_TYPE))


class Attachments:
    """The attachment folder of a workspace. Files are written once and never changed."""

    def __init__(self, folder: Path, before_writing: Callable[[], None] = lambda: None) -> None:
        self._folder = folder
        self._before_writing = before_writing  # raises where nothing may be written
        self._opened: Path | None = None

    def path(self, name: str) -> Path:
        """Return where an attachment is, or would be."""
        return self._folder / name

    def has(self, name: str) -> bool:
        """Whether the file is here."""
        return self.path(name).is_file()

    def about(self, name: str) -> About:
        """Return what an attachment is called; what is not known, or cannot be read, is an empty name."""
        try:
            said = json.loads(self._about_path(name).read_text(encoding="utf-8"))
            return about_file(said["name"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return About()

    def describe(self, name: str, about: About) -> None:
        """Keep what an attachment is called; the name it got first stands.

        Raises:
            UserError: WSP-022 the folder cannot be written.
        """
        if about.name and not self.about(name).name:
            said = json.dumps({"name": about.name, "media_type": about.media_type}, ensure_ascii=False)
            self._write(self._about_path(name), said.encode(), about.name)

    def add(self, source: Path) -> str:
        """Copy a file in and return its name; durable when it returns, nothing half-written stays.

        Raises:
            UserError: WSP-020 the file cannot be read, WSP-021 it is larger than 50 MB, WSP-022 it cannot be kept.
        """
        try:
            content = source.read_bytes() if source.stat().st_size <= MAX_BYTES else None
        except OSError as error:
            raise StorageProblem.SOURCE_UNREADABLE.error(source=source.name, why=error.strerror) from error
        if content is None:
            raise StorageProblem.TOO_LARGE.error(source=source.name)
        return self.keep(content, source.name)

    def keep(self, content: bytes, file_name: str = "") -> str:
        """Keep these bytes, which came from a file of this name, and return their own.

        Raises:
            UserError: WSP-022 the folder cannot be written.
        """
        name = hashlib.sha256(content).hexdigest()
        if not self.has(name):
            self._write(self.path(name), content, file_name)
        self.describe(name, about_file(file_name))
        return name

    def _about_path(self, name: str) -> Path:
        return self._folder / f"{name}.about"

    def _write(self, target: Path, content: bytes, shown_name: str) -> None:
        self._before_writing()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            files.write_whole(target, content)
        except OSError as error:
            raise StorageProblem.NOT_KEPT.error(shown_name=shown_name, why=error.strerror) from error

    # --- looking at one with another program ----------------------------------------------------------------------------

    def copy_to_open(self, name: str, ending: str = "") -> Path:
        """Return a read-only copy under its own name, for the system to open; ``ending`` where it has no name.

        Raises:
            UserError: WSP-023 the file is not here, WSP-024 it is a program: it would be run, not shown.
        """
        shown = self.about(name).name or f"{name[:12]}.{ending}".rstrip(".")
        try:
            with self.path(name).open("rb") as file:
                start = file.read(16)
        except OSError as error:
            raise self._not_here(shown) from error
        if shown.rpartition(".")[2].lower() in _PROGRAMS or start.startswith(_PROGRAM_STARTS):
            raise StorageProblem.A_PROGRAM.error(shown=shown)
        if self._opened is None:
            self._opened = Path(tempfile.mkdtemp(prefix="grassland-station-"))
        target = self._opened / name[:12] / shown
        try:
            target.parent.mkdir(exist_ok=True)
            if not target.exists():
                shutil.copyfile(self.path(name), target)
                target.chmod(0o444)  # what is changed in it would be lost
        except OSError as error:
            raise self._not_here(shown) from error
        return target

    def save_copy(self, name: str, target: Path) -> None:
        """Write a copy where a person wants it.

        Raises:
            UserError: WSP-023 the file is not here, or the copy cannot be written.
        """
        try:
            with self.path(name).open("rb") as kept, files.writing(target) as file:
                shutil.copyfileobj(kept, file)
            files.name_part(target)
        except OSError as error:
            raise self._not_here(target.name) from error

    def forget_copies(self) -> None:
        """Take away the copies made for opening, as far as nobody holds them open."""
        if self._opened is not None:
            for copy in self._opened.rglob("*"):
                with contextlib.suppress(OSError):
                    copy.chmod(0o700 if copy.is_dir() else 0o600)
            shutil.rmtree(self._opened, ignore_errors=True)
            self._opened = None

    def _not_here(self, shown: str) -> UserError:
        return StorageProblem.ATTACHMENT_UNREADABLE.error(shown=shown)
