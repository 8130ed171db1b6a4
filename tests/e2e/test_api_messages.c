/* POST /v1/messages and the lists: what is refused and how, who sees what, and what is passed on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "lib/api_client.h"

/* ---- validation ---- */

/* A good message in which one member is replaced (by JSON) or, with NULL, left out. */
struct field_case {
	const char *member; /* "x", or "prospect_info/x" */
	const char *value;
	const char *named; /* the first error's pointer */
};

static char *changed_message(const char *member, const char *value)
{
	CLEANUP(json_putp) struct json_object *body = harness_message_body("Hello", NULL);
	struct json_object *object = body;
	struct json_object *changed = NULL;
	const char *why = NULL;

	if (strncmp(member, "prospect_info/", 14) == 0) {
		object = json_at(body, "/prospect_info");
		member += 14;
	}
	json_object_object_del(object, member);
	if (value) {
		assert_int_equal(json_parse(value, strlen(value), &changed, &why), 0);
		json_put(object, member, changed);
	}
	return json_format(body, NULL);
}

static void expect_field(const struct harness *h, const struct field_case *c)
{
	CLEANUP(freep) char *body = changed_message(c->member, c->value);
	CLEANUP(http_answer_done) struct http_answer answer;

	api_call(h, &(struct api_call){ .body = body }, &answer);
	if (answer.status != 422 || !json_path_is(answer.json, "/code", "invalid") ||
	    !json_path_is(answer.json, "/errors/0/field", c->named))
		fail_msg("%.200s: expected 422 for %s, got %d %s", body, c->named, answer.status,
			 buf_text(&answer.body));
	assert_non_null(json_path(answer.json, "/errors/0/detail"));
}

