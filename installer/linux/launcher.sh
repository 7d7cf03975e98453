#!/bin/sh
# Starts Grassland Station (草原站) from the folder this file lies in: installed, or unpacked anywhere.
# Looks first whether the system has what the program needs, and names the package where it does not.
here="$(readlink -f "$0")"
here="${here%/*}"
program="$here/bin/grassland-station"

tell() { # CHINESE ENGLISH; in a window too when there is no terminal to read it in
  printf '%s\n%s\n' "$1" "$2" >&2
  [ -t 2 ] || [ "${GRASSLAND_QUIET-}" = 1 ] || [ -z "${DISPLAY-}${WAYLAND_DISPLAY-}" ] && return
  if command -v zenity >/dev/null 2>&1; then zenity --error --no-markup --title='草原站' --text="$1

$2"
  elif command -v kdialog >/dev/null 2>&1; then kdialog --title '草原站' --error "$1

$2"
  elif command -v xmessage >/dev/null 2>&1; then xmessage -center "$2"
  elif command -v notify-send >/dev/null 2>&1; then notify-send -u critical '草原站' "$1"
  fi >/dev/null 2>&1
}

if [ ! -e "${GRASSLAND_LOADER:-/lib64/ld-linux-x86-64.so.2}" ]; then
  machine="$(uname -m)"
  tell "这台电脑（$machine）不能运行 x86-64（Intel、AMD、兆芯、海光）的程序。请向技术支持索取适合本机的安装包。" \
    "This computer ($machine) does not run programs for x86-64. Ask for the one that fits this computer."
  exit 1
fi
if [ ! -x "$program" ]; then
  tell "程序文件不完整或不允许在此处运行：$program。请重新安装；从 U 盘运行的，请先复制到自己的文件夹。" \
    "The program is incomplete or may not run from here: $program. Install it again; from a USB stick, copy it to your own folder first."
  exit 1
fi

# One line a library: its name, the Debian package that has it (UOS and Kylin use the same names).
missing="" packages=""
found="$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null)"
if [ -n "$found" ]; then
  while read -r library package; do
    case "$found" in
      *"$library (libc6,x86-64"*) ;;
      *)
        missing="$missing${missing:+ }$library" package="${package%%|*}"
        case " $packages " in *" $package "*) ;; *) packages="$packages $package" ;; esac
        ;;
    esac
  done <<LIBRARIES
@LIBRARIES@
LIBRARIES
fi
if [ -n "$missing" ]; then
  case "${1-}" in
    tour | demo | self-test) window=1 ;;
    [a-z]* | --version | --help | -h) window="" ;; # nothing that needs a window
    *) window=1 ;;
  esac
  if [ -n "$window" ]; then
    if command -v apt-get >/dev/null 2>&1; then
      how="sudo apt-get install$packages"
    elif command -v dnf >/dev/null 2>&1; then
      how="sudo dnf install$(for each in $missing; do printf " '%s()(64bit)'" "$each"; done)"
    else
      how="$packages"
    fi
    tell "系统缺少程序需要的组件：$missing。请管理员执行：$how（没有网络时，从系统安装光盘安装同名软件包），然后重新打开。" \
      "The system lacks what the program needs: $missing. Ask an administrator for: $how (without a network: the packages of that name on the system's installation disc), then open it again."
    exit 1
  fi
fi

# What a desktop session sets for its own Qt does not fit the one in here.
unset QT_PLUGIN_PATH QT_QPA_PLATFORM_PLUGIN_PATH QT_STYLE_OVERRIDE QML_IMPORT_PATH QML2_IMPORT_PATH
case "${QT_QPA_PLATFORM-}" in
  "" | xcb | offscreen | minimal) ;;
  *) unset QT_QPA_PLATFORM ;; # dxcb, wayland …: X11 serves them all
esac
exec "$program" "$@"
