# shellcheck shell=bash
# Sourced: Debian roots made by debootstrap, kept in the cache, entered with unshare and chroot.
#
#   root_ready                          can this machine do it? otherwise one sentence on standard output and failure
#   root_base SUITE                     prints the folder of a clean minimal root; never change it
#   root_copy SUITE FOLDER              a fresh copy of it, to install things into
#   root_made NAME SUITE FUNCTION KEY   prints the folder of a root that FUNCTION (called with the folder) made ready;
#                                       kept while KEY (any text) stays the same
#   root_run FOLDER [options] -- COMMAND...     runs a command inside
#        --user NAME        not as root          --env NAME=VALUE   one more variable
#        --bind FROM:TO     writable             --ro FROM:TO       read only
#        --offline          no network           --display NUMBER   the X display of display_start
#   root_apt FOLDER SUITE PACKAGE...            installs packages inside; downloads are kept in the cache
#   root_remove FOLDER                          deletes a copy
#   display_start FOLDER WIDTHxHEIGHT / display_manager FOLDER / display_picture FOLDER FILE.png / display_windows FOLDER
#   display_stop FOLDER
#
# Mounts live in a private mount namespace and processes in their own process namespace: when the command ends, however it
# ends, nothing stays mounted and nothing keeps running.

# shellcheck source=version.sh
source "$(dirname "${BASH_SOURCE[0]}")/version.sh"

roots="$cache/roots"
enter="$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/enter.sh"
sockets="$cache/x11"

root_ready() {
  [[ "$(id -u)" == 0 ]] || { echo "需要 root 权限（debootstrap、chroot）。 / root is needed (debootstrap, chroot)."; return 1; }
  unshare --mount --pid --fork --propagation private true 2>/dev/null ||
    { echo "这里不允许建立独立的挂载空间（容器没有 SYS_ADMIN 权限）。 / Private mounts are not allowed here (a container without SYS_ADMIN)."; return 1; }
  command -v debootstrap >/dev/null || host_packages debootstrap ||
    { echo "没有 debootstrap，也装不上。 / debootstrap is missing and could not be installed."; return 1; }
}

# The archive this machine itself uses, so that a mirror or a proxy set up here serves the roots too.
_archive() { # ""|-security -> its address, or nothing
  local wanted="$1"
  {
    cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null |
      awk '$1 == "deb" { i = 2; if ($2 ~ /^\[/) { while ($i !~ /\]$/) i++; i++ } print $i, $(i + 1) }'
    cat /etc/apt/sources.list.d/*.sources 2>/dev/null |
      awk 'BEGIN { RS = ""; FS = "\n" } { u = ""; s = ""; e = 1; for (i = 1; i <= NF; i++) {
             if ($i ~ /^URIs:/) { split($i, a, /[: ]+/); u = $i; sub(/^URIs: */, "", u); sub(/ .*/, "", u) }
             if ($i ~ /^Suites:/) { s = $i; sub(/^Suites: */, "", s); sub(/ .*/, "", s) }
             if ($i ~ /^Enabled: *no/) e = 0 } if (u != "" && e) print u, s }'
  } | awk -v wanted="$wanted" -v codename="$(. /etc/os-release 2>/dev/null && printf '%s' "${VERSION_CODENAME:-}")" '
      { sub(/\/updates$/, "", $2); if ($2 == codename wanted) { print $1; exit } }'
}

_sources() { # SUITE
  local main security
  main="$(_archive "")" security="$(_archive -security)"
  [[ -z "$main" ]] || echo "deb $main $1 main"
  [[ -z "$security" ]] || echo "deb $security $1-security main"
}

