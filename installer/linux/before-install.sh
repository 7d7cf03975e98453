#!/bin/sh
# Before the files change (preinst of the .deb, %pre of the .rpm). Refuses with a sentence and leaves everything as it is.
set -e
case "${1-}" in
  install | upgrade | 1 | 2) ;;
  *) exit 0 ;;
esac

# The program reads its parts when it needs them; replaced while it runs, it would stop in the middle of someone's work.
running="$(ls -l /proc/[0-9]*/exe 2>/dev/null | sed -n 's|.* /proc/\([0-9]*\)/exe -> /opt/grassland-station/bin/.*|\1|p')"
if [ -n "$running" ]; then
  echo "草原站正在运行（进程$(printf ' %s' $running)）。请保存并关闭所有窗口后重新安装；现有版本没有改动。" >&2
  echo "Grassland Station is running (process$(printf ' %s' $running)). Save, close its windows and install again; nothing was changed." >&2
  exit 1
fi

place=/opt
[ -d "$place" ] || place=/
free="$(df -Pk "$place" | awk 'NR == 2 { print $4 }')"
if [ "${free:-0}" -lt @NEEDED_KB@ ]; then
  echo "磁盘空间不足：$place 还剩 $((${free:-0} / 1024)) MB，需要 $((@NEEDED_KB@ / 1024)) MB。请清理后重新安装；现有版本没有改动。" >&2
  echo "Not enough disk space: $((${free:-0} / 1024)) MB left in $place, $((@NEEDED_KB@ / 1024)) MB needed. Make room and install again; nothing was changed." >&2
  exit 1
fi
