"""What the window asks of the places and packages on record."""

from __future__ import annotations

from pathlib import Path

from unit_helpers import household

from station_app.domain.records.organisation import Organisation
from station_app.domain.registry import Role
from station_app.exchange.package import shipments
from station_app.services import villages
from station_app.services.entry import Entry
from station_app.storage.workspace import Workspace


def test_places_are_named_and_found(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "w", org_code="152525", org_name="示例旗站", role=Role.STATION) as workspace:
        entry, read = Entry(workspace), workspace.read
        unit = Organisation(code="152525100201", name="示例嘎查", kind="administrative_unit", level="village")
        entry.save(unit)
        home = entry.save(household(1)).record_id
        code = read.get("household", home).record.village_code  # type: ignore[union-attr]
        read.bring_search_abreast()
        assert villages.unit_name(read, "152525100201") == "示例嘎查"
        assert villages.unit_name(read, "999999999999") is None
        assert villages.find_units(read, "1525251002") == {"152525100201": "示例嘎查"}
        assert villages.find_units(read, "示例嘎") == {"152525100201": "示例嘎查"}
        assert villages.find_units(read, "示例嘎", longest=6) == {}
        assert villages.with_households(read) == [code]
        assert villages.households_of(read, code) == [home]
        assert read.keys_of("household", [home, "nobody"]) == {read.get("household", home).rowkey}  # type: ignore[union-attr]
        assert read.last_key("household") >= 1 and read.last_key("inspection") == 0
        assert read.setting("workspace.org_name") == "示例旗站" and read.setting("never.made") == ""
        assert shipments.sent(read) == [] and shipments.arrived(read) == []
        assert shipments.counts(read) == (0, 0, 0)
        assert shipments.name_above(read, Role.STATION) is None
