# Finds or fetches the Python that Home Assistant needs. Sourced by setup.
# shellcheck shell=bash

PYTHON_SERIES=3.14
PYTHON_MINIMUM="(3, 14, 2)"
PYTHON_FOLDER="$ENVIRONMENTS/python"
TOOLS="$ENVIRONMENTS/tools"

# Prints the path of a python that is new enough, getting one where none is.
# Only a fetched one is remembered: the system's may go with its next upgrade.
provide_python() {
  local python
  if python="$(system_python)" || python="$(remembered_python)"; then
    printf '%s\n' "$python"
    return
  fi
  if python="$(uv_python)" || python="$(debian_python)"; then
    printf '%s' "$python" >"$ENVIRONMENTS/python-path"
    printf '%s\n' "$python"
    return
  fi
  fail "Python $PYTHON_SERIES.2 or newer is needed: install python$PYTHON_SERIES" \
    "(with its venv and dev packages) and run scripts/setup again."
}

is_new_enough() {
  "$1" -c "import sys, ssl, sqlite3; sys.exit(sys.version_info < $PYTHON_MINIMUM)" \
    >/dev/null 2>&1
}

system_python() {
  local candidate
  candidate="$(command -v "python$PYTHON_SERIES")" || return 1
  is_new_enough "$candidate" && printf '%s\n' "$candidate"
}

remembered_python() {
  local candidate
  [[ -f "$ENVIRONMENTS/python-path" ]] || return 1
  candidate="$(<"$ENVIRONMENTS/python-path")"
  is_new_enough "$candidate" && printf '%s\n' "$candidate"
}

# Most machines can reach uv's own builds. Where only package registries are
# reached the attempt would hang, so it is given little time.
uv_python() {
  local uv
  uv="$(provide_uv)" || return 1
  note "Asking uv for Python $PYTHON_SERIES"
  UV_HTTP_RETRIES=0 timeout 90 "$uv" python install --quiet --no-bin \
    --install-dir "$ENVIRONMENTS/uv-python" "$PYTHON_SERIES" >/dev/null 2>&1 ||
    return 1
  UV_PYTHON_INSTALL_DIR="$ENVIRONMENTS/uv-python" \
    "$uv" python find --managed-python "$PYTHON_SERIES"
}

# uv from PATH, else one of our own, put where nothing else is disturbed.
provide_uv() {
  if have uv; then
    command -v uv
    return
  fi
  if [[ ! -x "$TOOLS/bin/uv" ]]; then
    install_tool uv || return 1
  fi
  printf '%s\n' "$TOOLS/bin/uv"
}

# Tools come as wheels; a target folder needs no venv module, which Debian
# packages apart from its python.
install_tool() {
  local python
  python="$(command -v python3)" || fail "python3 with pip is needed to begin with."
  PIP_ROOT_USER_ACTION=ignore "$python" -m pip install --quiet --disable-pip-version-check --upgrade \
    --target "$TOOLS/lib-$1" "$1" >&2 || return 1
  mkdir -p "$TOOLS/bin"
  ln -sf "$TOOLS/lib-$1/bin/$1" "$TOOLS/bin/$1"
}

# Debian's next release has the right Python. It is unpacked into one folder,
# and nothing on the system is installed or changed.
debian_python() {
  have apt-get && have dpkg-deb || return 1
  local mirror
  mirror="$(debian_mirror)" || return 1
  note "Unpacking Debian's Python $PYTHON_SERIES into ${PYTHON_FOLDER#"$ROOT"/}"
  rm -rf "$PYTHON_FOLDER"
  mkdir -p "$PYTHON_FOLDER"
  download_debian_python "$mirror" >&2 || return 1
  unpack_debian_python || return 1
  point_python_at_its_libraries || return 1
  gather_headers
  is_new_enough "$PYTHON_FOLDER/usr/bin/python$PYTHON_SERIES" || return 1
  printf '%s\n' "$PYTHON_FOLDER/usr/bin/python$PYTHON_SERIES"
}

# The address of the machine's own Debian source, from apt's configuration.
debian_mirror() {
  # shellcheck disable=SC2016 # apt-get fills this in
  apt-get indextargets --format '$(REPO_URI)' 2>/dev/null |
    grep -E '/debian/?$' | sort -u | head -n 1 | grep .
}

download_debian_python() {
  local apt="$PYTHON_FOLDER/apt" keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  local signed=""
  [[ -f $keyring ]] && signed="[signed-by=$keyring]"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/empty"
  : >"$apt/status"
  printf 'deb %s %s forky main\n' "$signed" "$1" >"$apt/sources.list"
  local options=(
    -o "Dir::State=$apt" -o "Dir::State::Lists=$apt/lists"
    -o "Dir::State::Status=$apt/status" -o "Dir::Cache=$apt/cache"
    -o "Dir::Etc::SourceList=$apt/sources.list" -o "Dir::Etc::SourceParts=$apt/empty"
    -o "Dir::Etc::PreferencesParts=$apt/empty" -o "Dir::Etc::Preferences=/dev/null"
    -o "APT::Sandbox::User=" -o "Acquire::Languages=none"
  )
  timeout 300 apt-get -qq "${options[@]}" update &&
    timeout 300 apt-get -qq -y "${options[@]}" --download-only \
      --no-install-recommends install \
      "python$PYTHON_SERIES-venv" "libpython$PYTHON_SERIES-dev" libstdc++6
}

unpack_debian_python() {
  local package
  for package in "$PYTHON_FOLDER"/apt/cache/archives/*.deb; do
    dpkg-deb -x "$package" "$PYTHON_FOLDER" || return 1
  done
  rm -rf "$PYTHON_FOLDER/apt"
}

# The unpacked Python must use the C library it came with, not the system's.
point_python_at_its_libraries() {
  local python="$PYTHON_FOLDER/usr/bin/python$PYTHON_SERIES"
  local libraries loader patchelf
  libraries="$PYTHON_FOLDER/usr/lib/$(multiarch)"
  loader="$(find "$PYTHON_FOLDER/usr/lib" "$PYTHON_FOLDER/usr/lib64" \
    -name 'ld-linux-*.so.*' 2>/dev/null | head -n 1)"
  [[ -n $loader ]] || return 1
  if ! patchelf="$(command -v patchelf)"; then
    install_tool patchelf || return 1
    patchelf="$TOOLS/bin/patchelf"
  fi
  "$patchelf" --set-interpreter "$loader" "$python" &&
    "$patchelf" --force-rpath --set-rpath "$libraries" "$python"
}

# Python's headers alone: the C library's headers that were unpacked beside
# them belong to a newer release than the system's compiler links against.
gather_headers() {
  local headers="$PYTHON_FOLDER/headers" triplet
  triplet="$(multiarch)"
  mkdir -p "$headers/$triplet"
  ln -sfn "$PYTHON_FOLDER/usr/include/python$PYTHON_SERIES" \
    "$headers/python$PYTHON_SERIES"
  ln -sfn "$PYTHON_FOLDER/usr/include/$triplet/python$PYTHON_SERIES" \
    "$headers/$triplet/python$PYTHON_SERIES"
}

# What a compiler must be told to find the headers of a fetched Python.
header_path() {
  local headers="$PYTHON_FOLDER/headers"
  [[ -d $headers ]] && printf '%s:%s' "$headers" "$headers/python$PYTHON_SERIES"
  return 0
}
