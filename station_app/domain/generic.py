"""Words for what a checker of types can not follow: what a thing is of, and values read from JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    Of = TypeVar("Of", default=Any)  # may stay unsaid: ``Result`` alone is of whatever its calculation gives
else:
    from typing import TypeVar

    Of = TypeVar("Of")

JSON = Any
"""Text, number, true or false, nothing, a list or a dictionary of such."""
