/*
 * libmicrohttpd for the test programs. A request that is not answered in its handler is suspended;
 * exchange_reply() resumes it. The polling thread and poll(2) are used on purpose: they cope with
 * resumes from other threads, and nothing here needs more than a few thousand connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server.h"

#include "base/buf.h"

#define MAX_CONNECTIONS 8192
#define MAX_ERROR_TEXT 1024
#define DATE_SIZE 64

enum exchange_state {
	EXCHANGE_HEADERS,   /* the handler has not been called yet */
	EXCHANGE_BODY,	    /* the body is being read */
	EXCHANGE_RUNNING,   /* given to the program */
	EXCHANGE_SUSPENDED, /* the program will answer later */
	EXCHANGE_ANSWERED,
};

struct server {
	struct server_options options;
	struct MHD_Daemon *daemon;
	struct exchange *suspended; /* list of those in EXCHANGE_SUSPENDED */
	bool is_stopping;
	char address[sizeof("255.255.255.255:65535")];
};

struct exchange {
	struct server *server;
	struct MHD_Connection *connection;
	char *method;
	char *path;
	char *query; /* points into path */
	struct buf body;
	enum exchange_state state;
	struct MHD_Response *response; /* NULL in EXCHANGE_ANSWERED: reset */
	unsigned status;
	struct exchange *next, *prev;
};

static void list_add(struct exchange *exchange)
{
	struct exchange **head = &exchange->server->suspended;

	exchange->prev = NULL;
	exchange->next = *head;
	if (*head)
		(*head)->prev = exchange;
	*head = exchange;
}

static void list_remove(struct exchange *exchange)
{
	if (exchange->prev)
		exchange->prev->next = exchange->next;
	else
		exchange->server->suspended = exchange->next;
	if (exchange->next)
		exchange->next->prev = exchange->prev;
}

/* Called with the request target as it was sent; what it returns becomes the request's context. */
static void *on_target(void *cls, const char *target, struct MHD_Connection *connection)
{
	struct exchange *exchange = xnew(struct exchange);
	char *question;

	exchange->server = cls;
	exchange->connection = connection;
	exchange->body = BUF_INIT(SERVER_MAX_BODY);
	exchange->path = xstrdup(target);
	question = strchr(exchange->path, '?');
	if (question) {
		*question = '\0';
		exchange->query = question + 1;
	}
	return exchange;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **request,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *request;

	(void)cls, (void)connection, (void)code;
	if (!exchange)
		return;
	if (exchange->response)
		MHD_destroy_response(exchange->response);
	buf_done(&exchange->body);
	free(exchange->method);
	free(exchange->path);
	free(exchange);
	*request = NULL;
}

/* Disconnecting a TCP socket makes Linux send RST at once, whatever is still unread. */
static void send_rst(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	if (info)
		IGNORE(connect(info->connect_fd, &nowhere, sizeof(nowhere)));
}

static enum MHD_Result finish(struct exchange *exchange)
{
	if (!exchange->response) {
		send_rst(exchange->connection);
		return MHD_NO;
	}
	return MHD_queue_response(exchange->connection, exchange->status, exchange->response);
}

static enum MHD_Result run(struct exchange *exchange)
{
	struct server *server = exchange->server;
	const struct server_reply reset = { .reset = true };

	pthread_mutex_lock(server->options.lock);
	exchange->state = EXCHANGE_RUNNING;
	if (server->is_stopping)
		exchange_reply(exchange, &reset);
	else
		server->options.on_request(exchange, server->options.ctx);
	if (exchange->state == EXCHANGE_RUNNING) {
		exchange->state = EXCHANGE_SUSPENDED;
		list_add(exchange);
		MHD_suspend_connection(exchange->connection);
	}
	/* After the unlock a suspended exchange belongs to whoever answers it. */
	bool is_answered = exchange->state == EXCHANGE_ANSWERED;
	pthread_mutex_unlock(server->options.lock);

	return is_answered ? finish(exchange) : MHD_YES;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *connection, const char *url,
				 const char *method, const char *version, const char *data,
				 size_t *data_len, void **request)
{
	struct exchange *exchange = *request;

	(void)cls, (void)connection, (void)url, (void)version;
	if (exchange->state == EXCHANGE_HEADERS) {
		exchange->method = xstrdup(method);
		exchange->state = EXCHANGE_BODY;
		return MHD_YES;
	}
	if (*data_len > 0) {
		if (buf_add(&exchange->body, data, *data_len) < 0)
			return MHD_NO;
		*data_len = 0;
		return MHD_YES;
	}
	if (exchange->state == EXCHANGE_BODY)
		return run(exchange);
	return finish(exchange);
}

static int parse_listen(const char *text, struct sockaddr_in *ret_address)
{
	const char *colon = strrchr(text, ':');
	CLEANUP(freep) char *host = NULL;
	struct sockaddr_in address = { .sin_family = AF_INET };
	char *end;
	unsigned long port;

	if (!colon || colon[1] == '\0')
		return -EINVAL;
	host = xstrndup(text, (size_t)(colon - text));
	errno = 0;
	port = strtoul(colon + 1, &end, 10);
	if (errno || *end != '\0' || port > UINT16_MAX)
		return -EINVAL;
	if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
		return -EINVAL;
	address.sin_port = htons((uint16_t)port);
	*ret_address = address;
	return 0;
}

