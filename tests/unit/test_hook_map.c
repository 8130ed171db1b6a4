/* hook_map: requests and mails as objects, and the fields of a message in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/template.h"
#include "base/words.h"
#include "hook_map.h"

/* ---- objects ---- */

struct shape {
	const char *type;
	const char *query;
	const char *body;
	const char *json; /* NULL: refused */
};

static const struct shape shapes[] = {
	{ "application/json", NULL, "{\"a\":1}", "{\"a\":1}" },
	{ "text/plain", NULL, "\xEF\xBB\xBF{\"a\":1}", "{\"a\":1}" },
	{ NULL, NULL, "[{\"a\":1}]", "{\"a\":1}" },
	{ NULL, NULL, "[1,2]", "{\"items\":[1,2]}" },
	{ NULL, NULL, "\"hello\"", "{\"text\":\"hello\"}" },
	{ NULL, NULL, "42", "{\"text\":\"42\"}" },
	{ NULL, NULL, "true", "{}" },
	{ NULL, NULL, "null", "{}" },
	{ NULL, NULL, "", "{}" },
	{ "application/json", NULL, "{\"a\":", NULL },
	{ "text/plain", NULL, "hello", "{\"text\":\"hello\"}" },
	{ NULL, NULL, "hello", "{\"text\":\"hello\"}" },
	{ "text/plain", NULL, "gr\xfc\xdf", "{\"text\":\"gr\uFFFD\uFFFD\"}" },
	{ "application/x-www-form-urlencoded", NULL, "a=1&b=x+y", "{\"a\":\"1\",\"b\":\"x y\"}" },
	{ "multipart/form-data; boundary=b", NULL,
	  "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n",
	  "{\"a\":\"1\"}" },
	{ "application/xml", NULL, "<a><b>1</b></a>", "{\"a\":{\"b\":\"1\"}}" },
	{ "application/soap+xml; charset=utf-8", NULL, "<a/>", "{\"a\":\"\"}" },
	{ "text/plain", NULL, "\n <a/>", "{\"a\":\"\"}" },
	{ "text/plain", NULL, "<3 you", "{\"text\":\"<3 you\"}" },
	{ "text/xml", NULL, "<a", NULL },
	{ "image/png", NULL, "\x89PNG", NULL },
	{ NULL, "a=1&b=2", "{\"b\":3}", "{\"b\":3,\"a\":\"1\"}" },
	{ NULL, "a=1", "", "{\"a\":\"1\"}" },
};

static void test_requests__become_objects(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct inbound row = {
			.method = (char *)"POST",
			.content_type = (char *)shapes[i].type,
			.query = (char *)shapes[i].query,
			.body = (void *)shapes[i].body,
			.body_size = strlen(shapes[i].body),
		};
		CLEANUP(json_putp) struct json_object *object = NULL;
		CLEANUP(freep) char *text = NULL;
		const char *automatic, *why = NULL;
		int r = hook_object(&row, &object, &automatic, &why);

		text = r == 0 ? json_format(object, NULL) : NULL;
		if ((r == 0) != (shapes[i].json != NULL) || (text && !streq(text, shapes[i].json)))
			fail_msg("%s: %s %s", shapes[i].body, text ? text : "", why ? why : "");
		assert_null(automatic);
	}
}

static struct json_object *read_mail(const char *text, const char **ret_automatic)
{
	const struct inbound row = {
		.method = (char *)INBOUND_METHOD_MAIL,
		.body = (void *)text,
		.body_size = strlen(text),
	};
	struct json_object *object = NULL;
	const char *why = "";

	if (hook_object(&row, &object, ret_automatic, &why) < 0)
		fail_msg("%s", why);
	return object;
}

static const char *at(struct json_object *object, const char *pointer)
{
	struct json_object *value = json_at(object, pointer);

	return value ? json_object_get_string(value) : NULL;
}

#define ANSWER_MAIL \
	"From: \"Smith, Ann Lee\" <Ann@example.org>\nTo: desk@example.org\nSubject: Re: Hi\n" \
	"Message-ID: <m3@x>\nIn-Reply-To: <m2@x>\nReferences: <m1@x> <m2@x>\n\n" \
	"Yes.\n\nOn Monday, Desk wrote:\n> Shall we?\n"

