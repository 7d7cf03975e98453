"""Rules a reader of the source can see; each says what to do instead."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

from source_reading import ROOT, SOURCES, inside, lines_with, nodes, text_of, texts, tree_of


def test_no_float_where_figures_are_made() -> None:
    """Use Decimal; binary floats lose fen and 0.001 mu. Workbook cells and charts convert at their very edge."""
    assert lines_with(r"\bfloat\(", "domain/", "storage/", "services/", "county/") == []


def test_message_boxes_are_opened_in_one_place() -> None:
    """Return a Problem or raise a UserError; ui/messages.py shows it. A class named in quotes opens nothing."""
    assert lines_with(r"(?<!\")\bQMessageBox\b", but=("ui/messages.py",)) == []


def test_the_window_asks_no_database() -> None:
    """Ask ``Reader`` or a service of the family; SQL is written where the tables are known."""
    assert lines_with(r"\.(sql|execute|executemany)\(|[\"']SELECT ", "ui/") == []


def test_every_resource_is_read_by_the_program() -> None:
    """Remove what nothing names any more; facts that only tests look into lie in tests/data/published."""
    named = "".join(text_of(path) for path in SOURCES) + (ROOT / "resources/standards/calc_sets.csv").read_text("utf-8")
    tables = [p.name for p in (ROOT / "resources").rglob("*.*") if p.suffix in (".csv", ".xz", ".xlsx")]
    assert [name for name in tables if re.sub(r"-[a-z0-9]+$", "", name.partition(".")[0]) not in named] == []
    assert [p.name for p in (ROOT / "resources/icons").iterdir() if not re.search(f'\\b{p.stem}["\\.]', named)] == []


def test_any_is_named_less_and_less() -> None:
    """Say what a value is: ``object`` where any will do, the record's class (``Query(Household)``), a Protocol. Lower the figure."""
    assert len(lines_with(r"\bAny\b")) <= 653


