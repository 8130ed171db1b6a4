/* maaxctl status: the whole daemon on one screen. */
#include <stdio.h>
#include <string.h>

#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/text.h"

#define LABEL "%-11s"

/* Prints "a, b, c": a comma before all but the first. */
struct list {
	const struct ctl *ctl;
	bool has_any;
};

static void add(struct list *list, enum text_colour colour, int64_t count, const char *what)
{
	if (count == 0)
		return;
	printf("%s", list->has_any ? ", " : "");
	text_put(list->ctl, colour, "%lld %s", (long long)count, what);
	list->has_any = true;
}

static void print_ago(struct json_object *root, const char *pointer)
{
	char text[TEXT_TIME_SIZE];
	const char *at = output_raw(root, pointer);

	if (at)
		printf("%s ago", text_length(text_between(at, output_raw(root, "/now")), text));
	else
		printf("none");
}

static void print_head(const struct ctl *ctl, struct json_object *root)
{
	const char *health = output_raw(root, "/health");
	CLEANUP(freep) char *path = output_text(root, "/config/path");
	char uptime[TEXT_TIME_SIZE], loaded[TEXT_TIME_SIZE];

	text_put(ctl, TEXT_BOLD, "maaxd %s", output_raw(root, "/version"));
	printf("  up %s  pid %lld  %s (loaded %s)   ",
	       text_length((usec_t)output_int(root, "/uptime_seconds") * USEC_PER_SEC, uptime),
	       (long long)output_int(root, "/pid"), path,
	       text_clock(ctl, output_raw(root, "/config/loaded_at"), loaded));
	text_put(ctl, text_state_colour(health), "%s",
		 streq(health, "healthy") ? "HEALTHY"
		 : streq(health, "down")  ? "DOWN"
					  : "DEGRADED");
	printf("\n");
}

static void print_maax(const struct ctl *ctl, struct json_object *root)
{
	struct json_object *holds = json_at(root, "/maax/holds");

	printf(LABEL "last submit ", "Maax");
	print_ago(root, "/maax/last_submit/at");
	if (json_at(root, "/maax/last_submit")) {
		CLEANUP(freep) char *outcome = output_text(root, "/maax/last_submit/outcome");
		int64_t status = output_int(root, "/maax/last_submit/status");

		printf(" (");
		if (status)
			text_put(ctl, text_state_colour(outcome), "%lld", (long long)status);
		else
			text_put(ctl, text_state_colour(outcome), "no reply");
		printf(", %.1f s)",
		       json_object_get_double(json_at(root, "/maax/last_submit/seconds")));
	}
	printf("   last answer ");
	print_ago(root, "/maax/last_answer_at");
	if (json_at(root, "/maax/answer_wait/p50_seconds"))
		printf("   p50 %.1f s  p95 %.1f s",
		       json_object_get_double(json_at(root, "/maax/answer_wait/p50_seconds")),
		       json_object_get_double(json_at(root, "/maax/answer_wait/p95_seconds")));
	printf("\n");
	for (size_t i = 0; holds && i < json_object_array_length(holds); i++) {
		struct json_object *hold = json_object_array_get_idx(holds, i);
		CLEANUP(freep) char *ai = output_text(hold, "/ai");
		CLEANUP(freep) char *reason = output_text(hold, "/reason");
		char since[TEXT_TIME_SIZE];

		printf(LABEL, "");
		text_put(ctl, TEXT_BAD, "AI %s HELD since %s (%s)", ai,
			 text_clock(ctl, output_raw(hold, "/since"), since), reason);
		printf("\n");
	}
}

static void print_window(struct json_object *root)
{
	bool is_partial = output_bool(root, "/messages/partial");
	char text[TEXT_TIME_SIZE];

	if (is_partial)
		printf("%s: ", text_length(text_between(output_raw(root, "/messages/since"),
							output_raw(root, "/now")),
					   text));
	else
		printf("24 h: ");
}

static void print_messages(const struct ctl *ctl, struct json_object *root)
{
	struct list list = { .ctl = ctl };
	int64_t open = output_int(root, "/messages/waiting") +
		       output_int(root, "/messages/submitting") +
		       output_int(root, "/messages/queued");
	const char *oldest = output_raw(root, "/messages/oldest_open_at");
	char text[TEXT_TIME_SIZE];

	printf(LABEL, "Messages");
	print_window(root);
	add(&list, TEXT_PLAIN, output_int(root, "/messages/answered"), "answered");
	add(&list, TEXT_WARN, output_int(root, "/messages/late"), "of them late");
	add(&list, TEXT_WARN, output_int(root, "/messages/overdue"), "overdue");
	add(&list, TEXT_BAD, output_int(root, "/messages/failed"), "failed");
	add(&list, TEXT_WARN, output_int(root, "/messages/held"), "held");
	add(&list, TEXT_DIM, output_int(root, "/messages/cancelled"), "cancelled");
	add(&list, TEXT_PLAIN, output_int(root, "/messages/queued"), "queued");
	add(&list, TEXT_PLAIN, open - output_int(root, "/messages/queued"), "waiting");
	if (!list.has_any)
		printf("none");
	if (open > 0 && oldest)
		printf(" (oldest %s)",
		       text_length(text_between(oldest, output_raw(root, "/now")), text));
	printf("\n");
}

