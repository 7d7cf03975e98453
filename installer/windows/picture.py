#!/usr/bin/env python3
"""Turns a PNG as rsvg-convert writes it (8 bits, RGBA or RGB) into the BMP that the setup's first page shows.

    python3 picture.py IN.png OUT.bmp

Transparent places become white.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

BACKGROUND = 255


def pixels(png: bytes) -> tuple[int, int, list[bytes]]:
    """Return width, height and the rows as RGB, drawn on white.

    Raises:
        ValueError: another kind of PNG.
    """
    if png[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG")
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", png[16:29])
    if depth != 8 or kind not in (2, 6) or interlaced:
        raise ValueError("only 8-bit RGB or RGBA without interlacing")
    step = 4 if kind == 6 else 3
    packed, place = b"", 8
    while place < len(png):
        size, name = struct.unpack(">I4s", png[place : place + 8])
        if name == b"IDAT":
            packed += png[place + 8 : place + 8 + size]
        place += size + 12
    raw = zlib.decompress(packed)
    rows, above = [], bytearray(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        row = unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + width * step]), above, step)
        rows.append(b"".join(on_white(row[x : x + step]) for x in range(0, width * step, step)))
        above = row
    return width, height, rows


def unfiltered(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    """Return a row with PNG's filter taken back."""
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        up = above[i]
        corner = above[i - step] if i >= step else 0
        if kind == 1:
            row[i] = (row[i] + left) & 255
        elif kind == 2:
            row[i] = (row[i] + up) & 255
        elif kind == 3:
            row[i] = (row[i] + (left + up) // 2) & 255
        elif kind == 4:
            guess = left + up - corner
            nearest = min((left, up, corner), key=lambda value: abs(guess - value))
            row[i] = (row[i] + nearest) & 255
    return row


def on_white(pixel: bytes | bytearray) -> bytes:
    """Return a pixel without transparency, blue first as BMP has it."""
    red, green, blue = pixel[:3]
    if len(pixel) == 4 and pixel[3] != 255:
        alpha = pixel[3]
        red, green, blue = ((c * alpha + BACKGROUND * (255 - alpha)) // 255 for c in (red, green, blue))
    return bytes((blue, green, red))


def bmp(width: int, height: int, rows: list[bytes]) -> bytes:
    """Return a 24-bit BMP."""
    padding = b"\0" * (-3 * width % 4)
    body = b"".join(row + padding for row in reversed(rows))
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(body), 2835, 2835, 0, 0)
    return b"BM" + struct.pack("<IHHI", 14 + len(head) + len(body), 0, 0, 14 + len(head)) + head + body


if __name__ == "__main__":
    Path(sys.argv[2]).write_bytes(bmp(*pixels(Path(sys.argv[1]).read_bytes())))