/* Opens the socket ourselves, so that the port is known and the backlog is a deep one. */
static int open_socket(struct server *server)
{
	struct sockaddr_in address;
	socklen_t size = sizeof(address);
	char host[INET_ADDRSTRLEN];
	const int on = 1;
	int r, fd;

	r = parse_listen(server->options.listen, &address);
	if (r < 0)
		return r;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, SOMAXCONN) < 0 || getsockname(fd, (struct sockaddr *)&address, &size) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	inet_ntop(AF_INET, &address.sin_addr, host, sizeof(host));
	snprintf(server->address, sizeof(server->address), "%s:%u", host, ntohs(address.sin_port));
	return fd;
}

static struct MHD_Daemon *start_daemon(struct server *server, int fd)
{
	void *pem = (void *)(uintptr_t)server->options.pem;
	const struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, pem },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, pem },
		{ MHD_OPTION_END, 0, NULL },
	};
	const struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_ALLOW_SUSPEND_RESUME;

	if (pem)
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, on_access, server, MHD_OPTION_LISTEN_SOCKET,
				fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
				MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_ARRAY,
				pem ? tls : none, MHD_OPTION_END);
}

int server_start(const struct server_options *options, struct server **ret_server)
{
	struct server *server = xnew(struct server);
	int fd;

	server->options = *options;
	fd = open_socket(server);
	if (fd < 0) {
		free(server);
		return fd;
	}
	server->daemon = start_daemon(server, fd);
	if (!server->daemon) {
		close(fd);
		free(server);
		return -EIO;
	}
	*ret_server = server;
	return 0;
}

void server_stop(struct server *server)
{
	const struct server_reply reset = { .reset = true };

	/* libmicrohttpd must not be stopped while anything is suspended. */
	pthread_mutex_lock(server->options.lock);
	server->is_stopping = true;
	while (server->suspended)
		exchange_reply(server->suspended, &reset);
	pthread_mutex_unlock(server->options.lock);
	MHD_stop_daemon(server->daemon);
	free(server);
}

const char *server_address(const struct server *server)
{
	return server->address;
}

const char *exchange_method(const struct exchange *exchange)
{
	return exchange->method;
}

const char *exchange_path(const struct exchange *exchange)
{
	return exchange->path;
}

const char *exchange_query(const struct exchange *exchange)
{
	return exchange->query ? exchange->query : "";
}

const char *exchange_body(const struct exchange *exchange, size_t *ret_len)
{
	*ret_len = exchange->body.len;
	return buf_text(&exchange->body);
}

const char *exchange_header(struct exchange *exchange, const char *name)
{
	return MHD_lookup_connection_value(exchange->connection, MHD_HEADER_KIND, name);
}

struct header_walk {
	struct json_object *headers;
	const char *hidden;
};

static enum MHD_Result add_header(void *cls, enum MHD_ValueKind kind, const char *name,
				  const char *value)
{
	struct header_walk *walk = cls;
	bool is_hidden = walk->hidden && strcasecmp(name, walk->hidden) == 0;

	(void)kind;
	json_put_string(walk->headers, name, is_hidden ? "(hidden)" : value);
	return MHD_YES;
}

struct json_object *exchange_headers(struct exchange *exchange, const char *hidden)
{
	struct header_walk walk = { json_object_new_object(), hidden };

	MHD_get_connection_values(exchange->connection, MHD_HEADER_KIND, add_header, &walk);
	return walk.headers;
}

struct json_object *exchange_params(const struct exchange *exchange)
{
	struct json_object *params = json_object_new_object();
	const char *query = exchange_query(exchange);

	json_add_form(params, query, strlen(query));
	return params;
}

/* "Wed, 21 Oct 2015 07:28:00 GMT", as HTTP wants it. */
static void format_date(int64_t seconds_from_now, char out[static DATE_SIZE])
{
	const time_t at = time(NULL) + seconds_from_now;
	struct tm tm;

	strftime(out, DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &tm));
}

static void add_retry_after(struct MHD_Response *response, const struct server_reply *reply)
{
	char value[DATE_SIZE];

	if (reply->retry_is_date)
		format_date(reply->retry_after, value);
	else
		snprintf(value, sizeof(value), "%lld", (long long)reply->retry_after);
	MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, value);
}

static struct MHD_Response *make_response(const struct server_reply *reply)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		reply->len, (void *)(uintptr_t)(reply->body ? reply->body : ""),
		MHD_RESPMEM_MUST_COPY);

	if (!response)
		abort();
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				reply->content_type ? reply->content_type : "application/json");
	if (reply->retry_after)
		add_retry_after(response, reply);
	return response;
}

void exchange_reply(struct exchange *exchange, const struct server_reply *reply)
{
	bool is_suspended = exchange->state == EXCHANGE_SUSPENDED;

	if (!reply->reset)
		exchange->response = make_response(reply);
	exchange->status = (unsigned)reply->status;
	exchange->state = EXCHANGE_ANSWERED;
	if (is_suspended) {
		list_remove(exchange);
		MHD_resume_connection(exchange->connection);
	}
}

void exchange_reply_json(struct exchange *exchange, int status, struct json_object *root)
{
	size_t len;
	CLEANUP(freep) char *text = json_format(root, &len);
	const struct server_reply reply = { .status = status, .body = text, .len = len };

	exchange_reply(exchange, &reply);
	json_object_put(root);
}

void exchange_reply_error(struct exchange *exchange, int status, const char *format, ...)
{
	struct json_object *root = json_object_new_object();
	char detail[MAX_ERROR_TEXT];
	va_list args;

	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	json_put_string(root, "detail", detail);
	exchange_reply_json(exchange, status, root);
}
