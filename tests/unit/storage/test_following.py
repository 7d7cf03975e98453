"""Tables and search index follow the journal: what they show, in whatever steps they come abreast."""

from __future__ import annotations

import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit_helpers import household, livestock_count

from station_app.domain.fields import Field, Kind, described_fields
from station_app.domain.registry import RecordType, Role, all_types, record_type
from station_app.domain.samples import sample
from station_app.services.entry import Entry
from station_app.storage import projection, search
from station_app.storage.check import check_workspace
from station_app.storage.clock import new_record_id
from station_app.storage.codec import column_value, decode_value, to_json_fields
from station_app.storage.engine import connect_plain
from station_app.storage.following import follow, rebuild, waiting
from station_app.storage.projection import known_tables, list_table, projected_lists
from station_app.storage.reader import Query
from station_app.storage.reference import install_code_lists
from station_app.storage.versions import Version, make_version
from station_app.storage.workspace import Workspace

install_code_lists()
ODD = '示例 "引号" \\ 反斜线 \t\n 𠮷 👍 e\u0301 \u00e9 \u2028 %_ \'; DROP'


def versions_of(kind: RecordType, numbers: list[int], odd: bool) -> list[Version]:
    out = []
    for n in numbers:
        fields = to_json_fields(sample(kind.cls, n))
        if odd:
            fields.update({f.name: ODD for f in kind.scalars if f.kind is Kind.TEXT})
            for name in [f.name for f in kind.scalars if not f.required and f.kind is not Kind.TEXT][::2]:
                fields.pop(name, None)
        out.append(
            make_version(
                record_type=kind.name,
                schema_version=kind.version,
                record_id=new_record_id(),
                parent_ids=(),
                hlc=f"{1_700_000_000_000 + n:013d}-000000",
                author="示例",
                device="d",
                reason="",
                void=n % 5 == 4,
                fields=fields,
            )  # fmt: skip
        )
    return out


def columns_of(fields: dict[str, Any], described: tuple[Field, ...]) -> list[Any]:
    return [
        None if (value := fields.get(f.name)) is None else column_value(f, decode_value(f, value)) for f in described
    ]


def tables_of(workspace: Workspace) -> dict[str, list[str]]:
    read = workspace.read
    shown = {}
    for name in sorted(known_tables() | {"split_head", "progress"}):
        columns = [f'"{row[1]}"' for row in read.sql(f'PRAGMA table_info("{name}")') if row[1] != "rowkey"]
        shown[name] = sorted(map(repr, read.sql(f'SELECT {", ".join(columns)} FROM "{name}"')))
    return shown


def some(workspace: Workspace, most: int) -> int:
    """Bring a workspace a little nearer to its journal; return how much is still to do."""
    with workspace.journal.transaction() as connection:
        follow(connection, search_too=True, most=most)
        return waiting(connection, search=True)


def noted(workspace: Workspace) -> tuple[Any, ...]:
    """What is noted of the journal once everything in it is: last version, records, clock."""
    with workspace.journal.transaction() as connection:
        follow(connection)
        (row,) = connection.execute("SELECT seq, behind, records, hlc FROM projected")
    return tuple(row)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, dict[str, list[Version]]]]:
    """A workspace with records of every type, some of them with odd text and half of their values missing."""
    workspace = Workspace.create(
        tmp_path_factory.mktemp("full") / "w", org_code="152525", org_name="示例", role=Role.STATION
    )
    versions = {
        kind.name: [*versions_of(kind, list(range(6)), odd=False), *versions_of(kind, list(range(6, 11)), odd=True)]
        for kind in all_types()
    }
    workspace.journal.merge(version for kind in versions.values() for version in kind)
    yield workspace, versions
    workspace.close()


