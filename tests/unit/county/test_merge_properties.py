"""Whatever the order, however often: counties that were given the same packages hold the same, and nothing is lost.

Two laptops of one station change the same records; two counties get their packages in any order, again and
again, with gaps; receipts travel back late. At the end everything is delivered and compared.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from package_helpers import introduce, make_county, make_station
from unit_helpers import household, livestock_count

from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.problems import UserError
from station_app.exchange.package.build import build_package
from station_app.exchange.package.receipts import apply_receipt
from station_app.services.entry import Entry
from station_app.storage.check import check_workspace
from station_app.storage.reader import State
from station_app.storage.workspace import Workspace

pytestmark = pytest.mark.slow
Laptop = st.sampled_from([0, 1])
Office = st.sampled_from([0, 1])
Record = st.integers(0, 3)


def versions_of(workspace: Workspace) -> set[str]:
    return {v for (v,) in workspace.read.sql("SELECT version_id FROM version WHERE record_type <> 'receipt'")}


class Travels(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="travels-"))
        self.laptops = [make_station(self.folder / f"laptop{n}") for n in (0, 1)]
        self.offices = [make_county(self.folder / f"office{n}") for n in (0, 1)]
        introduce(*self.laptops)
        for laptop in self.laptops:
            for office in self.offices:
                introduce(laptop, office)
        self.outs = [[self.folder / f"out{n}", self.folder / f"answers{n}"] for n in (0, 1)]
        for pair in self.outs:
            for each in pair:
                each.mkdir()
        self.records: list[str] = []
        self.packages: list[tuple[int, Path]] = []
        self.given: list[set[Path]] = [set(), set()]
        self.receipts: list[tuple[int, Path]] = []
        # Both laptops begin with the same four households.
        entry = Entry(self.laptops[0])
        for number in range(1, 5):
            self.records.append(entry.save(household(number)).record_id)
        self._share()

    def _share(self) -> None:
        for giver, taker in ((0, 1), (1, 0)):
            found = [self.laptops[giver].read.version(v) for v in versions_of(self.laptops[giver])]
            self.laptops[taker].journal.merge(v for v in found if v is not None)

    # --- what people do ----------------------------------------------------------------------------------------------

    @rule(
        laptop=Laptop, record=Record, persons=st.integers(1, 9), phone=st.sampled_from(["19900000001", "19900000002"])
    )
    def correct(self, laptop: int, record: int, persons: int, phone: str) -> None:
        changed = household(record + 1, persons=persons, phone=phone)
        entry = Entry(self.laptops[laptop])
        try:
            entry.save(changed, record_id=self.records[record], reason="更正")
        except UserError as error:
            assert error.code == "SAV-017"  # changed in two places: a person decides first
            living = [v for v in self.laptops[laptop].read.heads(self.records[record]) if not v.void]
            entry.resolve(self.records[record], living[-1].version_id, "以此为准")

    @rule(laptop=Laptop, record=Record, head=st.integers(0, 99))
    def count(self, laptop: int, record: int, head: int) -> None:
        try:
            Entry(self.laptops[laptop]).save(livestock_count(self.records[record], head), reason="清点")
        except UserError as error:
            assert error.code == "SAV-013"  # counted already

    @rule(laptop=Laptop, record=Record)
    def withdraw(self, laptop: int, record: int) -> None:
        entry = Entry(self.laptops[laptop])
        row = self.laptops[laptop].read.get("household", self.records[record])
        assert row is not None
        if row.void:
            entry.restore(self.records[record], "恢复")
        else:
            try:
                entry.void(self.records[record], "作废")
            except UserError as error:
                assert error.code == "SAV-018"  # a count belongs to it

    @rule()
    def meet(self) -> None:
        self._share()

    @rule(laptop=Laptop)
    def merge_by_rule(self, laptop: int) -> None:
        self.laptops[laptop].journal.write_merges()

    @rule(laptop=Laptop)
    def pack(self, laptop: int) -> None:
        try:
            built = build_package(self.laptops[laptop], self.outs[laptop][0])
        except UserError as error:
            assert error.code == "PKG-060"
            return
        if (laptop, built.path) not in self.packages:
            self.packages.append((laptop, built.path))

    @rule(office=Office, which=st.integers(0, 50))
    def deliver(self, office: int, which: int) -> None:
        if not self.packages:
            return
        laptop, package = self.packages[which % len(self.packages)]
        before = self.offices[office].journal.count()
        received = apply_receive(
            self.offices[office], plan_receive(self.offices[office], package), self.outs[office][1]
        )
        assert received.repeat == (package in self.given[office])
        if received.repeat:
            assert self.offices[office].journal.count() == before
        assert "quarantined" not in received.counts
        self.given[office].add(package)
        self.receipts.append((laptop, received.receipt_path))

    @rule(which=st.integers(0, 50))
    def answer(self, which: int) -> None:
        if not self.receipts:
            return
        laptop, receipt = self.receipts[which % len(self.receipts)]
        apply_receipt(self.laptops[laptop], receipt)

    # --- what always holds -------------------------------------------------------------------------------------------

    @invariant()
    def offices_hold_what_they_were_given_and_nothing_else(self) -> None:
        made = set().union(*(versions_of(laptop) for laptop in self.laptops))
        for office in self.offices:
            assert versions_of(office) <= made

    @invariant()
    def nothing_is_called_received_that_no_office_has(self) -> None:
        held = set().union(*(versions_of(office) for office in self.offices))
        for laptop in self.laptops:
            told = {v for (v,) in laptop.read.sql("SELECT version_id FROM progress WHERE outcome IS NOT NULL")}
            assert told <= held

    def teardown(self) -> None:
        try:
            self._finish()
        finally:
            for workspace in (*self.laptops, *self.offices):
                workspace.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def _finish(self) -> None:
        for laptop in (0, 1):
            self.pack(laptop)
        for office, order in ((0, self.packages), (1, self.packages[::-1])):
            for _, package in order:
                apply_receive(self.offices[office], plan_receive(self.offices[office], package), self.outs[office][1])
        made = set().union(*(versions_of(laptop) for laptop in self.laptops))
        one, other = (self._picture(office) for office in self.offices)
        assert one == other and versions_of(self.offices[0]) == made
        for laptop, receipt in self.receipts:
            apply_receipt(self.laptops[laptop], receipt)
        for place in self.offices[:1]:
            report = check_workspace(place.folder)
            assert report.ok, report.problems

    def _picture(self, office: Workspace) -> dict[str, Any]:
        """Return everything an office shows, without its own keys and row numbers."""
        picture: dict[str, Any] = {}
        for table in (
            "household",
            "livestock_count",
            "livestock_count__class_counts",
            "household__members",
            "split_head",
        ):
            columns = [c for (_, c, *_) in office.read.sql(f"PRAGMA table_info({table})") if c != "rowkey"]
            picture[table] = sorted(map(repr, office.read.sql(f"SELECT {', '.join(columns)} FROM {table}")))
        conflicts = office.read.sql("SELECT count(*) FROM household WHERE conflict=1")[0][0]
        picture["conflicts"] = conflicts
        states = office.read.state_counts("household")
        picture["records"] = sum(states.values())
        assert states.get(State.CONFLICT, 0) <= conflicts + len(self.records)
        return picture


TestTravels = Travels.TestCase
TestTravels.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
