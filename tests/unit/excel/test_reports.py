"""The reports: columns as the forms have them, totals as the workspace has them, nothing personal on a public sheet."""

from __future__ import annotations

import csv
import dataclasses
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from excel_helpers import TODAY, VILLAGES, make
from published import published

from station_app.domain import identifiers
from station_app.domain.problems import UserError
from station_app.domain.registry import record_type
from station_app.domain.text import LANGUAGES
from station_app.exchange.excel import report_award
from station_app.exchange.excel.layout import CONTROL_NAME
from station_app.exchange.excel.reports import REPORTS, ExportResult, export_report
from station_app.services.entry import Entry
from station_app.storage.reader import Filter, Query
from station_app.storage.workspace import Workspace

FORMS = published("compensation_form_columns")


def export(workspace: Workspace, report: str, target: Path, **spec: Any) -> ExportResult:
    return export_report(workspace.read, report, target=target, today=TODAY, **spec)


def rows_of(path: Path, sheet: str | int = 0) -> list[list[Any]]:
    book = openpyxl.load_workbook(path)
    page = book[sheet] if isinstance(sheet, str) else book.worksheets[sheet]
    return [[c.value for c in row] for row in page.iter_rows()]


def form(name: str) -> list[dict[str, str]]:
    with FORMS.open(encoding="utf-8-sig", newline="") as file:
        return [row for row in csv.DictReader(file) if row["form_id"] == name]


# --- as the forms have it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "columns"), [("EXP1", report_award.EXP1), ("EXP2", report_award.EXP2)])
def test_award_forms_have_the_columns_in_order(name: str, columns: Any) -> None:
    """Source: compensation_form_columns.csv. Areas show a third place where there is one, so that sums are seen;
    decimals stand below each other."""
    wanted = form(name)
    assert [c[0] for c in columns] == [row["heading_zh"] for row in wanted]
    for column, row in zip(columns, wanted, strict=True):
        if row["number_format"].startswith("0.00"):
            assert column[4] in ("", "0.00?", "0.00??") and column[3] >= 2


def test_register_prints_every_line_to_be_paid(station: Workspace, tmp_path: Path) -> None:
    result = export(station, "disbursement-register", tmp_path / "a.xlsx")
    rows = rows_of(tmp_path / "a.xlsx")
    assert rows[0][0] == "示例旗2026年草原生态保护补助奖励资金发放清册"
    assert (
        rows[1][0] == "填报单位(盖章):示例苏木草原站"
        and "单位：亩、元" in rows[2]
        and "年度：2026    项目：示例补奖    批次：1" in rows[2]
    )
    assert rows[3] == [c[0] for c in report_award.EXP1]
    body = [*rows[4:7], *rows[9:11]]
    assert [r[0] for r in body] == [1, 2, 3, 1, 2]  # numbered from 1 in each village; the held line is not there
    assert [r[2] for r in body] == ["示例甲嘎查"] * 3 + ["示例乙嘎查"] * 2
    assert body[0][4:8] == [f"{VILLAGES[0]}0000", "示例牧户0", identifiers.invented_identity(0), 1]
    assert (
        rows[7][0] == rows[11][0] == "小计"
        and "村委会负责人(签字、盖章):" in rows[8]
        and "村委会负责人(签字、盖章):" in rows[12]
    )
    assert (rows[7][18], rows[11][18]) == ("=SUBTOTAL(9,S5:S7)", "=SUBTOTAL(9,S10:S11)")
    assert rows[13][0] == "合计" and rows[13][18] == "=SUBTOTAL(9,S5:S13)"
    assert "乡镇负责人(签字、盖章):" in rows[15] and "制表人:" in rows[15]
    paid = station.read.sql("SELECT sum(net_yuan) FROM compensation_line WHERE void=0 AND state<>'held'")[0][0]
    assert result.rows == 5 and result.totals["net_yuan"] == Decimal(paid).scaleb(-2)
    control = rows_of(tmp_path / "a.xlsx", CONTROL_NAME)
    assert any(r[0] == "未列入清册的明细" and "暂缓 1 户" in str(r[1]) for r in control)
    assert ["发放清册", "行数", 5] in control


