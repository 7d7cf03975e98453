"""The grassland award on paper: the disbursement register (form EXP1) and the public notice (form EXP2).

The public notice is made from its own statement, which names no identity number, account, bank or telephone: what is not
read can not be printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.exchange.excel.codes import Said, refusal
from station_app.exchange.excel.report_roster import AREA
from station_app.exchange.excel.report_source import TOTAL, Source, joined, to_day
from station_app.exchange.excel.sheets import Book, Column, Shape, Sheet

REGISTER = Text("补奖资金发放清册", "Disbursement register")
NOTICE = Text("补奖资金公示表", "Public notice of the award")
_REGISTER_TITLE = Text("{county}{year}年草原生态保护补助奖励资金发放清册",
                       "Disbursement register of the grassland award, {county} {year}")  # fmt: skip
_NOTICE_TITLE = Text(
    "{village}{year}年草原生态保护补助奖励公示表", "Public notice of the grassland award, {village} {year}"
)
_UNITS = Text("亩、元", "mu, CNY")
_BATCH = Text("批次：{batches}", "Batch: {batches}")
_LEFT_OUT = Text("未列入清册的明细", "Lines not on the register")
_REISSUED = Text("补发(已在原批次列出)", "Reissued (listed with the first payment)")
_OTHER = Text("含其他补助 {amount} 元", "other award {amount} CNY included")
_LIMIT = Text("封顶保底调整 {amount} 元", "cap or floor {amount} CNY")
_RATES = Text("{scheme}:{parts}", "{scheme}: {parts}")
_BY_AREA = Text("{area} 亩×{rate}", "{area} mu × {rate}")
_BY_HEAD = {
    "household": Text("每户 {rate} 元", "CNY {rate} per household"),
    "person": Text("每人 {rate} 元", "CNY {rate} per person"),
}
_DEDUCTED = Text("扣减 {amount} 元", "deduction {amount} CNY")
_PERIOD = Text("公示时间：{first}至{last}", "On notice from {first} to {last}")
_BLANK_PERIOD = Text("公示时间:    年  月  日至    年  月  日(不少于 {days} {kind})",
                     "On notice from ____________ to ____________ (at least {days} {kind})")  # fmt: skip
_PLACE = Text("公示地点：{place}", "Posted at: {place}")
_PHONES = Text("举报电话：{phones}", "To report: {phones}")
_BLANK_PHONES = (Text("举报电话：乡镇(苏木)", "To report: township"),
                 Text("旗县财政局", "county finance office"), Text("旗县农牧(林草)局", "county agriculture office"))  # fmt: skip
_OBJECTION = Text("对以上内容有异议的，请在公示期内向村委会(嘎查)或乡镇(苏木)反映。",
                  "Objections may be raised with the village or township while the notice stands.")  # fmt: skip
_VILLAGE_STAMP = Text("村委会(盖章)", "Village committee (stamp)")
RATE = "0.00##"

# EXP1 and EXP2, in order: heading as on the form, English heading, shape, places, format, width, control total.
_Spec = tuple[str, str, Shape, int, str, float, str]
EXP1: tuple[_Spec, ...] = (
    ("序号", "No.", Shape.SERIAL, 0, "", 5, ""),
    ("乡(镇)苏木", "Township", Shape.TEXT, 0, "", 13, ""),
    ("行政村(嘎查)", "Village", Shape.TEXT, 0, "", 13, ""),
    ("村民小组", "Group", Shape.TEXT, 0, "", 8, ""),
    ("户编码", "Household code", Shape.CODE, 0, "", 17.5, ""),
    ("户主姓名", "Head of household", Shape.TEXT, 0, "", 11, ""),
    ("身份证号", "Identity number", Shape.CODE, 0, "", 19.5, ""),
    ("家庭人口(人)", "Persons", Shape.WHOLE, 0, "", 6.5, "persons"),
    ("草原承包经营权证号(合同编号)", "Certificate or contract number", Shape.CODE, 0, "", 14, ""),
    ("承包面积(亩)", "Contracted area (mu)", Shape.SCALED, 3, AREA, 11, "contract_area_mu"),
    ("禁牧面积(亩)", "Grazing ban area (mu)", Shape.SCALED, 3, AREA, 11, "ban_area_mu"),
    ("禁牧补助标准(元/亩)", "Ban rate (CNY/mu)", Shape.SCALED, 4, RATE, 9, ""),
    ("禁牧补助金额(元)", "Ban amount (CNY)", Shape.SCALED, 2, "", 12, "ban_amount_yuan"),
    ("草畜平衡面积(亩)", "Balance area (mu)", Shape.SCALED, 3, AREA, 11, "balance_area_mu"),
    ("草畜平衡奖励标准(元/亩)", "Balance rate (CNY/mu)", Shape.SCALED, 4, RATE, 9.5, ""),
    ("草畜平衡奖励金额(元)", "Balance amount (CNY)", Shape.SCALED, 2, "", 12, "balance_amount_yuan"),
    ("应发金额(元)", "Gross amount (CNY)", Shape.SCALED, 2, "", 12, "gross_yuan"),
    ("扣减金额(元)", "Deduction (CNY)", Shape.SCALED, 2, "", 10, "deduction_yuan"),
    ("实发金额(元)", "Net amount (CNY)", Shape.SCALED, 2, "", 12, "net_yuan"),
    ("开户银行", "Bank", Shape.TEXT, 0, "", 15, ""),
    ("一卡通(社保卡)账号", "Account number", Shape.CODE, 0, "", 21, ""),
    ("联系电话", "Phone", Shape.CODE, 0, "", 12.5, ""),
    ("户主签字(按印)", "Signature or fingerprint", Shape.SIGN, 0, "", 11, ""),
    ("备注", "Remarks", Shape.NOTE, 0, "", 13, ""),
)
EXP2: tuple[_Spec, ...] = (
    ("序号", "No.", Shape.SERIAL, 0, "", 6, ""),
    ("户主姓名", "Head of household", Shape.TEXT, 0, "", 16, ""),
    ("禁牧面积(亩)", "Grazing ban area (mu)", Shape.SCALED, 3, AREA, 14, "ban_area_mu"),
    ("禁牧补助标准(元/亩)", "Ban rate (CNY/mu)", Shape.SCALED, 4, RATE, 12, ""),
    ("禁牧补助金额(元)", "Ban amount (CNY)", Shape.SCALED, 2, "", 15, "ban_amount_yuan"),
    ("草畜平衡面积(亩)", "Balance area (mu)", Shape.SCALED, 3, AREA, 14, "balance_area_mu"),
    ("草畜平衡奖励标准(元/亩)", "Balance rate (CNY/mu)", Shape.SCALED, 4, RATE, 13, ""),
    ("草畜平衡奖励金额(元)", "Balance amount (CNY)", Shape.SCALED, 2, "", 15, "balance_amount_yuan"),
    ("合计金额(元)", "Total amount (CNY)", Shape.SCALED, 2, "", 15, "net_yuan"),
    ("备注", "Remarks", Shape.NOTE, 0, "", 20, ""),
)

# On paper stand the lines that are or were to be paid; a reissued payment stands with its first line.
_ON_PAPER = "l.void=0 AND b.void=0 AND b.year=? AND l.state NOT IN ('excluded', 'held') AND l.original_line_id IS NULL"
_FROM = ("FROM compensation_line l JOIN compensation_batch b ON b.record_id=l.batch_id "
         "LEFT JOIN household h ON h.record_id=l.household_id")  # fmt: skip
# The parts of a line whose scheme has not one rate by area: what stands in the remarks instead.
_PARTS = """(SELECT json_group_array(json_array(x.scheme, x.basis, x.area_mu, x.mu_coefficient, x.rate))
       FROM compensation_line__parts x WHERE x.record_id=l.record_id
       AND CASE x.scheme WHEN 'ban' THEN l.ban_rate WHEN 'balance' THEN l.balance_rate ELSE 0 END IS NULL)"""
_REGISTER_ROWS = f"""
SELECT h.group_name, h.code, coalesce(l.head_name, h.head_name), coalesce(l.identity_number, h.identity_number),
       coalesce(l.persons, h.persons), coalesce(l.contract_number, h.contract_number),
       coalesce(l.contract_area_mu, h.contract_area_mu), l.ban_area_mu, l.ban_rate, l.ban_amount_yuan,
       l.balance_area_mu, l.balance_rate, l.balance_amount_yuan, l.gross_yuan, l.deduction_yuan, l.net_yuan,
       coalesce(l.bank_name, h.bank_name), coalesce(l.account_number, h.account_number), h.phone,
       l.other_amount_yuan, l.limit_effect_yuan, l.deduction_reason, l.note, {_PARTS}
{_FROM} WHERE {_ON_PAPER} AND b.village_code=? ORDER BY h.code, b.batch_number, l.rowkey"""
_NOTICE_ROWS = f"""
SELECT coalesce(l.head_name, h.head_name), l.ban_area_mu, l.ban_rate, l.ban_amount_yuan, l.balance_area_mu,
       l.balance_rate, l.balance_amount_yuan, l.net_yuan, l.other_amount_yuan, l.limit_effect_yuan, l.deduction_yuan,
       {_PARTS}
{_FROM} WHERE {_ON_PAPER} AND b.village_code=? ORDER BY h.code, b.batch_number, l.rowkey"""


def _columns(source: Source, form: tuple[_Spec, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(source.say(Text(zh, en)), shape, places, number_format, width, total)
        for zh, en, shape, places, number_format, width, total in form
    )


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _villages(source: Source) -> list[str]:
    """Return the villages with lines in the year asked for, or in the latest there is."""
    source.latest_year("SELECT max(year) FROM compensation_batch WHERE void=0")
    found = source.reader.sql(f"SELECT DISTINCT b.village_code {_FROM} WHERE {_ON_PAPER} ORDER BY 1", (source.year,))
    if not found:
        label = record_type("compensation_line").label
        raise refusal(Said.NOTHING, what=Text(f"{source.year or ''}{label.zh}", f"{label.en} {source.year or ''}"))
    return [village for (village,) in found]


def _batches(source: Source, village: str | None = None) -> str:
    rows = source.reader.sql(
        "SELECT DISTINCT batch_number FROM compensation_batch WHERE void=0 AND year=? AND (? IS NULL OR village_code=?) "
        "ORDER BY 1", (source.year, village, village))  # fmt: skip
    return source.say(_BATCH, batches="、".join(str(n) for (n,) in rows))


def _effects(source: Source, other: int | None, limit: int | None, parts: str) -> list[str]:
    """Return what explains an amount that is not area × rate of the two schemes: rates, other award, cap or floor."""
    out = _rates(source, parts)
    if other:
        out.append(source.say(_OTHER, amount=_yuan(other)))
    if limit:
        out.append(source.say(_LIMIT, amount=_yuan(limit)))
    return out


def _rates(source: Source, parts: str) -> list[str]:
    """Return the rates of a scheme that has several, or counts heads; zones are left out, they are somebody's words."""
    said: dict[str, list[str]] = {}
    for scheme, basis, area, coefficient, rate in json.loads(parts):
        rate_text = f"{Decimal(rate).scaleb(-4).normalize():f}"
        if basis in _BY_HEAD:
            words = source.say(_BY_HEAD[basis], rate=rate_text)
        else:
            factor = Decimal(coefficient).scaleb(-4).normalize()
            times = rate_text if factor == 1 else f"{factor:f}×{rate_text}"
            words = source.say(_BY_AREA, area=f"{Decimal(area).scaleb(-3):.3f}", rate=times)
        said.setdefault(scheme, []).append(words)
    return [
        source.say(_RATES, scheme=source.label("scheme", scheme), parts=" + ".join(words))
        for scheme, words in said.items()
    ]


