/*
 * maax-sim by itself: each directive really does what it says, or the tests of maaxd would prove
 * nothing. The receiver stands where maaxd's callback URLs would be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/http_client.h"
#include "lib/json_path.h"
#include "lib/peers.h"
#include "lib/testdir.h"
#include "lib/wait.h"

#include "base/clock.h"

#define KEY "maax-key-0123456789"

struct fixture {
	char *dir;
	struct peer sim;
	struct peer receiver;
	char *submit_url;
	usec_t timeout; /* of submits; 0: the client's usual one */
};

static int set_up(void **state)
{
	static const char *const arguments[] = { "--key", KEY, NULL };
	struct fixture *f = xnew(struct fixture);

	f->dir = testdir_new();
	sim_start(&f->sim, f->dir, arguments);
	receiver_start(&f->receiver, f->dir, NULL);
	f->submit_url = xasprintf("%s/api/v2/outgoing-messages/", f->sim.url);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	peer_stop(&f->sim);
	peer_stop(&f->receiver);
	peer_done(&f->sim);
	peer_done(&f->receiver);
	free(f->submit_url);
	testdir_remove(f->dir);
	free(f);
	return 0;
}

/* A complete submit of the customer `who`, whose URLs end in `token`. */
static struct json_object *submit_body(struct fixture *f, const char *text, const char *token,
				       const char *who)
{
	struct json_object *body = json_object_new_object();
	struct json_object *prospect = json_object_new_object();
	CLEANUP(freep) char *answer = xasprintf("%s/answer/%s", f->receiver.url, token);
	CLEANUP(freep) char *followup = xasprintf("%s/followup/%s", f->receiver.url, token);

	json_put_string(prospect, "first_name", "Ann");
	json_put_string(prospect, "email", who);
	json_put_string(body, "message_content", text);
	json_put_string(body, "platform", "website");
	json_put_int(body, "ai_id", 123);
	json_put_string(body, "service_type", "sales_automation");
	json_put(body, "prospect_info", prospect);
	json_put_string(body, "send_response_url", answer);
	json_put_string(body, "followup_url", followup);
	return body;
}

static void post_json(struct fixture *f, const char *key, struct json_object *body,
		      struct http_answer *ret_answer)
{
	CLEANUP(freep) char *text = json_format(body, NULL);
	CLEANUP(freep) char *key_header = xasprintf("2hd-api-key: %s", key);
	const char *const headers[] = { key_header, "Content-Type: application/json", NULL };
	const struct http_call call = {
		.url = f->submit_url,
		.headers = headers,
		.body = text,
		.timeout = f->timeout,
	};

	http_do(&call, ret_answer);
}

static void submit_as(struct fixture *f, const char *text, const char *token, const char *who,
		      struct http_answer *ret_answer)
{
	CLEANUP(json_putp) struct json_object *body = submit_body(f, text, token, who);

	post_json(f, KEY, body, ret_answer);
}

/* Submits and expects that status (0: no reply). */
static void submit(struct fixture *f, const char *text, const char *token, int status)
{
	CLEANUP(http_answer_done) struct http_answer answer;

	submit_as(f, text, token, "ann@example.org", &answer);
	if (answer.status != status)
		fail_msg("%s: %d instead of %d: %s", text, answer.status, status,
			 buf_text(&answer.body));
}

static struct json_object *wait_callbacks(struct fixture *f, size_t count)
{
	return receiver_wait(&f->receiver, NULL, NULL, count);
}

/* Submits with directives and gives the first callback as the receiver saw it; the caller's. */
static struct json_object *only_callback(struct fixture *f, const char *directives)
{
	CLEANUP(freep) char *text = xasprintf("Hi [sim %s]", directives);
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, text, "t1", 200);
	lines = wait_callbacks(f, 1);
	return json_object_get(json_object_array_get_idx(lines, 0));
}

/* --- the submit --- */

static void test_submit__checks_the_key(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *body = submit_body(f, "Hi", "t1", "a@b");
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	post_json(f, "wrong", body, &answer);
	assert_int_equal(answer.status, 401);
	lines = sim_log(&f->sim, "submit");
	assert_false(json_path_bool(lines, "/0/key_ok"));
	assert_string_equal(json_path(lines, "/0/headers/2hd-api-key"), "(hidden)");
}

