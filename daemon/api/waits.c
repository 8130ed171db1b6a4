/* Requests that wait for an answer. See waits.h. */
#include "api/waits.h"

#include <errno.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/loop.h"

#define BUCKETS 256

struct wait {
	struct waits *waits;
	struct http_request *request;
	int64_t message;
	usec_t until;
	struct wait *next;
};

struct waits {
	struct api *api;
	struct loop_source *timer;
	struct wait *buckets[BUCKETS];
	size_t count;
};

static struct wait **bucket(struct waits *waits, int64_t message)
{
	/* The low bits of an id count within a millisecond, the next ones are the node. */
	return &waits->buckets[(size_t)(message ^ message >> 22) % BUCKETS];
}

static void remove_wait(struct wait *wait)
{
	struct wait **link = bucket(wait->waits, wait->message);

	while (*link != wait)
		link = &(*link)->next;
	*link = wait->next;
	wait->waits->count--;
	/* Its reply may still wait for the commit: a drain must not find what is freed here. */
	http_on_drain(wait->request, NULL, NULL);
	free(wait);
}

static bool is_over(const struct message *message)
{
	switch (message->state) {
	case MESSAGE_QUEUED:
	case MESSAGE_SUBMITTING:
	case MESSAGE_WAITING:
		return message->overdue_at != 0;
	case MESSAGE_HELD:
	case MESSAGE_ANSWERED:
	case MESSAGE_OVERDUE:
	case MESSAGE_FAILED:
	case MESSAGE_CANCELLED:
	case MESSAGE_STATE_MAX:
		break;
	}
	return true;
}

static void reply_story(struct api *api, struct http_request *request,
			const struct message *message)
{
	struct json_object *object = NULL;
	int r = api_render_story(api, message, &object);

	if (r < 0) {
		api_reply_store_error(request, r);
		return;
	}
	http_add_header(request, "Preference-Applied", "wait");
	api_reply_object(api, request, 200, object);
}

/* The wait is over without an answer. */
static void reply_accepted(struct api *api, struct http_request *request, int64_t id)
{
	CLEANUP(message_done) struct message message = { 0 };
	int r = messages_get(api->core->db, id, &message);

	if (r <= 0)
		api_reply_store_error(request, r < 0 ? r : -ENOENT);
	else
		api_reply_object(api, request, 202, api_render_accepted(&message));
}

void waits_woken(int64_t id, void *ctx)
{
	struct waits *waits = ctx;
	CLEANUP(message_done) struct message message = { 0 };
	struct wait *wait = *bucket(waits, id);

	while (wait && wait->message != id)
		wait = wait->next;
	if (!wait || messages_get(waits->api->core->db, id, &message) <= 0 || !is_over(&message))
		return;
	for (wait = *bucket(waits, id); wait;) {
		struct wait *next = wait->next;

		if (wait->message == id) {
			reply_story(waits->api, wait->request, &message);
			remove_wait(wait);
		}
		wait = next;
	}
}

static void on_timer(void *ctx)
{
	struct waits *waits = ctx;
	usec_t now = clock_now();

	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct wait *wait = waits->buckets[i], *next; wait; wait = next) {
			next = wait->next;
			if (wait->until > now) {
				loop_set_timer_earlier(waits->timer, wait->until);
				continue;
			}
			reply_accepted(waits->api, wait->request, wait->message);
			remove_wait(wait);
		}
	}
}

/* The daemon stops: the message is stored, and the caller may ask again in a second. */
static void on_drain(struct http_request *request, void *ctx)
{
	struct wait *wait = ctx;

	http_add_header(request, "Retry-After", "1");
	reply_accepted(wait->waits->api, request, wait->message);
	remove_wait(wait);
}

/* Connections that rest are so many that the rest of the listener's must stay for callbacks. */
static bool is_full(const struct waits *waits, const struct http_request *request)
{
	const struct config_listener *listener = api_listener(waits->api, request);

	return !listener ||
	       waits->count + http_server_streams(waits->api->server) >= listener->max_streams;
}

void waits_add(struct waits *waits, struct http_request *request, int64_t id, unsigned seconds)
{
	CLEANUP(message_done) struct message message = { 0 };
	struct wait *wait;
	int r = messages_get(waits->api->core->db, id, &message);

	if (r <= 0) {
		api_reply_store_error(request, r < 0 ? r : -ENOENT);
		return;
	}
	if (is_over(&message)) {
		reply_story(waits->api, request, &message);
		return;
	}
	if (is_full(waits, request)) {
		reply_accepted(waits->api, request, id);
		return;
	}
	wait = xnew(struct wait);
	wait->waits = waits;
	wait->request = request;
	wait->message = id;
	wait->until = clock_now() + seconds * USEC_PER_SEC;
	wait->next = *bucket(waits, id);
	*bucket(waits, id) = wait;
	waits->count++;
	http_on_drain(request, on_drain, wait);
	loop_set_timer_earlier(waits->timer, wait->until);
}

int waits_new(struct api *api, struct waits **ret_waits)
{
	struct waits *waits = xnew(struct waits);
	int r;

	waits->api = api;
	r = loop_add_timer(api->core->loop, on_timer, waits, &waits->timer);
	if (r < 0) {
		free(waits);
		return r;
	}
	*ret_waits = waits;
	return 0;
}

struct waits *waits_free(struct waits *waits)
{
	if (!waits)
		return NULL;
	loop_source_free(waits->timer);
	free(waits);
	return NULL;
}
