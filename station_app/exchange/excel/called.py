"""What the file calls a column: every sentence about an import calls it that, in either language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from station_app.domain.fields import Field, described_fields
from station_app.domain.registry import RecordType
from station_app.domain.text import Text
from station_app.exchange.excel.locate import Match


def called_as_in_file(match: Match) -> Match:
    """Return a column whose field is labelled with the heading; sentences about a cell speak with it."""
    described = replace(match.target.field, label=Text(match.heading.shown, match.heading.shown))
    return replace(match, target=replace(match.target, field=described))


def as_called(text: Text, name: str, kind: RecordType, headings: Mapping[str, str]) -> Text:
    """Return a sentence with headings in place of the labels, which are all the rules of a record know.

    ``name`` is the field it is about; ``headings`` holds the heading of each path (``field`` or ``list.field``).
    """
    called: dict[str, str] = {}
    for path in (name, *headings):
        described = _described(kind, path)
        if described is not None and path in headings:
            for label in (described.label.zh, described.label.en):
                called.setdefault(f"“{label}”", f"“{headings[path]}”")
    if not called:
        return text
    # All at once: a heading may be the label of another field.
    labels = re.compile("|".join(map(re.escape, called)))
    return Text(*(labels.sub(lambda found: called[found[0]], each) for each in (text.zh, text.en)))


def _described(kind: RecordType, path: str) -> Field | None:
    outer, _, inner = path.partition(".")
    described = kind.by_name.get(outer)
    if described is None or not inner or described.line is None:
        return described
    return next((f for f in described_fields(described.line) if f.name == inner), None)