static void test_submit__names_each_missing_parameter(void **state)
{
	static const char *const names[] = { "message_content", "platform",	     "ai_id",
					     "service_type",	"send_response_url", "followup_url",
					     "prospect_info" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(json_putp) struct json_object *body = submit_body(f, "Hi", "t1", "a@b");
		CLEANUP(http_answer_done) struct http_answer answer;
		CLEANUP(freep) char *pointer = xasprintf("/fields/%s", names[i]);

		json_object_object_del(body, names[i]);
		post_json(f, KEY, body, &answer);
		assert_int_equal(answer.status, 400);
		assert_non_null(json_path(answer.json, pointer));
	}
}

static void test_submit__wants_a_name_and_a_contact(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *body = submit_body(f, "Hi", "t1", "a@b");
	struct json_object *prospect = json_at(body, "/prospect_info");
	CLEANUP(http_answer_done) struct http_answer nameless = { 0 };
	CLEANUP(http_answer_done) struct http_answer unreachable = { 0 };

	json_object_object_del(prospect, "first_name");
	post_json(f, KEY, body, &nameless);
	assert_int_equal(nameless.status, 400);
	json_put_string(prospect, "first_name", "Ann");
	json_put_string(prospect, "last_name", "Lee");
	json_object_object_del(prospect, "email");
	post_json(f, KEY, body, &unreachable);
	assert_int_equal(unreachable.status, 400);
}

static void test_submit__wants_the_trailing_slash(void **state)
{
	struct fixture *f = *state;
	CLEANUP(freep) char *url = xasprintf("%s/api/v2/outgoing-messages", f->sim.url);
	CLEANUP(http_answer_done) struct http_answer answer;

	http_post(url, "{}", &answer);
	assert_int_equal(answer.status, 404);
}

static void test_submit__takes_query_parameters(void **state)
{
	static const char *const headers[] = { "2hd-api-key: " KEY, NULL };
	struct fixture *f = *state;
	CLEANUP(freep)
	char *url = xasprintf("%s?message_content=Hi+there&platform=sms&ai_id=1"
			      "&service_type=sales_automation&send_response_url=%s/answer/q"
			      "&followup_url=%s/followup/q"
			      "&prospect_info=%%7B%%22first_name%%22:%%22A%%22,%%22phone%%22:1%%7D",
			      f->submit_url, f->receiver.url, f->receiver.url);
	const struct http_call call = { .method = "POST", .url = url, .headers = headers };
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	http_do(&call, &answer);
	assert_int_equal(answer.status, 200);
	lines = wait_callbacks(f, 1);
	assert_string_equal(json_path(lines, "/0/body/message_content"), "Answer to: Hi there");
}

static void test_ids__are_one_conversation_for_each_contact(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *who, *token;
		int64_t conversation, incoming;
	} cases[] = {
		{ "ann@example.org", "t1", 5001, 90001 },
		{ "bob@example.org", "t2", 5002, 90002 },
		{ "ann@example.org", "t3", 5001, 90003 },
		{ "ann@example.org", "t3", 5001, 90003 }, /* the same message, submitted again */
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(http_answer_done) struct http_answer answer;

		submit_as(f, "Hi [sim ids]", cases[i].token, cases[i].who, &answer);
		assert_int_equal(json_path_int(answer.json, "/conversation_id"),
				 cases[i].conversation);
		assert_int_equal(json_path_int(answer.json, "/prospect_id"),
				 cases[i].conversation + 2000);
		assert_int_equal(json_path_int(answer.json, "/incoming_message_id"),
				 cases[i].incoming);
	}
}

static void test_reply__has_the_status_and_delay_of_the_directives(void **state)
{
	struct fixture *f = *state;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *retry_after = NULL;
	const usec_t start = clock_boottime();

	submit_as(f, "Hi [sim reply=429 retry-after=7 reply-delay=150ms]", "t1", "a@b", &answer);
	assert_int_equal(answer.status, 429);
	retry_after = http_answer_header(&answer, "Retry-After");
	assert_string_equal(retry_after, "7");
	assert_true(clock_boottime() - start >= 150 * USEC_PER_MSEC);
}

