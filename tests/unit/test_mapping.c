/* mapping: what a callback says, whatever shape it has (DESIGN.md sections 6 and 11). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "mapping.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"
#define MULTIPART "multipart/form-data; boundary=b"
#define PART(name) "--b\r\nContent-Disposition: form-data; name=" name "\r\n\r\n"
#define BOM "\xEF\xBB\xBF"
#define BAD "\xEF\xBF\xBD" /* what a byte that is no text becomes */
/* The bytes of a literal, which may hold NUL, and their number. */
#define BYTES(literal) (literal), sizeof(literal) - 1
#define NO_BODY NULL, 0

#define DECLARED "it is declared as JSON and does not parse"
#define NEITHER "it is neither a JSON object, a form, nor text"
#define NO_POINTER "no pointer of map_text leads to a text in it"
#define EMPTY "it is empty"

static void split(const char *pointers, struct words *ret_words)
{
	const char *why = NULL;

	assert_int_equal(words_split(pointers, ret_words, &why), 0);
}

static int setup(void **state)
{
	struct config_maax *maax = xnew(struct config_maax);

	split("/message_content /answer /data/text #/Reply%20Text /list/1/text /a~1b/m~0n /",
	      &maax->map_text);
	split("/conversation_id /conversation/id", &maax->map_conversation_id);
	split("/prospect_id", &maax->map_prospect_id);
	split("/incoming_message_id", &maax->map_incoming_message_id);
	split("/email /phone", &maax->map_contact);
	*state = maax;
	return 0;
}

static int teardown(void **state)
{
	struct config_maax *maax = *state;

	words_done(&maax->map_text);
	words_done(&maax->map_conversation_id);
	words_done(&maax->map_prospect_id);
	words_done(&maax->map_incoming_message_id);
	words_done(&maax->map_contact);
	free(maax);
	return 0;
}

/* A callback as it arrives; `text` is what it must map to, NULL: nothing, with `reason`. */
struct test_case {
	const char *type;
	const char *query;
	const char *body;
	size_t len;
	const char *text;
	const char *reason;
};

static struct callback make_callback(const struct test_case *test)
{
	return (struct callback){
		.content_type = (char *)test->type,
		.query = (char *)test->query,
		.body = (void *)test->body,
		.body_size = test->len,
		.has_body = true,
	};
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

static void check_cases(const struct config_maax *maax, const struct test_case *tests, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct callback callback = make_callback(&tests[i]);
		struct mapped mapped;

		mapping_map(maax, &callback, &mapped);
		if (!is_same(mapped.text, tests[i].text) ||
		    !is_same(mapped.reason, tests[i].text ? NULL : tests[i].reason))
			fail_msg("case %zu: %s ? %s : %s\ngave \"%s\" (%s), not \"%s\" (%s)", i,
				 tests[i].type ? tests[i].type : "-",
				 tests[i].query ? tests[i].query : "-",
				 tests[i].body ? tests[i].body : "-",
				 mapped.text ? mapped.text : "NULL",
				 mapped.reason ? mapped.reason : "", tests[i].text,
				 tests[i].reason ? tests[i].reason : "");
		mapped_done(&mapped);
	}
}

