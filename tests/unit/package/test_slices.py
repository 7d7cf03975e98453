"""The mark of what is decided saves a look and changes no choice: with it or without it, the same versions go."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from station_app.domain.registry import Role
from station_app.exchange.package.manifest import Recipient
from station_app.exchange.package.slices import MERGE_DEVICE, Slice
from station_app.storage.migrations import MIGRATIONS

COUNTY, STATION = "152525", "152525203"
OTHERS = ("own-second", "station-one", "station-two", "region")
CARDS = {
    "own-second": (COUNTY, Role.COUNTY),
    "station-one": (STATION, Role.STATION),
    "station-two": (STATION, Role.STATION),
    "region": ("152500", Role.REGION),
}
TYPES = ("household", "target", "receipt", "review")
RECIPIENTS = (None, "own-second", "station-one", "station-two")


def _ids(chosen: Slice) -> list[str]:
    """The versions of a choice, by the spans that are recorded with a package."""
    within = "SELECT version_id FROM version WHERE seq BETWEEN ? AND ?"
    ids = [i for span in chosen.spans() for (i,) in chosen._connection.execute(within, span)]
    assert len(ids) == sum(chosen.counts().values())
    return sorted(ids)


class Office:
    """What a choice looks at, and nothing else: journal, cards, packages, receipts."""

    def __init__(self) -> None:
        self.db: Any = sqlite3.connect(":memory:", isolation_level=None)
        for _, _, apply in MIGRATIONS:
            apply(self.db)
        self.db.execute("CREATE TABLE receipt (package_hash TEXT, void INTEGER)")
        self.device = "device-0"
        self._set("workspace.device_id", self.device)
        self.versions = self.packages = self.devices = 0

    def _set(self, key: str, value: str) -> None:
        self.db.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, value))

    def save(self, type_name: str, by: str | None, about: list[int], to: str) -> None:
        """A version arrives or is made here; a review may speak of versions that are not here yet."""
        named = [{"version_id": f"v{self.versions + n}"} for n in about]
        fields = {"receipt": {"from_device": to}, "review": {"versions": named}}.get(type_name, {})
        device, number = by or self.device, f"{self.versions:06d}"
        self.db.execute(
            """INSERT INTO version (version_id, record_type, record_id, schema_version, parent_ids, hlc, author, device,
               reason, void, fields) VALUES (?, ?, ?, 1, '', ?, '示例', ?, '', 0, ?)""",
            (f"v{self.versions}", type_name, f"r{number}", number, device, json.dumps(fields)),
        )
        self.versions += 1

    def card(self, device: str) -> None:
        org, role = CARDS[device]
        self.db.execute(
            """INSERT OR IGNORE INTO card (device_id, org_code, org_name, role, public_key, accepted_at)
               VALUES (?, ?, '示例', ?, '', '')""",
            (device, org, role.value),
        )

    def separate(self) -> None:
        self.devices += 1
        self._set(f"workspace.former.{self.device}", self.device)
        self.device = f"device-{self.devices}"
        self._set("workspace.device_id", self.device)

    def receipt(self, package: int, void: int) -> None:
        if package < self.packages:
            self.db.execute("DELETE FROM receipt WHERE package_hash=?", (f"h{package}",))
            self.db.execute("INSERT INTO receipt VALUES (?, ?)", (f"h{package}", void))

    def choice(self, recipient: str | None, everything: bool) -> Slice:
        chosen = Slice(self.db)
        if recipient is None:
            chosen.take_upward(self.device, (Role.COUNTY, COUNTY) if everything else None)
        elif CARDS[recipient][0] == COUNTY:
            chosen.take_across(Role.COUNTY, Recipient(COUNTY, recipient))
        else:
            chosen.take_downward(self.device, Recipient(STATION, recipient))
        return chosen

    def pack(self, recipient: str | None, everything: bool) -> None:
        chosen = self.choice(recipient, everything)
        ids = _ids(chosen)
        if not ids:
            return
        number, to = self.packages + 1, {"device": recipient} if recipient else None
        manifest = json.dumps({"station": {"device": self.device, "recipient": to}})
        self.db.execute(
            "INSERT INTO package_out VALUES (?, ?, ?, '', '', ?, ?)",
            (number, f"p{number}", f"h{self.packages}", len(ids), manifest),
        )
        self.db.executemany("INSERT INTO package_content VALUES (?, ?)", [(i, number) for i in ids])
        assert chosen.mark is not None
        self._set(*chosen.mark)
        self.packages += 1

    def chosen(self, recipient: str | None, everything: bool) -> list[str]:
        return _ids(self.choice(recipient, everything))

    def holds(self) -> None:
        """Whoever it is for: what is chosen behind the mark is what is chosen by a look at everything."""
        for recipient in RECIPIENTS:
            for everything in (False, True) if recipient is None else (False,):
                marked = self.chosen(recipient, everything)
                self.db.execute("SAVEPOINT unmarked")
                self.db.execute("DELETE FROM setting WHERE key LIKE 'package.decided.%'")
                assert marked == self.chosen(recipient, everything), (recipient, everything)
                self.db.execute("ROLLBACK TO unmarked")
                self.db.execute("RELEASE unmarked")


def step(name: str, *values: st.SearchStrategy[Any]) -> st.SearchStrategy[Callable[[Office], None]]:
    return st.tuples(*values).map(lambda given: lambda office: getattr(office, name)(*given))


makers = st.sampled_from([None, None, MERGE_DEVICE, *OTHERS])
steps = st.one_of(
    step("save", st.sampled_from(TYPES), makers, st.lists(st.integers(-4, 3), max_size=2), st.sampled_from(OTHERS)),
    step("pack", st.sampled_from(RECIPIENTS), st.booleans()),
    step("card", st.sampled_from(OTHERS)),
    step("receipt", st.integers(0, 4), st.integers(0, 1)),
    step("separate"),
)


@given(st.lists(steps, max_size=25))
def test_a_mark_never_hides_what_must_go_again(done: list[Callable[[Office], None]]) -> None:
    office = Office()
    for each in done:
        each(office)
        office.holds()


def test_a_review_goes_down_once_what_it_speaks_of_is_here() -> None:
    """An office put back from an old copy gets its own review back before the station's package."""
    office = Office()
    office.card("station-one")
    office.save("review", None, [2], "")
    office.save("target", None, [], "")
    office.pack("station-one", False)
    assert office.chosen("station-one", False) == []
    office.save("household", "station-one", [], "")
    assert office.chosen("station-one", False) == ["v0"]


def test_a_new_card_opens_what_was_decided_without_it() -> None:
    """Whose a record is, and so to whom its review goes, is known once the second laptop of a station has its card."""
    office = Office()
    office.card("station-one")
    office.save("household", "station-two", [], "")
    office.save("review", None, [-1], "")
    office.save("target", None, [], "")
    office.pack("station-one", False)
    assert office.chosen("station-one", False) == []
    office.card("station-two")
    assert office.chosen("station-one", False) == ["v1"]


def test_what_is_decided_is_not_looked_at_again() -> None:
    office = Office()
    for _ in range(3):
        office.save("household", None, [], "")
    office.pack(None, False)
    assert (
        office.choice(None, False).mark
        == office.db.execute("SELECT key, value FROM setting WHERE key LIKE 'package.decided.%'").fetchone()
    )
    assert office.choice(None, False).mark[1].endswith(" 3")  # type: ignore[index]