static void test_wrong_field__is_named(void **state)
{
	static const struct field_case cases[] = {
		{ "message_content", NULL, "/message_content" },
		{ "message_content", "null", "/message_content" },
		{ "message_content", "\"\"", "/message_content" },
		{ "message_content", "\" \\n\\t\"", "/message_content" },
		{ "message_content", "7", "/message_content" },
		{ "message_content", "[\"x\"]", "/message_content" },
		{ "message_content", "\"a\\u0000b\"", "/message_content" },
		{ "platform", NULL, "/platform" },
		{ "platform", "\"fax\"", "/platform" },
		{ "platform", "true", "/platform" },
		{ "prospect_info", NULL, "/prospect_info" },
		{ "prospect_info", "\"Ann\"", "/prospect_info" },
		{ "prospect_info", "[]", "/prospect_info" },
		{ "prospect_info/first_name", NULL, "/prospect_info/first_name" },
		{ "prospect_info/first_name", "\"\"", "/prospect_info/first_name" },
		{ "prospect_info/first_name", "{}", "/prospect_info/first_name" },
		{ "prospect_info/email", NULL, "/prospect_info" },
		{ "prospect_info/email", "\"\"", "/prospect_info" },
		{ "prospect_info/email", "false", "/prospect_info/email" },
		{ "prospect_info/shoe_size", "\"42\"", "/prospect_info/shoe_size" },
		{ "source", "\"shop\"", "/source" },
		{ "conversation", "\"nonsense\"", "/conversation" },
		{ "conversation", "\"msg_0000000000001\"", "/conversation" },
		{ "conversation", "\"cnv_0000000000001\"", "/conversation" },
		{ "conversation_key", "\"\"", "/conversation_key" },
		{ "conversation_key", "1", "/conversation_key" },
		{ "prospect_id", "\"abc\"", "/prospect_id" },
		{ "prospect_id", "-1", "/prospect_id" },
		{ "prospect_id", "1.5", "/prospect_id" },
		{ "conversation_id", "{}", "/conversation_id" },
		{ "ai_id", "\"sales\"", "/ai_id" },
		{ "ai_id", "999", "/ai_id" },
		{ "service_type", "5", "/service_type" },
		{ "output_format", "\"markdown\"", "/output_format" },
		{ "metadata", "\"text\"", "/metadata" },
		{ "metadata", "[1]", "/metadata" },
		{ "metdata", "{}", "/metdata" },
		{ "send_response_url", "\"http://example.org\"", "/send_response_url" },
		{ "a/b~c", "1", "/a~1b~0c" },
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		expect_field(&h, &cases[i]);
	harness_stop(&h);
}

static char *quoted_text(size_t len)
{
	char *text = xcalloc(len + 3, 1);

	memset(text, 'x', len + 2);
	text[0] = text[len + 1] = '"';
	return text;
}

static void test_lengths__are_allowed_up_to_the_limit_and_no_further(void **state)
{
	static const struct {
		const char *member;
		size_t max;
		const char *named;
	} cases[] = {
		{ "message_content", 16 * KIB, "/message_content" },
		{ "conversation_key", 256, "/conversation_key" },
		{ "prospect_info/email", 320, "/prospect_info/email" },
		{ "service_type", 64, "/service_type" },
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *longest = quoted_text(cases[i].max);
		CLEANUP(freep) char *longer = quoted_text(cases[i].max + 1);
		CLEANUP(freep) char *body = changed_message(cases[i].member, longest);
		const struct field_case c = { cases[i].member, longer, cases[i].named };

		api_expect(&h, &(struct api_call){ .body = body }, 202, NULL);
		expect_field(&h, &c);
	}
	harness_stop(&h);
}

static void test_max_text__is_the_source_s(void **state)
{
	const struct harness_options options = { .source = "max_text = 10" };
	CLEANUP(freep) char *fits = api_message("0123456789", NULL);
	const struct field_case longer = { "message_content", "\"0123456789a\"",
					   "/message_content" };
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	api_expect(&h, &(struct api_call){ .body = fits }, 202, NULL);
	expect_field(&h, &longer);
	harness_stop(&h);
}

static void test_all_errors__come_at_once_and_bounded(void **state)
{
	CLEANUP(json_putp) struct json_object *object = json_object_new_object();
	CLEANUP(freep) char *body = NULL;
	CLEANUP(http_answer_done) struct http_answer two, many;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	api_call(&h, &(struct api_call){ .body = "{\"platform\":\"fax\",\"ai_id\":9}" }, &two);
	assert_int_equal(two.status, 422);
	assert_int_equal(json_count(json_at(two.json, "/errors"), "/field", "/platform"), 1);
	assert_int_equal(json_count(json_at(two.json, "/errors"), "/field", "/ai_id"), 1);
	assert_int_equal(json_count(json_at(two.json, "/errors"), "/field", "/prospect_info"), 1);

	for (int i = 0; i < 5000; i++) {
		CLEANUP(freep) char *name = xasprintf("unknown_%d", i);

		json_put_int(object, name, i);
	}
	body = json_format(object, NULL);
	api_call(&h, &(struct api_call){ .body = body }, &many);
	assert_int_equal(many.status, 422);
	assert_in_range(json_path_len(many.json, "/errors"), 3, 32);
	harness_stop(&h);
}

static void test_malformed_body__is_400(void **state)
{
	static const char *const bodies[] = {
		"",
		"{",
		"[]",
		"null",
		"\"text\"",
		"{\"message_content\":\"\xff\"}",
		"{\"message_content\":\"\xc0\xaf\"}",
		"{'message_content':'x'}",
		"{\"message_content\":NaN}",
		"{} {}",
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++)
		api_expect(&h, &(struct api_call){ .body = bodies[i] }, 400, "bad_json");
	harness_stop(&h);
}

static void test_size_type_and_key__are_checked_before_the_body(void **state)
{
	CLEANUP(freep) char *huge = quoted_text(300 * KIB);
	CLEANUP(freep) char *good = api_message("Hello", NULL);
	const struct {
		struct api_call call;
		int status;
		const char *code;
	} cases[] = {
		{ { .body = huge }, 413, "body_too_long" },
		{ { .body = good, .content_type = "text/plain" }, 415, "unsupported_media_type" },
		{ { .body = good, .content_type = "application/x-www-form-urlencoded" },
		  415,
		  "unsupported_media_type" },
		{ { .body = good, .key = "" }, 401, "unauthorized" },
		{ { .body = good, .key = "crm-key-0123456789abcdeX" }, 401, "unauthorized" },
		{ { .body = good, .key = "crm-key" }, 401, "unauthorized" },
		{ { .body = good, .key = "", .header = "Authorization: Basic Y3JtOmtleQ==" },
		  401,
		  "unauthorized" },
		{ { .body = good, .header = "Authorization: Bearer " HARNESS_KEY },
		  401,
		  "unauthorized" },
		{ { .key = "", .path = "/v1/conversations" }, 401, "unauthorized" },
		{ { .key = "", .path = "/v1/events" }, 401, "unauthorized" },
	};
	CLEANUP(freep) char *challenge = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		api_expect(&h, &cases[i].call, cases[i].status, cases[i].code);
	api_call(&h, &cases[3].call, &answer);
	challenge = http_answer_header(&answer, "WWW-Authenticate");
	assert_non_null(challenge);
	assert_memory_equal(challenge, "Bearer", 6);

	/* With parameters and in other letters it is the same type. */
	api_expect(&h,
		   &(struct api_call){ .body = good,
				       .content_type = "Application/JSON; charset=utf-8" },
		   202, NULL);
	harness_stop(&h);
}

/* ---- who sees what ---- */

static void test_another_source__sees_none_of_it(void **state)
{
	CLEANUP(freep) char *message = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *own_thread = NULL;
	CLEANUP(freep) char *body = NULL;
	CLEANUP(json_putp) struct json_object *object = NULL;
	CLEANUP(http_answer_done) struct http_answer list, threads, by_key;
	struct harness h;

	(void)state;
	api_start_two(&h, NULL);
	message = harness_send_in(&h, "Secret", "thread-1");
	conversation = api_conversation_of(&h, message);
	char *const paths[] = {
		xasprintf("/v1/messages/%s", message),
		xasprintf("/v1/conversations/%s", conversation),
		xasprintf("/v1/conversations/%s/messages", conversation),
		xasprintf("/v1/events?conversation=%s", conversation),
	};
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		api_expect(&h, &(struct api_call){ .key = API_SHOP_KEY, .path = paths[i] }, 404,
			   "not_found");
		free(paths[i]);
	}

	/* Writing into it is refused as if it did not exist; the same key is another thread. */
	object = harness_message_body("Hello", NULL);
	json_put_string(object, "conversation", conversation);
	body = json_format(object, NULL);
	api_expect(&h, &(struct api_call){ .key = API_SHOP_KEY, .body = body }, 422, "invalid");
	own_thread = api_send_as(&h, API_SHOP_KEY, "Mine", "thread-1");
	api_call(&h, &(struct api_call){ .key = API_SHOP_KEY }, &list);
	assert_int_equal(json_path_len(list.json, "/data"), 1);
	assert_true(json_path_is(list.json, "/data/0/id", own_thread));
	api_call(&h, &(struct api_call){ .key = API_SHOP_KEY, .path = "/v1/conversations" },
		 &threads);
	assert_int_equal(json_path_len(threads.json, "/data"), 1);
	assert_false(json_path_is(threads.json, "/data/0/id", conversation));
	api_call(&h,
		 &(struct api_call){ .key = API_SHOP_KEY,
				     .path = "/v1/conversations?conversation_key=thread-1" },
		 &by_key);
	assert_int_equal(json_path_len(by_key.json, "/data"), 1);
	assert_false(json_path_is(by_key.json, "/data/0/id", conversation));
	harness_stop(&h);
}

