#!/bin/bash
# Shows one message's whole way on loopback: maax-sim stands in for Maax, webhook-receiver for the program
# that wants the answers. usage: tests/demo.sh BUILD-DIR    (run by `make demo`)
# It stays up until Ctrl-C; with MAAXD_DEMO_ONCE=1 it ends after the story. Exit 0 when the story is complete.
set -u

build=$1
dir=$(mktemp -d "${TMPDIR:-/tmp}/maaxd-demo.XXXXXX")
key=demo-key-0123456789abcdef
secret=whsec_ZGVtby1zZWNyZXQtZGVtby1zZWNyZXQtZGVtbw==
pids=()

cleanup() {
	trap - EXIT INT TERM
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'echo; echo "Stopping."; exit 0' INT TERM

die() {
	echo "demo: $*" >&2
	for log in "$dir"/*.log; do echo "---- $log ----" >&2; tail -n 20 "$log" >&2; done
	exit 1
}

# until_true SECONDS COMMAND…: asks ten times a second
until_true() {
	local left=$(($1 * 10))
	shift
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		sleep 0.1
	done
}

# The address that a program printed on its first line.
address_in() { sed -n 's|.*listening on \(http://[0-9.:]*\).*|\1|p' "$1" | head -n 1; }
has_address() { [ -n "$(address_in "$1")" ]; }

free_port() {
	local port
	for port in $(seq 8080 8180); do
		(exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
	done
}

api() { curl -sS -m 20 -H "Authorization: Bearer $key" "$@"; }

start_peers() {
	"$build/maax-sim" >"$dir/sim.log" 2>&1 &
	pids+=($!)
	"$build/webhook-receiver" --print --secret "$secret" >"$dir/receiver.log" 2>&1 &
	pids+=($!)
	until_true 10 has_address "$dir/sim.log" || die "maax-sim does not start"
	until_true 10 has_address "$dir/receiver.log" || die "webhook-receiver does not start"
}

write_config() {
	local port
	port=$(free_port)
	url=http://127.0.0.1:$port
	umask 077
	echo "$key" >"$dir/crm-keys"
	echo demo-maax-key >"$dir/maax-api-key"
	echo "$secret" >"$dir/desk-secret"
	cat >"$dir/maaxd.ini" <<-INI
		[maaxd]
		state_dir = $dir/state
		public_url = $url

		[listener "public"]
		listen = 127.0.0.1:$port
		serve = callbacks api

		[listener "admin"]
		listen = unix:$dir/admin.sock
		serve = admin metrics

		[maax]
		base_url = $(address_in "$dir/sim.log")/api/v2
		api_key_file = $dir/maax-api-key

		[ai "sales"]
		ai_id = 123

		[source "crm"]
		kind = api
		ai = sales
		key_file = $dir/crm-keys
		destinations = desk

		[destination "desk"]
		kind = webhook
		url = $(address_in "$dir/receiver.log")/maax
		secret_file = $dir/desk-secret
	INI
}

is_ready() { [ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "$url/readyz")" = 200 ]; }

start_maaxd() {
	"$build/maaxd" -c "$dir/maaxd.ini" >"$dir/maaxd.log" 2>&1 &
	pids+=($!)
	until_true 10 is_ready || die "maaxd does not get ready"
}

body() {
	cat <<-JSON
		{"message_content": "$1", "platform": "website", "conversation_key": "visitor-7",
		 "prospect_info": {"first_name": "Ada", "email": "ada@example.org"}}
	JSON
}

send() { api -H 'Content-Type: application/json' -d "$(body "$1")" "$url/v1/messages"; }

is_complete() {
	api "$url/v1/messages/$1" >"$dir/story.json" &&
		jq -e '[.message.deliveries[] | select(.state == "delivered") | .type] |
			index("answer.received") != null and index("followup.received") != null' \
			"$dir/story.json" >/dev/null
}

# One line for each step, with the time since the message came.
print_story() {
	jq -r '
		def seconds: (.[0:19] + "Z" | fromdate) + (.[20:23] | tonumber / 1000);
		def pad($n): tostring | . + " " * ([$n - length, 0] | max);
		.message as $m
		| ($m.created_at | seconds) as $start
		| [ $m.timeline[]
			| { at, what: (
				if .event == "message.state" and .state == "queued" then "message stored (queued)"
				elif .event == "message.state" then "message is \(.state)"
				elif .event == "submit.attempt" then "submitted to Maax"
				elif .event == "callback.received" then "callback received, \(.state)"
				elif .event == "delivery.attempt" then "delivered to desk"
				else .event end),
			    detail: ([.kind, .outcome, .detail, .answer, .callback] | map(select(. != null)) | join("  ")) } ]
		| .[]
		| "  +\(((.at | seconds) - $start) * 1000 | round | . / 1000 | pad(6)) s  \(.what | pad(28)) \(.detail)"
	' "$dir/story.json"
}

start_peers
write_config
start_maaxd
echo "maaxd is up at $url (configuration, database and logs in $dir)"
echo
echo "Sending one message: \"Do you ship to Norway?\" The stand-in answers after a second and follows up after three."
id=$(send 'Do you ship to Norway? [sim delay=1s followup=3s]' | jq -r '.message.id // empty')
[ -n "$id" ] || die "the message was not accepted"
echo "Accepted as $id: it is on disk. Waiting for the answer and the follow-up …"
until_true 30 is_complete "$id" || die "the story is not complete after 30 s"
echo
echo "The story of $id:"
print_story
echo
echo "What the receiver got, each signature verified:"
grep -v 'listening on' "$dir/receiver.log" | sed 's/^/  /'

[ "${MAAXD_DEMO_ONCE:-}" ] && exit 0
cat <<EOT

Everything stays up. Try, in another terminal:

  curl -H 'Authorization: Bearer $key' -H 'Content-Type: application/json' -H 'Prefer: wait=20' $url/v1/messages -d '{"message_content":"Hello [sim delay=2s]","platform":"website","prospect_info":{"first_name":"Ada","email":"ada@example.org"}}'
  curl -N -H 'Authorization: Bearer $key' $url/v1/events
  curl -H 'Authorization: Bearer $key' $url/v1/messages/$id

Ctrl-C ends it.
EOT
wait
