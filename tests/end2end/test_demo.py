"""The whole way, by the real process: record, export, pack, receive, receipt, and totals that agree everywhere."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path

import patience
import program_process
import pytest

from station_app.storage.check import check_workspace
from station_app.storage.reader import Filter, Query, Reader
from station_app.storage.workspace import DATABASE


def run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command as a process of its own."""
    done = program_process.run(*arguments)
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, run as a person's shell does."""
    folder = tmp_path_factory.mktemp("演示 demo") / "out"
    command = [
        sys.executable,
        "-m",
        "station_app.commands.cli",
        "demo",
        "--out",
        str(folder),
        "--no-pictures",
        "--json",
    ]
    subprocess.run(command, timeout=patience.SECONDS, check=True)
    return folder


def test_totals_agree_to_the_fen_the_head_and_the_thousandth_mu(out: Path) -> None:
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["totals_agree"] is True
    totals = summary["totals"]
    assert set(totals) == {"station", "workbooks", "packages", "county"}
    for name in ("households", "area_mu", "head", "quadrats", "net_yuan"):
        values = {place: Decimal(found[name]) for place, found in totals.items()}
        assert len(set(values.values())) == 1 and values["station"] > 0, (name, values)


def test_workbooks_package_receipt_are_left(out: Path) -> None:
    assert len(list((out / "workbooks").glob("*.xlsx"))) == 5
    assert len(list((out / "packages").glob("GSP_*.zip"))) == 2
    assert len(list((out / "receipts").glob("*.zip"))) == 2
    for place in ("station", "county"):
        assert check_workspace(out / place).ok


def test_everything_sent_is_received_by_a_verified_receipt(out: Path) -> None:
    states = json.loads((out / "summary.json").read_text(encoding="utf-8"))["states"]
    assert set(states) <= {"received", "accepted", "brought", "complete", "returned"}
    assert states["complete"] == 1 and states["returned"] == 1, "what is left to do on the training station"
    assert states.get("received", 0) + states.get("accepted", 0) > 250


def test_public_notice_names_nobody_by_number(out: Path) -> None:
    """RULE C32: no identity number, account or phone on the sheet that is posted."""
    with zipfile.ZipFile(next((out / "workbooks").glob("5-*.xlsx"))) as book:
        content = "".join(book.read(n).decode("utf-8") for n in book.namelist() if n.endswith(".xml"))
    assert not re.search(r"\d{17}[\dX]|62999\d{9}", content)
    assert "身份证" not in content and "账号" not in content


def test_demo_again_over_its_own_folder_and_not_over_another(out: Path, tmp_path: Path) -> None:
    copy = tmp_path / "again"
    shutil.copytree(out, copy)
    run("demo", "--out", str(copy), "--no-pictures")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    refused = run("demo", "--out", str(tmp_path / "mine"), "--no-pictures", check=False)
    assert refused.returncode == 1 and "CLI-004" in refused.stderr
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "x"


def test_commands_one_after_another_as_two_offices_would(tmp_path: Path, out: Path) -> None:
    station, county, mail = tmp_path / "站", tmp_path / "县", tmp_path / "u盘"
    run(
        "init",
        str(station),
        "--org-code",
        "152522200",
        "--org-name",
        "示例站",
        "--role",
        "station",
        "--author",
        "示例员",
    )
    run("init", str(county), "--org-code", "152522", "--org-name", "示例县", "--role", "county", "--author", "示例员")
    cards = [
        json.loads(run("card", "--workspace", str(w), "--out", str(mail), "--json").stdout)["path"]
        for w in (station, county)
    ]
    run("accept-card", cards[0], "--workspace", str(county))
    run("accept-card", cards[1], "--workspace", str(station))
    template = tmp_path / "牧户.xlsx"
    run("template", "household", "--out", str(template))
    assert template.is_file()
    sheet = tmp_path / "牧户.csv"
    sheet.write_text(
        "户编码,嘎查村代码,户主姓名,承包面积(亩)\n1525222002010001,152522200201,示例甲,1026.8\n1525222002010002,152522200201,示例乙,33.33\n",
        encoding="utf-8-sig",
    )
    dry = json.loads(
        run("import", str(sheet), "--as", "household", "--workspace", str(station), "--dry-run", "--json").stdout
    )
    assert (dry["new"], dry["dry_run"]) == (2, True)
    run("import", str(sheet), "--as", "household", "--workspace", str(station))
    again = json.loads(run("import", str(sheet), "--as", "household", "--workspace", str(station), "--json").stdout)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 2)
    roster = tmp_path / "名册.xlsx"
    run("export", "household-roster", "--workspace", str(station), "--out", str(roster))
    package = json.loads(run("package", "--workspace", str(station), "--out", str(mail), "--json").stdout)["path"]
    run("verify", package)
    answer = json.loads(run("receive", package, "--workspace", str(county), "--out", str(mail), "--json").stdout)
    receipt = answer["receipts"][0]["receipt"]
    run("apply-receipt", receipt, "--workspace", str(station))
    nothing = run("package", "--workspace", str(station), "--out", str(mail), check=False)
    assert nothing.returncode == 1 and "PKG-" in nothing.stderr
    for workspace in (station, county):
        run("check", "--workspace", str(workspace))
    run("backup", "--workspace", str(station), "--out", str(mail))


@pytest.mark.parametrize(
    "wrong",
    [["nonsense"], ["export", "household-roster"], ["tour", "--out", "x", "--theme", "pink"], ["import", "a.xlsx"]],
)
def test_wrong_use_is_exit_code_2(wrong: list[str]) -> None:
    assert run(*wrong, check=False).returncode == 2


def test_every_command_explains_itself() -> None:
    top = run("--help").stdout
    for name in (
        "init",
        "demo",
        "template",
        "import",
        "export",
        "package",
        "verify",
        "receive",
        "apply-receipt",
        "check",
        "tour",
        "self-test",
    ):
        assert name in top
        assert name in run(name, "--help").stdout


def test_problems_are_one_sentence_with_a_code_in_both_languages(tmp_path: Path) -> None:
    for language, word in (("zh_CN", "工作站"), ("en", "workspace")):
        done = run("check", "--workspace", str(tmp_path), "--language", language, check=False)
        assert done.returncode == 1 and "WSP-007" in done.stderr and word in done.stderr
        assert "Traceback" not in done.stderr


def test_a_returned_record_says_what_the_county_asked(out: Path) -> None:
    with Reader(out / "station" / DATABASE) as reader:
        (row,) = reader.rows(Query("inspection", (Filter("_state", "eq", "returned"),)))
        assert "请补充整改通知书的照片" in reader.said_about(row.version_id)
        other = reader.rows(Query("household"))[0]
        assert reader.said_about(other.version_id) == ""


def test_query_reads_and_cannot_write(out: Path) -> None:
    station = str(out / "station")
    found = json.loads(run("query", "SELECT count(*) AS n FROM household", "--workspace", station, "--json").stdout)
    assert found["rows"] == [{"n": 36}]
    assert run("query", "SELECT code FROM household LIMIT 1", "--workspace", station).stdout.splitlines()[0] == "code"
    for statement in ("DELETE FROM household", "DROP TABLE version", "nonsense"):
        refused = run("query", statement, "--workspace", station, check=False)
        assert refused.returncode == 1 and "CLI-006" in refused.stderr and "Traceback" not in refused.stderr
    assert check_workspace(out / "station").ok
