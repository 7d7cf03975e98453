#!/usr/bin/env bash
# Proves the Linux packages in a clean Debian root, under a virtual screen with the real platform plugin.
#
#   bash installer/linux/prove.sh bookworm|bullseye OUT PROOFDIR [PREVIOUS_DEB]
#
# OUT holds what build.sh made. PROOFDIR gets pictures, logs and NAME.txt, a line for each thing that was tried. Without
# PREVIOUS_DEB the same source is built as version 0.0.9. The person has a home with a Chinese name and a blank in it. The
# screen and its tools live in another root, so nothing of them stands in for what the program misses. Exit 0 or 1.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=roots.sh
source "$here/roots.sh"
# shellcheck source=../common/font.sh
source "$here/../common/font.sh"
suite="${1:?bookworm or bullseye}"
out="$(cd "${2:?folder with the packages}" && pwd -P)"
mkdir -p "${3:?folder for the proof}"
proof="$(cd "$3" && pwd -P)"
case "$suite" in bookworm) name=debian12 ;; bullseye) name=debian11 ;; *) stop "$suite?" ;; esac
why="$(root_ready)" || stop "$why"
command -v xz >/dev/null || host_packages xz-utils || stop "需要 xz。 / xz is needed."
version="$(program_version)"
deb="grassland-station_${version}_amd64.deb"
portable="grassland-station-$version-linux-x86_64.tar.xz"
rpm="grassland-station-$version-1.x86_64.rpm"
for file in "$deb" "$portable" "$rpm"; do
  [[ -s "$out/$file" ]] || stop "没有 $out/$file，请先构建。 / $out/$file is not there; build it first."
done
update="$(update_of "$out" "$out/$deb")" || exit 1
previous_version=0.0.9
previous="${4:-}"
if [[ -z "$previous" ]]; then
  previous="$cache/previous/$commit/grassland-station_${previous_version}_amd64.deb"
  if [[ ! -s "$previous" ]]; then
    rm -rf "$cache/previous"
    say "构建升级前的版本 / building the version to upgrade from"
    GRASSLAND_QUICK=1 GRASSLAND_FORMATS=deb GRASSLAND_VERSION_OVERRIDE=$previous_version \
      bash "$here/build.sh" "$(dirname "$previous")"
  fi
fi

root="$cache/proof/$name"
screen="$cache/proof/$name-screen"
mkdir -p "$cache/proof"
list="$proof/$name.txt"
logs="$proof/$name-logs"
rm -rf "$logs" "$list" "$proof/$name"-*.png
mkdir -p "$logs"
chmod 1777 "$proof" # the person inside leaves pictures there
failed=0
started=$SECONDS
display=""
end() {
  display_stop "$screen"
  root_remove "$root"
  rm -rf "$screen"
}
trap end EXIT

# --- saying how it went ----------------------------------------------------------------------------------------------

step=0
check() { # WHAT COMMAND... : one line for the report, its output in a log of its own
  local what="$1" begun=$SECONDS log
  shift
  step=$((step + 1))
  log="$logs/$(printf '%02d' "$step").log"
  printf '%s\n' "$what" >"$log"
  if ("$@") >>"$log" 2>&1; then
    printf '✓ %s (%d s)\n' "$what" "$((SECONDS - begun))" | tee -a "$list" >&2
  else
    printf '✗ %s (%d s) — %s\n' "$what" "$((SECONDS - begun))" "$name-logs/$(basename "$log")" | tee -a "$list" >&2
    tail -n 15 "$log" >&2
    failed=1
  fi
}
note() { printf '· %s\n' "$*" | tee -a "$list" >&2; }
says() { # TEXT COMMAND... : the command fails, and says TEXT
  local text="$1" said
  shift
  if said="$("$@" 2>&1)"; then
    printf '%s\nit was not refused\n' "$said"
    return 1
  fi
  printf '%s\n' "$said"
  grep -qF "$text" <<<"$said"
}

