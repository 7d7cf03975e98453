#!/bin/sh
# Before the program is removed (prerm of the .deb, %preun of the .rpm). Everybody's data stays where it is.
set -e
case "${1-}" in
  remove | 0) ;;
  *) exit 0 ;;
esac
running="$(ls -l /proc/[0-9]*/exe 2>/dev/null | sed -n 's|.* /proc/\([0-9]*\)/exe -> /opt/grassland-station/bin/.*|\1|p')"
if [ -n "$running" ]; then
  echo "草原站正在运行（进程$(printf ' %s' $running)）。请保存并关闭所有窗口后再卸载。" >&2
  echo "Grassland Station is running (process$(printf ' %s' $running)). Save and close its windows, then remove it." >&2
  exit 1
fi
