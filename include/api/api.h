/* What the handlers of our HTTP surface share: who asks, replies that wait for the commit, rows as
 * JSON. */
#ifndef MAAXD_API_API_H
#define MAAXD_API_API_H

#include "base/ids.h"
#include "core.h"
#include "http/server.h"
#include "options.h"
#include "store/conversations.h"
#include "store/messages.h"

struct backup;
struct deliver;
struct delivery;
struct events_hub;
struct intake;
struct intake_inbound;
struct json_object;
struct retention;
struct waits;

/* The context of every handler. Owned by app.c. */
struct api {
	struct core *core;
	struct intake *intake;
	struct intake_inbound *inbound;
	struct deliver *deliver;
	struct http_server *server;
	struct waits *waits;
	struct events_hub *hub;
	struct retention *retention;
	struct backup *backup;
	struct metric *callbacks_refused;
	struct metric *hooks_refused; /* wrong secret, or wrong signature */
	unsigned histories;	      /* requests of the drop-in API that wait for one */
};

/* Who may call a route; the auth column of the route table. */
enum api_auth {
	API_AUTH_NONE,	 /* anyone */
	API_AUTH_BEARER, /* a key of a source of kind api */
	API_AUTH_MAAX,	 /* the same key, as Maax wants it: in 2hd-api-key */
	API_AUTH_ANSWER, /* the MAC in the path, purpose answer */
	API_AUTH_FOLLOWUP,
	API_AUTH_EMERGENCY,
	API_AUTH_HOOK,	  /* the secret in the path, of a source of kind hook */
	API_AUTH_METRICS, /* as admin, without its header: scrapers cannot send one */
	API_AUTH_ADMIN,	  /* peer of the unix socket, or the listener's admin token */
};

/* The authorize hook of the server. */
bool api_authorize(struct http_request *request, const struct http_route *route, void *ctx);

/* The source whose key the request carries; NULL when it has been revoked since the first call, and
 * 401 has been replied. */
const struct config_source *api_source(struct api *api, struct http_request *request);

/* The source whose name and secret the path of a hook holds; NULL as above, with 404. */
const struct config_source *api_hook_source(struct api *api, struct http_request *request);

/* Whether a unix socket with such a file can be connected to by its listener's admin_group alone.
 */
bool api_is_for_group(const struct config_listener *listener, mode_t mode, gid_t gid);

/* The section of the listener that took the request. */
const struct config_listener *api_listener(const struct api *api,
					   const struct http_request *request);

/* The subject of a callback token that the authorize hook has verified. False: it is no id (404 was
 * replied). */
bool api_token_message(struct http_request *request, int64_t *ret_message);

/* ---- replies ---- */

/*
 * Replies when the open batch is on disk, or at once without one; if the batch is lost, 503
 * instead. Reads reply so too: they may have seen rows that are not on disk yet. Takes the heap
 * string `json`.
 */
void api_reply(struct api *api, struct http_request *request, int status, char *json);
void api_reply_object(struct api *api, struct http_request *request, int status,
		      struct json_object *object); /* takes the object */

/* The same with a body of any kind, which is copied; `content_type` NULL: none. */
void api_reply_body(struct api *api, struct http_request *request, int status,
		    const char *content_type, const void *data, size_t len);

/* A page of a list: {"data":[…],"next_cursor"}; takes the array. `result` negative: 503 instead.
 * `next`: id text of the last row, or NULL when this is the last page. */
void api_reply_list(struct api *api, struct http_request *request, struct json_object *array,
		    int result, const char *next);

/* 503 for a negative errno of the store, with a log line. */
void api_reply_store_error(struct http_request *request, int error);
void api_reply_not_found(struct http_request *request, const char *what);
/* The story of a message, that messages_get() has read with the result `r`. */
void api_reply_story(struct api *api, struct http_request *request, int r,
		     const struct message *message);

/* ---- rows as JSON ---- */

/* {"id","conversation","state"}: the short form in a 202. */
struct json_object *api_render_accepted(const struct message *message);
/* All of a message's own fields. */
struct json_object *api_render_message(const struct message *message);
/* {"message":{…,"answers","timeline","attempts","deliveries"}}. 0 with the caller's object, or
 * errno. */
