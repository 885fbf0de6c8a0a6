#!/bin/sh
# Runs the program next to this file in a Terminal window, on a double click in Finder.
cd "$(dirname "$0")" || exit 1
# macOS quarantines files that a browser downloaded, and then blocks programs that are not notarized.
xattr -d com.apple.quarantine ./ollama-proxy 2>/dev/null
exec ./ollama-proxy
