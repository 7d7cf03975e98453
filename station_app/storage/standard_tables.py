"""Tables of ``resources/standards`` on stock, forage, balance and survey: their rows as coefficients, one function a table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

from station_app.domain.calc.coefficients import Coefficient
from station_app.domain.calc.sheep_units import animals_of
from station_app.domain.text import Text

Row = dict[str, str]
Keys = Mapping[str, Mapping[str, str]]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ORDER = ("A", "A-part", "B", "P", "C", "C-low", "none")
_SAME = ("same", "(same)")


def carried_down(rows: list[Row]) -> list[Row]:
    """Return rows in which ``same`` and ``(same)`` are what stands above, as the printed table means it."""
    before: Row = {}
    for row in rows:
        for name, value in row.items():
            if value in _SAME:
                row[name] = before.get(name, "")
        before = row
    return rows


def matches(value: str, wanted: str) -> bool:
    """Whether a cell is what a set wants; ``2006/2019`` belongs to both editions."""
    return value == wanted or wanted in value.split("/")


def set_words(rows: list[Row]) -> dict[str, str]:
    """Return what a table says about the whole set."""
    first = rows[0] if rows else {}
    return {name: first[name] for name in ("effective", "article", "region_zh", "scheme") if first.get(name)}


def mark_of(text: str) -> str:
    """Return the mark of a cell such as ``B(C03)``, ``B/C`` or ``B(值);范围 C``: the value's own, the doubtful one of two."""
    bare = re.sub(r"[((].*?[))]", "", text)
    first = re.split(r"[;;]", bare)[0]
    marks = [each.strip() for each in first.split("/") if each.strip() in _ORDER]
    return max(marks, key=_ORDER.index) if marks else ""


def number(text: str) -> Decimal | None:
    """Return the number a cell holds, or ``None`` when it holds none or more than a number."""
    bare = text.strip()
    return Decimal(bare) if _NUMBER.fullmatch(bare) else None


def error_of(text: str) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return (half-width in percent, low, high) of ``±8%``, ``±30–50%`` (the wider) or ``0.007–0.06``."""
    if text.strip() == "NA":  # the factor is 1 by definition
        return Decimal(0), None, None
    numbers = [Decimal(each) for each in _NUMBER.findall(text.split("(")[0].split("(")[0].replace("–", " "))]
    if not numbers:
        return None, None, None
    if "±" in text:
        return max(numbers), None, None
    return (None, min(numbers), max(numbers)) if len(numbers) == 2 else (None, None, None)


def keys_of(keys: Keys, table: str, text: str) -> list[tuple[str, ...]]:
    """Return the keys a label stands for: ``mule donkey/low`` is two."""
    found = keys[table].get(text)
    if found is None:
        return []
    heads, *rest = found.split("/")
    return [(head, *rest) for head in heads.split()]


def _classes(text: str) -> list[str]:
    return [each for each in text.split(";") if each]


def sheep_units(rows: Iterable[Row]) -> list[Coefficient]:
    return [
        Coefficient(
            (row["id"],),
            Text(row["title_zh"], row["title_en"]),
            number(row["intake_kg_per_day"]),
            "kg/(SU·d)",
            standard=row["standard"],
            clause=row["clause"],
            source=row["source"],
            mark=row["confidence"],
            note=row["note"],
            words={"definition": row["definition_zh"]},
        )
        for row in rows
    ]


def adult(rows: Iterable[Row], *, proposal: bool) -> list[Coefficient]:
    """Key: species, weight class as ``min-max`` kg (``-`` where no class is told)."""
    if proposal:
        return [
            Coefficient(
                (row["species_code"], "-"),
                Text(f"{row['species_zh']}羊单位系数", f"sheep units of {row['species_en']}"),
                number(row["proposed_seed"]),
                "SU/head",
                number(row["coefficient_min"]),
                number(row["coefficient_max"]),
                source=row["source"],
                mark=row["confidence"],
                seed_default=True,
                proposal=row["confidence"] != "A",
                note=row["seed_status"],
            )
            for row in rows
        ]
    made: dict[tuple[str, ...], Coefficient] = {}
    for row in rows:
        key = (row["species_code"], f"{row['weight_min_kg']}-{row['weight_max_kg']}")
        value = number(row["coefficient_su"])
        if key in made and (value is None or made[key].value == value):
            continue  # a second quotation of the same number, or an empty row beside a known one
        label = Text(
            f"{row['species_zh']}({row['size_class_zh']})羊单位系数",
            f"sheep units of {row['species_en']} ({row['size_class_en']})",
        )
        made[key] = Coefficient(
            key,
            label,
            value,
            "SU/head",
            standard=f"{row['standard']}-{row['edition']}",
            clause=row["clause"],
            source=row["source"],
            mark=row["confidence"],
            seed_default=row["seed_default"] == "yes",
            note=row["note"],
        )
    return list(made.values())


def young(rows: Iterable[Row]) -> list[Coefficient]:
    """Key: group of species, age in months as ``min-max``; the value is the share of the adult coefficient."""
    return [
        Coefficient(
            (row["species_code"], f"{row['age_min_months']}-{row['age_max_months']}"),
            Text(f"{row['species_zh']}{row['age_class_zh']}折成年畜", f"{row['species_en']}, {row['age_class_en']}"),
            number(row["share_of_adult_coefficient"]),
            "adult/head",
            standard=f"{row['standard']} {row['edition']}",
            clause=row["clause"],
            source=row["source"],
            mark=row["confidence"],
            note=row["note"],
            words={"herd_share_percent": row["herd_share_pct"]},
        )
        for row in rows
    ]


def _age_class_of(species: str, stock_class: str) -> Text:
    return Text("{animals}的年龄段", "age class of {animals}").format(animals=animals_of(species, stock_class))


def young_groups(rows: Iterable[Row]) -> list[Coefficient]:
    """Key: species, stock class; the words say which age class of the young-stock table is meant, or ``adult``."""
    return [
        Coefficient(
            (row["species"], row["stock_class"]),
            _age_class_of(row["species"], row["stock_class"]),
            None,
            mark=row["confidence"],
            proposal=True,
            note=row["note"],
            words={"group": row["young_group"], "age": row["age_class"]},
        )
        for row in rows
    ]


def utilization(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: grassland class, season; a range in percent to choose from."""
    made = []
    for row in rows:
        low, high = number(row["rate_min_pct"]), number(row["rate_max_pct"])
        for code in _classes(row["class_codes"]) or [k[0] for k in keys_of(keys, "utilization", row["group_zh"])]:
            made.append(
                Coefficient(
                    (code, row["season_code"]),
                    Text(
                        f"{row['group_zh']}{row['season_zh']}利用率",
                        f"utilization of {row['group_en']}, {row['season_en']}",
                    ),
                    low if low == high else None,
                    "%",
                    low,
                    high,
                    standard=f"{row['standard']}-{row['edition']}",
                    clause=row["clause"],
                    source=row["source"],
                    mark=row["confidence"],
                    seed_default=row["seed_default"] == "yes",
                    note=row["note"],
                )
            )
    return made


