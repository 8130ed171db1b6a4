#!/bin/bash
# Runs the fuzz targets below DIR/tests/fuzz, two at a time, each for FUZZ_SECONDS (10).
# usage: tests/fuzz/run.sh DIR [NAME-PATTERN]    The last line is "N passed, N failed, N skipped".
# Seeds are in tests/fuzz/corpus/TARGET; what is found beside them is kept in DIR/corpus/TARGET and helps the next run.
# An input that crashes, hangs or eats memory is kept in DIR/crashes/TARGET, named, and tried first by the next run.
set -u

build=$(cd "$1" && pwd) || exit 2
pattern=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
export build here
export FUZZ_SECONDS=${FUZZ_SECONDS:-10}
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:allocator_may_return_null=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
rm -rf "$build/fuzz-results"
mkdir -p "$build/fuzz-results"

run_one() {
	local target=${1##*/fuzz_} log found crashes rc dictionary=()
	log=$build/fuzz-results/$target
	found=$build/corpus/$target
	crashes=$build/crashes/$target
	mkdir -p "$found" "$crashes"
	if [ -e "$here/dict/$target" ]; then dictionary=("-dict=$here/dict/$target"); fi
	"$1" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=1024 -max_len=8192 \
		-artifact_prefix="$crashes/" "${dictionary[@]}" "$found" "$crashes" "$here/corpus/$target" >"$log" 2>&1 </dev/null
	rc=$?
	echo "$rc" >"$log.rc"
	if [ "$rc" -eq 0 ]; then
		echo "ok    fuzz_$target: $(sed -n 's/^Done \(.*\) second(s)$/\1 s/p' "$log")"
	else
		echo "FAIL  fuzz_$target (exit $rc): $(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)"
	fi
}
export -f run_one

# shellcheck disable=SC2016 # the inner shell expands it
find "$build/tests/fuzz" -type f -name 'fuzz_*' -executable | sort | grep -e "$pattern" |
	xargs -r -P 2 -I {} bash -c 'run_one "$1"' _ {}

passed=0 failed=0
for rc_file in "$build"/fuzz-results/*.rc; do
	[ -e "$rc_file" ] || break
	log=${rc_file%.rc}
	if [ "$(cat "$rc_file")" -eq 0 ]; then
		passed=$((passed + 1))
		continue
	fi
	failed=$((failed + 1))
	echo "---- ${log##*/}: last lines of its output ----"
	tail -n 40 "$log"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
