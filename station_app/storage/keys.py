"""The device key: Ed25519 in OpenSSH's own format, so that stock tools sign and verify with it."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

PRIVATE_NAME = "device.key"
PUBLIC_NAME = "device.pub"
NEW_PRIVATE_NAME, NEW_PUBLIC_NAME = "new.key", "new.pub"  # waiting to take their place (see ``separate``)


def make_device_key(folder: Path, comment: str, *, new: bool = False) -> str:
    """Write a new key pair into ``folder`` (private part readable by its owner alone) and return the public line.

    With ``new`` it waits beside the one in use.
    """
    from cryptography.hazmat.primitives import serialization  # not on the start path
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    descriptor = os.open(
        folder / (NEW_PRIVATE_NAME if new else PRIVATE_NAME), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
    )
    with os.fdopen(descriptor, "wb") as file:
        file.write(private)
    line = f"{public} {comment}"
    (folder / (NEW_PUBLIC_NAME if new else PUBLIC_NAME)).write_text(line + "\n", encoding="ascii")
    return line


def device_id_of(public_line: str) -> str:
    """Return the short name of a device: the first 10 hexadecimal digits of the SHA-256 of its public key."""
    return hashlib.sha256(base64.b64decode(public_line.split()[1])).hexdigest()[:10]
