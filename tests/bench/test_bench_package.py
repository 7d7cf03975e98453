"""Packages beside reading, hashing and compressing the same bytes, and beside frictionless.

``GRASSLAND_BENCH_VERSIONS`` sets the size; 300,000 are the budget's (give ``-o faulthandler_timeout=0`` then). Processor
time, medians. Nothing fails on a slow machine; the bench asserts only that the work was done.
"""

from __future__ import annotations

import hashlib
import os
import resource
import statistics
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from package_helpers import introduce, make_county, make_station, signers_file

from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.fields import Kind
from station_app.domain.registry import record_type
from station_app.domain.samples import sample
from station_app.exchange.package.build import build_package, rewrite_package
from station_app.exchange.package.container import DEFLATE_LEVEL
from station_app.exchange.package.receipts import apply_receipt
from station_app.exchange.package.verify import verify_package
from station_app.storage.clock import new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace

pytestmark = pytest.mark.bench
SIZE = int(os.environ.get("GRASSLAND_BENCH_VERSIONS", "60000"))
MIX = (("household", 5), ("parcel", 5), ("livestock_count", 10), ("compensation_line", 5))


def cpu(run: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """Return the median processor time of ``times`` runs and the last result."""
    taken, result = [], None
    for _ in range(times):
        start = time.process_time()
        result = run()
        taken.append(time.process_time() - start)
    return statistics.median(taken), result


def versions(workspace: Workspace) -> Iterator[Version]:
    total = sum(share for _, share in MIX)
    for name, share in MIX:
        kind = record_type(name)
        templates = [to_json_fields(sample(name, n)) for n in range(50)]
        for number in range(SIZE * share // total):
            fields = dict(templates[number % 50])
            for key in ("contract_number", "note", "head_name"):
                if isinstance(fields.get(key), str):
                    fields[key] = f"{fields[key]}{number}"
            if "code" in fields:
                fields["code"] = fields["code"][:-8] + f"{number:08d}"
            for field in kind.fields:
                if field.kind is Kind.LINK and field.name in fields:
                    fields[field.name] = new_record_id()
            yield make_version(
                record_type=name, schema_version=kind.version, record_id=new_record_id(), parent_ids=(),
                hlc=workspace.journal.clock.next(), author="示例员", device=workspace.identity.device_id, reason="",
                void=False, fields=fields,
            )  # fmt: skip


def peer(raw: Path, packed: Path) -> int:
    """Read, hash and compress the same bytes, as the budget has it."""
    digest, deflate = hashlib.sha256(), zlib.compressobj(DEFLATE_LEVEL, zlib.DEFLATED, -15)
    with raw.open("rb") as source, packed.open("wb") as target:
        while piece := source.read(1 << 20):
            digest.update(piece)
            target.write(deflate.compress(piece))
        target.write(deflate.flush())
    return packed.stat().st_size


def test_build_verify_merge_and_repeat(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with make_station(tmp_path / "s") as station, make_county(tmp_path / "c") as county:
        introduce(station, county)
        station.journal.append(versions(station))
        build, built = cpu(lambda: build_package(station, out))
        with zipfile.ZipFile(built.path) as archive:
            raw = tmp_path / "raw"
            raw.write_bytes(b"".join(archive.read(name) for name in archive.namelist()))
        base, _ = cpu(lambda: peer(raw, tmp_path / "packed"), 3)
        signers = signers_file(county)
        verify, report = cpu(lambda: verify_package(built.path, signers), 3)
        assert report.ok and built.versions == station.journal.count()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "frictionless", "validate", str(built.path)], check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        independent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        again, _ = cpu(lambda: rewrite_package(station, 1, out))
        plan_time, plan = cpu(lambda: plan_receive(county, built.path))
        merge, received = cpu(lambda: apply_receive(county, plan, out))
        assert received.counts == {"applied": built.versions}
        repeat, answered = cpu(lambda: apply_receive(county, plan_receive(county, built.path), out))
        assert answered.repeat
        receipt, _ = cpu(lambda: apply_receipt(station, received.receipt_path))
        size = raw.stat().st_size / 1e6
        print(
            f"\n{built.versions:,} versions, {size:.0f} MB of tables, {built.path.stat().st_size / 1e6:.1f} MB packed, receipt "
            f"{received.receipt_path.stat().st_size / 1e6:.1f} MB; read + sha256 + deflate of the same bytes {base:.2f} s"
        )
        for what, taken, peer_time, budget in (
            ("build, checked and recorded", build, base, "≤ 3"),
            ("write again from the journal", again, base, "–"),
            ("verify", verify, base, "≤ 3"),
            ("plan (verify and compare)", plan_time, base, "≤ 3"),
            ("verify, merge, project, receipt", merge, base, "≤ 3"),
            ("apply the receipt", receipt, base, "–"),
            ("verify beside frictionless", verify, independent, "≤ 0.25"),
            ("the same package again beside the first merge", repeat, merge, "≤ 0.1"),
        ):
            print(f"{what}: {taken:.2f} s, ratio {taken / peer_time:.3f} (budget {budget})")
