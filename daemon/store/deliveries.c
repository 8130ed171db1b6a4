/* Rows of deliveries. See store/deliveries.h. */
#include "store/deliveries.h"

#include <errno.h>

#include "store/stmt.h"

void delivery_done(struct delivery *delivery)
{
	free(delivery->type);
	free(delivery->destination);
	free(delivery->source);
	free(delivery->alert);
	free(delivery->reason);
	*delivery = (struct delivery){ 0 };
}

static void done_row(void *row)
{
	delivery_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct delivery *delivery = row;

	delivery->id = query_read_int(q);
	delivery->type = query_read_text(q);
	delivery->destination = query_read_text(q);
	delivery->source = query_read_text(q);
	delivery->conversation = query_read_int(q);
	delivery->message = query_read_int(q);
	delivery->answer = query_read_int(q);
	delivery->callback = query_read_int(q);
	delivery->alert = query_read_text(q);
	delivery->state = (enum delivery_state)query_read_word(q, delivery_state_parse);
	delivery->is_ordered = query_read_int(q);
	delivery->due_at = query_read_at(q);
	delivery->tries = (unsigned)query_read_int(q);
	delivery->run = query_read_int(q);
	delivery->reason = query_read_text(q);
	delivery->created_at = query_read_at(q);
	delivery->finished_at = query_read_at(q);
}

static const struct row_kind delivery_rows = { sizeof(struct delivery), read_row, done_row };

int deliveries_insert(struct db *db, const struct delivery *delivery)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_INSERT);

	query_bind_int(&q, delivery->id);
	query_bind_text(&q, delivery->type);
	query_bind_text(&q, delivery->destination);
	query_bind_text(&q, delivery->source);
	query_bind_id(&q, delivery->conversation);
	query_bind_id(&q, delivery->message);
	query_bind_id(&q, delivery->answer);
	query_bind_id(&q, delivery->callback);
	query_bind_text(&q, delivery->alert);
	query_bind_text(&q, delivery_state_name(delivery->state));
	query_bind_int(&q, delivery->is_ordered);
	query_bind_at(&q, delivery->due_at);
	query_bind_int(&q, delivery->tries);
	query_bind_id(&q, delivery->run);
	query_bind_text(&q, delivery->reason);
	query_bind_at(&q, delivery->created_at);
	query_bind_at_null(&q, delivery->finished_at);
	return query_run(&q);
}

int deliveries_get(struct db *db, int64_t id, struct delivery *ret_delivery)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_GET);

	query_bind_int(&q, id);
	return query_get(&q, &delivery_rows, ret_delivery);
}

int deliveries_move(struct db *db, struct delivery *delivery, enum delivery_state to)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_MOVE);
	int r;

	if (!delivery_may_move(delivery->state, to))
		return -EPERM;
	query_bind_int(&q, delivery->id);
	query_bind_text(&q, delivery_state_name(delivery->state));
	query_bind_text(&q, delivery_state_name(to));
	query_bind_at(&q, delivery->due_at);
	query_bind_int(&q, delivery->tries);
	query_bind_id(&q, delivery->run);
	query_bind_text(&q, delivery->reason);
	query_bind_at_null(&q, delivery->finished_at);
	r = query_run(&q);
	if (r > 0)
		delivery->state = to;
	return r;
}

int deliveries_update(struct db *db, const struct delivery *delivery)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_UPDATE);

	query_bind_int(&q, delivery->id);
	query_bind_at(&q, delivery->due_at);
	query_bind_text(&q, delivery->reason);
	return query_run(&q);
}

int deliveries_release(struct db *db, int64_t answer, usec_t now)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_RELEASE);

	query_bind_int(&q, answer);
	query_bind_at(&q, now);
	return query_run(&q);
}

int deliveries_due(struct db *db, const char *destination, usec_t now, unsigned limit,
		   int64_t *ret_ids)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_DUE);

	query_bind_text(&q, destination);
	query_bind_at(&q, now);
	return query_list_ids(&q, limit, ret_ids);
}

