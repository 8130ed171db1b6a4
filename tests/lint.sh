#!/bin/bash
# Runs lint steps, each a make target, one after the other; each counts as one test. Step names as arguments.
# The last line is "N passed, N failed, N skipped"; a step that exits 77 is skipped and has said why.
set -u

passed=0 failed=0 skipped=0
for step in "$@"; do
	log=$(mktemp)
	make --no-print-directory -s "$step" >"$log" 2>&1
	rc=$?
	if grep -q '^skipped: ' "$log"; then
		grep '^skipped: ' "$log"
		skipped=$((skipped + 1))
	elif [ "$rc" -eq 0 ]; then
		echo "ok    $step"
		passed=$((passed + 1))
	else
		echo "FAIL  $step"
		grep -v '^CC \|^LD \|^AR ' "$log" | head -n 60
		failed=$((failed + 1))
	fi
	rm -f "$log"
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
