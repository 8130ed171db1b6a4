/* POST /api/v2/conversations/{id}/: Maax's history of a conversation, passed on. See dropin.h. */
#include "api/dropin.h"

#include "base/fetch.h"
#include "base/log.h"
#include "maax.h"

#define MAX_RUNNING 8
#define MAX_ID 64

/* One request that waits for Maax. */
struct history_call {
	struct api *api;
	struct http_request *request;
	struct fetch *fetch;
};

static void call_end(struct history_call *call)
{
	call->api->histories--;
	http_on_drain(call->request, NULL, NULL);
	free(call);
}

/* Why Maax's reply is none to pass on; NULL: it is one. */
static const char *find_fault(const struct fetch_result *result)
{
	if (result->error != FETCH_DONE)
		return "Maax cannot be reached";
	if (result->status == 401)
		return "Maax refuses the API key of this daemon";
	if (result->status < 200 || (result->status >= 300 && result->status < 400))
		return "Maax sent the request elsewhere: the base_url of this daemon is wrong";
	return result->truncated ? "Maax's reply is too long" : NULL;
}

static void on_reply(const struct fetch_result *result, void *ctx)
{
	struct history_call *call = ctx;
	const char *fault = find_fault(result);

	if (fault)
		log_warning("history of the drop-in API not fetched: %s status=%d request=%s",
			    fault, result->status, http_request_id(call->request));
	if (result->timed_out)
		http_reply_problem(call->request, 504, "maax_timeout",
				   "Maax did not reply in submit_timeout: try again", NULL);
	else if (fault)
		http_reply_problem(call->request, 502, "maax_failed", fault, NULL);
	else
		api_reply_body(call->api, call->request, result->status,
			       result->content_type[0] ? result->content_type : NULL, result->body,
			       result->body_len);
	call_end(call);
}

static void on_drain(struct http_request *request, void *ctx)
{
	struct history_call *call = ctx;

	fetch_cancel(call->fetch);
	http_reply_unavailable(request, "the daemon stops: ask again in a moment");
	call_end(call);
}

/* Asks Maax, in the name of the AI that the conversation is with. */
static void ask(struct api *api, struct http_request *request,
		const struct conversation *conversation)
{
	const struct config *config = api->core->config;
	CLEANUP(maax_request_done) struct maax_request maax = { 0 };
	struct history_call *call;
	struct fetch_request fetch;
	const char *headers[4];

	if (api->histories >= MAX_RUNNING) {
		http_reply_unavailable(request, "too many histories at once: ask again");
		return;
	}
	if (maax_history_request(config, conversation->ai, conversation->conversation_id, &maax) <
	    0) {
		api_reply_not_found(request, "conversation");
		return;
	}
	maax_fetch_request(config, &maax, headers, &fetch);
	fetch.max_response = MAAX_MAX_HISTORY;
	call = xnew(struct history_call);
	call->api = api;
	call->request = request;
	if (fetch_start(api->core->maax_fetcher, &fetch, on_reply, call, &call->fetch) < 0) {
		free(call);
		http_reply_problem(request, 502, "maax_failed", "Maax's URL is unusable", NULL);
		return;
	}
	api->histories++;
	http_on_drain(request, on_drain, call);
}

void api_dropin_history(struct http_request *request, void *ctx)
{
	struct api *api = ctx;
	const struct config_source *source = api_source(api, request);
	const struct http_param *param = http_param(request, 0);
	CLEANUP(conversation_done) struct conversation conversation = { 0 };
	CLEANUP(freep) char *id = NULL;
	int r = 0;

	if (!source)
		return;
	id = xstrndup(param->value, param->len);
	if (param->len <= MAX_ID)
		r = conversations_of_source(api->core->db, source->name, id, &conversation);
	if (r < 0)
		api_reply_store_error(request, r);
	else if (r == 0)
		api_reply_not_found(request, "conversation");
	else
		ask(api, request, &conversation);
}
