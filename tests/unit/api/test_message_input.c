/* api/message_input: what POST /v1/messages takes, and what it says about the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "api/message_input.h"
#include "base/ids.h"
#include "lib/json_path.h"
#include "lib/store_fixture.h"

/* The bytes of a literal, which may hold NUL, and their number. */
#define BYTES(literal) (literal), sizeof(literal) - 1

#define CONTENT "\"message_content\":\"Hi\""
#define PLATFORM "\"platform\":\"website\""
#define PERSON "\"prospect_info\":{\"first_name\":\"Ann\",\"email\":\"a@b.org\"}"
/* A whole message with one member more. */
#define WITH(member) "{" CONTENT "," PLATFORM "," PERSON "," member "}"
/* A whole message with another prospect_info. */
#define WITH_PERSON(members) "{" CONTENT "," PLATFORM ",\"prospect_info\":{" members "}}"

static struct config_ai ais[] = {
	{ .name = TEXT("sales"), .ai_id = 123 },
	{ .name = TEXT("care"), .ai_id = INT64_MAX },
};
static const struct config config = { .ais = ais, .ai_count = ARRAY_SIZE(ais) };
static const struct config_source source = { .name = TEXT("crm"), .ai = &ais[0], .max_text = 16 };

static int parse(const void *body, size_t len, struct message_input *input, char **ret_errors)
{
	/* In memory of exactly that size, so that a look beyond the end is seen. */
	CLEANUP(freep) char *exact = xcalloc(len > 0 ? len : 1, 1);

	memcpy(exact, body, len);
	return message_input_parse(&config, &source, exact, len, input, ret_errors);
}

/* Parses what must be right. */
static void take(const char *body, struct message_input *input)
{
	CLEANUP(freep) char *errors = NULL;

	if (parse(body, strlen(body), input, &errors) != 0)
		fail_msg("%s: %s", body, errors);
	assert_null(errors);
}

/* Parses what must be refused with 422; the errors, which are the caller's. */
static struct json_object *refuse(const char *body, size_t len)
{
	struct message_input input;
	CLEANUP(freep) char *errors = NULL;
	struct json_object *root = NULL;
	const char *why = NULL;

	if (parse(body, len, &input, &errors) != -EINVAL)
		fail_msg("taken: %s", body);
	message_input_done(&input);
	assert_int_equal(json_parse(errors, strlen(errors), &root, &why), 0);
	return root;
}

static void test_whole_message__becomes_a_request(void **state)
{
	struct message_input input;
	char id[IDS_TEXT_SIZE];
	CLEANUP(freep)
	char *body = xasprintf(
		"{" CONTENT ",\"platform\":\"email\",\"prospect_info\":{\"first_name\":\"Ann\","
		"\"last_name\":\"Lee\",\"email\":\"Ann@Example.ORG\",\"phone\":\"+49 151\"},"
		"\"source\":\"crm\",\"conversation\":\"%s\",\"prospect_id\":7,"
		"\"conversation_id\":\"08\",\"ai_id\":9223372036854775807,"
		"\"service_type\":\"support\",\"output_format\":\"html\","
		"\"metadata\":{\"a\":[1,123456789012345678901234567890]}}",
		ids_format(ID_CONVERSATION, 99, id));

	(void)state;
	take(body, &input);
	assert_ptr_equal(input.request.source, &source);
	assert_ptr_equal(input.request.ai, &ais[1]);
	assert_string_equal(input.request.message_content, "Hi");
	assert_string_equal(input.request.platform, "email");
	assert_string_equal(input.request.prospect_info,
			    "{\"first_name\":\"Ann\",\"last_name\":\"Lee\","
			    "\"email\":\"Ann@Example.ORG\",\"phone\":\"+49 151\"}");
	assert_string_equal(input.request.contacts[0], "ann@example.org");
	assert_string_equal(input.request.contacts[1], "+49 151");
	assert_null(input.request.contacts[2]);
	assert_true(input.request.conversation == 99);
	assert_null(input.request.conversation_key);
	assert_string_equal(input.request.prospect_id, "7");
	assert_string_equal(input.request.conversation_id, "08");
	assert_string_equal(input.request.service_type, "support");
	assert_string_equal(input.request.output_format, "html");
	assert_string_equal(input.request.metadata, "{\"a\":[1,123456789012345678901234567890]}");
	message_input_done(&input);
	assert_null(input.body);
}

