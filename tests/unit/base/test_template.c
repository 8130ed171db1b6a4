/* Templates: what fills a place, each filter, what cannot break out, and every error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/template.h"
#include "lib/json_path.h"

#define EURO "\xE2\x82\xAC"
#define SMILE "\xF0\x9F\x98\x80"
#define UMLAUT "\xC3\xBC"
#define REPLACED "\xEF\xBF\xBD"

static const char sample[] =
	"{\"name\":\"Ann\",\"empty\":\"\",\"blank\":\" \\t\xC2\xA0\",\"null\":null,\"n\":3,"
	"\"real\":1.50,\"yes\":true,\"object\":{\"a\":[1,\"b\"],\"c\":\"d/e\"},\"none\":{},"
	"\"Reply Text\":\"reply\",\"a}b|c\\\"d\":\"odd\",\"list\":[\"x\"],"
	"\"padded\":\"\\n \xC2\xA0 a b \xC2\xA0\\r\\n\",\"phone\":\" (+49) 0151/23-4\","
	"\"nul\":\"a\\u0000b\",\"quote\":\"say \\\"hi\\\" \\\\ \\n\","
	"\"header\":\"Re: a\\r\\nBcc: b\\u0000\\u007f\\u0085\\u2028c\",\"text\":\"" UMLAUT EURO
		SMILE
	"x\",\"url\":\"a b&c=d/\\u00fc?#%+~\",\"break\":\"\\\",\\\"admin\\\":true,\\\"x\\\":\\\"\","
	"\"place\":\"${/name}\"}";

static struct template *compiled(const char *text)
{
	struct template *template = NULL;
	CLEANUP(freep) char *why = NULL;

	if (template_parse(text, &template, &why) < 0)
		fail_msg("%s: %s", text, why);
	assert_string_equal(template_text(template), text);
	return template;
}

/* The text that a template becomes. A heap string. */
static char *rendered(const char *text, struct json_object *object)
{
	CLEANUP(template_freep) struct template *template = compiled(text);
	CLEANUP(freep) char *why = NULL;
	char *result = NULL;

	if (template_render(template, object, MIB, &result, &why) < 0)
		fail_msg("%s: %s", text, why);
	assert_null(why);
	return result;
}

struct render_case {
	const char *text;
	const char *result;
};

static void assert_rendered(const struct render_case *cases, size_t count)
{
	CLEANUP(json_putp) struct json_object *object = json_parsed(sample);

	for (size_t i = 0; i < count; i++) {
		CLEANUP(freep) char *result = rendered(cases[i].text, object);

		if (!streq(result, cases[i].result))
			fail_msg("%s\n  is:       %s\n  expected: %s", cases[i].text, result,
				 cases[i].result);
	}
}

static void test_render__fills_places(void **state)
{
	static const struct render_case cases[] = {
		{ "", "" },
		{ "text", "text" },
		{ "Hello ${/name}", "Hello Ann" },
		{ "${/name}${/name}!", "AnnAnn!" },
		{ "${ /name }", "Ann" },
		{ "${/name|upper|lower}", "ann" },
		{ "${\t/name\n|\ttrim\n}", "Ann" },
		{ "${/n} ${/real} ${/yes}", "3 1.50 true" },
		{ "${/object}", "{\"a\":[1,\"b\"],\"c\":\"d/e\"}" },
		{ "${/object/a/1}", "b" },
		{ "${/none}", "{}" },
		{ "${#/Reply%20Text}", "reply" },
		{ "${#/a%7Db%7Cc%22d}", "odd" },
		{ "${\"constant\"}", "constant" },
		{ "${\"\"}", "" },
		{ "${\"a\\\"b\\\\c\\nd\\te}|\"}", "a\"b\\c\nd\te}|" },
		{ "${/nul}", "a" REPLACED "b" },
		{ "${/text}", UMLAUT EURO SMILE "x" },
		{ "${/place}", "${/name}" }, /* values are not templates */
	};

	(void)state;
	assert_rendered(cases, ARRAY_SIZE(cases));
}

