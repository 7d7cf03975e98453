"""What holds for every record of a file because no column says it: a village, a year, an occasion, a bank."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from station_app.domain.codes import code_list
from station_app.domain.fields import Field, Form, Kind
from station_app.domain.problems import Problem, Severity
from station_app.domain.registry import RecordType, record_type
from station_app.domain.text import Text
from station_app.domain.validation import parse_value
from station_app.exchange.excel.locate import Located
from station_app.exchange.excel.questions import Answers, Asked, Question
from station_app.exchange.excel.village_names import VillageNames
from station_app.storage.reader import Reader

SAME_AS = "="  # before the name of the field that says it: the holder of an account is the head of the household
_SAME_AS = Text("与“{label}”相同", "the same as “{label}”")
_WHOLE = Text(
    "文件没有“{label}”一列。所有记录的“{label}”是", "The file has no column “{label}”. For every record it is"
)


def holds_for_all(kind: RecordType, described: Field) -> bool:
    """Whether a field may be said once for all records of a file: a year, an occasion, a village; not a number or name."""
    if described.form is Form.REGION or described.kind in (Kind.CODE, Kind.DATE, Kind.BOOL):
        return True
    named = described.name in (*kind.key, *kind.title)
    return (described.kind is Kind.TEXT and not named) or described.name == "year"


class ForAll:
    """Asks once for each such field, suggesting what the title of the table says."""

    def __init__(
        self, kind: RecordType, reader: Reader, answers: Answers, villages: VillageNames, today: date, first: Located,
        file_name: str, note: Callable[[Problem], None],
    ) -> None:  # fmt: skip
        self._kind = kind
        self._reader = reader
        self._answers = answers
        self._villages = villages
        self._today = today
        self._note = note
        self._place = first.table.name
        above = [v for row in first.table.rows[: first.first_heading] for v in row if isinstance(v, str)]
        self._title = " ".join([*above, first.table.name, file_name])
        self._values: dict[str, object] = {}

    def value(self, described: Field) -> Any:
        """Return what somebody said: the field's value, ``SAME_AS`` and another field's name, or ``None``."""
        if described.name in self._values:
            return self._values[described.name]
        options = self._options(described)
        question = Question(
            Asked.WHOLE, described.name, self._place, _WHOLE.format(label=described.label), options, described.name,
            suggested=self._suggested(described, options), free=described.kind is not Kind.CODE)  # fmt: skip
        answer = self._answers.ask(question)
        is_offered = answer.startswith(SAME_AS) and answer in dict(options)
        value, wrong = (answer, None) if is_offered else parse_value(described, answer, self._today)
        if wrong is not None and wrong.severity is Severity.ERROR:
            self._answers.given.pop(question.key, None)
            self._note(replace(wrong, place=self._place))
        self._values[described.name] = value
        return value

    def _options(self, described: Field) -> tuple[tuple[str, Text], ...]:
        """Return the answers offered; anything else may be written where the field has no list."""
        if described.kind is Kind.CODE:
            return tuple((item.code, item.label) for item in code_list(described.codes).items)
        if described.kind is Kind.BOOL:
            return (("是", Text("是", "yes")), ("否", Text("否", "no")))
        if described.form is Form.REGION:
            return tuple(self._villages.choices())
        if described.name == "account_holder":
            return (
                (f"{SAME_AS}head_name", _SAME_AS.format(label=record_type("household").by_name["head_name"].label)),
            )
        if described.kind is not Kind.TEXT:
            return ()
        used = self._reader.sql(
            f'SELECT "{described.name}" FROM "{self._kind.name}" WHERE void=0 AND "{described.name}" IS NOT NULL '
            "GROUP BY 1 ORDER BY count(*) DESC LIMIT 8"
        )
        return tuple((str(value), Text(str(value), str(value))) for (value,) in used)

    def _suggested(self, described: Field, options: tuple[tuple[str, Text], ...]) -> str:
        """Return what the title of the table, the sheet or the file says about a field."""
        if described.name == "year":
            years = set(re.findall(r"(?<![0-9])(20[0-9]{2})(?![0-9])", self._title))
            return years.pop() if len(years) == 1 else ""
        if options and options[0][0].startswith(SAME_AS):
            return options[0][0]
        if described.form is Form.REGION:
            named = [code for code, _ in options if self._villages.name_of(code) in self._title]
            return named[0] if len(named) == 1 else ""
        return ""
