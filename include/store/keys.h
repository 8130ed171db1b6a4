/* Rows of keys: bearer keys that an operator made. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_KEYS_H
#define MAAXD_STORE_KEYS_H

#include "store/db.h"

#define KEY_DIGEST_SIZE 32

struct key {
	int64_t id;
	char *source;
	char *label;			 /* NULL: none */
	uint8_t digest[KEY_DIGEST_SIZE]; /* SHA-256 of the key; for inserting only */
	usec_t created_at;
	usec_t revoked_at; /* 0: it is accepted */
};

void key_done(struct key *key);
MUST_CHECK int keys_insert(struct db *db, const struct key *key);
/* The key with this digest that is accepted. */
MUST_CHECK int keys_by_digest(struct db *db, const uint8_t digest[static KEY_DIGEST_SIZE],
			      struct key *ret_key);
/* Up to `limit` with id < before, newest first, revoked ones too. The number. */
MUST_CHECK int keys_list(struct db *db, int64_t before, unsigned limit, struct key *ret_keys);
/* 1, or 0 when there is none or it is revoked already. */
MUST_CHECK int keys_revoke(struct db *db, int64_t id, usec_t at);

#endif
