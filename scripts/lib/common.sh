# Paths and small helpers that every script shares. Sourced, never run.
# shellcheck shell=bash disable=SC2034

set -euo pipefail

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
LIBRARY="$ROOT/scripts/lib"
ENVIRONMENTS="$ROOT/.environments"
TEST_ENVIRONMENT="$ENVIRONMENTS/test"
RUN_ENVIRONMENT="$ENVIRONMENTS/run"
CARD="$ROOT/card"
STAMPS="$ENVIRONMENTS/stamps"

say() { printf '\n\033[1m==> %s\033[0m\n' "$*" >&2; }

note() { printf '    %s\n' "$*" >&2; }

fail() {
  printf '\nerror: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# One hash over the contents of files and over plain words (paths, versions).
fingerprint() {
  local item
  for item in "$@"; do
    if [[ -f $item ]]; then cat "$item"; else printf '%s\n' "$item"; fi
  done | sha256sum | cut -d' ' -f1
}

is_stamped() { [[ -f "$STAMPS/$1" && "$(<"$STAMPS/$1")" == "$2" ]]; }

stamp() {
  mkdir -p "$STAMPS"
  printf '%s' "$2" >"$STAMPS/$1"
}

unstamp() { rm -f "$STAMPS/$1"; }

# The numbers of the machine's package architecture, such as x86_64-linux-gnu.
multiarch() { printf '%s-linux-gnu' "$(uname -m)"; }
