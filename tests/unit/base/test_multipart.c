/* base/multipart: text fields out of multipart/form-data, whole, broken and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/multipart.h"

#define TYPE "multipart/form-data; boundary=b"
#define PART(name) "--b\r\nContent-Disposition: form-data; name=" name "\r\n\r\n"
/* The text of a string literal, which may hold NUL, and its length. */
#define BYTES(literal) (literal), sizeof(literal) - 1

struct test_case {
	const char *type;
	const char *body;
	size_t len;
	const char *wanted;
};

/* The fields as JSON; the body in memory of exactly its size, so that a look beyond is seen. */
static char *read_fields(const char *type, const char *body, size_t len)
{
	CLEANUP(json_putp) struct json_object *fields = json_object_new_object();
	CLEANUP(freep) char *exact = xcalloc(len > 0 ? len : 1, 1);

	memcpy(exact, body, len);
	multipart_add(fields, type, exact, len);
	return json_format(fields, NULL);
}

static void check_cases(const struct test_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CLEANUP(freep)
		char *fields = read_fields(cases[i].type, cases[i].body, cases[i].len);

		if (!streq(fields, cases[i].wanted))
			fail_msg("%s\n%s\ngave %s, not %s", cases[i].type, cases[i].body, fields,
				 cases[i].wanted);
	}
}

static void test_fields__are_read(void **state)
{
	static const struct test_case cases[] = {
		{ TYPE, BYTES(PART("\"a\"") "one\r\n" PART("c") "two\r\n--b--\r\n"),
		  "{\"a\":\"one\",\"c\":\"two\"}" },
		{ TYPE, BYTES(PART("a") "\r\n--b--"), "{\"a\":\"\"}" },
		{ TYPE, BYTES(PART("a") "l1\r\nl2\r\n\r\nl3\r\n--b--"),
		  "{\"a\":\"l1\\r\\nl2\\r\\n\\r\\nl3\"}" },
		{ TYPE, BYTES(PART("a") "1\r\n" PART("a") "2\r\n--b--"), "{\"a\":\"1\"}" },
		{ TYPE, BYTES("preamble\r\n" PART("a") "1\r\n--b--\r\nepilogue"), "{\"a\":\"1\"}" },
		{ TYPE, BYTES("\r\n" PART("a") "1\r\n--b--"), "{\"a\":\"1\"}" },
		{ TYPE, BYTES("--b \t\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--"),
		  "{\"a\":\"1\"}" },
		{ TYPE,
		  BYTES("--b\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; "
			"name=\"a\"\r\nX: y\r\n\r\n1\r\n--b--"),
		  "{\"a\":\"1\"}" },
		{ TYPE,
		  BYTES("--b\r\nContent-Disposition:form-data;name=a;x=\"y\"\r\n\r\n1\r\n--b--"),
		  "{\"a\":\"1\"}" },
		{ TYPE,
		  BYTES("--b\r\nContent-Disposition: form-data; NAME=\"a b\"\r\n\r\n1\r\n--b--"),
		  "{\"a b\":\"1\"}" },
		{ TYPE, BYTES(PART("\"gr\xC3\xBC\xC3\x9F\x65\"") "\xE2\x82\xAC\r\n--b--"),
		  "{\"gr\xC3\xBC\xC3\x9F\x65\":\"\xE2\x82\xAC\"}" },
	};

	(void)state;
	check_cases(cases, ARRAY_SIZE(cases));
}

