#!/usr/bin/env bash
# make-package.sh DIRECTORY: builds the PKGBUILD in the directory as an unprivileged user, with the sources in the same directory.
# Prints the path of the package.
set -euo pipefail
cd "$1"
chown -R nobody: .
# Dependencies are not checked, because on Debian they are not installed by pacman.
runuser -u nobody -- env HOME="$PWD" PATH="$PATH" PKGEXT=.pkg.tar.zst SRCDEST="$PWD" \
  makepkg --force --nodeps --noconfirm >makepkg.log 2>&1 || { cat makepkg.log >&2; exit 1; }
ls "$PWD"/*.pkg.tar.zst
