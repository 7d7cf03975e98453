"""The streams of an OLE compound file (MS-CFB): the envelope of old workbooks and of encrypted new ones."""

from __future__ import annotations

import struct
from itertools import chain

from station_app.exchange.excel.reading.limits import Damaged

_HEADER = struct.Struct("<30xHH14xI4xII4xI")
_NONE = 0xFFFFFFFA  # this and above name no sector
_ENTRY = 128


def streams(data: bytes) -> dict[str, bytes]:
    """Return the streams of a compound file by name, whatever storage they stand in.

    Raises:
        Damaged: chains of sectors that go nowhere or round in circles.
    """
    try:
        return _Compound(data).streams()
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Damaged("compound file") from error


class _Compound:
    def __init__(self, data: bytes) -> None:
        shift, mini_shift, self._directory, self._cutoff, mini_table, more = _HEADER.unpack_from(data)
        if not 7 <= shift <= 20 or not 2 <= mini_shift < shift:
            raise Damaged("sizes of sectors")
        self._data = data
        self._size, self._mini_size = 1 << shift, 1 << mini_shift
        tables = list(struct.unpack_from("<109I", data, 76))
        per = self._size // 4
        for _ in range(len(data) // self._size + 1):
            if more >= _NONE:
                break
            found = struct.unpack(f"<{per}I", self._sector(more))
            tables += found[:-1]
            more = found[-1]
        wanted = [self._sector(number) for number in tables if number < _NONE]
        self._next = list(chain.from_iterable(struct.unpack(f"<{per}I", sector) for sector in wanted))
        mini = self._chain(mini_table)
        self._mini_next = struct.unpack(f"<{len(mini) // 4}I", mini)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        found = self._data[start : start + self._size]
        if not found:
            raise Damaged("a sector beyond the end")
        return found.ljust(self._size, b"\0")

    def _chain(self, number: int) -> bytes:
        found = []
        while number < _NONE:
            found.append(self._sector(number))
            number = self._next[number]
            if len(found) > len(self._next):
                raise Damaged("sectors in a circle")
        return b"".join(found)

    def streams(self) -> dict[str, bytes]:
        directory = self._chain(self._directory)
        found: dict[str, bytes] = {}
        mini = b""
        for start in range(0, len(directory) - _ENTRY + 1, _ENTRY):
            length, kind = struct.unpack_from("<HB", directory, start + 64)
            first, size = struct.unpack_from("<II", directory, start + 116)
            if kind == 5:
                mini = self._chain(first)
            elif kind == 2:
                name = directory[start : start + max(min(length, 64) - 2, 0)].decode("utf-16-le")
                whole = self._chain(first) if size >= self._cutoff else self._small(mini, first)
                found[name] = whole[:size]
        return found

    def _small(self, mini: bytes, number: int) -> bytes:
        found = []
        while number < _NONE:
            found.append(mini[number * self._mini_size : (number + 1) * self._mini_size])
            number = self._mini_next[number]
            if len(found) > len(self._mini_next):
                raise Damaged("sectors in a circle")
        return b"".join(found)
