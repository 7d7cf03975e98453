"""Valid, deterministic, visibly invented records of every type, for tests, templates and the training station."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from station_app.domain import identifiers
from station_app.domain.codes import code_list
from station_app.domain.fields import Field, Form, Kind, described_fields
from station_app.domain.registry import record_type

VILLAGE = "999999001001"  # no such place
COUNTY = "999999"
FIRST_DAY = date(2025, 7, 1)


def sample_id(type_name: str, n: int) -> str:
    """Return the record_id that samples use for the ``n``-th record of a type: a UUIDv7 in form, always the same."""
    digest = hashlib.sha256(f"{type_name}/{n}".encode()).hexdigest()
    return f"01900000-{digest[:4]}-7{digest[4:7]}-8{digest[7:10]}-{digest[10:22]}"


def sample(type_name: str, n: int = 0, **overrides: object) -> Any:
    """Return the ``n``-th invented record of a type; links point to ``sample_id(target, n)`` unless overridden.

    Code lists must be installed.
    """
    described = record_type(type_name)
    values = {field.name: _value(type_name, field, n) for field in described.fields}
    if type_name in _FITTED:
        values.update(_FITTED[type_name](n))
    values.update(overrides)
    return described.cls(**values)


def _value(owner: str, field: Field, n: int) -> object:
    return _MAKERS[field.kind](owner, field, n)


def _text(owner: str, field: Field, n: int) -> str:
    forms: dict[Form, Callable[[], str]] = {
        Form.IDENTITY: lambda: identifiers.invented_identity(n),
        Form.ACCOUNT: lambda: identifiers.invented_account(n),
        Form.PHONE: lambda: f"1990000{n % 10_000:04d}",
        Form.REGION: lambda: VILLAGE if field.max_length >= 12 else COUNTY,
        Form.YEAR_MONTH: lambda: "2025-07",
    }
    if field.form in forms:
        return forms[field.form]()
    return f"示例{field.label.zh}{n + 1}"[: field.max_length]


def _code(owner: str, field: Field, n: int) -> str:
    items = code_list(field.codes).items
    return items[n % len(items)].code


def _number(owner: str, field: Field, n: int) -> Decimal:
    if field.minimum == 1950 and field.maximum == 2100:
        return Decimal(2025)
    low = max(x for x in (field.minimum, field.soft_minimum, Decimal(0)) if x is not None)
    highs = [x for x in (field.maximum, field.soft_maximum) if x is not None]
    span = min([high - low for high in highs], default=Decimal(1000))
    step = span * (n % 7 + 1) / 20
    return (low + min(step, Decimal(100))).quantize(Decimal(1).scaleb(-field.places), ROUND_HALF_UP)


def _day(owner: str, field: Field, n: int) -> date:
    return FIRST_DAY + timedelta(days=n % 60)


def _instant(owner: str, field: Field, n: int) -> datetime:
    return datetime(2025, 7, 1, 2, tzinfo=UTC) + timedelta(hours=n % 1000)


def _files(owner: str, field: Field, n: int) -> tuple[str, ...]:
    return ()


def _lines(owner: str, field: Field, n: int) -> tuple[object, ...]:
    assert field.line is not None
    return (field.line(**{inner.name: _value(owner, inner, n) for inner in described_fields(field.line)}),)


_MAKERS: dict[Kind, Callable[[str, Field, int], object]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.CODES: lambda owner, field, n: (_code(owner, field, n),),
    Kind.INTEGER: lambda owner, field, n: int(_number(owner, field, n)),
    Kind.DECIMAL: _number,
    Kind.DATE: _day,
    Kind.INSTANT: _instant,
    Kind.BOOL: lambda owner, field, n: n % 2 == 0,
    Kind.LINK: lambda owner, field, n: sample_id(field.target, n),
    Kind.FILES: _files,
    Kind.LINES: _lines,
}


# --- what the rules between fields ask for ---------------------------------------------------------------------------------


def _d(text: str) -> Decimal:
    return Decimal(text)


def _row(type_name: str, field: str, n: int, **values: object) -> Any:
    cls = record_type(type_name).by_name[field].line
    assert cls is not None
    made = {inner.name: _value(type_name, inner, n) if inner.required else None for inner in described_fields(cls)}
    return cls(**(made | values))


def _household(n: int) -> dict[str, object]:
    return {
        "code": f"{VILLAGE}{n % 10_000:04d}",
        "village_code": VILLAGE,
        "head_name": f"示例牧户{n + 1}",
        "account_holder": f"示例牧户{n + 1}",
        "bank_name": "示例农村信用社",
        "status": "normal",
        "status_on": None,
        "contract_area_mu": _d("1026.800") + n % 100,
        "persons": n % 6 + 1,
        "members": (_row("household", "members", n, name=f"示例成员{n + 1}", relation="head"),),
    }


def _count(n: int) -> dict[str, object]:
    def row(species: str, kind: str, head: int, **more: object) -> object:
        return _row("livestock_count", "class_counts", n, species_code=species, class_code=kind, head=head, **more)

    ewes, lambs = 80 + n % 50, 40 + n % 30
    flow = {"bought_in": 0, "other_in": 0, "died": 2, "sold": 10, "slaughtered": 3, "other_out": 0}
    return {
        "year": 2025,
        "occasion": "mid_year",
        "counted_on": date(2025, 6, 30),
        "counted_by": "测试清点员",
        "herding": "own",
        "owner_name": None,
        "class_counts": (
            row("sheep", "adult_female", ewes, breeding_females=ewes, opening=ewes + 15, born=0, **flow),
            row("sheep", "young", lambs, opening=0, born=lambs),
            row("cattle", "adult_female", 6 + n % 5, breeding_females=5),
        ),
    }


def _line(n: int) -> dict[str, object]:
    ban, balance = _d("426.800") + n % 100, _d("600.000")
    ban_yuan, balance_yuan = (ban * _d("7.5")).quantize(_d("0.01"), ROUND_HALF_UP), _d("1500.00")
    return {
        "head_name": f"示例牧户{n + 1}",
        "account_holder": f"示例牧户{n + 1}",
        "contract_area_mu": ban + balance,
        "ban_area_mu": ban,
        "ban_rate": _d("7.5000"),
        "ban_coefficient": _d("1.0000"),
        "ban_amount_yuan": ban_yuan,
        "balance_area_mu": balance,
        "balance_rate": _d("2.5000"),
        "balance_coefficient": _d("1.0000"),
        "balance_amount_yuan": balance_yuan,
        "other_area_mu": _d("0.000"),
        "other_rate": None,
        "other_amount_yuan": _d("0.00"),
        "area_tolerance_mu": _d("0.000"),
        "deducted_area_mu": _d("0.000"),
        "parts": (
            _row(
                "compensation_line",
                "parts",
                n,
                scheme="ban",
                basis="mu",
                area_mu=ban,
                mu_coefficient=_d("1.0000"),
                rate=_d("7.5000"),
                amount_yuan=ban_yuan,
                limit_effect_yuan=_d("0.00"),
            ),
            _row(
                "compensation_line",
                "parts",
                n,
                scheme="balance",
                basis="mu",
                area_mu=balance,
                mu_coefficient=_d("1.0000"),
                rate=_d("2.5000"),
                amount_yuan=balance_yuan,
                limit_effect_yuan=_d("0.00"),
            ),
        ),
        "parcels": tuple(
            _row("compensation_line", "parcels", n, parcel_id=sample_id("parcel", number), scheme=scheme, area_mu=area)
            for number, scheme, area in ((2 * n, "ban", ban), (2 * n + 1, "balance", balance))
        ),
        "gross_yuan": ban_yuan + balance_yuan,
        "limit_effect_yuan": _d("0.00"),
        "deduction_yuan": _d("0.00"),
        "deduction_reason": None,
        "deduction_document": None,
        "net_yuan": ban_yuan + balance_yuan,
        "state": "eligible",
        "state_reason": None,
        "state_note": None,
        "paid_on": None,
        "original_line_id": None,
    }


def _plan(n: int) -> dict[str, object]:
    def rate(scheme: str, yuan: str) -> object:
        return _row(
            "compensation_plan", "rates", n, scheme=scheme, rate_yuan_per_mu=_d(yuan), mu_coefficient=_d("1.0000"),
            basis="mu",
        )  # fmt: skip

    return {
        "year": 2021 + n % 60,
        "county_code": COUNTY,
        "programme": "示例草原补奖",
        "short_name": "草原补奖",
        "round": 3,
        "rounding_yuan": _d("0.01"),
        "notice_days": 7,
        "notice_day_kind": "calendar",
        "status": "in_force",
        "rates": (rate("ban", "7.5000"), rate("balance", "2.5000")),
    }


def _quadrat(n: int) -> dict[str, object]:
    fresh = _d("186.00") + n % 20
    dry = (fresh * _d("0.34")).quantize(_d("0.01"))
    first = _row("herb_quadrat", "species", n, species_name="羊草", fresh_g=fresh - 60, cover_percent=_d("30.00"))
    second = _row("herb_quadrat", "species", n, species_name="针茅", fresh_g=_d("60.00"), cover_percent=_d("15.00"))
    return {
        "plot_new_id": None,
        "shrub_quadrat_id": None,
        "quadrat_no": f"示例-001-{n + 1:02d}",
        "area_m2": _d("1.0000"),
        "cover_percent": _d("45.0"),
        "height_cm": _d("18.0"),
        "dominant": "羊草",
        "species_count": 12,
        "toxic_count": 1,
        "toxic_species": "狼毒",
        "main_species": "羊草、针茅",
        "fresh_g": fresh,
        "dry_g": dry,
        "drying_method": "air",
        "edible_fresh_g": fresh - 10,
        "edible_dry_g": dry - 5,
        "litter_fresh_g": _d("12.00"),
        "litter_dry_g": _d("9.00"),
        "species": (first, second),
    }


def _shrub_quadrat(n: int) -> dict[str, object]:
    row = _row(
        "shrub_quadrat", "shrubs", n, shrub_name="小叶锦鸡儿", height_cm=_d("60.0"),
        big_diameter_cm=_d("120.0"), big_count=3, big_fresh_g=_d("250.00"),
        mid_diameter_cm=_d("80.0"), mid_count=6, mid_fresh_g=_d("110.00"),
        small_diameter_cm=_d("40.0"), small_count=10, small_fresh_g=_d("30.00"),
        sample_fresh_g=_d("100.00"), sample_dry_g=_d("45.00"),
    )  # fmt: skip
    return {"plot_new_id": None, "area_m2": _d("100.0000"), "shrubs": (row,)}


def _feedback(n: int) -> dict[str, object]:
    paid, back = _d("4701.00"), _d("300.00")
    rows = (
        _row("bank_feedback", "results", n, outcome="paid", amount_yuan=paid, credited_on=FIRST_DAY),
        _row(
            "bank_feedback", "results", n, line_id=sample_id("compensation_line", n + 1), outcome="returned",
            amount_yuan=back, return_reason="name_mismatch",
        ),
    )  # fmt: skip
    return {
        "sent_count": 2,
        "sent_yuan": paid + back,
        "paid_count": 1,
        "paid_yuan": paid,
        "returned_count": 1,
        "returned_yuan": back,
        "results": rows,
    }


def _inspection(n: int) -> dict[str, object]:
    return {
        "inspectors": "测试巡查员一、测试巡查员二",
        "findings": ("4",),
        "action": "order",
        "inspected_on": FIRST_DAY,
        "started_at": datetime(2025, 7, 1, 1, tzinfo=UTC),
        "ended_at": datetime(2025, 7, 1, 3, tzinfo=UTC),
        "ordered_on": FIRST_DAY,
        "deadline_on": date(2025, 7, 16),
        "rechecked_on": date(2025, 7, 20),
        "recheck_result": "corrected",
        "decided_on": None,
        "penalty_yuan": None,
        "penalty_paid_on": None,
        "decision_number": None,
        "household_signed": True,
        "unsigned_reason": None,
    }


_FIXED: dict[str, dict[str, object]] = {
    "organisation": {"valid_to": None, "parent_id": None},
    "staff": {"valid_to": None},
    "household_change": {"kind": "other", "parts": ()},
    "parcel": {"valid_to": None, "usable_area_mu": None, "scheme": "balance"},
    "capacity_approval": {
        "village_code": None, "year": 2025, "area_mu": Decimal("1000.000"), "approved_mu_per_su": Decimal("20.0000"),
        "approved_su": Decimal("50.00"),
    },
    "forage_supply": {"year": 2025, "hay_coefficient": None, "coefficient_source": None},
    "plot": {
        "project_has": False, "project_type": None, "project_built_on": None, "has_erosion": False, "erosion_causes": (),
    },
    "plot_new": {
        "gravel_percent": Decimal("5.0"), "salt_percent": Decimal("2.0"), "bare_percent": Decimal("20.0"),
        "erosion_type": "5", "erosion_level": None, "quadrat_count": 3,
    },
    "shrub_line_survey": {"plot_new_id": None, "line_length_m": Decimal("500.00")},
    "project_benefit": {"year": 2025},
    "feeding_survey": {
        "year": 2025, "contract_area_mu": Decimal("1000.000"), "ban_area_mu": Decimal("400.000"),
        "balance_area_mu": Decimal("600.000"), "feed_days": 1,
    },
    "rodent_survey": {"burrows": 40, "effective_burrows": 12, "area_ha": Decimal("0.2500")},
    "responsibility_statement": {
        "area_mu": Decimal("1000.000"), "ban_area_mu": Decimal("400.000"), "balance_area_mu": Decimal("600.000"),
    },
    "compensation_batch": {
        "year": 2025, "county_code": COUNTY, "village_code": VILLAGE, "kind": "regular", "state": "draft",
        "prepared_by": "测试制表员", "reviewed_by": "测试审核员",
    },
    "objection": {"result": "open", "decided_on": None, "decided_by": None, "decision": None},
    "carbon_registration": {
        "credited_elsewhere": False, "credited_where": None, "baseline_from_year": 2020, "baseline_to_year": 2024,
        "share_level": "county",
    },
    "target": {"year": 2025, "baseline_year": 2020, "parent_id": None},
    "assessment": {"status": "open", "closed_on": None},
    "device": {"is_revoked": False, "revoked_at": None, "revoked_reason": None},
}  # fmt: skip


def _own_hashes(n: int) -> dict[str, object]:
    return {"package_hash": hashlib.sha256(f"sample package {n}".encode()).hexdigest()}


def _receipt(n: int) -> dict[str, object]:
    outcomes = ("applied", "already_had", "superseded", "conflict", "refused", "quarantined")
    result = _row("receipt", "results", n, outcome=outcomes[n % 6], reason_code="PKG-001", reason_text="示例原因")
    counts = {f"{each}_count": int(each == result.outcome) for each in outcomes}
    return {"part": 1, "parts": 1, "rest": None, "results": (result,), **counts, **_own_hashes(n)}


def _soil(n: int) -> dict[str, object]:
    layers = tuple(
        _row(
            "soil_sample", "layers", n, top_cm=_d(f"{top}.0"), bottom_cm=_d(f"{top + 10}.0"), soc_g_per_kg=_d("16.75"),
            bulk_density_g_per_cm3=_d("1.200"), gravel_percent=_d("3.00"),
        )
        for top in (0, 10, 20)
    )  # fmt: skip
    return {"layers": layers, "gravel_basis": "volume"}


def _frequency(n: int) -> dict[str, object]:
    return {"plot_new_id": None, "ring_count": 15, "hits": (_row("frequency_survey", "hits", n, hits=n % 15),)}


def _green(n: int) -> dict[str, object]:
    return {"observed_on": date(2025, 5, 10) + timedelta(days=n % 20), "against_last_year": "2"}


def _notice(n: int) -> dict[str, object]:
    return {"ends_on": _day("", record_type("compensation_notice").by_name["ends_on"], n) + timedelta(days=6),
            "days_required": 7, "day_kind": "calendar"}  # fmt: skip


def _edition(n: int) -> dict[str, object]:
    row = _row(
        "coefficient_edition", "lines", n, key="15|warm", label_zh="示例利用率", label_en="Example rate", value="52.50",
        low="50", high="55", unit="%", clause="示例条款", source="示例出处", mark="B", verified_by="测试核实员", verified_on=FIRST_DAY,
        facts="precondition=示例",
    )  # fmt: skip
    return {
        "kind": "utilization",
        "name": "example",
        "edition": f"2025.{n + 1}",
        "based_on": None,
        "sheep_units": None,
        "facts": "scheme=示例",
        "lines": (row,),
    }


def _scheme(n: int) -> dict[str, object]:
    def row(field: str, **values: object) -> object:
        return _row("calculation_scheme", field, n, **values)

    return {
        "county_code": COUNTY,
        "year": 2021 + n % 60,
        "status": "in_force",
        "sheep_unit_set": "definitions@1",
        "sheep_unit": "NYT635-2015",
        "adult_set": "seed@1",
        "young_rule": "by_age",
        "young_set": "nyt635-recollected@1",
        "group_set": "proposal@1",
        "utilization_set": "nyt635-2015-recollected@1",
        "seasons": (row("seasons", season_of_use="whole_year", days=365),),
        "yields": (row("yields", grassland_class="2", hay_kg_per_ha=_d("900.00")),),
        "grade_sets": (row("grade_sets", grade_set="xu-yang-2009@1"),),
    }


def _result(n: int) -> dict[str, object]:
    row = _row(
        "calculation_result", "values", n, name="natural_rate_percent", value=_d("25.000000"), unit="%", exact="25"
    )
    return {"kind": "balance", "level": "household", "year": 2025, "values": (row,)}


def _fitted(type_name: str) -> Callable[[int], dict[str, object]]:
    return lambda _n: _FIXED[type_name]


_FITTED: dict[str, Callable[[int], dict[str, object]]] = {
    **{name: _fitted(name) for name in _FIXED},
    "household": _household,
    "livestock_count": _count,
    "compensation_line": _line,
    "compensation_plan": _plan,
    "herb_quadrat": _quadrat,
    "shrub_quadrat": _shrub_quadrat,
    "bank_feedback": _feedback,
    "inspection": _inspection,
    "soil_sample": _soil,
    "frequency_survey": _frequency,
    "greenup_observation": _green,
    "compensation_notice": _notice,
    "coefficient_edition": _edition,
    "review": _own_hashes,
    "receipt": _receipt,
    "calculation_scheme": _scheme,
    "calculation_result": _result,
}
