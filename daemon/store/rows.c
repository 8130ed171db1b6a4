/* The few shapes in which statements return rows: one, a list, ids, a number, a time. See
 * store/stmt.h. */
#include <assert.h>
#include <string.h>

#include "store/stmt.h"

static int read_row(struct query *q, const struct row_kind *kind, void *row)
{
	memset(row, 0, kind->size);
	kind->read(q, row);
	/* a statement whose columns are not those of the row would shift them all in silence */
	assert(query_is_read(q));
	if (q->error == 0)
		return 1;
	kind->done(row);
	memset(row, 0, kind->size);
	return q->error;
}

int query_get(struct query *q, const struct row_kind *kind, void *ret_row)
{
	int r = query_step(q);

	return r > 0 ? read_row(q, kind, ret_row) : r;
}

int query_list(struct query *q, const struct row_kind *kind, unsigned limit, void *ret_rows)
{
	char *rows = ret_rows;
	unsigned count = 0;
	int r;

	query_bind_int(q, limit);
	while ((r = query_step(q)) > 0) {
		assert(count < limit);
		r = read_row(q, kind, rows + count * kind->size);
		if (r < 0)
			break;
		count++;
	}
	if (r == 0)
		return (int)count;
	while (count > 0)
		kind->done(rows + --count * kind->size);
	return r;
}

int query_list_ids(struct query *q, unsigned limit, int64_t *ret_ids)
{
	unsigned count = 0;
	int r;

	query_bind_int(q, limit);
	while ((r = query_step(q)) > 0) {
		assert(count < limit);
		ret_ids[count++] = query_read_int(q);
	}
	return r < 0 ? r : (int)count;
}

int query_get_id(struct query *q, int64_t *ret_id)
{
	int64_t id;
	int r = query_step(q);

	if (r <= 0)
		return r;
	id = query_read_int(q);
	if (id == 0)
		return 0;
	*ret_id = id;
	return 1;
}

int query_get_at(struct query *q, usec_t *ret_at)
{
	usec_t at;
	int r = query_step(q);

	if (r < 0)
		return r;
	at = r > 0 ? query_read_at(q) : 0;
	*ret_at = at ? at : USEC_NEVER;
	return 0;
}

static int find_floor(struct db *db, enum sql_id sql, int64_t before, int64_t since,
		      int64_t *ret_floor)
{
	CLEANUP(query_done) struct query q = query_start(db, sql);

	query_bind_int(&q, before);
	query_bind_int(&q, since);
	query_bind_int(&q, DB_WALK_MAX);
	return query_get_id(&q, ret_floor);
}

int walk_start(struct db *db, enum sql_id sql, int64_t before, int64_t since, struct walk *ret_walk)
{
	struct walk walk = { 0 };
	int64_t below;
	int r = find_floor(db, sql, before, since, &walk.floor);

	if (r <= 0)
		return r;
	r = find_floor(db, sql, walk.floor, since, &below);
	if (r < 0)
		return r;
	walk.next = r > 0 ? walk.floor : 0;
	*ret_walk = walk;
	return 1;
}

int query_control(struct db *db, enum sql_id id)
{
	CLEANUP(query_done) struct query q = query_start(db, id);

	return query_step(&q);
}
