/* Requests at hooks, and mails, become messages. See intake_inbound.h. */
#include "intake_inbound.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/log.h"
#include "base/loop.h"
#include "hook_map.h"
#include "intake.h"
#include "store/messages.h"

#define CLAIM 16 /* left-over requests that are mapped in one step */

struct intake_inbound {
	struct core *core;
	struct intake *intake;
	struct loop_source *timer;
	int64_t last;	 /* left-over requests up to this one have been tried in this pass */
	bool has_failed; /* one of this pass did */
};

/* One request on its way. */
struct work {
	struct intake_inbound *inbound;
	struct inbound *row;
	const struct config_source *source;
	struct json_object *object;
	struct hook_mapped mapped;
	struct message message;
};

static void work_done(struct work *work)
{
	json_object_put(work->object);
	hook_mapped_done(&work->mapped);
	message_done(&work->message);
}

/* ---- the end of it ---- */

static void log_row(void *ctx)
{
	struct inbound *row = ctx;
	char text[2][IDS_TEXT_SIZE];

	ids_format(ID_INBOUND, row->id, text[0]);
	if (row->state == INBOUND_UNMAPPED)
		log_warning("inbound request unmapped: %s inbound=%s source=%s", row->reason,
			    text[0], row->source);
	else
		log_info("inbound request %s%s%s inbound=%s message=%s source=%s",
			 inbound_state_name(row->state), row->reason ? ": " : "",
			 row->reason ? row->reason : "", text[0],
			 row->message ? ids_format(ID_MESSAGE, row->message, text[1]) : "none",
			 row->source);
	inbound_done(row);
	free(row);
}

static void forget_row(void *ctx)
{
	inbound_done(ctx);
	free(ctx);
}

static void log_on_commit(struct core *core, const struct inbound *row)
{
	struct inbound *copy = xnew(struct inbound);

	copy->id = row->id;
	copy->state = row->state;
	copy->message = row->message;
	copy->source = xstrdup(row->source);
	copy->reason = xstrdup_null(row->reason);
	on_commit(core->db, log_row, copy);
	on_abort(core->db, forget_row, copy);
}

static int finish(struct work *work, enum inbound_state state, const char *reason)
{
	struct core *core = work->inbound->core;
	int r;

	free(work->row->reason);
	work->row->reason = xstrdup_null(reason);
	work->row->message = work->message.id;
	r = inbound_move(core->db, work->row, state);
	if (r <= 0)
		return r < 0 ? r : -EIO;
	log_on_commit(core, work->row);
	return 0;
}

/* ---- what it says ---- */

/* What is the same in repeats: as configured, else as its sender said, else a mail's own id. */
static void set_dedupe(struct work *work)
{
	const char *mapped = work->mapped.field[MAP_DEDUPE];

	if (!mapped && work->source->kind == SOURCE_MAIL)
		mapped = json_get_string(work->object, "message_id");
	if (!mapped)
		return;
	free(work->row->dedupe);
	work->row->dedupe = xstrdup(mapped);
}

/* 1 when another request of the same dedupe has become a message. */
static int is_repeat(struct work *work)
{
	usec_t at = work->row->received_at;
	int64_t since = 0, until = INT64_MAX, id;

	if (!work->row->dedupe)
		return 0;
	if (work->source->kind != SOURCE_MAIL) {
		since = ids_floor(at > INBOUND_DEDUPE ? at - INBOUND_DEDUPE : 0);
		until = ids_floor(at + INBOUND_DEDUPE);
	}
	return inbound_twin(work->inbound->core->db, work->row, since, until, &id);
}

/* The conversation of a message; 0 when it is gone. */
static int conversation_of(struct db *db, int64_t id, int64_t *ret_conversation)
{
	CLEANUP(message_done) struct message message = { 0 };
	int r = messages_get(db, id, &message);

	*ret_conversation = r > 0 ? message.conversation : 0;
	return r < 0 ? r : 0;
}

/* Looks from the newest mail on that this one refers to. *ret_conversation: 0 for none. */
static int find_thread(struct work *work, int64_t *ret_conversation)
{
	struct db *db = work->inbound->core->db;
	struct json_object *references = json_at(work->object, "/references");
	size_t count = json_object_is_type(references, json_type_array)
			       ? json_object_array_length(references)
			       : 0;

	*ret_conversation = 0;
	while (count-- > 0) {
		struct json_object *id = json_object_array_get_idx(references, count);
		int64_t message;
		int r = inbound_known(db, work->source->name, json_object_get_string(id), &message);

		if (r > 0)
			r = conversation_of(db, message, ret_conversation);
		if (r < 0 || *ret_conversation)
			return r;
	}
	return 0;
}

