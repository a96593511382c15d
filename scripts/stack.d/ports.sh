# Gives each service its port: the one asked for, else the usual one, else the next free.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

port_of() { cat "$STACK_DIR/$1.port" 2>/dev/null; }

# LOCALSTACK_PORT for localstack
port_variable() { tr '[:lower:]' '[:upper:]' <<<"$1_port"; }

# The port asked for; nothing where none is.
port_asked() {
  local variable port
  variable=$(port_variable "$1")
  port=${!variable:-}
  [[ $port ]] || return 0
  if [[ ! $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65535)); then
    die "$variable is '$port'; it must be a port from 1 to 65535"
  fi
  echo "$port"
}

# A running service cannot move.
port_check_move() {
  local asked now
  asked=$(port_asked "$1")
  now=$(port_of "$1") || return 0
  [[ ${asked:-$now} == "$now" || $(service_state "$1") == stopped ]] ||
    die "$1 already runs on port $now; run \`make down\` before moving it to $asked"
}

# Writes the port the service is to take; one it had before comes before the usual one.
port_pick() {
  local service=$1 usual=$2 asked wanted port
  asked=$(port_asked "$service")
  wanted=${asked:-$(port_of "$service" || echo "$usual")}
  port=$(probe free "$wanted") || die "no free port for $service; set $(port_variable "$service")"
  if [[ $port != "$wanted" ]]; then
    [[ ! $asked ]] || die "port $asked is taken by another program; free it, or run \`$(port_variable "$service")=$port make up\`"
    say "port $wanted is taken by another program; $service uses $port"
  fi
  echo "$port" >"$STACK_DIR/$service.port"
}
