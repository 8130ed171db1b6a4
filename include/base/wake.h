/*
 * wake(topic, id): how a stage says that it wrote a row, without knowing who cares. Subscribers
 * claim what is due; a wake is a hint, may come twice, and may name a row that was rolled back.
 */
#ifndef MAAXD_BASE_WAKE_H
#define MAAXD_BASE_WAKE_H

#include "base/base.h"

struct wake;

enum wake_phase {
	WAKE_BEFORE_COMMIT, /* needs only the database: runs in the same turn, before the COMMIT */
	WAKE_AFTER_COMMIT,  /* touches the network or a client: runs when the rows are on disk */
	WAKE_PHASE_MAX
};

typedef void wake_fn(int64_t id, void *ctx);

struct wake *wake_new(void);
struct wake *wake_free(struct wake *wake);

/* `topic` is a small number of the program's own (core.h). Subscribers run in the order they came.
 */
void wake_subscribe(struct wake *wake, unsigned topic, enum wake_phase phase, wake_fn *fn,
		    void *ctx);

/* Notes the topic and id. Repeats of the newest entry that still waits are folded. */
void wake(struct wake *wake, unsigned topic, int64_t id);

/*
 * Runs the subscribers of a phase. WAKE_BEFORE_COMMIT also runs what they wake themselves, and
 * passes every entry on to WAKE_AFTER_COMMIT: what is woken after the former has run, say by an
 * action of the commit, waits for the next commit, since its rows do. True when any subscriber ran.
 */
bool wake_run(struct wake *wake, enum wake_phase phase);
bool wake_is_pending(const struct wake *wake);

#endif
