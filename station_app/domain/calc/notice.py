"""How long a public notice ran: calendar or working days, both ends counted (compensation S05 S50 S52)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.calc.capacity import check_total
from station_app.domain.calc.explanation import COMPUTED, Sheet
from station_app.domain.calc.problems import CalculationProblem
from station_app.domain.calc.told import not_used, tell
from station_app.domain.codes import word_of
from station_app.domain.fields import described, described_field
from station_app.domain.periods import Period
from station_app.domain.problems import Problem
from station_app.domain.text import Text


@described
class Notice:
    """A public notice; both ends count."""

    start: date = f.day("开始", "Start")
    end: date = f.day("结束", "End")
    day_kind: str = f.code("日的算法", "Kind of days", "day_kind", default="calendar")
    has_holiday_table: bool = f.flag("有当地节假日表", "There is a list of holidays", default=False)
    holidays: tuple[str, ...] = f.texts("放假日", "Holidays", help=("如 2026-10-01。", "Such as 2026-10-01."))
    workdays: tuple[str, ...] = f.texts("调休上班日", "Weekend days worked")
    printed_days: int | None = f.count("印出的天数", "Days as printed", "d", minimum=0)

    def rules(self, at: str) -> list[Problem]:
        """In order; holidays are dates."""
        found = []
        if self.end < self.start:
            start, end = Text("开始", "Start"), Text("结束", "End")
            found.append(CalculationProblem.ENDS_BEFORE_START.at(f"{at}/end", start=start, end=end))
        if self.day_kind == "calendar":
            reason = Text("按自然日计算", "calendar days are counted")
            found += not_used(self, at, reason, "holidays", "workdays")
        for name in ("holidays", "workdays"):
            for place, value in enumerate(getattr(self, name)):
                if _day(value) is None:
                    expected = Text("日期", "a date")
                    where = f"{at}/{name}/{place}"
                    label = described_field(type(self), name).label
                    found.append(CalculationProblem.NOT_A_NUMBER.at(where, label=label, expected=expected, value=value))
        return found


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def notice_days(sheet: Sheet, notice: Notice) -> int:
    """Days of a notice, both ends counted; working days without a list of holidays are a warning (compensation S05 S50 S52)."""
    period = Period(notice.start, notice.end)
    days = period.days
    if notice.day_kind == "working":
        holidays = [found for value in notice.holidays if (found := _day(value))]
        workdays = [found for value in notice.workdays if (found := _day(value))]
        days = period.working_days(holidays, workdays)
        if not notice.has_holiday_table:
            sheet.warn(CalculationProblem.NO_HOLIDAYS.at("/notice", value=days))
    label = Text("公示天数({kind})", "days of the notice ({kind})").format(kind=word_of("day_kind", notice.day_kind))
    counted = sheet.given("notice_days", Decimal(days), "d", label, COMPUTED, 0)
    tell(sheet, counted, notice, "start", "end", "day_kind", "has_holiday_table", "holidays", "workdays")
    if notice.printed_days is not None:
        check_total(
            sheet, "公示天数", "days of the notice", Decimal(notice.printed_days), counted, "d", "/notice/printed_days"
        )
    return days
