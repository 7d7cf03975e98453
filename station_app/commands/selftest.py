"""Does the installed program work on this machine? Every step does the real thing in a scratch folder.

Nothing of the person's is touched: workspaces, settings and logs of the test lie in a temporary folder that is removed.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from station_app import __version__, paths
from station_app.commands import demo
from station_app.county import training
from station_app.domain import codes
from station_app.domain.generic import JSON
from station_app.domain.text import CHINESE, ENGLISH, Text
from station_app.exchange.excel import importer, reports
from station_app.exchange.package import sshsig, verify
from station_app.exchange.update import installed, making, reading
from station_app.storage import check, engine, reference, workspace
from station_app.storage import keys as device_keys
from station_app.ui import pdf, printing, tour

BUDGET_SECONDS = 60
TYPED_CODE, TYPED_VILLAGE, TYPED_NAME = "1525222002010098", "152522200201", "示例键入户"
LIBRARIES = (
    "PySide6-Essentials", "shiboken6", "sqlcipher3", "sqlite-utils", "cryptography", "msgspec", "openpyxl", "xlsxwriter",
    "python-calamine", "pandas", "numpy", "pyqtgraph", "pypinyin", "platformdirs",
)  # fmt: skip

Step = tuple[str, str, Callable[[], None]]


def self_test(*, picture: Path | None = None) -> dict[str, JSON]:
    """Run all steps; each entry says ``ok``, ``zh``, ``en``, ``milliseconds`` and, where it failed, ``error``.

    Args:
        picture: Where a picture of the window with the typed record goes.

    Raises:
        OSError: there is no folder for temporary files.
    """
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="grassland-self-test-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch)
        with _own_data(folder / "data"):
            test = _Test(folder, picture.absolute() if picture is not None else None)
            steps = [_step(*step) for step in test.steps()]
            where = test.platform
    seconds = time.perf_counter() - begun
    return {
        "ok": all(s["ok"] for s in steps),
        "seconds": round(seconds, 1),
        "budget_seconds": BUDGET_SECONDS,
        "steps": steps,
        "program": f"{__version__} ({_kind()}), Python {platform.python_version()}, {platform.platform()}",
        "display": where,
        "libraries": _libraries(),
    }


@contextmanager
def _own_data(folder: Path) -> Iterator[None]:
    """Keep recent files, logs and the training station of the test away from the person's."""
    before = os.environ.get(paths.DATA)
    os.environ[paths.DATA] = str(folder)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(paths.DATA, None)
        else:
            os.environ[paths.DATA] = before


def _step(zh: str, en: str, run: Callable[[], None]) -> dict[str, object]:
    begun = time.perf_counter()
    error = trace = ""
    try:
        run()
    except Exception as found:
        error, trace = f"{type(found).__name__}: {found}", traceback.format_exc()
    spent = round((time.perf_counter() - begun) * 1000)
    return {"ok": not error, "zh": zh, "en": en, "milliseconds": spent, "error": error, "trace": trace}


def _kind() -> str:
    return installed.installed().kind


def _libraries() -> dict[str, str]:
    """Return the versions of what came along, and of the one SQLite."""
    found = {"SQLite": ".".join(map(str, engine.SQLITE_VERSION))}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            module = sys.modules.get(
                {"PySide6-Essentials": "PySide6", "python-calamine": "python_calamine"}.get(name, name)
            )
            found[name] = str(getattr(module, "__version__", "?"))
    return found


