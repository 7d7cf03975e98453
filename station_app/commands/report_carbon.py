"""``grassland-station report carbon``: the three carbon ledgers of a year at one level, or why one row is what it is."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from station_app.commands.report import print_explanation, print_problems, print_table, problems_json, write_csv
from station_app.domain.calc import numbers
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.domain.units import unit_text
from station_app.services.figures import carbon, carbon_rows, carbon_settings, problems

if TYPE_CHECKING:
    from station_app.commands.output import Output
    from station_app.storage.reader import Reader

_NO = "–"
_HEADINGS: tuple[tuple[Text, bool], ...] = (
    (Text("账", "Ledger"), False),
    (Text("代码", "Code"), False),
    (Text("名称", "Name"), False),
    (Text("碳库", "Pool"), False),
    (Text("面积（hm²）", "Area (ha)"), True),
    (Text("数值", "Value"), True),
    (Text("下限", "Low"), True),
    (Text("上限", "High"), True),
    (Text("±%", "±%"), True),
    (Text("单位", "Unit"), False),
    (Text("折 CO2（移除为负）", "In CO2 (removal below zero)"), True),
    (Text("名次", "Rank"), True),
    (Text("状态", "State"), False),
    (Text("待处理", "To settle"), False),
)
_TOTAL, _ACCEPTED_TOTAL = Text("合计", "Total"), Text("已认可合计", "Total accepted")


def report(reader: Reader, args: argparse.Namespace, out: Output) -> int:
    """Print the ledgers of a year at one level; the sums stand below each ledger and are never added up."""
    level = args.level or "village"
    settings = _settings(reader, args)
    if args.why is not None:
        if args.ledger is None:
            raise problems.CarbonProblem.UNKNOWN_LEDGER.error(
                value=Text("未写明", "not given"), known=", ".join(carbon.LEDGERS)
            )
        found = carbon.carbon_report(
            reader, args.year, level=level, within=args.within, settings=settings, ledgers=(args.ledger,)
        )
        rows = found.ledger(args.ledger).rows
        row = next((each for each in rows if args.why in (each.key, each.code)), None)
        key = row.key if row is not None else "" if level == "station" else args.why
        print_explanation(
            out,
            carbon.carbon_why(
                reader, args.year, args.ledger, key, part=args.part or "", level=level, within=args.within,
                settings=settings,
            ),
        )  # fmt: skip
        return 0
    wanted = (args.ledger,) if args.ledger else carbon.LEDGERS
    found = carbon.carbon_report(reader, args.year, level=level, within=args.within, settings=settings, ledgers=wanted)
    headings = [heading.to(out.language) for heading, _ in _HEADINGS]
    _put(found, out)
    if args.out is not None:
        lines = [line for ledger in found.ledgers for line in _lines(found, ledger, out.language)]
        write_csv(args.out, headings, lines)
        out.put(path=args.out)
        out.say(f"已写出 {len(lines)} 行：{args.out}", f"Wrote {len(lines)} rows: {args.out}")
        return 0
    for ledger in found.ledgers:
        _heading(found, ledger, out)
        print_table(out, headings[1:], [line[1:] for line in _lines(found, ledger, out.language)], _right()[1:])
        if not out.as_json:
            print_problems(out, (*ledger.order, *ledger.problems))
            print()
    if not out.as_json:
        print_problems(out, found.problems)
    return 0


def _settings(reader: Reader, args: argparse.Namespace) -> carbon.CarbonSettings | None:
    """Return other choices for looking, ``None`` where the scheme's are wanted."""
    others = {name: value for name, value in (("edition", args.edition), ("gwp_set", args.gwp)) if value is not None}
    return carbon_settings.settings_of(reader, args.year).with_(**others) if others else None


def _right() -> list[bool]:
    return [right for _, right in _HEADINGS]


