#!/usr/bin/env bash
# Installs the tools of the tests on Debian or Ubuntu. Without them, the tests of test/packaging are skipped with a message.
set -euo pipefail
packages=(
  openssl curl procps                                           # every run of the tests
  makepkg pacman-package-manager fakeroot libarchive-tools zstd # the package for Arch Linux
  systemd mmdebstrap util-linux                                 # a machine to install it on
  desktop-file-utils shellcheck                                 # linters
  chromium                                                      # the page
  wine64 gcc-mingw-w64-x86-64-posix                             # the Windows executable
)
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
