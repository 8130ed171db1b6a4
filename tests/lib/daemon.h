/* The real maaxd as a child of a test, started as systemd does it. */
#ifndef MAAXD_TESTS_LIB_DAEMON_H
#define MAAXD_TESTS_LIB_DAEMON_H

#include "lib/process.h"

#include "base/base.h"

/*
 * The listening socket is the test's own and handed over by name, so that its port is known before
 * the start, stays the same over restarts, and connections wait in its backlog meanwhile.
 */
struct daemon {
	char *dir; /* borrowed */
	char *config_path;
	struct process process;
	int public_fd;
	uint16_t port;
	int notify_fd;
	char *notify_env;	/* "NOTIFY_SOCKET=…" */
	const char *const *env; /* more "NAME=value"; may be NULL */
	uid_t uid;		/* runs as this user; 0: as the test does */
	/* What is handed over instead of public_fd under the name "public", if it is set. */
	const struct daemon_sockets *sockets;
};

struct daemon_sockets {
	const char *names; /* "public:admin" */
	const int *fds;
	size_t count;
};

/* Opens the sockets; writes no file yet. */
void daemon_init(struct daemon *daemon, char *dir);
void daemon_done(struct daemon *daemon); /* kills it if it runs */

/* DIR/maaxd.ini, read at the next start or reload. */
void daemon_write_config(struct daemon *daemon, const char *text);

void daemon_start(struct daemon *daemon); /* waits for READY=1 */
/* Starts it in the expectation that it ends by itself; its exit status. */
int daemon_start_failing(struct daemon *daemon);
void daemon_launch(struct daemon *daemon);     /* starts it and waits for nothing */
void daemon_wait_ready(struct daemon *daemon); /* after daemon_launch() */
void daemon_stop(struct daemon *daemon);       /* SIGTERM; exit status 0 is expected */
void daemon_kill(struct daemon *daemon);       /* SIGKILL */
void daemon_reload(struct daemon *daemon);     /* SIGHUP; waits for READY=1 after RELOADING=1 */

/* What it has written to its log so far; the caller's. */
char *daemon_log(struct daemon *daemon);

/*
 * Waits for a line that starts with `start` ("STATUS=") in what the daemon tells its service
 * manager, and gives the rest of it. What has come before that is lost. The caller's.
 */
char *daemon_wait_notice(struct daemon *daemon, const char *start);
/* Forgets what has come so far. */
void daemon_drop_notices(struct daemon *daemon);

#endif
