/* Event streams. See events_hub.h. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/events_hub.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/retry.h"
#include "base/wake.h"
#include "http/streams.h"
#include "payload.h"
#include "store/db.h"
#include "store/events.h"

#define STEP 64 /* events read at once */
#define LIST_DEFAULT 20
/* While more than this waits for a client, it gets no more; so one more frame always fits. */
#define ROOM (HUB_QUEUE / 4)
_Static_assert(ROOM + HUB_FRAME_MAX < HUB_QUEUE, "one more frame fits");

struct client {
	struct events_hub *hub;
	struct http_stream *stream;
	char *source;	      /* NULL: all sources */
	int64_t conversation; /* 0: all of the source */
	int64_t cursor;	      /* events up to this one have been sent or passed over */
	bool is_live;	      /* has caught up with the hub */
	usec_t beat_at;
	usec_t end_at;
	struct client *prev;
	struct client *next;
};

struct events_hub {
	struct core *core;
	struct loop_source *timer;
	struct client *clients;
	int64_t tail;	/* live clients have everything up to this event */
	int64_t target; /* the newest event that is on disk */
};

/* ---- clients ---- */

static void on_closed(void *ctx)
{
	struct client *client = ctx;

	if (client->prev)
		client->prev->next = client->next;
	else
		client->hub->clients = client->next;
	if (client->next)
		client->next->prev = client->prev;
	free(client->source);
	free(client);
}

/* False when the client is too slow: it is dropped, and comes back with its Last-Event-ID. */
static bool send_text(struct client *client, const char *text, size_t len)
{
	if (http_stream_send(client->stream, text, len) == 0)
		return true;
	log_info("event stream dropped: its client reads too slowly source=%s",
		 client->source ? client->source : "all");
	http_stream_drop(client->stream);
	return false;
}

static void say_bye(struct client *client, const char *reason)
{
	CLEANUP(freep)
	char *text = xasprintf("data: {\"type\":\"bye\",\"reason\":\"%s\"}\n\n", reason);

	if (send_text(client, text, strlen(text)))
		http_stream_end(client->stream);
}

static void on_drain(void *ctx)
{
	struct client *client = ctx;
	static const char bye[] =
		"retry: 2000\ndata: {\"type\":\"bye\",\"reason\":\"restart\"}\n\n";

	if (send_text(client, bye, sizeof(bye) - 1))
		http_stream_end(client->stream);
}

/* ---- frames ---- */

static bool wants(const struct client *client, const struct event *event)
{
	return (!client->source || (event->source && streq(event->source, client->source))) &&
	       (client->conversation == 0 || client->conversation == event->conversation);
}

/*
 * What is too long for a client's queue would cut it off, and again at each return. So the texts
 * are left out; the ids tell where they are to be had.
 */
