"""Sums over the records of a package, of which several versions may pass by: the latest counts.

Sixteen bytes a version and sixteen a number are kept, no objects: half a million versions add up in little memory.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Hashable, Iterable, Sequence
from itertools import compress

ID = 16
PART = 50_000  # records told apart at a time


class LatestSums:
    """Is told records in the order in which a later version takes the place of an earlier one, and numbers of each."""

    def __init__(self) -> None:
        self._ids = bytearray()
        self._columns: dict[Hashable, tuple[array[int], array[int] | list[int]]] = {}

    def note(self, record_ids: Sequence[str]) -> int:
        """Take versions in by the ids of their records, and return the number of the first; the others follow it."""
        first = len(self._ids) // ID
        try:
            taken = bytes.fromhex("".join(record_ids).replace("-", ""))
        except ValueError:
            taken = b""
        if len(taken) != ID * len(record_ids):  # no ids of ours: told apart all the same
            taken = b"".join(hashlib.blake2b(i.encode(), digest_size=ID).digest() for i in record_ids)
        self._ids += taken
        return first

    def add(self, key: Hashable, versions: Iterable[int], values: Sequence[int]) -> None:
        """Add to the sum called ``key`` one value of each version, for as long as it is the latest of its record."""
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = array("Q"), array("q")
        column[0].extend(versions)
        try:
            column[1].extend(array("q", values))
        except OverflowError:  # larger than any number that is right; it is added up all the same
            self._columns[key] = column[0], [*column[1], *values]

    def latest(self) -> bytearray:
        """Return for each version 1 where no later one of its record follows, else 0."""
        ids, number = self._ids, len(self._ids) // ID
        mask, parts = bytearray(number), 1 + number // PART
        for part in range(parts):  # by the last byte of the id, which is random
            last = {
                bytes(ids[n * ID : n * ID + ID]): n for n, end in enumerate(ids[ID - 1 :: ID]) if end % parts == part
            }
            for version in last.values():
                mask[version] = 1
        return mask

    def sums(self, mask: bytearray) -> dict[Hashable, int]:
        """Return what is added up, by key in the order they were first met; ``mask`` is what ``latest`` said."""
        return {key: sum(_taken(values, versions, mask)) for key, (versions, values) in self._columns.items()}


def _taken(values: Iterable[int], versions: Iterable[int], mask: bytearray) -> Iterable[int]:
    return compress(values, map(mask.__getitem__, versions))
