/* What submit.c and submit_verdict.c share: one request under way, and the state of an AI's queue.
 */
#ifndef MAAXD_SUBMIT_JOB_H
#define MAAXD_SUBMIT_JOB_H

#include "jobs.h"
#include "maax.h"
#include "mapping.h"

#define SUBMIT_SUSPECTS 3 /* different messages refused in a row that hold an AI */

/* The queue of one AI. Lanes live as long as the stage, also when a reload takes their AI away. */
struct submit_lane {
	char *ai;
	bool is_held;
	usec_t probe_at;		   /* held: when the next message may be tried */
	int64_t suspects[SUBMIT_SUSPECTS]; /* messages behind the latest MAAX_SUSPECT verdicts */
	unsigned suspect_count;
	unsigned running;
};

/* One submit, from its claim until its verdict is on disk. */
struct submit_job {
	struct job job; /* must be first */
	struct submit *submit;
	struct submit_lane *lane;
	int64_t message;
	int64_t conversation;
	struct maax_request request;
	struct fetch *fetch; /* while the request is under way */
	usec_t started_at;
	usec_t finished_at;
	enum maax_verdict verdict;
	int status;
	char *detail;
	bool is_relayed; /* of the drop-in API: the caller is told Maax's reply as it came */
	struct buf response;
	char *content_type; /* of the response; NULL: none */
	usec_t retry_after;
	bool is_slow;	     /* 429 or a time-out: not again at once */
	struct mapped reply; /* ids in Maax's reply */
};

/* Keeps what a reply said. */
void submit_job_judge(struct submit_job *job, const struct config *config,
		      const struct fetch_result *result);

/* Writes the verdict of a job. Needs an open unit. 0 or negative errno. */
MUST_CHECK int submit_job_record(struct core *core, struct submit_job *job);

#endif