static void test_boundary__is_found_in_the_content_type(void **state)
{
	static const char body[] = "--x y\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
				   "--x y--";
	static const char *const types[] = {
		"multipart/form-data; boundary=\"x y\"",
		"multipart/form-data;boundary=\"x y\"; charset=utf-8",
		"multipart/form-data; charset=utf-8; Boundary=\"x y\"",
		"multipart/form-data; note=\"; boundary=z\"; boundary=\"x y\"",
	};
	static const char *const bad[] = {
		"multipart/form-data",
		"multipart/form-data; boundary",
		"multipart/form-data; boundary=",
		"multipart/form-data; boundary=\"\"",
		"multipart/form-data; boundary=\"x y",
		"multipart/form-data; boundary=x y",
		"multipart/form-data; xboundary=\"x y\"",
		"boundary=\"x y\"",
		"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		CLEANUP(freep) char *fields = read_fields(types[i], BYTES(body));

		assert_string_equal(fields, "{\"a\":\"1\"}");
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CLEANUP(freep) char *fields = read_fields(bad[i], BYTES(body));

		if (!streq(fields, "{}"))
			fail_msg("%s gave %s", bad[i], fields);
	}
}

static void test_boundary__has_at_most_70_characters(void **state)
{
	(void)state;
	for (int len = 70; len <= 71; len++) {
		char boundary[72] = { 0 };
		CLEANUP(freep) char *type = NULL;
		CLEANUP(freep) char *body = NULL;
		CLEANUP(freep) char *fields = NULL;

		memset(boundary, 'b', (size_t)len);
		type = xasprintf("multipart/form-data; boundary=%s", boundary);
		body = xasprintf(
			"--%s\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--%s--",
			boundary, boundary);
		fields = read_fields(type, body, strlen(body));
		assert_string_equal(fields, len == 70 ? "{\"a\":\"1\"}" : "{}");
	}
}

static void test_parts__that_are_no_fields_are_left_out(void **state)
{
	static const struct test_case cases[] = {
		{ TYPE, BYTES(PART("\"f\"; filename=\"x.txt\"") "data\r\n" PART("a") "1\r\n--b--"),
		  "{\"a\":\"1\"}" },
		{ TYPE, BYTES(PART("f; filename*=UTF-8''x") "data\r\n" PART("a") "1\r\n--b--"),
		  "{\"a\":\"1\"}" },
		{ TYPE, BYTES(PART("f; filename=\"\"") "data\r\n" PART("a") "1\r\n--b--"),
		  "{\"a\":\"1\"}" },
		/* filename= is no name=, nor is what a quoted value says */
		{ TYPE,
		  BYTES("--b\r\nContent-Disposition: form-data; filename=a\r\n\r\n1\r\n--b--"),
		  "{}" },
		{ TYPE, BYTES(PART("\"x; filename=y\"") "1\r\n--b--"),
		  "{\"x; filename=y\":\"1\"}" },
		{ TYPE,
		  BYTES("--b\r\nContent-Disposition: form-data; x=\"; name=q\"; name=a\r\n\r\n1"
			"\r\n--b--"),
		  "{\"a\":\"1\"}" },
		{ TYPE, BYTES(PART("") "1\r\n--b--"), "{}" },
		{ TYPE, BYTES(PART("\"\"") "1\r\n--b--"), "{}" },
		{ TYPE, BYTES(PART("\"a") "1\r\n--b--"), "{}" },
		{ TYPE, BYTES("--b\r\nX: y\r\n\r\n1\r\n" PART("a") "1\r\n--b--"), "{\"a\":\"1\"}" },
		/* without a header: nothing in its body is one */
		{ TYPE,
		  BYTES("--b\r\n\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--"),
		  "{}" },
		/* nothing but its line break, or not even that */
		{ TYPE, BYTES("--b\r\n--b\r\n\r\n--b\r\n\r\n\r\n" PART("a") "1\r\n--b--"),
		  "{\"a\":\"1\"}" },
	};

	(void)state;
	check_cases(cases, ARRAY_SIZE(cases));
}

