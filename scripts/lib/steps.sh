# Runs several steps to their end and says at last which of them failed.
# Sourced by the scripts that check.
# shellcheck shell=bash

STEP_NAMES=()
STEP_RESULTS=()
STEP_SECONDS=()

# step NAME COMMAND...: runs the command, remembers how it ended, goes on.
step() {
  local name="$1" began=$SECONDS status=0
  shift
  say "$name"
  "$@" || status=$?
  remember_step "$name" "$status" "$((SECONDS - began))"
  return 0
}

remember_step() {
  STEP_NAMES+=("$1")
  STEP_RESULTS+=("$2")
  STEP_SECONDS+=("$3")
}

# Prints one line per step and fails if any of them failed.
summarize_steps() {
  local index result worst=0
  say "Summary"
  for index in "${!STEP_NAMES[@]}"; do
    result=passed
    if ((STEP_RESULTS[index] != 0)); then
      result="FAILED (${STEP_RESULTS[index]})"
      worst=1
    fi
    printf '    %-26s %5s s  %s\n' "${STEP_NAMES[index]}" \
      "${STEP_SECONDS[index]}" "$result" >&2
  done
  return "$worst"
}
