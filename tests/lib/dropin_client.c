/* The drop-in API from a test's side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/dropin_client.h"
#include "lib/rawsock.h"

#include "base/buf.h"

static const char *port_of(const struct peer *peer)
{
	return strrchr(peer->url, ':') + 1;
}

/* True when the lines set that key. */
static bool sets(const char *lines, const char *key)
{
	return lines && strstr(lines, key) != NULL;
}

void dropin_configure(struct harness *h, const struct harness_options *options,
		      const struct peer *other)
{
	struct harness_options both = options ? *options : (struct harness_options){ 0 };
	const char *given = both.source;
	CLEANUP(freep)
	char *ports = xasprintf("relay_ports = %s %s\n", port_of(&h->receiver),
				other ? port_of(other) : "");
	CLEANUP(freep) char *secret = xasprintf("secret_file = %s/desk-secret\n", h->dir);
	CLEANUP(freep)
	char *lines = xasprintf("%s%s%s%s%s%s%s\n", sets(given, "relay_ports") ? "" : ports,
				sets(given, "secret_file") ? "" : secret,
				sets(given, "relay_http") ? "" : "relay_http = on\n",
				sets(given, "relay_allow") ? "" : "relay_allow = 127.0.0.0/8\n",
				sets(given, "relay_timeout") ? "" : "relay_timeout = 5s\n",
				sets(given, "relay_schedule")
					? ""
					: "relay_schedule = 0s 50ms 100ms 200ms 500ms 1s 2s\n",
				given ? given : "");

	both.source = lines;
	harness_configure(h, &both);
}

void dropin_prepare(struct harness *h, const struct harness_options *options)
{
	harness_prepare(h, options);
	dropin_configure(h, options, NULL);
}

void dropin_start(struct harness *h, const struct harness_options *options)
{
	dropin_prepare(h, options);
	daemon_start(&h->daemon);
}

static void put_url(struct json_object *body, const char *name, const char *base, const char *path)
{
	CLEANUP(freep) char *url = xasprintf("%s%s", base, path);

	json_put_string(body, name, url);
}

struct json_object *dropin_body(const char *text, const char *contact, const char *base)
{
	struct json_object *body = json_object_new_object();
	struct json_object *prospect = json_object_new_object();
	CLEANUP(freep) char *email = xasprintf("%s@example.org", contact);

	json_put_string(prospect, "first_name", "Ann");
	json_put_string(prospect, "email", email);
	json_put_string(body, "message_content", text);
	json_put_string(body, "platform", "website");
	json_put_int(body, "ai_id", 123);
	json_put_string(body, "service_type", "sales_automation");
	json_put(body, "prospect_info", prospect);
	put_url(body, "send_response_url", base, "/hook/answer");
	put_url(body, "followup_url", base, "/hook/followup");
	return body;
}

void dropin_call(const struct harness *h, const struct dropin_call *call,
		 struct http_answer *ret_answer)
{
	CLEANUP(freep)
	char *url = xasprintf("%s%s", h->public_url, call->path ? call->path : DROPIN_PATH);
	CLEANUP(freep)
	char *key = xasprintf("2hd-api-key: %s", call->key ? call->key : HARNESS_KEY);
	CLEANUP(freep) char *body = call->body ? json_format(call->body, NULL) : NULL;
	const char *const headers[] = { key, "Content-Type: application/json", call->header, NULL };

	http_do(
		&(struct http_call){
			.method = "POST", .url = url, .headers = headers, .body = body },
		ret_answer);
	if (ret_answer->status == 0)
		fail_msg("%s: no reply: %s", url, ret_answer->error);
}

char *dropin_send(const struct harness *h, const char *text, const char *contact)
{
	CLEANUP(json_putp) struct json_object *body = dropin_body(text, contact, h->receiver.url);
	CLEANUP(http_answer_done) struct http_answer answer;
	char *id;

	dropin_call(h, &(struct dropin_call){ .body = body }, &answer);
	if (answer.status != 200)
		fail_msg("%s: %d %s", text, answer.status, buf_text(&answer.body));
	id = http_answer_header(&answer, "X-Maaxd-Message");
	assert_non_null(id);
	return id;
}

int dropin_send_raw(const struct harness *h, const char *text, const char *contact)
{
	CLEANUP(json_putp) struct json_object *object = dropin_body(text, contact, h->receiver.url);
	CLEANUP(freep) char *body = json_format(object, NULL);
	CLEANUP(freep)
	char *request = xasprintf("POST " DROPIN_PATH " HTTP/1.1\r\nHost: test\r\n"
				  "2hd-api-key: " HARNESS_KEY "\r\n"
				  "Content-Type: application/json\r\nContent-Length: %zu\r\n"
				  "Connection: close\r\n\r\n%s",
				  strlen(body), body);
	int fd = rawsock_connect(h->daemon.port);

	rawsock_send_text(fd, request);
	return fd;
}

struct json_object *dropin_wait(struct peer *receiver, const char *path, size_t count)
{
	return receiver_wait(receiver, "/path", path, count);
}

char *dropin_delivery(struct harness *h, const char *id, const char *pointer)
{
	CLEANUP(json_putp) struct json_object *story = harness_message(h, id);
	struct json_object *deliveries = json_at(story, "/message/deliveries");
	const size_t count = deliveries ? json_object_array_length(deliveries) : 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *delivery = json_object_array_get_idx(deliveries, i);
		const char *destination = json_path(delivery, "/destination");

		if (destination && destination[0] == '@')
			return xstrdup_null(json_path(delivery, pointer));
	}
	return NULL;
}
