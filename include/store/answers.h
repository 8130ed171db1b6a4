/* Rows of answers: answers, follow-ups, emergencies, notices. Conventions: store/conversations.h.
 */
#ifndef MAAXD_STORE_ANSWERS_H
#define MAAXD_STORE_ANSWERS_H

#include "store/db.h"

enum answer_kind {
	ANSWER_ANSWER,
	ANSWER_FOLLOWUP,
	ANSWER_EMERGENCY,
	ANSWER_NOTICE,
	ANSWER_KIND_MAX
};
const char *answer_kind_name(enum answer_kind kind); /* "answer" … */

enum history_state {
	HISTORY_NONE,
	HISTORY_PENDING,
	HISTORY_FETCHED,
	HISTORY_FAILED,
	HISTORY_STATE_MAX
};

struct answer {
	int64_t id;
	int64_t conversation; /* 0: none */
	int64_t message;      /* 0: none */
	int64_t callback;     /* 0: none */
	enum answer_kind kind;
	int64_t seq;	/* 0: none */
	char *text;	/* plain text; NULL: nothing mapped */
	char *html;	/* safe HTML; NULL: none */
	char *original; /* the mapped text, where `text` is not it; only its digest is stored */
	bool is_late;
	bool is_extra;
	bool is_heuristic;
	char *ai;
	enum history_state history_state;
	void *history; /* NULL until fetched; history_size bytes */
	size_t history_size;
	usec_t received_at;
};

void answer_done(struct answer *answer);

MUST_CHECK int answers_insert(struct db *db, const struct answer *answer);
MUST_CHECK int answers_get(struct db *db, int64_t id, struct answer *ret_answer);
/* 1 when an answer of this message and kind was mapped from exactly this text, 0 none. */
MUST_CHECK int answers_same(struct db *db, int64_t conversation, int64_t message,
			    enum answer_kind kind, const char *text);
/* Of a message, or (0) those of the conversation that belong to none. */
MUST_CHECK int
answers_of_message(struct db *db, int64_t conversation, int64_t message, unsigned limit,
		   struct answer *ret_answers); /* oldest first, without history; the number */
/* The newest extra answer of a conversation that settled nothing: 1 with it, 0 none. */
MUST_CHECK int answers_unused_extra(struct db *db, int64_t conversation, struct answer *ret_answer);
/* Marks an extra answer as what settled another message: is_heuristic. */
MUST_CHECK int answers_set_heuristic(struct db *db, int64_t id);
MUST_CHECK int answers_set_history(struct db *db, int64_t id, enum history_state state,
				   const void *history, size_t size);
MUST_CHECK int answers_history_pending(struct db *db, int64_t after, unsigned limit,
				       int64_t *ret_ids);

#endif
