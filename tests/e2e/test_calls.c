/* Webhooks that call somebody's API as it is: places, logins, filters, delays; and test sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <strings.h>

#include "lib/harness.h"
#include "lib/stream.h"

#include "base/clock.h"

#define ATTEMPT "/message/attempts/1" /* the submit is the first */

/* The line with a destination "api" alone, whose keys are `keys`; %R in them is the receiver. */
static void start_with(struct harness *h, const char *keys, struct harness_options options)
{
	CLEANUP(buf_done) struct buf more = BUF_INIT(64 * KIB);
	CLEANUP(freep) char *login = NULL;
	CLEANUP(freep) char *token = NULL;
	CLEANUP(freep)
	char *source = xasprintf("destinations = api\n%s", options.source ? options.source : "");

	harness_prepare(h, NULL);
	login = testdir_write(h->dir, "login", "AC01:secret word\n");
	token = testdir_write(h->dir, "token", "token-0123456789\n");
	assert_int_equal(buf_add_text(&more, "[destination \"api\"]\nkind = webhook\n"
					     "retry_schedule = 0s 50ms 50ms 50ms 1s 1s\n"),
			 0);
	for (const char *p = keys; *p; p++) {
		const char single[] = { *p, '\0' };
		const char *text = single;

		if (p[0] == '%' && (p[1] == 'R' || p[1] == 'D'))
			text = *++p == 'R' ? h->receiver.url : h->dir;
		assert_int_equal(buf_add_text(&more, text), 0);
	}
	options.source = source;
	options.more = buf_text(&more);
	harness_configure(h, &options);
	daemon_start(&h->daemon);
}

static void start(struct harness *h, const char *keys)
{
	start_with(h, keys, (struct harness_options){ 0 });
}

/* Sends a message with a phone number and `metadata` (JSON; NULL: none); its id, the caller's. */
static char *send_with(struct harness *h, const char *text, const char *metadata)
{
	CLEANUP(json_putp) struct json_object *message = harness_message_body(text, NULL);
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *body = NULL;
	struct json_object *parsed = NULL;
	const char *why;

	json_put_string(json_at(message, "/prospect_info"), "phone", "+49 (171) 555 01-00");
	if (metadata) {
		assert_int_equal(json_parse(metadata, strlen(metadata), &parsed, &why), 0);
		json_put(message, "metadata", parsed);
	}
	body = json_format(message, NULL);
	harness_api(h, "POST", "/v1/messages", body, &answer);
	assert_int_equal(answer.status, 202);
	return xstrdup(json_path(answer.json, "/message/id"));
}

static bool is_delivery(struct harness *h, const char *id, const char *state)
{
	CLEANUP(json_putp) struct json_object *message = harness_message(h, id);

	return json_path_is(message, "/message/deliveries/0/state", state);
}

/* Sends a message and waits for the state of its delivery; the story, the caller's. */
static struct json_object *story(struct harness *h, const char *text, const char *metadata,
				 const char *state)
{
	CLEANUP(freep) char *id = send_with(h, text, metadata);

	WAIT_FOR(is_delivery(h, id, state));
	return harness_message(h, id);
}

/* The value of a header in an entry of the journal, whatever its case. */
static const char *header(struct json_object *entry, const char *name)
{
	struct json_object *headers = json_at(entry, "/headers");

	json_object_object_foreach(headers, key, value)
	{
		if (strcasecmp(key, name) == 0)
			return json_object_get_string(value);
	}
	return NULL;
}