int deliveries_next_due(struct db *db, const char *destination, usec_t *ret_at)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_NEXT_DUE);

	query_bind_text(&q, destination);
	return query_get_at(&q, ret_at);
}

int deliveries_open(struct db *db, int64_t conversation, const char *destination, int64_t after,
		    unsigned limit, struct delivery *ret_deliveries)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_OPEN);

	query_bind_int(&q, conversation);
	query_bind_text(&q, destination);
	query_bind_int(&q, after);
	return query_list(&q, &delivery_rows, limit, ret_deliveries);
}

int deliveries_orphans(struct db *db, int64_t run, unsigned limit, int64_t *ret_ids)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_ORPHANS);

	query_bind_int(&q, run);
	return query_list_ids(&q, limit, ret_ids);
}

int deliveries_of_message(struct db *db, int64_t message, unsigned limit,
			  struct delivery *ret_deliveries)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_OF_MESSAGE);

	query_bind_int(&q, message);
	return query_list(&q, &delivery_rows, limit, ret_deliveries);
}

int deliveries_is_relayed(struct db *db, int64_t message, int64_t callback)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_IS_RELAYED);

	query_bind_int(&q, message);
	query_bind_int(&q, callback);
	return query_step(&q);
}

int deliveries_walk(struct db *db, const struct delivery_filter *filter, int64_t before,
		    unsigned limit, struct delivery *ret_deliveries, int64_t *ret_next)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_WALK);
	struct walk walk = { 0 };
	int r = walk_start(db, SQL_DELIVERIES_FLOOR, before, filter->since, &walk);

	*ret_next = 0;
	if (r <= 0)
		return r;
	query_bind_int(&q, before);
	query_bind_int(&q, walk.floor);
	query_bind_text(&q, filter->state);
	query_bind_text(&q, filter->destination);
	query_bind_text(&q, filter->source);
	r = query_list(&q, &delivery_rows, limit, ret_deliveries);
	*ret_next = walk.next;
	if (r == (int)limit)
		*ret_next = ret_deliveries[r - 1].id;
	return r;
}

static int next_name(struct db *db, enum sql_id sql, const char *name, char **ret_name)
{
	CLEANUP(query_done) struct query q = query_start(db, sql);
	char *next;
	int r;

	query_bind_text(&q, name);
	r = query_step(&q);
	if (r <= 0)
		return r;
	next = query_read_text(&q);
	if (!next)
		return q.error;
	*ret_name = next;
	return 1;
}

int deliveries_next_destination(struct db *db, const char *name, char **ret_name)
{
	return next_name(db, SQL_DELIVERIES_NEXT_DESTINATION, name, ret_name);
}

int deliveries_next_dead(struct db *db, const char *name, char **ret_name)
{
	return next_name(db, SQL_DELIVERIES_NEXT_DEAD, name, ret_name);
}

int deliveries_died(struct db *db, const char *destination, usec_t since, int64_t *ret_count)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_DIED);
	int r;

	query_bind_text(&q, destination);
	query_bind_at(&q, since);
	query_bind_int(&q, DELIVERIES_DIED_MAX);
	r = query_step(&q);
	if (r < 0)
		return r;
	*ret_count = query_read_int(&q);
	return 0;
}

int deliveries_destinations(struct db *db, unsigned limit, char **ret_names)
{
	unsigned count = 0;
	int r = 1;

	while (count < limit) {
		r = deliveries_next_destination(db, count ? ret_names[count - 1] : "",
						&ret_names[count]);
		if (r <= 0)
			break;
		count++;
	}
	if (r >= 0)
		return (int)count;
	while (count > 0)
		free(ret_names[--count]);
	return r;
}

int deliveries_count(struct db *db, const char *destination, struct deliveries_counts *ret_counts)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_DELIVERIES_COUNT);
	int r;

	query_bind_text(&q, destination);
	query_bind_int(&q, DB_COUNT_MAX);
	r = query_step(&q);
	if (r < 0)
		return r;
	ret_counts->pending = query_read_int(&q);
	ret_counts->dead = query_read_int(&q);
	ret_counts->oldest_at = query_read_at(&q);
	return 0;
}
