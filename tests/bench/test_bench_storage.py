"""Storage beside its peers: ratios of medians in one run, never absolute claims.

Run with ``grassland-station bench`` or ``pytest tests/bench -m bench -s``. Nothing here fails on a slow machine; the
figures are printed, and each bench asserts only that both sides did the same work.
"""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from unit_helpers import household, livestock_count

from station_app.domain.registry import Role, record_type
from station_app.services.checking import look_before_sending
from station_app.services.entry import Entry
from station_app.storage import key_slots
from station_app.storage.check import check_workspace
from station_app.storage.clock import new_record_id
from station_app.storage.codec import to_json_fields
from station_app.storage.engine import connect, utils_database
from station_app.storage.reader import Query
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace

pytestmark = pytest.mark.bench


def report(what: str, ours: float, peer_name: str, peer: float, budget: str) -> None:
    """Print one line: our median, the peer's median, the ratio and the budget."""
    print(
        f"\n{what}: {ours * 1000:.2f} ms | {peer_name}: {peer * 1000:.2f} ms | ratio {ours / peer:.2f} (budget {budget})"
    )


def timed(run: Callable[[], Any], times: int) -> list[float]:
    """Return seconds of each of ``times`` runs."""
    out = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        out.append(time.perf_counter() - start)
    return out


@pytest.fixture
def workspace(tmp_path: Path) -> Any:
    made = Workspace.create(tmp_path / "w", org_code="152525", org_name="示例", role=Role.STATION)
    yield made
    made.close()


