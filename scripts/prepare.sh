# Builds everything while the stack starts, and makes this shell a client of the stack.
# shellcheck shell=bash

bin=${CARGO_TARGET_DIR:-target}/debug

# prepare [CARGO-COMMAND…]: what to build with, unless `cargo build --workspace`
prepare() {
  local stack
  need cargo "install Rust from https://rustup.rs"
  need cc "install a C compiler, such as the package build-essential"
  need python3 "install Python 3.11 or newer"
  scripts/stack up &
  stack=$!
  cargo build --workspace "$@" || { wait "$stack" || true; exit 1; }
  wait "$stack" || exit 1
  eval "$(scripts/stack env)"
}

need() {
  command -v "$1" >/dev/null || { echo "$1 is missing: $2" >&2; exit 1; }
}
