"""The language of the window: one current language, ``tr`` for every text, and widgets that follow when it changes.

Every text a person reads is a :class:`station_app.domain.text.Text`. A widget that inherits :class:`Retranslated` says
its texts with ``self.say(widget.setText, TEXT)``; they are said again whenever the language changes while it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QAbstractButton, QLabel

from station_app.domain.text import CHINESE, Text
from station_app.ui.followers import Followers

Said = Text | Callable[[], str]
W = TypeVar("W", bound=QLabel | QAbstractButton)


_language = CHINESE
language_changed = Followers()


def language() -> str:
    """Return the current language, ``zh_CN`` or ``en`` or an installed further one."""
    return _language


def set_language(name: str) -> None:
    global _language
    if name != _language:
        _language = name
        language_changed.emit()


def tr(text: Text, **values: object) -> str:
    """Return ``text`` in the current language, its placeholders filled with ``values``."""
    if values:
        text = text.format(**values)
    return text.to(_language)


class Retranslated:
    """Mixin of widgets (QObjects): says texts now and again after every change of language.

    Subclasses that build texts of several parts override :meth:`retranslate` (and call the parent).
    """

    _i18n_said: dict[Any, tuple[Callable[[str], Any], Said]]

    def follow_language(self) -> None:
        """Start following; called once in the constructor, after ``super().__init__``."""
        self._i18n_said = {}
        language_changed.connect(self.retranslate)

    def say(self, setter: Callable[[str], Any], text: Said) -> None:
        """Give ``text`` to ``setter`` (a bound method such as ``label.setText``) now and after every change."""
        owner = getattr(setter, "__self__", None)
        self._i18n_said[(id(owner), getattr(setter, "__name__", repr(setter)))] = (setter, text)
        setter(tr(text) if isinstance(text, Text) else text())

    def said(self, made: W, text: Said, tip: Said | None = None) -> W:
        """Return a label or button that says ``text``, and ``tip`` under the pointer."""
        self.say(made.setText, text)
        if tip is not None:
            self.say(made.setToolTip, tip)
        return made

    def retranslate(self) -> None:
        """Say everything again in the current language."""
        for key, (setter, text) in list(self._i18n_said.items()):
            owner = getattr(setter, "__self__", None)
            if isinstance(owner, QObject) and not shiboken6.isValid(owner):
                del self._i18n_said[key]
                continue
            setter(tr(text) if isinstance(text, Text) else text())
