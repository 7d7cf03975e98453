"""What people type and what workbooks hold, and the sentence for each thing that can not be."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_app.domain import fields as f
from station_app.domain.fields import Field, Form
from station_app.domain.identifiers import invented_account, invented_identity
from station_app.domain.parsing import _clean_text, is_plain, serial_date
from station_app.domain.problems import Severity
from station_app.domain.record_problems import RecordProblem
from station_app.domain.validation import check_value, parse_value
from station_app.domain.value_text import format_value
from station_app.storage.reference import install_code_lists

install_code_lists()
TODAY = date(2026, 7, 1)


def made(maker: Any, *args: Any, **spec: Any) -> Field:
    """Return the description a maker gives, named ``x``."""

    @f.line
    class Line:
        x: Any = maker("数值", "Value", *args, **spec)

    return f.described_fields(Line)[0]


AREA = made(f.area_mu)
MONEY = made(f.money)
HEAD = made(f.head)
COVER = made(f.quantity, "%", 1, maximum=100, soft_maximum=90, soft_minimum=1)
NAME = made(f.text, max_length=10)
LONG = made(f.text, form=Form.LONG)
IDENTITY = made(f.text, form=Form.IDENTITY, max_length=18)
ACCOUNT = made(f.text, form=Form.ACCOUNT, max_length=23)
PHONE = made(f.text, form=Form.PHONE)
REGION = made(f.text, form=Form.REGION, max_length=12)
MONTH = made(f.text, form=Form.YEAR_MONTH)
DAY = made(f.day)
DEADLINE = made(f.day, future=True)
INSTANT = made(f.instant)
YES = made(f.flag)
LANDFORM = made(f.code, "landform_old")
OCCASION = made(f.code, "occasion")
FINDINGS = made(f.many_codes, "finding")
LINK = made(f.link, "household")
FILES = made(f.files)
YEAR = made(f.year)

GOOD: list[tuple[Field, object, object]] = [
    (AREA, "1,026.8", Decimal("1026.800")),
    (AREA, "1 026.8", Decimal("1026.800")),
    (AREA, "１２３。５", Decimal("123.500")),
    (AREA, "１，０２６．８亩", Decimal("1026.800")),
    (AREA, "1026.80", Decimal("1026.800")),
    (AREA, 1026.8, Decimal("1026.800")),
    (AREA, 0.1 + 0.2, Decimal("0.300")),  # a workbook keeps 15 digits
    (AREA, 12, Decimal("12.000")),
    (AREA, "-0", Decimal("0.000")),
    (COVER, "45%", Decimal("45.0")),
    (MONEY, "-3.5", Decimal("-3.50")),
    (HEAD, "1,200", 1200),
    (HEAD, 35.0, 35),
    (HEAD, "35.0", 35),
    (HEAD, "35 头只", 35),
    (YEAR, "2026", 2026),
    (NAME, "  示例牧户一 ", "示例牧户一"),
    (NAME, "e\u0301", "\u00e9"),
    (NAME, 12.0, "12"),
    (LONG, "一\r\n二", "一\n二"),
    (IDENTITY, "11010519491231002x", "11010519491231002X"),
    (IDENTITY, " 110105 19491231 002X ", "11010519491231002X"),
    (ACCOUNT, "6299 9000 0000 0000 000", None),
    (PHONE, 19900001234.0, "19900001234"),
    (REGION, 152522, "152522"),
    (MONTH, "2026年6月", "2026-06"),
    (MONTH, "2026/06", "2026-06"),
    (DAY, "2026年6月30日", date(2026, 6, 30)),
    (DAY, "2026/6/30", date(2026, 6, 30)),
    (DAY, "2026.6.30", date(2026, 6, 30)),
    (DAY, "2026-06-30", date(2026, 6, 30)),
    (DAY, "20260630", date(2026, 6, 30)),
    (DAY, 20260630.0, date(2026, 6, 30)),
    (DAY, "2026-06-30 00:00:00", date(2026, 6, 30)),
    (DAY, datetime(2026, 6, 30), date(2026, 6, 30)),  # noqa: DTZ001  a workbook's date
    (DAY, date(2026, 6, 30), date(2026, 6, 30)),
    (INSTANT, "2026-06-30 08:00", datetime(2026, 6, 30, tzinfo=UTC)),
    (INSTANT, "2026-06-30T00:00:00Z", datetime(2026, 6, 30, tzinfo=UTC)),
    (INSTANT, "2026年6月30日 08:00:05", datetime(2026, 6, 30, 0, 0, 5, tzinfo=UTC)),
    (INSTANT, datetime(2026, 6, 30, 8), datetime(2026, 6, 30, tzinfo=UTC)),  # noqa: DTZ001
    (YES, "有", True),
    (YES, "无", False),
    (YES, "Yes", True),
    (YES, 0, False),
    (YES, "×", False),
    (LANDFORM, "2", "2"),
    (LANDFORM, 2.0, "2"),
    (LANDFORM, "山地", "2"),
    (LANDFORM, "mountain", "2"),
    (LANDFORM, "2 山地", "2"),
    (LANDFORM, "2.山地", "2"),
    (OCCASION, "牧业年度", "mid_year"),
    (OCCASION, "年末(12月末)", "year_end"),
    (FINDINGS, "超载、围栏损坏", ("4", "5")),
    (FINDINGS, "5;4;5", ("4", "5")),
    (FINDINGS, ["5", "4"], ("4", "5")),
    (LINK, "01900000-ABCD-7abc-8abc-0123456789ab", "01900000-abcd-7abc-8abc-0123456789ab"),
    (FILES, "A" * 64, ("a" * 64,)),
    (AREA, "", None),
    (NAME, "   ", None),
    (FINDINGS, "", ()),
    (DAY, None, None),
]


@pytest.mark.parametrize(("field", "raw", "expected"), GOOD, ids=repr)
def test_understood(field: Field, raw: object, expected: object) -> None:
    value, problem = parse_value(field, raw, TODAY)
    if expected is None and isinstance(raw, str) and raw.startswith("6299"):
        assert value == "6299900000000000000" and problem is not None and problem.code == "FLD-021"
        return
    assert problem is None
    assert value == expected
    assert type(value) is type(expected)
    if isinstance(expected, Decimal):
        assert str(value) == str(expected)


BAD: list[tuple[Field, object, RecordProblem]] = [
    (AREA, "十亩", RecordProblem.NOT_A_NUMBER),
    (AREA, "1e5", RecordProblem.NOT_A_NUMBER),
    (AREA, "1.2.3", RecordProblem.NOT_A_NUMBER),
    (AREA, "亩", RecordProblem.NOT_A_NUMBER),
    (AREA, "1,23", RecordProblem.SEPARATORS),
    (AREA, "1.234,5", RecordProblem.SEPARATORS),
    (AREA, "0.0005", RecordProblem.TOO_MANY_PLACES),
    (AREA, 10.00051, RecordProblem.TOO_MANY_PLACES),
    (AREA, -1, RecordProblem.BELOW),
    (AREA, "9" * 20, RecordProblem.TOO_LARGE),
    (AREA, float("nan"), RecordProblem.WRONG_TYPE),
    (AREA, True, RecordProblem.WRONG_TYPE),
    (AREA, Decimal("Infinity"), RecordProblem.WRONG_TYPE),
    (AREA, date(2026, 1, 1), RecordProblem.WRONG_TYPE),
    (COVER, "100.1", RecordProblem.ABOVE),
    (HEAD, 12.5, RecordProblem.NOT_WHOLE),
    (HEAD, "1,200.5", RecordProblem.NOT_WHOLE),
    (HEAD, 1e17, RecordProblem.DIGITS_LOST),
    (HEAD, "9" * 30, RecordProblem.TOO_LARGE),
    (NAME, "一" * 11, RecordProblem.TOO_LONG),
    (NAME, "一" * 5000, RecordProblem.TOO_LONG),
    (NAME, "a\x07b", RecordProblem.CONTROL_CHARACTERS),
    (NAME, "a\nb", RecordProblem.CONTROL_CHARACTERS),
    (NAME, 1.5e17, RecordProblem.DIGITS_LOST),
    (NAME, float("inf"), RecordProblem.WRONG_TYPE),
    (NAME, False, RecordProblem.WRONG_TYPE),
    (NAME, b"x", RecordProblem.WRONG_TYPE),
    (IDENTITY, 110105194912310021.0, RecordProblem.DIGITS_LOST),
    (IDENTITY, 110105194912310021, RecordProblem.DIGITS_LOST),
    (IDENTITY, "1.10105E+17", RecordProblem.DIGITS_LOST),
    (IDENTITY, "110105194912310021", RecordProblem.IDENTITY_CHECK),
    (IDENTITY, "11010519491331002X", RecordProblem.IDENTITY_BIRTH),
    (IDENTITY, "1101051949123100", RecordProblem.IDENTITY_FORM),
    (IDENTITY, "110105491231002", RecordProblem.IDENTITY_OLD),
    (ACCOUNT, 6.22e18, RecordProblem.DIGITS_LOST),
    (ACCOUNT, "12345", RecordProblem.ACCOUNT_FORM),
    (PHONE, "123", RecordProblem.PHONE_FORM),
    (REGION, "15252", RecordProblem.REGION_FORM),
    (MONTH, "2026-13", RecordProblem.YEAR_MONTH_FORM),
    (MONTH, "六月", RecordProblem.YEAR_MONTH_FORM),
    (DAY, "2026-02-30", RecordProblem.IMPOSSIBLE_DATE),
    (DAY, "20260631", RecordProblem.IMPOSSIBLE_DATE),
    (DAY, "30.06.2026", RecordProblem.DATE_FORM),
    (DAY, "昨天", RecordProblem.DATE_FORM),
    (DAY, "2026-06-30 08:30", RecordProblem.TIME_IN_DATE),
    (DAY, datetime(2026, 6, 30, 8), RecordProblem.TIME_IN_DATE),  # noqa: DTZ001
    (DAY, 46203, RecordProblem.DATE_SERIAL),
    (DAY, "46203", RecordProblem.DATE_SERIAL),
    (DAY, 462, RecordProblem.WRONG_TYPE),
    (DAY, "2026-07-02", RecordProblem.IN_THE_FUTURE),
    (DAY, "1826-07-02", RecordProblem.ABSURD_DATE),
    (DEADLINE, "9999-12-31", RecordProblem.ABSURD_DATE),
    (INSTANT, "2026-06-30", RecordProblem.INSTANT_FORM),
    (INSTANT, "2026-06-30 25:00", RecordProblem.INSTANT_FORM),
    (INSTANT, "2026-06-31 08:00", RecordProblem.IMPOSSIBLE_DATE),
    (INSTANT, 5, RecordProblem.WRONG_TYPE),
    (YES, "也许", RecordProblem.NOT_YES_NO),
    (YES, 2, RecordProblem.NOT_YES_NO),
    (LANDFORM, "6", RecordProblem.UNKNOWN_CODE),
    (LANDFORM, "3 山地", RecordProblem.UNKNOWN_CODE),
    (LANDFORM, True, RecordProblem.WRONG_TYPE),
    (FINDINGS, "超载、不知道", RecordProblem.UNKNOWN_CODE),
    (LINK, "示例牧户一", RecordProblem.LINK_FORM),
    (FILES, "photo.jpg", RecordProblem.FILE_FORM),
    (FILES, 7, RecordProblem.WRONG_TYPE),
]


@pytest.mark.parametrize(("field", "raw", "found"), BAD, ids=repr)
def test_refused_with_a_sentence(field: Field, raw: object, found: RecordProblem) -> None:
    value, problem = parse_value(field, raw, TODAY)
    assert problem is not None
    assert problem.code == found.code
    assert value in (None, ())
    assert "数值" in problem.text.zh and "Value" in problem.text.en
    assert "{" not in problem.text.zh + problem.text.en


def test_a_long_number_is_told_to_become_text() -> None:
    problem = parse_value(IDENTITY, 110105194912310021.0)[1]
    assert problem is not None and "文本" in problem.text.zh and "text format" in problem.text.en


def test_too_many_places_names_the_places() -> None:
    problem = parse_value(AREA, "1.23456")[1]
    assert problem is not None and "3 位小数" in problem.text.zh and "3 decimal places" in problem.text.en


@pytest.mark.parametrize(
    ("field", "raw", "found"),
    [
        (COVER, "95", RecordProblem.UNUSUALLY_HIGH),
        (COVER, "0.5", RecordProblem.UNUSUALLY_LOW),
        (ACCOUNT, "6299900000000000001", RecordProblem.ACCOUNT_CHECK),
    ],
)
def test_unusual_values_stay_and_ask_for_a_reason(field: Field, raw: str, found: RecordProblem) -> None:
    value, problem = parse_value(field, raw)
    assert value is not None
    assert problem is not None and problem.code == found.code


def test_a_deadline_may_lie_in_the_future() -> None:
    assert parse_value(DEADLINE, "2027-01-01", TODAY) == (date(2027, 1, 1), None)


def test_without_today_no_date_is_in_the_future() -> None:
    assert parse_value(DAY, "2027-01-01") == (date(2027, 1, 1), None)


def test_untrimmed_text_in_a_record_is_found() -> None:
    assert [each.code for each in check_value(NAME, " x")] == [RecordProblem.CONTROL_CHARACTERS.code]
    assert [each.code for each in check_value(NAME, 5)] == [RecordProblem.WRONG_TYPE.code]
    assert [each.code for each in check_value(INSTANT, datetime(2026, 1, 1))] == [RecordProblem.WRONG_TYPE.code]  # noqa: DTZ001
    assert [each.code for each in check_value(AREA, Decimal("1.23456"))] == [RecordProblem.TOO_MANY_PLACES.code]


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=2))
def test_money_round_trip(value: Decimal) -> None:
    for language in ("zh_CN", "en"):
        assert parse_value(MONEY, format_value(MONEY, value, language)) == (value, None)


@given(st.integers(0, 1_000_000))
def test_head_round_trip(value: int) -> None:
    assert parse_value(HEAD, format_value(HEAD, value)) == (value, None)


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_date_round_trip(value: date) -> None:
    assert parse_value(DEADLINE, format_value(DEADLINE, value)) == (value, None)
    assert parse_value(DEADLINE, f"{value.year}年{value.month}月{value.day}日") == (value, None)


@given(st.datetimes(datetime(1901, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_instant_round_trip(value: datetime) -> None:
    value = value.replace(microsecond=0)
    assert parse_value(INSTANT, format_value(INSTANT, value)) == (value, None)


@given(st.integers(0, 10**6))
def test_identity_and_account_round_trip(n: int) -> None:
    assert parse_value(IDENTITY, invented_identity(n)) == (invented_identity(n), None)
    assert parse_value(ACCOUNT, invented_account(n)) == (invented_account(n), None)


@given(st.text(max_size=40))
def test_any_text_is_either_kept_clean_or_refused(raw: str) -> None:
    value, problem = parse_value(LONG, raw)
    doubts = [problem] if problem is not None and problem.code == RecordProblem.DOUBTFUL_CHARACTER.code else []
    assert (value is None) or (problem is None or doubts) and check_value(LONG, value) == doubts
    for field in (AREA, HEAD, DAY, INSTANT, YES, LANDFORM, FINDINGS, IDENTITY, REGION, MONTH):
        value, problem = parse_value(field, raw)
        assert problem is not None or value in (None, ()) or check_value(field, value) == []


def test_shown_values() -> None:
    assert format_value(AREA, Decimal("1026.8")) == "1,026.800"
    assert format_value(HEAD, 1200) == "1,200"
    assert format_value(YEAR, 2026) == "2026"
    assert format_value(YES, False) == "否" and format_value(YES, True, "en") == "Yes"
    assert format_value(LANDFORM, "2") == "山地" and format_value(LANDFORM, "2", "en") == "Mountain"
    assert format_value(LANDFORM, "99") == "99"
    assert format_value(FINDINGS, ("4", "5")) == "超载、围栏损坏"
    assert format_value(INSTANT, datetime(2026, 6, 30, tzinfo=UTC)) == "2026-06-30 08:00:00"
    assert format_value(NAME, None) == "" and format_value(FILES, ()) == ""


@given(
    st.one_of(st.text(max_size=30), st.from_regex(r"[0-9]{1,20}", fullmatch=True), st.from_regex(r"[ -~㐀-鿿]{1,20}"))
)
def test_the_quick_look_at_a_text_agrees_with_the_careful_one(text: str) -> None:
    for form in Form:
        described = made(f.text, form=form, max_length=40)
        if is_plain(described, text):
            assert _clean_text(described, text) == (text, None)


# --- what is not what it seems ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1200①", "4²", "⒈", "½", "Ⅳ", "1200⑴", "1200㈠", "٣٤", "一千二", "１²", "12ª", "㊀"])
def test_only_full_width_forms_are_numbers(text: str) -> None:
    """A circled or raised digit is the mark of a footnote; folded to a digit, 1200① would be 12001."""
    for field in (AREA, HEAD):
        value, wrong = parse_value(field, text)
        assert value is None and wrong is not None and wrong.code == RecordProblem.NOT_A_NUMBER.code, text


@pytest.mark.parametrize(
    ("field", "text"),
    [(DAY, "2026-06-3⓪"), (LANDFORM, "②"), (IDENTITY, "99999919620216001⑦"), (YES, "①"), (MONTH, "2026-0⑥")],
)
def test_footnote_marks_are_no_digits_of_dates_codes_and_numbers_of_people(field: Field, text: str) -> None:
    value, wrong = parse_value(field, text, TODAY)
    assert value in (None, ()) and wrong is not None


def test_full_width_forms_are_what_they_say() -> None:
    assert parse_value(AREA, "１，２００．５") == (Decimal("1200.500"), None)
    assert parse_value(AREA, "－３。５")[0] in (None, Decimal("-3.500"))
    assert parse_value(DAY, "２０２６－０６－３０", TODAY) == (date(2026, 6, 30), None)
    assert parse_value(AREA, "1\u00a0200.5 亩")[0] == Decimal("1200.500")


@pytest.mark.parametrize(
    "text",
    ["\u202d999999196202160017\u202c", "999999 19620216 0017", "9999991962\uff10216\uff10\uff1017", "'999999196202160017",
     "999999\u200b196202160017", "999999-196202160017", "999999196202160017\n", "\ufeff999999196202160017"],
)  # fmt: skip
def test_an_identity_number_without_what_came_with_it(text: str) -> None:
    assert parse_value(IDENTITY, text) == ("999999196202160017", None)


@pytest.mark.parametrize("form", [Form.PLAIN, Form.LONG])
def test_characters_that_show_nothing_are_taken_out(form: Form) -> None:
    field = dataclasses.replace(IDENTITY, form=form)
    for hidden in "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\u2066\u2069\u00ad\ufeff\u3164\u180e":
        assert parse_value(field, f"示例王{hidden}六{hidden}") == ("示例王六", None), f"{ord(hidden):04X}"
    assert check_value(field, "示例王\u200b六")[0].code == RecordProblem.INVISIBLE.code, (
        "kept by an older program: said, not refused"
    )
    mongolian = "\u182a\u1820\u180b\u200d\u1832\u180e\u1824"
    assert parse_value(field, mongolian) == (mongolian, None), "Mongolian letters are joined by some of them"


@pytest.mark.parametrize("lost", ["\ufffd", "\ue863", "\U000f0001"])
def test_a_character_nobody_can_read_is_asked_about(lost: str) -> None:
    field = dataclasses.replace(IDENTITY, form=Form.PLAIN)
    value, doubt = parse_value(field, f"示例{lost}九")
    assert value == f"示例{lost}九" and doubt is not None and doubt.code == RecordProblem.DOUBTFUL_CHARACTER.code
    assert doubt.severity is Severity.WARN and f"U+{ord(lost):04X}" in doubt.text.zh


@pytest.mark.parametrize("form", [f for f in Form if f is not Form.LONG and f is not Form.YEAR_MONTH])
def test_what_a_spreadsheet_shows_of_a_long_number_is_no_number(form: Form) -> None:
    field = dataclasses.replace(IDENTITY, form=form)
    for text in ("1.52522E+15", "6.2299E+18", " 1.52522E+15"):
        value, wrong = parse_value(field, text)
        assert value is None and wrong is not None and wrong.code == RecordProblem.DIGITS_LOST.code
        assert check_value(field, text.strip())[0].severity is Severity.ERROR


def test_a_serial_number_is_named_as_its_day() -> None:
    for raw in (46203, 46203.0, "46203", Decimal(46203)):
        value, wrong = parse_value(DAY, raw, TODAY)
        assert (
            value is None
            and wrong is not None
            and wrong.code == RecordProblem.DATE_SERIAL.code
            and "2026-06-30" in wrong.text.zh
        )
    for raw in (46203.5, "462", 19_999, 80_000, True):
        assert serial_date(raw) is None
