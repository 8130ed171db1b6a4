# The layer rule of daemon/README.md: a file includes only from the left of
#   base < store, http < dest < stages < api < app < main
# and ctl, a program of its own, knows base only.
# store and http do not know each other, and a stage never includes another stage's header.
# One file or folder knows each foreign library.
# usage: awk -f tests/check_layers.awk daemon/*.c daemon/*/*.c include/*.h include/*/*.h

BEGIN {
	rank["base"] = 0; rank["shared"] = 1; rank["store"] = 2; rank["http"] = 2; rank["dest"] = 3
	rank["helper"] = 4; rank["stage"] = 5; rank["api"] = 6; rank["app"] = 7; rank["main"] = 8
	rank["ctl"] = 9 # a program of its own, over base only
	split("intake submit callback correlate deliver deadline history retention alerts backup", list, " ")
	for (i in list) stage[list[i]] = 1
	split("hook jobs mapping maax operator payload", list, " ")
	for (i in list) helper[list[i]] = 1
	# who may include a foreign header: a pattern over file names without folder daemon/ or include/
	owner["microhttpd.h"] = "^http/"
	owner["curl/curl.h"] = "^(base/fetch|ctl/client)"
	owner["sqlite3.h"] = "^store/"
	owner["systemd/sd-event.h"] = "^base/loop"
	owner["systemd/sd-daemon.h"] = "^base/notify"
	owner["ini_configobj.h"] = "^base/conf"
	owner["gnutls/crypto.h"] = "^base/sign"
	owner["libxml/parser.h"] = "^base/xml"
	owner["gmime/gmime.h"] = "^base/mail"
	owner["gumbo.h"] = "^base/html_tree"
}

# "submit_verdict.c" and "submit_job.h" belong to the stage submit, "options_table.c" to options …
function family(name)
{
	sub(/\.[ch]$/, "", name)
	if (name in stage || name in helper) return name
	sub(/_.*/, "", name)
	return name
}

function layer(path, name)
{
	if (path ~ /\//) {
		sub(/\/.*/, "", path)
		return path
	}
	name = family(path)
	if (name == "core" || name == "options") return "shared"
	if (name in helper) return "helper"
	if (name in stage) return "stage"
	return name
}

function complain(text) { printf "%s:%d: %s\n", FILENAME, FNR, text; bad = 1 }

FNR == 1 {
	file = FILENAME
	sub(/^(daemon|include)\//, "", file)
	here = layer(file)
	if (!(here in rank)) { complain("unknown layer " here); rank[here] = 99 }
}

/^#include "/ {
	target = $2
	gsub(/"/, "", target)
	if (target ~ /^sql_/) next
	there = layer(target)
	if (!(there in rank)) { complain("includes a file of an unknown layer: " target); next }
	if (here == "ctl" && there != "base" && there != "ctl") complain("ctl knows base only: " target)
	else if (rank[there] > rank[here]) complain(here " includes " target ", which is to its right")
	else if (here != there && (here == "store" && there == "http" || here == "http" && there == "store"))
		complain("store and http do not know each other: " target)
	else if (here == "stage" && there == "stage" && family(file) != family(target))
		complain("a stage includes another stage's header: " target)
}

/^#include </ {
	target = $2
	gsub(/[<>]/, "", target)
	if (target in owner && file !~ owner[target]) complain("only " owner[target] " may include <" target ">")
}

END { exit bad }