static void test_twilio__is_called_with_a_form(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct json_object *entry;
	struct harness h;

	(void)state;
	start(&h, "url = %R/open/2010-04-01/Accounts/AC01/Messages.json\n"
		  "basic_file = %D/login\n"
		  "content_type = application/x-www-form-urlencoded\n"
		  "body = From=%2B15555550100&To=${/data/message/prospect_info/phone | digits | "
		  "url}&Body=${/data/answer/text /data/overdue_text | truncate:1500 | url}\n");
	message = story(&h, "Gr\xC3\xBC\xC3\x9F & more=1?", NULL, "delivered");
	log = receiver_log(&h.receiver);
	entry = json_object_array_get_idx(log, 0);
	assert_true(json_path_is(entry, "/method", "POST"));
	assert_true(json_path_is(entry, "/path", "/open/2010-04-01/Accounts/AC01/Messages.json"));
	assert_string_equal(header(entry, "authorization"), "Basic QUMwMTpzZWNyZXQgd29yZA==");
	assert_string_equal(header(entry, "content-type"), "application/x-www-form-urlencoded");
	assert_null(header(entry, "webhook-signature"));
	assert_true(json_path_is(entry, "/raw",
				 "From=%2B15555550100&To=%2B491715550100&Body="
				 "Answer%20to%3A%20Gr%C3%BC%C3%9F%20%26%20more%3D1%3F"));
	assert_true(json_path_is(message, ATTEMPT "/detail", "HTTP 200"));
	harness_stop(&h);
}

static void test_intercom__has_the_conversation_in_its_path(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct json_object *entry;
	struct harness h;

	(void)state;
	start(&h,
	      "url = %R/open/conversations/${/data/message/metadata/conversation_id | url}/reply\n"
	      "bearer_file = %D/token\n"
	      "headers = \"Accept: application/json\" \"Intercom-Version: 2.11\" "
	      "\"X-Name: ${/data/message/metadata/name}\"\n"
	      "body = {\"message_type\": \"comment\", \"type\": \"admin\", \"admin_id\": "
	      "\"814860\", "
	      "\"body\": ${/data/answer/html /data/answer/text | json}}\n");
	message = story(&h, "Say \"hi\"\n\\ there",
			"{\"conversation_id\":\"12/../3?x#y z\",\"name\":\"a\\r\\nX-Evil: 1\"}",
			"delivered");
	log = receiver_log(&h.receiver);
	entry = json_object_array_get_idx(log, 0);
	assert_true(
		json_path_is(entry, "/path", "/open/conversations/12%2F..%2F3%3Fx%23y%20z/reply"));
	assert_string_equal(header(entry, "authorization"), "Bearer token-0123456789");
	assert_string_equal(header(entry, "intercom-version"), "2.11");
	assert_string_equal(header(entry, "x-name"), "a X-Evil: 1");
	assert_null(header(entry, "x-evil"));
	assert_true(json_path_is(entry, "/body/admin_id", "814860"));
	assert_true(json_path_is(entry, "/body/body", "Answer to: Say \"hi\"\n\\ there"));
	harness_stop(&h);
}

static void test_chatwoot__has_its_own_header(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct json_object *entry;
	struct harness h;

	(void)state;
	start(&h, "url = %R/open/api/v1/accounts/1/conversations/"
		  "${/data/message/metadata/conversation_id | url}/messages\n"
		  "bearer_file = %D/token\nbearer_header = api_access_token\n"
		  "body = {\"message_type\": \"outgoing\", \"content\": ${/data/answer/text | "
		  "json}}\n");
	message = story(&h, "Hello", "{\"conversation_id\":17}", "delivered");
	log = receiver_log(&h.receiver);
	entry = json_object_array_get_idx(log, 0);
	assert_true(
		json_path_is(entry, "/path", "/open/api/v1/accounts/1/conversations/17/messages"));
	assert_string_equal(header(entry, "api_access_token"), "token-0123456789");
	assert_null(header(entry, "authorization"));
	assert_true(json_path_is(entry, "/body/content", "Answer to: Hello"));
	harness_stop(&h);
}

