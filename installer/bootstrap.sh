#!/usr/bin/env bash
# Grassland Station (草原站): one command from a fresh machine to a running program or a finished test run.
#
#   bash installer/bootstrap.sh run  [ARGUMENTS for grassland-station]
#   bash installer/bootstrap.sh test [ARGUMENTS for pytest]
#   bash installer/bootstrap.sh test-dates [--all] [ARGUMENTS for pytest]
#   bash installer/bootstrap.sh setup
#
# Settings by environment, all optional:
#   GRASSLAND_VENV         where the virtual environment lives      (default: .venv beside pyproject.toml)
#   GRASSLAND_PYTHON       the Python to build it with              (default: the first of 3.11 to 3.13 found)
#   GRASSLAND_OUT          where run leaves the demo, no display    (default: out beside pyproject.toml)
#   GRASSLAND_SKIP_SYSTEM  1: do not look for system packages at all
#   GRASSLAND_TEST_WORKERS how many pytest workers                  (default: 2)
# pip's own settings (index, wheel folder, certificate) are honoured: an offline machine can install from a folder
# of wheels with PIP_NO_INDEX=1 PIP_FIND_LINKS=FOLDER.
set -euo pipefail

# --- words ------------------------------------------------------------------------------------------------------

say() { printf '%s\n%s\n' "· $1" "  $2" >&2; }
warn() { printf '%s\n%s\n' "! $1" "  $2" >&2; }
stop() {
  printf '%s\n%s\n' "✗ $1" "  $2" >&2
  exit 1
}

usage() {
  cat <<'TEXT'
草原站 / Grassland Station

用法 / usage: bash installer/bootstrap.sh COMMAND

  run    安装所需内容并打开培训站点；没有显示器时改为生成演示（out 文件夹）
         set up everything and open the program on a training station; without a display, build the demo in "out"
         后面的参数交给 grassland-station / further arguments go to grassland-station instead
  test   安装所需内容并运行全部检查与测试（不需要显示器）
         set up everything and run all checks and tests, headless; further arguments go to pytest
  test-dates  在其他日期和时区下运行与日期有关的测试（--all：全部测试）
         run the tests that depend on the day under other dates and zones (--all: every test)
  setup  只安装，不运行 / set up everything, run nothing
TEXT
}

