/*
 * The event loop over sd-event. A turn collects as many events as are ready, within bounds, before
 * the flush, so that one COMMIT serves them all. sd-event's post and idle sources are not used:
 * beside one busy descriptor they never run.
 */
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>

#include "base/clock.h"
#include "base/loop.h"

/* A turn's share after its first dispatch: enough to fill a batch, short enough for its latency. */
#define TURN_MAX_DISPATCHES 64
#define TURN_MAX_LENGTH (2 * USEC_PER_MSEC)

#define TIMER_ACCURACY USEC_PER_MSEC

struct loop {
	sd_event *event;
	struct loop_batch batch;
	size_t sources; /* alive; none may outlive the loop */
	bool exiting;
	int exit_code;
};

struct loop_source {
	struct loop *loop;
	sd_event_source *source;
	usec_t at; /* timers: when it is due; USEC_NEVER while disarmed */
	union {
		loop_io_fn *io;
		loop_timer_fn *timer;
		loop_signal_fn *signal;
		loop_child_fn *child;
	} fn;
	void *ctx;
};

int loop_new(struct loop **ret_loop)
{
	sd_event *event = NULL;
	int r = sd_event_new(&event);
	if (r < 0)
		return r;

	struct loop *loop = xnew(struct loop);
	loop->event = event;
	*ret_loop = loop;
	return 0;
}

struct loop *loop_free(struct loop *loop)
{
	if (!loop)
		return NULL;
	assert(loop->sources == 0);
	sd_event_unref(loop->event);
	free(loop);
	return NULL;
}

void loop_set_batch(struct loop *loop, struct loop_batch batch)
{
	loop->batch = batch;
}

static struct loop_source *source_new(struct loop *loop, void *ctx)
{
	struct loop_source *source = xnew(struct loop_source);
	source->loop = loop;
	source->ctx = ctx;
	source->at = USEC_NEVER;
	loop->sources++;
	return source;
}

struct loop_source *loop_source_free(struct loop_source *source)
{
	if (!source)
		return NULL;
	/* Disabled too: sd-event itself holds a reference while it dispatches this very source. */
	sd_event_source_disable_unref(source->source);
	source->loop->sources--;
	free(source);
	return NULL;
}

/* Ends each loop_add_*(): hands the source out, or takes it back when sd-event refused it. */
static int source_finish(struct loop_source *source, int r, struct loop_source **ret_source)
{
	if (r < 0) {
		loop_source_free(source);
		return r;
	}
	*ret_source = source;
	return 0;
}

/*
 * The handlers below may free their own source: nothing of it is touched after the call. They
 * return 0, since sd-event switches off a source whose handler fails.
 */
static int on_io(sd_event_source *event_source, int fd, uint32_t events, void *ctx)
{
	(void)event_source;
	struct loop_source *source = ctx;
	source->fn.io(fd, events, source->ctx);
	return 0;
}

int loop_add_io(struct loop *loop, int fd, uint32_t events, loop_io_fn *fn, void *ctx,
		struct loop_source **ret_source)
{
	struct loop_source *source = source_new(loop, ctx);
	source->fn.io = fn;
	int r = sd_event_add_io(loop->event, &source->source, fd, events, on_io, source);
	return source_finish(source, r, ret_source);
}

int loop_set_io_events(struct loop_source *source, uint32_t events)
{
	int r = sd_event_source_set_io_events(source->source, events);
	return r < 0 ? r : 0;
}

static int on_timer(sd_event_source *event_source, uint64_t at, void *ctx)
{
	(void)event_source;
	(void)at;
	struct loop_source *source = ctx;
	source->at = USEC_NEVER; /* sd-event has disarmed it: it is a one-shot */
	source->fn.timer(source->ctx);
	return 0;
}

