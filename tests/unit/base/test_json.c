/* What counts as JSON here, pointers into it, and forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "lib/json_path.h"

/* A string literal that may hold NUL, and its length. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void assert_rejected(const char *text, size_t len, const char *reason)
{
	/* In memory of exactly that size, so that a look beyond the end is seen. */
	CLEANUP(freep) char *exact = xcalloc(len > 0 ? len : 1, 1);
	memcpy(exact, text, len);
	struct json_object *untouched = (struct json_object *)&untouched;
	struct json_object *root = untouched;
	const char *why = NULL;
	if (json_parse(exact, len, &root, &why) != -EBADMSG)
		fail_msg("accepted: %s", text);
	assert_ptr_equal(root, untouched);
	assert_string_equal(why, reason);
}

static void test_utf8__as_in_rfc_3629(void **state)
{
	(void)state;
	assert_true(json_is_utf8("", 0));
	assert_true(json_is_utf8(BYTES("a\0b")));
	assert_true(json_is_utf8(BYTES("\x7F \xC2\x80 \xDF\xBF \xE0\xA0\x80 \xEF\xBF\xBF")));
	assert_true(json_is_utf8(BYTES("\xED\x9F\xBF \xEE\x80\x80 \xF0\x90\x80\x80")));
	assert_true(json_is_utf8(BYTES("\xF4\x8F\xBF\xBF")));

	assert_false(json_is_utf8(BYTES("\x80")));
	assert_false(json_is_utf8(BYTES("\xC0\xAF"))); /* overlong */
	assert_false(json_is_utf8(BYTES("\xC1\xBF")));
	assert_false(json_is_utf8(BYTES("\xE0\x9F\xBF")));
	assert_false(json_is_utf8(BYTES("\xF0\x8F\xBF\xBF")));
	assert_false(json_is_utf8(BYTES("\xED\xA0\x80")));     /* surrogate */
	assert_false(json_is_utf8(BYTES("\xF4\x90\x80\x80"))); /* beyond U+10FFFF */
	assert_false(json_is_utf8(BYTES("\xF5\x80\x80\x80")));
	assert_false(json_is_utf8(BYTES("\xC3(")));
	assert_false(json_is_utf8(BYTES("\xE2\x82"))); /* cut off */
	assert_false(json_is_utf8(BYTES("\xE2\x82!")));
	assert_false(json_is_utf8(BYTES("ok\xFF")));
}

