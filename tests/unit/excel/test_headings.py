"""What a heading means: every field by every name it has, units, brackets, two rows of headings, wide counts."""

from __future__ import annotations

import csv
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from published import published

from station_app.domain.fields import Kind
from station_app.domain.problems import Severity, UserError
from station_app.domain.registry import RecordType, all_types, record_type
from station_app.domain.text import LANGUAGES
from station_app.exchange.excel.headings import Heading, meanings, split_unit
from station_app.exchange.excel.locate import locate
from station_app.exchange.excel.reader import Broken, RawTable
from station_app.exchange.excel.row_kinds import RowKind, RowKinds
from station_app.exchange.excel.units import factor, fold, must_be_stated, unit_named, units_listed

IMPORTED = [t.name for t in all_types() if t.key and not t.is_about_others]
ALIASES = published("compensation_header_aliases")
# Canonical names of the alias table that stand for one field of ours.
CANONICAL = {
    "head_name": ("household", "head_name"), "id_number": ("household", "identity_number"),
    "account_no": ("household", "account_number"), "bank_name": ("household", "bank_name"),
    "area_contract_mu": ("household", "contract_area_mu"), "area_ban_mu": ("compensation_line", "ban_area_mu"),
    "area_balance_mu": ("compensation_line", "balance_area_mu"), "group": ("household", "group_name"),
    "remarks": ("household", "note"),
}  # fmt: skip


def path_of(kind: RecordType, text: str, group: str = "") -> str:
    found = meanings(kind, Heading(0, text, group))
    return found[0][0].path if found else ""


@pytest.mark.parametrize("name", IMPORTED)
def test_every_field_is_known_by_its_name_and_its_headings(name: str) -> None:
    kind = record_type(name)
    for field in kind.fields:
        if field.kind in (Kind.FILES, Kind.LINES, Kind.LINK):
            continue
        for text in (field.name, field.label.zh, field.label.en, *(field.heading(lang) for lang in LANGUAGES)):
            assert path_of(kind, text) == field.name, text


@pytest.mark.parametrize("name", IMPORTED)
def test_every_link_is_known_by_the_key_of_its_target(name: str) -> None:
    kind = record_type(name)
    for field in kind.fields:
        if field.kind is Kind.LINK:
            target = record_type(field.target)
            key = next((k for k in target.key if target.by_name[k].kind is not Kind.LINK), None)
            if key is not None:
                assert path_of(kind, f"{field.label.zh}{target.by_name[key].label.zh}") == f"{field.name}>{key}"


def test_usual_headings_of_the_award_are_known() -> None:
    with ALIASES.open(encoding="utf-8-sig", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["canonical_field"] in CANONICAL]
    assert rows
    for row in rows:
        type_name, field = CANONICAL[row["canonical_field"]]
        kind = record_type(type_name)
        found = [t.path for t, _ in meanings(kind, Heading(0, row["heading_zh"])) if not t.list_name]
        assert found[:1] == [field], row["heading_zh"]  # lists are read only where their own columns are there


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("户 编 码", "code"), (" 户编码 ", "code"), ("户编码*", "code"), ("户编码(必填)", "code"), ("户编码:", "code"),
        ("HOUSEHOLD CODE", "code"), ("承包面积(亩)", "contract_area_mu"), ("承包面积 (亩)", "contract_area_mu"),
        ("承包面积/亩", "contract_area_mu"), ("承包面积(万亩)", "contract_area_mu"), ("一卡通(社保卡)账号", "account_number"),
        ("家庭人口\n(人)", "persons"), ("别的", ""), ("", ""),
    ],
)  # fmt: skip
def test_headings_as_people_write_them(written: str, path: str) -> None:
    assert path_of(record_type("household"), written) == path


@given(st.sampled_from([f for f in record_type("household").scalars if f.kind is not Kind.FILES]),
       st.lists(st.sampled_from([" ", "\u3000", "\n", "*"]), max_size=4), st.booleans())  # fmt: skip
def test_blanks_stars_and_width_do_not_matter(field: object, blanks: list[str], full: bool) -> None:
    label = field.label.zh  # type: ignore[attr-defined]
    text = "".join(c + (blanks[i % len(blanks)] if blanks else "") for i, c in enumerate(label))
    if full:
        text = text.replace("(", "(").replace(")", ")")
    assert path_of(record_type("household"), text) == field.name  # type: ignore[attr-defined]


