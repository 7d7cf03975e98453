#!/usr/bin/env bash
# Proves the installers where they will be used, as far as a machine without them can: clean Debian roots, Wine 10.
#
#   bash installer/prove.sh [debian12] [debian11] [wine] [speed] [reproduce] [all] [--from DIR]
#
#   debian12, debian11   the .deb, the portable archive and the .rpm: linux/prove.sh says what is tried
#   wine                 the Windows setup under Wine 10 in a Debian 13 root: windows/prove.sh
#   speed                start of the frozen program beside the same from source and beside an empty frozen window
#   reproduce            builds the packages that are there once more and compares their bytes
#   all                  everything (the default)
#
# DIR (default: dist) holds what build.sh made; what is missing is built. Pictures, logs and lists go to DIR/proof.
# Where roots cannot be made it says why and exits 0, or 1 with GRASSLAND_PROOF=required.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=common/roots.sh
source "$here/common/roots.sh"
parts=()
from="$project/dist"
while (($#)); do
  case "$1" in
    debian12 | debian11 | wine | speed | reproduce) parts+=("$1") ;;
    all) parts=(debian12 debian11 wine speed reproduce) ;;
    --from)
      from="${2:?--from DIR}"
      shift
      ;;
    *) stop "用法 / usage: bash installer/prove.sh [debian12] [debian11] [wine] [speed] [reproduce] [all] [--from DIR]" ;;
  esac
  shift
done
((${#parts[@]})) || parts=(debian12 debian11 wine speed reproduce)
if ! why="$(root_ready)" || { why="不是 git 工作区，没有可以构建的版本。 / Not a git checkout: there is no commit to build." && ! (need_commit) 2>/dev/null; }; then
  warn "安装包没有在干净的系统中验证：$why"
  [[ "${GRASSLAND_PROOF:-}" != required ]] || exit 1
  exit 0
fi
need_commit
version="$(program_version)"
mkdir -p "$from/proof"
from="$(cd "$from" && pwd -P)"

# Packages of another commit prove nothing about this one, nor does an update file that holds others.
need() { # linux|windows FILE
  if [[ ! -s "$from/$2" || "$(built_from "$from" "$1")" != "$commit" ]]; then bash "$here/build.sh" "$1" --out "$from"; fi
  update_of "$from" "$from/$2" >/dev/null 2>&1 || bash "$here/build.sh" update --out "$from"
}

failed=()
for part in "${parts[@]}"; do
  say "=== $part"
  case "$part" in
    debian12 | debian11)
      need linux "grassland-station_${version}_amd64.deb"
      suite=bookworm
      [[ "$part" == debian12 ]] || suite=bullseye
      bash "$here/linux/prove.sh" "$suite" "$from" "$from/proof" || failed+=("$part")
      ;;
    wine)
      need windows "GrasslandStation-$version-setup.exe"
      bash "$here/windows/prove.sh" "$from" "$from/proof" || failed+=("$part")
      ;;
    speed)
      need linux "grassland-station_${version}_amd64.deb"
      bash "$here/linux/speed.sh" "$from" "$from/proof" || failed+=("$part")
      ;;
    reproduce)
      need linux "grassland-station_${version}_amd64.deb"
      bash "$here/linux/reproduce.sh" "$from" "$from/proof" || failed+=("$part (Linux)")
      if [[ -s "$from/GrasslandStation-$version-setup.exe" && "$(built_from "$from" windows)" == "$commit" ]]; then
        bash "$here/windows/reproduce.sh" "$from" "$from/proof" || failed+=("$part (Windows)")
      fi
      ;;
  esac
done
if ((${#failed[@]})); then
  stop "没有通过 / failed: ${failed[*]} （$from/proof）"
fi
say "通过 / passed: ${parts[*]}"
