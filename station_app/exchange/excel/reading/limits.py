"""How much of a file is taken in: a few bytes must not fill the memory, and what is too big is said, not tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

MAX_FILE = 200_000_000  # bytes
MAX_UNPACKED = 1_000_000_000  # bytes of one part
MAX_EXTENT = 12_000_000  # cells between the first and the last that say something
MAX_FILLED = (
    300_000  # rows that say something: no station has so many, and what is no list of ours is not worked through
)
MAX_VALUES = 4_000_000  # cells that say something, over all sheets
MAX_TEXT = 300_000_000  # characters in them
_PIECE = 1 << 18


def _quiet() -> None:
    """Say nothing."""


going_on: Callable[[], object] = _quiet
"""Is called with every piece: a process that reads for another says here that it goes on."""


class TooBig(Exception):
    """The file reaches beyond a limit."""


class Damaged(Exception):
    """The file is not what its beginning promises."""


class Allowance:
    """What is left of the limits while one file is read."""

    def __init__(self) -> None:
        self.values = MAX_VALUES
        self.rows = MAX_FILLED
        self.text = MAX_TEXT

    def take(self, values: int, text: int = 0, rows: int = 0) -> None:
        """Use up some of it.

        Raises:
            TooBig: there is none left.
        """
        self.values -= values
        self.text -= text
        self.rows -= rows
        if self.values < 0 or self.text < 0 or self.rows < 0:
            raise TooBig


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a part of an archive piece by piece.

    Raises:
        TooBig: it goes on beyond ``MAX_UNPACKED``.
    """
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if size > MAX_UNPACKED:
            raise TooBig
        going_on()
        yield piece


def _no_entities(*_: object) -> None:
    raise Damaged("a table has no use for entities of its own")


def xml_parser() -> expat.XMLParserType:
    """Return a parser that takes no declared entities (a few could be made to unfold without end)."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.EntityDeclHandler = _no_entities
    parser.ExternalEntityRefHandler = lambda *_: 0
    return parser


class Locked(Exception):
    """The file has a password."""
