#!/bin/bash
# Lints the OpenAPI document, then holds the daemon to its examples and schemas.
# usage: tests/openapi/run.sh BUILD-DIR    (run by `make check-openapi`)
# The last line is "N passed, N failed, N skipped".
set -u

build=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
modules=$build/openapi

mkdir -p "$modules"
cp "$here"/package.json "$here"/package-lock.json "$here"/redocly.yaml "$here"/*.mjs "$modules"
cp "$here"/../parties/world.mjs "$modules"
cp "$here"/../../daemon/api/openapi.json "$modules"
cd "$modules" || exit 1
if ! npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1; then
	tail -n 20 npm.log >&2
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
exec node openapi.mjs "$build" "$here/../../daemon"
