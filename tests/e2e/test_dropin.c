/* The drop-in API: an integration written for Maax, which only changed the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "lib/dropin_client.h"
#include "lib/rawsock.h"

#include "base/buf.h"

/* ---- the reply ---- */

static void test_submit__has_maax_s_own_reply(void **state)
{
	struct harness h;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *type = NULL;
	CLEANUP(freep) char *id = NULL;
	struct json_object *sent;

	(void)state;
	dropin_start(&h, NULL);
	body = dropin_body("Hello", "ann", h.receiver.url);
	dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(buf_text(&answer.body), "{\"incoming_message_id\":90001}");
	type = http_answer_header(&answer, "Content-Type");
	assert_string_equal(type, "application/json");
	id = http_answer_header(&answer, "X-Maaxd-Message");
	message = harness_wait_state(&h, id, "answered");
	assert_true(json_path_is(message, "/message/incoming_message_id", "90001"));

	/* What Maax got is ours, but for what the caller said. */
	log = sim_wait(&h.sim, "submit", 1);
	sent = json_at(json_object_array_get_idx(log, 0), "/body");
	assert_non_null(sent);
	assert_true(json_path_is(sent, "/message_content", "Hello"));
	assert_true(json_path_is(sent, "/ai_id", "123"));
	assert_true(json_path_is(sent, "/output_format", NULL));
	assert_ptr_equal(strstr(json_path(sent, "/send_response_url"), h.public_url),
			 json_path(sent, "/send_response_url"));
	harness_stop(&h);
}

static void test_refusal_of_maax__is_passed_on(void **state)
{
	struct harness h;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *id = NULL;

	(void)state;
	dropin_start(&h, NULL);
	body = dropin_body("Hello [sim reply=400]", "ann", h.receiver.url);
	dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 400);
	assert_string_equal(buf_text(&answer.body), "{\"detail\":\"told to refuse\"}");
	id = http_answer_header(&answer, "X-Maaxd-Message");
	json_object_put(harness_wait_state(&h, id, "failed"));
	harness_stop(&h);
}

static void assert_empty_reply(const struct http_answer *answer)
{
	assert_int_equal(answer->status, 200);
	assert_string_equal(buf_text(&answer->body), "{}");
}

static void test_no_usable_reply__is_an_empty_object(void **state)
{
	static const char *const texts[] = { "Hello [sim stall]", "Hello [sim reply=503]",
					     "Hello [sim reply-body=huge]",
					     "Hello [sim reply=401]" };
	const struct harness_options options = { .maax = "submit_timeout = 1s" };
	struct harness h;

	(void)state;
	dropin_start(&h, &options);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		CLEANUP(freep) char *contact = xasprintf("ann%zu", i);
		CLEANUP(json_putp)
		struct json_object *body = dropin_body(texts[i], contact, h.receiver.url);
		CLEANUP(http_answer_done) struct http_answer answer;

		dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
		assert_empty_reply(&answer);
	}
	harness_stop(&h);
}

static void test_reply_of_a_later_try__is_passed_on(void **state)
{
	struct harness h;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;

	(void)state;
	dropin_start(&h, NULL);
	body = dropin_body("Hello [sim reply=503 times=2]", "ann", h.receiver.url);
	dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(json_path_is(answer.json, "/incoming_message_id", "90001"));
	harness_stop(&h);
}

static void test_callback_before_the_reply__does_not_end_the_wait(void **state)
{
	struct harness h;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;

	(void)state;
	dropin_start(&h, NULL);
	body = dropin_body("Hello [sim before]", "ann", h.receiver.url);
	dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(json_path_is(answer.json, "/incoming_message_id", "90001"));
	harness_stop(&h);
}

