"""Colours, sizes and icons of the window: one set of tokens for light, dark, high contrast and large print.

No page types a colour or a size. A widget says what it *is* by a property and the stylesheet, made from the tokens, says
how that looks:

===========  ==========================================================================================================
property     values
===========  ==========================================================================================================
``part``     QLabel: title, heading, strong, hint, number, big, code, chip, badge · QFrame/QWidget: card, bar, nav,
             panel, notice, page, doors, strip · QPushButton: primary, quiet, link, danger, door, nav, tab
``state``    ok, warn, error, info, muted (labels, chips, frames, doors)
``problem``  error, hold, warn (editors and cells with a finding; unset when fine)
``echo``     true (small text that repeats a parsed value)
===========  ==========================================================================================================

Change a property of a widget that is already shown with ``mark`` so that the style follows.
"""

from __future__ import annotations

import math
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from station_app.domain.problems import Severity
from station_app.paths import resource
from station_app.ui import stylesheet
from station_app.ui.followers import Followers

FAMILIES = (
    "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "Microsoft YaHei",
    "WenQuanYi Micro Hei", "PingFang SC", "Sans Serif",
)  # fmt: skip
"""The first is in resources/fonts; the rest stand in when a machine lacks a character."""

SERIES = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#000000")
"""Okabe-Ito: chart series that colour-blind readers can tell apart."""


class ThemeName(StrEnum):
    """The looks a person can choose; large print is chosen apart."""

    LIGHT = "light"
    DARK = "dark"
    CONTRAST = "contrast"


class Tokens(NamedTuple):
    """Every colour and size the window uses."""

    window: str  # behind everything
    surface: str  # tables, fields, cards
    stripe: str  # every second row
    nav: str
    border: str
    strong_border: str  # edge of a field
    text: str
    soft_text: str  # hints, units
    faint_text: str  # disabled
    accent: str  # action, selection: grass green
    accent_hover: str
    accent_pressed: str
    on_accent: str
    accent_soft: str  # selected row
    hover: str
    focus: str
    ok: str
    ok_soft: str
    warn: str
    warn_soft: str
    error: str
    error_soft: str
    info: str
    info_soft: str
    shadow: str
    dark: bool = False
    focus_width: int = 2
    font_pt: float = 10.0
    row: int = 28
    control: int = 28
    icon: int = 18
    radius: int = 4
    xs: int = 4
    s: int = 8
    m: int = 12
    l: int = 16  # noqa: E741  the four steps of spacing are named as on a shirt
    nav_width: int = 148


_LIGHT = Tokens(
    window="#F4F6F3", surface="#FFFFFF", stripe="#F8FAF7", nav="#E9EEE8", border="#D9DFD7", strong_border="#A7B2A6",
    text="#1B211C", soft_text="#566158", faint_text="#8E988F", accent="#2E7D32", accent_hover="#276A2B",
    accent_pressed="#1F5723", on_accent="#FFFFFF", accent_soft="#DCEEDC", hover="#EAF2E9", focus="#1B5E20",
    ok="#256B29", ok_soft="#E0F1E0", warn="#7F5200", warn_soft="#FFF1CC", error="#B3261E", error_soft="#FCE4E2",
    info="#0B57A4", info_soft="#E1EEFB", shadow="#C3CBC2",
)  # fmt: skip

_DARK = Tokens(
    window="#191C1A", surface="#212523", stripe="#252A27", nav="#151816", border="#363D38", strong_border="#5F6A62",
    text="#E7EBE7", soft_text="#A9B4AB", faint_text="#737E76", accent="#6CBF70", accent_hover="#82CD86",
    accent_pressed="#57AA5B", on_accent="#0C1B0D", accent_soft="#264A2A", hover="#2B322D", focus="#9BE09E",
    ok="#86D18A", ok_soft="#20381F", warn="#F0C14E", warn_soft="#3B3114", error="#FF9289", error_soft="#472321",
    info="#8DC3FF", info_soft="#1B304A", shadow="#0C0E0D", dark=True,
)  # fmt: skip

_CONTRAST = Tokens(
    window="#FFFFFF", surface="#FFFFFF", stripe="#FFFFFF", nav="#FFFFFF", border="#000000", strong_border="#000000",
    text="#000000", soft_text="#000000", faint_text="#4A4A4A", accent="#003D10", accent_hover="#00591A",
    accent_pressed="#000000", on_accent="#FFFFFF", accent_soft="#C9F2CF", hover="#E2F6E5", focus="#0000C8",
    ok="#003D10", ok_soft="#FFFFFF", warn="#5C3600", warn_soft="#FFFFFF", error="#8F0000", error_soft="#FFFFFF",
    info="#00318F", info_soft="#FFFFFF", shadow="#000000", focus_width=3,
)  # fmt: skip

_THEMES = {ThemeName.LIGHT: _LIGHT, ThemeName.DARK: _DARK, ThemeName.CONTRAST: _CONTRAST}


