/* maaxctl tail: the newest lines of the timeline, and what comes. */
#include <stdio.h>
#include <string.h>

#include "ctl/client.h"
#include "ctl/events.h"
#include "ctl/output.h"
#include "ctl/text.h"

#define DEFAULT_ROWS 20
#define MAX_ROWS 10000
#define MAX_PATH (64 * KIB)
#define EXCERPT 100

/* One event on a line: what it is, of whom, and the words that go with it. */
static void print_event(const struct ctl *ctl, struct json_object *event)
{
	const char *type = output_raw(event, "/type");
	bool is_state = type && streq(type, "message.state");
	const char *what = is_state ? output_raw(event, "/state") : type;
	const char *subject =
		output_raw(event, "/message/id") ?: output_raw(event, "/conversation/id");
	const char *words = output_raw(event, "/answer/text") ?: output_raw(event, "/detail");
	CLEANUP(freep) char *source = output_text(event, "/source");
	CLEANUP(freep) char *text = NULL;
	char at[TEXT_TIME_SIZE];

	if (!words && is_state && what && streq(what, "queued"))
		words = output_raw(event, "/message/message_content");
	text = text_clean(words ? words : "", EXCERPT);
	printf("%s  ", text_clock(ctl, output_raw(event, "/at"), at));
	text_put(ctl, text_state_colour(what), "%-20s", what ? what : "-");
	printf("  %-10s  %-17s  ", source, subject ? subject : "-");
	text_put(ctl, TEXT_DIM, "%s", text);
	printf("\n");
}

static void print_one(struct ctl *ctl, const char *id, struct json_object *event, void *ctx)
{
	(void)ctx;
	json_put_string(event, "id", id);
	if (ctl->is_json)
		output_json(event);
	else
		print_event(ctl, event);
	fflush(stdout);
}

static void keep(struct ctl *ctl, struct json_object *row, void *ctx)
{
	(void)ctl;
	json_object_array_add(ctx, json_object_get(row));
}

int ctl_tail(struct ctl *ctl)
{
	CLEANUP(json_putp) struct json_object *rows = json_object_new_array();
	CLEANUP(buf_done) struct buf path = BUF_INIT(MAX_PATH);
	CLEANUP(freep) char *last = NULL;
	size_t limit = output_limit(ctl, DEFAULT_ROWS);
	int r;

	if (limit == 0 || buf_add_text(&path, "/admin/v1/events") < 0)
		return CTL_USAGE;
	client_add_query(&path, "source", ctl_option(ctl, "source"));
	r = client_list(ctl, buf_text(&path), limit < MAX_ROWS ? limit : MAX_ROWS, keep, rows);
	if (r != CTL_OK)
		return r;
	for (size_t i = json_object_array_length(rows); i-- > 0;) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		free(last);
		last = xstrdup_null(json_get_string(row, "id"));
		print_one(ctl, last, row, NULL);
	}
	if (!ctl_has(ctl, "follow"))
		return CTL_OK;
	/* From the beginning of time when there was none yet. */
	return events_follow(ctl, last ? last : "1", NULL, print_one, NULL);
}
