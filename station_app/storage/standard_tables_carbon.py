"""Tables of ``resources/standards`` on carbon and emissions: their rows as coefficients, one function a table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from station_app.domain.calc.coefficients import Coefficient
from station_app.domain.codes import word_of
from station_app.domain.text import Text
from station_app.storage.standard_tables import Keys, Row, error_of, keys_of, mark_of, number


def soc_reference(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: climate zone, soil; t C/ha in 0–30 cm."""
    made = []
    for row in rows:
        half, _, _ = error_of(row["error_95"])
        for climate in keys["soc_climate"].get(row["climate"], row["climate"]).split():
            made.append(
                Coefficient(
                    (climate, row["soil"]),
                    Text(
                        f"参考土壤碳：{row['climate_cn']}，{row['soil_cn']}",
                        f"reference soil carbon: {climate.replace('_', ' ')}, {row['soil']}",
                    ),
                    number(row["socref_tC_ha"]),
                    "t C/ha",
                    half_width_percent=half,
                    standard=f"IPCC {row['edition']} V4",
                    clause="table 2.3",
                    source=row["source"],
                    mark=mark_of(row["confidence"]),
                    note=row["n"],
                    words={"depth_cm": row["depth_cm"]},
                )
            )
    return made


def _factor(row: Row, key: tuple[str, ...], label: Text) -> Coefficient:
    half, low, high = error_of(row["error_or_range"])
    return Coefficient(
        key,
        label,
        number(row["value"]),
        row["unit"] if row["unit"] != "—" else "",
        low,
        high,
        half,
        standard="" if row["edition"] == "—" else f"IPCC {row['edition']} V4",
        clause=row["table"],
        source=row["table"] if row["edition"] == "—" else row["confidence"],
        mark=mark_of(row["confidence"]),
        note=row["note"],
    )


