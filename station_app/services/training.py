"""The training station: small, true to life, saved through the same door a person uses.

Administrative codes and rates are facts (``resources/divisions``, ``resources/sample``); persons, accounts and readings are invented and say so.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from station_app.domain.identifiers import invented_account, invented_identity
from station_app.domain.official_time import noon_of
from station_app.domain.registry import Role, record_type
from station_app.domain.text import Text
from station_app.services import divisions
from station_app.services import training_balance as balance
from station_app.services.entry import Entry
from station_app.services.founding import add_listed_units, found_workspace, listed_villages, record_own_unit
from station_app.services.progress import JobContext, Quiet
from station_app.services.training_carbon import carbon_records
from station_app.services.training_targets import county_targets
from station_app.storage.clock import Clock
from station_app.storage.reference import resource_folder
from station_app.storage.workspace import Workspace

YEAR = 2026
DAY = date(YEAR, 11, 21)  # on which all of it is entered, whatever this machine says: no invented fact lies ahead of it
TOWNSHIP = "152522200000"
VILLAGES = ("152522200201", "152522200202", "152522200204")
HOUSEHOLDS_PER_VILLAGE = 12
_SIDES = {"A": "北", "B": "南", "C": "东"}
_NAMES = ("巴特尔", "娜仁", "苏和", "其木格", "格日勒", "乌兰", "朝鲁", "萨仁", "斯琴", "阿木尔", "布和", "托娅")
_DOMINANT = ("克氏针茅", "羊草", "糙隐子草", "冷蒿", "大针茅", "冰草")

OnSaved = Callable[[str, str], None]


def create_county(folder: Path, clock: Clock) -> Workspace:
    """Make the empty county workspace of the training banner."""
    return found_workspace(
        folder,
        org_code="152522",
        org_name="阿巴嘎旗草原工作站(培训)",
        role=Role.COUNTY,
        device_name="county-training",
        author="县级示例员",
        clock=clock,
        not_before=noon_of(DAY),
    )


def create_station(folder: Path, clock: Clock) -> Workspace:
    """Make the empty station workspace of the training township."""
    return found_workspace(
        folder,
        org_code=TOWNSHIP[:9],
        org_name="那仁宝拉格苏木草原站(培训)",
        role=Role.STATION,
        device_name="station-training",
        author="示例员甲",
        clock=clock,
        not_before=noon_of(DAY),
    )


class Trainer:
    """Enters the training records one by one, as a person does.

    ``on_saved`` hears (record_id, version_id) of each save after it returned: what was heard must never be lost.
    """

    def __init__(
        self, workspace: Workspace, *, on_saved: OnSaved | None = None, context: JobContext | None = None
    ) -> None:
        self._entry = Entry(workspace)
        self._on_saved = on_saved or (lambda record_id, version_id: None)
        self._job = context or Quiet()
        self._count = 0
        self._parcels: dict[tuple[int, str], str] = {}

    def save(self, type_name: str, **values: Any) -> str:
        """Save one record and return its record_id."""
        saved = self._entry.save(record_type(type_name).cls(**values))
        assert saved.version_id is not None
        self._on_saved(saved.record_id, saved.version_id)
        self._count += 1
        self._job.progress(self._count, None, Text("正在建立培训数据", "Building the training records"))
        return saved.record_id

    def correct(self, record_id: str, record: Any, reason: str = "") -> None:
        """Correct a record entered before; one that has left needs a reason."""
        saved = self._entry.save(record, record_id=record_id, reason=reason)
        if saved.version_id is not None:
            self._on_saved(record_id, saved.version_id)

    def county_plan(self) -> str:
        """County: the plan of the year with the published rates, targets for the township; return the plan's id."""
        rates = list(_published_rates())
        line = _line("compensation_plan", "rates")
        plan = self.save(
            "compensation_plan", year=YEAR, county_code="152522", programme="草原生态保护补助奖励(培训)",
            short_name="草原补奖", document_number="示例文号〔2026〕1号", rounding_yuan=Decimal("0.01"), notice_days=7,
            notice_day_kind="calendar", status="in_force",
            rates=tuple(line(scheme=scheme, rate_yuan_per_mu=rate, note=note) for scheme, rate, note in rates),
            note="标准为第三轮内蒙古测算标准(来源见随程序的补助标准表);2026 年标准尚未读到，仅供培训。",
        )  # fmt: skip
        county_targets(self, YEAR)
        balance.county_schemes(self, YEAR)
        balance.village_approval(self, VILLAGES[0], YEAR)
        return plan

    def organisations(self) -> None:
        """Enter the villages of the township, taken from the list of divisions, and who works at the station."""
        workspace = self._entry.workspace
        add_listed_units(workspace, [unit.code for unit in listed_villages(workspace)])
        for number, name in enumerate(("示例员甲", "示例员乙"), 1):
            self.save("staff", code=f"PX{number:02d}", name=name, organisation_id=record_own_unit(workspace))

    def households(self) -> list[tuple[str, str, int]]:
        """Enter households with parcels and statements; return (record_id, village code, number)."""
        names = {unit.code: unit.name for unit in divisions.children(TOWNSHIP)}
        out = []
        for village_number, village in enumerate(VILLAGES):
            for n in range(1, HOUSEHOLDS_PER_VILLAGE + 1):
                serial = village_number * HOUSEHOLDS_PER_VILLAGE + n
                name = f"示例{_NAMES[(serial - 1) % len(_NAMES)]}{serial:02d}"
                ban, shared = _areas(serial)
                household = self.save(
                    "household", code=f"{village}{n:04d}", village_code=village, group_name=f"示例{1 + n % 3}组", head_name=name,
                    identity_number=invented_identity(serial), persons=2 + serial % 4, herding_kind="herder",
                    contract_number=f"示例证{serial:04d}", contract_area_mu=ban + shared, account_holder=name,
                    bank_name="示例银行", account_number=invented_account(serial),
                )  # fmt: skip
                parts = (
                    [("A", ban, {"grassland_class": balance.class_of(serial), "season_of_use": "whole_year"})]
                    if ban
                    else []
                )
                parts += balance.pastures(serial, shared) if shared else []
                for letter, area, fields in parts:
                    parcel = self.save(
                        "parcel", code=f"{village}{n:04d}-{letter}", household_id=household, village_code=village,
                        name=f"{names[village]}{_SIDES[letter]}草场{n:02d}", area_mu=area,
                        scheme="ban" if letter == "A" else "balance", land_class="0401",
                        contract_number=f"示例证{serial:04d}", **fields,
                    )  # fmt: skip
                    self._parcels[serial, letter] = parcel
                self.save(
                    "responsibility_statement", number=f"示例责{YEAR}{serial:04d}", household_id=household,
                    kind="both" if ban and shared else ("ban" if ban else "balance"), giver_kind="township",
                    area_mu=ban + shared, ban_area_mu=ban or None, balance_area_mu=shared or None,
                    valid_from=date(YEAR, 1, 1), valid_to=date(YEAR, 12, 31), signed_on=date(YEAR, 1, 15),
                )  # fmt: skip
                out.append((household, village, serial))
        return out

    def counts(self, households: list[tuple[str, str, int]]) -> None:
        """Enter the mid-year count of every household but the last of each village: that one is still to do."""
        line = _line("livestock_count", "class_counts")
        for household, _, serial in households:
            if serial % HOUSEHOLDS_PER_VILLAGE == 0:
                continue
            rows = balance.herd(serial, _areas(serial)[1])
            self.save(
                "livestock_count", household_id=household, year=YEAR, occasion="mid_year",
                counted_on=date(YEAR, 6, 25 + serial % 5), counted_by="示例员甲、示例员乙", household_signed=True,
                parcel_id=self._parcels.get((serial, "B")) if serial % 5 == 2 else None,
                class_counts=tuple(line(species_code=s, class_code=c, head=n,
                                        breeding_females=n - n // 10 if (s, c) == ("sheep", "adult_female") else None)
                                   for s, c, n in rows))  # fmt: skip

    def survey(self) -> None:
        """Enter three plots on the old form and three on the new, three quadrats each; the last waits for dry weights."""
        for number in range(1, 7):
            link, plot, plot_no = self._old_plot(number) if number <= 3 else self._new_plot(number)
            for q in range(1, 4):
                self._quadrat(number, q, plot_no, {link: plot})

    def _old_plot(self, number: int) -> tuple[str, str, str]:
        village = VILLAGES[number % len(VILLAGES)]
        plot_no = f"阿巴嘎-{number:03d}"
        plot = self.save(
            "plot", plot_no=plot_no, surveyed_on=date(YEAR, 8, 3 + number), surveyor="示例员甲、示例员乙",
            region_name=_place(village), region_code=village, lon=_lon(number), lat=_lat(number),
            elevation_m=Decimal(1080 + number * 7), project_has=False, grass_class="2" if number % 3 else "3",
            photo_no=plot_no, has_shrub=False, landform="4", soil_texture="2", has_litter=True, has_sand_cover=False,
            has_erosion=False, use_mode="1", use_status="3", note="读数为培训用示例。",
            parcel_id=self._parcels.get((2, "B")) if number == 2 else None,
        )  # fmt: skip
        return "plot_id", plot, plot_no

    def _new_plot(self, number: int) -> tuple[str, str, str]:
        village = VILLAGES[number % len(VILLAGES)]
        plot_no = f"152522{number:03d}"
        plot = self.save(
            "plot_new", plot_no=plot_no, surveyed_on=date(YEAR, 8, 3 + number), surveyor="示例员甲、示例员乙",
            region_name=_place(village), region_code=village, resource_type="1", lon=_lon(number), lat=_lat(number),
            elevation_m=Decimal(1080 + number * 7), landform="6", aspect="9", slope_deg=Decimal(2), soil_texture="2",
            dominant_herb=_DOMINANT[number % 6], cover_percent=Decimal(40 + number), grass_class="A", use_mode="1",
            use_intensity="2", erosion_type="5", quadrat_count=3, note="读数为培训用示例。",
        )  # fmt: skip
        return "plot_new_id", plot, plot_no

    def _quadrat(self, number: int, q: int, plot_no: str, link: dict[str, str]) -> None:
        species = _line("herb_quadrat", "species")
        fresh = Decimal(150 + (number * 29 + q * 17) % 90)
        if number == 3:  # desert steppe grows less
            fresh = (fresh * Decimal("0.55")).quantize(Decimal("0.1"))
        dried = number < 6
        first, second = _DOMINANT[(number + q) % 6], _DOMINANT[(number + q + 2) % 6]
        self.save(
            "herb_quadrat", **link, quadrat_no=f"{plot_no}-{q:02d}", surveyed_on=date(YEAR, 8, 3 + number),
            cover_percent=Decimal(38 + (number * 5 + q * 3) % 25), height_cm=Decimal(14 + (number + q * 2) % 12),
            dominant=first, species_count=8 + (number + q) % 7, main_species=f"{first}、{second}", fresh_g=fresh,
            dry_g=(fresh * Decimal("0.36")).quantize(Decimal("0.1")) if dried else None,
            drying_method="air" if dried else None,
            species=(species(species_name=first, fresh_g=(fresh * Decimal("0.6")).quantize(Decimal("0.01"))),
                     species(species_name=second, fresh_g=(fresh * Decimal("0.4")).quantize(Decimal("0.01")))),
        )  # fmt: skip

    def others(self, households: list[tuple[str, str, int]]) -> None:
        """Enter some forage, inspections and a training event."""
        for household, _, serial in households[::5]:
            self.save(
                "forage_supply",
                household_id=household,
                year=YEAR,
                kind="bought_hay",
                goods_state="air_dry",
                quantity_kg=Decimal(6000 + serial * 250),
                description="示例干草",
            )
        for number, (household, village, serial) in enumerate(households[1::9], 1):
            over = number == 2
            self.save(
                "inspection", number=f"示例巡{YEAR}-{number:03d}", inspected_on=date(YEAR, 7, 5 + number),
                inspectors="示例员甲、示例员乙", place_name=_village_name(village), region_code=village,
                regime="3", household_id=household, findings=("4",) if over else ("1",),
                action="order" if over else None, ordered_on=date(YEAR, 7, 5 + number) if over else None,
                deadline_on=date(YEAR, 9, 30) if over else None, household_signed=True,
                order_number=f"示例整改{serial:03d}" if over else None,
            )  # fmt: skip
        self.save(
            "training_log",
            held_on=date(YEAR, 5, 12),
            kind="training",
            topic="草畜平衡政策培训(示例)",
            place="那仁宝拉格苏木",
            region_code=TOWNSHIP,
            participants=42,
            households=36,
        )

    def unsent(self, households: list[tuple[str, str, int]]) -> None:
        """Leave something to do: a new inspection not sent yet, and a count somebody began to type."""
        household, village, _ = households[7]
        self.save(
            "inspection", number=f"示例巡{YEAR}-020", inspected_on=date(YEAR, 10, 12), inspectors="示例员甲、示例员乙",
            place_name=_village_name(village), region_code=village, regime="1", household_id=household, findings=("1",),
            household_signed=True,
        )  # fmt: skip

    def station_records(self) -> list[tuple[str, str, int]]:
        """Enter everything a station has before the county's plan arrives."""
        self.organisations()
        households = self.households()
        self.counts(households)
        self.survey()
        self.others(households)
        areas = {serial: _areas(serial)[1] for _, _, serial in households}
        balance.forage(self, households, YEAR)
        balance.household_approvals(self, households, areas, VILLAGES[1], YEAR)
        balance.earlier_counts(self, households, areas, YEAR)
        balance.earlier_plots(self, VILLAGES, {village: _place(village) for village in VILLAGES}, YEAR)
        carbon_records(self, self._entry.workspace.read, YEAR)
        return households


def _place(village: str) -> str:
    return " ".join(unit.name for unit in divisions.chain(village))


def _lon(number: int) -> Decimal:
    return Decimal("114.60") + Decimal(number) / 50


def _lat(number: int) -> Decimal:
    return Decimal("44.60") + Decimal(number) / 64


def _areas(serial: int) -> tuple[Decimal, Decimal]:
    """Return invented ban and balance areas of a household, mu; some hold only one of the two."""
    ban = Decimal(0) if serial % 4 == 0 else Decimal(1200 + serial * 133) + Decimal(serial % 10) / 8
    shared = Decimal(0) if serial % 6 == 5 else Decimal(2600 + serial * 211) + Decimal(serial % 7) / 4
    return ban, shared


def _village_name(code: str) -> str:
    found = divisions.division(code)
    assert found is not None
    return found.name


def _line(type_name: str, field: str) -> type[Any]:
    line = record_type(type_name).by_name[field].line
    assert line is not None
    return line


def _published_rates() -> Iterator[tuple[str, Decimal, str]]:
    """Yield scheme, yuan per mu and source of the Inner Mongolia rates 2021–2025 (S19)."""
    path = resource_folder() / "sample" / "rates.csv"
    schemes = {"禁牧补助": "ban", "草畜平衡奖励": "balance"}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["row"].split(" ")[0]
            if row["title"] == "内蒙古" and row["year_from"] == "2021" and name in schemes:
                yield (
                    schemes[name],
                    Decimal(row["yuan_per_mu"]),
                    f"{row['source']} {row['confidence']} {row['year_from']}–{row['year_to']}",
                )
