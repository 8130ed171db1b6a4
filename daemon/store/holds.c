/* Rows of holds. See store/holds.h. */
#include "store/holds.h"

#include "store/stmt.h"

static const char *const kind_names[HOLD_KIND_MAX] = {
	[HOLD_AI] = "ai",
	[HOLD_DESTINATION] = "destination",
};

const char *hold_kind_name(enum hold_kind kind)
{
	return kind_names[kind];
}

static int parse_kind(const char *name)
{
	return names_find(kind_names, HOLD_KIND_MAX, name);
}

void hold_done(struct hold *hold)
{
	free(hold->name);
	free(hold->reason);
	*hold = (struct hold){ 0 };
}

static void done_row(void *row)
{
	hold_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct hold *hold = row;

	hold->kind = (enum hold_kind)query_read_word(q, parse_kind);
	hold->name = query_read_text(q);
	hold->reason = query_read_text(q);
	hold->since = query_read_at(q);
}

static const struct row_kind hold_rows = { sizeof(struct hold), read_row, done_row };

int holds_set(struct db *db, const struct hold *hold)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_HOLDS_SET);

	query_bind_text(&q, hold_kind_name(hold->kind));
	query_bind_text(&q, hold->name);
	query_bind_text(&q, hold->reason);
	query_bind_at(&q, hold->since);
	return query_run(&q);
}

int holds_remove(struct db *db, enum hold_kind kind, const char *name)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_HOLDS_REMOVE);

	query_bind_text(&q, hold_kind_name(kind));
	query_bind_text(&q, name);
	return query_run(&q);
}

int holds_list(struct db *db, unsigned limit, struct hold *ret_holds)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_HOLDS_LIST);

	return query_list(&q, &hold_rows, limit, ret_holds);
}
