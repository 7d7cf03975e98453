#!/usr/bin/env bash
# Proves the Windows setup under Wine 10 (Debian 13) with a virtual screen: install, try, upgrade with data, refuse, remove.
#
#   bash installer/windows/prove.sh OUT PROOFDIR [PREVIOUS_SETUP]
#
# OUT holds the setup made by build.sh and the update file *.gsupdate that holds it. PROOFDIR gets pictures, logs and
# wine.txt, a line for each thing that was tried; figures go to OUT/build-report.json. Without PREVIOUS_SETUP the same
# source is built as version 0.0.9. The person under Wine has a Chinese name, the folders have Chinese names with blanks,
# and the code page is 936. Exit 0 when everything held, 1 when not. Wine is no Windows: README.md says what is left open.
set -euo pipefail
windows="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=../common/roots.sh
source "$windows/../common/roots.sh"
# shellcheck source=../common/font.sh
source "$windows/../common/font.sh"
out="$(cd "${1:?folder with the setup}" && pwd -P)"
proof="${2:?folder for the proof}"
mkdir -p "$proof"
proof="$(cd "$proof" && pwd -P)"
why="$(root_ready)" || stop "$why"
version="$(program_version)"
setup="$out/GrasslandStation-$version-setup.exe"
[[ -s "$setup" ]] || stop "没有 $setup，请先构建。 / $setup is not there; build it first."
update="$(update_of "$out" "$setup")" || exit 1
previous="${3:-}"
if [[ -z "$previous" ]]; then
  previous="$cache/windows/previous-$commit/GrasslandStation-0.0.9-setup.exe"
  if [[ ! -s "$previous" ]]; then
    rm -rf "$cache"/windows/previous-*
    say "构建升级前的版本 / building the version to upgrade from"
    GRASSLAND_QUICK=1 GRASSLAND_VERSION_OVERRIDE=0.0.9 bash "$windows/build.sh" "$(dirname "$previous")" >/dev/null
  fi
fi
person=示例用户

make_wine_root() { # FOLDER
  root_apt "$1" trixie wine wine64 fonts-wqy-microhei locales
  echo "zh_CN.UTF-8 UTF-8" >>"$1/etc/locale.gen"
  root_run "$1" -- locale-gen >/dev/null
  mkdir -p "$1/home/station" "$1/small" "$1/proof" "$1/setups"
  echo "$person:x:1000:1000::/home/station:/bin/bash" >>"$1/etc/passwd"
  echo "$person:x:1000:" >>"$1/etc/group"
  chown 1000:1000 "$1/home/station"
}

# The screen's tools are in another root; the proof asks for them through a file.
serve() { # FOLDER with asked, answer; SCREEN
  local line
  while sleep 0.2; do
    [[ -s "$1/asked" ]] || continue
    read -r -a line <"$1/asked"
    rm -f "$1/asked"
    case "${line[0]}" in
      picture) display_picture "$2" "$proof/${line[1]}.png" || true ;;
      key) _display "$2" xdotool key --clearmodifiers "${line[@]:1}" || true ;;
      windows) display_windows "$2" >"$1/windows" 2>/dev/null || : >"$1/windows" ;;
    esac
    echo done >"$1/answer"
  done
}

wine_root="$(root_made wine trixie make_wine_root "$(declare -f make_wine_root)")"
work="$(mktemp -d "$cache/windows/proof.XXXXXX")"
screen="$work/screen"
server=""
finish() {
  [[ -z "$server" ]] || kill "$server" 2>/dev/null || true
  display_stop "$screen"
  rm -rf --one-file-system "$work"
}
trap finish EXIT
mkdir -p "$work/home" "$work/setups" "$work/proof" "$work/tmp"
chmod 777 "$work/proof"
chmod 1777 "$work/tmp"
chown 1000:1000 "$work/home"
cp "$setup" "$work/setups/new.exe"
cp "$previous" "$work/setups/previous.exe"
cp "$update" "$work/setups/update.gsupdate"
cp "$windows/prove_inside.sh" "$work/setups/"
display="$(display_start "$screen" 1366x768)"
serve "$work/proof" "$screen" &
server=$!

say "Wine: $(basename "$previous") → $(basename "$setup")"
started=$SECONDS
status=0
root_run "$wine_root" --offline --bind "$work/tmp:/tmp" --display "$display" --ro "$work/setups:/setups" --bind "$work/home:/home/station" \
  --bind "$work/proof:/proof" --env "PERSON=$person" --env "VERSION=$version" -- bash /setups/prove_inside.sh ||
  status=$?
cp "$work/proof"/*.txt "$work/proof"/*.json "$work/proof"/*.png "$proof/" 2>/dev/null || true
for line in $(sed -n 's/^figure //p' "$proof/wine-figures.txt"); do
  tool_python "$windows/../common/report.py" "$out/build-report.json" "windows.wine.${line%%=*}" "${line#*=}" 2>/dev/null || true
done
tool_python "$windows/../common/report.py" "$out/build-report.json" windows.wine.proof_seconds "$((SECONDS - started))"
[[ "$status" == 0 ]] && ! grep -q '^FAILED' "$proof/wine.txt" && grep -q '^ok end$' "$proof/wine.txt" ||
  stop "Windows 安装包没有全部通过，见 $proof/wine.txt。 / Not everything held for the Windows setup: $proof/wine.txt."
say "Windows 安装包：$(grep '^ok ' "$proof/wine.txt" | grep -vc '^ok end$') 项通过 / checks passed"
