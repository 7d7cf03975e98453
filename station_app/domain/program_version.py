"""Versions of the program, such as ``0.1.0``: what is newer than what."""

from __future__ import annotations

import re

_VERSION = re.compile(r"\d{1,5}(?:\.\d{1,5}){1,3}\Z")
_HEAD = re.compile(r"\d{1,5}(?:\.\d{1,5})*")


def is_version(text: str) -> bool:
    """Whether a text is a released version: two to four numbers with points between."""
    return _VERSION.match(text) is not None


def version_key(text: str) -> tuple[int, ...]:
    """Return what versions are compared by; ``1.0`` equals ``1.0.0``, and what follows the numbers does not count.

    A text without a number at its beginning is older than every version.
    """
    found = _HEAD.match(text)
    numbers = [int(n) for n in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def is_newer(one: str, other: str) -> bool:
    """Whether version ``one`` came after ``other``."""
    return version_key(one) > version_key(other)