static void test_json_object__is_one_whatever_its_type(void **state)
{
#define OBJECT BYTES("{\"message_content\":\"Hi\"}"), "Hi", NULL
	static const struct test_case tests[] = {
		{ JSON, NULL, OBJECT },
		{ "application/json; charset=utf-8", NULL, OBJECT },
		{ "application/vnd.api+json", NULL, OBJECT },
		{ "text/plain", NULL, OBJECT },
		{ "application/octet-stream", NULL, OBJECT },
		{ FORM, NULL, OBJECT },
		{ MULTIPART, NULL, OBJECT },
		{ NULL, NULL, OBJECT },
		{ "", NULL, OBJECT },
		{ JSON, NULL, BYTES(" \r\n{\"message_content\":\"Hi\"}\n"), "Hi", NULL },
		{ JSON, NULL, BYTES(BOM "{\"message_content\":\"Hi\"}"), "Hi", NULL },
		{ "text/plain", NULL, BYTES(BOM " {\"message_content\":\"Hi\"}"), "Hi", NULL },
		{ JSON, NULL, BYTES("[{\"message_content\":\"Hi\"}]"), "Hi", NULL },
		{ NULL, NULL, BYTES(BOM "[{\"message_content\":\"Hi\"}]"), "Hi", NULL },
		{ JSON, NULL, BYTES("{}"), NULL, NO_POINTER },
		{ FORM, NULL, BYTES("{}"), NULL, NO_POINTER },
		{ "text/plain", NULL, BYTES("{\"other\":\"Hi\"}"), NULL, NO_POINTER },
	};

	check_cases(*state, tests, ARRAY_SIZE(tests));
}

static void test_json__of_other_shapes(void **state)
{
	static const struct test_case tests[] = {
		{ JSON, NULL, BYTES("[]"), NULL, NEITHER },
		{ JSON, NULL, BYTES("[{\"message_content\":\"a\"},{\"message_content\":\"b\"}]"),
		  NULL, NEITHER },
		{ JSON, NULL, BYTES("[[{\"message_content\":\"a\"}]]"), NULL, NEITHER },
		{ JSON, NULL, BYTES("[\"Hi\"]"), NULL, NEITHER },
		{ "text/plain", NULL, BYTES("[1,2]"), NULL, NEITHER },
		{ JSON, NULL, BYTES("true"), NULL, NEITHER },
		{ "text/plain", NULL, BYTES("false"), NULL, NEITHER },
		{ JSON, NULL, BYTES("null"), NULL, NEITHER },
		{ "text/plain", NULL, BYTES("null"), NULL, NEITHER },
		{ NULL, NULL, BYTES(" null\n"), NULL, NEITHER },
		/* a bare string or number is the text */
		{ JSON, NULL, BYTES("\"Hi\\nthere\""), "Hi\nthere", NULL },
		{ FORM, NULL, BYTES("\"Hi\""), "Hi", NULL },
		{ "application/octet-stream", NULL, BYTES("\"Hi\""), "Hi", NULL },
		{ NULL, NULL, BYTES(BOM " \"Hi\" "), "Hi", NULL },
		{ JSON, NULL, BYTES("\"x\\u0000y\""), "x" BAD "y", NULL },
		{ JSON, NULL, BYTES("\"\\ud83d\""), BAD, NULL },
		{ JSON, NULL, BYTES("\"\\ud83d\\ude00\""), "\xF0\x9F\x98\x80", NULL },
		{ JSON, NULL, BYTES("42"), "42", NULL },
		{ "text/plain", NULL, BYTES("4.50"), "4.50", NULL },
		{ JSON, NULL, BYTES("-1e3"), "-1e3", NULL },
		{ JSON, NULL, BYTES("123456789012345678901234567890"),
		  "123456789012345678901234567890", NULL },
		{ JSON, NULL, BYTES("\" \\t\\n\""), NULL, NEITHER },
		{ JSON, NULL, BYTES("\"\""), NULL, NEITHER },
	};

	check_cases(*state, tests, ARRAY_SIZE(tests));
}