static void test_slack__keeps_its_url_secret(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *url = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(freep) char *text = NULL;
	struct json_object *entry;
	struct harness h;

	(void)state;
	start(&h, "url = %R/maax\nsecret_file = %D/desk-secret\n");
	daemon_stop(&h.daemon);
	url = xasprintf("%s/open/services/T0/B0/very-secret\n", h.receiver.url);
	path = testdir_write(h.dir, "slack-url", url);
	text = xasprintf("[destination \"api\"]\nkind = webhook\nurl_file = %s\n"
			 "body = {\"text\": \"${/type | json_inside}: ${/data/answer/text | "
			 "json_inside}\"}\n",
			 path);
	harness_configure(
		&h, &(struct harness_options){ .source = "destinations = api\n", .more = text });
	daemon_start(&h.daemon);
	message = story(&h, "Say \"hi\"", NULL, "delivered");
	log = receiver_log(&h.receiver);
	entry = json_object_array_get_idx(log, 0);
	assert_true(json_path_is(entry, "/path", "/open/services/T0/B0/very-secret"));
	assert_true(json_path_is(entry, "/body/text", "answer.received: Answer to: Say \"hi\""));
	harness_admin(&h, "GET", "/admin/v1/config", NULL, &answer);
	assert_int_equal(answer.status, 200);
	assert_null(strstr(buf_text(&answer.body), "very-secret"));
	free(text);
	text = daemon_log(&h.daemon);
	assert_null(strstr(text, "very-secret"));
	harness_stop(&h);
}

static void test_form__is_signed_as_it_goes_out(void **state)
{
	CLEANUP(json_putp) struct json_object *message = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct harness h;

	(void)state;
	start(&h, "url = %R/forms?v=${/data/message/seq | url}\nmethod = PUT\nsecret_file = "
		  "%D/desk-secret\n"
		  "content_type = application/x-www-form-urlencoded\n"
		  "body = answer=${/data/answer/text | url}\n");
	message = story(&h, "Hello", NULL, "delivered");
	log = receiver_wait(&h.receiver, "/raw", "answer=Answer%20to%3A%20Hello", 1);
	assert_true(json_path_bool(json_object_array_get_idx(log, 0), "/verified"));
	assert_true(json_path_is(json_object_array_get_idx(log, 0), "/method", "PUT"));
	assert_true(json_path_is(json_object_array_get_idx(log, 0), "/query", "v=1"));
	harness_stop(&h);
}

/* What cannot be filled in is dead at once, says why, and nothing is sent. */
static void test_missing_value__is_dead_with_the_reason(void **state)
{
	static const struct {
		const char *metadata, *reason;
	} cases[] = {
		{ NULL, "no value at /data/message/metadata/id" },
		{ "{\"id\":\"..\"}",
		  "a value would lead elsewhere in the URL: it is empty or dots" },
		{ "{\"id\":\"\"}", "a value would lead elsewhere in the URL: it is empty or dots" },
		{ "{\"id\":\"1\"}", "no value for the header X-Tag: it is empty" },
		{ "{\"id\":\"1\",\"tag\":\"x\",\"n\":null}",
		  "no value at /data/message/metadata/n" },
	};
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct harness h;

	(void)state;
	start(&h, "url = %R/open/c/${/data/message/metadata/id | url}/reply\n"
		  "headers = \"X-Tag: ${/data/message/metadata/tag | default:\\\"\\\"}\"\n"
		  "body = {\"n\": ${/data/message/metadata/n | json}}\n");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(json_putp) struct json_object *message = NULL;
		CLEANUP(freep) char *with_n = NULL;
		const char *metadata = cases[i].metadata;

		if (metadata && !strstr(metadata, "\"n\"")) {
			with_n = xasprintf("%.*s,\"n\":1}", (int)strlen(metadata) - 1, metadata);
			metadata = with_n;
		}
		message = story(&h, "Hello", metadata, "dead");
		assert_true(json_path_is(message, "/message/deliveries/0/reason", cases[i].reason));
		assert_true(json_path_is(message, ATTEMPT "/outcome", "PERMFAIL"));
	}
	log = receiver_log(&h.receiver);
	assert_int_equal(json_object_array_length(log), 0);
	harness_stop(&h);
}

