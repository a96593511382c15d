# LocalStack without a container: its Python package in a virtual environment.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

localstack_url() { echo "http://127.0.0.1:$(port_of localstack)"; }

localstack_port_pick() { port_pick localstack 4566; }

# The environment is done once it holds a copy of the requirements it was made from.
localstack_install() {
  local wanted=$root/localstack/requirements.txt venv=$STACK_DIR/venv log=$STACK_DIR/localstack-install.log python
  cmp -s "$wanted" "$venv/requirements.txt" && "$venv/bin/python" -c '' 2>/dev/null && return
  python=$(localstack_python) || die "LocalStack needs Python 3.11 or newer; install it, or start Docker"
  say "installing LocalStack $(sed -n 's/^localstack-core==//p' "$wanted") into $(shown "$venv") (about 25 s, once)"
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    package_install "$(basename "$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')")-venv" python3-venv ||
      die "$python cannot make virtual environments; install the package python3-venv and run \`make up\` again"
  fi
  rm -rf "$venv"
  mkdir -p "$STACK_DIR/tmp"
  local -x TMPDIR=$STACK_DIR/tmp
  # The list is complete, so pip has nothing to resolve.
  if ! { "$python" -m venv "$venv" && "$venv/bin/python" -I -m pip install --no-input --disable-pip-version-check --no-cache-dir --quiet \
    --retries 10 --timeout 30 --no-deps --requirement "$wanted"; } >>"$log" 2>&1 </dev/null; then
    log_tail "$log"
    die "LocalStack could not be installed; check the network and $(shown "$log"), then run \`make up\` again"
  fi
  cp "$wanted" "$venv/requirements.txt"
}

localstack_python() {
  local python
  for python in python3 python3.13 python3.12 python3.11; do
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$python" && return
  done
  return 1
}

# An empty environment, so that neither the caller's settings nor the caller's home are touched.
localstack_start() {
  local home=$STACK_DIR/localstack address
  address=127.0.0.1:$(port_of localstack)
  mkdir -p "$home/tmp"
  process_start localstack env -i PATH="$PATH" HOME="$home" TMPDIR="$home/tmp" FILESYSTEM_ROOT="$home" \
    OVERRIDE_IN_DOCKER=0 DNS_ADDRESS=0 SERVICES=sqs EAGER_SERVICE_LOADING=1 DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 \
    SQS_DISABLE_CLOUDWATCH_METRICS=1 SQS_ENDPOINT_STRATEGY=off GATEWAY_LISTEN="$address" LOCALSTACK_HOST="$address" \
    LS_LOG="${LS_LOG:-warn}" "$STACK_DIR/venv/bin/python" -I "$root/localstack/loopback.py"
}

# It keeps nothing over a restart, so the queues are made each time.
localstack_prepare() {
  python3 -I "$root/localstack/queues.py" "$(localstack_url)" >/dev/null || die "the queues could not be created; see \`make logs\`"
}