static void test_ids_that_do_not_exist__are_404(void **state)
{
	static const char *const paths[] = {
		"/v1/messages/msg_0000000000001",
		"/v1/messages/cnv_0000000000001",
		"/v1/messages/1",
		"/v1/messages/msg_",
		"/v1/messages/msg_00000000000001",
		"/v1/conversations/cnv_0000000000001",
		"/v1/conversations/nonsense",
		"/v1/conversations/cnv_0000000000001/messages",
		"/v1/events?conversation=cnv_0000000000001",
		"/v1/events?conversation=nonsense",
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		api_expect(&h, &(struct api_call){ .path = paths[i] }, 404, "not_found");
	harness_stop(&h);
}

/* ---- lists ---- */

static void get_page(const struct harness *h, const char *base, const char *cursor,
		     struct http_answer *answer)
{
	CLEANUP(freep)
	char *path =
		xasprintf("%s?limit=3%s%s", base, cursor ? "&cursor=" : "", cursor ? cursor : "");

	api_call(h, &(struct api_call){ .path = path }, answer);
	assert_int_equal(answer->status, 200);
}

#define LISTED 8

/* Walks all pages; every id exactly once, in the order of `ids` or the other way round. */
static void expect_pages(const struct harness *h, const char *base, char *const ids[LISTED],
			 bool newest_first)
{
	CLEANUP(freep) char *cursor = NULL;
	size_t seen = 0;

	do {
		CLEANUP(http_answer_done) struct http_answer page;
		const size_t len =
			(get_page(h, base, cursor, &page), json_path_len(page.json, "/data"));

		assert_in_range(len, 0, 3);
		for (size_t i = 0; i < len; i++, seen++) {
			CLEANUP(freep) char *pointer = xasprintf("/data/%zu/id", i);

			assert_in_range(seen, 0, LISTED - 1);
			assert_true(json_path_is(page.json, pointer,
						 ids[newest_first ? LISTED - 1 - seen : seen]));
		}
		free(cursor);
		cursor = xstrdup_null(json_path(page.json, "/next_cursor"));
	} while (cursor);
	assert_int_equal(seen, LISTED);
}

static void test_lists__page_in_order_without_gap_or_repeat(void **state)
{
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *path = NULL;
	char *messages[LISTED];
	char *conversations[LISTED];
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < LISTED; i++)
		messages[i] = harness_send_in(&h, "Hello", "one");
	expect_pages(&h, "/v1/messages", messages, true);
	conversation = api_conversation_of(&h, messages[0]);
	path = xasprintf("/v1/conversations/%s/messages", conversation);
	expect_pages(&h, path, messages, false);

	conversations[0] = xstrdup(conversation);
	for (size_t i = 1; i < LISTED; i++) {
		CLEANUP(freep) char *id = harness_send(&h, "Hello");

		conversations[i] = api_conversation_of(&h, id);
	}
	expect_pages(&h, "/v1/conversations", conversations, true);
	for (size_t i = 0; i < LISTED; i++) {
		free(messages[i]);
		free(conversations[i]);
	}
	harness_stop(&h);
}

