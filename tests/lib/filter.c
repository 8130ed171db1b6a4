/* TEST_FILTER=PATTERN in the environment runs only the tests of a program that fit ('*' and '?').
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

__attribute__((constructor)) static void set_filter(void)
{
	const char *pattern = getenv("TEST_FILTER");

	if (pattern)
		cmocka_set_test_filter(pattern);
}
