/* The API as a program of a customer's uses it: validation, idempotency, waiting, lists, event
 * streams. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/harness.h"

static void post(struct harness *h, const char *body, const char *header,
		 struct http_answer *answer)
{
	CLEANUP(freep) char *url = xasprintf("%s/v1/messages", h->public_url);
	const char *headers[] = { "Authorization: Bearer " HARNESS_KEY,
				  "Content-Type: application/json", header, NULL };
	struct http_call call = { .url = url, .headers = headers, .body = body };

	http_do(&call, answer);
}

struct bad_case {
	const char *body;
	int status;
	const char *field; /* JSON Pointer that the first error names; NULL: none */
};

#define INFO "\"prospect_info\":{\"first_name\":\"A\",\"email\":\"a@example.org\"}"

static void test_validation__names_the_field(void **state)
{
	static const struct bad_case cases[] = {
		{ "{", 400, NULL },
		{ "[]", 400, NULL },
		{ "{\"platform\":\"sms\"," INFO "}", 422, "/message_content" },
		{ "{\"message_content\":\" \",\"platform\":\"sms\"," INFO "}", 422,
		  "/message_content" },
		{ "{\"message_content\":7,\"platform\":\"sms\"," INFO "}", 422,
		  "/message_content" },
		{ "{\"message_content\":\"x\",\"platform\":\"fax\"," INFO "}", 422, "/platform" },
		{ "{\"message_content\":\"x\",\"platform\":\"sms\"}", 422, "/prospect_info" },
		{ "{\"message_content\":\"x\",\"platform\":\"sms\",\"prospect_info\":{\"email\":"
		  "\"e\"}}",
		  422, "/prospect_info/first_name" },
		{ "{\"message_content\":\"x\",\"platform\":\"sms\",\"prospect_info\":{\"first_"
		  "name\":\"A\"}}",
		  422, "/prospect_info" },
		{ "{\"message_content\":\"x\",\"platform\":\"sms\",\"metdata\":{}," INFO "}", 422,
		  "/metdata" },
		{ "{\"message_content\":\"x\",\"platform\":\"sms\",\"conversation\":\"cnv_"
		  "0000000000001\"," INFO "}",
		  422, "/conversation" },
		{ "{\"message_content\":\"x\",\"platform\":\"sms\",\"ai_id\":9," INFO "}", 422,
		  "/ai_id" },
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_answer answer;

		post(&h, cases[i].body, NULL, &answer);
		if (answer.status != cases[i].status)
			fail_msg("%s: %d", cases[i].body, answer.status);
		if (cases[i].field && !json_path_is(answer.json, "/errors/0/field", cases[i].field))
			fail_msg("%s: names %s", cases[i].body,
				 json_path(answer.json, "/errors/0/field"));
		assert_non_null(json_path(answer.json, "/code"));
		http_answer_done(&answer);
	}
	harness_stop(&h);
}

static void test_too_long__is_refused_by_length(void **state)
{
	CLEANUP(freep) char *text = xcalloc(16 * KIB + 2, 1);
	CLEANUP(json_putp) struct json_object *object = NULL;
	CLEANUP(freep) char *body = NULL;
	struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	memset(text, 'x', 16 * KIB + 1);
	object = harness_message_body(text, NULL);
	body = json_format(object, NULL);
	post(&h, body, NULL, &answer);
	assert_int_equal(answer.status, 422);
	assert_true(json_path_is(answer.json, "/errors/0/field", "/message_content"));
	http_answer_done(&answer);
	harness_stop(&h);
}

static void test_wrong_key__is_401(void **state)
{
	static const char *const headers[] = { "Authorization: Bearer wrong-key-0123456789",
					       "Content-Type: application/json", NULL };
	CLEANUP(freep) char *url = NULL;
	struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	url = xasprintf("%s/v1/messages", h.public_url);
	http_do(&(struct http_call){ .url = url, .headers = headers, .body = "{}" }, &answer);
	assert_int_equal(answer.status, 401);
	http_answer_done(&answer);
	harness_stop(&h);
}

static void test_idempotency__same_key_same_reply(void **state)
{
	CLEANUP(json_putp) struct json_object *object = harness_message_body("Once", NULL);
	CLEANUP(json_putp) struct json_object *other_object = harness_message_body("Other", NULL);
	CLEANUP(freep) char *body = json_format(object, NULL);
	CLEANUP(freep) char *other = json_format(other_object, NULL);
	struct http_answer first, second, third;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	post(&h, body, "Idempotency-Key: \"order-1\"", &first);
	assert_int_equal(first.status, 202);
	daemon_kill(&h.daemon);
	daemon_start(&h.daemon);
	post(&h, body, "Idempotency-Key: order-1", &second);
	assert_int_equal(second.status, 202);
	assert_string_equal(buf_text(&first.body), buf_text(&second.body));
	post(&h, other, "Idempotency-Key: order-1", &third);
	assert_int_equal(third.status, 422);
	assert_true(json_path_is(third.json, "/code", "idempotency_key_reused"));
	http_answer_done(&first);
	http_answer_done(&second);
	http_answer_done(&third);
	harness_stop(&h);
}

