"""Every grid one types in, one after the other in a window of a process of its own; F11 keeps what stands in it.

``python grids_on_screen.py FOLDER OUT`` shows them over the workspace in FOLDER and writes OUT/NAME.json, a list of rows,
each from column to text.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from station_app.domain.fields import Kind
from station_app.domain.registry import all_types
from station_app.domain.samples import VILLAGE
from station_app.storage.clock import Clock
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace
from station_app.ui import theme
from station_app.ui.application import make_application
from station_app.ui.count_grid import CountGrid
from station_app.ui.link_picker import ReaderLinks
from station_app.ui.quadrat_grid import QuadratGrid
from station_app.ui.record_form import RecordForm

DAY = date(2026, 8, 1)


def grids(workspace: Workspace) -> Iterator[tuple[str, QWidget, Any]]:
    """Yield name, widget and the part of it that has ``grid`` and ``view``: counts, quadrats, the lists of every form."""
    counts = CountGrid(workspace, VILLAGE, DAY.year, "mid_year", today=lambda: DAY)
    yield "counts", counts, counts
    for row in workspace.read.rows(Query("plot")):
        quadrats = QuadratGrid(workspace, row.record_id, today=lambda: DAY)
        yield "quadrats", quadrats, quadrats
    for kind in all_types():
        lists = [field.name for field in kind.fields if field.kind is Kind.LINES and not field.internal]
        for name in lists if not kind.by_act else ():
            form = RecordForm(kind.name, links=ReaderLinks(workspace.read), drafts=workspace.drafts,
                              clock=Clock.standing(DAY))  # fmt: skip
            yield f"{kind.name}.{name}", form, form.blocks[name].editor


class Shown(QStackedWidget):
    """One grid after the other, the keyboard in the first cell one can type in."""

    def __init__(self, workspace: Workspace, out: Path) -> None:
        super().__init__()
        self._all, self._out = grids(workspace), out
        QShortcut(QKeySequence("F11"), self).activated.connect(self.keep)
        self.next()

    def next(self) -> None:
        """Show the grid after this one; the last ends the program."""
        found = next(self._all, None)
        if found is None:
            self.close()
            return
        self._name, widget, self._part = found
        self.addWidget(widget)
        self.setCurrentWidget(widget)
        self._part.view.setFocus()
        first = next(n for n in range(len(self._part.grid.columns)) if self._part.grid.is_editable(n))
        self._part.view.setCurrentIndex(self._part.grid.index(0, first))

    def keep(self) -> None:
        """Write down what stands in the grid."""
        self._part.view.commit()
        rows = [dict(row.texts) for row in self._part.grid.rows]
        part = self._out / f"{self._name}.part"
        part.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        part.replace(self._out / f"{self._name}.json")
        self.next()


def main(folder: Path, out: Path) -> int:
    """Show the grids until the last was kept."""
    application = make_application([])
    theme.apply("light")
    with Workspace.open(folder, Clock.standing(DAY)) as workspace:
        shown = Shown(workspace, out)
        shown.resize(1200, 800)
        shown.show()
        shown.activateWindow()
        return application.exec()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
