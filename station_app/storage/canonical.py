"""One sequence of bytes for one meaning: canonical JSON (RFC 8785) and the hash that names a version.

Our values are text, whole numbers, booleans, lists and objects; decimals travel as text. For these RFC 8785 asks for
keys sorted by UTF-16 code units, no blanks, and the shortest escapes: what msgspec's sorted encoder does once keys are
plain ASCII and no number is a float (a test holds it against the standard library's). Anything else is refused.
"""

from __future__ import annotations

import hashlib

import msgspec

encode_sorted = msgspec.json.Encoder(order="sorted").encode


def canonical_bytes(value: object) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value.

    Keys must be ASCII (ours are); then code-point order is UTF-16 order.

    Raises:
        ValueError: a float, a lone surrogate or a non-ASCII key is inside.
    """
    refuse_unsafe(value)
    return encode_sorted(value)


def refuse_unsafe(value: object) -> None:
    """Raise ``ValueError`` for what has no single canonical form here."""
    if isinstance(value, float):
        raise ValueError("floats have no place in a version")
    if isinstance(value, dict):
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise ValueError(f"key {key!r} is not ASCII text")
            refuse_unsafe(item)
    elif isinstance(value, list | tuple):
        for item in value:
            refuse_unsafe(item)
    elif not (value is None or isinstance(value, str | int)):
        raise ValueError(f"{type(value).__name__} has no canonical form")


def version_hash(content: dict[str, object]) -> str:
    """Return the SHA-256 (hex) of a version's content; ``content`` is known to hold safe values.

    Raises:
        ValueError: a lone surrogate or NaN is inside.
    """
    return hashlib.sha256(encode_sorted(content)).hexdigest()
