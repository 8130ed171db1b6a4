/* Conditions: what they mean, value by value, and every way to get one wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/condition.h"
#include "base/json.h"
#include "lib/json_path.h"

/* What the conditions below are about: JSON, and what a form makes of the same. */
static const char sample[] =
	"{\"type\":\"message.created\",\"n\":12,\"neg\":-3,\"real\":0.5,\"zero\":0,\"yes\":true,"
	"\"no\":false,\"null\":null,\"empty\":\"\",\"object\":{},\"list\":[\"vip\",7,null,true],"
	"\"form\":{\"n\":\"12\",\"real\":\"0.50\",\"yes\":\"true\",\"zip\":\"012\",\"nine\":\"9\"},"
	"\"big\":9007199254740993,\"bigger\":18446744073709551615,\"least\":-9223372036854775808,"
	"\"from\":{\"name\":\"Otto Bot\",\"id\":17},\"a b\":1,\"x=y\":2,\"nul\":\"a\\u0000b\","
	"\"umlaut\":\"\xC3\xBC\",\"huge\":1e999}";

static bool holds(struct json_object *object, const char *text)
{
	CLEANUP(condition_freep) struct condition *condition = NULL;
	CLEANUP(freep) char *why = NULL;

	if (condition_parse(text, &condition, &why) < 0)
		fail_msg("%s: %s", text, why);
	assert_string_equal(condition_text(condition), text);
	return condition_test(condition, object);
}

static void assert_all(const char *const *texts, size_t count, bool expected)
{
	CLEANUP(json_putp) struct json_object *object = json_parsed(sample);

	for (size_t i = 0; i < count; i++)
		if (holds(object, texts[i]) != expected)
			fail_msg("%s: not %s", texts[i], expected ? "true" : "false");
}

#define assert_true_all(texts) assert_all(texts, ARRAY_SIZE(texts), true)
#define assert_false_all(texts) assert_all(texts, ARRAY_SIZE(texts), false)

static void test_equal__minds_types_but_for_forms(void **state)
{
	static const char *const hold[] = {
		"/type == \"message.created\"",
		"\"message.created\" == /type",
		"/n == 12",
		"/n == 12.0",
		"/n == 1.2e1",
		"/zero == -0",
		"/form/n == 12",
		"12 == /form/n",
		"/form/n == /n",
		"/form/real == 0.5",
		"/n == \"12\"",
		"/yes == true",
		"/form/yes == true",
		"/no == false",
		"/yes == \"true\"",
		"/nowhere == null",
		"/null == null",
		"/null == /nowhere",
		"/empty == \"\"",
		"/umlaut == \"\xC3\xBC\"",
		"/n != 13",
		"/n != null",
		"/form/zip != 12",
		"/object != /object",
		"/object != null",
		"#/a%20b == 1",
		"#/x%3Dy == 2",
		"/type != \"Message.created\"",
		"/n != true",
		"/huge == 1e999",
	};
	static const char *const fail[] = {
		"/n == 13",
		"/form/zip == 12",
		"/n == \"12 \"",
		"/n == \"\"",
		"/n == \"0xC\"",
		"/form/n == \"12.0\"",
		"/nowhere == 0",
		"/nowhere == \"\"",
		"/nowhere == false",
		"/empty == null",
		"/zero == false",
		"/yes == 1",
		"/object == /object",
		"/list == \"vip\"",
		"/nul == \"a\"",
		"/n == true",
		"/n != 12",
		"/null == \"null\"",
		"/type/deeper == \"\"",
	};

	(void)state;
	assert_true_all(hold);
	assert_false_all(fail);
}

static void test_equal__keeps_all_digits_of_an_id(void **state)
{
	static const char *const hold[] = {
		"/big == 9007199254740993",
		"/big == \"9007199254740993\"",
		"/bigger == 18446744073709551615",
		"/bigger > 18446744073709551614",
		"/least == -9223372036854775808",
		"/least < -9223372036854775807",
		"/least < /bigger",
	};
	static const char *const fail[] = {
		"/big == 9007199254740992",
		"/big == \"9007199254740992\"",
		"/bigger == 18446744073709551614",
	};

	(void)state;
	assert_true_all(hold);
	assert_false_all(fail);
}

