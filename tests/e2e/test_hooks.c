/* Inbound hooks: whatever other systems post becomes a message, or is kept with the reason why not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/sign.h"
#include "lib/harness.h"
#include "lib/store_fixture.h"

#define SECRET "hook-secret-0123456789"
#define OLD_SECRET "hook-secret-older-0123"
#define TOKEN "twilio-auth-token"
#define FORM "Content-Type: application/x-www-form-urlencoded"
#define JSON "Content-Type: application/json"

#define SOURCE_START \
	"[source \"sms\"]\n" \
	"kind = hook\n" \
	"ai = sales\n" \
	"destinations = desk\n" \
	"limit_conversation = off\n" \
	"limit_rate = off\n" \
	"limit_day = off\n"

/* A source of kind hook, "sms", beside "crm"; `keys` are lines of it. */
struct hook_world {
	struct harness h;
	struct harness_options options;
	char *more;
};

static void set_source(struct hook_world *w, const char *keys)
{
	free(w->more);
	w->more = xasprintf(SOURCE_START "url_secret_file = %s/hook-secrets\n%s\n", w->h.dir, keys);
	w->options.public = "serve = callbacks api hooks";
	w->options.more = w->more;
	harness_configure(&w->h, &w->options);
}

static void world_start(struct hook_world *w, const char *keys)
{
	*w = (struct hook_world){ 0 };
	harness_prepare(&w->h, NULL);
	free(testdir_write(w->h.dir, "hook-secrets", SECRET "\n" OLD_SECRET "\n"));
	free(testdir_write(w->h.dir, "signature", TOKEN "\n"));
	set_source(w, keys);
	daemon_start(&w->h.daemon);
}

static void world_stop(struct hook_world *w)
{
	harness_stop(&w->h);
	free(w->more);
}

static void call(struct hook_world *w, const char *method, const char *path,
		 const char *const *headers, const char *body, struct http_answer *ret_answer)
{
	CLEANUP(freep) char *url = xasprintf("%s%s", w->h.public_url, path);
	const struct http_call http = {
		.method = method, .url = url, .headers = headers, .body = body
	};

	http_do(&http, ret_answer);
}

/* A POST with one header to the source's own URL; 200 expected. The id of the inbound request. */
static char *post(struct hook_world *w, const char *header, const char *body)
{
	const char *const headers[] = { header, NULL };
	CLEANUP(http_answer_done) struct http_answer answer;

	call(w, "POST", "/in/sms/" SECRET, headers, body, &answer);
	if (answer.status != 200)
		fail_msg("%d %s", answer.status, buf_text(&answer.body));
	assert_true(json_path_is(answer.json, "/status", "success"));
	return xstrdup(json_path(answer.json, "/id"));
}

/* GET /admin/v1/inbound/{id}; the row, the caller's. */
static struct json_object *inbound(struct hook_world *w, const char *id)
{
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *path = xasprintf("/admin/v1/inbound/%s", id);

	harness_admin(&w->h, "GET", path, NULL, &answer);
	assert_int_equal(answer.status, 200);
	return json_object_get(json_at(answer.json, "/inbound"));
}

static void assert_state(struct hook_world *w, const char *id, const char *state,
			 const char *reason)
{
	CLEANUP(json_putp) struct json_object *row = inbound(w, id);
	const char *told = json_path(row, "/reason");

	if (!json_path_is(row, "/state", state) || (reason && (!told || !strstr(told, reason))))
		fail_msg("%s instead of %s (%s)", json_object_to_json_string(row), state,
			 reason ? reason : "");
}

/* The submit with that text; waits for it. The caller's. */
static struct json_object *wait_submit(struct hook_world *w, size_t count, size_t index)
{
	CLEANUP(json_putp) struct json_object *log = sim_wait(&w->h.sim, "submit", count);

	return json_object_get(json_object_array_get_idx(log, index));
}

static const char *const twilio_keys = "platform = sms\n"
				       "map_text = ${/Body}\n"
				       "map_phone = ${/From | digits}\n"
				       "map_first_name = ${/ProfileName \"there\"}\n"
				       "map_conversation_key = ${/From | digits}\n"
				       "map_dedupe = ${/MessageSid}\n"
				       "map_metadata = /MessageSid /NumMedia\n"
				       "reply_content_type = text/xml\n"
				       "reply_body = <Response/>\n";

