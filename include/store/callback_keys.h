/* Rows of callback_keys: which keys sign callback URLs. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_CALLBACK_KEYS_H
#define MAAXD_STORE_CALLBACK_KEYS_H

#include "store/db.h"

struct callback_key {
	char *id;
	uint8_t check_value[16]; /* shows whether it is still the same key; base/tokens.h */
	usec_t created_at;
};

void callback_key_done(struct callback_key *key);
MUST_CHECK int callback_keys_insert(struct db *db, const struct callback_key *key);
MUST_CHECK int callback_keys_list(struct db *db, unsigned limit,
				  struct callback_key *ret_keys); /* by id; the number */
MUST_CHECK int callback_keys_remove(struct db *db, const char *id);

#endif
