/*
 * What the service manager is told. Nothing here may fail the daemon: a message that cannot be sent
 * is lost, and the manager's own time-outs speak then.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/notify.h"

#define MAX_STATE 512

/* $NOTIFY_SOCKET as an address: a path, or "@" and an abstract name. Its length, 0: no manager. */
static socklen_t manager_address(struct sockaddr_un *address)
{
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len = name ? strlen(name) : 0;

	if (len < 2 || len >= sizeof(address->sun_path) || (name[0] != '/' && name[0] != '@'))
		return 0;
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path, name, len);
	if (name[0] == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

/*
 * One datagram of assignments. sd_notify() would wait while the manager's queue is full, and with
 * it the loop.
 */
static void notify(const char *state)
{
	struct sockaddr_un address;
	socklen_t len = manager_address(&address);
	int fd = len ? socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;

	if (fd < 0)
		return;
	IGNORE(sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
		      (const struct sockaddr *)&address, len) < 0); /* then it is lost */
	close(fd);
}

static void notify_format(const char *format, ...) PRINTF_LIKE(1, 2);

static void notify_format(const char *format, ...)
{
	char state[MAX_STATE];
	va_list args;

	va_start(args, format);
	vsnprintf(state, sizeof(state), format, args);
	va_end(args);
	notify(state);
}

/* A status is one line; a second one would be read as another assignment. */
static int first_line(const char *text)
{
	return (int)strcspn(text, "\n");
}

static void notify_with_status(const char *state, const char *status)
{
	if (status)
		notify_format("%s\nSTATUS=%.*s", state, first_line(status), status);
	else
		notify(state);
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
	notify_format("RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)usec);
}

void notify_stopping(const char *status, usec_t patience)
{
	notify_format("STOPPING=1\nEXTEND_TIMEOUT_USEC=%llu\nSTATUS=%.*s",
		      (unsigned long long)patience, first_line(status), status);
}

void notify_status(const char *status)
{
	notify_format("STATUS=%.*s", first_line(status), status);
}

void notify_errno(int error)
{
	notify_format("ERRNO=%d", error);
}

void notify_watchdog(void)
{
	notify("WATCHDOG=1");
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