static void test_render__takes_dollars_as_text(void **state)
{
	static const struct render_case cases[] = {
		{ "$", "$" },
		{ "5$ {} $5 $$ $} }{", "5$ {} $5 $$ $} }{" },
		{ "$${/name}", "${/name}" },
		{ "$$${/name}", "$${/name}" },
		{ "$${${/name}}", "${Ann}" },
		{ "${\"$\"}${/n}", "$3" },
		{ "a$", "a$" },
		{ "\\n\"%s", "\\n\"%s" },
	};

	(void)state;
	assert_rendered(cases, ARRAY_SIZE(cases));
}

static void test_render__takes_the_first_that_is_not_blank(void **state)
{
	static const struct render_case cases[] = {
		{ "${/nowhere /name}", "Ann" },
		{ "${/empty /blank /null /name /n}", "Ann" },
		{ "${/name \"you\"}", "Ann" },
		{ "${/null /blank \"you\"}", "you" },
		{ "${/null \"\"}", "" },
		{ "${/null \" \"}", " " },
		{ "${/empty}", "" },
		{ "${/nowhere /blank /empty}", " \t\xC2\xA0" }, /* there, though blank */
		{ "${/none /name}", "{}" },
	};

	(void)state;
	assert_rendered(cases, ARRAY_SIZE(cases));
}

static void test_filters__do_what_they_say(void **state)
{
	static const struct render_case cases[] = {
		{ "[${/padded | trim}]", "[a b]" },
		{ "[${/blank | trim}]", "[]" },
		{ "[${\"\" | trim}]", "[]" },
		{ "[${\"\xE3\x81\xA0\" | trim}]", "[\xE3\x81\xA0]" }, /* ends in 0xA0 */
		{ "${\"" UMLAUT "aZ{@[`\" | upper}", UMLAUT "AZ{@[`" },
		{ "${\"\xC3\x9C"
		  "aZ{@[`\" | lower}",
		  "\xC3\x9C"
		  "az{@[`" },
		{ "${/yes | upper}", "TRUE" },
		{ "${/phone | digits}", "+490151234" },
		{ "${\"1+2\" | digits}", "12" },
		{ "${\"++ 1\" | digits}", "+1" },
		{ "[${\"+x\" | digits}]", "[]" },
		{ "[${\"\xD9\xA3\" | digits}]", "[]" },
		{ "${/text | truncate:1}", UMLAUT },
		{ "${/text | truncate:2}", UMLAUT EURO },
		{ "${/text | truncate:3}", UMLAUT EURO SMILE },
		{ "${/text | truncate:4}", UMLAUT EURO SMILE "x" },
		{ "${/text | truncate:1000000}", UMLAUT EURO SMILE "x" },
		{ "${/text | truncate: 1}", UMLAUT },
		{ "${/n | truncate:1}", "3" },
		{ "${\"\" | truncate:1}", "" },
		{ "${/url | url}", "a%20b%26c%3Dd%2F%C3%BC%3F%23%25%2B~" },
		{ "${\"AZaz09-._~\" | url}", "AZaz09-._~" },
		{ "${\"%\" | url | url}", "%2525" },
		{ "${/header | line}", "Re: a Bcc: b" REPLACED " c" },
		{ "${\"a\\n\\nb\\tc\" | line}", "a b c" },
	};

	(void)state;
	assert_rendered(cases, ARRAY_SIZE(cases));
}

static void test_filters__default_at_its_place(void **state)
{
	static const struct render_case cases[] = {
		{ "${/nowhere | default:x}", "x" },
		{ "${/null | default:\"a b\"}", "a b" },
		{ "${/empty | default:x}", "x" },
		{ "${/blank | default:x}", "x" },
		{ "${/name | default:x}", "Ann" },
		{ "${/nowhere | default:\"\"}", "" },
		{ "${/nowhere | upper | default:x}", "x" },
		{ "${/nowhere | default:x | upper}", "X" },
		{ "${/name | digits | default:none}", "none" },
		{ "${/nowhere | default:\"\" | default:x}", "x" },
		{ "${/n | default:x | json}", "3" }, /* what is there keeps its type */
		{ "${/nowhere | default:3 | json}", "\"3\"" },
		{ "${/nowhere | json | default:null}", "null" },
		{ "${/empty | json | default:null}", "\"\"" },
		{ "${/nowhere | default: word}", "word" },
		{ "${/nowhere | default:a:b,c=\\d}", "a:b,c=\\d" },
	};

	(void)state;
	assert_rendered(cases, ARRAY_SIZE(cases));
}

