/* dest/webhook: what leaves, byte by byte, and what a reply means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "dest/webhook.h"
#include "lib/store_fixture.h"
#include "unit/base/fetch_world.h"

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#define OTHER_SECRET "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
#define BODY "{\"type\":\"answer.received\",\"n\":\"\xC3\xA4\"}"

struct sent {
	unsigned calls;
	struct verdict verdict;
};

static void on_sent(struct verdict *verdict, void *ctx)
{
	struct sent *sent = ctx;

	sent->calls++;
	sent->verdict = *verdict;
}

static struct config_destination make_destination(struct world *world, struct sign_secret *secrets)
{
	assert_int_equal(sign_secret_parse(SECRET, &secrets[0]), 0);
	assert_int_equal(sign_secret_parse(OTHER_SECRET, &secrets[1]), 0);
	return (struct config_destination){
		.name = TEXT("desk"),
		.url = world->url,
		.method = TEXT("POST"),
		.content_type = TEXT("application/json"),
		.secrets = secrets,
		.secret_count = 2,
		.timeout = LONG_ENOUGH,
		.connect_timeout = LONG_ENOUGH,
	};
}

/* 0, or why it was not started. */
static int send_with(struct world *world, const struct config_destination *destination,
		     struct sent *sent)
{
	struct core core = { .dest_fetcher = world->fetcher };
	CLEANUP(parcel_done) struct parcel parcel = { .id = "dlv_0000000000001" };
	struct send_request request = {
		.core = &core,
		.destination = destination,
		.parcel = &parcel,
		.on_sent = on_sent,
		.ctx = sent,
	};
	struct sending *sending = NULL;
	CLEANUP(freep) char *detail = NULL;
	const char *why;

	assert_int_equal(json_parse(BODY, strlen(BODY), &parcel.payload, &why), 0);
	return webhook_ops.send(&request, &sending, &detail);
}

static void send_one(struct world *world, const struct config_destination *destination,
		     struct sent *sent)
{
	assert_int_equal(send_with(world, destination, sent), 0);
	turn_until_idle(world);
	assert_int_equal(sent->calls, 1);
}

/* A header's value in the request, up to the line's end; the caller's. */
static char *header_of(const char *request, const char *name)
{
	CLEANUP(freep) char *start = xasprintf("\r\n%s: ", name);
	const char *at = strcasestr(request, start);

	if (!at)
		fail_msg("no %s in %s", name, request);
	at += strlen(start);
	return xstrndup(at, strcspn(at, "\r\n"));
}

static void assert_header(const char *request, const char *name, const char *wanted)
{
	CLEANUP(freep) char *value = header_of(request, name);

	assert_string_equal(value, wanted);
}

static void test_send__is_a_standard_webhook(void **state)
{
	struct world *world = *state;
	struct sign_secret secrets[2];
	struct config_destination destination = make_destination(world, secrets);
	struct sent sent = { 0 };
	const char *request = world->server.last;
	int64_t now = (int64_t)(clock_wall() / USEC_PER_SEC);
	CLEANUP(freep) char *signature = NULL;
	CLEANUP(freep) char *timestamp = NULL;
	struct sign_webhook_received received = { .webhook_id = "dlv_0000000000001",
						  .body = BODY,
						  .len = strlen(BODY) };

	send_one(world, &destination, &sent);
	assert_memory_equal(request, "POST /x HTTP/1.1\r\n", 18);
	assert_header(request, "Content-Type", "application/json");
	assert_header(request, "User-Agent", "maaxd/" MAAXD_VERSION);
	assert_header(request, "webhook-id", "dlv_0000000000001");
	assert_string_equal(strstr(request, "\r\n\r\n") + 4, BODY);
	timestamp = header_of(request, "webhook-timestamp");
	signature = header_of(request, "webhook-signature");
	received.timestamp_sec = strtoll(timestamp, NULL, 10);
	received.signature = signature;
	/* while a secret is rotated, both must fit */
	assert_int_equal(sign_webhook_verify(&secrets[0], &received, now, 300), 0);
	assert_int_equal(sign_webhook_verify(&secrets[1], &received, now, 300), 0);
	assert_int_equal(sent.verdict.outcome, OUTCOME_OK);
	assert_string_equal(sent.verdict.detail, "HTTP 200");
	verdict_done(&sent.verdict);
}

static void test_send__follows_no_redirect(void **state)
{
	struct world *world = *state;
	struct sign_secret secrets[2];
	struct config_destination destination = make_destination(world, secrets);
	struct sent sent = { 0 };

	world->server.script.reply =
		"HTTP/1.1 307 Away\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n";
	send_one(world, &destination, &sent);
	assert_int_equal(world->server.requests, 1);
	assert_int_equal(sent.verdict.outcome, OUTCOME_TEMPFAIL);
	verdict_done(&sent.verdict);
}

static void test_send__takes_no_unusable_url(void **state)
{
	struct world *world = *state;
	struct sign_secret secrets[2];
	struct config_destination destination = make_destination(world, secrets);
	struct sent sent = { 0 };

	destination.url = TEXT("file:///etc/passwd");
	assert_int_equal(send_with(world, &destination, &sent), -EINVAL);
	assert_int_equal(sent.calls, 0);
}