def _heading(found: carbon.CarbonReport, ledger: carbon.Ledger, out: Output) -> None:
    unit = unit_text(ledger.unit, out.language)
    out.say(
        f"{found.year} 年{ledger.title.zh}（{unit}）：{ledger.counted.zh}。{ledger.sign.zh}",
        f"{ledger.title.en} {found.year} ({unit}): {ledger.counted.en}. {ledger.sign.en}",
    )
    sets = ", ".join(ledger.editions) or _NO
    out.say(f"所用系数集：{sets}", f"Coefficient sets: {sets}")
    if found.settings.changed:
        names = ", ".join(found.settings.changed)
        out.say(f"只供查看，与计算方案不同：{names}", f"For looking only, not as in the scheme: {names}")


def _lines(found: carbon.CarbonReport, ledger: carbon.Ledger, language: str) -> list[list[str]]:
    """Rows and their sums, then what is not accepted and in no sum."""
    every = [_cells(found, row, language) for row in ledger.rows]
    for row in () if found.level == "station" else ledger.totals:
        cells = _cells(found, row, language)
        cells[1], cells[2] = (_ACCEPTED_TOTAL if ledger.entered else _TOTAL).to(language), ""
        every.append(cells)
    return [*every, *(_cells(found, row, language) for row in ledger.entered)]


def _cells(found: carbon.CarbonReport, row: carbon.LedgerRow, language: str) -> list[str]:
    places = carbon_rows.PLACES[row.ledger]
    state = Text("已认可", "accepted") if row.accepted else Text("已录入", "entered")
    doubt = Text("系数未核实", "coefficients unverified").to(language)
    settle = " ".join(dict.fromkeys(p.code for p in row.problems if p.severity is not Severity.INFO))
    return [
        carbon_rows.TITLES[row.ledger].to(language),
        row.code,
        row.name,
        carbon_rows.part_label(row.part, found.settings).to(language) if row.part else "",
        _shown(row.area_ha, 4),
        _shown(row.value, places),
        _shown(row.low, places),
        _shown(row.high, places),
        _shown(row.uncertainty_percent, 1),
        unit_text(row.unit, language),
        _shown(row.co2_t, 1),
        _NO if row.rank is None else str(row.rank),
        state.to(language),
        settle or (doubt if row.doubtful else ""),
    ]


def _shown(value: Decimal | None, places: int) -> str:
    return _NO if value is None else numbers.shown(value, places)


def _put(found: carbon.CarbonReport, out: Output) -> None:
    settings = found.settings
    out.put(
        year=found.year,
        level=found.level,
        scheme={"record_id": settings.scheme_id, "changed": list(settings.changed)},
        editions=list(found.editions),
        ledgers={ledger.name: _ledger_json(ledger, out.language) for ledger in found.ledgers},
        problems=problems_json(found.problems, out.language),
    )


def _ledger_json(ledger: carbon.Ledger, language: str) -> dict[str, Any]:
    return {
        "unit": ledger.unit,
        "counted": ledger.counted.to(language),
        "sign": ledger.sign.to(language),
        "rows": _rows_json(ledger.rows, language),
        "totals": _rows_json(ledger.totals, language),
        "entered_only": _rows_json(ledger.entered, language),
        "editions": list(ledger.editions),
        "order": _problems(ledger.order, language),
        "problems": _problems(ledger.problems, language),
    }


def _problems(found: Sequence[Problem], language: str) -> list[dict[str, Any]]:
    return problems_json(found, language)


def _rows_json(rows: Sequence[carbon.LedgerRow], language: str) -> list[dict[str, Any]]:
    """Return rows with every digit as text; what is not known is null, never zero."""

    def number(value: Decimal | None) -> str | None:
        return None if value is None else numbers.plain(value)

    return [
        {
            "level": row.level,
            "key": row.key,
            "part": row.part or None,
            "code": row.code,
            "name": row.name,
            "village_code": row.village_code,
            "unit": row.unit,
            "area_ha": number(row.area_ha),
            "value": number(row.value),
            "low": number(row.low),
            "high": number(row.high),
            "uncertainty_percent": number(row.uncertainty_percent),
            "t_c_per_ha": number(row.per_ha),
            "t_co2": number(row.co2_t),
            "items": row.items,
            "rank": row.rank,
            "accepted": row.accepted,
            "doubtful": row.doubtful,
            "problems": problems_json(row.problems, language),
        }
        for row in rows
    ]
