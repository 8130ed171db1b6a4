/*
 * The event loop: thin names over sd-event, and the one function that orders a turn of it.
 * The only file that includes sd-event.h. Sources belong to the loop's single thread.
 */
#ifndef MAAXD_BASE_LOOP_H
#define MAAXD_BASE_LOOP_H

#include <sys/types.h>

#include "base/base.h"

struct loop;
struct loop_source;

typedef void loop_io_fn(int fd, uint32_t events, void *ctx); /* events: EPOLLIN | EPOLLOUT … */
typedef void loop_timer_fn(void *ctx);
typedef void loop_signal_fn(int signo, void *ctx);
/* `status`: exit status, or -1 with the signal that ended it. */
typedef void loop_child_fn(int status, int signo, void *ctx);

/* What a turn must finish before the loop may sleep: the store's batch, replies, HTTP. */
struct loop_batch {
	bool (*is_open)(
		void *ctx); /* true while something waits for flush(); the loop then never sleeps */
	void (*flush)(void *ctx); /* commit, run what waited for it, pump HTTP */
	void *ctx;
};

MUST_CHECK int loop_new(struct loop **ret_loop);
struct loop *
loop_free(struct loop *loop); /* all sources must be gone; NULL is fine; returns NULL */

void loop_set_batch(struct loop *loop, struct loop_batch batch);

/* Watches fd (borrowed). 0 or negative errno. The source is freed with loop_source_free(). */
MUST_CHECK int loop_add_io(struct loop *loop, int fd, uint32_t events, loop_io_fn *fn, void *ctx,
			   struct loop_source **ret_source);
MUST_CHECK int loop_set_io_events(struct loop_source *source, uint32_t events);

/* A timer, disarmed at first. It fires once and is then disarmed until set again. */
MUST_CHECK int loop_add_timer(struct loop *loop, loop_timer_fn *fn, void *ctx,
			      struct loop_source **ret_source);
void loop_set_timer(struct loop_source *timer,
		    usec_t at); /* a clock_now() time; USEC_NEVER disarms */
/* As loop_set_timer(), but only ever moves the time forward to an earlier one. */
void loop_set_timer_earlier(struct loop_source *timer, usec_t at);

/* The signal is blocked for the process and delivered here. */
MUST_CHECK int loop_add_signal(struct loop *loop, int signo, loop_signal_fn *fn, void *ctx,
			       struct loop_source **ret_source);

/*
 * A child process of ours, told of once when it has ended; it is still a zombie during the call, so
 * its process group can be signalled safely. Freeing the source before kills and reaps the child.
 */
MUST_CHECK int loop_add_child(struct loop *loop, pid_t pid, loop_child_fn *fn, void *ctx,
			      struct loop_source **ret_source);

struct loop_source *loop_source_free(struct loop_source *source); /* NULL is fine; returns NULL */

/*
 * One turn, in this order (DESIGN.md section 3):
 *  1. one wait for events, not sleeping while the batch is open; then up to 64 further dispatches
 *     without waiting, or 2 ms of them, whichever ends first (sd-event dispatches one source a
 * call);
 *  2. flush(): what those wrote is committed, then answered.
 * Writes made during the flush open the next batch, and the next turn does not sleep.
 * 0, or negative errno when the loop itself is broken.
 */
MUST_CHECK int loop_turn(struct loop *loop);

/* Turns until loop_exit(). Returns the code given there, or negative errno. */
MUST_CHECK int loop_run(struct loop *loop);
void loop_exit(struct loop *loop, int code);

#endif
