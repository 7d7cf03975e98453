"""Grassland Station (草原站): records, checks and packages for grassland stations."""

from station_app import later

__version__ = "0.1.0"

later.install()
