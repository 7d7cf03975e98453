"""Does the installed program work on this machine? Every step does the real thing in a scratch folder."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from station_app.domain.text import CHINESE, ENGLISH


def self_test() -> list[dict[str, Any]]:
    """Run all steps and return one entry each: ``ok``, ``zh``, ``en`` and ``error`` where it failed."""
    with tempfile.TemporaryDirectory(prefix="grassland-self-test-") as scratch:
        folder = Path(scratch)
        return [
            _step("资源文件齐全", "reference files are there", _resources),
            _step("建立工作站、录入、打包、县级接收、回执", "workspaces made, records entered, packed, received, receipted",
                  lambda: _records(folder)),
            _step("旧格式升级时先备份再重建", "an older file is copied, then rebuilt", lambda: _upgrade(folder)),
            _step("工作站数据完好", "the workspace checks out", lambda: _check(folder)),
            _step("导出工作簿并回读", "a workbook is written and read back", lambda: _workbook(folder)),
            _step("上报包验证通过", "a package verifies", lambda: _package(folder)),
            _step("窗口在两种语言下打开", "the window opens in both languages", lambda: _window(folder)),
        ]  # fmt: skip


def _step(zh: str, en: str, run: Callable[[], None]) -> dict[str, Any]:
    try:
        run()
    except Exception as error:
        return {"ok": False, "zh": zh, "en": en, "error": f"{type(error).__name__}: {error}",
                "trace": traceback.format_exc()}
    return {"ok": True, "zh": zh, "en": en, "error": ""}


def _resources() -> None:
    from station_app.domain.codes import code_list
    from station_app.storage.reference import install_code_lists, resource_folder

    install_code_lists()
    assert code_list("species").items
    for name in ("standards/sheep_unit_adult.csv", "sample/divisions.csv"):
        assert (resource_folder() / name).is_file(), name


def _records(folder: Path) -> None:
    from station_app.county.rehearsal import build_training

    build_training(folder / "training")


def _upgrade(folder: Path) -> None:
    from station_app.storage.engine import connect
    from station_app.storage.workspace import DATABASE, Workspace

    station = folder / "training" / "station"
    raw = connect(station / DATABASE)
    raw.execute("UPDATE setting SET value='another shape' WHERE key LIKE 'workspace.projection%'")
    raw.close()
    Workspace.open(station).close()
    assert list((station / "backups").glob("*before-upgrade*"))


def _check(folder: Path) -> None:
    from station_app.storage.check import check_workspace

    report = check_workspace(folder / "training" / "station")
    assert report.ok, report.problems


def _workbook(folder: Path) -> None:
    from station_app.exchange.excel.reports import export_report
    from station_app.services.training import YEAR
    from station_app.storage.workspace import Workspace

    with Workspace.open(folder / "training" / "station") as station:
        result = export_report(station.read, "household-roster", year=YEAR, language=CHINESE, target=folder / "名册.xlsx")
    assert result.rows > 0 and result.path.stat().st_size > 0


def _package(folder: Path) -> None:
    from station_app.exchange.package.verify import verify_package

    packages = sorted((folder / "training" / "packages").glob("*.zip"))
    assert packages
    for package in packages:
        report = verify_package(package, None)
        assert report.ok, report.problems


def _window(folder: Path) -> None:
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")) and os.name == "posix":
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from station_app.ui.tour import open_once

    for language in (CHINESE, ENGLISH):
        open_once(folder / "training" / "station", language=language)
