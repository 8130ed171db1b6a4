/* Rows of inbound: requests at inbound hooks and mails, raw. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_INBOUND_H
#define MAAXD_STORE_INBOUND_H

#include "store/db.h"
#include "store/states.h"

#define INBOUND_METHOD_MAIL "MAIL"

struct inbound {
	int64_t id;
	char *source;
	enum inbound_state state;
	int64_t message;    /* 0: none */
	char *method;	    /* INBOUND_METHOD_MAIL: a mail */
	char *content_type; /* NULL: none */
	char *query;	    /* NULL: none */
	char *dedupe;	    /* NULL: none */
	char *reason;
	usec_t received_at;
	size_t body_size;
	void *body; /* NULL in lists, and when it was purged by age */
};

void inbound_done(struct inbound *inbound);

MUST_CHECK int inbound_insert(struct db *db, const struct inbound *inbound);
MUST_CHECK int inbound_get(struct db *db, int64_t id, struct inbound *ret_inbound);
/* The one function that moves a state; writes message, dedupe and reason with it. As
 * messages_move(). */
MUST_CHECK int inbound_move(struct db *db, struct inbound *inbound, enum inbound_state to);

/* How many a source has had since the id `since`; counting stops at `limit`. */
MUST_CHECK int inbound_count_source(struct db *db, const char *source, int64_t since,
				    unsigned limit);
/* 1 with the oldest with this source and dedupe, from id `since` to `until`, that became a message;
 * 0 none. */
MUST_CHECK int inbound_twin(struct db *db, const struct inbound *inbound, int64_t since,
			    int64_t until, int64_t *ret_id);
/* 1 with the message that the newest with this dedupe became, 0 none. */
MUST_CHECK int inbound_known(struct db *db, const char *source, const char *dedupe,
			     int64_t *ret_message);
/* What became this message, without bodies. The number. */
MUST_CHECK int inbound_of_message(struct db *db, int64_t message, unsigned limit,
				  struct inbound *ret_inbound);

/* Which to list or name: of one source (NULL: of all), in one state (negative: in any). */
struct inbound_filter {
	const char *source;
	int state; /* enum inbound_state */
};

/* Those with id < before, newest first, without bodies. The number. */
MUST_CHECK int inbound_list(struct db *db, const struct inbound_filter *filter, int64_t before,
			    unsigned limit, struct inbound *ret_inbound);
/* The ids of those in a state other than accepted, with id > after, oldest first. The number. */
MUST_CHECK int inbound_ids(struct db *db, const struct inbound_filter *filter, int64_t after,
			   unsigned limit, int64_t *ret_ids);

#endif
