"""Qt's own texts (file dialogs) in the language of the window."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QTranslator
from PySide6.QtWidgets import QApplication

from station_app.domain.text import CHINESE
from station_app.ui import i18n


class QtWords(QObject):
    """Keeps Qt's own texts in the language of the window."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._translator: QTranslator | None = None
        i18n.language_changed.connect(self._follow)
        self._follow()

    def close(self) -> None:
        """Leave Qt's texts as they are in English."""
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
            self._translator = None

    def _follow(self) -> None:
        self.close()
        chinese = i18n.language() == CHINESE
        QLocale.setDefault(QLocale("zh_CN" if chinese else "en_GB"))
        if chinese:
            translator = QTranslator(self)
            folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
            if translator.load("qtbase_zh_CN", folder):
                self._app.installTranslator(translator)
                self._translator = translator
