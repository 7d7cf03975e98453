# shellcheck shell=bash
# Sourced after version.sh or roots.sh: the fonts of the installers, every character of Noto Sans SC.
#
#   full_fonts        prints a folder with NotoSansSC-Regular.ttf, NotoSansSC-Medium.ttf and OFL.txt
#   tool_python ...   Python 3.11 of this machine with fonttools, from the lock file beside this
#
# Fetched as an npm package, pinned by its hash; kept in the cache. Cut without the characters that would make text copied
# from a PDF unsearchable (make_font.py says which).

font_package="@expo-google-fonts/noto-sans-sc@0.4.3"
font_sha256="0d69d0f4971d2ff574e3d93cbc218dc950bf3f3f8f8e2c008d97687ed53aee59"
common="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"

_python_311() { # prints one that is there
  local each
  for each in ${GRASSLAND_PYTHON:+"$GRASSLAND_PYTHON"} /usr/bin/python3 python3.11 python3; do # the system's first: same bytecode everywhere
    if "$each" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
      printf '%s' "$each"
      return
    fi
  done
  return 1
}

tool_python() {
  local python folder
  python="$(_python_311)" || { host_packages python3 python3-pip && python="$(_python_311)"; } ||
    stop "需要 Python 3.11（Debian 12 自带）。 / Python 3.11 is needed (Debian 12 has it)."
  folder="$cache/tools/$(sha256sum "$common/tools.lock" | cut -c1-16)"
  if [[ ! -e "$folder/.ready" ]]; then
    "$python" -m pip --version >/dev/null 2>&1 || host_packages python3-pip || stop "需要 pip。 / pip is needed."
    rm -rf "$folder"
    PIP_ROOT_USER_ACTION=ignore "$python" -m pip install --disable-pip-version-check -qq --no-deps --require-hashes --no-compile --target "$folder" \
      -r "$common/tools.lock" >&2 || stop "构建工具没有下载完整。 / The build tools could not be fetched."
    touch "$folder/.ready"
  fi
  PYTHONPATH="$folder" PYTHONDONTWRITEBYTECODE=1 "$python" "$@"
}

_font_archive() { # prints the packed source fonts
  local file="$cache/fonts/$font_sha256.tgz" work
  if ! echo "$font_sha256  $file" | sha256sum --status -c 2>/dev/null; then
    command -v npm >/dev/null || host_packages npm || stop "需要 npm 来下载字体。 / npm is needed to fetch the fonts."
    say "下载字体 / fetching the fonts"
    mkdir -p "$cache/fonts"
    work="$(mktemp -d "$cache/fonts/part.XXXXXX")"
    (cd "$work" && npm pack --silent "$font_package") >/dev/null || stop "字体没有下载成功。 / The fonts could not be fetched."
    mv "$work"/*.tgz "$file"
    rmdir "$work"
    echo "$font_sha256  $file" | sha256sum --status -c ||
      stop "下载的字体与登记的校验值不符。 / The fonts are not the ones whose hash is written here."
  fi
  printf '%s' "$file"
}

full_fonts() {
  local archive folder
  archive="$(_font_archive)" || exit 1
  folder="$cache/fonts/full-$(cat "$common/../make_font.py" "$common/tools.lock" "$archive" | sha256sum | cut -c1-16)"
  if [[ ! -e "$folder/.ready" ]]; then
    say "裁剪字体 / cutting the fonts"
    rm -rf "$folder"
    tool_python "$common/../make_font.py" "$archive" --full "$folder" >&2 || exit 1
    touch "$folder/.ready"
  fi
  printf '%s' "$folder"
}
