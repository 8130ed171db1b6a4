/*
 * The clockwork of the test programs: one thread with a heap of timers and libcurl's multi
 * interface for the requests they send. Everything it calls runs on that thread with the program's
 * lock held.
 */
#ifndef MAAXD_TESTS_SIM_ENGINE_H
#define MAAXD_TESTS_SIM_ENGINE_H

#include <pthread.h>

#include "base/base.h"
#include "base/buf.h"

struct engine;

typedef void engine_fn(void *ctx);

struct outgoing_result {
	int status;	   /* 0 when no whole reply came */
	const char *error; /* why; NULL when one did */
	const char *body;  /* borrowed for the call; cut at 64 KiB */
	size_t len;
	usec_t elapsed;
};

typedef void outgoing_fn(const struct outgoing_result *result, void *ctx);

/* One request to send. Every one uses a connection of its own: exactly one request a try. */
struct outgoing {
	char *method;
	char *url;
	char *content_type; /* NULL: no such header */
	struct buf body;
	bool chunked;
	outgoing_fn *on_done;
	void *ctx;
};

struct outgoing *outgoing_new(const char *method, const char *url, const char *content_type);
struct outgoing *outgoing_free(struct outgoing *outgoing);

struct engine *engine_start(pthread_mutex_t *lock);
/* Ends the thread: nothing is called any more. Call without the lock. */
void engine_stop(struct engine *engine);
/* Forgets what is left of timers and requests; their contexts stay their owners'. */
void engine_free(struct engine *engine);

/* Both with the lock held. The engine takes `outgoing`, and on_done is called exactly once, unless
 * the engine stops. */
void engine_after(struct engine *engine, usec_t delay, engine_fn *fn, void *ctx);
void engine_send(struct engine *engine, struct outgoing *outgoing);

#endif
