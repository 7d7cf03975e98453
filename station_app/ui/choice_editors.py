"""Editors in which something known is chosen: codes, yes and no, other records, coefficient sets."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from station_app.domain.fields import Field
from station_app.domain.text import Text
from station_app.ui import theme
from station_app.ui.editors import LIST_SEPARATOR, Editor
from station_app.ui.flow_layout import FlowLayout
from station_app.ui.i18n import tr
from station_app.ui.link_picker import LinkSource, ReaderLinks, set_choices, set_name, standards_for
from station_app.ui.parts import Chip
from station_app.ui.pick_edit import Choice, PickEdit, code_name, find_codes, find_yes_no, yes_no_name

UNKNOWN_RECORD = Text("(不在本工作站的记录 {id})", "(record not in this workspace, {id})")


class PickEditor(Editor):
    """Shared by all editors with one line to pick in."""

    line: PickEdit

    def _pick_in(self, line: PickEdit) -> None:
        self._hold(line)
        line.typed.connect(self.edited.emit)
        line.picked.connect(lambda _key: self.edited.emit())

    def text(self) -> str:
        return self.line.value()

    def set_text(self, text: str) -> None:
        if text != self.line.value():
            self.line.set_value(text)

    def shown(self) -> str:
        return self.line.text()

    def retranslate(self) -> None:
        super().retranslate()
        self.line.show_again()


class CodeEditor(PickEditor):
    """One code of a list; its number, words, pinyin or initials find it."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._pick_in(PickEdit(lambda text: find_codes(field.codes, text), lambda key: code_name(field.codes, key)))


class YesNoEditor(PickEditor):
    """Yes, no, or not said."""

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._pick_in(PickEdit(find_yes_no, yes_no_name))


class LinkEditor(PickEditor):
    """Another record, found by name, code, pinyin or initials."""

    def __init__(self, field: Field, links: LinkSource | None, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._links = links
        self._pick_in(
            PickEdit(self._find, self._name, finds_all=links.finds_all if links is not None else lambda: True)
        )
        self.line.textChanged.connect(self.line.setToolTip)  # names are often longer than the line

    def _find(self, text: str) -> list[Choice]:
        if self._links is None:
            return []
        return [Choice(h.record_id, h.title, h.subtitle) for h in self._links.find(self.field.target, text)]

    def _name(self, record_id: str) -> str | None:
        found = self._links.title(self.field.target, record_id) if self._links is not None else None
        if found is None and len(record_id) == 36 and record_id.count("-") == 4:
            return tr(UNKNOWN_RECORD, id=record_id[:8])
        return found


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


class RegionEditor(PickEditor):
    """An administrative code, found by the name of the place; a code that is not on record stays as typed."""

    def __init__(self, field: Field, links: ReaderLinks, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._links = links
        self._pick_in(PickEdit(self._find, self._name, finds_all=links.finds_all))

    def _find(self, text: str) -> list[Choice]:
        return [Choice(h.record_id, h.title, h.subtitle) for h in self._links.regions(text, self.field.max_length)]

    def _name(self, code: str) -> str | None:
        return self._links.region_name(code) if code.isdigit() else None

    def echo(self) -> str:
        return self.line.key()

    def shown(self) -> str:
        return f"{self.line.text()} {self.line.key()}".strip()


class CodesEditor(Editor):
    """Several codes: each stands as a chip; the line adds one, Backspace in the empty line takes the last away."""

    line: PickEdit

    def __init__(self, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._codes: list[str] = []
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, theme.current().xs)
        self._chips.hide()
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.current().xs)
        line = _ChipLine(self._find, lambda key: code_name(field.codes, key))
        box.addWidget(self._chips)
        box.addWidget(line)
        self._box.addWidget(inner, 1)
        self.line = line
        self.setFocusProxy(line)
        line.installEventFilter(self)
        line.typed.connect(self.edited.emit)
        line.picked.connect(self._picked)
        line.emptied_further.connect(self._take_last)
        self._read_only = False

    def _find(self, text: str) -> list[Choice]:
        return [c for c in find_codes(self.field.codes, text) if c.key not in self._codes]

    def _picked(self, code: str) -> None:
        self.line.set_value("")
        if code not in self._codes:
            self._codes.append(code)
            self._show()
        self.edited.emit()

    def _take_last(self) -> None:
        if self._codes:
            self._codes.pop()
            self._show()
            self.edited.emit()

    def _remove(self, code: str) -> None:
        if code in self._codes:
            self._codes.remove(code)
            self._show()
            self.edited.emit()
        self.line.setFocus()

    def _show(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for code in self._codes:
            chip = Chip(code_name(self.field.codes, code) or code, {}, partial(self._remove, code))
            chip.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # Tab goes on to the next field
            chip.installEventFilter(self)  # Ctrl+Z
            self._flow.addWidget(chip)
        self._chips.setVisible(bool(self._codes))
        self._chips.updateGeometry()

    def text(self) -> str:
        typed = self.line.value()
        return LIST_SEPARATOR.join([*self._codes, *([typed] if typed else [])])

    def set_text(self, text: str) -> None:
        if text == self.text():
            return
        parts = [part.strip() for part in text.split(LIST_SEPARATOR) if part.strip()]
        self._codes = [p for p in dict.fromkeys(parts) if code_name(self.field.codes, p) is not None]
        self.line.set_value(LIST_SEPARATOR.join(p for p in parts if p not in self._codes))
        self._show()

    def retranslate(self) -> None:
        super().retranslate()
        self._show()


class _ChipLine(PickEdit):
    """Tells when Backspace is pressed in the empty line."""

    emptied_further = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Backspace and not self.text():
            self.emptied_further.emit()
            return
        super().keyPressEvent(event)
