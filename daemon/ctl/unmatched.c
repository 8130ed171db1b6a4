/* maaxctl unmatched: callbacks that need a person's eye: list, attach, drop. */
#include <stdio.h>
#include <string.h>

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
	CLEANUP(table_done) struct table table = { .columns = ARRAY_SIZE(heads) };
	const char *state = ctl_option(ctl, "state");
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++)
		table_add(&table, TEXT_BOLD, heads[i]);
	r = list_state(ctl, state ? state : "unmatched", &table);
	if (r == CTL_OK && !state)
		r = list_state(ctl, "unmapped", &table);
	if (r != CTL_OK || ctl->is_json)
		return r;
	if (table.count > table.columns)
		table_print(ctl, &table);
	else
		printf("none\n");
	return CTL_OK;
}

static int act(struct ctl *ctl, const char *verb, struct json_object *body)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *path = NULL;
	int r = ctl_find_id(ctl, "cb_", ctl->arguments[1], &id);

	if (r != CTL_OK)
		return r;
	json_put_bool(body, "dry_run", ctl_has(ctl, "dry-run"));
	path = xasprintf("/admin/v1/callbacks/%s/%s", id, verb);
	r = client_call(ctl, "POST", path, body, &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(reply.json);
	else
		printf("%s%s: %s\n", ctl_has(ctl, "dry-run") ? "would be done: " : "", id,
		       streq(verb, "drop") ? "dropped; it is kept" : "attached");
	return CTL_OK;
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
