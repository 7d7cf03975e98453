"""The parts of an Office Open XML package, found as its relations name them."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from station_app.exchange.excel.reading.limits import Damaged, pieces, xml_parser


class Parts:
    """The parts of a package, found as its relations name them, whatever slashes and letters the archive uses."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {_plain(info.filename): info for info in archive.infolist()}

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._names

    def parse(self, name: str, start: Callable[[str, dict[str, str]], None], end: Callable[[str], None] | None = None,
              text: Callable[[str], None] | None = None) -> None:  # fmt: skip
        """Parse a part; names of elements and attributes come without their prefix."""
        parser = xml_parser()
        parser.StartElementHandler = lambda tag, found: start(local(tag), found)
        if end is not None:
            parser.EndElementHandler = lambda tag: end(local(tag))
        if text is not None:
            parser.CharacterDataHandler = text
        for piece in self.pieces(name):
            parser.Parse(piece)
        parser.Parse(b"", True)

    def pieces(self, name: str) -> Iterator[bytes]:
        """Return the bytes of a part, piece by piece."""
        info = self._names.get(_plain(name))
        if info is None:
            raise Damaged(name)
        with self._archive.open(info) as opened:
            yield from pieces(opened)

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """Return what a part points to: (kind, part) by the relation's id."""
        folder, _, own = name.rpartition("/")
        links = f"{folder}/_rels/{own}.rels"
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, said: dict[str, str]) -> None:
            if tag == "Relationship" and said.get("TargetMode") != "External":
                target = unquote(said.get("Target", "").replace("\\", "/"))
                path = posixpath.normpath(posixpath.join("/", folder, target))
                found[said.get("Id", "")] = (said.get("Type", "").rpartition("/")[2].lower(), path)

        if links in self:
            self.parse(links, start)
        return found

    def workbook(self) -> str:
        """Return the part that is the workbook: by the package's relations, else by its content types."""
        for kind, path in self.related("").values():
            if kind == "officedocument" and path in self:
                return path
        declared: list[str] = []

        def start(tag: str, said: dict[str, str]) -> None:
            kind = said.get("ContentType", "").lower()
            if tag == "Override" and kind.endswith((".main+xml", ".main")) and "sheet" in kind:
                declared.append(said.get("PartName", ""))

        if "[Content_Types].xml" in self:
            self.parse("[Content_Types].xml", start)
        for path in (*declared, "xl/workbook.xml"):
            if path in self:
                return path
        raise Damaged("workbook")


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def local(tag: str) -> str:
    """Return the name of an element without its prefix."""
    return tag.rpartition(":")[2]
