#!/usr/bin/env bash
# Makes the AOT cache (JEP 483, 515) of the packaged application: starts it once, lets it answer, and ends it.
# Usage: train.sh <directory with quarkus-run.jar>; writes <directory>/app.aot.
# No database is needed: the listener tries to connect in vain, as it does while PostgreSQL is away.
# JVM options that concern the heap's layout (JAVA_TOOL_OPTIONS) must be those of the later start.
set -euo pipefail

directory=$(cd "$1" && pwd)
export QUARKUS_HTTP_PORT=${QUARKUS_HTTP_PORT:-8080}
export QUARKUS_MANAGEMENT_PORT=${QUARKUS_MANAGEMENT_PORT:-9000}
export QUARKUS_DATASOURCE_JDBC_URL=jdbc:postgresql://127.0.0.1:1/training
export QUARKUS_DATASOURCE_USERNAME=training QUARKUS_DATASOURCE_PASSWORD=training
export SIDECACHE_CACHES_TRAINING_LOAD='select 1 where 1 = ?::bigint'
export SIDECACHE_CACHES_TRAINED_MAXIMUM_SIZE=10 SIDECACHE_CACHES_TRAINED_UNFENCED_FILLS=true

java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
rm -f "$directory/app.aot"
"$java" -XX:AOTCacheOutput="$directory/app.aot" -jar "$directory/quarkus-run.jar" &
process=$!
trap 'kill -9 $process 2>/dev/null || true' EXIT

# bash alone: an image may have no curl.
call() { # <port> <method> <path> [body]
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf '%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' \
    "$2" "$3" "${#4}" "$4" >&3
  cat <&3 >/dev/null
  exec 3>&-
}

for ((i = 0; ; i++)); do
  kill -0 $process || { echo "the training run has ended early" >&2; exit 1; }
  (call "$QUARKUS_MANAGEMENT_PORT" GET /q/health/started '') 2>/dev/null && break
  [ $i -lt 600 ] || { echo "the training run does not answer" >&2; exit 1; }
  sleep 0.1
done
for ((i = 0; i < 20; i++)); do
  call "$QUARKUS_HTTP_PORT" GET "/v1/caches/training/entries/$i" ''
  call "$QUARKUS_HTTP_PORT" PUT "/v1/caches/trained/entries/$i" '{"n":1}'
  call "$QUARKUS_HTTP_PORT" GET "/v1/caches/trained/entries/$i" ''
  call "$QUARKUS_HTTP_PORT" GET /v1/caches ''
  call "$QUARKUS_MANAGEMENT_PORT" GET /q/health ''
  call "$QUARKUS_MANAGEMENT_PORT" GET /q/metrics ''
done

kill -TERM $process
wait $process || [ $? -eq 143 ]
test -s "$directory/app.aot"