static void test_cancel__tells_nobody(void **state)
{
	struct world *world = *state;
	struct sign_secret secrets[2];
	struct config_destination destination = make_destination(world, secrets);
	struct core core = { .dest_fetcher = world->fetcher };
	CLEANUP(parcel_done) struct parcel parcel = { .id = "dlv_0000000000001" };
	struct sent sent = { 0 };
	struct send_request request = { &core, &destination, &parcel, on_sent, &sent };
	struct sending *sending = NULL;
	char *why = NULL;

	parcel.payload = json_object_new_object();
	world->server.script.manner = STALL;
	assert_int_equal(destination_send(&request, &sending, &why), 0);
	sending_cancel(sending);
	assert_int_equal(fetcher_running(world->fetcher), 0);
	assert_int_equal(sent.calls, 0);
}

static void test_judge__by_status(void **state)
{
	static const struct {
		int status;
		enum outcome outcome;
		bool is_gone, is_slow;
	} cases[] = {
		{ 200, OUTCOME_OK, false, false },	 { 204, OUTCOME_OK, false, false },
		{ 299, OUTCOME_OK, false, false },	 { 301, OUTCOME_TEMPFAIL, false, false },
		{ 304, OUTCOME_TEMPFAIL, false, false }, { 400, OUTCOME_TEMPFAIL, false, false },
		{ 401, OUTCOME_TEMPFAIL, false, false }, { 404, OUTCOME_TEMPFAIL, false, false },
		{ 410, OUTCOME_PERMFAIL, true, false },	 { 429, OUTCOME_TEMPFAIL, false, true },
		{ 500, OUTCOME_TEMPFAIL, false, false }, { 503, OUTCOME_TEMPFAIL, false, false },
		{ 0, OUTCOME_TEMPFAIL, false, false },	 { 199, OUTCOME_TEMPFAIL, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fetch_result result = { .error = FETCH_DONE,
					       .status = cases[i].status,
					       .retry_after = 9 };
		CLEANUP(verdict_done) struct verdict verdict;
		CLEANUP(freep) char *detail = xasprintf("HTTP %d", cases[i].status);

		webhook_judge(&result, &verdict);
		assert_int_equal(verdict.outcome, cases[i].outcome);
		assert_int_equal(verdict.is_gone, cases[i].is_gone);
		assert_int_equal(verdict.is_slow, cases[i].is_slow);
		assert_int_equal(verdict.status, cases[i].status);
		assert_int_equal(verdict.retry_after, 9);
		assert_string_equal(verdict.detail, detail);
	}
}

/* With a body of the operator's: what somebody's API refuses for good. */
static void test_judge__of_a_call(void **state)
{
	static const struct {
		int status;
		enum outcome outcome;
	} cases[] = {
		{ 200, OUTCOME_OK },	   { 201, OUTCOME_OK },	      { 301, OUTCOME_TEMPFAIL },
		{ 400, OUTCOME_PERMFAIL }, { 401, OUTCOME_TEMPFAIL }, { 403, OUTCOME_TEMPFAIL },
		{ 404, OUTCOME_PERMFAIL }, { 408, OUTCOME_TEMPFAIL }, { 410, OUTCOME_PERMFAIL },
		{ 422, OUTCOME_PERMFAIL }, { 429, OUTCOME_TEMPFAIL }, { 500, OUTCOME_TEMPFAIL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct fetch_result result = { .error = FETCH_DONE, .status = cases[i].status };
		CLEANUP(verdict_done) struct verdict verdict;

		webhook_judge(&result, &verdict);
		webhook_judge_call(&verdict);
		assert_int_equal(verdict.outcome, cases[i].outcome);
		assert_false(verdict.is_gone);
	}
}

static void test_judge__without_a_reply(void **state)
{
	static const struct {
		struct fetch_result result;
		const char *detail;
		bool is_slow;
	} cases[] = {
		{ { .error = FETCH_UNSENT, .detail = "refused" }, "refused", false },
		{ { .error = FETCH_UNSENT, .detail = "" }, "no reply", false },
		{ { .error = FETCH_UNCERTAIN }, "no reply", false },
		{ { .error = FETCH_UNCERTAIN, .detail = "timed out", .timed_out = true },
		  "timed out",
		  true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(verdict_done) struct verdict verdict;

		webhook_judge(&cases[i].result, &verdict);
		assert_int_equal(verdict.outcome, OUTCOME_TEMPFAIL);
		assert_int_equal(verdict.is_slow, cases[i].is_slow);
		assert_false(verdict.is_gone);
		assert_string_equal(verdict.detail, cases[i].detail);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_send__is_a_standard_webhook),
		WORLD_TEST(test_send__follows_no_redirect),
		WORLD_TEST(test_send__takes_no_unusable_url),
		WORLD_TEST(test_cancel__tells_nobody),
		cmocka_unit_test(test_judge__by_status),
		cmocka_unit_test(test_judge__of_a_call),
		cmocka_unit_test(test_judge__without_a_reply),
	};

	return cmocka_run_group_tests(tests, world_group_setup, NULL);
}
