/*
 * webhook-receiver by itself: what it verifies and how it answers.
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

#include "base/clock.h"
#include "base/sign.h"

struct fixture {
	char *dir;
	struct peer receiver;
};

static int set_up(void **state)
{
	struct fixture *f = xnew(struct fixture);

	f->dir = testdir_new();
	receiver_start(&f->receiver, f->dir, NULL);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	peer_stop(&f->receiver);
	peer_done(&f->receiver);
	testdir_remove(f->dir);
	free(f);
	return 0;
}

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/* Signs `body` as sent at that time, and delivers `sent`. The status. */
static int deliver_signed(struct peer *receiver, const char *body, const char *sent, int64_t at)
{
	struct sign_secret secret;
	CLEANUP(http_answer_done) struct http_answer answer;
	CLEANUP(freep) char *signature = NULL;
	CLEANUP(freep) char *signature_header = NULL;
	CLEANUP(freep)
	char *timestamp_header = xasprintf("webhook-timestamp: %lld", (long long)at);
	const char *headers[] = { "webhook-id: msg_1", timestamp_header, NULL, NULL };
	const struct http_call call = { .url = receiver->url, .headers = headers, .body = sent };

	assert_int_equal(sign_secret_parse(SECRET, &secret), 0);
	signature = sign_webhook(&secret, 1, "msg_1", at, body, strlen(body));
	signature_header = xasprintf("webhook-signature: %s", signature);
	headers[2] = signature_header;
	http_do(&call, &answer);
	return answer.status;
}

static void test_receiver__verifies_signatures(void **state)
{
	static const char *const arguments[] = { "--secret", SECRET, NULL };
	const int64_t now = (int64_t)(clock_wall() / USEC_PER_SEC);
	struct fixture *f = *state;
	struct peer strict = { 0 };
	CLEANUP(http_answer_done) struct http_answer unsigned_one = { 0 };
	CLEANUP(json_putp) struct json_object *lines = NULL;

	receiver_start(&strict, f->dir, arguments);
	assert_int_equal(deliver_signed(&strict, "{}", "{}", now), 200);
	assert_int_equal(deliver_signed(&strict, "{}", "[]", now), 401);
	assert_int_equal(deliver_signed(&strict, "{}", "{}", now - 3600), 401);
	http_post(strict.url, "{}", &unsigned_one);
	assert_int_equal(unsigned_one.status, 401);
	lines = receiver_log(&strict);
	assert_int_equal(json_count(lines, "/verified", "true"), 1);
	assert_true(json_path_bool(lines, "/0/verified"));
	peer_stop(&strict);
	peer_done(&strict);
}

static void test_receiver__answers_by_its_script_in_order(void **state)
{
	struct fixture *f = *state;
	CLEANUP(http_answer_done) struct http_answer first = { 0 };
	CLEANUP(http_answer_done) struct http_answer second = { 0 };
	CLEANUP(http_answer_done) struct http_answer third = { 0 };
	CLEANUP(http_answer_done) struct http_answer fourth = { 0 };
	CLEANUP(freep) char *retry_after = NULL;

	receiver_script(&f->receiver, "[{\"status\":500,\"retry_after\":3,\"body\":\"no\"},"
				      "{\"reset\":true},{\"status\":410,\"match\":\"sesame\"}]");
	http_post(f->receiver.url, "x", &first);
	http_post(f->receiver.url, "x", &second);
	http_post(f->receiver.url, "x", &third);
	http_post(f->receiver.url, "open sesame", &fourth);
	retry_after = http_answer_header(&first, "Retry-After");
	assert_int_equal(first.status, 500);
	assert_string_equal(buf_text(&first.body), "no");
	assert_string_equal(retry_after, "3");
	assert_int_equal(second.status, 0);
	assert_int_equal(third.status, 200);
	assert_int_equal(fourth.status, 410);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_receiver__verifies_signatures, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_receiver__answers_by_its_script_in_order,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
