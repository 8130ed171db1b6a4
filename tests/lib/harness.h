/*
 * The whole line in one call: maax-sim, webhook-receiver and maaxd, wired together in a temporary
 * directory. One source "crm" (ai "sales", destination "desk").
 */
#ifndef MAAXD_TESTS_LIB_HARNESS_H
#define MAAXD_TESTS_LIB_HARNESS_H

#include "lib/certificates.h"
#include "lib/daemon.h"
#include "lib/http_client.h"
#include "lib/json_path.h"
#include "lib/peers.h"
#include "lib/testdir.h"
#include "lib/wait.h"

#include "base/base.h"
#include "base/json.h"

#define HARNESS_KEY "crm-key-0123456789abcdef" /* bearer key of the source */
#define HARNESS_MAAX_KEY "maax-key-0123456789" /* 2hd-api-key that the sim accepts */
#define HARNESS_ADMIN_TOKEN "admin-token-0123456789"
#define HARNESS_SECRET "whsec_bWFheGQtdGVzdC1zZWNyZXQtMDEyMzQ1Njc4OWFiY2RlZg=="

/*
 * What differs from the usual: lines "key = value", each in a line, for a section. A line replaces
 * the default of its key. NULL: nothing.
 */
struct harness_options {
	const char *maaxd;	 /* [maaxd] */
	const char *public;	 /* [listener "public"] */
	const char *admin;	 /* [listener "admin"] */
	const char *maax;	 /* [maax] */
	const char *ai;		 /* [ai "sales"] */
	const char *source;	 /* [source "crm"] */
	const char *destination; /* [destination "desk"] */
	const char *more;	 /* whole sections */
	const char *sim_default; /* directives for every message */
	const char *const *env;	 /* "NAME=value", for maaxd */
	/* The stand-in speaks TLS too (sim.tls_url), with DIR/sim.pem; trust DIR/sim-ca.pem. */
	const struct certificate *certificate;
};

struct harness {
	char *dir;
	char *public_url; /* "http://127.0.0.1:PORT" */
	char *admin_socket;
	struct daemon daemon;
	struct peer sim;
	struct peer receiver;
};

/* Everything up and ready, `options` may be NULL; harness_prepare() leaves maaxd to be started. */
void harness_start(struct harness *h, const struct harness_options *options);
void harness_prepare(struct harness *h, const struct harness_options *options);
/* Stops maaxd, if it runs, with SIGTERM, expects exit status 0, and frees everything. */
void harness_stop(struct harness *h);

/* The text of the configuration; the caller's. harness_configure() writes it for the next start or
 * reload. */
char *harness_config(const struct harness *h, const struct harness_options *options);
void harness_configure(struct harness *h, const struct harness_options *options);

/* One request to the public listener with the source's key, or to the admin socket. `body` may be
 * NULL. */
void harness_api(struct harness *h, const char *method, const char *path, const char *body,
		 struct http_answer *ret_answer);
void harness_admin(struct harness *h, const char *method, const char *path, const char *body,
		   struct http_answer *ret_answer);

/* The URL for emergencies of an [ai]; the caller's. */
char *harness_emergency_url(struct harness *h, const char *ai);

/* A POST /v1/messages body in conversation `key` (NULL: none); the contact goes with the key. The
 * caller's. */
struct json_object *harness_message_body(const char *text, const char *key);

/* Sends a message and expects 202; its id, the caller's. */
char *harness_send(struct harness *h, const char *text);
char *harness_send_in(struct harness *h, const char *text, const char *conversation_key);

/* GET /v1/messages/{id}, 200 expected; the whole reply, the caller's. */
struct json_object *harness_message(struct harness *h, const char *id);

/* Waits for a state; the message as above, the caller's. */
struct json_object *harness_wait_state(struct harness *h, const char *id, const char *state);

/* Waits until `count` deliveries of a type ("answer.received") have come; the receiver's journal,
 * the caller's. */
struct json_object *harness_wait_delivered(struct harness *h, const char *type, size_t count);

#endif
