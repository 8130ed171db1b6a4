#!/bin/sh
# Installs the Debian packages that are missing, and says so. Groups: build, demo, test, lint,
# bench, fuzz, parties.
# Without the rights to install, prints the command that would.
set -eu

packages() {
	for group in "$@"; do
		case $group in
		build) echo gcc make pkg-config libc6-dev libmicrohttpd-dev libcurl4-gnutls-dev libjson-c-dev \
			libsqlite3-dev libsystemd-dev libini-config-dev libgnutls28-dev libgumbo-dev libxml2-dev \
			libgmime-3.0-dev curl ;;
		demo) echo jq curl ;;
		test) echo libcmocka-dev sqlite3 python3-aiosmtpd openssl ;;
		lint) echo clang clang-format clang-tidy cppcheck shellcheck ;;
		bench) echo wrk ;;
		parties) command -v npm >/dev/null 2>&1 || echo nodejs npm ;; # other builds of Node.js bring npm
		fuzz) echo clang libclang-rt-14-dev ;;
		*) echo "deps.sh: unknown group: $group" >&2; exit 2 ;;
		esac
	done
}

missing=
for package in $(packages "$@"); do
	dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
		missing="$missing $package"
done
[ -n "$missing" ] || exit 0

root=
[ "$(id -u)" -eq 0 ] || root=sudo
if [ -n "$root" ] && ! command -v sudo >/dev/null 2>&1; then
	echo "deps.sh: these packages are missing:$missing" >&2
	echo "deps.sh: as root, run: apt-get install$missing" >&2
	exit 1
fi
echo "Installing:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # both are lists of words
{
	$root apt-get update -qq || echo "deps.sh: apt-get update failed; trying with the lists at hand" >&2
	$root apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
