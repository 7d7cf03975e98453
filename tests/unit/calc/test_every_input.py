"""Every input that is given is used or refused, and the tree shows where it went and whose it is.

Walked over every entry of every calculation, not over chosen cases: a new entry is held to it without a word.
"""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from calc_walk import EXAMPLES, figures_of, inputs_of, others, places, run, told, value_at, with_value

from station_app.domain.calc.catalogue import CALCULATIONS
from station_app.domain.calc.coefficients import Standards
from station_app.domain.calc.explanation import Explanation, OriginKind, contradictions, lines_of
from station_app.domain.fields import Field, Kind
from station_app.domain.problems import UserError

CASES = [(name, number) for name, examples in EXAMPLES.items() for number in range(len(examples))]


def is_default(entry: Field, value: Any) -> bool:
    """What is not given counts as this anyway; an empty object says nothing."""
    return entry.default is not None and str(value) == str(entry.default) or value == {}


def test_every_calculation_has_examples() -> None:
    assert set(EXAMPLES) == set(CALCULATIONS)
    given = {
        (cls.__name__, entry.name)
        for name, number in CASES
        for at, cls, entry in places(CALCULATIONS[name].takes, EXAMPLES[name][number])
        if value_at(EXAMPLES[name][number], at) not in (None, [], "")
    }
    every = {
        (cls.__name__, entry.name)
        for name, number in CASES
        for _, cls, entry in places(CALCULATIONS[name].takes, EXAMPLES[name][number])
    }
    assert sorted(every - given) == []  # each entry is given in at least one example


@pytest.mark.parametrize(("name", "number"), CASES)
def test_every_input_is_used_or_refused(standards: Standards, name: str, number: int) -> None:
    example = EXAMPLES[name][number]
    base = told(run(name, example, standards))
    ignored = []
    for at, _, entry in places(CALCULATIONS[name].takes, example):
        now = value_at(example, at)
        for value in others(entry, now, standards):
            if now is None and is_default(entry, value):
                continue
            try:
                found = told(run(name, with_value(example, at, value), standards))
            except UserError as error:
                assert error.code.startswith("CALC-") and error.problems, (at, value)
                continue
            if found == base:
                ignored.append((at, value))
    assert ignored == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_whatever_input_changes_a_figure_the_tree_shows_where(standards: Standards, name: str) -> None:
    """From inputs changed at random: one more change, and what differs in the tree is that input, with its origin."""
    dice = random.Random(name)
    shown = tried = 0
    while tried < 90:
        tried += 1
        example = dice.choice(EXAMPLES[name])
        for _ in range(dice.choice((0, 0, 1, 2))):
            example = perturbed(dice, standards, name, example)[0] or example
        changed, at, entry = perturbed(dice, standards, name, example)
        if changed is None or entry is None:
            continue
        before, after = run(name, example, standards), run(name, changed, standards)
        assert contradictions(after.explanation) == []
        if figures_of(before.outcome) == figures_of(after.outcome):
            continue
        was, now = inputs_of(before.explanation), inputs_of(after.explanation)
        differing = [
            each[key] for key in {*was, *now} if was.get(key) != now.get(key) for each in (was, now) if key in each
        ]
        assert differing, (at, value_at(example, at), value_at(changed, at))
        references = {origin.reference for _, _, origin in differing}
        kinds = {origin.kind for _, _, origin in differing}
        wanted = reference_of(example, at)
        if wanted:
            assert wanted in references or OriginKind.COEFFICIENT in kinds, (at, wanted, differing)
        elif entry.kind is Kind.DECIMAL:
            assert kinds - {OriginKind.CONSTANT, OriginKind.RECORD} or OriginKind.RECORD in kinds, (at, differing)
        shown += 1
    assert shown > 8


def perturbed(dice: random.Random, standards: Standards, name: str, example: dict[str, Any]) -> tuple[Any, Any, Any]:
    """Return the example with one entry changed, where and which; ``None`` when that is refused."""
    at, _, entry = dice.choice(list(places(CALCULATIONS[name].takes, example)))
    value = dice.choice(others(entry, value_at(example, at), standards) or [None])
    if value is None:
        return None, at, entry
    changed = with_value(example, at, value)
    try:
        run(name, changed, standards)
    except UserError:
        return None, at, entry
    return changed, at, entry


def reference_of(example: dict[str, Any], at: tuple[Any, ...]) -> str:
    """The record the object of an entry says it is from."""
    if str(at[-1]).endswith("reference"):
        return ""
    owner = value_at(example, at[:-1]) if len(at) > 1 else example
    told: dict[str, Any] = owner if isinstance(owner, dict) else {}
    if at[-1] == "dry_matter_percent":
        return ""  # a setting with its own source
    name = {"days": "days_reference", "days_grazing": "days_reference", "days_fed": "days_reference",
            "edible_percent": "edible_reference"}.get(str(at[-1]), "")  # fmt: skip
    if at[-1] in ("hay_kg_per_ha", "fresh_kg_per_ha", "npp_g_c_per_m2"):
        name = "yield_reference"
    return str(told.get(name) or told.get("reference") or "")


# What stands in a Chinese tree in Latin letters: names of standards and documents, and words of the user.
_NAMES = re.compile(
    r"A-part|C-low|NY/?T ?\w*|NYT\d+\S*|IPCC|GB ?/?T?|DB\d+\S*|AR\d|GWP|ChinaXiv\S*|https?://\S+|\w+/[\w.-]+@\S+|[\w.-]+@\d+"
    r"|(?:record|figure):\S+|Qu et al\. 2021|J\. Arid Land|Xu & Yang|Tier|Student|Frac_\w+|EF\d\w*|PRP|CPP|CO2e?|CH4|N2O|VS\b"
    r"|GASM|LEACH|[A-Z][a-z]+(?= 等)|GBC|text copy|nominally managed|high intensity grazing|severely degraded|improved"
    r"|moderately degraded|Refinement|bonsai-ipcc|hestia-earth-models|AMEE datasets|ClimateView.*?Framework"
    r"|globalwarmingpotentials|ln\b|HAC|Huang|Qinghai|SAR|TAR|Ecol\. Sin"
)


@pytest.mark.parametrize(("name", "number"), CASES)
def test_a_chinese_tree_holds_no_english_words_and_no_bare_source_numbers(
    standards: Standards, name: str, number: int
) -> None:
    explanation: Explanation = run(name, EXAMPLES[name][number], standards).explanation
    for line in lines_of(explanation, "zh_CN"):
        formula = line.formula if line.kind == "title" else ""
        for text in (line.label, line.value, line.origin, formula):
            words = re.findall(r"[A-Za-z]{3,}", _NAMES.sub(" ", text))
            if line.kind == "title" and formula == text:
                words = [word for word in words if word.lower() not in ("min", "whole", "year", "soc")]
            assert words == [], (line, words)
            assert not re.search(r"\b[CS]\d\d\b|\bBK\b|\.csv|\.md\b", text), line
        assert re.findall(r"[A-Za-z]{3,}", _NAMES.sub(" ", re.sub(r"t d\.m\.|mol", "", line.unit))) == [], line


def test_no_source_of_the_tables_is_a_bare_number(standards: Standards) -> None:
    for known in standards:
        for row in known.rows:
            for words in (row.source, row.clause):
                assert not re.search(r"\b[CS]\d\d\b|\bBK\b", words), (row.reference, words)
                assert words not in ("A", "B", "C"), row.reference
