/* Prefer: wait=N (RFC 7240): one request that holds until there is an answer. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <string.h>

#include "lib/api_client.h"
#include "lib/rawsock.h"

static void post_waiting(const struct harness *h, const char *text, const char *prefer,
			 struct http_answer *answer)
{
	CLEANUP(freep) char *body = api_message(text, NULL);

	api_call(h, &(struct api_call){ .body = body, .header = prefer }, answer);
}

static void expect_applied(const struct http_answer *answer)
{
	CLEANUP(freep) char *applied = http_answer_header(answer, "Preference-Applied");

	assert_non_null(applied);
	assert_memory_equal(applied, "wait", 4);
}

static void test_answer__comes_with_the_whole_story(void **state)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	post_waiting(&h, "Hello [sim delay=200ms]", "Prefer: wait=30", &answer);
	assert_int_equal(answer.status, 200);
	expect_applied(&answer);
	assert_true(json_path_is(answer.json, "/message/state", "answered"));
	assert_true(json_path_is(answer.json, "/message/answers/0/text", "Answer to: Hello"));
	assert_true(json_path_is(answer.json, "/message/attempts/0/kind", "submit"));
	assert_true(json_path_len(answer.json, "/message/timeline") >= 4);
	assert_int_equal(json_path_len(answer.json, "/message/deliveries"), 1);
	harness_stop(&h);
}

static void test_prefer__is_read_as_rfc_7240_has_it(void **state)
{
	static const struct {
		const char *header, *other;
		int status;
	} cases[] = {
		{ "Prefer: respond-async, wait=30", NULL, 200 },
		{ "prefer: WAIT=30", NULL, 200 },
		{ "Prefer: wait = 30; foo=bar", NULL, 200 },
		{ "Prefer: wait=\"30\"", NULL, 200 },
		{ "Prefer: return=minimal", "Prefer: wait=30", 200 },
		{ "Prefer: wait=0", NULL, 202 },
		{ "Prefer: wait=-1", NULL, 202 },
		{ "Prefer: wait", NULL, 202 },
		{ "Prefer: wait=soon", NULL, 202 },
		{ "Prefer: handling=lenient", NULL, 202 },
		{ "Prefer: foo; wait=30", NULL, 202 }, /* a parameter of foo */
		{ "Prefer: await=30", NULL, 202 },
	};
	CLEANUP(freep) char *body = api_message("Hello", NULL);
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(http_answer_done) struct http_answer answer;

		api_call(&h,
			 &(struct api_call){ .body = body,
					     .header = cases[i].header,
					     .other_header = cases[i].other },
			 &answer);
		if (answer.status != cases[i].status)
			fail_msg("%s: %d", cases[i].header, answer.status);
	}
	harness_stop(&h);
}

static void test_failed_and_overdue__end_the_wait(void **state)
{
	const struct harness_options options = { .maax = "answer_deadline = 400ms" };
	CLEANUP(http_answer_done) struct http_answer failed, silent, unreachable;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	post_waiting(&h, "No [sim reply=422]", "Prefer: wait=60", &failed);
	assert_int_equal(failed.status, 200);
	expect_applied(&failed);
	assert_true(json_path_is(failed.json, "/message/state", "failed"));
	post_waiting(&h, "Silence [sim callbacks=0]", "Prefer: wait=60", &silent);
	assert_int_equal(silent.status, 200);
	assert_true(json_path_is(silent.json, "/message/state", "overdue"));

	/* Not even taken by Maax: still queued, but overdue all the same. */
	post_waiting(&h, "Down [sim reply=503]", "Prefer: wait=60", &unreachable);
	assert_int_equal(unreachable.status, 200);
	assert_non_null(json_path(unreachable.json, "/message/overdue_at"));
	harness_stop(&h);
}

static void test_held_message__does_not_wait(void **state)
{
	const struct harness_options options = { .source = "limit_conversation = 1/h" };
	CLEANUP(freep) char *body = api_message("Hello", "one");
	CLEANUP(http_answer_done) struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	free(harness_send_in(&h, "Hello", "one"));
	api_call(&h, &(struct api_call){ .body = body, .header = "Prefer: wait=60" }, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(json_path_is(answer.json, "/message/state", "held"));
	harness_stop(&h);
}

static void test_end_of_the_wait__is_202(void **state)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *retry_after = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	post_waiting(&h, "Never [sim callbacks=0]", "Prefer: wait=1", &answer);
	assert_int_equal(answer.status, 202);
	assert_non_null(json_path(answer.json, "/message/id"));
	assert_true(json_path_is(answer.json, "/message/state", "waiting"));
	assert_null(json_at(answer.json, "/message/answers"));
	retry_after = http_answer_header(&answer, "Retry-After");
	assert_null(retry_after);
	harness_stop(&h);
}

