/* What deliver.c and deliver_verdict.c share: one delivery on its way, and the state of a
 * destination. */
#ifndef MAAXD_DELIVER_JOB_H
#define MAAXD_DELIVER_JOB_H

#include "base/buf.h"
#include "core.h"
#include "dest/webhook.h"
#include "store/attempts.h"

/* A destination's queue. Lanes live as long as the stage, also when a reload takes their section
 * away. */
struct deliver_lane {
	char *destination;
	bool is_held;
	uint64_t running;
};

/* One try of a delivery, from its claim until its verdict is on disk. */
struct deliver_job {
	struct deliver *deliver;
	struct deliver_lane *lane;
	int64_t delivery;
	char *body;
	struct fetch *fetch; /* while the request is under way */
	usec_t started_at;
	usec_t finished_at;
	bool is_unwritten; /* the verdict is here and waits to be written */
	struct webhook_verdict verdict;
	struct buf response;
	struct deliver_job *prev;
	struct deliver_job *next;
};

/* Writes the verdict of a job. Needs an open unit. 0 or negative errno. */
MUST_CHECK int deliver_job_record(struct core *core, struct deliver_job *job);

/* Counts it, once it is on disk. */
void deliver_job_count(struct core *core, const struct deliver_job *job);

#endif
