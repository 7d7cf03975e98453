"""The same roster read on two laptops of one station: the county is told before it takes the second in, and ``check`` says it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from station_app.commands.cli import main

CASES = Path(os.environ.get("GRASSLAND_SHARED") or Path(__file__).resolve().parents[3] / "shared") / "cases" / "excel"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"the field's cases are not at {CASES}")


def roster(folder: Path) -> Path:
    """A roster without household codes: both laptops give the same ones."""
    path = folder / "名册.csv"
    path.write_text("嘎查村,户主姓名,身份证号码,草原承包面积(亩)\n示例嘎查,示例甲,,1200.5\n示例嘎查,示例乙,,800\n", encoding="utf-8")  # fmt: skip
    return path


@pytest.mark.parametrize("file", [None, pytest.param("no_code.xlsx", marks=needs_cases)])
def test_a_roster_read_on_two_laptops(file: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: object) -> tuple[int, dict[str, Any]]:
        capsys.readouterr()
        code = main([*map(str, arguments), "--json"])
        return code, json.loads(capsys.readouterr().out)

    read = CASES / file if file else roster(tmp_path)
    county, out = tmp_path / "县", tmp_path / "U盘"
    assert (
        run("init", county, "--org-code", "152522", "--org-name", "示例旗", "--role", "county", "--author", "示例员")[0]
        == 0
    )
    packages = []
    for name in ("甲", "乙"):
        laptop = tmp_path / name
        run("init", laptop, "--org-code", "152522200", "--org-name", "示例站", "--author", f"示例{name}")
        code, said = run("import", read, "--workspace", laptop, "--as", "household", "--yes",
                         "--answer", "whole:account_holder==head_name", "--answer", "whole:bank_name=示例银行",
                         "--answer", "village:示例嘎查=152522200777", "--answer", "villages:name=make",
                         "--answer", "number:household=match")  # fmt: skip
        assert code == 0, said
        card = run("card", "--workspace", laptop, "--out", tmp_path / f"卡{name}")[1]["path"]
        assert run("accept-card", card, "--workspace", county)[0] == 0
        packages.append(run("package", "--workspace", laptop, "--out", out)[1]["path"])

    code, said = run("receive", packages[0], "--workspace", county, "--out", out)
    assert code == 0 and not [p for p in said.get("problems", ()) if p["code"] == "TWN-004"]
    code, said = run("check", "--workspace", county)
    assert code == 0 and "problems" not in said

    code, said = run("receive", packages[1], "--workspace", county, "--out", out)
    named = [p for p in said["problems"] if p["code"] == "TWN-004"]
    assert code == 1 and "receipts" not in said and said["comparison"]["twins"] == len(named) == 2
    assert all(p["severity"] == "warn" and "示例甲 登记" in p["text"] for p in named)
    heads = "select code, count(*) n from household group by code"
    assert [row["n"] for row in run("query", "--workspace", county, heads)[1]["rows"]] == [1, 1], "nothing was taken in"

    code, said = run("receive", packages[1], "--workspace", county, "--out", out, "--confirm-unlikely")
    assert code == 0 and said["receipts"] and [p for p in said["problems"] if p["code"] == "TWN-004"] == named
    rows = run("query", "--workspace", county, heads)[1]["rows"]
    assert [row["n"] for row in rows] == [2, 2]
    code, said = run("check", "--workspace", county)
    assert code == 0 and [p["code"] for p in said["problems"]] == ["SND-006", "SND-006"]
    assert said["counts"]["entered_twice"] == 2 and all(row["code"] in str(said["problems"]) for row in rows)
    main(["check", "--workspace", str(county), "--language", "en"])
    assert "Sound:" not in capsys.readouterr().out
