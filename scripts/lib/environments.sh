# Makes the two Python environments. Sourced by setup.
# shellcheck shell=bash

# Raise it when the way environments are made changes, so that they are remade.
RECIPE=1

# provide_environment NAME: the environment .environments/NAME holds exactly
# what requirements/NAME.txt says.
provide_environment() {
  local name="$1"
  local folder="$ENVIRONMENTS/$name" requirements="$ROOT/requirements/$1.txt" key
  # Programs in an environment hold absolute paths, so a move counts, too.
  key="$(fingerprint "$requirements" "$RECIPE" "$ROOT")"
  if is_stamped "$name" "$key" && is_new_enough "$folder/bin/python"; then return; fi
  say "Filling the $name environment"
  unstamp "$name"
  make_environment "$folder"
  CPATH="$(header_path)" "$(provide_uv)" pip sync --quiet \
    --python "$folder/bin/python" "$requirements"
  stamp "$name" "$key"
}

# An environment that works is kept: what changed in it is then soon put right.
make_environment() {
  local python
  python="$(provide_python)"
  if is_new_enough "$1/bin/python" && grep -qxF "home = $(dirname "$python")" \
    "$1/pyvenv.cfg"; then
    return
  fi
  rm -rf "$1"
  "$(provide_uv)" venv --quiet --no-project --python "$python" "$1"
}
