/* Rows of the timeline. See store/events.h. */
#include "store/events.h"

#include "store/stmt.h"

void event_done(struct event *event)
{
	free(event->type);
	free(event->source);
	free(event->state);
	free(event->detail);
	*event = (struct event){ 0 };
}

static void done_row(void *row)
{
	event_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct event *event = row;

	event->id = query_read_int(q);
	event->type = query_read_text(q);
	event->source = query_read_text(q);
	event->conversation = query_read_int(q);
	event->message = query_read_int(q);
	event->answer = query_read_int(q);
	event->seq = query_read_int(q);
	event->state = query_read_text(q);
	event->detail = query_read_text(q);
}

static const struct row_kind event_rows = { sizeof(struct event), read_row, done_row };

int events_insert(struct db *db, const struct event *event)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_EVENTS_INSERT);

	query_bind_int(&q, event->id);
	query_bind_text(&q, event->type);
	query_bind_text(&q, event->source);
	query_bind_id(&q, event->conversation);
	query_bind_id(&q, event->message);
	query_bind_id(&q, event->answer);
	query_bind_id(&q, event->seq);
	query_bind_text(&q, event->state);
	query_bind_text(&q, event->detail);
	return query_run(&q);
}

int events_of_message(struct db *db, int64_t message, unsigned limit, struct event *ret_events)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_EVENTS_OF_MESSAGE);

	query_bind_int(&q, message);
	return query_list(&q, &event_rows, limit, ret_events);
}

int events_after(struct db *db, int64_t after, unsigned limit, struct event *ret_events)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_EVENTS_AFTER);

	query_bind_int(&q, after);
	return query_list(&q, &event_rows, limit, ret_events);
}

int events_before(struct db *db, const char *source, int64_t before, unsigned limit,
		  struct event *ret_events, int64_t *ret_next)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_EVENTS_BEFORE);
	struct walk walk = { 0 };
	int r = walk_start(db, SQL_EVENTS_FLOOR, before, 0, &walk);

	*ret_next = 0;
	if (r <= 0)
		return r;
	query_bind_int(&q, before);
	query_bind_int(&q, walk.floor);
	query_bind_text(&q, source);
	r = query_list(&q, &event_rows, limit, ret_events);
	*ret_next = walk.next;
	if (r == (int)limit)
		*ret_next = ret_events[r - 1].id;
	return r;
}

/* The greatest or smallest id, 0 for an empty table. */
static int read_edge(struct db *db, enum sql_id sql, int64_t *ret_id)
{
	CLEANUP(query_done) struct query q = query_start(db, sql);
	int r = query_step(&q);

	if (r < 0)
		return r;
	*ret_id = query_read_int(&q);
	return 0;
}

int events_last(struct db *db, int64_t *ret_id)
{
	return read_edge(db, SQL_EVENTS_LAST, ret_id);
}

int events_first(struct db *db, int64_t *ret_id)
{
	return read_edge(db, SQL_EVENTS_FIRST, ret_id);
}
