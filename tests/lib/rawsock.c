/* A bare TCP connection to the loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/rawsock.h"
#include "lib/wait.h"

#include "base/buf.h"
#include "base/clock.h"

#define MAX_READ (16 * MIB)
#define POLL_MSEC 50

int rawsock_listen(uint16_t *ret_port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) < 0 ||
	    listen(fd, SOMAXCONN) < 0 || getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		fail_msg("listening socket: %s", strerror(errno));
	*ret_port = ntohs(address.sin_port);
	return fd;
}

int rawsock_connect(uint16_t port)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		fail_msg("connect to port %u: %s", port, strerror(errno));
	return fd;
}

void rawsock_send(int fd, const void *data, size_t len)
{
	const char *rest = data;

	while (len > 0) {
		ssize_t sent = send(fd, rest, len, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return; /* the peer has had enough: the test reads why */
		rest += sent;
		len -= (size_t)sent;
	}
}

void rawsock_send_text(int fd, const char *text)
{
	rawsock_send(fd, text, strlen(text));
}

char *rawsock_read(int fd, const char *until)
{
	CLEANUP(buf_done) struct buf content = BUF_INIT(MAX_READ);
	usec_t deadline = wait_deadline();
	char piece[16 * KIB];

	while (clock_boottime() < deadline) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		ssize_t len;

		if (poll(&poll_fd, 1, POLL_MSEC) <= 0)
			continue;
		len = recv(fd, piece, sizeof(piece), 0);
		if (len <= 0)
			return buf_take(&content);
		assert_int_equal(buf_add(&content, piece, (size_t)len), 0);
		if (until && strstr(buf_text(&content), until))
			return buf_take(&content);
	}
	fail_msg("waited in vain for %s", until ? until : "the end of the connection");
	return NULL;
}

void rawsock_reset(int fd)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}
