/* Idempotency-Key: one message however often it is sent, and the same reply each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/api_client.h"

#define HUGE_RESERVE "disk_reserve = 1000G"

/* Sends, expects a status, and gives the body; the caller's. */
static char *post(const struct harness *h, const char *body, const char *header, int status)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	api_call(h, &(struct api_call){ .body = body, .header = header }, &answer);
	if (answer.status != status)
		fail_msg("%s: expected %d, got %d %s", header, status, answer.status,
			 buf_text(&answer.body));
	return xstrdup(buf_text(&answer.body));
}

static void expect_same(const struct harness *h, const char *body, const char *header,
			const char *first)
{
	CLEANUP(freep) char *again = post(h, body, header, 202);

	assert_string_equal(again, first);
}

static size_t count_messages(const struct harness *h)
{
	CLEANUP(http_answer_done) struct http_answer list;

	api_call(h, &(struct api_call){ .path = "/v1/messages?limit=250" }, &list);
	assert_int_equal(list.status, 200);
	return json_path_len(list.json, "/data");
}

static void test_same_key_and_body__is_one_message_and_one_reply(void **state)
{
	CLEANUP(freep) char *body = api_message("Once", NULL);
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *after = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	first = post(&h, body, "Idempotency-Key: \"order-1\"", 202);
	expect_same(&h, body, "Idempotency-Key: \"order-1\"", first);
	expect_same(&h, body, "Idempotency-Key: order-1", first);

	/* Without a key, or with another, it is a message of its own. */
	free(post(&h, body, NULL, 202));
	after = post(&h, body, "Idempotency-Key: order-2", 202);
	assert_string_not_equal(after, first);
	assert_int_equal(count_messages(&h), 3);
	submits = sim_wait(&h.sim, "submit", 3);
	assert_int_equal(json_object_array_length(submits), 3);
	harness_stop(&h);
}

static void test_other_body__is_422(void **state)
{
	CLEANUP(freep) char *body = api_message("Once", NULL);
	CLEANUP(freep) char *other = api_message("Other", NULL);
	CLEANUP(freep) char *spaced = xasprintf("%s ", body);
	CLEANUP(freep) char *first = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	first = post(&h, body, "Idempotency-Key: k", 202);
	api_expect(&h, &(struct api_call){ .body = other, .header = "Idempotency-Key: k" }, 422,
		   "idempotency_key_reused");
	api_expect(&h, &(struct api_call){ .body = spaced, .header = "Idempotency-Key: k" }, 422,
		   "idempotency_key_reused");
	api_expect(&h, &(struct api_call){ .body = "{", .header = "Idempotency-Key: k" }, 422,
		   "idempotency_key_reused");
	expect_same(&h, body, "Idempotency-Key: k", first);
	assert_int_equal(count_messages(&h), 1);
	harness_stop(&h);
}

static void test_refused_request__does_not_use_up_its_key(void **state)
{
	CLEANUP(freep) char *body = api_message("Right", NULL);
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	api_expect(&h, &(struct api_call){ .body = "{}", .header = "Idempotency-Key: k" }, 422,
		   "invalid");
	api_expect(&h, &(struct api_call){ .body = "{", .header = "Idempotency-Key: k" }, 400,
		   "bad_json");
	free(post(&h, body, "Idempotency-Key: k", 202));
	assert_int_equal(count_messages(&h), 1);
	harness_stop(&h);
}

static void test_unusable_key__is_400(void **state)
{
	CLEANUP(freep) char *body = api_message("Hello", NULL);
	char longest[256], longer[257];
	CLEANUP(freep) char *fits = NULL;
	CLEANUP(freep) char *too_long = NULL;
	struct harness h;

	memset(longest, 'k', 255);
	memset(longer, 'k', 256);
	longest[255] = longer[256] = '\0';
	fits = xasprintf("Idempotency-Key: \"%s\"", longest);
	too_long = xasprintf("Idempotency-Key: %s", longer);
	const struct api_call cases[] = {
		{ .body = body, .header = too_long },
		{ .body = body, .header = "Idempotency-Key: \"\"" },
		{ .body = body, .header = "Idempotency-Key: a b" },
		{ .body = body, .header = "Idempotency-Key: \xc3\xa4" },
		{ .body = body,
		  .header = "Idempotency-Key: a",
		  .other_header = "Idempotency-Key: b" },
	};

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		api_expect(&h, &cases[i], 400, "bad_idempotency_key");
	free(post(&h, body, fits, 202));
	assert_int_equal(count_messages(&h), 1);
	harness_stop(&h);
}

