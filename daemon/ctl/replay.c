/* maaxctl replay: one message, or all that the options find. Says first what would go where. */
#include <stdio.h>
#include <string.h>

#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

#define ASK_ABOVE 10
#define SHOWN 20

static const char *const what_of[][2] = {
	{ "map", "callbacks" },
	{ "deliver", "deliveries" },
	{ "submit", "messages" },
};

static const char *what(const char *stage)
{
	for (size_t i = 0; i < ARRAY_SIZE(what_of); i++)
		if (streq(what_of[i][0], stage))
			return what_of[i][1];
	return "rows";
}

static size_t len_at(struct json_object *object, const char *pointer)
{
	struct json_object *array = json_at(object, pointer);

	return array ? json_object_array_length(array) : 0;
}

static void print_skipped(const struct ctl *ctl, struct json_object *reply)
{
	for (size_t i = 0; i < len_at(reply, "/skipped"); i++) {
		struct json_object *row = json_object_array_get_idx(json_at(reply, "/skipped"), i);
		CLEANUP(freep) char *reason = output_text(row, "/reason");

		printf("  ");
		text_put(ctl, TEXT_DIM, "%s left: %s", output_raw(row, "/id"), reason);
		printf("\n");
	}
}

static void print_reply(const struct ctl *ctl, struct json_object *reply)
{
	size_t count = len_at(reply, "/replayed");
	const char *stage = output_raw(reply, "/stage");

	if (ctl->is_json) {
		output_json(reply);
		return;
	}
	printf("%s%s: %zu %s\n",
	       output_bool(reply, "/dry_run") ? "would replay, stage " : "replayed, stage ", stage,
	       count, what(stage));
	for (size_t i = 0; i < count && i < SHOWN; i++)
		printf("  %s\n", json_object_get_string(json_object_array_get_idx(
					 json_at(reply, "/replayed"), i)));
	if (count > SHOWN)
		printf("  and %zu more\n", count - SHOWN);
	print_skipped(ctl, reply);
	if (output_raw(reply, "/warning") && count > 0) {
		text_put(ctl, TEXT_WARN, "%s", output_raw(reply, "/warning"));
		printf("\n");
	}
}

static int replay_one(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	const char *text = ctl->arguments[0];
	bool is_callback = strncmp(text, "cb_", 3) == 0;
	bool is_delivery = strncmp(text, "dlv_", 4) == 0;
	CLEANUP(freep) char *id = NULL;
	CLEANUP(freep) char *path = NULL;
	int r = ctl_find_id(ctl, is_callback ? "cb_" : is_delivery ? "dlv_" : "msg_", text, &id);

	if (r != CTL_OK)
		return r;
	if (ctl_option(ctl, "stage"))
		json_put_string(body, "stage", ctl_option(ctl, "stage"));
	json_put_bool(body, "again", ctl_has(ctl, "again"));
	json_put_bool(body, "dry_run", ctl_has(ctl, "dry-run"));
	path = xasprintf("/admin/v1/%s/%s/replay",
			 is_callback   ? "callbacks"
			 : is_delivery ? "deliveries"
				       : "messages",
			 id);
	r = client_call(ctl, "POST", path, body, &reply);
	if (r != CTL_OK)
		return r;
	if (output_raw(reply.json, "/stage"))
		print_reply(ctl, reply.json);
	else if (ctl->is_json)
		output_json(reply.json);
	else
		printf("%s %s\n", ctl_has(ctl, "dry-run") ? "would replay" : "replayed", id);
	return CTL_OK;
}

/* ---- by filter ---- */

/* The body of one page; `cursor` may be NULL. NULL when it has been said what is wrong. */
static struct json_object *make_body(const struct ctl *ctl, bool is_dry, const char *cursor)
{
	static const char *const options[] = { "state", "source", "contact", "destination" };
	CLEANUP(freep) char *since = NULL;
	CLEANUP(freep) char *until = NULL;
	struct json_object *body, *filter;

	if (!output_time_option(ctl, "since", &since) || !output_time_option(ctl, "until", &until))
		return NULL;
	body = json_object_new_object();
	filter = json_object_new_object();
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (ctl_option(ctl, options[i]))
			json_put_string(filter, options[i], ctl_option(ctl, options[i]));
	if (since)
		json_put_string(filter, "since", since);
	if (until)
		json_put_string(filter, "until", until);
	if (cursor)
		json_put_string(filter, "cursor", cursor);
	json_put_string(body, "stage", ctl_option(ctl, "stage"));
	json_put_bool(body, "again", ctl_has(ctl, "again"));
	json_put_bool(body, "dry_run", is_dry);
	json_put(body, "filter", filter);
	return body;
}

/* All pages: of a dry run (*ret_count), or for good. */
static int run_pages(struct ctl *ctl, bool is_dry, bool is_quiet, size_t *ret_count)
{
	CLEANUP(freep) char *cursor = NULL;
	int r;

	*ret_count = 0;
	do {
		CLEANUP(client_reply_done) struct client_reply reply = { 0 };
		CLEANUP(json_putp) struct json_object *body = make_body(ctl, is_dry, cursor);

		if (!body)
			return CTL_USAGE;
		r = client_call(ctl, "POST", "/admin/v1/replay", body, &reply);
		if (r != CTL_OK)
			return r;
		*ret_count += len_at(reply.json, "/replayed");
		if (!is_quiet)
			print_reply(ctl, reply.json);
		free(cursor);
		cursor = xstrdup_null(json_get_string(reply.json, "next_cursor"));
	} while (cursor);
	return CTL_OK;
}

static bool may_replay(const struct ctl *ctl, size_t count)
{
	const char *stage = ctl_option(ctl, "stage");
	CLEANUP(freep) char *question = NULL;

	if (count <= ASK_ABOVE)
		return true;
	question = xasprintf("%zu %s would be replayed%s.", count, what(stage),
			     streq(stage, "submit") ? ", and Maax is asked again about each" : "");
	return output_confirm(ctl, question);
}

static int replay_all(struct ctl *ctl)
{
	bool is_dry = ctl_has(ctl, "dry-run");
	size_t count;
	int r;

	if (!ctl_option(ctl, "stage"))
		return ctl_fail(CTL_USAGE, "which stage of them? --stage map, deliver or submit");
	r = run_pages(ctl, true, !is_dry, &count);
	if (r != CTL_OK || is_dry)
		return r;
	if (count == 0 && !ctl->is_json) {
		printf("nothing to replay\n");
		return CTL_OK;
	}
	if (!may_replay(ctl, count))
		return CTL_FAILED;
	return run_pages(ctl, false, false, &count);
}

int ctl_replay(struct ctl *ctl)
{
	return ctl->count > 0 ? replay_one(ctl) : replay_all(ctl);
}
