"""The year of a grassland station: what is usually done when, and where in the window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from station_app.domain.text import Text
from station_app.ui.session import Place


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of the season: first and last month, and the page where it is done."""

    first: int
    last: int
    title: Text
    place: Place

    def is_due(self, today: date) -> bool:
        return self.first <= today.month <= self.last


SEASON: tuple[Task, ...] = (
    Task(1, 3, Text("签订责任书，核定载畜量", "Sign statements, approve capacity"), Place("balance")),
    Task(4, 5, Text("返青观测", "Green-up observation"), Place("surveys", record_type="greenup_observation")),
    Task(5, 9, Text("巡查、鼠虫害调查", "Inspections, pests"), Place("inspections")),
    Task(6, 7, Text("6 月末牲畜清点", "Mid-year livestock count"), Place("livestock")),
    Task(7, 9, Text("样地样方调查", "Plots and quadrats"), Place("surveys")),
    Task(9, 11, Text("补奖计算、公示、发放", "Compensation: run, post, pay"), Place("compensation")),
    Task(11, 12, Text("入户调查、补干重", "Household surveys, dry weights"), Place("surveys")),
    Task(12, 12, Text("12 月末牲畜清点", "Year-end livestock count"), Place("livestock")),
)


def due(today: date) -> list[Task]:
    """Return what is due in the month of ``today``."""
    return [t for t in SEASON if t.is_due(today)]