static void test_reply__refused_messages_are_not_answered_unless_told(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "First [sim reply=503]", "t1", 503);
	submit(f, "Second [sim reply=503 store]", "t2", 503);
	lines = wait_callbacks(f, 1);
	assert_string_equal(json_path(lines, "/0/path"), "/answer/t2");
	assert_int_equal(json_object_array_length(lines), 1);
}

static void test_reply_body__is_what_was_asked_for(void **state)
{
	struct fixture *f = *state;
	CLEANUP(http_answer_done) struct http_answer none = { 0 };
	CLEANUP(http_answer_done) struct http_answer not_json = { 0 };
	CLEANUP(http_answer_done) struct http_answer huge = { 0 };

	submit_as(f, "Hi [sim reply=202 reply-body=none]", "t1", "a@b", &none);
	assert_int_equal(none.status, 202);
	assert_int_equal(none.body.len, 0);
	submit_as(f, "Hi [sim reply-body=not-json]", "t2", "a@b", &not_json);
	assert_true(not_json.body.len > 0);
	assert_null(not_json.json);
	submit_as(f, "Hi [sim reply-body=huge]", "t3", "a@b", &huge);
	assert_int_equal(huge.body.len, 8 * MIB);
}

static void test_reset__cuts_the_connection_without_processing(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "First [sim reset]", "t1", 0);
	submit(f, "Second", "t2", 200);
	lines = wait_callbacks(f, 1);
	assert_string_equal(json_path(lines, "/0/path"), "/answer/t2");
}

static void test_reset_after_store__cuts_but_answers(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "Hi [sim reset-after-store]", "t1", 0);
	lines = wait_callbacks(f, 1);
	assert_string_equal(json_path(lines, "/0/body/message_content"), "Answer to: Hi");
}

static void test_stall__never_replies(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(json_putp) struct json_object *replies = NULL;

	f->timeout = USEC_PER_SEC;
	submit(f, "Hi [sim stall]", "t1", 0);
	submits = sim_wait(&f->sim, "submit", 1);
	replies = sim_log(&f->sim, "reply");
	assert_int_equal(json_object_array_length(replies), 0);
}

static void test_times__is_for_the_first_tries_of_a_message(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "Hi [sim reply=500 times=2]", "t1", 500);
	submit(f, "Hi [sim reply=500 times=2]", "t1", 500);
	submit(f, "Hi [sim reply=500 times=2]", "t1", 200);
	submit(f, "Hi [sim reply=500 times=2]", "t2", 500);
	lines = sim_log(&f->sim, "submit");
	assert_int_equal(json_path_int(lines, "/2/try"), 3);
}

static void test_directives__a_wrong_one_is_refused_by_name(void **state)
{
	struct fixture *f = *state;
	CLEANUP(http_answer_done) struct http_answer answer;

	submit_as(f, "Hi [sim shape=oval]", "t1", "a@b", &answer);
	assert_int_equal(answer.status, 400);
	assert_non_null(strstr(json_path(answer.json, "/detail"), "shape=oval"));
}

/* --- callbacks --- */

static void test_before__the_callback_comes_before_the_reply(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *all = NULL;

	submit(f, "Hi [sim before]", "t1", 200);
	all = sim_log(&f->sim, NULL);
	assert_string_equal(json_path(all, "/0/event"), "submit");
	assert_string_equal(json_path(all, "/1/event"), "callback");
	assert_string_equal(json_path(all, "/2/event"), "reply");
}

static void test_callbacks__identical_ones_and_an_extra(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "Hi [sim callbacks=3 extra]", "t1", 200);
	lines = wait_callbacks(f, 4);
	assert_int_equal(json_count(lines, "/body/message_content", "Answer to: Hi"), 3);
	assert_string_equal(json_path(lines, "/3/body/message_content"), "Another answer to: Hi");
}

static void test_callbacks__none(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "First [sim callbacks=0]", "t1", 200);
	submit(f, "Second [sim callback=none]", "t2", 200);
	submit(f, "Third", "t3", 200);
	lines = wait_callbacks(f, 1);
	assert_string_equal(json_path(lines, "/0/path"), "/answer/t3");
}

