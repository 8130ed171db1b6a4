/*
 * Jobs: what lies between a claim and its verdict. A stage claims a row in one transaction, works
 * with the network, and writes the verdict in a second one (DESIGN.md section 2).
 *
 * On failure: a verdict that cannot be written (a full disk) stays in memory with its claim, and is
 * written again every JOBS_RETRY until it is on disk. Jobs that are still open when the program
 * ends are orphans: their rows are taken over at the next start.
 */
#ifndef MAAXD_JOBS_H
#define MAAXD_JOBS_H

#include "core.h"

#define JOBS_RETRY (1 * USEC_PER_SEC) /* after a database that could not write */

struct job;
struct loop_source;

/* What a stage does with its jobs. */
struct job_kind {
	/* Writes the verdict, in an open unit. 0 or negative errno. */
	int (*record)(struct core *core, struct job *job);
	/* The verdict is on disk. Ends the job, or goes on with it. */
	void (*on_written)(struct job *job);
	/* Frees it: it is out of the list already. */
	void (*free)(struct job *job);
};

/* The jobs of a stage. `timer` (borrowed) is the stage's own: it must call jobs_write_again(). */
struct jobs {
	struct core *core;
	struct loop_source *timer;
	const struct job_kind *kind;
	struct job *first;
	size_t count; /* under way, or with a verdict that is not written yet */
};

/* The first member of a stage's own struct. */
struct job {
	struct jobs *jobs;
	struct job *prev;
	struct job *next;
	bool is_unwritten; /* the verdict is here and waits to be written */
};

void jobs_done(struct jobs *jobs); /* ends all of them */

void job_start(struct jobs *jobs, struct job *job);
void job_end(struct job *job); /* takes it out and frees it */

/* The claim was lost with its batch: ends the job, and lets the stage look again. */
void job_abandon(struct job *job);

/* Writes the verdict in a unit of its own; on_written() follows on commit. */
void job_write(struct job *job);
/* The same for those that could not be written before. */
void jobs_write_again(struct jobs *jobs);

#endif