static void test_mail__becomes_an_object(void **state)
{
	const char *automatic = "";
	CLEANUP(json_putp) struct json_object *object = read_mail(ANSWER_MAIL, &automatic);

	(void)state;
	assert_null(automatic);
	assert_string_equal(at(object, "/text"), "Yes.");
	assert_non_null(strstr(at(object, "/full_text"), "Shall we?"));
	assert_string_equal(at(object, "/from/email"), "Ann@example.org");
	assert_string_equal(at(object, "/from/first_name"), "Ann Lee");
	assert_string_equal(at(object, "/from/last_name"), "Smith");
	assert_null(at(object, "/reply_to"));
	assert_string_equal(at(object, "/conversation_key"), "m1@x");
	assert_string_equal(at(object, "/platform"), "email");
	assert_string_equal(at(object, "/metadata/mail/message_id"), "<m3@x>");
	assert_string_equal(at(object, "/metadata/mail/references"), "<m1@x> <m2@x>");
	assert_string_equal(at(object, "/metadata/mail/subject"), "Re: Hi");
	assert_null(at(object, "/metadata/attachments"));
}

static const struct {
	const char *from, *first, *last;
} names[] = {
	{ "Ann Smith <a@x.org>", "Ann", "Smith" },
	{ "Ann <a@x.org>", "Ann", NULL },
	{ "a@x.org", "a", NULL },
	{ "=?utf-8?q?J=C3=B6rg_van_M=C3=BCller?= <j@x.org>", "Jörg van", "Müller" },
	{ "\"Smith,\" <a@x.org>", "Smith,", NULL },
};

static void test_mail__names_in_two(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(freep) char *text = xasprintf("From: %s\n\nHello\n", names[i].from);
		const char *automatic;
		CLEANUP(json_putp) struct json_object *object = read_mail(text, &automatic);
		const char *last = at(object, "/from/last_name");

		if (!streq(at(object, "/from/first_name"), names[i].first) ||
		    !last != !names[i].last || (last && !streq(last, names[i].last)))
			fail_msg("%s: %s", names[i].from, json_object_to_json_string(object));
	}
}

static void test_mail__html_alone_is_read(void **state)
{
	const char *automatic;
	CLEANUP(json_putp)
	struct json_object *object =
		read_mail("From: a@x.org\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
			  "<p>Yes, <b>please</b>.</p><div>On Mon, Nov 3, 2025 at 10:12 AM Desk "
			  "&lt;d@x.org&gt; wrote:<br></div><blockquote>Shall we?</blockquote>",
			  &automatic);

	(void)state;
	assert_string_equal(at(object, "/text"), "Yes, please.");
}

static void test_mail__no_persons_is_told(void **state)
{
	const char *automatic = NULL;
	CLEANUP(json_putp)
	struct json_object *object = read_mail(
		"From: a@x.org\nAuto-Submitted: auto-replied\n\nI am away.\n", &automatic);

	(void)state;
	assert_non_null(object);
	assert_string_equal(automatic, "Auto-Submitted");
}

static void test_mail__metadata_of_a_long_thread_is_short(void **state)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);
	const char *automatic;
	CLEANUP(json_putp) struct json_object *object = NULL;
	const char *references;

	(void)state;
	assert_int_equal(buf_add_text(&text, "From: a@x.org\nReferences: <first@x>"), 0);
	for (unsigned i = 0; i < 90; i++)
		assert_int_equal(buf_add_format(&text, "\n <m%u@x>", i), 0);
	assert_int_equal(buf_add_text(&text, "\n\nHello\n"), 0);
	object = read_mail(buf_text(&text), &automatic);
	references = at(object, "/metadata/mail/references");
	assert_memory_equal(references, "<first@x> <m81@x>", 17);
	assert_non_null(strstr(references, "<m89@x>"));
	assert_string_equal(at(object, "/conversation_key"), "first@x");
}

/* ---- fields ---- */

struct pair {
	enum map_field field;
	const char *text;
};

static struct config_source make_source(const struct pair *pairs, size_t count)
{
	struct config_source source = { .kind = SOURCE_HOOK, .max_text = 20 };
	char *why = NULL;

	for (size_t i = 0; i < count; i++)
		if (template_parse(pairs[i].text, &source.map[pairs[i].field], &why) < 0)
			fail_msg("%s: %s", pairs[i].text, why);
	return source;
}

static void source_done(struct config_source *source)
{
	for (size_t i = 0; i < MAP_FIELD_MAX; i++)
		template_free(source->map[i]);
	words_done(&source->map_metadata);
}

static const struct pair usual[] = {
	{ MAP_TEXT, "${/text}" },
	{ MAP_PLATFORM, "${/platform \"website\"}" },
	{ MAP_FIRST_NAME, "${/name}" },
	{ MAP_EMAIL, "${/email}" },
	{ MAP_PHONE, "${/phone | digits}" },
	{ MAP_CONVERSATION_KEY, "${/key}" },
};

