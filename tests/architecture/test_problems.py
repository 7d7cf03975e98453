"""Every code of every room: one sentence in both languages, raised somewhere in the program, met in a test."""

from __future__ import annotations

import ast
import importlib
import re
import string
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from station_app.domain.problems import ProblemCode, Severity, sentences
from station_app.paths import resource_lines

ROOT = Path(__file__).resolve().parents[2]


def _rooms() -> list[type[ProblemCode]]:
    found = []
    for path in sorted((ROOT / "station_app").rglob("*.py")):
        if "(ProblemCode)" in (text := path.read_text("utf-8")):
            module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            found += [getattr(module, name) for name in re.findall(r"^class (\w+)\(ProblemCode\)", text, re.M)]
    return found


ROOMS = _rooms()
CODES = [code for room in ROOMS for code in room]


@cache
def _names(folder: str) -> tuple[set[str], set[str]]:
    """Return ``Room.MEMBER`` as written in the sources of a folder, and the texts that are codes."""
    members, texts = set(), set()
    for path in (ROOT / folder).rglob("*.py"):
        if path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                members.add(f"{getattr(node.value, 'id', '') or getattr(node.value, 'attr', '')}.{node.attr}")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 200:
                texts |= set(re.findall(r"\b[A-Z]+-?[0-9]{2,}\b", node.value))
    return members, texts


def _of_starting() -> set[str]:
    """Return the codes of a program that can not start: it says them itself, since its files may be lost."""
    sources = (ROOT / "station_app" / name for name in ("failing.py", "ui/qt_start.py"))
    return {code for path in sources for code in re.findall(r'^ +"(RUN-\d{3})",$', path.read_text("utf-8"), re.M)}


def test_a_code_has_one_meaning_and_one_sentence() -> None:
    assert [code for code, n in Counter(each.code for each in CODES).items() if n > 1] == []
    listed = [line.partition(",")[0] for line in resource_lines("problems.csv")[1:]]
    assert [code for code, n in Counter(listed).items() if n > 1] == []
    assert set(listed) == {each.code for each in CODES} | _of_starting()
    assert all(len(list(room)) == len(room.__members__) for room in ROOMS), "two names for one code"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_sentences_are_whole_in_both_languages(room: type[ProblemCode]) -> None:
    for each in room:
        zh, en = (
            {name for _, name, _, _ in string.Formatter().parse(half) if name} for half in (each.text.zh, each.text.en)
        )
        assert zh == en, each
        assert each.text.zh.rstrip("”)").endswith(("。", "？", "}")), each
        assert each.text.en.rstrip("”)").endswith((".", "?", "}")), each
        assert not re.match("[\u4e00-\u9fff]", each.text.en), each


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_every_code_is_raised_and_met_in_a_test(room: type[ProblemCode]) -> None:
    """A test meets a code by naming what it provoked: ``"FLD-001"`` or ``RecordProblem.REQUIRED``."""
    raised, _ = _names("station_app")
    members, texts = _names("tests")
    names = {each: f"{room.__name__}.{each.name}" for each in room}
    assert [each.code for each in room if names[each] not in raised] == []
    assert [each.code for each in room if each.code not in texts and names[each] not in members] == []


def test_a_problem_says_where() -> None:
    from station_app.domain.calc.problems import CalculationProblem
    from station_app.domain.record_problems import RecordProblem
    from station_app.exchange.excel.problems import WorkbookProblem

    layer = RecordProblem.LAYERS.problem("layers", 2)
    assert (layer.field, layer.line) == ("layers", 2) and "第 2 层" in layer.text.zh
    head = CalculationProblem.REQUIRED.at("/herd/2/head", label="x", name="head")
    assert (head.field, head.line, head.place) == ("head", 3, "/herd/2/head")
    deep = WorkbookProblem.HEADINGS_DEEPER.error("名册!3")
    assert "名册!3" in deep.text.zh and [p.place for p in deep.problems] == ["名册!3"]
    assert WorkbookProblem.HEADINGS_DEEPER.error(problems=[head]).problems == (head,)


def test_the_file_is_read_once_and_says_how_grave() -> None:
    assert sentences() is sentences()
    assert {severity for severity, _ in sentences().values()} <= set(Severity)


def test_no_code_is_written_outside_the_enum_of_its_room() -> None:
    """Who looks for a problem names the member; the tour and the samples alone show invented ones."""
    known, found = {each.code for each in CODES}, []
    for path in sorted((ROOT / "station_app").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        enums = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and "ProblemCode" in ast.dump(node)]
        inside = {id(part) for enum in enums for part in ast.walk(enum)}
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and id(node) not in inside
                and node.value in known
                and path.name not in ("tour.py", "samples.py")
            ):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.value}")
    assert not found, "\n".join(found)
