/*
 * The ledger: thousands of requests to an inbound hook become messages, whose answers go to a
 * webhook and to a command, while every stage fails one time in twenty: the sender repeats a
 * request, Maax refuses, stalls or resets, a callback comes twice, the webhook says 503, the
 * command exits with 75. At the end every request is accounted for at each stage, in the database
 * and at the far ends. usage: ledger [MESSAGES]
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "lib/harness.h"
#include "lib/store_fixture.h"

#define SECRET "hook-secret-0123456789"
#define ONE_IN 20
#define PATIENCE (10 * USEC_PER_MINUTE) /* for everything to settle */

static int messages = 10000;
static int failed_checks;

/* How Maax treats one message in twenty each. */
static const char *const manners[ONE_IN] = {
	[2] = "[sim reply=503 times=1]",
	[5] = "[sim reset-after-store times=1]",
	[7] = "[sim reply=429 retry-after=1 times=1]",
	[11] = "[sim callbacks=2]",
	[13] = "[sim before]",
	[17] = "[sim reset times=1]",
};

static const char *const command =
	"#!/bin/sh\n"
	"cd %s || exit 1\n"
	"cat >/dev/null\n"
	"case $MAAXD_DELIVERY in *[0h])\n"
	"	if ! [ -e failed/$MAAXD_DELIVERY ]; then : >failed/$MAAXD_DELIVERY; exit 75; fi;;\n"
	"esac\n"
	"echo \"$MAAXD_MESSAGE\" >>ran\n";

static const char *const sections = "[source \"sms\"]\n"
				    "kind = hook\n"
				    "ai = sales\n"
				    "destinations = desk run\n"
				    "limit_conversation = off\n"
				    "limit_rate = off\n"
				    "limit_day = off\n"
				    "limit_requests = off\n"
				    "url_secret_file = %s/hook-secrets\n"
				    "platform = sms\n"
				    "map_text = ${/Body}\n"
				    "map_phone = ${/From | digits}\n"
				    "map_first_name = ${/ProfileName \"there\"}\n"
				    "map_conversation_key = ${/From | digits}\n"
				    "map_dedupe = ${/MessageSid}\n"
				    "[destination \"run\"]\n"
				    "kind = command\n"
				    "command = %s\n"
				    "retry_schedule = 0s 50ms 100ms 500ms 1s 5s\n";

static void start(struct harness *h)
{
	struct harness_options options = {
		.public = "serve = callbacks api hooks\n",
		.maaxd = "log_level = warning\n",
		.sim_default = "delay=50ms retry=200 retry-delay=20ms",
	};
	CLEANUP(freep) char *script = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *failed = NULL;
	CLEANUP(freep) char *more = NULL;
	CLEANUP(freep) char *steps = NULL;

	harness_prepare(h, &options);
	script = xasprintf(command, h->dir);
	path = testdir_write(h->dir, "on-answer", script);
	assert_int_equal(chmod(path, 0700), 0);
	failed = xasprintf("%s/failed", h->dir);
	assert_int_equal(mkdir(failed, 0700), 0);
	free(testdir_write(h->dir, "hook-secrets", SECRET "\n"));
	more = xasprintf(sections, h->dir, path);
	options.more = more;
	harness_configure(h, &options);
	daemon_start(&h->daemon);
}

static void post(struct harness *h, int number)
{
	static const char *const headers[] = { "Content-Type: application/x-www-form-urlencoded",
					       NULL };
	const char *manner = manners[number % ONE_IN];
	CLEANUP(freep) char *url = xasprintf("%s/in/sms/" SECRET, h->public_url);
	/* Five messages in each conversation, far from each other. */
	CLEANUP(freep)
	char *body = xasprintf("MessageSid=SM%d&From=%%2B1555%07d&Body=Question+%d+%s", number,
			       number % (messages / 5), number, manner ? manner : "");
	const struct http_call call = { .url = url, .headers = headers, .body = body };
	struct http_answer answer;

	http_do(&call, &answer);
	if (answer.status != 200)
		fail_msg("request %d: %d %s", number, answer.status, buf_text(&answer.body));
	http_answer_done(&answer);
}

static bool has_any(struct harness *h, const char *path)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	harness_admin(h, "GET", path, NULL, &answer);
	assert_int_equal(answer.status, 200);
	return json_at(answer.json, "/data/0") != NULL;
}

static bool is_settled(struct harness *h)
{
	static const char *const unsettled[] = {
		"/admin/v1/inbound?state=received&limit=1",
		"/admin/v1/messages?state=queued&limit=1",
		"/admin/v1/messages?state=submitting&limit=1",
		"/admin/v1/messages?state=waiting&limit=1",
		"/admin/v1/deliveries?state=pending&limit=1",
		"/admin/v1/deliveries?state=sending&limit=1",
	};

	for (size_t i = 0; i < ARRAY_SIZE(unsettled); i++)
		if (has_any(h, unsettled[i]))
			return false;
	return true;
}

/* One line of the ledger; `expected` < 0: only told. */
static void enter(const char *what, int64_t found, int64_t expected)
{
	bool fits = expected < 0 || found == expected;

	printf("%-52s %8lld  %s\n", what, (long long)found,
	       expected < 0 ? "" : (fits ? "as it should be" : "WRONG"));
	if (!fits)
		failed_checks++;
}

