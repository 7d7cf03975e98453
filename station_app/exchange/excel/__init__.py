"""Workbooks: out to the county (``reports``), blank ones for filling in (``template``), and back in (``importer``)."""
