/*
 * What age takes away, in steps. Ids are in time order, so an age is a range of ids; a sweep goes
 * through the range of its table from the oldest on, a step at a time. Conventions:
 * store/conversations.h.
 */
#ifndef MAAXD_STORE_RETENTION_H
#define MAAXD_STORE_RETENTION_H

#include "store/db.h"

/* In the order in which they are run: what is purged first is cheaper to delete later. */
enum retention_sweep {
	RETENTION_PURGE_CALLBACKS, /* the raw query and body; the row stays */
	RETENTION_PURGE_ATTEMPTS,  /* the first bytes of replies */
	RETENTION_REDACT_MESSAGES, /* text, prospect_info, metadata, of settled ones */
	RETENTION_REDACT_ANSWERS,  /* text, html, history */
	RETENTION_REDACT_CONTACTS, /* of conversations without a text left */
	RETENTION_DELETE_ATTEMPTS,
	RETENTION_DELETE_EVENTS,
	RETENTION_DELETE_DELIVERIES, /* but for those still to be sent */
	RETENTION_DELETE_ANSWERS,
	RETENTION_DELETE_CALLBACKS,	/* but for those still to be correlated */
	RETENTION_DELETE_MESSAGES,	/* but for those that Maax has or is to get */
	RETENTION_DELETE_CONVERSATIONS, /* that nothing is left of */
	RETENTION_SWEEP_MAX
};

/* What a step did. */
struct retention_step {
	int64_t last;	  /* go on after this id; 0: there is nothing more before `before` */
	unsigned changed; /* rows that lost something, or went */
};

/* One step over at most `limit` rows with after < id < before. Needs an open unit. 0 or errno. */
MUST_CHECK int retention_step(struct db *db, enum retention_sweep sweep, int64_t after,
			      int64_t before, unsigned limit, struct retention_step *ret_step);

/* The oldest row's id from `from` on, INT64_MAX when there is none. 0 or negative errno. */
MUST_CHECK int retention_oldest(struct db *db, int64_t from, int64_t *ret_id);

struct retention_sizes {
	uint64_t used_bytes; /* of the database, without what is free in it */
	uint64_t free_bytes;
};
MUST_CHECK int retention_sizes(struct db *db, struct retention_sizes *ret_sizes);

/* Gives free pages back to the file system, 1 MiB at most. Needs an open unit. The number of pages.
 */
MUST_CHECK int retention_shrink(struct db *db);

#endif