static void test_filters__json_keeps_types(void **state)
{
	static const struct render_case cases[] = {
		{ "${/name | json}", "\"Ann\"" },
		{ "${/n | json}", "3" },
		{ "${/real | json}", "1.50" },
		{ "${/yes | json}", "true" },
		{ "${/list | json}", "[\"x\"]" },
		{ "${/object | json}", "{\"a\":[1,\"b\"],\"c\":\"d/e\"}" },
		{ "${/n | trim | json}", "\"3\"" }, /* a filter made text of it */
		{ "${\"3\" | json}", "\"3\"" },
		{ "${/nul | json}", "\"a\\u0000b\"" },
		{ "${/quote | json}", "\"say \\\"hi\\\" \\\\ \\n\"" },
		{ "${/quote | json_inside}", "say \\\"hi\\\" \\\\ \\n" },
		{ "${/n | json_inside}", "3" },
		{ "${\"\" | json_inside}", "" },
		{ "${/list | json_inside}", "[\\\"x\\\"]" },
		{ "${/list | json | json}", "\"[\\\"x\\\"]\"" },
		{ "${/list | json | url}", "%5B%22x%22%5D" },
		{ "${/text | json}", "\"" UMLAUT EURO SMILE "x\"" },
	};

	(void)state;
	assert_rendered(cases, ARRAY_SIZE(cases));
}

static void test_filters__know_html(void **state)
{
	static const struct render_case cases[] = {
		{ "${\"<p>a &amp; b</p><p>c</p>\" | html_to_text}", "a & b\n\nc" },
		{ "${\"plain\" | html_to_text | json}", "\"plain\"" },
		{ "${/n | html_to_text}", "3" },
		{ "${\"<a href='x'>\\\"&\" | html_escape}",
		  "&lt;a href=&#39;x&#39;&gt;&quot;&amp;" },
		{ "${/text | html_escape}", UMLAUT EURO SMILE "x" },
		{ "${\"<\" | html_escape | json_inside}", "&lt;" },
		{ "${/nowhere | html_escape | default:<br>}", "<br>" },
	};

	(void)state;
	assert_rendered(cases, ARRAY_SIZE(cases));
}

