"""Editions of coefficient sets: made, read back to the last digit, never changed, kept while something uses them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from package_helpers import make_county, make_station

from station_app.domain.calc.coefficients import Coefficient, CoefficientSet
from station_app.domain.calc.editions import edition_of, facts_of, facts_text, line_of, row_of, same_row, set_of
from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import record_type
from station_app.domain.samples import sample
from station_app.domain.text import Text
from station_app.domain.validation import check_record, is_error
from station_app.services.entry import Entry
from station_app.services.figures.standards import EDITION, standards_of, uses_of, workspace_standards
from station_app.storage.reference import install_code_lists
from station_app.storage.standards import load_standards
from station_app.storage.workspace import Workspace

install_code_lists()
TODAY = date(2026, 3, 1)
SETS = tuple(load_standards())
FACTS = {"made_by": "示例县员", "made_on": TODAY, "reason": "对照原表核实", "effective_on": TODAY}


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Workspace]:
    workspace = make_county(tmp_path / "县 一")
    yield workspace
    workspace.close()


def base() -> CoefficientSet:
    return load_standards().choose("utilization", "xilingol-study@1", Text("利用率", "rate"))


def revised(value: str = "51.40", edition: str = "2", **more: Any) -> Any:
    """An edition of the study's rates with its first figure verified."""
    first = base().rows[0]
    row = dataclasses.replace(
        first, value=Decimal(value), low=None, high=None, mark="A", clause="表 3", source="示例原文",
        verified_by="示例县员", verified_on=TODAY,
    )  # fmt: skip
    new = base().revise([row], edition=edition, made_by="示例县员", made_on=TODAY, reason="核实")
    return dataclasses.replace(edition_of(new, base(), **FACTS), **more)


@pytest.mark.parametrize("each", SETS, ids=lambda s: s.reference)
def test_every_set_of_the_program_survives_the_record_to_the_last_digit(each: CoefficientSet) -> None:
    copy = dataclasses.replace(each, name=f"{each.name}-copy")
    record = edition_of(copy, None, **FACTS)
    back = dataclasses.replace(set_of(record, None), reason="", made_by="", made_on=None)
    assert back == copy
    # What a county has not looked at itself is asked for: clause, verifier. Nothing else is wrong with our tables.
    assert {p.code for p in check_record(record, TODAY) if is_error(p)} <= {"REC-005"}


def test_an_edition_holds_only_what_it_says_anew() -> None:
    record = revised()
    assert len(record.lines) == 1 and record.lines[0].value == "51.40"
    made = set_of(record, base())
    assert made.reference == "utilization/xilingol-study@2" and made.based_on == base().reference
    assert len(made.rows) == len(base().rows)
    assert [row.value for row in made.rows][1:] == [row.value for row in base().rows][1:]
    assert made.rows[0].is_verified and not base().rows[0].is_verified
    assert edition_of(made, base(), **FACTS).lines == record.lines


def test_a_row_keeps_conflict_facts_and_range() -> None:
    row = Coefficient(
        ("a", "b/c"), Text("甲", "a"), None, "%", Decimal("1.10"), Decimal("2.0"), Decimal("5"), mark="C-low",
        conflict="1; 2", proposal=True, seed_default=True, words={"lower": "yes", "upper": "", "x": "a=b"},
    )  # fmt: skip
    assert same_row(row, row_of(line_of(row))) and not same_row(row, None)
    assert facts_of(facts_text(row.words)) == row.words
    assert facts_text({}) is None and facts_of(None) == {}


def test_a_station_uses_what_its_county_made(county: Workspace, tmp_path: Path) -> None:
    before = standards_of(county.read)
    assert len(before) == len(SETS)
    Entry(county).save(revised())
    after = standards_of(county.read)
    assert len(after) == len(SETS) + 1
    found = after.choose("utilization", "xilingol-study@2", Text("利用率", "rate"))
    assert found.rows[0].required() == Decimal("51.4")
    assert standards_of(county.read) is after  # asked again without a new edition: the same object
    Entry(county).save(sample("training_log", 1))
    assert standards_of(county.read) is after