def test_public_notice_shows_no_personal_number(station: Workspace, tmp_path: Path) -> None:
    """Whole file searched, whatever part it stands in; texts people wrote are not printed."""
    result = export(station, "public-notice", tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        everything = "".join(archive.read(name).decode("utf-8", "ignore") for name in archive.namelist())
    for number in range(6):
        for secret in (identifiers.invented_identity(number), identifiers.invented_account(number),
                       f"1990000000{number}", f"{VILLAGES[number % 2]}{number:04d}"):  # fmt: skip
            assert secret not in everything
    assert "示例银行" not in everything and "999999199001010017" not in everything
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["示例甲嘎查", "示例乙嘎查", CONTROL_NAME]
    page = [[c.value for c in row] for row in book["示例乙嘎查"].iter_rows()]
    assert page[0][0] == "示例乙嘎查2026年草原生态保护补助奖励公示表"
    assert page[2] == [c[0] for c in report_award.EXP2]
    assert page[4][1] == "示例牧户3" and page[4][9] == "扣减 100.00 元"
    text = "".join(str(c) for row in page for c in row if c)
    assert "公示时间" in text and "不少于 7 自然日" in text and "举报电话" in text and "制表人" not in text
    assert result.rows == 5


def test_several_rates_and_limits_stand_in_the_remarks(station: Workspace, tmp_path: Path) -> None:
    row = station.read.rows(Query("compensation_line", (Filter("ban_area_mu", "gt", Decimal(0)),)))[0]
    part = record_type("compensation_line").by_name["parts"].line
    assert part is not None
    made = [
        part(scheme="ban", zone=z, basis=b, area_mu=Decimal(a), rate=Decimal(r), amount_yuan=Decimal(m),
             limit_effect_yuan=Decimal(e), limit="cap" if e != "0" else None)
        for z, b, a, r, m, e in (
            ("一区", "mu", "10.5", "7.5", "78.75", "0"), ("二区", "mu", "20", "65", "1300", "-300"),
            (None, "person", "0", "30", "60", "0"))
    ]  # fmt: skip
    line = dataclasses.replace(
        row.record, ban_area_mu=Decimal("30.5"), ban_rate=None, ban_amount_yuan=Decimal("1438.75"), parts=tuple(made),
        balance_area_mu=Decimal(0), balance_amount_yuan=Decimal(0), balance_rate=None,
        gross_yuan=Decimal("1438.75"), limit_effect_yuan=Decimal(-300), net_yuan=Decimal("1138.75"),
    )  # fmt: skip
    Entry(station, today=lambda: TODAY).save(line, record_id=row.record_id, reason="示例")
    said = "禁牧:10.500 亩×7.5 + 20.000 亩×65 + 每人 30 元;封顶保底调整 -300.00 元"
    for report in ("disbursement-register", "public-notice"):
        export(station, report, tmp_path / f"{report}.xlsx")
        book = openpyxl.load_workbook(tmp_path / f"{report}.xlsx")
        cells = [str(c.value) for page in book.worksheets for r in page.iter_rows() for c in r]
        assert any(said in cell for cell in cells), report
        assert not any("一区" in cell for cell in cells)


def test_public_notice_names_its_period(station: Workspace, tmp_path: Path) -> None:
    batch = station.read.sql("SELECT record_id FROM compensation_batch WHERE village_code=?", (VILLAGES[0],))[0][0]
    Entry(station, today=lambda: TODAY).save(
        make("compensation_notice", batch_id=batch, place="嘎查委员会公示栏", starts_on=date(2026, 6, 1),
             ends_on=date(2026, 6, 7), days_required=7, day_kind="calendar", report_phone="0479-1234567"))  # fmt: skip
    export(station, "public-notice", tmp_path / "a.xlsx")
    text = "".join(str(c) for row in rows_of(tmp_path / "a.xlsx") for c in row if c)
    assert "公示时间：2026年6月1日至2026年6月7日" in text and "举报电话：0479-1234567" in text and "公示栏" in text


def test_roster_has_the_areas_by_scheme(station: Workspace, tmp_path: Path) -> None:
    result = export(station, "household-roster", tmp_path / "a.xlsx")
    rows = rows_of(tmp_path / "a.xlsx")
    assert rows[0][0] == "示例旗牧户名册"
    heading = rows[3]
    first = dict(zip(heading, rows[4], strict=True))
    assert first["户编码"] == f"{VILLAGES[0]}0000" and first["草畜平衡面积(亩)"] == 1000.125
    assert first["禁牧面积(亩)"] is None and first["地块数(个)"] == 1 and first["状态"] == "正常"
    assert first["备注"] == "=1+1"
    parcels = rows_of(tmp_path / "a.xlsx", "地块")
    assert (
        "可利用面积(亩)" not in parcels[3] and dict(zip(parcels[3], parcels[4], strict=True))["政策类型"] == "草畜平衡"
    )
    assert result.totals["households"] == 6 and result.totals["parcels"] == 6
    assert result.totals["area_mu"] == result.totals["contract_area_mu"] == Decimal("6015.750")


def test_livestock_has_species_and_classes_as_columns(station: Workspace, tmp_path: Path) -> None:
    result = export(station, "livestock-count", tmp_path / "a.xlsx")
    rows = rows_of(tmp_path / "a.xlsx")
    assert rows[0][0].startswith("示例旗2026年牲畜清点表")
    assert rows[3][9:13] == ["绵羊", "黄牛", "存栏合计", "其中及年内变动"]
    assert rows[4][9:14] == ["成年母畜", "不分类", "合计(头只)", "能繁母畜(头只)", "繁殖成活(头只)"]
    assert rows[5][9:14] == [100, 0, 100, 90, 80]
    assert result.totals["head"] == result.totals["head_sum"] == sum(100 + 2 * n for n in range(6))
    assert result.rows == 6


def test_survey_has_plots_quadrats_and_species(station: Workspace, tmp_path: Path) -> None:
    result = export(station, "survey-plots", tmp_path / "a.xlsx", year=2026)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["样地(监测表)", "草本样方", "样方分种", CONTROL_NAME] or len(book.sheetnames) == 4
    plots, quadrats, species = (rows_of(tmp_path / "a.xlsx", n) for n in range(3))
    plot = dict(zip(plots[3], plots[4], strict=True))
    assert plot["样地号"] == "YD-001" and plot["经度(°)"] == 114.62 and plot["有枯落物"] == "是"
    assert plot["调查日期"].date() == date(2026, 7, 20) and "坡向" not in plot
    quadrat = dict(zip(quadrats[3], quadrats[4], strict=True))
    assert quadrat["样地号"] == "YD-001" and quadrat["样方鲜重(g)"] == 85.3
    assert quadrat["样地调查日期"].date() == date(2026, 7, 20) and "调查日期" not in quadrat
    assert [r[4] for r in species[4:6]] == ["示例针茅", "示例冷蒿"]
    assert result.totals == {"plots": 1, "quadrats": 1, "species_lines": 2}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report", sorted(REPORTS))
def test_every_report_in_every_language(station: Workspace, tmp_path: Path, report: str, language: str) -> None:
    result = export(station, report, tmp_path / "a.xlsx", language=language)
    assert result.rows > 0 and result.path.exists()
    if language == "en":
        book = openpyxl.load_workbook(tmp_path / "a.xlsx")
        headings = [c.value for page in book.worksheets[:-1] for row in page.iter_rows(max_row=5) for c in row]
        ours = [h for h in headings if h and not any(name in str(h) for name in ("示例", "第一组", "南草场", "电话"))]
        ours = [h for h in ours if not str(h).endswith("]")]  # the name of a standard or law, with its mark
        assert not [h for h in ours if any("一" <= c <= "鿿" for c in str(h))]
        assert book.worksheets[0].oddFooter.center.text == "Page &P of &N"


def test_totals_of_a_report_are_the_totals_of_the_workspace(station: Workspace, tmp_path: Path) -> None:
    """Two sums of the same thing agree."""
    found: dict[str, Decimal] = {}
    for report in REPORTS:
        found.update(export(station, report, tmp_path / f"{report}.xlsx").totals)
    sql = station.read.sql
    assert found["area_mu"] == Decimal(sql("SELECT sum(area_mu) FROM parcel WHERE void=0")[0][0]).scaleb(-3)
    assert found["head"] == sql("SELECT sum(head) FROM livestock_count__class_counts")[0][0]


# --- what stops it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", sorted(REPORTS))
def test_nothing_to_export_is_said_plainly(empty: Workspace, tmp_path: Path, report: str) -> None:
    with pytest.raises(UserError) as caught:
        export(empty, report, tmp_path / "a.xlsx")
    assert caught.value.code == "XLS-001" and list(tmp_path.glob("*.xlsx")) == []


def test_a_year_without_records(station: Workspace, tmp_path: Path) -> None:
    for report in ("livestock-count", "survey-plots", "disbursement-register", "public-notice"):
        with pytest.raises(UserError) as caught:
            export(station, report, tmp_path / "a.xlsx", year=1999)
        assert caught.value.code == "XLS-001" and "1999" in caught.value.text.zh


def test_an_unknown_report_names_the_known_ones(station: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        export(station, "nothing", tmp_path / "a.xlsx")
    assert caught.value.code == "XLS-011" and "household-roster" in caught.value.text.zh


def test_the_reader_can_be_used_after_a_failed_export(station: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        export(station, "household-roster", tmp_path / "no" / "a.xlsx")
    assert export(station, "household-roster", tmp_path / "a.xlsx").rows == 12


def test_withdrawn_records_are_not_printed(station: Workspace, tmp_path: Path) -> None:
    gone = station.read.sql("SELECT record_id FROM livestock_count LIMIT 1")[0][0]
    Entry(station).void(gone, "重复")
    assert export(station, "livestock-count", tmp_path / "a.xlsx").rows == 5