# --- surroundings -----------------------------------------------------------------------------------------------

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
venv="${GRASSLAND_VENV:-$root/.venv}"
case "$venv" in /*) ;; *) venv="$PWD/$venv" ;; esac
out="${GRASSLAND_OUT:-$root/out}"
case "$out" in /*) ;; *) out="$PWD/$out" ;; esac
stamp="$venv/.grassland-setup"

# Chinese text everywhere: a machine without a UTF-8 locale (servers, containers) gets the one glibc always has.
case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
  *[Uu][Tt][Ff]8* | *[Uu][Tt][Ff]-8*) ;;
  *) export LC_ALL=C.UTF-8 LANG=C.UTF-8 ;;
esac
export PYTHONUTF8=1 PIP_DISABLE_PIP_VERSION_CHECK=1
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX
PATH="$PATH:/usr/sbin:/sbin" # ldconfig, for plain users

[[ "$(uname -s)" == Linux ]] || stop "此脚本用于 Linux；Windows 请用 installer\\bootstrap.ps1。" \
  "This script is for Linux; on Windows use installer\\bootstrap.ps1."

# --- Python -----------------------------------------------------------------------------------------------------

fits='import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] <= (3, 13) and sys.maxsize > 2**32))'
python="" # one that fits and can make virtual environments
bare=""   # one that fits but cannot
find_python() {
  python="" bare=""
  local name
  for name in ${GRASSLAND_PYTHON:+"$GRASSLAND_PYTHON"} python3 python3.13 python3.12 python3.11 \
    /usr/bin/python3 /usr/local/bin/python3; do
    "$name" -c "$fits" >/dev/null 2>&1 || continue
    if "$name" -c 'import ensurepip, venv' >/dev/null 2>&1; then
      python="$name"
      return 0
    fi
    [[ -n "$bare" ]] || bare="$name"
  done
  return 1
}

python_packages() { # what is missing for a Python that can make virtual environments
  if [[ -n "$bare" ]]; then
    "$bare" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
  else
    printf '%s\n' python3 python3-venv
  fi
}

# --- system packages --------------------------------------------------------------------------------------------
# "probe package": what must be found, and the Debian package that brings it ("a|b": first one the release knows).
# Probing for the thing itself, not for the package, also works on systems that are not Debian.

needed=(
  "lib:libEGL.so.1 libegl1"
  "lib:libGL.so.1 libgl1"
  "lib:libglib-2.0.so.0 libglib2.0-0t64|libglib2.0-0"
  "lib:libdbus-1.so.3 libdbus-1-3"
  "lib:libfontconfig.so.1 libfontconfig1"
  "lib:libxkbcommon-x11.so.0 libxkbcommon-x11-0"
  "lib:libxcb-cursor.so.0 libxcb-cursor0"
  "lib:libxcb-icccm.so.4 libxcb-icccm4"
  "lib:libxcb-keysyms.so.1 libxcb-keysyms1"
  "lib:libxcb-shape.so.0 libxcb-shape0"
  "file:/etc/ssl/certs/ca-certificates.crt|/etc/pki/tls/certs/ca-bundle.crt|/etc/ssl/ca-bundle.pem ca-certificates"
)
# Without these the program runs; a check, a virtual screen or a font for other programs is missing.
wanted=(
  "cjkfont: fonts-wqy-microhei"
  "cmd:ssh-keygen openssh-client"
  "cmd:unzip unzip"
  "cmd:age age"
  "cmd:pdftotext poppler-utils"
  "cmd:Xvfb xvfb"
  "cmd:xauth xauth"
  "cmd:xdotool xdotool"
  "cmd:faketime faketime" # test-dates
)

libraries=""
found() { # PROBE
  local kind="${1%%:*}" what="${1#*:}"
  case "$kind" in
    lib) [[ "$libraries" == *"$what"* ]] ;;
    cmd) command -v "$what" >/dev/null 2>&1 ;;
    file)
      local file
      for file in ${what//|/ }; do [[ ! -e "$file" ]] || return 0; done
      return 1
      ;;
    cjkfont)
      if command -v fc-list >/dev/null 2>&1; then
        [[ -n "$(fc-list :lang=zh-cn family 2>/dev/null)" ]]
      else
        [[ -n "$(find -L /usr/share/fonts /usr/local/share/fonts "${HOME:-/root}/.fonts" "${HOME:-/root}/.local/share/fonts" \
          -iregex '.*\(wqy\|cjk\|noto.*sc\|uming\|ukai\|droidsansfallback\|sourcehan\|simsun\|msyh\).*\.\(ttf\|ttc\|otf\)' \
          -print -quit 2>/dev/null)" ]]
      fi
      ;;
  esac
}

missing=()
list_missing() { # "probe package"...
  missing=()
  libraries="$(ldconfig -p 2>/dev/null || true)"
  local line
  for line in "$@"; do found "${line%% *}" || missing+=("${line#* }"); done
}

first_known() { # a|b -> the first one this release has
  local name
  for name in ${1//|/ }; do
    if [[ -n "$(apt-cache madison "$name" 2>/dev/null)" ]]; then
      printf '%s' "$name"
      return
    fi
  done
  printf '%s' "${1##*|}"
}

may_install() {
  command -v apt-get >/dev/null 2>&1 || return 1
  [[ "$(id -u)" == 0 ]] || { command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; }
}

apt_do() {
  local -a before=()
  [[ "$(id -u)" == 0 ]] || before=(sudo -n)
  # A few hundred lines that matter only when it fails.
  local chatter
  chatter="$("${before[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" 2>&1)" || {
    printf '%s\n' "$chatter" | tail -n 30 >&2
    return 1
  }
}

apt_updated=""
apt_install() { # packages, "a|b" allowed; non-zero when it did not work
  local -a names=()
  local package
  if [[ -z "$apt_updated" ]]; then
    apt_do update || true # an old list may still do
    apt_updated=1
  fi
  for package in "$@"; do names+=("$(first_known "$package")"); done
  say "正在安装系统软件包：${names[*]}" "Installing system packages: ${names[*]}"
  apt_do install -y --no-install-recommends "${names[@]}"
}

by_hand() { # packages -> the command a person with rights can copy
  local -a names=()
  local package
  for package in "$@"; do
    if command -v apt-cache >/dev/null 2>&1; then names+=("$(first_known "$package")"); else names+=("${package##*|}"); fi
  done
  printf 'sudo apt-get install -y --no-install-recommends %s' "${names[*]}"
}

required=()
optional=()
look() {
  list_missing "${needed[@]}"
  required=("${missing[@]}")
  if ! "$venv/bin/python" -c "$fits" >/dev/null 2>&1 && ! find_python; then
    mapfile -t -O "${#required[@]}" required < <(python_packages)
  fi
  list_missing "${wanted[@]}"
  optional=("${missing[@]}")
}

system_packages() {
  [[ "${GRASSLAND_SKIP_SYSTEM:-}" != 1 ]] || return 0
  look
  # A machine once set up for `run` is not asked for the extras at every start.
  [[ "$command" != run || ! -e "$stamp" ]] || optional=()
  ((${#required[@]} + ${#optional[@]})) || return 0

  if may_install && apt_install "${required[@]}" "${optional[@]}"; then look; fi
  if ((${#required[@]})); then
    stop "缺少系统软件包，本账户不能自行安装。请管理员执行：$(by_hand "${required[@]}" "${optional[@]}")（其他 Linux 系统请安装同名库；确认已有可设 GRASSLAND_SKIP_SYSTEM=1），然后重新运行。" \
      "System packages are missing and this account could not install them. Ask an administrator for: $(by_hand "${required[@]}" "${optional[@]}") (on another Linux, the packages with the same libraries; GRASSLAND_SKIP_SYSTEM=1 skips this look), then run again."
  fi
  if ((${#optional[@]})); then
    warn "缺少可选软件包，程序可以运行，部分核对或测试会跳过；需要时执行：$(by_hand "${optional[@]}")" \
      "Optional packages are missing; the program runs, some checks or tests are skipped. To add them: $(by_hand "${optional[@]}")"
  fi
}

need_python() { # reached without one only when the look for system packages was skipped, or did not help
  find_python && return
  local -a packages
  mapfile -t packages < <(python_packages)
  if [[ -n "$bare" ]]; then
    stop "找到 Python（$bare），但缺少 venv 模块。请管理员执行：$(by_hand "${packages[@]}")" \
      "Python was found ($bare) but its venv module is missing. Ask an administrator for: $(by_hand "${packages[@]}")"
  fi
  stop "没有找到 64 位 Python 3.11、3.12 或 3.13。请管理员执行：$(by_hand "${packages[@]}")，或用 GRASSLAND_PYTHON 指定其位置。" \
    "No 64-bit Python 3.11, 3.12 or 3.13 was found. Ask an administrator for: $(by_hand "${packages[@]}"), or name one with GRASSLAND_PYTHON."
}

# --- virtual environment ----------------------------------------------------------------------------------------

fingerprint() { # what an installation depends on: the project file, where both lie, which Python
  printf '%s %s %s %s' "$(sha256sum <"$root/pyproject.toml" | cut -c1-64)" \
    "$("$venv/bin/python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" "$venv" "$root"
}

environment() { # run|dev
  local extras="$1" had="" mark=""
  if [[ -e "$venv" && ! -d "$venv" ]] || { [[ -d "$venv" && ! -e "$venv/pyvenv.cfg" ]] && [[ -n "$(ls -A "$venv")" ]]; }; then
    stop "$venv 已存在，但不是虚拟环境。请移开它，或用 GRASSLAND_VENV 指定其他位置。" \
      "$venv exists but is not a virtual environment. Move it away, or choose another place with GRASSLAND_VENV."
  fi
  mkdir -p "$(dirname "$venv")" 2>/dev/null || true
  [[ -w "$(dirname "$venv")" && -w "$root" ]] ||
    stop "不能写入 $root 或 $(dirname "$venv")。请把程序放到自己的文件夹中再运行。" \
      "$root or $(dirname "$venv") cannot be written. Put the program into a folder of your own and run again."

  if command -v flock >/dev/null 2>&1; then # two starts at once: the second waits, then finds all done
    exec 9<"$root/pyproject.toml"
    flock 9
  fi

  [[ -e "$stamp" ]] && { read -r had <"$stamp" || true; mark="$(tail -n +2 "$stamp")"; }
  if [[ -e "$venv/pyvenv.cfg" ]]; then
    # Made for another place or with a Python that has gone: make it anew.
    if ! "$venv/bin/python" -c "$fits" >/dev/null 2>&1 || { [[ -n "$mark" ]] && [[ "$mark" != *" $venv $root" ]]; }; then
      say "虚拟环境已失效（位置或 Python 变了），重新建立。" "The virtual environment no longer fits (moved, or its Python is gone); making it anew."
      rm -rf -- "$venv"
      had="" mark=""
    fi
  fi
  [[ "$had" == dev ]] && extras=dev # once with the test tools, always with them
  if [[ -e "$venv/pyvenv.cfg" && "$had" == "$extras" && "$mark" == "$(fingerprint)" ]]; then
    release
    return
  fi

  if [[ ! -e "$venv/pyvenv.cfg" ]]; then
    need_python
    say "正在用 $python 建立虚拟环境：$venv" "Making a virtual environment with $python: $venv"
    if ! "$python" -m venv "$venv" >&2; then
      rm -rf -- "$venv"
      stop "虚拟环境没有建成，原因见上。" "The virtual environment could not be made; the reason stands above."
    fi
  fi
  say "正在安装程序及其依赖（首次约 300 MB，需要几分钟）……" "Installing the program and what it depends on (about 300 MB the first time, some minutes) ..."
  local target="$root"
  [[ "$extras" != dev ]] || target="${root}[dev]"
  local -a quiet=(-q)
  [[ ! -t 2 ]] || quiet=()
  if ! "$venv/bin/python" -m pip install "${quiet[@]}" -e "$target" >&2; then
    stop "安装没有完成，原因见上。请检查网络（或用 PIP_FIND_LINKS 指定离线安装包文件夹）和磁盘空间后重新运行；已下载的会继续使用。" \
      "The installation did not finish; the reason stands above. Check the network (or name a folder of wheels with PIP_FIND_LINKS) and the free space, then run again; what was fetched is used again."
  fi
  { printf '%s\n' "$extras" && fingerprint; } >"$stamp.new"
  mv -f "$stamp.new" "$stamp"
  release
}

release() { # the started program must not hold the lock
  exec 9>&-
}

# --- commands ---------------------------------------------------------------------------------------------------

start_program() {
  if (($#)); then exec "$venv/bin/grassland-station" "$@"; fi
  if [[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then
    say "正在打开培训站点（数据为示例）。" "Opening the program on a training station (invented data)."
    exec "$venv/bin/grassland-station" --training
  fi
  say "没有显示器，改为生成演示：$out" "No display: building the demo instead, in $out"
  QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}" exec "$venv/bin/grassland-station" demo --out "$out"
}

run_tests() {
  local status=0 code
  export QT_QPA_PLATFORM=offscreen
  cd "$root"
  say "ruff：检查写法" "ruff: style"
  "$venv/bin/python" -m ruff check . || status=$?
  say "mypy：检查类型" "mypy: types"
  "$venv/bin/python" -m mypy || { code=$?; ((status)) || status=$code; }
  if ((status)); then warn "ruff 或 mypy 有问题（见上），仍继续测试。" "ruff or mypy found something (above); the tests go on."; fi
  say "pytest：运行测试" "pytest: tests"
  # Files in their order, not those of many tests first: what takes longest has few, and would come last on one core.
  "$venv/bin/python" -m pytest -n "${GRASSLAND_TEST_WORKERS:-2}" --dist loadfile --no-loadscope-reorder -m "not bench" "$@" || {
    code=$?
    ((status)) || status=$code
  }
  exit "$status"
}

# Where a day decides: drafts, reviews, freezing, packages, backups, gates, the status line and the way to the county.
dated=(
  tests/unit/storage/test_workspace.py tests/unit/storage/test_wall_clock.py tests/unit/services/test_checking.py
  tests/unit/figures/test_freeze.py tests/unit/package/test_verify.py tests/unit/county/test_receive.py
  tests/ui/window/test_frame.py tests/ui/window/test_exchange.py tests/end2end/test_training_dates.py
)

run_dates() {
  local -a what=("${dated[@]}")
  if [[ "${1:-}" == --all ]]; then
    what=(tests)
    shift
  fi
  export QT_QPA_PLATFORM=offscreen
  cd "$root"
  bash tests/other_dates/run.sh "$venv/bin/python" -q -n "${GRASSLAND_TEST_WORKERS:-2}" --dist loadfile --no-loadscope-reorder -m "not bench" "${what[@]}" "$@"
}

command="${1:-}"
(($#)) && shift
case "$command" in
  run)
    system_packages
    environment run
    start_program "$@"
    ;;
  test)
    system_packages
    environment dev
    run_tests "$@"
    ;;
  test-dates)
    system_packages
    environment dev
    run_dates "$@"
    ;;
  setup)
    system_packages
    environment dev
    say "已就绪。启动：bash installer/bootstrap.sh run" "Ready. Start: bash installer/bootstrap.sh run"
    ;;
  -h | --help | help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
