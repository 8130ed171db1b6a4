/*
 * Replies without an end (server-sent events): a bounded queue of bytes per client. A client that
 * does not read is dropped, never buffered without end. Also vanished clients are noticed only by
 * sending (libmicrohttpd sees no disconnect of a suspended connection), so the owner sends
 * heartbeats.
 */
#ifndef MAAXD_HTTP_STREAMS_H
#define MAAXD_HTTP_STREAMS_H

#include "http/server.h"

struct http_stream;

struct http_stream_hooks {
	void (*on_drained)(void *ctx); /* the queue has become empty: more may be sent; never from
					* inside http_stream_send() */
	void (*on_drain)(
		void *ctx); /* the server is stopping: say goodbye, then http_stream_end() */
	void (*on_closed)(
		void *ctx); /* the client is gone or the end was sent; the stream is no more */
	void *ctx;
};

/*
 * Replies 200 with a stream. Headers added before are sent. At most `max_queue` bytes wait for the
 * client. 0, or -EBUSY when the listener has max_streams already or the server drains (nothing was
 * replied).
 */
MUST_CHECK int http_stream_start(struct http_request *request, const char *content_type,
				 size_t max_queue, const struct http_stream_hooks *hooks,
				 struct http_stream **ret_stream);

/* Queues bytes. 0; -ENOBUFS when they do not fit: the client is too slow, drop it. Also after
 * http_stream_end() or http_stream_drop(). */
MUST_CHECK int http_stream_send(struct http_stream *stream, const void *data, size_t len);
size_t http_stream_queued(const struct http_stream *stream);

/* Ends the stream when the queue has been sent. on_closed follows. */
void http_stream_end(struct http_stream *stream);
/* Cuts it off at once. on_closed follows. */
void http_stream_drop(struct http_stream *stream);

#endif