root_base() { # SUITE
  local suite="$1" folder="$roots/$1" part="$roots/.part-$1"
  mkdir -p "$roots" "$cache/apt/$suite" "$cache/log"
  (
    flock 9
    if [[ ! -e "$folder/.ready" ]]; then
      say "建立 Debian $suite 根目录 / making a Debian $suite root"
      rm -rf --one-file-system "$part"
      # shellcheck disable=SC2046  # no address: debootstrap's own
      debootstrap --variant=minbase "$suite" "$part" $(_archive "") >"$cache/log/debootstrap-$suite.log" 2>&1 || {
        tail -n 5 "$cache/log/debootstrap-$suite.log" >&2
        stop "Debian $suite 根目录没有建成。 / The Debian $suite root could not be made."
      }
      _sources "$suite" >"$part/etc/apt/sources.list.new"
      if [[ -s "$part/etc/apt/sources.list.new" ]]; then mv "$part/etc/apt/sources.list.new" "$part/etc/apt/sources.list"; fi
      rm -f "$part/etc/apt/sources.list.new"
      {
        apt-config dump | grep -E '^Acquire::(http|https|Retries|Check|ForceIP)' || true
        echo 'Acquire::Languages "none"; Acquire::GzipIndexes "true"; APT::Install-Recommends "false";'
      } >"$part/etc/apt/apt.conf.d/80host"
      cp -L /etc/resolv.conf /etc/hosts "$part/etc/" 2>/dev/null || true
      if grep -q https: "$part/etc/apt/sources.list"; then
        install -D -m 644 /etc/ssl/certs/ca-certificates.crt "$part/etc/ssl/certs/ca-certificates.crt"
      fi
      rm -f "$part"/var/cache/apt/archives/*.deb
      rm -rf --one-file-system "$folder"
      mv "$part" "$folder"
      touch -d '2000-01-01' "$folder/.lists"
      touch "$folder/.ready"
    fi
    if [[ -z "$(find "$folder/.lists" -mmin -1440)" ]]; then
      if root_run "$folder" -- apt-get -qq update >"$cache/log/update-$suite.log" 2>&1; then
        touch "$folder/.lists"
      else
        warn "软件列表没有更新，使用原有的 / the package lists of $suite could not be renewed; using those there are"
      fi
    fi
  ) 9>"$roots/.lock-$suite" || exit 1
  printf '%s' "$folder"
}

root_copy() { # SUITE FOLDER
  local base
  base="$(root_base "$1")" || exit 1
  root_remove "$2"
  mkdir -p "$(dirname "$2")"
  cp -a "$base" "$2"
}

root_remove() { # FOLDER
  [[ -n "${1:-}" && "$1" != / ]] || stop "root_remove: no folder"
  rm -rf --one-file-system "$1"
}

root_made() { # NAME SUITE FUNCTION KEY
  local folder="$roots/$1" key
  key="$(printf '%s' "$2 $4" | sha256sum | cut -c1-64)"
  mkdir -p "$roots"
  (
    flock 9
    if [[ "$(cat "$folder/.made" 2>/dev/null)" != "$key" ]]; then
      root_copy "$2" "$folder.part"
      "$3" "$folder.part" >&2 || exit 1
      root_remove "$folder"
      mv "$folder.part" "$folder"
      printf '%s' "$key" >"$folder/.made"
    fi
  ) 9>"$roots/.lock-$1" || exit 1
  printf '%s' "$folder"
}

root_run() { # FOLDER [options] -- COMMAND...
  local folder="$1" user=root
  shift
  local -a binds=() vars=() network=()
  while (($#)); do
    case "$1" in
      --user) user="$2" ;;
      --bind) binds+=("bind:$2") ;;
      --ro) binds+=("ro:$2") ;;
      --env) vars+=("$2") ;;
      --display)
        binds+=("bind:$sockets:/tmp/.X11-unix")
        vars+=("DISPLAY=:$2")
        ;;
      --offline)
        network=(--net)
        shift
        continue
        ;;
      --)
        shift
        break
        ;;
      *) stop "root_run: $1?" ;;
    esac
    shift 2
  done
  local name
  for name in http_proxy https_proxy no_proxy; do
    [[ -z "${!name:-}" ]] || vars+=("$name=${!name}")
  done
  # root_exec=exec: in a background job, so that its process id is the one to end.
  ${root_exec:-} unshare --mount --pid --fork --kill-child --propagation private "${network[@]}" \
    bash "$enter" "$folder" "$user" "${#binds[@]}" "${binds[@]}" "${#vars[@]}" "${vars[@]}" "$@"
}

# Downloads are shared as links, not as a folder: two roots may install at the same time.
archives_in() { # FOLDER SUITE: what was downloaded before
  cp -ln "$cache/apt/$2"/*.deb "$1/var/cache/apt/archives/" 2>/dev/null || true
}
archives_out() { # FOLDER SUITE: keep what came new
  cp -ln "$1"/var/cache/apt/archives/*.deb "$cache/apt/$2/" 2>/dev/null || true
}

root_apt() { # FOLDER SUITE PACKAGE...
  local folder="$1" suite="$2" log
  shift 2
  log="$(mktemp "$cache/log/apt.XXXXXX")"
  archives_in "$folder" "$suite"
  root_run "$folder" --env DEBIAN_FRONTEND=noninteractive -- \
    apt-get -qq -o Dpkg::Use-Pty=0 -o APT::Keep-Downloaded-Packages=true install -y --no-install-recommends "$@" \
    >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    return 1
  }
  archives_out "$folder" "$suite"
  rm -f "$log" "$folder"/var/cache/apt/archives/*.deb
}

# --- a virtual screen, outside the root that is being proven: nothing of it may stand in for a missing library --------

_display_root() { root_made screen bookworm _make_display_root "3"; }
_make_display_root() { root_apt "$1" bookworm xvfb x11-utils x11-apps imagemagick xdotool fonts-dejavu-core; }

display_start() { # FOLDER WIDTHxHEIGHT -> prints the number; the folder keeps number, process id and pictures
  local folder="$1" size="$2" screen tries
  screen="$(_display_root)" || exit 1
  mkdir -p "$folder" "$sockets"
  chmod 1777 "$sockets"
  rm -f "$folder/display"
  (
    exec </dev/null >"$folder/xvfb.log" 2>&1
    root_exec=exec root_run "$screen" --bind "$sockets:/tmp/.X11-unix" --bind "$folder:/srv" -- \
      sh -c "exec Xvfb -displayfd 3 -screen 0 ${size}x24 -dpi 96 -nolisten tcp -ac 3>/srv/display" &
    echo $! >"$folder/pid"
    disown
  )
  for tries in $(seq 100); do
    if [[ -s "$folder/display" && -S "$sockets/X$(tr -d '\n' <"$folder/display")" ]]; then
      tr -d '\n' <"$folder/display"
      return
    fi
    sleep 0.1
  done
  cat "$folder/xvfb.log" >&2
  stop "虚拟显示器没有启动（$tries）。 / The virtual display did not start."
}

_display() { # FOLDER COMMAND... in the root of the screen
  local folder="$1"
  shift
  root_run "$roots/screen" --display "$(tr -d '\n' <"$folder/display")" --bind "$folder:/srv" -- "$@"
}

display_picture() { # FOLDER FILE.png
  _display "$1" import -window root /srv/picture.png && mv "$1/picture.png" "$2"
}

display_windows() { # FOLDER -> one line a visible window: its id and title
  _display "$1" sh -c 'for w in $(xdotool search --onlyvisible --name "." 2>/dev/null); do echo "$w $(xdotool getwindowname "$w")"; done'
}

# A window manager, as on every desktop: without one no window gets the keyboard, and none has a title.
display_manager() { # FOLDER
  local manager
  manager="$(root_made manager bookworm _make_manager_root 1)" || exit 1
  (
    exec </dev/null >"$1/manager.log" 2>&1
    root_exec=exec root_run "$manager" --bind "$sockets:/tmp/.X11-unix" \
      --env "DISPLAY=:$(tr -d '\n' <"$1/display")" -- openbox &
    echo $! >"$1/manager.pid"
    disown
  )
  sleep 1
}
_make_manager_root() { root_apt "$1" bookworm openbox fonts-wqy-microhei; }

display_stop() { # FOLDER  (unshare does not hear a mere TERM)
  local file
  for file in "$1/manager.pid" "$1/pid"; do
    [[ ! -s "$file" ]] || kill -KILL "$(cat "$file")" 2>/dev/null || true
    rm -f "$file"
  done
}
