/*
 * A small HTTP server for the test programs: libmicrohttpd with a polling thread of its own. Every
 * request is read whole, then given to one function, which answers it at once or keeps the exchange
 * and answers later, from any thread.
 */
#ifndef MAAXD_TESTS_SIM_SERVER_H
#define MAAXD_TESTS_SIM_SERVER_H

#include <pthread.h>

#include "base/base.h"
#include "base/json.h"

#define SERVER_MAX_BODY (8 * MIB)

struct server;
struct exchange;

/* Called with the lock held. */
typedef void server_fn(struct exchange *exchange, void *ctx);

struct server_options {
	const char *listen;    /* "127.0.0.1:0" */
	const char *pem;       /* certificate and key, as text, for TLS; NULL: plain HTTP */
	pthread_mutex_t *lock; /* guards the whole program's state */
	server_fn *on_request;
	void *ctx;
};

struct server_reply {
	int status;
	const char *content_type; /* NULL: application/json */
	const void *body;	  /* copied */
	size_t len;
	int64_t retry_after; /* seconds; 0: no such header */
	bool retry_is_date;  /* the header says it as a date */
	bool reset;	     /* no reply at all: the connection is reset */
};

/* 0 or a negative errno. */
MUST_CHECK int server_start(const struct server_options *options, struct server **ret_server);
/* Resets what is still unanswered, and frees. Call without the lock. */
void server_stop(struct server *server);
const char *server_address(const struct server *server); /* "127.0.0.1:PORT" */

const char *exchange_method(const struct exchange *exchange);
const char *exchange_path(const struct exchange *exchange);  /* as sent, without the query */
const char *exchange_query(const struct exchange *exchange); /* as sent; "" when none */
const char *exchange_body(const struct exchange *exchange, size_t *ret_len);
const char *exchange_header(struct exchange *exchange, const char *name); /* NULL when none */
/* All headers as an object, the values of `hidden` (NULL: of none) left out. The caller's. */
struct json_object *exchange_headers(struct exchange *exchange, const char *hidden);
/* The query as a flat object of strings. The caller's. */
struct json_object *exchange_params(const struct exchange *exchange);

/* Answers; with the lock held, once. The exchange is not to be used afterwards. */
void exchange_reply(struct exchange *exchange, const struct server_reply *reply);
void exchange_reply_json(struct exchange *exchange, int status,
			 struct json_object *root); /* takes it */
void exchange_reply_error(struct exchange *exchange, int status, const char *format, ...)
	PRINTF_LIKE(3, 4);

#endif