def degraded(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: degradation; percent of the tabulated rate."""
    return [
        Coefficient(
            key,
            Text(
                f"{row['group_zh'].replace(',', '，')}按表列利用率的比例",
                f"{row['group_en']}: share of the tabulated rate",
            ),
            number(row["rate_min_pct"]),
            "%",
            standard=f"{row['standard']}-{row['edition']}",
            clause=row["clause"],
            source=row["source"],
            mark=row["confidence"],
            note=row["note"],
        )
        for row in rows
        for key in keys_of(keys, "degraded_utilization", row["group_zh"])
    ]


def hay(rows: list[Row], keys: Keys) -> list[Coefficient]:
    """Key: grassland class, or the group's own key; a class that two groups claim is a conflict."""
    made: list[Coefficient] = []
    claims: dict[str, list[Row]] = {}
    for row in rows:
        for code in _classes(row["class_codes"]):
            claims.setdefault(code, []).append(row)
        made += [_hay(row, key) for key in keys_of(keys, "hay_coefficient", row["group_zh"])]
    for code, claimed in claims.items():
        conflict = " / ".join(f"{row['group_zh']} {row['coefficient']}" for row in claimed) if len(claimed) > 1 else ""
        made.append(_hay(claimed[0], (code,), conflict))
    return made


def _hay(row: Row, key: tuple[str, ...], conflict: str = "") -> Coefficient:
    return Coefficient(
        key,
        Text(f"{row['group_zh']}标准干草折算系数", f"standard-hay coefficient of {row['group_en']}"),
        number(row["coefficient"]),
        "",
        standard=f"{row['standard']}-{row['edition']}",
        clause=row["clause"],
        source=row["source"],
        mark=row["confidence"],
        seed_default=row["seed_default"] == "yes",
        conflict=conflict,
        note=row["note"],
    )


def fresh_hay(rows: Iterable[Row]) -> list[Coefficient]:
    """Key: grassland class; kg of fresh grass that give 1 kg of hay."""
    return [
        Coefficient(
            (code,),
            Text(f"{row['grassland_zh']}鲜干比", f"fresh to hay of {row['grassland_en']}"),
            number(row["fresh_kg_per_kg_hay"]),
            "kg/kg",
            standard=row["standard"],
            clause=row["clause"],
            source=row["source"],
            mark=row["confidence"],
            seed_default=row["seed_default"] == "yes",
            note=row["note"],
        )
        for row in rows
        for code in _classes(row["class_codes"])
    ]


def regrowth(rows: Iterable[Row]) -> list[Coefficient]:
    return [
        Coefficient(
            (row["class_code"],),
            Text(f"{row['class_zh']}再生率", f"regrowth of {row['class_en']}"),
            number(row["regrowth_pct"]),
            "%",
            standard=f"{row['standard']}-{row['edition']}",
            clause=row["clause"],
            source=row["source"],
            mark=row["confidence"],
            note=row["note"],
        )
        for row in rows
    ]


def npp_ratio(rows: Iterable[Row]) -> list[Coefficient]:
    return [
        Coefficient(
            (row["class_code"],),
            Text(f"{row['class_zh']}地下/地上比", f"root to shoot of {row['class_en']}"),
            number(row["ratio_bgb_agb"]),
            "",
            source=row["source"],
            mark=row["confidence"],
            note=row["note"],
        )
        for row in rows
    ]


def grades(rows: Iterable[Row]) -> list[Coefficient]:
    """Key: grade; low and high are the ends of the overload rate, the words say what belongs to it."""
    return [
        Coefficient(
            (row["grade_code"],),
            Text(row["grade_zh"], row["grade_en"]),
            None,
            "%",
            number(row["lower_pct"]),
            number(row["upper_pct"]),
            standard=row["scheme"],
            source=row["source"],
            mark=row["confidence"],
            note=row["note"],
            words={"lower": row["lower_inclusive"], "upper": row["upper_inclusive"]},
        )
        for row in rows
    ]


def penalties(rows: Iterable[Row], keys: Keys) -> list[Coefficient]:
    """Key: situation, number of the tier; low and high are CNY per sheep unit, the words hold the tier's ends."""
    made: list[Coefficient] = []
    for row in rows:
        (situation,) = keys["penalty"][row["situation_zh"]].split()
        tier = sum(each.key[0] == situation for each in made) + 1
        low, high = number(row["yuan_per_su_min"]), number(row["yuan_per_su_max"])
        made.append(
            Coefficient(
                (situation, str(tier)),
                Text(f"{row['situation_zh']}，每羊单位", f"{row['situation_en']}, per sheep unit"),
                low if low == high else None,
                "CNY/SU",
                low,
                high,
                standard=row["instrument"],
                clause=row["article"],
                source=row["source"],
                mark=row["confidence"],
                note=row["note"],
                words={
                    "from_percent": row["overload_from_pct"],
                    "to_percent": row["overload_to_pct"],
                    "counted_on": row["counted_on"],
                    "precondition": row["precondition"],
                },
            )
        )
    return made


def degradation(rows: Iterable[Row]) -> list[Coefficient]:
    """Key: indicator, grade; low and high are the ends of the indicator."""
    made = []
    for row in rows:
        for grade in ("none", "light", "moderate", "severe"):
            cell = row[grade]
            ends = [Decimal(each) for each in _NUMBER.findall(cell.replace("–", " "))]
            low, high = (ends[0], ends[-1]) if len(ends) == 2 else (ends[0] if ends else None, None)
            if ends:
                made.append(
                    Coefficient(
                        (row["indicator"], grade),
                        Text(f"{row['indicator']}:{cell}{row['unit']}", f"{grade}: {cell} {row['unit']}"),
                        None,
                        row["unit"],
                        low,
                        high,
                        standard=row["standard"],
                        source=row["source"],
                        mark=mark_of(row["confidence"]),
                    )
                )
    return made


def shrub_models(rows: Iterable[Row]) -> list[Coefficient]:
    """Key: species, component (plant part), name of the parameter (a, b, c); the words hold the model's form and range."""
    made = []
    for row in rows:
        facts = ("form", "x1", "x2", "h_range_m", "crown_range_m2", "volume_range_m3", "usable", "n", "r2", "note")
        for name in ("a", "b", "c"):
            if number(row[name]) is None:
                continue
            made.append(
                Coefficient(
                    (row["species_cn"], row["component"], name),
                    Text(f"{row['species_cn']}{row['component']}模型 {name}", f"{row['species_latin']}: {name}"),
                    number(row[name]),
                    source=row["source"],
                    mark=mark_of(row["confidence"]),
                    note=row["note"],
                    words={fact: row[fact] for fact in facts},
                )
            )
    return made


def plain(rows: Iterable[Row]) -> list[Coefficient]:
    """A table whose columns are named as what they hold; the parts of a key are divided by ``|``."""
    return [
        Coefficient(
            tuple(row["key"].split("|")),
            Text(row["label_zh"], row["label_en"]),
            number(row["value"]),
            row.get("unit", ""),
            number(row.get("low", "")),
            number(row.get("high", "")),
            standard=row.get("standard", ""),
            clause=row.get("clause", ""),
            source=row["source"],
            mark=row["confidence"],
            note=row.get("note", ""),
        )
        for row in rows
    ]
