#!/bin/bash
# Runs all test programs below DIR/tests in parallel and adds up what cmocka says of them.
# usage: tests/run.sh DIR [NAME-PATTERN]    The last line is "N passed, N failed, N skipped".
# A program that crashes, is killed or times out counts as one failed test.
set -u

build=$(cd "$1" && pwd) || exit 2
pattern=${2:-}
export MAAXD_BIN=$build/maaxd MAAX_SIM_BIN=$build/maax-sim RECEIVER_BIN=$build/webhook-receiver
export MACHINE_SO=$build/machine.so
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TEST_TIMEOUT=${TEST_TIMEOUT:-300}
logs=$(mktemp -d "${TMPDIR:-/tmp}/maaxd-tests.XXXXXX")
export logs

run_one() {
	local name log rc
	name=${1##*/tests/}
	log=$logs/${name//\//_}
	timeout -k 10 "$TEST_TIMEOUT" "$1" >"$log" 2>&1 </dev/null
	rc=$?
	echo "$rc" >"$log.rc"
	if [ "$rc" -eq 0 ]; then echo "ok    $name"; else echo "FAIL  $name (exit $rc)"; fi
}
export -f run_one

# End-to-end programs first: they take longest.
# shellcheck disable=SC2016 # the inner shell expands it
{
	find "$build/tests/e2e" -type f -name 'test_*' -executable 2>/dev/null | sort
	find "$build/tests/unit" -type f -name 'test_*' -executable 2>/dev/null | sort
} | grep -e "$pattern" | xargs -r -P "${JOBS:-$(($(nproc) * 2))}" -I {} bash -c 'run_one "$1"' _ {}

passed=0 failed=0 skipped=0
for rc_file in "$logs"/*.rc; do
	[ -e "$rc_file" ] || break
	log=${rc_file%.rc}
	ok=$(grep -c '^\[       OK \]' "$log")
	bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' "$log" | head -n 1)
	skip=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test(s).*/\1/p' "$log" | head -n 1)
	[ "$(cat "$rc_file")" -eq 0 ] || [ "${bad:-0}" -gt 0 ] || bad=1
	if [ "$(cat "$rc_file")" -ne 0 ]; then
		echo "---- ${log##*/}: last lines of its output ----"
		tail -n 60 "$log"
	elif [ "${skip:-0}" -gt 0 ]; then
		grep -h '^skipped: ' "$log"
	fi
	passed=$((passed + ok)) failed=$((failed + ${bad:-0})) skipped=$((skipped + ${skip:-0}))
done
[ "$failed" -ne 0 ] || rm -rf "$logs"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
