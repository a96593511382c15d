# Runs a program in the background in a session of its own, and finds and ends exactly that one again.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

# When a process was born, in ticks since boot: with the pid it names one process for good. Fails for the dead.
process_birth() {
  local stat fields
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != [ZX] ]] && echo "${fields[19]}"
}

# Lets go of everything inherited, leaves its name in the pid file, and becomes the program.
process_become() {
  local pid_file=$1 log=$2 fd
  cd "${pid_file%/*}" || exit
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    ((fd < 3)) || eval "exec $fd>&-"
  done
  exec </dev/null >>"$log" 2>&1
  echo "$$ $(process_birth $$)" >"$pid_file"
  exec "${@:3}"
}

# process_start NAME PROGRAM [ARGUMENT…]
process_start() {
  local pid_file=$STACK_DIR/$1.pid
  rm -f "$pid_file"
  setsid --fork bash -c "$(declare -f process_birth process_become); process_become \"\$@\"" \
    "stack-$1" "$pid_file" "$STACK_DIR/$1.log" "${@:2}"
  until [[ -s $pid_file ]]; do sleep 0.02; done
}

# Prints the pid while the process lives.
process_pid() {
  local pid birth
  { read -r pid birth <"$STACK_DIR/$1.pid"; } 2>/dev/null || return 1
  [[ $(process_birth "$pid") == "$birth" ]] && echo "$pid"
}

# Asks first, kills after 15 s, and returns when the whole process group is gone.
process_stop() {
  local pid ticks
  if pid=$(process_pid "$1"); then
    kill -TERM -- "-$pid" 2>/dev/null || true
    for ((ticks = 0; ticks < 150; ticks++)); do
      process_pid "$1" >/dev/null || break
      sleep 0.1
    done
    kill -KILL -- "-$pid" 2>/dev/null || true
    while process_pid "$1" >/dev/null; do sleep 0.05; done
  fi
  rm -f "$STACK_DIR/$1.pid"
}
