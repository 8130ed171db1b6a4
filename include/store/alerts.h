/* Rows of alerts, and what the checks of them look at. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_ALERTS_H
#define MAAXD_STORE_ALERTS_H

#include "store/db.h"
#include "store/states.h"

#define ALERTS_WALK_MAX 1000 /* rows that one check walks through at most */

struct alert {
	char *kind;
	char *name; /* of the section it is about; "": of the whole daemon */
	char *reason;
	usec_t since;
};

void alert_done(struct alert *alert);
MUST_CHECK int alerts_insert(struct db *db, const struct alert *alert);
MUST_CHECK int alerts_remove(struct db *db, const char *kind, const char *name);
/* In order of kind and name. The number. */
MUST_CHECK int alerts_list(struct db *db, unsigned limit, struct alert *ret_alerts);

/* When the newest answer with id >= since came; 0: none. 0 or negative errno. */
MUST_CHECK int alerts_last_answer(struct db *db, int64_t since, usec_t *ret_at);
/* How many messages with id >= since are overdue now, and the oldest of them (0: none). 0 or
 * negative errno. */
MUST_CHECK int alerts_overdue(struct db *db, int64_t since, int64_t *ret_count,
			      int64_t *ret_oldest);
/* 1 when a callback with id >= since is in that state (UNMATCHED or UNMAPPED), 0 when none is. */
MUST_CHECK int alerts_has_callbacks(struct db *db, enum callback_state state, int64_t since);
/* 1 when a request of that source with id >= since is unmapped, 0 when none is. */
MUST_CHECK int alerts_has_unmapped(struct db *db, const char *source, int64_t since);

#endif