static void test_keys__are_each_source_s_own(void **state)
{
	CLEANUP(freep) char *body = api_message("Hello", NULL);
	CLEANUP(freep) char *other = api_message("Other", NULL);
	CLEANUP(freep) char *first = NULL;
	CLEANUP(http_answer_done) struct http_answer shop;
	struct harness h;

	(void)state;
	api_start_two(&h, NULL);
	first = post(&h, body, "Idempotency-Key: k", 202);
	api_call(&h,
		 &(struct api_call){
			 .key = API_SHOP_KEY, .body = other, .header = "Idempotency-Key: k" },
		 &shop);
	assert_int_equal(shop.status, 202);
	assert_null(strstr(first, json_path(shop.json, "/message/id")));
	harness_stop(&h);
}

static void test_keys__survive_stop_kill_and_low_disk(void **state)
{
	const struct harness_options low = { .maaxd = HUGE_RESERVE };
	CLEANUP(freep) char *body = api_message("Once", NULL);
	CLEANUP(freep) char *first = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	first = post(&h, body, "Idempotency-Key: k", 202);
	daemon_kill(&h.daemon);
	daemon_start(&h.daemon);
	expect_same(&h, body, "Idempotency-Key: k", first);
	daemon_stop(&h.daemon);
	harness_configure(&h, &low);
	daemon_start(&h.daemon);

	/* Nothing new is taken, but what was is still told. */
	api_expect(&h, &(struct api_call){ .body = body, .header = "Idempotency-Key: new" }, 503,
		   "unavailable");
	expect_same(&h, body, "Idempotency-Key: k", first);
	assert_int_equal(count_messages(&h), 1);
	harness_stop(&h);
}

static void test_key_and_wait__hold_for_the_one_answer(void **state)
{
	CLEANUP(freep) char *body = api_message("Wait [sim delay=300ms]", NULL);
	CLEANUP(http_answer_done) struct http_answer first, again;
	const struct api_call call = { .body = body,
				       .header = "Idempotency-Key: k",
				       .other_header = "Prefer: wait=30" };
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	api_call(&h, &call, &first);
	assert_int_equal(first.status, 200);
	api_call(&h, &call, &again);
	assert_int_equal(again.status, 200);
	assert_string_equal(json_path(first.json, "/message/id"),
			    json_path(again.json, "/message/id"));
	assert_true(json_path_is(again.json, "/message/answers/0/text", "Answer to: Wait"));
	assert_int_equal(count_messages(&h), 1);
	harness_stop(&h);
}

#define PARALLEL 40

/* Some of them only ask, some wait; all are told of the same message. */
static void test_parallel_requests__are_one_message(void **state)
{
	CLEANUP(freep) char *body = api_message("Once [sim delay=300ms]", NULL);
	CLEANUP(freep) char *id = NULL;
	int fds[PARALLEL];
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (int i = 0; i < PARALLEL; i++)
		fds[i] = api_send_raw(&h, body,
				      i % 4 == 0 ? "Idempotency-Key: k\r\nPrefer: wait=30"
						 : "Idempotency-Key: k");
	for (int i = 0; i < PARALLEL; i++) {
		CLEANUP(freep) char *reply = api_receive(fds[i]);
		const char *at = strstr(reply, "\"id\":\"msg_");

		assert_memory_equal(reply, i % 4 == 0 ? "HTTP/1.1 200" : "HTTP/1.1 202", 12);
		assert_non_null(at);
		if (!id)
			id = xstrndup(at, strcspn(at, ","));
		assert_memory_equal(at, id, strlen(id));
	}
	assert_int_equal(count_messages(&h), 1);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_key_and_body__is_one_message_and_one_reply),
		cmocka_unit_test(test_other_body__is_422),
		cmocka_unit_test(test_refused_request__does_not_use_up_its_key),
		cmocka_unit_test(test_unusable_key__is_400),
		cmocka_unit_test(test_keys__are_each_source_s_own),
		cmocka_unit_test(test_keys__survive_stop_kill_and_low_disk),
		cmocka_unit_test(test_key_and_wait__hold_for_the_one_answer),
		cmocka_unit_test(test_parallel_requests__are_one_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
