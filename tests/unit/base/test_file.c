/* Files on disk: what cannot be written or synced is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "lib/testdir.h"

static void test_write_all__is_whole(void **state)
{
	char *dir = testdir_new();
	CLEANUP(freep) char *path = xasprintf("%s/file", dir);
	CLEANUP(freep) char *text = NULL;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, "one", 3), 0);
	assert_int_equal(file_write_all(fd, "", 0), 0);
	assert_int_equal(file_write_all(fd, " two", 4), 0);
	close(fd);
	text = testdir_read(dir, "file");
	assert_string_equal(text, "one two");
	assert_int_equal(file_sync_directory_of(path), 0);
	testdir_remove(dir);
}

static void test_what_fails__is_told(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, "one", 3), -ENOSPC);
	close(fd);
	assert_int_equal(file_write_all(-1, "one", 3), -EBADF);
	assert_int_equal(file_sync_directory_of("/nowhere/at/all/file"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_all__is_whole),
		cmocka_unit_test(test_what_fails__is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