# --- the person and the machine --------------------------------------------------------------------------------------

home="/home/牧区 用户"
person() { # COMMAND... as an ordinary person with the screen, without a network
  root_run "$root" --user muqu --display "$display" --offline --bind "$proof:/proof" -- \
    sh -c 'cd "$HOME" && exec "$@"' sh "$@"
}
machine() { root_run "$root" --ro "$out:/packages" --ro "$(dirname "$previous"):/previous" "$@"; } # [options] -- COMMAND...
apt() { # ARGUMENTS of apt-get
  archives_in "$root" "$suite"
  machine --env DEBIAN_FRONTEND=noninteractive -- apt-get -y -o Dpkg::Use-Pty=0 -o APT::Keep-Downloaded-Packages=true "$@" || return 1
  archives_out "$root" "$suite"
}
files_of() { # what is on the disk that is not the system's own bookkeeping
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./home -o -path ./root -o -path './var/lib/apt/*' -o -path './var/cache/*' \
    -o -path './var/log/*' -o -path './tmp/*' -o -path './proof' -o -path './packages' -o -path './previous' \) -prune -o -print | LC_ALL=C sort)
}
installed() { # VERSION: dpkg says so and every file is as it was packed
  machine -- sh -c 'test "$(dpkg-query -W -f "\${Status} \${Version}" grassland-station)" = "install ok installed $1" &&
    dpkg --verify grassland-station && test "$(grassland-station --version)" = "grassland-station $1"' sh "$1"
}
totals() { # FILE: what the workspace holds, as the program itself counts it
  person grassland-station check --workspace "$home/草原 站/演示/station" --json >"$1" && cat "$1" &&
    grep -q '"ok": true' "$1"
}

say "$name：准备 / preparing"
root_copy "$suite" "$root"
root_run "$root" -- useradd --create-home --home-dir "$home" --shell /bin/bash muqu
chmod 755 "$root/home/牧区 用户" 2>/dev/null || true
files_of >"$logs/before.txt"
display="$(display_start "$screen" 1366x768)"
display_manager "$screen"
note "Debian $(cat "$root/etc/debian_version")，glibc $(root_run "$root" -- dpkg-query -W -f '${Version}' libc6)，$version（$commit），前一版本 / previous $previous_version"
note "此根目录中没有 Python、字体和图形库 / no Python, fonts or graphics libraries in this root: $(root_run "$root" -- sh -c 'command -v python3 fc-list || echo none')"

# --- unpacked anywhere, and a system that lacks libraries -------------------------------------------------------------

work_on_portable() {
  mkdir -p "$root/media/U 盘"
  tar -C "$root/media/U 盘" -xf "$out/$portable"
}
lacking() { # the program names what is missing; exactly those packages are installed afterwards
  says "系统缺少程序需要的组件" person "/media/U 盘/grassland-station-$version/grassland-station" || return 1
}
named() { # prints the packages that the program named
  { person "/media/U 盘/grassland-station-$version/grassland-station" 2>&1 || true; } | sed -n 's/.*sudo apt-get install\(.*\)（没有网络.*/\1/p'
}
install_named() {
  local packages
  packages="$(named)"
  echo "named:$packages"
  [[ -n "$packages" ]] || return 1
  # shellcheck disable=SC2086
  apt install --no-install-recommends $packages xkb-data
}
no_window_needed() { person "/media/U 盘/grassland-station-$version/grassland-station" --version; }
read_only() { # from a folder that nobody may write, by a person without any settings yet
  root_run "$root" --user muqu --display "$display" --offline --ro "$root/media/U 盘:/media/U 盘" --bind "$proof:/proof" -- \
    sh -c 'cd "$HOME" && ! touch "$1/x" 2>/dev/null && exec "$1/grassland-station" self-test --picture "/proof/$2-portable.png"' \
    sh "/media/U 盘/grassland-station-$version" "$name"
}
unchanged() { # FOLDER LIST: nothing was written there
  (cd "$1" && find . -type f -printf '%p %s %T@\n' | LC_ALL=C sort) | cmp "$2" -
}

