"""How the state of a record looks: a sign and a word beside the colour."""

from __future__ import annotations

from station_app.domain.text import Text
from station_app.storage.reader import STATE_LABELS, State
from station_app.ui.i18n import tr

STATE_SIGNS: dict[State, str] = {
    State.COMPLETE: "○", State.BROUGHT: "◇", State.REVIEWED: "◎", State.PACKAGED: "↑", State.RECEIVED: "●",
    State.ACCEPTED: "✓", State.RETURNED: "←", State.REFUSED: "×", State.CONFLICT: "≠", State.VOID: "－",
}  # fmt: skip
STATE_COLOURS: dict[State, str] = {
    State.COMPLETE: "muted", State.BROUGHT: "info", State.REVIEWED: "info", State.PACKAGED: "info",
    State.RECEIVED: "info", State.ACCEPTED: "ok", State.RETURNED: "warn", State.REFUSED: "error",
    State.CONFLICT: "error", State.VOID: "muted",
}  # fmt: skip
STATE = Text("上报状态", "Progress")


def state_text(state: State) -> str:
    """Return sign and word in the current language."""
    return f"{STATE_SIGNS.get(state, '·')} {tr(STATE_LABELS[state])}"
