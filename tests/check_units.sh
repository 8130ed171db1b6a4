#!/bin/sh
# Checks the unit files: systemd-analyze verify is clean, and the offline security score is at most 1.5.
# usage: tests/check_units.sh MAAXD-BINARY
set -eu

command -v systemd-analyze >/dev/null || { echo "skipped: check-unit-file: there is no systemd-analyze here"; exit 0; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# verify wants the binary to exist where ExecStart= says
for unit in systemd/*.service systemd/*.socket; do
	sed "s|/usr/sbin/maaxd|$(realpath "$1")|" "$unit" >"$dir/${unit##*/}"
done
systemd-analyze verify --man=no "$dir"/*.service "$dir"/*.socket 2>&1 | grep -v "^$" >"$dir/verify.txt" || true
if [ -s "$dir/verify.txt" ]; then
	cat "$dir/verify.txt"
	exit 1
fi
systemd-analyze security --offline=true --threshold=15 "$dir/maaxd.service" >"$dir/score.txt" || {
	cat "$dir/score.txt"
	exit 1
}
tail -n 1 "$dir/score.txt"
