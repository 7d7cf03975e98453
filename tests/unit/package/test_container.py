"""The zip of a package: the same bytes for the same content, and suspicion of everything else."""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from package_helpers import entries_of, fill, write_entries

from station_app.domain.problems import UserError
from station_app.exchange.package import container
from station_app.exchange.package.build import build_package
from station_app.exchange.package.container import MANIFEST, Container, Limits
from station_app.exchange.package.verify import verify_package
from station_app.storage.workspace import Workspace

NAME = "records/household.csv"


@pytest.fixture
def package(station: Workspace, out: Path) -> Path:
    fill(station, 30)
    return build_package(station, out).path


def refused(path: Path, limits: Limits = container.LIMITS) -> str:
    """Read everything in a package and return the code it is refused with; empty when it is not."""
    try:
        with Container(path, limits) as opened:
            for name in opened.names:
                opened.read(name)
    except UserError as error:
        assert error.text.zh and error.text.en and error.problems
        return error.code
    return ""


def test_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    content = {NAME: b"a,b\r\n1,2\r\n" * 1000, "attachments/" + "0" * 64: bytes(range(256)), MANIFEST: b"{}"}
    one, other = (write_entries(tmp_path / name, content) for name in ("1.zip", "2.zip"))
    assert one.read_bytes() == other.read_bytes()
    assert refused(one) == ""
    with zipfile.ZipFile(one) as archive:
        assert archive.testzip() is None
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert [i.compress_type for i in archive.infolist()] == [
            zipfile.ZIP_DEFLATED,
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ]


def test_cut_short_anywhere_is_refused(package: Path, tmp_path: Path) -> None:
    whole = package.read_bytes()
    cut = tmp_path / "cut.zip"
    places = {0, 1, 21, 22, len(whole) - 1, len(whole) - 22, *random.Random(1).sample(range(len(whole)), 60)}
    for place in places:
        cut.write_bytes(whole[:place])
        assert refused(cut) in ("PKG-001", "PKG-008"), place


def test_no_flipped_byte_goes_unnoticed(package: Path, tmp_path: Path) -> None:
    whole = package.read_bytes()
    altered = tmp_path / package.name
    for place in random.Random(2).sample(range(len(whole)), 150):
        altered.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        report = verify_package(altered, None)
        unchanged = not refused(altered) and entries_of(altered) == entries_of(package)
        assert not report.ok or unchanged, place  # a few bits of a zip mean nothing to anybody


def test_bytes_before_between_and_behind_are_refused(package: Path, tmp_path: Path) -> None:
    whole = package.read_bytes()
    path = tmp_path / "x.zip"
    path.write_bytes(b"#!/bin/sh\n" + whole)
    assert refused(path) == "PKG-008"
    path.write_bytes(whole + b"more")
    assert refused(path) in ("PKG-008", "PKG-001")
    commented = bytearray(whole)
    commented[-2:] = struct.pack("<H", 4)
    path.write_bytes(bytes(commented) + b"more")
    assert refused(path) == "PKG-008"