static void test_list_parameters__are_checked(void **state)
{
	static const char *const paths[] = {
		"/v1/messages?limit=0",
		"/v1/messages?limit=251",
		"/v1/messages?limit=-1",
		"/v1/messages?limit=ten",
		"/v1/messages?limit=",
		"/v1/messages?cursor=nonsense",
		"/v1/messages?cursor=%ff",
		"/v1/messages?cursor=cnv_0000000000001",
		"/v1/conversations?cursor=msg_0000000000001",
		"/v1/events?after=nonsense",
		"/v1/events?after=-5",
	};
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		api_expect(&h, &(struct api_call){ .path = paths[i] }, 400, "bad_parameter");
	api_expect(&h, &(struct api_call){ .path = "/v1/messages?limit=250" }, 200, NULL);
	harness_stop(&h);
}

/* ---- conversations ---- */

static void test_conversation__is_found_by_key_and_by_id(void **state)
{
	/* An answer would take a seq between those of the messages. */
	static const struct harness_options options = { .sim_default = "delay=1h" };
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *again = NULL;
	CLEANUP(freep) char *body = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(json_putp) struct json_object *object = harness_message_body("Third", NULL);
	CLEANUP(http_answer_done) struct http_answer third, both, shown, found;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	first = harness_send_in(&h, "First", "ticket 7/ä");
	second = harness_send_in(&h, "Second", "ticket 7/ä");
	conversation = api_conversation_of(&h, first);
	again = api_conversation_of(&h, second);
	assert_string_equal(conversation, again);

	json_put_string(object, "conversation", conversation);
	body = json_format(object, NULL);
	api_call(&h, &(struct api_call){ .body = body }, &third);
	assert_int_equal(third.status, 202);
	assert_true(json_path_is(third.json, "/message/conversation", conversation));
	assert_int_equal(json_path_int(third.json, "/message/seq"), 3);

	free(body);
	json_put_string(object, "conversation_key", "ticket 7/ä");
	body = json_format(object, NULL);
	api_call(&h, &(struct api_call){ .body = body }, &both);
	assert_int_equal(both.status, 422);
	assert_true(json_path_is(both.json, "/errors/0/field", "/conversation"));

	path = xasprintf("/v1/conversations/%s", conversation);
	api_call(&h, &(struct api_call){ .path = path }, &shown);
	assert_true(json_path_is(shown.json, "/conversation/key", "ticket 7/ä"));
	assert_true(json_path_is(shown.json, "/conversation/platform", "website"));
	api_call(&h,
		 &(struct api_call){
			 .path = "/v1/conversations?conversation_key=ticket+7%2F%C3%A4" },
		 &found);
	assert_int_equal(json_path_len(found.json, "/data"), 1);
	assert_true(json_path_is(found.json, "/data/0/id", conversation));
	harness_stop(&h);
}

