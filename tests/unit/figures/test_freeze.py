"""Frozen results: every digit kept, editions named, checked again years later, and what today's records would give beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from balance_helpers import a_scheme
from target_helpers import COUNTY, TOWN, put, put_record, put_target

from station_app.commands.cli import main
from station_app.domain.calc.explanation import Result, contradictions
from station_app.domain.problems import UserError
from station_app.domain.registry import Role
from station_app.services.entry import Entry
from station_app.services.figures.balance import balance_why
from station_app.services.figures.freeze import Recheck, Subject, freeze, kept_explanation, recheck, to_confirm
from station_app.services.figures.gaps import gap_why
from station_app.storage.workspace import Workspace

VILLAGE = f"{TOWN[:9]}201"
TODAY = date(2026, 11, 21)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(
        tmp_path / "站", org_code=TOWN[:9], org_name="示例苏木草原站", role=Role.STATION, author="示例站长"
    ) as made:
        _household(made)
        yield made


def _household(workspace: Workspace) -> None:
    holder = put(
        workspace, "household", code=f"{VILLAGE}0001", village_code=VILLAGE, head_name="示例牧户", device="here"
    )
    put(workspace, "parcel", code="DK-1", household_id=holder, name="示例草场", area_mu=D("3000.125"), scheme="balance",
        season_of_use="whole_year", grassland_class="1", village_code=VILLAGE)  # fmt: skip
    from station_app.domain.registry import record_type

    line = record_type("livestock_count").by_name["class_counts"].line
    assert line is not None
    put(workspace, "livestock_count", household_id=holder, year=2026, occasion="mid_year", counted_on=date(2026, 6, 30),
        counted_by="示例员", class_counts=(line(species_code="sheep", class_code="adult_female", head=150),))  # fmt: skip
    scheme = a_scheme(county_code=COUNTY[:6])
    Entry(workspace).save(scheme)


def _holder(workspace: Workspace) -> str:
    return str(workspace.read.sql("SELECT record_id FROM household")[0][0])


def _why(workspace: Workspace) -> Result[Any]:
    return balance_why(workspace.read, 2026, "household", _holder(workspace))


def _subject(workspace: Workspace) -> Subject:
    return Subject("household", "示例牧户", 2026, "household", _holder(workspace), f"{VILLAGE}0001", "mid_year")


def _frozen(workspace: Workspace) -> str:
    result = _why(workspace)
    confirmed = [given.origin.reference for given in to_confirm(result.explanation)]
    return freeze(Entry(workspace), "balance", _subject(workspace), result, confirmed, today=TODAY).record_id


def _again(workspace: Workspace, record_id: str) -> Recheck:
    return recheck(workspace.read, workspace.attachments, record_id)


def codes(found: Recheck) -> list[str]:
    return [problem.code for problem in found.problems]


def test_a_result_is_kept_with_every_digit_its_editions_and_its_steps(station: Workspace) -> None:
    record_id = _frozen(station)
    row = station.read.get("calculation_result", record_id)
    assert row is not None
    record = row.record
    result = _why(station)
    rate = result.explanation.value("natural_rate_percent")
    kept = {value.name: value for value in record.values}
    assert D(kept["natural_rate_percent"].exact) == rate and len(kept["natural_rate_percent"].exact) > 20
    assert kept["natural_rate_percent"].value == round(rate, 6) and kept["natural_capacity_su"].unit == "SU"
    assert {"sheep_unit_adult/seed@1", "utilization/nyt635-2015-recollected@1"} <= {
        e.reference for e in record.editions
    }
    assert (record.computed_by, record.confirmed_by, record.computed_on) == ("示例站长", "示例站长", TODAY)
    explanation, problems = kept_explanation(station.attachments, row)
    assert explanation == result.explanation and problems == ()


def test_unverified_coefficients_are_confirmed_by_name_or_nothing_is_frozen(station: Workspace) -> None:
    result = _why(station)
    doubtful = to_confirm(result.explanation)
    assert doubtful, "the built-in seeds carry C marks"
    with pytest.raises(UserError) as caught:
        freeze(Entry(station), "balance", _subject(station), result, ["another/set@1#x"], today=TODAY)
    assert caught.value.code == "FRZ-001" and str(len(doubtful)) in caught.value.text.zh
    assert len(caught.value.problems) == len(doubtful) and {p.code for p in caught.value.problems} == {"CALC-008"}
    assert station.read.sql("SELECT count(*) FROM calculation_result") == [(0,)]
    record_id = _frozen(station)
    record = station.read.get("calculation_result", record_id).record  # type: ignore[union-attr]
    assert {c.reference for c in record.confirmed} == {g.origin.reference for g in doubtful}
    assert {c.mark for c in record.confirmed} <= {"C", "C-low", None}


@pytest.mark.parametrize("level", ["village", "township", "station"])
def test_a_sum_is_as_unverified_as_its_parts(station: Workspace, level: str) -> None:
    """The summands of a place explain themselves apart; what they rest on is confirmed and kept with the sum all the same."""
    own = _why(station).explanation
    key = {"village": VILLAGE, "township": TOWN, "station": ""}[level]
    result = balance_why(station.read, 2026, level, key)
    asked = {given.origin.reference for given in to_confirm(result.explanation)}
    assert asked == {given.origin.reference for given in to_confirm(own)} != set()
    subject = Subject(level, "示例", 2026, code=key, occasion="mid_year")
    with pytest.raises(UserError) as caught:
        freeze(Entry(station), "balance", subject, result, today=TODAY)
    assert caught.value.code == "FRZ-001"
    record_id = freeze(Entry(station), "balance", subject, result, asked, today=TODAY).record_id
    record = station.read.get("calculation_result", record_id).record  # type: ignore[union-attr]
    assert {"sheep_unit_adult/seed@1", "utilization/nyt635-2015-recollected@1"} <= {
        e.reference for e in record.editions
    }
    found = _again(station, record_id)
    assert found.sound and found.today is not None and all(check.same for check in found.today)


def test_somebody_must_be_named(station: Workspace) -> None:
    result = _why(station)
    station.set_author("")
    confirmed = [given.origin.reference for given in to_confirm(result.explanation)]
    with pytest.raises(UserError) as caught:
        freeze(Entry(station), "balance", _subject(station), result, confirmed)
    assert caught.value.code == "FRZ-002"


def test_a_frozen_result_is_never_corrected_and_not_frozen_twice_a_day(station: Workspace) -> None:
    import dataclasses

    record_id = _frozen(station)
    record = station.read.get("calculation_result", record_id).record  # type: ignore[union-attr]
    with pytest.raises(UserError) as caught:
        Entry(station).save(dataclasses.replace(record, subject_name="别人"), record_id=record_id, reason="示例")
    assert caught.value.code == "STD-001"
    with pytest.raises(UserError) as caught:
        _frozen(station)
    assert caught.value.code == "SAV-013"


def test_it_is_worked_out_again_to_the_last_digit(station: Workspace) -> None:
    found = _again(station, _frozen(station))
    assert found.sound and found.problems == () and found.changed == ()
    assert all(check.same for check in found.stored) and found.today is not None
    assert all(check.same for check in found.today)


def test_a_new_edition_changes_today_and_not_what_was_frozen(station: Workspace) -> None:
    """A county's new edition of the same set: the old digits stand, today's are told beside them."""
    import dataclasses

    from station_app.services.figures.standards import standards_of

    record_id = _frozen(station)
    before = _again(station, record_id)
    put_record(station, _edition(station, "sheep_unit_adult", "seed", "2027.1", "sheep", "1.2"), date(2027, 3, 1))
    assert any(each.edition == "2027.1" for each in standards_of(station.read))
    scheme = station.read.sql("SELECT record_id FROM calculation_scheme")[0][0]
    record = station.read.get("calculation_scheme", scheme).record  # type: ignore[union-attr]
    Entry(station).save(
        dataclasses.replace(record, adult_set="seed@2027.1"), record_id=scheme, reason="换用新版系数(示例)"
    )
    found = _again(station, record_id)
    assert found.sound and [c.found for c in found.stored] == [c.found for c in before.stored]
    assert found.today is not None and not all(check.same for check in found.today)
    assert "FRZ-011" in codes(found) and {"FRZ-008", "FRZ-010"}.isdisjoint(codes(found))
    assert any("seed@2027.1" in each.reference for each in found.changed)


def _edition(workspace: Workspace, kind: str, name: str, edition: str, species: str, value: str) -> Any:
    """Return an edition that revises the rows of one species of a set."""
    from station_app.services.figures.standards import standards_of

    base = next(s for s in standards_of(workspace.read) if (s.kind, s.name) == (kind, name))
    import dataclasses

    from station_app.domain.calc.editions import edition_of

    rows = [dataclasses.replace(row, value=D(value)) for row in base.rows if row.key[0] == species]
    day = date(2027, 3, 1)
    revised = base.revise(rows, edition=edition, made_by="示例县员", made_on=day, reason="示例")
    return edition_of(revised, base, made_by="示例县员", made_on=day, reason="示例", effective_on=day)


def test_records_changed_since_are_named(station: Workspace) -> None:
    record_id = _frozen(station)
    parcel = station.read.sql("SELECT record_id FROM parcel")[0][0]
    put(station, "parcel", record_id=parcel, on=date(2027, 1, 5), area_mu=D("2500"), reason="重新测量(示例)")
    found = _again(station, record_id)
    assert found.sound and "FRZ-011" in codes(found)
    changed = [each for each in found.changed if parcel in each.reference]
    assert changed and changed[0].before != changed[0].now
    count = station.read.sql("SELECT record_id FROM livestock_count")[0][0]
    put(station, "livestock_count", record_id=count, on=date(2027, 1, 6), void=True, reason="重复(示例)")
    found = _again(station, record_id)
    assert found.sound and found.today is None and "FRZ-012" in codes(found)


def test_a_missing_or_damaged_file_is_said_and_nothing_is_called_sound(station: Workspace) -> None:
    record_id = _frozen(station)
    name = station.read.get("calculation_result", record_id).record.explanation[0]  # type: ignore[union-attr]
    path = station.attachments.path(name)
    content = path.read_bytes()
    for damaged, code in ((content.replace(b"150", b"151"), "FRZ-007"), (b"{}", "FRZ-007"), (b"\xff", "FRZ-007")):
        path.write_bytes(damaged)
        found = _again(station, record_id)
        assert not found.sound and codes(found)[0] == code and found.explanation is None
    path.unlink()
    found = _again(station, record_id)
    assert not found.sound and codes(found)[0] == "FRZ-006"
    assert [check.frozen for check in found.stored] and all(check.found is None for check in found.stored)
    with pytest.raises(UserError) as caught:
        _again(station, "01980000-0000-7000-8000-000000000000")
    assert caught.value.code == "FRZ-005"


def test_digits_that_its_own_steps_do_not_give_are_found(station: Workspace) -> None:
    """A record that says another number than its file, and a file whose steps do not give its results."""
    import dataclasses

    from station_app.domain.calc.explanation_json import explanation_to_json
    from station_app.storage.canonical import canonical_bytes

    record_id = _frozen(station)
    record = station.read.get("calculation_result", record_id).record  # type: ignore[union-attr]
    first = record.values[0]
    forged = dataclasses.replace(first, exact="1", value=D(1))
    other = put(station, "calculation_result", **{**_fields(record), "values": (forged, *record.values[1:]),
                                                  "computed_on": date(2026, 11, 22)})  # fmt: skip
    found = _again(station, other)
    assert not found.sound and "FRZ-008" in codes(found)

    explanation = _why(station).explanation
    name, part = next((n, p) for n, p in explanation.parts if p.steps)
    step = part.steps[-1]
    wrong = dataclasses.replace(part, steps=(*part.steps[:-1], dataclasses.replace(step, value=step.value + 1)))
    broken = dataclasses.replace(explanation, parts=tuple((n, wrong if n == name else p) for n, p in explanation.parts))
    assert contradictions(broken)
    name = station.attachments.keep(canonical_bytes(explanation_to_json(broken)))
    other = put(
        station, "calculation_result", **{**_fields(record), "explanation": (name,), "computed_on": date(2026, 11, 23)}
    )
    found = _again(station, other)
    assert not found.sound and "FRZ-003" in codes(found)

    given = next(g for g in explanation.coefficients)
    assert given.value is not None
    text = canonical_bytes(explanation_to_json(explanation)).decode()
    raw = json.loads(text)
    _retell(raw, given.origin.reference)
    name = station.attachments.keep(canonical_bytes(raw))
    other = put(
        station, "calculation_result", **{**_fields(record), "explanation": (name,), "computed_on": date(2026, 11, 24)}
    )
    assert "FRZ-010" in codes(_again(station, other))


def _fields(record: Any) -> dict[str, Any]:
    import dataclasses

    return {f.name: getattr(record, f.name) for f in dataclasses.fields(record)}


def _retell(tree: dict[str, Any], reference: str) -> None:
    """Write another value for a coefficient into a tree of steps, wherever it stands."""
    for given in tree["inputs"]:
        if given["origin"].get("reference") == reference:
            given["value"] = "77.5"
    for part in tree["parts"]:
        _retell(part, reference)


def test_an_edition_that_is_not_here_is_told_and_no_failure(station: Workspace) -> None:
    record_id = _frozen(station)
    row = station.read.get("calculation_result", record_id)
    assert row is not None
    text = station.attachments.path(row.record.explanation[0]).read_text(encoding="utf-8")
    name = station.attachments.keep(text.replace("sheep_unit_adult/seed@1", "sheep_unit_adult/elsewhere@9").encode())
    other = put(
        station,
        "calculation_result",
        **{**_fields(row.record), "explanation": (name,), "computed_on": date(2026, 11, 25)},
    )
    found = _again(station, other)
    assert found.sound and "FRZ-009" in codes(found)


def test_a_result_without_a_figure_is_not_kept(station: Workspace) -> None:
    from station_app.domain.calc.explanation import Rule, Sheet, calculate
    from station_app.domain.text import Text

    def work(sheet: Sheet) -> None:
        sheet.conclude(Text("无", "none"), "", Rule())

    with pytest.raises(UserError) as caught:
        freeze(Entry(station), "balance", _subject(station), calculate(work))
    assert caught.value.code == "FRZ-004"


def test_a_gap_is_frozen_and_checked_again(station: Workspace) -> None:
    target = put_target(station, "T-1", "3", indicator="trainings", unit="times")
    put(station, "training_log", on=date(2026, 5, 1), held_on=date(2026, 5, 1), kind="training", topic="示例", place="示例",
        participants=9, region_code=TOWN)  # fmt: skip
    subject = Subject("target", "示例目标", 2026, "target", target, "T-1")
    record_id = freeze(Entry(station), "gap", subject, gap_why(station.read, 2026, target), today=TODAY).record_id
    found = _again(station, record_id)
    assert found.sound and {c.name: c.found for c in found.stored}["gap"] == 2
    put(station, "training_log", on=date(2026, 9, 1), held_on=date(2026, 9, 1), kind="training", topic="示例二", place="示例",
        participants=9, region_code=TOWN)  # fmt: skip
    found = _again(station, record_id)
    assert found.sound and found.today is not None and {c.name: c.found for c in found.today}["gap"] == 1


def test_the_county_checks_a_result_it_received(station: Workspace, tmp_path: Path) -> None:
    """The steps travel in the package; the county works them out again without the station's workspace."""
    from station_app.county.receive import apply_receive, plan_receive
    from station_app.exchange.package.build import build_package
    from station_app.exchange.package.cards import accept_card, export_card

    record_id = _frozen(station)
    with Workspace.create(
        tmp_path / "县", org_code=COUNTY[:6], org_name="示例旗草原站", role=Role.COUNTY, author="示例县员"
    ) as county:
        accept_card(county, export_card(station, tmp_path))
        accept_card(station, export_card(county, tmp_path))
        built = build_package(station, tmp_path)
        apply_receive(county, plan_receive(county, built.path), tmp_path)
        found = _again(county, record_id)
        assert found.sound and all(check.same for check in found.stored)


