/* Commands as destinations: what they get, and what follows from how they end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/harness.h"

/* Starts the line with a destination "run" beside "desk" that runs `script` in the test's
 * directory.
 */
static void start(struct harness *h, const char *script, const char *keys)
{
	struct harness_options options = { .source = "destinations = run\n" };
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *more = NULL;

	harness_prepare(h, NULL);
	text = xasprintf("#!/bin/sh\ncd %s\n%s", h->dir, script);
	path = testdir_write(h->dir, "on-answer", text);
	assert_int_equal(chmod(path, 0700), 0);
	more = xasprintf("[destination \"run\"]\nkind = command\ncommand = %s --of \"two words\"\n"
			 "retry_schedule = 0s 50ms 50ms 50ms 50ms 100ms 200ms 1s 5s 5s\n%s",
			 path, keys);
	options.more = more;
	harness_configure(h, &options);
	daemon_start(&h->daemon);
}

static bool has_text(const struct harness *h, const char *name, const char *text)
{
	CLEANUP(freep) char *content = testdir_read(h->dir, name);

	return strstr(content, text) != NULL;
}

/* The state of the message's only delivery is `state`. */
static bool is_delivery(struct harness *h, const char *id, const char *state)
{
	CLEANUP(json_putp) struct json_object *message = harness_message(h, id);

	return json_path_is(message, "/message/deliveries/0/state", state);
}

static void test_command__gets_the_payload_and_who_it_is_for(void **state)
{
	CLEANUP(json_putp) struct json_object *payload = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *expected = NULL;
	const char *why;
	struct harness h;

	(void)state;
	start(&h,
	      "cat >payload; echo \"$1|$2|$MAAXD_TYPE|$MAAXD_SOURCE|$MAAXD_MESSAGE\" >words; "
	      "echo fine",
	      "");
	id = harness_send(&h, "Hello");
	WAIT_FOR(is_delivery(&h, id, "delivered"));
	text = testdir_read(h.dir, "payload");
	assert_int_equal(json_parse(text, strlen(text), &payload, &why), 0);
	assert_true(json_path_is(payload, "/type", "answer.received"));
	assert_true(json_path_is(payload, "/data/message/id", id));
	assert_true(json_path_is(payload, "/data/answer/text", "Answer to: Hello"));
	expected = xasprintf("--of|two words|answer.received|crm|%s\n", id);
	assert_true(has_text(&h, "words", expected));
	message = harness_message(&h, id);
	/* the submit is the first attempt */
	assert_true(json_path_is(message, "/message/attempts/1/detail", "exit 0"));
	assert_true(json_path_is(message, "/message/attempts/1/response", "fine\n"));
	harness_stop(&h);
}

static void test_exit_75__is_tried_again(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *tries = NULL;
	struct harness h;

	(void)state;
	start(&h, "echo \"$MAAXD_DELIVERY\" >>tries; [ $(wc -l <tries) -ge 3 ] || exit 75", "");
	id = harness_send(&h, "Hello");
	WAIT_FOR(is_delivery(&h, id, "delivered"));
	message = harness_message(&h, id);
	assert_true(json_path_is(message, "/message/attempts/1/detail", "exit 75"));
	tries = testdir_read(h.dir, "tries");
	/* three lines, all with the one id of the delivery */
	assert_int_equal(strlen(tries), 3 * (strcspn(tries, "\n") + 1));
	assert_memory_equal(tries, strchr(tries, '\n') + 1, strcspn(tries, "\n"));
	harness_stop(&h);
}

static void test_other_exits__are_for_good(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	start(&h, "echo no such number >&2; exit 1", "");
	id = harness_send(&h, "Hello");
	WAIT_FOR(is_delivery(&h, id, "dead"));
	message = harness_message(&h, id);
	assert_int_equal(json_path_len(message, "/message/attempts"), 2);
	assert_true(json_path_is(message, "/message/attempts/1/response", "no such number\n"));
	assert_true(json_path_is(message, "/message/deliveries/0/reason", "exit 1"));
	harness_stop(&h);
}

static void test_hang__is_ended_and_tried_again(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	start(&h, "[ -e second ] && exit 0; : >second; sleep 1000 & wait", "timeout = 300ms\n");
	id = harness_send(&h, "Hello");
	WAIT_FOR(is_delivery(&h, id, "delivered"));
	message = harness_message(&h, id);
	assert_true(json_path_is(message, "/message/attempts/1/outcome", "TEMPFAIL"));
	assert_true(json_path_is(message, "/message/attempts/1/detail",
				 "it took longer than timeout and was ended"));
	assert_true(json_path_is(message, "/message/attempts/2/detail", "exit 0"));
	harness_stop(&h);
}

static void test_missing_program__waits_for_the_operator(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *away = NULL;
	struct harness h;

	(void)state;
	start(&h, "exit 0", "");
	path = testdir_path(h.dir, "on-answer");
	away = testdir_path(h.dir, "away");
	assert_int_equal(rename(path, away), 0);
	id = harness_send(&h, "Hello");
	WAIT_FOR((json_object_put(message), message = harness_message(&h, id),
		  json_path_len(message, "/message/attempts") > 1));
	assert_non_null(strstr(json_path(message, "/message/attempts/1/detail"),
			       "cannot be started: No such file or directory"));
	assert_int_equal(rename(away, path), 0);
	WAIT_FOR(is_delivery(&h, id, "delivered"));
	harness_stop(&h);
}

static void test_concurrency__is_bounded(void **state)
{
	char *ids[6];
	struct harness h;

	(void)state;
	/* each leaves a mark while it runs, and counts the marks */
	start(&h, "mkdir -p now; : >now/$$; ls now | wc -l >>seen; sleep 0.05; rm now/$$",
	      "concurrency = 2\n");
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		char key[16];

		snprintf(key, sizeof(key), "c%zu", i);
		ids[i] = harness_send_in(&h, "Hello", key);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		WAIT_FOR(is_delivery(&h, ids[i], "delivered"));
		free(ids[i]);
	}
	assert_true(has_text(&h, "seen", "1"));
	assert_false(has_text(&h, "seen", "3"));
	harness_stop(&h);
}

/* kill -9 of the daemon: the delivery is sent again by the next run. */
static void test_restart__runs_it_again(void **state)
{
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	start(&h, "echo run >>runs; [ $(wc -l <runs) -ge 2 ] || exec sleep 1000",
	      "timeout = 60s\n");
	id = harness_send(&h, "Hello");
	WAIT_FOR(has_text(&h, "runs", "run"));
	daemon_kill(&h.daemon);
	daemon_start(&h.daemon);
	WAIT_FOR(is_delivery(&h, id, "delivered"));
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_command__gets_the_payload_and_who_it_is_for),
		cmocka_unit_test(test_exit_75__is_tried_again),
		cmocka_unit_test(test_other_exits__are_for_good),
		cmocka_unit_test(test_hang__is_ended_and_tried_again),
		cmocka_unit_test(test_missing_program__waits_for_the_operator),
		cmocka_unit_test(test_concurrency__is_bounded),
		cmocka_unit_test(test_restart__runs_it_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
