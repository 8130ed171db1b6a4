/* http/query: one parameter of a query string, decoded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "http/internal.h"

/* NULL for a parameter that is absent. */
static char *get(const char *query, const char *name)
{
	/* In memory of exactly its size, so that a look beyond the end is seen. */
	CLEANUP(freep) char *exact = xstrdup(query);
	struct http_request request = { .query = exact };

	return http_query_get(&request, name);
}

static void test_get__finds_and_decodes(void **state)
{
	static const struct {
		const char *query, *name, *wanted;
	} cases[] = {
		{ "", "x", NULL },
		{ "x", "x", "" },
		{ "x=", "x", "" },
		{ "x=1", "x", "1" },
		{ "a=0&x=1&x=2", "x", "1" },
		{ "&&x=1&", "x", "1" },
		{ "=1&x=2", "x", "2" },
		{ "=1", "", "1" },
		{ "x=a=b", "x", "a=b" },
		{ "xx=1&X=2", "x", NULL },
		{ "a=x=1", "x", NULL },
		{ "%78=1", "x", "1" },
		{ "a+b=1", "a b", "1" },
		{ "a%20b=1", "a b", "1" },
		{ "a%26b=1", "a&b", "1" },
		{ "x=a+b%2Bc%20d", "x", "a b+c d" },
		{ "x=%C3%A4", "x", "\xC3\xA4" },
		{ "x=100%&y=%4&z=%zz", "x", "100%" },
		{ "x=100%&y=%4&z=%zz", "y", "%4" },
		{ "x=100%&y=%4&z=%zz", "z", "%zz" },
		{ "x=a%0D%0Ab", "x", "a\r\nb" },
		/* what was given is never absent, and never a piece of what was meant */
		{ "x=%FF", "x", "" },
		{ "x=a%00b", "x", "" },
		{ "x=\xFC", "x", "" },
		{ "x%00=1&x=2", "x", "2" },
		{ "%FF=1&x=2", "x", "2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(freep) char *value = get(cases[i].query, cases[i].name);

		if (!value != !cases[i].wanted || (value && !streq(value, cases[i].wanted)))
			fail_msg("%s of %s is %s", cases[i].name, cases[i].query,
				 value ? value : "NULL");
	}
}

static void test_get__takes_long_queries(void **state)
{
	size_t len = 30 * KIB;
	CLEANUP(freep) char *query = xcalloc(len + 3, 1);
	CLEANUP(freep) char *value = NULL;

	(void)state;
	memset(query, '&', len);
	memcpy(query + len, "x=", 2);
	value = get(query, "x");
	assert_string_equal(value, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get__finds_and_decodes),
		cmocka_unit_test(test_get__takes_long_queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