static void test_delay__is_kept(void **state)
{
	struct fixture *f = *state;
	const usec_t start = clock_boottime();

	json_object_put(only_callback(f, "delay=200ms"));
	assert_true(clock_boottime() - start >= 200 * USEC_PER_MSEC);
}

static void test_retry__repeats_a_failed_callback(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	receiver_script(&f->receiver, "{\"status\":503,\"times\":2}");
	submit(f, "Hi [sim retry=5 retry-delay=10ms]", "t1", 200);
	lines = sim_wait(&f->sim, "callback", 3);
	assert_int_equal(json_path_int(lines, "/0/status"), 503);
	assert_int_equal(json_path_int(lines, "/1/status"), 503);
	assert_int_equal(json_path_int(lines, "/2/status"), 200);
	assert_string_equal(json_path(lines, "/2/body"), json_path(lines, "/0/body"));
}

static void test_token_older__uses_the_url_of_the_message_before(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "First [sim callbacks=0]", "t1", 200);
	submit(f, "Second [sim token=older]", "t2", 200);
	lines = wait_callbacks(f, 1);
	assert_string_equal(json_path(lines, "/0/path"), "/answer/t1");
	assert_string_equal(json_path(lines, "/0/body/message_content"), "Answer to: Second");
}

static void test_order_swap__holds_until_the_next_answer_is_out(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "First [sim order=swap]", "t1", 200);
	submit(f, "Second [sim delay=100ms]", "t2", 200);
	lines = wait_callbacks(f, 2);
	assert_string_equal(json_path(lines, "/0/path"), "/answer/t2");
	assert_string_equal(json_path(lines, "/1/path"), "/answer/t1");
}

static void test_followup__comes_on_its_own_url_each_time(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "Hi [sim callbacks=0 followup=30ms,120ms]", "t1", 200);
	lines = wait_callbacks(f, 2);
	assert_int_equal(json_count(lines, "/path", "/followup/t1"), 2);
	assert_int_equal(json_count(lines, "/body/message_content", "Follow-up 1 to: Hi"), 1);
	assert_int_equal(json_count(lines, "/body/message_content", "Follow-up 2 to: Hi"), 1);
}

static void test_emergency__goes_to_the_url_named_last(void **state)
{
	struct fixture *f = *state;
	CLEANUP(freep) char *control = xasprintf("%s/sim/emergency-url", f->sim.url);
	CLEANUP(freep) char *target = xasprintf("%s/emergency", f->receiver.url);
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(json_putp) struct json_object *line = NULL;

	http_post(control, target, &answer);
	assert_int_equal(answer.status, 200);
	line = only_callback(f, "callbacks=0 emergency=10ms");
	assert_string_equal(json_path(line, "/path"), "/emergency");
	assert_int_equal(json_path_int(line, "/body/conversation_id"), 5001);
	assert_string_equal(json_path(line, "/body/prospect_info/email"), "ann@example.org");
}

/* --- what callbacks look like --- */

struct look {
	const char *directives;
	const char *content_type; /* NULL: none */
	const char *pointer;	  /* of the text in the receiver's line */
	const char *text;	  /* its beginning */
};

