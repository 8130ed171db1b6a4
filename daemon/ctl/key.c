/* maaxctl key, urls and config: what is set up. */
#include <stdio.h>
#include <string.h>

#include "ctl/action.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

#define MAX_KEYS 10000

static int add_key(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	int r;

	json_put_string(body, "source", ctl->arguments[1]);
	if (ctl_option(ctl, "label"))
		json_put_string(body, "label", ctl_option(ctl, "label"));
	json_put_bool(body, "dry_run", ctl_has(ctl, "dry-run"));
	r = client_call(ctl, "POST", "/admin/v1/keys", body, &reply);
	if (r != CTL_OK)
		return r;
	if (ctl->is_json) {
		output_json(json_at(reply.json, "/key"));
		return CTL_OK;
	}
	if (ctl_has(ctl, "dry-run")) {
		printf("would make a key of %s\n", ctl->arguments[1]);
		return CTL_OK;
	}
	printf("%s\n", output_raw(reply.json, "/key/key"));
	fprintf(stderr, "Key %s of %s. It is shown this once: keep it.\n",
		output_raw(reply.json, "/key/id"), ctl->arguments[1]);
	return CTL_OK;
}

static void add_row(struct ctl *ctl, struct json_object *row, void *ctx)
{
	struct table *table = ctx;
	const char *revoked = output_raw(row, "/revoked_at");
	char at[TEXT_TIME_SIZE], until[TEXT_TIME_SIZE];
	CLEANUP(freep) char *state = NULL;

	if (ctl->is_json) {
		output_json(row);
		return;
	}
	state = revoked ? xasprintf("revoked %s", text_clock(ctl, revoked, until))
			: xstrdup("accepted");
	table_add(table, TEXT_PLAIN, text_clock(ctl, output_raw(row, "/created_at"), at));
	table_add(table, TEXT_PLAIN, output_raw(row, "/id"));
	table_add(table, TEXT_PLAIN, output_raw(row, "/source"));
	table_add(table, revoked ? TEXT_DIM : TEXT_GOOD, state);
	table_add(table, TEXT_PLAIN, output_raw(row, "/label"));
}

static int list_keys(struct ctl *ctl)
{
	static const char *const heads[] = { "MADE", "KEY", "SOURCE", "STATE", "LABEL" };
	CLEANUP(table_done) struct table table = { 0 };
	int r;

	table_add_heads(&table, heads, ARRAY_SIZE(heads));
	r = client_list(ctl, "/admin/v1/keys", MAX_KEYS, add_row, &table);
	if (r == CTL_OK)
		table_print_rows(ctl, &table, "none; those of key_file are not listed here");
	return r;
}

static int revoke_key(struct ctl *ctl)
{
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	const struct action_on_id action = {
		.prefix = "key_",
		.given = ctl->arguments[1],
		.collection = "keys",
		.verb = "revoke",
		.done = "revoked",
	};

	return action_post_on_id(ctl, &action, body);
}

int ctl_key(struct ctl *ctl)
{
	const char *what = ctl->arguments[0];

	if (streq(what, "list") && ctl->count == 1)
		return list_keys(ctl);
	if (streq(what, "add") && ctl->count == 2)
		return add_key(ctl);
	if (streq(what, "revoke") && ctl->count == 2)
		return revoke_key(ctl);
	return ctl_fail(CTL_USAGE, "usage: maaxctl key %s", ctl->verb->usage);
}

int ctl_urls(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	int r = client_call(ctl, "GET", "/admin/v1/urls", NULL, &reply);
	struct json_object *urls = json_at(reply.json, "/urls");

	if (r != CTL_OK)
		return r;
	for (size_t i = 0; urls && i < json_object_array_length(urls); i++) {
		struct json_object *row = json_object_array_get_idx(urls, i);

		if (ctl->is_json)
			output_json(row);
		else
			printf("%-12s %s\n", output_raw(row, "/ai"),
			       output_raw(row, "/emergency_url"));
	}
	return CTL_OK;
}

int ctl_config(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	CLEANUP(json_putp) struct json_object *object = NULL;
	int r = client_call(ctl, "GET", "/admin/v1/config", NULL, &reply);

	if (r != CTL_OK)
		return r;
	if (!ctl->is_json) {
		fputs(buf_text(&reply.body), stdout);
		return CTL_OK;
	}
	object = json_object_new_object();
	json_put_string(object, "config", buf_text(&reply.body));
	output_json(object);
	return CTL_OK;
}
