#!/bin/bash
# Checks the man pages against the programs (make check-man): every command and option of --help is in its page, and
# nothing else is; maaxd.ini(5) is what the option table says; groff has nothing to say.
# usage: tests/check_man.sh BUILD-DIR    (from the top of the tree)
set -u

build=$1
man=systemd/man
work=$(mktemp -d "${TMPDIR:-/tmp}/check-man.XXXXXX")
trap 'rm -rf "$work"' EXIT
failed=0

# same NAME: what a program says, and what its page says
same() {
	if ! diff -u --label "the program" --label "$man" "$work/program" "$work/page" >"$work/diff"; then
		echo "check_man: $1:" >&2
		cat "$work/diff" >&2
		failed=1
	fi
}

# The options of a help text, and those of a page's lines.
options_of_help() { grep -oE '^ +(-[a-zA-Z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort -u; }
options_of_page() { grep -E '^\.B[IR]? ' | sed 's/\\-/-/g' | grep -oE -- '--[a-z-]+' | sort -u; }

# The part of maaxctl(1) between one heading and the next.
part() { awk -v start="$1" '/^\.S[HS] / { on = index($0, start) == 1 && (length($0) == length(start) || substr($0, length(start) + 1, 1) == " ") } on' "$man/maaxctl.1"; }

"$build/maaxd" --help | options_of_help >"$work/program"
options_of_page <"$man/maaxd.8" >"$work/page"
same "maaxd(8)"

"$build/maaxd" --print-man >"$work/program"
cp "$man/maaxd.ini.5" "$work/page"
same "maaxd.ini(5): $build/maaxd --print-man >$man/maaxd.ini.5"

"$build/maaxctl" help | awk '/^  [a-z-]+ /{ print $1 } /^Options/ { exit }' | sort >"$work/program"
sed -n 's/^\.SS \([^ ]*\).*/\1/p' "$man/maaxctl.1" | sed 's/\\-/-/g' | sort >"$work/page"
same "maaxctl(1), commands"

"$build/maaxctl" --help | sed -n '/^Options/,$p' | options_of_help >"$work/common"
cp "$work/common" "$work/program"
part ".SH OPTIONS OF EVERY COMMAND" | options_of_page >"$work/page"
same "maaxctl(1), options of every command"

for verb in $("$build/maaxctl" help | awk '/^  [a-z-]+ /{ print $1 } /^Options/ { exit }'); do
	"$build/maaxctl" help "$verb" | options_of_help | comm -23 - "$work/common" >"$work/program"
	part ".SS ${verb//-/\\-}" | options_of_page >"$work/page"
	same "maaxctl(1), $verb"
	"$build/maaxctl" help "$verb" | sed -n '1s/^usage: maaxctl //; 1s/ \[OPTION\]…$//; 1p' >"$work/program"
	part ".SS ${verb//-/\\-}" | sed -n '1s/^\.SS //p' | sed 's/\\-/-/g' >"$work/page"
	same "maaxctl(1), usage of $verb"
done

if command -v groff >/dev/null; then
	for page in "$man"/*.[158]; do
		groff -k -Kutf8 -man -Tutf8 -ww -z "$page" 2>"$work/groff" || failed=1
		[ ! -s "$work/groff" ] || { cat "$work/groff" >&2; failed=1; }
	done
fi
exit "$failed"
