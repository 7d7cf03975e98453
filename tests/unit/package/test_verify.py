"""Every way a package can be wrong has its code. What stock tools miss is found too."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from package_helpers import (
    changed,
    codes,
    entries_of,
    fill,
    frictionless_validates,
    introduce,
    key_of,
    make_county,
    make_station,
    signers_file,
    ssh_keygen_verifies,
    write_entries,
)

from station_app.domain.problems import Severity, UserError
from station_app.domain.samples import sample
from station_app.exchange.package.build import build_package
from station_app.exchange.package.cards import revoke_card, write_allowed_signers
from station_app.exchange.package.container import MANIFEST, SIGNATURE
from station_app.exchange.package.manifest import read_manifest
from station_app.exchange.package.sshsig import read_signers
from station_app.exchange.package.verify import OpenPackage, verify_file, verify_package
from station_app.services.entry import Entry
from station_app.storage.attachments import Attachments
from station_app.storage.workspace import Workspace

HOUSEHOLDS = "records/household.jsonl"
Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def package(station: Workspace, out: Path) -> Path:
    photo = Attachments(station.folder / "attachments").keep(b"not really a photo")
    fill(station, 5)
    Entry(station).save(sample("parcel", 1, attachments=(photo,)), reason="示例")
    return build_package(station, out).path


@pytest.fixture
def signers(county: Workspace) -> Path:
    return signers_file(county)


def found(path: Path, signers: Path | None) -> set[str]:
    report = verify_package(path, signers)
    for problem in report.problems:
        assert problem.text.zh and problem.text.en and "{" not in problem.text.zh + problem.text.en
    assert report.ok == (not any(p.severity is Severity.ERROR for p in report.problems))
    return codes(report.problems)


def test_sound_package(package: Path, signers: Path, station: Workspace) -> None:
    report = verify_package(package, signers)
    assert report.ok and report.problems == [] and report.signer == station.identity.device_id
    assert report.counts == {"household": 5, "livestock_count": 5, "parcel": 1}
    assert report.totals["households"] == 5 and report.totals["head"] == {"sheep": 515}
    assert report.manifest is not None and report.manifest.station.versions == 11


# --- signature -------------------------------------------------------------------------------------------------------


def test_without_a_list_the_signer_stays_unknown(package: Path) -> None:
    assert found(package, None) == {"PKG-026"} and verify_package(package).ok


def test_unknown_key(package: Path, tmp_path: Path, signers: Path) -> None:
    with make_county(tmp_path / "other") as stranger:
        assert found(package, write_allowed_signers(stranger)) == {"PKG-021"}


def test_foreign_key_signing_for_a_known_device(package: Path, tmp_path: Path, county: Workspace) -> None:
    with make_station(tmp_path / "other") as stranger:
        introduce(stranger, county)
        forged = changed(package, tmp_path / package.name, key_of(stranger))
    assert found(forged, signers_file(county)) == {"PKG-024", "PKG-021"}
    assert "PKG-024" in found(forged, None)


def test_revoked_key(package: Path, county: Workspace, station: Workspace, tmp_path: Path) -> None:
    revoke_card(county, station.identity.device_id)
    signers = signers_file(county)
    assert found(package, signers) == {"PKG-022"}
    assert not ssh_keygen_verifies(package, signers, station.identity.device_id, tmp_path)


def test_signature_for_another_purpose(package: Path, station: Workspace, tmp_path: Path, signers: Path) -> None:
    entries = entries_of(package)
    entries[SIGNATURE] = key_of(station).sign(io.BytesIO(entries[MANIFEST]), "git").encode()
    assert found(write_entries(tmp_path / package.name, entries), signers) == {"PKG-023"}


def test_changed_manifest_or_broken_signature(package: Path, tmp_path: Path, signers: Path, station: Workspace) -> None:
    entries = entries_of(package)
    altered = write_entries(
        tmp_path / package.name, {**entries, MANIFEST: entries[MANIFEST].replace(b'"fen": 0', b'"fen": 1')}
    )
    assert "PKG-020" in found(altered, signers)
    assert not ssh_keygen_verifies(altered, signers, station.identity.device_id, tmp_path)
    broken = write_entries(tmp_path / package.name, {**entries, SIGNATURE: b"no signature"})
    assert found(broken, signers) == {"PKG-020"}
    missing = write_entries(tmp_path / package.name, {n: d for n, d in entries.items() if n != SIGNATURE})
    assert found(missing, signers) == {"PKG-007"}


def test_key_out_of_its_time(package: Path, signers: Path, tmp_path: Path, station: Workspace) -> None:
    text = signers.read_text(encoding="utf-8")
    signers.write_text(text.replace("namespaces=", 'valid-before="20200101",namespaces='), encoding="utf-8")
    assert found(package, signers) == {"PKG-025"}
    assert not ssh_keygen_verifies(package, signers, station.identity.device_id, tmp_path)
    at = datetime(2019, 1, 1, tzinfo=UTC)
    with OpenPackage(package, read_signers(signers), now=at) as opened:
        assert opened.findings.problems == []


# --- manifest and files ----------------------------------------------------------------------------------------------


def drop(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.pop(name) and None  # type: ignore[func-returns-value]


def put(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: data})


@pytest.mark.parametrize(("files", "manifest", "rehash", "expected"), [
    (put(HOUSEHOLDS, b"x"), None, False, {"PKG-015", "PKG-040"}),
    (drop(HOUSEHOLDS), None, False, {"PKG-014"}),
    (put("records/unlisted.jsonl", b"x"), None, False, {"PKG-013"}),
    (put("attachments/" + "0" * 64, b"x"), None, False, {"PKG-013"}),
], ids=["changed", "missing", "extra table", "extra attachment"])  # fmt: skip
def test_files_and_manifest_must_agree(
    package: Path,
    station: Workspace,
    tmp_path: Path,
    signers: Path,
    files: Any,
    manifest: Any,
    rehash: bool,
    expected: set[str],
) -> None:
    altered = changed(package, tmp_path / package.name, key_of(station), files=files, manifest=manifest, rehash=rehash)
    assert expected <= found(altered, signers)
    assert not verify_package(altered, signers).ok


def test_a_flipped_cell_is_called_changed(package: Path, tmp_path: Path, signers: Path) -> None:
    """Without the key: the hash in the signed manifest tells."""
    entries = entries_of(package)
    entries[HOUSEHOLDS] = entries[HOUSEHOLDS].replace("示例牧户2".encode(), "示例牧户7".encode())
    altered = write_entries(tmp_path / package.name, entries)
    assert found(altered, signers) == {"PKG-015"}
    assert not frictionless_validates(altered)


def test_a_package_whose_lines_changed_holds_other_versions(
    package: Path, station: Workspace, tmp_path: Path, signers: Path
) -> None:
    """The id of a version is the hash of its line: even the sender cannot change a version and keep its id."""
    altered = changed(
        package, tmp_path / package.name, key_of(station),
        files=lambda f: f.update({HOUSEHOLDS: f[HOUSEHOLDS].replace("示例牧户2".encode(), "示例牧户7".encode())}),
    )  # fmt: skip
    here = {v for (v,) in station.read.sql("SELECT version_id FROM version WHERE record_type='household'")}
    ids = {hashlib.sha256(line).hexdigest() for line in entries_of(altered)[HOUSEHOLDS].splitlines()}
    assert found(altered, signers) == {"PKG-053"} and len(here & ids) == 4 and len(ids - here) == 1
    assert {hashlib.sha256(line).hexdigest() for line in entries_of(package)[HOUSEHOLDS].splitlines()} == here


def station_block(**values: Any) -> Change:
    return lambda content: content["station"].update(values)


def total(**values: Any) -> Change:
    return lambda content: content["station"]["totals"].update(values)


def count(**values: Any) -> Change:
    return lambda content: content["station"]["counts"].update(values)


def resource(name: str, **values: Any) -> Change:
    return lambda content: next(r for r in content["resources"] if r["name"] == name).update(values)


@pytest.mark.parametrize(("manifest", "expected"), [
    (total(fen=1), {"PKG-050"}),
    (total(mu="1.000"), {"PKG-050"}),
    (total(head={"sheep": 1}), {"PKG-050"}),
    (total(households=6), {"PKG-050"}),
    (station_block(to="1795239579999-000000"), {"PKG-050"}),
    (count(household=4), {"PKG-049"}),
    (station_block(versions=10), {"PKG-049"}),
    (count(unheard=1), {"PKG-011"}),
    (station_block(sequence=0), {"PKG-011"}),
    (station_block(sequence="1"), {"PKG-011"}),
    (station_block(sequence=1.5), {"PKG-011"}),
    (station_block(device="../../x"), {"PKG-011"}),
    (station_block(org="x"), {"PKG-011"}),
    (station_block(role="king"), {"PKG-011"}),
    (station_block(previous={"sequence": 1}), {"PKG-011"}),
    (station_block(acknowledges={"device": "a", "epoch": "b", "high_water": 1, "highest": 1, "missing": []}), {"PKG-011"}),
    (station_block(format=5), {"PKG-012"}),
    (station_block(format=1), {"PKG-011"}),
    (station_block(format=2), {"PKG-011"}),
    (resource("household", hash="md5:x"), {"PKG-011"}),
    (resource("household", path="../x.csv"), {"PKG-011"}),
    (resource("household", path="records/livestock_count.jsonl"), {"PKG-011"}),
    (resource("household", path="records/household.csv"), {"PKG-011"}),
    (lambda c: c["resources"].pop(0), {"PKG-011"}),
    (lambda c: c.update(resources=[]), {"PKG-011"}),
    (lambda c: c.pop("station"), {"PKG-011"}),
    (station_block(sequence=2, previous={"sequence": 1, "sha256": "0" * 64}), {"PKG-017"}),
])  # fmt: skip
def test_manifest_must_keep_to_the_format_and_tell_the_truth(
    package: Path, station: Workspace, tmp_path: Path, signers: Path, manifest: Change, expected: set[str]
) -> None:
    altered = changed(package, tmp_path / package.name, key_of(station), manifest=manifest)
    assert found(altered, signers) == expected


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b'{"station":{},"station":{}}', b'{"a":NaN}', b"\xff"])
def test_manifest_must_be_strict_json(
    package: Path, station: Workspace, tmp_path: Path, signers: Path, raw: bytes
) -> None:
    entries = {**entries_of(package), MANIFEST: raw}
    entries[SIGNATURE] = key_of(station).sign(io.BytesIO(raw)).encode()
    path = write_entries(tmp_path / package.name, entries)
    assert found(path, signers) <= {"PKG-010", "PKG-011"} and not verify_package(path, signers).ok
    with pytest.raises(UserError):
        read_manifest(raw)


def test_renamed_file_is_told_and_taken(package: Path, tmp_path: Path, signers: Path) -> None:
    copy = tmp_path / "GSP (1).zip"
    copy.write_bytes(package.read_bytes())
    assert found(copy, signers) == {"PKG-017"} and verify_package(copy, signers).ok


def test_an_attachment_nobody_names_is_refused(
    package: Path, station: Workspace, tmp_path: Path, signers: Path
) -> None:
    data = b"smuggled"
    sha256 = hashlib.sha256(data).hexdigest()

    def add(content: dict[str, Any]) -> None:
        content["resources"].append({"name": f"attachment-{sha256}", "path": f"attachments/{sha256}", "bytes": len(data),
                                     "hash": f"sha256:{sha256}"})  # fmt: skip

    def order(files: dict[str, bytes]) -> None:
        files[f"attachments/{sha256}"] = data

    altered = changed(package, tmp_path / package.name, key_of(station), files=order, manifest=add)
    assert found(altered, signers) == {"PKG-013"}


def test_an_attachment_must_be_what_its_name_says(
    package: Path, station: Workspace, tmp_path: Path, signers: Path
) -> None:
    name = next(n for n in entries_of(package) if n.startswith("attachments/"))
    altered = changed(package, tmp_path / package.name, key_of(station), files=put(name, b"another photo"))
    assert found(altered, signers) == {"PKG-015"}


def test_a_role_that_is_not_the_cards(package: Path, station: Workspace, county: Workspace, tmp_path: Path) -> None:
    from station_app.exchange.package.cards import signers_of
    from station_app.exchange.package.intake import known_devices

    altered = changed(package, tmp_path / package.name, key_of(station), manifest=station_block(role="county"))
    report = verify_file(altered, signers_of(county), cards=known_devices(county))
    assert "PKG-011" in codes(report.problems) and not report.ok


# --- content a faulty or hostile program signs -----------------------------------------------------------------------


def with_lines(change: Callable[[list[bytes]], None]) -> Callable[[dict[str, bytes]], None]:
    def edit(files: dict[str, bytes]) -> None:
        lines = files[HOUSEHOLDS].splitlines()
        change(lines)
        files[HOUSEHOLDS] = b"".join(line + b"\n" for line in lines)

    return edit


def put_for(old: str, new: str) -> Callable[[list[bytes]], None]:
    return lambda lines: lines.__setitem__(2, lines[2].replace(old.encode(), new.encode()))


@pytest.mark.parametrize(("change", "expected"), [
    (lambda lines: lines.append(lines[-1]), "PKG-044"),
    (lambda lines: lines.insert(0, lines.pop()), "PKG-044"),
    (lambda lines: lines.pop(), "PKG-049"),
    (lambda lines: lines.append(b""), "PKG-040"),
    (lambda lines: lines.append(b"\xff"), "PKG-040"),
    (lambda lines: lines.append(b"{}"), "PKG-041"),
    (put_for('"void":false', '"void":0'), "PKG-041"),
    (put_for('"head_name":"示例牧户3"', '"head_name":5'), "PKG-041"),
    (put_for('"author":', '"author": '), "PKG-040"),
    (put_for('{"author":"示例员",', '{"author":"示例员","author":"示例员",'), "PKG-040"),
    (put_for('"reason":"",', ""), "PKG-041"),
    (put_for('"void":false', '"void":false,"wall":"2099-01-01T00:00:00Z"'), "PKG-041"),
    (put_for('"record_type":"household"', '"record_type":"parcel"'), "PKG-041"),
])  # fmt: skip
def test_lines_are_checked(
    package: Path, station: Workspace, tmp_path: Path, signers: Path, change: Any, expected: str
) -> None:
    altered = changed(package, tmp_path / package.name, key_of(station), files=with_lines(change))
    assert expected in found(altered, signers) and not verify_package(altered, signers).ok


def test_place_names_file_and_line(package: Path, station: Workspace, tmp_path: Path, signers: Path) -> None:
    altered = changed(
        package, tmp_path / package.name, key_of(station), files=with_lines(put_for('"void":false', '"void":0'))
    )
    assert [p.place for p in verify_package(altered, signers).problems] == ["records/household.jsonl:3"]


def test_a_line_without_an_end_is_refused(package: Path, station: Workspace, tmp_path: Path, signers: Path) -> None:
    altered = changed(
        package, tmp_path / package.name, key_of(station), files=lambda f: f.update({HOUSEHOLDS: f[HOUSEHOLDS][:-1]})
    )
    assert found(altered, signers) == {"PKG-040"}


def test_a_broken_file_does_not_fill_the_screen(station: Workspace, out: Path, tmp_path: Path, signers: Path) -> None:
    entry = Entry(station)
    for number in range(60):
        entry.save(sample("staff", number), reason="示例")
    built = build_package(station, out)
    report = verify_file(built.path, read_signers(signers))
    assert report.ok

    def downgrade(content: dict[str, Any]) -> None:
        content["station"]["role"] = "region"

    altered = changed(built.path, tmp_path / built.path.name, key_of(station), manifest=downgrade)
    assert len(verify_package(altered, signers).problems) <= 40


def test_json_of_the_manifest_has_no_floats(package: Path) -> None:
    def refuse(text: str) -> None:
        raise AssertionError(text)

    json.loads(entries_of(package)[MANIFEST], parse_float=refuse)