static void test_order__is_between_numbers(void **state)
{
	static const char *const hold[] = {
		"/n < 13",   "/n <= 12",  "/n > 11.5",	  "/n >= 12",	 "/neg < 0",
		"/neg > -4", "/neg < /n", "/real >= 0.5", "/form/n > 2", "/form/nine < /form/n",
		"1 < /n",    "/huge > 5", "-0.5 < /zero", "/n>11",	 "/n<=12",
	};
	static const char *const fail[] = {
		"/n < 12",	 "/n > 12",    "/nowhere < 1", "/nowhere > 1",	"/nowhere >= 0",
		"/null <= 0",	 "/type < 5",  "/type > 5",    "/yes > 0",	"/object < 1",
		"/form/zip > 1", "/empty < 1", "/neg > -2",    "/neg >= /zero",
	};

	(void)state;
	assert_true_all(hold);
	assert_false_all(fail);
}

static void test_parts__of_texts_and_lists(void **state)
{
	static const char *const hold[] = {
		"/from/name contains \"Bot\"",	 "/from/name starts_with \"Otto\"",
		"/from/name ends_with \"Bot\"",	 "/type contains \".\"",
		"/n starts_with \"1\"",		 "/n contains 2",
		"/form/zip starts_with 0",	 "/yes ends_with \"ue\"",
		"/list contains \"vip\"",	 "/list contains 7",
		"/list contains \"7\"",		 "/list contains null",
		"/list contains true",		 "/nul ends_with \"b\"",
		"\"otto bot\" contains \"bot\"", "/type starts_with /type",
	};
	static const char *const fail[] = {
		"/from/name contains \"bot\"",	 "/from/name starts_with \"Bot\"",
		"/from/name ends_with \"Otto\"", "/nowhere contains \"a\"",
		"/type contains /nowhere",	 "/type contains \"\"",
		"/type starts_with /empty",	 "/empty ends_with \"\"",
		"/list contains \"VIP\"",	 "/list contains \"vi\"",
		"/list starts_with \"vip\"",	 "/object contains \"a\"",
		"/type contains /object",	 "\"a\" contains \"aa\"",
		"\"a\" starts_with \"ab\"",	 "\"a\" ends_with \"ba\"",
	};

	(void)state;
	assert_true_all(hold);
	assert_false_all(fail);
}

static void test_in_and_exists(void **state)
{
	static const char *const hold[] = {
		"/type in (\"a\", \"message.created\")",
		"/n in (12)",
		"/n in(1,2,12)",
		"/form/n in ( 11 , 12 )",
		"/nowhere in (1, null)",
		"/n in (/form/n)",
		"exists /type",
		"exists /empty",
		"exists /no",
		"exists /list/0",
		"exists #/a%20b",
		"exists #",
		"not exists /null",
	};
	static const char *const fail[] = {
		"/type in (\"a\", \"b\")", "/n in (1, 2)",
		"not /n in (12)",	   "exists /null",
		"exists /list/2",	   "exists /nowhere",
		"exists /type/x",	   "/nowhere in (0, \"\", false)",
	};

	(void)state;
	assert_true_all(hold);
	assert_false_all(fail);
}

static void test_logic__binds_as_documented(void **state)
{
	static const char *const hold[] = {
		"/type == \"message.created\" and not (/from/name contains \"bot\")",
		"/n == 12 or /n == 13 and /n == 14",
		"(/n == 12 or /n == 13) and /n < 13",
		"not /n == 13 and /n == 12",
		"not /n == 12 or /n == 12",
		"not (/n == 13 or /n == 14)",
		"not (not (/n == 12))",
		"((((/n == 12))))",
		"not(/n == 13)and(/n == 12)",
		"/n == 13 and /n == 14 or /n == 12",
		"/n == 12 and (/n == 13 or not (/n == 14 and /n == 12)) and exists /n",
		"\t/n\n== 12 ",
	};
	static const char *const fail[] = {
		"(/n == 12 or /n == 13) and /n == 14", "not (/n == 13 or /n == 12)",
		"not /n == 12 and /n == 12",	       "not /n == 12 or /n == 13",
		"/n == 12 and /n == 13 or /n == 14",   "not (/n == 12 and not (/n == 13))",
	};

	(void)state;
	assert_true_all(hold);
	assert_false_all(fail);
}

