/* What a service manager sees of the daemon: sockets by name, what it is told, the watchdog, and
 * exit statuses. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "lib/api_client.h"
#include "lib/harness.h"
#include "lib/machine.h"
#include "lib/rawsock.h"

#include "base/clock.h"

#define EXIT_BUSY 75
#define EXIT_CONFIG 78
#define WATCHDOG (600 * USEC_PER_MSEC)

static void expect_log(struct daemon *daemon, const char *text)
{
	CLEANUP(freep) char *log = daemon_log(daemon);

	if (!strstr(log, text))
		fail_msg("no \"%s\" in the log:\n%s", text, log);
}

/* ---- one daemon to a database ---- */

static void test_second_daemon__is_refused_and_harms_nothing(void **state)
{
	CLEANUP(freep) char *config = NULL;
	CLEANUP(freep) char *errno_text = NULL;
	CLEANUP(freep) char *id = NULL;
	char *other_dir = testdir_new();
	struct daemon other;
	struct http_answer answer;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	daemon_init(&other, other_dir);
	config = harness_config(&h, NULL);
	daemon_write_config(&other, config);
	assert_int_equal(daemon_start_failing(&other), EXIT_BUSY);
	expect_log(&other,
		   "another process has the database open, and only one may: stop it first");
	errno_text = daemon_wait_notice(&other, "ERRNO=");
	assert_string_equal(errno_text, "16");

	/* The first one has its database and its sockets still. */
	id = harness_send(&h, "Hello");
	json_object_put(harness_wait_state(&h, id, "answered"));
	harness_admin(&h, "GET", "/admin/v1/holds", NULL, &answer);
	assert_int_equal(answer.status, 200);
	http_answer_done(&answer);

	/* And leaves them to the other. */
	daemon_stop(&h.daemon);
	daemon_start(&other);
	daemon_stop(&other);
	daemon_done(&other);
	testdir_remove(other_dir);
	harness_stop(&h);
}

/* ---- sockets ---- */

static int listen_unix(const char *path, bool listens)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0 && strlen(path) < sizeof(address.sun_path));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	if (listens)
		assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static int admin_status(const char *socket)
{
	static const char *const headers[] = { "X-Maaxd-Admin: 1", NULL };
	CLEANUP(http_answer_done) struct http_answer answer;

	http_do(
		&(struct http_call){
			.url = "http://localhost/admin/v1/holds",
			.unix_socket = socket,
			.headers = headers,
		},
		&answer);
	return answer.status;
}

/* Whatever their order, each goes to the listener of its name, wherever that would listen itself.
 */
static void test_sockets__are_told_apart_by_name(void **state)
{
	struct harness h;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(closep) int fd = -1;

	(void)state;
	harness_prepare(&h, NULL);
	path = testdir_path(h.dir, "passed.sock");
	fd = listen_unix(path, true);
	for (int i = 0; i < 2; i++) {
		const int fds[] = { i == 0 ? h.daemon.public_fd : fd,
				    i == 0 ? fd : h.daemon.public_fd };
		const struct daemon_sockets sockets = { i == 0 ? "public:admin" : "admin:public",
							fds, 2 };

		h.daemon.sockets = &sockets;
		daemon_start(&h.daemon);
		api_expect(&h, &(struct api_call){ .path = "/v1/messages" }, 200, NULL);
		assert_int_equal(admin_status(path), 200);
		assert_true(access(h.admin_socket, F_OK) < 0);
		daemon_stop(&h.daemon);
		h.daemon.sockets = NULL;
		/* They are the manager's: a stop leaves them as they are. */
		assert_int_equal(access(path, F_OK), 0);
	}
	harness_stop(&h);
}

static void test_sockets__that_fit_no_listener_refuse_the_start(void **state)
{
	struct harness h;
	CLEANUP(freep) char *path = NULL;
	CLEANUP(closep) int silent = -1;
	struct daemon_sockets sockets = { .count = 1 };

	(void)state;
	harness_prepare(&h, NULL);
	h.daemon.sockets = &sockets;
	sockets.names = "metrics";
	sockets.fds = &h.daemon.public_fd;
	/* Its port is taken by the socket that was passed under another name. */
	harness_configure(&h, &(struct harness_options){ .public = "listen = 127.0.0.1:0\n" });
	assert_int_equal(daemon_start_failing(&h.daemon), EXIT_CONFIG);
	expect_log(&h.daemon, "a socket named metrics was passed, but there is no [listener "
			      "\"metrics\"]");

	path = testdir_path(h.dir, "silent.sock");
	silent = listen_unix(path, false);
	sockets.names = "admin";
	sockets.fds = &silent;
	assert_int_equal(daemon_start_failing(&h.daemon), EXIT_CONFIG);
	expect_log(&h.daemon, "the socket passed for listener admin does not listen");
	h.daemon.sockets = NULL;
	harness_stop(&h);
}

/* ---- what the manager is told ---- */

static bool status_has(struct daemon *daemon, const char *text)
{
	CLEANUP(freep) char *status = daemon_wait_notice(daemon, "STATUS=");

	return strstr(status, text) != NULL;
}

static void test_status__tells_what_is_open(void **state)
{
	CLEANUP(freep) char *id = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	id = harness_send(&h, "Silence [sim callbacks=0]");
	json_object_put(harness_wait_state(&h, id, "waiting"));
	WAIT_FOR(status_has(&h.daemon, "0 messages queued, 0 being submitted, 1 open; "));
	harness_stop(&h);
}

