# Installs missing parts of the system where that is allowed. Sourced by setup.
# shellcheck shell=bash

SYSTEM_PACKAGES="$LIBRARY/system-packages.txt"
START_POLICY=/usr/sbin/policy-rc.d

# Puts in what is missing; where it may not, names it and goes on: the tests
# that need it say so themselves.
provide_system() {
  local missing
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then return; fi
  if ((EUID != 0)) || ! have apt-get; then
    note "These parts of the system are missing, install them for all tests to run:"
    note "  ${missing[*]}"
    return
  fi
  say "Installing ${#missing[@]} parts of the system: ${missing[*]}"
  apt_get update || note "apt-get update failed; going on with what is known"
  install_without_starting "${missing[@]}"
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} > 0)); then note "Could not be installed: ${missing[*]}"; fi
}

# Names the packages of the list that are neither installed nor replaced by a
# program of their own.
missing_packages() {
  local package program installed
  installed=" $(dpkg-query -W -f '${Package}/${db:Status-Status} ' 2>/dev/null || true)"
  while read -r package program; do
    if [[ -n $program ]] && have "$program"; then continue; fi
    if [[ $installed != *" $package/installed "* ]]; then printf '%s\n' "$package"; fi
  done < <(sed 's/#.*//; /^[[:space:]]*$/d' "$SYSTEM_PACKAGES")
}

# A distribution that lacks one package must still get the others.
available_packages() {
  local package
  for package in "$@"; do
    if apt-cache show --no-all-versions "$package" >/dev/null 2>&1; then
      printf '%s\n' "$package"
    fi
  done
}

# Servers come along as programs for the tests; none may be left running.
install_without_starting() (
  mapfile -t available < <(available_packages "$@")
  if ((${#available[@]} == 0)); then return; fi
  if [[ ! -e $START_POLICY ]]; then
    trap 'rm -f "$START_POLICY"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$START_POLICY"
    chmod +x "$START_POLICY"
  fi
  apt_get --no-install-recommends install "${available[@]}" ||
    note "apt-get could not install everything"
  keep_stopped "${available[@]}"
)

# Without this the servers would come up with the machine's next start.
keep_stopped() {
  local package
  have systemctl || return 0
  for package in "$@"; do
    case "$package" in
      prosody | coturn | janus) systemctl disable --quiet "$package" 2>/dev/null || true ;;
    esac
  done
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 timeout 1500 apt-get \
    -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}
