/* What deliver.c and deliver_verdict.c share: one delivery on its way, and the state of a
 * destination. */
#ifndef MAAXD_DELIVER_JOB_H
#define MAAXD_DELIVER_JOB_H

#include "dest/destination.h"
#include "jobs.h"
#include "store/deliveries.h"

/* A destination's queue. Lanes live as long as the stage, also when a reload takes their section
 * away; those of callers' hosts while something runs in them. */
struct deliver_lane {
	char *destination;
	bool is_caller;
	bool is_held;
	uint64_t running;
};

/* One try of a delivery, from its claim until its verdict is on disk. */
struct deliver_job {
	struct job job; /* must be first */
	struct deliver *deliver;
	struct deliver_lane *lane;
	int64_t delivery;
	struct parcel parcel;
	struct sending *sending; /* while it is under way */
	usec_t started_at;
	usec_t finished_at;
	struct verdict verdict;
};

/* Writes the verdict of a job. Needs an open unit. 0 or negative errno. */
MUST_CHECK int deliver_job_record(struct core *core, struct deliver_job *job);

/* Ends a delivery that is not being sent, for a reason in words; the next of its conversation is
 * due. Needs an open unit. 0 or negative errno. */
MUST_CHECK int deliver_finish(struct core *core, struct delivery *delivery,
			      enum delivery_state state, const char *reason);

/* Counts it, once it is on disk. */
void deliver_job_count(struct core *core, const struct deliver_job *job);

#endif
