"""Choosing a coefficient set, or a sheep unit, among those there are: by title, name, edition, pinyin or initials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from station_app.domain.fields import Field
from station_app.domain.text import Text
from station_app.services.figures import scheme_check
from station_app.services.figures import standards as coefficient_sets
from station_app.ui.choice_editors import PickEditor
from station_app.ui.i18n import tr
from station_app.ui.link_picker import LinkSource, ReaderLinks
from station_app.ui.pick_edit import Choice, PickEdit, readings

if TYPE_CHECKING:
    from station_app.domain.calc.coefficients import CoefficientSet, Standards

TITLE = Text("{title} · 第 {edition} 版", "{title} · edition {edition}")
DOUBTS = Text("⚠ {n} 个未核实", "⚠ {n} unverified")
EMPTY = Text("{n} 个无数值", "{n} without a value")
OF_ROW = "#"


def standards_for(links: LinkSource | None) -> Standards | None:
    """Return the sets a form may choose from; ``None`` where it knows no workspace."""
    if not isinstance(links, ReaderLinks):
        return None
    return coefficient_sets.standards_of(links.reader)


def set_title(each: CoefficientSet) -> str:
    """Return how a set is called in a list."""
    return tr(TITLE, title=each.title, edition=each.edition)


def _detail(each: CoefficientSet) -> str:
    doubts = sum(scheme_check.is_doubtful(row) for row in each.rows)
    return tr(DOUBTS, n=doubts) if doubts else ""


def set_choices(standards: Standards, kind: str, text: str) -> list[Choice]:
    """Return the sets of a kind that ``text`` may mean, all for an empty text; ``kind#`` gives the rows of its sets."""
    if kind.endswith(OF_ROW):
        rows = {row.key[0]: row for each in standards.of_kind(kind[:-1]) for row in each.rows}
        found = [(Choice(key, tr(row.label), key), row.label) for key, row in rows.items()]
    else:
        found = [(Choice(f"{s.name}@{s.edition}", set_title(s), _detail(s)), s.title) for s in standards.of_kind(kind)]
    wanted = text.strip().casefold()
    return [choice for choice, title in found if not wanted or _means(choice, title, wanted)]


def _means(choice: Choice, title: Text, wanted: str) -> bool:
    if any(wanted in each.casefold() for each in (choice.key, choice.title, title.zh, title.en)):
        return True
    return wanted.isascii() and wanted.isalpha() and any(r.startswith(wanted) for r in readings(title.zh))


def set_name(standards: Standards, kind: str, key: str) -> str | None:
    """Return how a chosen key is shown, ``None`` when there is no such set."""
    return next((c.title for c in set_choices(standards, kind, "") if c.key == key), None)


class SetEditor(PickEditor):
    """One coefficient set; what is no set stays as typed and is said to be none."""

    def __init__(self, field: Field, links: LinkSource | None, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._links = links
        self._pick_in(PickEdit(self._find, self._name))
        self.line.textChanged.connect(self.line.setToolTip)  # titles are longer than the line

    def _find(self, text: str) -> list[Choice]:
        standards = standards_for(self._links)
        return set_choices(standards, self.field.coefficients, text) if standards is not None else []

    def _name(self, key: str) -> str | None:
        standards = standards_for(self._links)
        return set_name(standards, self.field.coefficients, key) if standards is not None else None
