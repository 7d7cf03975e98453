#!/usr/bin/env bash
# Builds the Linux packages a second time, elsewhere, and compares: bash installer/linux/reproduce.sh OUT PROOFDIR
# Exit 1 when a package differs; the list in PROOFDIR says which files inside do.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=roots.sh
source "$here/roots.sh"
# shellcheck source=../common/font.sh
source "$here/../common/font.sh"
out="$(cd "${1:?folder with the packages}" && pwd -P)"
proof="$(mkdir -p "${2:?folder for the proof}" && cd "$2" && pwd -P)"
version="$(program_version)"
again="$cache/build/again"
rm -rf "$again"
GRASSLAND_BUILD_MARK=-again bash "$here/build.sh" "$again"
list="$proof/reproduce.txt"
: >"$list"
differing=0
for file in "grassland-station_${version}_amd64.deb" "grassland-station-$version-linux-x86_64.tar.xz" \
  "grassland-station-$version-1.x86_64.rpm" sbom-linux.cdx.json; do
  if cmp -s "$out/$file" "$again/$file"; then
    echo "✓ $file: 两次构建逐字节相同 / the same bytes twice, $(sha256sum "$again/$file" | cut -c1-16)…" | tee -a "$list" >&2
    tool_python "$common/report.py" "$out/build-report.json" "linux.reproduced.${file//./_}" yes
  else
    differing=$((differing + 1))
    echo "✗ $file: 不同 / different" | tee -a "$list" >&2
    tool_python "$common/report.py" "$out/build-report.json" "linux.reproduced.${file//./_}" no
  fi
done
if ((differing)); then
  first="$again/first" second="$again/second"
  mkdir -p "$first" "$second"
  dpkg-deb -R "$out/grassland-station_${version}_amd64.deb" "$first"
  dpkg-deb -R "$again/grassland-station_${version}_amd64.deb" "$second"
  diff -rq --no-dereference "$first" "$second" | sed "s|$again/||g" | tee -a "$list" >&2 || true
fi
rm -rf "$again" "$cache/build/linux-$version-again"
((differing == 0))
