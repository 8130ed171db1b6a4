/* Rows of callbacks, the raw receipts. See store/callbacks.h. */
#include "store/callbacks.h"

#include <errno.h>

#include "store/stmt.h"

static const char *const kind_names[CALLBACK_KIND_MAX] = {
	[CALLBACK_ANSWER] = "answer",
	[CALLBACK_FOLLOWUP] = "followup",
	[CALLBACK_EMERGENCY] = "emergency",
};

const char *callback_kind_name(enum callback_kind kind)
{
	return kind_names[kind];
}

static int parse_kind(const char *name)
{
	return names_find(kind_names, CALLBACK_KIND_MAX, name);
}

void callback_done(struct callback *callback)
{
	free(callback->ai);
	free(callback->method);
	free(callback->content_type);
	free(callback->query);
	free(callback->body);
	free(callback->reason);
	*callback = (struct callback){ 0 };
}

static void done_row(void *row)
{
	callback_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct callback *callback = row;

	callback->id = query_read_int(q);
	callback->kind = (enum callback_kind)query_read_word(q, parse_kind);
	callback->state = (enum callback_state)query_read_word(q, callback_state_parse);
	callback->message = query_read_int(q);
	callback->ai = query_read_text(q);
	callback->answer = query_read_int(q);
	callback->method = query_read_text(q);
	callback->content_type = query_read_text(q);
	callback->query = query_read_text(q);
	callback->body_size = (size_t)query_read_int(q);
	query_read_bytes(q, callback->digest, sizeof(callback->digest));
	callback->reason = query_read_text(q);
	callback->received_at = query_read_at(q);
	callback->has_body = query_read_int(q);
}

static void read_row_with_body(struct query *q, void *row)
{
	struct callback *callback = row;
	size_t size;

	read_row(q, row);
	callback->body = query_read_blob(q, &size);
}

static const struct row_kind callback_rows = { sizeof(struct callback), read_row, done_row };
static const struct row_kind whole_rows = { sizeof(struct callback), read_row_with_body, done_row };

/* A body of no bytes is a body: a pointer that is not NULL, with size 0. */
static void bind_body(struct query *q, const struct callback *callback)
{
	const void *body = callback->body ? callback->body : "";

	query_bind_blob(q, callback->has_body ? body : NULL, callback->body_size);
}

int callbacks_insert(struct db *db, const struct callback *callback)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_INSERT);

	query_bind_int(&q, callback->id);
	query_bind_text(&q, callback_kind_name(callback->kind));
	query_bind_text(&q, callback_state_name(callback->state));
	query_bind_id(&q, callback->message);
	query_bind_text(&q, callback->ai);
	query_bind_id(&q, callback->answer);
	query_bind_text(&q, callback->method);
	query_bind_text(&q, callback->content_type);
	query_bind_text(&q, callback->query);
	query_bind_int(&q, (int64_t)callback->body_size);
	query_bind_blob(&q, callback->digest, sizeof(callback->digest));
	query_bind_text(&q, callback->reason);
	query_bind_at(&q, callback->received_at);
	bind_body(&q, callback);
	return query_run(&q);
}

int callbacks_get(struct db *db, int64_t id, struct callback *ret_callback)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_GET);

	query_bind_int(&q, id);
	return query_get(&q, &whole_rows, ret_callback);
}

int callbacks_move(struct db *db, struct callback *callback, enum callback_state to)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_MOVE);
	int r;

	if (!callback_may_move(callback->state, to))
		return -EPERM;
	query_bind_int(&q, callback->id);
	query_bind_text(&q, callback_state_name(callback->state));
	query_bind_text(&q, callback_state_name(to));
	query_bind_id(&q, callback->message);
	query_bind_id(&q, callback->answer);
	query_bind_text(&q, callback->reason);
	r = query_run(&q);
	if (r > 0)
		callback->state = to;
	return r;
}

int callbacks_purge(struct db *db, int64_t id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_PURGE);

	query_bind_int(&q, id);
	return query_run(&q);
}

static int read_stored(struct query *q, struct callbacks_stored *ret_stored)
{
	int r = query_step(q);

	if (r < 0)
		return r;
	ret_stored->count = (unsigned)query_read_int(q);
	ret_stored->bodies = (unsigned)query_read_int(q);
	ret_stored->bytes = (uint64_t)query_read_int(q);
	return 0;
}

int callbacks_stored(struct db *db, int64_t message, enum callback_kind kind,
		     struct callbacks_stored *ret_stored)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_STORED);

	query_bind_int(&q, message);
	query_bind_text(&q, callback_kind_name(kind));
	query_bind_int(&q, CALLBACKS_STORED_MAX);
	return read_stored(&q, ret_stored);
}

int callbacks_stored_ai(struct db *db, const char *ai, int64_t since,
			struct callbacks_stored *ret_stored)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_STORED_AI);

	query_bind_text(&q, ai);
	query_bind_int(&q, since);
	query_bind_int(&q, CALLBACKS_STORED_MAX);
	return read_stored(&q, ret_stored);
}

int callbacks_same(struct db *db, int64_t message, enum callback_kind kind,
		   const uint8_t digest[static CALLBACK_DIGEST_SIZE], int64_t *ret_id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_SAME);

	query_bind_int(&q, message);
	query_bind_text(&q, callback_kind_name(kind));
	query_bind_blob(&q, digest, CALLBACK_DIGEST_SIZE);
	return query_get_id(&q, ret_id);
}

int callbacks_same_ai(struct db *db, const char *ai, int64_t since,
		      const uint8_t digest[static CALLBACK_DIGEST_SIZE], int64_t *ret_id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_SAME_AI);

	query_bind_text(&q, ai);
	query_bind_int(&q, since);
	query_bind_blob(&q, digest, CALLBACK_DIGEST_SIZE);
	return query_get_id(&q, ret_id);
}

int callbacks_of_message(struct db *db, int64_t message, unsigned limit,
			 struct callback *ret_callbacks)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_OF_MESSAGE);

	query_bind_int(&q, message);
	return query_list(&q, &callback_rows, limit, ret_callbacks);
}

static int list_matched(struct db *db, int64_t before, unsigned limit,
			struct callback *ret_callbacks)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_LIST_MATCHED);

	query_bind_int(&q, before);
	return query_list(&q, &callback_rows, limit, ret_callbacks);
}

int callbacks_list(struct db *db, enum callback_state state, int64_t before, unsigned limit,
		   struct callback *ret_callbacks)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_LIST_UNSETTLED);

	if (state == CALLBACK_MATCHED)
		return list_matched(db, before, limit, ret_callbacks);
	query_bind_text(&q, callback_state_name(state));
	query_bind_int(&q, before);
	return query_list(&q, &callback_rows, limit, ret_callbacks);
}

int callbacks_uncorrelated(struct db *db, int64_t after, unsigned limit, int64_t *ret_ids)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACKS_UNCORRELATED);

	query_bind_int(&q, after);
	return query_list_ids(&q, limit, ret_ids);
}
