/* Rows of idempotency. See store/idempotency.h. */
#include "store/idempotency.h"

#include "store/stmt.h"

void idempotency_done(struct idempotency *row)
{
	free(row->source);
	free(row->key);
	free(row->response);
	*row = (struct idempotency){ 0 };
}

static void done_row(void *row)
{
	idempotency_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct idempotency *idempotency = row;

	idempotency->source = query_read_text(q);
	idempotency->key = query_read_text(q);
	query_read_bytes(q, idempotency->fingerprint, sizeof(idempotency->fingerprint));
	idempotency->message = query_read_int(q);
	idempotency->response = query_read_text(q);
	idempotency->created_at = query_read_at(q);
}

static const struct row_kind idempotency_rows = { sizeof(struct idempotency), read_row, done_row };

int idempotency_insert(struct db *db, const struct idempotency *row)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_IDEMPOTENCY_INSERT);

	query_bind_text(&q, row->source);
	query_bind_text(&q, row->key);
	query_bind_blob(&q, row->fingerprint, sizeof(row->fingerprint));
	query_bind_int(&q, row->message);
	query_bind_text(&q, row->response);
	query_bind_at(&q, row->created_at);
	return query_run(&q);
}

int idempotency_get(struct db *db, const char *source, const char *key, struct idempotency *ret_row)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_IDEMPOTENCY_GET);

	query_bind_text(&q, source);
	query_bind_text(&q, key);
	return query_get(&q, &idempotency_rows, ret_row);
}

int idempotency_prune(struct db *db, usec_t before, unsigned limit)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_IDEMPOTENCY_PRUNE);

	query_bind_at(&q, before);
	query_bind_int(&q, limit);
	return query_run(&q);
}
