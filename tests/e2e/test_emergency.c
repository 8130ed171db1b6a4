/* Emergencies: whose they are, the history that goes with them, and that they reach somebody in
 * every case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "callback.h"
#include "lib/api_client.h"
#include "lib/harness.h"

#define EMERGENCY "emergency.received"
#define HISTORY_RULE "/api/v2/conversations/ "

static const struct harness_options quick = {
	.maax = "submit_timeout = 500ms\nsubmit_schedule = 0s 50ms\n",
};

static void post(struct harness *h, const char *ai, const char *body)
{
	CLEANUP(freep) char *url = harness_emergency_url(h, ai);
	CLEANUP(http_answer_done) struct http_answer answer;

	http_post(url, body, &answer);
	assert_int_equal(answer.status, 200);
	assert_true(json_path_is(answer.json, "/status", "success"));
}

/* The delivery number `index` of an emergency: `data` of its body. The log is the caller's. */
static struct json_object *delivered(struct harness *h, size_t index, struct json_object **ret_log)
{
	*ret_log = harness_wait_delivered(h, EMERGENCY, index + 1);
	return json_at(json_select(*ret_log, "/body/type", EMERGENCY, index), "/body/data");
}

/* A message that is answered, so that Maax's ids are known; its conversation, the caller's. */
static char *known_conversation(struct harness *h, const char *key)
{
	CLEANUP(freep) char *id = harness_send_in(h, "Hello", key);

	json_object_put(harness_wait_state(h, id, "answered"));
	return api_conversation_of(h, id);
}

/* ---- whose ---- */

static void test_conversation_id__finds_it_and_its_history(void **state)
{
	CLEANUP(json_putp) struct json_object *requests = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *conversation = NULL;
	struct json_object *data;
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	conversation = known_conversation(&h, "a");
	free(known_conversation(&h, "b"));
	post(&h, "sales", "{\"conversation_id\":5001,\"message\":\"Help\",\"level\":3}");
	data = delivered(&h, 0, &log);
	assert_true(json_path_is(data, "/conversation/id", conversation));
	assert_true(json_path_is(data, "/conversation/key", "a"));
	assert_true(json_path_is(data, "/source", "crm"));
	assert_true(json_path_is(data, "/message", NULL));
	assert_true(json_path_is(data, "/answer/kind", "emergency"));
	assert_true(json_path_is(data, "/answer/text", "Help"));
	assert_true(json_path_is(data, "/answer/raw/level", "3"));
	assert_false(json_path_bool(data, "/answer/late"));
	assert_true(json_path_is(data, "/answer/history/conversation_id", "5001"));
	assert_true(json_path_is(data, "/answer/history/messages/0/message_content", "Hello"));
	requests = sim_log(&h.sim, "history");
	assert_int_equal(json_object_array_length(requests), 1);
	assert_true(json_path_is(requests, "/0/method", "POST"));
	assert_true(json_path_is(requests, "/0/path", "/api/v2/conversations/5001/"));
	assert_true(json_path_bool(requests, "/0/key_ok"));
	harness_stop(&h);
}

/* Without an id: the newest conversation of the contact, however the address is spelt. */
static void test_contact__finds_the_newest(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *conversation = NULL;
	struct json_object *data;
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	/* Without a key, each message is a conversation of the same contact. */
	first = harness_send(&h, "First");
	second = harness_send(&h, "Second");
	json_object_put(harness_wait_state(&h, first, "answered"));
	json_object_put(harness_wait_state(&h, second, "answered"));
	conversation = api_conversation_of(&h, second);
	post(&h, "sales", "{\"email\":\"ANN@Example.ORG\",\"text\":\"Help\"}");
	data = delivered(&h, 0, &log);
	assert_true(json_path_is(data, "/conversation/id", conversation));
	/* What Maax had told of it leads to the history. */
	assert_true(json_path_is(data, "/answer/history/conversation_id", "5001"));
	harness_stop(&h);
}

/*
 * Two AIs know the same person, and count their conversations alike: the one whose URL was called
 * has the emergency, though the other's conversation is newer.
 */
static void test_other_ai__is_not_meant(void **state)
{
	static const char *const bodies[] = {
		"{\"conversation_id\":5001,\"message\":\"By id\"}",
		"{\"email\":\"a@example.org\",\"message\":\"By contact\"}",
	};
	struct harness_options options = quick;
	CLEANUP(freep) char *more = NULL;
	CLEANUP(freep) char *conversation = NULL;
	CLEANUP(freep) char *other = NULL;
	struct harness h;

	(void)state;
	harness_prepare(&h, NULL);
	free(testdir_write(h.dir, "shop-keys", API_SHOP_KEY "\n"));
	more = xasprintf("[ai \"support\"]\nai_id = 124\n[source \"shop\"]\nkind = api\n"
			 "ai = support\nkey_file = %s/shop-keys\ndestinations = desk\n",
			 h.dir);
	options.more = more;
	harness_configure(&h, &options);
	daemon_start(&h.daemon);
	conversation = known_conversation(&h, "a");
	other = api_send_as(&h, API_SHOP_KEY, "Newer", "a");
	json_object_put(harness_wait_delivered(&h, "answer.received", 2));
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		CLEANUP(json_putp) struct json_object *log = NULL;
		struct json_object *data;

		post(&h, "sales", bodies[i]);
		data = delivered(&h, i, &log);
		assert_true(json_path_is(data, "/source", "crm"));
		assert_true(json_path_is(data, "/conversation/id", conversation));
	}
	harness_stop(&h);
}

