"""Villages by the names people write, and made from the division list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station_app.domain.registry import Role, record_type
from station_app.services.entry import Entry
from station_app.services.villages import (
    Places,
    Unit,
    add_villages,
    home_code,
    listed_places,
    saved_places,
    short_name,
)
from station_app.storage.reader import Query
from station_app.storage.workspace import Workspace

VILLAGE = "152522200202"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "站", org_code="152522200", org_name="示例草原站", role=Role.STATION) as made:
        yield made


@pytest.mark.parametrize(
    "text",
    [
        "那日图嘎查", "那日图", " 那日图 嘎查", "那仁宝拉格苏木那日图嘎查", "那仁宝拉格那日图", "阿巴嘎旗那日图嘎查",
        "内蒙古自治区锡林郭勒盟阿巴嘎旗那仁宝拉格苏木那日图嘎查", "内蒙古自治区/锡林郭勒盟/阿巴嘎旗/那仁宝拉格苏木/那日图嘎查",
    ],
)  # fmt: skip
def test_a_village_is_found_however_its_name_is_written(text: str) -> None:
    assert [unit.code for unit in listed_places("152522200").find(text)] == [VILLAGE]


@pytest.mark.parametrize("text", ["", "图嘎查", "别处苏木那日图嘎查", "那日图嘎查东", "嘎查"])
def test_what_is_no_name_of_it_is_not_taken_for_it(text: str) -> None:
    assert listed_places("152522200").find(text) == []


def test_a_name_shared_by_two_townships_means_the_one_at_home() -> None:
    towns = [Unit(f"{code}000", f"示例{code}", "") for code in ("999999001", "999999002")]
    villages = [Unit(f"{u.code[:9]}201", "示例嘎查", u.code) for u in towns]
    units = [(u, None) for u in (*towns, *villages)]
    assert Places(units).find("示例嘎查") == villages
    assert Places(units, "999999002").find("示例嘎查") == villages[1:]


def test_short_names() -> None:
    assert (
        short_name("别力古台社区居委会") == "别力古台"
        and short_name("那日图") == "那日图"
        and short_name("王村") == "王村"
    )


def test_a_fresh_station_gets_its_villages_with_all_above_them_once(fresh: Workspace) -> None:
    listed = listed_places(home_code(fresh.read))
    assert listed.path(VILLAGE) == "那仁宝拉格苏木 那日图嘎查"
    unlisted = Unit("152522200999", "示例新嘎查")
    assert add_villages(fresh, [listed.by_code[VILLAGE], unlisted]) == 6
    rows = {r.record.level: r for r in fresh.read.rows(Query("organisation", ())) if r.record.name != unlisted.name}
    levels = ["province", "prefecture", "county", "township", "village"]
    assert [rows[low].record.parent_id for low in levels[1:]] == [rows[high].record_id for high in levels[:-1]]
    assert add_villages(fresh, [listed.by_code[VILLAGE], unlisted]) == 0, "what is on record is not made again"
    places = saved_places(fresh.read)
    assert [u.code for u in places.find("阿巴嘎旗那仁宝拉格苏木那日图嘎查")] == [VILLAGE]
    assert [u.code for u in places.find("阿巴嘎旗示例新嘎查")] == [unlisted.code]


def test_units_on_record_with_codes_of_six_and_nine_digits_are_found(fresh: Workspace) -> None:
    entry = Entry(fresh)
    for code, name, level in (("152522", "阿巴嘎旗", "county"), ("152522200", "那仁宝拉格苏木", "township"),
                              (VILLAGE, "那日图嘎查", "village")):  # fmt: skip
        values = {"code": code, "name": name, "kind": "administrative_unit", "level": level, "region_code": code}
        entry.save(record_type("organisation").cls(**values))
    assert [u.code for u in saved_places(fresh.read).find("阿巴嘎旗那日图嘎查")] == [VILLAGE]
    assert [u.written for u in saved_places(fresh.read).find("那仁宝拉格")] == ["152522200"]
