#!/bin/sh
# name_mount.sh PACKAGE: the mount's unit is named by its path, with a backslash, which CPack cannot pack.
set -eu
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
dpkg-deb --raw-extract "$1" "$tree"
chmod 0755 "$tree"  # The mode of / in the package.
units=$tree/usr/lib/systemd/system
mv "$units/segments.mount" "$units/run-shm\\x2dexporter-segments.mount"
sed -i 's|/segments\.mount$|/run-shm\\x2dexporter-segments.mount|' "$tree/DEBIAN/md5sums"
dpkg-deb --root-owner-group --build "$tree" "$1" >/dev/null