_current: Tokens = _LIGHT
_name: ThemeName = ThemeName.LIGHT
changed = Followers()
"""Told after another look was applied."""


def tokens_for(name: ThemeName, large: bool = False) -> Tokens:
    """Return the tokens of a theme, in ordinary or large print."""
    made = _THEMES[name]
    if large:
        made = made._replace(font_pt=13.0, row=36, control=36, icon=22, nav_width=184)
    return made


def current() -> Tokens:
    return _current


def current_name() -> ThemeName:
    return _name


def application_font(made: Tokens) -> QFont:
    """Return the font of the whole window."""
    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setPointSizeF(made.font_pt)
    font.setStyleHint(QFont.StyleHint.SansSerif)
    return font


def palette(made: Tokens) -> QPalette:
    """Return the palette: what Fusion draws without a stylesheet."""
    out = QPalette()
    role = QPalette.ColorRole
    for name, value in (
        (role.Window, made.window), (role.WindowText, made.text), (role.Base, made.surface),
        (role.AlternateBase, made.stripe), (role.Text, made.text), (role.Button, made.surface),
        (role.ButtonText, made.text), (role.BrightText, made.error), (role.Highlight, made.accent),
        (role.HighlightedText, made.on_accent), (role.Link, made.accent), (role.LinkVisited, made.accent),
        (role.ToolTipBase, made.surface), (role.ToolTipText, made.text), (role.PlaceholderText, made.faint_text),
        (role.Light, made.surface), (role.Midlight, made.border), (role.Mid, made.strong_border),
        (role.Dark, made.strong_border), (role.Shadow, made.shadow), (role.Accent, made.accent),
    ):  # fmt: skip
        out.setColor(name, QColor(value))
    off = QPalette.ColorGroup.Disabled
    for name in (role.WindowText, role.Text, role.ButtonText):
        out.setColor(off, name, QColor(made.faint_text))
    out.setColor(off, role.Base, QColor(made.window))
    out.setColor(off, role.Highlight, QColor(made.border))
    return out


# Typed Any: PySide takes str, its stubs say bytes.
_FONTS_OF_WINDOWS: tuple[Any, ...] = (
    "QAbstractItemView",
    "QMenu",
    "QMenuBar",
    "QMessageBox",
    "QStatusBar",
    "QTipLabel",
)
"""Windows gives these their own font, which the application's would not replace; the first style sheet brings them back."""


def apply(name: ThemeName | str = ThemeName.LIGHT, *, large: bool = False) -> Tokens:
    """Give the running application a look; every window follows at once."""
    global _current, _name
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    _name = ThemeName(name)
    _current = tokens_for(_name, large)
    icon.cache_clear()
    font = application_font(_current)
    app.setFont(font)
    app.setPalette(palette(_current))
    app.setStyleSheet(stylesheet.stylesheet(_current))
    for kind in _FONTS_OF_WINDOWS:
        if QApplication.font(kind) != font:
            QApplication.setFont(font, kind)
    changed.emit()
    return _current


def mark(widget: QWidget, **properties: object) -> None:
    """Set style properties of a widget and draw it anew; ``None`` or an empty string removes one."""
    is_new = False
    for name, value in properties.items():
        value = value if value is not None else ""
        if (widget.property(name) or "") != value:
            widget.setProperty(name, value)
            is_new = True
    if is_new:
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)
        widget.update()


def colour(name: str) -> QColor:
    """Return a token colour by name, for painting."""
    return QColor(getattr(_current, name))


def state_of(severity: Severity) -> str:
    """Return the ``state`` a problem is shown in."""
    return "warn" if severity is Severity.HOLD else severity.value


def icon_folder() -> Path:
    return resource("icons")


@lru_cache(maxsize=256)
def icon(name: str, colour_name: str = "text") -> QIcon:
    """Return a resource icon drawn in a token colour; an empty icon when the file is missing.

    Args:
        name: File name in resources/icons without ``.svg``; the drawing uses ``currentColor``.
        colour_name: Token it is drawn in.
    """
    file = icon_folder() / f"{name}.svg"
    out = QIcon()
    if not file.is_file():
        return out
    source = file.read_text(encoding="utf-8")
    screen = QGuiApplication.primaryScreen()
    scale = math.ceil(screen.devicePixelRatio()) if screen is not None else 1  # the disabled look is made by Qt
    size = _current.icon * scale
    out.addPixmap(_drawn(source, getattr(_current, colour_name), size, scale))
    return out


def pixmap(name: str, colour_name: str, size: int) -> QPixmap:
    """Return a resource icon as a picture, for empty pages and notices."""
    file = icon_folder() / f"{name}.svg"
    if not file.is_file():
        return QPixmap()
    return _drawn(file.read_text(encoding="utf-8"), getattr(_current, colour_name), size * 2, 2)


def _drawn(source: str, colour_value: str, size: int, ratio: int) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    picture = QPixmap(QSize(size, size))
    picture.fill(Qt.GlobalColor.transparent)
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour_value).encode()))
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
