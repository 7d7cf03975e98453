"""``grassland-station report balance``, ``carbon``, ``gap``: the figures of a year, or why one of them is what it is."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from station_app.commands.command import OCCASIONS, argument, workspace_command
from station_app.commands.output import Output
from station_app.commands.tables import Part, print_explanation, tell
from station_app.domain.calc.balance import VIEWS
from station_app.domain.codes import label_of
from station_app.domain.generic import JSON
from station_app.domain.text import Text
from station_app.services.figures.balance import balance_table, balance_why
from station_app.services.figures.balance_columns import balance_columns
from station_app.services.figures.carbon import LEDGERS, carbon_report, carbon_why
from station_app.services.figures.carbon_columns import carbon_columns, unit_said
from station_app.services.figures.carbon_rows import Ledger
from station_app.services.figures.carbon_settings import CarbonSettings, settings_of
from station_app.services.figures.columns import UNKNOWN, Column, as_json, rows_json
from station_app.services.figures.gap_columns import gap_columns
from station_app.services.figures.gap_rows import GapCounts
from station_app.services.figures.gaps import gap_table, gap_why
from station_app.services.figures.problems import CarbonProblem
from station_app.services.figures.sifting import region_prefix
from station_app.storage.reader import Reader
from station_app.storage.workspace import Workspace


@workspace_command(
    "report",
    "打印草畜平衡、碳汇或目标差距。",
    argument("name", choices=("balance", "gap", "carbon"), help="which report / 哪一种"),
    argument("--year", type=int, required=True, help="年度"),
    argument(
        "--level",
        default="",
        help="household, parcel, village, township or station / 牧户、地块、嘎查村、苏木乡镇、全站",
    ),
    argument("--within", default="", metavar="CODE", help="inside a village or township / 只看该行政区"),
    argument("--occasion", default=None, choices=OCCASIONS, help="else the scheme's / 清点时点"),
    argument("--view", default=None, choices=VIEWS, help="else the scheme's / 口径"),
    argument(
        "--ledger", default=None, choices=("stock", "change", "emissions"), help="of carbon: one ledger / 只看一本账"
    ),
    argument("--part", default=None, choices=("vegetation", "soil", "total"), help="of the stock, with --why / 碳库"),
    argument(
        "--edition", default=None, choices=("2006", "2019"), help="another IPCC edition, for looking / 换 IPCC 版本看"
    ),
    argument("--gwp", default=None, metavar="SET", help="other potentials, such as ar6@1 / 换 GWP 看"),
    argument("--why", default=None, metavar="KEY", help="explain one row: its code or id / 解释某一行"),
    argument("--out", type=Path, default=None, metavar="F.csv|.parquet", help="write all rows / 写出全部各行"),
    looks=True,
)
def run_report(workspace: Workspace, args: argparse.Namespace, out: Output) -> int:
    """Print the figures of a year: balance, carbon or gaps."""
    return {"balance": balance, "gap": gap, "carbon": carbon}[args.name](workspace.read, args, out)


def balance(reader: Reader, args: argparse.Namespace, out: Output) -> int:
    """Print the balance of a year at one level, the worst overload first."""
    level = args.level or "household"
    table = balance_table(reader, args.year, level, occasion=args.occasion, within=args.within, main_view=args.view)
    if args.why is not None:
        key = _key_of(table.rows, args.why)
        print_explanation(out, balance_why(reader, args.year, level, key, occasion=table.occasion))
        return 0
    columns, scheme = balance_columns(table), table.scheme
    if out.as_json:
        totals = rows_json(columns, (line.row for line in table.lines), out.language)
        for said, line in zip(totals, table.lines, strict=True):
            said |= {"label": line.label.to(out.language), "rows": None if line.keys is None else sorted(line.keys)}
        out.put(
            year=table.year,
            level=table.level,
            occasion=table.occasion,
            main_view=table.main_view,
            scheme={"record_id": scheme.record_id, "name": scheme.record.name, "year": scheme.record.year},
            editions=list(table.editions),
            rows=rows_json(columns, table.rows, out.language),
            total=totals[0],
            totals=totals,
            entered_only=None
            if table.entered_only is None
            else rows_json(columns, [table.entered_only], out.language)[0],
            problems=as_json(table.problems, out.language),
        )
    title = Text(
        "{year} 年草畜平衡({occasion}；按“{view}”排序；方案“{scheme}”)",
        "Forage–livestock balance {year} ({occasion}; by “{view}”; scheme “{scheme}”)",
    ).format(
        year=table.year,
        occasion=label_of("occasion", table.occasion),
        view=label_of("balance_view", table.main_view),
        scheme=scheme.record.name,
    )
    sums = [(line.label, line.row) for line in table.lines]
    return tell(out, args.out, columns, [Part([title, _sets(table.editions)], table.rows, sums)], table.problems)


def carbon(reader: Reader, args: argparse.Namespace, out: Output) -> int:
    """Print the ledgers of a year at one level; the sums stand below each ledger and are never added up."""
    level = args.level or "village"
    settings = _settings(reader, args)
    if args.why is not None and args.ledger is None:
        raise CarbonProblem.UNKNOWN_LEDGER.error(value=Text("未写明", "not given"), known=", ".join(LEDGERS))
    wanted = (args.ledger,) if args.ledger else LEDGERS
    found = carbon_report(reader, args.year, level=level, within=args.within, settings=settings, ledgers=wanted)
    if args.why is not None:
        key = "" if level == "station" else _key_of(found.ledger(args.ledger).rows, args.why)
        where: dict[str, JSON] = {"part": args.part or "", "level": level, "within": args.within, "settings": settings}
        print_explanation(out, carbon_why(reader, args.year, args.ledger, key, **where))
        return 0
    columns = carbon_columns(found)
    if out.as_json:
        out.put(
            year=found.year,
            level=found.level,
            scheme={"record_id": found.settings.scheme.record_id, "changed": list(found.settings.changed)},
            editions=list(found.editions),
            ledgers={ledger.name: _ledger_json(columns, ledger, out) for ledger in found.ledgers},
            problems=as_json(found.problems, out.language),
        )
    parts = []
    for ledger in found.ledgers:
        totals = () if found.level == "station" else ledger.totals
        sums = [(ledger.total_label, dataclasses.replace(row, rank=None)) for row in totals]
        above = list(_above(ledger, found.settings))
        parts.append(Part(above, (*ledger.rows, *ledger.entered), sums, (*ledger.order, *ledger.problems)))
    return tell(out, args.out, columns, parts, found.problems)


def gap(reader: Reader, args: argparse.Namespace, out: Output) -> int:
    """Print the targets of a year, each below its parent; indicators without a target come last and are no failure."""
    table = gap_table(reader, args.year)
    if args.why is not None:
        key = _key_of(table.rows, args.why)
        print_explanation(out, gap_why(reader, args.year, key))
        return 0
    prefix = region_prefix(args.within)
    rows = [row for row in table.rows if row.region_code.startswith(prefix)]
    columns = gap_columns(table)
    if out.as_json:
        out.put(
            year=table.year,
            counts=dataclasses.asdict(table.counts),
            entered=None if table.entered is None else dataclasses.asdict(table.entered),
            editions=list(table.editions),
            rows=rows_json(columns, rows, out.language),
            problems=as_json(table.problems, out.language),
        )
    above = [Text("{year} 年目标与差距：{counts}", "Targets and gaps {year}: {counts}").format(
        year=table.year, counts=_counted(table.counts))]  # fmt: skip
    if table.entered is not None and table.entered.with_target:
        apart = Text("未认可，另计：{counts}", "Not accepted, apart: {counts}")
        above.append(apart.format(counts=_counted(table.entered)))
    return tell(out, args.out, columns, [Part(above, rows)], table.problems)


# --- pieces ------------------------------------------------------------------------------------------------------------


def _key_of(rows: Sequence[Any], asked: str) -> str:
    return next((row.key for row in rows if asked in (row.key, row.code)), asked)


def _sets(editions: Sequence[str]) -> Text:
    sets = ", ".join(editions) or UNKNOWN
    return Text(f"所用系数集：{sets}", f"Coefficient sets: {sets}")


def _settings(reader: Reader, args: argparse.Namespace) -> CarbonSettings | None:
    """Return other choices for looking, ``None`` where the scheme's are wanted."""

    others = {
        name: value for name, value in (("ipcc_edition", args.edition), ("gwp_set", args.gwp)) if value is not None
    }
    return settings_of(reader, args.year).with_(**others) if others else None