@pytest.mark.parametrize("kind", list(all_types()), ids=lambda t: t.name)
def test_tables_hold_what_the_fields_say(kind: RecordType, full: tuple[Workspace, dict[str, list[Version]]]) -> None:
    workspace, versions = full
    names = ", ".join(f'"{f.name}"' for f in kind.scalars)
    for version in versions[kind.name]:
        assert [list(row) for row in workspace.read.sql(
            f'SELECT version_id, void, {names} FROM "{kind.name}" WHERE record_id=?', (version.record_id,)
        )] == [[version.version_id, int(version.void), *columns_of(version.fields, kind.scalars)]]  # fmt: skip
        for listed in projected_lists(kind):
            assert listed.line is not None
            described = described_fields(listed.line)
            lines = ", ".join(f'"{f.name}"' for f in described)
            rows = workspace.read.sql(
                f'SELECT line_no, {lines} FROM "{list_table(kind, listed.name)}" WHERE record_id=? ORDER BY 1',
                (version.record_id,),
            )
            items = version.fields.get(listed.name, [])
            assert [list(r) for r in rows] == [[n, *columns_of(i, described)] for n, i in enumerate(items, 1)]


def test_made_anew_they_are_the_same(full: tuple[Workspace, dict[str, list[Version]]]) -> None:
    workspace, _ = full
    before = tables_of(workspace), noted(workspace)
    with workspace.journal.transaction() as connection:
        rebuild(connection)
    assert (tables_of(workspace), noted(workspace)) == before


def story() -> list[Version]:
    """Corrections, withdrawals, two heads, a merge that fits, reviews and receipts that follow and take back each other."""
    hlc = iter(f"{1_700_000_000_000 + n:013d}-000000" for n in range(1000))
    out: list[Version] = []

    def say(kind: str, record_id: str, fields: dict[str, Any], *parents: Version, void: bool = False) -> Version:
        out.append(
            make_version(
                record_type=kind,
                schema_version=1,
                record_id=record_id,
                parent_ids=tuple(p.version_id for p in parents),
                hlc=next(hlc),
                author="示例",
                device="d",
                reason="",
                void=void,
                fields=fields,
            )  # fmt: skip
        )
        return out[-1]

    for n in range(4):
        base = say("household", f"h{n}", to_json_fields(household(n)))
        left = say("household", f"h{n}", to_json_fields(household(n, note="左")), base)
        right = say("household", f"h{n}", to_json_fields(household(n, group_name="右")), base)
        if n == 1:
            say("household", f"h{n}", to_json_fields(household(n, head_name="示例另一个")), left)
        if n == 2:
            say("household", f"h{n}", to_json_fields(household(n)), left, right, void=True)
        for number, outcome in enumerate(("applied", "refused", "superseded")):
            fields = to_json_fields(sample(record_type("receipt").cls, 10 * n + number))
            fields["results"] = [{"version_id": v.version_id, "outcome": outcome} for v in (base, left)]
            receipt = say("receipt", f"r{n}{number}", fields)
            if n == 3 and number == 2:
                say("receipt", f"r{n}{number}", fields, receipt, void=True)
            fields = to_json_fields(sample(record_type("review").cls, 10 * n + number))
            fields |= {
                "decision": ("returned", "accepted", "returned")[number],
                "versions": [{"version_id": left.version_id}],
            }
            review = say("review", f"v{n}{number}", fields)
            if n == 1 and number == 2:
                say("review", f"v{n}{number}", fields, review, void=True)
    return out


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(order=st.randoms(use_true_random=False), pieces=st.integers(1, 6), most=st.integers(1, 40))
def test_any_order_and_any_steps_show_the_same(order: random.Random, pieces: int, most: int) -> None:
    versions = story()
    with tempfile.TemporaryDirectory() as folder:
        shown, found = [], []
        for name in ("at once", "behind"):
            sent = list(versions)
            with Workspace.create(Path(folder) / name, org_code="152525", org_name="示例", role=Role.COUNTY) as county:
                if name == "behind":
                    order.shuffle(sent)
                    for start in range(pieces):
                        county.journal.merge(sent[start::pieces], show=False)
                        if order.random() < 0.5:
                            some(county, most)
                    assert county.read.waiting() or not county.read.sql("SELECT 1 FROM projected WHERE seq=0")
                    while some(county, most):
                        pass
                else:
                    county.journal.merge(sent)
                assert county.read.waiting() == 0
                shown.append((tables_of(county), noted(county)))
                found.append(
                    [sorted(h.record_id for h in county.read.find(t)) for t in ("示例", "slbt", "152525", "r")]
                )
                with county.journal.transaction() as connection:
                    rebuild(connection)
                assert (tables_of(county), noted(county)) == shown[-1]
                assert [
                    sorted(h.record_id for h in county.read.find(t)) for t in ("示例", "slbt", "152525", "r")
                ] == found[-1]
        assert shown[0] == shown[1] and found[0] == found[1] and any(found[0])


