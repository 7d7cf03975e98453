#!/usr/bin/env bash
# Inside the private namespaces that root_run made: mount, then run the command. Not called by hand.
#   enter.sh ROOT USER NBINDS kind:FROM:TO... NVARS NAME=VALUE... COMMAND...
set -euo pipefail
root="$1" user="$2"
shift 2
mount --bind "$root" "$root" # so that / inside is a mount of its own, as on a machine
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
count="$1"
shift
for ((i = 0; i < count; i++)); do
  kind="${1%%:*}" rest="${1#*:}"
  from="${rest%:*}" to="$root${rest##*:}"
  shift
  if [[ -d "$from" ]]; then mkdir -p "$to"; else mkdir -p "$(dirname "$to")" && { [[ -e "$to" ]] || : >"$to"; }; fi
  mount --bind "$from" "$to"
  [[ "$kind" != ro ]] || mount -o remount,bind,ro "$to"
done
count="$1"
shift
vars=("${@:1:count}")
shift "$count"
home=/root
who=()
if [[ "$user" != root ]]; then
  home="$(awk -F: -v user="$user" '$1 == user { print $6 }' "$root/etc/passwd")"
  who=("--userspec=$user:$user")
fi
cd "$root"
# Not exec: this shell is the first process of its space. It ends with unshare (a process that has become another person
# would not), and everything inside ends with it.
chroot "${who[@]}" "$root" env -i HOME="$home" USER="$user" LOGNAME="$user" LANG=C.UTF-8 LC_ALL=C.UTF-8 TERM=dumb \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${vars[@]}" "$@"