def test_units() -> None:
    assert split_unit("承包面积(万亩)") == ("承包面积", "万亩")
    assert split_unit("样方干重(风干)") == ("样方干重(风干)", None)
    assert split_unit("面积/公顷") == ("面积", "hm2")
    assert unit_named("hm²") == unit_named("公顷") == "hm2" and unit_named("㎡") == "m2"
    assert unit_named("头(只)") == "头只" and unit_named("无此单位") is None
    assert units_listed("单位:亩、元") == {"亩", "元"} and units_listed("单位:头、只、匹") == {"头只"}
    assert factor("万亩", "亩") == 10_000 and factor("hm2", "亩") == 15 and factor("亩", "元") is None
    assert factor("m2", "亩") == Decimal("0.0015") and factor("元", "元") == 1
    assert must_be_stated("亩") and must_be_stated("元") and not must_be_stated("cm")
    assert fold(" 面 积( 亩 )*:") == "面积(亩)"


# --- where the table is ----------------------------------------------------------------------------------------------


def table(*rows: list[object], merges: tuple[tuple[int, int, int, int], ...] = ()) -> RawTable:
    width = max(len(r) for r in rows)
    return RawTable("表", [[*r, *[""] * (width - len(r))] for r in rows], list(merges))


def test_table_below_title_unit_line_and_instruction() -> None:
    found = locate(
        table(
            ["示例县2026年草原补奖登记清册"], ["填报单位(盖章):示例站", "", "单位:亩、元"],
            ["填写说明:\n1、户编码必填\n2、承包面积按合同填写"], ["序号", "户编码", "户主姓名", "承包面积"],
            [1, "9999990010010001", "示例", 12.5], ["合计", "", "", 12.5], ["制表人:", "", "审核人:", ""],
        ),
        record_type("household"),
    )  # fmt: skip
    assert found is not None and (found.first_heading, found.last_heading) == (3, 3)
    assert [m.target.path for m in found.matches] == ["code", "head_name", "contract_area_mu"]
    assert not found.problems  # the unit line says mu
    kinds = RowKinds(found, record_type("household"))
    assert [kinds.of(r) for r in found.table.rows[4:]] == [None, RowKind.TOTAL, RowKind.NOTE]


def test_two_rows_of_headings_merged_and_not() -> None:
    rows = (["户编码", "户主姓名", "绵羊", "", "牛", "清点日期"], ["", "", "成年母畜", "当年仔畜", "不分类", ""],
            ["9999990010010001", "示例", 5, 6, 7, "2026-06-30"])  # fmt: skip
    paths = ["household_id>code", "class_counts.head", "class_counts.head", "class_counts.head", "counted_on"]
    for merges in ((), ((0, 2, 0, 3), (0, 0, 1, 0), (0, 1, 1, 1), (0, 5, 1, 5))):
        found = locate(table(*rows, merges=merges), record_type("livestock_count"))
        assert found is not None and found.last_heading == 1 and found.is_wide
        assert [m.target.path for m in found.matches] == paths
        assert [(p.code, p.severity, p.place) for p in found.problems] == [
            ("IMP-049", Severity.WARN, "表!E2")
        ]  # not 牦牛?
        assert [dict(m.target.fixed) for m in found.matches[1:3]] == [
            {"species_code": "sheep", "class_code": "adult_female"}, {"species_code": "sheep", "class_code": "young"},
        ]  # fmt: skip
        assert [h.shown for h in found.ignored] == ["户主姓名"]


def refusal_of(
    *rows: list[object], kind: str = "livestock_count", merges: tuple[tuple[int, int, int, int], ...] = ()
) -> str:
    with pytest.raises(UserError) as caught:
        locate(table(*rows, merges=merges), record_type(kind))
    return caught.value.code