def test_ruff_format_decides_how_a_line_is_broken() -> None:
    """Run ``ruff format``; nobody argues about layout."""
    done = subprocess.run([sys.executable, "-m", "ruff", "format", "--check", "-q", "."], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_what_a_widget_shows_is_asked() -> None:
    """``session.ask`` drops answers that come late; ``session.run`` is for deeds, and for what is kept by its question."""
    kept = ("actions", "print_actions", "counts", "figures")
    deeds = (
        "why_panel",
        "updates",
        "pages/import_panel",
        "pages/settings",
        "backup_card",
    )  # one at a time, or a file is written
    assert lines_with(r"session\.run\(|isValid\(self\)", "ui/", but=tuple(f"ui/{m}.py" for m in kept + deeds)) == []


def test_nothing_is_imported_by_star() -> None:
    """Name what you import."""
    assert lines_with(r"^\s*from .* import \*") == []


def test_texts_to_translate_are_not_built_with_f_strings() -> None:
    """Write Text("… {name} …").format(name=…); an f-string can not be found again by a translator."""
    assert lines_with(r"\b(tr|translate)\(\s*f[\"']") == []


def test_a_text_is_not_written_half_in_each_language() -> None:
    """The first half of a Text is Chinese, the second is not; the button that offers the other language is meant so."""
    han, plain = re.compile("[\u4e00-\u9fff]"), re.compile(r"{.*?}")
    said = [
        (place, plain.sub("", zh), plain.sub("", en)) for place, zh, en in texts() if (zh, en) != ("English", "中文")
    ]
    assert [each for each in said if re.search("[\u4e00-\u9fff]{2}", each[2])] == []
    assert [each for each in said if re.search("[a-z]{3}", each[1]) and not han.search(each[1]) and each[2]] == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    """Whoever fills one language in fills the other in."""
    named = re.compile(r"{(\w+)")
    assert [place for place, zh, en in texts() if zh and en and {*named.findall(zh)} ^ {*named.findall(en)}] == []


NOW = (
    r"\b(date\.today|datetime\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime|ctime)|current(Date|Time|DateTime)\w*)\b"
    r"|(?i:'now'|\bcurrent_(timestamp|date|time)\b)"
)


def test_one_module_knows_what_time_it_is() -> None:
    """Ask ``workspace.clock`` (``reader.clock``), or let a moment be handed in: see station_app/ARCHITECTURE.md."""
    assert lines_with(NOW, but=("storage/clock.py",)) == []
    assert lines_with(NOW, "storage/clock.py"), "the pattern finds what it is to find"


def test_no_moment_is_shown_in_the_time_of_the_machine() -> None:
    """Say a moment with ``official_text``, its day with ``official_day``. OpenSSH alone means the machine's zone."""
    machine = r"\.astimezone\(\s*\)|fromtimestamp\([^,()]*(\([^()]*\)[^,()]*)*\)"
    assert lines_with(machine, but=("exchange/package/sshsig.py",)) == []


def test_nothing_is_printed_but_by_the_commands() -> None:
    """Return values; commands print, others log."""
    assert lines_with(r"^\s*print\(", "domain/", "storage/", "services/", "exchange/", "county/", "ui/") == []


def test_exceptions_are_not_swallowed_whole() -> None:
    """Name the exceptions you expect; the rest must reach the log."""
    assert lines_with(r"^\s*except\s*:") == []
    for place, caught in nodes(ast.ExceptHandler):
        if getattr(caught.type, "id", "") in ("Exception", "BaseException"):
            assert not all(isinstance(step, ast.Pass | ast.Continue) for step in caught.body), place


def test_every_module_says_what_it_is() -> None:
    """Begin the module with one sentence of what it is."""
    assert [inside(p) for p in SOURCES if tree_of(p).body and not ast.get_docstring(tree_of(p))] == []


def test_no_test_is_a_race() -> None:
    """Speed is measured in ``tests/bench``; what takes long on a busy machine fails nothing (``patience``)."""
    measured = re.compile(r"\b(perf_counter|monotonic|process_time|thread_time|time\.time)\w*\(")
    waits = ("patience.py", "reliability/test_kill.py")  # how long one waits, when one kills
    tests = [p for p in (ROOT / "tests").rglob("*.py") if "bench" not in p.parts and not p.as_posix().endswith(waits)]
    assert [p.name for p in tests if measured.search(text_of(p))] == []


def test_a_timer_dies_with_its_owner() -> None:
    """``QTimer.singleShot(ms, owner, what)``: without an owner it fires into a window that is gone."""
    without = re.compile(r"singleShot\([^,()]+, (?:lambda|[\w.]+\))")
    assert [inside(path) for path in SOURCES if without.search(text_of(path))] == ["ui/tour.py"]


def test_a_file_is_there_whole_or_not_at_all() -> None:
    """``storage/files.py`` writes and names files, durably; what is called ``part`` has its name still to come.

    Not meant: what only this run reads (drawings of the style, trials), and what is written where the program fails.
    """
    this_run = ("ui/stylesheet.py", "ui/tour.py", "commands/selftest.py", "ui/crash.py", "failing.py", "logs.py")
    assert [place for place in written_in_place() if not place.startswith(("storage/files.py", *this_run))] == []
    assert len(written_in_place()) > len(this_run), "the reader finds what it is to find"


def written_in_place() -> list[str]:
    """Return where a file is written or named by its final name."""
    found = []
    for place, call in nodes(ast.Call):
        if isinstance(call.func, ast.Attribute):
            whose, deed, given = ast.unparse(call.func.value), call.func.attr, call.args
            first = given[0] if given else None
            writes = deed in ("write_text", "write_bytes") or (
                deed == "open" and isinstance(first, ast.Constant) and str(first.value)[:1] in ("w", "x")
            )
            names = deed == "rename" or (deed == "replace" and len(given) == 1 and not call.keywords)
            if names or (writes and whose != "part") or whose == "os" and deed in ("rename", "replace"):
                found.append(place)
    return found


def test_files_stay_readable() -> None:
    """One idea a file; past 900 lines there are two."""
    assert [inside(path) for path in SOURCES if len(text_of(path).splitlines()) > 900] == []


def test_a_record_made_in_the_program_names_all_that_is_required() -> None:
    """Type checkers can not tell (``fields.line``): the description says what is optional, not the call."""
    from station_app.domain.fields import TO_BE_GIVEN, described_fields
    from station_app.domain.registry import all_types

    classes = {c.__name__: c for kind in all_types() for c in (kind.cls, *(f.line for f in kind.lists if f.line))}
    required = {n: {f.name for f in described_fields(c) if f.default is TO_BE_GIVEN} for n, c in classes.items()}
    wrong, met = [], 0
    for path in SOURCES:
        rooms = [
            n for n in ast.walk(tree_of(path)) if isinstance(n, ast.ImportFrom) and "domain.records" in (n.module or "")
        ]
        known = {name.name for room in rooms for name in room.names} & set(required)
        for call in (n for n in ast.walk(tree_of(path)) if isinstance(n, ast.Call) and known):
            if isinstance(call.func, ast.Name) and call.func.id in known:
                given = {word.arg for word in call.keywords}
                met += 1
                if None not in given and required[call.func.id] - given:
                    wrong.append(f"{path.name}:{call.lineno}: {required[call.func.id] - given}")
    assert met >= 15 and wrong == []


def test_no_dictionary_repeats_a_code_list() -> None:
    """What a code means is said in ``resources/codes/code_lists.csv`` alone; ``codes.label_of`` and ``word_of`` read it."""
    from station_app.domain.codes import all_lists

    listed = {(code, label.zh) for known in all_lists() for code, label in known.labels.items()}
    wrong = []
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Dict):
                said = [repeated_code(key, value) for key, value in zip(node.keys, node.values, strict=True)]
                if len(listed.intersection(said)) > 1:
                    wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == []


def repeated_code(key: ast.expr | None, value: ast.expr) -> tuple[object, object]:
    """Return the code and the Chinese words of ``"code": Text("zh", …)``."""
    words = value.args[0] if isinstance(value, ast.Call) and value.args else None
    return getattr(key, "value", None), getattr(words, "value", None)


def test_no_document_is_cited_that_the_repository_does_not_hold() -> None:
    """Say the thing itself, or cite a law, a standard, a study, or a table of ``resources``."""
    absent = re.compile(
        r"\bDESIGN\b|\bSTYLE §|requirements R\d|\b(balance|carbon|carbon\.md|compensation|survey)( facts)? §"
    )
    held = [p for folder in ("station_app", "tests", "resources", "installer") for p in (ROOT / folder).rglob("*.*")]
    papers = [p for p in held if p.suffix in (".py", ".csv", ".md", ".sh") and p != Path(__file__)]
    assert [p.name for p in papers if absent.search(p.read_text("utf-8"))] == []


def test_a_log_says_a_sentence_of_the_source() -> None:
    """``log.topic.info("saved %d rows", number)``: what varies is an argument, of which the log keeps what it may hold."""
    levels = ("debug", "info", "warning", "error", "exception", "critical")
    wrong, met = [], 0
    for place, call in nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in levels and "log." in ast.unparse(call.func):
            met += 1
            if not (isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)):
                wrong.append(place)
    assert met >= 10 and wrong == []
    assert lines_with(r"getLogger\(", but=("logs.py",)) == [], "station_app.logs has a logger for every topic"
