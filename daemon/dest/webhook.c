/* Sends a signed webhook and judges the reply. See webhook.h. */
#include "dest/webhook.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/fetch.h"
#include "base/sign.h"
#include "dest/webhook_call.h"

struct webhook {
	struct sending sending; /* must be first */
	struct fetch *fetch;
	bool is_call; /* it has a body of its own: the receiver is somebody's API */
};

void webhook_judge(const struct fetch_result *result, struct verdict *ret_verdict)
{
	size_t len = result->body_len < DESTINATION_MAX_RESPONSE ? result->body_len
								 : DESTINATION_MAX_RESPONSE;

	*ret_verdict = (struct verdict){
		.outcome = OUTCOME_TEMPFAIL,
		.is_slow = result->timed_out || result->status == 429,
		.retry_after = result->retry_after,
		.status = result->status,
		.response = BUF_INIT(DESTINATION_MAX_RESPONSE),
	};
	/* an excerpt for people; it may be missing */
	IGNORE(buf_add(&ret_verdict->response, result->body, len));
	if (result->error != FETCH_DONE) {
		ret_verdict->detail =
			xstrdup(result->detail && result->detail[0] ? result->detail : "no reply");
		return;
	}
	ret_verdict->detail = xasprintf("HTTP %d", result->status);
	if (result->status >= 200 && result->status < 300)
		ret_verdict->outcome = OUTCOME_OK;
	ret_verdict->is_gone = result->status == 410;
	if (ret_verdict->is_gone)
		ret_verdict->outcome = OUTCOME_PERMFAIL;
}

void webhook_judge_call(struct verdict *verdict)
{
	static const int refusals[] = { 400, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422 };

	verdict->is_gone = false;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (verdict->status == refusals[i])
			verdict->outcome = OUTCOME_PERMFAIL;
}

static void on_reply(const struct fetch_result *result, void *ctx)
{
	struct webhook *webhook = ctx;
	struct sending sending = webhook->sending;
	struct verdict verdict;

	webhook_judge(result, &verdict);
	if (webhook->is_call)
		webhook_judge_call(&verdict);
	free(webhook);
	sending.on_sent(&verdict, sending.ctx);
}

struct webhook_headers webhook_sign(const struct config_destination *destination, const char *id,
				    const void *body, size_t len)
{
	int64_t timestamp = (int64_t)(clock_wall() / USEC_PER_SEC);
	CLEANUP(freep)
	char *signature = sign_webhook(destination->secrets, destination->secret_count, id,
				       timestamp, body, len);

	return (struct webhook_headers){
		.id = xasprintf("webhook-id: %s", id),
		.timestamp = xasprintf("webhook-timestamp: %" PRId64, timestamp),
		.signature = destination->secret_count > 0
				     ? xasprintf("webhook-signature: %s", signature)
				     : NULL,
	};
}

void webhook_headers_done(struct webhook_headers *headers)
{
	free(headers->id);
	free(headers->timestamp);
	free(headers->signature);
}

/* Sends the call; the time that is signed is that of this try. */
static int post(const struct send_request *request, struct webhook_call *call,
		struct webhook *webhook)
{
	const struct config_destination *destination = request->destination;
	CLEANUP(webhook_headers_done)
	struct webhook_headers own =
		webhook_sign(destination, request->parcel->id, call->body, call->len);
	const char *const more[] = { own.id, own.timestamp, destination->auth_header,
				     own.signature };
	CLEANUP(freep)
	const char **headers = xcalloc(call->header_count + ARRAY_SIZE(more) + 1, sizeof(char *));
	size_t count = 0;
	struct fetch_request fetch = {
		.method = destination->method,
		.url = call->url,
		.headers = headers,
		.body = call->body,
		.body_len = call->len,
		.timeout = destination->timeout,
		.connect_timeout = destination->connect_timeout,
		.max_response = DESTINATION_MAX_RESPONSE,
		.ca_file = destination->ca_file,
	};

	for (size_t i = 0; i < call->header_count; i++)
		headers[count++] = call->headers[i];
	for (size_t i = 0; i < ARRAY_SIZE(more); i++)
		if (more[i])
			headers[count++] = more[i];
	return fetch_start(request->core->dest_fetcher, &fetch, on_reply, webhook, &webhook->fetch);
}

static int send(const struct send_request *request, struct sending **ret_sending, char **ret_why)
{
	CLEANUP(webhook_call_done) struct webhook_call call = { 0 };
	struct webhook *webhook;
	int r = webhook_call_make(request->destination, request->parcel, &call, ret_why);

	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL;
	webhook = xnew(struct webhook);
	webhook->sending = (struct sending){ &webhook_ops, request->on_sent, request->ctx };
	webhook->is_call = request->destination->body != NULL;
	r = post(request, &call, webhook);
	if (r < 0) {
		free(webhook);
		*ret_why = xstrdup("its URL or a header is unusable");
		return r;
	}
	*ret_sending = &webhook->sending;
	return 0;
}

static void cancel(struct sending *sending)
{
	struct webhook *webhook = (struct webhook *)sending;

	fetch_cancel(webhook->fetch);
	free(webhook);
}

const struct destination_ops webhook_ops = { .send = send, .cancel = cancel };
