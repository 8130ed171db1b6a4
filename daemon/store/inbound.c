/* Rows of inbound, the raw requests. See store/inbound.h. */
#include "store/inbound.h"

#include <errno.h>

#include "store/stmt.h"

void inbound_done(struct inbound *inbound)
{
	free(inbound->source);
	free(inbound->method);
	free(inbound->content_type);
	free(inbound->query);
	free(inbound->dedupe);
	free(inbound->reason);
	free(inbound->body);
	*inbound = (struct inbound){ 0 };
}

static void done_row(void *row)
{
	inbound_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct inbound *inbound = row;

	inbound->id = query_read_int(q);
	inbound->source = query_read_text(q);
	inbound->state = (enum inbound_state)query_read_word(q, inbound_state_parse);
	inbound->message = query_read_int(q);
	inbound->method = query_read_text(q);
	inbound->content_type = query_read_text(q);
	inbound->query = query_read_text(q);
	inbound->dedupe = query_read_text(q);
	inbound->reason = query_read_text(q);
	inbound->received_at = query_read_at(q);
	inbound->body_size = (size_t)query_read_int(q);
}

static void read_row_with_body(struct query *q, void *row)
{
	struct inbound *inbound = row;

	read_row(q, row);
	inbound->body = query_read_blob(q, &inbound->body_size);
}

static const struct row_kind inbound_rows = { sizeof(struct inbound), read_row, done_row };
static const struct row_kind whole_rows = { sizeof(struct inbound), read_row_with_body, done_row };

int inbound_insert(struct db *db, const struct inbound *inbound)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_INBOUND_INSERT);

	query_bind_int(&q, inbound->id);
	query_bind_text(&q, inbound->source);
	query_bind_text(&q, inbound_state_name(inbound->state));
	query_bind_id(&q, inbound->message);
	query_bind_text(&q, inbound->method);
	query_bind_text(&q, inbound->content_type);
	query_bind_text(&q, inbound->query);
	query_bind_text(&q, inbound->dedupe);
	query_bind_text(&q, inbound->reason);
	query_bind_at(&q, inbound->received_at);
	query_bind_int(&q, (int64_t)inbound->body_size);
	/* A body of no bytes is a body: a pointer that is not NULL, with size 0. */
	query_bind_blob(&q, inbound->body ? inbound->body : "", inbound->body_size);
	return query_run(&q);
}

int inbound_get(struct db *db, int64_t id, struct inbound *ret_inbound)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_INBOUND_GET);

	query_bind_int(&q, id);
	return query_get(&q, &whole_rows, ret_inbound);
}

int inbound_move(struct db *db, struct inbound *inbound, enum inbound_state to)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_INBOUND_MOVE);
	int r;

	if (!inbound_may_move(inbound->state, to))
		return -EPERM;
	query_bind_int(&q, inbound->id);
	query_bind_text(&q, inbound_state_name(inbound->state));
	query_bind_text(&q, inbound_state_name(to));
	query_bind_id(&q, inbound->message);
	query_bind_text(&q, inbound->dedupe);
	query_bind_text(&q, inbound->reason);
	r = query_run(&q);
	if (r > 0)
		inbound->state = to;
	return r;
}

int inbound_count_source(struct db *db, const char *source, int64_t since, unsigned limit)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_INBOUND_COUNT_SOURCE);
	int r;

	query_bind_text(&q, source);
	query_bind_int(&q, since);
	query_bind_int(&q, limit);
	r = query_step(&q);
	return r > 0 ? (int)query_read_int(&q) : r;
}

int inbound_twin(struct db *db, const struct inbound *inbound, int64_t since, int64_t until,
		 int64_t *ret_id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_INBOUND_TWIN);

	query_bind_text(&q, inbound->source);
	query_bind_text(&q, inbound->dedupe);
	query_bind_int(&q, since);
	query_bind_int(&q, until);
	return query_get_id(&q, ret_id);
}

int inbound_known(struct db *db, const char *source, const char *dedupe, int64_t *ret_message)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_INBOUND_KNOWN);

	query_bind_text(&q, source);
	query_bind_text(&q, dedupe);
	return query_get_id(&q, ret_message);
}

int inbound_of_message(struct db *db, int64_t message, unsigned limit, struct inbound *ret_inbound)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_INBOUND_OF_MESSAGE);

	query_bind_int(&q, message);
	return query_list(&q, &inbound_rows, limit, ret_inbound);
}

static enum sql_id list_statement(const struct inbound_filter *filter)
{
	if (filter->state < 0)
		return filter->source ? SQL_INBOUND_LIST_SOURCE : SQL_INBOUND_LIST;
	if (filter->state == INBOUND_ACCEPTED)
		return filter->source ? SQL_INBOUND_LIST_ACCEPTED_SOURCE
				      : SQL_INBOUND_LIST_ACCEPTED;
	return filter->source ? SQL_INBOUND_LIST_UNSETTLED_SOURCE : SQL_INBOUND_LIST_UNSETTLED;
}

/* Source and state come first, where the statement has them. */
static void bind_filter(struct query *q, const struct inbound_filter *filter)
{
	if (filter->source)
		query_bind_text(q, filter->source);
	if (filter->state >= 0 && filter->state != INBOUND_ACCEPTED)
		query_bind_text(q, inbound_state_name((enum inbound_state)filter->state));
}

int inbound_list(struct db *db, const struct inbound_filter *filter, int64_t before, unsigned limit,
		 struct inbound *ret_inbound)
{
	CLEANUP(query_done) struct query q = query_start(db, list_statement(filter));

	bind_filter(&q, filter);
	query_bind_int(&q, before);
	return query_list(&q, &inbound_rows, limit, ret_inbound);
}

int inbound_ids(struct db *db, const struct inbound_filter *filter, int64_t after, unsigned limit,
		int64_t *ret_ids)
{
	CLEANUP(query_done)
	struct query q = query_start(db, filter->source ? SQL_INBOUND_IDS_SOURCE : SQL_INBOUND_IDS);

	bind_filter(&q, filter);
	query_bind_int(&q, after);
	return query_list_ids(&q, limit, ret_ids);
}
