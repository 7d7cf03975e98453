"""The grassland award on paper: the disbursement register (form EXP1) and the public notice (form EXP2).

A list is of one programme and one batch, never mixed; what is printed and what came back add up to the batch.
The public notice is made from its own statement, which names no identity number, account, bank or telephone: what is not
read can not be printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from station_app.domain.line_states import FAILED, OUT_OF_BATCH
from station_app.domain.registry import record_type
from station_app.domain.text import Text
from station_app.exchange.excel.problems import WorkbookProblem, nothing_of
from station_app.exchange.excel.report_roster import AREA
from station_app.exchange.excel.report_source import TOTAL, Source, joined, to_day
from station_app.exchange.excel.sheets import Book, Column, Shape, Sheet
from station_app.services.derived import differences_of

REGISTER = Text("补奖资金发放清册", "Disbursement register")
NOTICE = Text("补奖资金公示表", "Public notice of the award")
_REGISTER_TITLE = Text("{county}{year}年草原生态保护补助奖励资金发放清册",
                       "Disbursement register of the grassland award, {county} {year}")  # fmt: skip
_NOTICE_TITLE = Text(
    "{village}{year}年草原生态保护补助奖励公示表", "Public notice of the grassland award, {village} {year}"
)
_UNITS = Text("亩、元", "mu, CNY")
_BATCH = Text("项目：{programme}    批次：{number}", "Programme: {programme}    Batch: {number}")
_BATCH_SHEET = Text("第{number}批", "Batch {number}")
_LEFT_OUT = Text("未列入清册的明细", "Lines not on the register")
_LEFT_OUT_OF = Text("{list}:{standing} {n} 户，{amount} 元", "{list}: {standing} {n}, {amount} CNY")
_BATCH_TOTAL = Text("批次合计", "Total of the batch")
_ADDS_UP = Text(
    "批次合计 {n} 户 {amount} 元，其中退回未列入 {back_n} 户 {back} 元。",
    "The batch holds {n} households and {amount} CNY; {back_n} of them, {back} CNY, came back and are not listed.",
)
_ADDS_UP_OF = Text("{list}:{n} 户，{amount} 元 = 列入 {listed_n} 户，{listed} 元 + 退回 {back_n} 户，{back} 元",
                   "{list}: {n}, {amount} CNY = listed {listed_n}, {listed} CNY + came back {back_n}, {back} CNY")  # fmt: skip
_STANDINGS = {
    "county_returned": Text("县里退回", "returned by the county"),
    "county_refused": Text("县里未接收", "not taken by the county"),
    "conflict": Text("有冲突未决", "in conflict"),
}
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
RATE = "0.00??"

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

# Where a line stands. Listed are the lines that are or were to be paid; what the bank or the county sent back is not, and
# neither is what has left the batch (held, excluded).
_IN_SQL = {
    name: ", ".join(f"'{state}'" for state in states) for name, states in (("out", OUT_OF_BATCH), ("failed", FAILED))
}
_STANDING = f"""CASE WHEN l.state IN ({_IN_SQL["out"]}, {_IN_SQL["failed"]}) THEN l.state
       WHEN 'returned' IN (gl.review, gb.review) THEN 'county_returned'
       WHEN gl.outcome IN ('refused', 'quarantined') OR gb.outcome IN ('refused', 'quarantined') THEN 'county_refused'
       WHEN l.conflict OR b.conflict THEN 'conflict' ELSE 'listed' END"""
_FROM = """FROM compensation_line l JOIN compensation_batch b ON b.record_id=l.batch_id
       LEFT JOIN household h ON h.record_id=l.household_id LEFT JOIN progress gl ON gl.version_id=l.version_id
       LEFT JOIN progress gb ON gb.version_id=b.version_id"""
_ON_PAPER = f"l.void=0 AND l.batch_id=? AND {_STANDING}='listed'"
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
{_FROM} WHERE {_ON_PAPER} ORDER BY h.code, l.rowkey"""
_NOTICE_ROWS = f"""
SELECT coalesce(l.head_name, h.head_name), l.ban_area_mu, l.ban_rate, l.ban_amount_yuan, l.balance_area_mu,
       l.balance_rate, l.balance_amount_yuan, l.net_yuan, l.other_amount_yuan, l.limit_effect_yuan, l.deduction_yuan,
       {_PARTS}
{_FROM} WHERE {_ON_PAPER} ORDER BY h.code, l.rowkey"""


