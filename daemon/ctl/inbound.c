/* maaxctl inbound: what came in at hooks and by mail: list, show, map again, drop. */
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
	const char *message = output_raw(row, "/message");
	char at[TEXT_TIME_SIZE];

	if (ctl->is_json) {
		output_json(row);
		return;
	}
	table_add(table, TEXT_PLAIN, text_clock(ctl, output_raw(row, "/received_at"), at));
	table_add(table, TEXT_PLAIN, output_raw(row, "/id"));
	table_add(table, TEXT_PLAIN, output_raw(row, "/source"));
	table_add(table, text_state_colour(state), state);
	table_add(table, TEXT_DIM, message ? message : output_raw(row, "/reason"));
}

static int list(struct ctl *ctl)
{
	static const char *const heads[] = { "TIME", "INBOUND", "SOURCE", "STATE",
					     "MESSAGE, OR WHY" };
	CLEANUP(table_done) struct table table = { 0 };
	CLEANUP(buf_done) struct buf path = BUF_INIT(MAX_PATH);
	size_t limit = output_limit(ctl, DEFAULT_ROWS);
	int r;

	if (limit == 0 || buf_add_text(&path, "/admin/v1/inbound") < 0)
		return CTL_USAGE;
	client_add_query(&path, "state", ctl_option(ctl, "state"));
	client_add_query(&path, "source", ctl_option(ctl, "source"));
	table_add_heads(&table, heads, ARRAY_SIZE(heads));
	r = client_list(ctl, buf_text(&path), limit, add_row, &table);
	if (r == CTL_OK)
		table_print_rows(ctl, &table, "none");
	return r;
}

/* One line about it. */
static void print_row(const struct ctl *ctl, struct json_object *row)
{
	CLEANUP(freep) char *reason = output_text(row, "/reason");
	const char *state = output_raw(row, "/state");
	const char *message = output_raw(row, "/message");

	printf("%s  ", output_raw(row, "/id"));
	text_put(ctl, text_state_colour(state), "%s", state);
	printf("  %s\n", message ? message : reason);
}

static void print_whole(const struct ctl *ctl, struct json_object *row)
{
	CLEANUP(freep) char *type = output_text(row, "/content_type");
	CLEANUP(freep) char *query = output_text(row, "/query");
	char at[TEXT_TIME_SIZE];

	print_row(ctl, row);
	printf("  source %s, received %s\n  %s, %s, %lld bytes, query %s\n\n",
	       output_raw(row, "/source"), text_time(ctl, output_raw(row, "/received_at"), at),
	       output_raw(row, "/method"), type, (long long)output_int(row, "/size"), query);
	if (output_raw(row, "/body"))
		output_block("  ", output_raw(row, "/body"));
	else
		printf("  (not text, or purged by age; see --json)\n");
}

/* A request about one; `action` "" shows it. */
static int do_one(struct ctl *ctl, const char *method, const char *action)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *path = NULL;
	int r = ctl_find_id(ctl, "in_", ctl->arguments[1], &id);

	if (r != CTL_OK)
		return r;
	path = xasprintf("/admin/v1/inbound/%s%s", id, action);
	r = client_call(ctl, method, path, NULL, &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->is_json)
		output_json(json_at(reply.json, "/inbound"));
	else if (action[0] == '\0')
		print_whole(ctl, json_at(reply.json, "/inbound"));
	else
		print_row(ctl, json_at(reply.json, "/inbound"));
	return CTL_OK;
}

static const char *const ends[] = { "accepted", "dropped", "unmapped" };

/* One step of many; *cursor is the next one, NULL when there is none. */
static int replay_step(struct ctl *ctl, char **cursor, int64_t counts[static ARRAY_SIZE(ends)])
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(buf_done) struct buf path = BUF_INIT(MAX_PATH);
	const char *state = ctl_option(ctl, "state");
	int r;

	if (buf_add_text(&path, "/admin/v1/inbound/replay") < 0)
		return CTL_FAILED;
	client_add_query(&path, "state", state ? state : "unmapped");
	client_add_query(&path, "source", ctl_option(ctl, "source"));
	client_add_query(&path, "cursor", *cursor);
	r = client_call(ctl, "POST", buf_text(&path), NULL, &reply);
	if (r != CTL_OK)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		counts[i] += json_get_int(reply.json, ends[i], 0);
	free(*cursor);
	*cursor = xstrdup_null(json_get_string(reply.json, "next_cursor"));
	return CTL_OK;
}

static int replay_all(struct ctl *ctl)
{
	CLEANUP(json_putp) struct json_object *total = json_object_new_object();
	CLEANUP(freep) char *cursor = NULL;
	int64_t counts[ARRAY_SIZE(ends)] = { 0 };
	int r;

	do
		r = replay_step(ctl, &cursor, counts);
	while (r == CTL_OK && cursor);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		json_put_int(total, ends[i], counts[i]);
		if (!ctl->is_json)
			printf("%s%lld %s", i > 0 ? ", " : "", (long long)counts[i], ends[i]);
	}
	if (ctl->is_json)
		output_json(total);
	else
		printf("\n");
	return r;
}

int ctl_inbound(struct ctl *ctl)
{
	const char *what = ctl->count > 0 ? ctl->arguments[0] : "list";

	if (streq(what, "list") && ctl->count <= 1)
		return list(ctl);
	if (streq(what, "show") && ctl->count == 2)
		return do_one(ctl, "GET", "");
	if (streq(what, "replay") && ctl->count == 2)
		return do_one(ctl, "POST", "/replay");
	if (streq(what, "replay"))
		return replay_all(ctl);
	if (streq(what, "drop") && ctl->count == 2)
		return do_one(ctl, "POST", "/drop");
	return ctl_fail(CTL_USAGE, "usage: maaxctl inbound %s", ctl->verb->usage);
}