static void test_declared_json__that_does_not_parse_is_nothing(void **state)
{
	static const struct test_case tests[] = {
		{ JSON, NULL, BYTES("{\"message_content\":\"Hi\""), NULL, DECLARED },
		{ JSON, NULL, BYTES("Hi"), NULL, DECLARED },
		{ "Application/JSON ; charset=utf-8", NULL, BYTES("Hi"), NULL, DECLARED },
		{ "application/problem+json", NULL, BYTES("Hi"), NULL, DECLARED },
		{ JSON, NULL, BYTES("{\"message_content\":\"gr\xFC\xDF\"}"), NULL, DECLARED },
		{ JSON, NULL, BYTES("{\"message_content\":\"a\"}{}"), NULL, DECLARED },
		{ JSON, NULL, BYTES("{\"a\\u0000b\":1,\"message_content\":\"Hi\"}"), NULL,
		  DECLARED },
		{ JSON, NULL, BYTES("{'message_content':'Hi'}"), NULL, DECLARED },
		{ JSON, NULL, BYTES(BOM BOM "{}"), NULL, DECLARED },
		{ JSON, NULL, BYTES(""), NULL, EMPTY },
		{ JSON, NULL, BYTES(" \n"), NULL, EMPTY },
		{ JSON, NULL, NO_BODY, NULL, EMPTY },
	};

	check_cases(*state, tests, ARRAY_SIZE(tests));
}

static void test_plain_text__is_the_text(void **state)
{
	static const struct test_case tests[] = {
		{ "text/plain", NULL, BYTES("Hi"), "Hi", NULL },
		{ "TEXT/Plain; charset=us-ascii", NULL, BYTES("Hi"), "Hi", NULL },
		{ "text/html", NULL, BYTES("<p>Hi</p>"), "<p>Hi</p>", NULL },
		{ NULL, NULL, BYTES("Hi"), "Hi", NULL },
		{ "", NULL, BYTES("message_content=Hi"), "message_content=Hi", NULL },
		{ "text/plain", NULL, BYTES(BOM "Hi"), "Hi", NULL },
		{ "text/plain", NULL, BYTES(" Hi\r\n"), " Hi\r\n", NULL },
		{ "text/plain", NULL, BYTES("{not json"), "{not json", NULL },
		{ "text/plain", NULL, BYTES("gr\xFC\xDF\x65"), "gr" BAD BAD "e", NULL },
		{ "text/plain", NULL, BYTES("a\0b"), "a" BAD "b", NULL },
		{ "text/plain", NULL, BYTES("\xE2\x82\xAC\xE2\x82"), "\xE2\x82\xAC" BAD BAD, NULL },
		{ "text/plain", NULL, BYTES(""), NULL, EMPTY },
		{ "text/plain", NULL, BYTES(" \t\r\n"), NULL, EMPTY },
		{ "text/plain", NULL, BYTES(BOM), NULL, EMPTY },
		{ "text/plain", NULL, BYTES("\0\0"), NULL, EMPTY },
		{ NULL, NULL, NO_BODY, NULL, EMPTY },
		{ "application/octet-stream", NULL, BYTES("Hi"), NULL, NEITHER },
		{ "application/xml", NULL, BYTES("<a/>"), NULL, NEITHER },
		{ "text", NULL, BYTES("Hi"), NULL, NEITHER },
		{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document", NULL,
		  BYTES("PK"), NULL, NEITHER },
	};

	check_cases(*state, tests, ARRAY_SIZE(tests));
}

