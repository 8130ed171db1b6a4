/* Rows of callback_keys. See store/callback_keys.h. */
#include "store/callback_keys.h"

#include "store/stmt.h"

void callback_key_done(struct callback_key *key)
{
	free(key->id);
	*key = (struct callback_key){ 0 };
}

static void done_row(void *row)
{
	callback_key_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct callback_key *key = row;

	key->id = query_read_text(q);
	query_read_bytes(q, key->check_value, sizeof(key->check_value));
	key->created_at = query_read_at(q);
}

static const struct row_kind key_rows = { sizeof(struct callback_key), read_row, done_row };

int callback_keys_insert(struct db *db, const struct callback_key *key)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACK_KEYS_INSERT);

	query_bind_text(&q, key->id);
	query_bind_blob(&q, key->check_value, sizeof(key->check_value));
	query_bind_at(&q, key->created_at);
	return query_run(&q);
}

int callback_keys_list(struct db *db, unsigned limit, struct callback_key *ret_keys)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACK_KEYS_LIST);

	return query_list(&q, &key_rows, limit, ret_keys);
}

int callback_keys_remove(struct db *db, const char *id)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_CALLBACK_KEYS_REMOVE);

	query_bind_text(&q, id);
	return query_run(&q);
}
