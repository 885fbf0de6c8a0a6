#!/usr/bin/env bash
# push-packages.sh DIRECTORY: pushes the packages of the output of build.sh to the AUR and to the Scoop bucket.
#   AUR_KEY       private SSH key of the maintainer; without it, nothing is pushed to the AUR
#   SCOOP_BUCKET  URL of the bucket, including the token; without it, nothing is pushed to Scoop
set -euo pipefail
packages=$(cd "$1/packages" && pwd)
aur=${AUR:-ssh://aur@aur.archlinux.org}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# push URL DIRECTORY FOLDER: commits the files of the directory into a folder of that repository.
push() {
  local clone
  clone=$(mktemp -d -p "$work")
  git clone --quiet "$1" "$clone"
  mkdir -p "$clone/$3"
  cp -r "$2/." "$clone/$3"
  git -C "$clone" add --all
  if git -C "$clone" diff --cached --quiet; then return; fi
  git -C "$clone" -c user.name=k88936 -c user.email=k88936@users.noreply.github.com \
    commit --quiet --message "ollama-proxy $(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$packages/scoop/ollama-proxy.json")"
  git -C "$clone" push --quiet origin HEAD
}

if [ -n "${AUR_KEY:-}" ]; then
  (umask 077 && echo "$AUR_KEY" >"$work/key")
  # The host key of the AUR, from its home page.
  echo 'aur.archlinux.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEuBKrPzbawxA/k2g6NcyV5jmqwJ2s+zpgZGZ7tpLIcN' >"$work/hosts"
  export GIT_SSH_COMMAND="ssh -i $work/key -o IdentitiesOnly=yes -o UserKnownHostsFile=$work/hosts"
  for name in ollama-proxy ollama-proxy-bin; do push "$aur/$name.git" "$packages/aur/$name" .; done
else
  echo 'AUR_KEY is not set: skipping the AUR'
fi

if [ -n "${SCOOP_BUCKET:-}" ]; then
  push "$SCOOP_BUCKET" "$packages/scoop" bucket
else
  echo 'SCOOP_BUCKET is not set: skipping Scoop'
fi
