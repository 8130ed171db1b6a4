/* Which message an answer settles: that of its own URL; and at a deadline, carefully, the one whose
 * answer came on an older URL of its conversation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/harness.h"

#define ANSWER "answer.received"
#define OVERDUE "answer.overdue"
#define DEADLINE (4 * USEC_PER_SEC)

/* Maax stays silent: each test sends the callbacks itself. */
static const struct harness_options silent = {
	.maax = "submit_timeout = 300ms\nuncertain_wait = 200ms\nanswer_deadline = 4s\n",
	.sim_default = "callbacks=0",
};

/* The URL for the answer to the submit number `index` of all. The caller's. */
static char *answer_url(struct harness *h, size_t index)
{
	CLEANUP(json_putp) struct json_object *submits = sim_wait(&h->sim, "submit", index + 1);

	return xstrdup(
		json_path(json_object_array_get_idx(submits, index), "/body/send_response_url"));
}

static void answer(struct harness *h, const char *url, const char *text)
{
	CLEANUP(json_putp) struct json_object *request = json_object_new_object();
	CLEANUP(freep) char *body = xasprintf("{\"message_content\":\"%s\"}", text);

	json_put_string(request, "url", url);
	json_put_string(request, "body", body);
	assert_int_equal(sim_callback(&h->sim, request), 200);
}

/* Sends a message that gets no answer by itself. The URL for it, the caller's, is that of the
 * submit number `index`. */
static char *send_waiting(struct harness *h, const char *text, size_t index, char **ret_url)
{
	char *id = harness_send_in(h, text, "thread");

	json_object_put(harness_wait_state(h, id, "waiting"));
	*ret_url = answer_url(h, index);
	return id;
}

static void expect_answer(struct harness *h, const char *id, size_t index, const char *text,
			  bool is_extra, bool is_heuristic)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, id);
	struct json_object *found =
		json_object_array_get_idx(json_at(story, "/message/answers"), index);

	assert_non_null(found);
	assert_true(json_path_is(found, "/text", text));
	assert_int_equal(json_path_bool(found, "/extra"), is_extra);
	assert_int_equal(json_path_bool(found, "/heuristic"), is_heuristic);
}

static size_t count_for(struct harness *h, const char *type, const char *id)
{
	CLEANUP(json_putp) struct json_object *log = receiver_log(&h->receiver);
	size_t count = 0;

	for (size_t i = 0; i < json_object_array_length(log); i++) {
		struct json_object *line = json_object_array_get_idx(log, i);

		count += json_path_is(line, "/body/type", type) &&
			 json_path_is(line, "/body/data/message/id", id);
	}
	return count;
}

static usec_t answered_at(struct json_object *story)
{
	return json_path_time(
		json_select(json_at(story, "/message/timeline"), "/state", "answered", 0), "/at");
}

/*
 * Two answers on the first URL while the second message waits: the surplus one is taken for the
 * second's at its deadline, and not before. Nothing is delivered again, and nobody is told of
 * silence. An answer of its own is its own even then.
 */
static void test_answer_on_an_older_url__settles_at_the_deadline(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(json_putp) struct json_object *after = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *first_url = NULL;
	CLEANUP(freep) char *second_url = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &silent);
	first = send_waiting(&h, "One", 0, &first_url);
	answer(&h, first_url, "To one");
	json_object_put(harness_wait_state(&h, first, "answered"));
	second = send_waiting(&h, "Two", 1, &second_url);
	answer(&h, first_url, "To two");
	log = harness_wait_delivered(&h, ANSWER, 2);
	assert_true(json_path_is(json_select(log, "/body/type", ANSWER, 1), "/body/data/message/id",
				 first));
	assert_true(json_path_bool(json_select(log, "/body/type", ANSWER, 1),
				   "/body/data/answer/extra"));
	expect_answer(&h, first, 1, "To two", true, false);

	after = harness_wait_state(&h, second, "answered");
	assert_true(json_path_is(after, "/message/overdue_at", NULL));
	assert_true(answered_at(after) >= json_path_time(after, "/message/created_at") + DEADLINE);
	assert_int_equal(json_path_len(after, "/message/deliveries"), 0);
	expect_answer(&h, first, 1, "To two", true, true);

	answer(&h, second_url, "To two, too");
	json_object_put(harness_wait_delivered(&h, ANSWER, 3));
	expect_answer(&h, second, 0, "To two, too", false, false);
	assert_int_equal(count_for(&h, ANSWER, first), 2);
	assert_int_equal(count_for(&h, ANSWER, second), 1);
	assert_int_equal(count_for(&h, OVERDUE, second), 0);
	harness_stop(&h);
}

