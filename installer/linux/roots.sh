# shellcheck shell=bash
# Sourced: the compiled Python and the Debian 11 root in which the Linux program is frozen. Both are kept in the cache.

linux="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=../common/roots.sh
source "$linux/../common/roots.sh"
# shellcheck source=wheels.sh
source "$linux/wheels.sh"

OLDEST=bullseye # the oldest Debian whose archive is still there

# What Qt's window needs must be there while freezing: a library that is missing is silently left out of the program.
QT_PACKAGES=(libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libfreetype6 libxkbcommon-x11-0 libx11-xcb1
  libxcb-cursor0 libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-render0
  libxcb-shape0 libxcb-shm0 libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xinerama0 libxcb-xkb1)
COMPILE_PACKAGES=(gcc make perl patch libc6-dev zlib1g-dev libbz2-dev liblzma-dev libffi-dev libexpat1-dev xz-utils)

# Sources of Debian 12 with its security patches, their signatures checked by apt. A security archive that lost a file
# is met with the version before it.
_fetch_sources() { # FOLDER ROOT
  local main security
  main="$(_archive "")" security="$(_archive -security)"
  {
    echo "deb-src ${main:-$(sed -n 's/^deb \([^ ]*\) .*/\1/p' "$2/etc/apt/sources.list" | head -n 1)} bookworm main"
    [[ -z "$security" ]] || echo "deb-src $security bookworm-security main"
  } >"$2/etc/apt/sources.list.d/source.list"
  mkdir -p "$1"
  root_run "$2" --bind "$1:/src" -- bash -c '
    apt-get -qq update && cd /src
    for name in python3.11 openssl; do
      done=""
      for version in $(apt-cache showsrc "$name" | sed -n "s/^Version: //p" | sort -rV | uniq); do
        if apt-get -qq source --download-only "$name=$version"; then done=1; break; fi
        rm -f "$name"_*
      done
      [ -n "$done" ] || exit 1
    done' >"$cache/log/sources.log" 2>&1 || {
    tail -n 5 "$cache/log/sources.log" >&2
    stop "没有取得 CPython 和 OpenSSL 的源代码。 / The sources of CPython and OpenSSL could not be fetched."
  }
  rm -f "$2/etc/apt/sources.list.d/source.list"
}

compiled_python() { # prints the archive with /opt/python
  local archive key root="$roots/compile"
  key="$(cat "$linux/compile.sh" <(echo "${COMPILE_PACKAGES[@]}") | sha256sum | cut -c1-16)"
  archive="$cache/python/$OLDEST-$key.tar"
  mkdir -p "$cache/python"
  (
    flock 9
    if [[ ! -e "$archive" ]]; then
      say "编译 CPython 3.11 和 OpenSSL（首次，约 5 分钟） / compiling CPython 3.11 and OpenSSL (once, about 5 minutes)"
      root_copy "$OLDEST" "$root"
      root_apt "$root" "$OLDEST" "${COMPILE_PACKAGES[@]}"
      rm -rf "$cache/python/src"
      _fetch_sources "$cache/python/src" "$root"
      root_run "$root" --offline --ro "$cache/python/src:/src" --ro "$linux:/recipe" -- bash /recipe/compile.sh \
        >"$cache/log/compile.log" 2>&1 || {
        tail -n 30 "$cache/log/compile.log" >&2
        stop "CPython 没有编译成功。 / CPython did not compile."
      }
      tar -C "$root" -cf "$archive.part" opt/python
      mv "$archive.part" "$archive"
      root_remove "$root"
    fi
  ) 9>"$cache/python/.lock" || exit 1
  printf '%s' "$archive"
}

freeze_root() { # prints the root with Python, PyInstaller, all libraries; never changed by a build
  local key
  python_archive="$(compiled_python)" || exit 1
  program_wheels="$(locked_wheels "$linux/requirements.lock")" || exit 1
  tool_wheels="$(locked_wheels "$linux/tools.lock")" || exit 1
  key="$python_archive $program_wheels $tool_wheels ${QT_PACKAGES[*]} 6"
  root_made freeze "$OLDEST" _make_freeze_root "$key"
}

_make_freeze_root() { # FOLDER
  say "准备构建环境 / preparing the build root"
  root_apt "$1" "$OLDEST" "${QT_PACKAGES[@]}" binutils xz-utils zlib1g libbz2-1.0 liblzma5 libffi7 libexpat1 desktop-file-utils \
    appstream-util libxml2-utils || return 1
  tar -C "$1" -xf "$python_archive"
  echo /opt/python/lib >"$1/etc/ld.so.conf.d/python.conf"
  root_run "$1" -- ldconfig
  local wheels
  for wheels in "$program_wheels" "$tool_wheels"; do
    # The program's own libraries apart from the tools: only they are listed as parts of the program.
    local target="$1/opt/python/lib/python3.11/site-packages"
    [[ "$wheels" != "$tool_wheels" ]] || target="$1/opt/tools"
    PIP_ROOT_USER_ACTION=ignore "$host_python" -m pip install --disable-pip-version-check -qq --no-deps --no-index --no-compile --target "$target" \
      "$wheels"/*.whl --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 --platform manylinux2014_x86_64 \
      --platform manylinux_2_17_x86_64 --platform manylinux_2_12_x86_64 --platform manylinux_2_5_x86_64 \
      --platform manylinux1_x86_64 --python-version 3.11 --implementation cp --only-binary=:all: || return 1
  done
  # The wheel of sqlcipher3 carries 17 MB of names for debuggers. (strip breaks numpy's OpenBLAS: leave others alone.)
  root_run "$1" -- sh -c 'strip --strip-unneeded /opt/python/lib/python3.11/site-packages/sqlcipher3/*.so'
}
