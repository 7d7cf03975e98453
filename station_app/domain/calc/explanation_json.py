"""Explanations as JSON: exact decimals as text, one format for file, package and anyone who checks us."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from station_app.domain.calc.explanation import Choice, Explanation, Given, Named, Origin, OriginKind, Rule, Step
from station_app.domain.calc.numbers import plain
from station_app.domain.generic import JSON
from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text

FORMAT = "grassland-explanation/1"
_ORIGIN_WORDS = ("reference", "standard", "clause", "source", "mark", "verified_by")
_RULE_WORDS = ("standard", "clause", "source", "mark")


def explanation_to_json(explanation: Explanation) -> dict[str, object]:
    """Return an explanation as JSON values; the whole tree, with every formula in symbols."""
    return {"format": FORMAT, **_tree(explanation)}


def _tree(each: Explanation) -> dict[str, object]:
    return {
        "title": _text(each.title),
        "formula": each.formula,
        "rule": {name: getattr(each.rule, name) for name in _RULE_WORDS if getattr(each.rule, name)},
        "inputs": [
            {
                "symbol": given.symbol,
                "label": _text(given.label),
                "value": plain(given.value),
                "unit": given.unit,
                "places": given.places,
                "origin": _origin(given.origin),
            }
            for given in each.inputs
        ],
        "choices": [
            {
                "label": _text(choice.label),
                "value": _text(choice.value),
                "origin": _origin(choice.origin),
                "decides": choice.decides,
            }
            for choice in each.choices
        ],
        "parts": [{"name": name, **_tree(part)} for name, part in each.parts],
        "steps": [
            {
                "symbol": step.symbol,
                "label": _text(step.label),
                "operation": step.operation,
                "arguments": list(step.arguments),
                "parameter": step.parameter,
                "formula": step.formula,
                "value": plain(step.value),
                "unit": step.unit,
                "places": step.places,
            }
            for step in each.steps
        ],
        "results": [{"name": named.name, "symbol": named.symbol} for named in each.results],
        "notes": [_text(note) for note in each.notes],
        "problems": [problem_to_json(found) for found in each.problems],
    }


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _origin(origin: Origin) -> dict[str, str]:
    out = {"kind": origin.kind.value}
    out |= {name: getattr(origin, name) for name in _ORIGIN_WORDS if getattr(origin, name)}
    if origin.verified_on:
        out["verified_on"] = origin.verified_on.isoformat()
    return out


def problem_to_json(found: Problem) -> dict[str, object]:
    """Return a finding in both languages."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "text": _text(found.text),
        "field": found.field,
        "line": found.line,
        "place": found.place,
    }


def explanation_from_json(raw: Mapping[str, object]) -> Explanation:
    """Return the explanation that JSON values hold.

    Raises:
        ValueError: it is not one, or of a newer format.
    """
    if raw.get("format") != FORMAT:
        raise ValueError(f"not an explanation of format {FORMAT}: {raw.get('format')!r}")
    try:
        return _from_tree(raw)
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"the explanation is incomplete: {error!r}") from error


def _from_tree(raw: Mapping[str, JSON]) -> Explanation:
    return Explanation(
        _from_text(raw["title"]),
        raw["formula"],
        Rule(**raw["rule"]),
        tuple(
            Given(
                given["symbol"],
                _from_text(given["label"]),
                Decimal(given["value"]),
                given["unit"],
                given["places"],
                _from_origin(given["origin"]),
            )
            for given in raw["inputs"]
        ),
        tuple(
            Step(
                step["symbol"],
                _from_text(step["label"]),
                step["operation"],
                tuple(step["arguments"]),
                Decimal(step["value"]),
                step["unit"],
                step["places"],
                step["parameter"],
            )
            for step in raw["steps"]
        ),
        tuple((part["name"], _from_tree(part)) for part in raw["parts"]),
        tuple(Named(named["name"], named["symbol"]) for named in raw["results"]),
        tuple(_from_text(note) for note in raw["notes"]),
        tuple(
            Problem(
                found["code"],
                Severity(found["severity"]),
                _from_text(found["text"]),
                found["field"],
                found["line"],
                found["place"],
            )
            for found in raw["problems"]
        ),
        tuple(
            Choice(
                _from_text(choice["label"]),
                _from_text(choice["value"]),
                _from_origin(choice["origin"]),
                choice["decides"],
            )
            for choice in raw.get("choices", ())  # explanations frozen before there were any
        ),
    )


def _from_text(raw: Mapping[str, str]) -> Text:
    return Text(raw["zh"], raw["en"])


def _from_origin(raw: Mapping[str, str]) -> Origin:
    rest = {name: value for name, value in raw.items() if name not in ("kind", "verified_on")}
    verified = raw.get("verified_on")
    return Origin(OriginKind(raw["kind"]), **rest, verified_on=date.fromisoformat(verified) if verified else None)
