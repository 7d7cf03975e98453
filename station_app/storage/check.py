"""Is every saved version there, sound and shown as it should be? Looks at a copy; changes nothing."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from station_app.domain.problems import Problem, Severity
from station_app.domain.text import Text
from station_app.storage import projection
from station_app.storage.engine import DatabaseError, connect, translated
from station_app.storage.following import fill, waiting
from station_app.storage.problems import StorageProblem
from station_app.storage.reference import install_code_lists
from station_app.storage.versions import VERSION_COLUMNS, read_version
from station_app.storage.workspace import DATABASE


@dataclass
class CheckReport:
    """What ``check`` found; ``counts`` holds versions, records and rows compared."""

    problems: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not any(p.severity is Severity.ERROR for p in self.problems)


def check_workspace(folder: Path) -> CheckReport:
    """Check the file, recompute every version id, rebuild the projections into a copy and compare all of them.

    Raises:
        UserError: WSP-007 there is no workspace, DB-001 the file is damaged beyond reading, DB-002 no room for the copy.
    """
    install_code_lists()
    path = folder / DATABASE
    if not path.is_file():
        raise StorageProblem.NO_WORKSPACE.error(folder=folder)
    report = CheckReport()
    try:
        # A killed writer leaves a write-ahead log; reading it needs a connection that may write its index.
        source = connect(path)
        try:
            _check_file(source, report)
            _check_versions(source, report)
            _check_projections(source, folder, report)
        finally:
            source.close()
    except DatabaseError as error:
        raise translated(error, path) from error
    return report


def _error(report: CheckReport, code: str, zh: str, en: str) -> None:
    report.problems.append(Problem(code, Severity.ERROR, Text(zh, en)))


def _check_file(source: Any, report: CheckReport) -> None:
    for (verdict,) in source.execute("PRAGMA integrity_check(20)"):
        if verdict != "ok":
            _error(
                report,
                "CHK-001",
                f"数据库文件有损坏：{verdict}。请从备份恢复。",
                f"The database file is damaged: {verdict}. Restore from a backup.",
            )


def _check_versions(source: Any, report: CheckReport) -> None:
    total = unsound = 0
    for row in source.execute(f"SELECT {VERSION_COLUMNS} FROM version ORDER BY seq"):
        total += 1
        version = read_version(row)
        if not version.is_sound():
            unsound += 1
            if unsound <= 20:
                _error(
                    report,
                    "CHK-002",
                    f"版本 {version.version_id[:12]} 的内容与其编号不符，文件被改动过。请从备份恢复。",
                    f"Version {version.version_id[:12]} does not match its id: the file was altered. Restore from a backup.",
                )
    report.counts["versions"] = total
    report.counts["records"] = source.execute("SELECT count(DISTINCT record_id) FROM version").fetchone()[0]
    missing = source.execute(
        """SELECT count(*) FROM version v, json_each('["' || replace(v.parent_ids, ' ', '","') || '"]') parent
           WHERE v.parent_ids <> '' AND NOT EXISTS (SELECT 1 FROM version_parent p WHERE p.version_id=v.version_id
           AND p.parent_id=parent.value)"""
    ).fetchone()[0]
    if missing:
        _error(
            report,
            "CHK-003",
            f"{missing} 个版本的前后关系缺失。请从备份恢复。",
            f"The ancestry of {missing} versions is missing. Restore from a backup.",
        )


def _check_projections(source: Any, folder: Path, report: CheckReport) -> None:
    stored = source.execute("SELECT value FROM setting WHERE key='workspace.projection'").fetchone()
    if stored is None or stored[0] != projection.fingerprint() or waiting(source):
        report.problems.append(StorageProblem.TABLES_BEHIND.problem())
        return
    with tempfile.TemporaryDirectory(dir=folder, prefix="check-") as scratch:
        anew = connect(Path(scratch) / "anew.db")  # holds projections alone: the journal is read where it lies
        try:
            anew.execute("PRAGMA synchronous=OFF")
            anew.execute("ATTACH ? AS original", (f"{(folder / DATABASE).absolute().as_uri()}?mode=ro",))
            anew.execute("BEGIN")
            projection.create(anew)
            fill(anew)
            anew.execute("COMMIT")
            compared = 0
            for name in sorted(projection.known_tables() | {"split_head", "progress"}):
                columns = [row[1] for row in anew.execute(f'PRAGMA main.table_info("{name}")') if row[1] != "rowkey"]
                listed = ", ".join(f'"{c}"' for c in columns)
                compared += anew.execute(f'SELECT count(*) FROM main."{name}"').fetchone()[0]
                differing = 0
                for one, other in (("main", "original"), ("original", "main")):
                    differing += anew.execute(
                        f'SELECT count(*) FROM (SELECT {listed} FROM {one}."{name}" EXCEPT '
                        f'SELECT {listed} FROM {other}."{name}")'
                    ).fetchone()[0]
                if differing:
                    _error(
                        report,
                        "CHK-005",
                        f"表 {name} 有 {differing} 行与日志不符。重新打开工作站会重建它；流水日志完好。",
                        f"{differing} rows of table {name} differ from the journal. Opening the workspace rebuilds it; "
                        "the journal is sound.",
                    )
            report.counts["rows_compared"] = compared
        finally:
            anew.close()
