/*
 * maaxctl listen: copies what happens to a developer's URL, as a destination would get it: signed
 * as Standard Webhooks, once each, not repeated. State changes of messages are no deliveries and
 * are left out.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/sign.h"
#include "ctl/client.h"
#include "ctl/events.h"
#include "ctl/output.h"
#include "ctl/text.h"

#define SECRET_BYTES 32

struct forward {
	struct ctl *ctl;
	const char *url;
	struct sign_secret secret;
};

static bool is_delivery(const char *type)
{
	return !streq(type, "message.state") && strncmp(type, "conversation.", 13) != 0;
}

/* The payload of a webhook: {"type","timestamp","data"}. A heap string. */
static char *make_body(struct json_object *event, const char *type)
{
	static const char *const members[] = { "source", "conversation", "message", "answer" };
	CLEANUP(json_putp) struct json_object *body = json_object_new_object();
	struct json_object *data = json_object_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		struct json_object *value = NULL;

		json_object_object_get_ex(event, members[i], &value);
		json_put(data, members[i], json_object_get(value));
	}
	json_put_string(body, "type", type);
	json_put_string(body, "timestamp", output_raw(event, "/at"));
	json_put(body, "data", data);
	return json_format(body, NULL);
}

static void report(const struct forward *forward, const char *type, struct json_object *event,
		   int status, const char *why)
{
	char at[TEXT_TIME_SIZE];
	struct json_object *object;

	if (forward->ctl->is_json) {
		object = json_object_new_object();
		json_put_string(object, "type", type);
		json_put_string(object, "message", output_raw(event, "/message/id"));
		json_put(object, "status", status ? json_object_new_int(status) : NULL);
		json_put_string(object, "error", why);
		output_json(object);
		json_object_put(object);
	} else {
		printf("%s  %-20s  %-17s  -> ",
		       text_clock(forward->ctl, output_raw(event, "/at"), at), type,
		       output_raw(event, "/message/id") ?: "-");
		if (status)
			text_put(forward->ctl, status < 300 ? TEXT_GOOD : TEXT_BAD, "%d", status);
		else
			text_put(forward->ctl, TEXT_BAD, "%s", why);
		printf("\n");
	}
	fflush(stdout);
}

static void forward_event(struct ctl *ctl, const char *id, struct json_object *event, void *ctx)
{
	const struct forward *forward = ctx;
	const char *type = output_raw(event, "/type");
	long long now = (long long)(clock_wall() / USEC_PER_SEC);
	CLEANUP(freep) char *webhook_id = xasprintf("evt_%s", id);
	CLEANUP(freep) char *body = NULL;
	CLEANUP(freep) char *signature = NULL;
	CLEANUP(freep) char *headers[3] = { NULL };
	CLEANUP(freep) char *why = NULL;
	const char *list[5] = { "Content-Type: application/json" };
	int status;

	(void)ctl;
	if (!type || !is_delivery(type))
		return;
	body = make_body(event, type);
	signature = sign_webhook(&forward->secret, 1, webhook_id, now, body, strlen(body));
	headers[0] = xasprintf("webhook-id: %s", webhook_id);
	headers[1] = xasprintf("webhook-timestamp: %lld", now);
	headers[2] = xasprintf("webhook-signature: %s", signature);
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		list[i + 1] = headers[i];
	status = client_post(forward->url, list, body, &why);
	report(forward, type, event, status, why);
	free(headers[1]);
	free(headers[2]);
}

static void say_ready(void *ctx)
{
	const struct forward *forward = ctx;

	if (!forward->ctl->is_json)
		printf("Copying what happens to %s until Ctrl-C.\n", forward->url);
	fflush(stdout);
}

/* The given secret, or a new one, which is printed. */
static int read_secret(struct forward *forward)
{
	const char *given = ctl_option(forward->ctl, "secret");
	CLEANUP(freep) char *base64 = NULL;
	CLEANUP(freep) char *text = NULL;
	uint8_t bytes[SECRET_BYTES];

	if (given)
		return sign_secret_parse(given, &forward->secret) == 0
			       ? CTL_OK
			       : ctl_fail(CTL_USAGE, "--secret: not whsec_ and base64 of 24 to 64 "
						     "bytes");
	sign_random(bytes, sizeof(bytes));
	base64 = sign_base64(bytes, sizeof(bytes));
	text = xasprintf("whsec_%s", base64);
	fprintf(forward->ctl->is_json ? stderr : stdout, "Signing secret: %s\n", text);
	return sign_secret_parse(text, &forward->secret) == 0 ? CTL_OK : CTL_FAILED;
}

int ctl_listen(struct ctl *ctl)
{
	struct forward forward = { .ctl = ctl, .url = ctl_option(ctl, "forward-to") };
	int r;

	if (!forward.url ||
	    (strncmp(forward.url, "http://", 7) != 0 && strncmp(forward.url, "https://", 8) != 0))
		return ctl_fail(CTL_USAGE, "where to? maaxctl listen --forward-to "
					   "http://localhost:3000/hook");
	r = read_secret(&forward);
	return r == CTL_OK ? events_follow(ctl, NULL, say_ready, forward_event, &forward) : r;
}
