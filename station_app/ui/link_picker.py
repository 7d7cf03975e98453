"""Choosing another record: type a name, code, pinyin or initials, pick with the arrows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class LinkHit:
    """One record that may be linked."""

    record_id: str
    title: str
    subtitle: str = ""


class LinkSource(Protocol):
    """Where links are looked up."""

    def find(self, record_type: str, text: str, limit: int = 20) -> list[LinkHit]:
        """Records of a type found by ``text``; an empty text gives the first ones."""
        ...

    def title(self, record_type: str, record_id: str) -> str | None:
        """How the record is called, ``None`` when it is not here."""
        ...


class ReaderLinks:
    """Links looked up through a storage ``Reader``."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def find(self, record_type: str, text: str, limit: int = 20) -> list[LinkHit]:
        raise NotImplementedError

    def title(self, record_type: str, record_id: str) -> str | None:
        raise NotImplementedError
