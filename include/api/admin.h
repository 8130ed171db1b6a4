/*
 * What the routes of /admin/v1/ share. An action runs in one unit and replies 200 with what it did,
 * 404 when there is no such row, 409 `not_possible` with the reason when the row is not in a state
 * for it. `?dry_run=1` does it, replies the same, and takes it back: nothing is changed.
 */
#ifndef MAAXD_API_ADMIN_H
#define MAAXD_API_ADMIN_H

#include "api/api.h"

struct callback;

/* An action under way; `object` is what will be replied. */
struct admin_action {
	struct api *api;
	struct http_request *request;
	struct json_object *body;   /* an object, empty without a body; owned */
	struct json_object *object; /* owned */
	const char *why;	    /* why it is not possible; static text */
	const char *missing;	    /* what was not found, with -ENOENT */
	bool is_dry;
};

void admin_action_done(struct admin_action *action);

/*
 * Reads the body, when there is one, and dry_run (of the query or of the body). False: a reply was
 * made.
 */
bool admin_action_begin(struct admin_action *action, struct api *api, struct http_request *request);

/* What an action does, in an open unit: 1 done, 0 not possible (`why`), -ENOENT (`missing`), or
 * another negative errno. */
typedef int admin_fn(struct admin_action *action, void *ctx);

/* Runs it, and replies. */
void admin_action_run(struct admin_action *action, admin_fn *fn, void *ctx);

/* An id of the path, of any kind; false: 404 was replied. */
bool admin_path_id(struct http_request *request, enum id_kind kind, const char *what,
		   int64_t *ret_id);

/* Where a walk begins and ends: `cursor` and `until`, `since` (RFC 3339), and `limit`. False: 400
 * was replied. */
struct admin_page {
	unsigned limit;
	int64_t before;
	int64_t since;
};
bool admin_page(struct http_request *request, enum id_kind kind, struct admin_page *ret_page);

/* The same from the members of a filter object. */
bool admin_filter_page(struct http_request *request, struct json_object *filter, enum id_kind kind,
		       struct admin_page *page);

/* A contact value as it is kept: without blanks around it, in lower case. A heap string. */
char *admin_contact_key(const char *text);
/* ?contact= likewise; NULL without. */
char *admin_contact(const struct http_request *request);

/* 400 bad_parameter. */
void admin_refuse(struct http_request *request, const char *detail);

/* A list whose next page begins at `next` (0: none). */
void admin_reply_page(struct api *api, struct http_request *request, struct json_object *array,
		      int result, enum id_kind kind, int64_t next);

/* ---- rows as JSON ---- */

/* A receipt with its bytes as they came. */
struct json_object *admin_render_callback(const struct callback *callback);

#endif
