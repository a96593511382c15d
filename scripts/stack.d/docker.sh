# Runs the stack with Docker Compose.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

docker_answers() {
  command -v docker >/dev/null || return 1
  local limit=()
  ! command -v timeout >/dev/null || limit=(timeout 5)
  "${limit[@]}" docker info >/dev/null 2>&1 && "${limit[@]}" docker compose version >/dev/null 2>&1
}

# One project for each STACK_DIR, so that several stacks run side by side.
docker_compose() {
  local id
  id=$(cksum <<<"$STACK_DIR")
  LOCALSTACK_PORT=$(port_of localstack) DATABASE_PORT=$(port_of database) \
    docker compose --project-name "hello-${id%% *}" --file "$root/localstack/compose.yaml" "$@"
}

docker_up() {
  local service log=$STACK_DIR/docker.log
  docker_answers || die "Docker or its compose plugin does not answer; start it, or use STACK_MODE=native"
  for service in "${services[@]}"; do
    docker_pid "$service" >/dev/null || "${service}_port_pick"
  done
  say "starting the containers (the first time their images are pulled)"
  if ! docker_compose up --detach --wait --wait-timeout 300 >>"$log" 2>&1; then
    log_tail "$log"
    die "the containers did not become healthy; see $(shown "$log") and \`make logs\`"
  fi
  localstack_prepare
}

# A container has no pid that means anything here; its short id stands in. Fails when it does not run.
docker_pid() {
  local id
  id=$(docker_compose ps --quiet --status running "$1" 2>/dev/null) && [[ $id ]] && echo "id:${id:0:12}"
}

docker_down() { docker_compose down >>"$STACK_DIR/docker.log" 2>&1 || die "the containers could not be stopped; see $(shown "$STACK_DIR/docker.log")"; }

docker_clean() { docker_compose down --volumes >>"$STACK_DIR/docker.log" 2>&1 || die "the containers could not be removed; see $(shown "$STACK_DIR/docker.log")"; }

docker_logs() { docker_compose logs --tail 20 "$@"; }
