"""The look before sending, and marking as reviewed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from unit_helpers import household, livestock_count

from station_app.domain.problems import Problem, Severity, UserError
from station_app.domain.registry import Role, record_type
from station_app.domain.samples import sample
from station_app.domain.validation import check_record
from station_app.services import checking
from station_app.services.checking import Look, look_before_sending, unconfirmed
from station_app.services.entry import Entry
from station_app.services.figures.scheme import proposed_scheme
from station_app.services.figures.standards import standards_of
from station_app.services.review import mark_reviewed
from station_app.storage.reader import Query, State
from station_app.storage.versions import make_version
from station_app.storage.workspace import Workspace

TODAY = date(2026, 11, 21)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "s", org_code="152522200", org_name="测试草原站", role=Role.STATION,
                          author="测试员") as made:  # fmt: skip
        yield made


def look(workspace: Workspace, year: int = 0) -> Look:
    with workspace.new_reader() as reader:
        return look_before_sending(reader, TODAY, year=year)


def codes(found: Look) -> set[str]:
    return {f.problem.code for f in found.findings}


def test_nothing_waits_nothing_is_found(workspace: Workspace) -> None:
    assert look(workspace) == Look(0, ())


def test_a_sound_record_has_no_findings(workspace: Workspace) -> None:
    Entry(workspace).save(household(1))
    assert look(workspace) == Look(1, ())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The classes of the records that are read and checked by themselves, in order."""
    classes: list[str] = []

    def counting(record: Any, today: date) -> list[Problem]:
        classes.append(type(record).__name__)
        return check_record(record, today)

    monkeypatch.setattr(checking, "check_record", counting)
    return classes


def on(workspace: Workspace, day: date) -> Look:
    with workspace.new_reader() as reader:
        return look_before_sending(reader, day)


def test_what_has_not_changed_is_not_read_again_and_found_all_the_same(workspace: Workspace, asked: list[str]) -> None:
    entry = Entry(workspace)
    owner = entry.save(household(1)).record_id
    entry.save(livestock_count(owner, 5))
    parcel = entry.save(sample("parcel", 1, household_id=owner)).record_id
    first = look(workspace)
    assert sorted(asked) == ["Household", "LivestockCount", "Parcel"]
    asked.clear()
    assert look(workspace) == first and asked == []
    version = workspace.read.history(owner)[-1]
    workspace.journal.append([make_version(
        record_type="household", schema_version=version.schema_version, record_id=owner,
        parent_ids=(version.version_id,), hlc=workspace.journal.clock.next(), author="示例员",
        device=workspace.identity.device_id, reason="示例", void=True, fields=version.fields,
    )])  # fmt: skip
    again = look(workspace)  # a neighbour is gone: what was not read again is found none the less
    assert asked == [] and {(f.record_id, f.problem.code) for f in again.findings} >= {(parcel, "SND-001")}
    entry.save(replace(household(2), persons=4))
    look(workspace)
    assert asked == ["Household"]


def test_what_was_found_is_kept_with_its_version(workspace: Workspace, asked: list[str]) -> None:
    entry = Entry(workspace)
    owner = entry.save(household(1)).record_id
    version = workspace.read.history(owner)[0]
    fields = {**version.fields, "identity_number": "999999199001010001"}
    workspace.journal.append([make_version(
        record_type="household", schema_version=version.schema_version, record_id=owner, parent_ids=(version.version_id,),
        hlc=workspace.journal.clock.next(), author="示例员", device=workspace.identity.device_id, reason="示例", void=False,
        fields=fields,
    )])  # fmt: skip
    first = look(workspace)
    assert [f.problem.field for f in first.findings] == ["identity_number"]
    asked.clear()
    assert look(workspace) == first and asked == []
    assert on(workspace, TODAY + timedelta(days=1)) == first and asked == ["Household"]


