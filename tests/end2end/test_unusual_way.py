"""A million rams: asked about at entry, listed by the import, named before the package is built and before it is taken in."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from station_app.commands.cli import main
from station_app.county.receive import apply_receive, plan_receive
from station_app.domain.problems import UserError
from station_app.domain.record_problems import RecordProblem
from station_app.domain.registry import Role, record_type
from station_app.domain.samples import VILLAGE, sample
from station_app.exchange.package.build import build_package, compare_package
from station_app.exchange.package.cards import accept_card, export_card
from station_app.services.entry import Entry
from station_app.storage.workspace import Workspace

LINE = record_type("livestock_count").by_name["class_counts"].line
TODAY = date(2026, 12, 1)
RAMS = 1_000_000


def count(household_id: str, year: int, *rows: tuple[str, int], **named):
    lines = tuple(LINE(species_code="sheep", class_code=c, head=n) for c, n in rows)
    return sample("livestock_count", household_id=household_id, year=year, occasion="mid_year", parcel_id=None,
                  counted_on=date(year, 6, 28), class_counts=lines, note=None, **named)  # fmt: skip


@pytest.fixture
def offices(tmp_path: Path):
    station = Workspace.create(
        tmp_path / "站", org_code=VILLAGE[:9], org_name="示例站", role=Role.STATION, author="示例员"
    )
    county = Workspace.create(
        tmp_path / "县", org_code=VILLAGE[:6], org_name="示例县", role=Role.COUNTY, author="示例员"
    )
    for one, other in ((station, county), (county, station)):
        accept_card(other, export_card(one, tmp_path))
    entry = Entry(station, lambda: TODAY)
    homes = [entry.save(sample("household", n)).record_id for n in range(14)]
    for n, home in enumerate(homes):
        entry.save(count(home, 2025, ("adult_female", 60 + n), ("adult_male", 2)))
    yield station, county, entry, homes
    station.close()
    county.close()


def run(capsys, *arguments: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_million_rams_are_asked_about_at_every_door(offices, tmp_path, capsys) -> None:
    station, county, entry, homes = offices
    build_package(station, tmp_path)  # last year is with the county
    last_year = plan_receive(county, next(tmp_path.glob("GSP*.zip")))
    assert last_year.comparison.unlikely == 0
    apply_receive(county, last_year, tmp_path)

    wrong = count(homes[3], 2026, ("adult_female", 64), ("adult_male", RAMS))
    with pytest.raises(UserError) as asked:
        entry.save(wrong)
    assert asked.value.code == "SAV-012"
    assert {p.code for p in asked.value.problems} == {
        RecordProblem.UNUSUALLY_HIGH.code,
        RecordProblem.UNUSUAL_JUMP.code,
    }
    entry.save(wrong, reason="示例：确实如此")
    for n, home in enumerate(homes):
        if n != 3:
            entry.save(count(home, 2026, ("adult_female", 61 + n), ("adult_male", 2)))

    found = compare_package(station)
    assert found.unlikely == 1
    first = found.changes[0]
    assert first.title.startswith("示例") and (first.before, first.after) == ("2", f"{RAMS:,}")
    assert first.reason == "示例：确实如此" and len(found.changes) == 10
    [sheep] = [t for t in found.totals if t.label.zh.startswith("绵羊")]
    assert (sheep.before, sheep.difference, sheep.new) == (sum(62 + n for n in range(14)), RAMS + 12, 0)

    station.close()
    county.close()
    out = str(tmp_path / "out")
    code, said = run(capsys, "package", "--workspace", str(station.folder), "--out", out)
    assert code == 1 and said["comparison"]["unlikely"] == 1 and not list(Path(out).glob("*.zip"))
    code, said = run(capsys, "package", "--workspace", str(station.folder), "--out", out, "--confirm-unlikely")
    assert code == 0
    package = said["path"]

    code, said = run(capsys, "receive", package, "--workspace", str(county.folder), "--out", out)
    assert code == 1 and "receipts" not in said
    assert said["comparison"]["changes"][0]["after"] == f"{RAMS:,}"
    code, said = run(capsys, "receive", package, "--workspace", str(county.folder), "--out", out, "--confirm-unlikely")
    assert code == 0 and said["receipts"]


def test_an_import_lists_what_is_unlikely(offices, tmp_path) -> None:
    from station_app.exchange.excel.importer import plan_import

    station, _, _, homes = offices
    code = station.read.get("household", homes[3]).record.code
    file = tmp_path / "清点.csv"
    file.write_text("户编码,年度,清点时点,清点日期,清点人,畜种,类别,存栏\n"
                    f"{code},2026,牧业年度(6 月末),2026-06-28,示例员,绵羊,成年公畜(种公畜),{RAMS}\n"
                    f"{code},2026,牧业年度(6 月末),2026-06-28,示例员,绵羊,成年母畜,640\n", encoding="utf-8")  # fmt: skip
    plan = plan_import(station.read, file, "livestock_count", today=TODAY)
    found = {(p.code, p.place) for p in plan.problems}
    assert {c for c, _ in found} >= {RecordProblem.UNUSUALLY_HIGH.code, RecordProblem.UNUSUAL_JUMP.code}
    assert all(place for c, place in found if c.startswith(("REC", "FLD")))
    assert not plan.errors


def test_what_was_sent_is_the_last_time_of_a_correction(offices, tmp_path) -> None:
    station, _, entry, homes = offices
    build_package(station, tmp_path)
    parcel = entry.save(
        sample("parcel", household_id=homes[0], area_mu=Decimal("2811.000"), usable_area_mu=None, note=None)
    )
    assert [t.new for t in compare_package(station).totals if t.label.zh.startswith("面积")] == [2811]
    build_package(station, tmp_path)
    entry.save(sample("parcel", household_id=homes[0], area_mu=Decimal("187.000"), usable_area_mu=None, note=None),
               record_id=parcel.record_id, reason="示例")  # fmt: skip
    found = compare_package(station)
    [area] = [t for t in found.totals if t.label.zh.startswith("面积")]
    assert (area.before, area.after, area.new) == (2811, 187, 0)
    assert [p.code for p in found.changes[0].problems] == [RecordProblem.UNUSUAL_JUMP.code] and "hm²" in found.changes[
        0
    ].problems[0].text.zh


def test_a_colleague_is_asked_as_well(offices, tmp_path, capsys) -> None:
    station, _, entry, homes = offices
    other = Workspace.create(
        tmp_path / "同事", org_code=VILLAGE[:9], org_name="示例站", role=Role.STATION, author="示例员乙"
    )
    with other:
        for one, two in ((station, other), (other, station)):
            accept_card(two, export_card(one, tmp_path))
        entry.save(count(homes[3], 2026, ("adult_male", RAMS)), reason="示例")
        built = build_package(station, tmp_path, recipient=other.identity.device_id)
    station.close()
    code, said = run(capsys, "take", str(built.path), "--workspace", str(other.folder))
    assert code == 1 and said["comparison"]["unlikely"] >= 1
    code, said = run(capsys, "take", str(built.path), "--workspace", str(other.folder), "--confirm-unlikely")
    assert code == 0 and said["counts"]


def test_totals_agree_with_the_control_totals_of_the_package(offices, tmp_path) -> None:
    station, *_ = offices
    found = compare_package(station)
    built = build_package(station, tmp_path)
    together = {t.label.en: t.after + t.new for t in found.totals}
    assert together["Households"] == built.totals["households"]
    assert together["Sheep (head)"] == built.totals["head"]["sheep"]
