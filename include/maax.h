/*
 * Maax's own protocol, as far as it is documented: what a request to it looks like and what its
 * replies mean. Pure: no database, no network. Source: Maax's public documentation of API V2,
 * "Outgoing Messages" and "Conversations".
 */
#ifndef MAAXD_MAAX_H
#define MAAXD_MAAX_H

#include "base/buf.h"
#include "base/fetch.h"
#include "base/tokens.h"
#include "options.h"
#include "store/conversations.h"
#include "store/messages.h"

#define MAAX_MAX_RESPONSE (64 * KIB)
#define MAAX_MAX_HISTORY (1 * MIB)

#define MAAX_KEY_HEADER "2hd-api-key"

/* Purposes of callback tokens; also the path segment after /cb/. */
#define MAAX_PURPOSE_ANSWER "answer"
#define MAAX_PURPOSE_FOLLOWUP "followup"
#define MAAX_PURPOSE_EMERGENCY "emergency"

/* A request ready for fetch_start(): url, header and body are the caller's (maax_request_done()).
 */
struct maax_request {
	char *url;
	char *key_header;
	char *body; /* NULL: none */
};

void maax_request_done(struct maax_request *request);

/* The callback URL of a subject (a message id as text, or an AI's name). A heap string. */
char *maax_callback_url(const struct config *config, const struct tokens *tokens,
			const char *purpose, const char *subject);

/* POST {base_url}/outgoing-messages/ for a message. 0, or -EINVAL when the AI is not configured any
 * more. */
MUST_CHECK int maax_submit_request(const struct config *config, const struct tokens *tokens,
				   const struct message *message,
				   const struct conversation *conversation,
				   struct maax_request *ret_request);

/* POST {base_url}/conversations/{id}/, which returns a conversation's history. 0 or -EINVAL. */
MUST_CHECK int maax_history_request(const struct config *config, const char *ai,
				    const char *conversation_id, struct maax_request *ret_request);

/* Fills a fetch request from `request` (borrowed) and the time-outs of [maax]. `headers` holds
 * four. */
void maax_fetch_request(const struct config *config, const struct maax_request *request,
			const char *headers[static 4], struct fetch_request *ret_fetch);

/* What came of a submit. */
enum maax_verdict {
	MAAX_ACCEPTED, /* any 2xx: the answer will come by callback */
	MAAX_REFUSED,  /* 400, 413, 422: this message never will be */
	MAAX_BAD_KEY,  /* 401: nothing of this AI will be, until the key works */
	MAAX_SUSPECT, /* 403, 404, 405, 3xx: the base_url or the account, rather than the message */
	MAAX_BUSY,    /* 429 */
	MAAX_DOWN,    /* 5xx, no connection, anything else unexpected: safe to try again */
	MAAX_UNCERTAIN, /* timed out or cut off after it was sent: it may have arrived */
};

enum maax_verdict maax_judge(const struct fetch_result *result);

/* A few words for the timeline, "HTTP 503" or the reason there is no status. A heap string. */
char *maax_describe(const struct fetch_result *result);

/* The output_format that Maax is asked for; NULL or "": none, which to Maax means HTML. Borrowed.
 */
const char *maax_output_format(const struct config_ai *ai, const struct message *message);

#endif
