# Installs system packages where that is possible without asking anybody.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

# package_install NAME…: the first of the names that installs. The session of its own lets apt end in order when we are stopped.
package_install() (
  command -v apt-get >/dev/null || exit 1
  sudo=()
  ((EUID == 0)) || { sudo=(sudo -n) && sudo -n true 2>/dev/null; } || exit 1
  apt=(setsid --wait "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=120 -o Acquire::Retries=5)
  exec 8>>"$STACK_DIR/packages.lock" >>"$STACK_DIR/packages.log" 2>&1 </dev/null
  flock 8
  install_first() {
    for name in "$@"; do
      "${apt[@]}" install --no-install-recommends "$name" && return
    done
    return 1
  }
  install_first "$@" || { "${apt[@]}" update && install_first "$@"; }
)
