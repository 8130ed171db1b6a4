/*
 * Requests that wait for their message's answer (Prefer: wait=N, RFC 7240). Ends at answered,
 * failed, overdue, held or cancelled with 200 and the message's story, at the end of the wait, or
 * when the daemon stops, with 202.
 */
#ifndef MAAXD_API_WAITS_H
#define MAAXD_API_WAITS_H

#include "core.h"

struct api;
struct http_request;
struct message;
struct waits;

MUST_CHECK int waits_new(struct api *api, struct waits **ret_waits);
struct waits *waits_free(struct waits *waits); /* no request may be waiting */

/* Lets a request wait for up to `seconds`. Replies at once when there is nothing to wait for, or
 * when as many wait and stream as max_streams of the listener says (202). */
void waits_add(struct waits *waits, struct http_request *request, int64_t id, unsigned seconds);

/* wake_fn for TOPIC_MESSAGE_CHANGED, after the commit. */
void waits_woken(int64_t id, void *ctx);

#endif
