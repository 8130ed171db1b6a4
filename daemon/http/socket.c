/* Opens listening sockets from their configured names, and names them again. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/server.h"

static int start_listening(int fd)
{
	return listen(fd, SOMAXCONN) < 0 ? -errno : 0;
}

static int new_socket(int family)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

/* True when something answers on the socket file, or might: then it is not ours to remove. */
static bool is_alive(const struct sockaddr_un *address)
{
	CLEANUP(closep) int fd = new_socket(AF_UNIX);

	if (fd < 0)
		return true;
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return true;
	return errno != ECONNREFUSED && errno != ENOENT;
}

/* Removes the file at the address if it is a socket that nobody listens on any more. */
static int remove_stale(const struct sockaddr_un *address)
{
	struct stat info;

	if (lstat(address->sun_path, &info) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(info.st_mode) || is_alive(address))
		return -EADDRINUSE;
	if (unlink(address->sun_path) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

static int bind_unix(int fd, const struct sockaddr_un *address)
{
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return -errno;

	int r = remove_stale(address);
	if (r < 0)
		return r;
	return bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 ? -errno : 0;
}

static int open_unix(const char *path, mode_t mode)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	if (path[0] != '/')
		return -EINVAL;
	if (len >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, len + 1);

	CLEANUP(closep) int fd = new_socket(AF_UNIX);
	if (fd < 0)
		return fd;
	/* The mode of the fd is the most the file will have from its first moment on; chmod() then
	 * gives back what the umask took. */
	if (fchmod(fd, mode) < 0)
		return -errno;
	int r = bind_unix(fd, &address);
	if (r < 0)
		return r;
	if (chmod(path, mode) < 0)
		return -errno;
	r = start_listening(fd);
	if (r < 0)
		return r;
	r = fd;
	fd = -1; /* the caller's now */
	return r;
}

/* Parts "127.0.0.1:80" or "[::1]:80" into host and port. */
static int split_address(const char *listen_on, char host[static INET6_ADDRSTRLEN],
			 const char **ret_port)
{
	const char *colon = strrchr(listen_on, ':');
	const char *start = listen_on;

	if (!colon || colon[1] == '\0')
		return -EINVAL;

	size_t len = (size_t)(colon - listen_on);
	if (start[0] == '[') {
		if (len < 2 || start[len - 1] != ']')
			return -EINVAL;
		start++;
		len -= 2;
	} else if (memchr(start, ':', len)) {
		return -EINVAL; /* an IPv6 address needs its brackets */
	}
	if (len == 0 || len >= INET6_ADDRSTRLEN)
		return -EINVAL;
	memcpy(host, start, len);
	host[len] = '\0';
	*ret_port = colon + 1;
	return 0;
}

static int resolve(const char *listen_on, struct addrinfo **ret_found)
{
	const struct addrinfo hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};
	char host[INET6_ADDRSTRLEN];
	const char *port = NULL;

	int r = split_address(listen_on, host, &port);
	if (r < 0)
		return r;
	return getaddrinfo(host, port, &hints, ret_found) == 0 ? 0 : -EINVAL;
}

static int bind_tcp(int fd, const struct addrinfo *address)
{
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (bind(fd, address->ai_addr, address->ai_addrlen) < 0)
		return -errno;
	return start_listening(fd);
}

static int open_tcp(const char *listen_on)
{
	struct addrinfo *found = NULL;

	int r = resolve(listen_on, &found);
	if (r < 0)
		return r;

	int fd = new_socket(found->ai_family);
	r = fd < 0 ? fd : bind_tcp(fd, found);
	freeaddrinfo(found);
	if (r == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return r;
}

int http_open_socket(const char *listen, mode_t unix_mode)
{
	if (strncmp(listen, "unix:", 5) == 0)
		return open_unix(listen + 5, unix_mode);
	return open_tcp(listen);
}

static char *name_inet(const struct sockaddr *address, socklen_t len)
{
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getnameinfo(address, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return NULL;
	return xasprintf(address->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

char *http_socket_name(int fd)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return NULL;
	if (address.ss_family != AF_UNIX)
		return name_inet((const struct sockaddr *)&address, len);

	const struct sockaddr_un *local = (const struct sockaddr_un *)&address;
	return xasprintf("unix:%.*s", (int)sizeof(local->sun_path), local->sun_path);
}

int http_socket_file(int fd, mode_t *ret_mode, gid_t *ret_gid)
{
	struct sockaddr_un address = { 0 };
	char path[sizeof(address.sun_path) + 1] = "";
	socklen_t len = sizeof(address);
	struct stat info;

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0)
		return -errno;
	memcpy(path, address.sun_path, sizeof(address.sun_path));
	if (address.sun_family != AF_UNIX || path[0] != '/')
		return -ENOTSUP;
	if (stat(path, &info) < 0)
		return -errno;
	*ret_mode = info.st_mode;
	*ret_gid = info.st_gid;
	return 0;
}