def test_the_command_tells_both(station: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record_id = _frozen(station)
    parcel = station.read.sql("SELECT record_id FROM parcel")[0][0]
    put(station, "parcel", record_id=parcel, on=date(2027, 1, 5), area_mu=D("2500"), reason="重新测量(示例)")
    folder = station.folder
    station.close()
    try:
        assert main(["recheck", record_id, "--workspace", str(folder), "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["sound"] is True and said["kind"] == "balance" and len(said["changed_inputs"]) > 0
        assert {line["same"] for line in said["stored"]} == {True} and False in {line["same"] for line in said["today"]}
        assert [p["code"] for p in said["problems"]] and "FRZ-011" in {p["code"] for p in said["problems"]}
        assert main(["recheck", record_id, "--workspace", str(folder), "--language", "en"]) == 0
        assert "the same to the last digit" in capsys.readouterr().out.lower()
        assert main(["recheck", "none", "--workspace", str(folder)]) == 1
    finally:
        reopened = Workspace.open(folder)  # what the fixture closes
        station.read, station._connection, station._lock = reopened.read, reopened._connection, reopened._lock


def test_a_figure_is_frozen_by_command_when_what_it_rests_on_is_confirmed_by_name(
    station: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = station.folder
    station.close()
    wanted = ["freeze", "balance", "--year", "2026", "--row", f"{VILLAGE}0001", "--workspace", str(folder), "--json"]
    try:
        assert main(wanted) == 1
        said = json.loads(capsys.readouterr().out)
        assert said["to_confirm"] and "FRZ-001" in [p["code"] for p in said["problems"]]
        given = [word for reference in said["to_confirm"] for word in ("--confirm", reference)]
        assert main([*wanted, *given]) == 0
        record_id = json.loads(capsys.readouterr().out)["record_id"]
        assert main(["recheck", record_id, "--workspace", str(folder), "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["sound"] is True and said["level"] == "household" and said["confirmed"]
        assert main([*wanted[:5], "x", *wanted[6:]]) == 1
        assert json.loads(capsys.readouterr().out)["problems"][0]["code"] == "CLI-007"
    finally:
        reopened = Workspace.open(folder)  # what the fixture closes
        station.read, station._connection, station._lock = reopened.read, reopened._connection, reopened._lock
