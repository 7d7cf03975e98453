"""Frequency rings and line transects over a plot. Frequency and yield are calculated (K8, K12) and not stored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from station_app.domain import fields as f
from station_app.domain.fields import line
from station_app.domain.problems import Problem
from station_app.domain.record_problems import RecordProblem
from station_app.domain.records._rules import (
    label,
    no_repeats,
    one_of,
    positive,
)
from station_app.domain.registry import Group, record, rule


@line
class FrequencyHit:
    """How often a species was met in the rings."""

    species_name: str = f.text("植物名称", "Species", 60, source="A: survey S02;S06")
    hits: int = f.count("出现次数", "Hits", "次", maximum=1000, source="A: survey S02;S06")


@record(
    "frequency_survey",
    "频度测定",
    "Frequency survey",
    Group.SURVEY,
    key=("plot_id", "plot_new_id", "surveyed_on"),
    title=("surveyed_on",),
    search=("surveyor",),
    year_field="surveyed_on",
)
class FrequencySurvey:
    """植物频度测定表: rings thrown over a plot; frequency = hits / rings (K12, calculated)."""

    plot_id: str | None = f.link("样地(监测表)", "Plot (monitoring form)", "plot", source="A: survey S02;S06")
    plot_new_id: str | None = f.link("样地(新版)", "Plot (new form)", "plot_new")
    surveyed_on: date = f.day("调查日期", "Surveyed on")
    ring_count: int = f.count(
        "样圆数", "Rings", "个", minimum=1, maximum=1000, soft_minimum=10, soft_maximum=20, source="A: survey S02;S06"
    )
    hits: tuple[FrequencyHit, ...] = f.lines("各种出现次数", "Hits by species", FrequencyHit, required=True)
    surveyor: str | None = f.text("调查人", "Surveyor", 120)
    note: str | None = f.note()


@rule(FrequencySurvey)
def frequency_checks(record: FrequencySurvey) -> list[Problem]:
    """Each species once, not met more often than rings were thrown."""
    found = [*one_of(record, "plot_id", "plot_new_id"), *no_repeats(record, "hits", ("species_name",))]
    for number, row in enumerate(record.hits, 1):
        if row.hits is not None and record.ring_count is not None and row.hits > record.ring_count:
            found.append(
                RecordProblem.PART_ABOVE_WHOLE.problem(
                    "hits",
                    number,
                    part=label(row, "hits"),
                    part_value=row.hits,
                    whole=label(record, "ring_count"),
                    whole_value=record.ring_count,
                )
            )
    return found


@line
class LineShrub:
    """One shrub along a transect."""

    shrub_name: str = f.text("灌木种", "Shrub", 60, source="A: survey S02")
    cover_length_m: Decimal = f.quantity("覆盖总长度", "Length covered", "m", 2, source="A: survey S02")
    yield_full_g_per_m2: Decimal | None = f.quantity(
        "100%盖度 1m² 当年嫩枝叶重", "Young shoots of 1 m² at full cover", "g/m²", 2, source="A: survey S02"
    )


@record(
    "shrub_line_survey",
    "灌木样线",
    "Shrub line transect",
    Group.SURVEY,
    key=("line_no", "plot_id", "plot_new_id", "surveyed_on"),
    title=("line_no", "surveyed_on"),
    search=("line_no",),
    year_field="surveyed_on",
)
class ShrubLineSurvey:
    """高大稀疏灌木样线法: yield = share of the line covered × yield at full cover (K8, calculated)."""

    plot_id: str | None = f.link("样地(监测表)", "Plot (monitoring form)", "plot")
    plot_new_id: str | None = f.link("样地(新版)", "Plot (new form)", "plot_new")
    line_no: str = f.text("样线号", "Line number", 40, source="A: survey S02")
    surveyed_on: date = f.day("调查日期", "Surveyed on")
    line_length_m: Decimal = f.quantity("样线长", "Line length", "m", 2, maximum=100_000, source="A: survey S02")
    shrubs: tuple[LineShrub, ...] = f.lines("灌木", "Shrubs", LineShrub, required=True)
    surveyor: str | None = f.text("调查人", "Surveyor", 120)
    note: str | None = f.note()


@rule(ShrubLineSurvey)
def line_checks(record: ShrubLineSurvey) -> list[Problem]:
    """Each shrub once, covering no more than the line."""
    found = [
        *one_of(record, "plot_id", "plot_new_id"),
        *positive(record, "line_length_m"),
        *no_repeats(record, "shrubs", ("shrub_name",)),
    ]
    for number, row in enumerate(record.shrubs, 1):
        if row.cover_length_m is not None and record.line_length_m is not None:
            if row.cover_length_m <= record.line_length_m:
                continue
            found.append(
                RecordProblem.PART_ABOVE_WHOLE.problem(
                    "shrubs",
                    number,
                    part=label(row, "cover_length_m"),
                    part_value=row.cover_length_m,
                    whole=label(record, "line_length_m"),
                    whole_value=record.line_length_m,
                )
            )
    return found
