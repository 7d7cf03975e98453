"""The tables of a package, made on request: what people and stock tools look into.

The view is a Data Package of its own (CSV with Table Schema): the same columns a package of formats 1 and 2 had. It is read from
the lines and carries no truth; nothing reads it back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from station_app.domain.generic import JSON
from station_app.exchange.package.container import MANIFEST, Sink
from station_app.exchange.package.files import name_part, writing
from station_app.exchange.package.lines import Line, fields_text
from station_app.exchange.package.manifest import PROFILE, table_resources
from station_app.exchange.package.table_reader import TypeReader
from station_app.exchange.package.tables import Layout, layout_of, write_type
from station_app.exchange.package.verify import OpenPackage, refuse
from station_app.services.progress import JobContext, Quiet, stop_if_cancelled


class Place(Protocol):
    """Where the files of a view go: a zip or a folder."""

    def entry(self, name: str) -> AbstractContextManager[Sink]: ...


class Folder:
    """Writes files into a folder, each whole or not at all."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def entry(self, name: str) -> Iterator[Sink]:
        path = self._path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing(path) as file:
            yield Sink(file)
        name_part(path)


def write_tables(
    place: Place, layout: Layout, versions: Iterable[tuple[object, ...]], stack: ExitStack, *, present: bool
) -> list[dict[str, JSON]]:
    """Write the tables of one record type and return their resources; ``present``: all versions are of today's description."""
    files: dict[str, tuple[int, str]] = {}
    with place.entry(layout.path) as sink:
        spools = write_type(layout, versions, sink, stack)
    files[layout.path] = (sink.size, sink.sha256)
    for list_name, spool in spools.items():
        path = layout.list_path(list_name)
        with place.entry(path) as sink:
            for piece in spool.pieces():
                sink.write(piece)
        files[path] = (sink.size, sink.sha256)
    return table_resources(layout, files, list(spools), present)


def write_view(path: Path, out: Path, *, context: JobContext | None = None) -> list[Path]:
    """Write the tables of a package into the folder ``out`` and return the files, the descriptor last.

    Raises:
        UserError: what refuses the package, whoever signed it; PKG-062 the folder cannot be written, JOB-001 cancelled.
    """
    job = context or Quiet()
    folder, resources = Folder(out), []
    made: list[Path] = []
    with OpenPackage(path, None) as package:
        for layout in package.manifest.layouts:
            reader = TypeReader(package.container, layout, package.findings)
            walled = any(
                line.content.wall for lines in reader.versions() for line in lines
            )  # a column only where one has it
            refuse(package.findings.problems)
            stop_if_cancelled(job)
            with ExitStack() as stack:
                again = TypeReader(package.container, layout, package.findings).versions()
                rows = (_row(line) for lines in again for line in lines)
                shape = replace(layout_of(layout.name), wall=walled)
                found = write_tables(folder, shape, rows, stack, present=False)
            resources += found
            made += [out / each["path"] for each in found]
        station = package.manifest.station
    content = {
        "$schema": PROFILE,
        "name": f"{Path(package.manifest.file_name).stem.lower().replace('_', '-')}-tables",
        "title": f"{station.org_name} {station.sequence:06d}",
        "resources": resources,
    }
    with folder.entry(MANIFEST) as sink:
        sink.write((json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())
    return [*made, out / MANIFEST]


def _row(line: Line) -> tuple[object, ...]:
    c = line.content
    return (line.version_id, c.record_id, c.schema_version, " ".join(c.parent_ids), c.hlc, c.author, c.device, c.reason,
            int(c.void), fields_text(line.raw), c.wall)  # fmt: skip