static void test_forms_and_query__are_flat_objects(void **state)
{
	static const struct test_case tests[] = {
		{ FORM, NULL, BYTES("message_content=Hi+there%21"), "Hi there!", NULL },
		{ FORM, NULL, BYTES(BOM "message_content=Hi"), "Hi", NULL },
		{ "Application/X-WWW-Form-URLEncoded; charset=UTF-8", NULL, BYTES("answer=Hi"),
		  "Hi", NULL },
		{ FORM, NULL, BYTES("a=1&Reply%20Text=Hi"), "Hi", NULL },
		{ FORM, NULL, BYTES("answer=second&message_content=first"), "first", NULL },
		{ FORM, NULL, BYTES("message_content=&answer=Hi"), "Hi", NULL },
		{ FORM, NULL, BYTES("message_content=1&message_content=2"), "1", NULL },
		{ FORM, NULL, BYTES("message_content=gr%FC%DFe"), "gr" BAD BAD "e", NULL },
		{ FORM, NULL, BYTES("message_content=a%00b"), "a" BAD "b", NULL },
		{ FORM, NULL, BYTES("message_content=100%"), "100%", NULL },
		/* a flat object: a slash in a name is no way into it */
		{ FORM, NULL, BYTES("data/text=Hi"), NULL, NO_POINTER },
		{ FORM, NULL, BYTES("a/b[m~n]=Hi"), NULL, NO_POINTER },
		{ FORM, NULL, BYTES("Hi"), NULL, NO_POINTER },
		{ FORM, NULL, BYTES("&&"), NULL, NEITHER },
		{ FORM, NULL, BYTES(""), NULL, EMPTY },
		{ MULTIPART, NULL, BYTES(PART("message_content") "Hi\r\n--b--\r\n"), "Hi", NULL },
		{ MULTIPART, NULL, BYTES(BOM PART("message_content") "Hi\r\n--b--"), "Hi", NULL },
		{ MULTIPART, NULL, BYTES(PART("other") "Hi\r\n--b--\r\n"), NULL, NO_POINTER },
		{ MULTIPART, NULL, BYTES("Hi"), NULL, NEITHER },
		{ "multipart/form-data", NULL, BYTES(PART("message_content") "Hi\r\n--b--"), NULL,
		  NEITHER },
		{ "multipart/mixed; boundary=b", NULL, BYTES(PART("message_content") "Hi\r\n--b--"),
		  NULL, NEITHER },
		{ NULL, "message_content=Hi+there", NO_BODY, "Hi there", NULL },
		{ JSON, "message_content=Hi", BYTES(""), "Hi", NULL },
		{ NULL, "v=2", NO_BODY, NULL, NO_POINTER },
	};

	check_cases(*state, tests, ARRAY_SIZE(tests));
}

static void test_query__is_asked_last(void **state)
{
#define QUERY "message_content=query"
	static const struct test_case tests[] = {
		{ JSON, QUERY, BYTES("{\"message_content\":\"body\"}"), "body", NULL },
		/* the body's, though it stands behind in the list of pointers */
		{ JSON, QUERY, BYTES("{\"answer\":\"body\"}"), "body", NULL },
		{ JSON, QUERY, BYTES("{\"id\":7}"), "query", NULL },
		{ JSON, QUERY, BYTES("{\"message_content\":\" \"}"), "query", NULL },
		{ JSON, QUERY, BYTES("[1]"), "query", NULL },
		{ JSON, QUERY, BYTES("{broken"), "query", NULL },
		{ FORM, QUERY, BYTES("message_content=body"), "body", NULL },
		{ FORM, QUERY, BYTES("answer=body"), "body", NULL },
		{ FORM, QUERY, BYTES("message_content=+"), "query", NULL },
		{ FORM, QUERY, BYTES("x=y"), "query", NULL },
		{ MULTIPART, QUERY, BYTES(PART("answer") "body\r\n--b--"), "body", NULL },
		{ MULTIPART, QUERY, BYTES("broken"), "query", NULL },
		{ "text/plain", QUERY, BYTES("body"), "query", NULL },
		{ JSON, QUERY, BYTES("\"body\""), "query", NULL },
		{ NULL, "v=2", BYTES("body"), "body", NULL },
		{ NULL, QUERY, BYTES(" "), "query", NULL },
		{ "application/octet-stream", QUERY, BYTES("body"), "query", NULL },
		/* a query that says nothing does not hide why the body does not */
		{ JSON, "v=2", BYTES("{broken"), NULL, DECLARED },
		{ "image/png", "v=2", BYTES("PNG"), NULL, NEITHER },
		{ FORM, "v=2", BYTES("x=y"), NULL, NO_POINTER },
	};

	check_cases(*state, tests, ARRAY_SIZE(tests));
}

