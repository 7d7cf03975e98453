#!/usr/bin/env bash
# Runs inside the Wine root that prove.sh made; /setups holds the two setups, /proof takes what is found. First as root (a
# small disk is mounted), then again as the person.
set -uo pipefail
if [[ "$(id -u)" == 0 ]]; then
  mount -t tmpfs -o size=80m,mode=777 tmpfs /small
  exec setpriv --reuid=1000 --regid=1000 --clear-groups env HOME=/home/station USER="$PERSON" LOGNAME="$PERSON" \
    LANG=zh_CN.UTF-8 LC_ALL=zh_CN.UTF-8 bash "$0"
fi
export WINEPREFIX="$HOME/.wine" WINEARCH=win64 WINEDLLOVERRIDES="mscoree,mshtml=" WINEDEBUG=-all
results=/proof/wine.txt
figures=/proof/wine-figures.txt
: >"$results"
: >"$figures"
folder='C:\测试\草原 站'
drive="$WINEPREFIX/drive_c"
installed="$drive/测试/草原 站"
local_data="$drive/users/$PERSON/AppData/Local"
menu="$drive/users/$PERSON/AppData/Roaming/Microsoft/Windows/Start Menu/Programs/草原站 Grassland Station.lnk"
desktop="$drive/users/$PERSON/Desktop/草原站 Grassland Station.lnk"
data='C:\站里 数据\示例站'
data_unix="$drive/站里 数据/示例站"

