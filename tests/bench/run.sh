#!/bin/bash
# Durable, correlated callbacks per second beside a bare libmicrohttpd, in one run. usage: tests/bench/run.sh DIR
# Every callback is for a message of its own that waits; all rows are written (callback, answer, message, conversation,
# two events, one delivery, whose first try is due an hour later). SECONDS_EACH (3), TRIES (3), MESSAGES, CASES and
# STALL_CASES (connections) are settable.
set -u

build=$1
seconds=${SECONDS_EACH:-3} tries=${TRIES:-3} messages=${MESSAGES:-400000}
dir=$(mktemp -d "${TMPDIR:-/tmp}/maaxd-bench.XXXXXX")
here=$(dirname "$0")
pids=()
cleanup() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	wait
	rm -rf "$dir"
}
trap cleanup EXIT

die() { echo "bench: $*" >&2; [ -f "$dir/maaxd.log" ] && tail -n 5 "$dir/maaxd.log" >&2; exit 1; }

# cpu_ticks PID: user and system time so far
cpu_ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
rss_mib() { awk -v key="$2:" '$1 == key { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# load PORT CONNECTIONS: "rps p50_ms p99_ms requests errors"
load() {
	tail -n "+$((offset + 1))" "$dir/paths" | head -n "$((seconds * 20000))" >"$dir/some-paths"
	[ -s "$dir/some-paths" ] || die "the prepared messages are used up: set MESSAGES higher"
	PATHS=$dir/some-paths RESULT=$dir/result wrk -t 1 -c "$2" -d "${seconds}s" -s "$here/callbacks.lua" \
		"http://127.0.0.1:$1" >"$dir/wrk.txt" 2>&1 || die "wrk: $(tail -n 3 "$dir/wrk.txt")"
	cat "$dir/result"
}

# one_case CONNECTIONS: the medians of TRIES interleaved pairs, as one line
one_case() {
	local conns=$1 rps p50 p99 count errors before ticks
	rm -f "$dir"/m.*
	for _ in $(seq "$tries"); do
		read -r rps p50 p99 count errors < <(load "$hello_port" "$conns")
		echo "$rps" >>"$dir/m.hello"
		before=$(cpu_ticks "$maaxd_pid")
		read -r rps p50 p99 count errors < <(load "$port" "$conns")
		ticks=$(($(cpu_ticks "$maaxd_pid") - before))
		offset=$((offset + count + 2 * conns))
		total=$((total + count))
		[ "$errors" -eq 0 ] || die "$errors of $count requests failed at $conns connections"
		echo "$rps" >>"$dir/m.rps"
		echo "$p50" >>"$dir/m.p50"
		echo "$p99" >>"$dir/m.p99"
		echo "$ticks $count" | awk '{ printf "%.1f\n", $1 * 10000 / $2 }' >>"$dir/m.cpu"
	done
	rps=$(median <"$dir/m.rps") hello=$(median <"$dir/m.hello")
	printf 'callbacks conns=%d rps=%s hello=%s ratio=%s p50_ms=%s p99_ms=%s cpu_us=%s rss_mib=%s\n' "$conns" "$rps" \
		"$hello" "$(echo "$rps $hello" | awk '{ printf "%.3f", $1 / $2 }')" "$(median <"$dir/m.p50")" \
		"$(median <"$dir/m.p99")" "$(median <"$dir/m.cpu")" "$(rss_mib "$maaxd_pid" VmHWM)"
}

port=18089 offset=0 total=0
umask 077
mkdir "$dir/state"
echo "Preparing $messages waiting messages …"
"$build/tests/bench/prepare" "$dir/state" "$messages" "$dir/paths" || die "prepare failed"
echo bench-key-0123456789abcdef >"$dir/keys"
echo bench-maax-key >"$dir/maax-key"
echo "whsec_$(head -c 32 /dev/urandom | base64)" >"$dir/secret"
cat >"$dir/maaxd.ini" <<INI
[maaxd]
state_dir = $dir/state
public_url = http://127.0.0.1:$port
[listener "public"]
listen = 127.0.0.1:$port
serve = callbacks api
[maax]
base_url = http://127.0.0.1:9/api/v2
api_key_file = $dir/maax-key
[ai "sales"]
ai_id = 1
[source "crm"]
kind = api
ai = sales
key_file = $dir/keys
destinations = desk
[destination "desk"]
kind = webhook
url = http://127.0.0.1:9/
secret_file = $dir/secret
retry_schedule = 1h
INI
"$build/tests/bench/hello" >"$dir/hello.port" &
pids+=($!)
"$build/maaxd" -c "$dir/maaxd.ini" >"$dir/maaxd.log" 2>&1 &
maaxd_pid=$!
pids+=("$maaxd_pid")
for _ in $(seq 100); do curl -s -o /dev/null "http://127.0.0.1:$port/readyz" && break; sleep 0.1; done
hello_port=$(cat "$dir/hello.port")
[ -n "$hello_port" ] || die "hello does not start"
echo "idle rss_mib=$(rss_mib "$maaxd_pid" VmRSS)"
for conns in ${CASES:-64 256}; do one_case "$conns"; done
tries=1 seconds=1
for conns in ${STALL_CASES-127 128 129 255 257 512 513}; do one_case "$conns"; done
kill "$maaxd_pid" && wait "$maaxd_pid"
answered=$(sqlite3 "$dir/state/maaxd.db" "SELECT count(*) FROM messages WHERE state = 'answered'")
rows=$(sqlite3 "$dir/state/maaxd.db" "SELECT (SELECT count(*) FROM callbacks WHERE state = 'matched') || ' ' || (SELECT count(*) FROM answers) || ' ' || (SELECT count(*) FROM deliveries)")
echo "verified: $total answered with 200; in the database $answered messages answered; callbacks, answers, deliveries: $rows"
[ "$answered" -ge "$total" ] || die "rows are missing"