static void test_pointers__first_text_wins(void **state)
{
	static const struct test_case tests[] = {
		{ JSON, NULL, BYTES("{\"answer\":\"2\",\"message_content\":\"1\"}"), "1", NULL },
		{ JSON, NULL, BYTES("{\"message_content\":null,\"answer\":\"2\"}"), "2", NULL },
		{ JSON, NULL, BYTES("{\"message_content\":\"\",\"answer\":\"2\"}"), "2", NULL },
		{ JSON, NULL, BYTES("{\"message_content\":\" \\n\",\"answer\":\"2\"}"), "2", NULL },
		{ JSON, NULL, BYTES("{\"message_content\":{\"a\":1},\"answer\":\"2\"}"), "2",
		  NULL },
		{ JSON, NULL, BYTES("{\"message_content\":[\"a\"],\"answer\":\"2\"}"), "2", NULL },
		/* a flag is no text */
		{ JSON, NULL, BYTES("{\"message_content\":true,\"answer\":\"2\"}"), "2", NULL },
		{ JSON, NULL, BYTES("{\"answer\":false}"), NULL, NO_POINTER },
		{ JSON, NULL, BYTES("{\"answer\":42}"), "42", NULL },
		{ JSON, NULL, BYTES("{\"answer\":0.10}"), "0.10", NULL },
		{ JSON, NULL, BYTES("{\"answer\":-18446744073709551617}"), "-18446744073709551617",
		  NULL },
		{ JSON, NULL, BYTES("{\"data\":{\"text\":\"Hi\"}}"), "Hi", NULL },
		{ JSON, NULL, BYTES("{\"Reply Text\":\"Hi\"}"), "Hi", NULL },
		{ JSON, NULL, BYTES("{\"list\":[{\"text\":\"0\"},{\"text\":\"1\"}]}"), "1", NULL },
		{ JSON, NULL, BYTES("{\"list\":{\"1\":{\"text\":\"Hi\"}}}"), "Hi", NULL },
		{ JSON, NULL, BYTES("{\"a/b\":{\"m~n\":\"Hi\"}}"), "Hi", NULL },
		{ JSON, NULL, BYTES("{\"\":\"Hi\"}"), "Hi", NULL },
		{ JSON, NULL, BYTES("{\"message_content\":\"1\",\"message_content\":\"2\"}"), "2",
		  NULL },
		{ JSON, NULL, BYTES("{\"message_content\":\"x\\u0000y\"}"), "x" BAD "y", NULL },
		{ JSON, NULL, BYTES("{\"message_content\":\"{\\\"answer\\\":1}\"}"),
		  "{\"answer\":1}", NULL },
	};

	check_cases(*state, tests, ARRAY_SIZE(tests));
}

/* `depth` objects, the innermost of them {"message_content":"Hi"} beside. */
static char *nested(unsigned depth)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);

	assert_int_equal(buf_add_text(&text, "{\"message_content\":\"Hi\",\"deep\":"), 0);
	for (unsigned i = 1; i < depth; i++)
		assert_int_equal(buf_add_text(&text, "["), 0);
	for (unsigned i = 1; i < depth; i++)
		assert_int_equal(buf_add_text(&text, "]"), 0);
	assert_int_equal(buf_add_text(&text, depth > 1 ? "}" : "0}"), 0);
	return buf_take(&text);
}

static void test_nesting__is_bounded(void **state)
{
	CLEANUP(freep) char *deep = nested(JSON_MAX_DEPTH);
	CLEANUP(freep) char *too_deep = nested(JSON_MAX_DEPTH + 1);
	CLEANUP(freep) char *bomb = nested(100000);
	const struct test_case tests[] = {
		{ JSON, NULL, deep, strlen(deep), "Hi", NULL },
		{ JSON, NULL, too_deep, strlen(too_deep), NULL, DECLARED },
		{ JSON, NULL, bomb, strlen(bomb), NULL, DECLARED },
	};

	check_cases(*state, tests, ARRAY_SIZE(tests));
}