static void test_behind_another__is_not_waited_for_too_long(void **state)
{
	const struct harness_options options = { .maax = "submit_timeout = 300ms" };
	struct harness h;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *other = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(json_putp) struct json_object *earlier = NULL;

	(void)state;
	dropin_start(&h, &options);
	first = dropin_send(&h, "First [sim callbacks=0]", "ann");
	second = dropin_send(&h, "Second", "ann");
	other = dropin_send(&h, "Other", "bob");
	json_object_put(harness_wait_state(&h, other, "answered"));
	message = harness_message(&h, second);
	earlier = harness_message(&h, first);
	assert_true(json_path_is(message, "/message/state", "queued"));
	assert_true(json_path_is(message, "/message/conversation",
				 json_path(earlier, "/message/conversation")));
	harness_stop(&h);
}

static void test_stop__answers_what_waits(void **state)
{
	struct harness h;
	CLEANUP(freep) char *reply = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	int fd;

	(void)state;
	dropin_start(&h, NULL);
	fd = dropin_send_raw(&h, "Hello [sim reply-delay=30s]", "ann");
	log = sim_wait(&h.sim, "submit", 1);
	process_signal(&h.daemon.process, SIGTERM);
	reply = api_receive(fd);
	assert_ptr_equal(strstr(reply, "HTTP/1.1 200 OK"), reply);
	assert_non_null(strstr(reply, "\r\n\r\n{}"));
	harness_stop(&h);
}

static void test_client_that_went__changes_nothing(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	int fd;

	(void)state;
	dropin_start(&h, NULL);
	fd = dropin_send_raw(&h, "Gone [sim reply-delay=300ms]", "ann");
	json_object_put(sim_wait(&h.sim, "submit", 1));
	rawsock_reset(fd);
	json_object_put(dropin_wait(&h.receiver, "/hook/answer", 1));
	id = dropin_send(&h, "Still here", "bob");
	json_object_put(harness_wait_state(&h, id, "answered"));
	harness_stop(&h);
}

static void test_idempotency_key__gets_the_same_reply(void **state)
{
	struct harness h;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(http_answer_done) struct http_answer first;
	CLEANUP(http_answer_done) struct http_answer second;
	CLEANUP(http_answer_done) struct http_answer other;
	struct dropin_call call = { .header = "Idempotency-Key: once" };

	(void)state;
	dropin_start(&h, NULL);
	body = dropin_body("Hello", "ann", h.receiver.url);
	call.body = body;
	dropin_call(&h, &call, &first);
	dropin_call(&h, &call, &second);
	assert_string_equal(buf_text(&first.body), "{\"incoming_message_id\":90001}");
	assert_string_equal(buf_text(&second.body), buf_text(&first.body));
	json_put_string(body, "message_content", "Another");
	dropin_call(&h, &call, &other);
	assert_int_equal(other.status, 422);
	log = sim_log(&h.sim, "submit");
	assert_int_equal(json_object_array_length(log), 1);
	harness_stop(&h);
}

static void test_limits__hold_here_too(void **state)
{
	const struct harness_options options = { .source = "limit_conversation = 1/h\n"
							   "limit_rate = 2/m" };
	struct harness h;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *retry_after = NULL;

	(void)state;
	dropin_start(&h, &options);
	first = dropin_send(&h, "One", "ann");
	second = dropin_send(&h, "Two", "ann");
	message = harness_message(&h, second);
	assert_true(json_path_is(message, "/message/state", "held"));
	body = dropin_body("Three", "bob", h.receiver.url);
	dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 429);
	retry_after = http_answer_header(&answer, "Retry-After");
	assert_non_null(retry_after);
	harness_stop(&h);
}

/* ---- the request ---- */