static void test_conversation_messages__come_with_their_answers(void **state)
{
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	first = harness_send_in(&h, "First [sim followup=100ms]", "one");
	second = harness_send_in(&h, "Second", "one");
	json_object_put(harness_wait_state(&h, second, "answered"));
	json_object_put(harness_wait_delivered(&h, "followup.received", 1));
	conversation = api_conversation_of(&h, first);
	path = xasprintf("/v1/conversations/%s/messages", conversation);
	api_call(&h, &(struct api_call){ .path = path }, &answer);
	assert_int_equal(json_path_len(answer.json, "/data"), 2);
	assert_true(json_path_is(answer.json, "/data/0/id", first));
	assert_int_equal(json_path_len(answer.json, "/data/0/answers"), 2);
	assert_true(json_path_is(answer.json, "/data/0/answers/0/kind", "answer"));
	assert_true(json_path_is(answer.json, "/data/0/answers/1/kind", "followup"));
	assert_true(json_path_is(answer.json, "/data/1/id", second));
	assert_true(json_path_is(answer.json, "/data/1/answers/0/text", "Answer to: Second"));
	harness_stop(&h);
}

/* ---- what is passed on ---- */

static char *post_with(const struct harness *h, const char *member, const char *json)
{
	CLEANUP(freep) char *body = changed_message(member, json);
	CLEANUP(http_answer_done) struct http_answer answer;

	api_call(h, &(struct api_call){ .body = body }, &answer);
	if (answer.status != 202)
		fail_msg("%s: %d %s", body, answer.status, buf_text(&answer.body));
	return xstrdup(json_path(answer.json, "/message/id"));
}

static void test_metadata__is_echoed_in_deliveries(void **state)
{
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(json_putp) struct json_object *deliveries = NULL;
	struct json_object *delivery;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = post_with(&h, "metadata", "{\"ticket\":\"T-1\",\"deep\":{\"n\":[1,2,null]}}");
	deliveries = harness_wait_delivered(&h, "answer.received", 1);
	delivery = json_select(deliveries, "/body/type", "answer.received", 0);
	assert_true(json_path_is(delivery, "/body/data/message/metadata/ticket", "T-1"));
	assert_int_equal(json_path_int(delivery, "/body/data/message/metadata/deep/n/1"), 2);
	message = harness_message(&h, id);
	assert_true(json_path_is(message, "/message/metadata/ticket", "T-1"));
	harness_stop(&h);
}

