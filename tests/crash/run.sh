#!/bin/sh
# Runs the crash rounds against the programs of a build directory. usage: tests/crash/run.sh DIR
# ROUNDS (300) is the number of SIGKILL rounds; a tenth as many are made with SIGTERM.
set -u

build=$1
rounds=${ROUNDS:-300}
export MAAXD_BIN="$build/maaxd" MAAX_SIM_BIN="$build/maax-sim" RECEIVER_BIN="$build/webhook-receiver"
"$build/tests/crash/crash" "$rounds" "${SEED:-$$}" || exit 1
"$build/tests/crash/crash" --term "$((rounds / 10))" "${SEED:-$$}" || exit 1
echo "$((rounds + rounds / 10)) passed, 0 failed, 0 skipped"