def register(source: Source) -> Book:
    """Return the register of the station: every village, numbered from 1 in each, a page for each."""
    villages = _villages(source)
    reader = source.reader

    def rows() -> Iterator[tuple[Any, ...]]:
        for village in villages:
            place = (source.township(village), source.village(village))
            for number, row in enumerate(reader.sql(_REGISTER_ROWS, (source.year, village)), 1):
                remarks = joined([*_effects(source, row[19], row[20], row[23]), row[21], row[22]])
                yield (number, *place, *row[:19], None, remarks)

    title = source.say(_REGISTER_TITLE, county=source.county, year=source.year)
    sheet = Sheet(
        source.say(Text("发放清册", "Register")), title, _columns(source, EXP1), rows(),
        above=source.above(source.say(_UNITS), _batches(source)), below=source.signatures(),
        total_label=source.say(TOTAL), break_at=2, counted_as="lines",
    )  # fmt: skip
    return source.book(REGISTER, [sheet], _not_listed(source))


def _not_listed(source: Source) -> list[tuple[str, str]]:
    """Return what the control sheet says about lines that are not on the register."""
    rows = source.reader.sql(
        f"SELECT l.state, l.original_line_id IS NOT NULL, count(*), sum(l.net_yuan) {_FROM} WHERE l.void=0 AND b.void=0 "
        "AND b.year=? AND (l.state IN ('excluded', 'held') OR l.original_line_id IS NOT NULL) GROUP BY 1, 2 ORDER BY 1, 2",
        (source.year,))  # fmt: skip
    out = []
    for state, again, number, fen in rows:
        label = source.say(_REISSUED) if again else source.label("line_state", state)
        out.append((source.say(_LEFT_OUT), f"{label}: {number}, {_yuan(fen or 0)}"))
    return out