static void test_smallest_message__leaves_the_rest_to_the_source(void **state)
{
	struct message_input input;

	(void)state;
	take(WITH("\"metadata\":null,\"conversation_key\":null,\"ai_id\":null"), &input);
	assert_ptr_equal(input.request.ai, &ais[0]);
	assert_true(input.request.conversation == 0);
	assert_null(input.request.conversation_key);
	assert_null(input.request.prospect_id);
	assert_null(input.request.conversation_id);
	assert_null(input.request.service_type);
	assert_null(input.request.output_format);
	assert_null(input.request.metadata);
	message_input_done(&input);
}

static void test_malformed__is_said_in_words(void **state)
{
	static const struct {
		const char *body;
		size_t len;
		const char *why;
	} cases[] = {
		{ BYTES(""), "value missing" },
		{ BYTES("{"), "an object's key is not a string" },
		{ BYTES("{}\0"), "text after the value" },
		{ BYTES("{\"a\":\"\xFF\"}"), "not UTF-8" },
		{ BYTES("{\"a\\u0000\":1}"), "NUL in a key" },
		{ BYTES("\xEF\xBB\xBF{}"), "not a JSON value" },
		{ BYTES("message_content=Hi"), "not a JSON value" },
		{ BYTES("[]"), "must be a JSON object" },
		{ BYTES("[{}]"), "must be a JSON object" },
		{ BYTES("null"), "must be a JSON object" },
		{ BYTES("\"Hi\""), "must be a JSON object" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct message_input input;
		CLEANUP(freep) char *why = NULL;

		assert_int_equal(parse(cases[i].body, cases[i].len, &input, &why), -EBADMSG);
		message_input_done(&input);
		if (!strstr(why, cases[i].why))
			fail_msg("%s: %s", cases[i].body, why);
	}
}

/* Each body has exactly one thing wrong. */
static void test_wrong_field__is_named(void **state)
{
#define KEY_64 "0123456789012345678901234567890123456789012345678901234567890123"
	static const struct {
		const char *body, *field, *detail;
	} cases[] = {
		{ "{" PLATFORM "," PERSON "}", "/message_content", "required" },
		{ "{" CONTENT "," PERSON "}", "/platform", "required" },
		{ "{" CONTENT "," PLATFORM "}", "/prospect_info", "required" },
		{ "{\"message_content\":null," PLATFORM "," PERSON "}", "/message_content",
		  "required" },
		{ "{\"message_content\":\"\"," PLATFORM "," PERSON "}", "/message_content",
		  "empty" },
		{ "{\"message_content\":\" \\n\\t\"," PLATFORM "," PERSON "}", "/message_content",
		  "blanks" },
		{ "{\"message_content\":\"12345678901234567\"," PLATFORM "," PERSON "}",
		  "/message_content", "17 bytes; send at most 16" },
		{ "{\"message_content\":\"a\\u0000b\"," PLATFORM "," PERSON "}", "/message_content",
		  "NUL" },
		{ "{\"message_content\":5," PLATFORM "," PERSON "}", "/message_content",
		  "send a string" },
		/* the last one of a name counts */
		{ "{" CONTENT "," CONTENT ",\"message_content\":7," PLATFORM "," PERSON "}",
		  "/message_content", "send a string" },
		{ "{" CONTENT ",\"platform\":\"fax\"," PERSON "}", "/platform", "sms" },
		{ "{" CONTENT ",\"platform\":\"Website\"," PERSON "}", "/platform", "sms" },
		{ "{" CONTENT ",\"platform\":[]," PERSON "}", "/platform", "send a string" },
		{ "{" CONTENT "," PLATFORM ",\"prospect_info\":\"Ann\"}", "/prospect_info",
		  "send an object" },
		{ WITH("\"source\":\"other\""), "/source", "not the source of this key" },
		{ WITH("\"source\":\"\""), "/source", "empty" },
		{ WITH("\"conversation\":\"cnv_x\""), "/conversation", "cnv_" },
		{ WITH("\"conversation\":\"msg_0000000000001\""), "/conversation", "cnv_" },
		{ WITH("\"conversation\":1"), "/conversation", "send a string" },
		{ WITH("\"conversation\":\"cnv_0000000000001\",\"conversation_key\":\"k\""),
		  "/conversation", "either" },
		{ WITH("\"conversation_key\":\"\""), "/conversation_key", "empty" },
		{ WITH("\"conversation_key\":\"" KEY_64 KEY_64 KEY_64 KEY_64 "x\""),
		  "/conversation_key", "257 bytes; send at most 256" },
		{ WITH("\"conversation_key\":\"a\\u0000\""), "/conversation_key", "NUL" },
		{ WITH("\"prospect_id\":-1"), "/prospect_id", "integer" },
		{ WITH("\"prospect_id\":1.0"), "/prospect_id", "integer" },
		{ WITH("\"prospect_id\":\"\""), "/prospect_id", "integer" },
		{ WITH("\"prospect_id\":\"12 \""), "/prospect_id", "integer" },
		{ WITH("\"prospect_id\":\"1\\u00002\""), "/prospect_id", "integer" },
		{ WITH("\"prospect_id\":true"), "/prospect_id", "integer" },
		{ WITH("\"prospect_id\":{}"), "/prospect_id", "integer" },
		{ WITH("\"conversation_id\":\"" KEY_64 "0\""), "/conversation_id", "integer" },
		{ WITH("\"ai_id\":124"), "/ai_id", "no [ai] section" },
		{ WITH("\"ai_id\":\"0123\""), "/ai_id", "no [ai] section" },
		{ WITH("\"ai_id\":18446744073709551739"), "/ai_id", "" },
		{ WITH("\"service_type\":7"), "/service_type", "send a string" },
		{ WITH("\"output_format\":\"markdown\""), "/output_format", "html" },
		{ WITH("\"metadata\":[]"), "/metadata", "send an object" },
		{ WITH("\"metadata\":\"x\""), "/metadata", "send an object" },
		{ WITH("\"mesage_content\":1"), "/mesage_content", "mean message_content?" },
		{ WITH("\"wholly_different\":1"), "/wholly_different", "no such field" },
		{ WITH("\"a/b~c\":null"), "/a~1b~0c", "no such field" },
		{ WITH("\"\":1"), "/", "no such field" },
		{ WITH_PERSON("\"email\":\"a@b\""), "/prospect_info/first_name", "required" },
		{ WITH_PERSON("\"first_name\":\"\",\"email\":\"a@b\""), "/prospect_info/first_name",
		  "required" },
		{ WITH_PERSON("\"first_name\":\" \",\"email\":\"a@b\""),
		  "/prospect_info/first_name", "required" },
		{ WITH_PERSON("\"first_name\":\"Ann\""), "/prospect_info", "contact" },
		{ WITH_PERSON("\"first_name\":\"Ann\",\"email\":null,\"phone\":\"\""),
		  "/prospect_info", "contact" },
		{ WITH_PERSON("\"first_name\":\"Ann\",\"phone\":\" \\t\""), "/prospect_info",
		  "contact" },
		{ WITH_PERSON("\"first_name\":\"Ann\",\"email\":\"a\",\"phone\":{}"),
		  "/prospect_info/phone", "send a string" },
		{ WITH_PERSON("\"first_name\":\"Ann\",\"email\":\"a\",\"phone\":1.5"),
		  "/prospect_info/phone", "send a string" },
		{ WITH_PERSON("\"first_name\":\"Ann\",\"email\":\"a\",\"phone\":\"1\\u00002\""),
		  "/prospect_info/phone", "NUL" },
		{ WITH_PERSON("\"first_name\":\"Ann\",\"email\":\"a\",\"fax/\":\"1\""),
		  "/prospect_info/fax~1", "no such field" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(json_putp)
		struct json_object *errors = refuse(cases[i].body, strlen(cases[i].body));
		const char *detail = json_path(errors, "/0/detail");

		if (json_path_len(errors, "") != 1 ||
		    !json_path_is(errors, "/0/field", cases[i].field) ||
		    !strstr(detail, cases[i].detail))
			fail_msg("%s: %s", cases[i].body, json_path(errors, ""));
	}
}

static void test_several_faults__are_told_together(void **state)
{
	static const char body[] = "{\"message_content\":\"\",\"platform\":\"fax\",\"x\":1}";
	CLEANUP(json_putp) struct json_object *errors = refuse(BYTES(body));

	(void)state;
	assert_int_equal(json_path_len(errors, ""), 4);
	assert_true(json_path_is(errors, "/0/field", "/message_content"));
	assert_true(json_path_is(errors, "/1/field", "/platform"));
	assert_true(json_path_is(errors, "/2/field", "/prospect_info"));
	assert_true(json_path_is(errors, "/3/field", "/x"));
}

static void test_errors__are_bounded(void **state)
{
	CLEANUP(buf_done) struct buf body = BUF_INIT(MIB);
	CLEANUP(json_putp) struct json_object *errors = NULL;
	const char *last;

	(void)state;
	assert_int_equal(buf_add_text(&body, "{" CONTENT "," PLATFORM "," PERSON), 0);
	/* a name of many bytes: what is repeated of it must stay text */
	assert_int_equal(buf_add_text(&body, ",\"x"), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_add_text(&body, "\xE2\x82\xAC"), 0);
	assert_int_equal(buf_add_text(&body, "\":1"), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_add_format(&body, ",\"x%d\":1", i), 0);
	assert_int_equal(buf_add_text(&body, "}"), 0);
	errors = refuse(body.data, body.len);
	assert_int_equal(json_path_len(errors, ""), 20);
	last = json_path(errors, "/0/field");
	assert_true(strlen(last) > 200 && strlen(last) <= 256);
}

static void test_person__is_cleaned(void **state)
{
	static const struct {
		const char *members, *person, *contact;
	} cases[] = {
		{ "\"first_name\":\"Ann\",\"last_name\":\"\",\"phone\":\"\",\"email\":\"A@B\"",
		  "{\"first_name\":\"Ann\",\"email\":\"A@B\"}", "a@b" },
		{ "\"first_name\":\"Ann\",\"last_name\":null,\"phone\":49151",
		  "{\"first_name\":\"Ann\",\"phone\":\"49151\"}", "49151" },
		{ "\"first_name\":\"Ann\",\"last_name\":\" \",\"facebook\":\"F1\"",
		  "{\"first_name\":\"Ann\",\"facebook\":\"F1\"}", "f1" },
		{ "\"first_name\":\"\xC3\x84nn\",\"email\":\"\xC3\x84@b\"",
		  "{\"first_name\":\"\xC3\x84nn\",\"email\":\"\xC3\x84@b\"}", "\xC3\x84@b" },
		{ "\"first_name\":\"Ann\",\"email\":\"1\",\"email\":\"2\"",
		  "{\"first_name\":\"Ann\",\"email\":\"2\"}", "2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *body = xasprintf(WITH_PERSON("%s"), cases[i].members);
		struct message_input input;

		take(body, &input);
		assert_string_equal(input.request.prospect_info, cases[i].person);
		assert_string_equal(input.request.contacts[0], cases[i].contact);
		assert_null(input.request.contacts[1]);
		message_input_done(&input);
	}
}

static void test_limits__are_bytes_and_included(void **state)
{
	struct message_input input;
	CLEANUP(freep) char *key = xcalloc(257, 1);
	CLEANUP(freep) char *body = NULL;

	(void)state;
	take("{\"message_content\":\"12345678901234\xC3\xA4\"," PLATFORM "," PERSON "}", &input);
	assert_int_equal(strlen(input.request.message_content), 16);
	message_input_done(&input);
	memset(key, 'k', 256);
	body = xasprintf(WITH("\"conversation_key\":\"%s\""), key);
	take(body, &input);
	assert_string_equal(input.request.conversation_key, key);
	message_input_done(&input);
	take(WITH("\"prospect_id\":\"" KEY_64 "\""), &input);
	assert_string_equal(input.request.prospect_id, KEY_64);
	message_input_done(&input);
}

static void test_metadata__is_bounded_in_size_and_depth(void **state)
{
	CLEANUP(buf_done) struct buf body = BUF_INIT(MIB);
	CLEANUP(json_putp) struct json_object *errors = NULL;
	struct message_input input;
	CLEANUP(freep) char *why = NULL;

	(void)state;
	assert_int_equal(
		buf_add_text(&body, "{" CONTENT "," PLATFORM "," PERSON ",\"metadata\":{\"a\":\""),
		0);
	for (int i = 0; i < 8192; i++)
		assert_int_equal(buf_add_text(&body, "x"), 0);
	assert_int_equal(buf_add_text(&body, "\"}}"), 0);
	errors = refuse(body.data, body.len);
	assert_true(json_path_is(errors, "/0/field", "/metadata"));
	buf_clear(&body);
	assert_int_equal(buf_add_text(&body, "{\"metadata\":"), 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(buf_add_text(&body, "{\"a\":"), 0);
	assert_int_equal(parse(body.data, body.len, &input, &why), -EBADMSG);
	message_input_done(&input);
	assert_non_null(strstr(why, "nested too deep"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_message__becomes_a_request),
		cmocka_unit_test(test_smallest_message__leaves_the_rest_to_the_source),
		cmocka_unit_test(test_malformed__is_said_in_words),
		cmocka_unit_test(test_wrong_field__is_named),
		cmocka_unit_test(test_several_faults__are_told_together),
		cmocka_unit_test(test_errors__are_bounded),
		cmocka_unit_test(test_person__is_cleaned),
		cmocka_unit_test(test_limits__are_bytes_and_included),
		cmocka_unit_test(test_metadata__is_bounded_in_size_and_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