static void cut_texts(struct json_object *data)
{
	static const struct {
		const char *member, *text;
	} texts[] = {
		{ "/answer", "raw" },
		{ "/answer", "text" },
		{ "/answer", "html" },
		{ "/answer", "history" },
		{ "/message", "message_content" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct json_object *object = json_at(data, texts[i].member);

		if (object && json_object_object_get_ex(object, texts[i].text, NULL))
			json_put(object, texts[i].text, NULL);
	}
	json_put_bool(data, "truncated", true);
}

/* One event as JSON. 0, 1 when the rows it tells of are gone, or negative errno. */
static int make_data(struct core *core, const struct event *event, struct json_object **ret_data)
{
	struct payload_subject subject = {
		.type = event->type,
		.conversation = event->conversation,
		.message = event->message,
		.answer = event->answer,
	};
	struct json_object *data = NULL;
	int r = payload_data(core, &subject, &data);

	if (r < 0)
		return r == -ENOENT ? 1 : r;
	json_put_string(data, "type", event->type);
	if (event->seq)
		json_put_int(data, "seq", event->seq);
	if (event->state)
		json_put_string(data, "state", event->state);
	json_put_string(data, "detail", event->detail);
	json_put_time(data, "at", ids_time(event->id));
	*ret_data = data;
	return 0;
}

/* The same as a frame: a heap string. */
static int make_frame(struct core *core, const struct event *event, char **ret_frame)
{
	CLEANUP(json_putp) struct json_object *data = NULL;
	CLEANUP(freep) char *json = NULL;
	size_t len;
	int r = make_data(core, event, &data);

	if (r != 0)
		return r;
	json = json_format(data, &len);
	if (len > HUB_FRAME_MAX) {
		cut_texts(data);
		free(json);
		json = json_format(data, NULL);
	}
	*ret_frame = xasprintf("id: %lld\ndata: %s\n\n", (long long)event->id, json);
	return 0;
}

static bool has_room(const struct client *client)
{
	return http_stream_queued(client->stream) < ROOM;
}

/*
 * Sends one event to every live client that wants it. One that has no room for it goes on with a
 * replay once it has read what it has: a burst is more than a client can have read meanwhile.
 */
static int send_live(struct events_hub *hub, const struct event *event)
{
	CLEANUP(freep) char *frame = NULL;
	struct client *next;
	int r;

	for (struct client *client = hub->clients; client; client = next) {
		next = client->next;
		if (!client->is_live || !wants(client, event))
			continue;
		if (!has_room(client)) {
			client->is_live = false;
			client->cursor = hub->tail;
			continue;
		}
		if (!frame) {
			r = make_frame(hub->core, event, &frame);
			if (r != 0)
				return r < 0 ? r : 0;
		}
		send_text(client, frame, strlen(frame));
	}
	return 0;
}

/* Brings live clients up to what is on disk. */
static int send_new(struct events_hub *hub)
{
	struct event events[STEP];
	int count;
	int r = 0;

	if (!hub->clients)
		hub->tail = hub->target;
	while (hub->tail < hub->target && r == 0) {
		count = events_after(hub->core->db, hub->tail, STEP, events);
		if (count <= 0) {
			hub->tail = count == 0 ? hub->target : hub->tail;
			return count;
		}
		for (int i = 0; i < count; i++) {
			if (r == 0 && events[i].id <= hub->target) {
				r = send_live(hub, &events[i]);
				hub->tail = events[i].id;
			}
			event_done(&events[i]);
		}
		if (count < STEP && hub->tail < hub->target)
			hub->tail = hub->target;
	}
	return r;
}

/* ---- replay ---- */

/* Sends one event of a replay. 0 or negative errno; -EPIPE when the client was dropped. */
static int replay_event(struct client *client, const struct event *event)
{
	CLEANUP(freep) char *frame = NULL;
	int r = 0;

	if (wants(client, event))
		r = make_frame(client->hub->core, event, &frame);
	if (r < 0)
		return r;
	client->cursor = event->id;
	return frame && !send_text(client, frame, strlen(frame)) ? -EPIPE : 0;
}

/* Reads one step for a client that is behind. 1 when there is more to read, 0 when not now, or
 * errno. */
static int replay_step(struct client *client)
{
	struct events_hub *hub = client->hub;
	struct event events[STEP];
	int count = events_after(hub->core->db, client->cursor, STEP, events);
	int r = count < 0 ? count : 0;
	int sent = 0;

	while (sent < count && r == 0 && events[sent].id <= hub->tail && has_room(client))
		r = replay_event(client, &events[sent++]);
	/* Behind the last one within reach there is nothing to replay. */
	if (r == 0 && (sent == count ? count < STEP : events[sent].id > hub->tail))
		client->cursor = hub->tail;
	for (int i = 0; i < count; i++)
		event_done(&events[i]);
	if (r < 0)
		return r;
	client->is_live = client->cursor >= hub->tail;
	return !client->is_live && has_room(client);
}

static void replay(struct client *client)
{
	int r = replay_step(client);

	if (r > 0)
		loop_set_timer_earlier(client->hub->timer, clock_now());
	else if (r < 0 && r != -EPIPE)
		say_bye(client, "error");
}

/* The client has taken what it had: a replay that paused goes on. */
static void on_drained(void *ctx)
{
	struct client *client = ctx;

	if (!client->is_live)
		loop_set_timer_earlier(client->hub->timer, clock_now());
}

/* ---- time ---- */

static void on_timer(void *ctx)
{
	struct events_hub *hub = ctx;
	usec_t now = clock_now();
	struct client *next;

	if (send_new(hub) < 0)
		log_error("the timeline cannot be read; event streams wait");
	for (struct client *client = hub->clients; client; client = next) {
		next = client->next;
		if (now >= client->end_at) {
			say_bye(client, "age");
			continue;
		}
		if (now >= client->beat_at) {
			client->beat_at = now + HUB_HEARTBEAT;
			if (!send_text(client, ":\n", 2))
				continue;
		}
		loop_set_timer_earlier(hub->timer, client->beat_at);
		if (!client->is_live && has_room(client))
			replay(client);
	}
}

void events_hub_woken(int64_t event, void *ctx)
{
	struct events_hub *hub = ctx;

	if (event > hub->target)
		hub->target = event;
	if (hub->clients)
		loop_set_timer_earlier(hub->timer, clock_now());
	else
		hub->tail = hub->target;
}

/* ---- the route ---- */

/* Where a client wants to begin: *ret_after 0 for "what comes". False: a reply was made. */
static bool read_position(struct http_request *request, int64_t *ret_after)
{
	const char *header = http_header(request, "Last-Event-ID");
	CLEANUP(freep) char *query = http_query_get(request, "after");
	const char *text = header ? header : query;
	char *end;

	*ret_after = 0;
	if (!text || !text[0])
		return true;
	errno = 0;
	*ret_after = strtoll(text, &end, 10);
	if (errno == 0 && *end == '\0' && *ret_after >= 0)
		return true;
	http_reply_problem(request, 400, "bad_parameter",
			   "Last-Event-ID (or after) is the id of an event of this stream", NULL);
	return false;
}

/* `?conversation=`: only one of the caller's own. False: a reply was made. */
static bool read_conversation(struct api *api, struct http_request *request, const char *source,
			      int64_t *ret_id)
{
	CLEANUP(freep) char *text = http_query_get(request, "conversation");
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	int r = 0;

	*ret_id = 0;
	if (!text)
		return true;
	if (ids_parse(ID_CONVERSATION, text, strlen(text), ret_id) == 0)
		r = conversations_get(api->core->db, *ret_id, &conversation);
	if (r > 0 && (!source || streq(conversation.source, source)))
		return true;
	if (r < 0)
		api_reply_store_error(request, r);
	else
		api_reply_not_found(request, "conversation");
	return false;
}

static void greet(struct client *client, int64_t after)
{
	static const char hello[] =
		"retry: 3000\ndata: {\"type\":\"hello\",\"server\":\"maaxd/" MAAXD_VERSION
		"\"}\n\n";
	static const char reset[] = "data: {\"type\":\"reset\"}\n\n";

	if (!send_text(client, hello, sizeof(hello) - 1))
		return;
	if (after > client->hub->tail && !send_text(client, reset, sizeof(reset) - 1))
		return;
	client->is_live = after == 0 || after >= client->hub->tail;
	if (!client->is_live)
		replay(client);
}

/* The listener has all the streams it may have: a polite end, and come back later. */
static void refuse_stream(struct http_request *request)
{
	static const char text[] = "retry: 30000\ndata: {\"type\":\"bye\",\"reason\":\"busy\"}\n\n";

	http_reply(request, 200, "text/event-stream", text, sizeof(text) - 1);
}

/* `source` NULL: of all. */
static void start_stream(struct api *api, struct http_request *request, const char *source)
{
	struct events_hub *hub = api->hub;
	struct http_stream_hooks hooks = { .on_drained = on_drained,
					   .on_drain = on_drain,
					   .on_closed = on_closed };
	struct client *client;
	int64_t conversation;
	int64_t after;

	if (!read_position(request, &after) ||
	    !read_conversation(api, request, source, &conversation))
		return;
	http_add_header(request, "X-Accel-Buffering", "no");
	if (streq(http_method(request), "HEAD")) {
		http_reply(request, 200, "text/event-stream", NULL, 0);
		return;
	}
	client = xnew(struct client);
	hooks.ctx = client;
	if (http_stream_start(request, "text/event-stream", HUB_QUEUE, &hooks, &client->stream) <
	    0) {
		free(client);
		refuse_stream(request);
		return;
	}
	client->hub = hub;
	client->source = xstrdup_null(source);
	client->conversation = conversation;
	client->cursor = after;
	client->beat_at = clock_now() + HUB_HEARTBEAT;
	client->end_at = clock_now() + retry_jitter(HUB_MAX_AGE);
	client->next = hub->clients;
	if (client->next)
		client->next->prev = client;
	hub->clients = client;
	loop_set_timer_earlier(hub->timer, client->beat_at);
	greet(client, after);
}

void api_events_get(struct http_request *request, void *ctx)
{
	const struct config_source *source = api_source(ctx, request);

	if (source)
		start_stream(ctx, request, source->name);
}

/* The same for an operator: all sources, or ?source=. */
void api_admin_events_stream(struct http_request *request, void *ctx)
{
	CLEANUP(freep) char *source = http_query_get(request, "source");

	start_stream(ctx, request, source);
}

/* 0 or negative errno. */
static int add_event(struct api *api, const struct event *event, struct json_object *array)
{
	CLEANUP(freep) char *id = xasprintf("%lld", (long long)event->id);
	struct json_object *data = NULL;
	size_t len;
	int r = make_data(api->core, event, &data);

	if (r != 0)
		return r < 0 ? r : 0;
	json_put_string(data, "id", id);
	free(json_format(data, &len));
	if (len > HUB_FRAME_MAX)
		cut_texts(data);
	json_object_array_add(array, data);
	return 0;
}

/* The timeline of all sources (or ?source=) as a list, newest first: each as in the stream, with
 * its id. `cursor` is the id of an event. */
void api_admin_events(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	CLEANUP(freep) char *source = http_query_get(request, "source");
	CLEANUP(freep) char *cursor = http_query_get(request, "cursor");
	CLEANUP(freep) char *limit_text = http_query_get(request, "limit");
	long limit = limit_text ? strtol(limit_text, NULL, 10) : LIST_DEFAULT;
	int64_t before = cursor ? strtoll(cursor, NULL, 10) : INT64_MAX;
	struct event events[STEP];
	struct json_object *array;
	int64_t next = 0;
	CLEANUP(freep) char *next_text = NULL;
	int count;
	int r;

	if (limit < 1 || before < 1) {
		http_reply_problem(request, 400, "bad_parameter",
				   "limit is a number from 1, cursor the next_cursor of an "
				   "earlier page",
				   NULL);
		return;
	}
	array = json_object_new_array();
	count = events_before(api->core->db, source, before, limit < STEP ? (unsigned)limit : STEP,
			      events, &next);
	r = count < 0 ? count : 0;
	for (int i = 0; i < count; i++) {
		if (r == 0)
			r = add_event(api, &events[i], array);
		event_done(&events[i]);
	}
	if (next)
		next_text = xasprintf("%lld", (long long)next);
	api_reply_list(api, request, array, r, next_text);
}

int events_hub_start(struct events_hub *hub)
{
	int r = events_last(hub->core->db, &hub->tail);

	hub->target = hub->tail;
	return r;
}

int events_hub_new(struct core *core, struct events_hub **ret_hub)
{
	struct events_hub *hub = xnew(struct events_hub);
	int r;

	hub->core = core;
	r = loop_add_timer(core->loop, on_timer, hub, &hub->timer);
	if (r < 0) {
		free(hub);
		return r;
	}
	*ret_hub = hub;
	return 0;
}

struct events_hub *events_hub_free(struct events_hub *hub)
{
	if (!hub)
		return NULL;
	loop_source_free(hub->timer);
	free(hub);
	return NULL;
}