def public_notice(source: Source) -> Book:
    """Return the sheets to be posted, one a village, without any personal number."""
    villages = _villages(source)
    columns = _columns(source, EXP2)
    sheets = [
        Sheet(
            source.village(village) or village,
            source.say(_NOTICE_TITLE, village=source.village(village), year=source.year),
            columns, _notice_rows(source, village), above=_notice_head(source, village),
            below=_notice_foot(source, village), total_label=source.say(TOTAL), counted_as="lines",
        )
        for village in villages
    ]  # fmt: skip
    return source.book(NOTICE, sheets)


def _notice_head(source: Source, village: str) -> tuple[tuple[str, ...], ...]:
    where = joined([source.place(village, 6), source.township(village), source.village(village)], " ") or ""
    return ((where, _batches(source, village), source.say(Text("单位：{units}", "Units: {units}"),
                                                          units=source.say(_UNITS))),)  # fmt: skip


def _notice_rows(source: Source, village: str) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of one notice. Remarks are made from figures; what somebody wrote is not printed in public."""
    for number, row in enumerate(source.reader.sql(_NOTICE_ROWS, (source.year, village)), 1):
        remarks = _effects(source, row[8], row[9], row[11])
        if row[10]:
            remarks.append(source.say(_DEDUCTED, amount=_yuan(row[10])))
        yield (number, *row[:8], joined(remarks))


def _notice_foot(source: Source, village: str) -> tuple[tuple[str, ...], ...]:
    found = source.reader.sql(
        "SELECT n.starts_on, n.ends_on, n.place, n.report_phone FROM compensation_notice n "
        "JOIN compensation_batch b ON b.record_id=n.batch_id WHERE n.void=0 AND b.void=0 AND b.year=? "
        "AND b.village_code=? ORDER BY n.starts_on DESC LIMIT 1", (source.year, village))  # fmt: skip
    first: date | None = None
    last: date | None = None
    place = phone = None
    if found:
        first, last, place, phone = to_day(found[0][0]), to_day(found[0][1]), found[0][2], found[0][3]
    period = _blank_period(source, village)
    if first and last:
        period = source.say(_PERIOD, first=source.day(first), last=source.day(last))
    lines: list[tuple[str, ...]] = [
        (period, source.say(_PLACE, place=place)) if place else (period,),
        (source.say(_PHONES, phones=phone),) if phone else tuple(source.say(t) for t in _BLANK_PHONES),
        (source.say(_OBJECTION),),
        (source.say(_VILLAGE_STAMP), source.day(source.today)),
    ]
    return tuple(lines)


def _blank_period(source: Source, village: str) -> str:
    plan = source.reader.sql(
        "SELECT p.notice_days, p.notice_day_kind FROM compensation_batch b JOIN compensation_plan p "
        "ON p.record_id=b.plan_id WHERE b.void=0 AND b.year=? AND b.village_code=? ORDER BY b.batch_number LIMIT 1",
        (source.year, village))  # fmt: skip
    days, kind = plan[0] if plan else (7, "calendar")
    return source.say(_BLANK_PERIOD, days=days, kind=source.label("day_kind", kind))
