"""SSH signatures (sshsig, Ed25519): a third party checks them with ``ssh-keygen -Y verify`` and none of our code.

Layout (PROTOCOL.sshsig of OpenSSH): the signed bytes are ``SSHSIG | namespace | reserved | "sha512" | SHA-512(file)``;
the signature file is ``SSHSIG | version 1 | public key | namespace | reserved | "sha512" | signature``, base64 in lines
of 70 between two marks. Ed25519 is deterministic, so ours equals byte for byte what ``ssh-keygen -Y sign`` writes.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from station_app.exchange.package.problems import PackageProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAMESPACE = "grassland-package"
CARD_NAMESPACE = "grassland-card"
KEY_TYPE = "ssh-ed25519"
_MAGIC = b"SSHSIG"
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"
_CHUNK = 1 << 20
MAX_SIGNATURE_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 public key: the 51 bytes that stand in base64 in an OpenSSH line."""

    blob: bytes
    comment: str = field(default="", compare=False)

    @property
    def line(self) -> str:
        """The OpenSSH line without comment."""
        return f"{KEY_TYPE} {base64.b64encode(self.blob).decode()}"

    @property
    def fingerprint(self) -> str:
        """What two people compare on the telephone, as ``ssh-keygen -l`` prints it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).decode().rstrip("=")

    @property
    def raw(self) -> bytes:
        return self.blob[-32:]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature file says, before anything is believed."""

    key: PublicKey
    namespace: str
    signature: bytes


class BadSignature(ValueError):
    """The signature does not fit the bytes, or is not a signature of the kind we use."""


# --- keys ------------------------------------------------------------------------------------------------------------


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _split(blob: bytes) -> list[bytes]:
    parts, place = [], 0
    while place < len(blob):
        if place + 4 > len(blob):
            raise BadSignature("cut short")
        (length,) = struct.unpack_from(">I", blob, place)
        place += 4
        if place + length > len(blob):
            raise BadSignature("cut short")
        parts.append(blob[place : place + length])
        place += length
    return parts


def _key_of(blob: bytes, comment: str = "") -> PublicKey:
    parts = _split(blob)
    if len(parts) != 2 or parts[0] != KEY_TYPE.encode() or len(parts[1]) != 32:
        raise BadSignature("not an Ed25519 key")
    return PublicKey(blob, comment)


