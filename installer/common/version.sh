# shellcheck shell=bash
# Sourced by build.sh, prove.sh and what they call: words, version, time of the commit, cache folder.
#
#   GRASSLAND_BUILD_CACHE        where roots, wheels, fonts and the compiled Python are kept between builds
#   GRASSLAND_VERSION_OVERRIDE   build the same source under another version: the "previous version" of an upgrade
#                                proof, nothing else
#   GRASSLAND_RELEASE_KEY        OpenSSH Ed25519 private key that signs update files; without one a key of this machine
#                                is made and kept in the cache, and the build report says that the build is not official
#   GRASSLAND_SOURCE_COMMIT      the commit to build (default: HEAD); what is not committed is not built

export LC_ALL=C.UTF-8 LANG=C.UTF-8

project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
cache="${GRASSLAND_BUILD_CACHE:-${HOME:-/root}/.cache/grassland-station-build}"

say() { printf '· %s\n' "$*" >&2; }
warn() { printf '! %s\n' "$*" >&2; }
stop() {
  printf '✗ %s\n' "$*" >&2
  exit 1
}

# Packages this machine itself needs, installed when missing and when it can.
host_packages() { # PACKAGE...
  command -v apt-get >/dev/null && [[ "$(id -u)" == 0 ]] || return 1
  say "安装 / installing: $*"
  env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" >/dev/null 2>&1 || {
    apt-get -qq update >/dev/null 2>&1 || true
    env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" >&2
  }
}

project_git() { git -c safe.directory="$project" -C "$project" "$@"; }

find_commit() {
  commit="$(project_git rev-parse --verify -q "${GRASSLAND_SOURCE_COMMIT:-HEAD}^{commit}" 2>/dev/null || true)"
  [[ -z "$commit" ]] || SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(project_git show -s --format=%ct "$commit")}"
}

need_commit() {
  if ! command -v git >/dev/null && host_packages git ca-certificates; then find_commit; fi
  [[ -n "$commit" ]] || stop "这里不是 git 工作区，无法确定要构建的版本。 / Not a git checkout: there is no commit to build."
}

program_version() { # the version of what is built, e.g. 0.1.0
  if [[ -n "${GRASSLAND_VERSION_OVERRIDE:-}" ]]; then
    printf '%s' "$GRASSLAND_VERSION_OVERRIDE"
    return
  fi
  need_commit
  project_git show "$commit:station_app/__init__.py" | sed -n 's/^__version__ = "\([0-9][0-9.]*\)"$/\1/p'
}

release_key() { # prints the file of the private key that signs updates
  local key="${GRASSLAND_RELEASE_KEY:-}"
  command -v ssh-keygen >/dev/null || host_packages openssh-client || stop "需要 ssh-keygen。 / ssh-keygen is needed."
  if [[ -z "$key" ]]; then
    key="$cache/release.key"
    mkdir -p "$cache"
    [[ -s "$key" ]] || ssh-keygen -q -t ed25519 -N "" -C "grassland-station unofficial build" -f "$key" >&2
  fi
  [[ -r "$key" ]] || stop "不能读取发布密钥 $key。 / The release key $key cannot be read."
  printf '%s' "$key"
}

release_signer() { # prints its line for resources/release/allowed_signers
  local key public
  key="$(release_key)" || exit 1
  public="$(ssh-keygen -y -P "" -f "$key")" || stop "$key 不是没有口令的 OpenSSH 私钥。 / $key is not an OpenSSH key without a passphrase."
  [[ "$public" == ssh-ed25519\ * ]] || stop "$key 不是 Ed25519 密钥。 / $key is not an Ed25519 key."
  printf 'grassland-release namespaces="grassland-update" %s\n' "$(cut -d' ' -f1,2 <<<"$public")"
}

# Writes the commit's files to a folder: what the packages are made from. Uncommitted edits are not in it. The key that
# will sign the updates of this build is made known to it.
export_source() { # FOLDER
  need_commit
  mkdir -p "$1"
  project_git archive --format=tar "$commit" | tar -x -C "$1"
  if [[ -n "${GRASSLAND_VERSION_OVERRIDE:-}" ]]; then
    sed -i "s/^__version__ = .*/__version__ = \"$GRASSLAND_VERSION_OVERRIDE\"/" "$1/station_app/__init__.py"
  fi
  local signer signers="$1/resources/release/allowed_signers"
  signer="$(release_signer)" || exit 1
  grep -qxF "$signer" "$signers" 2>/dev/null || { mkdir -p "$(dirname "$signers")" && echo "$signer" >>"$signers"; }
}

SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-}"
find_commit
export SOURCE_DATE_EPOCH PYTHONHASHSEED=0 TZ=UTC

built_from() { # FOLDER linux|windows: prints the commit its packages were built from
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get(sys.argv[2], {}).get("commit", ""))' \
    "$1/build-report.json" "$2" 2>/dev/null || true
}

update_of() { # FOLDER INSTALLER: prints the update file that holds this very installer; fails, saying so, where none does
  python3 "$project/installer/common/update_of.py" "$@"
}
