"""Pages of a PDF: paper, fonts, footers with page numbers, and the check that what was written can be read again.

Everything is laid out first and painted afterwards, so that each page can say how many there are. Text is drawn with the
fonts of the resource folder and embedded; what is on paper can be searched and copied.
"""

from __future__ import annotations

import contextlib
import math
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

from station_app.domain.text import Text
from station_app.exchange.package.files import name_part
from station_app.storage.files import part_of
from station_app.ui.problems import PrintProblem
from station_app.ui.theme import FAMILIES

DPI = 600
MM = DPI / 25.4
MARGIN_MM = 12.0
FOOT_MM = 8.0
INK, LINE, SHADE = QColor("#000000"), QColor("#8A8A8A"), QColor("#EEF2EE")
PAGE_OF = Text("第 {n} 页 共 {all} 页", "Page {n} of {all}")
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
_WRAP = int(Qt.TextFlag.TextWordWrap)
_ANYWHERE = int(Qt.TextFlag.TextWrapAnywhere)
_ROOM = 20_000.0 * MM

_WORDS = re.compile(r"[\s\-/\u3000-\u9fff\uff00-\uffef]")

Draw = Callable[[QPainter], None]


@dataclass
class _Page:
    """What is drawn on a page; ``part`` tells documents with page numbers of their own apart."""

    part: int
    draws: list[Draw] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Written:
    """A finished PDF.

    Attributes:
        rows: Rows of the tables in it, 0 for a form.
        missing: Characters the fonts do not have.
    """

    path: Path
    pages: int
    rows: int = 0
    missing: str = ""


