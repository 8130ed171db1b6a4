/* mapping: the three forms of an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "mapping.h"

static const struct {
	const char *mapped, *format;
	const char *text, *html; /* html NULL: none */
} cases[] = {
	{ "Hello", NULL, "Hello", NULL },
	{ "Hello", "html", "Hello", NULL },
	{ "1 < 2 & 3 > 2", NULL, "1 < 2 & 3 > 2", NULL },
	{ "<p>Hello <b>Ann</b></p>", NULL, "Hello Ann", "<p>Hello <b>Ann</b></p>" },
	{ "<p>Hello</p>", "", "Hello", "<p>Hello</p>" },
	{ "<p>Hello</p>", "html", "Hello", "<p>Hello</p>" },
	{ "<p>Hello</p>", "plain_text", "<p>Hello</p>", NULL },
	{ "<p onclick=x()>Hi<script>evil()</script></p>", NULL, "Hi", "<p>Hi</p>" },
	{ "A &amp; B", NULL, "A & B", "A &amp; B" },
	/* nothing to read in it: shown as it was written */
	{ "<p></p>", NULL, "<p></p>", "<p>&lt;p&gt;&lt;/p&gt;</p>" },
	{ "", NULL, "", NULL },
};

static void test_forms__by_what_was_asked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mapped_forms forms;
		CLEANUP(freep) char *text = NULL;
		CLEANUP(freep) char *html = NULL;

		mapping_forms(cases[i].mapped, cases[i].format, &forms);
		text = forms.text;
		html = forms.html;
		assert_string_equal(text, cases[i].text);
		if (cases[i].html)
			assert_string_equal(html, cases[i].html);
		else
			assert_null(html);
	}
}

/* What cannot be read is still shown, and safe in a page. */
static void test_forms__of_too_much_markup(void **state)
{
	CLEANUP(buf_done) struct buf mapped = BUF_INIT(4 * MIB);
	struct mapped_forms forms;
	CLEANUP(freep) char *text = NULL;
	CLEANUP(freep) char *html = NULL;

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(buf_add_text(&mapped, "<b><i>x"), 0);
	assert_int_equal(buf_add_text(&mapped, "</i></b>"), 0);
	mapping_forms(buf_text(&mapped), NULL, &forms);
	text = forms.text;
	html = forms.html;
	assert_non_null(text);
	if (html)
		assert_null(strstr(html, "<script"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms__by_what_was_asked_for),
		cmocka_unit_test(test_forms__of_too_much_markup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
