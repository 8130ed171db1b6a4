/* What the service manager hears, read from a socket that stands in for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/notify.h"

/* An abstract address that the kernel chooses, so that tests can run side by side. */
static int setup(void **state)
{
	int *fd = xnew(int);
	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(*fd >= 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	assert_int_equal(bind(*fd, (struct sockaddr *)&address, sizeof(sa_family_t)), 0);
	socklen_t len = sizeof(address);
	assert_int_equal(getsockname(*fd, (struct sockaddr *)&address, &len), 0);

	size_t name_len = len - offsetof(struct sockaddr_un, sun_path) - 1;
	CLEANUP(freep)
	char *path = xasprintf("@%.*s", (int)name_len, address.sun_path + 1);
	assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
	*state = fd;
	return 0;
}

static int teardown(void **state)
{
	int *fd = *state;
	unsetenv("NOTIFY_SOCKET");
	close(*fd);
	free(fd);
	return 0;
}

/* A datagram is there as soon as its send has returned. */
static const char *heard(void **state)
{
	static char text[512];
	const int *fd = *state;
	ssize_t len = recv(*fd, text, sizeof(text) - 1, 0);
	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void test_ready__with_and_without_status(void **state)
{
	notify_ready("Serving on 2 listeners");
	assert_string_equal(heard(state), "READY=1\nSTATUS=Serving on 2 listeners");
	notify_ready(NULL);
	assert_string_equal(heard(state), "READY=1");
}

static void test_status__is_one_line_only(void **state)
{
	notify_status("bad configuration\nREADY=1");
	assert_string_equal(heard(state), "STATUS=bad configuration");
	notify_stopping("Draining\nMAINPID=1", 15 * USEC_PER_SEC);
	assert_string_equal(heard(state),
			    "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000\nSTATUS=Draining");
}

static void test_reloading__carries_the_monotonic_time(void **state)
{
	notify_reloading();
	unsigned long long usec = 0;
	assert_int_equal(sscanf(heard(state), "RELOADING=1\nMONOTONIC_USEC=%llu", &usec), 1);
	assert_true(usec > 0);
}

static void test_errno_and_watchdog__as_documented(void **state)
{
	notify_errno(ENOSPC);
	assert_string_equal(heard(state), "ERRNO=28");
	notify_watchdog();
	assert_string_equal(heard(state), "WATCHDOG=1");
}

static void test_notify__is_nothing_without_a_manager(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	notify_ready("unheard");
	notify_reloading();
	assert_string_equal(heard(state), "");
}

/* One that does not read, for as long as it takes systemd's queue to fill. */
static void test_notify__never_waits_for_the_manager(void **state)
{
	alarm(20); /* the end of this program if it does */
	for (int i = 0; i < 2000; i++)
		notify_status("still here");
	alarm(0);
	assert_string_equal(heard(state), "STATUS=still here");
}

static void test_notify__bad_addresses_are_no_manager(void **state)
{
	static const char long_path[] =
		"/a/path/that/does/not/fit/into/an/address/of/a/unix/socket/since/it/has/more/than/"
		"one/hundred/and/eight/bytes";
	static const char *const bad[] = { "", "relative", "/nonexistent/notify", long_path };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		setenv("NOTIFY_SOCKET", bad[i], 1);
		notify_ready("unheard");
		assert_string_equal(heard(state), "");
	}
}

static void test_watchdog_interval__is_half_and_for_us_only(void **state)
{
	(void)state;
	assert_true(notify_watchdog_interval() == 0);

	CLEANUP(freep) char *pid = xasprintf("%d", (int)getpid());
	setenv("WATCHDOG_USEC", "30000000", 1);
	setenv("WATCHDOG_PID", pid, 1);
	assert_true(notify_watchdog_interval() == 15 * USEC_PER_SEC);
	setenv("WATCHDOG_PID", "1", 1);
	assert_true(notify_watchdog_interval() == 0);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

/* Puts a socket at descriptor `at`, as the manager does, and keeps in *saved what was there. */
static void place_socket(int at, int *saved)
{
	*saved = fcntl(at, F_DUPFD_CLOEXEC, 100);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, at), at);
	if (fd != at)
		close(fd);
	assert_int_equal(fcntl(at, F_SETFD, 0), 0);
}

static void restore(int at, int saved)
{
	if (saved >= 0) {
		assert_int_equal(dup2(saved, at), at);
		close(saved);
	} else {
		close(at);
	}
}

static void test_sockets__come_with_their_names(void **state)
{
	(void)state;
	int saved[2];
	place_socket(3, &saved[0]);
	place_socket(4, &saved[1]);
	CLEANUP(freep) char *pid = xasprintf("%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_FDNAMES", "public:admin", 1);

	struct notify_socket *sockets = NULL;
	assert_int_equal(notify_sockets(&sockets), 2);
	assert_int_equal(sockets[0].fd, 3);
	assert_string_equal(sockets[0].name, "public");
	assert_int_equal(sockets[1].fd, 4);
	assert_string_equal(sockets[1].name, "admin");
	assert_true(fcntl(3, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(4, F_GETFD) & FD_CLOEXEC);
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("LISTEN_PID"));
	assert_null(getenv("LISTEN_FDNAMES"));

	notify_sockets_free(sockets, 2);
	assert_true(fcntl(3, F_GETFD) >= 0); /* the sockets stay open */
	restore(4, saved[1]);
	restore(3, saved[0]);
}

static void test_sockets__none_without_the_variables_or_for_another(void **state)
{
	(void)state;
	struct notify_socket *sockets = NULL;
	assert_int_equal(notify_sockets(&sockets), 0);
	assert_null(sockets);

	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "2", 1);
	assert_int_equal(notify_sockets(&sockets), 0);
	assert_null(sockets);
	assert_null(getenv("LISTEN_FDS"));
	notify_sockets_free(NULL, 0);
}

static void test_sockets__names_that_do_not_fit_are_an_error(void **state)
{
	(void)state;
	int saved;
	place_socket(3, &saved);
	CLEANUP(freep) char *pid = xasprintf("%d", (int)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", "one:two", 1);
	struct notify_socket *sockets = NULL;
	assert_true(notify_sockets(&sockets) < 0);
	assert_null(sockets);
	assert_null(getenv("LISTEN_FDS"));
	restore(3, saved);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ready__with_and_without_status),
		TEST(test_status__is_one_line_only),
		TEST(test_reloading__carries_the_monotonic_time),
		TEST(test_errno_and_watchdog__as_documented),
		TEST(test_notify__is_nothing_without_a_manager),
		TEST(test_notify__never_waits_for_the_manager),
		TEST(test_notify__bad_addresses_are_no_manager),
		cmocka_unit_test(test_watchdog_interval__is_half_and_for_us_only),
		cmocka_unit_test(test_sockets__come_with_their_names),
		cmocka_unit_test(test_sockets__none_without_the_variables_or_for_another),
		cmocka_unit_test(test_sockets__names_that_do_not_fit_are_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
