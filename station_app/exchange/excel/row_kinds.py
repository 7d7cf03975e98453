"""What each row under the headings is: a record, or one of the things people write between and below records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

from station_app.domain.fields import Kind
from station_app.domain.registry import RecordType
from station_app.domain.text import Text
from station_app.exchange.excel.locate import Located
from station_app.exchange.excel.mapping import cell_text
from station_app.exchange.excel.reader import PICTURE, Broken
from station_app.exchange.excel.units import fold


class RowKind(StrEnum):
    """What a row of a file is, or what becomes of it; every row read is exactly one of these."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REPEATED = "repeated"
    REFUSED = "refused"
    WAITING = "waiting"
    TOTAL = "total"
    NOTE = "note"
    HEADING = "heading"
    EXAMPLE = "example"
    CONDITION = "condition"
    HIDDEN = "hidden"
    BLANK = "blank"

    @property
    def label(self) -> Text:
        return _LABELS[self]


_LABELS = {
    RowKind.NEW: Text("新增", "new"),
    RowKind.CHANGED: Text("更正", "corrected"),
    RowKind.UNCHANGED: Text("不变", "unchanged"),
    RowKind.REPEATED: Text("重复行", "repeated"),
    RowKind.REFUSED: Text("有错", "with errors"),
    RowKind.WAITING: Text("等待回答", "waiting for an answer"),
    RowKind.TOTAL: Text("合计行", "totals"),
    RowKind.NOTE: Text("说明、签字行", "notes and signatures"),
    RowKind.HEADING: Text("重复的表头", "headings repeated"),
    RowKind.EXAMPLE: Text("示例行", "examples"),
    RowKind.CONDITION: Text("按列对应的条件不读", "left out as the mapping says"),
    RowKind.HIDDEN: Text("隐藏行(不读)", "hidden, not read"),
    RowKind.BLANK: Text("空行", "blank"),
}
_ONE = {
    RowKind.TOTAL: "total",
    RowKind.NOTE: "note or signature",
    RowKind.HEADING: "heading repeated",
    RowKind.EXAMPLE: "example",
}
RECORDS = (RowKind.NEW, RowKind.CHANGED, RowKind.UNCHANGED)

# What a totals row says, alone or after the name of a village or page: 那日图嘎查小计, 本页小计, 合  计.
_SUM = re.compile(
    r".{0,20}?(合计|总计|小计|共计|累计|总和|grandtotal|subtotal|runningtotal|total)(数|[:：]|\(.*\)|\d*户?)?\Z"
)
_SUM_START = re.compile(r"(合计|总计|小计|共计|累计|total|subtotal)\b|(合计|总计|小计|共计|累计)")
_FOOT = tuple(
    fold(x)
    for x in (
        "制表人", "填表人", "填报人", "审核人", "复核人", "负责人", "单位负责人", "经办人", "村委会", "乡镇负责人", "调查人:", "注:",
        "备注:", "说明:", "填表说明", "填报单位", "公示时间", "公示期", "举报电话", "prepared by", "reviewed by", "note:",
        "surveyed by", "village head", "township head", "on notice", "to report",
    )
)  # fmt: skip
_SIGNED = re.compile(r"(签字|签名|盖章|公章|监督电话|联系人|日期)[:：(（]?|signature|signed")


def is_filled(value: object) -> bool:
    """Whether a cell says something; a picture in it does not, nor a formula that may have come to nothing."""
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value is not PICTURE and not (isinstance(value, Broken) and value.or_empty)


# Characters that ``fold`` leaves as they are, but for small letters; between them no mark of a sum or a note can hide.
_PLAIN_TEXTS = re.compile("[\0!-)+-~、。·\u3400-\u9fff]*")
_MARKS = re.compile("|".join((":|合计|总计|小计|共计|累计|总和|total", _SIGNED.pattern, *map(re.escape, _FOOT))))


