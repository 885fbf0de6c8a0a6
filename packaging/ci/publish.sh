#!/usr/bin/env bash
# publish.sh TAG DIRECTORY: publishes a release from the output of build.sh. It is a draft until every file is uploaded.
set -euo pipefail
tag=$1 directory=$2
(cd "$directory/files" && sha256sum --check --strict --quiet SHA256SUMS)
gh release create "$tag" --draft --verify-tag --title "$tag" --notes-file "$directory/notes.md" \
  "$directory"/files/* "$directory/packages/scoop/ollama-proxy.json"
gh release edit "$tag" --draft=false
