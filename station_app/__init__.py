"""Grassland Station (草原站): records, checks and packages for grassland stations."""

__version__ = "0.1.0"
