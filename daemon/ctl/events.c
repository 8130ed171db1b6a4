/* Follows the event stream. See events.h. */
#include "ctl/events.h"

#include <string.h>
#include <time.h>

#include "ctl/client.h"

#define MAX_PATH (64 * KIB)

struct follow {
	struct ctl *ctl;
	char *id;   /* of the frame that is being read; NULL: none yet */
	char *last; /* of the last event that was given out */
	void (*on_hello)(void *ctx);
	events_fn *fn;
	void *ctx;
};

static void on_data(struct follow *follow, const char *text)
{
	CLEANUP(json_putp) struct json_object *event = NULL;
	const char *type, *why;

	if (json_parse(text, strlen(text), &event, &why) < 0)
		return;
	type = json_get_string(event, "type");
	if (type && streq(type, "hello") && follow->on_hello) {
		follow->on_hello(follow->ctx);
		follow->on_hello = NULL;
	}
	if (!follow->id || !type)
		return; /* hello, reset and bye are no events */
	follow->fn(follow->ctl, follow->id, event, follow->ctx);
	free(follow->last);
	follow->last = TAKE(follow->id);
}

static bool on_line(const char *line, void *ctx)
{
	struct follow *follow = ctx;

	if (strncmp(line, "id: ", 4) == 0) {
		free(follow->id);
		follow->id = xstrdup(line + 4);
	} else if (strncmp(line, "data: ", 6) == 0) {
		on_data(follow, line + 6);
	}
	return true;
}

int events_follow(struct ctl *ctl, const char *after, void (*on_hello)(void *ctx), events_fn *fn,
		  void *ctx)
{
	static const struct timespec pause_length = { .tv_nsec = 500000000 };
	CLEANUP(buf_done) struct buf path = BUF_INIT(MAX_PATH);
	struct follow follow = {
		.ctl = ctl, .last = xstrdup_null(after), .on_hello = on_hello, .fn = fn, .ctx = ctx
	};
	int r = buf_add_text(&path, "/admin/v1/events/stream") < 0 ? CTL_FAILED : CTL_OK;

	client_add_query(&path, "source", ctl_option(ctl, "source"));
	while (r == CTL_OK) {
		r = client_stream(ctl, buf_text(&path), follow.last, on_line, &follow);
		nanosleep(&pause_length, NULL); /* it said goodbye: it restarts, or has too many */
	}
	free(follow.id);
	free(follow.last);
	return r;
}
