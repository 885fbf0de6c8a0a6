#!/usr/bin/env bash
# prepare.sh TAG: refuses to release a tag that is not the version, or of which the changelog tells nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
bun packaging/release/notes.ts "$1" >/dev/null
