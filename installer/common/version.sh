# shellcheck shell=bash
# Sourced by build.sh, prove.sh and what they call: words, version, time of the commit, cache folder.
#
#   GRASSLAND_BUILD_CACHE        where roots, wheels, fonts and the compiled Python are kept between builds
#   GRASSLAND_VERSION_OVERRIDE   build the same source under another version: the "previous version" of an upgrade
#                                proof, nothing else
#   GRASSLAND_SOURCE_COMMIT      the commit to build (default: HEAD); what is not committed is not built

export LC_ALL=C.UTF-8 LANG=C.UTF-8

project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)"
cache="${GRASSLAND_BUILD_CACHE:-${HOME:-/root}/.cache/grassland-station-build}"
commit="$(git -c safe.directory="$project" -C "$project" rev-parse --verify -q "${GRASSLAND_SOURCE_COMMIT:-HEAD}^{commit}" 2>/dev/null || true)"

say() { printf '· %s\n' "$*" >&2; }
warn() { printf '! %s\n' "$*" >&2; }
stop() {
  printf '✗ %s\n' "$*" >&2
  exit 1
}

project_git() { git -c safe.directory="$project" -C "$project" "$@"; }

need_commit() {
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

commit_epoch() { # seconds; every file of every package bears this time
  need_commit
  project_git show -s --format=%ct "$commit"
}

# Writes the commit's files to a folder: what the packages are made from. Uncommitted edits are not in it.
export_source() { # FOLDER
  need_commit
  mkdir -p "$1"
  project_git archive --format=tar "$commit" | tar -x -C "$1"
  if [[ -n "${GRASSLAND_VERSION_OVERRIDE:-}" ]]; then
    sed -i "s/^__version__ = .*/__version__ = \"$GRASSLAND_VERSION_OVERRIDE\"/" "$1/station_app/__init__.py"
  fi
}

SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$( [[ -z "$commit" ]] || commit_epoch)}"
export SOURCE_DATE_EPOCH PYTHONHASHSEED=0 TZ=UTC
