/*
 * What maax-sim remembers: one conversation for each prospect, found by any contact; and the tries
 * of each message, found by its answer URL. Ids are counters, so that tests can foretell them.
 */
#ifndef MAAXD_TESTS_SIM_WORLD_H
#define MAAXD_TESTS_SIM_WORLD_H

#include "base/base.h"
#include "base/json.h"

struct world;

struct conversation {
	int64_t id;	     /* 5001 … */
	int64_t prospect_id; /* 7001 … */
	char *contact;
	char *answer_url; /* of the message before; NULL at first */
	struct json_object *prospect_info;
	struct json_object *history; /* array, the last 100 entries */
};

struct sent_message {
	char *answer_url;
	unsigned tries;
	int64_t incoming_message_id; /* 90001 … */
};

struct world *world_new(void);
struct world *world_free(struct world *world);

/* The conversation with that id; NULL if there is none. */
struct conversation *world_conversation(struct world *world, int64_t id);

/*
 * The conversation a message belongs to: by its conversation id, else its prospect's, else the one
 * of that contact, which is made if need be. Ids of 0 or that are unknown do not count.
 */
struct conversation *world_choose(struct world *world, int64_t conversation_id, int64_t prospect_id,
				  const char *contact);

/* The message with that answer URL, which is made if need be. */
struct sent_message *world_message(struct world *world, const char *answer_url);

/* Adds a line to the history of the conversation. */
void conversation_add(struct conversation *conversation, const char *role, const char *text);

#endif