/* What is known of a template before it is filled. */
static void test_escaped__knows_the_last_escaping_filter(void **state)
{
	static const struct {
		const char *text;
		const char *sample;
		bool has_places, is_url, is_json;
	} cases[] = {
		{ "plain", "plain", false, true, true },
		{ "a${\"$\"}b", "a0b", false, true, true },
		{ "x=${/a | url}", "x=0", true, true, false },
		{ "x=${/a | trim | url | default:none}&y=${/b|url}", "x=0&y=0", true, true, false },
		{ "x=${/a | json | url}", "x=0", true, true, false },
		{ "x=${/a | url | json}", "x=0", true, false, true },
		{ "{\"a\":${/a | json},\"b\":\"${/b | json_inside}\"}", "{\"a\":0,\"b\":\"0\"}",
		  true, false, true },
		{ "${/a \"x\" | trim}", "0", true, false, false },
		{ "${/a | url}${/b}", "00", true, false, false },
		{ "${\"x\" | json}${/b | url}", "00", true, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(template_freep) struct template *template = NULL;
		CLEANUP(freep) char *why = NULL;
		CLEANUP(freep) char *sample_text = NULL;

		assert_int_equal(template_parse(cases[i].text, &template, &why), 0);
		sample_text = template_sample(template);
		assert_string_equal(sample_text, cases[i].sample);
		assert_int_equal(template_has_places(template), cases[i].has_places);
		assert_int_equal(template_is_escaped(template, "url", NULL), cases[i].is_url);
		assert_int_equal(template_is_escaped(template, "json", "json_inside"),
				 cases[i].is_json);
	}
}

static void test_render_line__is_one_line(void **state)
{
	CLEANUP(json_putp)
	struct json_object *object = json_parsed("{\"a\":\"x\\r\\ny\\u2028z\\tt\"}");
	CLEANUP(template_freep) struct template *template = NULL;
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *why = NULL;

	(void)state;
	assert_int_equal(template_parse("To: ${/a}!", &template, &why), 0);
	assert_int_equal(template_render_line(template, object, KIB, &text, &why), 0);
	assert_string_equal(text, "To: x y z t!");
	assert_int_equal(template_render_line(template, object, 5, &text, &why), -E2BIG);
	template = template_free(template);
	free(TAKE(why));
	assert_int_equal(template_parse("${/b}", &template, &why), 0);
	assert_int_equal(template_render_line(template, object, KIB, &text, &why), -ENOENT);
	assert_string_equal(why, "no value at /b");
}

/* Values that end what they stand in, if they can. */
static void test_render__lets_nothing_break_out(void **state)
{
	CLEANUP(json_putp) struct json_object *object = json_parsed(sample);
	CLEANUP(freep)
	char *body = rendered("{\"a\":${/break | json},\"b\":\"to ${/break | json_inside}!\","
			      "\"c\":\"${/quote | json_inside}\",\"d\":${/nul | json}}",
			      object);
	CLEANUP(json_putp) struct json_object *root = json_parsed(body);
	CLEANUP(freep) char *header = rendered("Subject: ${/header | line}", object);
	CLEANUP(freep) char *url = rendered("https://x.example/?q=${/url | url}&z=1", object);

	(void)state;
	assert_int_equal(json_object_object_length(root), 4);
	assert_string_equal(json_get_string(root, "a"), "\",\"admin\":true,\"x\":\"");
	assert_string_equal(json_get_string(root, "b"), "to \",\"admin\":true,\"x\":\"!");
	assert_string_equal(json_get_string(root, "c"), "say \"hi\" \\ \n");
	for (const char *p = header; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7F);
	assert_string_equal(strpbrk(url + strlen("https://x.example/?q="), " /?#+=&"), "&z=1");
}

/* Every character there is, and the filter gives one that is right in JSON. */
static void test_filters__json_takes_every_character(void **state)
{
	(void)state;
	for (uint32_t c = 1; c < 0x3000; c++) {
		CLEANUP(freep) char *text = xasprintf("{\"a\":\"\\u%04x\"}", c);
		CLEANUP(json_putp) struct json_object *object = json_parsed(text);
		CLEANUP(freep) char *body = rendered("[${/a|json},\"${/a|json_inside}\"]", object);
		CLEANUP(json_putp) struct json_object *root = json_parsed(body);

		for (size_t i = 0; i < 2; i++)
			assert_string_equal(
				json_object_get_string(json_object_array_get_idx(root, i)),
				json_get_string(object, "a"));
	}
}

static void assert_render_fails(const char *text, size_t max, int error, const char *expected)
{
	CLEANUP(json_putp) struct json_object *object = json_parsed(sample);
	CLEANUP(template_freep) struct template *template = compiled(text);
	CLEANUP(freep) char *why = NULL;
	char untouched[1] = "";
	char *result = untouched;

	assert_int_equal(template_render(template, object, max, &result, &why), error);
	assert_ptr_equal(result, untouched);
	assert_string_equal(why, expected);
}

static void test_render__names_what_is_missing(void **state)
{
	(void)state;
	assert_render_fails("${/nowhere}", KIB, -ENOENT, "no value at /nowhere");
	assert_render_fails("${/null}", KIB, -ENOENT, "no value at /null");
	assert_render_fails("a ${/name} ${/x #/y%20z | trim | json}", KIB, -ENOENT,
			    "no value at /x #/y%20z");
	assert_render_fails("${/name/deeper}", KIB, -ENOENT, "no value at /name/deeper");
	assert_render_fails("${/list/1} ${/other}", KIB, -ENOENT, "no value at /list/1");
}

static void test_render__of_anything(void **state)
{
	static const char *const roots[] = { "null", "1", "\"a\"", "[]", "{}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		CLEANUP(json_putp) struct json_object *root = json_parsed(roots[i]);
		CLEANUP(freep)
		char *result = rendered("${/a | default:x}${# | json | default:null}", root);
		CLEANUP(freep) char *expected = xasprintf("x%s", roots[i]);

		assert_string_equal(result, expected);
	}
}

/* Strings that no parser of ours has seen. */
static void test_render__replaces_what_is_not_utf8(void **state)
{
	CLEANUP(json_putp) struct json_object *object = json_object_new_object();
	CLEANUP(freep) char *result = NULL;

	(void)state;
	json_put_string(object, "a", "x\xFFy\xE2\x82");
	result = rendered("${/a}|${/a | truncate:2}|${/a | url}", object);
	assert_string_equal(result, "x" REPLACED "y" REPLACED REPLACED "|x" REPLACED
				    "|x%EF%BF%BDy%EF%BF%BD%EF%BF%BD");
}

/* `before`, `count` times `each`, then `after`. A heap string. */
static char *repeated(const char *before, const char *each, size_t count, const char *after)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(8 * MIB);

	assert_int_equal(buf_add_text(&text, before), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(buf_add_text(&text, each), 0);
	assert_int_equal(buf_add_text(&text, after), 0);
	return buf_take(&text);
}

static void test_render__is_bounded(void **state)
{
	CLEANUP(json_putp) struct json_object *object = json_parsed(sample);
	CLEANUP(template_freep) struct template *template = compiled("ab${/name}");
	CLEANUP(freep) char *result = NULL;
	CLEANUP(freep) char *why = NULL;

	(void)state;
	assert_int_equal(template_render(template, object, 5, &result, &why), 0);
	assert_string_equal(result, "abAnn");
	assert_render_fails("ab${/name}", 4, -E2BIG, "the text becomes longer than 4 bytes");
	assert_render_fails("ab${/name}", 1, -E2BIG, "the text becomes longer than 1 bytes");
	assert_render_fails("${/object}", 5, -E2BIG, "the text becomes longer than 5 bytes");
	assert_render_fails("${/name | json}", 4, -E2BIG, "the text becomes longer than 4 bytes");
}

/* A quote doubles with each json, so that a few bytes could become gigabytes. */
static void test_filters__cannot_blow_up(void **state)
{
	CLEANUP(freep) char *text = repeated("{\"a\":\"", "\\\"", 64 * KIB, "\"}");
	CLEANUP(json_putp) struct json_object *object = json_parsed(text);
	CLEANUP(freep) char *doubling = repeated("${/a", "|json_inside", 16, "}");
	CLEANUP(template_freep) struct template *template = compiled(doubling);
	CLEANUP(freep) char *result = NULL;
	CLEANUP(freep) char *why = NULL;

	(void)state;
	assert_int_equal(template_render(template, object, 64 * MIB, &result, &why), -E2BIG);
	assert_string_equal(why, "the text becomes longer than 4194304 bytes");
}

/* Long before the cut is not too long after it. */
static void test_filters__shorten_what_is_long(void **state)
{
	CLEANUP(freep) char *text = repeated("{\"a\":\"", EURO, 600 * KIB, "\"}");
	CLEANUP(json_putp) struct json_object *object = json_parsed(text);
	CLEANUP(template_freep) struct template *template = compiled("${/a | truncate:2}");
	CLEANUP(freep) char *result = NULL;
	CLEANUP(freep) char *why = NULL;

	(void)state;
	assert_int_equal(template_render(template, object, 6, &result, &why), 0);
	assert_string_equal(result, EURO EURO);
}

#define FILTERS \
	"there is trim lower upper digits line truncate url json json_inside " \
	"html_to_text html_escape default"
#define NO_POINTER "is not a JSON Pointer: write /answer, /data/text or #/Reply%20Text"
#define EMPTY "expected a JSON Pointer or a \"text\": write ${/answer}"
#define UNCLOSED "a place is not closed: add a '}', or write $${ for the text ${"
#define TRUNCATE "expected a number of characters from 1 to 1000000"

static const struct error_case {
	const char *text;
	const char *why;
} errors[] = {
	/* Places and values. */
	{ "${}", "column 3: " EMPTY },
	{ "a ${ | trim}", "column 6: " EMPTY },
	{ "ab${", "column 3: " UNCLOSED },
	{ "ab${/a", "column 3: " UNCLOSED },
	{ "ab${/a |trim", "column 3: " UNCLOSED },
	{ "${/a ${/b}}", "column 6: \"${/b\" " NO_POINTER },
	{ "${name}", "column 3: \"name\" " NO_POINTER },
	{ "${/a~2}", "column 3: \"/a~2\" " NO_POINTER },
	{ "${/a #b}", "column 6: \"#b\" " NO_POINTER },
	{ "${#/%00}", "column 3: \"#/%00\" " NO_POINTER },
	{ "${'a'}", "column 3: \"'a'\" " NO_POINTER },
	{ "${/a\"b\"}", "column 5: expected a blank, '|' or '}' after a value" },
	{ "${\"a\"/b}", "column 6: expected a blank, '|' or '}' after a value" },
	{ "${\"a\" /b}",
	  "column 7: never used, since a constant stands before it: put the constant last" },
	{ "${\"a}", "column 3: a quote is not closed: add a '\"'" },
	{ "${\"a\\\"}", "column 3: a quote is not closed: add a '\"'" },
	{ "${\"a\\r\"}", "column 5: an unknown escape: there is \\\" \\\\ \\n \\t, and a backslash "
			 "is written \\\\" },
	{ "${\"\\", "column 4: an unknown escape: there is \\\" \\\\ \\n \\t, and a backslash is "
		    "written \\\\" },
	/* Filters. */
	{ "${/a | }", "column 8: a filter must follow the '|': " FILTERS },
	{ "${/a |", "column 7: a filter must follow the '|': " FILTERS },
	{ "${/a || trim}", "column 7: a filter must follow the '|': " FILTERS },
	{ "${/a | \"b\"}", "column 8: a filter must follow the '|': " FILTERS },
	{ "${/a | trmi}", "column 8: unknown filter \"trmi\": did you mean \"trim\"?" },
	{ "${/a | jsn}", "column 8: unknown filter \"jsn\": did you mean \"json\"?" },
	{ "${/a | sha256}", "column 8: unknown filter \"sha256\": " FILTERS },
	{ "${/a | TRIM}", "column 8: unknown filter \"TRIM\": " FILTERS },
	{ "${/a | trim lower}", "column 13: expected '|' or '}' after a filter" },
	{ "${/a | trim /b}", "column 13: expected '|' or '}' after a filter" },
	{ "${/a | trim:2}", "column 12: \"trim\" takes nothing after it: leave the ':' out" },
	{ "${/a | truncate}", "column 16: \"truncate\" without its value: write truncate:160" },
	{ "${/a | truncate 5}", "column 16: \"truncate\" without its value: write truncate:160" },
	{ "${/a | truncate:}", "column 17: " TRUNCATE },
	{ "${/a | truncate:0}", "column 17: " TRUNCATE },
	{ "${/a | truncate:-1}", "column 17: " TRUNCATE },
	{ "${/a | truncate:1000001}", "column 17: " TRUNCATE },
	{ "${/a | truncate:18446744073709551617}", "column 17: " TRUNCATE },
	{ "${/a | truncate:5k}", "column 17: " TRUNCATE },
	{ "${/a | truncate:\"5\"}", "column 17: " TRUNCATE },
	{ "${/a | default}", "column 15: \"default\" without its value: write default:\"…\"" },
	{ "${/a | default:}", "column 16: expected a word or a \"text\" after \"default:\"" },
	{ "${/a | default:|trim}", "column 16: expected a word or a \"text\" after \"default:\"" },
	{ "${/a | default:\"x}", "column 16: a quote is not closed: add a '\"'" },
	{ "${/a | default:x\"y\"}", "column 17: expected '|' or '}' after a filter" },
	{ "${/a | json | truncate:5}",
	  "column 15: \"truncate\" would spoil what \"json\" has escaped: put it before" },
	{ "${/a | url | upper}",
	  "column 14: \"upper\" would spoil what \"url\" has escaped: put it before" },
	{ "${/a | json_inside | default:x | line}",
	  "column 34: \"line\" would spoil what \"json_inside\" has escaped: put it before" },
	/* The text. Columns count characters. */
	{ UMLAUT EURO SMILE "${}", "column 6: " EMPTY },
	{ UMLAUT "\xC3", "column 2: not UTF-8" },
	{ "\xC0\xAF", "column 1: not UTF-8" },
	{ "\xED\xA0\x80", "column 1: not UTF-8" },
	{ "a\r", "column 2: a control character: remove it" },
	{ "a\x7F", "column 2: a control character: remove it" },
};

static void assert_refused(const char *text, const char *expected)
{
	struct template *untouched = (struct template *)&untouched;
	struct template *template = untouched;
	CLEANUP(freep) char *why = NULL;

	if (template_parse(text, &template, &why) != -EINVAL)
		fail_msg("accepted: %s", text);
	assert_ptr_equal(template, untouched);
	if (!streq(why, expected))
		fail_msg("%s\n  says:     %s\n  expected: %s", text, why, expected);
}

static void test_parse__says_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		assert_refused(errors[i].text, errors[i].why);
}