/* A thread is looked up unless the configuration names another one. */
static bool is_own_thread(const struct work *work)
{
	const char *key = work->mapped.field[MAP_CONVERSATION_KEY];
	const char *thread = json_get_string(work->object, "conversation_key");

	return work->source->kind == SOURCE_MAIL && (!key || (thread && streq(key, thread)));
}

static int take_in(struct work *work)
{
	char *const *field = work->mapped.field;
	struct intake_request request = {
		.source = work->source,
		.ai = work->source->ai,
		.message_content = field[MAP_TEXT],
		.platform = field[MAP_PLATFORM],
		.prospect_info = work->mapped.prospect_info,
		.contacts = work->mapped.contacts,
		.conversation_key = field[MAP_CONVERSATION_KEY],
		.metadata = work->mapped.metadata,
		.skips_limits = true,
	};
	usec_t retry_after;
	int r = 0;

	if (is_own_thread(work))
		r = find_thread(work, &request.conversation);
	if (r == 0)
		r = intake_store(work->inbound->intake, &request, &work->message, &retry_after);
	if (r < 0)
		return r;
	if (r != INTAKE_STORED)
		return finish(work, INBOUND_UNMAPPED, "its conversation is another source's");
	return finish(work, INBOUND_ACCEPTED, NULL);
}

static int map(struct work *work)
{
	CLEANUP(freep) char *why = NULL;
	int mapped = hook_map(work->source, work->object, &work->mapped, &why);
	int r;

	set_dedupe(work);
	if (mapped < 0)
		return finish(work, INBOUND_UNMAPPED, why);
	r = is_repeat(work);
	if (r < 0)
		return r;
	return r > 0 ? finish(work, INBOUND_DROPPED, "duplicate") : take_in(work);
}

/* Everything that follows from a row, which is in a state that can still change. */
static int settle(struct intake_inbound *inbound, struct inbound *row)
{
	CLEANUP(work_done) struct work work = { .inbound = inbound, .row = row };
	const char *automatic = NULL, *why = NULL;

	work.source = config_source(inbound->core->config, row->source);
	if (!work.source || (work.source->kind != SOURCE_HOOK && work.source->kind != SOURCE_MAIL))
		return finish(&work, INBOUND_UNMAPPED,
			      "the configuration has no source of kind hook or mail by its name");
	if (hook_object(row, &work.object, &automatic, &why) < 0)
		return finish(&work, INBOUND_UNMAPPED, why);
	if (automatic) {
		CLEANUP(freep) char *reason = xasprintf("auto-submitted: %s", automatic);

		return finish(&work, INBOUND_DROPPED, reason);
	}
	if (work.source->accept_if && !condition_test(work.source->accept_if, work.object))
		return finish(&work, INBOUND_DROPPED, "rule: accept_if is not met");
	return map(&work);
}

/* In a unit of its own. On failure the row is as it was. */
static int settle_apart(struct intake_inbound *inbound, struct inbound *row)
{
	struct db *db = inbound->core->db;
	enum inbound_state before = row->state;
	char text[IDS_TEXT_SIZE];
	int r = unit_begin(db);

	if (r == 0)
		r = unit_end(db, settle(inbound, row));
	if (r == 0)
		return 0;
	row->state = before;
	row->message = 0;
	log_error("inbound request could not be mapped: %s; trying again later inbound=%s",
		  strerror(-r), ids_format(ID_INBOUND, row->id, text));
	return r;
}

/* ---- what comes in ---- */

static int check_requests(struct core *core, const struct config_source *source,
			  usec_t *ret_retry_after)
{
	const struct rate_limit *limit = &source->limit_requests;
	int r;

	if (limit->count == 0)
		return INTAKE_RAW_STORED;
	r = inbound_count_source(core->db, source->name, ids_floor(clock_now() - limit->window),
				 (unsigned)limit->count);
	if (r < 0 || (uint64_t)r < limit->count)
		return r < 0 ? r : INTAKE_RAW_STORED;
	*ret_retry_after = limit->window / 10;
	return INTAKE_RAW_LIMITED;
}

static int check_limits(struct intake_inbound *inbound, const struct intake_raw *raw,
			usec_t *ret_retry_after)
{
	int r;

	if (raw->skips_limits)
		return INTAKE_RAW_STORED;
	r = intake_check_limits(inbound->intake, raw->source, ret_retry_after);
	if (r < 0 || r == INTAKE_LIMITED)
		return r < 0 ? r : INTAKE_RAW_LIMITED;
	return check_requests(inbound->core, raw->source, ret_retry_after);
}

static void *copy_bytes(const void *bytes, size_t len)
{
	char *copy = xcalloc(len + 1, 1);

	memcpy(copy, bytes, len);
	return copy;
}

