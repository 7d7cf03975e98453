"""Turns what somebody typed, or what a workbook cell holds, into the value of a field, without looking at its meaning.

Every parser returns ``(value, None)`` or ``(None, problem)``; empty input is ``(None, None)``.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from station_app.domain.codes import CodeList, code_list
from station_app.domain.fields import Field, Form, Kind
from station_app.domain.official_time import BEIJING
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.text import Text

EXACT_DIGITS = 15  # digits a number cell of a workbook keeps
STORED_LIMIT = 2**63  # decimals and integers are stored as scaled 64-bit integers

Parsed = tuple[Any, Problem | None]

_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_GROUPED_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?\Z")
_SPACED_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:\.[0-9]*)?\Z")
_EXPONENT = re.compile(r"[+-]?[0-9.]+[eE][+-]?[0-9]+\Z")
_SHOWN_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2,}\Z")  # as spreadsheets show a number that is too long
_FIVE_DIGITS = re.compile(r"[0-9]{5}\Z")
_HEAD = re.compile(r"[+\-0-9.,\s]*")
_DATE = (
    re.compile(r"([0-9]{4})\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*[日号]?\Z"),
    re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})\Z"),
    re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})\Z"),
)
_CLOCK = re.compile(r"(.*?)[T ]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\.[0-9]+)?\s*(Z|[+-][0-9]{2}:?[0-9]{2})?\Z")
_YEAR_MONTH = re.compile(r"([0-9]{4})(?:[-/.]|\s*年\s*)([0-9]{1,2})\s*月?\Z")
_HALF_WIDTH: dict[int, str] = {
    **{0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)},
    **dict.fromkeys((0x3000, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F), " "),
    ord("。"): ".", ord("−"): "-",
}  # fmt: skip
_MONGOLIAN = re.compile("[\u1820-\u18aa]")
_UNSEEN_ALWAYS = "\u00ad\u034f\u061c\u115f\u1160\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb"
_UNSEEN_MONGOLIAN = re.compile(f"[{_UNSEEN_ALWAYS}]")
_UNSEEN = re.compile(f"[{_UNSEEN_ALWAYS}\u180b-\u180e\u200c\u200d]")
_DOUBTFUL = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010fffd]")  # lost, or of one machine's own fonts
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_CONTROL_LONG = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# ASCII, Han and what stands between them, without a blank at either end: nothing in it changes by normalising, trimming
# or a look for controls.
_SEEN = "!-~\u00b0-\u00b7\u00d7\u2013-\u201d\u2026\u3001-\u3011\u3400-\u9fff\uff01-\uff5e"
_PLAIN = re.compile(f"[{_SEEN}](?:[ {_SEEN}]*[{_SEEN}])?\\Z")
_DIGITS = re.compile("[0-9]+X?\\Z")
_NEVER = re.compile("(?!)")
CODED = (Form.IDENTITY, Form.ACCOUNT, Form.PHONE, Form.REGION, Form.YEAR_MONTH)
_SPLIT_CODES = re.compile(r"[、,;/|\n]+")
_CODE_AND_LABEL = re.compile(r"([0-9A-Za-z_]+)\s*[-.、:)\s]\s*(\S.*)\Z")
_YES = frozenset({"是", "有", "对", "yes", "y", "true", "t", "1", "√", "✓", "☑"})
_NO = frozenset({"否", "无", "没有", "不", "no", "n", "false", "f", "0", "×", "✗", "☐"})

EXPECTED = {
    Kind.TEXT: Text("文字", "text"),
    Kind.CODE: Text("选项", "an entry of the list"),
    Kind.CODES: Text("选项", "entries of the list"),
    Kind.INTEGER: Text("整数", "a whole number"),
    Kind.DECIMAL: Text("数字", "a number"),
    Kind.DATE: Text("日期", "a date"),
    Kind.INSTANT: Text("日期和时间", "date and time"),
    Kind.BOOL: Text("是或否", "yes or no"),
    Kind.LINK: Text("已有的记录", "a record"),
    Kind.FILES: Text("附件", "attachments"),
    Kind.LINES: Text("明细行", "rows"),
}


def fold(text: str) -> str:
    """Return text with full-width characters made half-width and blanks trimmed, for numbers, dates and codes.

    Only the characters a Chinese keyboard writes full-width: a circled or raised digit is the mark of a footnote, and
    ``1200①`` is no 12001.
    """
    return (text if text.isascii() else visible(text.translate(_HALF_WIDTH))).strip()


def visible(text: str) -> str:
    """Return text without characters that show nothing: marks of direction, joints of no width, soft hyphens.

    Mongolian script joins its letters with some of them; there they stay.
    """
    return (_UNSEEN_MONGOLIAN if _MONGOLIAN.search(text) else _UNSEEN).sub("", text)


def _wrong_type(field: Field, raw: object) -> Parsed:
    shown = str(raw)[:60]
    return None, RecordProblem.WRONG_TYPE.problem(
        field.name, label=field.label, value=shown, expected=EXPECTED[field.kind]
    )


def _number_text(raw: int | float | Decimal) -> str:
    """Return a number cell as plain digits; a workbook's number keeps 15 digits, so no more are taken from it."""
    if isinstance(raw, float):
        return f"{Decimal(format(raw, '.15g')):f}"
    return f"{raw:f}" if isinstance(raw, Decimal) else str(raw)