def test_an_earlier_day_and_other_rules_look_at_everything(
    workspace: Workspace, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = Entry(workspace).save(household(1)).record_id
    Entry(workspace).save(livestock_count(owner, 5))
    look(workspace)
    asked.clear()
    assert on(workspace, TODAY + timedelta(days=1)).checked == 2 and asked == []  # what lay in the past still does
    assert on(workspace, TODAY - timedelta(days=400)).findings and len(asked) == 2
    asked.clear()
    monkeypatch.setattr(checking, "rules_mark", lambda: "示例")
    assert look(workspace) == Look(2, ()) and len(asked) == 2


def test_a_look_beside_somebody_who_writes_finds_the_same(workspace: Workspace, asked: list[str]) -> None:
    Entry(workspace).save(household(1))
    with workspace.journal.transaction():
        assert look(workspace) == Look(1, ())
    assert look(workspace) == Look(1, ()) and len(asked) == 2  # nothing could be noted


def test_what_was_merged_of_two_versions_is_looked_at_each_time(workspace: Workspace, asked: list[str]) -> None:
    saved = Entry(workspace).save(household(1))
    base = workspace.journal.load(saved.version_id or "")
    for changed in ({"persons": 7}, {"note": "示例"}):
        workspace.journal.merge([make_version(
            record_type="household", schema_version=base.schema_version, record_id=base.record_id,
            parent_ids=(base.version_id,), hlc=workspace.journal.clock.next(), author="示例员",
            device=workspace.identity.device_id, reason="", void=False, fields={**base.fields, **changed})])  # fmt: skip
    assert look(workspace).checked == 1 == look(workspace).checked and asked == ["Household"] * 2


def test_link_to_a_voided_record_is_found(workspace: Workspace) -> None:
    entry = Entry(workspace)
    owner = entry.save(household(1)).record_id
    parcel = entry.save(sample("parcel", 1, household_id=owner)).record_id
    assert "SND-001" not in codes(look(workspace))
    # Here a household with parcels cannot be voided (SAV-018); another machine may have done it.
    last = workspace.read.history(owner)[0]
    workspace.journal.merge([
        make_version(record_type="household", schema_version=1, record_id=owner, parent_ids=(last.version_id,),
                     hlc="1900000000000-000000", author="示例", device="d2", reason="重复", void=True, fields=last.fields)
    ])  # fmt: skip
    found = [f for f in look(workspace).findings if f.problem.code == "SND-001"]
    assert [(f.record_type, f.record_id, f.problem.field) for f in found] == [("parcel", parcel, "household_id")]


def test_quadrat_without_dry_weight_is_found(workspace: Workspace) -> None:
    entry = Entry(workspace)
    plot = entry.save(sample("plot", 1)).record_id
    quadrat = sample("herb_quadrat", 1, plot_id=plot, plot_new_id=None, shrub_quadrat_id=None)
    quadrat = replace(quadrat, dry_g=None, edible_dry_g=None, drying_method=None)
    quadrat = replace(
        quadrat, species=tuple(replace(s, dry_g=None) if hasattr(s, "dry_g") else s for s in quadrat.species)
    )
    saved = entry.save(quadrat, reason="尚未烘干")
    assert ("herb_quadrat", saved.record_id) in {
        (f.record_type, f.record_id) for f in look(workspace).findings if f.problem.code == "SND-002"}  # fmt: skip


def test_household_that_was_not_counted_is_found(workspace: Workspace) -> None:
    entry = Entry(workspace)
    first, second = entry.save(household(1)).record_id, entry.save(household(2)).record_id
    assert "SND-005" not in codes(look(workspace, 2026))  # counting has not begun
    entry.save(livestock_count(first, 12))
    found = [f.record_id for f in look(workspace, 2026).findings if f.problem.code == "SND-005"]
    assert found == [second]


def test_returned_and_conflicting_records_are_found(workspace: Workspace) -> None:
    entry = Entry(workspace)
    saved = entry.save(household(1))
    assert saved.version_id is not None
    review = record_type("review")
    line = review.by_name["versions"].line
    assert line is not None
    from datetime import UTC, datetime

    entry.save(review.cls(decision="returned", decided_at=datetime(2026, 11, 20, tzinfo=UTC), reviewer="县级测试员",
                          reason="请核对", versions=(line(record_type="household", record_id=saved.record_id,
                                                         version_id=saved.version_id),)))  # fmt: skip
    assert codes(look(workspace)) == {"SND-004"}
    other = entry.save(household(2))
    base = workspace.journal.load(other.version_id or "")
    from station_app.storage.versions import make_version

    for persons in (3, 4):
        workspace.journal.merge([make_version(
            record_type="household", schema_version=base.schema_version, record_id=base.record_id,
            parent_ids=(base.version_id,), hlc=workspace.journal.clock.next(), author="a", device=f"{persons}" * 10,
            reason="", void=False, fields={**base.fields, "identity_number": None, "persons": persons,
                                           "contract_area_mu": f"{Decimal(persons):.3f}"})])  # fmt: skip
    assert "SND-003" in codes(look(workspace))


def test_reviewed_records_say_so(workspace: Workspace) -> None:
    entry = Entry(workspace)
    saved = entry.save(household(1))
    assert saved.version_id is not None
    assert mark_reviewed(workspace, entry, [("household", saved.record_id, saved.version_id)]) == 1
    row = workspace.read.get("household", saved.record_id)
    assert row is not None and row.state is State.REVIEWED


def test_review_needs_a_name(workspace: Workspace) -> None:
    workspace.set_author("")
    with pytest.raises(UserError) as caught:
        mark_reviewed(workspace, Entry(workspace), [])
    assert caught.value.code == "REV-001"


def proposed(workspace: Workspace, **values: Any) -> str:
    """Save the proposal for 2026 as this station's scheme; return its record_id."""
    record = proposed_scheme(standards_of(workspace.read), 2026, workspace.identity.org_code)
    return Entry(workspace, lambda: TODAY).save(replace(record, **values)).record_id


def test_a_scheme_on_unverified_coefficients_asks_for_confirmation(workspace: Workspace) -> None:
    scheme = proposed(workspace)
    found = [f for f in look(workspace).findings if f.problem.code == "SND-007"]
    assert {f.record_id for f in found} == {scheme} and all(f.problem.severity is Severity.HOLD for f in found)
    rate = next(f.problem for f in found if f.problem.field == "utilization_set")
    assert "80 个系数未核实(C × 80)" in rate.text.zh and "低地草甸" in rate.text.zh and rate.text.en.count("×") == 1
    waits = unconfirmed(workspace.read)
    assert [w.finding for w in waits] == found
    mark_reviewed(workspace, Entry(workspace), [(w.finding.record_type, w.finding.record_id, w.version_id)
                                                for w in waits[:1]])  # fmt: skip
    assert unconfirmed(workspace.read) == [] and "SND-007" not in codes(look(workspace))


def test_a_scheme_that_mixes_sheep_units_or_names_nothing_is_found(workspace: Workspace) -> None:
    proposed(workspace, young_set="db63t2298-2024@1")
    assert "CALC-009" in codes(look(workspace))
    other = workspace.read.rows(Query("calculation_scheme"))[0]
    Entry(workspace, lambda: TODAY).save(
        replace(other.record, young_set="nyt635-recollected@1", utilization_set="xilingol-study@7"),
        record_id=other.record_id,
    )
    found = [f for f in look(workspace).findings if f.problem.code == "CALC-007"]
    assert [f.problem.field for f in found] == ["utilization_set"] and "xilingol-study@1" in found[0].problem.text.zh
