/*
 * The parts of maax-sim and what they share. One lock guards all of it: server.h and engine.h call
 * in with it held.
 */
#ifndef MAAXD_TESTS_SIM_SIM_H
#define MAAXD_TESTS_SIM_SIM_H

#include "engine.h"
#include "journal.h"
#include "script.h"
#include "server.h"
#include "world.h"

#include "base/base.h"
#include "base/words.h"

struct job;
struct manual;

struct sim_counts {
	int64_t submits;	/* requests to the submit endpoint */
	int64_t histories;	/* requests for the history of a conversation */
	int64_t accepted;	/* of them, those processed */
	int64_t callbacks;	/* requests sent */
	int64_t callbacks_ok;	/* of them, those answered with 2xx */
	int64_t callbacks_lost; /* given up: failed, and no retry left */
};

struct sim {
	struct engine *engine;
	struct journal *journal;
	struct script *script;
	struct world *world;
	struct words keys; /* accepted values of 2hd-api-key; none: any value */
	char *emergency_url;
	struct job *jobs;	/* all messages with something still to happen */
	struct manual *manuals; /* callbacks on demand that are under way */
	uint64_t next_job;
	size_t held_count; /* jobs that wait for a later one */
	struct sim_counts counts;
};

/* submit.c: POST /api/v2/outgoing-messages/ and the history of conversations */
void submit_serve(struct sim *sim, struct exchange *exchange);
void history_serve(struct sim *sim, struct exchange *exchange);

/* control.c: /sim/… */
void control_serve(struct sim *sim, struct exchange *exchange);
void control_free(struct sim *sim); /* after the engine has stopped */

/* answers.c: the reply, and what comes after it. `text` is that without the directives. */
struct job_start {
	const struct behaviour *behaviour;
	struct conversation *conversation;
	struct sent_message *message;
	const char *text;
	const char *answer_url;
	const char *followup_url;
};

void answers_start(struct sim *sim, struct exchange *exchange, const struct job_start *start);
void answers_free(struct sim *sim); /* all jobs; after the engine has stopped */

/* Sends the reply to a submit as the behaviour has it. */
void submit_reply(struct sim *sim, struct exchange *exchange, const struct behaviour *behaviour,
		  const struct conversation *conversation, const struct sent_message *message);

/* Writes a callback that was sent, and what came back, to the journal. */
void answers_record(struct sim *sim, const char *kind, const struct outgoing *outgoing,
		    const struct outgoing_result *result, int64_t incoming_message_id);

#endif