def test_one_durable_save_beside_a_synced_append(workspace: Workspace, tmp_path: Path) -> None:
    entry = Entry(workspace)
    numbers = iter(range(1, 10_000))
    block = os.urandom(4096)
    ours: list[float] = []
    peer: list[float] = []
    with (tmp_path / "append").open("ab") as file:

        def append() -> None:
            file.write(block)
            file.flush()
            os.fsync(file.fileno())

        for _ in range(500):
            ours += timed(lambda: entry.save(household(next(numbers))), 1)
            peer += timed(append, 1)
    report(
        "save one household, median", statistics.median(ours), "append 4 KiB + fsync", statistics.median(peer), "≤ 1.5"
    )
    report("save one household, p99", statistics.quantiles(ours, n=100)[98], "append 4 KiB + fsync",
           statistics.quantiles(peer, n=100)[98], "≤ 1.5")  # fmt: skip
    assert workspace.read.count(Query("household")) == 500
    log = workspace.database_path.with_name(f"{workspace.database_path.name}-wal")
    workspace._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    workspace._connection.execute("PRAGMA wal_autocheckpoint=0")
    sizes = [0]
    for _ in range(100):
        entry.save(household(next(numbers)))
        sizes.append(log.stat().st_size // 4120)
    pages = [after - before for before, after in pairwise(sizes)]
    print(
        f"\npages a save writes: median {statistics.median(pages):.0f}, mean {statistics.mean(pages):.1f} (budget ≤ 8)"
    )


def bulk(count: int) -> list[Any]:
    """Return invented counts of one household."""
    return [livestock_count("01a1fc82-233f-74da-833f-9321de880550", n % 900, note="示例") for n in range(count)]


def as_versions(records: list[Any], workspace: Workspace) -> list[Version]:
    return [
        make_version(
            record_type="livestock_count",
            schema_version=1,
            record_id=new_record_id(),
            parent_ids=(),
            hlc=workspace.journal.clock.next(),
            author="示例",
            device="d",
            reason="",
            void=False,
            fields=to_json_fields(record),
        )  # fmt: skip
        for record in records
    ]


def test_bulk_append_beside_sqlite_utils(workspace: Workspace, tmp_path: Path) -> None:
    records = bulk(100_000)
    kind = record_type("livestock_count")
    rows, lines = [], []
    for record in records:
        record_id = new_record_id()
        rows.append({"id": record_id, **{f.name: _plain(getattr(record, f.name)) for f in kind.scalars}})
        lines += [{"id": record_id, "line_no": n, **line.__dict__} for n, line in enumerate(record.class_counts, 1)]
    database = utils_database(connect(tmp_path / "peer.db", new=True))

    def bare() -> None:
        database["bare"].insert_all(rows, pk="id")
        database["lines"].insert_all(lines, pk=("id", "line_no"))

    peer = timed(bare, 1)[0]
    start = time.perf_counter()
    workspace.journal.append(as_versions(records, workspace))
    report("append 100,000 versions (canonical form, hash, journal, projection, indexes)", time.perf_counter() - start,
           "sqlite-utils insert_all of the bare rows and lines", peer, "≤ 1")  # fmt: skip
    assert workspace.read.count(Query("livestock_count")) == 100_000 == database["bare"].count


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else (None if value == () else value)


def test_find_and_page_beside_like_and_offset(workspace: Workspace) -> None:
    entry = Entry(workspace)
    entry.save_many([(household(n, head_name=f"示例{'巴娜苏其格乌朝萨斯阿'[n % 10]}{n}", code=f"15252520320{n // 10000}{n % 10000:04d}",
                                village_code=f"15252520320{n // 10000}"), None) for n in range(1, 100_000)])  # fmt: skip
    ours = statistics.median(
        timed(lambda: workspace.read.find("slbt", limit=20) or workspace.read.find("示例巴", limit=20), 30)
    )
    peer = statistics.median(
        timed(lambda: workspace.read.sql("SELECT record_id FROM household WHERE head_name LIKE '%苏99%' LIMIT 20"), 10)
    )
    report("find among 100,000", ours, "LIKE over the names", peer, "< 5 ms")
    query = Query("household", sort=(("head_name", False),))
    keys = workspace.read.row_keys(query)
    ours = statistics.median(timed(lambda: workspace.read.rows_by_keys("household", keys[90_000:90_100]), 20))
    peer = statistics.median(timed(lambda: workspace.read.rows(query, limit=100, offset=90_000), 5))
    report("page 900 of a sorted table", ours, "LIMIT/OFFSET", peer, "next page < 20 ms")
    assert len(keys) == workspace.read.count(query) == 99_999


def test_first_page_of_every_offered_sort_of_a_million(workspace: Workspace) -> None:
    Entry(workspace).save(household(1))
    fields = """json_set(fields, '$.code', printf('15252520320%07d', i * 7919 % 9999991), '$.head_name', '示例' || (i * 31 % 9973),
        '$.contract_number', 'C' || (i * 37 % 777777))"""
    with workspace.journal.transaction() as connection:
        connection.execute(
            f"""WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i+1 FROM n WHERE i < 1000000) INSERT INTO version
                SELECT i, printf('%064x', i), record_type, printf('%032x----', i), schema_version, '', hlc, author, device,
                reason, 0, {fields}, '' FROM n, version v WHERE v.seq=1"""
        )
        connection.execute("UPDATE projected SET behind=1")
    workspace.catch_up()

    def page(name: str, descending: bool) -> None:
        keys = workspace.read.row_keys(Query("household", sort=((name, descending),)), 100)
        assert len(workspace.read.rows_by_keys("household", keys)) == 100

    sorts = sorted(workspace.read.sorts("household"))
    worst = max(statistics.median(timed(lambda n=n, d=d: page(n, d), 5)) for n in sorts for d in (False, True))
    peer = statistics.median(
        timed(lambda: workspace.read.sql("SELECT rowkey FROM household ORDER BY persons, rowkey LIMIT 100"), 3)
    )
    report(f"first page of the slowest of {len(sorts)} offered sorts", worst, "without an index", peer, "≤ 50 ms")


def test_store_and_check_a_version(workspace: Workspace) -> None:
    workspace.journal.append(as_versions(bulk(50_000), workspace))
    workspace.catch_up()
    workspace._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    number = workspace.journal.count()
    began = time.process_time()
    assert check_workspace(workspace.folder).ok
    print(
        f"\nstore: {workspace.database_path.stat().st_size / number:.0f} bytes a version (budget ≤ 1,400); "
        f"check: {(time.process_time() - began) / number * 1e6:.0f} µs cpu a version (budget ≤ 120)"
    )


def test_look_before_sending_new_and_unchanged(workspace: Workspace) -> None:
    owners = Entry(workspace).save_many((household(n), None) for n in range(1, 1_001)).ids
    line = record_type("livestock_count").by_name["class_counts"].line
    assert line is not None
    lines = tuple(
        line(species_code=species, class_code=code, head=20)
        for species in ("sheep", "goat", "cattle", "horse")
        for code in ("adult_female", "adult_male")
    )
    counts = [
        livestock_count(owner, 0, class_counts=lines, year=year, occasion=occasion, counted_on=date(year, month, 28))
        for owner in owners
        for year in range(2016, 2026)
        for occasion, month in (("mid_year", 6), ("year_end", 12))
    ]
    # The ids are not looked at here.
    made = [replace(v, device=workspace.identity.device_id) for v in as_versions(counts, workspace)]
    workspace.journal.append(made)
    for told in ("new", "unchanged"):
        with workspace.new_reader() as reader:
            began = time.process_time()
            found = look_before_sending(reader, date(2026, 11, 21), year=2026)
            took = (time.process_time() - began) / found.checked * 1e6
        print(
            f"\nlook before sending, {told}, counts of 8 lines: {took:.0f} µs cpu a record (budget ≤ 150, unchanged free)"
        )
        assert found.checked == len(counts) + len(owners) and not found.findings


BACKUPS = """
import json, os, resource, sys, time
from pathlib import Path
from station_app.storage import key_slots
from station_app.storage.workspace import Workspace
key_slots.MEMORY_KIB, key_slots.PASSES = 64, 1
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
def cpu(run):
    start = time.process_time()
    run()
    return time.process_time() - start
with Workspace.open(Path(sys.argv[1])) as station:
    station.back_up()  # what it needs is loaded
    few = cpu(station.back_up), peak()
    for _ in range(25):
        station.attachments.keep(os.urandom(8 << 20), "a.jpg")
    kept = peak()
    first = cpu(station.back_up), peak()
    station.attachments.keep(os.urandom(8 << 20), "b.jpg")
    print(json.dumps({"none": few, "kept": kept, "first": first, "second": (cpu(station.back_up), peak())}))
"""


def test_backups_with_200_mb_of_attachments_beside_hashing_them(workspace: Workspace, tmp_path: Path) -> None:
    """The first seals and proves them, the second what is new; memory is that of one attachment being kept."""
    Entry(workspace).save(household(1))
    key_slots.set_password(workspace.keys_folder, "示例密码一二三四")
    workspace.close()
    done = subprocess.run(
        [sys.executable, "-c", BACKUPS, str(workspace.folder)], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    (none, small), (first, high), (second, higher) = found["none"], found["first"], found["second"]
    content = b"x" * (8 << 20)
    (hashing,) = timed(lambda: [hashlib.sha256(content).digest() for _ in range(25)], 1)
    report("first backup with 200 MB", first, "sha256 of 200 MB", hashing, "≤ 6")
    report("second, 8 MB new", second, "the first", first, "8 / 200, and the database")
    report("second, 8 MB new", second, "without any attachment", none, "≤ 3")
    print(
        f"memory: {small >> 20} MB without, {found['kept'] >> 20} once kept, {high >> 20} first, {higher >> 20} second"
    )
    assert len(list((workspace.folder / "backups").glob("attachments/*/*.sealed"))) == 26
