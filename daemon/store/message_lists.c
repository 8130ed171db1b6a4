/* Which messages are due, how many there are, and pages of them. */
#include "store/message_rows.h"
#include "store/messages.h"
#include "store/stmt.h"

int messages_due(struct db *db, const char *ai, usec_t now, unsigned limit, int64_t *ret_ids)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_DUE);

	query_bind_text(&q, ai);
	query_bind_at(&q, now);
	return query_list_ids(&q, limit, ret_ids);
}

int messages_next_due(struct db *db, const char *ai, usec_t *ret_at)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_NEXT_DUE);

	query_bind_text(&q, ai);
	return query_get_at(&q, ret_at);
}

int messages_uncertain_due(struct db *db, usec_t now, unsigned limit, int64_t *ret_ids)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_UNCERTAIN_DUE);

	query_bind_at(&q, now);
	return query_list_ids(&q, limit, ret_ids);
}

int messages_next_uncertain_due(struct db *db, usec_t *ret_at)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_NEXT_UNCERTAIN_DUE);

	return query_get_at(&q, ret_at);
}

int messages_first_queued(struct db *db, int64_t conversation, int64_t *ret_id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_FIRST_QUEUED);

	query_bind_int(&q, conversation);
	return query_get_id(&q, ret_id);
}

int messages_orphans(struct db *db, int64_t run, unsigned limit, int64_t *ret_ids)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_ORPHANS);

	query_bind_int(&q, run);
	return query_list_ids(&q, limit, ret_ids);
}

int messages_deadline_due(struct db *db, usec_t now, unsigned limit, int64_t *ret_ids)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_DEADLINE_DUE);

	query_bind_at(&q, now);
	return query_list_ids(&q, limit, ret_ids);
}

int messages_next_deadline(struct db *db, usec_t *ret_at)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_NEXT_DEADLINE);

	return query_get_at(&q, ret_at);
}

/* Binds since and limit, and reads the count. */
static int count_since(struct query *q, int64_t since, unsigned limit)
{
	int r;

	query_bind_int(q, since);
	query_bind_int(q, limit);
	r = query_step(q);
	return r > 0 ? (int)query_read_int(q) : r;
}

int messages_count_conversation(struct db *db, int64_t conversation, int64_t since, unsigned limit)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_COUNT_CONVERSATION);

	query_bind_int(&q, conversation);
	return count_since(&q, since, limit);
}

int messages_count_source(struct db *db, const char *source, int64_t since, unsigned limit)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_COUNT_SOURCE);

	query_bind_text(&q, source);
	return count_since(&q, since, limit);
}

int messages_list(struct db *db, const char *source, int64_t before, unsigned limit,
		  struct message *ret_messages)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_LIST);

	query_bind_text(&q, source);
	query_bind_int(&q, before);
	return query_list(&q, &message_rows, limit, ret_messages);
}

int messages_walk(struct db *db, const struct message_filter *filter, int64_t before,
		  unsigned limit, struct message *ret_messages, int64_t *ret_next)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_WALK);
	struct walk walk = { 0 };
	int r = walk_start(db, SQL_MESSAGES_FLOOR, before, filter->since, &walk);

	*ret_next = 0;
	if (r <= 0)
		return r;
	query_bind_int(&q, before);
	query_bind_int(&q, walk.floor);
	query_bind_text(&q, filter->state);
	query_bind_text(&q, filter->source);
	query_bind_id(&q, filter->conversation);
	query_bind_text(&q, filter->contact);
	r = query_list(&q, &message_rows, limit, ret_messages);
	*ret_next = walk.next;
	if (r == (int)limit)
		*ret_next = ret_messages[r - 1].id;
	return r;
}

int messages_open(struct db *db, int64_t conversation, unsigned limit, struct message *ret_messages)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_OPEN);

	query_bind_int(&q, conversation);
	return query_list(&q, &message_rows, limit, ret_messages);
}

int messages_newest(struct db *db, int64_t conversation, int64_t *ret_id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_NEWEST);

	query_bind_int(&q, conversation);
	return query_get_id(&q, ret_id);
}

int messages_of_conversation(struct db *db, int64_t conversation, int64_t after, unsigned limit,
			     struct message *ret_messages)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_OF_CONVERSATION);

	query_bind_int(&q, conversation);
	query_bind_int(&q, after);
	return query_list(&q, &message_rows, limit, ret_messages);
}

int messages_count_open(struct db *db, struct messages_open_counts *ret_counts)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_MESSAGES_COUNT_OPEN);
	int r;

	query_bind_int(&q, DB_COUNT_MAX);
	r = query_step(&q);
	if (r < 0)
		return r;
	ret_counts->queued = query_read_int(&q);
	ret_counts->submitting = query_read_int(&q);
	ret_counts->with_deadline = query_read_int(&q);
	return 0;
}
