/*
 * POST /admin/v1/destinations/{name}/test: a sample goes there at once, and the reply tells what
 * came of it. Nothing is stored, held or tried again.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/condition.h"
#include "base/json.h"
#include "base/mail_draft.h"
#include "dest/destination.h"

/* Like a real one, but for "test". The texts say what it is to whoever gets it. */
static const char sample_text[] =
	"{\"type\":\"answer.received\",\"test\":true,\"timestamp\":null,\"data\":{"
	"\"source\":\"test\","
	"\"conversation\":{\"id\":null,\"key\":\"test\",\"conversation_id\":\"1\","
	"\"prospect_id\":\"1\",\"platform\":\"website\"},"
	"\"message\":{\"id\":null,\"seq\":1,\"message_content\":\"This is a test of maaxd.\","
	"\"metadata\":null,\"prospect_info\":{\"first_name\":\"Test\",\"last_name\":\"Test\","
	"\"email\":\"test@example.org\",\"phone\":\"+15555550100\"},"
	"\"state\":\"answered\",\"reason\":null,\"created_at\":null},"
	"\"answer\":{\"id\":null,\"seq\":2,\"kind\":\"answer\","
	"\"text\":\"This is a test of maaxd. No customer has written.\","
	"\"html\":\"<p>This is a test of maaxd. No customer has written.</p>\","
	"\"late\":false,\"extra\":false,\"heuristic\":false,\"received_at\":null,\"raw\":null},"
	"\"overdue_text\":null}}";

/* A test under way. */
struct test {
	struct api *api;
	struct http_request *request;
	char *destination;
	int wanted; /* what only_if says of the sample; -1: there is none */
	usec_t started_at;
	struct sending *sending;
};

static void test_free(struct test *test)
{
	http_on_drain(test->request, NULL, NULL);
	free(test->destination);
	free(test);
}

/* ---- the sample ---- */

static void put_id(struct json_object *payload, const char *pointer, enum id_kind kind)
{
	char text[IDS_TEXT_SIZE];

	json_put_string(json_at(payload, pointer), "id", ids_format(kind, ids_next(), text));
}

/* A mail for the customer goes to the operator's own address. */
static void put_email(struct json_object *payload, const struct config_destination *destination)
{
	CLEANUP(words_done) struct words own = { 0 };
	const char *why;

	if (destination->kind == DESTINATION_EMAIL &&
	    mail_addresses(destination->from, &own, &why) == 0)
		json_put_string(json_at(payload, "/data/message/prospect_info"), "email",
				own.word[0]);
}

static struct json_object *make_sample(const struct config_destination *destination)
{
	struct json_object *payload = NULL;
	const char *why;

	if (json_parse(sample_text, sizeof(sample_text) - 1, &payload, &why) < 0)
		abort();
	put_id(payload, "/data/conversation", ID_CONVERSATION);
	put_id(payload, "/data/message", ID_MESSAGE);
	put_id(payload, "/data/answer", ID_ANSWER);
	json_put_time(payload, "timestamp", clock_now());
	json_put_time(json_at(payload, "/data/message"), "created_at", clock_now());
	json_put_time(json_at(payload, "/data/answer"), "received_at", clock_now());
	put_email(payload, destination);
	return payload;
}

/* Lays one object over another: members that are objects in both are merged, others replaced. */
/* NOLINTNEXTLINE(misc-no-recursion): no deeper than JSON_MAX_DEPTH, which the parser has seen to */
static void overlay(struct json_object *under, struct json_object *over)
{
	json_object_object_foreach(over, key, value)
	{
		struct json_object *old = NULL;

		json_object_object_get_ex(under, key, &old);
		if (json_object_is_type(old, json_type_object) &&
		    json_object_is_type(value, json_type_object))
			overlay(old, value);
		else
			json_put(under, key, json_object_get(value));
	}
}

