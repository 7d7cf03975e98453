"""100,000 signal emits with object and text arguments: some PySide6 versions abort after a few hundred."""

from __future__ import annotations

import os
import subprocess
import sys

import patience

PROGRAM = """
from decimal import Decimal
from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

class Sender(QObject):
    text = Signal(str)
    value = Signal(object)
    pair = Signal(str, object)

class Receiver(QObject):
    def __init__(self):
        super().__init__()
        self.count = 0
        self.queued = 0

    @Slot(str)
    def take_text(self, text):
        self.count += len(text) > 0

    @Slot(object)
    def take_value(self, value):
        self.count += value is not None

    @Slot(str, object)
    def take_queued(self, text, value):
        self.queued += value[0] == text

application = QCoreApplication([])
sender, receiver = Sender(), Receiver()
plain = []
sender.text.connect(receiver.take_text)
sender.value.connect(receiver.take_value)
sender.value.connect(plain.append)
sender.pair.connect(receiver.take_queued, Qt.ConnectionType.QueuedConnection)
for number in range(50_000):
    sender.text.emit(f"牧户 {number}")
    sender.value.emit((Decimal(number), {"n": number}))
    if number % 50 == 0:
        sender.pair.emit(str(number), [str(number)])
        application.processEvents()
application.processEvents()
assert (receiver.count, receiver.queued, len(plain)) == (100_000, 1000, 50_000), (receiver.count, receiver.queued)
print("emitted", receiver.count)
"""


def test_a_hundred_thousand_emits_do_not_abort() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", PROGRAM],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
        timeout=patience.SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "emitted 100000"), done.stderr[-2000:]
