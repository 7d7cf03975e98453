# shellcheck shell=bash
# Sourced: wheels for the Linux build, fetched with this machine's pip settings, kept in the cache by their lock file.

host_python="${GRASSLAND_PYTHON:-python3}"

need_pip() {
  "$host_python" -m pip --version >/dev/null 2>&1 || host_packages python3 python3-pip ||
    stop "需要 python3 和 pip。 / python3 with pip is needed."
}

download() { # FOLDER ARGUMENTS of pip download...
  local folder="$1" n
  local -a platforms=()
  shift
  for n in 28 27 26 24 17 12 5; do platforms+=(--platform "manylinux_2_${n}_x86_64"); done
  platforms+=(--platform manylinux2014_x86_64 --platform manylinux2010_x86_64 --platform manylinux1_x86_64)
  mkdir -p "$folder"
  "$host_python" -m pip download --disable-pip-version-check -qq "${platforms[@]}" --python-version 3.11 \
    --implementation cp --only-binary=:all: -d "$folder" "$@" >&2
}

locked_wheels() { # LOCK FILE -> prints the folder with exactly its wheels
  local folder
  folder="$cache/wheels/linux-$(sha256sum "$1" | cut -c1-16)"
  if [[ ! -e "$folder/.ready" ]]; then
    need_pip
    say "下载组件 / fetching wheels: $(basename "$1")"
    rm -rf "$folder"
    download "$folder" --no-deps --require-hashes -r "$1" ||
      stop "组件没有下载完整，请检查网络和 pip 设置。 / The wheels could not be fetched; look at the network and pip's settings."
    touch "$folder/.ready"
  fi
  printf '%s' "$folder"
}
