/* The listening sockets: those the service manager passed, by name, and our own for the rest. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app_private.h"
#include "base/log.h"
#include "base/notify.h"
#include "options.h"

static bool is_listening(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value;
}

static bool is_unix(int fd)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &len) == 0 && value == AF_UNIX;
}

/* Who may connect to our own unix socket is a matter of its group and mode. */
static int set_group(const struct config_listener *listener)
{
	if (!listener->admin_group || strncmp(listener->listen, "unix:", 5) != 0)
		return 0;
	if (listener->admin_gid == (gid_t)-1)
		return -EINVAL;
	return chown(listener->listen + 5, (uid_t)-1, listener->admin_gid) < 0 ? -errno : 0;
}

/* A socket that was passed may be anybody's: then its listener's admin_group cannot be told. */
static void check_group(const struct config_listener *listener, int fd)
{
	mode_t mode;
	gid_t gid;

	if (!listener->admin_group || !is_unix(fd))
		return;
	if (http_socket_file(fd, &mode, &gid) < 0 || !api_is_for_group(listener, mode, gid))
		log_warning("listener %s: its socket is not group %s's alone (SocketGroup=, "
			    "SocketMode=0660): only root can use admin",
			    listener->name, listener->admin_group);
}

static int open_own(const struct config_listener *listener)
{
	mode_t mode = (mode_t)strtoul(listener->socket_mode, NULL, 8);
	int fd = http_open_socket(listener->listen, mode);
	int r;

	if (fd < 0) {
		log_error("cannot start: listener %s cannot listen on %s: %s%s", listener->name,
			  listener->listen, strerror(-fd),
			  fd == -EADDRINUSE
				  ? "; another program has it: stop it or choose another port"
				  : "");
		return fd;
	}
	r = set_group(listener);
	if (r == 0)
		return fd;
	log_error("cannot start: listener %s: the socket cannot be given to group %s: %s",
		  listener->name, listener->admin_group, strerror(-r));
	close(fd);
	return r;
}

/* Takes the passed socket of that name out of the list; -1 when there is none. */
static int take_passed(struct notify_socket *sockets, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (sockets[i].fd >= 0 && streq(sockets[i].name, name)) {
			int fd = sockets[i].fd;

			sockets[i].fd = -1;
			return fd;
		}
	return -1;
}

static int listen_on(struct app *app, const struct config_listener *listener, int fd)
{
	struct http_listener_params params = {
		.name = listener->name,
		.fd = fd,
		.is_unix = is_unix(fd),
		.serve = listener->serve | SERVE_ALWAYS,
		.max_connections = (unsigned)listener->max_connections,
		.max_streams = (unsigned)listener->max_streams,
		.idle_timeout = listener->idle_timeout,
		.request_timeout = listener->request_timeout,
	};
	CLEANUP(freep) char *address = http_socket_name(fd);
	int r = http_server_listen(app->api.server, &params);

	if (r < 0) {
		log_error("cannot start: listener %s: %s", listener->name, strerror(-r));
		close(fd);
		return 1;
	}
	check_group(listener, fd);
	log_notice("listening listener=%s address=%s", listener->name,
		   address ? address : "unknown");
	return 0;
}

static int open_listener(struct app *app, const struct config_listener *listener,
			 struct notify_socket *sockets, int count)
{
	int fd = take_passed(sockets, count, listener->name);

	if (fd >= 0 && !is_listening(fd)) {
		log_error("cannot start: the socket passed for listener %s does not listen: use "
			  "ListenStream=",
			  listener->name);
		close(fd);
		return APP_EXIT_CONFIG;
	}
	if (fd < 0)
		fd = open_own(listener);
	if (fd < 0)
		return fd == -EACCES || fd == -EPERM ? APP_EXIT_RIGHTS : 1;
	return listen_on(app, listener, fd);
}

/* A socket nobody serves would accept connections for ever and answer none. */
static int refuse_left_over(const struct notify_socket *sockets, int count)
{
	for (int i = 0; i < count; i++) {
		if (sockets[i].fd < 0)
			continue;
		log_error("cannot start: a socket named %s was passed, but there is no [listener "
			  "\"%s\"]: set FileDescriptorName= "
			  "to a listener's name",
			  sockets[i].name, sockets[i].name);
		return APP_EXIT_CONFIG;
	}
	return 0;
}

int app_listen(struct app *app)
{
	struct notify_socket *sockets = NULL;
	int count = notify_sockets(&sockets);
	int r = 0;

	if (count < 0) {
		log_error("cannot start: the passed sockets cannot be read: %s", strerror(-count));
		return 1;
	}
	for (size_t i = 0; r == 0 && i < app->config->listener_count; i++)
		r = open_listener(app, &app->config->listeners[i], sockets, count);
	if (r == 0)
		r = refuse_left_over(sockets, count);
	notify_sockets_free(sockets, (size_t)count);
	return r;
}
