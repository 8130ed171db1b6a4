/* Listening sockets: which names are taken, and what happens to a file that is in the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/server.h"

static void test_open_socket__refuses_what_is_no_address(void **state)
{
	static const char *const bad[] = {
		"",	  "80",		  "localhost:80",     "127.0.0.1",
		"::1:80", "127.0.0.1:",	  "127.0.0.1:99999x", "[::1:80",
		"unix:",  "unix:relative"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int r = http_open_socket(bad[i], 0600);

		if (r != -EINVAL)
			fail_msg("%s: %d", bad[i], r);
	}
}

static void test_open_socket__names_what_it_bound(void **state)
{
	int fd = http_open_socket("127.0.0.1:0", 0);
	CLEANUP(freep) char *name = http_socket_name(fd);

	(void)state;
	assert_true(fd >= 0);
	assert_memory_equal(name, "127.0.0.1:", 10);
	assert_int_equal(http_open_socket(name, 0), -EADDRINUSE);
	close(fd);
}

static void test_open_socket__replaces_only_a_stale_socket_file(void **state)
{
	CLEANUP(freep) char *path = xasprintf("/tmp/maaxd-test-open-%d.sock", (int)getpid());
	CLEANUP(freep) char *listen_on = xasprintf("unix:%s", path);
	mode_t old_mask = umask(0077);
	int fd = http_open_socket(listen_on, 0660);
	CLEANUP(freep) char *name = http_socket_name(fd);
	struct stat info;

	(void)state;
	umask(old_mask);
	assert_true(fd >= 0);
	assert_string_equal(name, listen_on);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0660);
	assert_int_equal(http_open_socket(listen_on, 0660), -EADDRINUSE);
	close(fd); /* leaves the file behind */
	fd = http_open_socket(listen_on, 0600);
	assert_true(fd >= 0);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	close(fd);
	unlink(path);
	FILE *file = fopen(path, "w"); /* not a socket: not ours to remove */
	assert_non_null(file);
	fclose(file);
	assert_int_equal(http_open_socket(listen_on, 0600), -EADDRINUSE);
	unlink(path);
}

static void test_socket_file__tells_who_may_connect(void **state)
{
	CLEANUP(freep) char *path = xasprintf("/tmp/maaxd-test-file-%d.sock", (int)getpid());
	CLEANUP(freep) char *listen_on = xasprintf("unix:%s", path);
	CLEANUP(closep) int tcp = http_open_socket("127.0.0.1:0", 0);
	CLEANUP(closep) int fd = http_open_socket(listen_on, 0640);
	mode_t mode = 0;
	gid_t gid = (gid_t)-1;

	(void)state;
	assert_int_equal(http_socket_file(fd, &mode, &gid), 0);
	assert_int_equal(mode & 0777, 0640);
	assert_int_equal(gid, getegid());
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(http_socket_file(fd, &mode, &gid), 0);
	assert_int_equal(mode & 0777, 0666);
	unlink(path);
	assert_int_equal(http_socket_file(fd, &mode, &gid), -ENOENT);
	assert_int_equal(http_socket_file(tcp, &mode, &gid), -ENOTSUP);
	assert_int_equal(http_socket_file(-1, &mode, &gid), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open_socket__refuses_what_is_no_address),
		cmocka_unit_test(test_open_socket__names_what_it_bound),
		cmocka_unit_test(test_open_socket__replaces_only_a_stale_socket_file),
		cmocka_unit_test(test_socket_file__tells_who_may_connect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
