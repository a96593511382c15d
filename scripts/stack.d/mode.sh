# Decides between Docker and native, and answers what is running in either.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

mode_current() { cat "$STACK_DIR/mode" 2>/dev/null || echo native; }

# What runs keeps its mode.
mode_wanted() {
  local service wanted=${STACK_MODE:-} now
  [[ ! $wanted || $wanted == docker || $wanted == native ]] || die "STACK_MODE is '$wanted'; it must be docker or native"
  now=$(mode_current)
  for service in "${services[@]}"; do
    "${now}_pid" "$service" >/dev/null || continue
    [[ ${wanted:-$now} == "$now" ]] || die "the stack already runs in $now mode; run \`make down\` before changing to $wanted"
    wanted=$now
  done
  if [[ ! $wanted ]]; then docker_answers && wanted=docker || wanted=native; fi
  echo "$wanted"
}

# running, unhealthy or stopped
service_state() {
  local pid
  pid=$("$(mode_current)_pid" "$1") || { echo stopped; return; }
  service_probe "$1" "$pid" >/dev/null 2>&1 && echo running || echo unhealthy
}

# service_probe NAME [PID]: the name and version of what answers. A container's id is no pid.
service_probe() {
  local what=$1 pid=${2:-} port
  port=$(port_of "$1") || return 1
  [[ $what != localstack ]] || what=queue
  [[ $pid != *[!0-9]* ]] || pid=''
  probe "$what" "$port" ${pid:+"$pid"}
}

stack_is_healthy() {
  local service
  for service in "${services[@]}"; do
    [[ $(service_state "$service") == running ]] || return 1
  done
}

summary() {
  echo "$(service_probe localstack) $(localstack_url), $(service_probe database) 127.0.0.1:$(port_of database)"
}

probe() { python3 -I "$stack_d/probe.py" "$@"; }
