#!/usr/bin/env bash
# Builds the Windows setup a second time, in another folder, and compares: bash installer/windows/reproduce.sh OUT PROOFDIR
# Exit 1 when the setup differs; the list in PROOFDIR says which files inside do.
set -euo pipefail
windows="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=../common/version.sh
source "$windows/../common/version.sh"
# shellcheck source=../common/font.sh
source "$windows/../common/font.sh"
out="$(cd "${1:?folder with the setup}" && pwd -P)"
proof="$(mkdir -p "${2:?folder for the proof}" && cd "$2" && pwd -P)"
version="$(program_version)"
setup="GrasslandStation-$version-setup.exe"
again="$cache/windows/again"
list="$proof/reproduce-windows.txt"
rm -rf "$again"
GRASSLAND_BUILD_MARK=-again bash "$windows/build.sh" "$again" >/dev/null
: >"$list"
differing=0
for file in "$setup" sbom-windows.cdx.json; do
  same=yes
  cmp -s "$out/$file" "$again/$file" || same=no differing=1
  case "$same" in
    yes) echo "✓ $file: 两次构建逐字节相同 / the same bytes twice, $(sha256sum "$again/$file" | cut -c1-16)…" ;;
    no) echo "✗ $file: 不同 / different" ;;
  esac | tee -a "$list" >&2
  tool_python "$common/report.py" "$out/build-report.json" "windows.reproduced.${file//./_}" "$same"
done
if ((differing)); then
  diff -rq "$cache/windows/work-$version/stage" "$cache/windows/work-$version-again/stage" | tee -a "$list" >&2 || true
fi
rm -rf "$again" "$cache/windows/work-$version-again"
((differing == 0))
