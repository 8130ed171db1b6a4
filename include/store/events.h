/* Rows of the timeline. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_EVENTS_H
#define MAAXD_STORE_EVENTS_H

#include "store/db.h"

struct event {
	int64_t id;
	char *type; /* "message.state", or a delivery's type */
	char *source;
	int64_t conversation; /* 0: none */
	int64_t message;      /* 0: none */
	int64_t answer;	      /* 0: none */
	int64_t seq;	      /* 0: none */
	char *state;	      /* of the message after it; NULL: none */
	char *detail;
};

void event_done(struct event *event);

MUST_CHECK int events_insert(struct db *db, const struct event *event);
MUST_CHECK int events_of_message(struct db *db, int64_t message, unsigned limit,
				 struct event *ret_events);
/* Events of all sources with id > after, oldest first: streams read the log in bounded steps. */
MUST_CHECK int events_after(struct db *db, int64_t after, unsigned limit, struct event *ret_events);
/* A page of events with id < before, newest first, of one source (NULL: all). As
 * conversations_walk(). */
MUST_CHECK int events_before(struct db *db, const char *source, int64_t before, unsigned limit,
			     struct event *ret_events, int64_t *ret_next);
MUST_CHECK int events_last(struct db *db, int64_t *ret_id); /* 0 when there is none; 0 or errno */
MUST_CHECK int events_first(struct db *db, int64_t *ret_id);

#endif
