"""What the carbon figures are made with: the scheme's choices, and others for looking, which are never saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QWidget

from station_app.domain.calc.coefficients import CARBON_FRACTION, GWP, ROOT_RATIO
from station_app.domain.codes import code_list, word_of
from station_app.domain.text import Text
from station_app.services.figures.carbon_rows import CHANGE, EMISSIONS, STOCK
from station_app.services.figures.carbon_settings import FOSSIL, CarbonSettings, choice_label
from station_app.services.figures.scheme import Scheme, proposed_scheme, scheme_of
from station_app.services.figures.standards import standards_of
from station_app.ui import theme
from station_app.ui.flow_layout import FlowLayout
from station_app.ui.i18n import Retranslated, tr
from station_app.ui.parts import TextCombo, across, button, down, label, text_width

if TYPE_CHECKING:
    from station_app.domain.calc.coefficients import Standards
    from station_app.ui.session import Session

NOT_CHOSEN = Text("没有选定", "(not chosen)")
BACK = Text("恢复方案的选择", "Back to the scheme")
BY_SCHEME = Text("按计算方案的选择计算。改这里只供查看，不会保存。",
                 "Computed as the calculation scheme says. What you change here is for looking only and is not saved.")  # fmt: skip
CHANGED = Text("⚠ 只供查看：{names}与计算方案不同，结果不能固定。",
               "⚠ For looking only: {names} are not as in the scheme; such results can not be frozen.")  # fmt: skip
PROPOSED = Text("⚠ {year} 年没有计算方案，这里按建议的系数试算，结果不能固定。",
                "⚠ There is no scheme for {year}; proposed coefficients are tried here, and such results can not be frozen.")  # fmt: skip
DEPTHS = (10, 20, 30, 50, 100)


@dataclass(frozen=True, slots=True)
class _Field:
    """One choice of the strip."""

    name: str
    ledgers: tuple[str, ...]
    items: Callable[[Standards], Sequence[tuple[Text, object]]]


def _sets(kind: str, *, without: str = "") -> Callable[[Standards], list[tuple[Text, object]]]:
    def items(standards: Standards) -> list[tuple[Text, object]]:
        return [(each.title, f"{each.name}@{each.edition}") for each in standards.of_kind(kind) if each.name != without]

    return items


def _codes(name: str) -> Callable[[Standards], list[tuple[Text, object]]]:
    return lambda _standards: [(item.label, item.code) for item in code_list(name).items]


_FIELDS = (
    _Field("ipcc_edition", (CHANGE, EMISSIONS), _codes("ipcc_edition")),
    _Field("gwp_set", (EMISSIONS,), _sets(GWP, without=FOSSIL)),
    _Field("carbon_fraction_set", (STOCK,), _sets(CARBON_FRACTION)),
    _Field("root_ratio_set", (STOCK,), _sets(ROOT_RATIO)),
    _Field("soil_depth_cm", (STOCK,), lambda _s: [(Text(f"0–{n} cm", f"0–{n} cm"), n) for n in DEPTHS]),
    _Field("climate", (), _codes("ipcc_climate")),
    _Field("soil", (), _codes("ipcc_soil")),
    _Field(
        "yak_factor_of",
        (EMISSIONS,),
        lambda _s: [
            (word_of("ipcc_animal", "cattle"), "cattle"),
            (word_of("ipcc_animal", "dairy_cattle"), "dairy_cattle"),
        ],
    ),
)
_NUMBERS = {"dry_matter_percent": (STOCK,), "pasture_percent": (EMISSIONS,)}
SCENARIO = "scenario"
_OF_SCENARIO = ("ipcc_edition", "gwp_set", "climate", "soil")


class CarbonChoices(QObject):
    """The choices all tabs of the page share.

    Signals:
        changed(): a choice was made or taken back, or the scheme is another.
    """

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.base: CarbonSettings | None = None
        self.is_proposed = False
        self._others: dict[str, Any] = {}
        self._standards: Standards | None = None
        self._proposing = False

    @property
    def year(self) -> int:
        """The year in sight; with all years in sight, this one."""
        return self._session.year or self._session.today().year

    @property
    def standards(self) -> Standards:
        if self._standards is None:
            self._standards = standards_of(self._session.read)
        return self._standards

    def reload(self) -> None:
        """Read the scheme again."""
        self._standards = None
        scheme = scheme_of(self._session.read, self.year)
        self.is_proposed = scheme is None and self._proposing
        if scheme is None and self._proposing:
            code = self._session.workspace.identity.org_code
            scheme = Scheme(proposed_scheme(self.standards, self.year, code))
        self.base = CarbonSettings.of(scheme) if scheme is not None else None

    def propose(self) -> None:
        """Try the proposed coefficients while there is no scheme."""
        self._proposing = True
        self.reload()
        self.changed.emit()

    @property
    def settings(self) -> CarbonSettings | None:
        """What is chosen; ``None`` while there is no scheme."""
        return self.base.with_(**self._others) if self.base is not None else None

    @property
    def asked(self) -> CarbonSettings | None:
        """What a report is asked with: ``None`` means as the scheme says."""
        chosen = self.settings
        return chosen if chosen is not None and (chosen.changed or self.is_proposed) else None

    @property
    def is_the_schemes(self) -> bool:
        """Whether a figure rests on the scheme alone, so that it may be frozen."""
        return self.base is not None and self.asked is None

    def choose(self, name: str, value: object) -> None:
        if self.settings is not None and getattr(self.settings.record, name) != value:
            self._others[name] = value
            if self.base is not None and getattr(self.base.record, name) == value:
                del self._others[name]
            self.changed.emit()

    def back(self) -> None:
        if self._others:
            self._others.clear()
            self.changed.emit()


class ChoicesStrip(QFrame, Retranslated):
    """The choices of one ledger, to be changed for looking."""

    def __init__(self, choices: CarbonChoices, ledger: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.follow_language()
        self.setProperty("part", "strip")
        self.choices = choices
        self._ledger = ledger
        self._said = label("", wrap=True)
        self._back = button("link", choices.back)
        self.say(self._back.setText, BACK)
        holder = QWidget()
        self._flow = FlowLayout(holder, 12)
        self.combos: dict[str, TextCombo] = {}
        self.numbers: dict[str, QLineEdit] = {}
        self.boxes: dict[str, QCheckBox] = {}
        for field in _FIELDS:
            if ledger in field.ledgers or (ledger == SCENARIO and field.name in _OF_SCENARIO):
                self._add_combo(field)
        for name, ledgers in _NUMBERS.items():
            if ledger in ledgers:
                self._add_number(name)
        if ledger in (EMISSIONS, SCENARIO):
            self._add_sources()
        head = across(self._said, self._back, spacing=8)
        head.setStretch(0, 1)
        head.setAlignment(self._back, Qt.AlignmentFlag.AlignTop)
        self.setLayout(down(head, holder, spacing=6, margins=(10, 6, 10, 8)))
        choices.changed.connect(self.show_choices)

    def _put(self, name: str, widget: QWidget, unit: str = "") -> None:
        said = label("hint")
        self.say(said.setText, choice_label(name))
        said.setBuddy(widget)
        holder = QWidget()
        row = [said, widget]
        if unit:
            sign = label("hint")
            sign.setText(unit)
            row.append(sign)
        holder.setLayout(across(*row, spacing=6))
        self._flow.addWidget(holder)
        self.say(widget.setAccessibleName, choice_label(name))

    def _add_combo(self, field: _Field) -> None:
        combo = TextCombo()
        combo.chosen.connect(lambda value, name=field.name: self.choices.choose(name, value))
        self.combos[field.name] = combo
        self._put(field.name, combo)

    def _add_number(self, name: str) -> None:
        line = QLineEdit()
        line.setFixedWidth(text_width(self, 5))
        line.setAlignment(Qt.AlignmentFlag.AlignRight)
        line.editingFinished.connect(lambda n=name: self._typed(n))
        self.numbers[name] = line
        self._put(name, line, "%")

    def _add_sources(self) -> None:
        for source, text in code_list("emission_source").labels.items():
            box = QCheckBox()
            self.say(box.setText, text)
            box.clicked.connect(lambda _checked=False: self._sources())
            self.boxes[source] = box
            holder = QWidget()
            holder.setLayout(across(box))
            self._flow.addWidget(holder)

    def _typed(self, name: str) -> None:
        text = self.numbers[name].text().strip()
        try:
            value = Decimal(text) if text else None
        except InvalidOperation:
            value = Decimal(-1)
        if value is not None and not (value.is_finite() and 0 < value <= 100):
            theme.mark(self.numbers[name], problem="error")
            return
        theme.mark(self.numbers[name], problem="")
        self.choices.choose(name, value)
        if name == "dry_matter_percent" and value is not None:
            self.choices.choose("dry_matter_source", tr(choice_label(name)))

    def _sources(self) -> None:
        self.choices.choose("emission_sources", tuple(name for name, box in self.boxes.items() if box.isChecked()))

    def show_choices(self) -> None:
        chosen = self.choices.settings
        self.setVisible(chosen is not None and not self.isHidden())
        if chosen is None:
            return
        for field in _FIELDS:
            combo = self.combos.get(field.name)
            if combo is None:
                continue
            value = getattr(chosen.record, field.name)
            items: list[tuple[Text, object]] = list(field.items(self.choices.standards))
            if value not in [data for _, data in items]:
                own = NOT_CHOSEN if value is None else Text(f"0–{value} cm", f"0–{value} cm")
                items.insert(0, (own, value))
            combo.set_items(items)
            combo.choose(value)
        for name, line in self.numbers.items():
            value = getattr(chosen.record, name)
            line.setText("" if value is None else f"{value.normalize():f}")
            theme.mark(line, problem="")
        for source, box in self.boxes.items():
            box.setChecked(source in chosen.record.emission_sources)
        self._line_up()
        self.retranslate()

    def _line_up(self) -> None:
        """Boxes to tick stand on the line of the choices beside them."""
        tallest = max((combo.sizeHint().height() for combo in self.combos.values()), default=0)
        for box in self.boxes.values():
            box.setMinimumHeight(tallest)

    def retranslate(self) -> None:
        super().retranslate()
        chosen = self.choices.settings
        if chosen is None:
            return
        zh = "、".join(choice_label(name).zh for name in chosen.changed)
        en = ", ".join(choice_label(name).en for name in chosen.changed)
        if self.choices.is_proposed:
            said, state = tr(PROPOSED, year=str(self.choices.year)), "warn"
        elif chosen.changed:
            said, state = tr(CHANGED, names=Text(zh, en)), "warn"
        else:
            said, state = tr(BY_SCHEME), ""
        self._said.setText(said)
        theme.mark(self, state=state)
        self._back.setVisible(bool(chosen.changed))
