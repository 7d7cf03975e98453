"""The attachments of a record: each under its own name, photos in small; opened by the system, removed only on purpose."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QMimeDatabase, QObject, QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QIcon, QImage, QImageReader, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget
from shiboken6 import isValid

from station_app.domain.fields import Field
from station_app.domain.problems import UserError
from station_app.domain.text import Text
from station_app.storage.problems import StorageProblem
from station_app.ui import messages, theme
from station_app.ui.editors import LIST_SEPARATOR, Editor
from station_app.ui.flow_layout import FlowLayout
from station_app.ui.i18n import tr
from station_app.ui.parts import Chip, across, down

if TYPE_CHECKING:
    from station_app.storage.attachments import Attachments

ADD_FILE = Text("添加文件…", "Add file…")
FILES_TITLE = Text("选择要附上的文件", "Choose the file to attach")
NAMELESS = Text("附件 {id}", "Attachment {id}")
OPEN = Text("打开", "Open")
SAVE_AS = Text("另存为…", "Save as …")
REMOVED = Text("已移除：{name}", "Removed: {name}")
PUT_BACK = Text("撤销", "Undo")
NOT_HERE = Text("{name}\n文件不在这台电脑上。", "{name}\nThe file is not on this computer.")
TIP = Text("{name}\n{kind} · {size}\n点开查看；移除请按 Del 或右侧的菜单。",
           "{name}\n{kind} · {size}\nClick to look at it; Del or the menu at its right removes it.")  # fmt: skip

SIDE = 128  # pixels of a photo in small
_SHOWN = 40
_CHARACTERS = 30
_PICTURES = frozenset({b"jpeg", b"png", b"bmp", b"gif", b"webp"})
_MOST_PIXELS = 24_000_000  # what is decoded whole: 96 MB
_MOST_OF_JPEG = 200_000_000  # is scaled while it is read


def thumbnail(path: Path) -> QImage | None:
    """Return a photo in small, ``None`` for what is none, damaged, or so large that it would fill the memory.

    Needs no window and no thread of its own: called off the window's thread.
    """
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    kind, size = bytes(reader.format().data()), reader.size()
    if kind not in _PICTURES or not size.isValid() or size.isEmpty():
        return None
    if size.width() * size.height() > (_MOST_OF_JPEG if kind == b"jpeg" else _MOST_PIXELS):
        return None
    reader.setAutoTransform(True)  # as the camera was held
    reader.setScaledSize(size.scaled(QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1)))
    image = reader.read()
    return None if image.isNull() else image


class FileShelf:
    """The attachments of a workspace as forms see them.

    ``run(work, on_done=…, on_error=…)`` runs work off the window's thread (``Session.run``).
    """

    def __init__(self, attachments: Attachments, run: Callable[..., Any]) -> None:
        self.attachments = attachments
        self._run = run
        self._small: dict[str, QImage | None] = {}

    def called(self, name: str) -> str:
        """Return what a file is called, something readable where nobody knows."""
        return self.attachments.about(name).name or tr(NAMELESS, id=name[:8])

    def kind(self, name: str) -> str:
        """Return what kind of file it is, in the system's words."""
        known = self.attachments.about(name).name
        types = QMimeDatabase()
        path = str(self.attachments.path(name))
        return (types.mimeTypeForFile(known, QMimeDatabase.MatchMode.MatchExtension) if known
                else types.mimeTypeForFile(path, QMimeDatabase.MatchMode.MatchContent)).comment()  # fmt: skip

    def ending(self, name: str) -> str:
        """Return the usual ending of a file without a name, by its content."""
        found = QMimeDatabase().mimeTypeForFile(str(self.attachments.path(name)), QMimeDatabase.MatchMode.MatchContent)
        return found.preferredSuffix()

    def size(self, name: str) -> int | None:
        """Return how many bytes it has, ``None``: it is not here."""
        path = self.attachments.path(name)
        return path.stat().st_size if self.attachments.has(name) else None

    def small(self, name: str, take: Callable[[QImage | None], None]) -> None:
        """Have a photo made small and hand it over on the window's thread; once made it is remembered."""
        if name in self._small:
            take(self._small[name])
            return
        path = self.attachments.path(name)

        def done(image: QImage | None) -> None:
            if len(self._small) > 500:
                self._small.clear()
            self._small[name] = image
            take(image)

        self._run(lambda _context: thumbnail(path), on_done=done, on_error=lambda _error: done(None))

    def open(self, name: str) -> bool:
        """Let the system open a copy; ``False``: it knows no program for it.

        Raises:
            UserError: WSP-023, WSP-024.
        """
        copy = self.attachments.copy_to_open(name, self.ending(name))
        return QDesktopServices.openUrl(QUrl.fromLocalFile(str(copy)))


