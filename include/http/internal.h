/*
 * What the files of daemon/http/ share. Nobody else includes it.
 *
 *   server      owns listeners; the pump, drain and abort
 *   listener    one libmicrohttpd daemon, its epoll fd on the loop, its connections
 *   connection  a socket: in which phase it is and since when, for the sweep of deadlines
 *   request     from its request line to the end of its reply, on one connection
 *   stream      a reply without an end
 *
 *            request line       body complete        reply given       reply sent
 *   FRESH ─────▶ READING ─────────▶ WAITING ───────────▶ SENDING ─────────▶ IDLE ─▶ READING …
 *                   └──── refused at its header ───────────▲
 */
#ifndef MAAXD_HTTP_INTERNAL_H
#define MAAXD_HTTP_INTERNAL_H

#include <microhttpd.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "http/hygiene.h"
#include "http/server.h"
#include "http/streams.h"

enum http_phase {
	HTTP_PHASE_FRESH,   /* accepted, no request yet */
	HTTP_PHASE_READING, /* a request's header or body is arriving */
	HTTP_PHASE_WAITING, /* its handler has it; no deadline of ours */
	HTTP_PHASE_SENDING, /* a reply is being sent */
	HTTP_PHASE_STREAM,  /* a reply without an end; its owner decides */
	HTTP_PHASE_IDLE,    /* between requests */
};

struct http_connection {
	TAILQ_ENTRY(http_connection) link;
	struct http_listener *listener;
	struct http_request *request; /* NULL between requests; owned */
	enum http_phase phase;
	usec_t since; /* of the phase */
	int fd;	      /* libmicrohttpd's */
};

struct http_listener {
	TAILQ_ENTRY(http_listener) link;
	struct http_server *server;
	char *name;
	struct MHD_Daemon *daemon;
	struct loop_source *io;
	struct loop_source *timer;
	TAILQ_HEAD(, http_connection) connections;
	size_t stream_count;
	struct http_listener_params params;
	bool wants_run;	  /* something was resumed, or closed */
	bool is_quiesced; /* the listening socket is ours again */
};

struct http_reply_header {
	STAILQ_ENTRY(http_reply_header) link;
	const char *value; /* inside `name`, behind its NUL */
	char name[];
};

struct http_request {
	struct http_connection *connection;
	struct http_server *server;
	struct MHD_Connection *mhd;
	const char *method; /* borrowed from libmicrohttpd, as are the headers */
	const char *path;   /* inside `target` */
	const char *query;
	struct hygiene_header *headers;
	size_t header_count;
	struct http_matched matched;
	struct buf body;
	size_t body_counted; /* bytes of it in the server's body_memory */
	size_t discarded;    /* bytes of a body that nobody wants */
	usec_t started_at;
	char id[HYGIENE_MAX_REQUEST_ID + 1];

	struct MHD_Response *response; /* made, not yet queued; owned */
	int status;
	STAILQ_HEAD(, http_reply_header) reply_headers;
	struct http_stream *stream; /* owned */

	http_drain_fn *on_drain;
	void *drain_ctx;
	TAILQ_ENTRY(http_request) ready_link;

	bool is_begun;	 /* its header is complete and was checked */
	bool is_handled; /* its handler has run */
	bool has_replied;
	bool must_close;   /* the connection must not carry another request */
	bool is_suspended; /* libmicrohttpd lets it rest */
	bool is_ready;	   /* on the list of those to resume */
	char target[];	   /* as sent; parted by NULs once checked */
};

struct http_route_stats;

struct http_server {
	struct http_server_params params;
	TAILQ_HEAD(, http_listener) listeners;
	TAILQ_HEAD(, http_request) ready; /* suspended; the pump resumes them */
	struct loop_source *sweep_timer;
	struct http_route_stats *stats; /* one a route and one for none; NULL without metrics */
	struct metric *connection_gauge;
	size_t connection_count;
	size_t stream_count;
	size_t body_memory;
	uint64_t id_seed;
	uint64_t id_count;
	bool is_draining;
};

/* connection.c */
void http_connection_notify(void *cls, struct MHD_Connection *mhd, void **socket_ctx,
			    enum MHD_ConnectionNotificationCode code);
struct http_connection *http_connection_of(struct MHD_Connection *mhd);
void http_connection_enter(struct http_connection *connection, enum http_phase phase);
void http_connection_close_if_idle(struct http_connection *connection);
void http_connection_cut(struct http_connection *connection);
void http_connections_sweep(struct http_server *server);

/* listener.c */
MUST_CHECK int http_listener_new(struct http_server *server,
				 const struct http_listener_params *params,
				 struct http_listener **ret_listener);
struct http_listener *http_listener_free(struct http_listener *listener);
void http_listener_quiesce(struct http_listener *listener);
void http_listener_run(struct http_listener *listener);

/* exchange.c: libmicrohttpd's callbacks of one request */
void *http_exchange_start(void *cls, const char *target, struct MHD_Connection *mhd);
enum MHD_Result http_exchange_step(void *cls, struct MHD_Connection *mhd, const char *url,
				   const char *method, const char *version, const char *data,
				   size_t *data_len, void **request_ctx);
void http_exchange_end(void *cls, struct MHD_Connection *mhd, void **request_ctx,
		       enum MHD_RequestTerminationCode code);

/* admit.c: everything that is asked at the first call. May reply. */
void http_request_admit(struct http_request *request, const char *version);
/* True when a body follows; *ret_length is what is announced, SIZE_MAX when unknown. */
bool http_request_has_body(const struct http_request *request, size_t *ret_length);

/* request.c */
struct http_request *http_request_new(struct http_connection *connection,
				      struct MHD_Connection *mhd, const char *target);
struct http_request *http_request_free(struct http_request *request);
void http_request_read_headers(struct http_request *request);
void http_request_set_id(struct http_request *request);
void http_request_drop_body(struct http_request *request);
void http_request_resume_later(struct http_request *request);
void http_request_drain(struct http_request *request);

/* reply.c */
void http_request_give_reply(struct http_request *request, int status, const char *content_type,
			     struct MHD_Response *response);

/* streams.c */
void http_stream_close(struct http_stream *stream);
void http_stream_drain(struct http_stream *stream);

/* stats.c */
void http_stats_init(struct http_server *server);
void http_stats_done(struct http_server *server);
void http_stats_count(const struct http_request *request, int status, usec_t elapsed);

#endif
