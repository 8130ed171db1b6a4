/*
 * Who may speak at an inbound hook, beside the secret in its URL: the signature schemes of
 * [source] signature. Pure: no database, no clock.
 *
 *   hmac-sha256        HMAC-SHA256 of the body, in signature_header behind signature_prefix, as hex
 *                      or base64
 *   twilio             X-Twilio-Signature: base64 of HMAC-SHA1 over the public URL and the form's
 *                      names and values, sorted; with bodySHA256 in the query, over the URL alone,
 *                      and the body's SHA-256 as hex there
 *   standard-webhooks  webhook-id, webhook-timestamp, webhook-signature (HOOK_TOLERANCE)
 *   basic              Authorization: Basic, user:password
 *
 * Any secret of signature_secret_file will do. A header that comes twice is none.
 */
#ifndef MAAXD_HOOK_SIGN_H
#define MAAXD_HOOK_SIGN_H

#include "options.h"

#define HOOK_TOLERANCE 300 /* seconds between a webhook-timestamp and now */

/* A request as it came. All is borrowed. */
struct hook_request {
	const char *path;	  /* raw, without a trailing slash */
	const char *query;	  /* raw; "" when none */
	const char *content_type; /* "" when none */
	const void *body;
	size_t body_len;
	/* The value of a header that came once, else NULL. */
	const char *(*header)(const char *name, const void *ctx);
	const void *ctx;
};

/* 0, or -EBADMSG with *ret_why (static text, for the operator). `now`: seconds of wall clock. */
MUST_CHECK int hook_verify(const struct config *config, const struct config_source *source,
			   const struct hook_request *request, int64_t now, const char **ret_why);

/* What the scheme says is the same in repeats: webhook-id. NULL: nothing. Borrowed. */
const char *hook_dedupe(const struct config_source *source, const struct hook_request *request);

#endif