class _Test:
    """The steps, in order; later ones stand on what earlier ones made."""

    def __init__(self, folder: Path, picture: Path | None) -> None:
        self.folder = folder
        self.station = folder / "training" / "station"
        self.picture = picture
        self.platform = ""

    def steps(self) -> list[Step]:
        """Return what is tried."""
        return [
            ("资源文件齐全", "reference files are there", self.resources),
            ("建立工作站、录入、打包、县级接收、回执", "workspaces made, records entered, packed, received, receipted",
             self.records),
            ("旧格式升级时先备份再重建", "an older file is copied, then rebuilt", self.upgrade),
            ("工作站数据完好", "the workspace checks out", self.check),
            ("导出工作簿并回读", "a workbook is written and read back", self.workbook),
            ("读入工作簿", "a workbook is read in", self.import_workbook),
            ("上报包验证通过", "a package verifies", self.package),
            ("更新文件制作并核对", "an update file is made and verified", self.update),
            ("窗口打开，用键盘录入一户并保存", "the window opens, a household is typed and saved", self.typing),
            ("窗口在两种语言下打开", "the window opens in both languages", self.languages),
            ("中文字体可以显示", "Chinese characters are drawn", self.fonts),
            ("打印成 PDF 并回读", "a PDF is printed and read back", self.pdf),
            ("图表库和分析库可以装入", "charts and analysis load", self.libraries),
        ]  # fmt: skip

    def resources(self) -> None:
        reference.install_code_lists()
        assert codes.code_list("species").items
        for name in ("standards/sheep_unit_adult.csv", "divisions/areas.csv.xz", "icons/grassland-station.svg",
                     "release/allowed_signers"):  # fmt: skip
            assert (reference.resource_folder() / name).is_file(), name

    def records(self) -> None:
        training.build_training(self.folder / "training")

    def upgrade(self) -> None:
        raw = engine.connect(self.station / workspace.DATABASE)
        raw.execute("UPDATE setting SET value='another shape' WHERE key LIKE 'workspace.projection%'")
        raw.close()
        workspace.Workspace.open(self.station).close()
        assert list((self.station / "backups").glob("*before-upgrade*"))

    def check(self) -> None:
        report = check.check_workspace(self.station)
        assert report.ok, report.problems

    def workbook(self) -> None:
        target = self.folder / "名册.xlsx"
        with workspace.Workspace.open(self.station) as station:
            result = reports.export_report(
                station.read, "household-roster", year=training.YEAR, language=CHINESE, target=target
            )
        assert result.rows > 0 and result.path.stat().st_size > 0

    def import_workbook(self) -> None:
        import openpyxl

        book = openpyxl.Workbook()
        book.active.append(["嘎查村代码", "户编码", "户主姓名"])
        book.active.append([TYPED_VILLAGE, "1525222002010097", "示例导入户"])
        target = self.folder / "花名册.xlsx"
        book.save(target)
        with workspace.Workspace.open(self.station) as station:
            plan = importer.plan_import(station.read, target, "household")
        assert not plan.errors and plan.new == 1, plan.problems

    def package(self) -> None:
        packages = sorted((self.folder / "training" / "packages").glob("*.zip"))
        assert packages
        for package in packages:
            report = verify.verify_package(package, None)
            assert report.ok, report.problems

    def update(self) -> None:
        from datetime import date

        keys = self.folder / "release"
        keys.mkdir()
        device_keys.make_device_key(keys, "self-test")
        key = sshsig.SigningKey.read(keys / device_keys.PRIVATE_NAME)
        installer = self.folder / "grassland-station_99.0.0_amd64.deb"
        installer.write_bytes(b"example")
        path = making.make_update([installer], self.folder, key, version="99.0.0", released=date(2026, 1, 1),
                           notes=Text("自检", "self-test"), minimum_from="0.0.1", minimum_workspace=1)  # fmt: skip
        opened = reading.verify_update(path, sshsig.Signers(sshsig.parse_allowed_signers(making.signers_line(key))))
        assert opened.manifest.version == "99.0.0"

    # --- the window

    def typing(self) -> None:
        demo.draw_without_display()
        self.platform = tour.type_household(self.station, TYPED_VILLAGE, TYPED_CODE, TYPED_NAME, picture=self.picture)

    def languages(self) -> None:
        for language in (CHINESE, ENGLISH):
            tour.open_once(self.station, language=language)

    def fonts(self) -> None:
        tour.judge_fonts("草原站牧户羊单位")

    def pdf(self) -> None:
        for what, record in (("household", TYPED_CODE), ("public-notice", "")):
            target = self.folder / f"{what}.pdf"
            with workspace.Workspace.open(self.station) as station:
                written = printing.print_pdf(what, station, target, record_id=record, language=CHINESE)
            pages, characters = pdf.read_back(target)
            assert pages == written.pages >= 1 and not written.missing, written
            assert set("示例" if what == "public-notice" else TYPED_NAME) <= characters, "the names can be searched"

    def libraries(self) -> None:
        os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
        from importlib.util import find_spec

        import numpy
        import pypinyin
        import pyqtgraph

        assert int(numpy.array([1, 2, 3]).sum()) == 6 and pypinyin.lazy_pinyin("草") == ["cao"]
        assert pyqtgraph.__version__
        if find_spec("pandas") is not None:  # a bundle leaves it out as long as nothing in the program uses it
            import pandas

            assert int(pandas.DataFrame({"亩": numpy.array([1, 2, 3])})["亩"].sum()) == 6