static void test_parse__takes_what_the_rfc_allows(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *printed;
	} cases[] = {
		{ "{}", "{}" },
		{ " \t\r\n[ ] \n", "[]" },
		{ "{ \"a\" : [ 1 , -2 , 3.5 , 1e5 , -0 , 0.1E+2, 1E-2 ] }",
		  "{\"a\":[1,-2,3.5,1e5,0,0.1E+2,1E-2]}" },
		{ "[true,false,null]", "[true,false,null]" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
		{ "\"\\u00e9\\uD83D\\uDE00\xC3\xA9\"", "\"\xC3\xA9\xF0\x9F\x98\x80\xC3\xA9\"" },
		{ "\"\\ud800\"", "\"\xEF\xBF\xBD\"" },
		{ "\"\\u0000\"", "\"\\u0000\"" },
		{ "{\"\":0,\"a/b\":\"</x>\"}", "{\"\":0,\"a/b\":\"</x>\"}" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "18446744073709551615", "18446744073709551615" },
		{ "18446744073709551616", "18446744073709551616" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "-9223372036854775809", "-9223372036854775809" },
		{ "[10000000000000000000,100000000000000000000]",
		  "[10000000000000000000,100000000000000000000]" },
		{ " {\"a\":[123456789012345678901234567890 ,\"\\\"99999999999999999999\"]}",
		  "{\"a\":[123456789012345678901234567890,\"\\\"99999999999999999999\"]}" },
		{ "[99999999999999999999.5,99999999999999999999e1,1e99999999999999999999]",
		  "[99999999999999999999.5,99999999999999999999e1,1e99999999999999999999]" },
		{ "[99999999999999999999e0,5e0]", "[99999999999999999999,5e0]" },
		{ "0", "0" },
		{ " 12 ", "12" },
		{ "-1.5e3", "-1.5e3" },
		{ "true", "true" },
		{ " null ", "null" },
		{ "\"x\"", "\"x\"" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(json_putp) struct json_object *root = json_parsed(cases[i].text);
		size_t len = 0;
		CLEANUP(freep) char *printed = json_format(root, &len);
		assert_string_equal(printed, cases[i].printed);
		assert_int_equal(len, strlen(printed));
	}
}

static void test_parse__null_is_null_and_no_error(void **state)
{
	(void)state;
	struct json_object *root = (struct json_object *)&root;
	const char *why = NULL;
	assert_int_equal(json_parse(BYTES("null"), &root, &why), 0);
	assert_null(root);
	assert_null(why);
}

static void test_parse__refuses_what_is_not_json(void **state)
{
	(void)state;
	assert_rejected(BYTES(""), "value missing");
	assert_rejected(BYTES("  "), "value missing");
	assert_rejected(BYTES("{'a':1}"), "an object's key is not a string");
	assert_rejected(BYTES("['a']"), "not a JSON value");
	assert_rejected(BYTES("{a:1}"), "an object's key is not a string");
	assert_rejected(BYTES("{\"a\" 1}"), "no ':' after a key");
	assert_rejected(BYTES("{\"a\":1,}"), "an object's key is not a string");
	assert_rejected(BYTES("{\"a\":}"), "not a JSON value");
	assert_rejected(BYTES("[1,]"), "not a JSON value");
	assert_rejected(BYTES("[1 2]"), "object or array without an end");
	assert_rejected(BYTES("[1}"), "object or array without an end");
	assert_rejected(BYTES("["), "value missing");
	assert_rejected(BYTES("[1"), "object or array without an end");
	assert_rejected(BYTES("{\"a\":1"), "object or array without an end");
	assert_rejected(BYTES("{} {}"), "text after the value");
	assert_rejected(BYTES("{}\0"), "text after the value");
	assert_rejected(BYTES("\xEF\xBB\xBF{}"), "not a JSON value");
	assert_rejected(BYTES("/* */ 1"), "not a JSON value");
	assert_rejected(BYTES("NaN"), "not a JSON value");
	assert_rejected(BYTES("Infinity"), "not a JSON value");
	assert_rejected(BYTES("-Infinity"), "malformed number");
	assert_rejected(BYTES("TRUE"), "not a JSON value");
	assert_rejected(BYTES("tru"), "not a JSON value");
	assert_rejected(BYTES("nulll"), "text after the value");
}

static void test_parse__refuses_malformed_numbers(void **state)
{
	(void)state;
	assert_rejected(BYTES("01"), "text after the value");
	assert_rejected(BYTES("1."), "malformed number");
	assert_rejected(BYTES("[1.]"), "malformed number");
	assert_rejected(BYTES(".5"), "not a JSON value");
	assert_rejected(BYTES("+1"), "not a JSON value");
	assert_rejected(BYTES("-"), "malformed number");
	assert_rejected(BYTES("1e"), "malformed number");
	assert_rejected(BYTES("1e+"), "malformed number");
	assert_rejected(BYTES("0x10"), "text after the value");
}

static void test_parse__refuses_malformed_strings(void **state)
{
	(void)state;
	assert_rejected(BYTES("\"a"), "string without an end");
	assert_rejected(BYTES("\"a\\"), "unknown escape in a string");
	assert_rejected(BYTES("\"a\\x\""), "unknown escape in a string");
	assert_rejected(BYTES("\"\\\0\""), "unknown escape in a string");
	assert_rejected(BYTES("\"\\u12g4\""), "\\u without four hexadecimal digits");
	assert_rejected(BYTES("\"\\u12"), "\\u without four hexadecimal digits");
	assert_rejected(BYTES("\"a\nb\""), "control character in a string");
	assert_rejected(BYTES("\"a\0b\""), "control character in a string");
	assert_rejected(BYTES("\"\x1F\""), "control character in a string");
	assert_rejected(BYTES("\"\xC0\xAF\""), "not UTF-8");
	assert_rejected(BYTES("\"\xED\xA0\x80\""), "not UTF-8");
	assert_rejected(BYTES("{\"\xFF\":1}"), "not UTF-8");
	assert_rejected(BYTES("\"\xE2\x82"), "not UTF-8");
}

static void test_parse__refuses_nul_in_keys_only(void **state)
{
	(void)state;
	assert_rejected(BYTES("{\"a\\u0000b\":1}"), "NUL in a key");
	assert_rejected(BYTES("[{\"\\u0000\":1}]"), "NUL in a key");
	CLEANUP(json_putp) struct json_object *root = json_parsed("{\"a\\u0100\":\"\\u0000\"}");
	assert_non_null(root);
}

/* `depth` arrays around a number. */
static char *nested(unsigned depth)
{
	char *text = xcalloc(2 * depth + 2, 1);
	memset(text, '[', depth);
	text[depth] = '1';
	memset(text + depth + 1, ']', depth);
	return text;
}

static void test_parse__bounds_depth(void **state)
{
	(void)state;
	CLEANUP(freep) char *deep = nested(JSON_MAX_DEPTH);
	CLEANUP(json_putp) struct json_object *root = json_parsed(deep);
	assert_non_null(root);

	CLEANUP(freep) char *deeper = nested(JSON_MAX_DEPTH + 1);
	assert_rejected(deeper, strlen(deeper), "nested too deep");
	CLEANUP(freep) char *deepest = nested(100000);
	assert_rejected(deepest, strlen(deepest), "nested too deep");
}

static void test_at__follows_rfc_6901(void **state)
{
	(void)state;
	CLEANUP(json_putp)
	struct json_object *root = json_parsed(
		"{\"foo\":[\"bar\",\"baz\",{\"x\":7}],\"\":0,\"a/b\":1,\"c%d\":2,\"m~n\":8,"
		"\" \":9,\"Reply Text\":10,\"~1\":11,\"nothing\":null,\"0\":12}");
	static const struct {
		const char *pointer;
		int64_t value;
	} cases[] = {
		{ "/", 0 },	    { "/a~1b", 1 },
		{ "/c%d", 2 },	    { "/foo/2/x", 7 },
		{ "/m~0n", 8 },	    { "/ ", 9 },
		{ "#/a~1b", 1 },    { "#/c%25d", 2 },
		{ "#/foo/2/x", 7 }, { "#/Reply%20Text", 10 },
		{ "/~01", 11 },	    { "/0", 12 },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct json_object *value = json_at(root, cases[i].pointer);
		assert_non_null(value);
		assert_true(json_object_get_int64(value) == cases[i].value);
	}
	assert_ptr_equal(json_at(root, ""), root);
	assert_ptr_equal(json_at(root, "#"), root);
	assert_string_equal(json_object_get_string(json_at(root, "/foo/0")), "bar");
}

static void test_at__finds_nothing_where_nothing_is(void **state)
{
	(void)state;
	CLEANUP(json_putp)
	struct json_object *root = json_parsed("{\"a\":[1,2],\"n\":null,\"s\":\"text\"}");
	static const char *const pointers[] = {
		"/b",	 "/a/2",  "/a/-",   "/a/01",
		"/a/-1", "/a/",	  "/a/0x1", "/a/99999999999999999999",
		"/n",	 "/n/x",  "/s/0",   "/a/0/0",
		"a",	 "/a~",	  "/a~2",   "#a",
		"#/%00", "#/%zz",
	};
	for (size_t i = 0; i < ARRAY_SIZE(pointers); i++)
		assert_null(json_at(root, pointers[i]));
	assert_null(json_at(NULL, "/a"));
	assert_null(json_at(NULL, ""));
}

static void test_pointer_is_valid__in_either_form(void **state)
{
	(void)state;
	static const char *const good[] = { "", "#", "/", "/a/b", "/a~0~1", "#/a%20b", "/a b%" };
	static const char *const bad[] = { "a",	    "#a",    "/~",    "/a~2", "#/%2",
					   "#/%00", "#/%ff", "/\xFF", "#/~" };
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(json_pointer_is_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(json_pointer_is_valid(bad[i]));
}

static void assert_text(struct json_object *root, const char *pointer, const char *wanted)
{
	size_t len = 0;
	CLEANUP(freep) char *text = json_text(json_at(root, pointer), &len);
	assert_non_null(text);
	assert_string_equal(text, wanted);
	assert_int_equal(len, strlen(wanted));
}

static void test_text__of_scalars_only(void **state)
{
	(void)state;
	CLEANUP(json_putp)
	struct json_object *root = json_parsed(
		"{\"s\":\"a/"
		"b\",\"i\":-42,\"d\":1.50,\"t\":true,\"o\":{},\"a\":[],\"z\":\"x\\u0000y\"}");
	assert_text(root, "/s", "a/b");
	assert_text(root, "/i", "-42");
	assert_text(root, "/d", "1.50");
	assert_text(root, "/t", "true");
	assert_null(json_text(json_at(root, "/o"), NULL));
	assert_null(json_text(json_at(root, "/a"), NULL));
	assert_null(json_text(NULL, NULL));

	size_t len = 0;
	CLEANUP(freep) char *with_nul = json_text(json_at(root, "/z"), &len);
	assert_int_equal(len, 3);
	assert_memory_equal(with_nul, "x\0y", 4);
}

static void test_clean_text__replaces_byte_by_byte(void **state)
{
	(void)state;
	static const struct {
		const char *data;
		size_t len;
		const char *wanted;
	} cases[] = {
		{ BYTES(""), "" },
		{ BYTES("plain"), "plain" },
		{ BYTES("\xE2\x82\xAC\xF0\x9F\x98\x80"), "\xE2\x82\xAC\xF0\x9F\x98\x80" },
		{ BYTES("\0"), "\xEF\xBF\xBD" },
		{ BYTES("a\0b\xFF"), "a\xEF\xBF\xBD"
				     "b\xEF\xBF\xBD" },
		{ BYTES("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD" },
		{ BYTES("\xC3\xC3\xA9"), "\xEF\xBF\xBD\xC3\xA9" },
		{ BYTES("\xED\xA0\x80!"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD!" },
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *text = json_clean_text(cases[i].data, cases[i].len);
		assert_string_equal(text, cases[i].wanted);
	}
}

static void test_get__minds_the_type(void **state)
{
	(void)state;
	CLEANUP(json_putp)
	struct json_object *root = json_parsed("{\"s\":\"12\",\"i\":12,\"d\":1.9,\"n\":null}");
	assert_string_equal(json_get_string(root, "s"), "12");
	assert_null(json_get_string(root, "i"));
	assert_null(json_get_string(root, "n"));
	assert_null(json_get_string(root, "absent"));
	assert_null(json_get_string(NULL, "s"));
	assert_int_equal(json_get_int(root, "i", -1), 12);
	assert_int_equal(json_get_int(root, "s", -1), -1);
	assert_int_equal(json_get_int(root, "d", -1), -1);
	assert_int_equal(json_get_int(root, "absent", -1), -1);
	CLEANUP(json_putp) struct json_object *list = json_parsed("[1]");
	assert_null(json_get_string(list, "s"));
	assert_int_equal(json_get_int(list, "s", -1), -1);
}

static void test_put__builds_objects(void **state)
{
	(void)state;
	CLEANUP(json_putp) struct json_object *root = json_object_new_object();
	json_put_string(root, "text", "a/b \"c\"");
	json_put_string(root, "none", NULL);
	json_put_int(root, "number", INT64_MIN);
	json_put_bool(root, "yes", true);
	json_put_time(root, "at", 1767322805678000);
	json_put_time(root, "never", 0);
	json_put(root, "list", json_object_new_array());
	CLEANUP(freep) char *text = json_format(root, NULL);
	assert_string_equal(text,
			    "{\"text\":\"a/b \\\"c\\\"\",\"none\":null,"
			    "\"number\":-9223372036854775808,\"yes\":true,"
			    "\"at\":\"2026-01-02T03:00:05.678Z\",\"never\":null,\"list\":[]}");
}

static void test_add_clean__leaves_text_only(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf out = BUF_INIT(32);
	assert_int_equal(json_add_clean(&out, BYTES("a\0\xC3\xA9\xFF\xE2\x82")), 0);
	assert_string_equal(buf_text(&out), "a\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD"
					    "\xEF\xBF\xBD\xEF\xBF\xBD");
	assert_int_equal(json_add_clean(&out, BYTES("0123456789abcdefghijklmnop")), -E2BIG);
}

static void assert_form(const char *form, size_t len, const char *wanted)
{
	CLEANUP(json_putp) struct json_object *root = json_object_new_object();
	json_add_form(root, form, len);
	CLEANUP(freep) char *text = json_format(root, NULL);
	assert_string_equal(text, wanted);
}

static void test_form__becomes_a_flat_object(void **state)
{
	(void)state;
	assert_form(BYTES(""), "{}");
	assert_form(BYTES("a=1&b=x+y%21"), "{\"a\":\"1\",\"b\":\"x y!\"}");
	assert_form(BYTES("&&a&b=&=c&d=e=f&"), "{\"a\":\"\",\"b\":\"\",\"\":\"c\",\"d\":\"e=f\"}");
	assert_form(BYTES("a=1&a=2&%61=3"), "{\"a\":\"1\"}");
	assert_form(BYTES("a=100%&b=%zz&c=%4"), "{\"a\":\"100%\",\"b\":\"%zz\",\"c\":\"%4\"}");
	assert_form(BYTES("n=%C3%A9"), "{\"n\":\"\xC3\xA9\"}");
}

static void test_form__replaces_what_is_not_text(void **state)
{
	(void)state;
	assert_form(BYTES("a=x%FFy\xC0&b=%E2%82"), "{\"a\":\"x\xEF\xBF\xBDy\xEF\xBF\xBD\","
						   "\"b\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"}");
	/* A key with a NUL would be another key's name. */
	assert_form(BYTES("a=1&a%00b=2&c=x%00y"), "{\"a\":\"1\",\"a\xEF\xBF\xBD"
						  "b\":\"2\",\"c\":\"x\\u0000y\"}");
}

static void test_form__keeps_what_is_there(void **state)
{
	(void)state;
	CLEANUP(json_putp) struct json_object *root = json_parsed("{\"a\":null,\"b\":[1]}");
	json_add_form(root, BYTES("a=1&b=2&c=3"));
	CLEANUP(freep) char *text = json_format(root, NULL);
	assert_string_equal(text, "{\"a\":null,\"b\":[1],\"c\":\"3\"}");
}

static void test_form__is_bounded(void **state)
{
	(void)state;
	CLEANUP(buf_done) struct buf form = BUF_INIT(MIB);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_add_format(&form, "f%d=x&", i), 0);
	CLEANUP(json_putp) struct json_object *root = json_object_new_object();
	json_add_form(root, form.data, form.len);
	assert_int_equal(json_object_object_length(root), 256);
	assert_non_null(json_get_string(root, "f255"));
	assert_null(json_get_string(root, "f256"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8__as_in_rfc_3629),
		cmocka_unit_test(test_parse__takes_what_the_rfc_allows),
		cmocka_unit_test(test_parse__null_is_null_and_no_error),
		cmocka_unit_test(test_parse__refuses_what_is_not_json),
		cmocka_unit_test(test_parse__refuses_malformed_numbers),
		cmocka_unit_test(test_parse__refuses_malformed_strings),
		cmocka_unit_test(test_parse__refuses_nul_in_keys_only),
		cmocka_unit_test(test_parse__bounds_depth),
		cmocka_unit_test(test_at__follows_rfc_6901),
		cmocka_unit_test(test_at__finds_nothing_where_nothing_is),
		cmocka_unit_test(test_pointer_is_valid__in_either_form),
		cmocka_unit_test(test_text__of_scalars_only),
		cmocka_unit_test(test_clean_text__replaces_byte_by_byte),
		cmocka_unit_test(test_get__minds_the_type),
		cmocka_unit_test(test_put__builds_objects),
		cmocka_unit_test(test_add_clean__leaves_text_only),
		cmocka_unit_test(test_form__becomes_a_flat_object),
		cmocka_unit_test(test_form__replaces_what_is_not_text),
		cmocka_unit_test(test_form__keeps_what_is_there),
		cmocka_unit_test(test_form__is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
