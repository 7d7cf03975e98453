"""A plain copy for analysts says what is on record, in tables anybody reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from unit_helpers import household, livestock_count

from station_app.commands.cli import main
from station_app.domain.registry import Role, all_types, record_type
from station_app.domain.samples import sample
from station_app.services.entry import Entry
from station_app.storage.codec import to_json_fields
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace.create(tmp_path / "站", org_code="152525203", org_name="示例站", role=Role.STATION)
    yield made
    made.close()


def test_decimals_codes_lines_and_what_is_left_out(station: Workspace, tmp_path: Path) -> None:
    entry = Entry(station)
    home = entry.save(household(1, contract_area_mu=Decimal("1234.5"))).record_id
    entry.void(entry.save(household(2)).record_id, "登记错了")
    entry.save(livestock_count(home, 120))
    versions = [
        make_version(record_type=kind.name, schema_version=1, record_id=f"{kind.name}-{n}", parent_ids=(), hlc=f"{n:013d}-000000",
                     author="示例", device="d", reason="", void=False, fields=to_json_fields(sample(kind.cls, n)))
        for kind in all_types() for n in range(3)
    ]  # fmt: skip
    station.journal.merge(versions)
    target = tmp_path / "分析.db"
    target.write_bytes(b"an older copy")
    assert main(["query", "--workspace", str(station.folder), "--copy", str(target)]) == 0
    with sqlite3.connect(target) as copy:
        copy.row_factory = sqlite3.Row
        (row,) = copy.execute("SELECT * FROM household WHERE record_id=?", (home,))
        field = record_type("household").by_name["contract_area_mu"]
        assert row["contract_area_mu"] == f"{Decimal('1234.5'):.{field.places}f}"
        assert row["status"] and row["status_label"] and row["status_label"] != row["status"]
        assert not {f.name for f in record_type("household").scalars if f.sensitive} & set(row.keys())
        assert [tuple(line) for line in copy.execute(
            "SELECT line_no, head, species_code, species_code_label FROM livestock_count__class_counts l "
            "JOIN livestock_count c USING (record_id) WHERE c.household_id=?", (home,)
        )] == [(1, 120, "sheep", "绵羊")]  # fmt: skip
        for kind in all_types():
            (number,) = copy.execute(f'SELECT count(*) FROM "{kind.name}"').fetchone()
            assert number >= 3, kind.name
            for listed in kind.lists:
                assert copy.execute(f'SELECT count(*) FROM "{kind.name}__{listed.name}"').fetchone()[0] >= 3
        assert copy.execute("SELECT count(*) FROM household").fetchone()[0] == 1 + 3
    copy.close()
    assert not list(tmp_path.glob("*.part*"))


def test_a_copy_or_a_question(station: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["query", "--workspace", str(station.folder)])
    assert "--copy" in capsys.readouterr().err