if [[ "$name" == debian12 ]]; then
  check "便携版解开，路径有中文和空格 / portable archive unpacked in a folder with Chinese and a blank" work_on_portable
  (cd "$root/media/U 盘" && find . -type f -printf '%p %s %T@\n' | LC_ALL=C sort) >"$logs/portable.txt"
  check "缺少系统组件时说出组件和软件包名 / missing libraries are named with their packages" lacking
  check "不需要窗口的命令照常运行 / a command without a window runs all the same" no_window_needed
  check "装上它说出的那些软件包 / exactly the named packages are installed" install_named
  check "便携版在只读文件夹中自检 / portable self-test in a read-only folder" read_only
  check "便携版没有在自己的文件夹中写任何内容 / nothing was written there" unchanged "$root/media/U 盘" "$logs/portable.txt"
fi

# --- installed, with data --------------------------------------------------------------------------------------------

install_previous() { apt install --no-install-recommends "/previous/$(basename "$previous")" && installed "$previous_version"; }
self_test() { # PICTURE
  person grassland-station self-test --picture "/proof/$name-$1.png"
}
self_test_plain_c() { # a session without any language
  root_run "$root" --user muqu --display "$display" --offline --env LC_ALL=C --env LANG=C -- grassland-station self-test
}
make_data() {
  person grassland-station demo --out "$home/草原 站/演示" --no-pictures
  person grassland-station init "$home/草原 站/我的站" --org-code 152522200 --org-name 示例草原站 --author 示例员
  person grassland-station template household --out "$home/草原 站/牧户 模板.xlsx"
}
check "apt 安装前一版本 $previous_version / the previous version is installed by apt" install_previous
check "已安装的程序自检（xcb） / self-test of the installed program (xcb)" self_test previous
check "建立有数据的工作站 / workspaces with data are made" make_data
check "工作站数据完好 / the data check out" totals "$logs/totals-before.json"

# --- what may go wrong on the way --------------------------------------------------------------------------------------