static void test_broken_body__gives_what_came_before(void **state)
{
	static const struct test_case cases[] = {
		{ TYPE, BYTES(""), "{}" },
		{ TYPE, BYTES("--b"), "{}" },
		{ TYPE, BYTES("--b--"), "{}" },
		{ TYPE, BYTES("--b\r\n"), "{}" },
		{ TYPE, BYTES("no delimiter at all"), "{}" },
		{ TYPE, BYTES(PART("a") "1"), "{}" },
		{ TYPE, BYTES(PART("a") "1\r\n" PART("c") "2"), "{\"a\":\"1\"}" },
		{ TYPE, BYTES(PART("a") "1\r\n--bx\r\n"), "{\"a\":\"1\"}" },
		{ TYPE, BYTES(PART("a") "1\r\n--b-"), "{\"a\":\"1\"}" },
		{ TYPE, BYTES(PART("a") "1\r\n--b"), "{\"a\":\"1\"}" },
		{ TYPE, BYTES(PART("a") "1\r\n--b--" PART("c") "2\r\n--b--"), "{\"a\":\"1\"}" },
		{ TYPE, BYTES("--b\r\nContent-Disposition: form-data; name=a\r\n1\r\n--b--"),
		  "{}" },
		{ TYPE, BYTES("--b\nContent-Disposition: form-data; name=a\n\n1\n--b--"), "{}" },
	};

	(void)state;
	check_cases(cases, ARRAY_SIZE(cases));
}

static void test_bytes__that_are_no_text_are_replaced(void **state)
{
	static const struct test_case cases[] = {
		{ TYPE, BYTES(PART("a") "gr\xFC\xDF\x65\r\n--b--"),
		  "{\"a\":\"gr\xEF\xBF\xBD\xEF\xBF\xBD\x65\"}" },
		{ TYPE, BYTES(PART("a") "x\0y\r\n--b--"), "{\"a\":\"x\xEF\xBF\xBDy\"}" },
		/* a name that is no text is nobody's */
		{ TYPE, BYTES(PART("\"a\xFF\"") "1\r\n--b--"), "{}" },
		{ TYPE, BYTES(PART("\"a\0b\"") "1\r\n--b--"), "{}" },
		{ TYPE, BYTES(PART("a\0b") "1\r\n--b--"), "{}" },
	};

	(void)state;
	check_cases(cases, ARRAY_SIZE(cases));
}

static void test_names_that_are_there__stay(void **state)
{
	static const char body[] = PART("a") "new\r\n" PART("c") "new\r\n--b--";
	CLEANUP(json_putp) struct json_object *fields = json_object_new_object();
	CLEANUP(freep) char *text = NULL;

	(void)state;
	json_put_string(fields, "a", NULL);
	multipart_add(fields, TYPE, BYTES(body));
	text = json_format(fields, NULL);
	assert_string_equal(text, "{\"a\":null,\"c\":\"new\"}");
}

static void test_sizes__are_bounded(void **state)
{
	CLEANUP(buf_done) struct buf body = BUF_INIT(MIB);
	CLEANUP(json_putp) struct json_object *fields = json_object_new_object();
	char name[300] = { 0 };

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	assert_int_equal(buf_add_format(&body, PART("%s") "1\r\n", name), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_add_format(&body, PART("f%d") "1\r\n", i), 0);
	assert_int_equal(buf_add_text(&body, "--b--"), 0);
	multipart_add(fields, TYPE, body.data, body.len);
	assert_int_equal(json_object_object_length(fields), MULTIPART_MAX_PARTS - 1);
	assert_null(json_get_string(fields, name));
	assert_non_null(json_get_string(fields, "f254"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields__are_read),
		cmocka_unit_test(test_boundary__is_found_in_the_content_type),
		cmocka_unit_test(test_boundary__has_at_most_70_characters),
		cmocka_unit_test(test_parts__that_are_no_fields_are_left_out),
		cmocka_unit_test(test_broken_body__gives_what_came_before),
		cmocka_unit_test(test_bytes__that_are_no_text_are_replaced),
		cmocka_unit_test(test_names_that_are_there__stay),
		cmocka_unit_test(test_sizes__are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