static void test_key__in_maax_s_header_only(void **state)
{
	struct harness h;
	CLEANUP(json_putp) struct json_object *object = NULL;
	CLEANUP(freep) char *body = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;

	(void)state;
	dropin_start(&h, NULL);
	object = dropin_body("Hello", "ann", h.receiver.url);
	body = json_format(object, NULL);
	dropin_call(&h, &(struct dropin_call){ .key = "wrong", .body = object }, &answer);
	assert_int_equal(answer.status, 401);
	/* Neither does the bearer key open this door, nor this header the other one. */
	api_expect(&h, &(struct api_call){ .path = DROPIN_PATH, .body = body }, 401,
		   "unauthorized");
	api_expect(&h,
		   &(struct api_call){ .key = "",
				       .path = "/v1/messages",
				       .header = "2hd-api-key: " HARNESS_KEY },
		   401, "unauthorized");
	api_expect(&h,
		   &(struct api_call){ .path = "/api/v2/conversations/5001/", .method = "POST" },
		   401, "unauthorized");
	harness_stop(&h);
}

static void test_query__is_taken_and_the_body_wins(void **state)
{
	static const char query[] =
		DROPIN_PATH "?message_content=From+the+query&platform=sms&ai_id=123"
			    "&service_type=sales_automation&prospect_id=&conversation_id="
			    "&output_format=plain_text&prospect_info="
			    "%%7B%%22first_name%%22%%3A%%22Bob%%22%%2C%%22phone%%22%%3A1234567%%7D"
			    "&send_response_url=%s/hook/answer&followup_url=%s/hook/followup";
	struct harness h;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(http_answer_done) struct http_answer first;
	CLEANUP(http_answer_done) struct http_answer second;

	(void)state;
	dropin_start(&h, NULL);
	path = xasprintf(query, h.receiver.url, h.receiver.url);
	dropin_call(&h, &(struct dropin_call){ .path = path }, &first);
	if (first.status != 200)
		fail_msg("%d %s", first.status, buf_text(&first.body));
	json_object_put(dropin_wait(&h.receiver, "/hook/answer", 1));
	json_put_string(body, "message_content", "From the body");
	dropin_call(&h, &(struct dropin_call){ .path = path, .body = body }, &second);
	assert_int_equal(second.status, 200);
	log = sim_wait(&h.sim, "submit", 2);
	for (size_t i = 0; i < 2; i++) {
		struct json_object *sent = json_at(json_object_array_get_idx(log, i), "/body");

		assert_true(json_path_is(sent, "/message_content",
					 i == 0 ? "From the query" : "From the body"));
		assert_true(json_path_is(sent, "/prospect_info/phone", "1234567"));
		assert_true(json_path_is(sent, "/output_format", "plain_text"));
	}
	harness_stop(&h);
}

static void test_wrong_parameters__are_400_by_name(void **state)
{
	static const struct {
		const char *field, *value; /* JSON; NULL: left out */
		const char *named;
	} rows[] = {
		{ "message_content", NULL, "/message_content" },
		{ "message_content", "\"\"", "/message_content" },
		{ "platform", "\"fax\"", "/platform" },
		{ "ai_id", "124", "/ai_id" },
		{ "ai_id", "\"x\"", "/ai_id" },
		{ "prospect_info", NULL, "/prospect_info" },
		{ "prospect_info", "\"{\"", "/prospect_info" },
		{ "prospect_info", "{\"first_name\":\"Ann\"}", "/prospect_info" },
		{ "prospect_info", "{\"first_name\":\"Ann\",\"email\":[]}",
		  "/prospect_info/email" },
		{ "prospect_id", "\"seven\"", "/prospect_id" },
		{ "conversation_id", "1.5", "/conversation_id" },
		{ "output_format", "\"pdf\"", "/output_format" },
		{ "send_response_url", NULL, "/send_response_url" },
		{ "send_response_url", "\"\"", "/send_response_url" },
		{ "send_response_url", "\"hooks.example.org\"", "/send_response_url" },
		{ "followup_url", NULL, "/followup_url" },
		{ "followup_url", "7", "/followup_url" },
	};
	struct harness h;

	(void)state;
	dropin_start(&h, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(json_putp)
		struct json_object *body = dropin_body("Hello", "ann", h.receiver.url);
		CLEANUP(http_answer_done) struct http_answer answer;
		struct json_object *value = NULL;
		const char *why;

		json_object_object_del(body, rows[i].field);
		if (rows[i].value) {
			assert_int_equal(
				json_parse(rows[i].value, strlen(rows[i].value), &value, &why), 0);
			json_put(body, rows[i].field, value);
		}
		dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
		if (answer.status != 400 ||
		    !json_path_is(answer.json, "/errors/0/field", rows[i].named))
			fail_msg("%s %s: %d %s", rows[i].field,
				 rows[i].value ? rows[i].value : "missing", answer.status,
				 buf_text(&answer.body));
	}
	harness_stop(&h);
}