/* All 16 results of two tests under each operator, against C. */
static void test_logic__as_c_has_it(void **state)
{
	CLEANUP(json_putp) struct json_object *object = json_parsed(sample);

	(void)state;
	for (unsigned bits = 0; bits < 32; bits++) {
		bool a = bits & 1, b = bits & 2, c = bits & 4, na = bits & 8, nb = bits & 16;
		CLEANUP(freep)
		char *text = xasprintf("%s/yes == %s and %s(/yes == %s or /yes == %s)",
				       na ? "not " : "", a ? "true" : "false", nb ? "not " : "",
				       b ? "true" : "false", c ? "true" : "false");

		assert_int_equal(holds(object, text), (a != na) && ((b || c) != nb));
	}
}

static void test_test__of_anything(void **state)
{
	static const char *const roots[] = { "null", "1", "\"a\"", "[]", "[{\"a\":1}]", "{}" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		CLEANUP(json_putp) struct json_object *root = json_parsed(roots[i]);

		assert_false(holds(root, "/a == 1"));
		assert_true(holds(root, "/a == null and not exists /a"));
	}
}

struct error_case {
	const char *text;
	const char *why;
};

static void assert_refused(const char *text, const char *expected)
{
	struct condition *untouched = (struct condition *)&untouched;
	struct condition *condition = untouched;
	CLEANUP(freep) char *why = NULL;

	if (condition_parse(text, &condition, &why) != -EINVAL)
		fail_msg("accepted: %s", text);
	assert_ptr_equal(condition, untouched);
	if (!streq(why, expected))
		fail_msg("%s\n  says:     %s\n  expected: %s", text, why, expected);
}

#define VALUE_EXPECTED "expected a JSON Pointer, a \"text\", a number, true, false or null"
#define COMPARISON_EXPECTED \
	"expected == != < <= > >= contains starts_with ends_with or in after a value"
#define ALONE "a value alone is no test: write /a == true, or exists /a"
#define AFTER "expected \"and\", \"or\" or the end after a test"