# --- text --------------------------------------------------------------------------------------------------------------


def parse_text(field: Field, raw: object) -> Parsed:
    """NFC, trimmed, no control characters; numbers of more than 15 digits are refused because digits are lost."""
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        return _wrong_type(field, raw)
    if isinstance(raw, str):
        text = raw
        if is_plain(field, text):
            return text, None
        if digits_are_lost(field, text):
            return None, RecordProblem.DIGITS_LOST.problem(field.name, label=field.label)
    else:
        if isinstance(raw, float) and not math.isfinite(raw):
            return _wrong_type(field, raw)
        if isinstance(raw, int | float) and abs(raw) >= 10**EXACT_DIGITS:
            return None, RecordProblem.DIGITS_LOST.problem(field.name, label=field.label)
        text = _number_text(raw)
    return _clean_text(field, text)


def digits_are_lost(field: Field, text: str) -> bool:
    """Whether a text is what a spreadsheet shows of a number it could not keep: ``1.52522E+15``."""
    if "E" not in text and "e" not in text:
        return False
    return (_EXPONENT if field.form in CODED else _SHOWN_EXPONENT).match(fold(text)) is not None


def doubtful(text: str) -> str:
    """Return the first character of a text that nobody can read for sure; empty when there is none."""
    found = None if text.isascii() else _DOUBTFUL.search(text)
    return found[0] if found else ""


def plain_pattern(field: Field) -> re.Pattern[str]:
    """Return what a text matches that is at once seen to stay as it is, but for ``E+`` in it: most do, and a file has a
    hundred thousand of them."""
    if field.form is Form.YEAR_MONTH:
        return _NEVER
    return _DIGITS if field.form in CODED else _PLAIN


def is_plain(field: Field, text: str) -> bool:
    """Whether a text is at once seen to stay as it is."""
    return len(text) <= field.max_length and plain_pattern(field).match(text) is not None and "E+" not in text


def _clean_text(field: Field, text: str) -> Parsed:
    if len(text) > 4 * field.max_length + 1000:  # whoever sends megabytes is told so before they are looked through
        return None, RecordProblem.TOO_LONG.problem(
            field.name, label=field.label, limit=field.max_length, value=len(text)
        )
    text = visible(unicodedata.normalize("NFC", text)).strip()
    if field.form is Form.LONG:
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if field.form in CODED:
        text = fold(text).lstrip("'’`")  # a spreadsheet's mark of a text
    if field.form in (Form.IDENTITY, Form.ACCOUNT, Form.REGION):
        text = text.replace(" ", "").replace("-", "").upper()
    if not text:
        return None, None
    if (_CONTROL_LONG if field.form is Form.LONG else _CONTROL).search(text):
        return None, RecordProblem.CONTROL_CHARACTERS.problem(field.name, label=field.label)
    if field.form is Form.YEAR_MONTH:
        return _year_month(field, text)
    return text, None


