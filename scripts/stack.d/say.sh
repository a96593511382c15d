# Speaks to the person at the terminal.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

say() { echo "stack: $*"; }

die() {
  echo "stack: $*" >&2
  exit 1
}

# A path as short as it can be said.
shown() { echo "${1#"$root"/}"; }

# The end of a log, set off from our own words.
log_tail() {
  [[ -f $1 ]] || return 0
  tail -n 15 "$1" | cut -c 1-300 | while IFS= read -r line; do echo "  | $line"; done >&2
}
