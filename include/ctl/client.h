/* Requests to the admin API, blocking. Only ctl/client.c knows curl here. */
#ifndef MAAXD_CTL_CLIENT_H
#define MAAXD_CTL_CLIENT_H

#include "base/buf.h"
#include "ctl/ctl.h"

#define CLIENT_MAX_REPLY (16 * MIB)

struct client_reply {
	int status;
	struct buf body;
	struct json_object *json; /* the body, if it is JSON; else NULL */
};

void client_reply_done(struct client_reply *reply);

/*
 * One request; `body` (borrowed, may be NULL) goes as JSON. CTL_OK with a 2xx reply; anything else
 * has been said: the daemon's own words are printed, and 404 is CTL_NOT_FOUND, 403
 * CTL_NO_PERMISSION, 400 and 422 CTL_USAGE.
 */
int client_call(struct ctl *ctl, const char *method, const char *path, struct json_object *body,
		struct client_reply *ret_reply);
/* The same with one more header ("Prefer: wait=90"). */
int client_call_with(struct ctl *ctl, const char *method, const char *path,
		     struct json_object *body, const char *header, struct client_reply *ret_reply);

/* Called with each line of an event stream, without its end. False ends the stream. */
typedef bool client_line_fn(const char *line, void *ctx);

/* Reads a stream until it ends or `on_line` has enough. CTL_OK, or it has been said.
 * `last_event_id` may be NULL. */
int client_stream(struct ctl *ctl, const char *path, const char *last_event_id,
		  client_line_fn *on_line, void *ctx);

/* POSTs to any URL. The HTTP status, or 0 with *ret_why (heap). `headers` ends with NULL. */
int client_post(const char *url, const char *const *headers, const char *body, char **ret_why);

/* Adds `key=value` to a path, percent-encoded, with ? or & before it. Nothing when value is NULL.
 */
void client_add_query(struct buf *path, const char *key, const char *value);

/*
 * Calls `row` for each row of a list, from page to page, until `limit` rows have come or there are
 * no more. CTL_OK, or what went wrong, which has been said.
 */
typedef void client_row_fn(struct ctl *ctl, struct json_object *row, void *ctx);
int client_list(struct ctl *ctl, const char *path, size_t limit, client_row_fn *row, void *ctx);

#endif
