/* What follows from each reply of Maax to a submit: the table in include/submit.h, against the real
 * daemon. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/harness.h"

static const struct harness_options quick = {
	.maax = "submit_timeout = 500ms\nsubmit_schedule = 0s 50ms 100ms\nuncertain_wait = 300ms\n"
		"hold_probe = 200ms\nanswer_deadline = 20s\n",
};

/* Directives for the stand-in, and where the message must end. */
struct outcome_case {
	const char *text;
	const char *state;
	size_t submits; /* that the stand-in saw */
};

static void check_case(struct harness *h, const struct outcome_case *c)
{
	CLEANUP(freep) char *id = harness_send_in(h, c->text, c->text);
	CLEANUP(freep) char *text = xstrndup(c->text, strcspn(c->text, " "));
	CLEANUP(json_putp) struct json_object *submits = NULL;
	size_t count = 0;

	json_object_put(harness_wait_state(h, id, c->state));
	submits = sim_log(&h->sim, "submit");
	for (size_t i = 0; i < json_object_array_length(submits); i++) {
		struct json_object *line = json_object_array_get_idx(submits, i);
		const char *content = json_path(line, "/body/message_content");

		count += content && strncmp(content, text, strlen(text)) == 0;
	}
	if (count != c->submits)
		fail_msg("%s: %zu submits, expected %zu", c->text, count, c->submits);
}

static void test_outcomes__follow_the_table(void **state)
{
	static const struct outcome_case cases[] = {
		{ "none [sim reply-body=none]", "answered", 1 },
		{ "notjson [sim reply-body=not-json]", "answered", 1 },
		{ "huge [sim reply-body=huge]", "answered", 1 },
		{ "bad400 [sim reply=400]", "failed", 1 },
		{ "bad413 [sim reply=413]", "failed", 1 },
		{ "bad422 [sim reply=422]", "failed", 1 },
		{ "busy [sim reply=503 times=2]", "answered", 3 },
		{ "moved [sim reply=302 times=1]", "answered", 2 },
		{ "gone404 [sim reply=404 times=1]", "answered", 2 },
		{ "stalled [sim stall times=1]", "answered", 2 },
		{ "cut [sim reset-after-store]", "answered", 1 },
		{ "early [sim before reply-delay=100ms]", "answered", 1 },
	};
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(&h, &cases[i]);
	harness_stop(&h);
}

static void test_refused__tells_the_destination_why(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	id = harness_send(&h, "No [sim reply=400]");
	log = harness_wait_delivered(&h, "message.failed", 1);
	assert_true(json_path_is(json_select(log, "/body/type", "message.failed", 0),
				 "/body/data/message/id", id));
	assert_true(json_path_is(json_select(log, "/body/type", "message.failed", 0),
				 "/body/data/answer", NULL));
	harness_stop(&h);
}

static size_t held_count(struct harness *h)
{
	struct http_answer answer;
	size_t count;

	harness_admin(h, "GET", "/admin/v1/holds", NULL, &answer);
	assert_int_equal(answer.status, 200);
	count = json_path_len(answer.json, "/data");
	http_answer_done(&answer);
	return count;
}

static void test_bad_key__holds_the_queue_until_it_works(void **state)
{
	struct harness h;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;

	(void)state;
	harness_start(&h, &quick);
	sim_script(&h.sim, "* reply=401\n");
	first = harness_send_in(&h, "One", "a");
	WAIT_FOR(held_count(&h) == 1);
	second = harness_send_in(&h, "Two", "b");
	sim_script(&h.sim, "");
	json_object_put(harness_wait_state(&h, first, "answered"));
	json_object_put(harness_wait_state(&h, second, "answered"));
	WAIT_FOR(held_count(&h) == 0);
	harness_stop(&h);
}

static void test_three_suspects__hold_the_queue(void **state)
{
	static const char *const keys[] = { "a", "b", "c" };
	struct harness h;
	char *ids[3];

	(void)state;
	harness_start(&h, &quick);
	sim_script(&h.sim, "* reply=404\n");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		ids[i] = harness_send_in(&h, keys[i], keys[i]);
	WAIT_FOR(held_count(&h) == 1);
	sim_script(&h.sim, "");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		json_object_put(harness_wait_state(&h, ids[i], "answered"));
		free(ids[i]);
	}
	harness_stop(&h);
}