def _above(ledger: Ledger, settings: CarbonSettings) -> Iterator[Text]:

    yield Text("{title}（{unit}）：{counted}。{sign}", "{title} ({unit}): {counted}. {sign}").format(
        title=ledger.title, unit=unit_said(ledger.unit), counted=ledger.counted, sign=ledger.sign
    )
    yield _sets(ledger.editions)
    if settings.changed:
        names = ", ".join(settings.changed)
        yield Text(f"只供查看，与计算方案不同：{names}", f"For looking only, not as in the scheme: {names}")


def _ledger_json(columns: Sequence[Column], ledger: Ledger, out: Output) -> dict[str, object]:
    told = {name: as_json(getattr(ledger, name), out.language) for name in
            ("unit", "counted", "sign", "editions", "order", "problems")}  # fmt: skip
    rows = {"rows": ledger.rows, "totals": ledger.totals, "entered_only": ledger.entered}
    return told | {name: rows_json(columns, each, out.language) for name, each in rows.items()}


def _counted(counts: GapCounts) -> Text:
    return Text(
        "有目标 {with_target} 项，已达到 {reached}，未达到 {missed}，没有实际值 {unknown}；没有目标 {without_target} 项",
        "{with_target} with a target: {reached} reached, {missed} not, {unknown} without an actual value; "
        "{without_target} without a target",
    ).format(**dataclasses.asdict(counts))