# The person's program runs in the same process space as apt, as on a real machine.
beside_running() { # COMMAND... as root, while the window is open
  machine --display "$display" --env DEBIAN_FRONTEND=noninteractive -- \
    bash -c '
      workspace="$1"; shift
      runuser -u muqu -- env HOME="$(getent passwd muqu | cut -d: -f6)" grassland-station "$workspace/open.gstation" &
      window=$!
      for _ in $(seq 100); do pgrep_exe="$(ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c "/opt/grassland-station/bin/grassland-station$" || true)"; [ "$pgrep_exe" -gt 0 ] && break; sleep 0.1; done
      sleep 3
      "$@"; code=$?
      kill -0 $window || { echo "the window has gone"; exit 0; }
      echo "the window is still there"
      exit $code' sh "$home/草原 站/演示/station" "$@"
}
upgrade_while_running() {
  says "草原站正在运行" beside_running apt-get -y -o Dpkg::Use-Pty=0 install "/packages/$deb" | tee /dev/stderr |
    grep -q "the window is still there" && installed "$previous_version"
}
remove_while_running() {
  says "草原站正在运行" beside_running apt-get -y -o Dpkg::Use-Pty=0 remove grassland-station | tee /dev/stderr |
    grep -q "the window is still there" && installed "$version"
}
no_room() { # /opt on a small disk that holds the previous version and little more
  says "磁盘空间不足" machine -- bash -c '
    set -e
    size=$(($(du -s -k /opt | cut -f1) + 30000))
    mount -t tmpfs -o size=${size}k none /mnt && cp -a /opt/. /mnt && mount --bind /mnt /opt
    dpkg -i "/packages/$1"' sh "$deb" && installed "$previous_version"
}
damaged() { # one byte in the middle is another
  cp "$out/$deb" "$root/tmp/damaged.deb"
  local middle=$(($(stat -c %s "$root/tmp/damaged.deb") / 2))
  printf '\\x%02x' $((($(od -An -tu1 -j"$middle" -N1 "$root/tmp/damaged.deb") + 1) % 256)) |
    xargs -0 printf '%b' | dd of="$root/tmp/damaged.deb" bs=1 seek="$middle" conv=notrunc status=none
  ! cmp -s "$out/$deb" "$root/tmp/damaged.deb" || return 1
  says "" machine -- dpkg -i /tmp/damaged.deb && installed "$previous_version"
}
cut_short() {
  head -c 20000000 "$out/$deb" >"$root/tmp/short.deb"
  says "" machine -- dpkg -i /tmp/short.deb && installed "$previous_version"
}
check "程序开着时不升级，说明原因，窗口不受影响 / no upgrade under a running program; said why, window unharmed" upgrade_while_running
check "磁盘不够时不升级，说明还差多少 / no upgrade without room; said how much" no_room
check "损坏的 .deb 被拒绝，原版本完好 / a damaged .deb is refused, the old version is whole" damaged
check "不完整的 .deb 被拒绝，原版本完好 / a .deb cut short is refused, the old version is whole" cut_short
rm -f "$root"/tmp/*.deb

# --- upgrade with data ---------------------------------------------------------------------------------------------------

upgrade() { apt install "/packages/$deb" && installed "$version"; }
same_totals() {
  totals "$logs/totals-after.json" && cmp "$logs/totals-before.json" "$logs/totals-after.json"
}
open_by_file() { # as a double click does it
  local pid
  root_exec=exec root_run "$root" --user muqu --display "$display" --offline -- \
    sh -c 'cd /; exec grassland-station "$1"' sh "$home/草原 站/演示/station/open.gstation" &
  pid=$!
  for _ in $(seq 150); do
    sleep 0.2
    display_windows "$screen" | grep '草原站' && break
  done
  sleep 2
  display_picture "$screen" "$proof/$name-opened.png"
  display_windows "$screen"
  kill -KILL "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  sleep 0.5
  ! display_windows "$screen" | grep '草原站'
}
side_by_side() { # the previous version in a folder of its own beside the installed one
  mkdir -p "$root/srv/old"
  machine -- dpkg -x "/previous/$(basename "$previous")" /srv/old
  local old=/srv/old/opt/grassland-station/grassland-station
  [[ "$(person $old --version) $(person grassland-station --version)" == "grassland-station $previous_version grassland-station $version" ]] || return 1
  person $old self-test
}
old_on_new_data() { # the older program does no harm to what the newer one worked on: it reads it, or says why not
  local old=/srv/old/opt/grassland-station/grassland-station said
  person grassland-station check --workspace "$home/草原 站/我的站"
  said="$(person $old check --workspace "$home/草原 站/演示/station" 2>&1)" || grep -qF "$version" <<<"$said" || {
    echo "$said"
    return 1
  }
  echo "$said"
  same_totals
}
check "带着数据升级到 $version / upgraded with data" upgrade
check "升级后自检 / self-test after the upgrade" self_test current
check "没有语言设置的会话中自检 / self-test in a session without a language" self_test_plain_c
check "升级前后数据一致 / the same data before and after" same_totals
check "双击工作站文件打开窗口 / a workspace file opens the window" open_by_file
check "两个版本并存 / two versions side by side" side_by_side
check "旧版本不损坏新版本用过的数据 / an older program does no harm to newer data" old_on_new_data
root_remove "$root/srv/old"

# --- the offline update file, installed by the program --------------------------------------------------------------------

update_file() { # as root: the program checks it, makes a backup, and hands over to apt
  apt install --allow-downgrades "/previous/$(basename "$previous")" && installed "$previous_version" || return 1
  local file
  file="$(basename "$update")"
  machine --env DEBIAN_FRONTEND=noninteractive --offline -- \
    grassland-station update verify "/packages/$file" &&
    machine --env DEBIAN_FRONTEND=noninteractive --offline -- \
      grassland-station update apply "/packages/$file" && installed "$version"
}
update_portable() { # as the person, where nobody may install: the new version lies beside the old one
  local folder="$home/程序"
  mkdir -p "$root$folder" "$root/srv/old"
  machine -- dpkg -x "/previous/$(basename "$previous")" /srv/old
  mv "$root/srv/old/opt/grassland-station" "$root$folder/grassland-station-$previous_version"
  machine -- chown -R muqu:muqu "$folder"
  root_run "$root" --user muqu --offline --ro "$out:/packages" -- \
    "$folder/grassland-station-$previous_version/grassland-station" update apply "/packages/$(basename "$update")"
  [[ "$(person "$folder/grassland-station-$version/grassland-station" --version)" == "grassland-station $version" ]] &&
    [[ "$(person "$folder/grassland-station-$previous_version/grassland-station" --version)" == "grassland-station $previous_version" ]]
  rm -rf --one-file-system "$root$folder" "$root/srv/old"
}
check "用离线更新文件从 $previous_version 更新到 $version，没有网络 / updated by the signed file, without a network" update_file
check "更新后数据一致 / the same data after it" same_totals
check "便携版用更新文件更新，旧版本仍在旁边 / portable copy updated, the old one stays beside it" update_portable

# --- removed ---------------------------------------------------------------------------------------------------------------

data_there() {
  (cd "$root/home" && find . -path '*草原 站*' -type f -size +0 | LC_ALL=C sort) | tee /dev/stderr | grep -q 'station/workspace.db'
}
removed() {
  apt remove grassland-station && apt purge grassland-station
  machine -- sh -c '! dpkg-query -W grassland-station 2>/dev/null && ! command -v grassland-station'
}
nothing_left() {
  rm -rf --one-file-system "$root/media/U 盘" "$root/packages" "$root/previous" "$root/proof"
  files_of >"$logs/after.txt"
  ! comm -13 "$logs/before.txt" "$logs/after.txt" | grep -iE 'grassland|草原' || return 1
  [[ ! -e "$root/opt/grassland-station" ]]
}
read_again() { # what was kept is readable by the program when it is installed again
  apt install "/packages/$deb" && same_totals
}
check "程序开着时不卸载 / not removed while it runs" remove_while_running
check "卸载并清除 / removed and purged" removed
check "系统中没有留下程序的文件 / nothing of the program is left in the system" nothing_left
check "个人数据都在 / the person's data are all there" data_there
check "重新安装后能读 / and are read when it is installed again" read_again
apt remove grassland-station >/dev/null 2>&1

# --- rpm -----------------------------------------------------------------------------------------------------------------

tools_root() { root_made tools bookworm _make_tools_root 2; }
_make_tools_root() { root_apt "$1" bookworm rpm rpm2cpio cpio desktop-file-utils appstream shared-mime-info xdg-utils libglib2.0-bin file; }
in_tools() { root_run "$tools" --ro "$out:/packages" --bind "$work:/work" -- "$@"; }
rpm_facts() {
  in_tools sh -ec 'cd /packages; rpm -K --nosignature "$1"; rpm -qpi "$1"; rpm -qp --requires "$1"; rpm -qp --scripts "$1"
    test "$(rpm -qp --qf "%{NAME} %{VERSION} %{ARCH} %{LICENSE}" "$1")" = "grassland-station $2 x86_64 MIT"
    rpm -qp --requires "$1" | grep -qF "libGL.so.1()(64bit)"
    rpm -qpl "$1" | grep -qx /opt/grassland-station/bin/grassland-station' sh "$rpm" "$version"
}
rpm_installs() { # by rpm itself; what it requires cannot be asked of a Debian, so its files are run in the root that has them
  rm -rf "$work/rpmroot"
  in_tools sh -ec 'mkdir -p /work/rpmroot/bin /work/rpmroot/proc
    rpm --root /work/rpmroot --initdb
    rpm --root /work/rpmroot -U --nodeps --noscripts "/packages/$1"
    rpm --root /work/rpmroot -q grassland-station
    rpm --root /work/rpmroot -V --nodeps grassland-station' sh "$rpm"
  cp -a "$work/rpmroot/opt/grassland-station" "$root/opt/grassland-station"
  person /opt/grassland-station/grassland-station self-test
  rm -rf --one-file-system "$root/opt/grassland-station"
  in_tools sh -ec 'rpm --root /work/rpmroot -e --noscripts grassland-station
    test -z "$(find /work/rpmroot -iname "*grassland*" -not -path "*/rpm/*")"'
}
rpm_same_files() { # the same files as the .deb, but for what is a package manager's own
  in_tools sh -ec 'rm -rf /work/a /work/b; mkdir /work/a /work/b; dpkg-deb -x "/packages/$1" /work/a
    cd /work/b && rpm2cpio "/packages/$2" | cpio -idm --quiet && diff -r --no-dereference /work/a /work/b' sh "$deb" "$rpm"
}
desktop() {
  cp "$root$home/草原 站/演示/packages"/GSP_*.zip "$work/"
  in_tools sh -ec '
    mkdir -p /work/a && cd /work/a/usr/share
    desktop-file-validate applications/grassland-station.desktop
    appstreamcli validate --no-net --explain metainfo/grassland-station.metainfo.xml || test $? = 3
    update-mime-database /work/a/usr/share/mime
    echo x >/work/x.gsupdate; echo x >/work/open.gstation
    export XDG_DATA_DIRS=/work/a/usr/share:/usr/share
    type_of() { gio info -a standard::content-type "$1" | sed -n "s/.*content-type: //p"; }
    for file in /work/x.gsupdate /work/open.gstation; do
      case "$file" in *.gsupdate) kind=update ;; *) kind=workspace ;; esac
      found="$(type_of "$file")"; echo "$file $found"
      test "$found" = "application/x-grassland-$kind"
    done
    update-desktop-database applications
    grep -q "application/x-grassland-package=grassland-station.desktop" applications/mimeinfo.cache
    for size in 16 22 24 32 48 64 128 256 512; do
      file "icons/hicolor/${size}x$size/apps/grassland-station.png" | grep -q "$size x $size"; done'
  # File managers made with Qt (UOS, KDE) take the heavier name; GTK's ask a name that ends in .zip no further (README.md).
  root_run "$freeze" --offline --ro "$work:/work" --env XDG_DATA_DIRS=/work/a/usr/share:/usr/share -- /opt/python/bin/python3.11 -c '
import pathlib
from PySide6.QtCore import QMimeDatabase
for file in [*pathlib.Path("/work").glob("GSP_*.zip"), pathlib.Path("/work/x.gsupdate"), pathlib.Path("/work/open.gstation")]:
    found = QMimeDatabase().mimeTypeForFile(str(file)).name()
    print(file, found)
    assert found.startswith("application/x-grassland-"), file'
}
if [[ "$name" == debian12 ]]; then
  tools="$(tools_root)" freeze="$(freeze_root)"
  work="$screen/tools"
  mkdir -p "$work"
  check ".rpm 的说明、依赖和脚本 / .rpm: metadata, requirements, scripts" rpm_facts
  check ".rpm 与 .deb 内容相同 / .rpm and .deb hold the same files" rpm_same_files
  check ".rpm 由 rpm 安装、自检、卸载（没有 rpm 系统，不查依赖） / .rpm installed, tried and erased by rpm itself (no rpm system here: dependencies not asked)" rpm_installs
  check "桌面入口、图标、文件类型、AppStream / desktop entry, icons, file types, AppStream" desktop
fi

if ((failed)); then
  note "没有通过 / FAILED, $((SECONDS - started)) s"
  exit 1
fi
note "通过 / passed, $((SECONDS - started)) s"
