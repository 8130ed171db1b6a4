/* Rows of alerts. See store/alerts.h. */
#include "store/alerts.h"

#include "store/stmt.h"

void alert_done(struct alert *alert)
{
	free(alert->kind);
	free(alert->name);
	free(alert->reason);
	*alert = (struct alert){ 0 };
}

static void done_row(void *row)
{
	alert_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct alert *alert = row;

	alert->kind = query_read_text(q);
	alert->name = query_read_text(q);
	alert->reason = query_read_text(q);
	alert->since = query_read_at(q);
}

static const struct row_kind alert_rows = { sizeof(struct alert), read_row, done_row };

int alerts_insert(struct db *db, const struct alert *alert)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ALERTS_INSERT);

	query_bind_text(&q, alert->kind);
	query_bind_text(&q, alert->name);
	query_bind_text(&q, alert->reason);
	query_bind_at(&q, alert->since);
	return query_run(&q);
}

int alerts_remove(struct db *db, const char *kind, const char *name)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ALERTS_REMOVE);

	query_bind_text(&q, kind);
	query_bind_text(&q, name);
	return query_run(&q);
}

int alerts_list(struct db *db, unsigned limit, struct alert *ret_alerts)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ALERTS_LIST);

	return query_list(&q, &alert_rows, limit, ret_alerts);
}

int alerts_last_answer(struct db *db, int64_t since, usec_t *ret_at)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ALERTS_LAST_ANSWER);
	int r;

	query_bind_int(&q, since);
	query_bind_int(&q, ALERTS_WALK_MAX);
	r = query_step(&q);
	if (r < 0)
		return r;
	*ret_at = r > 0 ? query_read_at(&q) : 0;
	return 0;
}

int alerts_overdue(struct db *db, int64_t since, int64_t *ret_count, int64_t *ret_oldest)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ALERTS_OVERDUE);
	int r;

	query_bind_int(&q, since);
	query_bind_int(&q, ALERTS_WALK_MAX);
	r = query_step(&q);
	if (r < 0)
		return r;
	*ret_count = query_read_int(&q);
	*ret_oldest = query_read_int(&q);
	return 0;
}

int alerts_has_callbacks(struct db *db, enum callback_state state, int64_t since)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ALERTS_CALLBACKS);

	query_bind_text(&q, callback_state_name(state));
	query_bind_int(&q, since);
	return query_step(&q);
}

int alerts_has_unmapped(struct db *db, const char *source, int64_t since)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_ALERTS_INBOUND);

	query_bind_text(&q, source);
	query_bind_int(&q, since);
	return query_step(&q);
}
