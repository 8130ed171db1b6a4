/* maaxctl unmatched: callbacks that need a person's eye: list, attach, drop. */
#include <string.h>

#include "ctl/action.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

#define DEFAULT_ROWS 50
#define MAX_PATH (64 * KIB)

static void add_row(struct ctl *ctl, struct json_object *row, void *ctx)
{
	struct table *table = ctx;
	const char *state = output_raw(row, "/state");
	char at[TEXT_TIME_SIZE];

	if (ctl->is_json) {
		output_json(row);
		return;
	}
	table_add(table, TEXT_PLAIN, text_clock(ctl, output_raw(row, "/received_at"), at));
	table_add(table, TEXT_PLAIN, output_raw(row, "/id"));
	table_add(table, text_state_colour(state), state);
	table_add(table, TEXT_PLAIN, output_raw(row, "/kind"));
	table_add(table, TEXT_PLAIN, output_raw(row, "/message"));
	table_add(table, TEXT_DIM, output_raw(row, "/reason"));
}

static int list_state(struct ctl *ctl, const char *state, struct table *table)
{
	CLEANUP(buf_done) struct buf path = BUF_INIT(MAX_PATH);
	size_t limit = output_limit(ctl, DEFAULT_ROWS);

	if (limit == 0 || buf_add_text(&path, "/admin/v1/callbacks") < 0)
		return CTL_USAGE;
	client_add_query(&path, "state", state);
	return client_list(ctl, buf_text(&path), limit, add_row, table);
}

static int list(struct ctl *ctl)
{
	static const char *const heads[] = {
		"TIME", "CALLBACK", "STATE", "KIND", "MESSAGE", "WHY"
	};
	CLEANUP(table_done) struct table table = { 0 };
	const char *state = ctl_option(ctl, "state");
	int r;

	table_add_heads(&table, heads, ARRAY_SIZE(heads));
	r = list_state(ctl, state ? state : "unmatched", &table);
	if (r == CTL_OK && !state)
		r = list_state(ctl, "unmapped", &table);
	if (r == CTL_OK)
		table_print_rows(ctl, &table, "none");
	return r;
}

static int act(struct ctl *ctl, const char *verb, struct json_object *body)
{
	const struct action_on_id action = {
		.prefix = "cb_",
		.given = ctl->arguments[1],
		.collection = "callbacks",
		.verb = verb,
		.done = streq(verb, "drop") ? "dropped; it is kept" : "attached",
	};

	return action_post_on_id(ctl, &action, body);
}

static int attach(struct ctl *ctl)
{
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	CLEANUP(freep) char *message = NULL;
	int r = ctl_find_id(ctl, "msg_", ctl->arguments[2], &message);

	if (r != CTL_OK)
		return r;
	json_put_string(body, "message", message);
	return act(ctl, "attach", body);
}

int ctl_unmatched(struct ctl *ctl)
{
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	const char *what = ctl->count > 0 ? ctl->arguments[0] : "list";

	if (streq(what, "list") && ctl->count <= 1)
		return list(ctl);
	if (streq(what, "attach") && ctl->count == 3)
		return attach(ctl);
	if (streq(what, "drop") && ctl->count == 2)
		return act(ctl, "drop", body);
	return ctl_fail(CTL_USAGE, "usage: maaxctl unmatched %s", ctl->verb->usage);
}