static void test_ids_of_maax__are_passed_through(void **state)
{
	CLEANUP(freep) char *body = NULL;
	CLEANUP(json_putp) struct json_object *object = harness_message_body("Hello", NULL);
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	struct json_object *submit;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	json_put_int(object, "prospect_id", 4711);
	json_put_string(object, "conversation_id", "815");
	json_put_string(object, "service_type", "support");
	json_put_string(object, "output_format", "html");
	body = json_format(object, NULL);
	api_call(&h, &(struct api_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 202);
	submits = sim_wait(&h.sim, "submit", 1);
	submit = json_object_array_get_idx(submits, 0);
	assert_true(json_path_is(submit, "/body/prospect_id", "4711"));
	assert_true(json_path_is(submit, "/body/conversation_id", "815"));
	assert_true(json_path_is(submit, "/body/service_type", "support"));
	assert_true(json_path_is(submit, "/body/output_format", "html"));
	harness_stop(&h);
}

static void test_ai_id__chooses_the_ai(void **state)
{
	const struct harness_options options = {
		.more = "[ai \"support\"]\nai_id = 456\nservice_type = customer_support\n",
	};
	CLEANUP(freep) char *chosen = NULL;
	CLEANUP(freep) char *usual = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	chosen = post_with(&h, "ai_id", "456");
	usual = harness_send_in(&h, "Usual", "other");
	submits = sim_wait(&h.sim, "submit", 2);
	assert_int_equal(json_count(submits, "/body/ai_id", "456"), 1);
	assert_int_equal(json_count(submits, "/body/ai_id", "123"), 1);
	assert_int_equal(json_count(submits, "/body/service_type", "customer_support"), 1);
	message = harness_message(&h, chosen);
	assert_true(json_path_is(message, "/message/ai", "support"));
	harness_stop(&h);
}

/* ---- limits ---- */

static void test_conversation_limit__holds_the_message(void **state)
{
	const struct harness_options options = { .source = "limit_conversation = 2/h" };
	char *ids[3];
	CLEANUP(freep) char *other = NULL;
	CLEANUP(json_putp) struct json_object *held = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (size_t i = 0; i < 3; i++)
		ids[i] = harness_send_in(&h, "Hello", "one");
	held = harness_message(&h, ids[2]);
	assert_true(json_path_is(held, "/message/state", "held"));
	assert_non_null(strstr(json_path(held, "/message/reason"), "limit_conversation"));

	/* Others go on, and nothing of the held one is sent. */
	other = harness_send_in(&h, "Other", "two");
	json_object_put(harness_wait_state(&h, ids[1], "answered"));
	json_object_put(harness_wait_state(&h, other, "answered"));
	submits = sim_log(&h.sim, "submit");
	assert_int_equal(json_object_array_length(submits), 3);
	for (size_t i = 0; i < 3; i++)
		free(ids[i]);
	harness_stop(&h);
}

static void expect_limited(const struct harness *h)
{
	CLEANUP(freep) char *body = api_message("One more", NULL);
	CLEANUP(freep) char *retry_after = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;

	api_call(h, &(struct api_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 429);
	assert_true(json_path_is(answer.json, "/code", "rate_limited"));
	retry_after = http_answer_header(&answer, "Retry-After");
	assert_non_null(retry_after);
	assert_true(strtol(retry_after, NULL, 10) >= 1);
}

static void test_source_limits__are_429(void **state)
{
	const struct harness_options by_minute = { .source = "limit_rate = 2/m" };
	const struct harness_options by_day = { .source = "limit_day = 3/d" };
	CLEANUP(http_answer_done) struct http_answer list;
	struct harness h;

	(void)state;
	api_start_two(&h, &by_minute);
	for (size_t i = 0; i < 2; i++)
		free(harness_send(&h, "Hello"));
	expect_limited(&h);
	free(api_send_as(&h, API_SHOP_KEY, "Another source", NULL));

	/* A restart forgets nothing, and what was refused was not stored. */
	daemon_kill(&h.daemon);
	daemon_start(&h.daemon);
	expect_limited(&h);
	harness_configure(&h, &by_day);
	daemon_stop(&h.daemon);
	daemon_start(&h.daemon);
	free(harness_send(&h, "Third"));
	expect_limited(&h);
	api_call(&h, &(struct api_call){ .path = "/v1/messages" }, &list);
	assert_int_equal(json_path_len(list.json, "/data"), 3);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_field__is_named),
		cmocka_unit_test(test_lengths__are_allowed_up_to_the_limit_and_no_further),
		cmocka_unit_test(test_max_text__is_the_source_s),
		cmocka_unit_test(test_all_errors__come_at_once_and_bounded),
		cmocka_unit_test(test_malformed_body__is_400),
		cmocka_unit_test(test_size_type_and_key__are_checked_before_the_body),
		cmocka_unit_test(test_another_source__sees_none_of_it),
		cmocka_unit_test(test_ids_that_do_not_exist__are_404),
		cmocka_unit_test(test_lists__page_in_order_without_gap_or_repeat),
		cmocka_unit_test(test_list_parameters__are_checked),
		cmocka_unit_test(test_conversation__is_found_by_key_and_by_id),
		cmocka_unit_test(test_conversation_messages__come_with_their_answers),
		cmocka_unit_test(test_metadata__is_echoed_in_deliveries),
		cmocka_unit_test(test_ids_of_maax__are_passed_through),
		cmocka_unit_test(test_ai_id__chooses_the_ai),
		cmocka_unit_test(test_conversation_limit__holds_the_message),
		cmocka_unit_test(test_source_limits__are_429),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