def stock_change(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: factor (F_LU, F_MG, F_I), class, climate region; and ``D`` in years."""
    made = []
    for row in rows:
        if row["key"] == "D":
            made.append(_factor(row, ("D",), Text("库变化因子的时间依赖 D", "time dependence of the factors, D")))
        elif row["key"] in ("F_LU", "F_MG", "F_I"):
            name = keys["stock_change"][row["name_cn"]]
            region = keys["factor_climate"][row["climate"]]
            label = Text(f"{row['key']} {row['name_cn']}", f"{row['key']} {name.replace('_', ' ')}")
            made.append(_factor(row, (row["key"], name, region), label))
    made += [
        Coefficient(
            ("climate_region", climate),
            Text("{climate}的气候分区", "region of {climate}").format(climate=word_of("ipcc_climate", climate)),
            None,
            words={"region": region},
        )
        for climate, region in keys["climate_region"].items()
    ]
    return made


def n2o(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: factor, then group of animals for EF3, then climate (wet, dry, undivided)."""
    made = []
    for row in rows:
        name = keys["n2o_factor"].get(row["key"])
        if name is None:
            continue
        climate = keys["n2o_climate"][row["climate"]]
        if "湿润区" in row["name_cn"]:
            climate = "wet"
        zh = f"{row['key']} {row['name_cn']} {row['climate']}".strip()
        made.append(_factor(row, (*name.split("/"), climate), Text(zh, f"{name} ({climate})")))
    return made


def carbon_fraction(rows: Iterable[Row], keys: Keys, name: str) -> list[Coefficient]:
    """Key: pool (above, below, litter)."""
    wanted = {"ipcc2006": ("CF",), "cn-literature": ("CF_cn",), "measured": ("CF_ag", "CF_bg", "CF_litter")}[name]
    return [
        _factor(row, (pool,), Text(f"{row['name_cn']}", f"carbon fraction, {pool}"))
        for row in rows
        if row["key"] in wanted
        for pool in keys["carbon_fraction"][row["key"]].split()
    ]


def root_ratio(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: grassland class."""
    made = []
    for row in rows:
        if "bgb_agb_ratio" in row:  # survey_grass_classes.csv
            code, value, name = row["no"], row["bgb_agb_ratio"], row["class_cn"]
            source, mark = row["ratio_source"], row["ratio_conf"]
        else:
            code, value, name = keys["root_ratio"].get(row["class_cn"], ""), row["ratio_bgb_agb"], row["class_cn"]
            source, mark = f"{row['study']} ({row['source']})", mark_of(row["confidence"])
        if code and number(value) is not None:
            label = Text(f"{name}地下/地上比", f"root to shoot, class {code}")
            made.append(Coefficient((code,), label, number(value), "", source=source, mark=mark))
    return made


def gwp(rows: Iterable[Row]) -> list[Coefficient]:
    """Key: gas."""
    return [
        Coefficient(
            (gas,),
            Text(f"GWP-100 {gas}(全球增温潜势)", f"GWP-100 of {gas}"),
            number(row[gas]),
            f"kg CO2e/kg {gas}",
            standard=f"IPCC {row['report']}",
            source=row["source"],
            mark=mark_of(row["confidence"]),
            note=row["note"],
        )
        for row in rows
        for gas in ("CO2", "CH4", "N2O")
    ]


def degradation_class(rows: Iterable[Row]) -> list[Coefficient]:
    """Key: edition, degradation; the word ``management`` is the class of IPCC."""
    return [
        Coefficient(
            (row["edition"], row["degradation"]),
            Text("{degree}对应的管理类别", "management class of {degree} land").format(
                degree=word_of("degradation_degree", row["degradation"])
            ),
            None,
            mark=row["confidence"],
            note=row["note"],
            words={"management": row["management"]},
        )
        for row in rows
    ]


def _animal(
    row: Row, key: tuple[str, ...], value: Decimal | None, unit: str, what: Text, conflict: str = ""
) -> Coefficient:
    name = row.get("animal") or row["animal_or_system"]
    half, low, high = error_of(row.get("uncertainty", ""))
    return Coefficient(
        key,
        Text(f"{what.zh}:{name}", f"{what.en}: {' '.join(key).replace('_', ' ')}"),
        value,
        unit,
        low,
        high,
        half,
        standard=f"IPCC {row['edition']} V4" if row["edition"].startswith("20") else row["edition"],
        source=row["source"],
        mark=mark_of(row["confidence"]),
        conflict=conflict,
        note=row["note"],
    )


def enteric(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: species, variant (low, high, average, any …); kg CH4 a head and year."""
    made = []
    for row in rows:
        for key, value in _enteric_values(row, keys):
            made.append(_animal(row, key, value, "kg CH4/(head·a)", Text("肠道甲烷", "enteric methane")))
    return made


def _enteric_values(row: Row, keys: Keys) -> Iterable[tuple[tuple[str, ...], Decimal | None]]:
    plain = number(row["ef"])
    if plain is not None or row["ef"] == "—":
        for key in keys_of(keys, "enteric", row["animal"]):
            yield key, plain
    elif "/" in row["ef"]:  # one number a group: 18/10/46
        groups = keys["enteric"][row["animal"]].split("|")
        for group, value in zip(groups, row["ef"].split("/"), strict=True):
            for species in group.split():
                yield (species, "any"), number(value)
    else:  # one number a way of keeping: 规模化8.2;农户8.7;放牧7.5
        species_text = keys["enteric"][row["animal"]].partition("/")[0]
        for keeping, value in _KEEPING.findall(row["ef"]):
            for species in species_text.split():
                yield (species, keys["enteric"][keeping]), number(value)


_KEEPING = re.compile(r"([^\d;;.]+)(\d+(?:\.\d+)?)")
_ZONES = ("cold", "temperate", "warm")
_SYSTEM = re.compile(r"(固体贮存|干场)\s*(\d+(?:\.\d+)?)")


def manure_ch4(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: species, variant, temperature zone in the 2006 edition (kg a head and year); in 2019 species, variant, system.

    Cells that hold more than a number (dairy cattle by degree) are left out: they need the original.
    """
    made = []
    for row in rows:
        if not row["kind"].startswith("CH4"):
            continue
        for key in keys_of(keys, "manure_ch4", row["animal_or_system"]):
            what = Text(row["kind"], "manure methane")
            if key == ("all", "pasture"):
                made.append(_animal(row, key, number(row["v1"]), row["unit"], what))
            elif row["edition"] == "2006":
                for zone, cell in zip(_ZONES, (row["v1"], row["v2"], row["v3"]), strict=True):
                    if number(cell) is not None:
                        made.append(_animal(row, (*key, zone), number(cell), "kg CH4/(head·a)", what))
            else:
                for system, value in _SYSTEM.findall(f"{row['v1']} {row['v2']}"):
                    name = {"固体贮存": "solid", "干场": "dry_lot"}[system]
                    made.append(_animal(row, (*key, name), number(value), row["unit"], what))
    return made


def manure_rate(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: species, quantity (vs, weight, nitrogen); contradicting quotations are kept as a conflict."""
    made = []
    for row in rows:
        quantity = keys["manure_rate"].get(row["kind"])
        if quantity is None:
            continue
        for (species,) in keys_of(keys, "manure_rate", row["animal_or_system"]):
            value = number(row["v1"])
            conflict = row["v1"] if value is None else ""
            what = Text(row["kind"], "excretion or weight")
            made.append(_animal(row, (species, quantity), value, row["unit"], what, conflict))
    return made
