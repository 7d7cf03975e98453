"""The one stylesheet, made from the tokens.

Small drawings (arrows, tick) are written to a folder of this process, because a stylesheet can name only files.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import QTemporaryDir

if TYPE_CHECKING:
    from station_app.ui.theme import Tokens

_ARROW_DOWN = '<path d="M3.5 6l4.5 4.5L12.5 6" fill="none" stroke="{c}" stroke-width="1.6" stroke-linecap="round"/>'
_ARROW_UP = '<path d="M3.5 10L8 5.5l4.5 4.5" fill="none" stroke="{c}" stroke-width="1.6" stroke-linecap="round"/>'
_ARROW_RIGHT = '<path d="M6 3.5L10.5 8 6 12.5" fill="none" stroke="{c}" stroke-width="1.6" stroke-linecap="round"/>'
_ARROW_LEFT = '<path d="M10 3.5L5.5 8l4.5 4.5" fill="none" stroke="{c}" stroke-width="1.6" stroke-linecap="round"/>'
_TICK = '<path d="M3.2 8.4l3.2 3.2 6.4-7" fill="none" stroke="{c}" stroke-width="2.2" stroke-linecap="round"/>'
_DASH = '<path d="M4 8h8" stroke="{c}" stroke-width="2.2" stroke-linecap="round"/>'
_DOT = '<circle cx="8" cy="8" r="3.6" fill="{c}"/>'


@lru_cache(maxsize=1)
def _folder() -> QTemporaryDir:
    return QTemporaryDir()


@lru_cache(maxsize=64)
def _drawing(shape: str, colour: str) -> str:
    """Write one small SVG and return its path, as a stylesheet wants it."""
    name = f"{abs(hash((shape, colour))):x}.svg"
    file = Path(_folder().filePath(name))
    body = shape.format(c=colour)
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="16" height="16">{body}</svg>',
        encoding="utf-8",
    )
    return f'"{file.as_posix()}"'  # quoted: a person may be called with a blank


_SHEET = Template("""
QWidget { color: $text; }
QMainWindow, QDialog, QWidget[part="page"], QStackedWidget#pages { background: $window; }
QWidget:disabled { color: $faint_text; }
QToolTip { background: $surface; color: $text; border: 1px solid $strong_border; padding: 4px 6px; }
QLabel, QToolTip { qproperty-textFormat: PlainText; } /* what looks like markup in a text was typed by somebody */

/* ---- words */
QLabel { background: transparent; }
QLabel[part="title"] { font-size: ${title_pt}pt; font-weight: 600; }
QLabel[part="heading"] { font-size: ${heading_pt}pt; font-weight: 600; }
QLabel[part="strong"] { font-weight: 600; }
QLabel[part="hint"], QLabel[echo="true"] { color: $soft_text; font-size: ${small_pt}pt; }
QLabel[part="number"] { font-size: ${number_pt}pt; font-weight: 600; }
QLabel[part="big"] { font-size: ${big_pt}pt; font-weight: 600; }
QLabel[part="code"] { font-family: "Noto Sans Mono", "DejaVu Sans Mono", monospace; }
QLabel[state="ok"] { color: $ok; }
QLabel[state="warn"] { color: $warn; }
QLabel[state="error"] { color: $error; }
QLabel[state="info"] { color: $info; }
QLabel[state="muted"] { color: $soft_text; }
QLabel[part="chip"] { border-radius: ${chip_radius}px; padding: 1px 8px; background: $surface; color: $soft_text;
  font-size: ${small_pt}pt; border: 1px solid $border; }
QLabel[part="chip"][state="ok"] { background: $ok_soft; color: $ok; border-color: $ok_edge; }
QLabel[part="chip"][state="warn"] { background: $warn_soft; color: $warn; border-color: $warn_edge; }
QLabel[part="chip"][state="error"] { background: $error_soft; color: $error; border-color: $error_edge; }
QLabel[part="chip"][state="info"] { background: $info_soft; color: $info; border-color: $info_edge; }
QLabel[part="badge"] { background: $accent; color: $on_accent; border-radius: 9px; padding: 0 6px;
  font-size: ${small_pt}pt; font-weight: 600; }

