/*
 * Child processes on the loop. An argument vector, never a shell; a process group of its own, so
 * that what a child starts ends with it; bytes on its standard input, and the first bytes of what
 * it prints; a time limit.
 *
 * What ends a child:
 *   it exits               the rest of its group is killed
 *   `timeout` passes       SIGTERM to the group, SIGKILL to it CHILD_GRACE later
 *   it prints too much     beyond CHILD_MAX_OUTPUT the group is killed
 *   child_cancel()         the group is killed, nobody is told
 *
 * What leaves the group (setsid) is out of reach; under systemd it ends with the unit.
 *
 * It inherits no file but its three standard ones, no blocked or ignored signal, and only the
 * environment that it is given. Its standard input may stay unread: that is no failure.
 */
#ifndef MAAXD_BASE_CHILD_H
#define MAAXD_BASE_CHILD_H

#include "base/base.h"
#include "base/loop.h"

#define CHILD_GRACE (5 * USEC_PER_SEC)
#define CHILD_MAX_OUTPUT (4 * MIB)

struct child;

struct child_request {
	const char *const *argv; /* NULL-terminated; argv[0] is an absolute path */
	const char *const *env;	 /* "NAME=value", NULL-terminated: the whole environment */
	const void *input;	 /* copied */
	size_t input_len;
	usec_t timeout;
	size_t keep_output; /* bytes of standard output and error, together, that are kept */
};

struct child_result {
	int status;	       /* exit status; -1 when a signal ended it */
	int signo;	       /* that signal; 0: none */
	bool timed_out;	       /* we ended it, since it took too long */
	bool printed_too_much; /* we ended it, since it printed more than CHILD_MAX_OUTPUT */
	const char *output;    /* never NULL; borrowed for the call */
	size_t output_len;
};

/* Called once, from the loop, when the child has ended; the child is no more then. */
typedef void child_fn(const struct child_result *result, void *ctx);

/* Starts a child. 0, or the negative errno of why not: -ENOENT, -EACCES, -ENOEXEC, -EAGAIN … */
MUST_CHECK int child_start(struct loop *loop, const struct child_request *request,
			   child_fn *on_ended, void *ctx, struct child **ret_child);

/* Kills its group and forgets it. Not from inside on_ended. */
void child_cancel(struct child *child);

#endif
