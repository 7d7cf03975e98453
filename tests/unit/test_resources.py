"""The files beside the program: fonts hold our texts, icons are drawable, the training facts hang together."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from pathlib import Path

import pytest
from published import ONLY_HERE, table

from station_app.paths import resource
from station_app.services import divisions

ROOT = Path(__file__).resolve().parents[2]
ICONS = sorted(resource("icons").glob("*.svg"))
# In no weight of the source font; drawn by the system. U+9FFF is the end of a range in a pattern, not a text.
NOT_IN_THE_FONT = set("𦵻鿿")
NAVIGATION = (
    "today", "households", "parcels", "livestock", "surveys", "compensation",
    "inspections", "balance", "carbon", "targets", "exchange", "inbox", "stations", "settings",
)  # fmt: skip
ACTIONS = (
    "add", "import", "export", "search", "history", "print", "back", "warning",
    "error", "info", "check", "conflict", "draft",
)  # fmt: skip


@pytest.mark.parametrize("weight", ["Regular", "Medium"])
def test_the_font_holds_every_chinese_character_of_our_texts(weight: str, qapp: object) -> None:
    """`python installer/make_font.py ARCHIVE` cuts it anew when this fails."""
    from PySide6.QtGui import QRawFont

    font = QRawFont(str(resource("fonts", f"NotoSansSC-{weight}.ttf")), 12)
    assert font.isValid()
    used = set()
    for path in [*ROOT.glob("resources/**/*.csv"), *ROOT.glob("resources/**/*.md"), *ROOT.glob("station_app/**/*.py")]:
        used |= set(re.findall(r"[\u3400-\u9fff\U00020000-\U0003ffff]", path.read_text(encoding="utf-8")))
    missing = {c for c in used - NOT_IN_THE_FONT if not font.supportsCharacter(ord(c))}
    assert missing == set()


def test_the_font_keeps_copied_text_searchable(qapp: object) -> None:
    from PySide6.QtGui import QRawFont

    font = QRawFont(str(resource("fonts", "NotoSansSC-Regular.ttf")), 12)
    assert not any(font.supportsCharacter(c) for c in range(0x2F00, 0x2FE0))


def test_fonts_stay_small_and_carry_their_licence() -> None:
    assert sum(f.stat().st_size for f in resource("fonts").glob("*.ttf")) < 5_000_000
    assert "SIL OPEN FONT LICENSE" in resource("fonts", "OFL.txt").read_text(encoding="utf-8").upper()


@pytest.mark.parametrize("name", NAVIGATION + ACTIONS)
def test_every_named_icon_is_there(name: str) -> None:
    assert resource("icons", f"{name}.svg").is_file()


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_an_icon_is_one_colour_and_one_size(path: Path) -> None:
    drawing = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    if path.stem == "grassland-station":
        return
    assert drawing.get("viewBox") == "0 0 24 24"
    colours = {
        value for each in drawing.iter() for key in ("stroke", "fill") if (value := each.get(key)) not in (None, "none")
    }
    assert colours == {"currentColor"}


def test_the_divisions_form_one_tree() -> None:
    areas = divisions.find("1", limit=100_000)
    assert len(areas) > 5_000
    for unit in areas:
        assert re.fullmatch(r"\d{12}", unit.code) and unit.name
        above = divisions.division(unit.parent_code) if unit.parent_code else None
        assert (above is None) == (unit.level == "province"), unit
        assert above is None or [n for n, _ in divisions.LEVELS].index(above.level) < [
            n for n, _ in divisions.LEVELS
        ].index(unit.level)


def test_a_township_knows_its_villages_and_its_place() -> None:
    township = divisions.division("152522200")
    assert township == divisions.Division("152522200000", "那仁宝拉格苏木") and township.level == "township"
    assert divisions.full_name("152522200201") == "内蒙古自治区锡林郭勒盟阿巴嘎旗那仁宝拉格苏木阿拉坦陶高图嘎查"
    villages = divisions.children("152522200")
    assert len(villages) == 9 and {v.level for v in villages} == {"village"}
    assert [u.level for u in divisions.chain("152522200201")] == [level for level, _ in divisions.LEVELS]


def test_divisions_are_found_by_part_of_their_names_or_code() -> None:
    assert [u.code for u in divisions.find("阿巴嘎 那仁")] == ["152522200000"]
    assert divisions.find("152522", level="county") == [divisions.Division("152522000000", "阿巴嘎旗")]
    assert divisions.find("没有这个地方") == [] and divisions.find("  ") == []
    assert divisions.division("999999") is None and divisions.chain("999999999999") == []


@pytest.mark.parametrize(
    "typed", ["abaga naren", "abg nr", "ABG nrblg", "naren bao", "阿巴嘎 nr", "nrblg", "narenbaolagesumu", "lageSu"]
)
def test_divisions_are_found_by_pinyin_and_initials(typed: str) -> None:
    found = [unit.name for unit in divisions.find(typed, level="township")]
    assert "那仁宝拉格苏木" in found, found


def test_letters_are_read_from_a_syllable_on_and_names_that_begin_so_come_first() -> None:
    assert divisions.find("arenbao") == [] and divisions.find("abg qq nr") == []
    names = [unit.name for unit in divisions.find("lin", level="county", limit=1_000)]
    assert names.index("灵寿县") < names.index("临西县") < names.index("虎林市") < len(names), names
    assert names.index("临夏市") < names.index("虎林市")  # though its code is higher


def test_the_name_of_a_county_finds_what_lies_in_it_where_nothing_is_called_so() -> None:
    for typed in ("阿巴嘎", "abag"):
        found = divisions.find(typed, level="township")
        assert found and {unit.code[:6] for unit in found} == {"152522"}
    assert divisions.find("没有这个地方", level="township") == [] == divisions.find("152599", level="township")


def test_villages_of_a_province_without_the_award_are_not_carried() -> None:
    assert divisions.children("310101002") == [] and divisions.division("310101002") is not None


def test_rates_carry_source_and_the_published_totals_can_be_recomputed() -> None:
    found = table("award_rates")
    assert found and all(row["source"] for row in found)
    case = [row for row in found if row["case"] == "O1"]
    parts = [row for row in case if row["yuan_per_mu"]]
    total = next(row for row in case if not row["yuan_per_mu"])
    assert sum(Decimal(row["area"]) * Decimal(row["yuan_per_mu"]) for row in parts) == Decimal(total["printed"])
    here = {row["yuan_per_mu"]: row["confidence"] for row in found if "内蒙古" in row["title"] + row["row"]}
    assert here["7.5"] in {"A", "B"} and here["2.5"] in {"A", "B"}


def test_standards_are_the_published_tables_unchanged(shared_domain: Path) -> None:
    copied = [*sorted(resource("standards").glob("*.csv")), *sorted(ONLY_HERE.glob("*.csv"))]
    assert len(copied) > 40
    for path in copied:
        if path.name.startswith("calc_") or path.stem == "award_rates":
            continue  # ours: which rows a calculation reads; cut from longer tables
        published = (shared_domain / "tables" / path.name).read_text(encoding="utf-8")
        assert path.read_text(encoding="utf-8") == published, path.name


def test_every_standard_row_says_how_sure_it_is() -> None:
    for path in sorted(resource("standards").glob("*.csv")):
        if path.name.startswith("calc_") or path.stem.endswith("_sources"):
            continue
        head = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        marks = ("confidence", "conf", "evidence", "level", "reproduces")
        assert any(column.startswith(marks) or column.endswith("_conf") for column in head), path.name
