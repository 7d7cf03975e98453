"""A long list kept small: what is looked at is unpacked, all else lies packed in blocks."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")
BLOCK = 500


class Packed(Sequence[T]):
    """Rows of a sheet, or what they said. The block looked at last is held; what is taken out is a copy."""

    def __init__(self, rows: Iterable[T] = ()) -> None:
        self._blocks: list[bytes] = []
        self._last: list[T] = []  # the block that is not full yet
        self._held: tuple[int, list[T]] = (-1, [])
        for row in rows:
            self.append(row)

    def append(self, row: T) -> None:
        """Add one at the end."""
        self._last.append(row)
        if len(self._last) == BLOCK:
            self._blocks.append(pickle.dumps(self._last, pickle.HIGHEST_PROTOCOL))
            self._last = []

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK + len(self._last)

    def _block(self, number: int) -> list[T]:
        if number == len(self._blocks):
            return self._last
        if self._held[0] != number:
            self._held = number, pickle.loads(self._blocks[number])
        return self._held[1]

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return [self[number] for number in range(*place.indices(len(self)))]
        number = place + len(self) if place < 0 else place
        if not 0 <= number < len(self):
            raise IndexError(place)
        return self._block(number // BLOCK)[number % BLOCK]

    def __iter__(self) -> Iterator[T]:
        for number in range(len(self._blocks) + 1):
            yield from self._block(number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]
