/*
 * GET /v1/events, and /admin/v1/events/stream for all sources: the timeline as server-sent events
 * (WHATWG HTML, "Server-sent events"), read from the database.
 *
 * Frames are one `data:` line of JSON with a `type`, no `event:` field; `id:` stands only on
 * durable events, so hello, reset and bye never move Last-Event-ID. A client that names one gets
 * everything after it, then what comes.
 *
 *   unknown id (newer than the newest)   {"type":"reset"}: fetch the lists again; then what comes
 *   frame above HUB_FRAME_MAX            without its texts, "truncated": true; GET has them
 *   client reads slowly                  a quarter of HUB_QUEUE waits for it, the rest stays in the
 *                                        database until it has read that
 *   client reads nothing                 its connection is closed after the listener's idle_timeout
 *   max_streams reached                  200, retry: 30000, {"type":"bye"}, end
 *   daemon stops                         {"type":"bye","reason":"restart"}, end
 *   HUB_MAX_AGE reached                  {"type":"bye","reason":"age"}, end
 *   the database cannot be read          {"type":"bye","reason":"error"}, end
 */
#ifndef MAAXD_API_EVENTS_HUB_H
#define MAAXD_API_EVENTS_HUB_H

#include "core.h"

#define HUB_QUEUE (256 * KIB) /* bytes that may wait for one client */
#define HUB_FRAME_MAX (128 * KIB)
#define HUB_HEARTBEAT (15 * USEC_PER_SEC)
#define HUB_MAX_AGE (30 * USEC_PER_MINUTE)

struct events_hub;

MUST_CHECK int events_hub_new(struct core *core, struct events_hub **ret_hub);
struct events_hub *events_hub_free(struct events_hub *hub); /* all streams must have ended */

/* Reads where the timeline ends. 0 or negative errno. */
MUST_CHECK int events_hub_start(struct events_hub *hub);

/* wake_fn for TOPIC_EVENT, after the commit. */
void events_hub_woken(int64_t event, void *ctx);

#endif
