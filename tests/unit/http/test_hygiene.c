/* The checks of a request line and header, as pure functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "http/hygiene.h"

static void test_target__refuses_what_could_be_read_two_ways(void **state)
{
	static const char *const bad[] = {
		"/slow%00x", "/a\rb", "/a\tb",	 "/a b",      "/a%0db", "/a%0Ab",
		"/%1f",	     "/%7F",  "/?x=%00", "/?x=a\x01", "/\x7f",	"http://h/a%00",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (!hygiene_check_target(bad[i]))
			fail_msg("number %zu passed", i);
	}
}

static void test_target__takes_what_is_data(void **state)
{
	static const char *const fine[] = {
		"/",	     "/a%20b",	"/%",	      "/%2", "/%zz", "/?text=line%0Aline%09tab",
		"/\xc3\xa9", "/a/../b", "/%25%30%30",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		if (hygiene_check_target(fine[i]))
			fail_msg("%s was refused", fine[i]);
	}
}

static void expect_split(const char *text, const char *path, const char *query)
{
	CLEANUP(freep) char *target = xstrdup(text);
	const char *got_path = NULL, *got_query = NULL;

	assert_true(hygiene_split_target(target, &got_path, &got_query));
	assert_string_equal(got_path, path);
	assert_string_equal(got_query, query);
}

static void test_split__finds_path_and_query(void **state)
{
	(void)state;
	expect_split("/", "/", "");
	expect_split("/a/b", "/a/b", "");
	expect_split("/a/b/", "/a/b", "");
	expect_split("/a/b/?x=1&y=/z/", "/a/b", "x=1&y=/z/");
	expect_split("/?", "/", "");
	expect_split("//", "/", "");
	expect_split("/a?b?c", "/a", "b?c");
}

static void test_split__absolute_form_counts_its_path(void **state)
{
	(void)state;
	expect_split("http://host:80/a/?q", "/a", "q");
	expect_split("HTTPS://host/a", "/a", "");
	expect_split("http://host", "/", "");
	expect_split("http://host?q", "/", "q");
}

static void test_split__refuses_other_forms(void **state)
{
	static const char *const bad[] = { "*", "host:80", "a/b", "ftp://h/a", "http:/a" };
	const char *path = NULL, *query = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(freep) char *target = xstrdup(bad[i]);
		if (hygiene_split_target(target, &path, &query))
			fail_msg("%s passed", bad[i]);
	}
}

#define HEADER(name_text, value_text) \
	{ \
		name_text, value_text, sizeof(name_text) - 1, sizeof(value_text) - 1 \
	}

struct framing_case {
	struct hygiene_header headers[3];
	size_t count;
	const char *version;
	enum hygiene_verdict verdict;
};

static void test_headers__leave_no_doubt_about_the_end(void **state)
{
	static const struct framing_case cases[] = {
		{ { HEADER("host", "a"), HEADER("Content-Length", "5") }, 2, "HTTP/1.1", 0 },
		{ { HEADER("Host", "a"), HEADER("Transfer-Encoding", "Chunked") },
		  2,
		  "HTTP/1.1",
		  HYGIENE_FINE },
		{ { HEADER("X", "a") }, 1, "HTTP/1.1", HYGIENE_BAD },
		{ { HEADER("X", "a") }, 1, "HTTP/1.0", HYGIENE_FINE },
		{ { HEADER("Host", "a"), HEADER("HOST", "a") }, 2, "HTTP/1.1", HYGIENE_BAD },
		{ { HEADER("Host", "a"), HEADER("HOST", "a") }, 2, "HTTP/1.0", HYGIENE_BAD },
		{ { HEADER("Host", "a"), HEADER("Content-Length", "5"),
		    HEADER("content-length", "5") },
		  3,
		  "HTTP/1.1",
		  HYGIENE_BAD },
		{ { HEADER("Host", "a"), HEADER("Content-Length", "5"),
		    HEADER("Transfer-Encoding", "chunked") },
		  3,
		  "HTTP/1.1",
		  HYGIENE_BAD },
		{ { HEADER("Host", "a"), HEADER("Transfer-Encoding", "gzip, chunked") },
		  2,
		  "HTTP/1.1",
		  HYGIENE_NOT_IMPLEMENTED },
		{ { HEADER("Host", "a"), HEADER("Transfer-Encoding", "identity") },
		  2,
		  "HTTP/1.1",
		  HYGIENE_NOT_IMPLEMENTED },
		{ { HEADER("Host", "a"), HEADER("Transfer-Encoding", "chunked"),
		    HEADER("Transfer-Encoding", "chunked") },
		  3,
		  "HTTP/1.1",
		  HYGIENE_NOT_IMPLEMENTED },
		{ { HEADER("Transfer-Encoding", "chunked") }, 1, "HTTP/1.0", HYGIENE_BAD },
		{ { HEADER("Host", "a"), HEADER("Content-Length ", "5") },
		  2,
		  "HTTP/1.1",
		  HYGIENE_BAD },
		{ { HEADER("Host", "a"), HEADER("X", "a\rb") }, 2, "HTTP/1.1", HYGIENE_BAD },
		{ { HEADER("Host", "a"), HEADER("X", "a\tb") }, 2, "HTTP/1.1", HYGIENE_FINE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *why = NULL;
		enum hygiene_verdict got = hygiene_check_headers(cases[i].headers, cases[i].count,
								 cases[i].version, &why);

		if (got != cases[i].verdict)
			fail_msg("case %zu: %d", i, (int)got);
		assert_int_equal(why != NULL, got != HYGIENE_FINE);
	}
}

static void test_is_token__follows_rfc_9110(void **state)
{
	(void)state;
	assert_true(hygiene_is_token("X-Request-Id", 12));
	assert_true(hygiene_is_token("!#$%&'*+-.^_`|~09azAZ", 21));
	assert_false(hygiene_is_token("", 0));
	assert_false(hygiene_is_token("a b", 3));
	assert_false(hygiene_is_token("a:b", 3));
	assert_false(hygiene_is_token("a\0b", 3));
	assert_false(hygiene_is_token("\xc3\xa9", 2));
}

static void test_is_request_id__is_bounded(void **state)
{
	char text[HYGIENE_MAX_REQUEST_ID + 1];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_true(hygiene_is_request_id("A-z.0_9", 7));
	assert_true(hygiene_is_request_id(text, HYGIENE_MAX_REQUEST_ID));
	assert_false(hygiene_is_request_id(text, sizeof(text)));
	assert_false(hygiene_is_request_id("", 0));
	assert_false(hygiene_is_request_id("a b", 3));
	assert_false(hygiene_is_request_id("a!", 2));
	assert_false(hygiene_is_request_id("a\"b", 3));
}

static void test_is_media_type__ignores_parameters_and_case(void **state)
{
	(void)state;
	assert_true(hygiene_is_media_type("application/json", "application/json"));
	assert_true(hygiene_is_media_type(" Application/JSON ; charset=utf-8", "application/json"));
	assert_false(hygiene_is_media_type("application/jsonx", "application/json"));
	assert_false(hygiene_is_media_type("text/plain", "application/json"));
	assert_false(hygiene_is_media_type("", "application/json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target__refuses_what_could_be_read_two_ways),
		cmocka_unit_test(test_target__takes_what_is_data),
		cmocka_unit_test(test_split__finds_path_and_query),
		cmocka_unit_test(test_split__absolute_form_counts_its_path),
		cmocka_unit_test(test_split__refuses_other_forms),
		cmocka_unit_test(test_headers__leave_no_doubt_about_the_end),
		cmocka_unit_test(test_is_token__follows_rfc_9110),
		cmocka_unit_test(test_is_request_id__is_bounded),
		cmocka_unit_test(test_is_media_type__ignores_parameters_and_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
