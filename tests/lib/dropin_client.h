/* The drop-in API from a test's side: what an integration written for Maax sends. */
#ifndef MAAXD_TESTS_LIB_DROPIN_CLIENT_H
#define MAAXD_TESTS_LIB_DROPIN_CLIENT_H

#include "lib/api_client.h"

#define DROPIN_PATH "/api/v2/outgoing-messages/"

/*
 * The harness with a source that may relay to the receiver: to loopback addresses over http on its
 * port, signed with the receiver's secret, with short delays. `options->source` replaces lines of
 * that. dropin_prepare() leaves maaxd to be started; dropin_options() gives the lines as `source`
 */
void dropin_start(struct harness *h, const struct harness_options *options);
void dropin_prepare(struct harness *h, const struct harness_options *options);
/* The same for the ports of the receiver and of another one. */
void dropin_configure(struct harness *h, const struct harness_options *options,
		      const struct peer *other);

/* The body of a message from `contact`@example.org, with callback URLs below `base`. The caller's.
 */
struct json_object *dropin_body(const char *text, const char *contact, const char *base);

/* One POST with a source's key (NULL: that of "crm"); `header` may be NULL. */
struct dropin_call {
	const char *key;
	const char *path;	  /* with a query; NULL: DROPIN_PATH */
	struct json_object *body; /* NULL: none */
	const char *header;
};
void dropin_call(const struct harness *h, const struct dropin_call *call,
		 struct http_answer *ret_answer);

/* Sends a message and expects 200; its id, the caller's. Callbacks go to the harness's receiver. */
char *dropin_send(const struct harness *h, const char *text, const char *contact);
/* As api_send_raw(): the request is left waiting. */
int dropin_send_raw(const struct harness *h, const char *text, const char *contact);

/* What the receiver got on a path, waiting until there are `count`; the journal is the caller's. */
struct json_object *dropin_wait(struct peer *receiver, const char *path, size_t count);

/* The deliveries of a message to callers' URLs: the first one's text at `pointer`; the caller's. */
char *dropin_delivery(struct harness *h, const char *id, const char *pointer);

#endif
