#!/usr/bin/env bash
# make-root.sh ROOT: installs a small system with systemd into the directory, of the same release as this machine.
set -euo pipefail
root=$1
# shellcheck source=/dev/null
. /etc/os-release
sources=()
for file in /etc/apt/sources.list /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
  [ -s "$file" ] && sources+=("$file")
done
include=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,procps
mmdebstrap --quiet --variant=minbase --include="$include" "$VERSION_CODENAME" "$root" "${sources[@]}"
mkdir -p "$root/var/lib/pacman"
