/* Rows of keys. See store/keys.h. */
#include "store/keys.h"

#include "store/stmt.h"

void key_done(struct key *key)
{
	free(key->source);
	free(key->label);
	*key = (struct key){ 0 };
}

static void done_row(void *row)
{
	key_done(row);
}

static void read_row(struct query *q, void *row)
{
	struct key *key = row;

	key->id = query_read_int(q);
	key->source = query_read_text(q);
	key->label = query_read_text(q);
	key->created_at = query_read_at(q);
	key->revoked_at = query_read_at(q);
}

static const struct row_kind key_rows = { sizeof(struct key), read_row, done_row };

int keys_insert(struct db *db, const struct key *key)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_KEYS_INSERT);

	query_bind_int(&q, key->id);
	query_bind_text(&q, key->source);
	query_bind_text(&q, key->label);
	query_bind_blob(&q, key->digest, sizeof(key->digest));
	query_bind_at(&q, key->created_at);
	query_bind_at_null(&q, key->revoked_at);
	return query_run(&q);
}

int keys_by_digest(struct db *db, const uint8_t digest[static KEY_DIGEST_SIZE], struct key *ret_key)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_KEYS_BY_DIGEST);

	query_bind_blob(&q, digest, KEY_DIGEST_SIZE);
	return query_get(&q, &key_rows, ret_key);
}

int keys_list(struct db *db, int64_t before, unsigned limit, struct key *ret_keys)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_KEYS_LIST);

	query_bind_int(&q, before);
	return query_list(&q, &key_rows, limit, ret_keys);
}

int keys_revoke(struct db *db, int64_t id, usec_t at)
{
	CLEANUP(query_done) struct query q = query_start(db, SQL_KEYS_REVOKE);

	query_bind_int(&q, id);
	query_bind_at(&q, at);
	return query_run(&q);
}
