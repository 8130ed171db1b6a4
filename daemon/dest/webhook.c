/* Sends a signed webhook and judges the reply. See webhook.h. */
#include "dest/webhook.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/sign.h"

#define MAX_RESPONSE (16 * KIB)

void webhook_verdict_done(struct webhook_verdict *verdict)
{
	free(verdict->detail);
	*verdict = (struct webhook_verdict){ 0 };
}

int webhook_send(struct fetcher *fetcher, const struct config_destination *destination,
		 const struct webhook *webhook, fetch_fn *on_done, void *ctx,
		 struct fetch **ret_fetch)
{
	int64_t timestamp = (int64_t)(clock_wall() / USEC_PER_SEC);
	CLEANUP(freep)
	char *signature = sign_webhook(destination->secrets, destination->secret_count, webhook->id,
				       timestamp, webhook->body, strlen(webhook->body));
	CLEANUP(freep) char *id_header = xasprintf("webhook-id: %s", webhook->id);
	CLEANUP(freep) char *time_header = xasprintf("webhook-timestamp: %" PRId64, timestamp);
	CLEANUP(freep) char *signature_header = xasprintf("webhook-signature: %s", signature);
	const char *headers[] = {
		id_header,
		time_header,
		signature_header,
		"Content-Type: application/json",
		"User-Agent: maaxd/" MAAXD_VERSION,
		NULL,
	};
	struct fetch_request request = {
		.method = "POST",
		.url = destination->url,
		.headers = headers,
		.body = webhook->body,
		.body_len = strlen(webhook->body),
		.timeout = destination->timeout,
		.connect_timeout = destination->connect_timeout,
		.max_response = MAX_RESPONSE,
		.ca_file = destination->ca_file,
	};

	return fetch_start(fetcher, &request, on_done, ctx, ret_fetch);
}

void webhook_judge(const struct fetch_result *result, struct webhook_verdict *ret_verdict)
{
	*ret_verdict = (struct webhook_verdict){
		.outcome = OUTCOME_TEMPFAIL,
		.is_slow = result->timed_out || result->status == 429,
		.retry_after = result->retry_after,
		.status = result->status,
	};
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
