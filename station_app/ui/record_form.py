"""The form of any record type, made from its description."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from station_app.domain.problems import Problem
from station_app.domain.registry import RecordType
from station_app.ui.i18n import Retranslated
from station_app.ui.link_picker import LinkSource


class RecordForm(QWidget, Retranslated):
    """Editable or read-only form of one record; problems stand at their field.

    The page saves: ``submitted`` carries the record; afterwards it calls :meth:`saved` or, after a ``UserError``,
    :meth:`show_problems`. ``drafts`` (``workspace.drafts``) keeps what is typed.

    Signals:
        changed(): something was typed.
        submitted(record): Ctrl+Enter or the save button, and nothing hard stands against it.
    """

    changed = Signal()
    submitted = Signal(object)

    def __init__(
        self, record_type: RecordType | str, *, links: LinkSource, drafts: Any = None, read_only: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)

    def set_record(self, record: Any | None, *, record_id: str | None = None) -> None:
        """Show a record (``None``: an empty new one); a draft kept for it comes back on top."""

    def set_values(self, values: dict[str, str]) -> None:
        """Put in values as typed; unnamed fields stay."""

    def values(self) -> dict[str, str]:
        """Return every field as typed."""
        raise NotImplementedError

    def problems(self) -> list[Problem]:
        """Everything that stands against the record now."""
        raise NotImplementedError

    def record(self) -> Any:
        """Return the record; raises ``UserError`` REC-001 while hard problems stand."""
        raise NotImplementedError

    def reason(self) -> str:
        """Return the reasons typed for unusual values and for a correction."""
        raise NotImplementedError

    def ask_reason(self, needed: bool = True) -> None:
        """Show the line for the reason of a correction (after REC-010) and put the cursor there."""

    def show_problems(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        """Show problems found by saving, each at its field."""

    def saved(self, record: Any, record_id: str) -> None:
        """Say that the record was saved: the draft goes, the fields show the saved values."""

    def is_dirty(self) -> bool:
        """Whether something typed is not saved."""
        raise NotImplementedError

    def submit(self) -> bool:
        """As Ctrl+Enter: emit ``submitted`` or go to the first problem."""
        raise NotImplementedError

    def set_read_only(self, read_only: bool) -> None:
        """Show as text, or as fields."""

    def focus_field(self, name: str) -> None:
        """Put the cursor into a field."""
