"""A new workspace begins with its own unit, takes villages from the list, and is proposed the next free numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from unit_helpers import household

from station_app.domain.problems import UserError
from station_app.domain.records.household import Household
from station_app.domain.records.organisation import Organisation, Staff
from station_app.domain.registry import Role
from station_app.domain.samples import sample
from station_app.services.entry import Entry
from station_app.services.founding import add_listed_units, found_workspace, listed_villages, own_unit_id
from station_app.services.numbering import next_household_codes, next_number
from station_app.services.undo import undo
from station_app.storage.check import check_workspace
from station_app.storage.projection import note_packaged
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace

VILLAGE = "152522200201"


def founded(folder: Path, **change: str) -> Workspace:
    values = {"org_code": "152522200", "org_name": "示例草原站", "author": "示例员", **change}
    return found_workspace(folder, role=Role.STATION, **values)  # type: ignore[arg-type]


def units(workspace: Workspace) -> dict[str, Organisation]:
    return {row.record.code: row.record for row in workspace.read.rows(Query("organisation"))}


def test_the_own_unit_and_the_divisions_above_it_are_on_record_from_the_start(tmp_path: Path) -> None:
    with founded(tmp_path / "w") as station:
        found = units(station)
        assert [found[c].name for c in ("150000000000", "152500000000", "152522000000", "152522200000")] == [
            "内蒙古自治区", "锡林郭勒盟", "阿巴嘎旗", "那仁宝拉格苏木"]  # fmt: skip
        own = found["152522200"]
        assert own.name == "示例草原站" and own.kind == "station" and own.level == "township"
        above = station.read.get("organisation", own.parent_id or "")
        assert above is not None and above.record.code == "152522200000"
        assert check_workspace(station.folder).problems == []


def test_a_county_outside_the_list_still_has_its_own_unit(tmp_path: Path) -> None:
    with found_workspace(
        tmp_path / "w", org_code="999999", org_name="示例旗", role=Role.COUNTY, author="示例员"
    ) as made:
        assert [u.name for u in units(made).values()] == ["示例旗"]


def test_nobody_working_there_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        founded(tmp_path / "w", author="  ")
    assert caught.value.code == "WSP-013" and not (tmp_path / "w").exists()


def test_a_mistyped_name_is_corrected_in_the_unit_and_stands_everywhere(tmp_path: Path) -> None:
    with founded(tmp_path / "w", org_name="示例草愿站") as station:
        own = own_unit_id(station)
        assert own is not None
        row = station.read.get("organisation", own)
        assert row is not None
        Entry(station).save(replace(row.record, name="示例草原站"), record_id=own)
        assert station.identity.org_name == "示例草原站"
    with Workspace.open(tmp_path / "w") as again:
        assert again.identity.org_name == "示例草原站"


def test_villages_of_the_list_are_added_once(tmp_path: Path) -> None:
    with founded(tmp_path / "w") as station:
        villages = listed_villages(station)
        assert len(villages) == 9
        codes = [v.code for v in villages[:3]]
        assert add_listed_units(station, codes) == 3 and add_listed_units(station, codes) == 0
        found = units(station)
        assert all(
            station.read.get("organisation", found[c].parent_id or "").record.code == "152522200000" for c in codes
        )  # type: ignore[union-attr]
        assert add_listed_units(station, ["999999999999"]) == 0


def test_two_stations_of_a_county_bring_the_same_versions_of_what_is_above_them(tmp_path: Path) -> None:
    with founded(tmp_path / "a") as one, founded(tmp_path / "b", org_code="152522100", org_name="示例二站") as other:
        shared = [v for code in ("150000000000", "152500000000", "152522000000")
                  for v in other.read.history(other.read.find_by_key("organisation", {"code": code}) or "")]  # fmt: skip
        assert len(shared) == 3
        assert one.journal.has(v.version_id for v in shared) == {v.version_id for v in shared}
        before = one.read.count(Query("organisation"))
        counts = one.journal.merge(shared)
        assert counts.already_had == 3 and counts.conflicts == 0 and one.read.count(Query("organisation")) == before


def test_two_laptops_of_one_station_agree_about_their_unit(tmp_path: Path) -> None:
    with founded(tmp_path / "a") as one, founded(tmp_path / "b") as other:
        mine, theirs = own_unit_id(one), own_unit_id(other)
        assert mine == theirs and mine is not None
        counts = one.journal.merge(other.read.history(mine))
        assert counts.conflicts == 0 and one.read.count(Query("organisation")) == 5


def test_the_next_household_number_of_a_village_is_never_one_that_left(tmp_path: Path) -> None:
    with founded(tmp_path / "w") as station:
        entry = Entry(station)
        assert next_number(station.read, "household", {"village_code": VILLAGE}) == VILLAGE + "0001"
        assert (
            next_number(station.read, "household", {})
            == ""
            == next_number(station.read, "household", {"village_code": "1525"})
        )
        made = entry.save(Household(code=VILLAGE + "0007", village_code=VILLAGE, head_name="示例甲"))
        assert made.version_id is not None
        with station.journal.transaction() as connection:
            note_packaged(connection, 1, "SELECT ? AS version_id", [(made.version_id,)])
        entry.void(made.record_id, "示例")  # withdrawn in a version of its own: the one before has left
        assert next_number(station.read, "household", {"village_code": VILLAGE}) == VILLAGE + "0008"
        assert next_household_codes(station.read, VILLAGE, 2, [VILLAGE + "0009"]) == [
            VILLAGE + "0010",
            VILLAGE + "0011",
        ]
        entry.save(Household(code=VILLAGE + "9999", village_code=VILLAGE, head_name="示例乙"))
        assert next_household_codes(station.read, VILLAGE, 2) == []


def test_a_number_withdrawn_before_anybody_saw_it_is_free_again(tmp_path: Path) -> None:
    with founded(tmp_path / "w") as station:
        entry = Entry(station)
        owner = entry.save(household(1))
        code = station.read.get("household", owner.record_id).record.code  # type: ignore[union-attr]
        village = code[:12]
        parcel = entry.save(replace(sample("parcel", 1), code=f"{code}-A", household_id=owner.record_id), reason="示例")
        number = entry.save(replace(sample("inspection", 1), number="示例巡2026-020"), reason="示例")
        assert next_household_codes(station.read, village, 1) == [f"{village}{int(code[12:]) + 1:04d}"]
        for made in (number, parcel, owner):
            entry.void(made.record_id, "示例")
        assert next_household_codes(station.read, village, 2)[-1] == f"{village}0002"
        assert next_number(station.read, "parcel", {"household_id": owner.record_id}) == f"{code}-A"
        assert next_number(station.read, "inspection", {}, 2026) == ""
        entry.save(replace(sample("inspection", 2), number="示例巡2026-019"), reason="示例")
        assert next_number(station.read, "inspection", {}, 2026) == "示例巡2026-020"


def test_a_roster_taken_back_and_imported_again_has_the_same_codes(tmp_path: Path) -> None:
    with founded(tmp_path / "w") as station:
        entry, codes = Entry(station), next_household_codes(station.read, VILLAGE, 98)
        people = [Household(code=code, village_code=VILLAGE, head_name="示例") for code in codes]
        entry.save_many([(person, None) for person in people])
        undo(station)
        assert next_household_codes(station.read, VILLAGE, 98) == codes
        entry.save_many(
            [(person, None) for person in people]
        )  # and what was taken back can be said again under the same codes
        assert len(list(station.read.rows(Query("household")))) == 98


def test_a_number_made_elsewhere_stays_taken_when_it_is_withdrawn(tmp_path: Path) -> None:
    with founded(tmp_path / "one") as one, founded(tmp_path / "two") as two:
        made = Entry(one).save(Household(code=VILLAGE + "0003", village_code=VILLAGE, head_name="示例甲"))
        version = one.read.get("household", made.record_id).version_id  # type: ignore[union-attr]
        with two.journal.transaction():
            two.journal.merge([one.journal.load(version)])
        Entry(two).void(made.record_id, "示例")
        assert next_number(two.read, "household", {"village_code": VILLAGE}) == VILLAGE + "0004"


def test_a_parcel_follows_its_household_and_a_staff_number_the_last_one(tmp_path: Path) -> None:
    with founded(tmp_path / "w") as station:
        entry = Entry(station)
        owner = entry.save(household(1)).record_id
        code = station.read.get("household", owner).record.code  # type: ignore[union-attr]
        assert next_number(station.read, "parcel", {"household_id": owner}) == f"{code}-A"
        entry.save(replace(sample("parcel", 1), code=f"{code}-A", household_id=owner), reason="示例")
        assert next_number(station.read, "parcel", {"household_id": owner}) == f"{code}-B"
        assert next_number(station.read, "staff", {}) == "01"  # the first
        own = own_unit_id(station)
        assert own is not None
        entry.save(Staff(code="CY09", name="示例员", organisation_id=own))
        assert next_number(station.read, "staff", {}) == "CY10"


def test_a_number_that_holds_the_year_begins_again_in_a_new_one(tmp_path: Path) -> None:
    with founded(tmp_path / "w") as station:
        entry = Entry(station)
        entry.save(replace(sample("inspection", 1), number="示例巡2026-020"), reason="示例")
        assert next_number(station.read, "inspection", {}, 2026) == "示例巡2026-021"
        assert next_number(station.read, "inspection", {}, 2027) == "示例巡2027-001"
