/*
 * What the service manager is told (sd_notify(3), systemd 252). All are no-ops without
 * $NOTIFY_SOCKET, and none waits: what a manager with a full queue is told is lost.
 */
#ifndef MAAXD_BASE_NOTIFY_H
#define MAAXD_BASE_NOTIFY_H

#include "base/base.h"

void notify_ready(const char *status);
void notify_reloading(void);
/* With the time that it may take, in case that is more than the manager would wait by itself. */
void notify_stopping(const char *status, usec_t patience);
void notify_status(const char *status);
void notify_errno(int error); /* a fatal error at start; `error` positive */
void notify_watchdog(void);

/* Half of WATCHDOG_USEC when it is meant for this process, else 0. */
usec_t notify_watchdog_interval(void);

/* Listening sockets that the service manager passed (sd_listen_fds_with_names(3)). */
struct notify_socket {
	int fd;
	char *name; /* FileDescriptorName=, owned */
};

/*
 * Takes the passed sockets and unsets the variables, so that child processes do not inherit them.
 * Returns their number (0 without any) or negative errno. The array is the caller's:
 * notify_sockets_free().
 */
MUST_CHECK int notify_sockets(struct notify_socket **ret_sockets);
void notify_sockets_free(struct notify_socket *sockets, size_t count); /* leaves the fds open */

#endif