/* Nobody known, nothing readable: delivered all the same, with all that came. */
static void test_unmatched_and_unmapped__are_delivered(void **state)
{
	static const struct {
		const char *body, *text, *raw;
	} cases[] = {
		{ "{\"email\":\"nobody@example.org\",\"message\":\"Help\"}", "Help", NULL },
		{ "{\"what\":\"is this\"}", NULL, NULL },
		{ "{\"broken\":", NULL, "{\"broken\":" },
		{ "", NULL, NULL },
	};
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(json_putp) struct json_object *log = NULL;
		struct json_object *data;

		post(&h, "sales", cases[i].body);
		data = delivered(&h, i, &log);
		assert_true(json_path_is(data, "/conversation", NULL));
		assert_true(json_path_is(data, "/message", NULL));
		assert_true(json_path_is(data, "/answer/text", cases[i].text));
		assert_true(json_path_is(data, "/answer/history", NULL));
		if (cases[i].raw)
			assert_true(json_path_is(data, "/answer/raw", cases[i].raw));
	}
	harness_stop(&h);
}

/* The message it is about stays open, and its answer is its answer. */
static void test_pending_message__is_not_closed(void **state)
{
	CLEANUP(json_putp) struct json_object *waiting = NULL;
	CLEANUP(json_putp) struct json_object *answered = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(json_putp) struct json_object *callback = json_object_new_object();
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	id = harness_send_in(&h, "Pending [sim ids callbacks=0]", "a");
	json_object_put(harness_wait_state(&h, id, "waiting"));
	post(&h, "sales", "{\"conversation_id\":5001,\"message\":\"By id\"}");
	post(&h, "sales", "{\"email\":\"a@example.org\",\"message\":\"By contact\"}");
	json_object_put(harness_wait_delivered(&h, EMERGENCY, 2));
	waiting = harness_message(&h, id);
	assert_true(json_path_is(waiting, "/message/state", "waiting"));
	assert_int_equal(json_path_len(waiting, "/message/answers"), 0);
	submits = sim_wait(&h.sim, "submit", 1);
	json_put_string(callback, "url", json_path(submits, "/0/body/send_response_url"));
	json_put_string(callback, "body", "{\"message_content\":\"The answer\"}");
	assert_int_equal(sim_callback(&h.sim, callback), 200);
	answered = harness_wait_state(&h, id, "answered");
	assert_true(json_path_is(answered, "/message/answers/0/text", "The answer"));
	assert_false(json_path_bool(answered, "/message/answers/0/extra"));
	log = harness_wait_delivered(&h, "answer.received", 1);
	assert_int_equal(json_count(log, "/body/type", EMERGENCY), 2);
	harness_stop(&h);
}

/* ---- the history ---- */

/* What Maax answers when asked for the history, and what then goes with the emergency. */
static void test_history__that_cannot_be_had_holds_nothing_back(void **state)
{
	static const struct {
		const char *rule;
		const char *history;
		size_t requests;
	} cases[] = {
		{ "reply=500", NULL, 3 },
		{ "reply=404", NULL, 3 },
		{ "reset", NULL, 3 },
		{ "reply-body=huge", NULL, 3 },
		{ "stall", NULL, 3 },
		{ "reply-body=not-json", "<html><body>OK, but this is no JSON</body></html>", 1 },
	};
	size_t requests = 0;
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	free(known_conversation(&h, "a"));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *rule = xasprintf(HISTORY_RULE "%s\n", cases[i].rule);
		CLEANUP(freep) char *text = xasprintf("Help %zu", i);
		CLEANUP(freep)
		char *body = xasprintf("{\"conversation_id\":5001,\"message\":\"%s\"}", text);
		CLEANUP(json_putp) struct json_object *log = NULL;
		struct json_object *data;

		sim_script(&h.sim, rule);
		post(&h, "sales", body);
		data = delivered(&h, i, &log);
		assert_true(json_path_is(data, "/answer/text", text));
		if (!json_path_is(data, "/answer/history", cases[i].history))
			fail_msg("%s: the history is %s", cases[i].rule,
				 json_path(data, "/answer/history"));
		requests += cases[i].requests;
		json_object_put(sim_wait(&h.sim, "history", requests));
	}
	harness_stop(&h);
}