static void test_unknown_parameters__are_no_mistake(void **state)
{
	struct harness h;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	struct json_object *sent;

	(void)state;
	dropin_start(&h, NULL);
	body = dropin_body("Hello", "ann", h.receiver.url);
	json_put_string(body, "campaign", "spring");
	json_put_string(body, "conversation_key", "mine");
	json_put(body, "prospect_id", NULL);
	json_put_string(json_at(body, "/prospect_info"), "company", "Acme");
	dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 200);
	log = sim_wait(&h.sim, "submit", 1);
	sent = json_at(json_object_array_get_idx(log, 0), "/body");
	assert_true(json_path_is(sent, "/prospect_info/company", "Acme"));
	assert_true(json_path_is(sent, "/campaign", NULL));
	harness_stop(&h);
}

static void send_broken(const struct harness *h, const char *body)
{
	static const char *const headers[] = { "2hd-api-key: " HARNESS_KEY, NULL };
	CLEANUP(freep) char *url = xasprintf("%s" DROPIN_PATH, h->public_url);
	CLEANUP(http_answer_done) struct http_answer answer;

	http_do(&(struct http_call){ .url = url, .headers = headers, .body = body }, &answer);
	assert_int_equal(answer.status, 400);
	assert_true(json_path_is(answer.json, "/code", "bad_json"));
}

static void test_broken_json__is_400(void **state)
{
	struct harness h;

	(void)state;
	dropin_start(&h, NULL);
	send_broken(&h, "{");
	send_broken(&h, "[]");
	send_broken(&h, "null");
	send_broken(&h, "message_content=Hello");
	harness_stop(&h);
}

/* ---- history ---- */

static void test_history__of_own_conversations_only(void **state)
{
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(http_answer_done) struct http_answer own;
	CLEANUP(http_answer_done) struct http_answer foreign;
	CLEANUP(http_answer_done) struct http_answer unknown;
	CLEANUP(http_answer_done) struct http_answer taken;
	struct dropin_call call = { .path = "/api/v2/conversations/5001/" };
	struct harness_options options = { 0 };
	CLEANUP(freep) char *more = NULL;

	(void)state;
	harness_prepare(&h, NULL);
	free(testdir_write(h.dir, "shop-keys", API_SHOP_KEY "\n"));
	more = xasprintf("[source \"shop\"]\nkind = api\nai = sales\nkey_file = %s/shop-keys\n"
			 "relay_http = on\nrelay_ports = %s\nrelay_allow = 127.0.0.1\n",
			 h.dir, strrchr(h.receiver.url, ':') + 1);
	options.more = more;
	dropin_configure(&h, &options, NULL);
	daemon_start(&h.daemon);

	id = dropin_send(&h, "Hello", "ann");
	json_object_put(harness_wait_state(&h, id, "answered"));
	dropin_call(&h, &call, &own);
	assert_int_equal(own.status, 200);
	assert_true(json_path_is(own.json, "/conversation_id", "5001"));
	assert_int_equal(json_path_len(own.json, "/messages"), 2);

	call.key = API_SHOP_KEY;
	dropin_call(&h, &call, &foreign);
	assert_int_equal(foreign.status, 404);
	/* Nor can it be claimed by sending to it. */
	body = dropin_body("Mine now", "eve", h.receiver.url);
	json_put_int(body, "conversation_id", 5001);
	dropin_call(&h, &(struct dropin_call){ .key = API_SHOP_KEY, .body = body }, &taken);
	assert_int_equal(taken.status, 400);
	assert_true(json_path_is(taken.json, "/errors/0/field", "/conversation_id"));

	call.key = NULL;
	call.path = "/api/v2/conversations/5002";
	dropin_call(&h, &call, &unknown);
	assert_int_equal(unknown.status, 404);
	harness_stop(&h);
}

