/* What an operator's overview counts. Every function looks at STATUS_MAX of the newest rows at
 * most. */
#ifndef MAAXD_STORE_STATUS_H
#define MAAXD_STORE_STATUS_H

#include "store/db.h"
#include "store/states.h"

#define STATUS_MAX 20000
#define STATUS_ANSWERS_MAX 500

struct status_messages {
	int64_t total; /* STATUS_MAX: there may be more than were counted */
	int64_t first; /* the oldest id that was counted; 0: none */
	int64_t by_state[MESSAGE_STATE_MAX];
	int64_t late; /* answered after they were overdue */
};

/* Of rows with id ≥ since. 0 or negative errno, as all of these. */
MUST_CHECK int status_messages(struct db *db, int64_t since, struct status_messages *ret_counts);
MUST_CHECK int status_callbacks(struct db *db, int64_t since,
				int64_t ret_by_state[static CALLBACK_STATE_MAX]);

MUST_CHECK int status_deliveries(struct db *db, int64_t since,
				 int64_t ret_by_state[static DELIVERY_STATE_MAX]);

struct status_submit {
	enum outcome outcome;
	int status; /* 0: no reply */
	usec_t started_at;
	usec_t finished_at; /* 0: there was none lately */
};
MUST_CHECK int status_last_submit(struct db *db, struct status_submit *ret_submit);

/* Of first answers with id ≥ since, newest first: when each came, and how long its message had
 * waited. Room for STATUS_ANSWERS_MAX. The number. */
struct status_answer {
	usec_t received_at;
	usec_t waited;
};
MUST_CHECK int status_answers(struct db *db, int64_t since, struct status_answer *ret_answers);

/* created_at of the message that has waited longest for its answer and is not overdue; 0: none. */
MUST_CHECK int status_oldest_open(struct db *db, usec_t *ret_at);
/* The oldest message there is; 0: none. */
MUST_CHECK int status_oldest(struct db *db, int64_t *ret_id);

#endif