static void test_twilio__whole_way(void **state)
{
	struct hook_world w;
	CLEANUP(json_putp) struct json_object *submit = NULL;
	CLEANUP(json_putp) struct json_object *deliveries = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;
	const char *const headers[] = { FORM, NULL };
	CLEANUP(freep) char *type = NULL;
	struct json_object *delivery;

	(void)state;
	world_start(&w, twilio_keys);
	call(&w, "POST", "/in/sms/" SECRET, headers,
	     "MessageSid=SM1&From=whatsapp%3A%2B15550100&Body=How+much%3F&NumMedia=0", &answer);
	assert_int_equal(answer.status, 200);
	assert_string_equal(buf_text(&answer.body), "<Response/>");
	type = http_answer_header(&answer, "Content-Type");
	assert_string_equal(type, "text/xml");
	submit = wait_submit(&w, 1, 0);
	assert_true(json_path_is(submit, "/body/message_content", "How much?"));
	assert_true(json_path_is(submit, "/body/platform", "sms"));
	assert_true(json_path_is(submit, "/body/prospect_info/phone", "+15550100"));
	assert_true(json_path_is(submit, "/body/prospect_info/first_name", "there"));
	deliveries = harness_wait_delivered(&w.h, "answer.received", 1);
	delivery = json_select(deliveries, "/body/type", "answer.received", 0);
	assert_true(json_path_is(delivery, "/body/data/source", "sms"));
	assert_true(json_path_is(delivery, "/body/data/conversation/key", "+15550100"));
	assert_true(json_path_is(delivery, "/body/data/message/metadata/MessageSid", "SM1"));
	world_stop(&w);
}

struct shape {
	const char *what;
	const char *header;
	const char *body;
};

static const struct shape shapes[] = {
	{ "json", JSON, "{\"text\":\"hello 0\",\"name\":\"Ann\",\"email\":\"a@example.org\"}" },
	{ "json as text", "Content-Type: text/plain",
	  "\xEF\xBB\xBF [{\"text\":\"hello 1\",\"name\":\"Ann\",\"email\":\"a@example.org\"}]" },
	{ "form", FORM, "text=hello+2&name=Ann&email=a%40example.org" },
	{ "multipart", "Content-Type: multipart/form-data; boundary=b",
	  "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nhello 3\r\n"
	  "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nAnn\r\n"
	  "--b\r\nContent-Disposition: form-data; "
	  "name=\"email\"\r\n\r\na@example.org\r\n--b--\r\n" },
	{ "xml", "Content-Type: application/xml",
	  "<m><text>hello 4</text><name>Ann</name><email>a@example.org</email></m>" },
	{ "xml as form", FORM,
	  "<m><text>hello 5</text><name>Ann</name><email>a@example.org</email></m>" },
};

/* One source takes all of them, and a query. */
static void test_shapes__all_become_messages(void **state)
{
	struct hook_world w;
	CLEANUP(json_putp) struct json_object *log = NULL;
	CLEANUP(http_answer_done) struct http_answer answer;

	(void)state;
	world_start(&w, "platform = website\nmap_text = ${/text /m/text}\n"
			"map_first_name = ${/name /m/name}\nmap_email = ${/email /m/email}\n");
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		CLEANUP(freep) char *id = post(&w, shapes[i].header, shapes[i].body);

		assert_state(&w, id, "accepted", NULL);
	}
	call(&w, "GET", "/in/sms/" SECRET "/?text=hello+6&name=Ann&email=a%40example.org", NULL,
	     NULL, &answer);
	assert_int_equal(answer.status, 200);
	log = sim_wait(&w.h.sim, "submit", ARRAY_SIZE(shapes) + 1);
	for (size_t i = 0; i <= ARRAY_SIZE(shapes); i++) {
		CLEANUP(freep) char *text = xasprintf("hello %zu", i);

		if (json_count(log, "/body/message_content", text) != 1)
			fail_msg("%s: %s", text, json_object_to_json_string(log));
	}
	world_stop(&w);
}