static void test_history__faults_of_maax(void **state)
{
	const struct harness_options options = { .maax = "submit_timeout = 500ms" };
	struct harness h;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(http_answer_done) struct http_answer late;
	CLEANUP(http_answer_done) struct http_answer gone;
	const struct dropin_call call = { .path = "/api/v2/conversations/5001/" };

	(void)state;
	dropin_start(&h, &options);
	id = dropin_send(&h, "Hello", "ann");
	json_object_put(harness_wait_state(&h, id, "answered"));
	process_signal(&h.sim.process, SIGSTOP);
	dropin_call(&h, &call, &late);
	process_signal(&h.sim.process, SIGCONT);
	assert_int_equal(late.status, 504);
	assert_true(json_path_is(late.json, "/code", "maax_timeout"));
	peer_stop(&h.sim);
	dropin_call(&h, &call, &gone);
	assert_int_equal(gone.status, 502);
	/* maax-sim has ended already. */
	daemon_stop(&h.daemon);
	daemon_done(&h.daemon);
	peer_done(&h.sim);
	peer_stop(&h.receiver);
	peer_done(&h.receiver);
	free(h.public_url);
	free(h.admin_socket);
	testdir_remove(h.dir);
}

/* ---- ids of Maax's ---- */

static void test_conversation_id__finds_its_conversation(void **state)
{
	struct harness h;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(json_putp) struct json_object *body = NULL;
	CLEANUP(json_putp) struct json_object *before = NULL;
	CLEANUP(json_putp) struct json_object *after = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *second = NULL;

	(void)state;
	dropin_start(&h, NULL);
	first = dropin_send(&h, "Hello", "ann");
	before = harness_wait_state(&h, first, "answered");
	body = dropin_body("Again", "ann-at-work", h.receiver.url);
	json_put_int(body, "conversation_id", 5001);
	dropin_call(&h, &(struct dropin_call){ .body = body }, &answer);
	assert_int_equal(answer.status, 200);
	second = http_answer_header(&answer, "X-Maaxd-Message");
	after = harness_wait_state(&h, second, "answered");
	assert_true(json_path_is(after, "/message/conversation",
				 json_path(before, "/message/conversation")));
	log = sim_wait(&h.sim, "submit", 2);
	assert_true(
		json_path_is(json_object_array_get_idx(log, 1), "/body/conversation_id", "5001"));
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submit__has_maax_s_own_reply),
		cmocka_unit_test(test_refusal_of_maax__is_passed_on),
		cmocka_unit_test(test_no_usable_reply__is_an_empty_object),
		cmocka_unit_test(test_reply_of_a_later_try__is_passed_on),
		cmocka_unit_test(test_callback_before_the_reply__does_not_end_the_wait),
		cmocka_unit_test(test_behind_another__is_not_waited_for_too_long),
		cmocka_unit_test(test_stop__answers_what_waits),
		cmocka_unit_test(test_client_that_went__changes_nothing),
		cmocka_unit_test(test_idempotency_key__gets_the_same_reply),
		cmocka_unit_test(test_limits__hold_here_too),
		cmocka_unit_test(test_key__in_maax_s_header_only),
		cmocka_unit_test(test_query__is_taken_and_the_body_wins),
		cmocka_unit_test(test_wrong_parameters__are_400_by_name),
		cmocka_unit_test(test_unknown_parameters__are_no_mistake),
		cmocka_unit_test(test_broken_json__is_400),
		cmocka_unit_test(test_history__of_own_conversations_only),
		cmocka_unit_test(test_history__faults_of_maax),
		cmocka_unit_test(test_conversation_id__finds_its_conversation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
