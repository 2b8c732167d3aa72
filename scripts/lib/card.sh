# The card's packages and its build. Sourced by the scripts that need them.
# shellcheck shell=bash

BUILT_CARD="$ROOT/custom_components/mesh_call/frontend"

has_card() { [[ -f "$CARD/package.json" ]]; }

# Puts in exactly what the card's lock file says.
provide_card() {
  has_card || return 0
  if ! have npm; then
    note "npm is missing: the card can't be built or tested"
    return
  fi
  local key
  key="$(fingerprint "$CARD/package.json" "$CARD/package-lock.json" "$ROOT")"
  if [[ -d "$CARD/node_modules" ]] && is_stamped card "$key"; then return; fi
  say "Installing the card's packages"
  unstamp card
  local command=ci
  [[ -f "$CARD/package-lock.json" ]] || command=install
  (cd "$CARD" && npm "$command" --no-audit --no-fund --loglevel=error >&2)
  # An install without a lock file has just made one.
  stamp card "$(fingerprint "$CARD/package.json" "$CARD/package-lock.json" "$ROOT")"
}

# has_card_script NAME: whether the card's package.json knows that script.
has_card_script() {
  has_card && (cd "$CARD" && node -e \
    'process.exit(require("./package.json").scripts?.[process.argv[1]] ? 0 : 1)' "$1")
}

# Everything that the built card depends on, as one hash.
card_sources_key() {
  (cd "$CARD" && find . -type f -not -path './node_modules/*' -not -path './dist/*' \
    -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1)
}

# Builds the card unless what is there was built from these very sources. The
# repository holds a built card, so without npm that one does.
provide_built_card() {
  has_card || return 0
  local key
  key="$(card_sources_key)"
  if [[ -f "$BUILT_CARD/mesh-call.js" ]]; then
    if is_stamped card-build "$key"; then return; fi
    if ! have npm; then return; fi
  fi
  "$ROOT/scripts/build"
}
