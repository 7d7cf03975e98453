"""Attachments are named by their content and kept whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from pathlib import Path
from typing import IO

import pytest

from station_app.domain.problems import UserError
from station_app.storage import attachments
from station_app.storage.attachments import About, Attachments, clean_name


def test_file_is_kept_once_under_the_hash_of_its_content(tmp_path: Path) -> None:
    photo = tmp_path / "照片 1.jpg"
    photo.write_bytes(b"not really a photo")
    kept = Attachments(tmp_path / "attachments")
    name = kept.add(photo)
    assert name == hashlib.sha256(b"not really a photo").hexdigest() == kept.add(photo)
    assert kept.has(name) and kept.path(name).read_bytes() == b"not really a photo"
    assert sorted(f.name for f in (tmp_path / "attachments").iterdir()) == [name, f"{name}.about"]


def test_what_it_was_called_is_kept_and_the_first_name_stands(tmp_path: Path) -> None:
    kept = Attachments(tmp_path / "attachments")
    (tmp_path / "承包合同.pdf").write_bytes(b"%PDF-")
    (tmp_path / "copy.pdf").write_bytes(b"%PDF-")
    name = kept.add(tmp_path / "承包合同.pdf")
    assert kept.about(name) == About("承包合同.pdf", "application/pdf")
    assert kept.add(tmp_path / "copy.pdf") == name and kept.about(name).name == "承包合同.pdf"
    old = kept.keep(b"of an older program")
    assert kept.about(old) == About() and [f.name for f in kept.path(old).parent.glob(f"{old}*")] == [old]
    for damaged in (b"", b"[]", b"{", b'{"name": 3}', b"\xff"):
        (tmp_path / "attachments" / f"{old}.about").write_bytes(damaged)
        assert kept.about(old) == About()


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("照片 1.jpg", "照片 1.jpg"), ("../../etc/passwd", "passwd"), ("C:\\a\\b.pdf", "b.pdf"), ("a\x00b\n.pdf", "ab.pdf"),
        ("bill\u202egpj.exe", "billgpj.exe"), ("CON.txt", "_CON.txt"), ("nul", "_nul"), (" .. ", ""), ("a.pdf. ", "a.pdf"),
        ("x" * 300 + ".jpg", "x" * 116 + ".jpg"), ("草" * 300 + ".jpg", "草" * 78 + ".jpg"), ("", ""), (".bashrc", "bashrc"),
        ("a<b>:c?.pdf", "abc.pdf"), ("a" + "." * 300, "a"), ("." + "y" * 300, "y" * 120),
    ],
)  # fmt: skip
def test_names_from_outside_are_made_harmless(given: str, clean: str) -> None:
    assert clean_name(given) == clean and clean_name(clean) == clean


def test_a_copy_is_opened_under_its_own_name_and_goes_with_the_workspace(tmp_path: Path) -> None:
    kept = Attachments(tmp_path / "attachments")
    name = kept.keep(b"%PDF-", "承包合同.pdf")
    copy = kept.copy_to_open(name)
    assert copy.name == "承包合同.pdf" and copy.read_bytes() == b"%PDF-" and not copy.stat().st_mode & 0o333
    assert kept.copy_to_open(name) == copy
    assert kept.copy_to_open(kept.keep(b"nameless"), "jpg").suffix == ".jpg"
    kept.forget_copies()
    assert not copy.exists() and not copy.parents[1].exists()
    kept.save_copy(name, tmp_path / "out.pdf")
    assert (tmp_path / "out.pdf").read_bytes() == b"%PDF-"


def test_a_copy_that_cannot_be_finished_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Attachments(tmp_path / "attachments")
    name, out = kept.keep(b"new", "承包合同.pdf"), tmp_path / "out.pdf"
    out.write_bytes(b"old")

    def full(_source: IO[bytes], target: IO[bytes]) -> None:
        target.write(b"ne")
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(UserError) as caught:
        kept.save_copy(name, out)
    assert caught.value.code == "WSP-023" and out.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.pdf"]


@pytest.mark.parametrize(
    ("called", "content"),
    [("a.exe", b"x"), ("a.BAT", b"x"), ("a.pdf.sh", b"x"), ("a.desktop", b"x"), ("a.lnk", b"x"), ("photo.jpg", b"MZ\x90"),
     ("notes.txt", b"#!/bin/sh\n"), ("", b"\x7fELF"), ("a.exe .", b"x")],
)  # fmt: skip
def test_programs_are_never_opened(tmp_path: Path, called: str, content: bytes) -> None:
    kept = Attachments(tmp_path / "attachments")
    with pytest.raises(UserError) as caught:
        kept.copy_to_open(kept.keep(content, called))
    assert caught.value.code == "WSP-024"


def test_what_has_not_arrived_says_so(tmp_path: Path) -> None:
    kept = Attachments(tmp_path / "attachments")
    for ask in (lambda: kept.copy_to_open("f" * 64), lambda: kept.save_copy("f" * 64, tmp_path / "x")):
        with pytest.raises(UserError) as caught:
            ask()
        assert caught.value.code == "WSP-023"


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
