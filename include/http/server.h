/*
 * The HTTP server: libmicrohttpd in external epoll mode on the loop (never its internal epoll
 * thread: it stalls at multiples of 128 ready connections). Everything that knows libmicrohttpd is
 * in http/, and nothing of the product is.
 *
 * What a stranger meets before any handler runs, at the first call and before any body is read:
 *
 *   a control character or blank in the target, %00 anywhere in it, any other
 *     encoded control character in its path; a header name that is no token;
 *     a control character in a value; Host missing or twice                  400 bad_request
 *   Content-Length twice, or beside Transfer-Encoding                        400 bad_request
 *   Transfer-Encoding other than chunked                                     501 not_implemented
 *   path unknown here                                                        404 not_found
 *   method                                              405 method_not_allowed, with Allow
 *   type of the body                                    415 unsupported_media_type
 *   announced body too long                             413 body_too_long
 *   no memory for it, or the server drains              503 unavailable, with Retry-After
 *   what the authorize hook answers
 *
 * and later: a body longer than the route allows 413; a request that takes longer than
 * request_timeout, or drips its header, is cut off; beyond max_connections, connections wait in the
 * kernel's backlog; all bodies in memory together beyond max_body_memory 503. Every reply of ours
 * has X-Request-Id, and errors are application/problem+json (RFC 9457) with a stable `code`.
 *
 * What libmicrohttpd refuses by itself, before or beside any code of ours, is answered with a short
 * HTML page that has neither, and 0.9.75 lets nobody change that. The connection is always closed:
 *
 *   no version in the request line, a header line without a colon            400
 *   a Content-Length that is no number, a malformed chunk                    400
 *   a Content-Length or chunk of 64 bits and more                            413
 *   a header beyond 32 KiB, the request line with it                         431, 414
 *   a version that is not 1.x                                                505
 *   no request line at all (a single word)                                   none
 *   bytes that never become a line (TLS)             none, closed after idle_timeout
 *
 * And what it does not let us see: a NUL in the request line or in a value ends that text for it,
 * and a folded header is one line.
 */
#ifndef MAAXD_HTTP_SERVER_H
#define MAAXD_HTTP_SERVER_H

#include <sys/types.h>

#include "base/base.h"
#include "base/loop.h"
#include "base/metrics.h"
#include "http/match.h"

struct http_server;
struct http_listener;

struct http_hooks {
	/*
	 * Asked at the first call, when method, path, parameters and headers are known and no body
	 * has been read. Returns true to go on, or false after it has replied.
	 */
	bool (*authorize)(struct http_request *request, const struct http_route *route, void *ctx);
	/* Told of each finished request, for a log line. `status` is what was replied, 0 when the
	 * client left first. The request may have no route (404, 400), and its path may be "". */
	void (*finished)(struct http_request *request, int status, usec_t elapsed, void *ctx);
	void *ctx; /* also what route handlers are given */
};

struct http_server_params {
	struct loop *loop;
	struct metrics *metrics;	 /* may be NULL */
	const struct http_route *routes; /* borrowed for the server's life */
	size_t route_count;
	size_t max_body_memory; /* of all request bodies together */
	struct http_hooks hooks;
};

struct http_listener_params {
	const char *name;
	int fd; /* a listening stream socket; taken on success */
	bool is_unix;
	unsigned serve; /* bits of http_route.serve */
	unsigned max_connections;
	unsigned max_streams;
	usec_t idle_timeout;
	usec_t request_timeout;
};

MUST_CHECK int http_server_new(const struct http_server_params *params,
			       struct http_server **ret_server);
struct http_server *http_server_free(struct http_server *server); /* after http_server_is_idle() */

MUST_CHECK int http_server_listen(struct http_server *server,
				  const struct http_listener_params *params);

/* Opens and binds "127.0.0.1:8080", "[::1]:80" or "unix:/path" (a stale socket file is replaced,
 * one that something answers on is -EADDRINUSE; mode is set before listening). The fd or negative
 * errno. Port 0 takes a free one. */
MUST_CHECK int http_open_socket(const char *listen, mode_t unix_mode);

/* The address a listener is bound to, "127.0.0.1:8080" or "unix:/path". A heap string, or NULL. */
char *http_socket_name(int fd);

/*
 * Who may connect to a unix socket: mode and group of its file, as they are now. 0, -ENOTSUP on TCP
 * and for a socket without a file, or negative errno.
 */
