/* The real maaxd as a child of a test: sockets by name, readiness by NOTIFY_SOCKET. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/daemon.h"
#include "lib/rawsock.h"
#include "lib/testdir.h"
#include "lib/wait.h"

#include "base/clock.h"

#define LOG_NAME "log"
#define MAX_ENV 16
#define MAX_NOTICE 4096
#define POLL_MSEC 20

static void open_notify(struct daemon *daemon)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEANUP(freep) char *path = testdir_path(daemon->dir, "notify");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(strlen(path) < sizeof(address.sun_path));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail_msg("%s: %s", path, strerror(errno));
	daemon->notify_fd = fd;
	daemon->notify_env = xasprintf("NOTIFY_SOCKET=%s", path);
}

void daemon_init(struct daemon *daemon, char *dir)
{
	*daemon = (struct daemon){ .dir = dir, .process.output = -1 };
	daemon->config_path = testdir_path(dir, "maaxd.ini");
	daemon->public_fd = rawsock_listen(&daemon->port);
	open_notify(daemon);
}

void daemon_done(struct daemon *daemon)
{
	process_kill(&daemon->process);
	close(daemon->public_fd);
	close(daemon->notify_fd);
	free(daemon->config_path);
	free(daemon->notify_env);
}

void daemon_write_config(struct daemon *daemon, const char *text)
{
	free(testdir_write(daemon->dir, "maaxd.ini", text));
}

/* One datagram of assignments, or false when there is none. */
static bool read_notice(struct daemon *daemon, char notice[static MAX_NOTICE])
{
	ssize_t len = recv(daemon->notify_fd, notice, MAX_NOTICE - 1, 0);

	notice[len > 0 ? len : 0] = '\0';
	return len > 0;
}

/* The rest of the line of a notice that starts so, or NULL; the caller's. */
static char *find_line(const char *notice, const char *start)
{
	const size_t len = strlen(start);

	while (*notice) {
		size_t line = strcspn(notice, "\n");

		if (strncmp(notice, start, len) == 0)
			return xstrndup(notice + len, line - len);
		notice += line;
		notice += *notice == '\n';
	}
	return NULL;
}

void daemon_drop_notices(struct daemon *daemon)
{
	char notice[MAX_NOTICE];

	while (read_notice(daemon, notice))
		;
}

void daemon_launch(struct daemon *daemon)
{
	const char *program = process_program("MAAXD_BIN", "build/check/maaxd");
	const char *argv[] = { program, "-c", daemon->config_path, NULL };
	const struct daemon_sockets usual = { "public", &daemon->public_fd, 1 };
	const struct daemon_sockets *sockets = daemon->sockets ? daemon->sockets : &usual;
	CLEANUP(freep) char *names = xasprintf("LISTEN_FDNAMES=%s", sockets->names);
	const char *env[MAX_ENV + 3] = { daemon->notify_env, names };
	CLEANUP(freep) char *log_path = testdir_path(daemon->dir, LOG_NAME);
	const struct process_options options = {
		.argv = argv,
		.env = env,
		.log_path = log_path,
		.fds = sockets->fds,
		.fd_count = sockets->count,
		.uid = daemon->uid,
	};

	for (size_t i = 0; daemon->env && daemon->env[i]; i++) {
		assert_true(i < MAX_ENV);
		env[i + 2] = daemon->env[i];
	}
	daemon_drop_notices(daemon); /* of a daemon that was killed */
	process_start(&daemon->process, &options);
}

static void fail_with_log(struct daemon *daemon, const char *what, int status)
{
	CLEANUP(freep) char *log = daemon_log(daemon);
	const size_t len = strlen(log);

	print_error("%s\n", log + (len > 4096 ? len - 4096 : 0));
	fail_msg("%s (wait status %d); the end of its log is above", what, status);
}

char *daemon_wait_notice(struct daemon *daemon, const char *start)
{
	const usec_t deadline = wait_deadline();
	char notice[MAX_NOTICE];
	int status;

	for (;;) {
		struct pollfd poll_fd = { .fd = daemon->notify_fd, .events = POLLIN };

		if (poll(&poll_fd, 1, POLL_MSEC) > 0) {
			char *rest = read_notice(daemon, notice) ? find_line(notice, start) : NULL;

			if (rest)
				return rest;
			continue;
		}
		if (process_has_ended(&daemon->process, &status))
			fail_with_log(daemon, "maaxd ended", status);
		if (clock_boottime() > deadline)
			fail_with_log(daemon, start, 0);
	}
}

void daemon_wait_ready(struct daemon *daemon)
{
	free(daemon_wait_notice(daemon, "READY=1"));
}

void daemon_start(struct daemon *daemon)
{
	daemon_launch(daemon);
	daemon_wait_ready(daemon);
}

int daemon_start_failing(struct daemon *daemon)
{
	int status;

	daemon_launch(daemon);
	status = process_wait(&daemon->process);
	if (!WIFEXITED(status))
		fail_with_log(daemon, "maaxd was killed by a signal", status);
	return WEXITSTATUS(status);
}

void daemon_stop(struct daemon *daemon)
{
	int status;

	process_signal(&daemon->process, SIGTERM);
	status = process_wait(&daemon->process);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_with_log(daemon, "maaxd did not stop as it should", status);
}

void daemon_kill(struct daemon *daemon)
{
	process_kill(&daemon->process);
}

void daemon_reload(struct daemon *daemon)
{
	process_signal(&daemon->process, SIGHUP);
	free(daemon_wait_notice(daemon, "RELOADING=1"));
	free(daemon_wait_notice(daemon, "READY=1"));
}

char *daemon_log(struct daemon *daemon)
{
	return testdir_read(daemon->dir, LOG_NAME);
}
