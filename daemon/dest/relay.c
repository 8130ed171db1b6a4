/* Sends callbacks on to callers. See relay.h. */
#include "dest/relay.h"

#include <errno.h>
#include <string.h>

#include "base/fetch.h"
#include "base/guard.h"
#include "dest/webhook.h"
#include "store/callbacks.h"
#include "store/messages.h"

#define HTTPS_PORT 443

struct relay {
	struct sending sending; /* must be first */
	struct fetch *fetch;
};

/* What is sent, and where to. */
struct load {
	struct callback callback;
	struct message message;
	char *url;
};

static void load_done(struct load *load)
{
	callback_done(&load->callback);
	message_done(&load->message);
	free(load->url);
}

/* ---- URLs ---- */

char *relay_name(const char *source, const char *url)
{
	CLEANUP(fetch_url_done) struct fetch_url parts = { 0 };
	const char *why;

	if (fetch_parse_url(url, &parts, &why) < 0) /* it was checked when it came */
		return xasprintf(CONFIG_CALLER_PREFIX "%s:", source);
	if (parts.is_https && parts.port == HTTPS_PORT)
		return xasprintf(CONFIG_CALLER_PREFIX "%s:%s", source, parts.host);
	return xasprintf(CONFIG_CALLER_PREFIX "%s:%s:%u", source, parts.host, parts.port);
}

int relay_check_url(const struct config_source *source, const char *url, const char **ret_why)
{
	CLEANUP(fetch_url_done) struct fetch_url parts = { 0 };
	enum guard_verdict verdict = GUARD_ALLOWED;

	if (fetch_parse_url(url, &parts, ret_why) < 0)
		return -EINVAL;
	if (!parts.is_https && !source->guard->allows_http)
		verdict = GUARD_BAD_SCHEME;
	else if (guard_is_address(parts.host))
		verdict = guard_check_text(source->guard, parts.host, parts.port);
	else if (!guard_has_port(source->guard, parts.port))
		verdict = GUARD_BAD_PORT;
	if (verdict == GUARD_ALLOWED)
		return 0;
	*ret_why = guard_explain(verdict);
	return -EINVAL;
}

/* The caller's URL with the callback's query after its own. A '#' would end it. */
static char *join_query(const char *url, const char *query)
{
	CLEANUP(buf_done) struct buf out = BUF_INIT(1 * MIB);
	int r = buf_add_text(&out, url);

	if (query && query[0] && r == 0)
		r = buf_add_text(&out, strchr(url, '?') ? "&" : "?");
	for (; query && *query && r == 0; query++)
		r = *query == '#' ? buf_add_text(&out, "%23") : buf_add(&out, query, 1);
	return r == 0 ? buf_take(&out) : NULL;
}

/* ---- one try ---- */

/* 0; -ENOENT when a row is gone; negative errno. */
static int load_rows(const struct send_request *request, struct load *load)
{
	struct db *db = request->core->db;
	const char *url;
	int r = callbacks_get(db, request->parcel->callback, &load->callback);

	if (r > 0 && !load->callback.has_body) /* purged by age */
		r = 0;
	if (r > 0)
		r = messages_get(db, load->callback.message, &load->message);
	if (r <= 0)
		return r < 0 ? r : -ENOENT;
	url = load->callback.kind == CALLBACK_FOLLOWUP ? load->message.followup_url
						       : load->message.send_response_url;
	if (!url)
		return -ENOENT;
	load->url = join_query(url, load->callback.query);
	return load->url ? 0 : -E2BIG;
}

static void on_reply(const struct fetch_result *result, void *ctx)
{
	struct relay *relay = ctx;
	struct sending sending = relay->sending;
	struct verdict verdict;

	webhook_judge(result, &verdict);
	verdict.is_gone = false;
	free(relay);
	sending.on_sent(&verdict, sending.ctx);
}

static int post(const struct send_request *request, const struct load *load, struct relay *relay)
{
	const struct config_destination *destination = request->destination;
	const struct callback *callback = &load->callback;
	CLEANUP(webhook_headers_done)
	struct webhook_headers own =
		webhook_sign(destination, request->parcel->id, callback->body, callback->body_size);
	CLEANUP(freep) char *type = NULL;
	const char *headers[6] = { own.id, own.timestamp, "User-Agent: maaxd/" MAAXD_VERSION };
	size_t count = 3;
	struct fetch_request fetch = {
		.method = callback->method,
		.url = load->url,
		.headers = headers,
		.body = callback->body,
		.body_len = callback->body_size,
		.timeout = destination->timeout,
		.connect_timeout = destination->connect_timeout,
		.max_response = DESTINATION_MAX_RESPONSE,
		.guard = destination->guard,
	};

	if (own.signature)
		headers[count++] = own.signature;
	if (callback->content_type) {
		type = xasprintf("Content-Type: %s", callback->content_type);
		headers[count] = type;
	}
	return fetch_start(request->core->caller_fetcher, &fetch, on_reply, relay, &relay->fetch);
}

static int start(const struct send_request *request, struct sending **ret_sending, char **ret_why)
{
	CLEANUP(load_done) struct load load = { 0 };
	struct relay *relay;
	int r = load_rows(request, &load);

	if (r == -ENOENT) {
		*ret_why = xstrdup("the callback or its message is not in the database any more");
		return -EINVAL;
	}
	if (r < 0) {
		*ret_why = xstrdup("the database cannot be read");
		return r;
	}
	relay = xnew(struct relay);
	relay->sending = (struct sending){ &relay_ops, request->on_sent, request->ctx };
	r = post(request, &load, relay);
	if (r < 0) {
		free(relay);
		*ret_why = xstrdup("its URL, with the callback's query, is unusable");
		return r;
	}
	*ret_sending = &relay->sending;
	return 0;
}

static void cancel(struct sending *sending)
{
	struct relay *relay = (struct relay *)sending;

	fetch_cancel(relay->fetch);
	free(relay);
}

const struct destination_ops relay_ops = { .send = start, .cancel = cancel };