static void test_large_text__is_whole(void **state)
{
	size_t len = 2 * MIB;
	CLEANUP(freep) char *text = xcalloc(len + 1, 1);
	CLEANUP(freep) char *bad = xcalloc(len + 1, 1);
	struct callback callback = { .content_type = (char *)"text/plain",
				     .body = bad,
				     .body_size = len };
	CLEANUP(mapped_done) struct mapped mapped = { 0 };
	const struct test_case tests[] = { { "text/plain", NULL, text, len, text, NULL } };

	memset(text, 'x', len);
	check_cases(*state, tests, ARRAY_SIZE(tests));
	memset(bad, 0xFF, len);
	mapping_map(*state, &callback, &mapped);
	assert_int_equal(strlen(mapped.text), 3 * len);
}

static void test_ids__are_mapped_beside_the_text(void **state)
{
	static const struct {
		const char *type, *query, *body;
		const char *conversation, *prospect, *incoming, *contact;
	} cases[] = {
		{ JSON, NULL,
		  "{\"conversation_id\":123,\"prospect_id\":\"p-1\",\"incoming_message_id\":0,"
		  "\"email\":\"Ann@Example.ORG\"}",
		  "123", "p-1", "0", "ann@example.org" },
		{ JSON, NULL, "{\"conversation\":{\"id\":9},\"phone\":49151}", "9", NULL, NULL,
		  "49151" },
		{ JSON, NULL, "{\"conversation_id\":\" \",\"conversation\":{\"id\":9}}", "9", NULL,
		  NULL, NULL },
		{ JSON, NULL, "{\"conversation_id\":true,\"prospect_id\":false}", NULL, NULL, NULL,
		  NULL },
		{ JSON, NULL, "{\"conversation_id\":18446744073709551616}", "18446744073709551616",
		  NULL, NULL, NULL },
		{ JSON, NULL, "{\"conversation_id\":9223372036854775808}", "9223372036854775808",
		  NULL, NULL, NULL },
		{ JSON, NULL, "[{\"prospect_id\":7}]", NULL, "7", NULL, NULL },
		{ FORM, NULL, "conversation_id=123&email=A%40B.org", "123", NULL, NULL, "a@b.org" },
		{ NULL, "conversation_id=5&x=y", "", "5", NULL, NULL, NULL },
		/* beside a text from elsewhere */
		{ "text/plain", "conversation_id=5", "Hi", "5", NULL, NULL, NULL },
		{ JSON, "conversation_id=5&prospect_id=6", "{\"conversation_id\":4}", "4", "6",
		  NULL, NULL },
		{ JSON, NULL, "{broken", NULL, NULL, NULL, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct callback callback = {
			.content_type = (char *)cases[i].type,
			.query = (char *)cases[i].query,
			.body = (char *)cases[i].body,
			.body_size = strlen(cases[i].body),
		};
		CLEANUP(mapped_done) struct mapped mapped = { 0 };

		mapping_map(*state, &callback, &mapped);
		if (!is_same(mapped.conversation_id, cases[i].conversation) ||
		    !is_same(mapped.prospect_id, cases[i].prospect) ||
		    !is_same(mapped.incoming_message_id, cases[i].incoming) ||
		    !is_same(mapped.contact, cases[i].contact))
			fail_msg("%s ? %s: %s %s %s %s", cases[i].body, cases[i].query,
				 mapped.conversation_id, mapped.prospect_id,
				 mapped.incoming_message_id, mapped.contact);
	}
}

static void test_ids__that_are_too_long_are_not_believed(void **state)
{
	char id[258] = { 0 };
	CLEANUP(freep) char *longest = NULL;
	CLEANUP(freep) char *too_long = NULL;
	CLEANUP(mapped_done) struct mapped mapped = { 0 };

	memset(id, '7', 256);
	longest = xasprintf("{\"conversation_id\":\"%s\"}", id);
	mapping_map_reply(*state, longest, strlen(longest), &mapped);
	assert_string_equal(mapped.conversation_id, id);
	mapped_done(&mapped);
	id[256] = '7';
	too_long = xasprintf("{\"conversation_id\":\"%s\",\"conversation\":{\"id\":1}}", id);
	mapping_map_reply(*state, too_long, strlen(too_long), &mapped);
	assert_string_equal(mapped.conversation_id, "1");
}

static void test_map_reply__takes_ids_only(void **state)
{
	static const char *const without[] = {
		"", "{", "null", "\"123\"", "[]", "<html>", "{\"conversation_id\":null}", "[1,2]",
	};
	static const char full[] =
		BOM "{\"message_content\":\"x\",\"email\":\"a@b\",\"conversation_id\":1,"
		    "\"prospect_id\":2,\"incoming_message_id\":3}";
	CLEANUP(mapped_done) struct mapped mapped = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
		mapping_map_reply(*state, without[i], strlen(without[i]), &mapped);
		assert_null(mapped.conversation_id);
		assert_null(mapped.prospect_id);
		assert_null(mapped.incoming_message_id);
	}
	mapping_map_reply(*state, full, strlen(full), &mapped);
	assert_string_equal(mapped.conversation_id, "1");
	assert_string_equal(mapped.prospect_id, "2");
	assert_string_equal(mapped.incoming_message_id, "3");
	assert_null(mapped.text);
	assert_null(mapped.contact);
}

