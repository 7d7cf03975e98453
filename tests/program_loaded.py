"""Everything of the program that has no window, loaded; what ``program_process`` forks from."""

import importlib

from station_app import later
from station_app.storage.reference import install_code_lists
from station_app.storage.search import words

for name in ("cli", "demo"):
    importlib.import_module(f"station_app.commands.{name}")
later.load_waiting("station_app.commands", "station_app.county", "station_app.exchange", "station_app.services")
install_code_lists()
words("示例")  # the dictionary of pinyin
