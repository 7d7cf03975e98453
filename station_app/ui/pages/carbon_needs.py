"""What each carbon ledger is made from and whether it is there: the tab before its first figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from station_app.domain.text import Text
from station_app.services.figures.carbon_rows import CHANGE, EMISSIONS, STOCK
from station_app.ui.pages.balance_needs import Needs
from station_app.ui.parts import across, button

if TYPE_CHECKING:
    from collections.abc import Callable

    from station_app.ui.session import Session

Need = tuple[tuple[str, ...], Text, Text, Text]

TITLES = {
    STOCK: Text("{year} 年的碳储量，先要有：", "The carbon stock of {year} needs first:"),
    CHANGE: Text("{year} 年的土壤碳变化，先要有：", "The change of soil carbon in {year} needs first:"),
    EMISSIONS: Text("{year} 年的牲畜排放，先要有：", "The livestock emissions of {year} need first:"),
}
TRY = Text("先按建议的系数试算", "Try the proposed coefficients")
_SCHEME: Need = (
    ("calculation_scheme",), Text("计算方案", "A scheme"),
    Text("IPCC 版本、GWP、含碳率、地下/地上比；由县里下发或本站选定。",
         "IPCC edition, GWP, carbon fractions, root ratios; the county's, or chosen here."),
    Text("选定方案", "Choose a scheme"))  # fmt: skip
_PARCEL: Need = (
    ("parcel",), Text("草场地块", "Parcels"), Text("面积、草地类、现在的退化程度。", "Area, grassland class, present degree of degradation."),
    Text("登记地块", "Add parcels"))  # fmt: skip
NEEDS: dict[str, tuple[Need, ...]] = {
    STOCK: (
        _SCHEME, _PARCEL,
        (("herb_quadrat",), Text("样方干重", "Quadrats, weighed dry"),
         Text("当年样地的生物量；风干重要在方案里写明含干物质比例。",
              "Biomass of the year's plots; air-dry weights need the dry matter in the scheme."),
         Text("登记样方", "Add quadrats")),
        (("soil_sample",), Text("土壤样品", "Soil samples"),
         Text("各层的有机碳、容重、石砾，连到地块或样地。", "Organic carbon, bulk density and gravel by layer, with its parcel or plot."),
         Text("登记土样", "Add samples")),
    ),
    CHANGE: (
        _SCHEME, _PARCEL,
        (("carbon_registration",), Text("碳汇登记", "Registrations"),
         Text("哪块地、基线退化程度、气候区和土类。没有基线就没有变化。",
              "Which parcel, its baseline, climate and soil. Without a baseline there is no change."),
         Text("登记基线", "Register a baseline")),
        (("carbon_activity",), Text("碳汇活动", "Activities"),
         Text("禁牧、补播等从哪年开始，多少公顷。", "Bans, seeding and the like: since when, on how many hectares."),
         Text("登记活动", "Add activities")),
    ),
    EMISSIONS: (
        _SCHEME,
        (("livestock_count",), Text("牲畜清点", "Counts"),
         Text("6 月末和 12 月末的存栏；有两次就取平均。", "Head at mid-year and year-end; of two the mean is taken."),
         Text("去清点", "Go and count")),
    ),
}  # fmt: skip


class CarbonNeeds(Needs):
    """What one ledger needs; offers to try the proposed coefficients while there is no scheme."""

    icon = "carbon"

    def __init__(
        self, session: Session, ledger: str, propose: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        self.needs = NEEDS[ledger]
        self.title = TITLES[ledger]
        super().__init__(session, parent)
        self.attempt = button("link", propose)
        self.say(self.attempt.setText, TRY)
        box = self.layout()
        assert box is not None
        box.insertLayout(box.count() - 2, across(None, self.attempt, None))  # type: ignore[attr-defined]

    def reload(self, year: int) -> None:
        super().reload(year)
        self.attempt.setVisible(not self._counts[0])