class FilesEditor(Editor):
    """Attachments by their hash; ``shelf`` keeps, names, shows and opens them, without one they are only listed."""

    wide = True

    def __init__(self, field: Field, shelf: FileShelf | None, parent: QWidget | None = None) -> None:
        super().__init__(field, parent)
        self._shelf = shelf
        self._names: list[str] = []
        self._taken: tuple[int, str] | None = None  # what was removed last, and from where
        self._read_only = False
        self.chips: dict[str, Chip] = {}
        self._add = QPushButton()
        self._add.setProperty("part", "quiet")
        self._add.clicked.connect(self._choose)
        self._listed = QWidget()
        self._flow = FlowLayout(self._listed, theme.current().xs)
        row = across((self._add, 0, Qt.AlignmentFlag.AlignTop), (self._listed, 1), spacing=theme.current().s)
        self._gone = QWidget()
        self._gone_text = QLabel()
        self._gone_text.setProperty("part", "hint")
        self.back = QPushButton()
        self.back.setProperty("part", "link")
        self.back.clicked.connect(lambda _checked=False: self.put_back())
        gone = QHBoxLayout(self._gone)
        gone.setContentsMargins(0, 0, 0, 0)
        gone.addWidget(self._gone_text)
        gone.addWidget(self.back)
        gone.addStretch(1)
        self._gone.hide()
        box = down(row, self._gone, spacing=theme.current().xs)
        self._box.addLayout(box, 1)
        self.line = self._add
        self.setFocusProxy(self._add)
        for button in (self._add, self.back):
            button.installEventFilter(self)
        self.say(self._add.setText, ADD_FILE)
        self.say(self.back.setText, PUT_BACK)
        self._add.setVisible(shelf is not None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.line and event.type() == QEvent.Type.FocusOut:
            self.left.emit()
        return super().eventFilter(watched, event)

    # --- what a person does ------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        path = messages.ask_open_file(self, FILES_TITLE, "*")
        if path is None or self._shelf is None:
            return
        try:
            name = self._shelf.attachments.add(path)
        except UserError as error:
            messages.show_error(self, error)
            return
        if name not in self._names:
            self._names.append(name)
        self._changed(None)

    def _open(self, name: str) -> None:
        assert self._shelf is not None
        try:
            if not self._shelf.open(name):
                messages.show_error(self, StorageProblem.NO_PROGRAM.error(name=self._shelf.called(name)))
        except UserError as error:
            messages.show_error(self, error)

    def _save_as(self, name: str) -> None:
        assert self._shelf is not None
        target = messages.ask_save_file(self, SAVE_AS, "*", suggestion=Path.home() / self._shelf.called(name))
        if target is not None:
            try:
                self._shelf.attachments.save_copy(name, target)
            except UserError as error:
                messages.show_error(self, error)

    def remove(self, name: str) -> None:
        """Take one away; it can be put back at once."""
        where = self._names.index(name)
        del self._names[where]
        self._changed((where, name))
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def put_back(self) -> None:
        """Put back what was removed last."""
        if self._taken is None:
            return
        where, name = self._taken
        self._names.insert(where, name)
        self._changed(None)
        (self.chips.get(name) or self._add).setFocus(Qt.FocusReason.OtherFocusReason)

    def _changed(self, taken: tuple[int, str] | None) -> None:
        self._taken = taken
        self._show()
        self.edited.emit()

    # --- showing -----------------------------------------------------------------------------------------------------

    def _called(self, name: str) -> str:
        return self._shelf.called(name) if self._shelf is not None else tr(NAMELESS, id=name[:8])

    def _show(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self.chips = {name: self._chip(name) for name in self._names}
        before: QWidget = self._add
        for chip in self.chips.values():
            self._flow.addWidget(chip)
            QWidget.setTabOrder(before, chip)  # where they stand, not behind all that was made earlier
            before = chip
        QWidget.setTabOrder(before, self.back)
        self._gone.setVisible(self._taken is not None)
        if self._taken is not None:
            self._gone_text.setText(tr(REMOVED, name=self._called(self._taken[1])))
        self._listed.updateGeometry()

    def _chip(self, name: str) -> Chip:
        called, shelf = self._called(name), self._shelf
        room = self.fontMetrics().averageCharWidth() * _CHARACTERS
        short = self.fontMetrics().elidedText(called, Qt.TextElideMode.ElideMiddle, room)
        chip = Chip(short, {OPEN: partial(self._open, name), SAVE_AS: partial(self._save_as, name)},
                    None if self._read_only or shelf is None else partial(self.remove, name))  # fmt: skip
        chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        chip.setIconSize(QSize(_SHOWN, _SHOWN))
        chip.installEventFilter(self)
        chip.setAccessibleName(called)
        chip.setIcon(theme.icon("file", "soft_text"))
        if shelf is None:
            chip.setEnabled(False)
            return chip
        size = shelf.size(name)
        if size is None:
            chip.setIcon(theme.icon("question", "warn"))
            chip.setToolTip(tr(NOT_HERE, name=called))
        else:
            chip.setToolTip(tr(TIP, name=called, kind=shelf.kind(name), size=_size_text(size)))
            shelf.small(name, lambda image: _show_small(chip, image))
        return chip

    def text(self) -> str:
        return LIST_SEPARATOR.join(self._names)

    def set_text(self, text: str) -> None:
        names = [part for part in text.split(LIST_SEPARATOR) if part]
        if names != self._names or self._taken is not None:
            self._names, self._taken = names, None
            self._show()

    def set_read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self._taken = None
        self._add.setVisible(self._shelf is not None and not read_only)
        self._show()

    def shown(self) -> str:
        return "  ".join(self._called(n) for n in self._names)

    def retranslate(self) -> None:
        super().retranslate()
        self._show()


def _show_small(chip: Chip, image: QImage | None) -> None:
    if image is not None and isValid(chip):
        chip.setIcon(QIcon(QPixmap.fromImage(image)))


def _size_text(size: int) -> str:
    return f"{size / 1_048_576:.1f} MB" if size >= 1_048_576 else f"{max(1, round(size / 1024)):,} KB"
