"""What a balance does with records that are missing, contradict each other, wait or are refused: it says so, and never
puts a zero or a silent default in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from balance_helpers import TOWNSHIP, YEAR, Maker, a_plot, a_scheme, line_of
from calc_helpers import sound

from station_app.domain.problems import UserError
from station_app.domain.records.calculation import SeasonPeriod
from station_app.domain.registry import Role
from station_app.services.figures.balance import BalanceRow, BalanceTable, balance_table, balance_why
from station_app.services.figures.references import parse_reference
from station_app.storage.engine import connect
from station_app.storage.workspace import DATABASE, Workspace

VILLAGE = f"{TOWNSHIP}201"


class Ranch:
    """One household with land, stock and a surveyed class, to spoil one thing of."""

    def __init__(self, folder: Path, role: Role = Role.STATION, **scheme: Any) -> None:
        self.workspace = Workspace.create(folder, org_code=TOWNSHIP, org_name="示例", role=role, author="示例员")
        self.maker = Maker(self.workspace)
        self.scheme = self.maker.add(a_scheme(**{"yields": (), **scheme}))
        self.plot = a_plot(self.maker, "示例1", "2", [(200, 72)] * 3)

    def household(self, n: int = 1, village: str = VILLAGE, **more: Any) -> str:
        return self.maker.new("household", code=f"{village}{n:04d}", village_code=village, head_name=f"示例{n}", **more)

    def parcel(self, household: str, code: str = "P1", **more: Any) -> str:
        values = {
            "area_mu": D("3000.000"),
            "scheme": "balance",
            "season_of_use": "whole_year",
            "grassland_class": "2",
            **more,
        }
        return self.maker.new("parcel", code=code, household_id=household, **values)

    def count(self, household: str, head: int = 100, species: str = "sheep", **more: Any) -> str:
        line = line_of("livestock_count", "class_counts")
        rows = (line(species_code=species, class_code="adult_female", head=head),)
        values = {"year": YEAR, "occasion": "mid_year", "counted_on": date(YEAR, 6, 28), "counted_by": "示例员", **more}
        return self.maker.new("livestock_count", household_id=household, class_counts=rows, **values)

    def forage(self, household: str, **more: Any) -> str:
        values = {"year": YEAR, "kind": "silage", "goods_state": "fresh", "quantity_kg": D(1000), **more}
        return self.maker.new("forage_supply", household_id=household, **values)

    def approval(self, **more: Any) -> str:
        values = {"document_number": "示例1", "year": YEAR, "season_of_use": "whole_year", "approved_su": D(80), **more}
        return self.maker.new(
            "capacity_approval",
            basis="current_year",
            approving_body="示例",
            **{"approved_on": date(YEAR, 1, 5), **values},
        )

    def raw(self, statement: str, *values: Any) -> None:
        """Change the projection as a merge, a receipt or a review would."""
        self.maker.done()
        connection = connect(self.workspace.folder / DATABASE)
        connection.execute(statement, values)
        connection.close()

    def conflict(self, type_name: str, record_id: str) -> None:
        self.raw(f'UPDATE "{type_name}" SET conflict=1 WHERE record_id=?', record_id)

    def progress(self, type_name: str, record_id: str, **columns: str) -> None:
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.raw(
            f'INSERT INTO progress (version_id, {names}) SELECT version_id, {marks} FROM "{type_name}" WHERE record_id=?',
            *columns.values(), record_id)  # fmt: skip

    def table(self, level: str = "household", **more: Any) -> BalanceTable:
        self.maker.done()
        return balance_table(self.workspace.read, YEAR, level, **more)

    def row(self, level: str = "household") -> BalanceRow:
        (row,) = self.table(level).rows
        return row


@pytest.fixture
def ranch(tmp_path: Path) -> Iterator[Callable[..., Ranch]]:
    made: list[Ranch] = []

    def make(**more: Any) -> Ranch:
        made.append(Ranch(tmp_path / f"w{len(made)}", **more))
        return made[-1]

    yield make
    for each in made:
        each.workspace.close()


def codes(row: BalanceRow) -> list[str]:
    return [problem.code for problem in row.problems]


def whole(made: Ranch, **parcel: Any) -> str:
    household = made.household()
    made.parcel(household, **parcel)
    made.count(household)
    return household


def test_nothing_wrong_is_said_of_what_is_whole(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    household = whole(made)
    row = made.row()
    assert codes(row) == [] and row.doubtful, "the utilization rates are unverified"
    natural = row.view("natural")
    # 200 ha × 720 kg/ha × 45 % over 1.8 kg × 365 d
    assert natural.capacity_su is not None and abs(natural.capacity_su - D(64800) / D(657)) < D("1e-20")
    assert (row.stock_su, row.demand_kg, row.supply_kg, natural.printed_percent) == (100, D(65700), D(64800), D("1.39"))
    assert natural.grade_key == "balance" and natural.households == 1
    sound(balance_why(made.workspace.read, YEAR, "household", household))


@pytest.mark.parametrize(
    ("parcel", "code"),
    [
        ({"usable_area_mu": D("0.000")}, "BAL-012"),
        ({"grassland_class": None}, "BAL-011"),
        ({"grassland_class": "5"}, "BAL-010"),
        ({"season_of_use": "spring_autumn"}, "BAL-013"),
        ({"grassland_class": "18"}, "BAL-015"),
    ],
)
def test_a_pasture_that_can_not_be_computed_leaves_no_capacity(
    ranch: Callable[..., Ranch], parcel: dict[str, Any], code: str
) -> None:
    """Zero or missing area, class, yield or days: no figure, and the record to mend is named."""
    made = ranch(hay_coefficient_set="nyt635-2015-recollected@1")
    household = whole(made, **parcel)
    second = made.parcel(household, "P2")
    row = made.row()
    assert code in codes(row) and row.doubtful
    assert row.view("natural").capacity_su is None and row.view("all").rate_percent is None
    assert (row.supply_kg, row.surplus_kg) == (None, None) and row.stock_su == 100 and row.demand_kg == D(65700)
    place = next(problem.place for problem in row.problems if problem.code == code)
    assert parse_reference(place) is not None
    with pytest.raises(UserError) as refused:
        balance_why(made.workspace.read, YEAR, "household", household)
    assert code in [problem.code for problem in refused.value.problems]
    assert second  # one good pasture beside it is not taken for the whole


def test_season_and_days_are_not_assumed_in_silence(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    whole(made, season_of_use=None, grazing_days=120)
    row = made.row()
    assert codes(row) == ["BAL-014", "BAL-032"] and row.view("natural").rate_percent is not None


def test_a_ban_is_not_a_missing_capacity(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    household = whole(made, scheme="ban")
    row = made.row()
    assert codes(row) == ["BAL-009"] and row.area_mu == 0 and row.banned_mu == D(3000)
    natural = row.view("natural")
    assert (natural.capacity_su, natural.rate_percent, natural.overloaded_su) == (0, None, D(100))
    assert sound(balance_why(made.workspace.read, YEAR, "household", household)).outcome.views[0].capacity_su == 0
    made.parcel(household, "P2")
    row = made.row()
    assert codes(row) == ["BAL-026"] and row.area_mu == D(3000) and row.view("natural").rate_percent is not None


def test_no_land_and_no_count_are_not_zero(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    household = made.household()
    row = made.row()
    assert codes(row) == ["BAL-008", "BAL-004"] and (row.stock_su, row.supply_kg, row.demand_kg) == (None, None, None)
    assert row.view("natural").capacity_su is None and row.head is None
    with pytest.raises(UserError, match="BAL-008"):
        balance_why(made.workspace.read, YEAR, "household", household)
    with pytest.raises(UserError, match="BAL-003"):
        balance_why(made.workspace.read, YEAR, "household", "nobody")
    with pytest.raises(UserError, match="BAL-003"):
        balance_why(made.workspace.read, YEAR, "village", "999999999999")
    with pytest.raises(UserError, match="BAL-002"):
        made.table("province")
    with pytest.raises(UserError, match="BAL-002"):
        balance_why(made.workspace.read, YEAR, "province", "")


def test_a_household_that_is_gone_is_not_missed(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    whole(made)
    made.household(2, status="moved", status_on=date(YEAR, 1, 1))
    assert [row.code for row in made.table().rows] == [f"{VILLAGE}0001"]


def test_of_two_counts_the_latest_is_used_and_said(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    household = whole(made)
    made.count(household, 70, counted_on=date(YEAR, 6, 30))
    made.count(household, 500, occasion="year_end", counted_on=date(YEAR, 11, 1))
    row = made.row()
    assert codes(row) == ["BAL-005"] and row.stock_su == 70 and row.counted_on == f"{YEAR}-06-30"
    assert made.table(occasion="year_end").rows[0].stock_su == 500
    assert balance_why(made.workspace.read, YEAR, "household", household, occasion="year_end").outcome.stock_su == 500


def test_animals_without_a_coefficient_are_not_left_out_of_the_sum(ranch: Callable[..., Ranch]) -> None:
    made = ranch(adult_set="gansu-1990s@1", sheep_unit="gansu-1990s", young_rule="herd_share", young_set=None,
                 group_set=None, herd_share_percent=D(30), young_coefficient=D("0.5000"), herd_share_source="示例",
                 sheep_unit_set="definitions@1")  # fmt: skip
    with pytest.raises(UserError, match="CALC-010"):
        made.table()  # that definition of the sheep unit was found without its intake
    made = ranch(adult_set="nyt635-2015@1")
    household = made.household()
    made.parcel(household)
    made.count(household, 5, "yak")
    row = made.row()
    assert codes(row) == ["BAL-029"] and row.stock_su is None and row.head == 5
    with pytest.raises(UserError, match="BAL-029"):
        balance_why(made.workspace.read, YEAR, "household", household)


def test_sets_of_two_sheep_units_are_refused(ranch: Callable[..., Ranch]) -> None:
    made = ranch(adult_set="nyt635-2002@1")
    with pytest.raises(UserError, match="CALC-009"):
        made.table()
    made = ranch(utilization_set="no-such-set@9")
    with pytest.raises(UserError, match="CALC-007"):
        made.table()


@pytest.mark.parametrize(
    ("type_name", "missing"), [("household", "all"), ("parcel", "land"), ("livestock_count", "stock")]
)
@pytest.mark.parametrize("how", ["conflict", "refused"])
def test_what_is_in_conflict_or_refused_is_left_out_and_named(
    ranch: Callable[..., Ranch], type_name: str, missing: str, how: str
) -> None:
    made = ranch()
    household = made.household()
    ids = {"household": household, "parcel": made.parcel(household), "livestock_count": made.count(household)}
    if how == "conflict":
        made.conflict(type_name, ids[type_name])
    else:
        made.maker.done()
        made.progress(type_name, ids[type_name], outcome="refused")
    row = made.row()
    assert ("BAL-006" if how == "conflict" else "BAL-007") in codes(row) and row.doubtful
    assert (row.stock_su is None) == (missing in ("all", "stock"))
    assert (row.view("natural").capacity_su is None) == (missing in ("all", "land"))
    assert row.view("natural").rate_percent is None
    village = made.row("village")
    assert village.view("natural").rate_percent is None and village.households == 1


def test_what_the_county_returned_counts_and_is_said(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    household = made.household()
    made.parcel(household)
    count = made.count(household)
    made.maker.done()
    made.progress("livestock_count", count, review="returned")
    row = made.row()
    assert codes(row) == ["BAL-033"] and row.stock_su == 100 and not row.accepted


def test_plots_that_wait_or_can_not_be_used_are_named_and_not_counted_as_zero(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    whole(made)
    before = made.row().view("natural").capacity_su
    a_plot(made.maker, "示例等", "2", [(200, None), (200, 70), (200, 70)])
    a_plot(made.maker, "示例零", "2", [(0, 0)] * 3)
    mixed = a_plot(made.maker, "示例混", "2", [(200, 70), (210, 71)])
    bad = a_plot(made.maker, "示例冲", "2", [(200, 70)] * 3)
    made.raw("UPDATE herb_quadrat SET drying_method='oven_65' WHERE plot_id=? AND quadrat_no LIKE '%-01'", mixed)
    made.conflict("plot", bad)
    table = made.table()
    said = {problem.code: problem.text.zh for problem in table.problems}
    assert table.rows[0].view("natural").capacity_su == before
    assert "示例等" in said["BAL-016"] and "BAL-017" in said and "示例冲" in said["BAL-006"]
    made.raw("UPDATE herb_quadrat SET drying_method='oven_65' WHERE plot_id=?", made.plot)
    oven = made.row().view("natural").capacity_su
    assert oven is not None and before is not None and abs(oven / before - 1 / D("0.86")) < D("1e-20")


def test_forage_is_brought_to_hay_or_named(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    household = whole(made)
    made.forage(household, item_number=1)
    made.forage(household, item_number=2, moisture_percent=D("97.0"))
    made.forage(household, item_number=3, moisture_percent=D("57.0"))
    made.forage(household, kind="bought_hay", goods_state="air_dry")
    made.forage(household, kind="sown", goods_state="oven_dry", quantity_kg=D(860))
    concentrate = {"hay_coefficient": D("1.2500"), "coefficient_source": "示例出处"}
    made.forage(household, kind="concentrate", goods_state="as_fed", **concentrate)
    bad = made.forage(household, kind="residue", goods_state="air_dry")
    made.conflict("forage_supply", bad)
    row = made.row()
    assert sorted(codes(row)) == ["BAL-006", "BAL-018", "BAL-019", "BAL-031"]
    hay = {kind: value for kind, value in row.supply.items() if kind != "grazing"}
    assert hay == {"silage": D(500), "bought_hay": D(1000), "sown": D(1000), "concentrate": D(1250)}
    assert row.view("all").capacity_su != row.view("natural").capacity_su
    sound(balance_why(made.workspace.read, YEAR, "household", household))


def test_approved_capacity_in_force_on_the_day(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    household = whole(made)
    assert "approved" not in made.row().views
    old = {"year": YEAR - 3, "approved_on": date(YEAR - 3, 1, 5)}
    made.approval(household_id=household, document_number="旧", **old, valid_to=date(YEAR, 6, 29))
    made.approval(household_id=household, document_number="没有期限", **old)
    assert "approved" not in made.row().views
    made.approval(household_id=household)
    assert made.row().view("approved").printed_percent == D("25.00")
    later = {
        "document_number": "新",
        "approved_on": date(YEAR, 3, 1),
        "approved_su": None,
        "approved_mu_per_su": D("60.0000"),
    }
    made.approval(household_id=household, **later)
    row = made.row()
    assert codes(row) == ["BAL-022"] and row.view("approved").printed_percent == D("100.00")
    penalties = sound(balance_why(made.workspace.read, YEAR, "household", household)).outcome.penalties
    assert [(each.counted_su, each.amount_max_yuan) for each in penalties] == [(D(50), D(5000))]


def test_a_village_is_approved_by_area_or_as_a_whole(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    household = whole(made)
    second = made.household(2)
    made.parcel(second, "P2", area_mu=D(1000))
    approved = made.approval(village_code=VILLAGE, approved_su=None, approved_mu_per_su=D("25.0000"))
    rooms = {row.key: row.view("approved").capacity_su for row in made.table().rows}
    assert rooms == {household: D(120), second: D(40)}
    made.approval(village_code=VILLAGE, document_number="总数", approved_on=date(YEAR, 2, 1), approved_su=D(150))
    village = made.row("village")
    assert village.view("approved").capacity_su == D(150) and village.view("approved").households == 1
    assert "BAL-021" in codes(village), "the second household has no count"
    result = sound(balance_why(made.workspace.read, YEAR, "village", VILLAGE))
    assert {view.view: view.capacity_su for view in result.outcome.views}["approved"] == D(150)
    made.conflict("capacity_approval", approved)
    assert "BAL-006" in codes(made.table().rows[0])


def test_stock_by_parcel_only_where_the_count_names_it(ranch: Callable[..., Ranch]) -> None:
    made = ranch()
    household = made.household()
    first = made.parcel(household, "P1")
    second = made.parcel(household, "P2", scheme="ban")
    made.count(household)
    rows = {row.key: row for row in made.table("parcel").rows}
    assert all(row.stock_su is None and "BAL-020" in codes(row) for row in rows.values())
    made.count(household, 60, counted_on=date(YEAR, 6, 30), parcel_id=first)
    rows = {row.key: row for row in made.table("parcel").rows}
    assert rows[first].stock_su == 60 and rows[second].stock_su is None and "BAL-020" not in codes(rows[second])
    sound(balance_why(made.workspace.read, YEAR, "parcel", first))
    with pytest.raises(UserError):
        balance_why(made.workspace.read, YEAR, "parcel", second)
    assert made.table("parcel").total.stock_su == 60


def test_the_mean_of_years_says_which_are_missing(ranch: Callable[..., Ranch]) -> None:
    """RULE Order 48 art. 9 (C): the mean of the five years before."""
    made = ranch(basis="mean", years_wanted=3)
    household = whole(made)
    row = made.row()
    assert "BAL-028" in codes(row) and row.view("natural").capacity_su is None
    for back, dry in ((1, 60), (3, 72)):
        a_plot(made.maker, f"示例{back}", "2", [(200, dry)] * 3, year=YEAR - back)
    row = made.row()
    assert codes(row) == ["BAL-027"]
    result = sound(balance_why(made.workspace.read, YEAR, "household", household))
    assert result.outcome.views[0].capacity_su == row.view("natural").capacity_su
    assert {name for name, _ in result.explanation.parts} == {f"year{YEAR - 3}", f"year{YEAR - 1}", "balance"}


def test_entered_and_accepted_are_never_one_total_at_a_county(ranch: Callable[..., Ranch]) -> None:
    made = ranch(role=Role.COUNTY)
    for n in range(3):
        household = made.household(n)
        ids = [("parcel", made.parcel(household, f"P{n}")), ("livestock_count", made.count(household, 100 * (n + 1)))]
        made.maker.done()
        if n < 2:
            for type_name, record_id in ids:
                made.progress(type_name, record_id, review="accepted")
    table = made.table()
    assert [row.accepted for row in sorted(table.rows, key=lambda row: row.code)] == [True, True, False]
    assert table.total.stock_su == 300 and table.total.accepted
    assert table.entered_only is not None and table.entered_only.stock_su == 300 and not table.entered_only.accepted
    assert "BAL-023" in [problem.code for problem in table.problems]
    village = made.row("village")
    assert village.stock_su == 300 and village.households == 2 and "BAL-023" in codes(village)
    assert sound(balance_why(made.workspace.read, YEAR, "village", VILLAGE)).outcome.stock_su == 300
    station = ranch()
    whole(station)
    assert station.table().entered_only is None and station.table().total.stock_su == 100


def test_days_of_no_season_are_asked_for_once_each(ranch: Callable[..., Ranch]) -> None:
    made = ranch(seasons=(SeasonPeriod(season_of_use="whole_year", days=365),))
    whole(made, season_of_use="warm")
    assert codes(made.row()) == ["BAL-013"]
