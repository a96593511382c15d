# Lets one command at a time change the stack; the lock ends with the process.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

lock() {
  local file=$STACK_DIR/lock
  until [[ $file -ef /dev/fd/9 ]]; do # `clean` may have removed the file we waited for
    mkdir -p "$STACK_DIR"
    exec 9>>"$file"
    flock -n 9 && continue
    say "waiting for another command on this stack to end"
    flock -w 300 9 || die "another command has held $(shown "$file") for 5 minutes; end it and try again"
  done
}