/* ---- surfaces */
QFrame[part="card"] { background: $surface; border: 1px solid $border; border-radius: 6px; }
QFrame[part="card"][state="warn"] { border-color: $warn; }
QFrame[part="card"][state="error"] { border-color: $error; }
QFrame[part="card"][state="ok"] { border-color: $accent; }
QFrame[part="panel"] { background: $surface; border: 1px solid $border; }
QFrame[part="bar"] { background: $surface; border: none; border-bottom: 1px solid $border; }
QFrame[part="nav"] { background: $nav; border: none; border-right: 1px solid $border; }
QFrame[part="doors"] { background: $surface; border: none; border-top: 1px solid $border; }
QFrame[part="strip"] { background: $surface; border: 1px solid $border; border-radius: ${radius}px; }
QFrame[part="strip"][state="warn"] { background: $warn_soft; border-left: 3px solid $warn; }
QFrame[part="strip"][state="error"] { background: $error_soft; border-left: 3px solid $error; }
QFrame[part="strip"][state="info"] { background: $info_soft; border-left: 3px solid $info; }
QFrame[part="strip"][state="ok"] { background: $ok_soft; border-left: 3px solid $accent; }
QFrame[part="notice"] { background: $surface; border: 1px solid $strong_border; border-radius: ${radius}px; }
QFrame[part="notice"][state="ok"] { background: $ok_soft; border-color: $ok; }
QFrame[part="notice"][state="warn"] { background: $warn_soft; border-color: $warn; }
QFrame[part="notice"][state="error"] { background: $error_soft; border-color: $error; }
QFrame[part="notice"][state="info"] { background: $info_soft; border-color: $info; }
QFrame[part="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QScrollArea, QScrollArea > QWidget > QWidget[part="scrolled"] { background: transparent; border: none; }

/* ---- buttons */
QPushButton { background: $surface; border: 1px solid $strong_border; border-radius: ${radius}px; padding: 0 12px;
  min-height: ${control_inner}px; }
QPushButton:hover { background: $hover; border-color: $accent; }
QPushButton:pressed { background: $accent_soft; }
QPushButton:focus, QToolButton:focus { border: ${focus_width}px solid $focus; }
QPushButton:focus { padding: 0 ${focus_padding}px; min-height: ${control_focus}px; }
QPushButton:disabled { background: transparent; border-color: $border; color: $faint_text; }
QPushButton::menu-indicator { image: url($arrow_down); subcontrol-origin: padding; subcontrol-position: right center;
  right: 5px; width: 11px; height: 11px; }
QPushButton[menu="true"] { padding-right: 14px; }
QPushButton[menu="true"]:focus { padding-right: ${menu_focus}px; }
QPushButton[part="primary"]::menu-indicator { image: url($arrow_on_accent); }
QPushButton[part="primary"] { background: $accent; border-color: $accent; color: $on_accent; font-weight: 600; }
QPushButton[part="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[part="primary"]:pressed { background: $accent_pressed; }
QPushButton[part="primary"]:focus { border: ${focus_width}px solid $focus; }
QPushButton[part="primary"]:disabled { background: $hover; border-color: $border; color: $faint_text; }
QPushButton[part="danger"] { color: $error; border-color: $error; }
QPushButton[part="danger"]:hover { background: $error_soft; }
QPushButton[part="quiet"] { background: transparent; border-color: transparent; }
QPushButton[part="quiet"]:hover { background: $hover; }
QPushButton[part="quiet"]:focus { border: ${focus_width}px solid $focus; }
QPushButton[part="link"] { background: transparent; border: 1px solid transparent; color: $accent; padding: 0 4px;
  text-align: left; }
QPushButton[part="link"]:hover { text-decoration: underline; }
QPushButton[part="link"]:focus { border: ${focus_width}px solid $focus; padding: 0 ${link_focus}px; }
QPushButton[part="link"]:disabled { color: $faint_text; }
QPushButton[part="door"] { background: transparent; border: 1px solid transparent; border-radius: ${radius}px;
  padding: 0 8px; color: $soft_text; min-height: ${door_inner}px; }
QPushButton[part="door"]:hover { background: $hover; color: $text; }
QPushButton[part="door"]:focus { border: ${focus_width}px solid $focus; padding: 0 ${door_focus}px;
  min-height: ${door_inner_focus}px; }
QPushButton[part="door"][state="warn"] { color: $warn; font-weight: 600; }
QPushButton[part="door"][state="error"] { color: $error; font-weight: 600; }
QPushButton[part="door"][state="ok"] { color: $ok; }
QPushButton[part="door"][state="info"] { color: $text; font-weight: 600; }
QPushButton[part="nav"] { background: transparent; border: none; border-left: 3px solid transparent; border-radius: 0;
  text-align: left; padding: 0 8px 0 10px; min-height: ${nav_row}px; }
QPushButton[part="nav"]:hover { background: $hover; }
QPushButton[part="nav"]:checked { background: $accent_soft; border-left: 3px solid $accent; font-weight: 600; }
QPushButton[part="nav"]:focus { border: ${focus_width}px solid $focus; padding: 0 6px 0 ${nav_focus}px;
  min-height: ${nav_row_focus}px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: ${radius}px; padding: 3px 6px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $accent_soft; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="1"] { padding-right: 14px; }
QToolButton[chip="true"] { background: $surface; border: 1px solid $border; padding: 3px 30px 3px 6px; }
QToolButton[chip="true"]:hover { background: $hover; }
QToolButton[chip="true"]:focus { border: ${focus_width}px solid $focus; }
QToolButton[chip="true"]::menu-button { background: transparent; border: none; border-left: 1px solid $border; width: 22px; }
QToolButton[chip="true"]::menu-button:hover { background: $accent_soft; }
QToolButton[chip="true"]::menu-arrow { image: url($arrow_down); width: 12px; height: 12px; }

/* ---- fields */
QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox { background: $surface; color: $text;
  border: 1px solid $strong_border; border-radius: ${radius}px; padding: 0 6px; selection-background-color: $accent;
  selection-color: $on_accent; }
QLineEdit, QAbstractSpinBox, QComboBox { min-height: ${control_inner}px; }
QPlainTextEdit, QTextEdit { padding: 4px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QComboBox:on {
  border: ${focus_width}px solid $focus; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QComboBox:on { padding: 0 ${field_focus}px;
  min-height: ${control_focus}px; }
QLineEdit[readOnly="true"], QPlainTextEdit[readOnly="true"], QTextEdit[readOnly="true"] { background: transparent;
  border: 1px solid transparent; }
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled, QPlainTextEdit:disabled { background: transparent;
  border-color: $border; }
*[problem="error"] { border: 1px solid $error; }
*[problem="hold"], *[problem="warn"] { border: 1px solid $warn; }
QLineEdit[problem="error"], QComboBox[problem="error"], QPlainTextEdit[problem="error"],
QAbstractSpinBox[problem="error"] { background: $error_soft; }
QLineEdit[problem="warn"], QComboBox[problem="warn"], QPlainTextEdit[problem="warn"],
QAbstractSpinBox[problem="warn"] { background: $warn_soft; }
*[problem="error"]:focus { border: ${focus_width}px solid $error; }
*[problem="hold"]:focus, *[problem="warn"]:focus { border: ${focus_width}px solid $warn; }
QLabel[problem="error"] { border: none; color: $error; font-size: ${small_pt}pt; }
QLabel[problem="hold"], QLabel[problem="warn"] { border: none; color: $warn; font-size: ${small_pt}pt; }
QComboBox { padding-right: 22px; }
QComboBox:focus, QComboBox:on { padding-right: 21px; }
QComboBox::drop-down { border: none; width: 20px; subcontrol-origin: padding; subcontrol-position: right center; }
QComboBox::down-arrow { image: url($arrow_down); width: 12px; height: 12px; }
QComboBox[part="bar"] { background: transparent; border-color: transparent; }
QComboBox[part="bar"]:hover { background: $hover; }
QComboBox[part="bar"]:focus { border: ${focus_width}px solid $focus; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $strong_border; outline: none;
  selection-background-color: $accent_soft; selection-color: $text; }
QComboBox QAbstractItemView::item { min-height: ${list_row}px; padding: 0 8px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 16px; border: none; background: transparent; }
QAbstractSpinBox::up-arrow { image: url($arrow_up); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url($arrow_down); width: 10px; height: 10px; }
QLineEdit[part="search"] { background: $window; border-radius: ${search_radius}px; padding: 0 14px; }
QCheckBox, QRadioButton { spacing: 6px; background: transparent; min-height: ${check_row}px; }
QCheckBox::indicator, QRadioButton::indicator { width: 15px; height: 15px; border: 1px solid $strong_border;
  background: $surface; border-radius: 3px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($tick); }
QCheckBox::indicator:indeterminate { background: $surface; image: url($dash); }
QRadioButton::indicator:checked { background: $surface; border-color: $accent; image: url($dot); }
QCheckBox:focus, QRadioButton:focus { color: $focus; text-decoration: underline; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: ${focus_width}px solid $focus; }
QCheckBox::indicator:disabled { background: $window; border-color: $border; }

/* ---- tables and lists */
QTableView, QTreeView, QListView { background: $surface; alternate-background-color: $stripe; color: $text;
  border: 1px solid $border; gridline-color: $border; selection-background-color: $accent_soft;
  selection-color: $text; outline: none; }
QTableView:focus, QTreeView:focus, QListView:focus { border: 1px solid $focus; }
QTableView::item { padding: 0 6px; border: none; }
QTableView::item:selected, QListView::item:selected, QTreeView::item:selected { background: $accent_soft;
  color: $text; }
QTableView::item:focus { border: ${focus_width}px solid $focus; }
QTableView QLineEdit, QTableView QComboBox, QTableView QAbstractSpinBox { border-radius: 0; min-height: 0;
  border: ${focus_width}px solid $focus; padding: 0 4px; }
QListView::item { min-height: ${list_row}px; padding: 0 6px; }
QListView::item:hover { background: $hover; }
QTreeView::item { min-height: ${list_row}px; padding: 0 4px; }
QHeaderView { background: $nav; border: none; }
QHeaderView::section { background: $nav; color: $text; border: none; border-right: 1px solid $border;
  border-bottom: 1px solid $strong_border; padding: 4px 8px; font-weight: 600; }
QHeaderView::section:vertical { font-weight: 400; color: $soft_text; border-bottom: 1px solid $border; }
QHeaderView::up-arrow { image: url($arrow_up); width: 10px; height: 10px; subcontrol-position: right center; }
QHeaderView::down-arrow { image: url($arrow_down); width: 10px; height: 10px; subcontrol-position: right center; }
QTableCornerButton::section { background: $nav; border: none; border-bottom: 1px solid $strong_border; }

/* ---- tabs */
QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: $soft_text; padding: 5px 12px; border: none;
  border-bottom: ${focus_width}px solid transparent; }
QTabBar::tab:hover { color: $text; background: $hover; }
QTabBar::tab:selected { color: $text; font-weight: 600; border-bottom: ${focus_width}px solid $accent; }
QTabBar::tab:focus { color: $focus; }
QTabBar:focus { outline: none; }
QTabBar QToolButton { background: $surface; border: 1px solid $border; padding: 0; }
QTabBar QToolButton::right-arrow { image: url($arrow_right); width: 12px; height: 12px; }
QTabBar QToolButton::left-arrow { image: url($arrow_left); width: 12px; height: 12px; }

/* ---- the rest */
QMenu { background: $surface; border: 1px solid $strong_border; padding: 4px 0; }
QMenu::item { padding: 5px 28px 5px 14px; background: transparent; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $faint_text; }
QMenu::separator { height: 1px; background: $border; margin: 4px 8px; }
QMenu::icon { padding-left: 10px; }
QProgressBar { background: $border; border: none; border-radius: 4px; min-height: 8px; max-height: 8px;
  text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: $strong_border; border-radius: 4px; margin: 1px 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $soft_text; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $border; }
QSplitter::handle:horizontal { width: 8px; }
QSplitter::handle:vertical { height: 8px; }
QCalendarWidget QWidget#qt_calendar_navigationbar { background: $nav; }
QCalendarWidget QToolButton { color: $text; }
QCalendarWidget QAbstractItemView { selection-background-color: $accent; selection-color: $on_accent; }
QGroupBox { border: none; border-top: 1px solid $border; margin-top: 18px; padding-top: 8px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; padding: 0 8px 0 0; }
""")


def stylesheet(tokens: Tokens) -> str:
    """Return the stylesheet of the whole window."""
    pt = tokens.font_pt
    values: dict[str, object] = {
        name: getattr(tokens, name)
        for name in (
            "window", "surface", "stripe", "nav", "border", "strong_border", "text", "soft_text", "faint_text", "accent",
            "accent_hover", "accent_pressed", "on_accent", "accent_soft", "hover", "focus", "ok", "ok_soft", "warn",
            "warn_soft", "error", "error_soft", "info", "info_soft", "radius", "focus_width",
        )
    }  # fmt: skip
    extra = tokens.focus_width - 1
    for state in ("ok", "warn", "error", "info"):  # high contrast draws the edge
        values[f"{state}_edge"] = values[state if tokens.focus_width > 2 else f"{state}_soft"]
    values.update(
        title_pt=pt + 5, heading_pt=pt + 1.5, small_pt=pt - 1, number_pt=pt + 3, big_pt=pt + 9,
        control_inner=tokens.control - 2, control_focus=tokens.control - 2 - 2 * extra,
        focus_padding=12 - extra, menu_focus=14 - extra, link_focus=4 - extra, field_focus=6 - extra,
        door_focus=8 - extra, nav_focus=13 - tokens.focus_width,
        door_inner=tokens.control - 4, door_inner_focus=tokens.control - 4 - 2 * extra,
        nav_row=tokens.row + 6, nav_row_focus=tokens.row + 6 - 2 * tokens.focus_width,
        list_row=tokens.row - 2, check_row=tokens.row - 8, search_radius=tokens.control // 2,
        chip_radius=round(pt), arrow_down=_drawing(_ARROW_DOWN, tokens.soft_text),
        arrow_right=_drawing(_ARROW_RIGHT, tokens.text), arrow_left=_drawing(_ARROW_LEFT, tokens.text),
        arrow_on_accent=_drawing(_ARROW_DOWN, tokens.on_accent),
        arrow_up=_drawing(_ARROW_UP, tokens.soft_text), tick=_drawing(_TICK, tokens.on_accent),
        dash=_drawing(_DASH, tokens.accent), dot=_drawing(_DOT, tokens.accent),
    )  # fmt: skip
    return _SHEET.substitute(values)