/* The second submit of an uncertain one carries the same URLs, and there is no third. */
static void test_uncertain__is_sent_once_more_with_the_same_urls(void **state)
{
	static const struct harness_options options = {
		.maax = "submit_timeout = 300ms\nuncertain_wait = 200ms\nanswer_deadline = 3s\n",
	};
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(freep) char *id = NULL;
	struct json_object *first;
	struct json_object *second;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	id = harness_send(&h, "Lost [sim stall]");
	json_object_put(harness_wait_state(&h, id, "overdue"));
	submits = sim_log(&h.sim, "submit");
	assert_int_equal(json_object_array_length(submits), 2);
	first = json_object_array_get_idx(submits, 0);
	second = json_object_array_get_idx(submits, 1);
	assert_true(json_path_is(second, "/body/send_response_url",
				 json_path(first, "/body/send_response_url")));
	assert_true(
		json_path_is(second, "/body/followup_url", json_path(first, "/body/followup_url")));
	harness_stop(&h);
}

/* A callback that nobody can read still proves that Maax has the message. */
static void test_uncertain__unmapped_callback_cancels_the_resend(void **state)
{
	static const struct harness_options options = {
		.maax = "submit_timeout = 300ms\nuncertain_wait = 700ms\nanswer_deadline = 2s\n",
	};
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	id = harness_send(&h, "Cut [sim reset-after-store shape=garbage]");
	json_object_put(harness_wait_state(&h, id, "overdue"));
	submits = sim_log(&h.sim, "submit");
	assert_int_equal(json_object_array_length(submits), 1);
	harness_stop(&h);
}

static void test_conversation__goes_one_at_a_time_in_order(void **state)
{
	CLEANUP(json_putp) struct json_object *submits = NULL;
	struct harness h;
	char *ids[4];
	char text[32];

	(void)state;
	harness_start(&h, &quick);
	for (int i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "%d [sim delay=100ms]", i);
		ids[i] = harness_send_in(&h, text, "one");
	}
	json_object_put(harness_wait_state(&h, ids[3], "answered"));
	submits = sim_log(&h.sim, "submit");
	assert_int_equal(json_object_array_length(submits), 4);
	for (int i = 0; i < 4; i++) {
		struct json_object *line = json_object_array_get_idx(submits, (size_t)i);

		assert_int_equal(json_path(line, "/body/message_content")[0], '0' + i);
		/* Maax's own id is sent as soon as anything told it. */
		assert_int_equal(json_path(line, "/body/conversation_id") != NULL, i > 0);
		free(ids[i]);
	}
	harness_stop(&h);
}

/* All of it in the URL, whatever is in it, and nothing in the body. */
static void test_query_encoding__carries_every_character(void **state)
{
	static const struct harness_options options = { .maax = "request_encoding = query\n" };
	static const char text[] = "Größe & 100 % + a=b? #1; \"x\"/\\ 日本\n\tend";
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct json_object *submit;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	first = harness_send_in(&h, text, "k");
	second = harness_send_in(&h, "Second", "k");
	json_object_put(harness_wait_state(&h, second, "answered"));
	submits = sim_log(&h.sim, "submit");
	assert_int_equal(json_object_array_length(submits), 2);
	submit = json_object_array_get_idx(submits, 0);
	assert_true(json_path_is(submit, "/headers/Content-Length", "0"));
	assert_true(json_path_is(submit, "/body/message_content", text));
	assert_true(json_path_is(submit, "/body/platform", "website"));
	assert_true(json_path_is(submit, "/body/ai_id", "123"));
	assert_true(json_path_is(submit, "/body/prospect_info/first_name", "Ann"));
	assert_true(json_path_is(submit, "/body/prospect_info/email", "k@example.org"));
	assert_non_null(json_path(submit, "/body/send_response_url"));
	assert_non_null(json_path(submit, "/body/followup_url"));
	assert_null(strstr(json_path(submit, "/query"), HARNESS_MAAX_KEY));
	/* Ids that Maax has told go the same way. */
	assert_non_null(json_path(json_object_array_get_idx(submits, 1), "/body/conversation_id"));
	harness_stop(&h);
}

static void test_max_age__fails_the_message(void **state)
{
	static const struct harness_options options = {
		.maax = "submit_schedule = 0s 50ms\nsubmit_max_age = 1s\n",
	};
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	sim_script(&h.sim, "* reply=500\n");
	id = harness_send(&h, "Too long");
	json_object_put(harness_wait_state(&h, id, "failed"));
	json_object_put(harness_wait_delivered(&h, "message.failed", 1));
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes__follow_the_table),
		cmocka_unit_test(test_refused__tells_the_destination_why),
		cmocka_unit_test(test_bad_key__holds_the_queue_until_it_works),
		cmocka_unit_test(test_three_suspects__hold_the_queue),
		cmocka_unit_test(test_uncertain__is_sent_once_more_with_the_same_urls),
		cmocka_unit_test(test_uncertain__unmapped_callback_cancels_the_resend),
		cmocka_unit_test(test_conversation__goes_one_at_a_time_in_order),
		cmocka_unit_test(test_query_encoding__carries_every_character),
		cmocka_unit_test(test_max_age__fails_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