static void test_shape__each_looks_as_it_should(void **state)
{
	static const struct look looks[] = {
		{ "shape=flat", "application/json", "/body/message_content", "Answer to: Hi" },
		{ "shape=nested", "application/json", "/body/data/message_content",
		  "Answer to: Hi" },
		{ "shape=form", "application/x-www-form-urlencoded", "/raw",
		  "message_content=Answer+to%3A+Hi&conversation_id=5001&" },
		{ "shape=multipart", "multipart/form-data; boundary=maax-sim-boundary-7d1f", "/raw",
		  "--maax-sim-boundary-7d1f\r\nContent-Disposition: form-data; "
		  "name=\"message_content\"\r\n\r\nAnswer to: Hi\r\n" },
		{ "shape=text", "text/plain; charset=utf-8", "/raw", "Answer to: Hi" },
		{ "shape=json-string", "application/json", "/body", "Answer to: Hi" },
		{ "shape=array", "application/json", "/body/0/message_content", "Answer to: Hi" },
		{ "shape=bom", "application/json", "/raw", "\xef\xbb\xbf{\"message_content\":" },
		{ "shape=query", NULL, "/query", "message_content=Answer+to%3A+Hi&" },
		{ "shape=xml", "application/xml", "/raw", "<?xml" },
		{ "shape=garbage", "application/json", "/raw", "(not UTF-8)" },
		{ "shape=unknown-fields", "application/json", "/body/zq_1", "Answer to: Hi" },
		{ "shape=empty", "application/json", "/raw", "" },
		{ "field=reply", "application/json", "/body/reply", "Answer to: Hi" },
		{ "text=\"Bye ]now\"", "application/json", "/body/message_content", "Bye ]now" },
		{ "method=PUT", "application/json", "/method", "PUT" },
		{ "method=GET", NULL, "/query", "message_content=Answer+to%3A+Hi&" },
		{ "slash", "application/json", "/path", "/answer/t1/" },
		{ "chunked", "application/json", "/headers/Transfer-Encoding", "chunked" },
		{ "shape=text content-type=none", NULL, "/raw", "Answer to: Hi" },
		{ "shape=form content-type=application/json", "application/json", "/raw",
		  "message_content=Answer" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		CLEANUP(freep) char *text = xasprintf("Hi [sim %s]", looks[i].directives);
		CLEANUP(json_putp) struct json_object *lines = NULL;
		struct json_object *line;
		const char *found;

		submit(f, text, "t1", 200);
		lines = wait_callbacks(f, i + 1);
		line = json_object_array_get_idx(lines, i);
		found = json_path(line, looks[i].pointer);
		if (!found || strncmp(found, looks[i].text, strlen(looks[i].text)) != 0 ||
		    !json_path_is(line, "/headers/Content-Type", looks[i].content_type))
			fail_msg("%s: %s", looks[i].directives, json_object_to_json_string(line));
	}
}

static void test_without_ids__only_the_text_is_left(void **state)
{
	CLEANUP(json_putp) struct json_object *line = only_callback(*state, "without-ids");

	assert_int_equal(json_object_object_length(json_at(line, "/body")), 1);
}

static void test_size__pads_the_text(void **state)
{
	CLEANUP(json_putp) struct json_object *line = only_callback(*state, "size=100K");

	assert_int_equal(strlen(json_path(line, "/body/message_content")), 100 * KIB);
}

static void test_shape_huge__is_more_than_a_hook_takes(void **state)
{
	CLEANUP(json_putp) struct json_object *line = only_callback(*state, "shape=huge");

	assert_true(strlen(json_path(line, "/body/message_content")) > 2 * MIB);
}

/* --- script and control --- */

static void test_script__first_rule_that_fits_and_text_overrides(void **state)
{
	struct fixture *f = *state;

	sim_default(&f->sim, "reply=201");
	sim_script(&f->sim, "# a comment\n\"good bye\" reply=404\n* reply=503 times=1\n");
	submit(f, "Well, good bye", "t1", 404);
	submit(f, "Hello", "t2", 503);
	submit(f, "Hello", "t2", 201);
	submit(f, "Hello [sim reply=202]", "t3", 202);
	sim_script(&f->sim, "");
	submit(f, "Well, good bye", "t4", 201);
}

static void test_script__a_wrong_rule_is_refused(void **state)
{
	struct fixture *f = *state;
	CLEANUP(freep) char *url = xasprintf("%s/sim/script", f->sim.url);
	CLEANUP(http_answer_done) struct http_answer answer;

	http_post(url, "* replay=1\n", &answer);
	assert_int_equal(answer.status, 400);
	submit(f, "Hello", "t1", 200);
}

static void test_callback_on_demand__reports_what_came_back(void **state)
{
	struct fixture *f = *state;
	CLEANUP(json_putp) struct json_object *request = json_object_new_object();
	CLEANUP(json_putp) struct json_object *lines = NULL;
	CLEANUP(freep) char *url = xasprintf("%s/any?x=1", f->receiver.url);

	receiver_script(&f->receiver, "{\"status\":418}");
	json_put_string(request, "url", url);
	json_put_string(request, "method", "PUT");
	json_put_string(request, "content_type", "text/x-odd");
	json_put_string(request, "body", "just text");
	assert_int_equal(sim_callback(&f->sim, request), 418);
	lines = wait_callbacks(f, 1);
	assert_string_equal(json_path(lines, "/0/method"), "PUT");
	assert_string_equal(json_path(lines, "/0/query"), "x=1");
	assert_string_equal(json_path(lines, "/0/raw"), "just text");
	assert_string_equal(json_path(lines, "/0/headers/Content-Type"), "text/x-odd");
}

static void test_log__waits_for_the_next_line_of_an_event(void **state)
{
	struct fixture *f = *state;
	CLEANUP(freep) char *url = xasprintf("%s/sim/log?event=callback&wait=20", f->sim.url);
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(json_putp) struct json_object *lines = NULL;

	submit(f, "Hi [sim delay=100ms]", "t1", 200);
	http_get(url, &answer);
	lines = json_lines(buf_text(&answer.body));
	assert_int_equal(json_object_array_length(lines), 1);
	assert_string_equal(json_path(lines, "/0/event"), "callback");
}

static void test_history__tells_the_conversation(void **state)
{
	static const char *const headers[] = { "2hd-api-key: " KEY, NULL };
	struct fixture *f = *state;
	CLEANUP(freep) char *url = xasprintf("%s/api/v2/conversations/5001/", f->sim.url);
	const struct http_call call = { .method = "POST", .url = url, .headers = headers };
	CLEANUP(http_answer_done) struct http_answer answer;

	json_object_put(only_callback(f, "delay=0s"));
	http_do(&call, &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(json_path(answer.json, "/messages/0/message_content"), "Hi");
	assert_string_equal(json_path(answer.json, "/messages/1/message_content"), "Answer to: Hi");
}

#define SIM_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SIM_TEST(test_submit__checks_the_key),
		SIM_TEST(test_submit__names_each_missing_parameter),
		SIM_TEST(test_submit__wants_a_name_and_a_contact),
		SIM_TEST(test_submit__wants_the_trailing_slash),
		SIM_TEST(test_submit__takes_query_parameters),
		SIM_TEST(test_ids__are_one_conversation_for_each_contact),
		SIM_TEST(test_reply__has_the_status_and_delay_of_the_directives),
		SIM_TEST(test_reply__refused_messages_are_not_answered_unless_told),
		SIM_TEST(test_reply_body__is_what_was_asked_for),
		SIM_TEST(test_reset__cuts_the_connection_without_processing),
		SIM_TEST(test_reset_after_store__cuts_but_answers),
		SIM_TEST(test_stall__never_replies),
		SIM_TEST(test_times__is_for_the_first_tries_of_a_message),
		SIM_TEST(test_directives__a_wrong_one_is_refused_by_name),
		SIM_TEST(test_before__the_callback_comes_before_the_reply),
		SIM_TEST(test_callbacks__identical_ones_and_an_extra),
		SIM_TEST(test_callbacks__none),
		SIM_TEST(test_delay__is_kept),
		SIM_TEST(test_retry__repeats_a_failed_callback),
		SIM_TEST(test_token_older__uses_the_url_of_the_message_before),
		SIM_TEST(test_order_swap__holds_until_the_next_answer_is_out),
		SIM_TEST(test_followup__comes_on_its_own_url_each_time),
		SIM_TEST(test_emergency__goes_to_the_url_named_last),
		SIM_TEST(test_shape__each_looks_as_it_should),
		SIM_TEST(test_without_ids__only_the_text_is_left),
		SIM_TEST(test_size__pads_the_text),
		SIM_TEST(test_shape_huge__is_more_than_a_hook_takes),
		SIM_TEST(test_script__first_rule_that_fits_and_text_overrides),
		SIM_TEST(test_script__a_wrong_rule_is_refused),
		SIM_TEST(test_callback_on_demand__reports_what_came_back),
		SIM_TEST(test_log__waits_for_the_next_line_of_an_event),
		SIM_TEST(test_history__tells_the_conversation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
