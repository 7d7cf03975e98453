"""Draws the program's icon in the sizes of the hicolor theme: python icons.py ICON.svg FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)


def main() -> int:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    application = QGuiApplication(["icons", "-platform", "offscreen"])
    drawing = QSvgRenderer(str(source))
    assert drawing.isValid(), source
    for size in SIZES:
        image = QImage(size, size, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawing.render(painter, QRectF(0, 0, size, size))
        painter.end()
        file = target / f"{size}x{size}" / "apps" / "grassland-station.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        assert image.save(str(file)), file
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main())