static void test_prefer_wait__holds_for_the_answer(void **state)
{
	CLEANUP(json_putp) struct json_object *quick = harness_message_body("Now", "a");
	CLEANUP(json_putp)
	struct json_object *never = harness_message_body("Never [sim callbacks=0]", "b");
	CLEANUP(freep) char *quick_body = json_format(quick, NULL);
	CLEANUP(freep) char *never_body = json_format(never, NULL);
	CLEANUP(freep) char *applied = NULL;
	struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	post(&h, quick_body, "Prefer: wait=30", &answer);
	assert_int_equal(answer.status, 200);
	assert_true(json_path_is(answer.json, "/message/answers/0/text", "Answer to: Now"));
	applied = http_answer_header(&answer, "Preference-Applied");
	assert_non_null(applied);
	http_answer_done(&answer);
	post(&h, never_body, "Prefer: wait=1", &answer);
	assert_int_equal(answer.status, 202);
	http_answer_done(&answer);
	harness_stop(&h);
}

static void test_lists__page_by_cursor(void **state)
{
	struct http_answer first, second;
	struct harness h;
	CLEANUP(freep) char *next = NULL;
	char *ids[5];

	(void)state;
	harness_start(&h, NULL);
	for (int i = 0; i < 5; i++)
		ids[i] = harness_send_in(&h, "Hi", "one");
	harness_api(&h, "GET", "/v1/messages?limit=3", NULL, &first);
	assert_int_equal(json_path_len(first.json, "/data"), 3);
	assert_true(json_path_is(first.json, "/data/0/id", ids[4]));
	next = xasprintf("/v1/messages?limit=3&cursor=%s", json_path(first.json, "/next_cursor"));
	harness_api(&h, "GET", next, NULL, &second);
	assert_int_equal(json_path_len(second.json, "/data"), 2);
	assert_true(json_path_is(second.json, "/data/1/id", ids[0]));
	assert_true(json_path_is(second.json, "/next_cursor", NULL));
	http_answer_done(&first);
	http_answer_done(&second);
	harness_api(&h, "GET", "/v1/conversations?conversation_key=one", NULL, &first);
	assert_int_equal(json_path_len(first.json, "/data"), 1);
	http_answer_done(&first);
	harness_api(&h, "GET", "/v1/messages?limit=0", NULL, &first);
	assert_int_equal(first.status, 400);
	http_answer_done(&first);
	for (int i = 0; i < 5; i++)
		free(ids[i]);
	harness_stop(&h);
}

/* What an event stream says within a few seconds; a replay comes at once. */
static char *read_stream(struct harness *h, const char *last_event_id)
{
	CLEANUP(freep) char *url = xasprintf("%s/v1/events", h->public_url);
	CLEANUP(freep)
	char *header = xasprintf("Last-Event-ID: %s", last_event_id ? last_event_id : "1");
	const char *headers[] = { "Authorization: Bearer " HARNESS_KEY, header, NULL };
	struct http_call call = { .url = url, .headers = headers, .timeout = 4 * USEC_PER_SEC };
	struct http_answer answer;
	char *text;

	/* The stream has no end: what came within the time-out is what counts. */
	http_do(&call, &answer);
	text = xstrdup(buf_text(&answer.body));
	http_answer_done(&answer);
	return text;
}

static void test_events__replay_after_a_restart(void **state)
{
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *stream = NULL;
	CLEANUP(freep) char *rest = NULL;
	CLEANUP(freep) char *position = NULL;
	const char *answered;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	daemon_kill(&h.daemon);
	daemon_start(&h.daemon);
	stream = read_stream(&h, NULL);
	assert_non_null(strstr(stream, "\"type\":\"hello\""));
	assert_non_null(strstr(stream, "\"type\":\"message.state\""));
	answered = strstr(stream, "\"type\":\"answer.received\"");
	assert_non_null(answered);
	assert_null(strstr(stream, "\nevent:"));
	/* from the last event on there is nothing but hello */
	for (const char *at = stream; (at = strstr(at, "id: ")); at++) {
		free(position);
		position = xstrndup(at + 4, strcspn(at + 4, "\n"));
	}
	rest = read_stream(&h, position);
	assert_non_null(strstr(rest, "\"type\":\"hello\""));
	assert_null(strstr(rest, "id: "));
	harness_stop(&h);
}

static void test_metrics__count_what_happened(void **state)
{
	CLEANUP(freep) char *id = NULL;
	struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_delivered(&h, "answer.received", 1));
	WAIT_FOR((harness_admin(&h, "GET", "/metrics", NULL, &answer),
		  strstr(buf_text(&answer.body),
			 "maaxd_delivery_attempts_total{destination=\"desk\",result=\"OK\"} 1") ||
			  (http_answer_done(&answer), false)));
	assert_non_null(strstr(buf_text(&answer.body),
			       "maaxd_callbacks_total{purpose=\"answer\",result=\"matched\"} 1"));
	assert_non_null(
		strstr(buf_text(&answer.body), "maaxd_submissions_total{result=\"accepted\"} 1"));
	assert_non_null(strstr(buf_text(&answer.body), "maaxd_answer_wait_seconds_count 1"));
	assert_null(strstr(buf_text(&answer.body), id));
	http_answer_done(&answer);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_validation__names_the_field),
		cmocka_unit_test(test_too_long__is_refused_by_length),
		cmocka_unit_test(test_wrong_key__is_401),
		cmocka_unit_test(test_idempotency__same_key_same_reply),
		cmocka_unit_test(test_prefer_wait__holds_for_the_answer),
		cmocka_unit_test(test_lists__page_by_cursor),
		cmocka_unit_test(test_events__replay_after_a_restart),
		cmocka_unit_test(test_metrics__count_what_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
