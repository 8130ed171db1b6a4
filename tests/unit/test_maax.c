/* maax: what a request to Maax looks like, and what its replies mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/ids.h"
#include "base/json.h"
#include "lib/json_path.h"
#include "lib/store_fixture.h"
#include "maax.h"

#define MESSAGE 4611686018427387905

struct fixture {
	struct config_ai ais[2];
	struct config config;
	struct tokens tokens;
	struct message message;
	struct conversation conversation;
};

/* Nothing in it is owned. */
static void init(struct fixture *f)
{
	*f = (struct fixture){
		.ais = { { .name = TEXT("sales"), .ai_id = 123, .service_type = TEXT("selling") },
			 { .name = TEXT("care"),
			   .ai_id = INT64_MAX,
			   .service_type = TEXT("support"),
			   .output_format = TEXT("html"),
			   .api_key = TEXT("own-key") } },
		.tokens = { .count = 1, .keys = { { .id = "abcdefgh" } } },
		.message = { .id = MESSAGE,
			     .ai = TEXT("sales"),
			     .platform = TEXT("website"),
			     .message_content = TEXT("Hello"),
			     .prospect_info = TEXT("{\"first_name\":\"Ann\"}") },
	};
	f->config = (struct config){
		.maaxd = { .public_url = TEXT("https://x.example/sub") },
		.maax = { .base_url = TEXT("https://maax.example/api/v2"),
			  .api_key = TEXT("shared-key") },
		.ais = f->ais,
		.ai_count = 2,
	};
}

static struct json_object *submit_body(struct fixture *f)
{
	CLEANUP(maax_request_done) struct maax_request request = { 0 };
	struct json_object *body = NULL;
	const char *why = NULL;

	assert_int_equal(maax_submit_request(&f->config, &f->tokens, &f->message, &f->conversation,
					     &request),
			 0);
	assert_string_equal(request.url, "https://maax.example/api/v2/outgoing-messages/");
	assert_int_equal(json_parse(request.body, strlen(request.body), &body, &why), 0);
	return body;
}

/* The callback URL must lead back to the message, for its own purpose only. */
static void assert_url(const struct fixture *f, const char *url, const char *purpose)
{
	CLEANUP(freep) char *start = xasprintf("https://x.example/sub/cb/%s/", purpose);
	char subject[TOKENS_MAX_SUBJECT + 1], wanted[IDS_TEXT_SIZE];

	assert_non_null(url);
	assert_memory_equal(url, start, strlen(start));
	url += strlen(start);
	assert_int_equal(tokens_verify(&f->tokens, purpose, url, strlen(url), subject), 0);
	assert_string_equal(subject, ids_format(ID_MESSAGE, MESSAGE, wanted));
	assert_int_equal(tokens_verify(&f->tokens, "other", url, strlen(url), subject), -EBADMSG);
}

static void test_submit__has_what_maax_documents(void **state)
{
	struct fixture f;
	CLEANUP(json_putp) struct json_object *body = NULL;

	(void)state;
	init(&f);
	body = submit_body(&f);
	assert_true(json_path_is(body, "/message_content", "Hello"));
	assert_true(json_path_is(body, "/platform", "website"));
	assert_true(json_path_is(body, "/service_type", "selling"));
	assert_true(json_path_is(body, "/output_format", "plain_text"));
	assert_true(json_path_is(body, "/prospect_info/first_name", "Ann"));
	assert_int_equal(json_get_int(body, "ai_id", 0), 123);
	assert_url(&f, json_path(body, "/send_response_url"), MAAX_PURPOSE_ANSWER);
	assert_url(&f, json_path(body, "/followup_url"), MAAX_PURPOSE_FOLLOWUP);
	assert_null(json_at(body, "/conversation_id"));
	assert_null(json_at(body, "/prospect_id"));
	assert_int_equal(json_object_object_length(body), 8);
}

static void test_submit__the_message_overrules_the_ai(void **state)
{
	struct fixture f;
	CLEANUP(json_putp) struct json_object *body = NULL;

	(void)state;
	init(&f);
	f.message.ai = TEXT("care");
	f.message.service_type = TEXT("special");
	f.message.output_format = TEXT("plain_text");
	body = submit_body(&f);
	assert_true(json_path_is(body, "/service_type", "special"));
	assert_true(json_path_is(body, "/output_format", "plain_text"));
	assert_true(json_get_int(body, "ai_id", 0) == INT64_MAX);
}

