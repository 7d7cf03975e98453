"""Where the window finds fonts, icons and help: the one place that knows the resource folder."""

from __future__ import annotations

from station_app.paths import resource as resource_path

__all__ = ["resource_path"]
