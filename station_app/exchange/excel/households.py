"""Households without a code, as every station's own roster has them: matched to those on record, else numbered by village.

A person is found by identity number. Without one, by name in the village; account, contract and phone tell people of one
name apart, and where they do not, somebody is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.exchange.excel.planning import Action, PlannedRow
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.questions import Answers, Asked, Question, Unanswered
from station_app.exchange.excel.rows import Spot
from station_app.services.numbering import next_household_codes
from station_app.services.villages import same_place
from station_app.storage.reader import Reader

MATCH, REFUSE, NEW = "match", "refuse", "new"
LAST = 9999
# What tells two people of one name in one village apart, the surest first.
_TELLING = ("identity_number", "account_number", "contract_number", "phone")
_NUMBER = Text("有些行没有户编码。按身份证号(没有的按同村姓名)找已登记的牧户；找不到的，在本嘎查村编下一个号？",
               "Some rows have no household code. Match them by identity number (else by name in the village), and give those not "
               "found the next free code of their village?")  # fmt: skip
_MATCH = Text("匹配，其余编新号", "match them, number the rest")
_REFUSE = Text("不编号，这些行不导入", "no, leave these rows out")
_WHICH = Text("“{name}”在本村不止一户，文件里没有能区分的号码。是哪一户？",
              "There is more than one “{name}” in the village and the file has no number to tell them apart. Which is it?")  # fmt: skip
_SAME = Text("“{name}”与 {place} 同村同名，没有能区分的号码。是同一户吗？",
             "“{name}” has the name and village of {place}, and no number to tell them apart. Is it the same household?")  # fmt: skip
_NEW = Text("另一户，编新号", "another household, with a new code")
_KNOWN = Text("{code} {name} {more}", "{code} {name} {more}")
_OF_FILE = Text("与 {place} 同一户", "the same as {place}")


@dataclass
class _Known:
    """A household on record, or one this file makes."""

    code: str
    village: str
    values: dict[str, Any]
    place: Spot | None = None  # in the file
    taken: bool = False  # another row of the file is this household


class HouseholdCodes:
    """Gives each row without a code the code of its household."""

    def __init__(self, reader: Reader, answers: Answers, *, usual: bool) -> None:
        """``usual``: no row of the file has a code; where some have, one without may be an oversight."""
        self._answers = answers
        self._usual = usual
        self._reader = reader
        self._in_file: list[str] = []
        self._free: dict[str, Iterator[str]] = {}
        self._by_code: dict[str, _Known] = {}
        self._by_identity: dict[str, list[_Known]] = defaultdict(list)
        self._by_name: dict[tuple[str, str], list[_Known]] = defaultdict(list)
        names = ("code", "village_code", "head_name", *_TELLING)
        for row in reader.sql(f"SELECT {', '.join(names)} FROM household WHERE void=0 ORDER BY code"):
            values = dict(zip(names, row, strict=True))
            self._know(_Known(values["code"], values["village_code"], values))

    def taken(self, code: str) -> None:
        """Take note of a code in the file: it is not given again, and no other row is matched to that household by name."""
        self._in_file.append(code)
        if code in self._by_code:
            self._by_code[code].taken = True

    def code_for(self, values: dict[str, Any], place: Spot) -> tuple[str | None, Problem | None]:
        """Return the code of the household a row speaks of; ``(None, None)`` when rows without a code are not wanted.

        ``values`` holds at least the village's code and the name.

        Raises:
            Unanswered: several households may be meant, and nobody said which.
        """
        answer = self._answers.ask(Question(Asked.NUMBER, "household", str(place), _NUMBER,
                                            ((MATCH, _MATCH), (REFUSE, _REFUSE)), "code",
                                            suggested=MATCH if self._usual else ""))  # fmt: skip
        if not answer:
            raise Unanswered
        if answer != MATCH:
            return None, None
        identity, name = values.get("identity_number"), str(values["head_name"])
        same = self._by_identity.get(identity, []) if identity else []
        if same:
            known = same[0]
            problem = None
            if same_place(str(known.values["head_name"])) != same_place(name) and known.place is None:
                problem = WorkbookProblem.OTHER_NAME.at(str(place), "head_name", known=known.values["head_name"], code=known.code,
                                  name=name)  # fmt: skip
            known.taken = True
            return known.code, problem
        found = self._chosen(values, place, name)
        if found is not None:
            found.taken = True
            if identity and not found.values.get("identity_number"):
                found.values["identity_number"] = identity
                self._by_identity[identity].append(found)
            return found.code, None
        return self._numbered(values, place)

    def _chosen(self, values: dict[str, Any], place: Spot, name: str) -> _Known | None:
        """Return the household of this name in this village, ``None`` for a new one; ask where nothing tells."""
        candidates = [
            k for k in self._by_name.get((values["village_code"], same_place(name)), ()) if _may_be(k, values)
        ]
        sure = [k for k in candidates if _is_surely(k, values)]
        if sure:
            return sure[0]
        if len(candidates) == 1 and candidates[0].place is None and not candidates[0].taken:
            return candidates[0]
        if not candidates:
            return None
        options = [(k.code, _shown(k)) for k in candidates]
        free = [k for k in candidates if not k.taken and k.place is None]
        only_file = all(k.place is not None for k in candidates)
        said = _SAME.format(name=name, place=candidates[0].place) if only_file else _WHICH.format(name=name)
        answer = self._answers.ask(Question(Asked.MATCH, str(place), str(place), said, (*options, (NEW, _NEW)), "code",
                                            suggested=free[0].code if free else ""))  # fmt: skip
        if not answer:
            raise Unanswered
        return next((k for k in candidates if k.code == answer), None)

    def _numbered(self, values: dict[str, Any], place: Spot) -> tuple[str | None, Problem | None]:
        village = str(values["village_code"])
        if village not in self._free:
            self._free[village] = iter(next_household_codes(self._reader, village, LAST, self._in_file))
        code = next(self._free[village], None)
        if code is None:
            return None, WorkbookProblem.NO_FREE_CODE.at(str(place), "code", village=village)
        self._know(_Known(code, village, dict(values), place))
        return code, None

    def _know(self, known: _Known) -> None:
        identity = known.values.get("identity_number")
        if identity:
            self._by_identity[identity].append(known)
        self._by_code[known.code] = known
        self._by_name[known.village, same_place(str(known.values["head_name"] or ""))].append(known)


def _may_be(known: _Known, values: dict[str, object]) -> bool:
    """Whether no number says that these are two people."""
    return all(
        not known.values.get(name) or not values.get(name) or known.values[name] == values[name]
        for name in ("identity_number", "account_number", "contract_number")
    )


def _is_surely(known: _Known, values: dict[str, object]) -> bool:
    return any(values.get(name) and known.values.get(name) == values[name] for name in _TELLING)


def _shown(known: _Known) -> Text:
    if known.place is not None:
        return _OF_FILE.format(place=known.place)
    more = next((str(known.values[n]) for n in _TELLING if known.values.get(n)), "")
    more = f"(…{more[-4:]})" if more else ""
    return _KNOWN.format(code=known.code, name=known.values["head_name"], more=more)


def same_identities(reader: Reader, rows: Sequence[PlannedRow]) -> list[Problem]:
    """Return a warning for each planned household whose identity number another one has, in the file or on record."""
    first: dict[str, PlannedRow | tuple[str, str]] = {}
    for identity, record_id, name, code in reader.sql(
        "SELECT identity_number, record_id, head_name, code FROM household WHERE void=0 AND identity_number IS NOT NULL "
        "ORDER BY code"
    ):
        first.setdefault(identity, (record_id, f"{name} {code}"))
    found = []
    for row in rows:
        identity = row.value("identity_number")
        if identity is not None and (known := first.setdefault(identity, row)) is not row:
            record_id, other = known if isinstance(known, tuple) else (known.record_id, known.place)
            if record_id != row.record_id and row.action is not Action.UNCHANGED:
                found.append(WorkbookProblem.SAME_IDENTITY.at(row.place, "identity_number", other=other))
    return found