static void print_callbacks(const struct ctl *ctl, struct json_object *root)
{
	struct list list = { .ctl = ctl };
	int64_t unmatched = output_int(root, "/callbacks/unmatched");
	int64_t unmapped = output_int(root, "/callbacks/unmapped");

	printf(LABEL, "Callbacks");
	print_window(root);
	add(&list, TEXT_PLAIN, output_int(root, "/callbacks/matched"), "ok");
	add(&list, TEXT_PLAIN, output_int(root, "/callbacks/duplicate"), "duplicate");
	add(&list, TEXT_WARN, output_int(root, "/callbacks/received"), "not correlated yet");
	add(&list, TEXT_WARN, unmatched, "unmatched");
	add(&list, TEXT_WARN, unmapped, "unmapped");
	add(&list, TEXT_DIM, output_int(root, "/callbacks/dropped"), "dropped");
	if (!list.has_any)
		printf("none");
	if (unmatched + unmapped > 0)
		text_put(ctl, TEXT_DIM, "  -> maaxctl unmatched");
	printf("\n");
}

static void print_destination(const struct ctl *ctl, struct json_object *destination)
{
	CLEANUP(freep) char *name = output_text(destination, "/name");
	CLEANUP(freep) char *reason = output_text(destination, "/hold/reason");
	int64_t dead = output_int(destination, "/dead");
	const char *next = output_raw(destination, "/next_try_at");
	char at[TEXT_TIME_SIZE];

	printf("%s %lld", name, (long long)output_int(destination, "/pending"));
	if (json_at(destination, "/hold")) {
		printf(" ");
		text_put(ctl, TEXT_BAD, "HELD since %s (%s)",
			 text_clock(ctl, output_raw(destination, "/hold/since"), at), reason);
		text_put(ctl, TEXT_DIM, "  -> maaxctl resume %s", name);
	} else if (!output_bool(destination, "/configured")) {
		text_put(ctl, TEXT_BAD, " (not in the configuration)");
	} else if (next) {
		printf(" (next try %s)", text_clock(ctl, next, at));
	}
	if (dead > 0)
		text_put(ctl, TEXT_BAD, " %lld dead", (long long)dead);
}

static void print_outbox(const struct ctl *ctl, struct json_object *root)
{
	struct json_object *destinations = json_at(root, "/destinations");
	size_t count = destinations ? json_object_array_length(destinations) : 0;
	struct list list = { .ctl = ctl };

	printf(LABEL, "Deliveries");
	print_window(root);
	add(&list, TEXT_PLAIN, output_int(root, "/deliveries/delivered"), "delivered");
	add(&list, TEXT_PLAIN,
	    output_int(root, "/deliveries/pending") + output_int(root, "/deliveries/sending"),
	    "pending");
	add(&list, TEXT_BAD, output_int(root, "/deliveries/dead"), "dead");
	add(&list, TEXT_DIM, output_int(root, "/deliveries/cancelled"), "cancelled");
	if (!list.has_any)
		printf("none");
	if (output_int(root, "/deliveries/dead") > 0)
		text_put(ctl, TEXT_DIM, "  -> maaxctl replay --stage deliver");
	printf("\n" LABEL, "Outbox");
	if (count == 0)
		printf("no destinations");
	for (size_t i = 0; i < count; i++) {
		printf("%s", i ? "   " : "");
		print_destination(ctl, json_object_array_get_idx(destinations, i));
	}
	printf("\n");
}

static void print_storage(struct json_object *root)
{
	CLEANUP(freep) char *dir = output_text(root, "/storage/state_dir");
	const char *oldest = output_raw(root, "/storage/oldest_message_at");
	char size[TEXT_TIME_SIZE], wal[TEXT_TIME_SIZE], disk[TEXT_TIME_SIZE], age[TEXT_TIME_SIZE];

	printf(LABEL "%lld streams, %lld connections\n", "Clients",
	       (long long)output_int(root, "/streams"),
	       (long long)output_int(root, "/connections"));
	printf(LABEL "%s %s, %s free, WAL %s", "Storage", dir,
	       text_size(output_int(root, "/storage/database_bytes"), size),
	       text_size(output_int(root, "/storage/disk_free_bytes"), disk),
	       text_size(output_int(root, "/storage/wal_bytes"), wal));
	if (oldest)
		printf(", oldest message %s",
		       text_length(text_between(oldest, output_raw(root, "/now")), age));
	printf("\n");
}

static void print_reasons(const struct ctl *ctl, struct json_object *root)
{
	struct json_object *reasons = json_at(root, "/reasons");

	for (size_t i = 0; reasons && i < json_object_array_length(reasons); i++) {
		CLEANUP(freep)
		char *detail = output_text(json_object_array_get_idx(reasons, i), "/detail");

		printf(LABEL, i == 0 ? "Attention" : "");
		text_put(ctl, TEXT_WARN, "%s", detail);
		printf("\n");
	}
}

int ctl_status(struct ctl *ctl)
{
	CLEANUP(client_reply_done) struct client_reply reply = { 0 };
	int r = client_call(ctl, "GET", "/admin/v1/status", NULL, &reply);
	const char *health = output_raw(reply.json, "/health");

	if (r != CTL_OK)
		return r;
	if (ctl->is_json) {
		output_json(reply.json);
	} else {
		print_head(ctl, reply.json);
		print_maax(ctl, reply.json);
		print_messages(ctl, reply.json);
		print_callbacks(ctl, reply.json);
		print_outbox(ctl, reply.json);
		print_storage(reply.json);
		print_reasons(ctl, reply.json);
	}
	return !health || streq(health, "down") ? 2 : streq(health, "degraded") ? 1 : 0;
}