static void test_reload__says_when_it_begins_and_how_it_ended(void **state)
{
	static const struct harness_options broken = { .maax = "nonsense = 1\n" };
	CLEANUP(freep) char *before = NULL;
	struct harness h;

	(void)state;
	harness_start(&h, NULL);
	process_signal(&h.daemon.process, SIGHUP);
	before = daemon_wait_notice(&h.daemon, "MONOTONIC_USEC=");
	assert_true(strtoull(before, NULL, 10) > 0);
	WAIT_FOR(status_has(&h.daemon, "configuration reloaded"));
	harness_configure(&h, &broken);
	process_signal(&h.daemon.process, SIGHUP);
	free(daemon_wait_notice(&h.daemon, "RELOADING=1"));
	WAIT_FOR(status_has(&h.daemon, "reload refused"));
	harness_stop(&h);
}

/* The manager's own patience may be shorter than what the configuration allows. */
static void test_stop__asks_for_the_time_it_may_take(void **state)
{
	static const struct harness_options options = {
		.maaxd = "shutdown_timeout = 4m\n",
	};
	CLEANUP(freep) char *extend = NULL;
	struct harness h;
	int status;

	(void)state;
	harness_start(&h, &options);
	/* Something that a stop waits for, so that there is a while to look. */
	free(harness_send(&h, "Slow [sim reply-delay=500ms callbacks=0]"));
	json_object_put(sim_wait(&h.sim, "submit", 1));
	process_signal(&h.daemon.process, SIGTERM);
	extend = daemon_wait_notice(&h.daemon, "EXTEND_TIMEOUT_USEC=");
	assert_true(strtoull(extend, NULL, 10) >= 4 * USEC_PER_MINUTE);
	status = process_wait(&h.daemon.process);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	harness_stop(&h);
}

/* ---- the watchdog ---- */

static void test_watchdog__is_fed_while_the_loop_runs(void **state)
{
	static const char *const env[] = { "WATCHDOG_USEC=600000", NULL };
	static const struct harness_options options = { .env = env };
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	for (int i = 0; i < 3; i++)
		free(daemon_wait_notice(&h.daemon, "WATCHDOG=1"));
	/* While it stops, too. */
	free(harness_send(&h, "Slow [sim reply-delay=2s callbacks=0]"));
	json_object_put(sim_wait(&h.sim, "submit", 1));
	process_signal(&h.daemon.process, SIGTERM);
	free(daemon_wait_notice(&h.daemon, "STOPPING=1"));
	free(daemon_wait_notice(&h.daemon, "WATCHDOG=1"));
	process_wait(&h.daemon.process);
	harness_stop(&h);
}

static size_t count_pings(struct daemon *daemon)
{
	char notice[4096];
	size_t count = 0;
	ssize_t len;

	while ((len = recv(daemon->notify_fd, notice, sizeof(notice) - 1, 0)) > 0) {
		notice[len] = '\0';
		count += strstr(notice, "WATCHDOG=1") != NULL;
	}
	return count;
}

/* The loop sits in a COMMIT on a disk that does not answer: nobody else may say that all is well.
 */
static void test_watchdog__is_not_fed_while_the_loop_hangs(void **state)
{
	static const char *const env[] = { "WATCHDOG_USEC=600000", NULL };
	static const struct harness_options options = { .env = env };
	CLEANUP(freep) char *body = api_message("Hello", NULL);
	CLEANUP(freep) char *reply = NULL;
	struct harness h;
	usec_t since = clock_boottime();
	int fd;

	(void)state;
	harness_start(&h, &options);
	machine_set_disk(MACHINE_DISK_HANGS);
	fd = api_send_raw(&h, body, NULL);
	/* A ping or two may still be on the way, then there are no more. */
	WAIT_FOR((count_pings(&h.daemon) > 0 ? since = clock_boottime() : 0,
		  clock_boottime() > since + 3 * WATCHDOG));
	machine_set_disk(MACHINE_DISK_FINE);
	reply = api_receive(fd);
	assert_memory_equal(reply, "HTTP/1.1 202", strlen("HTTP/1.1 202"));
	free(daemon_wait_notice(&h.daemon, "WATCHDOG=1"));
	harness_stop(&h);
}

/* Meant for another process, or not asked for: no ping between two lines of status. */
static void test_watchdog__of_another_process_is_not_fed(void **state)
{
	static const char *const env[] = { "WATCHDOG_USEC=600000", "WATCHDOG_PID=1", NULL };
	static const struct harness_options options = { .env = env };
	const usec_t start = clock_boottime();
	struct harness h;

	(void)state;
	harness_start(&h, &options);
	WAIT_FOR(clock_boottime() > start + 3 * WATCHDOG);
	assert_int_equal(count_pings(&h.daemon), 0);
	harness_stop(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_daemon__is_refused_and_harms_nothing),
		cmocka_unit_test(test_sockets__are_told_apart_by_name),
		cmocka_unit_test(test_sockets__that_fit_no_listener_refuse_the_start),
		cmocka_unit_test(test_status__tells_what_is_open),
		cmocka_unit_test(test_reload__says_when_it_begins_and_how_it_ended),
		cmocka_unit_test(test_stop__asks_for_the_time_it_may_take),
		cmocka_unit_test(test_watchdog__is_fed_while_the_loop_runs),
		cmocka_unit_test_setup_teardown(test_watchdog__is_not_fed_while_the_loop_hangs,
						machine_setup, machine_teardown),
		cmocka_unit_test(test_watchdog__of_another_process_is_not_fed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
