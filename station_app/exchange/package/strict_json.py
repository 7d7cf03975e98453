"""JSON from outside, read strictly: UTF-8, no NaN, no key twice, no lone surrogates, bounded depth.

The standard reader takes the last of two equal keys, accepts ``NaN`` and runs out of stack on deep nesting; each of
these lets two readers see two different documents, or none.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NoReturn

from station_app.domain.generic import JSON

MAX_DEPTH = 64
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[{]|[\]}]', re.DOTALL)


class StrictJsonError(ValueError):
    """The bytes are not JSON as we accept it; the message says why."""


def loads(data: bytes, *, max_depth: int = MAX_DEPTH) -> JSON:
    """Return the value of a JSON document; numbers with a fraction come as ``Decimal``.

    Raises:
        StrictJsonError: it is not proper JSON, or deeper than ``max_depth``.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StrictJsonError(f"not UTF-8 at byte {error.start}") from error
    if text.startswith("\ufeff"):
        raise StrictJsonError("begins with a byte order mark")
    depth = 0
    for token in _STRUCTURE.finditer(text):
        mark = token[0]
        if mark in "[{":
            depth += 1
            if depth > max_depth:
                raise StrictJsonError(f"nested deeper than {max_depth}")
        elif mark in "]}":
            depth -= 1
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=Decimal)
    except StrictJsonError:
        raise
    except (ValueError, ArithmeticError) as error:
        raise StrictJsonError(str(error)) from error
    if "\\u" in text:
        _refuse_surrogates(value)
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise StrictJsonError(f"key {twice!r} is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise StrictJsonError(f"{name} is not JSON")


def _refuse_surrogates(value: object) -> None:
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise StrictJsonError("a lone surrogate") from error
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_surrogates(key)
            _refuse_surrogates(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_surrogates(item)
