/* An event stream over a curl multi handle, read while the test waits for something. */
#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/stream.h"

#define MAX_STREAM (64 * MIB)

struct stream {
	CURLM *multi;
	CURL *easy;
	struct curl_slist *headers;
	struct buf header_text;
	struct buf text;
	bool has_ended;
};

static size_t on_data(char *data, size_t size, size_t count, void *ctx)
{
	return buf_add(ctx, data, size * count) < 0 ? 0 : size * count;
}

static void set_up(struct stream *stream, const char *url)
{
	CURL *easy = stream->easy;

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, stream->headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &stream->text);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, &stream->header_text);
}

static void pump(struct stream *stream)
{
	int running = 0;

	assert_int_equal(curl_multi_perform(stream->multi, &running), CURLM_OK);
	stream->has_ended = running == 0;
	if (running)
		assert_int_equal(curl_multi_poll(stream->multi, NULL, 0, 5, NULL), CURLM_OK);
}

static bool has_headers(struct stream *stream)
{
	pump(stream);
	return strstr(buf_text(&stream->header_text), "\r\n\r\n") != NULL;
}

static void add_header(struct stream *stream, const char *name, const char *value)
{
	CLEANUP(freep) char *line = xasprintf("%s: %s", name, value);

	stream->headers = curl_slist_append(stream->headers, line);
}

struct stream *stream_open(const struct harness *h, const char *path, const char *key,
			   const char *last_event_id)
{
	CLEANUP(freep)
	char *url = xasprintf("%s%s", h->public_url, path ? path : "/v1/events");
	CLEANUP(freep) char *bearer = xasprintf("Bearer %s", key ? key : HARNESS_KEY);
	struct stream *stream = xnew(struct stream);

	stream->multi = curl_multi_init();
	stream->easy = curl_easy_init();
	stream->header_text = BUF_INIT(MIB);
	stream->text = BUF_INIT(MAX_STREAM);
	add_header(stream, "Authorization", bearer);
	add_header(stream, "Accept", "text/event-stream");
	if (last_event_id)
		add_header(stream, "Last-Event-ID", last_event_id);
	set_up(stream, url);
	assert_int_equal(curl_multi_add_handle(stream->multi, stream->easy), CURLM_OK);
	WAIT_FOR(has_headers(stream));
	return stream;
}

struct stream *stream_close(struct stream *stream)
{
	curl_multi_remove_handle(stream->multi, stream->easy);
	curl_easy_cleanup(stream->easy);
	curl_multi_cleanup(stream->multi);
	curl_slist_free_all(stream->headers);
	buf_done(&stream->header_text);
	buf_done(&stream->text);
	free(stream);
	return NULL;
}

static size_t count_text(const struct stream *stream, const char *text)
{
	size_t count = 0;

	for (const char *at = buf_text(&stream->text); (at = strstr(at, text)); at++)
		count++;
	return count;
}

static bool has_text(struct stream *stream, const char *text, size_t count)
{
	pump(stream);
	if (count_text(stream, text) >= count)
		return true;
	if (stream->has_ended)
		fail_msg("the stream ended before %s came %zu times: %s", text, count,
			 buf_text(&stream->text));
	return false;
}

void stream_wait(struct stream *stream, const char *text, size_t count)
{
	WAIT_FOR(has_text(stream, text, count));
}

void stream_wait_end(struct stream *stream)
{
	WAIT_FOR((pump(stream), stream->has_ended));
}

const char *stream_text(const struct stream *stream)
{
	return buf_text(&stream->text);
}

const char *stream_headers(const struct stream *stream)
{
	return buf_text(&stream->header_text);
}

/* A line of a frame that starts with `name`, up to `end`; a heap string, or NULL. */
static char *frame_line(const char *frame, const char *end, const char *name)
{
	const size_t len = strlen(name);

	for (const char *line = frame; line < end; line += strcspn(line, "\n") + 1) {
		if (strncmp(line, name, len) == 0)
			return xstrndup(line + len, strcspn(line + len, "\n"));
	}
	return NULL;
}

struct json_object *stream_frames(const struct stream *stream)
{
	struct json_object *frames = json_object_new_array();
	const char *end;

	for (const char *at = stream_text(stream); (end = strstr(at, "\n\n")); at = end + 2) {
		CLEANUP(freep) char *id = frame_line(at, end, "id: ");
		CLEANUP(freep) char *data = frame_line(at, end, "data: ");
		struct json_object *frame, *value = NULL;
		const char *why = NULL;

		if (!data)
			continue;
		if (json_parse(data, strlen(data), &value, &why) < 0)
			fail_msg("%s: %s", why, data);
		frame = json_object_new_object();
		json_put_string(frame, "id", id);
		json_put(frame, "data", value);
		json_object_array_add(frames, frame);
	}
	return frames;
}

char *stream_last_id(const struct stream *stream)
{
	CLEANUP(json_putp) struct json_object *frames = stream_frames(stream);

	for (size_t i = json_object_array_length(frames); i > 0; i--) {
		const char *id = json_path(json_object_array_get_idx(frames, i - 1), "/id");

		if (id)
			return xstrdup(id);
	}
	return NULL;
}
