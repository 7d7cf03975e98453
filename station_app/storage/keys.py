"""The device key: Ed25519 in OpenSSH's own format, so that stock tools sign and verify with it."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from station_app.storage import files

PRIVATE_NAME = "device.key"
PUBLIC_NAME = "device.pub"
NEW_PRIVATE_NAME, NEW_PUBLIC_NAME = "new.key", "new.pub"  # waiting to take their place (see ``separate``)
FORMER_NAME = "former-{}"  # what a key is called, with its ending, once another took its place


def make_device_key(folder: Path, comment: str, *, new: bool = False) -> str:
    """Write a new key pair into ``folder`` (readable by its owner alone), on the disk when it returns; return the public line.

    With ``new`` it waits beside the one in use. Where the public part is, the private one is.
    """
    private, line = device_key(comment)
    files.write_whole(folder / (NEW_PRIVATE_NAME if new else PRIVATE_NAME), private, private=True)
    files.write_whole(folder / (NEW_PUBLIC_NAME if new else PUBLIC_NAME), f"{line}\n".encode("ascii"), private=True)
    return line


def device_key(comment: str) -> tuple[bytes, str]:
    """Make a key pair: the private part as it lies in its file, and the public line."""
    from cryptography.hazmat.primitives import serialization  # not on the start path
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    return private, f"{public} {comment.encode('ascii', 'ignore').decode().replace(' ', '-') or 'device'}"


def raw_public(public_line: str) -> bytes:
    """Return the 32 bytes of an Ed25519 key from its OpenSSH line."""
    return base64.b64decode(public_line.split()[1])[-32:]


def device_id_of(public_line: str) -> str:
    """Return the short name of a device: the first 10 hexadecimal digits of the SHA-256 of its public key."""
    return hashlib.sha256(base64.b64decode(public_line.split()[1])).hexdigest()[:10]


def belong_together(private: bytes, public_line: str) -> bool:
    """Whether a private part says that it belongs to this public one; what is secret in it is not looked at.

    Raises:
        ValueError, IndexError: one of them is no key.
    """
    return base64.b64decode(public_line.split()[1]) in base64.b64decode(b"".join(private.splitlines()[1:-1]))
