/* What age takes away from a running daemon, and what it leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/harness.h"

static bool is_gone(struct harness *h, const char *id)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *path = xasprintf("/v1/messages/%s", id);

	harness_api(h, "GET", path, NULL, &answer);
	return answer.status == 404;
}

/* Each reload begins a pass; a row is old enough a second after it was made. */
static bool is_gone_after_pass(struct harness *h, const char *id)
{
	daemon_reload(&h->daemon);
	return is_gone(h, id);
}

static bool has_raw_after_pass(struct harness *h, const char *id)
{
	CLEANUP(json_putp) struct json_object *message = NULL;

	daemon_reload(&h->daemon);
	message = harness_message(h, id);
	return json_at(message, "/message/answers/0/raw") ||
	       json_at(message, "/message/attempts/0/response") ||
	       json_at(message, "/message/attempts/1/response");
}

static void test_raw__goes_and_the_rest_stays(void **state)
{
	static const struct harness_options options = { .more = "[retention]\nraw = 1s\n" };
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	WAIT_FOR(!has_raw_after_pass(&h, id));
	message = harness_message(&h, id);
	assert_true(json_path_is(message, "/message/message_content", "Hello"));
	assert_true(json_path_is(message, "/message/answers/0/text", "Answer to: Hello"));
	assert_true(json_path_is(message, "/message/attempts/0/detail", "HTTP 200"));
	harness_stop(&h);
}

static void test_records__go_and_what_waits_stays(void **state)
{
	static const struct harness_options options = {
		.more = "[retention]\nrecords = 1s\ndetails = 1s\n",
	};
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(freep) char *answered = NULL;
	CLEANUP(freep) char *waiting = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	waiting = harness_send_in(&h, "Wait [sim callbacks=0]", "a");
	json_object_put(harness_wait_state(&h, waiting, "waiting"));
	answered = harness_send_in(&h, "Hello", "b");
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	WAIT_FOR(is_gone_after_pass(&h, answered));
	message = harness_message(&h, waiting);
	assert_true(json_path_is(message, "/message/state", "waiting"));
	harness_stop(&h);
}

/* A follow-up to a message that age has taken is kept as unmatched, and is answered 200. */
static void test_late_follow_up__is_unmatched(void **state)
{
	static const struct harness_options options = {
		.more = "[retention]\nrecords = 1s\n",
	};
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(http_answer_done) struct http_answer reply;
	CLEANUP(freep) char *id = NULL;
	struct http_answer list;
	struct http_call call = { .method = "POST",
				  .body = "{\"message_content\":\"Still there?\"}" };
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	WAIT_FOR(is_gone_after_pass(&h, id));
	submits = sim_log(&h.sim, "submit");
	call.url = json_path(json_object_array_get_idx(submits, 0), "/body/followup_url");
	http_do(&call, &reply);
	assert_int_equal(reply.status, 200);
	harness_admin(&h, "GET", "/admin/v1/callbacks?state=unmatched", NULL, &list);
	assert_true(json_path_is(list.json, "/data/0/message", id));
	assert_true(json_path_is(list.json, "/data/0/reason",
				 "the message of this URL is not in the database"));
	http_answer_done(&list);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw__goes_and_the_rest_stays),
		cmocka_unit_test(test_records__go_and_what_waits_stays),
		cmocka_unit_test(test_late_follow_up__is_unmatched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