static const struct {
	const char *json;
	const char *why; /* NULL: it maps */
} mappings[] = {
	{ "{\"text\":\"x\",\"name\":\"A\",\"email\":\"a\"}", NULL },
	{ "{\"text\":\"x\",\"name\":\"A\",\"phone\":15550100}", NULL },
	{ "{\"text\":\" x\\n\",\"name\":\"A\",\"email\":\"a\",\"platform\":\"sms\"}", NULL },
	{ "{\"name\":\"A\",\"email\":\"a\"}", "map_text: no value at /text" },
	{ "{\"text\":\" \",\"name\":\"A\",\"email\":\"a\"}", "map_text: it is blank" },
	{ "{\"text\":null,\"name\":\"A\",\"email\":\"a\"}", "map_text: no value at /text" },
	{ "{\"text\":\"123456789012345678901\",\"name\":\"A\",\"email\":\"a\"}",
	  "map_text: longer than 20 bytes" },
	{ "{\"text\":\"x\",\"email\":\"a\"}", "map_first_name: no value at /name" },
	{ "{\"text\":\"x\",\"name\":\"A\"}", "no contact: none of map_email" },
	{ "{\"text\":\"x\",\"name\":\"A\",\"phone\":\"none\"}", "no contact: none of map_email" },
	{ "{\"text\":\"x\",\"name\":\"A\",\"email\":\"a\",\"platform\":\"fax\"}",
	  "platform: it is not website, email or sms" },
};

static void test_fields__or_the_key_that_found_none(void **state)
{
	CLEANUP(source_done) struct config_source source = make_source(usual, ARRAY_SIZE(usual));

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mappings); i++) {
		CLEANUP(json_putp) struct json_object *object = NULL;
		CLEANUP(hook_mapped_done) struct hook_mapped mapped;
		CLEANUP(freep) char *why = NULL;
		const char *parse_why;
		int r;

		assert_int_equal(
			json_parse(mappings[i].json, strlen(mappings[i].json), &object, &parse_why),
			0);
		r = hook_map(&source, object, &mapped, &why);
		if ((r == 0) != (mappings[i].why == NULL) || (why && !strstr(why, mappings[i].why)))
			fail_msg("%s: %d %s", mappings[i].json, r, why ? why : "");
	}
}

static void test_fields__all_of_them(void **state)
{
	static const char json[] = "{\"text\":\"hi\",\"name\":\"Ann\",\"email\":\"Ann@X.org\","
				   "\"phone\":\"+1 (555) 0100\",\"key\":\"k\",\"order\":{\"id\":7},"
				   "\"a/b\":[1]}";
	CLEANUP(source_done) struct config_source source = make_source(usual, ARRAY_SIZE(usual));
	CLEANUP(json_putp) struct json_object *object = NULL;
	CLEANUP(hook_mapped_done) struct hook_mapped mapped;
	const char *why;
	char *map_why = NULL;

	(void)state;
	assert_int_equal(words_split("/order/id /a~1b #/order /none", &source.map_metadata, &why),
			 0);
	assert_int_equal(json_parse(json, strlen(json), &object, &why), 0);
	assert_int_equal(hook_map(&source, object, &mapped, &map_why), 0);
	assert_string_equal(mapped.field[MAP_TEXT], "hi");
	assert_string_equal(mapped.field[MAP_CONVERSATION_KEY], "k");
	assert_null(mapped.field[MAP_DEDUPE]);
	assert_string_equal(
		mapped.prospect_info,
		"{\"first_name\":\"Ann\",\"email\":\"Ann@X.org\",\"phone\":\"+15550100\"}");
	assert_string_equal(mapped.contacts[0], "ann@x.org");
	assert_string_equal(mapped.contacts[1], "+15550100");
	assert_null(mapped.contacts[2]);
	assert_string_equal(mapped.metadata, "{\"id\":7,\"a/b\":[1],\"order\":{\"id\":7}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests__become_objects),
		cmocka_unit_test(test_mail__becomes_an_object),
		cmocka_unit_test(test_mail__names_in_two),
		cmocka_unit_test(test_mail__html_alone_is_read),
		cmocka_unit_test(test_mail__no_persons_is_told),
		cmocka_unit_test(test_mail__metadata_of_a_long_thread_is_short),
		cmocka_unit_test(test_fields__or_the_key_that_found_none),
		cmocka_unit_test(test_fields__all_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