static void test_refusals__of_an_api_are_for_good(void **state)
{
	CLEANUP(json_putp) struct json_object *refused = NULL;
	CLEANUP(json_putp) struct json_object *later = NULL;
	CLEANUP(json_putp) struct json_object *gone = NULL;
	struct harness h;

	(void)state;
	start(&h, "url = %R/open/x\nbody = {\"text\": ${/data/answer/text | json}}\n");
	receiver_script(&h.receiver,
			"[{\"status\":422,\"match\":\"one\",\"body\":\"no such number\"},"
			"{\"status\":401,\"match\":\"two\"},{\"status\":503,\"match\":\"two\"},"
			"{\"status\":410,\"match\":\"three\"}]");
	refused = story(&h, "one", NULL, "dead");
	assert_true(json_path_is(refused, ATTEMPT "/status", "422"));
	assert_true(json_path_is(refused, ATTEMPT "/response", "no such number"));
	later = story(&h, "two", NULL, "delivered");
	assert_true(json_path_is(later, ATTEMPT "/status", "401"));
	assert_int_equal(json_path_len(later, "/message/attempts"), 4);
	gone = story(&h, "three", NULL, "dead");
	json_object_put(gone);
	gone = story(&h, "four", NULL, "delivered"); /* the destination is not held */
	harness_stop(&h);
}

static void test_only_if__cancels_what_it_does_not_want(void **state)
{
	CLEANUP(json_putp) struct json_object *unwanted = NULL;
	CLEANUP(json_putp) struct json_object *wanted = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct harness h;

	(void)state;
	start(&h,
	      "url = %R/maax\nsecret_file = %D/desk-secret\n"
	      "only_if = /data/message/metadata/vip == true and /data/message/prospect_info/phone "
	      "starts_with \"+49\"\n");
	unwanted = story(&h, "Hello", "{\"vip\":false}", "cancelled");
	assert_true(json_path_is(unwanted, "/message/deliveries/0/reason", "only_if is false"));
	assert_int_equal(json_path_len(unwanted, "/message/attempts"), 1);
	wanted = story(&h, "Hello again", "{\"vip\":true}", "delivered");
	log = receiver_log(&h.receiver);
	assert_int_equal(json_object_array_length(log), 1);
	harness_stop(&h);
}

/* One that only_if cancels does not hold the later ones of its conversation back. */
static void test_only_if__frees_the_next(void **state)
{
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	start(&h, "url = %R/maax\nsecret_file = %D/desk-secret\norder_hold = 1h\ndelay = 700ms\n"
		  "only_if = /data/message/message_content != \"one\"\n");
	first = harness_send_in(&h, "one", "thread");
	second = harness_send_in(&h, "two", "thread");
	WAIT_FOR(is_delivery(&h, second, "delivered"));
	assert_true(is_delivery(&h, first, "cancelled"));
	harness_stop(&h);
}

static void test_delay__comes_before_the_first_try(void **state)
{
	usec_t began = clock_boottime();
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	struct harness h;

	(void)state;
	start(&h, "url = %R/maax\nsecret_file = %D/desk-secret\ndelay = 1500ms\norder_hold = 1h\n");
	first = harness_send_in(&h, "one", "thread");
	second = harness_send_in(&h, "two", "thread");
	json_object_put(harness_wait_state(&h, second, "answered"));
	assert_true(is_delivery(&h, first, "pending"));
	WAIT_FOR(is_delivery(&h, second, "delivered"));
	assert_true(clock_boottime() - began >= 1500 * USEC_PER_MSEC);
	log = receiver_log(&h.receiver);
	assert_int_equal(json_object_array_length(log), 2);
	assert_true(
		json_path_is(json_object_array_get_idx(log, 0), "/body/data/message/id", first));
	harness_stop(&h);
}