def _year_month(field: Field, text: str) -> Parsed:
    match = _YEAR_MONTH.match(text)
    if match is None or not 1 <= int(match[2]) <= 12:
        return None, RecordProblem.YEAR_MONTH_FORM.problem(field.name, label=field.label, value=text)
    return f"{match[1]}-{int(match[2]):02d}", None


# --- numbers -----------------------------------------------------------------------------------------------------------


def parsed_number(field: Field, raw: object) -> tuple[Decimal | None, Problem | None]:
    """Return the number somebody typed or a workbook holds, with all its places; of a float, the 15 digits it keeps."""
    if isinstance(raw, bool):
        return _wrong_type(field, raw)
    if isinstance(raw, float):
        if not math.isfinite(raw):
            return _wrong_type(field, raw)
        if raw.is_integer() and abs(raw) > 2**53:
            return None, RecordProblem.DIGITS_LOST.problem(field.name, label=field.label)
        return Decimal(format(raw, ".15g")), None
    if isinstance(raw, Decimal):
        return (raw, None) if raw.is_finite() else _wrong_type(field, raw)
    if isinstance(raw, int):
        return Decimal(raw), None
    if not isinstance(raw, str):
        return _wrong_type(field, raw)
    return _typed_number(field, raw)


def _typed_number(field: Field, raw: str) -> tuple[Decimal | None, Problem | None]:
    text = fold(raw)
    if field.unit:
        head = _HEAD.match(text)
        assert head is not None
        unit = text[head.end() :]
        if unit and unicodedata.normalize("NFKC", unit) == unicodedata.normalize("NFKC", field.unit):
            text = head[0].strip()
    if not text:
        return (None, None) if not fold(raw) else _not_a_number(field, raw)
    if _GROUPED_NUMBER.match(text) or _SPACED_NUMBER.match(text):
        text = text.replace(",", "").replace(" ", "")
    elif "," in text and re.match(r"[+-]?[0-9.,]+\Z", text):
        return None, RecordProblem.SEPARATORS.problem(field.name, label=field.label, value=raw.strip())
    if not _PLAIN_NUMBER.match(text):
        return _not_a_number(field, raw)
    try:
        return Decimal(text), None
    except InvalidOperation:  # pragma: no cover - the pattern admits decimals only
        return _not_a_number(field, raw)


def _not_a_number(field: Field, raw: str) -> tuple[Decimal | None, Problem | None]:
    return None, RecordProblem.NOT_A_NUMBER.problem(field.name, label=field.label, value=raw.strip()[:60])


def parse_integer(field: Field, raw: object) -> Parsed:
    """A whole number; 12.0 is one, 12.5 is refused."""
    number, wrong = parsed_number(field, raw)
    if number is None:
        return None, wrong
    if number != number.to_integral_value():
        return None, RecordProblem.NOT_WHOLE.problem(field.name, label=field.label, value=f"{number:f}")
    if abs(number) >= STORED_LIMIT:
        return None, RecordProblem.TOO_LARGE.problem(field.name, label=field.label, value=f"{number:.6g}")
    return int(number), None


def parse_decimal(field: Field, raw: object) -> Parsed:
    """A decimal with at most the field's places; nothing is rounded. The value has exactly those places."""
    number, wrong = parsed_number(field, raw)
    if number is None:
        return None, wrong
    if abs(number).adjusted() + field.places >= 18:
        return None, RecordProblem.TOO_LARGE.problem(field.name, label=field.label, value=f"{number:.6g}")
    fixed = number.quantize(Decimal(1).scaleb(-field.places))
    if fixed != number:
        return None, RecordProblem.TOO_MANY_PLACES.problem(
            field.name, label=field.label, places=field.places, value=f"{number:f}"
        )
    return (fixed if fixed else abs(fixed)), None


