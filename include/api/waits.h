/*
 * Requests that wait for something to happen to their message.
 *
 *   WAIT_ANSWER   Prefer: wait=N (RFC 7240). Ends at answered, failed, overdue, held or cancelled
 *                 with 200 and the message's story; at the end of the wait, or when the daemon
 *                 stops, with 202.
 *   WAIT_REPLY    the drop-in API: for Maax's own reply to the submit, which is passed on (status,
 *                 content type, body) when it settles the message: 2xx, or a refusal for good.
 *                 Anything else is tried again. At the end of the wait, when the daemon stops, when
 *                 the reply is 64 KiB or longer, and when there is nothing to wait for: 200 `{}`.
 *
 * A request whose client has gone waits all the same; its reply is dropped.
 */
#ifndef MAAXD_API_WAITS_H
#define MAAXD_API_WAITS_H

#include "core.h"

struct api;
struct http_request;
struct waits;

enum wait_kind { WAIT_ANSWER, WAIT_REPLY };

struct wait_order {
	int64_t message;
	enum wait_kind kind;
	usec_t length;
};

MUST_CHECK int waits_new(struct api *api, struct waits **ret_waits);
struct waits *waits_free(struct waits *waits); /* no request may be waiting */

/*
 * Lets a request wait, from when all that has been written is on disk; 503 when it is lost. Replies
 * without a wait when there is nothing to wait for, or when as many wait and stream as max_streams
 * of the listener says.
 */
void waits_add(struct waits *waits, struct http_request *request, const struct wait_order *order);

/* wake_fn for TOPIC_MESSAGE_CHANGED, after the commit. */
void waits_woken(int64_t id, void *ctx);

#endif
