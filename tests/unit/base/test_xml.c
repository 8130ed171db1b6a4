/* xml: the rule, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/xml.h"

struct shape {
	const char *xml;
	const char *json;
};

static const struct shape shapes[] = {
	{ "<a/>", "{\"a\":\"\"}" },
	{ "<a>  x y\n</a>", "{\"a\":\"x y\"}" },
	{ "<a b=\"1\"/>", "{\"a\":{\"@b\":\"1\"}}" },
	{ "<a b=\"1\">x</a>", "{\"a\":{\"@b\":\"1\",\"#text\":\"x\"}}" },
	{ "<a><b>1</b><c>2</c></a>", "{\"a\":{\"b\":\"1\",\"c\":\"2\"}}" },
	{ "<a><b>1</b><b>2</b><b>3</b></a>", "{\"a\":{\"b\":[\"1\",\"2\",\"3\"]}}" },
	{ "<a><b>1</b><b c=\"2\"/></a>", "{\"a\":{\"b\":[\"1\",{\"@c\":\"2\"}]}}" },
	{ "<a>x<b/>y</a>", "{\"a\":{\"b\":\"\",\"#text\":\"xy\"}}" },
	{ "<a><![CDATA[<x> & y]]></a>", "{\"a\":\"<x> & y\"}" },
	{ "<a>&lt;&amp;&#x263A;&gt;&quot;&apos;</a>", "{\"a\":\"<&☺>\\\"'\"}" },
	{ "<a><!-- no --><?php no ?>yes</a>", "{\"a\":\"yes\"}" },
	{ "<s:a xmlns:s=\"urn:x\" s:b=\"1\"><s:c>2</s:c></s:a>",
	  "{\"s:a\":{\"@s:b\":\"1\",\"s:c\":\"2\"}}" },
	{ "<s:a>no such prefix</s:a>", "{\"s:a\":\"no such prefix\"}" },
	{ "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>gr\xfc\xdf</a>", "{\"a\":\"grüß\"}" },
	{ "\xEF\xBB\xBF<a>bom</a>", "{\"a\":\"bom\"}" },
	{ "<?xml version=\"1.0\"?>\n<a>\n  <b>1</b>\n</a>\n", "{\"a\":{\"b\":\"1\"}}" },
};

static void test_rule__as_documented(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		CLEANUP(json_putp) struct json_object *root = NULL;
		CLEANUP(freep) char *text = NULL;
		const char *why = NULL;

		if (xml_parse(shapes[i].xml, strlen(shapes[i].xml), &root, &why) < 0)
			fail_msg("%s: %s", shapes[i].xml, why);
		text = json_format(root, NULL);
		assert_string_equal(text, shapes[i].json);
	}
}

static const struct {
	const char *xml;
	const char *why;
} refused[] = {
	{ "", "not well-formed" },
	{ "   ", "not well-formed" },
	{ "hello", "not well-formed" },
	{ "<a>", "not well-formed" },
	{ "<a></b>", "not well-formed" },
	{ "<a/><b/>", "not well-formed" },
	{ "<a b=1/>", "not well-formed" },
	{ "<a>&nbsp;</a>", "not well-formed" },
	{ "<a>&#0;</a>", "not well-formed" },
	{ "<a>\x01</a>", "not well-formed" },
	{ "<a>\xff</a>", "not well-formed" },
	{ "<!DOCTYPE a><a/>", "DOCTYPE" },
	{ "<!DOCTYPE a SYSTEM \"http://127.0.0.1:1/x.dtd\"><a/>", "DOCTYPE" },
	{ "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>", "DOCTYPE" },
	{ "<!DOCTYPE a [<!ENTITY x \"yy\"><!ENTITY z \"&x;&x;\">]><a b=\"&z;\"/>", "DOCTYPE" },
};

static void test_bad__is_refused_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		CLEANUP(json_putp) struct json_object *root = NULL;
		const char *why = "";

		if (xml_parse(refused[i].xml, strlen(refused[i].xml), &root, &why) != -EBADMSG ||
		    root || !strstr(why, refused[i].why))
			fail_msg("%s: \"%s\"", refused[i].xml, why);
	}
}

/* count times `open`, then count times `close`, in `<r>`. */
static int parse_many(const char *open, const char *close, size_t count)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(4 * MIB);
	CLEANUP(json_putp) struct json_object *root = NULL;
	const char *why;

	assert_int_equal(buf_add_text(&text, "<r>"), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(buf_add_text(&text, open), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(buf_add_text(&text, close), 0);
	assert_int_equal(buf_add_text(&text, "</r>"), 0);
	return xml_parse(text.data, text.len, &root, &why);
}

static void test_bounds__depth_nodes_and_size(void **state)
{
	(void)state;
	assert_int_equal(parse_many("<a>", "</a>", XML_MAX_DEPTH - 1), 0);
	assert_int_equal(parse_many("<a>", "</a>", XML_MAX_DEPTH), -EBADMSG);
	assert_int_equal(parse_many("<a>", "</a>", 100000), -EBADMSG);
	assert_int_equal(parse_many("<a/>", "", XML_MAX_NODES - 1), 0);
	assert_int_equal(parse_many("<a/>", "", XML_MAX_NODES), -EBADMSG);
	assert_int_equal(parse_many("x", "", XML_MAX_SIZE - 100), 0);
	assert_int_equal(parse_many("x", "", XML_MAX_SIZE), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule__as_documented),
		cmocka_unit_test(test_bad__is_refused_with_a_reason),
		cmocka_unit_test(test_bounds__depth_nodes_and_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