def test_three_and_four_rows_of_headings() -> None:
    count = ["9999990010010001", "2026-06-30", 39, 30, 5, 4]
    three = (["户编码", "清点日期", "年末存栏(头只)", "", "", ""], ["", "", "绵羊", "", "山羊", ""],
             ["", "", "成年母畜", "当年仔畜", "成年母畜", "当年仔畜"])  # fmt: skip
    four = (["户编码", "清点日期", "2026 年", "", "", ""], ["", "", *three[0][2:]], three[1], three[2])
    for heads in (three, four):
        last = len(heads) - 1
        merged = ((0, 0, last, 0), (0, 1, last, 1), (0, 2, 0, 5), (last - 1, 2, last - 1, 3), (last - 1, 4, last - 1, 5),
                  (max(last - 2, 0), 2, max(last - 2, 0), 5))  # fmt: skip
        for merges in ((), merged):
            found = locate(table(*heads, count, merges=merges), record_type("livestock_count"))
            assert found is not None and found.last_heading == last
            assert [dict(m.target.fixed) for m in found.matches[2:]] == [
                {"species_code": species, "class_code": kind} for species in ("sheep", "goat") for kind in ("adult_female", "young")
            ]  # fmt: skip


def test_figures_of_classes_never_become_one() -> None:
    """Before: 绵羊 over 母 and 仔 was read as one class of the first figure once the wrong row was skipped."""
    heads = ["户编码", "清点日期", "绵羊", "", "山羊", ""]
    count = ["9999990010010001", "2026-06-30", 39, 30, 5, 4]
    assert (
        refusal_of(heads, ["", "", "甲类", "乙类", "甲类", "乙类"], count, merges=((0, 2, 0, 3), (0, 4, 0, 5)))
        == "IMP-041"
    )
    outer = ["户编码", "清点日期", "年末存栏", "", "", ""]
    inner = [["", "", "绵羊", "", "骆马", ""], ["", "", "成年母畜", "当年仔畜", "成年母畜", "当年仔畜"]]
    merges = ((0, 2, 0, 5), (1, 2, 1, 3), (1, 4, 1, 5), (0, 0, 2, 0), (0, 1, 2, 1))
    assert refusal_of(outer, *inner, count, merges=merges) == "IMP-048"


def test_an_error_in_the_headings_stops_the_sheet() -> None:
    assert (
        refusal_of(["户编码", "户主姓名", Broken("#REF!")], ["9999990010010001", "示例", 5], kind="household")
        == "IMP-047"
    )
    found = locate(
        table(["户编码", "户主姓名", "备注"], ["9999990010010001", "示例", Broken("#N/A")]), record_type("household")
    )
    assert found is not None and found.last_heading == 0, "a row with an error is a row, and no second row of headings"


@pytest.mark.parametrize(
    "heading", ["绵羊成年母畜", "绵羊-成年母畜", "Sheep Adult female", "sheep.adult_female", "绵羊成年母畜(只)"]
)
def test_wide_counts_in_one_row(heading: str) -> None:
    found = meanings(record_type("livestock_count"), Heading(0, heading))
    assert found[0][0].fixed == (("species_code", "sheep"), ("class_code", "adult_female"))


def test_a_species_alone_is_its_undivided_total() -> None:
    found = meanings(record_type("livestock_count"), Heading(0, "山羊(只)"))
    assert dict(found[0][0].fixed) == {"species_code": "goat", "class_code": "undivided"} and found[0][1] == "头只"


def test_a_weight_is_the_quadrats_unless_species_are_named() -> None:
    kind = record_type("herb_quadrat")
    alone = locate(table(["样方编号", "鲜重(g)"], ["1", 5]), kind)
    assert alone is not None and "fresh_g" in alone.paths
    listed = locate(table(["样方编号", "植物名称", "鲜重(g)"], ["1", "示例", 5]), kind)
    assert listed is not None and listed.paths == {"quadrat_no", "species.species_name", "species.fresh_g"}


def test_no_table_at_all() -> None:
    assert locate(table(["一", "二"], [1, 2]), record_type("household")) is None
    assert locate(RawTable("空", []), record_type("household")) is None


@pytest.mark.parametrize("kind", list(all_types()), ids=lambda kind: kind.name)
def test_no_english_heading_says_its_unit_twice(kind: RecordType) -> None:
    for field in kind.scalars:
        heading = field.heading("en")
        assert not re.search(r"\b(\w+)\b.* \(\1\)$", heading, re.IGNORECASE), heading
        assert not field.unit or field.heading("zh_CN").endswith(f"({field.unit})")  # as the forms print it