static void test_overdue_text__can_go_to_the_customer(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(json_putp) struct json_object *frames = NULL;
	CLEANUP(freep) char *id = NULL;
	struct json_object *frame;
	struct stream *stream;
	struct harness h;

	(void)state;
	start_with(
		&h,
		"url = %R/open/x\nevents = answer overdue\n"
		"body = {\"text\": ${/data/answer/text /data/overdue_text | json}}\n",
		(struct harness_options){ .source = "overdue_text = We are on it; please wait.\n",
					  .maax = "answer_deadline = 300ms\n",
					  .sim_default = "callbacks=0" });
	stream = stream_open(&h, NULL, NULL, NULL);
	sim_default(&h.sim, "callbacks=0");
	id = send_with(&h, "Hello", NULL);
	log = receiver_wait(&h.receiver, "/body/text", "We are on it; please wait.", 1);
	stream_wait(stream, "answer.overdue", 1);
	frames = stream_frames(stream);
	frame = json_select(frames, "/data/type", "answer.overdue", 0);
	assert_true(json_path_is(frame, "/data/overdue_text", "We are on it; please wait."));
	assert_true(
		json_path_is(frame, "/data/message/prospect_info/phone", "+49 (171) 555 01-00"));
	frame = json_select(frames, "/data/type", "message.state", 0);
	assert_true(json_path_is(frame, "/data/overdue_text", NULL));
	stream_close(stream);
	harness_stop(&h);
}

/* ---- test sends ---- */

static void test_send__is_judged_and_not_stored(void **state)
{
	CLEANUP(http_answer_done) struct http_answer fine;
	CLEANUP(http_answer_done) struct http_answer refused;
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct json_object *entry;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	harness_admin(&h, "POST", "/admin/v1/destinations/desk/test", NULL, &fine);
	assert_int_equal(fine.status, 200);
	assert_true(json_path_is(fine.json, "/outcome", "OK"));
	assert_true(json_path_is(fine.json, "/status", "200"));
	assert_true(json_path_is(fine.json, "/response", "{\"status\":\"received\"}"));
	assert_true(json_path_is(fine.json, "/only_if", NULL));
	assert_true(json_path_int(fine.json, "/elapsed_ms") >= 0);
	log = receiver_log(&h.receiver);
	entry = json_object_array_get_idx(log, 0);
	assert_true(json_path_bool(entry, "/verified"));
	assert_true(json_path_bool(entry, "/body/test"));
	assert_true(json_path_is(entry, "/body/type", "answer.received"));
	receiver_script(&h.receiver, "{\"status\":500,\"body\":\"broken\"}");
	harness_admin(&h, "POST", "/admin/v1/destinations/desk/test",
		      "{\"type\":\"answer.overdue\",\"test\":false,\"data\":{\"answer\":null,"
		      "\"message\":{\"prospect_info\":{\"phone\":\"+1\"}}}}",
		      &refused);
	assert_true(json_path_is(refused.json, "/outcome", "TEMPFAIL"));
	assert_true(json_path_is(refused.json, "/detail", "HTTP 500"));
	assert_true(json_path_is(refused.json, "/response", "broken"));
	json_object_put(log);
	log = receiver_log(&h.receiver);
	assert_int_equal(json_object_array_length(log), 2); /* it is not tried again */
	entry = json_object_array_get_idx(log, 1);
	assert_true(json_path_bool(entry, "/body/test"));
	assert_true(json_path_is(entry, "/body/data/message/prospect_info/phone", "+1"));
	assert_true(json_path_is(entry, "/body/data/message/prospect_info/first_name", "Test"));
	harness_stop(&h);
}

