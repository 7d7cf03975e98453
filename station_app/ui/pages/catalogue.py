"""Which pages there are, for whom, and which record families each one shows. Nothing here imports a page."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from station_app import later
from station_app.domain import codes
from station_app.domain.roles import Role
from station_app.domain.text import Text
from station_app.services.figures import standards

if TYPE_CHECKING:
    from station_app.storage.reader import Reader
    from station_app.ui.pages.base import Page
    from station_app.ui.session import Session

EVERYBODY = frozenset(Role)
COUNTY_UP = frozenset({Role.COUNTY, Role.REGION})


class PageEntry(NamedTuple):
    """One page of the navigation.

    Attributes:
        module: ``module:Class`` below ``station_app.ui.pages``; loaded when the page is first opened.
        types: Record types found on the page, in the order of its tabs.
        hint: What the page is for, in one line.
        hidden: Reached through doors, not in the navigation.
        looks: Whether there is something on it for who only looks.
    """

    key: str
    icon: str
    label: Text
    hint: Text
    module: str
    types: tuple[str, ...] = ()
    roles: frozenset[Role] = EVERYBODY
    hidden: bool = False
    looks: bool = True

    def make(self, session: Session) -> Page:
        return self.load()(session, self)

    def load(self) -> Callable[[Session, PageEntry], Page]:
        """Return what builds the page; its module is loaded when this is first asked."""
        module, name = self.module.split(":")
        build: Callable[[Session, PageEntry], Page] = getattr(
            importlib.import_module(f"station_app.ui.pages.{module}"), name
        )
        return build


ENTRIES: tuple[PageEntry, ...] = (
    PageEntry("today", "today", Text("今日", "Today"),
              Text("这一季该做什么，什么在等我", "What is due this season and what waits for me"), "today:TodayPage", looks=False),
    PageEntry("inbox", "inbox", Text("收件", "Inbox"),
              Text("收到了什么，会改变什么，接收", "What arrived, what it would change, take it in"),
              "inbox:InboxPage", roles=COUNTY_UP, looks=False),
    PageEntry("households", "households", Text("牧户", "Households"),
              Text("找到一户，看全部情况", "Find one household and see its whole story"),
              "households:HouseholdsPage", ("household", "household_change")),
    PageEntry("parcels", "parcels", Text("草场", "Parcels"),
              Text("谁承包哪块草场，怎样利用", "Who holds what land and how it is used"),
              "parcels:ParcelsPage", ("parcel",)),
    PageEntry("livestock", "livestock", Text("牲畜", "Livestock"),
              Text("按嘎查村清点牲畜，登记饲草料", "Count animals by village, record forage"),
              "livestock:LivestockPage", ("livestock_count", "forage_supply")),
    PageEntry("surveys", "surveys", Text("样地调查", "Surveys"),
              Text("今年的样地和样方，还缺什么", "The year's plots and quadrats, and what is missing"),
              "surveys:SurveysPage",
              ("plot_new", "plot", "herb_quadrat", "shrub_quadrat", "frequency_survey", "shrub_line_survey",
               "cover_monitoring", "project_benefit", "feeding_survey", "greenup_observation", "rodent_survey",
               "insect_survey", "toxic_plant_survey")),
    PageEntry("compensation", "compensation", Text("补奖", "Compensation"),
              Text("发放批次到了哪一步，什么卡住了", "Where the batch stands and what stops it"),
              "compensation:CompensationPage",
              ("compensation_plan", "compensation_batch", "compensation_line", "compensation_notice", "objection",
               "bank_feedback")),
    PageEntry("inspections", "inspections", Text("巡查", "Inspections"),
              Text("未了结的问题和整改期限", "Open cases and their deadlines"),
              "families:InspectionsPage", ("inspection", "training_log")),
    PageEntry("balance", "balance", Text("草畜平衡", "Balance"),
              Text("谁超载、超多少、为什么", "Who is over capacity, by how much, why"),
              "balance:BalancePage",
              ("capacity_approval", "responsibility_statement", "calculation_result")),
    PageEntry("carbon", "carbon", Text("碳汇", "Carbon"),
              Text("储量、年变化、牲畜排放分开记，各带范围", "Stock, yearly change and emissions, apart and each with its range"),
              "carbon:CarbonPage", ("carbon_activity", "soil_sample", "carbon_registration")),
    PageEntry("targets", "targets", Text("目标差距", "Targets"),
              Text("目标、现状、差距、原因、措施", "Goal, actual, gap, cause, measure"),
              "targets:TargetsPage", ("target", "assessment")),
    PageEntry("standards", "standards", Text("系数", "Coefficients"),
              Text("用哪些系数算、出自哪里、谁核实过", "Values, sources, marks"),
              "standards:StandardsPage", ("calculation_scheme", "coefficient_edition")),
    PageEntry("exchange", "exchange", Text("上报", "Exchange"),
              Text("什么待上报，什么已回来，什么被拒收", "What waits, what came back, what was refused"),
              "exchange:ExchangePage", ("receipt", "review", "device", "organisation_key", "account"),
              looks=False),
    PageEntry("stations", "stations", Text("站点", "Stations"),
              Text("哪些站已上报，哪些迟了", "Who has sent what and who is late"),
              "stations:StationsPage", roles=COUNTY_UP),
    PageEntry("settings", "settings", Text("设置", "Settings"),
              Text("人员、语言、备份、检查、版本", "People, language, backup, health, editions"),
              "settings:SettingsPage", ("organisation", "staff")),
    PageEntry("worklist", "worklist", Text("待办清单", "To do"),
              Text("草稿、待复核、退回和冲突", "Drafts, to review, returned, in conflict"),
              "worklist:WorklistPage", hidden=True, looks=False),
)  # fmt: skip


def load_ahead(entries: Iterable[PageEntry], reader: Reader) -> None:
    """Load what pages are made of and show before anybody opens one; for a job, the window goes on meanwhile."""
    codes.code_list("scheme")  # all lists are read with the first
    for entry in entries:
        entry.load()
        later.load_waiting("station_app.ui", "station_app.services")
    importlib.import_module("cryptography.hazmat.primitives.serialization")  # the settings show the mark of the key
    standards.workspace_standards(reader)
    if not gc.get_freeze_count():
        gc.freeze()  # what is loaded stays: a full collection of garbage need not look at all of it while somebody waits


def entries_for(role: Role, *, may_write: bool = True) -> tuple[PageEntry, ...]:
    """Return the pages of a workplace, hidden ones included; without ``may_write`` those that are only looked at."""
    return tuple(e for e in ENTRIES if role in e.roles and (may_write or e.looks))


def page_of_type(type_name: str) -> str:
    """Return the key of the page that shows a record type.

    Raises:
        KeyError: no page shows it.
    """
    for entry in ENTRIES:
        if type_name in entry.types:
            return entry.key
    raise KeyError(type_name)
