/* The daemon's event stream, event by event. */
#ifndef MAAXD_CTL_EVENTS_H
#define MAAXD_CTL_EVENTS_H

#include "ctl/ctl.h"

/* Called with each event as GET /admin/v1/events/stream has it; `id` is its number. */
typedef void events_fn(struct ctl *ctl, const char *id, struct json_object *event, void *ctx);

/*
 * Follows all sources (or the one of --source) from after event `after` (NULL: what comes), over
 * restarts of the daemon whose socket stays. Comes back only when the daemon does not answer any
 * more: the exit status; it has been said. `on_hello` may be NULL: called once, when the stream is
 * up.
 */
int events_follow(struct ctl *ctl, const char *after, void (*on_hello)(void *ctx), events_fn *fn,
		  void *ctx);

#endif
