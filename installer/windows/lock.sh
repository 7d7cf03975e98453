#!/usr/bin/env bash
# Writes requirements.lock anew: the newest versions that pyproject.toml allows, for Windows, each with its hash.
#
#   bash installer/windows/lock.sh          then read the difference, build, prove, commit
#
# Held back on purpose, with the reason:
#   PySide6-Essentials 6.9.3   the last line that starts under Wine and needs no icuuc.dll of the system
#   numpy 2.1.3                2.2 and newer call ucrtbase functions that Wine 10 lacks; pandas runs on it
# Left out on purpose:
#   pip                        sqlite-utils names it for its command "install", which the program never runs
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=../common/version.sh
source "$here/../common/version.sh"
wheels="$(mktemp -d)"
trap 'rm -rf "$wheels"' EXIT
python3 - "$project/pyproject.toml" >"$wheels/wanted.txt" <<'PYTHON'
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    for line in tomllib.load(file)["project"]["dependencies"]:
        print(line.partition(";")[0].strip())
print("colorama")  # click and pyqtgraph want it on Windows; pip judges markers by the machine it runs on
print("PySide6-Essentials==6.9.3")
print("numpy==2.1.3")
PYTHON
python3 -m pip download --disable-pip-version-check -qq --platform win_amd64 --python-version 3.11 --implementation cp \
  --only-binary=:all: -d "$wheels" -r "$wheels/wanted.txt"
rm -f "$wheels"/pip-*.whl
{
  echo "# Written by installer/windows/lock.sh; wheels for 64-bit Windows and CPython 3.11."
  (cd "$wheels" && for wheel in *.whl; do
    python3 - "$wheel" "$(sha256sum "$wheel" | cut -d' ' -f1)" <<'PYTHON'
import sys
name, version = sys.argv[1].split("-")[:2]
print(f"{name.lower().replace('_', '-')}=={version} --hash=sha256:{sys.argv[2]}")
PYTHON
  done) | sort
} >"$here/requirements.lock"
wc -l "$here/requirements.lock" >&2
