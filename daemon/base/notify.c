/*
 * What the service manager is told. Nothing here may fail the daemon: a message that cannot be sent
 * is lost, and the manager's own time-outs speak then.
 */
#include <errno.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/notify.h"

/* A status is one line; a second one would be read as another assignment. */
static int first_line(const char *text)
{
	return (int)strcspn(text, "\n");
}

static void notify_with_status(const char *state, const char *status)
{
	if (status)
		sd_notifyf(0, "%s\nSTATUS=%.*s", state, first_line(status), status);
	else
		sd_notify(0, state);
}

void notify_ready(const char *status)
{
	notify_with_status("READY=1", status);
}

/* systemd 253 and later match the READY=1 that follows by this time; 252 ignores it. */
void notify_reloading(void)
{
	struct timespec now = { 0 };
	clock_gettime(CLOCK_MONOTONIC, &now);
	usec_t usec = (usec_t)now.tv_sec * USEC_PER_SEC + (usec_t)now.tv_nsec / 1000;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)usec);
}

void notify_stopping(const char *status)
{
	notify_with_status("STOPPING=1", status);
}

void notify_status(const char *status)
{
	sd_notifyf(0, "STATUS=%.*s", first_line(status), status);
}

void notify_errno(int error)
{
	sd_notifyf(0, "ERRNO=%d", error);
}

void notify_watchdog(void)
{
	sd_notify(0, "WATCHDOG=1");
}

usec_t notify_watchdog_interval(void)
{
	uint64_t interval = 0;
	return sd_watchdog_enabled(0, &interval) > 0 ? interval / 2 : 0;
}

int notify_sockets(struct notify_socket **ret_sockets)
{
	char **names = NULL;
	int count = sd_listen_fds_with_names(1, &names); /* sets FD_CLOEXEC on each */
	if (count < 0)
		return count;

	struct notify_socket *sockets = NULL;
	if (count > 0)
		sockets = xcalloc((size_t)count, sizeof(*sockets));
	for (int i = 0; i < count; i++) {
		sockets[i].fd = SD_LISTEN_FDS_START + i;
		sockets[i].name = names[i];
	}
	free(names); /* the array only: its strings have moved */
	*ret_sockets = sockets;
	return count;
}

void notify_sockets_free(struct notify_socket *sockets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(sockets[i].name);
	free(sockets);
}
