#!/usr/bin/env bash
# The demo's network, kept running.
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/demo.sh" --keep-running "$@"
