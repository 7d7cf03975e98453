"""Mapping files: foreign headings, constants, composed keys, exact factors; and what is wrong with one, by its part."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from excel_helpers import SHARED, TODAY, TOWN, VILLAGES, needed

from station_app.domain.problems import UserError
from station_app.exchange.excel import mapping as mapping_module
from station_app.exchange.excel.importer import apply_import, load_mapping, plan_import
from station_app.exchange.excel.mapping import FORMAT, Mapping, cell_text, to_mapping
from station_app.exchange.excel.row_kinds import RowKind
from station_app.storage.workspace import Workspace

LEDGER = SHARED / "marsabit-herds" / "herd_ledger_a.csv"
PLOTS = SHARED / "mongolia-rangeland" / "plot_biomass_2007_2013.csv"


def mapping(**parts: Any) -> Mapping:
    return to_mapping({"format": FORMAT, **parts})


def write(path: Path, rows: list[list[Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


HOUSEHOLDS = {
    "columns": {"owner": "head_name"}, "replace": {"nr": [["^H", ""]]},
    "compose": {"code": VILLAGES[0] + "{nr:4}"}, "constants": {"village_code": VILLAGES[0]},
}  # fmt: skip


def test_steps_of_a_mapping(empty: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["nr", "owner", "kind", "land (ha)"], ["H7", "示例甲", "x", "12.34567"],
                                      ["H8", "示例乙", "y", "1"], ["H9", "", "x", "1"], ["", "示例丙", "x", ""]])  # fmt: skip
    made = mapping(
        **{**HOUSEHOLDS, "columns": {"owner": "head_name", "land (ha)": "contract_area_mu"}}, where={"kind": ["x"]},
        skip_empty=["owner"], factors={"land (ha)": "15"}, round={"land (ha)": 3}, units={"land (ha)": "亩"},
    )  # fmt: skip
    plan = plan_import(empty.read, path, "household", mapping=made, today=TODAY)
    assert [(r.record.code, r.record.head_name) for r in plan.rows] == [(VILLAGES[0] + "0007", "示例甲")]
    assert plan.rows[0].record.contract_area_mu == Decimal("185.185")  # 185.18505, rounded because the mapping says so
    assert plan.left_out == 2 and any(p.code == "IMP-023" for p in plan.problems)
    assert [q.key for q in plan.open_questions] == ["number:household"], "the row without a number"
    assert plan.accounts[RowKind.WAITING] == 1


def test_columns_not_named_are_left_out_unless_asked_for(empty: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["nr", "owner", "联系电话"], ["H1", "示例", "19900000001"]])
    assert plan_import(empty.read, path, "household", mapping=mapping(**HOUSEHOLDS)).rows[0].record.phone is None
    both = mapping(**HOUSEHOLDS, other_columns="match")
    assert plan_import(empty.read, path, "household", mapping=both).rows[0].record.phone == "19900000001"


def test_a_conversion_may_be_named_by_unit(empty: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [["nr", "owner", "land"], ["H1", "示例", "2.5"]])
    made = mapping(
        **{**HOUSEHOLDS, "columns": {"owner": "head_name", "land": "contract_area_mu"}}, units={"land": "公顷"}
    )
    assert plan_import(empty.read, path, "household", mapping=made).rows[0].record.contract_area_mu == Decimal("37.500")
    silent = mapping(**{**HOUSEHOLDS, "columns": {"owner": "head_name", "land": "contract_area_mu"}})
    assert plan_import(empty.read, path, "household", mapping=silent).questions


def test_cells_as_text() -> None:
    assert [cell_text(v) for v in (None, 2007.0, 1.5, " x ", True, 3)] == ["", "2007", "1.5", "x", "True", "3"]


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        ({"format": "other/1"}, "format"), ({"columns": []}, "columns"), ({"columns": {"a": 1}}, "columns"),
        ({"replace": {"a": [["("]]}}, "replace"), ({"replace": {"a": [["(", ""]]}}, "replace"),
        ({"values": {"a": 1}}, "values"), ({"where": {"a": 1}}, "where"), ({"factors": {"a": "x"}}, "factors"),
        ({"round": {"a": "x"}}, "round"), ({"skip_empty": [1]}, "skip_empty"), ({"colums": {}}, "colums"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_told_by_its_part(tmp_path: Path, parts: dict[str, Any], part: str) -> None:
    (tmp_path / "m.json").write_text(json.dumps({"format": FORMAT, **parts}), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_mapping(tmp_path / "m.json")
    assert caught.value.code == "IMP-017" and part in caught.value.text.zh


def test_files_that_are_no_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in (("a.json", "{"), ("b.json", "[" * 100_000), ("c.json", "[]")):
        (tmp_path / name).write_text(content, encoding="utf-8")
        with pytest.raises(UserError) as caught:
            load_mapping(tmp_path / name)
        assert caught.value.code == "IMP-017"
    with pytest.raises(UserError) as caught:
        load_mapping(tmp_path / "no.json")
    assert caught.value.code == "IMP-001"
    monkeypatch.setattr(mapping_module, "MAX_MAPPING", 1)
    with pytest.raises(UserError) as caught:
        load_mapping(tmp_path / "c.json")
    assert caught.value.code == "IMP-016"


@pytest.mark.parametrize("parts", [{"columns": {"nr": "nothing"}}, {"compose": {"a>b": "x"}}, {"constants": {"x.y": "1"}},
                                   {"constants": {"village_code": "abc"}}, {"columns": {"nr": "code>x"}}])  # fmt: skip
def test_fields_and_constants_must_exist(empty: Workspace, tmp_path: Path, parts: dict[str, Any]) -> None:
    path = write(tmp_path / "a.csv", [["nr", "owner"], ["1", "示例"]])
    with pytest.raises(UserError) as caught:
        plan_import(empty.read, path, "household", mapping=mapping(**parts))
    assert caught.value.code == "IMP-017"


# --- tables nobody here made -------------------------------------------------------------------------------------------


def test_a_herd_ledger_as_counts(empty: Workspace, tmp_path: Path) -> None:
    needed(LEDGER)
    with LEDGER.open(encoding="utf-8", newline="") as file:
        ledger = [r for r in csv.DictReader(file) if r["household"] < "H0050"]
    odd = {r["household"] for r in ledger if r["stock"].startswith("-")}  # two closings of the source are negative
    ledger = [r for r in ledger if r["household"] not in odd]
    animals = [r for r in ledger if r["species"] != "TLU" and r["stock"]]
    source = write(tmp_path / "a.csv", [list(ledger[0]), *([*r.values()] for r in ledger)])
    owners = mapping(replace={"household": [["^H", ""]]}, constants={"village_code": VILLAGES[0]},
                     compose={"code": VILLAGES[0] + "{household:4}", "head_name": "示例户{household}"})  # fmt: skip
    households = plan_import(empty.read, source, "household", mapping=owners, today=TODAY)
    assert households.new == len({r["household"] for r in ledger}) and not households.errors
    apply_import(empty, households)
    counts = mapping(
        where={"species": ["Camel", "Cattle", "Shoat"]}, skip_empty=["stock"], replace={"household": [["^H", ""]]},
        values={"species": {"Camel": "camel", "Cattle": "cattle", "Shoat": "sheep"},
                "season": {"LRLD": "06-30", "SRSD": "12-31"}},
        columns={"species": "class_counts.species_code", "stock": "class_counts.head", "year": "year"},
        compose={"counted_on": "{year}-{season}", "household_id>code": VILLAGES[0] + "{household:4}"},
        constants={"occasion": "spot_check", "counted_by": "published ledger", "class_counts.class_code": "undivided"},
    )  # fmt: skip
    plan = plan_import(empty.read, source, "livestock_count", mapping=counts, today=TODAY)
    assert not plan.errors and plan.new == len({(r["household"], r["year"], r["season"]) for r in animals})
    apply_import(empty, plan)
    total = empty.read.sql("SELECT sum(head) FROM livestock_count__class_counts")[0][0]
    assert total == sum(Decimal(r["stock"]) for r in animals)
    assert plan_import(empty.read, source, "livestock_count", mapping=counts, today=TODAY).unchanged == plan.new


def test_rangeland_plots_as_a_survey(empty: Workspace, tmp_path: Path) -> None:
    needed(PLOTS)
    with PLOTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:300]
    source = write(tmp_path / "a.csv", [list(rows[0]), *([*r.values()] for r in rows)])
    made = mapping(
        columns={"lon": "lon", "lat": "lat"},
        compose={"plot_no": "MN-{plot_id:5}", "surveyed_on": "{year}-08-01", "region_name": "{aimag} {soum}",
                 "photo_no": "{plot_id}"},
        constants={
            "surveyor": "published data", "region_code": TOWN[:6], "project_has": "no", "grass_class": "2",
            "has_shrub": "no", "landform": "4", "soil_texture": "3", "has_litter": "no", "has_sand_cover": "no",
            "has_erosion": "no", "use_mode": "7", "use_status": "3",
        },
    )  # fmt: skip
    plan = plan_import(empty.read, source, "plot", mapping=made, today=TODAY)
    assert plan.new == len(rows) and not plan.errors
    assert {r.record.region_name for r in plan.rows} == {f"{r['aimag']} {r['soum']}" for r in rows}
    assert sorted(r.record.lon for r in plan.rows) == sorted(Decimal(r["lon"]) for r in rows)
