/* Shortened ids. See ctl.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/ids.h"
#include "ctl/client.h"

#define NEWEST 250
#define MIN_SHORT 4
#define MAX_SHOWN 5

static const struct {
	const char *prefix;
	enum id_kind kind;
	const char *path;
	const char *what;
} kinds[] = {
	{ "msg_", ID_MESSAGE, "/admin/v1/messages", "message" },
	{ "cnv_", ID_CONVERSATION, "/admin/v1/conversations", "conversation" },
	{ "cb_", ID_CALLBACK, "/admin/v1/callbacks?state=unmatched", "callback" },
	{ "cb_", ID_CALLBACK, "/admin/v1/callbacks?state=unmapped", "callback" },
	{ "dlv_", ID_DELIVERY, "/admin/v1/deliveries", "delivery" },
	{ "key_", ID_KEY, "/admin/v1/keys", "key" },
};

struct search {
	const char *text; /* without the prefix */
	size_t prefix_len;
	size_t count;
	char *found[MAX_SHOWN];
};

static void search_done(struct search *search)
{
	for (size_t i = 0; i < MAX_SHOWN; i++)
		free(search->found[i]);
}

static void look_at(struct ctl *ctl, struct json_object *row, void *ctx)
{
	struct search *search = ctx;
	const char *id = json_get_string(row, "id");
	size_t len = strlen(search->text);
	const char *rest;

	(void)ctl;
	if (!id || strlen(id) < search->prefix_len + len)
		return;
	rest = id + search->prefix_len;
	if (strncasecmp(rest, search->text, len) != 0 &&
	    strcasecmp(rest + strlen(rest) - len, search->text) != 0)
		return;
	if (search->count < MAX_SHOWN)
		search->found[search->count] = xstrdup(id);
	search->count++;
}

static int say_many(const char *text, const struct search *search)
{
	IGNORE(ctl_fail(CTL_USAGE, "%s fits %zu ids; write more of it:", text,
			search->count)); /* returned below */
	for (size_t i = 0; i < MAX_SHOWN && search->found[i]; i++)
		fprintf(stderr, "  %s\n", search->found[i]);
	return CTL_USAGE;
}

int ctl_find_id(struct ctl *ctl, const char *prefix, const char *text, char **ret_id)
{
	size_t prefix_len = strlen(prefix);
	bool has_prefix = strncasecmp(text, prefix, prefix_len) == 0;
	CLEANUP(search_done)
	struct search search = { .text = has_prefix ? text + prefix_len : text,
				 .prefix_len = prefix_len };
	const char *what = "id";
	int64_t id;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!streq(kinds[i].prefix, prefix))
			continue;
		what = kinds[i].what;
		if (ids_parse(kinds[i].kind, text, strlen(text), &id) == 0) {
			*ret_id = xstrdup(text);
			return CTL_OK;
		}
		if (strlen(search.text) < MIN_SHORT)
			return ctl_fail(CTL_USAGE,
					"%s is too short for a %s's id: at least %d characters",
					text, what, MIN_SHORT);
		r = client_list(ctl, kinds[i].path, NEWEST, look_at, &search);
		if (r != CTL_OK)
			return r;
	}
	if (search.count == 0)
		return ctl_fail(CTL_NOT_FOUND,
				"there is no %s %s among the newest: write its whole id", what,
				text);
	if (search.count > 1)
		return say_many(text, &search);
	*ret_id = TAKE(search.found[0]);
	return CTL_OK;
}
