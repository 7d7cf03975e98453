"""The columns of the carbon ledgers: what stands in command, CSV, workbook, window and JSON."""

from __future__ import annotations

from station_app.domain.codes import label_of
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.domain.units import unit_text
from station_app.services.figures.carbon_rows import (
    CHANGE,
    EMISSIONS,
    PLACES,
    STOCK,
    TITLES,
    UNITS,
    CarbonReport,
    LedgerRow,
    part_label,
)
from station_app.services.figures.columns import (
    DOUBTFUL,
    EVERYWHERE,
    JSON,
    PAPER,
    PLAIN,
    SCREEN,
    SOUND,
    Column,
    thousands,
    to_settle,
    told,
)
from station_app.services.figures.rows import SINGLE

_VALUE = {
    STOCK: Text("碳储量", "Stock"),
    CHANGE: Text("年变化 ΔC", "Change ΔC"),
    EMISSIONS: Text("年排放", "Emitted"),
}
_RESTS_ON = {STOCK: Text("地块", "Parcels"), CHANGE: Text("登记", "Registered"), EMISSIONS: Text("已清点户", "Counted")}
_RANGE = Text("95% 范围", "95 % range")
_FROM_TO = Text("{low} 至 {high}", "{low} to {high}")
_OVERLAPS, _NO_RANGE = Text("重叠", "overlaps"), Text("无范围", "no range")
_OFF_SCREEN = EVERYWHERE - {SCREEN}
_ONLY_JSON = frozenset({JSON})


def range_said(row: LedgerRow) -> Text | None:
    """Return the ends of the range in one line; ``None``: there is none."""
    if row.low is None or row.high is None:
        return None
    places = PLACES[row.ledger]
    return _FROM_TO.format(low=thousands(row.low, places), high=thousands(row.high, places))


def rank_said(row: LedgerRow) -> Text | str:
    """Return the rank, or why there is none."""
    if row.value is None or row.level == "station":
        return ""
    if row.rank is not None:
        return str(row.rank)
    return _NO_RANGE if row.low is None else _OVERLAPS


def carbon_columns(report: CarbonReport, ledger: str = "", *, at_county: bool = True) -> list[Column[LedgerRow]]:
    """Return the columns of one ledger; without a name those all three have in common, each row with its own unit."""
    unit = UNITS[ledger] if ledger else ""
    value = _VALUE[ledger] if ledger else Text("数值", "Value")
    near = PLACES.get(ledger)
    many = report.level not in SINGLE
    common = _OFF_SCREEN - {PAPER}

    def of(*ledgers: str) -> frozenset[str]:
        return EVERYWHERE if ledger in ledgers else common

    return [
        Column("level", Text("层级", "Level"), lambda row: row.level, where=_ONLY_JSON),
        Column("key", Text("键", "Key"), lambda row: row.key, where=_ONLY_JSON),
        Column("ledger", Text("账", "Ledger"), lambda row: TITLES[row.ledger], where=frozenset({PLAIN}), summed=True),
        Column("code", Text("编码", "Code"), lambda row: row.code, form="code", where=_OFF_SCREEN, paper_width=18),
        Column("name", label_of("figure_level", report.level), lambda row: row.name or row.code, front=0, width=158,
               paper_width=22, always=True, tip=told, summed=False,
               state=lambda row: "soft_text" if row.value is None else ""),
        Column("accepted", Text("已认可", "Accepted"), lambda row: row.accepted, front=1, width=92, paper_width=8,
               where=EVERYWHERE if at_county else _OFF_SCREEN, state=lambda row: "ok" if row.accepted else "soft_text"),
        Column("village", label_of("figure_level", "village"), lambda row: report.place(row.village_code), front=1,
               width=130, paper_width=12, where=frozenset() if many else EVERYWHERE - {JSON}),
        Column("village_code", Text("嘎查村代码", "Village code"), lambda row: row.village_code, where=_ONLY_JSON),
        Column("part", Text("碳库", "Pool"), lambda row: part_label(row.part, report.settings) if row.part else "",
               code=lambda row: row.part or None, where=_OFF_SCREEN if ledger in ("", STOCK) else _ONLY_JSON, paper_width=24),
        Column("value", value, lambda row: row.value, 2, unit, screen_places=near, front=2, width=118,
               paper_width=15, always=True, bold=True, tip=told, state=lambda row: "soft_text" if row.value is None else ""),
        Column("low", Text("下限", "low"), lambda row: row.low, 2, group=_RANGE, always=True,
               paper_width=14, where=_OFF_SCREEN),
        Column("high", Text("上限", "high"), lambda row: row.high, 2, group=_RANGE, always=True,
               paper_width=14, where=_OFF_SCREEN),
        Column("range", _RANGE, range_said, unit=unit, form="figure", front=3, width=168, where=frozenset({SCREEN}),
               summed=True, tip=told),
        Column("uncertainty_percent", Text("±%", "±%"), lambda row: row.uncertainty_percent, 1, group=_RANGE, front=4,
               width=62, paper_width=8,
               tip=lambda row: Text("不确定性：95% 半宽占数值的百分比", "Uncertainty: 95 % half-width in percent of the value")),
        Column("unit", Text("单位", "Unit"), lambda row: unit_said(row.unit), code=lambda row: row.unit, summed=True,
               where=frozenset({PLAIN, JSON})),
        Column("doubtful", Text("可信", "Trust"), lambda row: "" if row.value is None else DOUBTFUL if row.doubtful else SOUND,
               front=5, width=90, paper_width=8, where=EVERYWHERE - {PLAIN}, code=lambda row: row.doubtful, summed=True,
               tip=told, state=lambda row: "warn" if row.doubtful else "soft_text"),
        Column("rank", Text("名次", "Rank"), rank_said, code=lambda row: row.rank, front=6, width=78, paper_width=8, tip=told,
               state=lambda row: "soft_text" if row.rank is None else ""),
        Column("t_co2", Text("以 CO2 计（移除为负）", "In CO2 (removal below zero)"), lambda row: row.co2_t, 1, "t CO2/a",
               width=150, paper_width=15, where=of(CHANGE)),
        Column("t_c_per_ha", Text("密度", "Density"), lambda row: row.per_ha, 4, "t C/ha", screen_places=2, width=120,
               where=of(STOCK)),
        Column("area_ha", Text("面积", "Area"), lambda row: row.area_ha, 4, "ha", screen_places=2, width=110, paper_width=12,
               where=of(STOCK, CHANGE)),
        Column("items", _RESTS_ON.get(ledger, Text("依据项数", "Rests on")), lambda row: row.items or None, 0, width=90,
               paper_width=9, code=lambda row: row.items),
        Column("to_settle", Text("待处理", "To settle"), to_settle, where=frozenset({PLAIN}), summed=True),
        Column("problems", Text("提示", "Findings"), lambda row: row.problems, where=_ONLY_JSON),
    ]  # fmt: skip


def unit_said(unit: str) -> Text:
    """Return a unit in both languages."""
    return Text(unit_text(unit, CHINESE), unit_text(unit, ENGLISH))
