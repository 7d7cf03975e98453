#!/usr/bin/env python3
"""Writes PROOF.md from a finished run: python3 installer/common/proof.py DIST [--out installer/PROOF.md]

DIST holds build-report.json and the folder proof that prove.sh left. The section "looked at" is written by hand by whoever
looked at the pictures, and is kept.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LOOKED_AT = "## 看过的图片 · Pictures looked at"
HEAD = """# 验证报告 · Proof

由 `bash installer/prove.sh all` 的一次实际运行生成（`common/proof.py`）。`✓` 是通过的一项，`✗` 是没有通过的一项。
Written from a real run of `bash installer/prove.sh all`. The "previous version" of the upgrades is the same source built under the
number 0.0.9: there is no older release yet. What no machine here can prove stands as lists to tick in [README.md](README.md)
and [windows/README.md](windows/README.md).
"""
TITLES = {
    "debian12": "Debian 12：.deb、便携版、.rpm · the packages in a clean Debian 12",
    "debian11": "Debian 11：.deb · the .deb in a clean Debian 11",
    "wine": "Wine 10（Debian 13）：Windows 安装包 · the Windows setup under Wine 10 in a Debian 13",
    "reproduce": "两次构建 · Two builds",
    "reproduce-windows": "两次构建（Windows） · Two builds (Windows)",
}


def number(value: Any) -> str:
    """Return a figure as people read it: bytes in MB, the rest as it is."""
    if isinstance(value, int) and value > 100_000:
        return f"{value / 1_000_000:.1f} MB"
    return str(value)


def rows(report: dict[str, Any], prefix: str = "") -> list[str]:
    """Return a line of a table for each figure, with its budget where it has one."""
    lines = []
    for name, value in report.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and set(value) == {"value", "budget", "within"}:
            mark = "✓" if value["within"] else "✗"
            lines.append(f"| {key} | {number(value['value'])} | {number(value['budget'])} {mark} |")
        elif isinstance(value, dict):
            lines += rows(value, f"{key}.")
        else:
            lines.append(f"| {key} | {number(value)} | |")
    return lines


def steps(path: Path) -> list[str]:
    """Return the lines of a list of checks as items, in one form for all proofs."""
    found = []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("ok "):
            line = "✓ " + line[3:]
        elif line.startswith("FAILED"):
            line = "✗ " + line[6:].strip(" :")
        if line.strip() and line != "✓ end":
            found.append(f"- {line.removeprefix('· ')}")
    return found


def proof(dist: Path, before: str) -> str:
    """Return the whole text; ``before`` is the PROOF.md there was."""
    report = json.loads((dist / "build-report.json").read_text("utf-8"))
    names = [name for name in TITLES if (dist / "proof" / f"{name}.txt").exists()]
    latest = max((dist / "proof" / f"{name}.txt").stat().st_mtime for name in names)
    day = datetime.fromtimestamp(latest, UTC).strftime("%Y-%m-%d")
    parts = [HEAD, f"**{day}** · {report.get('version')} · `{report.get('commit')}`\n"]
    for name in names:
        lines = steps(dist / "proof" / f"{name}.txt")
        failed = sum(line.startswith("- ✗") for line in lines)
        passed = sum(line.startswith("- ✓") for line in lines)
        count = f"{passed} ✓" + (f", {failed} ✗" if failed else "")
        parts.append(f"## {TITLES[name]}（{count}）\n\n" + "\n".join(lines) + "\n")
    parts.append("## 数字 · Figures\n\n| | | 预算 budget |\n|---|---|---|\n" + "\n".join(rows(report)) + "\n")
    _, found, kept = before.partition(LOOKED_AT)
    parts.append(LOOKED_AT + (kept if found else "\n\n尚未写 / not written yet.\n"))
    return "\n".join(parts)


def main() -> int:
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("dist", type=Path)
    made.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "PROOF.md")
    chosen = made.parse_args()
    before = chosen.out.read_text("utf-8") if chosen.out.exists() else ""
    chosen.out.write_text(proof(chosen.dist, before), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
