/* api/request_headers: Prefer: wait, and Idempotency-Key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "api/request_headers.h"

static void test_wait__is_found_among_preferences(void **state)
{
	static const struct {
		const char *prefer;
		unsigned seconds;
	} cases[] = {
		{ "wait=5", 5 },
		{ "wait=0", 0 },
		{ "WAIT=5", 5 },
		{ "wait = \"5\"", 5 },
		{ " respond-async , wait=5", 5 },
		{ "respond-async,,\t,wait=5", 5 },
		{ "wait=5, wait=9", 5 },
		{ "wait=5; x=y", 5 },
		{ "waiting=9, wait=5", 5 },
		{ "wait, wait=5", 5 },
		{ "handling=\"a, wait=9\", wait=5", 5 },
		{ "handling=\"a\\\", wait=9\", wait=5", 5 },
		{ "foo; wait=9, wait=5", 5 },
		{ "wait=90", 90 },
		{ "wait=91", 90 },
		{ "wait=99999999999999999999999", 90 },
		{ "wait=-1", 0 },
		{ "wait=soon", 0 },
		{ "wait=", 0 },
	};
	static const char *const without[] = {
		"",	    ",",   "respond-async", "wait",    "wait; x=5",
		"x=wait=5", " ; ", "a=\", wait=5",  "awaits=5"
	};
	unsigned seconds = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		if (request_headers_wait(without[i], 90, &seconds))
			fail_msg("%s waits", without[i]);
	assert_int_equal(seconds, 77);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!request_headers_wait(cases[i].prefer, 90, &seconds) ||
		    seconds != cases[i].seconds)
			fail_msg("%s: %u", cases[i].prefer, seconds);
	}
}

static void test_idempotency_key__in_either_form(void **state)
{
	static const char *const cases[][2] = {
		{ "abc", "abc" },
		{ "\"abc\"", "abc" },
		{ " abc\t", "abc" },
		{ "\t\"abc\" ", "abc" },
		{ "8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324" },
		{ "a\"b\\c", "a\"b\\c" },
		{ "\"a b\"", "a b" },
		{ "\" \"", " " },
		{ "\"a\\\"b\\\\c\"", "a\"b\\c" },
		{ "!~", "!~" },
	};
	static const char *const bad[] = {
		"",	    " ",	 "\"\"",       "\"",	"\"abc", "abc def",  "\"abc\"def",
		"\"a\\n\"", "\"a\\",	 "\"a\\\"",    "a\x7f", "a\x01", "\xC3\xA4", "\"\xC3\xA4\"",
		"\"a\tb\"", "\"a\";x=1", "\"a\"\"b\"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *key = request_headers_idempotency_key(cases[i][0]);

		assert_non_null(key);
		assert_string_equal(key, cases[i][1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(freep) char *key = request_headers_idempotency_key(bad[i]);

		if (key)
			fail_msg("<%s> is taken as <%s>", bad[i], key);
	}
}

static void test_idempotency_key__has_at_most_255_bytes(void **state)
{
	char text[300] = { 0 };
	CLEANUP(freep) char *longest = NULL;
	CLEANUP(freep) char *quoted = NULL;
	CLEANUP(freep) char *quoted_key = NULL;
	CLEANUP(freep) char *too_long = NULL;

	(void)state;
	memset(text, 'k', 255);
	longest = request_headers_idempotency_key(text);
	assert_string_equal(longest, text);
	quoted = xasprintf("\"%s\"", text);
	quoted_key = request_headers_idempotency_key(quoted);
	assert_string_equal(quoted_key, text);
	text[255] = 'k';
	assert_null(request_headers_idempotency_key(text));
	too_long = xasprintf("\"%s\"", text);
	assert_null(request_headers_idempotency_key(too_long));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wait__is_found_among_preferences),
		cmocka_unit_test(test_idempotency_key__in_either_form),
		cmocka_unit_test(test_idempotency_key__has_at_most_255_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
