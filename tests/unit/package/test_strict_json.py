"""JSON from outside is read strictly; held against the published suite, read in place."""

from __future__ import annotations

import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from station_app.exchange.package.strict_json import StrictJsonError, loads

# The suite counts these as JSON; a manifest that says something twice says nothing.
REFUSED_ON_PURPOSE = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}


def test_published_suite(shared_data: Path) -> None:
    suite = shared_data / "conformance" / "JSONTestSuite-data.zip"
    if not suite.exists():
        pytest.skip(f"the published suite is not here: {suite}")
    wrong, seen = [], {"y_": 0, "n_": 0, "i_": 0}
    with zipfile.ZipFile(suite) as archive:
        for member in archive.namelist():
            name = member.rsplit("/", 1)[-1]
            if name[:2] not in seen or not name.endswith(".json"):
                continue
            seen[name[:2]] += 1
            try:
                loads(archive.read(member))
                read = True
            except StrictJsonError:
                read = False
            if name.startswith("y_") and read == (name in REFUSED_ON_PURPOSE):
                wrong.append(name)
            if name.startswith("n_") and read:
                wrong.append(name)
    assert wrong == []
    assert seen["y_"] >= 90 and seen["n_"] >= 180, seen


@pytest.mark.parametrize("text", [
    b'{"a":1,"a":1}', b'{"b":{"a":1,"a":2}}', b"NaN", b"[Infinity]", b"[-Infinity]", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00",
    b'["\\ud800"]', b'{"\\udfff":1}', b"[" * 100 + b"]" * 100, b'{"a":' * 5000, b'["a\nb"]', b"[1]x", b"", b"[01]", b"[1.]",
    b"[" + b"9" * 10_000 + b"]", b'["\xed\xa0\x80"]',
])  # fmt: skip
def test_what_two_readers_could_read_differently_is_refused(text: bytes) -> None:
    with pytest.raises(StrictJsonError):
        loads(text)


def test_brackets_inside_text_are_not_depth() -> None:
    assert loads(b'["' + b"[" * 1000 + b'\\""]') == ["[" * 1000 + '"']


def test_fractions_stay_exact() -> None:
    assert loads(b"[0.1, 1e2, 12345678901234567890]") == [Decimal("0.1"), Decimal("1e2"), 12345678901234567890]
