/* Jobs of a stage, from claim to verdict. See jobs.h. */
#include "jobs.h"

#include "base/clock.h"
#include "base/loop.h"
#include "store/db.h"

void job_start(struct jobs *jobs, struct job *job)
{
	job->jobs = jobs;
	job->next = jobs->first;
	if (job->next)
		job->next->prev = job;
	jobs->first = job;
	jobs->count++;
}

void job_end(struct job *job)
{
	struct jobs *jobs = job->jobs;

	if (job->prev)
		job->prev->next = job->next;
	else
		jobs->first = job->next;
	if (job->next)
		job->next->prev = job->prev;
	jobs->count--;
	jobs->kind->free(job);
}

void jobs_done(struct jobs *jobs)
{
	while (jobs->first)
		job_end(jobs->first);
}

void job_abandon(struct job *job)
{
	struct jobs *jobs = job->jobs;

	job_end(job);
	loop_set_timer_earlier(jobs->timer, clock_now() + JOBS_RETRY);
}

static void on_written(void *ctx)
{
	struct job *job = ctx;

	job->jobs->kind->on_written(job);
}

static void on_unwritten(void *ctx)
{
	struct job *job = ctx;

	job->is_unwritten = true;
	loop_set_timer_earlier(job->jobs->timer, clock_now() + JOBS_RETRY);
}

void job_write(struct job *job)
{
	struct core *core = job->jobs->core;

	job->is_unwritten = false;
	if (unit_begin(core->db) < 0) {
		on_unwritten(job);
		return;
	}
	on_commit(core->db, on_written, job);
	on_abort(core->db, on_unwritten, job);
	/* a failure has run on_unwritten() */
	IGNORE(unit_end(core->db, job->jobs->kind->record(core, job)));
}

void jobs_write_again(struct jobs *jobs)
{
	for (struct job *job = jobs->first, *following; job; job = following) {
		following = job->next;
		if (job->is_unwritten)
			job_write(job);
	}
}