int loop_add_timer(struct loop *loop, loop_timer_fn *fn, void *ctx, struct loop_source **ret_source)
{
	struct loop_source *source = source_new(loop, ctx);
	source->fn.timer = fn;
	int r = sd_event_add_time(loop->event, &source->source, CLOCK_BOOTTIME, USEC_NEVER,
				  TIMER_ACCURACY, on_timer, source);
	if (r >= 0)
		r = sd_event_source_set_enabled(source->source, SD_EVENT_OFF);
	return source_finish(source, r, ret_source);
}

void loop_set_timer(struct loop_source *timer, usec_t at)
{
	/* These fail only for a source that is not a timer or a loop that has ended. */
	int r = 0;
	if (at != USEC_NEVER)
		r = sd_event_source_set_time(timer->source, clock_to_boottime(at));
	assert(r >= 0);
	r = sd_event_source_set_enabled(timer->source,
					at == USEC_NEVER ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
	assert(r >= 0);
	(void)r;
	timer->at = at;
}

void loop_set_timer_earlier(struct loop_source *timer, usec_t at)
{
	if (at < timer->at)
		loop_set_timer(timer, at);
}

static int on_signal(sd_event_source *event_source, const struct signalfd_siginfo *info, void *ctx)
{
	(void)event_source;
	struct loop_source *source = ctx;
	source->fn.signal((int)info->ssi_signo, source->ctx);
	return 0;
}

/* Blocked before its source is there: one that comes in between then waits. */
static int block_signal(int signo)
{
	sigset_t set;
	sigemptyset(&set);
	if (sigaddset(&set, signo) < 0 || sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	return 0;
}

int loop_add_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *ctx,
		    struct loop_source **ret_source)
{
	int r = block_signal(signo);
	if (r < 0)
		return r;

	struct loop_source *source = source_new(loop, ctx);
	source->fn.signal = fn;
	r = sd_event_add_signal(loop->event, &source->source, signo, on_signal, source);
	return source_finish(source, r, ret_source);
}

static int on_child(sd_event_source *event_source, const siginfo_t *info, void *ctx)
{
	(void)event_source;
	struct loop_source *source = ctx;
	bool has_exited = info->si_code == CLD_EXITED;
	source->fn.child(has_exited ? info->si_status : -1, has_exited ? 0 : info->si_status,
			 source->ctx);
	return 0;
}

int loop_add_child(struct loop *loop, pid_t pid, loop_child_fn *fn, void *ctx,
		   struct loop_source **ret_source)
{
	int r = block_signal(SIGCHLD); /* what sd-event waits for where there is no pidfd */
	if (r < 0)
		return r;

	struct loop_source *source = source_new(loop, ctx);
	source->fn.child = fn;
	r = sd_event_add_child(loop->event, &source->source, pid, WEXITED, on_child, source);
	if (r >= 0)
		r = sd_event_source_set_child_process_own(source->source, true);
	return source_finish(source, r, ret_source);
}

static bool batch_is_open(const struct loop *loop)
{
	return loop->batch.is_open && loop->batch.is_open(loop->batch.ctx);
}

int loop_turn(struct loop *loop)
{
	int r = sd_event_run(loop->event, batch_is_open(loop) ? 0 : UINT64_MAX);
	usec_t until = clock_boottime() + TURN_MAX_LENGTH;
	for (unsigned i = 0; r > 0 && i < TURN_MAX_DISPATCHES && clock_boottime() < until; i++)
		r = sd_event_run(loop->event, 0);

	/* Also after an error: what was dispatched before it has been written and is owed. */
	if (loop->batch.flush)
		loop->batch.flush(loop->batch.ctx);
	return r < 0 ? r : 0;
}

int loop_run(struct loop *loop)
{
	while (!loop->exiting) {
		int r = loop_turn(loop);
		if (r < 0)
			return r;
	}
	/* Ready for another run: the stop may want some turns of its own. */
	loop->exiting = false;
	return loop->exit_code;
}

void loop_exit(struct loop *loop, int code)
{
	loop->exiting = true;
	loop->exit_code = code;
}
