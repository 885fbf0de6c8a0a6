#!/usr/bin/env bash
# prepare.sh TAG: fails when the tag is not the version of package.json, or the changelog has no section for it.
set -euo pipefail
cd "$(dirname "$0")/../.."
bun packaging/release/notes.ts "$1" >/dev/null