def test_an_edition_of_an_edition(county: Workspace) -> None:
    entry = Entry(county)
    first = entry.save(revised())
    second = dataclasses.replace(revised("49.5"), edition="3", based_on="utilization/xilingol-study@2")
    saved = entry.save(second)
    found = standards_of(county.read).choose("utilization", "xilingol-study@3", Text("利用率", "rate"))
    assert found.rows[0].required() == Decimal("49.5")
    with pytest.raises(UserError) as held:
        entry.void(first.record_id, "不用了")
    assert held.value.code == "STD-002" and "系数版本" in held.value.text.zh
    entry.void(saved.record_id, "不用了")
    entry.void(first.record_id, "不用了")
    assert len(standards_of(county.read)) == len(SETS)


def test_an_edition_is_never_edited(county: Workspace) -> None:
    entry = Entry(county)
    saved = entry.save(revised())
    for save in (
        lambda: entry.save(revised("50"), record_id=saved.record_id, reason="改正"),
        lambda: entry.save_many([(revised("50"), saved.record_id)]),
        lambda: entry.save_many([(revised("50"), None)]),
    ):
        with pytest.raises(UserError) as held:
            save()
        assert held.value.code == "STD-001" and "新的一版" in held.value.text.zh
    assert entry.save(revised(), record_id=saved.record_id).version_id is None
    entry.void(saved.record_id, "误建")
    entry.restore(saved.record_id, "仍要用")
    assert len(standards_of(county.read)) == len(SETS) + 1


def test_a_station_may_not_make_one(tmp_path: Path) -> None:
    with make_station(tmp_path / "站") as station:
        with pytest.raises(UserError) as held:
            Entry(station).save(revised())
        assert held.value.code == "SAV-002"


def test_the_same_edition_twice_is_used_by_nobody(county: Workspace) -> None:
    Entry(county).save(revised())
    other = dataclasses.replace(revised("40"), name="xilingol-study")
    kept = merged_in(county, other)
    state = workspace_standards(county.read)
    assert len(state.standards) == len(SETS)
    assert {p.code for p in state.problems.values()} == {"STD-005"} and kept in state.problems
    assert all(p.severity is Severity.HOLD for p in state.problems.values())


def test_an_edition_changed_by_another_program_is_used_by_nobody(county: Workspace) -> None:
    saved = Entry(county).save(revised())
    merged_in(county, revised("12"), saved.record_id, (saved.version_id or "",))
    state = workspace_standards(county.read)
    assert len(state.standards) == len(SETS)
    assert [p.code for p in state.problems.values()] == ["STD-004"]


def test_an_edition_without_its_base_waits(county: Workspace) -> None:
    Entry(county).save(revised("50", "9", based_on="utilization/xilingol-study@8"))
    state = workspace_standards(county.read)
    assert [p.code for p in state.problems.values()] == ["STD-003"]
    assert "utilization/xilingol-study@8" in next(iter(state.problems.values())).text.zh


def test_a_faulty_edition_from_elsewhere_is_named(county: Workspace) -> None:
    record = revised(based_on=None, name="other", title_zh="另一", title_en="Other")
    merged_in(county, dataclasses.replace(record, lines=record.lines * 2))
    assert [p.code for p in workspace_standards(county.read).problems.values()] == ["STD-006"]


def test_uses_are_found_in_schemes(county: Workspace) -> None:
    record = revised()
    saved = Entry(county).save(record)
    scheme = sample("calculation_scheme", utilization_set="xilingol-study@2")
    merged_in(county, scheme)
    assert uses_of(county.read, record) == {"calculation_scheme": 1}
    with pytest.raises(UserError) as held:
        Entry(county).void(saved.record_id, "不用了")
    assert held.value.code == "STD-002"


def merged_in(workspace: Workspace, record: Any, record_id: str = "", parents: tuple[str, ...] = ()) -> str:
    """Put a version into the journal as a package would."""
    from station_app.storage.clock import new_record_id
    from station_app.storage.codec import to_json_fields
    from station_app.storage.versions import make_version

    kind = record_type(record)
    version = make_version(
        record_type=kind.name, schema_version=kind.version, record_id=record_id or new_record_id(), parent_ids=parents,
        hlc=workspace.journal.clock.next(), author="示例他人", device="other", reason="", void=False,
        fields=to_json_fields(record),
    )  # fmt: skip
    workspace.journal.merge([version])
    return version.record_id


def test_the_name_of_the_type_is_the_contract() -> None:
    assert record_type(EDITION).is_final and {r.value for r in record_type(EDITION).authors} == {"county", "region"}