def test_packed_again_by_another_program_is_refused(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "again.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries_of(package).items():
            archive.writestr(name, data)
    assert refused(path) == ""  # the same layout: what counts is that nothing is hidden
    buffer = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            return buffer.write(data)

    with zipfile.ZipFile(Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:  # streamed: sizes stand behind the data
        for name, data in entries_of(package).items():
            archive.writestr(name, data)
    path.write_bytes(buffer.getvalue())
    assert refused(path) == "PKG-008"


@pytest.mark.parametrize("name", [
    "../records/household.csv", "/records/household.csv", "C:/records/household.csv", "records\\household.csv",
    "records/../records/household.csv", "Records/household.csv", "records/household.CSV", "records/household.csv.exe",
    "records/a.b.c.csv", "records/.csv", "attachments/photo.jpg", "attachments/" + "A" * 64, "autorun.inf", "__MACOSX/x",
    "records/.jsonl", "records/a.b.jsonl", "records/household.jsonl.exe", "records/牧户.csv", "datapackage.json ", "records/household.csv\n",
])  # fmt: skip
def test_names_outside_the_allow_list_are_refused(tmp_path: Path, name: str) -> None:
    path = write_entries(tmp_path / "x.zip", {MANIFEST: b"{}", name: b"x"})
    assert refused(path) == "PKG-002"


@given(st.text(max_size=40))
def test_any_other_name_is_refused(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    if container.TABLE_NAME.match(name) or container.ATTACHMENT_NAME.match(name) or name.startswith(MANIFEST):
        return
    path = tmp_path_factory.getbasetemp() / "any.zip"
    try:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), b"x")
    except (UnicodeEncodeError, IndexError):
        return
    assert refused(path) in ("PKG-001", "PKG-002", "PKG-004")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("other", [NAME, "records/Household.csv", "records/household.csv"])
def test_names_twice_or_looking_the_same_are_refused(tmp_path: Path, other: str) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(NAME, b"one")
        archive.writestr(other, b"two")
    assert refused(path) == "PKG-003"


FIELDS = st.builds(
    lambda tag, what: struct.pack("<HH", tag, len(what)) + what,
    st.sampled_from([1, 0x7875, 0xCAFE]),
    st.binary(max_size=24),
)


@given(
    where=st.sampled_from(["directory", "both", "comment", "archive"]),
    extra=st.lists(FIELDS, min_size=1, max_size=3).map(b"".join),
    which=st.integers(0, 2),
)
def test_nothing_is_hidden_beside_the_entries(
    tmp_path_factory: pytest.TempPathFactory, where: str, extra: bytes, which: int
) -> None:
    """A comment or a field of the directory, of the entry or of the archive: nobody reads them, nobody signs them."""
    path = tmp_path_factory.getbasetemp() / "hidden.zip"
    write_entries(path, {MANIFEST: b"{}", NAME: b"a\r\n1\r\n", "attachments/" + "0" * 64: b"x"})
    assert refused(path) == ""
    with zipfile.ZipFile(path, "a") as archive:  # only the directory is written anew
        info = archive.infolist()[which]
        if where == "comment":
            info.comment = extra
        elif where == "archive":
            archive.comment = extra
        else:
            info.extra = extra
        archive._didModify = True  # type: ignore[attr-defined]
    if where == "both":  # the head of the entry says it too
        with zipfile.ZipFile(path, "w") as archive:
            named = zipfile.ZipInfo(NAME)
            named.extra = struct.pack("<HH", 0xCAFE, 4) + b"more"
            archive.writestr(named, b"a\r\n1\r\n")
    assert refused(path) in ("PKG-008", "PKG-001")


def _link(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def _folder(info: zipfile.ZipInfo) -> None:
    info.filename = info.orig_filename = "records/"


def _dos_folder(info: zipfile.ZipInfo) -> None:
    info.external_attr = 0x10


def _bzip2(info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_BZIP2


@pytest.mark.parametrize("change", [_link, _folder, _dos_folder, _bzip2])
def test_what_is_no_plain_file_is_refused(tmp_path: Path, change: Callable[[zipfile.ZipInfo], None]) -> None:
    path = tmp_path / "x.zip"
    info = zipfile.ZipInfo(NAME)
    info.external_attr = 0o644 << 16
    change(info)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, b"" if info.filename.endswith("/") else b"../../etc/passwd")
    assert refused(path) == "PKG-004"


def test_encrypted_entry_is_refused(tmp_path: Path) -> None:
    path = write_entries(tmp_path / "x.zip", {NAME: b"x"})
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    path.write_bytes(bytes(data))
    assert refused(path) == "PKG-004"


def test_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = write_entries(tmp_path / "x.zip", {NAME: bytes(50 << 20)})
    assert path.stat().st_size < 250_000
    assert refused(path) == "PKG-006"


def test_overlapping_entries_are_refused(tmp_path: Path) -> None:
    """The other kind of bomb: many names for the same compressed bytes."""
    path = write_entries(tmp_path / "x.zip", {"records/a.csv": b"x" * 100, "records/b.csv": b"x" * 100})
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    path.write_bytes(bytes(data))
    assert refused(path) in ("PKG-001", "PKG-008")


def test_lying_sizes_are_refused(tmp_path: Path) -> None:
    path = write_entries(tmp_path / "x.zip", {NAME: b"x" * 1000})
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 500)
    path.write_bytes(bytes(data))
    assert refused(path) == "PKG-001"


@pytest.mark.parametrize(("limits", "name"), [
    (Limits(table=10), NAME), (Limits(manifest=10), MANIFEST), (Limits(attachment=10), "attachments/" + "0" * 64),
    (Limits(signature=10), "datapackage.json.sig"), (Limits(total=10), NAME), (Limits(entries=0), NAME),
])  # fmt: skip
def test_sizes_are_bounded(tmp_path: Path, limits: Limits, name: str) -> None:
    path = write_entries(tmp_path / "x.zip", {name: bytes(range(100))})
    assert refused(path, limits) == "PKG-005"
    assert refused(path) == ""


def test_missing_parts_and_missing_files_say_so(tmp_path: Path) -> None:
    path = write_entries(tmp_path / "x.zip", {NAME: b"x"})
    with Container(path) as opened, pytest.raises(UserError) as caught:
        opened.read(MANIFEST)
    assert caught.value.code == "PKG-007"
    assert refused(tmp_path / "nothing.zip") == "PKG-009"
    (tmp_path / "text.zip").write_text("no zip at all")
    assert refused(tmp_path / "text.zip") == "PKG-001"
    (tmp_path / "empty.zip").write_bytes(b"")
    assert refused(tmp_path / "empty.zip") == "PKG-001"


def test_other_zips_are_no_packages(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    report = verify_package(path)
    assert not report.ok and report.problems[0].code == "PKG-002"
