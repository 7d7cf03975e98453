"""Packages beside reading, hashing and compressing the same bytes, and beside frictionless.

``GRASSLAND_BENCH_VERSIONS`` sets the size; 300,000 are the budget's (give ``-o faulthandler_timeout=0`` then). Processor
time, medians. Nothing fails on a slow machine; the bench asserts only that the work was done.
"""

from __future__ import annotations

import dataclasses
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
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from package_helpers import introduce, make_county, make_station, signers_file

from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.fields import Kind
from station_app.domain.registry import record_type
from station_app.domain.samples import sample
from station_app.exchange.package.build import build_package, rewrite_package
from station_app.exchange.package.receipts import apply_receipt
from station_app.exchange.package.verify import verify_package
from station_app.storage.clock import new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace

pytestmark = pytest.mark.bench
SIZE = int(os.environ.get("GRASSLAND_BENCH_VERSIONS", "60000"))
TWENTY = 20  # equal packages, one after another
MIX = (("household", 5), ("parcel", 5), ("livestock_count", 10), ("compensation_line", 5))
_CHARACTERS = [chr(0x4E00 + 7 * n) for n in range(900)]
_WITHIN = ((18_000_000, 53_000_000), (74_000_000, 134_000_000))
_CLASSES = [(species, code) for species in ("sheep", "goat", "cattle", "horse") for code in ("adult_female", "young")]


def cpu(run: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """Return the median processor time of ``times`` runs and the last result."""
    taken, result = [], None
    for _ in range(times):
        start = time.process_time()
        result = run()
        taken.append(time.process_time() - start)
    return statistics.median(taken), result


def _fitting(name: str, number: int, chance: Random) -> dict[str, Any]:
    """What differs from record to record: who, how much, where. A year's counts have eight lines."""
    who = "示例" + "".join(chance.choices(_CHARACTERS, k=3))
    area, other = (Decimal(chance.randrange(100_000, 3_000_000)).scaleb(-3) for _ in range(2))
    if name == "household":
        members = sample(name, number).members * chance.randint(1, 4)
        return {"head_name": who, "account_holder": who, "members": members, "contract_area_mu": area,
                "code": f"999999001001{number % 10_000:04d}"}  # fmt: skip
    if name == "parcel":
        lat, lon = (Decimal(chance.randrange(low, high)).scaleb(-6) for low, high in _WITHIN)
        return {"name": who, "area_mu": area, "lat": lat, "lon": lon, "usable_area_mu": area}
    if name == "livestock_count":
        first = sample(name, number).class_counts[1]
        heads = [chance.randint(0, 400) for _ in _CLASSES]
        return {"year": 2025 + number % 2, "counted_by": who, "class_counts": tuple(
            dataclasses.replace(first, species_code=species, class_code=code, head=head, opening=head, born=0)
            for (species, code), head in zip(_CLASSES, heads, strict=True)
        )}  # fmt: skip
    line = sample(name, number)
    yuan = (area * Decimal("7.5")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    other_yuan = (other * Decimal("2.5")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    ban, balance = line.parts
    return {
        "head_name": who, "account_holder": who, "contract_area_mu": area + other, "ban_area_mu": area,
        "ban_amount_yuan": yuan, "balance_area_mu": other, "balance_amount_yuan": other_yuan,
        "gross_yuan": yuan + other_yuan, "net_yuan": yuan + other_yuan,
        "parts": (dataclasses.replace(ban, area_mu=area, amount_yuan=yuan),
                  dataclasses.replace(balance, area_mu=other, amount_yuan=other_yuan)),
        "parcels": tuple(dataclasses.replace(parcel, parcel_id=new_record_id(), area_mu=part)
                         for parcel, part in zip(line.parcels, (area, other), strict=True)),
    }  # fmt: skip


def versions(workspace: Workspace) -> Iterator[Version]:
    """Yield versions as stations have them: names, areas, amounts and links are other ones in every record."""
    chance = Random(20261201)
    total = sum(share for _, share in MIX)
    for name, share in MIX:
        kind = record_type(name)
        for number in range(SIZE * share // total):
            links = {field.name: new_record_id() for field in kind.fields if field.kind is Kind.LINK}
            record = sample(name, number, **_fitting(name, number, chance))
            fields = {key: links.get(key, value) for key, value in to_json_fields(record).items()}
            yield make_version(
                record_type=name, schema_version=kind.version, record_id=new_record_id(), parent_ids=(),
                hlc=workspace.journal.clock.next(), author="示例员", device=workspace.identity.device_id, reason="",
                void=False, fields=fields,
            )  # fmt: skip


def peer(raw: Path, packed: Path) -> int:
    """Read, hash and compress the same bytes, as the budget has it: as zip does it where nobody says how hard."""
    digest, deflate = hashlib.sha256(), zlib.compressobj(6, zlib.DEFLATED, -15)
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
        signed: list[float] = []
        show = county.catch_up

        def shown(**options: bool) -> None:
            """The receipt is signed and handed out; now the tables follow."""
            signed.append(time.process_time())
            show(**options)

        county.catch_up = shown  # type: ignore[method-assign]
        start = time.process_time()
        plan_time, plan = cpu(lambda: plan_receive(county, built.path))
        merge, received = cpu(lambda: apply_receive(county, plan, out))
        intake, until_signed = time.process_time() - start, signed[0] - start
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
            ("intake until the signed receipt", until_signed, base, "≤ 4"),
            ("intake until every table shows it", intake, base, "≤ 8"),
            ("write again from the journal", again, base, "–"),
            ("verify", verify, base, "≤ 1.5"),
            ("plan (verify and compare)", plan_time, base, "–"),
            ("merge, receipt, tables", merge, base, "–"),
            ("apply the receipt", receipt, base, "–"),
            ("verify beside frictionless", verify, independent, "≤ 0.25"),
            ("the same package again beside the first merge", repeat, merge, "≤ 0.1"),
        ):
            print(f"{what}: {taken:.2f} s, ratio {taken / peer_time:.3f} (budget {budget})")


def test_the_twentieth_package_costs_what_the_first_did(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    taken, memory = [], []
    with make_station(tmp_path / "s") as station, make_county(tmp_path / "c") as county:
        introduce(station, county)
        for _ in range(TWENTY):
            station.journal.append(versions(station))
            built = build_package(station, out)
            seconds, received = cpu(lambda path=built.path: apply_receive(county, plan_receive(county, path), out))
            assert received.counts == {"applied": built.versions}
            apply_receipt(station, received.receipt_path)
            taken.append(seconds)
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    first, last = statistics.median(taken[:3]), statistics.median(taken[-3:])
    print(
        f"\n{TWENTY} packages of {built.versions:,} versions: the first {first:.2f} s, the last {last:.2f} s, ratio {last / first:.2f} "
        f"(budget 0.9 … 1.1); most memory {memory[0]:.0f} → {memory[-1]:.0f} MB"
    )
