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

/*
 * The newest answer of an AI with id >= since; 0: none. Of the newest DB_WALK_MAX answers of all
 * AIs; where that is not enough, the oldest of them. 0 or negative errno.
 */
MUST_CHECK int alerts_last_answer(struct db *db, const char *ai, int64_t since, int64_t *ret_id);
/* How many messages of an AI with id >= since are overdue now, up to ALERTS_WALK_MAX, and the
 * oldest of them (0: none). 0 or negative errno. */
MUST_CHECK int alerts_overdue(struct db *db, const char *ai, int64_t since, int64_t *ret_count,
			      int64_t *ret_oldest);
/* 1 when a message of that source is held, 0 when none is. */
MUST_CHECK int alerts_has_held(struct db *db, const char *source);
/* 1 when a callback with id >= since is in that state (UNMATCHED or UNMAPPED) and has its bytes, 0
 * when none is. */
MUST_CHECK int alerts_has_callbacks(struct db *db, enum callback_state state, int64_t since);
/* 1 when a request of that source with id >= since is unmapped, 0 when none is. */
MUST_CHECK int alerts_has_unmapped(struct db *db, const char *source, int64_t since);

#endif
