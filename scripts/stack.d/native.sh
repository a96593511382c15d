# Runs the stack as plain processes of this machine.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

# Both at once; one that lives is left alone. In their own process groups, so that Ctrl-C ends what they had begun.
native_up() {
  local service job jobs=() failed=0
  for service in "${services[@]}"; do
    native_pid "$service" >/dev/null || "${service}_port_pick"
  done
  set -m
  trap 'native_interrupted "${jobs[@]}"' INT TERM HUP
  for service in "${services[@]}"; do
    native_raise "$service" &
    jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job" || failed=1; done
  trap - INT TERM HUP
  set +m
  ((failed == 0)) || exit 1
}

native_interrupted() {
  local job
  for job in "$@"; do kill -TERM -- "-$job" 2>/dev/null || true; done
  say "interrupted; run \`make up\` to go on, or \`make down\`" >&2
  exit 130
}

native_raise() {
  local service=$1 pid reason
  if ! pid=$(native_pid "$service"); then
    "${service}_install"
    "${service}_port_pick" # again: an installation takes long enough for somebody else to come
    "${service}_start"
    pid=$(native_pid "$service") || true
  fi
  if ! reason=$(probe "$service" "$(port_of "$service")" "${pid:-0}" 180 2>&1); then
    log_tail "$STACK_DIR/$service.log"
    die "$service is not healthy: ${reason##*$'\n'}; see $(shown "$STACK_DIR/$service.log"), then run \`make down up\`"
  fi
  "${service}_prepare"
}

native_pid() { process_pid "$1"; }

native_down() {
  local service
  for service in "${services[@]}"; do process_stop "$service" & done
  wait
}

native_clean() { native_down; }

native_logs() {
  local line name='' blank=0
  cd "$STACK_DIR" || exit
  touch localstack.log database.log
  tail -n 20 "${@/#-f/-F}" localstack.log database.log 2>/dev/null | while IFS= read -r line; do
    case $line in
      '') blank=$((blank + 1)); continue ;;
      '==> '*' <==') name=${line#==> } name=${name%.log <==} ;;
      *) printf '%-10s | %s\n' "$name" "$line" ;;
    esac
    blank=0
  done
}
