/* The memory SQLite lives on, through SQLite's own functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/db_private.h"

static int setup(void **state)
{
	(void)state;
	db_configure_library();
	return 0;
}

static void fill(unsigned char *data, size_t size, unsigned char seed)
{
	for (size_t i = 0; i < size; i++)
		data[i] = (unsigned char)(seed + i);
}

static void assert_filled(const unsigned char *data, size_t size, unsigned char seed)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(data[i], (unsigned char)(seed + i));
}

static void test_blocks__of_any_size_are_distinct(void **state)
{
	static const int sizes[] = { 1, 15, 16, 17, 1024, 4400, 8192, 8193, 100000 };
	unsigned char *blocks[2][ARRAY_SIZE(sizes)];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			for (int k = 0; k < 2; k++) {
				blocks[k][i] = sqlite3_malloc(sizes[i]);
				assert_non_null(blocks[k][i]);
				assert_int_equal((uintptr_t)blocks[k][i] % 8, 0);
				assert_true(sqlite3_msize(blocks[k][i]) >= (unsigned)sizes[i]);
				fill(blocks[k][i], (size_t)sizes[i], (unsigned char)(2 * i + k));
			}
		}
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			for (int k = 0; k < 2; k++) {
				assert_filled(blocks[k][i], (size_t)sizes[i],
					      (unsigned char)(2 * i + k));
				sqlite3_free(blocks[k][i]);
			}
		}
	}
}

static void test_resize__keeps_what_is_in_it(void **state)
{
	static const int sizes[] = { 1, 16, 17, 500, 8192, 8193, 1 << 20, 9000, 8000, 40, 8 };
	unsigned char *data = NULL;
	size_t before = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = (size_t)sizes[i];

		data = sqlite3_realloc(data, sizes[i]);
		assert_non_null(data);
		assert_filled(data, before < size ? before : size, 7);
		fill(data, size, 7);
		before = size;
	}
	sqlite3_free(data);
}

/* More than is kept: the rest goes back to the system, and nothing is handed out twice. */
static void test_burst__beyond_what_is_kept(void **state)
{
	enum { COUNT = 3000 };
	unsigned char **blocks = xcalloc(COUNT, sizeof(*blocks));

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < COUNT; i++) {
			blocks[i] = sqlite3_malloc(1024);
			fill(blocks[i], 1024, (unsigned char)i);
		}
		for (size_t i = 0; i < COUNT; i++) {
			assert_filled(blocks[i], 1024, (unsigned char)i);
			sqlite3_free(blocks[i]);
		}
	}
	free(blocks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks__of_any_size_are_distinct),
		cmocka_unit_test(test_resize__keeps_what_is_in_it),
		cmocka_unit_test(test_burst__beyond_what_is_kept),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
