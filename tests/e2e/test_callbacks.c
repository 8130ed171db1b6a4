/* Whatever shape a callback has, whenever and however often it comes: the real daemon against the
 * stand-in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/harness.h"

static void test_shapes__all_lead_to_the_text(void **state)
{
	static const char *const shapes[] = {
		"shape=flat",
		"shape=form",
		"shape=multipart",
		"shape=text",
		"shape=json-string",
		"shape=array",
		"shape=bom",
		"method=GET",
		"method=PUT",
		"chunked",
		"slash",
		"field=answer",
		"shape=nested",
		"content-type=none",
		"content-type=text/plain",
		"without-ids",
		"shape=form chunked",
		"size=500000",
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		CLEANUP(freep) char *text = xasprintf("Shape %zu [sim %s]", i, shapes[i]);
		CLEANUP(freep) char *start = xasprintf("Answer to: Shape %zu", i);
		CLEANUP(freep) char *id = harness_send_in(&h, text, shapes[i]);
		CLEANUP(json_putp)
		struct json_object *message = harness_wait_state(&h, id, "answered");
		const char *answer = json_path(message, "/message/answers/0/text");

		if (!answer || strncmp(answer, start, strlen(start)) != 0)
			fail_msg("%s: the text is %s", shapes[i], answer ? answer : "missing");
	}
	harness_stop(&h);
}

static size_t count_callbacks(struct json_object *story, const char *callback_state)
{
	return json_count(json_at(story, "/message/timeline"), "/state", callback_state);
}

static void test_unreadable__is_kept_and_listed(void **state)
{
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(freep) char *id = NULL;
	struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "What [sim shape=garbage]");
	WAIT_FOR((json_object_put(story), story = harness_message(&h, id),
		  count_callbacks(story, "unmapped") == 1));
	assert_true(json_path_is(story, "/message/state", "waiting"));
	harness_admin(&h, "GET", "/admin/v1/callbacks?state=unmapped", NULL, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(json_path_is(answer.json, "/data/0/message", id));
	assert_non_null(json_path(answer.json, "/data/0/reason"));
	http_answer_done(&answer);
	harness_stop(&h);
}

static void test_repeats__are_duplicates_and_delivered_once(void **state)
{
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Again [sim callbacks=3]");
	WAIT_FOR((json_object_put(story), story = harness_message(&h, id),
		  count_callbacks(story, "duplicate") == 2));
	assert_int_equal(json_path_len(story, "/message/answers"), 1);
	assert_int_equal(json_path_len(story, "/message/deliveries"), 1);
	harness_stop(&h);
}

static void test_different_text__is_an_extra_answer(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Twice [sim extra]");
	log = harness_wait_delivered(&h, "answer.received", 2);
	assert_false(json_path_bool(json_select(log, "/body/type", "answer.received", 0),
				    "/body/data/answer/extra"));
	assert_true(json_path_bool(json_select(log, "/body/type", "answer.received", 1),
				   "/body/data/answer/extra"));
	harness_stop(&h);
}

static void test_late__is_delivered_and_says_so(void **state)
{
	static const struct harness_options options = { .maax = "answer_deadline = 300ms\n" };
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	id = harness_send(&h, "Late [sim delay=1s]");
	json_object_put(harness_wait_delivered(&h, "answer.overdue", 1));
	json_object_put(harness_wait_state(&h, id, "answered"));
	log = harness_wait_delivered(&h, "answer.received", 1);
	assert_true(json_path_bool(json_select(log, "/body/type", "answer.received", 0),
				   "/body/data/answer/late"));
	assert_int_equal(json_count(log, "/body/type", "answer.overdue"), 1);
	harness_stop(&h);
}

static void test_daemon_down__the_answer_comes_after_the_restart(void **state)
{
	static const struct harness_options options = {
		.sim_default = "delay=200ms retry=100 retry-delay=50ms"
	};
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	id = harness_send(&h, "Wait for me");
	json_object_put(harness_wait_state(&h, id, "waiting"));
	daemon_kill(&h.daemon);
	daemon_start(&h.daemon);
	json_object_put(harness_wait_state(&h, id, "answered"));
	harness_stop(&h);
}

static int status_of(struct harness *h, const char *method, const char *url, char **ret_body)
{
	struct http_call call = { .method = method, .url = url };
	struct http_answer answer;
	int status;

	(void)h;
	http_do(&call, &answer);
	status = answer.status;
	if (ret_body)
		*ret_body = xstrdup(answer.json ? json_path(answer.json, "/code") : "");
	http_answer_done(&answer);
	return status;
}

static void test_wrong_tokens__get_one_uniform_404(void **state)
{
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *url = NULL;
	CLEANUP(freep) char *followup = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Hello");
	submits = sim_wait(&h.sim, "submit", 1);
	url = xstrdup(json_path(json_object_array_get_idx(submits, 0), "/body/send_response_url"));
	/* a probe with the right token is answered and stores nothing */
	assert_int_equal(status_of(&h, "GET", url, NULL), 200);
	/* the right MAC for another purpose */
	followup = xasprintf("%s/cb/followup/%s", h.public_url, strrchr(url, '/') + 1);
	for (int i = 0; i < 3; i++) {
		CLEANUP(freep) char *code = NULL;
		size_t len = strlen(url);

		if (i == 1)
			url[len - 1] = url[len - 1] == 'A' ? 'B' : 'A';
		if (i == 2)
			url[len - 3] = '\0';
		assert_int_equal(status_of(&h, "POST", i == 0 ? followup : url, &code), 404);
		assert_string_equal(code, "not_found");
	}
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes__all_lead_to_the_text),
		cmocka_unit_test(test_unreadable__is_kept_and_listed),
		cmocka_unit_test(test_repeats__are_duplicates_and_delivered_once),
		cmocka_unit_test(test_different_text__is_an_extra_answer),
		cmocka_unit_test(test_late__is_delivered_and_says_so),
		cmocka_unit_test(test_daemon_down__the_answer_comes_after_the_restart),
		cmocka_unit_test(test_wrong_tokens__get_one_uniform_404),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
