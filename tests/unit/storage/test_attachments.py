"""Attachments are named by their content and kept whole or not at all."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from station_app.domain.problems import UserError
from station_app.storage import attachments
from station_app.storage.attachments import Attachments


def test_file_is_kept_once_under_the_hash_of_its_content(tmp_path: Path) -> None:
    photo = tmp_path / "照片 1.jpg"
    photo.write_bytes(b"not really a photo")
    kept = Attachments(tmp_path / "attachments")
    name = kept.add(photo)
    assert name == hashlib.sha256(b"not really a photo").hexdigest() == kept.add(photo)
    assert kept.has(name) and kept.path(name).read_bytes() == b"not really a photo"
    assert [f.name for f in (tmp_path / "attachments").iterdir()] == [name]


def test_missing_large_and_unwritable_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Attachments(tmp_path / "attachments")
    codes = []
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"x" * 100)
    for prepare in ("missing", "large", "unwritable"):
        if prepare == "large":
            monkeypatch.setattr(attachments, "MAX_BYTES", 50)
        if prepare == "unwritable":
            monkeypatch.setattr(attachments, "MAX_BYTES", 500)
            monkeypatch.setattr(os, "fsync", _full)
        with pytest.raises(UserError) as caught:
            kept.add(tmp_path / "nothing.jpg" if prepare == "missing" else photo)
        codes.append(caught.value.code)
    assert codes == ["WSP-020", "WSP-021", "WSP-022"]
    assert not list((tmp_path / "attachments").iterdir())


def _full(descriptor: int) -> None:
    raise OSError(28, "No space left on device")
