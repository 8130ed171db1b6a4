/* maaxctl erase and export: one person's data, found by a contact value. */
#include <stdio.h>

#include "ctl/client.h"
#include "ctl/output.h"

#define MAX_PATH (64 * KIB)
#define MAX_EXPORT 1000000 /* rows */

struct totals {
	int64_t conversations;
	int64_t messages;
	int64_t answers;
};

static void add_rows(struct ctl *ctl, struct json_object *rows, bool is_shown,
		     struct totals *totals)
{
	for (size_t i = 0; rows && i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		totals->conversations++;
		totals->messages += output_int(row, "/messages");
		totals->answers += output_int(row, "/answers");
		if (!is_shown)
			continue;
		if (ctl->is_json)
			output_json(row);
		else
			printf("%s  %s  messages %lld, answers %lld\n", output_raw(row, "/id"),
			       output_raw(row, "/source"), (long long)output_int(row, "/messages"),
			       (long long)output_int(row, "/answers"));
	}
}

/* All steps. What is erased is not found again, so only a dry run needs the cursor. */
static int run_steps(struct ctl *ctl, bool is_dry, bool is_shown, struct totals *totals)
{
	CLEANUP(freep) char *cursor = NULL;
	int r;

	do {
		CLEANUP(client_reply_done) struct client_reply reply = { 0 };
		CLEANUP(json_putp) struct json_object *body = json_object_new_object();

		json_put_string(body, "contact", ctl->arguments[0]);
		json_put_bool(body, "dry_run", is_dry);
		if (cursor)
			json_put_string(body, "cursor", cursor);
		r = client_call(ctl, "POST", "/admin/v1/erase", body, &reply);
		if (r != CTL_OK)
			return r;
		add_rows(ctl, json_at(reply.json, "/erased"), is_shown, totals);
		free(cursor);
		cursor = xstrdup_null(json_get_string(reply.json, "next_cursor"));
	} while (cursor);
	return CTL_OK;
}

int ctl_erase(struct ctl *ctl)
{
	bool is_dry = ctl_has(ctl, "dry-run");
	struct totals totals = { 0 };
	CLEANUP(freep) char *question = NULL;
	int r = run_steps(ctl, true, is_dry, &totals);

	if (r != CTL_OK)
		return r;
	if (totals.conversations == 0)
		return ctl_fail(CTL_NOT_FOUND, "there is no conversation of this contact");
	if (is_dry)
		return CTL_OK;
	question = xasprintf("%lld conversations with %lld messages and %lld answers would be "
			     "erased for ever.",
			     (long long)totals.conversations, (long long)totals.messages,
			     (long long)totals.answers);
	if (!output_confirm(ctl, question))
		return CTL_FAILED;
	totals = (struct totals){ 0 };
	r = run_steps(ctl, false, true, &totals);
	if (r == CTL_OK && !ctl->is_json)
		printf("erased: %lld conversations; backups made before still hold them\n",
		       (long long)totals.conversations);
	return r;
}

static void print_row(struct ctl *ctl, struct json_object *row, void *ctx)
{
	size_t *count = ctx;

	(void)ctl;
	output_json(row);
	(*count)++;
}

int ctl_export(struct ctl *ctl)
{
	CLEANUP(buf_done) struct buf path = BUF_INIT(MAX_PATH);
	size_t count = 0;
	int r;

	if (buf_add_text(&path, "/admin/v1/export") < 0)
		return CTL_USAGE;
	client_add_query(&path, "contact", ctl->arguments[0]);
	r = client_list(ctl, buf_text(&path), MAX_EXPORT, print_row, &count);
	if (r == CTL_OK && count == 0)
		return ctl_fail(CTL_NOT_FOUND, "there is no conversation of this contact");
	return r;
}