static void test_secret__is_asked_before_anything(void **state)
{
	static const char *const paths[] = {
		"/in/sms/hook-secret-0123456788",
		"/in/sms/hook-secret-01234567890",
		"/in/sms/x",
		"/in/no/" SECRET,
		"/in/crm/" SECRET,
		"/in/sms/hook%2Dsecret-0123456789",
	};
	const char *const headers[] = { JSON, NULL };
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *log = NULL;
	CLEANUP(http_answer_done) struct http_answer list;
	CLEANUP(http_answer_done) struct http_answer older;
	struct hook_world w;

	(void)state;
	world_start(&w, "platform = website\n");
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		CLEANUP(http_answer_done) struct http_answer answer;

		call(&w, "POST", paths[i], headers, "{}", &answer);
		assert_int_equal(answer.status, 404);
		assert_true(json_path_is(answer.json, "/code", "not_found"));
		if (!first)
			first = xstrdup(json_path(answer.json, "/detail"));
		assert_true(json_path_is(answer.json, "/detail", first));
	}
	harness_admin(&w.h, "GET", "/admin/v1/inbound", NULL, &list);
	assert_int_equal(json_path_len(list.json, "/data"), 0);
	call(&w, "POST", "/in/sms/" OLD_SECRET, headers, "{}", &older);
	assert_int_equal(older.status, 200);
	log = daemon_log(&w.h.daemon);
	assert_null(strstr(log, "hook-secret"));
	world_stop(&w);
}

static void test_probe__is_answered_and_not_stored(void **state)
{
	struct hook_world w;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(http_answer_done) struct http_answer list;

	(void)state;
	world_start(&w, "platform = website\n");
	call(&w, "GET", "/in/sms/" SECRET, NULL, NULL, &answer);
	assert_int_equal(answer.status, 200);
	harness_admin(&w.h, "GET", "/admin/v1/inbound", NULL, &list);
	assert_int_equal(json_path_len(list.json, "/data"), 0);
	world_stop(&w);
}

/* What does not map is kept, and becomes a message when the mapping is mended. */
static void test_unmapped__is_kept_and_replayed(void **state)
{
	struct hook_world w;
	CLEANUP(http_answer_done) struct http_answer list;
	CLEANUP(http_answer_done) struct http_answer one;
	CLEANUP(http_answer_done) struct http_answer all;
	CLEANUP(http_answer_done) struct http_answer again;
	CLEANUP(json_putp) struct json_object *submits = NULL;
	CLEANUP(freep) char *path = NULL;
	char *ids[3];

	(void)state;
	world_start(&w, "platform = website\n");
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		ids[i] = post(&w, JSON,
			      "{\"note\":\"hello\",\"who\":\"Ann\",\"email\":\"a@x.org\"}");
		assert_state(&w, ids[i], "unmapped", "map_text: no value at /text");
	}
	harness_admin(&w.h, "GET", "/admin/v1/inbound?state=unmapped&source=sms", NULL, &list);
	assert_int_equal(json_path_len(list.json, "/data"), 3);
	assert_true(json_path_is(list.json, "/data/0/id", ids[2]));

	set_source(&w, "platform = website\nmap_text = ${/note}\nmap_first_name = ${/who}\n");
	daemon_reload(&w.h.daemon);
	path = xasprintf("/admin/v1/inbound/%s/replay", ids[1]);
	harness_admin(&w.h, "POST", path, "{}", &one);
	assert_int_equal(one.status, 200);
	assert_true(json_path_is(one.json, "/inbound/state", "accepted"));
	assert_non_null(json_path(one.json, "/inbound/message"));
	harness_admin(&w.h, "POST", path, "{}", &again);
	assert_int_equal(again.status, 409);
	harness_admin(&w.h, "POST", "/admin/v1/inbound/replay?state=unmapped", "{}", &all);
	assert_int_equal(all.status, 200);
	assert_int_equal(json_path_int(all.json, "/accepted"), 2);
	assert_null(json_path(all.json, "/next_cursor"));
	submits = sim_wait(&w.h.sim, "submit", 3);
	assert_int_equal(json_count(submits, "/body/message_content", "hello"), 3);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		free(ids[i]);
	world_stop(&w);
}

static void test_rule__drops_and_keeps(void **state)
{
	struct hook_world w;
	CLEANUP(freep) char *status = NULL;
	CLEANUP(freep) char *message = NULL;
	CLEANUP(http_answer_done) struct http_answer dropped;
	CLEANUP(freep) char *path = NULL;

	(void)state;
	world_start(&w, "platform = website\naccept_if = /type == \"message.created\"\n");
	status = post(&w, JSON, "{\"type\":\"status\",\"text\":\"x\"}");
	assert_state(&w, status, "dropped", "accept_if");
	message = post(&w, JSON,
		       "{\"type\":\"message.created\",\"text\":\"x\",\"name\":\"Ann\","
		       "\"phone\":\"+1 (555) 01\"}");
	assert_state(&w, message, "accepted", NULL);
	path = xasprintf("/admin/v1/inbound/%s/drop", status);
	harness_admin(&w.h, "POST", path, "{}", &dropped);
	assert_int_equal(dropped.status, 200);
	assert_true(json_path_is(dropped.json, "/inbound/reason", "by hand"));
	world_stop(&w);
}

