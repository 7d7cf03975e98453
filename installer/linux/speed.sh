#!/usr/bin/env bash
# Start of the frozen program, to the first paint, beside the same program from source (same Python, same libraries, same
# root) and beside an empty frozen window: bash installer/linux/speed.sh OUT PROOFDIR
# Exit 1 when the frozen program takes more than 1.3 times the source's processor time.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)"
# shellcheck source=roots.sh
source "$here/roots.sh"
# shellcheck source=../common/font.sh
source "$here/../common/font.sh"
out="$(cd "${1:?folder with the packages}" && pwd -P)"
proof="$(mkdir -p "${2:?folder for the proof}" && cd "$2" && pwd -P)"
version="$(program_version)"
freeze="$(freeze_root)" || exit 1
work="$cache/build/speed"
rm -rf --one-file-system "$work"
mkdir -p "$work"
display=""
end() {
  display_stop "$work/screen"
  rm -rf --one-file-system "$work"
}
trap end EXIT
export_source "$work/source"
fonts="$(full_fonts)"
rm -f "$work"/source/resources/fonts/*.ttf
cp "$fonts"/*.ttf "$work/source/resources/fonts/"
dpkg-deb -x "$out/grassland-station_${version}_amd64.deb" "$work/frozen"
display="$(display_start "$work/screen" 1366x768)"
display_manager "$work/screen"
inside() { # COMMAND... in the root that has both the frozen program and what the source needs
  root_run "$freeze" --offline --display "$display" --bind "$work:/work" --ro "$project/installer:/installer" --env PYTHONPATH=/opt/tools \
    --env GRASSLAND_DATA=/work/data -- "$@"
}
say "空窗口 / the empty window"
inside /opt/python/bin/python3.11 -m PyInstaller --noconfirm --log-level WARN --distpath /work/dist --workpath /work/build \
  /installer/linux/reference.spec >"$work/reference.log" 2>&1 || {
  tail -n 10 "$work/reference.log" >&2
  stop "PyInstaller 没有完成。 / PyInstaller did not finish."
}
say "测量 / measuring"
inside /opt/python/bin/python3.11 /installer/linux/speed.py /work >"$proof/speed.json"
put() { tool_python "$common/report.py" "$out/build-report.json" "$@"; }
while read -r key value; do put "linux.start.$key" "$value"; done < <(python3 - "$proof/speed.json" <<'PYTHON'
import json, sys
found = json.load(open(sys.argv[1]))
for what, figures in found["milliseconds"].items():
    for kind, value in figures.items():
        print(f"{what}_{kind}_ms {value}")
print("to_empty_window_cpu", found["to_empty_window"]["cpu"])
print("runs", found["runs"])
PYTHON
)
ratio="$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["to_source"]["cpu"])' "$proof/speed.json")"
put linux.start.to_source_cpu "$ratio" 1.3
