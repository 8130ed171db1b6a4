/* Steps of what age takes away. See store/retention.h. */
#include "store/retention.h"

#include "store/stmt.h"

#define PAGE_SIZE 4096

/* Where a step ends, and what it does up to there. */
static const struct {
	enum sql_id end;
	enum sql_id apply;
} sweeps[RETENTION_SWEEP_MAX] = {
	[RETENTION_PURGE_CALLBACKS] = { SQL_RETENTION_CALLBACKS_END,
					SQL_RETENTION_CALLBACKS_PURGE },
	[RETENTION_PURGE_ATTEMPTS] = { SQL_RETENTION_ATTEMPTS_END, SQL_RETENTION_ATTEMPTS_PURGE },
	[RETENTION_REDACT_MESSAGES] = { SQL_RETENTION_MESSAGES_END, SQL_RETENTION_MESSAGES_REDACT },
	[RETENTION_REDACT_ANSWERS] = { SQL_RETENTION_ANSWERS_END, SQL_RETENTION_ANSWERS_REDACT },
	[RETENTION_REDACT_CONTACTS] = { SQL_RETENTION_CONVERSATIONS_END,
					SQL_RETENTION_CONTACTS_REDACT },
	[RETENTION_DELETE_ATTEMPTS] = { SQL_RETENTION_ATTEMPTS_END, SQL_RETENTION_ATTEMPTS_DELETE },
	[RETENTION_DELETE_EVENTS] = { SQL_RETENTION_EVENTS_END, SQL_RETENTION_EVENTS_DELETE },
	[RETENTION_DELETE_DELIVERIES] = { SQL_RETENTION_DELIVERIES_END,
					  SQL_RETENTION_DELIVERIES_DELETE },
	[RETENTION_DELETE_ANSWERS] = { SQL_RETENTION_ANSWERS_END, SQL_RETENTION_ANSWERS_DELETE },
	[RETENTION_DELETE_CALLBACKS] = { SQL_RETENTION_CALLBACKS_END,
					 SQL_RETENTION_CALLBACKS_DELETE },
	[RETENTION_DELETE_MESSAGES] = { SQL_RETENTION_MESSAGES_END, SQL_RETENTION_MESSAGES_DELETE },
	[RETENTION_DELETE_CONVERSATIONS] = { SQL_RETENTION_CONVERSATIONS_END,
					     SQL_RETENTION_CONVERSATIONS_DELETE },
};

/* The last id of a step, 0 when no row is left in the range. 0 or negative errno. */
static int find_end(struct db *db, enum sql_id sql, int64_t after, int64_t before, unsigned limit,
		    int64_t *ret_last)
{
	CLEANUP(query_done) struct query q = query_start(db, sql);
	int r;

	query_bind_int(&q, after);
	query_bind_int(&q, before);
	query_bind_int(&q, limit);
	*ret_last = 0;
	r = query_get_id(&q, ret_last);
	return r < 0 ? r : 0;
}

static int apply(struct db *db, enum sql_id sql, int64_t after, int64_t last)
{
	CLEANUP(query_done) struct query q = query_start(db, sql);

	query_bind_int(&q, after);
	query_bind_int(&q, last);
	return query_run(&q);
}

int retention_step(struct db *db, enum retention_sweep sweep, int64_t after, int64_t before,
		   unsigned limit, struct retention_step *ret_step)
{
	struct retention_step step = { 0 };
	int r = find_end(db, sweeps[sweep].end, after, before, limit, &step.last);

	if (r == 0 && step.last)
		r = apply(db, sweeps[sweep].apply, after, step.last);
	if (r < 0)
		return r;
	step.changed = (unsigned)r;
	*ret_step = step;
	return 0;
}

int retention_oldest(struct db *db, int64_t from, int64_t *ret_id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_RETENTION_OLDEST);
	int r;

	query_bind_int(&q, from);
	r = query_get_id(&q, ret_id);
	return r < 0 ? r : 0;
}

static int read_pages(struct db *db, enum sql_id sql, uint64_t *ret_pages)
{
	CLEANUP(query_done) struct query q = query_start(db, sql);
	int r = query_step(&q);

	if (r < 0)
		return r;
	*ret_pages = r > 0 ? (uint64_t)query_read_int(&q) : 0;
	return 0;
}

int retention_sizes(struct db *db, struct retention_sizes *ret_sizes)
{
	uint64_t pages, free_pages;
	int r = read_pages(db, SQL_RETENTION_PAGES, &pages);

	if (r == 0)
		r = read_pages(db, SQL_RETENTION_FREE_PAGES, &free_pages);
	if (r < 0)
		return r;
	ret_sizes->used_bytes = (pages - free_pages) * PAGE_SIZE;
	ret_sizes->free_bytes = free_pages * PAGE_SIZE;
	return 0;
}

int retention_shrink(struct db *db)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_RETENTION_SHRINK);
	int count = 0;
	int r;

	while ((r = query_step(&q)) > 0) /* a row for each page */
		count++;
	return r < 0 ? r : count;
}
