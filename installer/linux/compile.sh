#!/usr/bin/env bash
# Runs inside the Debian 11 root: compiles OpenSSL and CPython 3.11 to /opt/python, from the sources and the security
# patches of Debian 12 in /src. Symbols newer than glibc 2.28 are kept out, so that the program starts on systems of the
# age of UOS 20 and Kylin V10, although no machine here has a C library that old.
set -euo pipefail
trap 'tail -n 30 /tmp/compile/*.log >&2' ERR
prefix=/opt/python
jobs="$(nproc)"
work=/tmp/compile
mkdir -p "$work"
cd "$work"

unpack() { # NAME -> its source with the patches named on standard input
  mkdir "$1" && tar -xf /src/"$1"_*.orig.tar.gz --strip-components 1 -C "$1"
  tar -xf /src/"$1"_*.debian.tar.xz -C "$1"
  cd "$1"
}
apply() {
  local name
  while read -r name; do
    [[ -z "$name" || "$name" == \#* ]] && continue
    patch -p1 --forward --quiet --no-backup-if-mismatch <"debian/patches/${name%% *}" >/dev/null || { echo "patch $name" >&2; exit 1; }
  done
}

# exp, log, pow got a new version in 2.29 that only drops an error wrapper; the old one gives the same digits.
cat >/opt/floor.h <<'H'
#ifndef __ASSEMBLER__
__asm__(".symver exp,exp@GLIBC_2.2.5");
__asm__(".symver log,log@GLIBC_2.2.5");
__asm__(".symver pow,pow@GLIBC_2.2.5");
__asm__(".symver log2,log2@GLIBC_2.2.5");
__asm__(".symver exp2,exp2@GLIBC_2.2.5");
#endif
H

echo "OpenSSL" >&2
unpack openssl
apply <debian/patches/series
./Configure linux-x86_64 --prefix=$prefix --openssldir=/etc/ssl --libdir=lib shared no-tests no-legacy no-ssl3 no-engine no-cmp no-cms \
  no-ts no-gost no-aria no-camellia no-idea no-seed no-cast no-bf no-rc2 no-rc4 no-rmd160 no-whirlpool no-mdc2 no-srp no-rfc3779 >"$work/ssl.log"
make -j"$jobs" build_libs >>"$work/ssl.log" 2>&1
make install_dev >>"$work/ssl.log" 2>&1
rm -f $prefix/lib/*.a
# Found by the loader's own list here, and by the starter in the program: no path of this root is written into a file.
echo $prefix/lib >/etc/ld.so.conf.d/python.conf
ldconfig
cd "$work"

echo "CPython" >&2
unpack python3.11
# Security and crash fixes only; Debian's own layout of folders would get in the way.
grep -E '^(CVE-|000[0-9]-3\.11-|shutdown-deadlock|frame_dealloc|relfile-null)' debian/patches/series | apply
sed -i '1i #define Py_BUILD_CORE_MODULE 1' Modules/pyexpat.c # a patch above uses an inner header; Debian builds this file in
export ac_cv_func_sem_clockwait=no ac_cv_func_posix_spawn_file_actions_addchdir_np=no
flags="-fno-semantic-interposition -ffile-prefix-map=$PWD=."
./configure --prefix=$prefix --enable-shared --with-openssl=$prefix --with-openssl-rpath=no --with-system-expat \
  --without-ensurepip --disable-test-modules \
  CFLAGS="$flags -include /opt/floor.h" LDFLAGS="-fno-semantic-interposition" >"$work/python.log" 2>&1
make -j"$jobs" >>"$work/python.log" 2>&1
make install >>"$work/python.log" 2>&1
ldconfig
$prefix/bin/python3.11 -c 'import ssl, hashlib, ctypes, lzma, bz2, zlib, pyexpat, _elementtree, _decimal, mmap; print(ssl.OPENSSL_VERSION)' >&2
strip --strip-unneeded $prefix/lib/lib*.so.* $prefix/lib/python3.11/lib-dynload/*.so
dpkg-parsechangelog -l debian/changelog -S Version 2>/dev/null >$prefix/VERSION || sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog >$prefix/VERSION
cd / && rm -rf "$work" $prefix/lib/python3.11/test
