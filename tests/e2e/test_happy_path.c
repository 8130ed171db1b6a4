/*
 * The main job, once from end to end: a message goes in, Maax answers on the callback URL, the
 * destination gets signed deliveries, and the timeline tells it all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/harness.h"

static void test_message__is_answered_and_delivered_signed(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(json_putp) struct json_object *deliveries = NULL;
	struct json_object *delivery;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "How much is it?");
	message = harness_wait_state(&h, id, "answered");
	assert_string_equal(json_path(message, "/message/message_content"), "How much is it?");
	assert_string_equal(json_path(message, "/message/answers/0/text"),
			    "Answer to: How much is it?");

	deliveries = harness_wait_delivered(&h, "answer.received", 1);
	delivery = json_select(deliveries, "/body/type", "answer.received", 0);
	assert_true(json_path_bool(delivery, "/verified"));
	assert_true(json_path_is(delivery, "/body/data/message/id", id));
	assert_true(json_path_is(delivery, "/body/data/source", "crm"));
	assert_true(json_path_is(delivery, "/body/data/answer/kind", "answer"));
	assert_true(json_path_is(delivery, "/body/data/answer/text", "Answer to: How much is it?"));
	assert_false(json_path_bool(delivery, "/body/data/answer/late"));
	harness_stop(&h);
}

static void test_submit__carries_what_maax_documents_as_required(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *answer_url_start = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	struct json_object *submit;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Hello");
	submits = sim_wait(&h.sim, "submit", 1);
	submit = json_object_array_get_idx(submits, 0);
	answer_url_start = xasprintf("%s/cb/answer/", h.public_url);

	assert_true(json_path_bool(submit, "/key_ok"));
	assert_true(json_path_is(submit, "/body/message_content", "Hello"));
	assert_true(json_path_is(submit, "/body/platform", "website"));
	assert_true(json_path_is(submit, "/body/service_type", "sales_automation"));
	assert_true(json_path_is(submit, "/body/prospect_info/first_name", "Ann"));
	assert_int_equal(json_path_int(submit, "/body/ai_id"), 123);
	assert_memory_equal(json_path(submit, "/body/send_response_url"), answer_url_start,
			    strlen(answer_url_start));
	assert_non_null(json_path(submit, "/body/followup_url"));
	harness_stop(&h);
}

static void test_followup__is_delivered_after_the_answer(void **state)
{
	const struct harness_options options = { .sim_default = "followup=300ms" };
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *deliveries = NULL;
	struct json_object *delivery;

	(void)state;
	harness_start(&h, &options);
	id = harness_send(&h, "Hello");
	deliveries = harness_wait_delivered(&h, "followup.received", 1);
	delivery = json_select(deliveries, "/body/type", "followup.received", 0);
	assert_true(json_path_bool(delivery, "/verified"));
	assert_true(json_path_is(delivery, "/body/data/message/id", id));
	assert_true(json_path_is(delivery, "/body/data/answer/kind", "followup"));
	assert_true(json_path_is(delivery, "/body/data/answer/text", "Follow-up 1 to: Hello"));
	assert_int_equal(json_count(deliveries, "/body/type", "answer.received"), 1);
	harness_stop(&h);
}

/* The place in the timeline of the first line with that text; fails when there is none. */
static size_t timeline_index(struct json_object *message, const char *pointer, const char *text)
{
	struct json_object *timeline = json_at(message, "/message/timeline");

	assert_non_null(timeline);
	for (size_t i = 0; i < json_object_array_length(timeline); i++) {
		if (json_path_is(json_object_array_get_idx(timeline, i), pointer, text))
			return i;
	}
	fail_msg("no %s in %s", text, json_object_to_json_string(timeline));
	return 0;
}

static bool is_delivered(struct harness *h, const char *id)
{
	CLEANUP(json_putp) struct json_object *message = harness_message(h, id);

	return json_path_is(message, "/message/deliveries/0/state", "delivered");
}

static void test_timeline__tells_every_step_in_order(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	size_t queued, called_back, answered, delivered;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Hello");
	WAIT_FOR(is_delivered(&h, id));
	message = harness_message(&h, id);
	queued = timeline_index(message, "/state", "queued");
	called_back = timeline_index(message, "/event", "callback.received");
	answered = timeline_index(message, "/state", "answered");
	delivered = timeline_index(message, "/event", "delivery.attempt");

	/* The callback may overtake the reply to the submit; nothing else may be out of order. */
	assert_true(timeline_index(message, "/event", "submit.attempt") > queued);
	assert_int_equal(queued, 0);
	assert_true(called_back < answered);
	assert_true(answered < delivered);
	assert_int_equal(json_path_len(message, "/message/attempts"), 2);
	assert_int_equal(json_path_len(message, "/message/answers"), 1);
	assert_int_equal(json_path_len(message, "/message/deliveries"), 1);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message__is_answered_and_delivered_signed),
		cmocka_unit_test(test_submit__carries_what_maax_documents_as_required),
		cmocka_unit_test(test_followup__is_delivered_after_the_answer),
		cmocka_unit_test(test_timeline__tells_every_step_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