/* The body, if there is one, over the sample. False: a problem was replied. */
static bool read_body(struct http_request *request, struct json_object *payload)
{
	CLEANUP(json_putp) struct json_object *body = NULL;
	const char *why = NULL;
	const char *type;
	size_t len;
	const void *text = http_body(request, &len);

	if (len == 0)
		return true;
	if (json_parse(text, len, &body, &why) < 0 ||
	    !json_object_is_type(body, json_type_object)) {
		http_reply_problem(request, 400, "bad_json", why ? why : "send an object", NULL);
		return false;
	}
	overlay(payload, body);
	json_put_bool(payload, "test", true);
	type = json_get_string(payload, "type");
	if (type && event_type_parse(type) >= 0)
		return true;
	http_reply_problem(request, 422, "invalid",
			   "type is one of answer.received, followup.received, emergency.received, "
			   "answer.overdue, message.failed",
			   NULL);
	return false;
}

/* ---- the verdict ---- */

static void put_response(struct json_object *object, const struct buf *response)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(4 * DESTINATION_MAX_RESPONSE);

	/* an excerpt for people; it may be missing */
	IGNORE(json_add_clean(&text, buf_text(response), response->len));
	json_put_string(object, "response", response->len > 0 ? buf_text(&text) : NULL);
}

static void reply_verdict(struct test *test, const struct verdict *verdict)
{
	struct json_object *object = json_object_new_object();

	json_put_string(object, "destination", test->destination);
	json_put_string(object, "outcome", outcome_name(verdict->outcome));
	if (verdict->status)
		json_put_int(object, "status", verdict->status);
	else
		json_put(object, "status", NULL);
	json_put_string(object, "detail", verdict->detail);
	put_response(object, &verdict->response);
	json_put_int(object, "elapsed_ms",
		     (int64_t)((clock_now() - test->started_at) / USEC_PER_MSEC));
	if (test->wanted >= 0)
		json_put_bool(object, "only_if", test->wanted);
	else
		json_put(object, "only_if", NULL);
	api_reply_object(test->api, test->request, 200, object);
}

static void on_sent(struct verdict *verdict, void *ctx)
{
	struct test *test = ctx;

	reply_verdict(test, verdict);
	verdict_done(verdict);
	test_free(test);
}

static void on_drain(struct http_request *request, void *ctx)
{
	struct test *test = ctx;

	sending_cancel(test->sending);
	http_reply_unavailable(request, "maaxd stops: what came of the test is unknown");
	test_free(test);
}

static void start(struct test *test, const struct config_destination *destination,
		  struct parcel *parcel)
{
	struct send_request send = {
		.core = test->api->core,
		.destination = destination,
		.parcel = parcel,
		.on_sent = on_sent,
		.ctx = test,
	};
	struct verdict unsent = { .outcome = OUTCOME_TEMPFAIL };
	int r = destination_send(&send, &test->sending, &unsent.detail);

	if (r == 0) {
		http_on_drain(test->request, on_drain, test);
		return;
	}
	if (r == -EINVAL)
		unsent.outcome = OUTCOME_PERMFAIL;
	if (!unsent.detail)
		unsent.detail = xstrdup("the destination is unusable");
	on_sent(&unsent, test);
}

void api_admin_destination_test(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	const struct http_param *param = http_param(request, 0);
	CLEANUP(freep) char *name = xstrndup(param->value, param->len);
	CLEANUP(parcel_done) struct parcel parcel = { 0 };
	const struct config_destination *destination =
		config_is_caller(name) ? NULL : config_destination(api->core->config, name);
	struct test *test;

	if (!destination) {
		api_reply_not_found(request, "destination");
		return;
	}
	ids_format(ID_DELIVERY, ids_next(), parcel.id);
	parcel.payload = make_sample(destination);
	if (!read_body(request, parcel.payload))
		return;
	test = xnew(struct test);
	test->api = api;
	test->request = request;
	test->destination = TAKE(name);
	test->wanted =
		destination->only_if ? condition_test(destination->only_if, parcel.payload) : -1;
	test->started_at = clock_now();
	start(test, destination, &parcel);
}
