#!/usr/bin/env bash
# Makes the installers from the current commit, on a bare Debian 12 as root: one command.
#
#   bash installer/build.sh [linux] [windows] [update] [--out DIR]        all when none is named; DIR is dist by default
#
# Leaves the packages, an update file signed with GRASSLAND_RELEASE_KEY, bills of materials, SHA256SUMS and build-report.json
# (figures beside their budgets). What is not committed is not built. Roots, wheels, fonts and the compiled Python are kept
# in GRASSLAND_BUILD_CACHE; other settings stand in common/version.sh.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=common/roots.sh
source "$here/common/roots.sh"
# shellcheck source=common/font.sh
source "$here/common/font.sh"
wanted=()
out="$project/dist"
while (($#)); do
  case "$1" in
    linux | windows | update) wanted+=("$1") ;;
    --out)
      out="${2:?--out DIR}"
      shift
      ;;
    *) stop "用法 / usage: bash installer/build.sh [linux] [windows] [update] [--out DIR]" ;;
  esac
  shift
done
((${#wanted[@]})) || wanted=(linux windows)
need_commit
[[ -s /etc/ssl/certs/ca-certificates.crt ]] || host_packages ca-certificates ||
  stop "需要 ca-certificates。 / ca-certificates is needed."
export GRASSLAND_SOURCE_COMMIT="$commit" SOURCE_DATE_EPOCH # the same for all parts, whatever is committed meanwhile
version="$(program_version)"
[[ -n "$version" ]] || stop "station_app/__init__.py 中没有版本号。 / There is no version in station_app/__init__.py."
mkdir -p "$out"
out="$(cd "$out" && pwd -P)"
started=$SECONDS
say "构建 $version（$commit） / building"

report() { tool_python "$here/common/report.py" "$out/build-report.json" "$@" || true; }
for part in "${wanted[@]}"; do
  [[ "$part" == update ]] || bash "$here/$part/build.sh" "$out"
done

# --- the update file: all that is in the folder of this commit, signed anew whatever was built --------------------------

files=()
take() { # linux|windows FILE...: installers of another commit are no part of this update
  [[ "$(built_from "$out" "$1")" == "$commit" ]] || return 0
  local file
  for file in "${@:2}"; do [[ ! -s "$file" ]] || files+=("$file"); done
}
take linux "$out/grassland-station_${version}_amd64.deb" "$out/grassland-station-$version-1.x86_64.rpm" \
  "$out/grassland-station-$version-linux-x86_64.tar.xz"
take windows "$out/GrasslandStation-$version-setup.exe"
rm -f "$out"/*.gsupdate
if command -v unshare >/dev/null && ((${#files[@]})); then
  # The program's own code signs; its libraries are in the build root.
  # shellcheck source=linux/roots.sh
  source "$here/linux/roots.sh"
  freeze="$(freeze_root)" || exit 1
  source_copy="$cache/build/update-source"
  rm -rf "$source_copy"
  export_source "$source_copy"
  key="$(release_key)"
  names=()
  for file in "${files[@]}"; do names+=("/out/$(basename "$file")"); done
  root_run "$freeze" --offline --ro "$source_copy:/source" --ro "$key:/key" --bind "$out:/out" --env PYTHONDONTWRITEBYTECODE=1 \
    --env "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" -- /opt/python/bin/python3.11 /source/installer/make_update.py --key /key \
    --version "$version" --notes "${GRASSLAND_RELEASE_NOTES:-版本 $version}" --out /out "${names[@]}" >&2
  rm -rf "$source_copy"
fi

if [[ -z "${GRASSLAND_RELEASE_KEY:-}" ]]; then
  report release_key "unofficial: a key of the building machine"
  warn "没有指定 GRASSLAND_RELEASE_KEY：更新文件用本机的密钥签名，不是正式发布。 / No GRASSLAND_RELEASE_KEY: signed with a key of this machine, not an official release."
else
  report release_key "$(ssh-keygen -lf "$GRASSLAND_RELEASE_KEY" | cut -d' ' -f2)"
fi
for file in "$out"/*.gsupdate; do [[ ! -s "$file" ]] || report update_bytes "$(stat -c %s "$file")"; done
report version "$version"
report commit "$commit"
report build_seconds "$((SECONDS - started))"
(cd "$out" && find . -maxdepth 1 -type f \( -name '*.deb' -o -name '*.rpm' -o -name '*.tar.xz' -o -name '*-setup.exe' -o -name '*.gsupdate' \
  -o -name 'sbom-*.json' \) -printf '%P\n' | LC_ALL=C sort | xargs -r sha256sum) >"$out/SHA256SUMS"
cat "$out/SHA256SUMS"