MUST_CHECK int http_socket_file(int fd, mode_t *ret_mode, gid_t *ret_gid);

/*
 * Hands replies that are ready to libmicrohttpd, runs it, and re-arms its timer. Called by the
 * loop's flush, and only there: resuming from anywhere else loses the resume (0.9.75).
 */
void http_server_pump(struct http_server *server);
bool http_server_wants_pump(
	const struct http_server *server); /* replies or stream data are ready */

/*
 * Graceful stop: takes no new connection (quiesce: the listening socket is not shut down, a service
 * manager may hold it), closes idle ones, and tells every waiting request and stream (their
 * on_drain) to end. New requests on open connections get 503. Done when is_idle().
 */
void http_server_drain(struct http_server *server);
bool http_server_is_draining(const struct http_server *server);
bool http_server_is_idle(const struct http_server *server); /* no connection is left */
/* Ends what is still open after the deadline: waiting requests get 503, streams end, sockets are
 * shut. */
void http_server_abort(struct http_server *server);

size_t http_server_connections(const struct http_server *server);
size_t http_server_streams(const struct http_server *server);

/* ---- a request, as a handler sees it. Lives until its reply has been sent. ---- */

const struct http_route *http_route(const struct http_request *request);
const char *http_method(const struct http_request *request);
/* The client's X-Request-Id if it is [A-Za-z0-9._-]{1,64}, else "req_" and 16 characters. */
const char *http_request_id(const struct http_request *request);
const char *http_listener_name(const struct http_request *request);
const char *
http_path(const struct http_request *request); /* raw, without query and trailing slash */

/* Path parameter number `index` of the pattern. Borrowed; "" when absent. */
const struct http_param *http_param(const struct http_request *request, size_t index);

/* A header's value, the first if it is repeated; NULL when absent. Borrowed. */
const char *http_header(const struct http_request *request, const char *name);
/* The same, number `index` of those of that name: a list may be sent as several headers. */
const char *http_header_at(const struct http_request *request, const char *name, unsigned index);
/* How often a header was sent: signatures, ids and keys must come once. */
unsigned http_header_count(const struct http_request *request, const char *name);

/* The raw query string, "" when none. Borrowed. */
const char *http_query(const struct http_request *request);
/* One query parameter, percent-decoded; a heap string, NULL when absent, "" when it is not UTF-8.
 */
char *http_query_get(const struct http_request *request, const char *name);

/* The whole body (NUL-terminated, not counted). Borrowed. */
const void *http_body(const struct http_request *request, size_t *ret_len);

/* The peer's credentials on a unix socket. 0, or -ENOTSUP on TCP. */
MUST_CHECK int http_peer_cred(const struct http_request *request, uid_t *ret_uid, gid_t *ret_gid,
			      pid_t *ret_pid);

/* http_socket_file() of the socket that the request came in on. */
MUST_CHECK int http_peer_file(const struct http_request *request, mode_t *ret_mode, gid_t *ret_gid);

/*
 * A handler that returns without a reply leaves the request waiting, for as long as it likes. Then
 * `on_drain` is called when the server drains, and must reply. Set it before returning. One without
 * it is taken to wait for something short (a commit) and gets 503 only by http_server_abort().
 */
typedef void http_drain_fn(struct http_request *request, void *ctx);
void http_on_drain(struct http_request *request, http_drain_fn *fn, void *ctx);

/* ---- replies (reply.c). Exactly one of these, from the handler or any time later. ---- */

/* Adds a header to the reply; `value` is copied, control characters are refused (the header is left
 * out). Before the reply. */
void http_add_header(struct http_request *request, const char *name, const char *value);

/* `body` is copied (NULL: none). */
void http_reply(struct http_request *request, int status, const char *content_type,
		const void *body, size_t len);
/* As http_reply() with application/json; takes the heap string `json`. */
void http_reply_json(struct http_request *request, int status, char *json);

/*
 * An error as problem+json: {"type":"about:blank","title",…,"status","code","detail","request_id"}.
 * `code` is stable and for programs, `detail` says what happened and what to do. `errors`: a JSON
 * array text for the member "errors", or NULL.
 */
void http_reply_problem(struct http_request *request, int status, const char *code,
			const char *detail, const char *errors);
/* 503 with Retry-After, "not stored; send it again". */
void http_reply_unavailable(struct http_request *request, const char *detail);

bool http_has_replied(const struct http_request *request);

#endif
