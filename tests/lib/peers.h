/* maax-sim and webhook-receiver as children of a test. */
#ifndef MAAXD_TESTS_LIB_PEERS_H
#define MAAXD_TESTS_LIB_PEERS_H

#include "lib/process.h"

#include "base/base.h"
#include "base/json.h"

struct peer {
	struct process process;
	char *url;     /* "http://127.0.0.1:PORT" */
	char *tls_url; /* "https://127.0.0.1:PORT"; NULL when it was not asked for */
};

/* `arguments`: NULL-terminated, may be NULL. Standard error goes to DIR/NAME.log. */
void sim_start(struct peer *sim, const char *dir, const char *const *arguments);
void receiver_start(struct peer *receiver, const char *dir, const char *const *arguments);
/* SIGTERM and exit status 0. */
void peer_stop(struct peer *peer);
/* Ends it whatever state it is in, and frees. */
void peer_done(struct peer *peer);

/* Sets rules ("* reply=503"), or the directives every message starts with ("delay=1s"). */
void sim_script(struct peer *sim, const char *rules);
void sim_default(struct peer *sim, const char *directives);
/* Sends anything as a callback: `request` as POST /sim/callback takes it. The status it got. */
int sim_callback(struct peer *sim, struct json_object *request);
/* POST /script of the receiver. */
void receiver_script(struct peer *receiver, const char *steps);

/* The journal, all of it or one kind of event ("submit", "callback"), as an array; the caller's. */
struct json_object *sim_log(struct peer *sim, const char *event);
struct json_object *receiver_log(struct peer *receiver);

/* Waits until the journal has `count` such lines (with `expected` at `pointer`; NULL: any); the
 * journal as an array, the caller's. */
struct json_object *sim_wait(struct peer *sim, const char *event, size_t count);
struct json_object *receiver_wait(struct peer *receiver, const char *pointer, const char *expected,
				  size_t count);

#endif
