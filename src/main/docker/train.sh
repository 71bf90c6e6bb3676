#!/usr/bin/env bash
# Makes the AOT cache (JEP 483, 514) of the packaged application: starts it once beside a real PostgreSQL, lets it
# listen, load, answer and evict, and ends it. Usage: train.sh <directory with quarkus-run.jar>; writes <directory>/app.aot.
#
# The PostgreSQL is that of QUARKUS_DATASOURCE_JDBC_URL (with _USERNAME and _PASSWORD), where nothing is created; without
# it, one of its own from the server's programs of Debian's package postgresql, which it removes at the end.
# JVM options that concern the layout of objects (JDK_JAVA_OPTIONS, JAVA_TOOL_OPTIONS) must be those of the later start.
set -euo pipefail

directory=$(cd "$1" && pwd)
export QUARKUS_HTTP_PORT=${QUARKUS_HTTP_PORT:-8080}
export QUARKUS_MANAGEMENT_PORT=${QUARKUS_MANAGEMENT_PORT:-9000}
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
process=
server=

clean_up() {
  [ -z "$process" ] || kill -9 "$process" 2>/dev/null || true
  [ -z "$server" ] || { as_server pg_ctl -D "$server/data" -m immediate stop >/dev/null || true; rm -rf "$server"; }
}
trap clean_up EXIT
trap 'exit 143' INT TERM

# PostgreSQL does not run as root.
as_server() { # <program> [argument…]
  local program="$binaries/$1"
  shift
  if [ "$(id -u)" -eq 0 ]; then
    (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$program" "$@")
  else
    "$program" "$@"
  fi
}

start_server() {
  local initdb
  initdb=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
  [ -x "$initdb" ] || { echo "neither QUARKUS_DATASOURCE_JDBC_URL nor the package postgresql is there" >&2; exit 1; }
  binaries=$(dirname "$initdb")
  server=$(mktemp -d)
  local port=${TRAINING_POSTGRES_PORT:-15432}
  export QUARKUS_DATASOURCE_JDBC_URL=jdbc:postgresql://127.0.0.1:$port/postgres
  export QUARKUS_DATASOURCE_USERNAME=training QUARKUS_DATASOURCE_PASSWORD=training
  printf training >"$server/password"
  [ "$(id -u)" -ne 0 ] || chown -R postgres "$server"
  # The way of signing in that most servers ask for, so that it is trained too.
  as_server initdb -D "$server/data" -U training --pwfile "$server/password" -A scram-sha-256 -E UTF8 --locale=C >/dev/null
  as_server pg_ctl -D "$server/data" -w -l "$server/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off" start >/dev/null \
    || { cat "$server/log" >&2; exit 1; }
}

# bash alone: an image may have no curl.
call() { # <port> <method> <path> [body]: the answer
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf '%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
    "$2" "$3" "${#4}" "$4" >&3
  cat <&3
  exec 3>&-
}

# What failed was not trained.
train() { # <status> <port> <method> <path> [body]
  local status=$1 answer
  shift
  answer=$(call "$@")
  [[ $answer == "HTTP/1.1 $status "* ]] || { printf '%s was answered with:\n%s\n' "$*" "$answer" >&2; exit 1; }
}

[ -n "${QUARKUS_DATASOURCE_JDBC_URL:-}" ] || start_server
export SIDECACHE_CACHES_TRAINING_LOAD='select to_jsonb(given) from (select ?::bigint as id) as given'
export SIDECACHE_CHANNELS_TRAINING_CHANGED_CACHE=training SIDECACHE_CHANNELS_TRAINING_CHANGED_FORMAT=key
export SIDECACHE_CACHES_TRAINED_MAXIMUM_SIZE=10 SIDECACHE_CACHES_TRAINED_UNFENCED_FILLS=true

rm -f "$directory/app.aot"
# Without the run's profiles (JEP 515): with them, everything that was warm here would be compiled at each start.
"$java" -XX:+UnlockDiagnosticVMOptions -XX:-AOTRecordTraining -XX:AOTCacheOutput="$directory/app.aot" -jar "$directory/quarkus-run.jar" &
process=$!

for ((i = 0; ; i++)); do
  kill -0 $process || { echo "the training run has ended early" >&2; exit 1; }
  (train 200 "$QUARKUS_MANAGEMENT_PORT" GET /q/health/ready '') 2>/dev/null && break
  [ $i -lt 600 ] || { echo "the training run does not become ready" >&2; exit 1; }
  sleep 0.1
done
for ((i = 0; i < 20; i++)); do
  train 200 "$QUARKUS_HTTP_PORT" GET "/v1/caches/training/entries/$i" ''
  train 200 "$QUARKUS_HTTP_PORT" GET "/v1/caches/training/entries/$i" ''
  # Goes through PostgreSQL, and comes back before the answer.
  train 204 "$QUARKUS_HTTP_PORT" DELETE "/v1/caches/training/entries/$i" ''
  train 201 "$QUARKUS_HTTP_PORT" PUT "/v1/caches/trained/entries/$i" '{"n":1}'
  train 200 "$QUARKUS_HTTP_PORT" GET "/v1/caches/trained/entries/$i" ''
  train 200 "$QUARKUS_HTTP_PORT" GET /v1/caches ''
  train 200 "$QUARKUS_MANAGEMENT_PORT" GET /q/health/started ''
  train 200 "$QUARKUS_MANAGEMENT_PORT" GET /q/health/ready ''
  train 200 "$QUARKUS_MANAGEMENT_PORT" GET /q/health/live ''
  train 200 "$QUARKUS_MANAGEMENT_PORT" GET /q/metrics ''
done

kill -TERM $process
wait $process || [ $? -eq 143 ]
process=
test -s "$directory/app.aot"
