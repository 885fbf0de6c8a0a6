#!/bin/sh
# For a double click in Finder: runs the program beside this file in a Terminal window.
cd "$(dirname "$0")" || exit 1
# What a browser downloads is quarantined, and what is not notarised is then refused.
xattr -d com.apple.quarantine ./ollama-proxy 2>/dev/null
exec ./ollama-proxy
