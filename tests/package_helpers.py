"""What tests of packages share: workspaces that know each other, stock tools, and packages changed on purpose."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from unit_helpers import household, livestock_count

from station_app.domain.registry import Role
from station_app.exchange.package.cards import accept_card, export_card, signing_key, write_allowed_signers
from station_app.exchange.package.container import MANIFEST, SIGNATURE, ContainerWriter
from station_app.exchange.package.sshsig import SigningKey
from station_app.services.entry import Entry
from station_app.storage import key_slots
from station_app.storage.canonical import encode_sorted
from station_app.storage.engine import connect, copy_into
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import DATABASE, Workspace

STATION_ORG = "152525203"
COUNTY_ORG = "152525"
REGION_ORG = "152500000"


def make_station(folder: Path, name: str = "示例站") -> Workspace:
    return Workspace.create(folder, org_code=STATION_ORG, org_name=name, role=Role.STATION, author="示例员")


def make_county(folder: Path) -> Workspace:
    return Workspace.create(folder, org_code=COUNTY_ORG, org_name="示例旗局", role=Role.COUNTY, author="示例县员")


def introduce(one: Workspace, other: Workspace) -> None:
    """Exchange the cards of two workspaces."""
    for giver, taker in ((one, other), (other, one)):
        accept_card(taker, export_card(giver, giver.folder / "outbox"))


def fill(workspace: Workspace, households: int = 3, first: int = 1) -> list[str]:
    """Save invented households with a count each; return the record ids of the households."""
    entry = Entry(workspace)
    ids = []
    for number in range(first, first + households):
        ids.append(entry.save(household(number)).record_id)
        entry.save(livestock_count(ids[-1], 100 + number))
    return ids


# --- stock tools -----------------------------------------------------------------------------------------------------


def ssh_keygen_verifies(package: Path, allowed_signers: Path, principal: str, scratch: Path) -> bool:
    """Check a package's signature with OpenSSH and none of our code."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed")
    with zipfile.ZipFile(package) as archive:
        (scratch / "datapackage.json.sig").write_bytes(archive.read(SIGNATURE))
        manifest = archive.read(MANIFEST)
    revoked = allowed_signers.with_name("revoked_keys")
    done = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", str(allowed_signers), "-I", principal, "-n", "grassland-package",
         "-s", str(scratch / "datapackage.json.sig"), *(["-r", str(revoked)] if revoked.exists() else [])],
        input=manifest, capture_output=True, check=False,
    )  # fmt: skip
    return done.returncode == 0


def frictionless_validates(package: Path) -> bool:
    """Check a package with the independent checker of Data Packages."""
    done = subprocess.run(
        [sys.executable, "-m", "frictionless", "validate", "--json", str(package)], capture_output=True, check=False
    )
    report = json.loads(done.stdout)
    assert report["tasks"], done.stderr.decode()
    return bool(report["valid"])


# --- versions without a workspace ------------------------------------------------------------------------------------

RECORD_ID = "01a1fc9d-eb82-7cbd-99fd-5330a8572a8e"
NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=cmd|' /C calc'!A0", '"', '""', ",", "a\r\nb", "a\nb", "\r", " lead", "trail ",
         "'", ";", "\\", "\ufeffx", "\u2028", "𬶐", "é", "e\u0301", "null", "true", "0", "x\x00y", "NaN"]  # fmt: skip

# Any text that is UTF-8; NUL too, since a cell must give back whatever was hashed.
texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30) | st.sampled_from(NASTY)


def version(fields: dict[str, Any], type_name: str = "household", number: int = 0, **values: Any) -> Version:
    given_values: dict[str, Any] = {
        "record_type": type_name, "schema_version": 1, "record_id": RECORD_ID, "parent_ids": (),
        "hlc": f"1795239570{number:03d}-000000", "author": "示例员", "device": "7f3ad1b851", "reason": "", "void": False,
        "fields": fields, **values,
    }  # fmt: skip
    return make_version(**given_values)


def as_row(v: Version) -> tuple[Any, ...]:
    return (v.version_id, v.record_id, v.schema_version, " ".join(v.parent_ids), v.hlc, v.author, v.device, v.reason,
            int(v.void), encode_sorted(v.fields).decode(), v.wall)  # fmt: skip


# --- packages changed on purpose -------------------------------------------------------------------------------------


def entries_of(package: Path) -> dict[str, bytes]:
    """Return the files of a package in their order."""
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_entries(path: Path, entries: dict[str, bytes]) -> Path:
    """Write files as a package of ours is written."""
    with path.open("wb") as file, ContainerWriter(file) as writer:
        for name, data in entries.items():
            with writer.entry(name) as sink:
                sink.write(data)
    return path


def changed(
    package: Path,
    target: Path,
    key: SigningKey,
    *,
    files: Callable[[dict[str, bytes]], None] | None = None,
    manifest: Callable[[dict[str, Any]], None] | None = None,
    rehash: bool = True,
) -> Path:
    """Write a copy of a package with its files or manifest changed, hashes made right again and signed anew: what a
    faulty or hostile program with a registered key could send."""
    entries = entries_of(package)
    if files is not None:
        files(entries)
    content = json.loads(entries[MANIFEST])
    if rehash:
        for resource in content["resources"]:
            data = entries.get(resource["path"], b"")
            resource["bytes"], resource["hash"] = len(data), "sha256:" + hashlib.sha256(data).hexdigest()
    if manifest is not None:
        manifest(content)
    del entries[SIGNATURE]
    entries[MANIFEST] = (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
    entries[SIGNATURE] = key.sign(io.BytesIO(entries[MANIFEST])).encode()
    return write_entries(target, entries)


def key_of(workspace: Workspace) -> SigningKey:
    return signing_key(workspace)


def signers_file(workspace: Workspace) -> Path:
    return write_allowed_signers(workspace)


def codes(problems: Any) -> set[str]:
    return {p.code for p in problems}


def made_plain(folder: Path) -> Path:
    """Return the closed workspace in ``folder`` as one from before encryption: its database plain, without slots."""
    database = folder / DATABASE
    part = database.with_name("plain.part")
    with closing(connect(database)) as source:
        copy_into(source, part, plain=True)
    part.replace(database)
    for left in [*folder.glob(f"{DATABASE}-*"), *(folder / "keys").glob("machine*")]:
        left.unlink()
    key_slots.forget(folder)
    return folder
