# shellcheck shell=bash
# Sourced by build.sh: third-party notices and bill of materials of the Linux program. Beside the distributions there are
# OpenSSL, compiled with Python; PyInstaller's starter; and libraries of Debian 11, each with Debian's copyright file.

# Package, SPDX expression. A library of a package that is not here stops the build: look at its copyright file, add it.
debian_licences() {
  cat <<'TABLE'
libbz2-1.0 bzip2-1.0.6
libcom-err2 MIT
libffi7 MIT
libgssapi-krb5-2 MIT
libk5crypto3 MIT
libkeyutils1 LGPL-2.1-or-later
libkrb5-3 MIT
libkrb5support0 MIT
liblzma5 LicenseRef-public-domain
libxcb-cursor0 MIT
libxcb-glx0 MIT
libxcb-icccm4 MIT
libxcb-image0 MIT
libxcb-keysyms1 MIT
libxcb-randr0 MIT
libxcb-render-util0 MIT
libxcb-render0 MIT
libxcb-shape0 MIT
libxcb-shm0 MIT
libxcb-sync1 MIT
libxcb-util1 MIT
libxcb-xfixes0 MIT
libxcb-xkb1 MIT
libxkbcommon-x11-0 MIT
libxkbcommon0 MIT
libzstd1 BSD-3-Clause
TABLE
}

component() { # NAME VERSION LICENCE TEXT NOTE
  printf '[[component]]\nname = "%s"\nplatforms = ["linux"]\nversion = "%s"\nlicence = "%s"\ntexts = ["%s"]\nnote = "%s"\n\n' "$@"
}

write_notices() { # TOP: the program's folder; uses work, freeze, fonts, version
  local top="$1" facts="$work/facts" package licence text python_version missing=""
  mkdir -p "$work/texts" "$work/site"
  while read -r folder; do
    cp -a "$freeze$folder" "$work/site/"
  done <"$facts/distributions.txt"

  in_freeze bash -c '
    while IFS=$(printf "\t") read -r to from; do
      case "$from" in /lib/* | /usr/lib/*) readlink -f "$from" ;; esac
    done </work/facts/origins.txt | sort -u | while read -r file; do
      { dpkg -S "$file" || dpkg -S "${file#/usr}"; } 2>/dev/null | sed "s/:.*//"
    done | sort -u | xargs -r dpkg-query -W -f "\${Package} \${Version}\n"' >"$facts/debian.txt"
  {
    openssl="$(in_freeze /opt/python/bin/python3.11 -c 'import ssl; print(ssl.OPENSSL_VERSION.split()[1])')"
    component OpenSSL "$openssl" Apache-2.0 "$project/installer/common/licences/Apache-2.0.txt" "libcrypto.so.3 and libssl.so.3, compiled with CPython."
    pyinstaller="$(basename "$freeze"/opt/tools/pyinstaller-*.dist-info)"
    pyinstaller="${pyinstaller#pyinstaller-}"
    text="$(find "$freeze/opt/tools/pyinstaller-${pyinstaller}" -name 'COPYING*' | head -n 1)"
    cp "$text" "$work/texts/pyinstaller.txt"
    component PyInstaller "${pyinstaller%.dist-info}" "GPL-2.0-or-later WITH Bootloader-exception" "$work/texts/pyinstaller.txt" "The starter of the program; the exception lets programs of any licence use it."
    while read -r package number; do
      licence="$(debian_licences | awk -v package="$package" '$1 == package { $1 = ""; print substr($0, 2) }')"
      [[ -n "$licence" ]] || missing+=" $package"
      cp -L "$freeze/usr/share/doc/$package/copyright" "$work/texts/debian-$package.txt"
      component "$package" "$number" "$licence" "$work/texts/debian-$package.txt" "From Debian 11."
    done <"$facts/debian.txt"
  } >"$work/extra.toml"
  [[ -z "$missing" ]] || stop "notices.sh 中没有这些软件包的许可 / no licence in notices.sh for:$missing"

  python_version="$(in_freeze /opt/python/bin/python3.11 -c 'import platform; print(platform.python_version())')"
  local -a what=(--site "$work/site" --platform linux --python "$python_version" --python-licence "$freeze/opt/python/lib/python3.11/LICENSE.txt"
    --fonts "$fonts" --extra "$work/extra.toml" --lock "$linux/requirements.lock")
  tool_python "$project/installer/common/notices.py" "${what[@]}" --out "$top" || exit 1
  tool_python "$project/installer/common/sbom.py" "${what[@]}" --version "$version" --out "$top/sbom.cdx.json" || exit 1
  cp "$work/source/LICENSE" "$top/LICENSE.txt"
}
