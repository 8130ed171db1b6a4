#!/bin/sh
# Looks at the plan of every named statement (make check-sql). Fails on a full scan of a table, on a
# sort that no index serves, on a write that builds a temporary table, on a statement that SQLite does
# not take, and on one that no code uses.
# usage: tests/check_sql.sh    (from the top of the tree; needs the sqlite3 shell)
set -eu

# Tables with a handful of rows, which are read whole.
small_tables='holds|alerts|callback_keys'

work=$(mktemp -d "${TMPDIR:-/tmp}/check-sql.XXXXXX")
trap 'rm -rf "$work"' EXIT

cat sql/migrations/*.sql >"$work/schema"

# Splits the statements into one script each, as sql/gen_queries.awk does; parameters are NULL.
awk -v dir="$work" '
	/^-- name: / { if (out) print ";" >out; out = dir "/" $3 ".sql"; print "EXPLAIN QUERY PLAN" >out; next }
	/^[ \t]*--/ || !out { next }
	{ print >out }
	END { if (out) print ";" >out }
' sql/queries/*.sql

failed=0
complain() {
	echo "check_sql: $1: $2" >&2
	failed=1
}

# What orders the transaction has no plan, and SAVEPOINT and its kin want a transaction.
is_control() {
	case $1 in
	BEGIN | COMMIT | ROLLBACK | SAVEPOINT | RELEASE | ROLLBACK_TO) return 0 ;;
	*) return 1 ;;
	esac
}

check_plan() {
	if ! sqlite3 -bail -batch ":memory:" ".read $work/schema" ".read $work/$1.sql" >"$work/plan" 2>&1; then
		complain "$1" "$(cat "$work/plan")"
		return
	fi
	bad=$(grep -E 'SCAN [a-z_]+$' "$work/plan" | grep -vE "SCAN ($small_tables|\\(subquery|pending)" || true)
	[ -z "$bad" ] || complain "$1" "reads a whole table:$bad"
	bad=$(grep 'USE TEMP B-TREE' "$work/plan" || true)
	[ -z "$bad" ] || complain "$1" "sorts without an index:$bad"
	sed 's/^EXPLAIN QUERY PLAN/EXPLAIN/' "$work/$1.sql" >"$work/program.sql"
	if grep -qE '^(INSERT|UPDATE) ' "$work/$1.sql" &&
		sqlite3 -bail -batch ":memory:" ".read $work/schema" ".read $work/program.sql" | grep -q OpenEphemeral; then
		complain "$1" "builds a temporary table (an IN of three words in a CHECK, or RETURNING)"
	fi
}

count=0
for file in "$work"/*.sql; do
	[ "$file" != "$work/program.sql" ] || continue
	name=${file##*/}
	name=${name%.sql}
	count=$((count + 1))
	grep -qw "SQL_$name" daemon/store/*.c || complain "$name" "no file in daemon/store uses it"
	is_control "$name" || check_plan "$name"
done
[ "$count" -gt 0 ] || complain "sql/queries" "no statements found"
[ "$failed" -eq 0 ] && echo "check_sql: $count statements are well"
exit "$failed"