static size_t count_messages(const struct harness *h)
{
	CLEANUP(http_answer_done) struct http_answer list;

	api_call(h, &(struct api_call){ .path = "/v1/messages?limit=250" }, &list);
	return json_path_len(list.json, "/data");
}

#define WAITERS 150

static void test_many_waiters__each_get_their_own_answer(void **state)
{
	int fds[WAITERS];
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (int i = 0; i < WAITERS; i++) {
		CLEANUP(freep) char *text = xasprintf("Number <%d> [sim delay=500ms]", i);
		CLEANUP(freep) char *thread = xasprintf("thread-%d", i);
		CLEANUP(freep) char *body = api_message(text, thread);

		fds[i] = api_send_raw(&h, body, "Prefer: wait=60");
	}
	for (int i = 0; i < WAITERS; i++) {
		CLEANUP(freep) char *want = xasprintf("\"text\":\"Answer to: Number <%d>\"", i);
		CLEANUP(freep) char *reply = api_receive(fds[i]);

		if (strncmp(reply, "HTTP/1.1 200", 12) != 0 || !strstr(reply, want))
			fail_msg("waiter %d got %s", i, reply);
	}
	harness_stop(&h);
}

/* Waiting is a preference: without room for it the answer is 202 at once. */
static void test_more_waiters_than_max_streams__are_202_at_once(void **state)
{
	const struct harness_options options = { .public = "max_streams = 2" };
	CLEANUP(freep) char *body = api_message("Slow [sim delay=10m]", "one");
	CLEANUP(http_answer_done) struct http_answer third;
	int fds[2];
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = api_send_raw(&h, body, "Prefer: wait=90");
	WAIT_FOR(count_messages(&h) == ARRAY_SIZE(fds));
	post_waiting(&h, "Third [sim delay=10m]", "Prefer: wait=90", &third);
	assert_int_equal(third.status, 202);
	daemon_stop(&h.daemon);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		CLEANUP(freep) char *reply = api_receive(fds[i]);

		assert_non_null(strstr(reply, "\r\nRetry-After: 1\r\n"));
	}
	harness_stop(&h);
}

/* All of the last waiters have sent; none has been answered. */
static bool are_submitted(struct harness *h, size_t count)
{
	CLEANUP(json_putp) struct json_object *submits = sim_log(&h->sim, "submit");

	return json_object_array_length(submits) >= count;
}

static void test_sigterm__ends_every_wait_with_202(void **state)
{
	int fds[20];
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		CLEANUP(freep) char *thread = xasprintf("thread-%zu", i);
		CLEANUP(freep) char *body = api_message("Later [sim delay=10m]", thread);

		fds[i] = api_send_raw(&h, body, "Prefer: wait=90");
	}
	WAIT_FOR(are_submitted(&h, ARRAY_SIZE(fds)));
	daemon_stop(&h.daemon);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		CLEANUP(freep) char *reply = api_receive(fds[i]);
		const char *at = strstr(reply, "\"id\":\"msg_");

		assert_memory_equal(reply, "HTTP/1.1 202", 12);
		assert_non_null(strstr(reply, "\r\nRetry-After: 1\r\n"));
		assert_non_null(at);
		free(id);
		id = xstrndup(at + 6, strcspn(at + 6, "\""));
	}
	/* What they were told is there. */
	daemon_start(&h.daemon);
	json_object_put(harness_message(&h, id));
	harness_stop(&h);
}

static void test_client_that_leaves__harms_nobody(void **state)
{
	CLEANUP(freep) char *body = api_message("Hello [sim delay=400ms]", NULL);
	CLEANUP(http_answer_done) struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (int i = 0; i < 10; i++) {
		int fd = api_send_raw(&h, body, "Prefer: wait=30");

		WAIT_FOR(are_submitted(&h, (size_t)i + 1));
		rawsock_reset(fd);
	}
	json_object_put(harness_wait_delivered(&h, "answer.received", 10));
	post_waiting(&h, "Still there", "Prefer: wait=30", &answer);
	assert_int_equal(answer.status, 200);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer__comes_with_the_whole_story),
		cmocka_unit_test(test_prefer__is_read_as_rfc_7240_has_it),
		cmocka_unit_test(test_failed_and_overdue__end_the_wait),
		cmocka_unit_test(test_held_message__does_not_wait),
		cmocka_unit_test(test_end_of_the_wait__is_202),
		cmocka_unit_test(test_many_waiters__each_get_their_own_answer),
		cmocka_unit_test(test_more_waiters_than_max_streams__are_202_at_once),
		cmocka_unit_test(test_sigterm__ends_every_wait_with_202),
		cmocka_unit_test(test_client_that_leaves__harms_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
