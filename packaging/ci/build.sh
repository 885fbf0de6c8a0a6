#!/usr/bin/env bash
# build.sh DIRECTORY [TARGET...]: writes files/ of the release, notes.md, and packages/ for the AUR and Scoop into the directory.
set -euo pipefail
mkdir -p "$1"
directory=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/../.."
bun install --frozen-lockfile --silent
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) bun packaging/build-all.ts --out "$directory/all" "$@"
mkdir "$directory/files"
mv "$directory"/all/ollama-proxy{-*,.schema.json} "$directory/all/SHA256SUMS" "$directory/files"
rm -r "$directory/all"
bun packaging/release/notes.ts >"$directory/notes.md"
bun packaging/release/render.ts --sums "$directory/files/SHA256SUMS" --out "$directory/packages"