class RowKinds:
    """Tells the rows of one table apart."""

    def __init__(self, found: Located, kind: RecordType) -> None:
        self._found = found
        self._columns = [m.heading.column for m in found.matches]
        self._first_heading = fold(found.matches[0].heading.text) if found.matches else ""
        texts = (Kind.TEXT, Kind.CODE, Kind.LINK)
        named = {*kind.key, *(f.name for f in kind.fields if f.required and f.kind in texts)}
        # What a record has and a total has not: a code, a person's name.
        self._own = {m.heading.column for m in found.matches if m.target.path.partition(">")[0] in named}

    def is_surely_record(self, row: list[object]) -> bool:
        """Whether a row is at once seen to be a record; ``of`` tells the others apart."""
        if not self._columns or (self._found.mark is not None and row[self._found.mark] != ""):
            return False
        first = row[self._columns[0]]
        if not first or first.__class__ not in (str, float):
            return False
        texts = "\0".join([v for v in row if v.__class__ is str]).lower()
        plain = _PLAIN_TEXTS.fullmatch(texts) is not None and _MARKS.search(texts) is None
        return plain and str(first).lower() != self._first_heading

    def of(self, row: list[Any]) -> RowKind | None:
        """Return what a row is; ``None`` for a record."""
        filled = [(column, v) for column, v in enumerate(row) if is_filled(v)]
        if not filled:
            return RowKind.BLANK
        mark = self._found.mark
        if mark is not None and mark < len(row) and is_filled(row[mark]):
            return RowKind.EXAMPLE
        if self.sum_word(row) is not None:
            return RowKind.TOTAL
        read = [row[c] for c in self._columns if c < len(row)]
        if self._is_note(filled, read):
            return RowKind.NOTE
        if self._repeats_headings(read):
            return RowKind.HEADING
        return None if any(map(is_filled, read)) or not self._found.matches else RowKind.NOTE

    def sum_word(self, row: list[object]) -> str | None:
        """Return what a totals row calls itself (folded), ``None`` when the row is no total."""
        texts = [(c, fold(v)) for c, v in enumerate(row) if isinstance(v, str) and v.strip() and not _is_number(v)]
        for place, (column, text) in enumerate(texts[:3]):
            if not (_SUM.fullmatch(text) or (place == 0 and _SUM_START.match(text))):
                continue
            others = [c for c, _ in texts if c != column]
            # A household may be called 合计 in its note, but then it has a code or a name as well.
            if not any(c in self._own for c in others) and (place == 0 or len(texts) <= 2):
                return text
        return None

    def _is_note(self, filled: list[tuple[int, object]], read: list[object]) -> bool:
        first = filled[0][1]
        if not isinstance(first, str):
            return False
        folded = fold(first)
        few = len(filled) <= 6 and sum(map(is_filled, read)) * 2 <= max(len(read), 1)
        # Most of the columns filled makes it a record, whatever its first word.
        if folded.startswith(_FOOT) and few:
            return True
        texts = [v for _, v in filled if isinstance(v, str)]
        said = len(texts) == len(filled) and all(":" in fold(v + "x") or _SIGNED.search(fold(v)) for v in texts)
        return few and said

    def _repeats_headings(self, read: list[object]) -> bool:
        matches = self._found.matches
        if not read or not matches or not isinstance(read[0], str):
            return False
        return all(fold(cell_text(v)) == fold(m.heading.text) for v, m in zip(read, matches, strict=False))


def _is_number(text: str) -> bool:
    return text.strip().replace(",", "").replace(".", "", 1).isdigit()


def account(counts: dict[RowKind, int]) -> Text:
    """Return the account of every row in one sentence: 读到 98 行：记录 96 行(新增 96)，合计行 2 行。"""
    total = sum(counts.values())
    records = [(k, counts[k]) for k in RECORDS if counts.get(k)]
    others = [(k, n) for k, n in counts.items() if k not in RECORDS and n]
    others.sort(key=lambda pair: list(RowKind).index(pair[0]))
    zh, en = list(_parts(records, others))
    return Text(f"读到 {total:,} 行：{zh}。", f"{total:,} rows read: {en}.")


def _parts(records: list[tuple[RowKind, int]], others: list[tuple[RowKind, int]]) -> Iterator[str]:
    number = sum(n for _, n in records)
    inner_zh = "、".join(f"{k.label.zh} {n:,}" for k, n in records)
    inner_en = ", ".join(f"{n:,} {k.label.en}" for k, n in records)
    zh = [f"记录 {number:,} 行({inner_zh})"] if records else []
    en = [f"{number:,} record{'s' * (number != 1)} ({inner_en})"] if records else []
    yield "；".join([*zh, *(f"{k.label.zh} {n:,} 行" for k, n in others)]) or "没有内容"
    yield (
        "; ".join([*en, *(f"{n:,} {_ONE.get(k, k.label.en) if n == 1 else k.label.en}" for k, n in others)])
        or "nothing"
    )