def test_check_makes_the_tables_anew_beside_a_journal_it_only_reads(station: Workspace) -> None:
    entry = Entry(station)
    kept = entry.save(household(1)).record_id  # not found by a search yet: nothing is wrong with that
    station.read.find("示例")
    entry.save(household(2))
    assert check_workspace(station.folder).ok
    station._connection.execute("UPDATE household SET note='改了' WHERE record_id=?", (kept,))
    assert [p.code for p in check_workspace(station.folder).problems] == ["CHK-005"]
    assert station.read.get("household", kept) is not None  # check mended nothing, and took nothing
    assert not list(station.folder.glob("check-*"))


def test_bulk_work_that_was_cut_short_is_shown_at_the_next_opening(station: Workspace) -> None:
    entry = Entry(station)
    kept = entry.save(household(1)).record_id
    station.journal.merge(versions_of(record_type("household"), [7, 8, 9], odd=False), show=False)
    assert station.read.waiting() == 3 and station.read.count(Query("household")) == 1
    with station.new_reader() as beside:  # a job asks for figures: it is given all there is
        assert beside.waiting() == 0 and beside.count(Query("household", include_void=True)) == 4
    station.journal.merge(versions_of(record_type("household"), [11], odd=False), show=False)
    station.close()
    with Workspace.open(station.folder) as opened:
        assert opened.read.waiting() == 0 and opened.read.get("household", kept) is not None
        assert opened.read.count(Query("household", include_void=True)) == 5
        assert not list((station.folder / "backups").glob("*before-upgrade*"))  # nothing was wrong


def plan_of(workspace: Workspace, query: Query) -> str:
    statements: list[str] = []
    read = workspace.new_reader()
    read._connection.set_trace_callback(statements.append)
    read.row_keys(query, 10)
    (asked,) = [text for text in statements if text.startswith("SELECT p.rowkey")]
    plan = "\n".join(row[3] for row in read._connection.execute(f"EXPLAIN QUERY PLAN {asked}"))
    read.close()
    return plan