static const struct error_case errors[] = {
	/* Values. */
	{ "", "column 1: " VALUE_EXPECTED ", not the end" },
	{ "  ", "column 3: " VALUE_EXPECTED ", not the end" },
	{ "type == 1", "column 1: \"type\" is no value: write /type for a field, or \"type\" with "
		       "its quotes for a text" },
	{ "/a == yes", "column 7: \"yes\" is no value: write /yes for a field, or \"yes\" with its "
		       "quotes for a text" },
	{ "/a == tru", "column 7: " VALUE_EXPECTED ", not \"tru\": did you mean \"true\"?" },
	{ "/a == NULL", "column 7: " VALUE_EXPECTED ", not \"NULL\": did you mean \"null\"?" },
	{ "exsits /a", "column 1: " VALUE_EXPECTED ", not \"exsits\": did you mean \"exists\"?" },
	{ "!/a == 1", "column 1: " VALUE_EXPECTED ", not \"!\": did you mean \"not\"?" },
	{ "NOT /a == 1", "column 1: " VALUE_EXPECTED ", not \"NOT\": did you mean \"not\"?" },
	{ "/a == 'b'", "column 7: " VALUE_EXPECTED ", not \"'b'\"" },
	{ "/a ==", "column 6: " VALUE_EXPECTED ", not the end" },
	{ "()", "column 2: " VALUE_EXPECTED ", not \")\"" },
	{ "/a~2 == 1", "column 1: \"/a~2\" is not a JSON Pointer: write /answer, /data/text or "
		       "#/Reply%20Text" },
	{ "/a == #b", "column 7: \"#b\" is not a JSON Pointer: write /answer, /data/text or "
		      "#/Reply%20Text" },
	{ "/a == \"b", "column 7: a quote is not closed: add a '\"'" },
	{ "/a == \"\\\"", "column 7: a quote is not closed: add a '\"'" },
	{ "/a == \"\\d\"", "column 8: an unknown escape: there is \\\" \\\\ \\n \\t, and a "
			   "backslash is written \\\\" },
	{ "/a == 012", "column 7: \"012\" is not a number: write 12, -3 or 0.5, and a text with "
		       "quotes" },
	{ "/a == 1.", "column 7: \"1.\" is not a number: write 12, -3 or 0.5, and a text with "
		      "quotes" },
	{ "/a == 1e", "column 7: \"1e\" is not a number: write 12, -3 or 0.5, and a text with "
		      "quotes" },
	{ "/a == -", "column 7: \"-\" is not a number: write 12, -3 or 0.5, and a text with "
		     "quotes" },
	{ "/a == 12kg", "column 7: \"12kg\" is not a number: write 12, -3 or 0.5, and a text with "
			"quotes" },
	{ "/a == 12345678901234567890123456789012345678901234567890123456789012345",
	  "column 7: \"1234567890123456789012345678901234567890\" is not a number: write 12, -3 or "
	  "0.5, and a text with quotes" },
	/* Comparisons. */
	{ "/a", "column 3: " ALONE },
	{ "true", "column 5: " ALONE },
	{ "(/a)", "column 4: " ALONE },
	{ "/a and /b == 1", "column 4: " ALONE },
	{ "/a or /b == 1", "column 4: " ALONE },
	{ "/a = 1", "column 4: " COMPARISON_EXPECTED ", not \"=\": did you mean \"==\"?" },
	{ "/a<>1", "column 3: " COMPARISON_EXPECTED ", not \"<>\": did you mean \"!=\"?" },
	{ "/a contians \"b\"",
	  "column 4: " COMPARISON_EXPECTED ", not \"contians\": did you mean \"contains\"?" },
	{ "/a In (1)", "column 4: " COMPARISON_EXPECTED ", not \"In\": did you mean \"in\"?" },
	{ "/a matches \"b\"", "column 4: " COMPARISON_EXPECTED ", not \"matches\"" },
	{ "/a =~ \"b\"", "column 4: " COMPARISON_EXPECTED ", not \"=~\"" },
	{ "/a /b", "column 4: " COMPARISON_EXPECTED ", not \"/b\"" },
	{ "/a not in (1)",
	  "column 4: put \"not\" before the whole test: not /type in (\"a\", \"b\")" },
	{ "/a < \"b\"", "column 6: \"<\" is between numbers: write a number without quotes, or a "
			"JSON Pointer" },
	{ "/a >= true", "column 7: \">=\" is between numbers: write a number without quotes, or a "
			"JSON Pointer" },
	{ "null > /a", "column 1: \">\" is between numbers: write a number without quotes, or a "
		       "JSON Pointer" },
	{ "exists", "column 7: expected a JSON Pointer after \"exists\": write exists /answer" },
	{ "exists \"a\"",
	  "column 8: expected a JSON Pointer after \"exists\": write exists /answer" },
	{ "exists (/a)",
	  "column 8: expected a JSON Pointer after \"exists\": write exists /answer" },
	/* Lists. */
	{ "/a in \"b\"", "column 7: expected a list after \"in\": write in (\"a\", \"b\")" },
	{ "/a in", "column 6: expected a list after \"in\": write in (\"a\", \"b\")" },
	{ "/a in ()", "column 8: " VALUE_EXPECTED ", not \")\"" },
	{ "/a in (1,)", "column 10: " VALUE_EXPECTED ", not \")\"" },
	{ "/a in (1 2)", "column 10: expected ',' or ')' in a list" },
	{ "/a in (1", "column 7: a list is not closed: add a ')'" },
	/* What combines them. */
	{ "/a == 1 /b == 2", "column 9: " AFTER ", not \"/b\"" },
	{ "/a == 1 && /b == 2", "column 9: " AFTER ", not \"&&\": did you mean \"and\"?" },
	{ "/a == 1 | /b == 2", "column 9: " AFTER ", not \"|\": did you mean \"or\"?" },
	{ "/a == 1 adn /b == 2", "column 9: " AFTER ", not \"adn\": did you mean \"and\"?" },
	{ "/a == 1 AND /b == 2", "column 9: " AFTER ", not \"AND\": did you mean \"and\"?" },
	{ "/a == 1, /b == 2", "column 8: " AFTER ", not \",\"" },
	{ "/a == 1 and", "column 12: " VALUE_EXPECTED ", not the end" },
	{ "and /a == 1", "column 1: \"and\" is no value: write /and for a field, or \"and\" with "
			 "its quotes for a text" },
	{ "not", "column 4: " VALUE_EXPECTED ", not the end" },
	{ "not not /a == 1", "column 5: a second \"not\": remove both" },
	{ "/a == 1)", "column 8: a ')' without a '(': remove it" },
	{ "(/a == 1", "column 1: a '(' is not closed: add a ')'" },
	{ "/a == 1 and (not (/b == 1) or /c == 1", "column 13: a '(' is not closed: add a ')'" },
	/* The text. Columns count characters. */
	{ "\"\xC3\xBC\xE2\x82\xAC\xF0\x9F\x98\x80\" = 1",
	  "column 7: " COMPARISON_EXPECTED ", not \"=\": did you mean \"==\"?" },
	{ "/\xC3\xBC == \xFF", "column 7: not UTF-8" },
	{ "/a == \x01", "column 7: a control character: remove it" },
	{ "/a == 1\r", "column 8: a control character: remove it" },
	{ "\xC3\xBC", "column 1: " VALUE_EXPECTED ", not \"\xC3\xBC\"" },
};