static void test_parse__is_bounded(void **state)
{
	CLEANUP(json_putp) struct json_object *object = json_parsed(sample);
	CLEANUP(freep) char *text = repeated("", "x", TEMPLATE_MAX_TEXT, "");
	CLEANUP(freep) char *longer_text = repeated("x", text, 1, "");
	CLEANUP(freep) char *places = repeated("", "${/n}", TEMPLATE_MAX_PLACES, "");
	CLEANUP(freep) char *more_places = repeated("", "${/n}", TEMPLATE_MAX_PLACES + 1, "");
	CLEANUP(freep) char *values = repeated("${", "/x ", TEMPLATE_MAX_VALUES - 1, "/n}");
	CLEANUP(freep) char *more_values = repeated("${", "/x ", TEMPLATE_MAX_VALUES, "/n}");
	CLEANUP(freep) char *filters = repeated("${/n", "|trim", TEMPLATE_MAX_FILTERS, "}");
	CLEANUP(freep)
	char *more_filters = repeated("${/n", "|trim", TEMPLATE_MAX_FILTERS + 1, "}");
	const char *const good[] = { text, places, values, filters };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CLEANUP(freep) char *result = rendered(good[i], object);

		assert_non_null(result);
	}
	assert_refused(longer_text, "longer than 16384 bytes");
	assert_refused(more_places, "column 1281: more than 256 places in a text");
	assert_refused(more_values, "column 51: more than 16 values in a place");
	assert_refused(more_filters, "column 86: more than 16 filters on a place");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_render__fills_places),
		cmocka_unit_test(test_render__takes_dollars_as_text),
		cmocka_unit_test(test_render__takes_the_first_that_is_not_blank),
		cmocka_unit_test(test_filters__do_what_they_say),
		cmocka_unit_test(test_filters__default_at_its_place),
		cmocka_unit_test(test_filters__json_keeps_types),
		cmocka_unit_test(test_filters__know_html),
		cmocka_unit_test(test_escaped__knows_the_last_escaping_filter),
		cmocka_unit_test(test_render_line__is_one_line),
		cmocka_unit_test(test_render__lets_nothing_break_out),
		cmocka_unit_test(test_filters__json_takes_every_character),
		cmocka_unit_test(test_render__names_what_is_missing),
		cmocka_unit_test(test_render__of_anything),
		cmocka_unit_test(test_render__replaces_what_is_not_utf8),
		cmocka_unit_test(test_render__is_bounded),
		cmocka_unit_test(test_filters__cannot_blow_up),
		cmocka_unit_test(test_filters__shorten_what_is_long),
		cmocka_unit_test(test_parse__says_what_is_wrong_and_where),
		cmocka_unit_test(test_parse__is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
