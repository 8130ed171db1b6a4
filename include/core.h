/* What every stage is given, and the topics by which stages tell of rows they wrote. */
#ifndef MAAXD_CORE_H
#define MAAXD_CORE_H

#include "base/base.h"

struct config;
struct db;
struct fetcher;
struct loop;
struct metrics;
struct tokens;
struct wake;

/* Owned by app.c; stages borrow it for their whole life. `config` is exchanged by a reload. */
struct core {
	struct loop *loop;
	struct wake *wake;
	struct db *db;
	const struct config *config;
	const struct tokens *tokens; /* keys of callback URLs */
	struct metrics *metrics;
	struct fetcher *maax_fetcher;	/* to Maax */
	struct fetcher *dest_fetcher;	/* to operator-configured destinations */
	struct fetcher *caller_fetcher; /* guarded: to URLs that callers name */
	int64_t run;			/* id of this run of the daemon; claims carry it */
	bool is_stopping;		/* no new network work is started */
	bool is_disk_low; /* less than disk_reserve is free: no new messages, callbacks still */
};

enum topic {
	TOPIC_MESSAGE_DUE,     /* id: a message that can be submitted */
	TOPIC_MESSAGE_CHANGED, /* id: a message with a new state or answer; requests wait for it */
	TOPIC_SLOT_FREE,       /* id: a conversation whose next message may go */
	TOPIC_DEADLINE,	       /* id: a message with a new deadline */
	TOPIC_CALLBACK,	       /* id: a callback that was stored */
	TOPIC_CALLBACKS_COLLECTED, /* no id: those of this turn can be correlated */
	TOPIC_HISTORY,		   /* id: an emergency whose history is to be fetched */
	TOPIC_DELIVERY,		   /* id: a delivery that was made or became due */
	TOPIC_EVENT,		   /* id: a line of the timeline */
};

#endif
