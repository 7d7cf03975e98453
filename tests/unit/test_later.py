"""A module named as a module waits for its first use, also when several threads come at once."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import sys, threading
from station_app.services import compensation, undo
from station_app.ui import overlays
assert "PySide6.QtWidgets" not in sys.modules, "the window's toolkit is loaded before anybody asked"
assert "station_app.services.entry" not in sys.modules
assert compensation.__name__ == "station_app.services.compensation" and "station_app.services.entry" not in sys.modules
found = []
threads = [threading.Thread(target=lambda: found.append(undo.undo)) for _ in range(8)]
[t.start() for t in threads]; [t.join() for t in threads]
assert len(set(found)) == 1 and len(found) == 8
compensation.MARK = 1  # a name given from outside loads first, so that nothing overwrites it
assert compensation.MARK == 1 and compensation.__doc__
print("waited")
"""


def test_a_module_is_loaded_when_it_is_first_used() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "waited", done.stderr


def test_an_error_while_loading_is_told_to_everybody_who_asks() -> None:
    script = (
        "import sys\nfrom station_app.services import undo\nsys.modules['station_app.services.entry'] = None\n"
        "for _ in range(2):\n    try:\n        undo.undo\n    except ImportError as error:\n        print(error.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["station_app.services.entry"] * 2, done.stderr
