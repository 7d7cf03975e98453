"""Where a draft is gone on with, and what is said of one that a sudden end of the program left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from station_app.domain.records.survey import PlotNew
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.ui.session import RUNNING, Place

if TYPE_CHECKING:
    from station_app.storage.drafts import Draft
    from station_app.ui.session import Session

CURSORS = {"_typing", "_at", "_cursor"}
"""What a draft says of the cursor, in grids and forms."""
LEFT = Text("上次程序意外结束。“{what}”里没有存完的内容已留作草稿，没有自动保存。",
            "The program ended unexpectedly. What was not saved in {what} is kept as a draft; nothing was saved by itself.")  # fmt: skip
GO_ON = Text("接着填", "Go on")


def place_of(session: Session, draft: Draft) -> Place:
    """Return where a draft is gone on with: its form, or its grid at its village, year and occasion, or its plot."""
    kind, _, rest = draft.key.partition(":")
    if kind == "count":
        return Place("livestock", record_type="grid", draft=draft.key)
    if kind == "quadrat":
        plot_id = rest.partition(":")[2]
        plot = "plot_new" if session.read.get(PlotNew, plot_id) is not None else "plot"
        return Place(record_type=plot, record_id=plot_id, draft=draft.key)
    return Place(record_type=draft.record_type, record_id=draft.record_id or "", draft=draft.key)


def begin(session: Session) -> None:
    """The window is on the screen: say in one line what the last run left half typed, if it ended suddenly."""
    settings, drafts = session.workspace.settings, session.workspace.drafts
    if settings.get(RUNNING) == "1":
        # Newest first; where a cursor stood somebody was typing.
        left = sorted(drafts.all(), key=lambda draft: not draft.values.keys() & CURSORS)
        if left:
            place = place_of(session, left[0])
            session.say(LEFT.format(what=record_type(left[0].record_type).label), "warn", action_text=GO_ON,
                        action=lambda: session.go(place), lasting=True)  # fmt: skip
    else:
        settings.set(RUNNING, "1")
