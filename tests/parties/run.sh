#!/bin/bash
# Parties that we did not write against the real daemon: the npm packages twilio and standardwebhooks sign requests
# to it and verify its webhooks. usage: tests/parties/run.sh BUILD-DIR    (run by `make check-parties`)
# The last line is "N passed, N failed, N skipped".
set -u

build=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
modules=$build/parties

mkdir -p "$modules"
cp "$here"/package.json "$here"/package-lock.json "$here"/*.mjs "$modules"
cd "$modules" || exit 1
if ! npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1; then
	tail -n 20 npm.log >&2
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
exec node parties.mjs "$build"