/* The stand-in for Maax answers so by itself: the conversation goes on, message by message. */
static void test_maax_that_answers_on_the_older_url__stops_nothing(void **state)
{
	static const struct harness_options quick = { .maax = "answer_deadline = 1s\n" };
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *third = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	first = harness_send_in(&h, "One", "thread");
	json_object_put(harness_wait_state(&h, first, "answered"));
	second = harness_send_in(&h, "Two [sim token=older]", "thread");
	third = harness_send_in(&h, "Three", "thread");
	json_object_put(harness_wait_state(&h, third, "answered"));
	json_object_put(harness_wait_state(&h, second, "answered"));
	log = harness_wait_delivered(&h, ANSWER, 3);
	assert_int_equal(json_object_array_length(log) - json_count(log, "/body/type", OVERDUE), 3);
	assert_int_equal(count_for(&h, ANSWER, first), 2);
	assert_int_equal(count_for(&h, ANSWER, second), 0);
	assert_int_equal(count_for(&h, ANSWER, third), 1);
	assert_int_equal(count_for(&h, OVERDUE, second), 0);
	harness_stop(&h);
}

static bool was_submitted_twice(struct harness *h, const char *id)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, id);

	return json_path_int(story, "/message/submits") == 2 &&
	       json_path_is(story, "/message/state", "waiting");
}

/*
 * A message that was submitted twice may bring two answers: the second is nobody else's. Only the
 * third one is more than it can have.
 */
static void test_resend__its_second_answer_settles_nobody(void **state)
{
	CLEANUP(json_putp) struct json_object *story = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *third = NULL;
	CLEANUP(freep) char *first_url = NULL;
	CLEANUP(freep) char *url = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &silent);
	first = harness_send_in(&h, "One [sim stall times=1]", "thread");
	WAIT_FOR(was_submitted_twice(&h, first));
	first_url = answer_url(&h, 0);
	answer(&h, first_url, "To one");
	json_object_put(harness_wait_state(&h, first, "answered"));
	second = send_waiting(&h, "Two", 2, &url);
	answer(&h, first_url, "To one again");
	story = harness_wait_state(&h, second, "overdue");
	json_object_put(harness_wait_delivered(&h, OVERDUE, 1));
	expect_answer(&h, first, 1, "To one again", true, false);

	free(TAKE(url));
	third = send_waiting(&h, "Three", 3, &url);
	answer(&h, first_url, "To three");
	json_object_put(harness_wait_state(&h, third, "answered"));
	expect_answer(&h, first, 1, "To one again", true, false);
	expect_answer(&h, first, 2, "To three", true, true);
	assert_int_equal(count_for(&h, OVERDUE, second), 1);
	assert_int_equal(count_for(&h, OVERDUE, third), 0);
	harness_stop(&h);
}

/* What came before a message was submitted is no answer to it, and a repeated text is no answer. */
static void test_older_extras_and_repeats__settle_nobody(void **state)
{
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *first_url = NULL;
	CLEANUP(freep) char *url = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &silent);
	first = send_waiting(&h, "One", 0, &first_url);
	answer(&h, first_url, "To one");
	answer(&h, first_url, "Something more");
	json_object_put(harness_wait_delivered(&h, ANSWER, 2));
	second = send_waiting(&h, "Two", 1, &url);
	answer(&h, first_url, "To one");
	answer(&h, first_url, "Something more");
	json_object_put(harness_wait_state(&h, second, "overdue"));
	json_object_put(harness_wait_delivered(&h, OVERDUE, 1));
	expect_answer(&h, first, 1, "Something more", true, false);
	assert_int_equal(count_for(&h, ANSWER, first), 2);
	harness_stop(&h);
}

/* Of another conversation: never. */
static void test_other_conversation__is_not_settled(void **state)
{
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *other = NULL;
	CLEANUP(freep) char *url = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &silent);
	first = send_waiting(&h, "One", 0, &url);
	answer(&h, url, "To one");
	other = harness_send_in(&h, "Elsewhere", "other");
	json_object_put(harness_wait_state(&h, other, "waiting"));
	answer(&h, url, "Something more");
	json_object_put(harness_wait_state(&h, other, "overdue"));
	expect_answer(&h, first, 1, "Something more", true, false);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_on_an_older_url__settles_at_the_deadline),
		cmocka_unit_test(test_maax_that_answers_on_the_older_url__stops_nothing),
		cmocka_unit_test(test_resend__its_second_answer_settles_nobody),
		cmocka_unit_test(test_older_extras_and_repeats__settle_nobody),
		cmocka_unit_test(test_other_conversation__is_not_settled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
