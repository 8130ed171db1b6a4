/* options: the types of values that are free text or compiled from text, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/condition.h"
#include "base/json.h"
#include "base/template.h"
#include "options_table.h"

/* Stands for a section: something before the value, so that its place is not 0. */
struct place {
	char *name;
	void *value;
};

static struct option option_of(enum option_type type, unsigned flags)
{
	return (struct option){
		.key = "key",
		.place = offsetof(struct place, value),
		.type = type,
		.flags = OPT_RELOAD | flags,
	};
}

/* What is written is what is printed, and freed twice is freed once. */
static void assert_kept(struct option option, const char *text)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(32 * KIB);
	CLEANUP(freep) char *why = NULL;
	struct place section = { 0 };

	assert_false(option_is_set(&option, &section));
	assert_int_equal(option_format(&option, &section, &out), 0);
	assert_string_equal(buf_text(&out), "");

	if (option_parse(&option, text, &section, &why) < 0)
		fail_msg("%s: %s", text, why);
	assert_true(option_is_set(&option, &section));
	assert_int_equal(option_format(&option, &section, &out), 0);
	assert_string_equal(buf_text(&out), text);
	option_done(&option, &section);
	assert_false(option_is_set(&option, &section));
	option_done(&option, &section);
}

static void assert_refused(struct option option, const char *text, const char *expected)
{
	CLEANUP(freep) char *why = NULL;
	struct place section = { 0 };

	assert_int_equal(option_parse(&option, text, &section, &why), -EINVAL);
	assert_string_equal(why, expected);
	assert_null(section.value);
}

static void test_string__is_one_line_of_any_characters(void **state)
{
	const struct option option = option_of(OPT_STRING, 0);
	const char *const controls = "must be one line without tabs and control characters";
	char text[1024 + 2];

	(void)state;
	assert_kept(option, "We are back on Monday; write to \"desk\" = us, 5% off \\n #1");
	assert_kept(option, "Gr\xC3\xBC\xC3\x9F"
			    "e \xE2\x82\xAC\xC2\xA0\xF0\x9F\x98\x80");
	assert_kept(option_of(OPT_STRING, OPT_EMPTY), "");
	assert_refused(option, "", "no value: give one or remove the line");
	assert_refused(option, "a\tb", controls);
	assert_refused(option, "a\nb", controls);
	assert_refused(option, "a\x7F", controls);
	assert_refused(option, "a\xC2\x85", controls);
	assert_refused(option, "a\xC3", "not UTF-8");

	memset(text, 'x', sizeof(text));
	text[1024] = '\0';
	assert_kept(option, text);
	text[1024] = 'x';
	text[1025] = '\0';
	assert_refused(option, text, "longer than 1024 bytes");
}

static void test_template__is_compiled(void **state)
{
	const struct option option = option_of(OPT_TEMPLATE, 0);
	struct place section = { 0 };
	CLEANUP(json_putp) struct json_object *object = json_object_new_object();
	CLEANUP(freep) char *why = NULL;
	CLEANUP(freep) char *result = NULL;

	(void)state;
	assert_kept(option, "Hello ${/name | trim}, $${ \"x\" = 1 ; #");
	assert_kept(option_of(OPT_TEMPLATE, OPT_EMPTY), "");
	assert_refused(option, " ", "no value: give one or remove the line");
	assert_refused(option, "Hello ${/name | trmi}",
		       "column 17: unknown filter \"trmi\": did you mean \"trim\"?");

	json_put_string(object, "name", " Ann ");
	assert_int_equal(option_parse(&option, "Hello ${/name | trim}", &section, &why), 0);
	assert_int_equal(template_render(section.value, object, KIB, &result, &why), 0);
	assert_string_equal(result, "Hello Ann");
	option_done(&option, &section);
}

static void test_condition__is_compiled(void **state)
{
	const struct option option = option_of(OPT_CONDITION, 0);
	struct place section = { 0 };
	CLEANUP(json_putp) struct json_object *object = json_object_new_object();
	CLEANUP(freep) char *why = NULL;

	(void)state;
	assert_kept(option, "/type == \"a\" and not (/n in (1, 2))");
	assert_refused(option, "", "no value: give one or remove the line");
	assert_refused(option, "exists type",
		       "column 8: expected a JSON Pointer after \"exists\": write exists /answer");

	json_put_int(object, "n", 2);
	assert_int_equal(option_parse(&option, "/n in (1, 2)", &section, &why), 0);
	assert_true(condition_test(section.value, object));
	option_done(&option, &section);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_string__is_one_line_of_any_characters),
		cmocka_unit_test(test_template__is_compiled),
		cmocka_unit_test(test_condition__is_compiled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