static void enter_database(const char *path)
{
	static const struct {
		const char *what;
		const char *sql;
		int each; /* of every message; -1: only told */
	} lines[] = {
		{ "requests stored (repeats with them)", "SELECT count(*) FROM inbound", -1 },
		{ "  accepted: became a message",
		  "SELECT count(DISTINCT message) FROM inbound WHERE state = 'accepted'", 1 },
		{ "  dropped: a repeat of one accepted",
		  "SELECT count(*) FROM inbound WHERE state = 'dropped'", -1 },
		{ "  neither",
		  "SELECT count(*) FROM inbound WHERE state NOT IN ('accepted', 'dropped')", 0 },
		{ "messages answered", "SELECT count(*) FROM messages WHERE state = 'answered'",
		  1 },
		{ "messages in another state",
		  "SELECT count(*) FROM messages WHERE state <> 'answered'", 0 },
		{ "submits, with tries", "SELECT count(*) FROM attempts WHERE kind = 'submit'",
		  -1 },
		{ "  messages that Maax was asked again after a doubt",
		  "SELECT count(*) FROM messages WHERE submits > 1", -1 },
		{ "callbacks matched", "SELECT count(*) FROM callbacks WHERE state = 'matched'",
		  -1 },
		{ "callbacks that were a repeat",
		  "SELECT count(*) FROM callbacks WHERE state = 'duplicate'", -1 },
		{ "callbacks in another state",
		  "SELECT count(*) FROM callbacks WHERE state NOT IN ('matched', 'duplicate')", 0 },
		{ "answers", "SELECT count(*) FROM answers", 1 },
		{ "deliveries to the webhook, delivered",
		  "SELECT count(*) FROM deliveries WHERE destination = 'desk' AND state = "
		  "'delivered'",
		  1 },
		{ "deliveries to the command, delivered",
		  "SELECT count(*) FROM deliveries WHERE destination = 'run' AND state = "
		  "'delivered'",
		  1 },
		{ "deliveries in another state",
		  "SELECT count(*) FROM deliveries WHERE state <> 'delivered'", 0 },
		{ "tries of deliveries", "SELECT count(*) FROM attempts WHERE kind = 'deliver'",
		  -1 },
		{ "  that failed and were made good",
		  "SELECT count(*) FROM attempts WHERE kind = 'deliver' AND outcome <> 'OK'", -1 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		enter(lines[i].what, store_pragma(path, lines[i].sql),
		      lines[i].each < 0 ? -1 : (int64_t)lines[i].each * messages);
}

static void add_key(struct json_object *set, const char *key)
{
	json_object_object_add(set, key, NULL);
}

/* What came to the far ends: every message at least once, and nothing unsigned. */
static void enter_far_ends(struct harness *h)
{
	CLEANUP(json_putp) struct json_object *log = receiver_log(&h->receiver);
	CLEANUP(json_putp) struct json_object *at_webhook = json_object_new_object();
	CLEANUP(json_putp) struct json_object *at_command = json_object_new_object();
	CLEANUP(freep) char *ran = testdir_read(h->dir, "ran");
	int64_t unsigned_ones = 0;
	int64_t lines = 0;
	char *rest = NULL;

	for (size_t i = 0; i < json_object_array_length(log); i++) {
		struct json_object *one = json_object_array_get_idx(log, i);

		unsigned_ones += !json_path_bool(one, "/verified");
		if (json_path_int(one, "/status") == 200)
			add_key(at_webhook, json_path(one, "/body/data/message/id"));
	}
	for (char *line = strtok_r(ran, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		add_key(at_command, line);
		lines++;
	}
	enter("requests the webhook got", (int64_t)json_object_array_length(log), -1);
	enter("  badly signed", unsigned_ones, 0);
	enter("  messages whose answer it took", json_object_object_length(at_webhook), messages);
	enter("runs of the command that ended with 0", lines, messages);
	enter("  messages among them", json_object_object_length(at_command), messages);
}

static void test_ledger__accounts_for_everything(void **state)
{
	CLEANUP(freep) char *path = NULL;
	struct harness h;
	usec_t started = clock_boottime();
	usec_t deadline;

	(void)state;
	start(&h);
	receiver_script(&h.receiver, "{\"status\":503,\"every\":20,\"times\":1000000}");
	for (int i = 0; i < messages; i++) {
		post(&h, i);
		if (i % ONE_IN == ONE_IN - 1)
			post(&h, i - 1);
		if ((i + 1) % 1000 == 0)
			printf("%d of %d requests\n", i + 1, messages);
	}
	deadline = clock_boottime() + PATIENCE;
	while (!is_settled(&h))
		wait_a_little(deadline, "everything settled", __FILE__, __LINE__);
	printf("settled after %lld s\n", (long long)((clock_boottime() - started) / USEC_PER_SEC));
	path = xasprintf("%s/state/maaxd.db", h.dir);
	daemon_stop(&h.daemon);
	enter_database(path);
	enter_far_ends(&h);
	harness_stop(&h);
	assert_int_equal(failed_checks, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(
		test_ledger__accounts_for_everything) };

	if (argc > 1)
		messages = (int)strtol(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
