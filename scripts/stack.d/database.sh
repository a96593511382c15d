# MariaDB or MySQL without a container: a private data folder, no configuration files, 127.0.0.1 only.
# shellcheck shell=bash disable=SC2154  # sourced by scripts/stack, which sets the variables

database_url() { echo "mysql://app:app@127.0.0.1:$(port_of database)/hello"; }

database_port_pick() { port_pick database 3306; }

database_server() {
  local name
  for name in mariadbd mysqld; do
    PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/libexec type -P "$name" && return
  done
  return 1
}

# Each kind of server has its own data folder.
database_kind() { [[ $("$1" --no-defaults --version 2>/dev/null) == *MariaDB* ]] && echo mariadb || echo mysql; }

database_install() {
  local server data log=$STACK_DIR/database-install.log
  if ! server=$(database_server); then
    say "installing a database server from the system's packages (once)"
    package_install mariadb-server-core mariadb-server-core-10.6 mysql-server-core-8.0 || true
    server=$(database_server) ||
      die "no database server found; install mariadb-server or mysql-server, or start Docker, and run \`make up\` again"
  fi
  data=$STACK_DIR/$(database_kind "$server")
  [[ ! -d $data ]] || return 0
  rm -rf "$data.new"
  if ! database_initialise "$server" "$data.new" >>"$log" 2>&1 </dev/null; then
    log_tail "$log"
    die "the database could not be initialised; see $(shown "$log")"
  fi
  mv "$data.new" "$data"
}

# MariaDB's own installer needs a program that comes with the client, so its scripts go to the server directly.
database_initialise() {
  local server=$1 options=(--no-defaults --datadir="$2") scripts
  ((EUID != 0)) || options+=(--user=root)
  mkdir -p "$2"
  case $(database_kind "$server") in
    mysql) "$server" "${options[@]}" --initialize-insecure ;;
    mariadb)
      scripts=$(database_scripts "$server") || return 1
      {
        printf '%s;\n' 'CREATE DATABASE mysql' 'USE mysql' 'SET @auth_root_socket = NULL'
        cat "$scripts"/m*_system_tables.sql "$scripts"/m*_performance_tables.sql "$scripts"/m*_system_tables_data.sql
      } | "$server" "${options[@]}" --bootstrap --skip-name-resolve ;;
  esac
}

# The folder with the scripts that make MariaDB's system tables.
database_scripts() {
  local base folder
  base=$("$1" --no-defaults --verbose --help 2>/dev/null | sed -n 's/^basedir  *//p')
  for folder in "${base%/}"/share/{mysql,mariadb,}; do
    compgen -G "$folder/m*_system_tables.sql" >/dev/null && echo "$folder" && return
  done
  echo "no system table scripts of MariaDB under ${base%/}/share" >&2
  return 1
}

# The bare name puts the socket into the data folder, however deep that lies.
database_start() {
  local server options=()
  server=$(database_server)
  ((EUID != 0)) || options+=(--user=root)
  mkdir -p "$STACK_DIR/tmp"
  process_start database "$server" --no-defaults "${options[@]}" \
    --datadir="$STACK_DIR/$(database_kind "$server")" --tmpdir="$STACK_DIR/tmp" --secure-file-priv="$STACK_DIR/tmp" \
    --bind-address=127.0.0.1 --port="$(port_of database)" --socket=database.sock --init-file="$root/localstack/database.sql" \
    --skip-name-resolve --skip-log-bin --innodb-buffer-pool-size=128M --performance-schema=OFF \
    --loose-mysqlx=OFF --loose-log-warnings=1
}

# The init file has run by the time the server greets.
database_prepare() { :; }
