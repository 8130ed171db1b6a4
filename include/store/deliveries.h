/* Rows of deliveries: one answer or event × one destination. Conventions: store/conversations.h. */
#ifndef MAAXD_STORE_DELIVERIES_H
#define MAAXD_STORE_DELIVERIES_H

#include "store/db.h"
#include "store/states.h"

struct delivery {
	int64_t id;
	char *type; /* "answer.received" … */
	char *destination;
	char *source;	      /* NULL: none */
	int64_t conversation; /* 0: none */
	int64_t message;      /* 0: none */
	int64_t answer;	      /* 0: none */
	int64_t callback;     /* relayed as it came; 0: a payload of ours is sent */
	char *alert;	      /* what an alert tells, as JSON; NULL: of other types */
	enum delivery_state state;
	bool is_ordered;
	usec_t due_at;
	unsigned tries;
	int64_t run;
	char *reason;
	usec_t created_at;
	usec_t finished_at; /* 0: not finished */
};

void delivery_done(struct delivery *delivery);

MUST_CHECK int deliveries_insert(struct db *db, const struct delivery *delivery);
MUST_CHECK int deliveries_get(struct db *db, int64_t id, struct delivery *ret_delivery);
/*
 * The one function that moves a delivery's state; with it due_at, tries, run, reason and
 * finished_at are written. As messages_move().
 */
MUST_CHECK int deliveries_move(struct db *db, struct delivery *delivery, enum delivery_state to);
/* Writes due_at and reason without a move. */
MUST_CHECK int deliveries_update(struct db *db, const struct delivery *delivery);

/* Makes an emergency's deliveries that have not been tried yet due. The number. */
MUST_CHECK int deliveries_release(struct db *db, int64_t answer, usec_t now);

MUST_CHECK int deliveries_due(struct db *db, const char *destination, usec_t now, unsigned limit,
			      int64_t *ret_ids);
MUST_CHECK int deliveries_next_due(struct db *db, const char *destination, usec_t *ret_at);
/* Open ordered deliveries of a conversation to a destination with id > after, oldest first. The
 * number. */
MUST_CHECK int deliveries_open(struct db *db, int64_t conversation, const char *destination,
			       int64_t after, unsigned limit, struct delivery *ret_deliveries);
MUST_CHECK int deliveries_orphans(struct db *db, int64_t run, unsigned limit, int64_t *ret_ids);
MUST_CHECK int deliveries_of_message(struct db *db, int64_t message, unsigned limit,
				     struct delivery *ret_deliveries);
/* The first destination after `name` that a pending delivery names: 1 with a heap string, 0 none.
 */
MUST_CHECK int deliveries_next_destination(struct db *db, const char *name, char **ret_name);

/* The same of dead ones. */
MUST_CHECK int deliveries_next_dead(struct db *db, const char *name, char **ret_name);
/* How many to a destination died since then, without those of alerts, among the
 * DELIVERIES_DIED_MAX newest. 0 or negative errno. */
#define DELIVERIES_DIED_MAX 200
MUST_CHECK int deliveries_died(struct db *db, const char *destination, usec_t since,
			       int64_t *ret_count);

/* 1 when a callback of a message has a delivery that relays it, 0 when not. */
MUST_CHECK int deliveries_is_relayed(struct db *db, int64_t message, int64_t callback);
/* Which rows a walk gives; what is NULL or 0 does not matter. */
struct delivery_filter {
	const char *state;
	const char *destination;
	const char *source;
	int64_t since; /* least id */
};

/* As conversations_walk(). */
MUST_CHECK int deliveries_walk(struct db *db, const struct delivery_filter *filter, int64_t before,
			       unsigned limit, struct delivery *ret_deliveries, int64_t *ret_next);

/* Destinations that pending deliveries name, each once: heap strings. The number (≤ limit). */
MUST_CHECK int deliveries_destinations(struct db *db, unsigned limit, char **ret_names);

/* For gauges; each at most DB_COUNT_MAX. */
struct deliveries_counts {
	int64_t pending;
	int64_t dead;
	usec_t oldest_at; /* created_at of the oldest pending one; 0 when none */
};
MUST_CHECK int deliveries_count(struct db *db, const char *destination,
				struct deliveries_counts *ret_counts);

#endif