# --- dates -------------------------------------------------------------------------------------------------------------


def parse_date(field: Field, raw: object) -> Parsed:
    """2026-06-30, 2026/6/30, 2026.6.30, 2026年6月30日 or 20260630; a time of day is refused unless it is midnight."""
    if isinstance(raw, datetime):
        if raw.time() != time(0):
            return None, RecordProblem.TIME_IN_DATE.problem(field.name, label=field.label, value=raw)
        return raw.date(), None
    if isinstance(raw, date):
        return raw, None
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
        if 10**7 <= raw < 10**8:
            raw = _number_text(raw)
        elif serial_date(raw) is not None:
            return _is_serial(field, raw)
    if not isinstance(raw, str):
        return _wrong_type(field, raw)
    text = fold(raw)
    if serial_date(text) is not None:
        return _is_serial(field, text)
    clock = _CLOCK.match(text)
    if clock is not None and _day_parts(clock[1]) is not None:
        if any(int(part or 0) for part in clock.group(2, 3, 4)):
            return None, RecordProblem.TIME_IN_DATE.problem(field.name, label=field.label, value=text)
        text = clock[1].strip()
    return _day(field, text)


def serial_date(raw: object) -> date | None:
    """Return the day a spreadsheet means by a number of five digits (days since the end of 1899), 1954 to 2119."""
    if isinstance(raw, str):
        raw = int(raw) if _FIVE_DIGITS.match(raw) else None
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal) or not 20_000 <= raw < 80_000:
        return None
    return date(1899, 12, 30) + timedelta(days=int(raw)) if raw == int(raw) else None


def _is_serial(field: Field, raw: object) -> Parsed:
    shown = _number_text(raw) if isinstance(raw, int | float | Decimal) else raw
    return None, RecordProblem.DATE_SERIAL.problem(field.name, label=field.label, value=shown, day=serial_date(raw))


def _day_parts(text: str) -> tuple[int, int, int] | None:
    for pattern in _DATE:
        match = pattern.match(text.strip())
        if match is not None:
            year, month, day = (int(part) for part in match.groups() if part.isdigit())
            return year, month, day
    return None


def _day(field: Field, text: str) -> Parsed:
    parts = _day_parts(text)
    if parts is None:
        return None, RecordProblem.DATE_FORM.problem(field.name, label=field.label, value=text[:40])
    try:
        return date(*parts), None
    except ValueError:
        return None, RecordProblem.IMPOSSIBLE_DATE.problem(field.name, label=field.label, value=text)


def parse_instant(field: Field, raw: object) -> Parsed:
    """Date and time; without a zone it is Beijing time. The value is UTC, to the second."""
    if isinstance(raw, datetime):
        local = raw if raw.tzinfo else raw.replace(tzinfo=BEIJING)
        return local.astimezone(UTC).replace(microsecond=0), None
    if not isinstance(raw, str):
        return _wrong_type(field, raw)
    text = fold(raw)
    match = _CLOCK.match(text)
    if match is None:
        return None, RecordProblem.INSTANT_FORM.problem(field.name, label=field.label, value=text[:40])
    day, wrong = _day(field, match[1].strip())
    if wrong is not None:
        return None, wrong
    try:
        zone = datetime.fromisoformat(f"2000-01-01T00:00{match[5]}").tzinfo if match[5] else BEIJING
        at = datetime.combine(day, time(int(match[2]), int(match[3]), int(match[4] or 0)), zone)
        return at.astimezone(UTC), None
    except (ValueError, OverflowError):
        return None, RecordProblem.INSTANT_FORM.problem(field.name, label=field.label, value=text[:40])


# --- codes, yes and no, links ---------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Return text as labels are compared: half-width, lower case, without blanks."""
    return fold(text).casefold().replace(" ", "")