int intake_inbound_store(struct intake_inbound *inbound, const struct intake_raw *raw,
			 struct inbound *ret_row, usec_t *ret_retry_after)
{
	struct inbound row = {
		.id = ids_next(),
		.source = raw->source->name,
		.state = INBOUND_RECEIVED,
		.method = (char *)raw->method,
		.content_type = raw->content_type[0] ? (char *)raw->content_type : NULL,
		.query = raw->query[0] ? (char *)raw->query : NULL,
		.dedupe = (char *)raw->dedupe,
		.received_at = clock_now(),
		.body_size = raw->body_len,
		.body = (void *)raw->body,
	};
	int r = check_limits(inbound, raw, ret_retry_after);

	if (r != INTAKE_RAW_STORED)
		return r;
	r = inbound_insert(inbound->core->db, &row);
	if (r < 0)
		return r;
	row.source = xstrdup(row.source);
	row.method = xstrdup(row.method);
	row.content_type = xstrdup_null(row.content_type);
	row.query = xstrdup_null(row.query);
	row.dedupe = xstrdup_null(row.dedupe);
	row.body = copy_bytes(raw->body, raw->body_len);
	*ret_row = row;
	/* The raw bytes are stored whatever comes of this. */
	if (settle_apart(inbound, ret_row) < 0)
		loop_set_timer_earlier(inbound->timer, clock_now() + INBOUND_RETRY);
	return INTAKE_RAW_STORED;
}

/* ---- by hand ---- */

int intake_inbound_replay(struct intake_inbound *inbound, int64_t id, struct inbound *ret_row)
{
	CLEANUP(inbound_done) struct inbound row = { 0 };
	int r = inbound_get(inbound->core->db, id, &row);

	if (r <= 0)
		return r;
	if (row.state == INBOUND_ACCEPTED || !row.body)
		return -EPERM;
	r = settle_apart(inbound, &row);
	if (r < 0)
		return r;
	*ret_row = row;
	row = (struct inbound){ 0 };
	return 1;
}

int intake_inbound_drop(struct intake_inbound *inbound, int64_t id, struct inbound *ret_row)
{
	CLEANUP(inbound_done) struct inbound row = { 0 };
	struct work work = { .inbound = inbound, .row = &row };
	int r = inbound_get(inbound->core->db, id, &row);

	if (r <= 0)
		return r;
	r = finish(&work, INBOUND_DROPPED, "by hand");
	if (r < 0)
		return r;
	*ret_row = row;
	row = (struct inbound){ 0 };
	return 1;
}

/* ---- what was left over ---- */

static int settle_left_over(struct intake_inbound *inbound, int64_t id)
{
	CLEANUP(inbound_done) struct inbound row = { 0 };
	int r = inbound_get(inbound->core->db, id, &row);

	if (r <= 0 || row.state != INBOUND_RECEIVED)
		return r < 0 ? r : 0;
	return settle_apart(inbound, &row);
}

/*
 * One step over what is left in `received`; goes on at once while there is more. One that fails
 * again holds none of the others back.
 */
static void on_timer(void *ctx)
{
	struct intake_inbound *inbound = ctx;
	const struct inbound_filter received = { NULL, INBOUND_RECEIVED };
	int64_t ids[CLAIM];
	int count = inbound_ids(inbound->core->db, &received, inbound->last, CLAIM, ids);

	inbound->has_failed |= count < 0;
	for (int i = 0; i < count; i++) {
		inbound->last = ids[i];
		inbound->has_failed |= settle_left_over(inbound, ids[i]) < 0;
	}
	if (count == CLAIM) {
		loop_set_timer(inbound->timer, clock_now());
		return;
	}
	inbound->last = 0;
	if (inbound->has_failed)
		loop_set_timer(inbound->timer, clock_now() + INBOUND_RETRY);
	inbound->has_failed = false;
}

void intake_inbound_start(struct intake_inbound *inbound)
{
	loop_set_timer(inbound->timer, clock_now());
}

int intake_inbound_new(struct core *core, struct intake *intake,
		       struct intake_inbound **ret_inbound)
{
	struct intake_inbound *inbound = xnew(struct intake_inbound);
	int r;

	inbound->core = core;
	inbound->intake = intake;
	r = loop_add_timer(core->loop, on_timer, inbound, &inbound->timer);
	if (r < 0) {
		free(inbound);
		return r;
	}
	*ret_inbound = inbound;
	return 0;
}

struct intake_inbound *intake_inbound_free(struct intake_inbound *inbound)
{
	if (!inbound)
		return NULL;
	loop_source_free(inbound->timer);
	free(inbound);
	return NULL;
}