static void test_submit__output_format_by_platform(void **state)
{
	static const struct {
		const char *platform, *of_ai, *of_message, *wanted;
	} cases[] = {
		{ "website", NULL, NULL, "plain_text" },
		{ "sms", NULL, NULL, "plain_text" },
		{ "email", NULL, NULL, NULL },
		{ "email", "html", NULL, "html" },
		{ "website", "", NULL, NULL },
		{ "sms", "", "html", "html" },
		{ "sms", "html", "plain_text", "plain_text" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;
		CLEANUP(json_putp) struct json_object *body = NULL;
		const char *format;

		init(&f);
		f.message.platform = TEXT(cases[i].platform);
		f.message.output_format = TEXT(cases[i].of_message);
		f.ais[0].output_format = TEXT(cases[i].of_ai);
		body = submit_body(&f);
		format = json_get_string(body, "output_format");
		assert_true(cases[i].wanted
				    ? format && streq(format, cases[i].wanted)
				    : !json_object_object_get_ex(body, "output_format", NULL));
	}
}

static void test_submit__ids_go_back_as_they_came(void **state)
{
	static const struct {
		const char *id, *wanted; /* as JSON */
	} cases[] = {
		{ "1", "1" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "9223372036854775808", "\"9223372036854775808\"" },
		{ "0", "\"0\"" },
		{ "007", "\"007\"" },
		{ "-5", "\"-5\"" },
		{ " 5", "\" 5\"" },
		{ "5 ", "\"5 \"" },
		{ "5x", "\"5x\"" },
		{ "1.5", "\"1.5\"" },
		{ "conv-1", "\"conv-1\"" },
		{ "", "\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fixture f;
		CLEANUP(json_putp) struct json_object *body = NULL;
		CLEANUP(freep) char *conversation = NULL;
		CLEANUP(freep) char *prospect = NULL;

		init(&f);
		f.conversation.conversation_id = TEXT(cases[i].id);
		f.conversation.prospect_id = TEXT(cases[i].id);
		body = submit_body(&f);
		conversation = json_format(json_at(body, "/conversation_id"), NULL);
		prospect = json_format(json_at(body, "/prospect_id"), NULL);
		assert_string_equal(conversation, cases[i].wanted);
		assert_string_equal(prospect, cases[i].wanted);
	}
}

static void test_submit__key_is_the_ais_own_or_the_shared_one(void **state)
{
	struct fixture f;
	CLEANUP(maax_request_done) struct maax_request request = { 0 };

	(void)state;
	init(&f);
	assert_int_equal(
		maax_submit_request(&f.config, &f.tokens, &f.message, &f.conversation, &request),
		0);
	assert_string_equal(request.key_header, "2hd-api-key: shared-key");
	maax_request_done(&request);
	assert_null(request.url);
	f.message.ai = TEXT("care");
	assert_int_equal(
		maax_submit_request(&f.config, &f.tokens, &f.message, &f.conversation, &request),
		0);
	assert_string_equal(request.key_header, "2hd-api-key: own-key");
	/* one that has left the configuration */
	f.message.ai = TEXT("gone");
	maax_request_done(&request);
	assert_int_equal(
		maax_submit_request(&f.config, &f.tokens, &f.message, &f.conversation, &request),
		-EINVAL);
	assert_null(request.url);
}

static void test_submit__as_query_is_percent_encoded(void **state)
{
	struct fixture f;
	CLEANUP(maax_request_done) struct maax_request request = { 0 };

	(void)state;
	init(&f);
	f.config.maax.request_encoding = ENCODING_QUERY;
	f.message.message_content = TEXT("a+b & c=\xC3\xA4\n~%");
	f.conversation.conversation_id = TEXT("77");
	assert_int_equal(
		maax_submit_request(&f.config, &f.tokens, &f.message, &f.conversation, &request),
		0);
	assert_null(request.body);
	assert_non_null(strstr(
		request.url, "/outgoing-messages/?message_content=a%2Bb%20%26%20c%3D%C3%A4%0A~%25"
			     "&platform=website&ai_id=123&service_type=selling"
			     "&prospect_info=%7B%22first_name%22%3A%22Ann%22%7D"
			     "&conversation_id=77&output_format=plain_text"
			     "&send_response_url=https%3A%2F%2Fx.example%2Fsub%2Fcb%2Fanswer%2F"));
	assert_non_null(strstr(request.url, "&followup_url=https%3A%2F%2F"));
}

static void test_submit__as_query_holds_the_longest_text(void **state)
{
	size_t len = 64 * KIB; /* the most that max_text can be */
	CLEANUP(freep) char *text = xcalloc(len + 1, 1);
	CLEANUP(maax_request_done) struct maax_request request = { 0 };
	struct fixture f;

	(void)state;
	init(&f);
	memset(text, '%', len);
	f.config.maax.request_encoding = ENCODING_QUERY;
	f.message.message_content = text;
	assert_int_equal(
		maax_submit_request(&f.config, &f.tokens, &f.message, &f.conversation, &request),
		0);
	assert_true(strlen(request.url) > 3 * len);
}

static void test_history__takes_only_ids_that_are_safe_in_a_path(void **state)
{
	static const char *const good[] = { "1", "123", "abc-DEF_9" };
	static const char *const bad[] = { "",	  "a/b", "..", "a.b", "a b",	   "a?b",
					   "a#b", "%2e", "\n", "é",   "1\r\nX: y", "a;b" };
	struct fixture f;

	(void)state;
	init(&f);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CLEANUP(maax_request_done) struct maax_request request = { 0 };
		CLEANUP(freep)
		char *url = xasprintf("https://maax.example/api/v2/conversations/%s/", good[i]);

		assert_int_equal(maax_history_request(&f.config, "care", good[i], &request), 0);
		assert_string_equal(request.url, url);
		assert_string_equal(request.key_header, "2hd-api-key: own-key");
		assert_null(request.body);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct maax_request request = { 0 };

		assert_int_equal(maax_history_request(&f.config, "care", bad[i], &request),
				 -EINVAL);
		assert_null(request.url);
	}
	assert_int_equal(maax_history_request(&f.config, "gone", "1", &(struct maax_request){ 0 }),
			 -EINVAL);
}

static void test_fetch_request__never_reuses_a_connection(void **state)
{
	struct maax_request request = { .url = TEXT("https://maax.example/"),
					.key_header = TEXT("2hd-api-key: k"),
					.body = TEXT("{}") };
	struct fetch_request fetch;
	const char *headers[4];
	struct fixture f;

	(void)state;
	init(&f);
	f.config.maax.submit_timeout = 7;
	f.config.maax.connect_timeout = 3;
	maax_fetch_request(&f.config, &request, headers, &fetch);
	assert_true(fetch.fresh_connection);
	assert_string_equal(fetch.method, "POST");
	assert_string_equal(fetch.headers[0], "2hd-api-key: k");
	assert_string_equal(fetch.headers[1], "Content-Type: application/json");
	assert_null(fetch.headers[3]);
	assert_int_equal(fetch.body_len, 2);
	assert_int_equal(fetch.timeout, 7);
	assert_int_equal(fetch.connect_timeout, 3);
	request.body = NULL;
	maax_fetch_request(&f.config, &request, headers, &fetch);
	assert_int_equal(fetch.body_len, 0);
	assert_non_null(fetch.body);
}

static void test_judge__as_section_7_says(void **state)
{
	static const struct {
		int status;
		enum maax_verdict verdict;
	} cases[] = {
		{ 200, MAAX_ACCEPTED }, { 201, MAAX_ACCEPTED }, { 299, MAAX_ACCEPTED },
		{ 300, MAAX_SUSPECT },	{ 301, MAAX_SUSPECT },	{ 399, MAAX_SUSPECT },
		{ 400, MAAX_REFUSED },	{ 401, MAAX_BAD_KEY },	{ 402, MAAX_DOWN },
		{ 403, MAAX_SUSPECT },	{ 404, MAAX_SUSPECT },	{ 405, MAAX_SUSPECT },
		{ 408, MAAX_DOWN },	{ 409, MAAX_DOWN },	{ 413, MAAX_REFUSED },
		{ 418, MAAX_DOWN },	{ 422, MAAX_REFUSED },	{ 429, MAAX_BUSY },
		{ 500, MAAX_DOWN },	{ 502, MAAX_DOWN },	{ 503, MAAX_DOWN },
		{ 599, MAAX_DOWN },	{ 100, MAAX_DOWN },	{ 0, MAAX_DOWN },
		{ 999, MAAX_DOWN },
	};
	struct fetch_result unsent = { .error = FETCH_UNSENT };
	struct fetch_result uncertain = { .error = FETCH_UNCERTAIN, .timed_out = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fetch_result result = { .error = FETCH_DONE, .status = cases[i].status };

		if (maax_judge(&result) != cases[i].verdict)
			fail_msg("%d is %d, not %d", cases[i].status, maax_judge(&result),
				 cases[i].verdict);
	}
	assert_int_equal(maax_judge(&unsent), MAAX_DOWN);
	assert_int_equal(maax_judge(&uncertain), MAAX_UNCERTAIN);
}

static void test_describe__in_a_few_words(void **state)
{
	static const struct {
		struct fetch_result result;
		const char *wanted;
	} cases[] = {
		{ { .error = FETCH_DONE, .status = 503, .detail = "x" }, "HTTP 503" },
		{ { .error = FETCH_UNSENT, .detail = "refused" }, "not sent: refused" },
		{ { .error = FETCH_UNSENT, .detail = "" }, "not sent" },
		{ { .error = FETCH_UNCERTAIN }, "no reply, may have arrived" },
		{ { .error = FETCH_UNCERTAIN, .detail = "timed out" },
		  "no reply, may have arrived: timed out" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *text = maax_describe(&cases[i].result);

		assert_string_equal(text, cases[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submit__has_what_maax_documents),
		cmocka_unit_test(test_submit__the_message_overrules_the_ai),
		cmocka_unit_test(test_submit__output_format_by_platform),
		cmocka_unit_test(test_submit__ids_go_back_as_they_came),
		cmocka_unit_test(test_submit__key_is_the_ais_own_or_the_shared_one),
		cmocka_unit_test(test_submit__as_query_is_percent_encoded),
		cmocka_unit_test(test_submit__as_query_holds_the_longest_text),
		cmocka_unit_test(test_history__takes_only_ids_that_are_safe_in_a_path),
		cmocka_unit_test(test_fetch_request__never_reuses_a_connection),
		cmocka_unit_test(test_judge__as_section_7_says),
		cmocka_unit_test(test_describe__in_a_few_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
