#!/bin/sh
# Runs the ledger against the programs of a build directory. usage: tests/crash/ledger.sh DIR
# MESSAGES (10000) is how many requests come in.
set -u

build=$1
export MAAXD_BIN="$build/maaxd" MAAX_SIM_BIN="$build/maax-sim" RECEIVER_BIN="$build/webhook-receiver"
"$build/tests/crash/ledger" "${MESSAGES:-10000}" || exit 1
echo "1 passed, 0 failed, 0 skipped"
