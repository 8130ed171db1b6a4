/* An event stream (GET /v1/events) as a client reads it. */
#ifndef MAAXD_TESTS_LIB_STREAM_H
#define MAAXD_TESTS_LIB_STREAM_H

#include "lib/harness.h"

struct stream;

/*
 * Connects and waits for the header of the reply. `path` NULL: /v1/events; `key` NULL: that of
 * "crm"; `last_event_id` NULL: none. The stream reads only inside the calls below.
 */
struct stream *stream_open(const struct harness *h, const char *path, const char *key,
			   const char *last_event_id);
struct stream *stream_close(struct stream *stream);

/* Waits until `text` has come `count` times. */
void stream_wait(struct stream *stream, const char *text, size_t count);
/* Waits until the server ends the stream. */
void stream_wait_end(struct stream *stream);

/* All that has come; borrowed until the next call. */
const char *stream_text(const struct stream *stream);
/* The header of the reply, a line each. */
const char *stream_headers(const struct stream *stream);

/* The frames with data, as an array of {"id": TEXT or null, "data": {…}}; the caller's. */
struct json_object *stream_frames(const struct stream *stream);

/* The id of the last frame that has one, or NULL; the caller's. */
char *stream_last_id(const struct stream *stream);

#endif
