/* The public API from a test's side: any key, any header, and a second source beside "crm". */
#ifndef MAAXD_TESTS_LIB_API_CLIENT_H
#define MAAXD_TESTS_LIB_API_CLIENT_H

#include "lib/harness.h"

#define API_SHOP_KEY "shop-key-0123456789abcdef" /* bearer key of the source "shop" */

struct api_call {
	const char *key;    /* NULL: that of "crm"; "": no Authorization */
	const char *method; /* NULL: GET, or POST when there is a body */
	const char *path;   /* NULL: /v1/messages */
	const char *body;
	const char *content_type; /* NULL: application/json */
	const char *header;	  /* "Name: value"; NULL: none */
	const char *other_header;
};

/* http_answer_done() frees what it fills. Fails the test when no reply comes. */
void api_call(const struct harness *h, const struct api_call *call, struct http_answer *ret_answer);

/* The status and the `code` of the problem that a call gets; NULL: no code. */
void api_expect(const struct harness *h, const struct api_call *call, int status, const char *code);

/* harness_start() with a source "shop" beside "crm": same AI, same destination. */
void api_start_two(struct harness *h, const struct harness_options *options);

/* The body of a POST /v1/messages as text, in conversation `key` (NULL: none). The caller's. */
char *api_message(const char *text, const char *key);

/* As harness_send_in(), with another source's key. The id, the caller's. */
char *api_send_as(const struct harness *h, const char *key, const char *text, const char *thread);

/* The conversation of a message; the caller's. */
char *api_conversation_of(struct harness *h, const char *message);

/*
 * POST /v1/messages on a bare connection, for many requests at a time: sends, and api_receive()
 * gives the reply whole ("HTTP/1.1 202 …") and closes. `header`: "Name: value", or NULL.
 */
int api_send_raw(const struct harness *h, const char *body, const char *header);
char *api_receive(int fd);

#endif
