"""Sheep units of a herd while it is typed, by the scheme in force; and why they are so many."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from station_app.domain.calc import sheep_units
from station_app.domain.problems import Problem, UserError
from station_app.domain.text import Text
from station_app.services.figures import references, standards
from station_app.services.figures.measures import CountLine, Measures, herd_input
from station_app.services.figures.scheme import scheme_of
from station_app.ui import theme
from station_app.ui.charts.figures import figure_text
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import ElidedLabel, across, button
from station_app.ui.why_panel import WHY

if TYPE_CHECKING:
    from station_app.domain.calc.explanation import Result
    from station_app.ui.jobs import Context
    from station_app.ui.record_form import RecordForm
    from station_app.ui.session import Session

SHEEP_UNITS = Text("羊单位", "Sheep units")
SUM = Text("折合 {su} 羊单位(按“{scheme}”)", "{su} sheep units (by “{scheme}”)")
NO_SCHEME = Text(
    "还没有 {year} 年的计算方案，不折算羊单位。", "No calculation scheme for {year}: sheep units are not computed."
)
UNKNOWN = Text("羊单位算不出：{why}", "Sheep units can not be computed: {why}")
PLACES = 1
EARLIEST = 1000


class Typed(NamedTuple):
    """Animals of a species and class as typed; what can not be read is not there yet."""

    species_code: str
    class_code: str
    head: int | None
    mean_weight_kg: Decimal | None = None


def whole(text: str) -> int | None:
    """Return a plainly typed number; what needs asking about is in no sum."""
    plain = text.replace(",", "").strip()
    return int(plain) if plain.isdecimal() else None


def typed_lines(rows: Iterable[Mapping[str, str]]) -> list[Typed]:
    """Return the lines of a count as the form holds them."""
    return [
        Typed(row.get("species_code", ""), row.get("class_code", ""), whole(row.get("head", "")),
              weight_of(row.get("mean_weight_kg", "")))
        for row in rows
    ]  # fmt: skip


def weight_of(text: str) -> Decimal | None:
    """Return a typed weight, ``None`` while it can not be read."""
    try:
        found = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and found > 0 else None


class LiveHerd:
    """What one scheme makes of a herd; asked at every cell that is left."""

    def __init__(self, measures: Measures) -> None:
        self._measures = measures
        self.scheme = measures.scheme

    def su(self, lines: Iterable[CountLine]) -> Decimal | Problem:
        """Return the sheep units, or the problem of the first line that can not be counted."""
        return self._measures.herd_su(lines)

    def why(self, lines: Iterable[Typed], reference: str = "") -> Result:
        """Return the same figure with its explanation; ``reference`` is the count, when it is saved.

        Raises:
            UserError: CALC-… a class has no coefficient, or nothing is typed yet.
        """
        weighed = self._measures.has_weight_classes
        herd = tuple(
            sheep_units.HerdLine(species=line.species_code, stock_class=line.class_code, head=line.head,
                     mean_weight_kg=line.mean_weight_kg if weighed else None, reference=reference)
            for line in lines
            if line.head is not None and line.species_code and line.class_code
        )  # fmt: skip
        return sheep_units.sheep_units(herd_input(self.scheme.record, herd), self._measures.standards)


def load(session: Session, asker: QObject, year: int, done: Callable[[LiveHerd | None], None]) -> None:
    """Read the scheme of a year for a widget; ``None`` where there is none or its sets can not be used."""

    def work(context: Context) -> LiveHerd | None:
        importlib.import_module(
            "station_app.services.figures.balance"
        )  # the first save asks for it: not while one types
        scheme = scheme_of(context.reader, year)
        if scheme is None:
            return None
        try:
            return LiveHerd(Measures(scheme, standards.standards_of(context.reader)))
        except UserError:
            return None  # the balance page says what is wrong with the scheme

    session.ask(asker, work, on_done=done)


class HerdLineOfForm(QWidget, Retranslated):
    """A line below the form of a count: its sheep units as they are typed.

    Signals:
        why_asked(title, result): somebody wants to know why.
    """

    why_asked = Signal(object, object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self._session = session
        self._form: RecordForm | None = None
        self._year = 0
        self._live: LiveHerd | None = None
        self._known = False
        self._later = QTimer(self)  # several keys at once are computed once; it ends with this line
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.refresh)
        self.words = ElidedLabel("strong")
        self.ask = self.said(button("quiet", self.why), WHY)
        self.setLayout(across(self.words, self.ask, None, margins=(12, 0, 12, 6)))
        session.data_changed.connect(self._changed)

    def follow(self, form: RecordForm) -> None:
        """Show the sheep units of a form from now on."""
        self._form = form
        form.changed.connect(self._later.start)
        form.shown_record.connect(self.refresh)
        self.refresh()

    def _changed(self, changes: Any) -> None:
        if changes.tables & {"calculation_scheme", "coefficient_edition"}:
            self._year = 0
            self.refresh()

    def _values(self) -> dict[str, Any]:
        return self._form.typed() if self._form is not None else {}

    def refresh(self) -> None:
        """Compute again."""
        self._later.stop()
        values = self._values()
        typed = whole(str(values.get("year", ""))) or 0
        # A year that is half typed is none.
        year = typed if typed >= EARLIEST else self._session.year or self._session.today().year
        if year != self._year:
            self._year, self._known = year, False
            load(self._session, self, year, self._take)
        self.retranslate()

    def _take(self, live: LiveHerd | None) -> None:
        self._live, self._known = live, True
        self.retranslate()

    def lines(self) -> list[Typed]:
        """Return the lines as typed."""
        return typed_lines(self._values().get("class_counts", ()))

    def retranslate(self) -> None:
        super().retranslate()
        state, countable = "muted", False
        if not self._known:
            self.words.setText("")
        elif self._live is None:
            self.words.setText(tr(NO_SCHEME, year=str(self._year)))
        else:
            found = self._live.su(self.lines())
            if isinstance(found, Problem):
                self.words.setText(tr(UNKNOWN, why=found.text))
                state = "warn"
            else:
                self.words.setText(tr(SUM, su=figure_text(found, PLACES), scheme=self._live.scheme.record.name))
                state, countable = "", bool(found)
        self.ask.setVisible(countable)
        theme.mark(self.words, state=state)

    def why(self) -> None:
        """Ask why it is so many."""
        if self._live is None or self._form is None:
            return
        record_id = self._form.record_id
        saved = record_id if record_id and not self._form.is_dirty() else ""
        reference = references.record_reference("livestock_count", saved, "class_counts") if saved else ""
        try:
            result = self._live.why(self.lines(), reference)
        except UserError as error:
            self._session.say(error.text, "info")
            return
        self.why_asked.emit(SHEEP_UNITS, result)