static void test_raw__is_what_was_sent(void **state)
{
	static const struct {
		struct test_case sent;
		const char *wanted; /* as JSON */
	} cases[] = {
		{ { JSON, NULL, BYTES("{\"a\":1.50}"), NULL, NULL }, "{\"a\":1.50}" },
		{ { NULL, "q=1", BYTES(BOM " [1, 2] "), NULL, NULL }, "[1,2]" },
		{ { JSON, NULL, BYTES("\"Hi\""), NULL, NULL }, "\"Hi\"" },
		{ { JSON, NULL, BYTES("{\"id\":123456789012345678901234567890,\"f\":1e999}"), NULL,
		    NULL },
		  "{\"id\":123456789012345678901234567890,\"f\":1e999}" },
		{ { JSON, NULL, BYTES("null"), NULL, NULL }, "\"null\"" },
		{ { FORM, NULL, BYTES("a=1&b=%FF"), NULL, NULL }, "\"a=1&b=%FF\"" },
		{ { JSON, NULL, BYTES("{broken \xFF\0"), NULL, NULL }, "\"{broken " BAD BAD "\"" },
		{ { NULL, "a=1&b=%FF", NO_BODY, NULL, NULL }, "\"a=1&b=%FF\"" },
		{ { NULL, "a=\xFC", NO_BODY, NULL, NULL }, "\"a=" BAD "\"" },
		{ { NULL, NULL, NO_BODY, NULL, NULL }, "null" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct callback callback = make_callback(&cases[i].sent);
		CLEANUP(json_putp) struct json_object *raw = mapping_raw(&callback);
		CLEANUP(freep) char *text = json_format(raw, NULL);

		assert_string_equal(text, cases[i].wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_object__is_one_whatever_its_type),
		cmocka_unit_test(test_json__of_other_shapes),
		cmocka_unit_test(test_declared_json__that_does_not_parse_is_nothing),
		cmocka_unit_test(test_plain_text__is_the_text),
		cmocka_unit_test(test_forms_and_query__are_flat_objects),
		cmocka_unit_test(test_query__is_asked_last),
		cmocka_unit_test(test_pointers__first_text_wins),
		cmocka_unit_test(test_nesting__is_bounded),
		cmocka_unit_test(test_large_text__is_whole),
		cmocka_unit_test(test_ids__are_mapped_beside_the_text),
		cmocka_unit_test(test_ids__that_are_too_long_are_not_believed),
		cmocka_unit_test(test_map_reply__takes_ids_only),
		cmocka_unit_test(test_raw__is_what_was_sent),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