class Paper:
    """A document under way: add blocks from top to bottom, then ``write``."""

    def __init__(self, *, landscape: bool, language: str, title: str, author: str, large: bool = False) -> None:
        self.language = language
        self._title, self._author = title, author
        size = QPageSize(QPageSize.PageSizeId.A3 if large else QPageSize.PageSizeId.A4)
        turned = QPageLayout.Orientation.Landscape if landscape else QPageLayout.Orientation.Portrait
        self._layout = QPageLayout(size, turned, QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
        whole = self._layout.fullRect(QPageLayout.Unit.Millimeter)
        self.left = self.top = MARGIN_MM * MM
        self.width = whole.width() * MM - 2 * self.left
        self.bottom = whole.height() * MM - self.top - FOOT_MM * MM
        self._pages: list[_Page] = []
        self._feet: list[tuple[str, str]] = []
        self._characters: set[str] = set()
        self._fonts: dict[tuple[float, bool], QFont] = {}
        self._metrics: dict[tuple[float, bool], QFontMetricsF] = {}
        self.y = self.bottom  # the first block opens the first page

    # --- fonts and text

    def font(self, points: float, bold: bool = False) -> QFont:
        """Return the font of the house in a size that does not depend on the screen."""
        key = (points, bold)
        if key not in self._fonts:
            made = QFont(FAMILIES[0])
            made.setFamilies(list(FAMILIES))
            made.setPixelSize(max(round(points * DPI / 72), 1))
            made.setWeight(QFont.Weight.Medium if bold else QFont.Weight.Normal)
            # Local forms of digits and joined letters have no character of their own: a reader of the PDF finds none.
            for feature in ("locl", "liga"):
                made.setFeature(QFont.Tag(feature), 0)
            self._fonts[key] = made
        return self._fonts[key]

    def metrics(self, points: float, bold: bool = False) -> QFontMetricsF:
        """Return the measures of a font, in dots of the paper."""
        key = (points, bold)
        if key not in self._metrics:
            self._metrics[key] = QFontMetricsF(self.font(points, bold))
        return self._metrics[key]

    def advance(self, text: str, points: float, bold: bool = False) -> float:
        """Return the width of one line of text."""
        return self.metrics(points, bold).horizontalAdvance(text)

    def height_of(self, text: str, width: float, points: float, bold: bool = False) -> float:
        """Return the height of a text wrapped into ``width``."""
        metrics = self.metrics(points, bold)
        if "\n" not in text and metrics.horizontalAdvance(text) <= width:
            return metrics.height()
        flags = _ANYWHERE if self._is_solid(text, width, metrics) else _WRAP
        return metrics.boundingRect(QRectF(0, 0, width, _ROOM), flags, text).height()

    @staticmethod
    def _is_solid(text: str, width: float, metrics: QFontMetricsF) -> bool:
        """Whether a word of its own is wider than the room: a long number or file name must break somewhere."""
        return any(metrics.horizontalAdvance(word) > width for word in _WORDS.split(text))

    def points_for(self, text: str, width: float, points: float, bold: bool = False) -> float:
        """Return the size at which the longest word fits; a word that would become too small keeps it and is broken."""
        longest = max((self.advance(word, points, bold) for word in _WORDS.split(text)), default=0.0)
        if longest <= width:
            return points
        smaller = math.floor(points * width / longest * 10) / 10
        return smaller if smaller >= points * 0.7 else points

    def text(self, rect: QRectF, text: str, points: float, align: Qt.AlignmentFlag = LEFT, *, bold: bool = False,
             wrap: bool = True, colour: QColor = INK) -> None:  # fmt: skip
        """Draw a text on the page under way."""
        if not text:
            return
        self._characters.update(text)
        metrics = self.metrics(points, bold)
        flags = align.value
        if wrap:
            flags |= _ANYWHERE if self._is_solid(text, rect.width(), metrics) else _WRAP
        font = self.font(points, bold)

        def draw(painter: QPainter) -> None:
            painter.setFont(font)
            painter.setPen(colour)
            painter.drawText(rect, flags, text)

        self.draw(draw)

    def fitted(self, text: str, width: float, points: float, bold: bool = False) -> float:
        """Return the size at which a text fits on one line: a number is printed smaller, never cut or broken."""
        needed = self.advance(text, points, bold)
        return points if needed <= width else max(math.floor(points * width / needed * 10) / 10, 3.0)

    def box(self, rect: QRectF, *, shaded: bool = False) -> None:
        """Draw the frame of a cell."""

        def draw(painter: QPainter) -> None:
            painter.setPen(QPen(LINE, 0.15 * MM))
            painter.setBrush(SHADE if shaded else Qt.BrushStyle.NoBrush)
            painter.drawRect(rect)

        self.draw(draw)

    def draw(self, draw: Draw) -> None:
        """Draw something on the page under way."""
        self._pages[-1].draws.append(draw)

    # --- pages

    @property
    def room(self) -> float:
        """What is left of the page under way."""
        return self.bottom - self.y if self._pages else 0.0

    @property
    def whole(self) -> float:
        """Height of an empty page."""
        return self.bottom - self.top

    def begin_part(self, foot_left: str, foot_right: str) -> None:
        """Begin a document of its own: its pages count from 1 and carry this at their foot."""
        self._feet.append((foot_left, foot_right))
        self.new_page()

    def new_page(self) -> None:
        """Begin a page."""
        self._pages.append(_Page(len(self._feet) - 1))
        self.y = self.top

    def take(self, height: float) -> QRectF:
        """Return the next strip of the page under way, over its whole width; the caller has looked at ``room``."""
        rect = QRectF(self.left, self.y, self.width, height)
        self.y += height
        return rect

    # --- writing

    def _add_feet(self) -> None:
        totals = [sum(p.part == number for p in self._pages) for number in range(len(self._feet))]
        counts = [0] * len(self._feet)
        for page in self._pages:
            counts[page.part] += 1
            left, right = self._feet[page.part]
            numbers = PAGE_OF.format(n=counts[page.part], all=totals[page.part]).to(self.language)
            self._pages.append(page)  # ``text`` draws on the last page
            rect = QRectF(self.left, self.bottom + 2 * MM, self.width, FOOT_MM * MM - 2 * MM)
            third = rect.width() / 3
            for number, (said, align) in enumerate(((left, LEFT), (numbers, CENTRE), (right, RIGHT))):
                place = QRectF(rect.left() + number * third, rect.top(), third, rect.height())
                shown = self.metrics(7).elidedText(said, Qt.TextElideMode.ElideRight, third)
                self.text(place, shown, 7, align, wrap=False)
            self._pages.pop()

    def write(self, target: Path, *, rows: int = 0) -> Written:
        """Write the PDF beside ``target``, read it back, give it its name.

        Raises:
            UserError: PRN-003 it could not be written, or is not whole when read back.
        """
        self._add_feet()
        part = part_of(target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            self._paint(part, target)
            pages, found = read_back(part)
        except (OSError, ValueError) as error:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            why = (error.strerror if isinstance(error, OSError) else None) or error
            raise PrintProblem.CANNOT_WRITE.error(str(target), path=target, why=why) from error
        if pages != len(self._pages):
            part.unlink(missing_ok=True)
            raise PrintProblem.CANNOT_WRITE.error(str(target), path=target, why=f"{pages} ≠ {len(self._pages)}")
        name_part(target)
        visible = {c for c in self._characters if not c.isspace() and c.isprintable()}
        # Characters that share a drawing are found under one of them; what has no drawing is a box.
        drawn = self.metrics(9)
        missing = {c for c in visible - found if not drawn.inFontUcs4(ord(c))}
        return Written(target, pages, rows, "".join(sorted(missing)))

    def _paint(self, part: Path, target: Path) -> None:
        writer = QPdfWriter(str(part))
        writer.setResolution(DPI)
        writer.setPageLayout(self._layout)
        writer.setTitle(self._title)
        writer.setAuthor(self._author)
        writer.setCreator("Grassland Station 草原站")
        painter = QPainter()
        if not painter.begin(writer):
            raise ValueError("QPdfWriter")
        try:
            for number, page in enumerate(self._pages):
                if number:
                    writer.newPage()
                for draw in page.draws:
                    draw(painter)
        finally:
            painter.end()


_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
_RANGE = re.compile(rb"<([0-9A-Fa-f]{4})>\s*<([0-9A-Fa-f]{4})>\s*(?:\[([^\]]*)\]|<([0-9A-Fa-f]+)>)")
_HEX = re.compile(rb"<([0-9A-Fa-f]+)>")


def read_back(path: Path) -> tuple[int, set[str]]:
    """Return the number of pages of a PDF and the characters its embedded fonts can be searched for.

    Raises:
        ValueError: it is not whole, or a font is not embedded.
        OSError: it cannot be read.
    """
    data = path.read_bytes()
    if not data.startswith(b"%PDF-") or not data.rstrip().endswith(b"%%EOF"):
        raise ValueError("the file is cut short")
    found: set[str] = set()
    for packed in _STREAM.findall(data):
        stream = packed
        if packed[:1] == b"\x78":
            unpacker = zlib.decompressobj()  # a line end stands between the data and its end mark
            try:
                stream = unpacker.decompress(packed)
            except zlib.error as error:
                raise ValueError("a part is damaged") from error
            if not unpacker.eof:
                raise ValueError("a part is cut short")
        if b"beginbfrange" in stream or b"beginbfchar" in stream:
            found |= _characters(stream)
    if found and b"/FontFile" not in data:
        raise ValueError("fonts are not embedded")
    return len(_PAGE.findall(data)), found


def _characters(table: bytes) -> set[str]:
    out: set[str] = set()
    for first, last, listed, single in _RANGE.findall(table):
        if listed:
            codes = _HEX.findall(listed)
            out |= {bytes.fromhex(code.decode()).decode("utf-16-be", "ignore") for code in codes}
        elif len(single) == 4:
            begin = int(single, 16)
            out |= {chr(begin + n) for n in range(int(last, 16) - int(first, 16) + 1)}
    return {c for c in out if c and c != "\0"}
