"""Bursts of keys that wait in the queue together, and what a spreadsheet would make of them.

The keys are posted to the window, as the window system delivers them: each goes to whatever has the keyboard when its
turn comes, and nothing else of the program runs in between.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from station_app.domain.codes import code_list
from station_app.domain.fields import Kind
from station_app.ui.grid_model import GridModel

CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
Stroke = tuple[Qt.Key, Qt.KeyboardModifier, str]
NAMED: dict[str, Stroke] = {
    "return": (Qt.Key.Key_Return, NONE, "\r"), "shift+return": (Qt.Key.Key_Return, SHIFT, "\r"),
    "tab": (Qt.Key.Key_Tab, NONE, "\t"), "backtab": (Qt.Key.Key_Backtab, SHIFT, ""),
    "escape": (Qt.Key.Key_Escape, NONE, "\x1b"), "up": (Qt.Key.Key_Up, NONE, ""), "down": (Qt.Key.Key_Down, NONE, ""),
    "left": (Qt.Key.Key_Left, NONE, ""), "right": (Qt.Key.Key_Right, NONE, ""), "home": (Qt.Key.Key_Home, NONE, ""),
    "end": (Qt.Key.Key_End, NONE, ""), "ctrl+home": (Qt.Key.Key_Home, CTRL, ""), "ctrl+end": (Qt.Key.Key_End, CTRL, ""),
    "paste": (Qt.Key.Key_V, CTRL, "\x16"),
}  # fmt: skip
LEAVING = ("return", "shift+return", "tab", "backtab", "escape", "up", "down", "left", "right", "home", "end",
           "ctrl+home", "ctrl+end")  # fmt: skip
USUAL = ("return", "return", "return", "tab", "tab", "down")
OF_PICKS = ("return", "tab", "backtab", "escape")


def stroke(name: str) -> Stroke:
    """Return a named key, or the key of one character."""
    return NAMED.get(name) or (Qt.Key(ord(name.upper())), NONE, name)


def send_burst(window: QWidget, names: Sequence[str]) -> None:
    """Let all keys wait at once, then let the program at them."""
    handle = window.windowHandle()
    for name in names:
        key, modifiers, text = stroke(name)
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QCoreApplication.postEvent(handle, QKeyEvent(kind, key, modifiers, text))
    QCoreApplication.sendPostedEvents(handle)
    QApplication.processEvents()


@dataclass
class Sheet:
    """What a careful spreadsheet does with the keys: cells by row number and column key, and where the cursor is."""

    columns: list[str]
    usable: list[int]
    rows: int
    picks: frozenset[str] = frozenset()
    growing: bool = False
    tab_leaves: bool = False
    cells: dict[tuple[int, str], str] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    stayed: bool = False

    @classmethod
    def of(cls, grid: GridModel, picks: frozenset[str], **named: Any) -> Sheet:
        """Return the sheet of a grid as it stands."""
        return cls([c.key for c in grid.columns], [n for n in range(len(grid.columns)) if grid.is_editable(n)],
                   len(grid.rows), picks, grid.growing,
                   cells={(n, k): t for n, row in enumerate(grid.rows) for k, t in row.texts.items()}, **named)  # fmt: skip

    @property
    def key(self) -> str:
        """The column one would type into now."""
        return self.columns[self.column if self.column in self.usable else self.usable[0]]

    @property
    def blank_last(self) -> bool:
        return not any(row == self.rows - 1 for row, _ in self.cells)

    def put(self, row: int, key: str, text: str) -> None:
        self.cells[(row, key)] = text
        while self.growing and not self.blank_last:
            self.rows += 1

    def type(self, text: str, leave: str) -> None:
        """Type a text into the cell and leave it."""
        key = self.key
        self.column = self.columns.index(key)
        if self.stayed and self.cells.get((self.row, key)):
            self.move(leave, typed=False)  # nothing was typed over
            return
        self.stayed = False
        if leave != "escape":
            self.put(self.row, key, text)
        self.move(leave, typed=True)

    def paste(self, block: Sequence[Sequence[str]]) -> None:
        """Put a block in from the cell on."""
        if self.stayed and self.cells.get((self.row, self.columns[self.column])):
            return
        for down, line in enumerate(block):
            for across, text in enumerate(line):
                if self.row + down < self.rows or self.growing:
                    self.rows = max(self.rows, self.row + down + 1)
                    self.put(self.row + down, self.columns[self.column + across], text)

    def move(self, name: str, *, typed: bool) -> None:
        """Move as a key does."""
        before = (self.row, self.column)
        row, column = before
        after = [c for c in self.usable if c > column]
        earlier = [c for c in self.usable if c < column]
        last = self.rows - 1
        if name in ("return", "shift+return"):
            row += 1 if name == "return" else -1
        elif name == "tab":
            row, column = (row, after[0]) if after else (row + 1, self.usable[0])
        elif name == "backtab":
            row, column = (row, earlier[-1]) if earlier else (row - 1, self.usable[-1])
        elif name in ("up", "down"):
            row = min(max(row + (1 if name == "down" else -1), 0), last)
        elif name in ("left", "right"):
            column = min(max(column + (1 if name == "right" else -1), 0), len(self.columns) - 1)
        elif name.endswith("home"):
            row, column = (0 if name.startswith("ctrl") else row), self.usable[0]
        elif name.endswith("end"):
            row, column = (last if name.startswith("ctrl") else row), self.usable[-1]
        if 0 <= row <= last:
            self.row, self.column = row, column
        here = bool(self.cells.get((self.row, self.columns[self.column])))
        steps = name in ("return", "shift+return", "tab", "backtab")
        self.stayed = (self.row, self.column) == before and here and name != "escape" and (typed or steps)

    def tab_would_leave(self, name: str) -> bool:
        """Whether a Tab goes out of the grid (lists inside forms)."""
        if not self.tab_leaves or name not in ("tab", "backtab"):
            return False
        if name == "tab":
            return self.row == self.rows - 1 and (self.blank_last or self.column >= self.usable[-1])
        return self.row == 0 and self.column <= self.usable[0]


def text_of_field(fields: dict[str, Any], key: str, chance: random.Random) -> str:
    """Return something a person may type into a field of a list."""
    item = fields[key]
    if item.kind is Kind.CODE:
        return str(chance.choice([i.code for i in code_list(item.codes).items]))
    if item.kind is Kind.DATE:
        return "2026-07-15"
    return str(chance.randrange(1, 99)) if item.is_number else f"t{chance.randrange(999)}"


def random_burst(sheet: Sheet, chance: random.Random, text_for: Callable[[str, random.Random], str],
                 length: int, block: Sequence[Sequence[str]] = (), block_columns: frozenset[str] = frozenset(),
                 bare_escape: bool = True) -> list[str]:  # fmt: skip
    """Return keys of a random burst; the sheet then holds what must come of them."""
    keys: list[str] = []
    while len(keys) < length:
        if block and chance.random() < 0.05:
            under = sheet.columns[sheet.column : sheet.column + len(block[0])]
            if len(under) == len(block[0]) and set(under) <= block_columns:
                keys.append("paste")
                sheet.paste(block)
                continue
        key = sheet.key
        text = text_for(key, chance)
        leave = chance.choice(OF_PICKS if key in sheet.picks else USUAL if chance.random() < 0.6 else LEAVING)
        if sheet.tab_would_leave(leave) or (leave == "tab" and sheet.tab_leaves and sheet.row == sheet.rows - 1):
            leave = "return"
        if chance.random() < 0.12:  # only a move
            if leave != "escape" or (bare_escape and key not in sheet.picks):  # where Esc alone leaves the grid
                keys.append(leave)
                sheet.move(leave, typed=False)
            continue
        refused = sheet.stayed and bool(sheet.cells.get((sheet.row, key)))
        if refused and leave == "escape" and not bare_escape:
            leave = "return"
        keys += [*text, leave]
        if leave == "escape" and key in sheet.picks and not refused:
            keys.append("escape")  # the first closes the list
        sheet.type(text, leave)
    return keys


def differences(sheet: Sheet, grid: GridModel, keys: Sequence[str]) -> list[str]:
    """Return where the grid is not what the keys say."""
    found = {(n, k): t for n, row in enumerate(grid.rows) for k, t in row.texts.items()}
    wrong = [f"row {r} {k}: typed {sheet.cells.get((r, k), '')!r}, there is {found.get((r, k), '')!r}"
             for r, k in sorted({*found, *sheet.cells}) if sheet.cells.get((r, k), "") != found.get((r, k), "")]  # fmt: skip
    return [*wrong, f"keys: {' '.join(keys)}"] if wrong else []


def set_clipboard(block: Sequence[Sequence[str]]) -> None:
    """Put a block on the clipboard as a spreadsheet does."""
    QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in block))