static void test_repeat__is_dropped(void **state)
{
	struct hook_world w;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *third = NULL;

	(void)state;
	world_start(&w, "platform = website\nmap_dedupe = ${/id}\n");
	first = post(&w, JSON, "{\"id\":7,\"text\":\"x\",\"name\":\"A\",\"email\":\"a@x.org\"}");
	second = post(&w, JSON, "{\"id\":7,\"text\":\"y\",\"name\":\"A\",\"email\":\"a@x.org\"}");
	third = post(&w, JSON, "{\"id\":8,\"text\":\"y\",\"name\":\"A\",\"email\":\"a@x.org\"}");
	assert_state(&w, first, "accepted", NULL);
	assert_state(&w, second, "dropped", "duplicate");
	assert_state(&w, third, "accepted", NULL);
	world_stop(&w);
}

static void test_story__shows_where_it_came_from(void **state)
{
	struct hook_world w;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *row = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;

	(void)state;
	world_start(&w, "platform = website\n");
	id = post(&w, JSON, "{\"text\":\"x\",\"name\":\"A\",\"email\":\"a@x.org\"}");
	row = inbound(&w, id);
	assert_true(json_path_is(row, "/body",
				 "{\"text\":\"x\",\"name\":\"A\",\"email\":\"a@x.org\"}"));
	assert_true(json_path_is(row, "/method", "POST"));
	assert_non_null(json_path(row, "/message"));
	log = harness_wait_delivered(&w.h, "answer.received", 1);
	assert_true(json_path_is(json_object_array_get_idx(log, 0), "/body/data/message/id",
				 json_path(row, "/message")));
	world_stop(&w);
}

/* Stored, then the process dies before anything else: nothing acknowledged is lost. */
static void test_kill__keeps_what_was_answered(void **state)
{
	struct hook_world w;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(json_putp) struct json_object *submits = NULL;

	(void)state;
	world_start(&w, "platform = website\n");
	sim_script(&w.h.sim, "* reply=503");
	id = post(&w, JSON, "{\"text\":\"kept\",\"name\":\"A\",\"email\":\"a@x.org\"}");
	daemon_kill(&w.h.daemon);
	sim_script(&w.h.sim, "");
	daemon_start(&w.h.daemon);
	assert_state(&w, id, "accepted", NULL);
	submits = harness_wait_delivered(&w.h, "answer.received", 1);
	world_stop(&w);
}

static void test_limit__is_429_and_stores_nothing(void **state)
{
	static const char body[] = "{\"text\":\"x\",\"name\":\"A\",\"email\":\"a@x.org\"}";
	const char *const headers[] = { JSON, NULL };
	struct hook_world w;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(http_answer_done) struct http_answer list;
	CLEANUP(freep) char *first = NULL;
	CLEANUP(freep) char *second = NULL;
	CLEANUP(freep) char *retry = NULL;

	(void)state;
	world_start(&w, "platform = website\nlimit_requests = 2/h\n");
	first = post(&w, JSON, body);
	second = post(&w, JSON, "{\"no\":\"text\"}");
	call(&w, "POST", "/in/sms/" SECRET, headers, body, &answer);
	assert_int_equal(answer.status, 429);
	retry = http_answer_header(&answer, "Retry-After");
	assert_non_null(retry);
	harness_admin(&w.h, "GET", "/admin/v1/inbound?source=sms", NULL, &list);
	assert_int_equal(json_path_len(list.json, "/data"), 2);
	world_stop(&w);
}