def _columns(source: Source, form: tuple[_Spec, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(source.say(Text(zh, en)), shape, places, number_format, width, total)
        for zh, en, shape, places, number_format, width, total in form
    )


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch of one village, with its lines by where they stand: number and fen."""

    record_id: str
    village: str
    number: int
    programme: str
    standing: dict[str, tuple[int, int]]

    def sums(self, *standings: str) -> tuple[int, int]:
        """Return number and fen of the lines that stand so."""
        found = [self.standing[each] for each in standings if each in self.standing]
        return sum(n for n, _ in found), sum(fen for _, fen in found)

    @property
    def listed(self) -> tuple[int, int]:
        return self.sums("listed")

    @property
    def back(self) -> tuple[int, int]:
        """What counts in the batch and is not listed: it came back, or is not decided."""
        return self.sums(*FAILED, *_STANDINGS)


def _batches(source: Source) -> list[_Batch]:
    """Return the batches asked for: the one chosen, or those of the year (the latest there is), in order of their lists.

    Raises:
        UserError: XLS-001 nothing to list, XLS-012 no such batch, XLS-013 the totals of a batch are not those of its lines.
    """
    reader = source.reader
    if source.chosen:
        found = reader.sql("SELECT year FROM compensation_batch WHERE void=0 AND record_id=?", (source.chosen,))
        if not found:
            raise WorkbookProblem.NO_SUCH_ROW.error(name=source.chosen)
        source.year = found[0][0]
    source.latest_year("SELECT max(year) FROM compensation_batch WHERE void=0")
    rows = reader.sql(
        """SELECT b.record_id, b.village_code, b.batch_number, coalesce(p.programme, '') FROM compensation_batch b
           LEFT JOIN compensation_plan p ON p.record_id=b.plan_id WHERE b.void=0 AND b.year=? AND ? IN ('', b.record_id)
           ORDER BY 4, 3, 2""", (source.year, source.chosen),
    )  # fmt: skip
    batches = []
    for record_id, village, number, programme in rows:
        counted = reader.sql(
            f"SELECT {_STANDING}, count(*), coalesce(sum(l.net_yuan), 0) {_FROM} WHERE l.void=0 AND l.batch_id=? GROUP BY 1",
            (record_id,),
        )
        standing = {name: (n, fen) for name, n, fen in counted}
        batches.append(_Batch(record_id, village, number, programme, standing))
    if not any(batch.listed[0] for batch in batches):
        label = record_type("compensation_line").label
        raise nothing_of(label, source.year)
    wrong = next(iter(differences_of(reader, record_type("compensation_batch"), [b.record_id for b in batches])), None)
    if wrong is not None:
        record_id, problem = wrong
        name = reader.titles("compensation_batch", [record_id]).get(record_id, "")
        raise WorkbookProblem.BATCH_DIFFERS.error(batch=name, why=problem.text)
    return batches


def _lists(batches: list[_Batch]) -> list[list[_Batch]]:
    """Return the batches by list: one programme and one batch number each, in order, without empty lists."""
    found: dict[tuple[str, int], list[_Batch]] = {}
    for batch in batches:
        if batch.listed[0]:
            found.setdefault((batch.programme, batch.number), []).append(batch)
    return list(found.values())


def _list_name(source: Source, batch: _Batch, batches: list[_Batch]) -> str:
    """Return how a list is told from the others: its batch, with the programme where there are several."""
    name = source.say(_BATCH_SHEET, number=batch.number)
    return f"{batch.programme} {name}" if len({each.programme for each in batches}) > 1 else name


def _what(source: Source, batch: _Batch) -> str:
    return source.say(_BATCH, programme=batch.programme, number=batch.number)


def _adds_up(source: Source, batches: list[_Batch]) -> list[tuple[str, ...]]:
    """Return the line that ties a list to its batch where something of it came back; none otherwise."""
    back_n, back = (sum(values) for values in zip(*(batch.back for batch in batches), strict=True))
    if not back_n:
        return []
    n, fen = (sum(values) for values in zip(*(batch.listed for batch in batches), strict=True))
    said = source.say(_ADDS_UP, n=n + back_n, amount=_yuan(fen + back), back_n=back_n, back=_yuan(back))
    return [(said,)]


def _control(source: Source, batches: list[_Batch]) -> list[tuple[str, str]]:
    """Return what the control sheet says: how each list makes up its batch, and which lines are on no list."""
    out = []
    for batch in batches:
        name = f"{source.village(batch.village)} {_list_name(source, batch, batches)}"
        (n, fen), (back_n, back) = batch.listed, batch.back
        out.append((
            source.say(_BATCH_TOTAL),
            source.say(_ADDS_UP_OF, list=name, n=n + back_n, amount=_yuan(fen + back), listed_n=n, listed=_yuan(fen),
                       back_n=back_n, back=_yuan(back)),
        ))  # fmt: skip
        for standing, (number, amount) in sorted(batch.standing.items()):
            if standing != "listed":
                label = (
                    source.say(_STANDINGS[standing]) if standing in _STANDINGS else source.label("line_state", standing)
                )
                said = source.say(_LEFT_OUT_OF, list=name, standing=label, n=number, amount=_yuan(amount))
                out.append((source.say(_LEFT_OUT), said))
    return out


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
    """Return the register of the station: a sheet for each programme and batch, every village numbered from 1 on its page."""
    batches = _batches(source)
    lists = _lists(batches)
    title = source.say(_REGISTER_TITLE, county=source.county, year=source.year)
    usual = source.say(Text("发放清册", "Register"))
    sheets = [
        Sheet(
            usual if len(lists) == 1 else _list_name(source, of_list[0], batches),
            title, _columns(source, EXP1), _register_rows(source, of_list),
            above=source.above(source.say(_UNITS), _what(source, of_list[0])),
            below=(*_adds_up(source, of_list), *source.signatures()),
            total_label=source.say(TOTAL), **source.by_village(1, 2), counted_as="lines",
        )
        for of_list in lists
    ]  # fmt: skip
    return source.book(REGISTER, sheets, _control(source, batches))


def _register_rows(source: Source, batches: list[_Batch]) -> Iterator[tuple[object, ...]]:
    for batch in batches:
        place = (source.township(batch.village), source.village(batch.village))
        for number, row in enumerate(source.reader.sql(_REGISTER_ROWS, (batch.record_id,)), 1):
            remarks = joined([*_effects(source, row[19], row[20], row[23]), row[21], row[22]])
            yield (number, *place, *row[:19], None, remarks)


def public_notice(source: Source) -> Book:
    """Return the sheets to be posted, one for each village, programme and batch, without any personal number."""
    batches = [batch for batch in _batches(source) if batch.listed[0]]
    columns = _columns(source, EXP2)
    by_village: dict[str, int] = {}
    for batch in batches:
        by_village[batch.village] = by_village.get(batch.village, 0) + 1
    sheets = []
    for batch in sorted(batches, key=lambda each: each.village):
        village = source.village(batch.village) or batch.village
        name = village if by_village[batch.village] == 1 else f"{village} {_list_name(source, batch, batches)}"
        title = source.say(_NOTICE_TITLE, village=source.village(batch.village), year=source.year)
        sheets.append(Sheet(
            name, title, columns, _notice_rows(source, batch), above=_notice_head(source, batch),
            below=(*_adds_up(source, [batch]), *_notice_foot(source, batch)),
            total_label=source.say(TOTAL), counted_as="lines",
        ))  # fmt: skip
    return source.book(NOTICE, sheets)


def _notice_head(source: Source, batch: _Batch) -> tuple[tuple[str, ...], ...]:
    village = batch.village
    where = joined([source.place(village, 6), source.township(village), source.village(village)], " ") or ""
    return (
        (where, _what(source, batch), source.say(Text("单位：{units}", "Units: {units}"), units=source.say(_UNITS))),
    )


def _notice_rows(source: Source, batch: _Batch) -> Iterator[tuple[object, ...]]:
    """Yield the rows of one notice. Remarks are made from figures; what somebody wrote is not printed in public."""
    for number, row in enumerate(source.reader.sql(_NOTICE_ROWS, (batch.record_id,)), 1):
        remarks = _effects(source, row[8], row[9], row[11])
        if row[10]:
            remarks.append(source.say(_DEDUCTED, amount=_yuan(row[10])))
        yield (number, *row[:8], joined(remarks))


def _notice_foot(source: Source, batch: _Batch) -> tuple[tuple[str, ...], ...]:
    found = source.reader.sql(
        "SELECT starts_on, ends_on, place, report_phone FROM compensation_notice WHERE void=0 AND batch_id=? "
        "ORDER BY starts_on DESC LIMIT 1", (batch.record_id,))  # fmt: skip
    first: date | None = None
    last: date | None = None
    place = phone = None
    if found:
        first, last, place, phone = to_day(found[0][0]), to_day(found[0][1]), found[0][2], found[0][3]
    period = _blank_period(source, batch)
    if first and last:
        period = source.say(_PERIOD, first=source.day(first), last=source.day(last))
    lines: list[tuple[str, ...]] = [
        (period, source.say(_PLACE, place=place)) if place else (period,),
        (source.say(_PHONES, phones=phone),) if phone else tuple(source.say(t) for t in _BLANK_PHONES),
        (source.say(_OBJECTION),),
        (source.say(_VILLAGE_STAMP), source.day(source.today)),
    ]
    return tuple(lines)


def _blank_period(source: Source, batch: _Batch) -> str:
    plan = source.reader.sql(
        "SELECT p.notice_days, p.notice_day_kind FROM compensation_batch b JOIN compensation_plan p "
        "ON p.record_id=b.plan_id WHERE b.record_id=?", (batch.record_id,))  # fmt: skip
    days, kind = plan[0] if plan else (7, "calendar")
    return source.say(_BLANK_PERIOD, days=days, kind=source.label("day_kind", kind))