static void test_parse__says_what_is_wrong_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		assert_refused(errors[i].text, errors[i].why);
}

/* `before`, `count` times `each`, then `after`. A heap string. */
static char *repeated(const char *before, const char *each, size_t count, const char *after)
{
	CLEANUP(buf_done) struct buf text = BUF_INIT(MIB);

	assert_int_equal(buf_add_text(&text, before), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(buf_add_text(&text, each), 0);
	assert_int_equal(buf_add_text(&text, after), 0);
	return buf_take(&text);
}

static void test_parse__quotes_whole_characters_only(void **state)
{
	CLEANUP(freep) char *text = repeated("/a ", "\xE2\x82\xAC", 20, "");
	CLEANUP(freep)
	char *why = repeated("column 4: " COMPARISON_EXPECTED ", not \"", "\xE2\x82\xAC", 13, "\"");

	(void)state;
	assert_refused(text, why);
}

static void test_parse__is_bounded(void **state)
{
	CLEANUP(json_putp) struct json_object *object = json_parsed(sample);
	CLEANUP(freep) char *tests = repeated("/n == 12", " and /n == 12", 63, "");
	CLEANUP(freep) char *more_tests = repeated("/n == 12", " and /n == 12", 64, "");
	CLEANUP(freep) char *list = repeated("/n in (12", ", 1", 63, ")");
	CLEANUP(freep) char *longer_list = repeated("/n in (12", ", 1", 64, ")");
	CLEANUP(freep) char *deep = repeated("", "not (", 16, "/n == 12))))))))))))))))");
	CLEANUP(freep) char *deeper = repeated("", "(", 17, "/n == 12)))))))))))))))))");
	CLEANUP(freep) char *deepest = repeated("", "(", 4096, "");
	CLEANUP(freep) char *text = repeated("/n != \"", "x", 4096 - 8, "\"");
	CLEANUP(freep) char *longer_text = repeated("/n != \"", "x", 4096 - 7, "\"");

	(void)state;
	assert_true(holds(object, tests));
	assert_refused(more_tests, "column 833: more than 64 tests");
	assert_true(holds(object, list));
	assert_refused(longer_list, "column 201: more than 64 values in a list");
	assert_true(holds(object, deep));
	assert_refused(deeper, "column 17: more than 16 parentheses deep");
	assert_refused(deepest, "column 17: more than 16 parentheses deep");
	assert_true(holds(object, text));
	assert_refused(longer_text, "longer than 4096 bytes");
}

/* Every depth holds an "or", an "and" and a "not" that wait. */
static void test_parse__has_room_for_all_that_waits(void **state)
{
	CLEANUP(json_putp) struct json_object *object = json_parsed(sample);
	CLEANUP(freep)
	char *text = repeated("", "/n==1 or /n==12 and not (", 16,
			      "/n==1 or /n==12 and not /n==1))))))))))))))))");

	(void)state;
	assert_true(holds(object, text)); /* the innermost is, and 16 times "not" changes nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal__minds_types_but_for_forms),
		cmocka_unit_test(test_equal__keeps_all_digits_of_an_id),
		cmocka_unit_test(test_order__is_between_numbers),
		cmocka_unit_test(test_parts__of_texts_and_lists),
		cmocka_unit_test(test_in_and_exists),
		cmocka_unit_test(test_logic__binds_as_documented),
		cmocka_unit_test(test_logic__as_c_has_it),
		cmocka_unit_test(test_test__of_anything),
		cmocka_unit_test(test_parse__says_what_is_wrong_and_where),
		cmocka_unit_test(test_parse__quotes_whole_characters_only),
		cmocka_unit_test(test_parse__is_bounded),
		cmocka_unit_test(test_parse__has_room_for_all_that_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
