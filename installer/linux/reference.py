"""An empty window, frozen the same way: what the start of the program is measured against."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow

application = QApplication([])
window = QMainWindow()
window.setCentralWidget(QLabel("x"))
window.show()
QTimer.singleShot(0, application.quit)
application.exec()
