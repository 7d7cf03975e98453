"""Villages as a table names them: by code, by name in full or short; those not on record yet are made with the import."""

from __future__ import annotations

from station_app.domain.problems import Problem
from station_app.domain.text import Text
from station_app.exchange.excel.problems import WorkbookProblem
from station_app.exchange.excel.questions import Answers, Asked, Question, Unanswered
from station_app.services.villages import Places, Unit, full_code, home_code, listed_places, saved_places
from station_app.storage.reader import Reader

MAKE, LEAVE = "make", "leave"
_ALL = "all"
_SHOWN = 12
_WHICH = Text("文件里的“{name}”没有登记，或不止一处。是哪一个？可填 12 位代码。",
              "“{name}” in the file is not on record, or means several places. Which is it? A 12-digit code may be written.")  # fmt: skip
_MAKE = Text("这些嘎查村还没有登记，随导入一并建立(含上级)：{names}",
             "These villages are not on record; they are made with the import, with the units above them: {names}")  # fmt: skip
_YES = Text("一并建立", "make them")
_NO_NAMES = Text("不建立，这些行不导入", "do not make them, leave these rows out")
_NO = Text("不建立，只记代码", "do not make them, keep the codes")


class VillageNames:
    """Finds the place a cell means, and gathers the places to be made."""

    def __init__(self, reader: Reader, answers: Answers) -> None:
        self._reader = reader
        self._answers = answers
        self._saved: Places | None = None
        self._listed: Places | None = None
        self._named: dict[str, Unit] = {}  # not on record, found by name
        self._coded: dict[str, Unit] = {}  # not on record, found by code in the list
        self._place = ""

    @property
    def saved(self) -> Places:
        if self._saved is None:
            self._saved = saved_places(self._reader)
        return self._saved

    @property
    def listed(self) -> Places:
        if self._listed is None:
            self._listed = listed_places(home_code(self._reader))
        return self._listed

    def code_of(self, name: str, place: str, label: Text) -> tuple[str | None, Problem | None]:
        """Return the code a name means, or what is wrong with it.

        Raises:
            Unanswered: nobody said yet which place is meant.
        """
        found = self.saved.find(name)
        if len(found) == 1:
            return found[0].written, None
        if not found:
            found = self.listed.find(name)
            if len(found) == 1 and found[0].level == "village":
                return self._made(found[0], place, name, label)
        options = [(u.code, Text(t := f"{self._path(u)} {u.code}", t)) for u in found] or self.choices()
        given = self._answers.ask(Question(
            Asked.VILLAGE, name.strip(), place, _WHICH.format(name=name.strip()), tuple(options), free=True))  # fmt: skip
        code = "".join(given.split())
        if not code:
            raise Unanswered
        if len(code) != 12 or not (code.isascii() and code.isdigit()):
            return None, WorkbookProblem.VILLAGE_UNKNOWN.at(place, None, label=label, value=name.strip())
        if code in self.saved.by_code:
            return code, None
        unit = self.listed.by_code.get(code) or Unit(code, name.strip())
        return self._made(unit, place, name, label)

    def note_code(self, code: str) -> None:
        """Take note of a code in the file: if the division list knows it and the station does not, it may be made."""
        if code not in self._coded and code not in self.saved.by_code:
            unit = self.listed.by_code.get(code)
            if unit is not None and unit.level == "village":
                self._coded[code] = unit

    def to_make(self) -> list[Unit]:
        """Ask whether to put on record what is not there, and return what is wanted."""
        wanted: list[Unit] = []
        if self._named:
            answer = self._answers.ask(self._make_question(list(self._named.values()), named=True))
            wanted += self._named.values() if answer == MAKE else ()
        coded = [unit for code, unit in self._coded.items() if code not in self._named]
        if coded:
            answer = self._answers.ask(self._make_question(coded, named=False))
            wanted += coded if answer == MAKE else ()
        return wanted

    def choices(self) -> list[tuple[str, Text]]:
        """Return the villages a whole file may belong to: those on record, else those of the division list."""
        home = home_code(self._reader)
        for places in (self.saved, self.listed):
            units = [u for u in places.by_code.values() if u.level == "village" and u.code.startswith(home)]
            if units:
                return [
                    (u.code, Text(t := f"{places.path(u.code)} {u.code}", t))
                    for u in sorted(units, key=lambda u: u.code)
                ]
        return []

    def name_of(self, code: str) -> str:
        """Return a place's name, its code when no name is known."""
        for places in (self.saved, self.listed):
            if full_code(code) in places.by_code:
                return places.by_code[full_code(code)].name
        return self._named[code].name if code in self._named else code

    def _path(self, unit: Unit) -> str:
        return (self.saved if unit.code in self.saved.by_code else self.listed).path(unit.code)

    def _made(self, unit: Unit, place: str, name: str, label: Text) -> tuple[str | None, Problem | None]:
        self._place = self._place or place
        self._named.setdefault(unit.code, unit)
        if self._answers.said(Asked.VILLAGES).get("name", MAKE) != MAKE:
            return None, WorkbookProblem.VILLAGE_UNKNOWN.at(place, None, label=label, value=name.strip())
        return unit.code, None

    def _make_question(self, units: list[Unit], *, named: bool) -> Question:
        shown = [f"{self.listed.path(u.code) if u.code in self.listed.by_code else u.name} {u.code}" for u in units]
        more = len(shown) - _SHOWN
        names = "、".join(shown[:_SHOWN]) + (f" … (+{more})" if more > 0 else "")
        return Question(
            Asked.VILLAGES, "name" if named else "code", self._place if named else "", _MAKE.format(names=names),
            ((MAKE, _YES), (LEAVE, _NO_NAMES if named else _NO)),
            suggested=MAKE if named else "", default="" if named else LEAVE)  # fmt: skip
