#!/usr/bin/env bash
# Runs the tests under other dates and zones: bash tests/other_dates/run.sh PYTHON [ARGUMENTS for pytest]
# Each line of the table is a moment and a zone. libfaketime moves the clock of every process (Qt, SQLite and child
# programs with it) by one offset; waiting stays on the monotonic clock, and files keep their true times.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
python="$1"
shift
library="$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 /usr/lib*/faketime/libfaketimeMT.so.1 2>/dev/null | head -n 1 || true)"
if [[ -z "$library" ]]; then
  printf '%s\n%s\n' "✗ 没有找到 libfaketime，不能换日期测试。请执行：sudo apt-get install -y faketime" \
    "  libfaketime was not found; the tests cannot run under other dates. Run: sudo apt-get install -y faketime" >&2
  exit 3
fi
moments=(
  "leap-day 2028-02-29T23:50:00Z UTC"
  "new-year 2026-12-31T15:57:00Z Asia/Shanghai"
  "summer 2027-07-15T04:00:00Z Asia/Shanghai"
  "urumqi 2026-11-30T17:30:00Z Asia/Urumqi"
  "utc 2026-11-30T15:59:00Z UTC"
  "year-behind 2025-11-30T04:00:00Z Asia/Shanghai"
)
status=0
for line in "${moments[@]}"; do
  read -r name at zone <<<"$line"
  [[ -z "${GRASSLAND_DATES:-}" || " $GRASSLAND_DATES " == *" $name "* ]] || continue
  printf '· %s: %s, TZ=%s\n' "$name" "$at" "$zone" >&2
  offset=$(($(date -d "$at" +%s) - $(date +%s)))
  PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" LD_PRELOAD="$library" FAKETIME="$(printf '%+d' "$offset")s" FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 \
    TZ="$zone" "$python" -m pytest -p no:cacheprovider "$@" || { status=$?; printf '✗ %s\n' "$name" >&2; }
done
exit "$status"