MUST_CHECK int api_render_story(struct api *api, const struct message *message,
				struct json_object **ret_object);
struct json_object *api_render_conversation(const struct conversation *conversation);
struct json_object *api_render_delivery(struct api *api, const struct delivery *delivery);
/* Adds how each destination fares. 0 or negative errno. */
MUST_CHECK int api_render_destinations(struct api *api, struct json_object *array);

/* Adds the alerts that are raised. The number, or negative errno. */
MUST_CHECK int api_render_alerts(struct api *api, struct json_object *array);

/* How long the oldest message that could be submitted now has waited for it. 0 or negative errno.
 */
MUST_CHECK int api_oldest_due(struct api *api, usec_t *ret_age);

/* ---- requests ---- */

#define API_LIST_DEFAULT 50
#define API_LIST_MAX 250

/*
 * `limit` and `cursor` of a list. False when they are wrong, and 400 has been replied. The cursor
 * is the text id of the last row of the page before; *ret_cursor is 0 without one.
 */
bool api_list_parameters(struct http_request *request, enum id_kind kind, unsigned *ret_limit,
			 int64_t *ret_cursor);

/* Path parameter `index` as an id. False when it is none, and 404 has been replied. */
bool api_path_id(struct http_request *request, size_t index, enum id_kind kind, int64_t *ret_id);

/* A link preview or an uptime check: HEAD, or GET without query and body. Nothing was sent, so
 * nothing is stored. */
bool api_is_probe(const struct http_request *request);
/* 429 for a source whose limits are used up. */
void api_reply_limited(struct http_request *request, usec_t retry_after);
/* Takes a message for a source, whoever vouches for it, and replies. */
void api_messages_accept(struct api *api, struct http_request *request,
			 const struct config_source *source);
/* Replies with a page of a conversation's messages. */
void api_conversations_reply_messages(struct api *api, struct http_request *request,
				      int64_t conversation);

/* Seconds of "Prefer: wait=N", at most API_WAIT_MAX; 0 without. */
#define API_WAIT_MAX 90
unsigned api_prefer_wait(const struct http_request *request);

/* ---- handlers, as the route table names them ---- */

http_handler_fn api_messages_post, api_messages_get, api_messages_list;
http_handler_fn api_dropin_message, api_dropin_history;
http_handler_fn api_conversations_get, api_conversations_list, api_conversations_messages;
http_handler_fn api_events_get;
http_handler_fn api_callback_answer, api_callback_followup, api_callback_emergency;
http_handler_fn api_hook;
http_handler_fn api_inbound_list, api_inbound_get, api_inbound_replay, api_inbound_replay_all,
	api_inbound_drop, api_inbound_ingest;
http_handler_fn api_healthz, api_readyz, api_metrics, api_openapi;
http_handler_fn api_conversations_pause, api_conversations_unpause, api_conversations_answer;

http_handler_fn api_admin_status, api_admin_urls, api_admin_config, api_admin_holds;
http_handler_fn api_admin_alerts;
http_handler_fn api_admin_messages, api_admin_message, api_admin_messages_post,
	api_admin_message_cancel, api_admin_message_retry, api_admin_message_replay;
http_handler_fn api_admin_retry, api_admin_replay, api_admin_simulate;
http_handler_fn api_admin_callbacks, api_admin_callback, api_admin_callback_attach,
	api_admin_callback_drop, api_admin_callback_replay;
http_handler_fn api_admin_deliveries, api_admin_delivery_retry, api_admin_delivery_cancel,
	api_admin_delivery_replay;
http_handler_fn api_admin_destinations, api_admin_hold, api_admin_resume,
	api_admin_destination_test;
http_handler_fn api_admin_conversations, api_admin_conversation, api_admin_conversation_messages,
	api_admin_pause, api_admin_unpause, api_admin_answer;
http_handler_fn api_admin_events, api_admin_events_stream;
http_handler_fn api_admin_erase, api_admin_export;
http_handler_fn api_admin_db, api_admin_db_prune, api_admin_db_backup, api_admin_db_check;
http_handler_fn api_admin_keys_list, api_admin_keys_post, api_admin_keys_revoke;

#endif
