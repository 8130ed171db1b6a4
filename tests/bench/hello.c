/*
 * The baseline: bare libmicrohttpd in external epoll mode that reads a POST and answers it without
 * storing anything. Prints its port on the first line. usage: hello
 */
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

static struct MHD_Response *response;

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *len, void **ctx)
{
	static int begun;

	(void)cls;
	(void)url;
	(void)method;
	(void)version;
	(void)data;
	if (!*ctx) {
		*ctx = &begun;
		return MHD_YES;
	}
	if (*len > 0) {
		*len = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

int main(void)
{
	static const char body[] = "{\"status\":\"success\",\"id\":\"cb_06yda3q9w0000\"}";
	struct MHD_Daemon *daemon;
	const union MHD_DaemonInfo *info;
	struct epoll_event events[2];
	struct epoll_event watch = { .events = EPOLLIN };
	int loop = epoll_create1(EPOLL_CLOEXEC);

	response = MHD_create_response_from_buffer(sizeof(body) - 1, (void *)body,
						   MHD_RESPMEM_PERSISTENT);
	daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, NULL,
				  MHD_OPTION_CONNECTION_LIMIT, 4096U, MHD_OPTION_END);
	if (!daemon || !response || loop < 0)
		return 1;
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || epoll_ctl(loop, EPOLL_CTL_ADD, info->epoll_fd, &watch) < 0)
		return 1;
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	printf("%u\n", info ? info->port : 0U);
	fflush(stdout);
	for (;;) {
		MHD_UNSIGNED_LONG_LONG timeout = 0;
		int wait = MHD_get_timeout(daemon, &timeout) == MHD_YES ? (int)timeout : -1;

		if (epoll_wait(loop, events, 2, wait) < 0)
			continue;
		MHD_run(daemon);
	}
}
