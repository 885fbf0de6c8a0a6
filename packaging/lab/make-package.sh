#!/usr/bin/env bash
# make-package.sh DIRECTORY: builds the PKGBUILD that lies there, with the sources beside it, as a user without rights, and prints
# the path of the package.
set -euo pipefail
cd "$1"
chown -R nobody: .
# Dependencies are not looked for: on Debian none of them is a package of pacman's.
runuser -u nobody -- env HOME="$PWD" PATH="$PATH" PKGEXT=.pkg.tar.zst SRCDEST="$PWD" \
  makepkg --force --nodeps --noconfirm >makepkg.log 2>&1 || { cat makepkg.log >&2; exit 1; }
ls "$PWD"/*.pkg.tar.zst
