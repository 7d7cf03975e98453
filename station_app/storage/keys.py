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


def sign(folder: Path, message: bytes) -> str:
    """Return the signature of the device key in ``folder`` under a message, 128 hexadecimal digits.

    Raises:
        OSError, ValueError: the key cannot be read.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    private = load_ssh_private_key((folder / PRIVATE_NAME).read_bytes(), password=None)
    if not isinstance(private, Ed25519PrivateKey):
        raise ValueError("not an Ed25519 key")
    return private.sign(message).hex()


def has_signed(public_line: str, message: bytes, signature: str) -> bool:
    """Whether the key of an OpenSSH line signed a message; what is no key or no signature did not."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(raw_public(public_line)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError, IndexError):
        return False
    return True


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
