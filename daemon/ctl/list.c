/* maaxctl list and conversations: pages of the newest, filtered by the daemon. */
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

#define DEFAULT_ROWS 25
#define MAX_PATH (64 * KIB)

/* The options that go into the query as they are, and the times. False: it has been said. */
static bool make_path(const struct ctl *ctl, const char *base, const char *const *options,
		      size_t count, struct buf *path)
{
	CLEANUP(freep) char *since = NULL;
	CLEANUP(freep) char *until = NULL;

	if (!output_time_option(ctl, "since", &since) ||
	    !output_time_option(ctl, "until", &until) || buf_add_text(path, base) < 0)
		return false;
	for (size_t i = 0; i < count; i++)
		client_add_query(path, options[i], ctl_option(ctl, options[i]));
	client_add_query(path, "since", since);
	client_add_query(path, "until", until);
	return true;
}

/* "Ada <ada@example.org>", or what there is of it. */
static char *customer(struct json_object *row)
{
	static const char *const contacts[] = { "/prospect_info/email", "/prospect_info/phone",
						"/prospect_info/facebook",
						"/prospect_info/instagram",
						"/prospect_info/intercom" };

	for (size_t i = 0; i < ARRAY_SIZE(contacts); i++)
		if (output_raw(row, contacts[i]))
			return text_clean(output_raw(row, contacts[i]), 28);
	return xstrdup("-");
}

static void add_message(struct ctl *ctl, struct json_object *row, void *ctx)
{
	struct table *table = ctx;
	const char *state = output_raw(row, "/state");
	CLEANUP(freep) char *who = NULL;
	CLEANUP(freep) char *text = NULL;
	char at[TEXT_TIME_SIZE];

	if (ctl->is_json) {
		output_json(row);
		return;
	}
	who = customer(row);
	text = text_clean(output_raw(row, "/message_content") ?: "", 200);
	table_add(table, TEXT_PLAIN, text_clock(ctl, output_raw(row, "/created_at"), at));
	table_add(table, TEXT_PLAIN, output_raw(row, "/id"));
	table_add(table, text_state_colour(state), state);
	table_add(table, TEXT_PLAIN, output_raw(row, "/source"));
	table_add(table, TEXT_PLAIN, who);
	table_add(table, TEXT_DIM, text);
}

static void add_conversation(struct ctl *ctl, struct json_object *row, void *ctx)
{
	struct table *table = ctx;
	const char *reason = output_raw(row, "/pause_reason");
	char at[TEXT_TIME_SIZE];

	if (ctl->is_json) {
		output_json(row);
		return;
	}
	table_add(table, TEXT_PLAIN, text_clock(ctl, output_raw(row, "/created_at"), at));
	table_add(table, TEXT_PLAIN, output_raw(row, "/id"));
	table_add(table, TEXT_PLAIN, output_raw(row, "/source"));
	table_add(table, TEXT_PLAIN, output_raw(row, "/platform"));
	table_add(table, TEXT_PLAIN, output_raw(row, "/key"));
	table_add(table, reason ? TEXT_WARN : TEXT_DIM,
		  reason			  ? reason
		  : output_raw(row, "/in_flight") ? "a message is at Maax"
						  : "-");
}

static int run_list(struct ctl *ctl, const char *path, client_row_fn *row, struct table *table)
{
	size_t limit = output_limit(ctl, DEFAULT_ROWS);
	int r;

	if (limit == 0)
		return CTL_USAGE;
	r = client_list(ctl, path, limit, row, table);
	if (r == CTL_OK)
		table_print_rows(ctl, table, "none");
	return r;
}

int ctl_list(struct ctl *ctl)
{
	static const char *const options[] = { "state", "source", "contact" };
	static const char *const heads[] = { "TIME", "MESSAGE", "STATE", "SOURCE", "FROM", "TEXT" };
	CLEANUP(table_done) struct table table = { 0 };
	CLEANUP(buf_done) struct buf path = BUF_INIT(MAX_PATH);
	CLEANUP(freep) char *conversation = NULL;
	const char *id = ctl_option(ctl, "conversation");
	int r;

	if (!make_path(ctl, "/admin/v1/messages", options, ARRAY_SIZE(options), &path))
		return CTL_USAGE;
	if (id) {
		r = ctl_find_id(ctl, "cnv_", id, &conversation);
		if (r != CTL_OK)
			return r;
		client_add_query(&path, "conversation", conversation);
	}
	table_add_heads(&table, heads, ARRAY_SIZE(heads));
	return run_list(ctl, buf_text(&path), add_message, &table);
}

int ctl_conversations(struct ctl *ctl)
{
	static const char *const options[] = { "source", "contact" };
	static const char *const heads[] = { "TIME",	 "CONVERSATION", "SOURCE",
					     "PLATFORM", "KEY",		 "PAUSED" };
	CLEANUP(table_done) struct table table = { 0 };
	CLEANUP(buf_done) struct buf path = BUF_INIT(MAX_PATH);

	if (!make_path(ctl, "/admin/v1/conversations", options, ARRAY_SIZE(options), &path))
		return CTL_USAGE;
	if (ctl_has(ctl, "paused"))
		client_add_query(&path, "paused", "1");
	table_add_heads(&table, heads, ARRAY_SIZE(heads));
	return run_list(ctl, buf_text(&path), add_conversation, &table);
}