def _find_code(known: CodeList, text: str) -> str | None:
    """Return the code meant by a code, a label, a label without its bracket (if only one has it), or ``2 山地``."""
    if text in known.by_code:
        return text
    wanted = _plain(text)
    for item in known.items:
        if wanted in (_plain(item.code), _plain(item.label.zh), _plain(item.label.en)):
            return item.code
    short = [i.code for i in known.items if wanted in (_plain(x).partition("(")[0] for x in (i.label.zh, i.label.en))]
    if len(short) == 1:
        return short[0]
    both = _CODE_AND_LABEL.match(fold(text))
    if both is not None:
        found = _find_code(known, both[2])
        if found is not None and found.casefold() == both[1].casefold():
            return found
    return None


def parse_code(field: Field, raw: object) -> Parsed:
    """A code, its Chinese or English label, or both as ``2 山地``."""
    if isinstance(raw, int | float | Decimal) and not isinstance(raw, bool):
        raw = _number_text(raw)
    if not isinstance(raw, str):
        return _wrong_type(field, raw)
    text = raw.strip()
    if not text:
        return None, None
    known = code_list(field.codes)
    found = _find_code(known, text)
    if found is None:
        return None, RecordProblem.UNKNOWN_CODE.problem(
            field.name, label=field.label, value=text[:60], choices=known.some
        )
    return found, None


def parse_codes(field: Field, raw: object) -> Parsed:
    """Several codes or labels, separated by 、 , ; / | or a new line; kept once each, in list order."""
    if isinstance(raw, list | tuple | set | frozenset):
        parts: list[object] = list(raw)
    elif isinstance(raw, str):
        known = code_list(field.codes)
        whole = _find_code(known, raw.strip())  # a label may itself contain a separator
        parts = [whole] if whole else [part for part in _SPLIT_CODES.split(fold(raw)) if part.strip()]
    else:
        parts = [raw]
    found = []
    for part in parts:
        value, wrong = parse_code(field, part)
        if wrong is not None:
            return None, wrong
        if value is not None:
            found.append(value)
    order = code_list(field.codes).order
    return tuple(sorted(set(found), key=order.__getitem__)), None


def parse_bool(field: Field, raw: object) -> Parsed:
    """Yes or no in the words and marks of the forms."""
    if isinstance(raw, bool):
        return raw, None
    if isinstance(raw, int | float | Decimal):
        raw = _number_text(raw)
    if not isinstance(raw, str):
        return _wrong_type(field, raw)
    text = fold(raw).casefold()
    if not text:
        return None, None
    if text in _YES or text in _NO:
        return text in _YES, None
    return None, RecordProblem.NOT_YES_NO.problem(field.name, label=field.label, value=raw.strip()[:40])


def parse_link(field: Field, raw: object) -> Parsed:
    """The id of a record, as it is; that the record exists is checked where records are."""
    if not isinstance(raw, str):
        return _wrong_type(field, raw)
    return raw.strip().lower() or None, None


def parse_files(field: Field, raw: object) -> Parsed:
    """SHA-256 names, in order, each once."""
    if isinstance(raw, str):
        raw = [part for part in re.split(r"[\s,;、]+", raw) if part]
    if not isinstance(raw, list | tuple):
        return _wrong_type(field, raw)
    if not all(isinstance(name, str) for name in raw):
        return _wrong_type(field, raw)
    return tuple(dict.fromkeys(name.lower() for name in raw)), None


PARSERS: dict[Kind, Callable[[Field, object], Parsed]] = {
    Kind.TEXT: parse_text,
    Kind.CODE: parse_code,
    Kind.CODES: parse_codes,
    Kind.INTEGER: parse_integer,
    Kind.DECIMAL: parse_decimal,
    Kind.DATE: parse_date,
    Kind.INSTANT: parse_instant,
    Kind.BOOL: parse_bool,
    Kind.LINK: parse_link,
    Kind.FILES: parse_files,
}
