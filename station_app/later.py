"""The one lazy boundary: a module of ours that is imported as a module is loaded when it is first used.

``from station_app.ui import overlays`` at the top of a file costs nothing until ``overlays.HelpPanel`` is asked for;
``from station_app.ui.overlays import HelpPanel`` loads at once, as ever. Pages, commands and writers thus name what they
need at their top, where a reader looks for it, and nothing is paid before the first paint that is not shown there.
Records alone are loaded at once: they register themselves.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Loader

OURS, REGISTERED = "station_app.", "station_app.domain.records"
KNOWN_BEFORE = {"__spec__", "__name__", "__package__", "__path__", "__file__", "__cached__", "__loader__", "__class__"}


class _NotYet(ModuleType):
    """A module before its first use. It must not use at its own top what uses it at theirs: that would be a circle."""

    def __getattribute__(self, name: str) -> object:
        if name not in KNOWN_BEFORE:
            _load(self)
        return ModuleType.__getattribute__(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in KNOWN_BEFORE:
            _load(self)
        ModuleType.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        _load(self)
        ModuleType.__delattr__(self, name)


def _load(module: ModuleType) -> None:
    spec = module.__spec__
    assert spec is not None
    state: _Loading = spec.loader_state
    with state.lock:
        if state.loading or type(module) is not _NotYet:
            return
        state.loading = True
        try:
            state.loader.exec_module(module)
        except BaseException:
            state.loading = False  # whoever asks next is told the same
            raise
        object.__setattr__(module, "__class__", ModuleType)


class _Loading:
    """What is known of a module until it is loaded; as a loader it only sets the module aside."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        self.lock = threading.RLock()
        self.loading = False

    def __getattr__(self, name: str) -> object:
        return getattr(self.loader, name)  # what else a loader is asked for: code, source, resources

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        spec.loader = module.__loader__ = self.loader
        spec.loader_state = self
        module.__class__ = _NotYet
        features: Any = sys.modules.get("shibokensupport.feature")
        if features is not None and not isinstance(features.pyside_feature_dict, _Known):
            features.pyside_feature_dict = _Known(features.pyside_feature_dict)


class _Known(dict[str, int]):
    """PySide6 reads the source of each module it sees imported and does not know, to look for a ``__feature__`` that nothing
    of ours uses: reading what waits would load it, and all of it costs a start ten times what the frame does."""

    def __contains__(self, _name: object) -> bool:
        return True


class _Finder:
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(OURS) or fullname.startswith(REGISTERED):
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)) is not None:
                if spec.loader is not None and spec.submodule_search_locations is None:
                    spec.loader = _Loading(spec.loader)  # type: ignore[assignment]
                return spec
        return None


def load_waiting(*rooms: str) -> None:
    """Load the modules of these rooms that something named and nothing has used yet."""
    for name, module in list(sys.modules.items()):
        if type(module) is _NotYet and name.startswith(rooms):
            _load(module)


def install() -> None:
    """Let modules wait for their first use; called once, when the package is first imported."""
    sys.meta_path.insert(0, _Finder())
