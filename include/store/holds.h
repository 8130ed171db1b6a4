/* Rows of holds: AIs and destinations that get nothing until they work again. Conventions:
 * store/conversations.h. */
#ifndef MAAXD_STORE_HOLDS_H
#define MAAXD_STORE_HOLDS_H

#include "store/db.h"

enum hold_kind { HOLD_AI, HOLD_DESTINATION, HOLD_KIND_MAX };
const char *hold_kind_name(enum hold_kind kind); /* "ai", "destination" */

struct hold {
	enum hold_kind kind;
	char *name; /* label of the section */
	char *reason;
	usec_t since;
};

void hold_done(struct hold *hold);
/* One that is there gets the new reason and keeps its `since`. */
MUST_CHECK int holds_set(struct db *db, const struct hold *hold);
MUST_CHECK int holds_remove(struct db *db, enum hold_kind kind, const char *name);
MUST_CHECK int holds_list(struct db *db, unsigned limit, struct hold *ret_holds); /* the number */

#endif
