#!/usr/bin/env bash
# A real single-node Kafka broker on 127.0.0.1, for tests. Needs openjdk-17-jre-headless, maven, kcat, openssl.
#
#   broker.sh fetch     gets the jars from Maven Central into the cache (once, 46 MB)
#   broker.sh start     starts the broker and returns when it answers; topics of an earlier run are still there
#   broker.sh stop      stops it in an orderly way        broker.sh kill     as a crash would
#   broker.sh reset     forgets all topics (stopped only)
#   broker.sh topic NAME [PARTITIONS]    makes a topic (none is made by writing to it)
#   broker.sh tool CLASS ARGS…           runs one of Kafka's own tools, org.apache.kafka.tools.CLASS
#
# Environment: PORT (19092 plaintext; PORT+1 SASL_PLAINTEXT, PORT+2 SASL_SSL, PORT+3 the controller), DIR (state and logs),
# SQLMILL_KAFKA_CACHE (the jars). Users: alice/alice-pw by PLAIN, bob/bob-pw by SCRAM-SHA-256 and -512; the CA is DIR/ca.pem.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
port=${PORT:-19092}
sasl_port=$((port + 1)) ssl_port=$((port + 2)) controller_port=$((port + 3))
cache=${SQLMILL_KAFKA_CACHE:-$HOME/.cache/sqlmill/kafka}
dir=${DIR:-$cache/run-$port}
log_level=-Dorg.slf4j.simpleLogger.defaultLogLevel=${LOG_LEVEL:-warn}

fetch() {
  cmp -s "$here/pom.xml" "$cache/pom.xml" && return
  mkdir -p "$cache"
  rm -rf "$cache/jars"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$cache/jars" -DincludeScope=runtime
  cp "$here/pom.xml" "$cache/pom.xml"  # Last: what is there is complete.
}

make_certificates() {
  [ -f "$dir/server.pem" ] && return
  (
    cd "$dir"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=test-ca -keyout ca.key -out ca.pem
    openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out server.crt \
      -extfile <(echo subjectAltName=DNS:localhost,IP:127.0.0.1)
    openssl pkcs8 -topk8 -nocrypt -in server.key -out server.p8
    cat server.p8 server.crt >server.pem
  ) >"$dir/openssl.log" 2>&1
}

write_properties() {
  local modules=org.apache.kafka.common.security
  cat >"$dir/server.properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$port,SASL_PLAINTEXT://127.0.0.1:$sasl_port,SASL_SSL://127.0.0.1:$ssl_port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:$port,SASL_PLAINTEXT://127.0.0.1:$sasl_port,SASL_SSL://127.0.0.1:$ssl_port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
ssl.keystore.type=PEM
ssl.keystore.location=$dir/server.pem
ssl.truststore.type=PEM
ssl.truststore.location=$dir/ca.pem
log.dirs=$dir/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
PROPERTIES
  local listener mechanism
  for listener in sasl_plaintext sasl_ssl; do
    echo "listener.name.$listener.plain.sasl.jaas.config=$modules.plain.PlainLoginModule required user_alice=\"alice-pw\";"
    for mechanism in scram-sha-256 scram-sha-512; do
      echo "listener.name.$listener.$mechanism.sasl.jaas.config=$modules.scram.ScramLoginModule required;"
    done
  done >>"$dir/server.properties"
}

run_tool() {
  local class=$1
  shift
  java "$log_level" -cp "$cache/jars/*" "org.apache.kafka.tools.$class" --bootstrap-server "127.0.0.1:$port" "$@"
}

run_java() { java "$log_level" -cp "$cache/jars/*" "$@"; }

format_storage() {
  [ -d "$dir/data" ] && return
  run_java kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAQ -c "$dir/server.properties" \
    --add-scram 'SCRAM-SHA-256=[name=bob,password=bob-pw]' \
    --add-scram 'SCRAM-SHA-512=[name=bob,password=bob-pw]' >"$dir/format.log" 2>&1
}

is_running() { [ -f "$dir/pid" ] && kill -0 "$(cat "$dir/pid")" 2>/dev/null; }

start() {
  is_running && { echo "already running on port $port"; return; }
  fetch
  mkdir -p "$dir"
  make_certificates
  write_properties
  format_storage
  # A small heap and the quick compiler: ready in seconds.
  setsid java -Xmx512m -Xms128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$log_level" -cp "$cache/jars/*" \
    kafka.Kafka "$dir/server.properties" >"$dir/broker.log" 2>&1 </dev/null &
  echo $! >"$dir/pid"
  for _ in $(seq 600); do
    kcat -b "127.0.0.1:$port" -L -m 1 >/dev/null 2>&1 && return
    is_running || { tail "$dir/broker.log" >&2; exit 1; }
    sleep 0.1
  done
  echo "the broker does not answer; see $dir/broker.log" >&2
  exit 1
}

end() {
  is_running || return 0
  local pid
  pid=$(cat "$dir/pid")
  kill "$1" "$pid"
  for _ in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$pid"
}

case ${1:-} in
  fetch) fetch ;;
  start) start ;;
  stop) end -TERM ;;
  kill) end -KILL ;;
  reset)
    is_running && { echo "stop it first" >&2; exit 1; }
    rm -rf "$dir/data"
    ;;
  topic) run_tool TopicCommand --create --topic "${2:?}" --partitions "${3:-1}" >/dev/null ;;
  tool) shift && run_tool "$@" ;;
  *)
    sed -n '2,13p' "${BASH_SOURCE[0]}" >&2
    exit 2
    ;;
esac
