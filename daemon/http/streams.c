/*
 * Streams. libmicrohttpd asks for bytes when the socket takes them; with an empty queue the
 * connection is suspended, and the pump resumes it when there is something to say. An idle stream
 * holds no queue memory.
 */
#include <errno.h>
#include <microhttpd.h>
#include <string.h>

#include "http/internal.h"

/* Used for HTTP/1.0 only: a chunked reply is filled in the connection's own memory. */
#define BLOCK_SIZE 1024

struct http_stream {
	struct http_request *request;
	struct http_stream_hooks hooks;
	struct buf queue;
	bool was_filled; /* on_drained is due when the queue is empty */
	bool is_ending;
	bool is_dropped;
};

static bool is_finished(const struct http_stream *stream)
{
	return stream->queue.len == 0 && stream->is_ending;
}

static ssize_t take_queued(struct http_stream *stream, char *out, size_t max)
{
	size_t len = stream->queue.len < max ? stream->queue.len : max;

	memcpy(out, stream->queue.data, len);
	buf_drop(&stream->queue, len);
	if (stream->queue.len == 0)
		buf_done(&stream->queue);
	return (ssize_t)len;
}

static ssize_t on_read(void *ctx, uint64_t position, char *out, size_t max)
{
	struct http_stream *stream = ctx;
	struct http_request *request = stream->request;

	(void)position;
	if (stream->queue.len == 0 && stream->was_filled && !stream->is_dropped) {
		stream->was_filled = false;
		if (stream->hooks.on_drained)
			stream->hooks.on_drained(stream->hooks.ctx);
	}
	if (stream->is_dropped)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (stream->queue.len > 0)
		return take_queued(stream, out, max);
	if (is_finished(stream))
		return MHD_CONTENT_READER_END_OF_STREAM;
	request->is_suspended = true;
	MHD_suspend_connection(request->mhd);
	return 0;
}

int http_stream_start(struct http_request *request, const char *content_type, size_t max_queue,
		      const struct http_stream_hooks *hooks, struct http_stream **ret_stream)
{
	struct http_listener *listener = request->connection->listener;
	struct http_stream *stream;

	if (listener->stream_count >= listener->params.max_streams || request->server->is_draining)
		return -EBUSY;
	stream = xnew(struct http_stream);
	stream->request = request;
	stream->hooks = *hooks;
	stream->queue = BUF_INIT(max_queue);
	request->stream = stream;
	listener->stream_count++;
	request->server->stream_count++;
	http_request_give_reply(request, MHD_HTTP_OK, content_type,
				MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE,
								  on_read, stream, NULL));
	*ret_stream = stream;
	return 0;
}

int http_stream_send(struct http_stream *stream, const void *data, size_t len)
{
	if (stream->is_ending || stream->is_dropped || buf_add(&stream->queue, data, len) < 0)
		return -ENOBUFS;
	if (len == 0)
		return 0;
	stream->was_filled = true;
	http_request_resume_later(stream->request);
	return 0;
}

size_t http_stream_queued(const struct http_stream *stream)
{
	return stream->queue.len;
}

void http_stream_end(struct http_stream *stream)
{
	stream->is_ending = true;
	http_request_resume_later(stream->request);
}

void http_stream_drop(struct http_stream *stream)
{
	stream->is_dropped = true;
	buf_done(&stream->queue);
	http_connection_cut(stream->request->connection);
	http_request_resume_later(stream->request);
}

/* Its request has ended. */
void http_stream_close(struct http_stream *stream)
{
	stream->request->connection->listener->stream_count--;
	stream->request->server->stream_count--;
	buf_done(&stream->queue);
	if (stream->hooks.on_closed)
		stream->hooks.on_closed(stream->hooks.ctx);
	free(stream);
}

void http_stream_drain(struct http_stream *stream)
{
	if (stream->hooks.on_drain)
		stream->hooks.on_drain(stream->hooks.ctx);
	else
		http_stream_end(stream);
}
