#!/usr/bin/env bash
# The Linux packages, from the current commit: bash installer/linux/build.sh OUT     (called by installer/build.sh)
#
#   GRASSLAND_FORMATS    which of "deb portable rpm" (default: all)
#   GRASSLAND_QUICK=1    packed fast and large: for the previous version of an upgrade proof
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=roots.sh
source "$here/roots.sh"
# shellcheck source=../common/font.sh
source "$here/../common/font.sh"
# shellcheck source=notices.sh
source "$here/notices.sh"
(($# == 1)) || stop "bash installer/linux/build.sh OUT"
mkdir -p "$1"
out="$(cd "$1" && pwd -P)"
reason="$(root_ready)" || stop "$reason"
need_commit
version="$(program_version)"
work="$cache/build/linux-$version${GRASSLAND_BUILD_MARK:-}"
started=$SECONDS

freeze="$(freeze_root)" || exit 1
pack="$(root_base bookworm)" || exit 1
fonts="$(full_fonts)" || exit 1
prepared=$SECONDS

rm -rf --one-file-system "$work"
mkdir -p "$work/source" "$work/facts"
export_source "$work/source"
rm -f "$work"/source/resources/fonts/*.ttf
cp "$fonts"/*.ttf "$work/source/resources/fonts/"
find "$work/source" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

in_freeze() { # COMMAND... in the build root, without a network
  root_run "$freeze" --offline --bind "$work:/work" --ro "$project/installer:/installer" \
    --env PYTHONPATH=/opt/tools --env PYTHONHASHSEED=0 --env PYTHONDONTWRITEBYTECODE=1 --env TZ=UTC \
    --env "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" --env SOURCE=/work/source --env FACTS=/work/facts \
    --env PYINSTALLER_CONFIG_DIR=/work/config -- "$@"
}
freeze() { # SPEC
  in_freeze /opt/python/bin/python3.11 -m PyInstaller --noconfirm --log-level WARN --distpath /work/dist \
    --workpath /work/build "/installer/linux/$1" >"$work/$1.log" 2>&1 || {
    tail -n 20 "$work/$1.log" >&2
    stop "PyInstaller 没有完成。 / PyInstaller did not finish."
  }
}

say "打包程序 / freezing the program $version"
freeze program.spec
[[ "$(in_freeze /work/dist/grassland-station/grassland-station --version)" == "grassland-station $version" ]] ||
  stop "打包后的程序不能启动。 / The frozen program does not start."
in_freeze /opt/python/bin/python3.11 /installer/linux/check_libraries.py /work/dist/grassland-station --json /work/facts/libraries.json ||
  stop "程序需要的库或 C 库版本超出约定，见上。 / The program needs libraries or a C library beyond what is agreed; see above."

# --- the tree as it will be installed -------------------------------------------------------------------------------

tree="$work/tree"
top="$tree/opt/grassland-station"
mkdir -p "$top" "$tree/usr/bin" "$tree/usr/share/applications" "$tree/usr/share/metainfo" "$tree/usr/share/mime/packages" \
  "$tree/usr/share/icons/hicolor/scalable/apps" "$tree/usr/share/doc/grassland-station"
cp -a "$work/dist/grassland-station" "$top/bin"
libraries="$("$host_python" - "$here" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
import parts
print("\n".join(f"{library} {package}" for library, package in parts.SYSTEM.items()))
PYTHON
)"
awk -v libraries="$libraries" '$0 == "@LIBRARIES@" { print libraries; next } { print }' "$here/launcher.sh" >"$top/grassland-station"
ln -s /opt/grassland-station/grassland-station "$tree/usr/bin/grassland-station"
cp "$here/grassland-station.desktop" "$tree/usr/share/applications/"
cp "$here/grassland-station.mime.xml" "$tree/usr/share/mime/packages/grassland-station.xml"
sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" "$here/grassland-station.metainfo.xml" \
  >"$tree/usr/share/metainfo/grassland-station.metainfo.xml"
cp "$work/source/resources/icons/grassland-station.svg" "$tree/usr/share/icons/hicolor/scalable/apps/"
in_freeze /opt/python/bin/python3.11 /installer/linux/icons.py /work/source/resources/icons/grassland-station.svg \
  /work/tree/usr/share/icons/hicolor >&2

write_notices "$top"
cp "$work/source/LICENSE" "$tree/usr/share/doc/grassland-station/copyright"
cat >>"$tree/usr/share/doc/grassland-station/copyright" <<'TEXT'

The program is shipped with libraries of others; their names, versions and licences stand in
/opt/grassland-station/THIRD-PARTY-NOTICES.txt.
TEXT
gzip -9n <"$work/source/CHANGELOG.md" >"$tree/usr/share/doc/grassland-station/CHANGELOG.md.gz"
printf 'grassland-station (%s) stable; urgency=medium\n\n  * What is new stands in CHANGELOG.md.gz.\n\n -- %s  %s\n' "$version" \
  "$(sed -n 's/^Maintainer: //p' "$here/control.in")" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" |
  gzip -9n >"$tree/usr/share/doc/grassland-station/changelog.gz"

"$host_python" "$common/own_files.py" "$top"
find "$tree" -type d -exec chmod 755 {} +
find "$tree" -type f -exec chmod 644 {} +
chmod 755 "$top/grassland-station" "$top/bin/grassland-station"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
frozen=$SECONDS

# --- packages ---------------------------------------------------------------------------------------------------------

installed_kb="$(du -s -k --apparent-size "$tree" | cut -f1)"
mkdir -p "$work/scripts" "$work/deb/DEBIAN" "$work/packages"
for script in install remove; do
  sed "s/@NEEDED_KB@/$((installed_kb + 20480))/g" "$here/before-$script.sh" >"$work/scripts/before-$script"
done
depends="$("$host_python" - "$here" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
import parts
print(", ".join(dict.fromkeys(p.replace("|", " | ") for p in parts.SYSTEM.values())))
PYTHON
)"
glibc="$(sed -n 's/.*GLIBC_FLOOR = "\(.*\)"/\1/p' "$here/parts.py")"
sed -e "s/@VERSION@/$version/" -e "s/@INSTALLED_KB@/$installed_kb/" -e "s/@GLIBC@/$glibc/" -e "s/@DEPENDS@/$depends/" \
  "$here/control.in" >"$work/deb/DEBIAN/control"
install -m 755 "$work/scripts/before-install" "$work/deb/DEBIAN/preinst"
install -m 755 "$work/scripts/before-remove" "$work/deb/DEBIAN/prerm"
cp -al "$tree/." "$work/deb/"
(cd "$work/deb" && find opt usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$work/deb/DEBIAN/md5sums"
touch -d "@$SOURCE_DATE_EPOCH" "$work"/deb/DEBIAN/* "$work"/deb/DEBIAN "$work/deb"

deb="grassland-station_${version}_amd64.deb"
rpm="grassland-station-$version-1.x86_64.rpm"
portable="grassland-station-$version-linux-x86_64"
formats=" ${GRASSLAND_FORMATS:-deb portable rpm} "
level=6
[[ "${GRASSLAND_QUICK:-}" != 1 ]] || level=0

make_rpm() {
  local requires
  requires="$("$host_python" - "$here" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
import parts
print(f'  - "libc.so.6(GLIBC_{parts.GLIBC_FLOOR})(64bit)"')
print("\n".join(f'  - "{library}()(64bit)"' for library in parts.SYSTEM))
PYTHON
)"
  awk -v requires="$requires" -v version="$version" -v mtime="$(date -u -d "@$SOURCE_DATE_EPOCH" +%FT%TZ)" '
    $0 == "@REQUIRES@" { print requires; next } { gsub(/@VERSION@/, version); gsub(/@MTIME@/, mtime); print }' \
    "$here/nfpm.yaml.in" >"$work/nfpm.yaml"
  [[ "${GRASSLAND_QUICK:-}" != 1 ]] || sed -i 's/compression: xz/compression: "gzip:1"/' "$work/nfpm.yaml"
  in_freeze /opt/tools/bin/nfpm package --config /work/nfpm.yaml --packager rpm --target "/work/packages/$rpm" >"$work/nfpm.log" 2>&1
}

packing_rpm=""
if [[ "$formats" == *" rpm "* ]]; then # one core works on it for a minute: beside the others
  say "生成 / packing $rpm"
  make_rpm &
  packing_rpm=$!
fi
if [[ "$formats" == *" deb "* ]]; then
  say "生成 / packing $deb"
  # Two threads always: the block form of xz, the same bytes on every machine.
  root_run "$pack" --bind "$work:/work" --env "SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH" -- \
    dpkg-deb --root-owner-group --uniform-compression -Zxz "-z$level" --threads-max=2 -b /work/deb "/work/packages/$deb" >/dev/null
fi
if [[ "$formats" == *" portable "* ]]; then
  say "生成 / packing $portable.tar.xz"
  # The folder's name is the version's alone, so that an update lies beside what it replaces.
  folder="grassland-station-$version"
  mkdir "$work/$folder"
  cp -al "$top/." "$work/$folder/"
  touch -d "@$SOURCE_DATE_EPOCH" "$work/$folder"
  in_freeze bash -c "tar -C /work --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime=@$SOURCE_DATE_EPOCH \
    -cf - '$folder' | xz -T2 -$level >'/work/packages/$portable.tar.xz'"
fi
if [[ -n "$packing_rpm" ]] && ! wait "$packing_rpm"; then
  tail -n 5 "$work/nfpm.log" >&2
  stop "没有生成 .rpm。 / The .rpm was not made."
fi

mv "$work"/packages/* "$out/"
cp "$top/sbom.cdx.json" "$out/sbom-linux.cdx.json"

if [[ "${GRASSLAND_QUICK:-}" != 1 ]]; then
  report() { tool_python "$common/report.py" "$out/build-report.json" "linux.$1" "${@:2}" || true; }
  fact() { "$host_python" -c 'import json, sys; print(eval(sys.argv[2], json.load(open(sys.argv[1]))))' "$work/facts/libraries.json" "$1"; }
  report version "$version"
  report commit "$commit"
  # What a station's disk and a USB stick take without complaint; raised only with a reason.
  report installed_bytes "$(find "$tree" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%d", s }')" 230000000
  report installed_files "$(find "$tree" -type f | wc -l)"
  [[ ! -e "$out/$deb" ]] || report deb_bytes "$(stat -c %s "$out/$deb")" 70000000
  [[ ! -e "$out/$rpm" ]] || report rpm_bytes "$(stat -c %s "$out/$rpm")" 85000000
  [[ ! -e "$out/$portable.tar.xz" ]] || report portable_bytes "$(stat -c %s "$out/$portable.tar.xz")" 70000000
  report asks_glibc "$(fact glibc)"
  report asks_libstdcxx "GLIBCXX_$(fact glibcxx)"
  report asks_libraries "$(fact '" ".join(system)')"
  report program_files "$(fact files)"
  report python "$(cat "$freeze/opt/python/VERSION")"
  report seconds.prepare "$((prepared - started))"
  report seconds.freeze "$((frozen - prepared))"
  report seconds.pack "$((SECONDS - frozen))"
fi
say "完成 / done: $(cd "$out" && ls | grep -F "$version" | tr '\n' ' ')"