static void test_send__explains_what_cannot_be_sent(void **state)
{
	CLEANUP(http_answer_done) struct http_answer missing;
	CLEANUP(http_answer_done) struct http_answer unknown;
	CLEANUP(http_answer_done) struct http_answer bad;
	CLEANUP(http_answer_done) struct http_answer given;
	struct harness h;

	(void)state;
	start(&h, "url = %R/open/c/${/data/message/metadata/id | url}\nonly_if = exists "
		  "/data/message/metadata\n"
		  "body = {\"text\": ${/data/answer/text | json}}\n");
	harness_admin(&h, "POST", "/admin/v1/destinations/api/test", NULL, &missing);
	assert_int_equal(missing.status, 200);
	assert_true(json_path_is(missing.json, "/outcome", "PERMFAIL"));
	assert_true(json_path_is(missing.json, "/status", NULL));
	assert_true(json_path_is(missing.json, "/detail", "no value at /data/message/metadata/id"));
	assert_true(json_path_is(missing.json, "/only_if", "false"));
	harness_admin(&h, "POST", "/admin/v1/destinations/api/test",
		      "{\"data\":{\"message\":{\"metadata\":{\"id\":\"7\"}}}}", &given);
	assert_true(json_path_is(given.json, "/outcome", "OK"));
	assert_true(json_path_is(given.json, "/only_if", "true"));
	harness_admin(&h, "POST", "/admin/v1/destinations/nobody/test", NULL, &unknown);
	assert_int_equal(unknown.status, 404);
	harness_admin(&h, "POST", "/admin/v1/destinations/api/test", "{\"type\":\"x\"}", &bad);
	assert_int_equal(bad.status, 422);
	harness_stop(&h);
}

static void test_send__takes_no_longer_than_timeout(void **state)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, &(struct harness_options){ .destination = "timeout = 300ms\n" });
	receiver_script(&h.receiver, "{\"delay_ms\":20000}");
	harness_admin(&h, "POST", "/admin/v1/destinations/desk/test", NULL, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(json_path_is(answer.json, "/outcome", "TEMPFAIL"));
	assert_true(json_path_int(answer.json, "/elapsed_ms") >= 250);
	harness_stop(&h);
}

/* A stop does not wait for the slow receiver of a test. */
static void test_send__ends_with_the_daemon(void **state)
{
	struct process curl = { .output = -1 };
	CLEANUP(freep) char *socket = NULL;
	CLEANUP(freep) char *log_path = NULL;
	CLEANUP(freep) char *reply = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &(struct harness_options){ .destination = "timeout = 5m\n",
						     .maaxd = "shutdown_timeout = 10m\n" });
	receiver_script(&h.receiver, "{\"delay_ms\":600000}");
	socket = testdir_path(h.dir, "admin.sock");
	log_path = testdir_path(h.dir, "curl.log");
	process_start(&curl,
		      &(struct process_options){
			      .argv =
				      (const char *const[]){
					      "/usr/bin/curl", "-s", "-w", "\n", "--unix-socket",
					      socket, "-X", "POST", "-H", "X-Maaxd-Admin: 1", "-H",
					      "Authorization: Bearer " HARNESS_ADMIN_TOKEN,
					      "http://x/admin/v1/destinations/desk/test", NULL },
			      .log_path = log_path,
			      .takes_output = true });
	json_object_put(receiver_wait(&h.receiver, "/body/test", "true", 1));
	daemon_stop(&h.daemon);
	reply = process_read_line(&curl);
	assert_non_null(strstr(reply, "maaxd stops"));
	process_wait(&curl);
	daemon_start(&h.daemon);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twilio__is_called_with_a_form),
		cmocka_unit_test(test_intercom__has_the_conversation_in_its_path),
		cmocka_unit_test(test_chatwoot__has_its_own_header),
		cmocka_unit_test(test_slack__keeps_its_url_secret),
		cmocka_unit_test(test_form__is_signed_as_it_goes_out),
		cmocka_unit_test(test_missing_value__is_dead_with_the_reason),
		cmocka_unit_test(test_refusals__of_an_api_are_for_good),
		cmocka_unit_test(test_only_if__cancels_what_it_does_not_want),
		cmocka_unit_test(test_only_if__frees_the_next),
		cmocka_unit_test(test_delay__comes_before_the_first_try),
		cmocka_unit_test(test_overdue_text__can_go_to_the_customer),
		cmocka_unit_test(test_send__is_judged_and_not_stored),
		cmocka_unit_test(test_send__explains_what_cannot_be_sent),
		cmocka_unit_test(test_send__takes_no_longer_than_timeout),
		cmocka_unit_test(test_send__ends_with_the_daemon),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