static void test_signature__wrong_is_401_and_not_stored(void **state)
{
	static const char body[] = "{\"text\":\"x\",\"name\":\"A\",\"email\":\"a@x.org\"}";
	struct hook_world w;
	CLEANUP(http_answer_done) struct http_answer good;
	CLEANUP(http_answer_done) struct http_answer bad;
	CLEANUP(http_answer_done) struct http_answer none;
	CLEANUP(http_answer_done) struct http_answer list;
	CLEANUP(freep) char *keys = NULL;
	CLEANUP(freep) char *hex = NULL;
	CLEANUP(freep) char *header = NULL;
	uint8_t mac[SIGN_SHA256_SIZE];

	(void)state;
	world_start(&w, "platform = website\n");
	keys = xasprintf("platform = website\nsignature = hmac-sha256\nsignature_prefix = sha256=\n"
			 "signature_secret_file = %s/signature\n",
			 w.h.dir);
	set_source(&w, keys);
	daemon_reload(&w.h.daemon);
	sign_hmac_sha256(TOKEN, strlen(TOKEN), body, strlen(body), mac);
	hex = sign_hex(mac, sizeof(mac));
	header = xasprintf("X-Signature: sha256=%s", hex);
	{
		const char *const headers[] = { JSON, header, NULL };

		call(&w, "POST", "/in/sms/" SECRET, headers, body, &good);
		assert_int_equal(good.status, 200);
		call(&w, "POST", "/in/sms/" SECRET, headers, "{}", &bad);
		assert_int_equal(bad.status, 401);
		call(&w, "POST", "/in/sms/" SECRET, NULL, body, &none);
		assert_int_equal(none.status, 401);
	}
	harness_admin(&w.h, "GET", "/admin/v1/inbound", NULL, &list);
	assert_int_equal(json_path_len(list.json, "/data"), 1);
	world_stop(&w);
}

static void test_bytes__of_any_kind_are_kept(void **state)
{
	const char *const headers[] = { "Content-Type: application/octet-stream", NULL };
	static const char bytes[] = { (char)0xff, 0, 'a', (char)0xfe };
	struct hook_world w;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(json_putp) struct json_object *row = NULL;
	CLEANUP(freep) char *url = NULL;

	(void)state;
	world_start(&w, "platform = website\n");
	url = xasprintf("%s/in/sms/" SECRET, w.h.public_url);
	http_do(&(struct http_call){ .method = "PUT",
				     .url = url,
				     .headers = headers,
				     .body = bytes,
				     .body_len = sizeof(bytes) },
		&answer);
	assert_int_equal(answer.status, 200);
	row = inbound(&w, json_path(answer.json, "/id"));
	assert_true(json_path_is(row, "/state", "unmapped"));
	assert_true(json_path_is(row, "/body_base64", "/wBh/g=="));
	world_stop(&w);
}

/* A database that takes the raw bytes, but no message: they are kept, and mapped at the next start.
 */
static void test_fault__in_mapping_costs_no_bytes(void **state)
{
	static const char body[] = "{\"text\":\"later\",\"name\":\"A\",\"email\":\"a@x.org\"}";
	struct hook_world w;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(json_putp) struct json_object *log = NULL;

	(void)state;
	world_start(&w, "platform = website\n");
	path = xasprintf("%s/state/maaxd.db", w.h.dir);
	daemon_stop(&w.h.daemon);
	store_execute(path, "CREATE TRIGGER broken BEFORE INSERT ON messages BEGIN "
			    "SELECT RAISE(ABORT, 'broken'); END");
	daemon_start(&w.h.daemon);
	id = post(&w, JSON, body);
	assert_state(&w, id, "received", NULL);
	daemon_stop(&w.h.daemon);
	store_execute(path, "DROP TRIGGER broken");
	daemon_start(&w.h.daemon);
	log = harness_wait_delivered(&w.h, "answer.received", 1);
	assert_true(json_path_is(json_object_array_get_idx(log, 0),
				 "/body/data/message/message_content", "later"));
	assert_state(&w, id, "accepted", NULL);
	world_stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_twilio__whole_way),
		cmocka_unit_test(test_shapes__all_become_messages),
		cmocka_unit_test(test_secret__is_asked_before_anything),
		cmocka_unit_test(test_probe__is_answered_and_not_stored),
		cmocka_unit_test(test_unmapped__is_kept_and_replayed),
		cmocka_unit_test(test_rule__drops_and_keeps),
		cmocka_unit_test(test_repeat__is_dropped),
		cmocka_unit_test(test_story__shows_where_it_came_from),
		cmocka_unit_test(test_kill__keeps_what_was_answered),
		cmocka_unit_test(test_limit__is_429_and_stores_nothing),
		cmocka_unit_test(test_signature__wrong_is_401_and_not_stored),
		cmocka_unit_test(test_fault__in_mapping_costs_no_bytes),
		cmocka_unit_test(test_bytes__of_any_kind_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