ask() { # picture NAME | key KEYS | windows
  rm -f /proof/answer
  echo "$*" >/proof/asked.part && mv /proof/asked.part /proof/asked
  for _ in $(seq 100); do [[ -s /proof/answer ]] && return || sleep 0.1; done
}
check() { # NAME, command that must succeed
  local name="$1"
  shift
  if "$@"; then echo "ok $name"; else echo "FAILED $name"; fi | tee -a "$results"
}
note() { echo "figure $1=$2" >>"$figures"; }
seconds() { awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN { printf "%.1f", b - a }'; }
windows() { sleep 0.1 | timeout "${LIMIT:-300}" wine "$@" 2>/dev/null | cat; return "${PIPESTATUS[1]}"; }
gives() { # CODE command...
  local wanted="$1" found=0
  shift
  "$@" >/proof/last.txt || found=$?
  [[ "$found" == "$wanted" ]] || { echo "exit $found, wanted $wanted: $*" | tee -a "$results"; return 1; }
}
version_is() { # VERSION in the folder
  [[ "$(windows "$1/program/grassland-station.exe" --version | tr -d '\r')" == "grassland-station $2" ]]
}
program() { windows "$installed/program/grassland-station.exe" "$@"; }
registry() { windows reg query "$@" | iconv -c -f GBK -t UTF-8 | tr -d '\r'; } # into a pipe it writes in the code page
says() { grep -q -- "$1"; }
not() { ! "$@"; }
window_opens() { # seconds until a window of the program is on the screen
  local begun
  begun="$(date +%s.%N)"
  for _ in $(seq 120); do
    ask windows
    if grep '草原站' /proof/windows | grep -qv '安装\|卸载'; then seconds "$begun"; return; fi # not the setup's
    sleep 0.3
  done
  return 1
}
close_window() { # asks until no such process is left; one that is still starting hears nothing
  for _ in $(seq 30); do
    windows tasklist | grep -qi GrasslandStation.exe || return 0
    windows taskkill /im GrasslandStation.exe >/dev/null
    sleep 1.5
  done
  return 1
}
self_test() { # NAME
  local begun
  begun="$(date +%s.%N)"
  program self-test --json --picture "Z:\\proof\\$1.png" >"/proof/$1.json"
  local code=$?
  note "$1.seconds" "$(seconds "$begun")"
  [[ "$code" == 0 ]] && says '"ok": true' <"/proof/$1.json" && says '"display": "windows"' <"/proof/$1.json" &&
    says '(setup)' <"/proof/$1.json"
}
households() { [[ "$(program query --json --workspace "$data" 'SELECT count(*) AS n FROM household' | tr -d '\r' | grep -o '[0-9]\+' | head -n 1)" == 3 ]]; }
fingerprint() { (cd "$1" && find . -type f ! -path './logs/*' ! -name '*.lock' -exec sha256sum {} + | LC_ALL=C sort); }

note version "$(wine --version | tr ' ' '_')"
begun="$(date +%s.%N)"
windows wineboot -i >/dev/null
note prefix_seconds "$(seconds "$begun")"
check "个人文件夹是中文名 / the person's folder has a Chinese name" test -d "$drive/users/$PERSON"

# --- refused before anything is written
ln -s /small "$WINEPREFIX/dosdevices/e:"
check "磁盘不够：说明原因，代码 12 / not enough disk: refused with 12" gives 12 windows /setups/new.exe /S '/D=E:\草原站'
mkdir -p "$drive/只读 文件夹" && chmod 555 "$drive/只读 文件夹"
check "文件夹不能写入：代码 13 / folder that cannot be written: refused with 13" gives 13 windows /setups/new.exe /S '/D=C:\只读 文件夹\草原站'
long="$(printf '很长的文件夹名%.0s' $(seq 22))"
check "路径太长：代码 14 / path too long: refused with 14" gives 14 windows /setups/new.exe /S "/D=C:\\$long"
check "没有留下任何内容 / nothing was left behind" test ! -e "$drive/$long" -a ! -e "$drive/只读 文件夹/草原站" -a -z "$(ls -A /small)"
check "原因写在日志里 / reasons are in the log" eval "iconv -f UTF-16 -t UTF-8 \"$local_data/Temp/GrasslandStation-setup.log\" | grep -q 路径太长"

# --- the previous version, with data
begun="$(date +%s.%N)"
# Two arguments, so that they arrive without quotes, as NSIS wants them; above stands the quoted form.
check "前一版本静默安装到有中文和空格的路径 / previous version installs silently into a Chinese path with blanks" gives 0 windows /setups/previous.exe /S "/D=${folder%% *}" "${folder#* }"
note previous_install_seconds "$(seconds "$begun")"
check "版本是 0.0.9 / it is version 0.0.9" version_is "$installed" 0.0.9
check "开始菜单和桌面有快捷方式 / start menu and desktop have links" test -s "$menu" -a -s "$desktop"
check "“应用”列表中有它 / programs list names it" eval "registry 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\GrasslandStation' | says 0.0.9"
check "更新文件和工作站由它打开 / update files and workspaces open with it" eval "registry 'HKCU\\Software\\Classes\\.gsupdate' | says GrasslandStation.Update && registry 'HKCU\\Software\\Classes\\.gstation' | says GrasslandStation.Workspace"
check "zip 的默认程序不变 / zip files keep their own program" eval "! registry 'HKCU\\Software\\Classes\\.zip' /ve | says GrasslandStation"
check "前一版本自检，用真正的 windows 显示插件 / self-test of the previous version, with the real windows plugin" self_test self-test-previous
mkdir -p "$drive/站里 数据"
printf '嘎查村代码,户编码,户主姓名\n152522200201,1525222002010001,示例甲\n152522200201,1525222002010002,示例乙\n152522200201,1525222002010003,示例丙\n' \
  >"$drive/站里 数据/牧户.csv"
check "建立工作站 / a workspace is made" gives 0 program init "$data" --org-code 152522200 --org-name 示例站 --author 示例
check "导入牧户 / households are imported" gives 0 program import 'C:\站里 数据\牧户.csv' --as household --workspace "$data"
check "三户都在 / three households are there" households

# --- refused while running
windows "$installed/program/GrasslandStation.exe" --workspace "$data" >/dev/null &
opened="$(window_opens)"
check "窗口打开 / the window opens" test -n "$opened"
note previous_window_seconds "${opened:-none}"
sleep 2
ask picture previous-window
check "窗口开着时升级：拒绝，代码 10 / upgrade while the window is open: refused with 10" gives 10 windows /setups/new.exe /S
check "窗口开着时卸载：拒绝 / removal while the window is open: refused" eval "windows '$installed/Uninstall.exe' /S; sleep 5; version_is '$installed' 0.0.9"
check "窗口关闭 / the window closes" close_window
wait

# --- damaged setups
cp /setups/new.exe "$HOME/flipped.exe"
size="$(stat -c %s /setups/new.exe)"
printf '\xAA\x55\xAA\x55' | dd of="$HOME/flipped.exe" bs=1 seek=$((size / 2)) conv=notrunc status=none
head -c $((size - 1000)) /setups/new.exe >"$HOME/cut.exe"
check "安装包改动四个字节：拒绝，代码 2 / setup with four changed bytes: refused with 2" gives 2 windows "$HOME/flipped.exe" /S
check "安装包不完整：拒绝，代码 2 / setup that was cut off: refused with 2" gives 2 windows "$HOME/cut.exe" /S
check "前一版本没有变 / the previous version is untouched" version_is "$installed" 0.0.9

# --- upgrade
fingerprint "$data_unix" >"$HOME/before.txt"
echo 示例 >"$installed/program/我的笔记.txt"
echo old >"$installed/program/stale.txt" && printf 'stale.txt\r\n' >>"$installed/program/files.lst"
begun="$(date +%s.%N)"
check "原处升级 / upgrade in place" gives 0 windows /setups/new.exe /S
note upgrade_seconds "$(seconds "$begun")"
check "版本是 $VERSION / it is version $VERSION now" version_is "$installed" "$VERSION"
check "旧版本多余的文件已清除 / files of the old version are gone" test ! -e "$installed/program/stale.txt" -a ! -e "$installed/program.old" -a ! -e "$installed/program.new"
check "不属于程序的文件留了下来 / a file that was not ours is kept" grep -q 示例 "$installed/left-from-0.0.9.0/我的笔记.txt"
check "安装程序没有碰数据 / the installer touched no data" eval "fingerprint '$data_unix' | cmp -s - '$HOME/before.txt'"
check "新版本自检，用真正的 windows 显示插件 / self-test of the new version, with the real windows plugin" self_test self-test
check "清单中的文件都在 / every file is there as listed" eval "tr -d '\\r' <'$installed/program/files.lst' | tr '\\\\' / | (cd '$installed/program' && while read -r name; do [ -e \"\$name\" ] || exit 1; done)"
check "程序不往自己的文件夹写任何内容 / the program writes nothing into its folder" test -z "$(find "$installed/program" -newer "$installed/Uninstall.exe" -type f)"
check "三户仍在 / three households are still there" households
check "工作站数据完好 / the workspace checks out" gives 0 program check --workspace "$data"
check "旧安装包装在新版本上：拒绝，代码 11 / older setup over a newer version: refused with 11" gives 11 windows /setups/previous.exe /S
check "已安装时另选文件夹：拒绝，代码 16 / another folder while installed: refused with 16" gives 16 windows /setups/new.exe /S '/D=C:\别处'

# --- by hand, with windows
# Wine's own double click does not look at this user's file types (its HKCR is the machine's): run what is registered.
registered="$(registry 'HKCU\Software\Classes\GrasslandStation.Workspace\shell\open\command' /ve | sed -n 's/.*REG_SZ *"\([^"]*\)" "%1"$/\1/p')"
windows "$registered" "$data\\open.gstation" >/dev/null &
opened="$(window_opens)"
check "登记的打开方式能打开工作站 / what is registered for workspaces opens the window" test -n "$opened"
note window_seconds "${opened:-none}"
sleep 3
ask picture window
check "窗口关闭 / the window closes" close_window
windows /setups/new.exe >/dev/null &
sleep 12
ask picture setup-welcome
ask key Return
sleep 2
ask picture setup-parts
ask key Return
for _ in $(seq 60); do
  sleep 2
  ask windows
  iconv -f UTF-16 -t UTF-8 "$local_data/Temp/GrasslandStation-setup.log" | grep -q "^installed $VERSION" && break
done
sleep 4
ask picture setup-finish
check "按向导手工安装 / setup by hand installs over the same version" eval "iconv -f UTF-16 -t UTF-8 '$local_data/Temp/GrasslandStation-setup.log' | grep -q '^installed $VERSION'"
ask key Return
check "安装结束时打开程序 / the finished setup opens the program" test -n "$(window_opens)"
sleep 2
close_window
wait

# --- removal keeps data
windows "$installed/Uninstall.exe" >/dev/null &
sleep 6
ask picture uninstall
ask key Return
for _ in $(seq 120); do [[ -e "$installed/Uninstall.exe" ]] && sleep 0.5 || break; done
sleep 2
ask picture uninstall-finish
ask key Return
check "程序已移除 / the program is removed" test ! -e "$installed/program" -a ! -e "$installed/Uninstall.exe" -a ! -e "$menu" -a ! -e "$desktop"
check "注册表中没有残留 / nothing of it is in the registry" eval "! registry 'HKCU\\Software\\Classes' /s | says GrasslandStation && ! registry 'HKCU\\Software\\GrasslandStation' | says Version"
check "不属于程序的文件仍在 / a file that was not ours is still there" grep -q 示例 "$installed/left-from-0.0.9.0/我的笔记.txt"
check "工作站仍在 / the workspace is still there" test -s "$data_unix/workspace.db" -a -s "$data_unix/keys/device.pub"

# --- again, where the setup puts it by itself; the offline update from the old version to the new
installed="$local_data/Programs/GrasslandStation"
check "前一版本装到默认位置 / previous version installs where it belongs" gives 0 windows /setups/previous.exe /S /NODESKTOP
check "不要桌面快捷方式时就没有 / no desktop link where none was asked for" test ! -e "$desktop"
begun="$(date +%s.%N)"
program update apply 'Z:\setups\update.gsupdate' --workspace "$data" >/proof/update.txt
for _ in $(seq 120); do
  sleep 1
  iconv -f UTF-16 -t UTF-8 "$local_data/Temp/GrasslandStation-setup.log" 2>/dev/null | grep -q "^installed $VERSION" && break
done
note update_seconds "$(seconds "$begun")"
check "用离线更新文件更新到新版本 / the update file brings the new version" version_is "$installed" "$VERSION"
check "更新后程序自动打开 / the program opens again after the update" test -n "$(window_opens)"
ask picture after-update
close_window
check "更新前做了备份 / the data was backed up first" test -n "$(ls "$data_unix/backups")"
check "卸载、重装后数据能打开 / the data opens after removal and new installation" households
check "并且完好 / and it checks out" gives 0 program check --workspace "$data"
note installed_bytes "$(find "$installed" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%d", s }')"
windows "$installed/Uninstall.exe" /S
for _ in $(seq 120); do [[ -e "$installed/Uninstall.exe" ]] && sleep 0.5 || break; done
check "移除后不留痕迹 / removed without a trace" test ! -e "$installed"
check "工作站仍在 / and the workspace is still there" test -s "$data_unix/workspace.db"
wineserver -k 2>/dev/null
echo "ok end" >>"$results"
