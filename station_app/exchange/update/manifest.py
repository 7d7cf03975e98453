"""What an update file says about itself: ``update.json``, signed as it stands.

::

    GrasslandStation-<version>.gsupdate     a zip, always the same bytes for the same content
      update.json                           format, product, version, released, minimum_from, minimum_workspace,
                                            notes (zh, en), files: platform -> name, size, sha256, unpacked
      update.json.sig                       SSH signature over update.json, namespace grassland-update
      files/<name>                          installers, one a platform, stored as they are
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import msgspec

from station_app.domain.program_version import is_version
from station_app.domain.text import Text
from station_app.exchange.package.strict_json import StrictJsonError, loads
from station_app.exchange.update.problems import UpdateProblem
from station_app.storage.canonical import canonical_bytes

FORMAT = 1
PRODUCT = "grassland-station"
NAMESPACE = "grassland-update"
PRINCIPAL = "grassland-release"
SUFFIX = ".gsupdate"
MANIFEST = "update.json"
SIGNATURE = "update.json.sig"
FOLDER = "files/"
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}\Z")
PLATFORM = re.compile(r"(?:windows|linux)-(?:x86_64|aarch64|loongarch64)-(?:setup|deb|rpm|portable)\Z")
MAX_NOTES = 4000


@dataclass(frozen=True, slots=True)
class Payload:
    """The installer for one platform. ``unpacked``: bytes it takes once installed, 0 when not known."""

    platform: str
    name: str
    size: int
    sha256: str
    unpacked: int = 0

    @property
    def entry(self) -> str:
        return FOLDER + self.name


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an update brings and what it asks for.

    Attributes:
        minimum_from: Oldest program version it may be installed over.
        minimum_workspace: Oldest workspace format the new program can bring up to date.
        files: By platform, such as ``linux-x86_64-deb``.
        raw: The bytes that are signed.
    """

    version: str
    released: date
    minimum_from: str
    minimum_workspace: int
    notes: Text
    files: dict[str, Payload]
    raw: bytes = b""

    @property
    def file_name(self) -> str:
        return f"GrasslandStation-{self.version}{SUFFIX}"


class _File(msgspec.Struct, frozen=True):
    name: str
    size: int
    sha256: str
    unpacked: int = 0


class _Notes(msgspec.Struct, frozen=True):
    zh: str
    en: str


class _Written(msgspec.Struct, frozen=True):
    format: int
    product: str
    version: str
    released: str
    minimum_from: str
    minimum_workspace: int
    notes: _Notes
    files: dict[str, _File]


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return ``update.json``: canonical JSON and a line end."""
    content: dict[str, object] = {
        "format": FORMAT, "product": PRODUCT, "version": manifest.version, "released": manifest.released.isoformat(),
        "minimum_from": manifest.minimum_from, "minimum_workspace": manifest.minimum_workspace,
        "notes": {"zh": manifest.notes.zh, "en": manifest.notes.en},
        "files": {
            each.platform: {"name": each.name, "size": each.size, "sha256": each.sha256, "unpacked": each.unpacked}
            for each in manifest.files.values()
        },
    }  # fmt: skip
    return canonical_bytes(content) + b"\n"


def read_manifest(raw: bytes, place: str) -> Manifest:
    """Return what ``update.json`` says; call it only after its signature was checked.

    Raises:
        UserError: UPD-003 another product, UPD-005 not to the format, UPD-006 a newer format.
    """
    try:
        content = loads(raw)
        if not isinstance(content, dict):
            raise ValueError("not an object")
        if content.get("product") != PRODUCT:
            raise UpdateProblem.NOT_AN_UPDATE.error(place, detail=f"product {str(content.get('product'))[:40]!r}")
        found = content.get("format")
        if isinstance(found, int) and found > FORMAT:
            raise UpdateProblem.NEWER_FORMAT.error(place, found=found, known=FORMAT)
        read = msgspec.convert(content, _Written)
        manifest = Manifest(
            read.version, date.fromisoformat(read.released), read.minimum_from, read.minimum_workspace,
            Text(read.notes.zh[:MAX_NOTES], read.notes.en[:MAX_NOTES]),
            {name: Payload(name, f.name, f.size, f.sha256, f.unpacked) for name, f in read.files.items()}, raw,
        )  # fmt: skip
        check(manifest)
    except (StrictJsonError, ValueError, msgspec.ValidationError) as error:
        raise UpdateProblem.BAD_MANIFEST.error(place, what=str(error)[:200]) from error
    return manifest


def check(manifest: Manifest) -> None:
    """Check what the types do not say.

    Raises:
        ValueError: the message says what.
    """
    for version in (manifest.version, manifest.minimum_from):
        if not is_version(version):
            raise ValueError(f"version {version[:40]!r}")
    if manifest.minimum_workspace < 1:
        raise ValueError("minimum_workspace")
    if not manifest.files:
        raise ValueError("no files")
    names = [each.name for each in manifest.files.values()]
    if len({name.casefold() for name in names}) != len(names):
        raise ValueError("a file is named twice")
    for each in manifest.files.values():
        if not PLATFORM.match(each.platform):
            raise ValueError(f"platform {each.platform[:40]!r}")
        if not FILE_NAME.match(each.name) or each.name.endswith("."):
            raise ValueError(f"file name {each.name[:40]!r}")
        if each.size < 1 or each.unpacked < 0 or not re.fullmatch(r"[0-9a-f]{64}", each.sha256):
            raise ValueError(f"size or hash of {each.name[:40]!r}")
