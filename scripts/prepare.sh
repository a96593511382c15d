# Builds everything while the stack starts, and makes this shell a client of the stack.
# shellcheck shell=bash

bin=${CARGO_TARGET_DIR:-target}/debug

# A database of one's own can take the place of the stack's: TEST_DATABASE_URL.
# Builds the whole workspace, or what is given.
prepare() {
  local stack
  (($#)) || set -- --workspace
  need cargo "install Rust from https://rustup.rs"
  need cc "install a C compiler, such as the package build-essential"
  need python3 "install Python 3.11 or newer"
  scripts/stack up &
  stack=$!
  cargo build "$@" || { wait "$stack" || true; exit 1; }
  # What failed beside the build, such as a download, gets a second try on the then quiet machine.
  wait "$stack" || { echo "stack: trying once more" >&2; scripts/stack up; } || exit 1
  eval "$(scripts/stack env)"
  export DATABASE_URL=${TEST_DATABASE_URL:-$DATABASE_URL}
}

need() {
  command -v "$1" >/dev/null || { echo "$1 is missing: $2" >&2; exit 1; }
}