/* An id comes from outside and becomes part of a path: what is no id asks for nothing. */
static void test_history__is_not_asked_for_by_a_path(void **state)
{
	static const char *const ids[] = { "../../v2/outgoing-messages", "5001/?x=", "5001 ",
					   "a%2e" };
	CLEANUP(json_putp) struct json_object *requests = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		CLEANUP(freep)
		char *body = xasprintf("{\"conversation_id\":\"%s\",\"message\":\"Help\"}", ids[i]);
		CLEANUP(json_putp) struct json_object *log = NULL;

		post(&h, "sales", body);
		assert_true(json_path_is(delivered(&h, i, &log), "/answer/history", NULL));
	}
	requests = sim_log(&h.sim, "history");
	assert_int_equal(json_object_array_length(requests), 0);
	harness_stop(&h);
}

/* Killed while Maax was asked: the next run asks again, and the emergency goes out. */
static void test_history__survives_a_kill(void **state)
{
	static const struct harness_options patient = {
		.maax = "submit_timeout = 60s\nsubmit_schedule = 0s 50ms\n",
	};
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct json_object *data;
	struct harness h;

	(void)state;
	harness_start(&h, &patient);
	free(known_conversation(&h, "a"));
	sim_script(&h.sim, HISTORY_RULE "stall\n");
	post(&h, "sales", "{\"conversation_id\":5001,\"message\":\"Help\"}");
	json_object_put(sim_wait(&h.sim, "history", 1));
	daemon_kill(&h.daemon);
	sim_script(&h.sim, "");
	daemon_start(&h.daemon);
	data = delivered(&h, 0, &log);
	assert_true(json_path_is(data, "/answer/history/conversation_id", "5001"));
	assert_int_equal(json_count(log, "/body/type", EMERGENCY), 1);
	harness_stop(&h);
}

/* A stop does not wait for the next try, and the next run makes it. */
static void test_history__does_not_hold_up_a_stop(void **state)
{
	static const struct harness_options slow = {
		.maaxd = "shutdown_timeout = 5m\n",
		.maax = "submit_schedule = 0s 10m\n",
	};
	struct harness h;

	(void)state;
	harness_start(&h, &slow);
	free(known_conversation(&h, "a"));
	sim_script(&h.sim, HISTORY_RULE "reply=500\n");
	post(&h, "sales", "{\"conversation_id\":5001,\"message\":\"Help\"}");
	json_object_put(harness_wait_delivered(&h, EMERGENCY, 1));
	daemon_stop(&h.daemon);
	daemon_start(&h.daemon);
	json_object_put(sim_wait(&h.sim, "history", 2));
	harness_stop(&h);
}

/* ---- bounds ---- */

static void test_same_bytes_again__are_one_emergency(void **state)
{
	CLEANUP(json_putp) struct json_object *log = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	post(&h, "sales", "{\"message\":\"Help\"}");
	post(&h, "sales", "{\"message\":\"Help\"}");
	post(&h, "sales", "{\"message\":\"Help, please\"}");
	log = harness_wait_delivered(&h, EMERGENCY, 2);
	assert_int_equal(json_count(log, "/body/data/answer/text", "Help"), 1);
	assert_int_equal(json_count(log, "/body/data/answer/text", "Help, please"), 1);
	harness_stop(&h);
}

static void test_flood__is_refused(void **state)
{
	CLEANUP(freep) char *url = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, &quick);
	for (int i = 0; i < CALLBACK_EMERGENCY_BODIES; i++) {
		CLEANUP(freep) char *body = xasprintf("{\"message\":\"Help %d\"}", i);

		post(&h, "sales", body);
	}
	url = harness_emergency_url(&h, "sales");
	http_post(url, "{\"message\":\"one more\"}", &answer);
	assert_int_equal(answer.status, 429);
	assert_true(json_path_is(answer.json, "/code", "too_many_callbacks"));
	/* What is stored already is no further load. */
	post(&h, "sales", "{\"message\":\"Help 0\"}");
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conversation_id__finds_it_and_its_history),
		cmocka_unit_test(test_contact__finds_the_newest),
		cmocka_unit_test(test_other_ai__is_not_meant),
		cmocka_unit_test(test_unmatched_and_unmapped__are_delivered),
		cmocka_unit_test(test_pending_message__is_not_closed),
		cmocka_unit_test(test_history__that_cannot_be_had_holds_nothing_back),
		cmocka_unit_test(test_history__is_not_asked_for_by_a_path),
		cmocka_unit_test(test_history__survives_a_kill),
		cmocka_unit_test(test_history__does_not_hold_up_a_stop),
		cmocka_unit_test(test_same_bytes_again__are_one_emergency),
		cmocka_unit_test(test_flood__is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
