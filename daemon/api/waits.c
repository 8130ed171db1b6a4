/* Requests that wait for their message. See waits.h. */
#include "api/waits.h"

#include <errno.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/loop.h"
#include "store/attempts.h"
#include "store/db.h"

#define BUCKETS 256

struct wait {
	struct waits *waits;
	struct http_request *request;
	int64_t message;
	enum wait_kind kind;
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

/* ---- for an answer ---- */

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

/* ---- for Maax's reply ---- */

static void reply_nothing(struct api *api, struct http_request *request)
{
	api_reply(api, request, 200, xstrdup("{}"));
}

/* A refusal that a callback has overruled is none, and what was cut would be no reply of Maax's. */
static bool is_usable(const struct attempt *attempt, const struct message *message)
{
	if (attempt->outcome != OUTCOME_OK && message->state != MESSAGE_FAILED)
		return false;
	return attempt->response_size < ATTEMPT_MAX_RESPONSE;
}

/* Passes Maax's reply on, if there is one or none will come. 1 when it replied, 0 when the wait
 * goes on. */
static int try_reply(struct api *api, struct http_request *request, const struct message *message)
{
	CLEANUP(attempt_done) struct attempt attempt = { 0 };
	int r = attempts_reply(api->core->db, message->id, &attempt);

	if (r > 0 && is_usable(&attempt, message)) {
		api_reply_body(api, request, attempt.status, attempt.content_type, attempt.response,
			       attempt.response_size);
		return 1;
	}
	if (r == 0 && (message->state == MESSAGE_QUEUED || message->state == MESSAGE_SUBMITTING ||
		       message->state == MESSAGE_WAITING))
		return 0;
	/* The message is stored whatever can be told of it. An answer may beat the reply. */
	if (r == 0 && message->state == MESSAGE_ANSWERED && message->run)
		return 0;
	reply_nothing(api, request);
	return 1;
}

/* ---- both ---- */

/* Replies when what the wait is for has happened. 1 when it did. */
static int try_end(struct api *api, struct http_request *request, enum wait_kind kind,
		   const struct message *message)
{
	if (kind == WAIT_REPLY)
		return try_reply(api, request, message);
	if (!is_over(message))
		return 0;
	reply_story(api, request, message);
	return 1;
}

/* The wait is over, and nothing has happened. */
static void give_up(struct api *api, struct http_request *request, enum wait_kind kind,
		    int64_t message)
{
	if (kind == WAIT_REPLY)
		reply_nothing(api, request);
	else
		reply_accepted(api, request, message);
}

void waits_woken(int64_t id, void *ctx)
{
	struct waits *waits = ctx;
	CLEANUP(message_done) struct message message = { 0 };
	struct wait *wait = *bucket(waits, id);

	while (wait && wait->message != id)
		wait = wait->next;
	if (!wait || messages_get(waits->api->core->db, id, &message) <= 0)
		return;
	for (wait = *bucket(waits, id); wait;) {
		struct wait *next = wait->next;

		if (wait->message == id && try_end(waits->api, wait->request, wait->kind, &message))
			remove_wait(wait);
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
			give_up(waits->api, wait->request, wait->kind, wait->message);
			remove_wait(wait);
		}
	}
}

/* The daemon stops: the message is stored, and the caller may ask for it again in a second. */
static void on_drain(struct http_request *request, void *ctx)
{
	struct wait *wait = ctx;

	if (wait->kind == WAIT_ANSWER)
		http_add_header(request, "Retry-After", "1");
	give_up(wait->waits->api, request, wait->kind, wait->message);
	remove_wait(wait);
}

/* Connections that rest are so many that the rest of the listener's must stay for callbacks. */
static bool is_full(const struct waits *waits, const struct http_request *request)
{
	const struct config_listener *listener = api_listener(waits->api, request);

	return !listener ||
	       waits->count + http_server_streams(waits->api->server) >= listener->max_streams;
}

static void begin(struct waits *waits, struct http_request *request, const struct wait_order *order)
{
	CLEANUP(message_done) struct message message = { 0 };
	struct wait *wait;
	int r = messages_get(waits->api->core->db, order->message, &message);

	if (r <= 0) {
		api_reply_store_error(request, r < 0 ? r : -ENOENT);
		return;
	}
	if (try_end(waits->api, request, order->kind, &message))
		return;
	if (is_full(waits, request)) {
		give_up(waits->api, request, order->kind, order->message);
		return;
	}
	wait = xnew(struct wait);
	wait->waits = waits;
	wait->request = request;
	wait->message = order->message;
	wait->kind = order->kind;
	wait->until = clock_now() + order->length;
	wait->next = *bucket(waits, order->message);
	*bucket(waits, order->message) = wait;
	waits->count++;
	http_on_drain(request, on_drain, wait);
	loop_set_timer_earlier(waits->timer, wait->until);
}

/* A wait that begins when its message is on disk. */
struct later {
	struct waits *waits;
	struct http_request *request;
	struct wait_order order;
};

static void on_stored(void *ctx)
{
	struct later *later = ctx;

	begin(later->waits, later->request, &later->order);
	free(later);
}

static void on_lost(void *ctx)
{
	struct later *later = ctx;

	http_reply_unavailable(later->request, "it could not be stored: send it again");
	free(later);
}

void waits_add(struct waits *waits, struct http_request *request, const struct wait_order *order)
{
	struct db *db = waits->api->core->db;
	struct later *later;

	if (!db_batch_is_open(db)) {
		begin(waits, request, order);
		return;
	}
	later = xnew(struct later);
	*later = (struct later){ .waits = waits, .request = request, .order = *order };
	on_commit(db, on_stored, later);
	on_abort(db, on_lost, later);
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