def read_public_line(line: str) -> PublicKey:
    """Return the key of an OpenSSH public key line.

    Raises:
        ValueError: it is not an ``ssh-ed25519`` line.
    """
    parts = line.strip().split(None, 2)
    if len(parts) < 2 or parts[0] != KEY_TYPE:
        raise ValueError("not an ssh-ed25519 key line")
    try:
        blob = base64.b64decode(parts[1], validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    return _key_of(blob, parts[2] if len(parts) > 2 else "")


class SigningKey:
    """A device's private key, read from its OpenSSH file."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        self._private = private
        self.public = read_public_line(
            private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        )

    @classmethod
    def read(cls, path: Path) -> SigningKey:
        """Read an OpenSSH private key file without passphrase.

        Raises:
            UserError: PKG-030 the file is missing, unreadable or no Ed25519 key.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_ssh_private_key

        try:
            key = load_ssh_private_key(path.read_bytes(), password=None)
            if not isinstance(key, Ed25519PrivateKey):
                raise ValueError("not an Ed25519 key")
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise PackageProblem.NO_DEVICE_KEY.error(str(path), path=path) from error
        return cls(key)

    def sign(self, file: IO[bytes], namespace: str = NAMESPACE) -> str:
        """Return the signature file for what ``file`` holds, read in pieces."""
        digest = _digest(file)
        body = _MAGIC + _string(namespace.encode()) + _string(b"") + _string(b"sha512") + _string(digest)
        signature = _string(KEY_TYPE.encode()) + _string(self._private.sign(body))
        blob = (
            _MAGIC + struct.pack(">I", 1) + _string(self.public.blob) + _string(namespace.encode()) + _string(b"")
            + _string(b"sha512") + _string(signature)
        )  # fmt: skip
        text = base64.b64encode(blob).decode()
        lines = [text[start : start + 70] for start in range(0, len(text), 70)]
        return "\n".join([_BEGIN, *lines, _END, ""])


def _digest(file: IO[bytes]) -> bytes:
    digest = hashlib.sha512()
    while piece := file.read(_CHUNK):
        digest.update(piece)
    return digest.digest()


# --- checking --------------------------------------------------------------------------------------------------------


def parse_signature(text: bytes) -> Signature:
    """Return what a signature file says.

    Raises:
        BadSignature: it is not an sshsig file with an Ed25519 key and SHA-512.
    """
    try:
        lines = text.decode("ascii").strip().splitlines()
        if len(text) > MAX_SIGNATURE_BYTES or len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
            raise BadSignature("no signature marks")
        blob = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (UnicodeDecodeError, binascii.Error) as error:
        raise BadSignature("not a signature file") from error
    if blob[:6] != _MAGIC or blob[6:10] != struct.pack(">I", 1):
        raise BadSignature("not sshsig version 1")
    parts = _split(blob[10:])
    if len(parts) != 5 or parts[2] != b"" or parts[3] != b"sha512":
        raise BadSignature("not a SHA-512 signature")
    inner = _split(parts[4])
    if len(inner) != 2 or inner[0] != KEY_TYPE.encode() or len(inner[1]) != 64:
        raise BadSignature("not an Ed25519 signature")
    return Signature(_key_of(parts[0]), parts[1].decode("utf-8", "replace"), inner[1])


def check_signature(signature: Signature, file: IO[bytes], namespace: str = NAMESPACE) -> None:
    """Check that ``signature`` is by its key over what ``file`` holds, for ``namespace``.

    Raises:
        BadSignature: it is not. Whether the key is known is another question (``Signers.who``).
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if signature.namespace != namespace:
        raise BadSignature(f"made for {signature.namespace!r}")
    body = _MAGIC + _string(namespace.encode()) + _string(b"") + _string(b"sha512") + _string(_digest(file))
    try:
        Ed25519PublicKey.from_public_bytes(signature.key.raw).verify(signature.signature, body)
    except (InvalidSignature, ValueError) as error:
        raise BadSignature("does not fit the content") from error


@dataclass(frozen=True, slots=True)
class Signer:
    """One line of an ``allowed_signers`` file: who may sign with which key, for what and when."""

    principals: str
    key: PublicKey
    namespaces: str = ""
    valid_after: datetime | None = None
    valid_before: datetime | None = None

    def line(self) -> str:
        """Return the line as OpenSSH reads it."""
        options = [f'namespaces="{self.namespaces}"'] if self.namespaces else []
        for name, moment in (("valid-after", self.valid_after), ("valid-before", self.valid_before)):
            if moment is not None:
                options.append(f'{name}="{moment.astimezone(UTC):%Y%m%d%H%M%S}Z"')
        parts = [self.principals, *([",".join(options)] if options else []), self.key.line, self.key.comment]
        return " ".join(p for p in parts if p)

    def allows(self, namespace: str, at: datetime) -> bool:
        """Whether the key may sign for ``namespace`` at this moment (both ends as OpenSSH counts them)."""
        if self.namespaces and not matches(namespace, self.namespaces):
            return False
        if self.valid_after is not None and at < self.valid_after:
            return False
        return self.valid_before is None or at <= self.valid_before


@dataclass(frozen=True)
class Signers:
    """Keys whose signatures are known here, and keys that were withdrawn."""

    signers: tuple[Signer, ...] = ()
    revoked: frozenset[bytes] = frozenset()

    def with_key(self, key: PublicKey) -> list[Signer]:
        return [s for s in self.signers if s.key == key]

    def is_revoked(self, key: PublicKey) -> bool:
        return key.blob in self.revoked


def matches(name: str, patterns: str) -> bool:
    """Match a name against an OpenSSH pattern list: commas, ``*``, ``?``, and ``!`` for what is excluded."""
    found = False
    for pattern in patterns.split(","):
        negated = pattern.startswith("!")
        # fnmatch also knows [sets], which OpenSSH does not: take brackets literally.
        plain = (pattern[1:] if negated else pattern).replace("[", "[[]")
        if plain and fnmatch.fnmatchcase(name, plain):
            if negated:
                return False
            found = True
    return found


_LINE = re.compile(r'\s*(?P<principals>"[^"]*"|\S+)\s+(?P<rest>.*\S)\s*\Z')
_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:="(?P<value>(?:[^"\\]|\\.)*)")?(?:,|\Z)')


def _moment(text: str) -> datetime:
    form = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
    digits = text.rstrip("Zz")
    if len(digits) not in form:
        raise ValueError(f"not a time: {text}")
    moment = datetime.strptime(digits, form[len(digits)])
    return moment.replace(tzinfo=UTC) if text != digits else moment.astimezone()


def parse_allowed_signers(text: str) -> tuple[Signer, ...]:
    """Return the Ed25519 lines of an ``allowed_signers`` file; lines of other key kinds are left out.

    Raises:
        ValueError: a line cannot be read; the message names it.
    """
    signers = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            signer = _parse_line(line)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
        if signer is not None:
            signers.append(signer)
    return tuple(signers)


def _parse_line(line: str) -> Signer | None:
    found = _LINE.match(line)
    if found is None:
        raise ValueError("no key")
    principals, rest = found["principals"].strip('"'), found["rest"]
    options: dict[str, str] = {}
    if not re.match(r"(ssh-|ecdsa-|sk-)", rest):
        text, rest = _cut_options(rest)
        place = 0
        while place < len(text):
            option = _OPTION.match(text, place)
            if option is None or option.end() == place:
                raise ValueError("options cannot be read")
            options[option["name"].lower()] = option["value"] or ""
            place = option.end()
    unknown = set(options) - {"namespaces", "valid-after", "valid-before", "cert-authority"}
    if unknown:
        raise ValueError(f"unknown option {sorted(unknown)[0]}")
    if "cert-authority" in options or not rest.startswith(KEY_TYPE + " "):
        return None
    return Signer(
        principals,
        read_public_line(rest),
        options.get("namespaces", ""),
        _moment(options["valid-after"]) if "valid-after" in options else None,
        _moment(options["valid-before"]) if "valid-before" in options else None,
    )


def _cut_options(text: str) -> tuple[str, str]:
    quoted = False
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character in " \t" and not quoted:
            return text[:place], text[place:].strip()
    raise ValueError("no key")


def read_signers(path: Path, revoked: Path | None = None) -> Signers:
    """Read an ``allowed_signers`` file and, where there is one, the list of revoked keys beside it (``revoked_keys``).

    Raises:
        UserError: PKG-031 a file is missing or cannot be read.
    """
    beside = revoked or path.with_name("revoked_keys")
    try:
        signers = parse_allowed_signers(path.read_text(encoding="utf-8"))
        withdrawn: set[bytes] = set()
        if beside.exists() or revoked is not None:
            lines: Iterable[str] = beside.read_text(encoding="utf-8").splitlines()
            withdrawn = {read_public_line(t).blob for t in lines if t.strip() and not t.lstrip().startswith("#")}
    except (OSError, ValueError) as error:
        why: object = error.strerror if isinstance(error, OSError) else error
        raise PackageProblem.BAD_SIGNERS_FILE.error(str(path), path=path, why=why) from error
    return Signers(signers, frozenset(withdrawn))