def test_a_big_table_is_sorted_by_what_is_indexed(station: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Entry(station)
    for n in range(1, 9):
        entry.save(household(n, head_name=f"示例{n * 5 % 9}", persons=n % 3))
    station.catch_up()
    by_name = Query("household", sort=(("head_name", True),))
    before = [row.record.head_name for row in station.read.rows(by_name)]
    assert {"persons", "_state", "head_name"} <= station.read.sorts("household")
    assert "TEMP B-TREE" in plan_of(station, by_name)
    monkeypatch.setattr(projection, "MANY", 8)
    assert station.read.sorts("household") == {"code", "village_code"}
    station.catch_up()
    assert {"code", "head_name", "contract_number"} <= station.read.sorts("household")
    assert "_state" not in station.read.sorts("household")
    for name in station.read.sorts("household"):
        assert "TEMP B-TREE" not in plan_of(station, Query("household", sort=((name, True),)))
    assert [row.record.head_name for row in station.read.rows(by_name)] == before == sorted(before, reverse=True)


def test_a_save_touches_few_pages(station: Workspace) -> None:
    entry = Entry(station)
    homes = [entry.save(household(n)).record_id for n in range(1, 60)]
    for home in homes:
        entry.save(livestock_count(home, 10))
    log = Path(f"{station.database_path}-wal")

    def pages(act: Callable[[], object]) -> int:
        station._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        act()
        return (log.stat().st_size - 32) // (4096 + 24)

    new = [pages(lambda n=n: entry.save(household(n))) for n in range(100, 115)]
    counted = [
        pages(
            lambda home=home: entry.save(livestock_count(home, 20, occasion="year_end", counted_on=date(2026, 1, 31)))
        )
        for home in homes[:15]
    ]
    assert statistics.median(new) <= 8 and statistics.median(counted) <= 8, (new, counted)


NAMES = st.text("巴娜苏其格乌abz09 -ᠮᠣ𠮷éß.（", min_size=1, max_size=9).filter(
    lambda text: any(c.isalnum() for c in text)
)


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(names=st.lists(NAMES, min_size=1, max_size=8), asked=st.lists(NAMES, min_size=4, max_size=12))
def test_the_lean_index_finds_what_a_full_one_finds(names: list[str], asked: list[str], station: Workspace) -> None:
    kind = record_type("household")
    station.journal.merge(
        make_version(
            record_type="household",
            schema_version=1,
            record_id=new_record_id(),
            parent_ids=(),
            hlc=f"{n:013d}-000000",
            author="示例",
            device="d",
            reason="",
            void=False,
            fields={**to_json_fields(household(n)), "head_name": name},
        )  # fmt: skip
        for n, name in enumerate(names, 1)
    )
    full = connect_plain(Path(":memory:"))
    full.execute("CREATE VIRTUAL TABLE entire USING fts5(words, tokenize='unicode61 remove_diacritics 0')")
    for row in station.read.iterate(Query("household")):
        words = search.search_words(kind, to_json_fields(row.record))
        full.execute("INSERT INTO entire (rowid, words) VALUES (?, ?)", (row.rowkey, words))
    keys = {row.record_id: row.rowkey for row in station.read.iterate(Query("household"))}
    initials = ["bn", "s", "q", "wu", "15", "1525252032", "巴", "巴 1", "suqi"]
    for text in [*asked, *names, *initials, *(name[:2] for name in names), *(name[1:] for name in names)]:
        expression = search.match_expression(text)
        expected = full.execute("SELECT rowid FROM entire WHERE entire MATCH ?", (expression,)) if expression else []
        found = station.read.find(text, limit=10_000)
        assert {keys[hit.record_id] for hit in found} == {key for (key,) in expected}, text
        assert len(found) == len({hit.record_id for hit in found})
    for name in names:  # whatever a record is called, that is what it is found by
        assert any(hit.record_id for hit in station.read.find(name, limit=10_000)), name
    full.close()


def test_a_corrected_or_withdrawn_record_is_found_by_what_stands_now(station: Workspace) -> None:
    entry = Entry(station)
    home = entry.save(household(1, head_name="示例巴特尔")).record_id
    assert [hit.record_id for hit in station.read.find("bte")] == [home]
    assert [hit.title for hit in station.read.find("示例巴")] == [station.read.titles("household", [home])[home]]
    entry.save(household(1, head_name="示例苏布德"), record_id=home, reason="改名")
    assert [hit.record_id for hit in station.read.find("sbd")] == [home] and not station.read.find("bte")
    entry.void(home, "登记错了")
    assert not station.read.find("sbd")
    entry.restore(home, "没有错")
    assert [hit.record_id for hit in station.read.find("sbd", ["household"])] == [home]
    assert not station.read.find("sbd", ["parcel"])


def test_a_search_does_not_wait_for_whoever_is_writing(station: Workspace) -> None:
    entry = Entry(station)
    home = entry.save(household(1, head_name="示例巴特尔")).record_id
    assert [hit.record_id for hit in station.read.find("bte")] == [home]
    entry.save(household(2, head_name="示例苏布德"))
    with station.beside() as other, other.journal.transaction():
        assert [hit.record_id for hit in station.read.find("bte")] == [home]
        assert not station.read.find("sbd")  # it comes when the other has written
    assert station.read.find("sbd")
    assert station._connection.execute("PRAGMA busy_timeout").fetchone() == (30_000,)
